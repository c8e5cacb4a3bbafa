// Package sealtest makes seals for tests, from the description of the format and not from package seal, so that the
// two can be held against each other. Its keys are made from numbers and protect nothing.
package sealtest

import (
	"bytes"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"fmt"
	"strings"

	"golang.org/x/crypto/blake2b"
)

const blockSize = 262144 // bytes hashed at a time

// Unsigned is the key text of a seal that names none.
var Unsigned = strings.Repeat("-", 56)

// Signer is a minisign key pair.
type Signer struct {
	private ed25519.PrivateKey
	id      [8]byte
}

// NewSigner returns the key pair of a seed that is 32 times the byte. Seed 1 is that of the format's worked example.
func NewSigner(seed byte) *Signer {
	return &Signer{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, ed25519.SeedSize)), [8]byte{1, 1, 2, 3, 4, 5, 6, 7}}
}

// Public returns the public key as minisign prints it.
func (k *Signer) Public() string {
	b := append([]byte("Ed"), k.id[:]...)
	return base64.StdEncoding.EncodeToString(append(b, k.private.Public().(ed25519.PublicKey)...))
}

// Secret returns the secret key as minisign -W writes it: in the clear.
func (k *Signer) Secret() string {
	b := append([]byte("Ed\x00\x00B2"), make([]byte, 48)...)
	b = append(append(append(b, k.id[:]...), k.private...), make([]byte, 32)...)
	return "untrusted comment: minisign encrypted secret key\n" + base64.StdEncoding.EncodeToString(b) + "\n"
}

// Message returns head and list of a seal over body, naming the key.
func Message(body []byte, key string) []byte {
	blocks := (len(body) + blockSize - 1) / blockSize
	size := len(body) + 138 + 65*blocks + 512 + md5.Size
	m := fmt.Appendf(nil, "samizdat-seal 1\nhash sha256 262144\nfile %15d\nbody %15d\nkey %s\n", size, len(body), key)
	for i := range blocks {
		m = fmt.Appendf(m, "%x\n", sha256.Sum256(body[i*blockSize:min(len(body), (i+1)*blockSize)]))
	}
	return m
}

// Slot returns the signature over message, filled up to 512 bytes. Kind is "ED"; anything else is an attack.
func (k *Signer) Slot(message []byte, kind, comment string) []byte {
	digest := blake2b.Sum512(message)
	sig := ed25519.Sign(k.private, digest[:])
	global := ed25519.Sign(k.private, append(bytes.Clone(sig), comment...))
	first := append(append([]byte(kind), k.id[:]...), sig...)
	s := fmt.Appendf(nil, "untrusted comment: samizdat seal\n%s\ntrusted comment: %s\n%s\n",
		base64.StdEncoding.EncodeToString(first), comment, base64.StdEncoding.EncodeToString(global))
	return append(s, Blank()[len(s):]...)
}

// Blank returns the slot of a seal that nobody has signed.
func Blank() []byte { return bytes.Repeat([]byte{'\n'}, 512) }

// File joins body, message and slot and ends them with the MD5.
func File(body, message, slot []byte) []byte {
	f := bytes.Join([][]byte{body, message, slot}, nil)
	sum := md5.Sum(f)
	return append(f, sum[:]...)
}

// Seal returns body sealed by k.
func (k *Signer) Seal(body []byte, comment string) []byte {
	m := Message(body, k.Public())
	return File(body, m, k.Slot(m, "ED", comment))
}

// ZIM returns a finished archive sealed by k, or with block hashes only if k is nil: the seal goes where the MD5 was,
// and the header says where the new one is.
func ZIM(archive []byte, k *Signer, comment string) []byte {
	body := bytes.Clone(archive[:len(archive)-md5.Size])
	blocks := (len(body) + blockSize - 1) / blockSize
	binary.LittleEndian.PutUint64(body[72:], uint64(len(body)+138+65*blocks+512)) // ZIM, "Header", checksumPos
	if k == nil {
		return File(body, Message(body, Unsigned), Blank())
	}
	return k.Seal(body, comment)
}
