package scrub

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"hash/adler32"
)

// fitZlib packs data into a zlib stream of exactly n bytes, which decoders read to its end; nil if they do not fit. What is
// left is filled with blocks that hold nothing. (RFC 1950, 2.2; RFC 1951, 3.2.)
func fitZlib(data []byte, n int) []byte {
	out := bytes.NewBuffer([]byte{0x78, 0xDA})
	w, err := flate.NewWriter(out, flate.BestCompression)
	if err != nil {
		return nil // the level exists
	}
	if _, err = w.Write(data); err == nil {
		err = w.Flush() // ends with a whole byte, and not with the last block
	}
	left := n - out.Len() - 4
	if err != nil || left < 2 {
		return nil
	}
	for ; left >= 7; left -= 5 {
		out.Write([]byte{0, 0, 0, 0xFF, 0xFF}) // stored, of no bytes
	}
	out.Write(lastBlocks[left])
	return binary.BigEndian.AppendUint32(out.Bytes(), adler32.Checksum(data))
}

// lastBlocks are ends of 2 to 6 bytes: blocks of the fixed code that hold nothing, ten bits each, the last with the mark of
// the last; for 6 one of them and a stored one.
var lastBlocks = [7][]byte{
	2: {0x03, 0x00},
	3: {0x02, 0x0C, 0x00},
	4: {0x02, 0x08, 0x30, 0x00},
	5: {0x02, 0x08, 0x20, 0xC0, 0x00},
	6: {0x02, 0x04, 0x00, 0x00, 0xFF, 0xFF},
}
