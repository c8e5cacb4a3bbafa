package scrub

import (
	"encoding/binary"
)

// A WebP is a RIFF file: chunks with a type, a length and data, padded to an even length. (RFC 9649, section 2.)

// Flags of the chunk VP8X.
const (
	webpXMP  = 0x04
	webpExif = 0x08
)

var (
	webpKept = map[string]bool{"VP8 ": true, "VP8L": true, "VP8X": true, "ALPH": true, "ANIM": true, "ANMF": true, "ICCP": true}
	webpSub  = map[string]bool{"VP8 ": true, "VP8L": true, "ALPH": true} // in a frame of an animation
)

type webpFile struct {
	s      *source
	f      *File
	chunks int
	flags  []byte // data of VP8X, kept apart because its flags change
	turned int
}

func scrubWebP(s *source, f *File, p *plan) error {
	head, err := s.read(0, 12)
	if err != nil {
		return err
	}
	end := int64(binary.LittleEndian.Uint32(head[4:])) + 8
	if end > s.size {
		return s.damaged(4, "the file claims %d bytes and has %d", end, s.size)
	}
	w := &webpFile{s: s, f: f}
	var body plan
	if err := w.list(12, end, webpKept, &body); err != nil {
		return err
	}
	if body.size == 0 {
		return s.damaged(12, "there is no picture")
	}
	if end < s.size {
		empty, err := s.only(end, s.size, 0)
		if err != nil {
			return err
		}
		if !empty {
			f.found(Other, "behind the picture", "")
		}
	}
	f.Turned = w.turned
	if w.flags != nil && w.turned > 1 {
		w.flags[0] |= webpExif
		body.write(webpChunk("EXIF", orientation(w.turned))...)
	}
	size := body.size + 4
	if w.flags != nil {
		size += 18
	}
	p.write(binary.LittleEndian.AppendUint32([]byte("RIFF"), uint32(size))...)
	p.write([]byte("WEBP")...)
	if w.flags != nil {
		p.write(webpChunk("VP8X", w.flags)...)
	}
	p.add(&body)
	return nil
}

// list goes through the chunks from at up to end and copies those that are kept to p.
func (w *webpFile) list(at, end int64, kept map[string]bool, p *plan) error {
	for at < end {
		if w.chunks++; w.chunks > maxChunks {
			return w.s.damaged(at, "more than %d chunks", maxChunks)
		}
		if end-at < 8 {
			w.f.found(Other, "bytes between chunks", "")
			return nil
		}
		head, err := w.s.read(at, 8)
		if err != nil {
			return err
		}
		kind, n := string(head[:4]), int64(binary.LittleEndian.Uint32(head[4:]))
		if n > end-at-8 {
			return w.s.damaged(at, "chunk %q claims %d bytes", Printable(kind), n)
		}
		if err := w.chunk(kind, at, n, kept, p); err != nil {
			return err
		}
		at += 8 + n + n&1
	}
	return nil
}

func (w *webpFile) chunk(kind string, at, n int64, kept map[string]bool, p *plan) error {
	switch {
	case kind == "VP8X" && kept[kind]:
		if n < 10 || w.flags != nil {
			return w.s.damaged(at, "chunk VP8X is wrong")
		}
		b, err := w.s.read(at+8, 10)
		if err != nil {
			return err
		}
		b[0] &^= webpExif | webpXMP
		w.flags = b
	case kind == "ANMF" && kept[kind]:
		return w.frame(at, n, p)
	case kept[kind]:
		p.copy(at, 8+n)
		if n&1 == 1 {
			p.write(0)
		}
	default:
		b, err := w.s.read(at+8, int(min(n, maxText)))
		if err != nil {
			return err
		}
		w.metadata(kind, b)
	}
	return nil
}

// frame copies a frame of an animation: 16 bytes and chunks of its own.
func (w *webpFile) frame(at, n int64, p *plan) error {
	if n < 16 {
		return w.s.damaged(at, "a frame of %d bytes", n)
	}
	var body plan
	if err := w.list(at+24, at+8+n, webpSub, &body); err != nil {
		return err
	}
	p.write(binary.LittleEndian.AppendUint32([]byte("ANMF"), uint32(16+body.size))...)
	p.copy(at+8, 16)
	p.add(&body)
	return nil
}

func (w *webpFile) metadata(kind string, b []byte) {
	switch kind {
	case "EXIF":
		if len(b) >= 6 && string(b[:6]) == "Exif\x00\x00" { // some writers take the prefix of JPEG along
			b = b[6:]
		}
		turned := isOrientation(b)
		if turned == 0 || w.turned != 0 {
			turned = w.f.exif("EXIF", b)
		}
		if w.turned == 0 {
			w.turned = turned
		}
	case "XMP ":
		w.f.xmp("XMP", b)
	default:
		w.f.found(Other, "chunk "+kind, "")
	}
}

// webpChunk makes a chunk of even length.
func webpChunk(kind string, data []byte) []byte {
	return append(binary.LittleEndian.AppendUint32([]byte(kind), uint32(len(data))), data...)
}
