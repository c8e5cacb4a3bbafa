package scrub

import (
	"encoding/binary"
	"slices"
)

// A picture of the HEIF family (HEIC, AVIF) is a box meta: items with numbers, types and properties, and where in the file
// their data lie. Items that are Exif, XMP or a thumbnail become items of no known type, and their data zeros. How the
// picture is turned is a property. (ISO/IEC 23008-12; 14496-12, 8.11.)

// itemTypes are the items that are pictures, or made from pictures.
var itemTypes = []string{"hvc1", "hev1", "hvt1", "lhv1", "av01", "avc1", "vvc1", "jpeg", "j2k1", "grid", "iden", "iovl", "tmap", "unci"}

// noItem is the type that items get when they are taken out.
const noItem = "free"

// itemProperties are what says how a picture is coded and shown.
var itemProperties = []string{
	"ispe", "pixi", "colr", "pasp", "clap", "irot", "imir", "auxC", "hvcC", "av1C", "avcC", "vvcC", "jpgC", "j2kH", "lhvC",
	"a1op", "a1lx", "lsel", "oinf", "tols", "clli", "mdcv", "cclv", "amve", "rloc", "rref", "iscl", "cmpC", "uncC", "cmpd", "subs", "reve", "ndwt", "itai",
}

// maxItems is far more than a picture has: tiles are items.
const maxItems = 1 << 16

// item is one item of the box meta.
type item struct {
	kept  bool
	entry box // infe
	typ   int64
}

// items goes through a box meta at the top of the file.
func (w *boxes) items(b box) error {
	if b.end-b.body < 4 {
		return w.s.damaged(b.off, "box meta is too short")
	}
	all := map[uint32]*item{}
	var iloc, iref, idat, ipma box
	inner := box{off: b.off, end: b.end, body: b.body + 4, kind: b.kind, path: b.path}
	if err := w.each(inner.body, inner.end, inner.path, func(b box) error {
		switch b.kind {
		case "pitm", "grpl":
			return nil
		case "hdlr":
			return w.handler(b)
		case "dinf":
			return w.dataInformation(b)
		case "iinf":
			return w.itemEntries(b, all)
		case "iprp":
			return w.each(b.body, b.end, b.path, func(b box) error {
				switch b.kind {
				case "ipco":
					return w.each(b.body, b.end, b.path, w.keep(itemProperties...))
				case "ipma":
					ipma = b
					return nil
				}
				return w.free(b)
			})
		case "iloc":
			iloc = b
			return nil
		case "iref":
			iref = b
			return nil
		case "idat":
			idat = b
			return nil
		case "ipro":
			return w.s.refused("it is protected against copying")
		}
		return w.free(b)
	}); err != nil {
		return err
	}
	if iloc.kind == "" || len(all) == 0 || ipma.kind == "" {
		return w.s.damaged(b.off, "box meta tells of no picture")
	}
	if iref.kind != "" {
		if err := w.itemReferences(iref, all); err != nil {
			return err
		}
	}
	for _, it := range all {
		if err := w.itemEntry(it); err != nil {
			return err
		}
	}
	return w.itemPlaces(iloc, idat, all)
}

// itemEntries reads iinf: what items there are.
func (w *boxes) itemEntries(b box, all map[uint32]*item) error {
	version, _, err := w.full(b, 0)
	if err != nil {
		return err
	}
	skip := int64(6)
	if version > 0 {
		skip = 8
	}
	if b.end-b.body < skip {
		return w.s.damaged(b.off, "box iinf is too short")
	}
	return w.each(b.body+skip, b.end, b.path, func(b box) error {
		if b.kind != "infe" {
			return w.free(b)
		}
		version, c, err := w.full(b, 10)
		if err != nil {
			return err
		}
		if version < 2 {
			return w.s.refused("it lists its items in an old form")
		}
		f := w.fields(b, c)
		id, at := uint32(0), int64(8)
		if version == 2 {
			id = uint32(f.uint16())
		} else {
			id, at = f.uint32(), 10
		}
		f.uint16()
		typ := string(f.take(4))
		if f.err != nil {
			return f.err
		}
		if all[id] != nil || len(all) == maxItems {
			return w.s.damaged(b.off, "item %d is listed twice, or there are too many", id)
		}
		all[id] = &item{entry: b, typ: b.body + at, kept: slices.Contains(itemTypes, typ)}
		switch typ {
		case "Exif", "mime", noItem:
		default:
			if !all[id].kept {
				w.f.found(Other, b.path, "item "+typ)
			}
		}
		return nil
	})
}

