package scrub

import (
	"encoding/binary"
	"fmt"
	"math"
	"strings"
	"unicode/utf16"
)

// Exif is a TIFF file within the picture: directories (IFD) of entries of twelve bytes. (Exif 3.0, 4.6; TIFF 6.0,
// section 2.) It is read only to say what was in it, and for the way the picture is turned: all of it is taken out.

// Tags of Exif that are looked for.
const (
	tagOrientation = 0x0112
	tagExif        = 0x8769
	tagGPS         = 0x8825
	tagInterop     = 0xA005
	tagMakerNote   = 0x927C
	tagThumbnail   = 0x0201
)

// exifKinds says what a tag of the main directories tells.
var exifKinds = map[uint16]Kind{
	0x010E: Comment, 0x9286: Comment, 0x9C9B: Comment, 0x9C9C: Comment, 0x9C9E: Comment, 0x9C9F: Comment,
	0x010F: Camera, 0x0110: Camera, 0xA433: Camera, 0xA434: Camera, 0xC614: Camera,
	0xA420: Serial, 0xA431: Serial, 0xA435: Serial, 0xC62F: Serial, 0xC65D: Serial,
	0x013B: Author, 0x8298: Author, 0x9C9D: Author, 0xA430: Author,
	0x0132: Date, 0x9003: Date, 0x9004: Date,
	0x0131: Software, 0x013C: Software, 0x000B: Software,
}

// exifBlock is one TIFF structure.
type exifBlock struct {
	f     *File
	where string
	b     []byte
	order binary.ByteOrder
	left  int // entries that are still read
}

// exif reports what the TIFF structure b tells and returns the orientation, 1 to 8; 0 if there is none.
func (f *File) exif(where string, b []byte) int {
	x := &exifBlock{f: f, where: where, b: b, order: binary.BigEndian, left: 4096}
	before := len(f.Traces)
	turned := 0
	if len(b) >= 8 && (string(b[:4]) == "II*\x00" || string(b[:4]) == "MM\x00*") {
		if b[0] == 'I' {
			x.order = binary.LittleEndian
		}
		turned = x.directory(x.order.Uint32(b[4:]), 0)
	}
	if len(f.Traces) == before {
		f.found(Other, where, "")
	}
	return turned
}

// directory reads the IFD at off; depth 0 is the main one, which can have another behind it, of the thumbnail.
func (x *exifBlock) directory(off uint32, depth int) (turned int) {
	n, ok := x.count(off)
	if !ok || depth > 3 {
		return 0
	}
	for i := range n {
		e := x.entry(off, i)
		if e == nil {
			return turned
		}
		switch tag, value := x.order.Uint16(e), x.order.Uint32(e[8:]); {
		case tag == tagOrientation && depth == 0:
			if o := x.order.Uint16(e[8:]); turned == 0 && o >= 1 && o <= 8 && x.order.Uint16(e[2:]) == 3 {
				turned = int(o)
			}
		case tag == tagExif || tag == tagInterop:
			x.directory(value, depth+1)
		case tag == tagGPS:
			x.position(value)
		case tag == tagMakerNote:
			x.f.found(Maker, x.where, "")
		case exifKinds[tag] != "":
			x.f.found(exifKinds[tag], x.where, x.text(e))
		}
	}
	if end := int64(off) + 2 + 12*int64(n); depth == 0 && end+4 <= int64(len(x.b)) {
		x.thumbnail(x.order.Uint32(x.b[end:]))
	}
	return turned
}

// count gives the number of entries of the IFD at off.
func (x *exifBlock) count(off uint32) (int, bool) {
	if off < 8 || int64(off)+2 > int64(len(x.b)) {
		return 0, false
	}
	return int(x.order.Uint16(x.b[off:])), true
}

// entry gives the i-th entry of the IFD at off; nil when there are no more.
func (x *exifBlock) entry(off uint32, i int) []byte {
	at := int64(off) + 2 + 12*int64(i)
	if x.left == 0 || at+12 > int64(len(x.b)) {
		return nil
	}
	x.left--
	return x.b[at:][:12]
}

