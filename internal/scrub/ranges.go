package scrub

import (
	"cmp"
	"slices"
)

// span is a run of bytes of a file.
type span struct{ from, to int64 }

// ranges are runs of bytes.
type ranges []span

// add adds a run; one that continues the last makes it longer.
func (r *ranges) add(from, to int64) {
	if from >= to {
		return
	}
	if k := len(*r) - 1; k >= 0 && (*r)[k].to == from {
		(*r)[k].to = to
		return
	}
	*r = append(*r, span{from, to})
}

// sort puts the runs into order and joins those that touch.
func (r *ranges) sort() {
	slices.SortFunc(*r, func(a, b span) int { return cmp.Compare(a.from, b.from) })
	out := (*r)[:0]
	for _, s := range *r {
		if k := len(out) - 1; k >= 0 && out[k].to >= s.from {
			out[k].to = max(out[k].to, s.to)
			continue
		}
		out = append(out, s)
	}
	*r = out
}

// outside returns the first byte of r that is not in other; both are sorted.
func (r ranges) outside(other ranges) (int64, bool) {
	k := 0
	for _, s := range r {
		for k < len(other) && other[k].to <= s.from {
			k++
		}
		switch {
		case k == len(other) || other[k].from > s.from:
			return s.from, true
		case other[k].to < s.to:
			return other[k].to, true
		}
	}
	return 0, false
}

// without returns what of r is not in other; both are sorted.
func (r ranges) without(other ranges) ranges {
	var out ranges
	k := 0
	for _, s := range r {
		from := s.from
		for k < len(other) && other[k].to <= from {
			k++
		}
		for i := k; i < len(other) && other[i].from < s.to; i++ {
			out.add(from, other[i].from)
			from = max(from, other[i].to)
		}
		out.add(from, s.to)
	}
	return out
}