// itemReferences reads iref and finds thumbnails: items that refer to another as one.
func (w *boxes) itemReferences(b box, all map[uint32]*item) error {
	version, _, err := w.full(b, 0)
	if err != nil {
		return err
	}
	width := 2
	if version > 0 {
		width = 4
	}
	return w.each(b.body+4, b.end, b.path, func(b box) error {
		if b.kind != "thmb" {
			return nil
		}
		c, err := w.content(b, 4)
		if err != nil {
			return err
		}
		f := w.fields(b, c)
		id := uint32(f.sized(width))
		if f.err != nil {
			return f.err
		}
		if it := all[id]; it != nil && it.kept {
			it.kept = false
			w.f.found(Thumbnail, b.path, "")
		}
		return w.patches.over(b.off+4, []byte(noItem)...)
	})
}

// itemEntry gives an item that is taken out another type, and takes out the names of all.
func (w *boxes) itemEntry(it *item) error {
	if !it.kept {
		typ, err := w.s.at(it.typ, 4)
		if err != nil {
			return err
		}
		if string(typ) != noItem {
			if err := w.patches.over(it.typ, []byte(noItem)...); err != nil {
				return err
			}
		}
	}
	named, err := w.patches.zero(it.typ+4, it.entry.end-it.typ-4)
	if named && it.kept {
		w.f.found(Comment, it.entry.path, "name of an item")
	}
	return err
}

// itemPlaces reads iloc: where the data of the items lie.
func (w *boxes) itemPlaces(b, idat box, all map[uint32]*item) error {
	version, c, err := w.full(b, 6)
	if err != nil {
		return err
	}
	f := w.fields(b, c)
	sizes, more := f.take(2), 4
	if version == 2 {
		more = 6
	}
	if f.err != nil || version > 2 {
		return w.s.damaged(b.off, "box iloc is too short, or of version %d", version)
	}
	offsetSize, lengthSize, baseSize, indexSize := int(sizes[0]>>4), int(sizes[0]&15), int(sizes[1]>>4), int(sizes[1]&15)
	if version == 0 {
		indexSize = 0
	}
	for _, n := range []int{offsetSize, lengthSize, baseSize, indexSize} {
		if n != 0 && n != 4 && n != 8 {
			return w.s.damaged(b.off, "numbers of %d bytes in box iloc", n)
		}
	}
	const most = 4 << 20
	if b.end-b.body > most {
		return w.s.refused("its box iloc is larger than %d bytes", most)
	}
	if c, err = w.s.read(b.body+6, int(b.end-b.body-6)); err != nil {
		return err
	}
	f = w.fields(b, c)
	count := f.sized(more - 2)
	var inner ranges // of idat
	for range count {
		id := uint32(0)
		if version < 2 {
			id = uint32(f.uint16())
		} else {
			id = f.uint32()
		}
		method := uint16(0)
		if version > 0 {
			method = f.uint16() & 15
		}
		reference := f.uint16()
		base := f.sized(baseSize)
		extents := int(f.uint16())
		if f.err != nil {
			return f.err
		}
		it := all[id]
		kept := it != nil && it.kept
		if kept && (reference != 0 || method > 1 || method == 1 && idat.kind == "") {
			return w.s.refused("its item %d is not in the file itself", id)
		}
		for range extents {
			f.sized(indexSize)
			off, n := base+f.sized(offsetSize), f.sized(lengthSize)
			if f.err != nil {
				return f.err
			}
			if n == 0 && kept {
				return w.s.refused("its item %d has no length", id)
			}
			if off > uint64(w.s.size) || n > uint64(w.s.size) {
				return w.s.damaged(b.off, "item %d lies behind the end of the file", id)
			}
			switch {
			case kept && method == 1:
				err = w.keepBytes(&inner, idat.body+int64(off), int64(n))
			case kept:
				err = w.keepBytes(&w.kept, int64(off), int64(n))
			case it != nil:
				w.dropped = true
				if method == 0 {
					err = w.tellItem(it, int64(off), int64(n))
				}
			}
			if err != nil {
				return err
			}
		}
	}
	if idat.kind == "" {
		return nil
	}
	inner.sort()
	whole := ranges{{idat.body, idat.end}}
	if bad, ok := inner.outside(whole); ok {
		return w.s.damaged(bad, "an item lies outside box idat")
	}
	for _, gap := range whole.without(inner) {
		if _, err := w.patches.zero(gap.from, gap.to-gap.from); err != nil {
			return err
		}
	}
	return nil
}

// tellItem reports what an item that is taken out told.
func (w *boxes) tellItem(it *item, off, n int64) error {
	typ, err := w.s.read(it.typ, 4)
	if err != nil {
		return err
	}
	b, err := w.s.upTo(off, int(min(n, maxText)))
	if err != nil {
		return err
	}
	switch string(typ) {
	case "Exif": // four bytes give the length of what stands before the TIFF structure
		if len(b) >= 4 {
			if skip := binary.BigEndian.Uint32(b); int64(skip) <= int64(len(b)-4) {
				w.f.exif("Exif", b[4+skip:])
				return nil
			}
		}
		w.f.found(Other, "Exif", "")
	case "mime":
		w.f.xmp("XMP", b)
	}
	return nil
}
