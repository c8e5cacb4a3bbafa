package scrub

import (
	"encoding/binary"
	"strconv"
	"strings"
)

// What follows reads boxes that are taken out, for the report alone. They need not be sound.

// xmpUUID is the extended type of a box with XMP. (XMP part 3, 1.1.6.)
const xmpUUID = "\xBE\x7A\xCF\xCB\x97\xA9\x42\xE8\x9C\x71\x99\x94\x91\xE3\xAF\xAC"

// boxKinds says what a box of user data or an item of a list tells. (QuickTime File Format, "User data"; 3GPP TS 26.244;
// those of iTunes as exiftool has them.)
var boxKinds = map[string]Kind{
	"\xA9xyz": Position, "loci": Position, "gps ": Position, "\xA9loc": Position, "GPS ": Position,
	"\xA9mak": Camera, "\xA9mod": Camera, "manu": Camera, "modl": Camera, "mak ": Camera, "mod ": Camera, "LENS": Camera, "FIRM": Software,
	"CAME": Serial, "MUID": Serial, "\xA9uid": Serial, "guid": Serial, "xid ": Serial, "apID": Author, "ownr": Author,
	"\xA9ART": Author, "\xA9aut": Author, "auth": Author, "perf": Author, "cprt": Author, "\xA9cpy": Author, "aART": Author, "\xA9dir": Author, "\xA9prd": Author, "\xA9wrt": Author,
	"\xA9day": Date, "yrrc": Date, "date": Date, "purd": Date, "prft": Date, "crtt": Date, "mdft": Date,
	"\xA9swr": Software, "\xA9too": Software, "\xA9enc": Software, "\xA9fmt": Software, "ilst": Other,
	"\xA9nam": Comment, "\xA9cmt": Comment, "\xA9des": Comment, "\xA9inf": Comment, "titl": Comment, "dscp": Comment, "desc": Comment, "name": Comment, "kywd": Comment, "albm": Comment, "\xA9alb": Comment, "udes": Comment,
	"covr": Thumbnail, "thmb": Thumbnail, "PICT": Thumbnail, "pnot": Date, "mcvr": Picture, "mpvd": Picture,
	"GPMF": Track, "htka": Date, "uuid": Other, "Xtra": Comment,
}

// keyKinds says what a key of a list tells by a word in its name, like com.apple.quicktime.location.ISO6709.
var keyKinds = []struct {
	word string
	kind Kind
}{
	{"location", Position},
	{"gps", Position},
	{"identifier", Serial},
	{"serial", Serial},
	{"make", Camera},
	{"model", Camera},
	{"camera", Camera},
	{"lens", Camera},
	{"manufacturer", Camera},
	{"author", Author},
	{"artist", Author},
	{"owner", Author},
	{"copyright", Author},
	{"director", Author},
	{"date", Date},
	{"year", Date},
	{"software", Software},
	{"version", Software},
	{"encoder", Software},
	{"producer", Software},
	{"title", Comment},
	{"name", Comment},
	{"comment", Comment},
	{"description", Comment},
	{"keywords", Comment},
	{"information", Comment},
}

// keyKind says what a key tells.
func keyKind(name string) Kind {
	name = strings.ToLower(name)
	for _, w := range keyKinds {
		if strings.Contains(name, w.word) {
			return w.kind
		}
	}
	return Other
}

// tell reports what the box b, which is taken out, told.
func (w *boxes) tell(b box) error {
	c, err := w.content(b, maxText)
	if err != nil {
		return err
	}
	t := boxTeller{f: w.f, left: 10_000}
	if len(c) > 0 || b.kind != "udta" && b.kind != "meta" {
		t.box(b.kind, c, b.path, 0)
	}
	return nil
}

// boxTeller reports what boxes in memory tell.
type boxTeller struct {
	f    *File
	left int      // boxes that are still looked at
	keys []string // names of the items of a list that has numbers
}

// each calls do for the boxes in b, as far as they are sound.
func (t *boxTeller) each(b []byte, do func(kind string, c []byte)) {
	for len(b) >= 8 && t.left > 0 {
		t.left--
		n := binary.BigEndian.Uint32(b)
		if n < 8 || int64(n) > int64(len(b)) {
			return
		}
		do(string(b[4:8]), b[8:n])
		b = b[n:]
	}
}

func (t *boxTeller) box(kind string, c []byte, path string, depth int) {
	before := len(t.f.Traces)
	below := func(kind string, c []byte) {
		if depth < maxDepth {
			t.box(kind, c, path+"/"+kind, depth+1)
		}
	}
	switch kind {
	case "udta":
		t.each(c, below)
	case "meta":
		if len(c) < 8 || string(c[4:8]) != "hdlr" { // QuickTime's has no version
			c = c[min(4, len(c)):]
		}
		t.each(c, below)
	case "hdlr", "free", "mhdr", "ctry", "lang", "data":
		return // of no meaning by themselves
	case "keys":
		t.readKeys(c)
		return
	case "ilst":
		t.each(c, func(kind string, c []byte) { t.listItem(kind, c, path) })
	case "XMP_":
		t.f.xmp(latin(path), c)
	case "uuid":
		if len(c) >= 16 && string(c[:16]) == xmpUUID {
			t.f.xmp(latin(path), c[16:])
		}
	default:
		if k := boxKinds[kind]; k != "" {
			t.f.found(k, latin(path), userText(kind, c))
		}
	}
	if len(t.f.Traces) == before {
		t.f.found(Other, latin(path), "")
	}
}

// userText gives the text of a box of user data; empty for those in a form of their own.
func userText(kind string, c []byte) string {
	if kind[0] == 0xA9 && len(c) > 4 { // length, language, text
		n := int(binary.BigEndian.Uint16(c))
		return string(c[4:][:min(n, len(c)-4)])
	}
	switch kind {
	case "titl", "dscp", "cprt", "auth", "perf", "albm":
		if len(c) > 6 { // version, language, text
			return string(c[6:])
		}
	}
	return ""
}

// readKeys remembers the names of a list's items. (QuickTime File Format, "Metadata item keys atom".)
func (t *boxTeller) readKeys(c []byte) {
	for c = c[min(8, len(c)):]; len(c) >= 8 && len(t.keys) < 10_000; {
		n := binary.BigEndian.Uint32(c)
		if n < 8 || int64(n) > int64(len(c)) {
			return
		}
		t.keys = append(t.keys, string(c[8:n]))
		c = c[n:]
	}
}

func (t *boxTeller) listItem(kind string, c []byte, path string) {
	name, k := kind, boxKinds[kind]
	if i := binary.BigEndian.Uint32([]byte(kind)); k == "" && i >= 1 && int64(i) <= int64(len(t.keys)) {
		name = t.keys[i-1]
		k = keyKind(name)
	}
	if k == "" {
		k = Other
	}
	value := ""
	t.each(c, func(kind string, c []byte) {
		switch {
		case kind != "data" || len(c) < 8:
		case binary.BigEndian.Uint32(c) == 1: // UTF-8
			value = string(c[8:])
		case binary.BigEndian.Uint32(c) == 21 && len(c) == 12:
			value = strconv.Itoa(int(int32(binary.BigEndian.Uint32(c[8:]))))
		}
	})
	t.f.found(k, latin(path+"/"+name), value)
}

// latin reads the sign © in the name of a box, which is MacRoman or Latin-1 and never UTF-8.
func latin(s string) string { return strings.ReplaceAll(s, "\xA9", "©") }
