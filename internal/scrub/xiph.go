package scrub

import "encoding/binary"

// The comments of Vorbis and FLAC stand in what a decoder is told at the beginning, so they are emptied in place.

// emptyVorbis empties the second of the three headers of Vorbis, which are laced as in Ogg; nil if they are not sound.
// All of it becomes the vendor's name, in spaces. (Vorbis I, 5.2.)
func emptyVorbis(b []byte) []byte {
	if len(b) < 3 || b[0] != 2 {
		return nil
	}
	at := 1
	var sizes [2]int
	for i := range sizes {
		for {
			if at == len(b) {
				return nil
			}
			c := int(b[at])
			sizes[i] += c
			at++
			if c < 255 {
				break
			}
		}
	}
	from, n := at+sizes[0], sizes[1]
	if n < 16 || from > len(b)-n || b[from] != 3 || string(b[from+1:from+7]) != "vorbis" {
		return nil
	}
	out := append([]byte(nil), b...)
	c := out[from:][:n]
	binary.LittleEndian.PutUint32(c[7:], uint32(n-16))
	for i := 11; i < n-5; i++ {
		c[i] = ' '
	}
	copy(c[n-5:], []byte{0, 0, 0, 0, 1}) // no comments, and the end
	return out
}

// emptyFLAC turns all blocks but the stream's description and the places to seek into padding; nil if they are not
// sound. (RFC 9639, 8.)
func emptyFLAC(b []byte) []byte {
	if len(b) < 8 || string(b[:4]) != "fLaC" {
		return nil
	}
	out := append([]byte(nil), b...)
	for at := 4; at < len(out); {
		if at+4 > len(out) {
			return nil
		}
		last, typ := out[at]&0x80, out[at]&0x7F
		n := int(out[at+1])<<16 | int(out[at+2])<<8 | int(out[at+3])
		if at += 4; n > len(out)-at {
			return nil
		}
		if typ != 0 && typ != 3 {
			out[at-4] = last | 1
			clear(out[at:][:n])
		}
		at += n
	}
	return out
}
