package xapian

// Positions of a term in a document: the last one, then a stream of bits with the first one, the number of those between,
// and these by interpolative coding (Moffat and Stuiver, "Binary Interpolative Coding", 2000). Bits go into bytes from
// the low end. Glass, "position table".

import (
	"errors"
	"math/bits"
)

// appendPositions appends the code of positions, which ascend and are not empty.
func appendPositions(b []byte, positions []uint32) []byte {
	first, last := positions[0], positions[len(positions)-1]
	b = appendUint(b, uint64(last))
	if len(positions) == 1 {
		return b
	}
	w := bitWriter{out: b}
	w.put(first, last)
	w.put(uint32(len(positions)-2), last-first)
	w.between(positions)
	return w.finish()
}

type bitWriter struct {
	out  []byte
	keep uint64 // bits that do not fill a byte yet
	n    uint
}

// put writes v, one of outOf values. If outOf is no power of two, values in the middle of the range take a bit less.
func (w *bitWriter) put(v, outOf uint32) {
	width := uint(bits.Len32(outOf - 1))
	if spare := uint32(1<<width - uint64(outOf)); spare != 0 {
		middle := (outOf - spare) / 2
		switch {
		case v >= middle+spare:
			v = (v - (middle + spare)) | 1<<(width-1)
		case v >= middle:
			width--
		}
	}
	w.keep |= uint64(v) << w.n
	for w.n += width; w.n >= 8; w.n -= 8 {
		w.out = append(w.out, byte(w.keep))
		w.keep >>= 8
	}
}

// between writes the positions between the first and the last of p, the one in the middle first.
func (w *bitWriter) between(p []uint32) {
	for len(p) > 2 {
		last := uint32(len(p) - 1)
		mid := last / 2
		w.put(p[mid]-(p[0]+mid), p[last]-p[0]-last+1)
		w.between(p[:mid+1])
		p = p[mid:]
	}
}

func (w *bitWriter) finish() []byte {
	if w.n > 0 {
		w.out = append(w.out, byte(w.keep))
	}
	return w.out
}

// maxDense is how many positions are read that take less than a bit each.
const maxDense = 1 << 16

var errPositions = errors.New("positions do not decode")

// decodePositions returns the positions that appendPositions has encoded, ascending.
func decodePositions(b []byte) ([]uint32, error) {
	last, b, ok := cutUint32(b)
	if !ok {
		return nil, errPositions
	}
	if len(b) == 0 {
		return []uint32{last}, nil
	}
	r := bitReader{in: b}
	first, ok := r.take(last)
	if !ok {
		return nil, errPositions
	}
	count, ok := r.take(last - first)
	// Positions that follow each other take no bits at all, so a few bytes may say that there are many.
	if !ok || uint64(count) > max(maxDense, 8*uint64(len(b))) {
		return nil, errPositions
	}
	p := make([]uint32, count+2)
	p[0], p[len(p)-1] = first, last
	if !r.between(p) {
		return nil, errPositions
	}
	return p, nil
}

type bitReader struct {
	in   []byte
	keep uint64
	n    uint
}

func (r *bitReader) bits(width uint) (uint32, bool) {
	for r.n < width {
		if len(r.in) == 0 {
			return 0, false
		}
		r.keep |= uint64(r.in[0]) << r.n
		r.in = r.in[1:]
		r.n += 8
	}
	v := uint32(r.keep & (1<<width - 1))
	r.keep >>= width
	r.n -= width
	return v, true
}

// take reads one of outOf values.
func (r *bitReader) take(outOf uint32) (uint32, bool) {
	if outOf == 0 {
		return 0, false
	}
	width := uint(bits.Len32(outOf - 1))
	spare := uint32(1<<width - uint64(outOf))
	if spare == 0 {
		return r.bits(width)
	}
	middle := (outOf - spare) / 2
	v, ok := r.bits(width - 1)
	if ok && v < middle {
		var high uint32
		if high, ok = r.bits(1); high != 0 {
			v += middle + spare
		}
	}
	return v, ok && v < outOf
}

func (r *bitReader) between(p []uint32) bool {
	for len(p) > 2 {
		last := uint32(len(p) - 1)
		mid := last / 2
		if p[last] < p[0] || p[last]-p[0] < last {
			return false
		}
		v, ok := r.take(p[last] - p[0] - last + 1)
		if !ok {
			return false
		}
		p[mid] = p[0] + mid + v
		if !r.between(p[:mid+1]) {
			return false
		}
		p = p[mid:]
	}
	return true
}
