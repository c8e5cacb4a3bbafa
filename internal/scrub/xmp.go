package scrub

import (
	"bytes"
	"encoding/binary"
	"strings"
)

// XMP is RDF in XML, IPTC a list of short records, and both are taken out whole. What they are about is told by names
// that occur in them: that is for the report only, so it need not be right in every case.

// maxText is how much of a text block is looked at for the report.
const maxText = 1 << 20 // bytes

// xmpNames are names of properties and what they tell. (XMP part 1 and 2; Exif for XMP; IPTC Photo Metadata.)
var xmpNames = []struct {
	name string
	kind Kind
}{
	{"GPSLatitude", Position},
	{"GPSLongitude", Position},
	{"photoshop:City", Position},
	{"Iptc4xmpCore:Location", Position},
	{"LocationCreated", Position},
	{"SerialNumber", Serial},
	{"ImageUniqueID", Serial},
	{"dc:creator", Author},
	{"photoshop:Credit", Author},
	{"AuthorsPosition", Author},
	{"xmpRights:Owner", Author},
	{"dc:rights", Author},
	{"OwnerName", Author},
	{"pdf:Author", Author},
	{"PersonInImage", Author},
	{"xmp:Thumbnails", Thumbnail},
	{"xmpGImg:image", Thumbnail},
	{"MicroVideo", Picture},
	{"MotionPhoto", Picture},
	{"GContainer", Picture},
	{"tiff:Make", Camera},
	{"tiff:Model", Camera},
	{"aux:Lens", Camera},
	{"CreateDate", Date},
	{"ModifyDate", Date},
	{"DateCreated", Date},
	{"DateTimeOriginal", Date},
	{"MetadataDate", Date},
	{"xmpMM:", History},
	{"dc:description", Comment},
	{"dc:title", Comment},
	{"dc:subject", Comment},
	{"UserComment", Comment},
	{"photoshop:Headline", Comment},
	{"CreatorTool", Software},
	{"pdf:Producer", Software},
	{"x:xmptk", Software},
}

// xmp reports what the packet b tells.
func (f *File) xmp(where string, b []byte) {
	before := len(f.Traces)
	if len(b) > maxText {
		b = b[:maxText]
	}
	for _, n := range xmpNames {
		at := bytes.Index(b, []byte(n.name))
		if at < 0 {
			continue
		}
		value := ""
		switch n.kind {
		case Position, Author, Camera, Date, Serial, Software:
			value = xmpValue(b[at+len(n.name):])
		}
		f.found(n.kind, where, value)
	}
	if len(f.Traces) == before {
		f.found(Other, where, "")
	}
}

// xmpValue guesses the value of the property whose name ends before b: an attribute's value, or the first text.
func xmpValue(b []byte) string {
	if len(b) > 500 {
		b = b[:500]
	}
	if bytes.HasPrefix(b, []byte(`="`)) || bytes.HasPrefix(b, []byte(`='`)) {
		if end := bytes.IndexByte(b[2:], b[1]); end >= 0 {
			return string(b[2:][:end])
		}
		return ""
	}
	for {
		open := bytes.IndexByte(b, '>')
		if open < 0 {
			return ""
		}
		b = b[open+1:]
		text, _, more := strings.Cut(string(b), "<")
		if text = strings.TrimSpace(text); text != "" || !more {
			return text
		}
	}
}

// iptcKinds says what a dataset of record 2 tells. (IPTC IIM 4.2, chapter 6.)
var iptcKinds = map[byte]Kind{
	5: Comment, 25: Comment, 40: Comment, 105: Comment, 120: Comment,
	26: Position, 90: Position, 92: Position, 95: Position, 100: Position, 101: Position,
	55: Date, 60: Date, 62: Date, 63: Date, 65: Software, 70: Software,
	80: Author, 85: Author, 110: Author, 115: Author, 116: Author, 118: Author, 122: Author,
	103: Serial, 202: Thumbnail,
}

// iptc reports what the records in b tell.
func (f *File) iptc(where string, b []byte) {
	for len(b) >= 5 && b[0] == 0x1C {
		n := int(binary.BigEndian.Uint16(b[3:]))
		if n >= 0x8000 || 5+n > len(b) {
			return
		}
		if k := iptcKinds[b[2]]; b[1] == 2 && k != "" {
			f.found(k, where, string(b[5:][:n]))
		}
		b = b[5+n:]
	}
}

// photoshop reports what Photoshop's resources in b tell. (Photoshop File Formats, Image Resource Blocks.)
func (f *File) photoshop(where string, b []byte) {
	before := len(f.Traces)
	for len(b) >= 12 && string(b[:4]) == "8BIM" {
		id := binary.BigEndian.Uint16(b[4:])
		at := 6 + (int(b[6])+2)&^1 // behind a name, padded to an even length
		if at+4 > len(b) {
			break
		}
		size := int64(binary.BigEndian.Uint32(b[at:]))
		at += 4
		if size > int64(len(b)-at) {
			break
		}
		data := b[at:][:size]
		switch id {
		case 0x0404:
			f.iptc("IPTC", data)
		case 0x0409, 0x040C:
			f.found(Thumbnail, where, "")
		case 0x0422, 0x0423:
			f.exif(where+" Exif", data)
		case 0x0424:
			f.xmp(where+" XMP", data)
		}
		b = b[min(len(b), at+int(size+size&1)):]
	}
	if len(f.Traces) == before {
		f.found(Other, where, "")
	}
}
