package scrub

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// A JPEG is a row of segments: 0xFF, a marker, and for most markers a length of two bytes. What has to be there to decode
// it is kept, with the colour profile and Adobe's note on how colours are coded. (ITU T.81, annex B; ICC.1:2022, B.4.)

// Markers of JPEG.
const (
	markerSOI  = 0xD8
	markerEOI  = 0xD9
	markerSOS  = 0xDA
	markerTEM  = 0x01
	markerAPP0 = 0xE0
	markerCOM  = 0xFE
)

// maxSegments is far more than pictures have: a progressive one has a dozen scans.
const maxSegments = 100_000

// decoding reports whether a decoder needs the segments of marker m.
func decoding(m byte) bool {
	return m >= 0xC0 && m <= 0xCF && m != 0xC8 || m >= markerSOS && m <= 0xDF
}

type jpegFile struct {
	s      *source
	f      *File
	jfif   []byte
	turned int
	shown  bool // a scan has been seen
	body   plan
}

func scrubJPEG(s *source, f *File, p *plan) error {
	j := &jpegFile{s: s, f: f}
	end, err := j.segments()
	if err != nil {
		return err
	}
	f.Turned = j.turned
	if end < s.size {
		if err := j.trailer(end); err != nil {
			return err
		}
	}
	p.write(0xFF, markerSOI)
	p.write(j.jfif...)
	if j.turned > 1 {
		tiff := orientation(j.turned)
		p.write(append([]byte{0xFF, markerAPP0 + 1, 0, byte(8 + len(tiff)), 'E', 'x', 'i', 'f', 0, 0}, tiff...)...)
	}
	p.add(&j.body)
	p.write(0xFF, markerEOI)
	return nil
}

// segments reads up to the end of the first picture and returns where that is.
func (j *jpegFile) segments() (int64, error) {
	at := int64(2)
	for range maxSegments {
		m, next, err := j.marker(at)
		if err != nil {
			return 0, err
		}
		at = next
		switch {
		case m == 0 || m == markerEOI:
			return at, nil
		case m >= 0xD0 && m <= 0xD7 || m == markerTEM:
			j.body.copy(at-2, 2)
			continue
		case m == markerSOI:
			return 0, j.s.damaged(at-2, "a picture begins within the picture")
		}
		b, err := j.s.at(at, 2)
		if err != nil {
			return 0, err
		}
		n := int64(binary.BigEndian.Uint16(b))
		if n < 2 || at > j.s.size-n {
			return 0, j.s.damaged(at, "segment %02X claims %d bytes", m, n)
		}
		if decoding(m) {
			j.body.copy(at-2, 2+n)
		} else if err := j.segment(m, at+2, int(n-2)); err != nil {
			return 0, err
		}
		at += n
		if m == markerSOS {
			end, err := j.scan(at)
			if err != nil {
				return 0, err
			}
			j.body.copy(at, end-at)
			at, j.shown = end, true
		}
	}
	return 0, j.s.damaged(at, "more than %d segments", maxSegments)
}

// marker finds the next marker from at on and returns it with the place behind it; 0 at the end of the file. Bytes that
// are no marker are passed over, as decoders do.
func (j *jpegFile) marker(at int64) (byte, int64, error) {
	start := at
	stray := func() error {
		if j.shown { // a decoder would try to go on with them
			return j.s.damaged(start, "bytes of no segment between the scans of the picture")
		}
		j.f.found(Other, "bytes between segments", "")
		return nil
	}
	for at+2 <= j.s.size {
		b, err := j.s.at(at, 2)
		if err != nil {
			return 0, 0, err
		}
		if b[0] == 0xFF && b[1] != 0xFF && b[1] != 0 {
			if fill, err := j.s.only(start, at, 0xFF); err != nil {
				return 0, 0, err
			} else if !fill {
				if err := stray(); err != nil {
					return 0, 0, err
				}
			}
			return b[1], at + 2, nil
		}
		at++
	}
	if fill, err := j.s.only(start, j.s.size, 0xFF); err != nil {
		return 0, 0, err
	} else if !fill {
		if err := stray(); err != nil {
			return 0, 0, err
		}
	}
	return 0, j.s.size, nil
}

