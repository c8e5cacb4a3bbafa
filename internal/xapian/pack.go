package xapian

// Numbers and strings in glass records. The append functions return the extended slice; the cut functions take from the
// front and return what remains, with ok false if there was not enough or the value does not fit.

import (
	"encoding/binary"
	"math/bits"
)

// appendUint appends v with seven bits to a byte, the low ones first.
func appendUint(b []byte, v uint64) []byte { return binary.AppendUvarint(b, v) }

func cutUint(b []byte) (v uint64, rest []byte, ok bool) {
	v, n := binary.Uvarint(b)
	if n <= 0 {
		return 0, b, false
	}
	return v, b[n:], true
}

// cutUint32 is cutUint for values that fit 32 bits, as document numbers and frequencies here do.
func cutUint32(b []byte) (v uint32, rest []byte, ok bool) {
	if len(b) > 0 && b[0] < 0x80 { // most are this small
		return uint32(b[0]), b[1:], true
	}
	w, rest, ok := cutUint(b)
	if !ok || w > 0xffffffff {
		return 0, b, false
	}
	return uint32(w), rest, true
}

// appendString appends s after its length.
func appendString(b []byte, s string) []byte {
	return append(appendUint(b, uint64(len(s))), s...)
}

func cutString(b []byte) (s string, rest []byte, ok bool) {
	text, rest, ok := cutBytes(b)
	return string(text), rest, ok
}

// cutBytes is cutString without a copy.
func cutBytes(b []byte) (text, rest []byte, ok bool) {
	n, rest, ok := cutUint(b)
	if !ok || n > uint64(len(rest)) {
		return nil, b, false
	}
	return rest[:n], rest[n:], true
}

// appendLast appends v, low bytes first and without zeros at the end, as the last part of a key.
func appendLast(b []byte, v uint64) []byte {
	for ; v != 0; v >>= 8 {
		b = append(b, byte(v))
	}
	return b
}

// appendSorted appends v so that byte order is number order: two bytes below 0x8000, else as many as needed with their
// number in the leading ones of the first.
func appendSorted(b []byte, v uint64) []byte {
	if v < 0x8000 {
		return append(b, byte(v>>8), byte(v))
	}
	n := (bits.Len64(v) + 5) / 7 // bytes, of which the first gives n-2 bits up
	at := len(b)
	for range n {
		b = append(b, 0)
	}
	for i := at + n - 1; i > at; i-- {
		b[i] = byte(v)
		v >>= 8
	}
	b[at] = byte(v) | byte(0xff<<(10-n))
	return b
}

func cutSorted(b []byte) (v uint64, rest []byte, ok bool) {
	if len(b) < 2 {
		return 0, b, false
	}
	if b[0] < 0x80 {
		return uint64(b[0])<<8 | uint64(b[1]), b[2:], true
	}
	n := bits.LeadingZeros8(^b[0]) + 2
	if n > 9 || len(b) < n {
		return 0, b, false
	}
	v = uint64(b[0] & (0xff >> (n - 1)))
	for _, c := range b[1:n] {
		v = v<<8 | uint64(c)
	}
	return v, b[n:], true
}

// appendTerm appends a term so that byte order is term order whatever follows. A zero byte in it becomes 00 FF; unless
// it is the key's last part, 00 ends it.
func appendTerm(b []byte, term string, last bool) []byte {
	for i := range len(term) {
		b = append(b, term[i])
		if term[i] == 0 {
			b = append(b, 0xff)
		}
	}
	if !last {
		b = append(b, 0)
	}
	return b
}

// cutTerm takes a term off a key; last says that nothing follows it.
func cutTerm(key []byte) (term string, rest []byte, last bool) {
	plain := make([]byte, 0, len(key))
	for i := 0; i < len(key); i++ {
		if key[i] == 0 {
			if i+1 == len(key) || key[i+1] != 0xff {
				return string(plain), key[i+1:], false
			}
			i++
			plain = append(plain, 0)
			continue
		}
		plain = append(plain, key[i])
	}
	return string(plain), nil, true
}

func termKey(term string) []byte { return appendTerm(nil, term, true) }

// chunkKey is the key of a later chunk of a term's postings, and in the position table of a document's positions.
func chunkKey(term string, id DocID) []byte {
	return appendSorted(appendTerm(nil, term, false), uint64(id))
}

func valueStatsKey(slot uint32) []byte { return appendLast([]byte(keyValueStats), uint64(slot)) }

func valueChunkKey(slot uint32, id DocID) []byte {
	return appendSorted(appendUint([]byte(keyValueChunk), uint64(slot)), uint64(id))
}

func lengthsKey(id DocID, first bool) []byte {
	if first {
		return []byte(keyDocLengths)
	}
	return appendSorted([]byte(keyDocLengths), uint64(id))
}