// thumbnail looks into the second directory.
func (x *exifBlock) thumbnail(off uint32) {
	n, _ := x.count(off)
	for i := range n {
		e := x.entry(off, i)
		if e == nil {
			return
		}
		if x.order.Uint16(e) == tagThumbnail {
			x.f.found(Thumbnail, x.where, "")
		}
	}
}

// value gives the bytes of an entry's value of which one has size bytes.
func (x *exifBlock) value(e []byte, size uint64) []byte {
	n := uint64(x.order.Uint32(e[4:])) * size
	if n <= 4 {
		return e[8:][:n]
	}
	off := uint64(x.order.Uint32(e[8:]))
	if n > uint64(len(x.b)) || off > uint64(len(x.b))-n {
		return nil
	}
	return x.b[off:][:n]
}

// text gives what an entry of text says; empty for others.
func (x *exifBlock) text(e []byte) string {
	switch typ, tag := x.order.Uint16(e[2:]), x.order.Uint16(e); {
	case tag >= 0x9C9B && tag <= 0x9C9F: // written by Windows, UTF-16LE
		b := x.value(e, 1)
		units := make([]uint16, min(len(b)/2, maxValue))
		for i := range units {
			units[i] = binary.LittleEndian.Uint16(b[2*i:])
		}
		return string(utf16.Decode(units))
	case typ == 2 || typ == 129: // ASCII, and UTF-8 since Exif 3.0
		return string(x.value(e, 1))
	case typ == 7 && tag == 0x9286: // eight bytes name the coding
		if b := x.value(e, 1); len(b) > 8 && strings.HasPrefix(string(b), "ASCII") {
			return string(b[8:])
		}
	}
	return ""
}

// position reports the directory of the GPS.
func (x *exifBlock) position(off uint32) {
	n, ok := x.count(off)
	if !ok || n == 0 {
		return
	}
	var ref [2]string
	var at [2]float64
	other := 0
	for i := range n {
		e := x.entry(off, i)
		if e == nil {
			break
		}
		switch tag := x.order.Uint16(e); tag {
		case 0: // version
		case 1, 3:
			ref[tag/2] = strings.TrimRight(string(x.value(e, 1)), "\x00")
		case 2, 4:
			at[tag/2-1] = x.degrees(x.value(e, 8))
		default:
			other++
		}
	}
	value := ""
	if ref[0] != "" && ref[1] != "" && !math.IsNaN(at[0]) && !math.IsNaN(at[1]) {
		value = fmt.Sprintf("%.5f %s, %.5f %s", at[0], ref[0], at[1], ref[1])
	}
	if value != "" || other > 0 {
		x.f.found(Position, x.where+" GPS", value)
	} else {
		x.f.found(Other, x.where+" GPS", "") // its version alone
	}
}

// degrees reads degrees, minutes and seconds, three fractions.
func (x *exifBlock) degrees(b []byte) float64 {
	if len(b) != 24 {
		return math.NaN()
	}
	sum, unit := 0.0, 1.0
	for i := 0; i < 24; i += 8 {
		if below := x.order.Uint32(b[i+4:]); below != 0 {
			sum += float64(x.order.Uint32(b[i:])) / float64(below) / unit
		} else if x.order.Uint32(b[i:]) != 0 {
			return math.NaN()
		}
		unit *= 60
	}
	return sum
}

// orientation returns the smallest TIFF structure that says how the picture is turned, 2 to 8.
func orientation(turned int) []byte {
	return []byte{
		'M', 'M', 0, 42, 0, 0, 0, 8, // the directory is at 8
		0, 1, // and has one entry
		tagOrientation >> 8, tagOrientation & 0xFF, 0, 3, 0, 0, 0, 1, 0, byte(turned), 0, 0,
		0, 0, 0, 0, // and nothing behind it
	}
}

// isOrientation returns what b says if it is the structure that [orientation] makes, and 0 if it is another.
func isOrientation(b []byte) int {
	if len(b) == 26 && b[19] >= 2 && b[19] <= 8 && string(b) == string(orientation(int(b[19]))) {
		return int(b[19])
	}
	return 0
}