// scan finds the end of the compressed data that begins at at: a marker that is neither a restart nor a stuffed zero.
func (j *jpegFile) scan(at int64) (int64, error) {
	buf := make([]byte, 64<<10)
	last := byte(0) // byte before buf
	for at < j.s.size {
		buf = buf[:min(int64(cap(buf)), j.s.size-at)]
		if err := j.s.fill(buf, at); err != nil {
			return 0, err
		}
		if last == 0xFF && endsScan(buf[0]) {
			return at - 1, nil
		}
		for i := 0; ; {
			k := bytes.IndexByte(buf[i:], 0xFF)
			if k < 0 || i+k+1 == len(buf) {
				break
			}
			if i += k + 1; endsScan(buf[i]) {
				return at + int64(i) - 1, nil
			}
		}
		last = buf[len(buf)-1]
		at += int64(len(buf))
	}
	return j.s.size, nil
}

// endsScan reports whether 0xFF and this byte end the compressed data. Several 0xFF are one.
func endsScan(b byte) bool { return b != 0 && b != 0xFF && (b < 0xD0 || b > 0xD7) }

// segment decides on a segment that decoders can do without, of n bytes at at.
func (j *jpegFile) segment(m byte, at int64, n int) error {
	b, err := j.s.read(at, n)
	if err != nil {
		return err
	}
	name := fmt.Sprintf("APP%d", m-markerAPP0)
	is := func(prefix string) bool { return bytes.HasPrefix(b, []byte(prefix)) }
	switch {
	case m == markerCOM:
		j.f.found(Comment, "JPEG comment", string(b))
	case j.shown && (m < markerAPP0 || m > markerAPP0+15):
		return j.s.damaged(at-4, "marker %02X between the scans of the picture", m)
	case m < markerAPP0 || m > markerAPP0+15:
		j.f.found(Other, fmt.Sprintf("segment %02X", m), "")
	case m == markerAPP0 && is("JFIF\x00") && n >= 14:
		if n > 14 {
			j.f.found(Thumbnail, "JFIF", "")
		}
		if j.jfif == nil { // without its thumbnail
			j.jfif = append([]byte{0xFF, markerAPP0, 0, 16}, b[:12]...)
			j.jfif = append(j.jfif, 0, 0)
		}
	case m == markerAPP0 && is("JFXX\x00"):
		j.f.found(Thumbnail, "JFIF extension", "")
	case m == markerAPP0+1 && is("Exif\x00"):
		j.exif(b[min(n, 6):])
	case m == markerAPP0+1 && is("http://ns.adobe.com/"):
		j.f.xmp("XMP", b)
	case m == markerAPP0+2 && is("ICC_PROFILE\x00") && n > 14 && (b[12] != 1 || n >= 14+40 && string(b[14+36:][:4]) == "acsp"):
		j.body.copy(at-4, int64(n)+4)
	case m == markerAPP0+2 && is("MPF\x00"):
		j.f.found(Picture, "MPF", "")
	case m == markerAPP0+2 && is("FPXR\x00"):
		j.f.found(Other, "FlashPix", "")
	case m == markerAPP0+13 && is("Photoshop 3.0\x00"):
		j.f.photoshop("Photoshop", b[14:])
	case m == markerAPP0+14 && is("Adobe") && n >= 12:
		if n > 12 {
			j.f.found(Other, name, "")
		}
		j.body.write(0xFF, m, 0, 14)
		j.body.copy(at, 12)
	default:
		word, _, _ := bytes.Cut(b[:min(n, 40)], []byte{0})
		j.f.found(Other, name, string(word))
	}
	return nil
}

// exif reads a TIFF structure. The first that says how the picture is turned counts.
func (j *jpegFile) exif(b []byte) {
	turned := isOrientation(b)
	if turned == 0 || j.turned != 0 {
		turned = j.f.exif("Exif", b)
	}
	if j.turned == 0 {
		j.turned = turned
	}
}

// trailer reports what lies behind the picture.
func (j *jpegFile) trailer(at int64) error {
	b, err := j.s.upTo(at, 64<<10)
	if err != nil {
		return err
	}
	switch {
	case bytes.Contains(b, []byte("ftyp")):
		j.f.found(Picture, "behind the picture", "a film")
	case bytes.Contains(b, []byte{0xFF, markerSOI, 0xFF}):
		j.f.found(Picture, "behind the picture", "")
	default:
		empty, err := j.s.only(at, j.s.size, 0)
		if err != nil {
			return err
		}
		if empty {
			break // padding says nothing
		}
		j.f.found(Other, "behind the picture", string(b[:min(len(b), 16)]))
	}
	return nil
}
