package scrub

import (
	"encoding/binary"
	"strings"
)

// Films (MP4, QuickTime) and pictures of the HEIF family consist of boxes: length, type, content, which may be boxes.
// Tables in them give places in the file, so nothing may move: what goes becomes a box `free` of the same length, full of
// zeros. (ISO/IEC 14496-12, section 4; QuickTime File Format.)

// movieBeginnings are the boxes that a QuickTime film without ftyp may begin with.
var movieBeginnings = map[string]bool{"moov": true, "mdat": true, "wide": true, "free": true, "skip": true, "pnot": true}

// isHEIF reports whether the brands of the box ftyp at the head of b are those of pictures. Motion pictures in the same
// family have them as well, beside a box moov.
func isHEIF(b []byte) bool {
	n := min(int(binary.BigEndian.Uint32(b)), len(b))
	for i := 8; i+4 <= n; i += 4 {
		switch string(b[i : i+4]) {
		case "mif1", "mif2", "msf1", "heic", "heix", "heim", "heis", "hevc", "hevx", "avif", "avis", "jpeg", "avci":
			return true
		}
	}
	return false
}

// box is one box of a file.
type box struct {
	off, end int64 // in the file
	body     int64 // where its content begins
	kind     string
	path     string // with those around it: "moov/trak/mdia"
}

// Bounds of what is walked through.
const (
	maxBoxes = 1 << 22
	maxDepth = 12
)

// boxes goes through a file of boxes.
type boxes struct {
	s       *source
	f       *File
	patches patches
	count   int

	tracks  map[uint32]*track // by number
	kept    ranges            // what of the file is picture or sound
	extra   ranges            // what may be sound as well, as far as it is media data
	media   ranges            // content of the boxes mdat
	dropped bool              // a track or an item was
}

func scrubBoxes(s *source, f *File, p *plan) error {
	w := &boxes{s: s, f: f, patches: patches{s: s}, tracks: map[uint32]*track{}}
	if err := w.each(0, s.size, "", w.top); err != nil {
		return err
	}
	if len(w.media) == 0 && f.Format == Movie {
		return s.damaged(0, "there is no box mdat")
	}
	if err := w.unused(); err != nil {
		return err
	}
	return w.patches.apply(p)
}

// each calls do for the boxes from off up to end.
func (w *boxes) each(off, end int64, path string, do func(box) error) error {
	if strings.Count(path, "/") > maxDepth {
		return w.s.damaged(off, "boxes lie in each other more than %d deep", maxDepth)
	}
	for off < end {
		if end-off < 8 { // QuickTime ends some lists with four zeros
			_, err := w.patches.zero(off, end-off)
			return err
		}
		b, err := w.box(off, end, path)
		if err != nil {
			return err
		}
		if w.count++; w.count > maxBoxes {
			return w.s.damaged(off, "more than %d boxes", maxBoxes)
		}
		if err := do(b); err != nil {
			return err
		}
		off = b.end
	}
	return nil
}

// box reads the head of the box at off.
func (w *boxes) box(off, end int64, path string) (box, error) {
	h, err := w.s.at(off, 8)
	if err != nil {
		return box{}, err
	}
	b := box{off: off, body: off + 8, kind: string(h[4:8])}
	n := int64(binary.BigEndian.Uint32(h))
	switch {
	case n == 1:
		if h, err = w.s.at(off+8, 8); err != nil {
			return b, err
		}
		n = int64(binary.BigEndian.Uint64(h))
		b.body += 8
	case n == 0 && path == "":
		n = end - off
	}
	if n < b.body-off || n > end-off {
		return b, w.s.damaged(off, "box %q claims %d bytes", Printable(b.kind), n)
	}
	b.end = off + n
	if b.path = b.kind; path != "" {
		b.path = path + "/" + b.kind
	}
	return b, nil
}

// content returns the first n bytes of the content of b, or all if there are fewer.
func (w *boxes) content(b box, n int) ([]byte, error) {
	return w.s.read(b.body, int(min(int64(n), b.end-b.body)))
}

// full returns version and content of a box that has them, behind version and flags; at most n bytes.
func (w *boxes) full(b box, n int) (version byte, content []byte, err error) {
	c, err := w.content(b, n+4)
	if err == nil && len(c) < 4 {
		err = w.s.damaged(b.off, "box %q is too short", b.kind)
	}
	if err != nil {
		return 0, nil, err
	}
	return c[0], c[4:], nil
}

// top decides on a box of the file itself.
func (w *boxes) top(b box) error {
	switch b.kind {
	case "ftyp", "styp", "sidx", "ssix", "pdin":
		return nil
	case "mdat":
		w.media.add(b.body, b.end)
		return nil
	case "moov":
		return w.movie(b)
	case "moof":
		return w.fragment(b)
	case "mfra":
		return w.each(b.body, b.end, b.path, w.keep("tfra", "mfro"))
	case "meta":
		if w.f.Format == HEIF {
			return w.items(b)
		}
	}
	return w.free(b)
}

// keep returns what goes through boxes and frees all but those of the kinds.
func (w *boxes) keep(kinds ...string) func(box) error {
	return func(b box) error {
		for _, k := range kinds {
			if b.kind == k {
				return nil
			}
		}
		return w.free(b)
	}
}

// free makes a box empty, and reports what it told.
func (w *boxes) free(b box) error {
	space := b.kind == "free" || b.kind == "skip" || b.kind == "wide"
	if !space {
		if err := w.tell(b); err != nil {
			return err
		}
		return w.empty(b)
	}
	full, err := w.patches.zero(b.body, b.end-b.body)
	if err != nil || !full {
		return err
	}
	text, err := w.content(b, 2*maxValue)
	if err == nil {
		w.f.found(Software, b.path, string(text)) // some encoders write their name there
	}
	return err
}

// empty makes a box one that is free, full of zeros.
func (w *boxes) empty(b box) error {
	if err := w.patches.over(b.off+4, []byte("free")...); err != nil {
		return err
	}
	_, err := w.patches.zero(b.body, b.end-b.body)
	return err
}

// unused overwrites what of the media data belongs to no track and no item that is kept.
func (w *boxes) unused() error {
	w.media.sort()
	w.kept.sort()
	if bad, ok := w.kept.outside(w.media); ok {
		return w.s.refused("pictures or sound lie at byte %d, outside the media data", bad)
	}
	w.extra.sort()
	w.kept = append(w.kept, w.media.without(w.media.without(w.extra))...)
	w.kept.sort()
	before := len(w.patches.list)
	for _, gap := range w.media.without(w.kept) {
		if _, err := w.patches.zero(gap.from, gap.to-gap.from); err != nil {
			return err
		}
	}
	if len(w.patches.list) > before && !w.dropped {
		w.f.found(Other, "mdat", "bytes that no track uses")
	}
	return nil
}
