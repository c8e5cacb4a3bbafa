package zim

import (
	"crypto/sha256"
	"encoding/binary"
	"hash"
)

// uuidDomain begins what is hashed, so that another rule would give other identifiers.
const uuidDomain = "samizdat zim uuid 1\n"

// uuid names the archive by what it says: the first 16 bytes of the SHA-256 of its sorted entries, each with
// namespace, kind, path, title, and MIME type and SHA-256 of the content, or the redirect's target. Kiwix takes it
// for the identity of a book and for the validator of its pages, so it must change with the content; it does not
// change with the order in which things were added, nor with compression. RFC 9562, "UUID Version 8".
func (w *Writer) uuid() [16]byte {
	h := sha256.New()
	h.Write([]byte(uuidDomain))
	for i := range w.entries {
		e := &w.entries[i]
		flags := byte(0)
		if e.redirect {
			flags |= 1
		}
		if e.front {
			flags |= 2
		}
		h.Write([]byte{e.ns, flags})
		hashString(h, e.path)
		hashString(h, e.displayTitle())
		if e.redirect {
			hashString(h, e.target)
			continue
		}
		hashString(h, w.mimes[e.mime])
		h.Write(w.blobs[e.blob].sum[:])
	}
	var id [16]byte
	copy(id[:], h.Sum(nil))
	id[6] = id[6]&0x0F | 0x80 // version 8
	id[8] = id[8]&0x3F | 0x80 // variant
	w.stats.UUID = id
	return id
}

// hashString hashes the length before the bytes, so that two strings never look like two others.
func hashString(h hash.Hash, s string) {
	var n [4]byte
	binary.LittleEndian.PutUint32(n[:], uint32(len(s)))
	h.Write(n[:])
	h.Write([]byte(s))
}
