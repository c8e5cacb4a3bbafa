package scrub

import (
	"bufio"
	"encoding/binary"
	"io"
)

// Tables say where in the file the samples of a track lie: chunks of samples one after the other (14496-12, 8.7), or in
// fragments, runs of them (8.8). They are read a few bytes at a time; a long film has millions of samples.

// maxRanges bounds the runs of bytes that are remembered: 32 MB.
const maxRanges = 1 << 21

// keepBytes notes that n bytes at off are picture or sound.
func (w *boxes) keepBytes(to *ranges, off, n int64) error {
	if off < 0 || n < 0 || off > w.s.size-n {
		return w.s.damaged(off, "samples of %d bytes lie behind the end of the file", n)
	}
	to.add(off, off+n)
	if len(*to) >= maxRanges {
		if to.sort(); len(*to) > maxRanges/2 {
			return w.s.refused("its samples lie in more than %d places", maxRanges/2)
		}
	}
	return nil
}

// table reads the entries of a table one after the other.
type table struct {
	r     *bufio.Reader
	count uint32
	off   int64
}

// table opens the table whose number of entries, each of bits bits, is at offset skip of the content of b.
func (w *boxes) table(b box, skip int64, bits uint64) (*table, error) {
	if b.end-b.body < skip+4 {
		return nil, w.s.damaged(b.off, "box %q is too short", b.kind)
	}
	head, err := w.s.read(b.body+skip, 4)
	if err != nil {
		return nil, err
	}
	n := binary.BigEndian.Uint32(head)
	if size := uint64(b.end - b.body - skip - 4); (uint64(n)*bits+7)/8 > size {
		return nil, w.s.damaged(b.off, "box %q claims %d entries", b.kind, n)
	}
	start := b.body + skip + 4
	return &table{bufio.NewReaderSize(io.NewSectionReader(w.s.r, start, b.end-start), window), n, b.off}, nil
}

// uint reads the next n bytes as a number.
func (t *table) uint(n int) (uint64, error) {
	var b [8]byte
	_, err := io.ReadFull(t.r, b[8-n:])
	return binary.BigEndian.Uint64(b[:]), err
}

// sampleSizes gives the sizes of a track's samples one after the other.
type sampleSizes struct {
	*table
	fixed  uint64 // bytes of every sample; 0 if they differ
	bits   int    // of an entry
	half   byte   // second entry of a byte that holds two
	halved bool
	left   uint32
}

func (w *boxes) sampleSizes(b box) (*sampleSizes, error) {
	c, err := w.content(b, 8)
	if err != nil {
		return nil, err
	}
	if len(c) < 8 {
		return nil, w.s.damaged(b.off, "box %q is too short", b.kind)
	}
	sizes := &sampleSizes{bits: 32}
	if b.kind == "stz2" {
		sizes.bits = int(c[7])
	} else {
		sizes.fixed = uint64(binary.BigEndian.Uint32(c[4:]))
	}
	switch bits := uint64(sizes.bits); {
	case sizes.fixed != 0:
		sizes.table, err = w.table(b, 8, 0)
	case bits == 4 || bits == 8 || bits == 16 || bits == 32:
		sizes.table, err = w.table(b, 8, bits)
	default:
		err = w.s.damaged(b.off, "sizes of %d bits", bits)
	}
	if err == nil {
		sizes.left = sizes.count
	}
	return sizes, err
}

// next gives the size of the next sample.
func (s *sampleSizes) next() (uint64, error) {
	s.left--
	switch {
	case s.fixed != 0:
		return s.fixed, nil
	case s.bits > 4:
		return s.uint(s.bits / 8)
	case s.halved:
		s.halved = false
		return uint64(s.half), nil
	}
	b, err := s.uint(1)
	s.half, s.halved = byte(b)&0xF, true
	return b >> 4, err
}

