package zim

import (
	"encoding/binary"
	"hash/maphash"
	"math"
	"sync"
)

const (
	leafEntries = len(scratch{}) / 8 // entries whose pointers are read at once
	leafBytes   = 16 << 10           // bytes of entries read at once; 64 of them have 5 to 8 KiB
)

var leafPool = sync.Pool{New: func() any { return new([leafBytes]byte) }}

// lookup returns the entry at path in ns, or nil. A path that was found lately costs one hash.
func (r *Reader) lookup(ns byte, path string) (*direntRecord, error) {
	slot := r.paths.at(uint32(maphash.String(r.seed, path)) + uint32(ns))
	if d := slot.Load(); d != nil && d.ns == ns && d.path == path {
		return d, nil
	}
	_, d, err := r.search(ns, path)
	if err == nil && d != nil && d.length <= cachedDirentLen {
		slot.Store(d)
	}
	return d, err
}

// search returns the index of the first entry that is not before (ns, path), which is entryCount if there is none,
// and the entry itself if it is exactly that one. In an archive whose list is not sorted it finds something or
// nothing, but always ends.
func (r *Reader) search(ns byte, path string) (uint32, *direntRecord, error) {
	lo, hi := uint32(0), r.hdr.entryCount
	for node := uint64(1); lo < hi; {
		if node >= uint64(len(r.pivots.table)) && hi-lo <= uint32(leafEntries) {
			return r.searchLeaf(lo, hi, ns, path)
		}
		mid := lo + (hi-lo)/2
		order, d, err := r.compareAt(mid, node, ns, path)
		if err != nil {
			return 0, nil, err
		}
		switch {
		case order == 0:
			if d == nil {
				d, err = r.dirent(mid)
			}
			return mid, d, err
		case order < 0:
			lo, node = mid+1, 2*node+1
		default:
			hi, node = mid, 2*node
		}
	}
	return lo, nil, nil
}

// compareAt compares entry i with (ns, path). Node is its place in the tree of all searches, counted from 1 like a
// heap's: the first 4095 nodes are kept in memory, so that a search in 250,000 entries ends with one leaf to read.
// The entry comes back if it was in memory.
func (r *Reader) compareAt(i uint32, node uint64, ns byte, path string) (int, *direntRecord, error) {
	pivot := node < uint64(len(r.pivots.table))
	if pivot {
		if d := r.pivots.table[node].Load(); d != nil {
			return d.compare(ns, path), d, nil
		}
	}
	off, err := r.pathPointer(i)
	if err != nil {
		return 0, nil, err
	}
	var order int
	var d *direntRecord
	err = r.viewDirent(i, off, func(v *direntView) {
		order = v.compare(ns, path)
		if pivot && v.length <= cachedDirentLen {
			d = v.record(i, off)
			r.pivots.table[node].Store(d)
		}
	})
	return order, d, err
}

// searchLeaf is search among entries lo to hi, few enough that their pointers are read at once, and usually the entries too,
// because writers lay them out in this order.
func (r *Reader) searchLeaf(lo, hi uint32, ns byte, path string) (uint32, *direntRecord, error) {
	pointers := getScratch()
	defer putScratch(pointers)
	n := int(hi - lo)
	at := int64(r.hdr.pathPtrPos) + 8*int64(lo)
	if err := r.readAt(pointers[:8*n], at, "path pointer list"); err != nil {
		return 0, nil, err
	}
	from, to := uint64(math.MaxUint64), uint64(0)
	for i := range n {
		v := binary.LittleEndian.Uint64(pointers[8*i:])
		from, to = min(from, v), max(to, v)
	}
	var leaf []byte
	if r.holdsDirent(from) && r.holdsDirent(to) && to-from < leafBytes*3/4 {
		buf := leafPool.Get().(*[leafBytes]byte)
		defer leafPool.Put(buf)
		// 512 bytes for the last one, as viewDirent would read.
		leaf = buf[:min(to-from+uint64(len(pointers)), uint64(r.dataEnd)-from)]
		if err := r.readAt(leaf, int64(from), "directory entry"); err != nil {
			return 0, nil, err
		}
	}
	for base := lo; lo < hi; {
		mid := lo + (hi-lo)/2
		off := binary.LittleEndian.Uint64(pointers[8*(mid-base):])
		if !r.holdsDirent(off) {
			_, err := r.pathPointer(mid) // says what is wrong
			return 0, nil, err
		}
		var order int
		var d *direntRecord
		see := func(v *direntView) {
			if order = v.compare(ns, path); order == 0 {
				d = v.record(mid, int64(off))
			}
		}
		var v direntView
		if leaf != nil && v.parse(leaf[off-from:]) == nil && int64(off)+int64(v.length) <= r.dataEnd {
			see(&v)
		} else if err := r.viewDirent(mid, int64(off), see); err != nil {
			return 0, nil, err
		}
		switch {
		case order == 0:
			return mid, d, nil
		case order < 0:
			lo = mid + 1
		default:
			hi = mid
		}
	}
	return lo, nil, nil
}
