// Package seal reads the seal of an archive: plain text between a ZIM file's last list and its checksum, which names
// the file's length, the publisher's key, and the SHA-256 of every 256 KiB before it, under a minisign signature.
//
// A seal is found by arithmetic from the file's size alone ([Place]), so nothing in the file is believed before it is
// checked. [Load] checks the seal itself, [Seal.Verify] every block of the file against it. Whether the key is the
// one that the reader trusts is for the caller to ask: compare [Seal.Key] with a key that came another way.
//
// Seals are made by [Append], [Sign], [Attach] and taken away by [Strip]; docs/seal.md states the format to the byte.
package seal

import (
	"errors"
	"fmt"
)

// The format, version 1. Sizes are bytes.
const (
	BlockSize = 256 << 10 // hashed at a time; the last block is shorter

	headSize  = 138 // five lines: magic, hash, file, body, key
	lineSize  = 65  // 64 lower-case hexadecimal digits and a line feed
	slotSize  = 512 // a minisign signature, filled up with line feeds
	tailSize  = 16  // the MD5 that ends every ZIM file
	keySize   = 56  // characters of base64, or as many hyphens
	maxBlocks = 1 << 22

	// maxComment is what the slot leaves for the signer's note: 33 for the first line, 101 and 89 for the lines of
	// base64, 18 for what stands before the note and its line feed.
	maxComment = slotSize - 33 - 101 - 18 - 89

	magic     = "samizdat-seal "
	version   = magic + "1\n"
	noKey     = "--------------------------------------------------------"
	firstLine = "untrusted comment: samizdat seal\n"
)

// What [Load] can say of a file besides that it is sealed. Test with errors.Is.
var (
	ErrNone     = errors.New("not sealed")
	ErrUnsigned = errors.New("block hashes only, not signed")
	ErrVersion  = errors.New("sealed by a newer version of this program")
	ErrBroken   = errors.New("the seal is broken")
)

// Place says where the seal of a file of size bytes begins, which is where the body ends, and how many blocks the
// body has. ok is false when a file of that size cannot have a seal. Nothing in the file is looked at.
//
// From size = body + 138 + 65·ceil(body/BlockSize) + 512 + 16, which grows strictly with body, so there is one
// answer at most.
func Place(size int64) (body, blocks int64, ok bool) {
	t := size - tailSize - slotSize - headSize
	if t <= lineSize {
		return 0, 0, false
	}
	blocks = (t + BlockSize + lineSize - 1) / (BlockSize + lineSize)
	body = t - lineSize*blocks
	return body, blocks, body > (blocks-1)*BlockSize && blocks <= maxBlocks
}

// head returns the five lines that begin a seal; key is base64 or hyphens.
func head(size, body int64, key string) []byte {
	return fmt.Appendf(nil, "%shash sha256 %d\nfile %15d\nbody %15d\nkey %s\n", version, BlockSize, size, body, key)
}