// samples notes where the samples of a track lie that the boxes stco, stsc and stsz tell of.
func (w *boxes) samples(t *track) error {
	if t.offsets.kind == "" || t.sizes.kind == "" || t.perChunk.kind == "" {
		if t.offsets.kind != t.sizes.kind || t.offsets.kind != t.perChunk.kind {
			return w.s.damaged(t.offsets.off+t.sizes.off+t.perChunk.off, "the tables of track %d are not all there", t.id)
		}
		return nil // all samples are in fragments
	}
	width := 4
	if t.offsets.kind == "co64" {
		width = 8
	}
	offsets, err := w.table(t.offsets, 4, uint64(8*width))
	if err != nil {
		return err
	}
	sizes, err := w.sampleSizes(t.sizes)
	if err != nil {
		return err
	}
	runs, err := w.table(t.perChunk, 4, 96)
	if err != nil {
		return err
	}
	perChunk, next := uint64(0), uint64(1) // of samples; the chunk with which the next run of chunks begins
	for chunk := uint64(1); chunk <= uint64(offsets.count) && sizes.left > 0; chunk++ {
		if chunk == next {
			if chunk == 1 {
				if runs.count == 0 {
					return w.s.damaged(t.perChunk.off, "box stsc is empty")
				}
				if at, err := runs.uint(4); err != nil || at != 1 {
					return w.s.damaged(t.perChunk.off, "box stsc does not begin with chunk 1")
				}
			}
			if perChunk, err = runs.uint(4); err != nil {
				return err
			}
			if _, err = runs.uint(4); err != nil { // the description that is valid for them
				return err
			}
			next = 0 // none
			if runs.count--; runs.count > 0 {
				if next, err = runs.uint(4); err != nil {
					return err
				}
				if next <= chunk {
					return w.s.damaged(t.perChunk.off, "box stsc is not in order")
				}
			}
		}
		off, err := offsets.uint(width)
		if err != nil {
			return err
		}
		if err := w.chunk(t, off, min(perChunk, uint64(sizes.left)), sizes); err != nil {
			return err
		}
	}
	return nil
}

// chunk notes a chunk of n samples at off.
func (w *boxes) chunk(t *track, off, n uint64, sizes *sampleSizes) error {
	if off > uint64(w.s.size) {
		return w.s.damaged(t.offsets.off, "a chunk lies behind the end of the file")
	}
	total, most := uint64(0), uint64(w.s.size)-off
	if sizes.fixed != 0 {
		if n > most/sizes.fixed {
			return w.s.damaged(t.sizes.off, "samples lie behind the end of the file")
		}
		total = n * sizes.fixed
		sizes.left -= uint32(n)
	} else {
		for range n {
			size, err := sizes.next()
			if err != nil {
				return err
			}
			if total += size; total > most {
				return w.s.damaged(t.sizes.off, "samples lie behind the end of the file")
			}
		}
	}
	if err := w.keepBytes(&w.kept, int64(off), int64(total)); err != nil {
		return err
	}
	if sizes.fixed == 0 || t.frame <= 0 || t.packet <= 0 {
		return nil
	}
	// Old sound is counted in samples of one byte, whatever they have; players know it by the description.
	frames := (int64(n) + t.packet - 1) / t.packet
	if frames > int64(most)/t.frame {
		return w.keepBytes(&w.extra, int64(off), int64(most))
	}
	return w.keepBytes(&w.extra, int64(off), frames*t.frame)
}

// Flags of the boxes of a fragment. (14496-12, 8.8.7 and 8.8.8.)
const (
	tfhdBase, tfhdDescription, tfhdDuration, tfhdSize = 0x1, 0x2, 0x8, 0x10

	trunOffset, trunFirstFlags, trunDuration, trunSize, trunFlags, trunComposition = 0x1, 0x4, 0x100, 0x200, 0x400, 0x800

	tfhdBaseIsMoof = 0x020000
)

// fragment goes through a box moof.
func (w *boxes) fragment(moof box) error {
	next := moof.off // where the data of the next track fragment begin, if it does not say
	return w.each(moof.body, moof.end, moof.path, func(b box) error {
		switch b.kind {
		case "mfhd":
			return nil
		case "traf":
			return w.trackFragment(moof, b, &next)
		}
		return w.free(b)
	})
}

// trackFragment goes through a box traf. next is where the data of the one before ended.
func (w *boxes) trackFragment(moof, traf box, next *int64) error {
	var t *track
	base, size := *next, uint32(0)
	at := base
	err := w.each(traf.body, traf.end, traf.path, func(b box) error {
		switch b.kind {
		case "tfhd":
			_, c, err := w.full(b, 32)
			if err != nil {
				return err
			}
			f := w.fields(b, c)
			t = w.tracks[f.uint32()]
			if t == nil {
				return w.s.damaged(b.off, "a fragment of a track that there is not")
			}
			flags := w.flags(b)
			size = t.size
			switch {
			case flags&tfhdBase != 0:
				base = int64(f.uint64())
			case flags&tfhdBaseIsMoof != 0:
				base = moof.off
			}
			if flags&tfhdDescription != 0 {
				f.uint32()
			}
			if flags&tfhdDuration != 0 {
				f.uint32()
			}
			if flags&tfhdSize != 0 {
				size = f.uint32()
			}
			at = base
			return f.err
		case "trun":
			if t == nil {
				return w.s.damaged(b.off, "box trun without tfhd")
			}
			return w.run(t, b, base, &at, size)
		case "tfdt", "sbgp", "sgpd", "subs", "sdtp":
			return nil
		case "senc", "saiz", "saio":
			return w.s.refused("it is protected against copying")
		}
		if t != nil && t.dropped {
			return nil // all of it goes below
		}
		return w.free(b)
	})
	if err != nil || t == nil {
		return err
	}
	*next = at
	if !t.dropped {
		return nil
	}
	return w.empty(traf)
}

// run reads a box trun; at is where its data begin if it does not say, and then where they end.
func (w *boxes) run(t *track, b box, base int64, at *int64, size uint32) error {
	flags := w.flags(b)
	_, c, err := w.full(b, 8)
	if err != nil {
		return err
	}
	f := w.fields(b, c)
	f.uint32()
	skip := int64(4)
	if flags&trunOffset != 0 {
		*at = base + int64(int32(f.uint32()))
		skip += 4
	}
	if f.err != nil {
		return f.err
	}
	if flags&trunFirstFlags != 0 {
		skip += 4
	}
	before, width := 0, 0 // bytes of an entry before the size, and in all
	for _, flag := range []uint32{trunDuration, trunSize, trunFlags, trunComposition} {
		if flag == trunSize {
			before = width
		}
		if flags&flag != 0 {
			width += 4
		}
	}
	// The number of entries comes before the fields that are skipped.
	count := uint64(binary.BigEndian.Uint32(c))
	if room := b.end - b.body - 4 - skip; room < 0 || count*uint64(width) > uint64(room) {
		return w.s.damaged(b.off, "box trun claims %d samples", count)
	}
	total := uint64(size) * count
	if flags&trunSize != 0 {
		total = 0
		r := &table{r: bufio.NewReaderSize(io.NewSectionReader(w.s.r, b.body+4+skip, b.end-b.body-4-skip), window)}
		for range count {
			if _, err := r.r.Discard(before); err != nil {
				return err
			}
			n, err := r.uint(4)
			if err != nil {
				return err
			}
			if _, err := r.r.Discard(width - before - 4); err != nil {
				return err
			}
			total += n
		}
	}
	if total > uint64(w.s.size) {
		return w.s.damaged(b.off, "samples lie behind the end of the file")
	}
	if !t.dropped {
		if err := w.keepBytes(&w.kept, *at, int64(total)); err != nil {
			return err
		}
	}
	*at += int64(total)
	return nil
}

// flags returns the 24 flags of a box that has them; [boxes.full] has been called for it.
func (w *boxes) flags(b box) uint32 {
	c, err := w.s.at(b.body, 4)
	if err != nil {
		return 0
	}
	return binary.BigEndian.Uint32(c) & 0xFFFFFF
}

// fields reads numbers one after the other.
type fields struct {
	w   *boxes
	b   box
	c   []byte
	err error
}

func (w *boxes) fields(b box, c []byte) fields { return fields{w: w, b: b, c: c} }

func (f *fields) take(n int) []byte {
	if f.err == nil && len(f.c) < n {
		f.err = f.w.s.damaged(f.b.off, "box %q is too short", f.b.kind)
	}
	if f.err != nil {
		return make([]byte, n)
	}
	c := f.c[:n]
	f.c = f.c[n:]
	return c
}

func (f *fields) uint16() uint16 { return binary.BigEndian.Uint16(f.take(2)) }
func (f *fields) uint32() uint32 { return binary.BigEndian.Uint32(f.take(4)) }
func (f *fields) uint64() uint64 { return binary.BigEndian.Uint64(f.take(8)) }

// sized reads a number of n bytes: 0, 2, 4 or 8.
func (f *fields) sized(n int) uint64 {
	var b [8]byte
	copy(b[8-n:], f.take(n))
	return binary.BigEndian.Uint64(b[:])
}
