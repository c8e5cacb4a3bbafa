package zim

import "encoding/binary"

// direntScanner reads entries one after another with few reads: pointers by the hundred, and entries from a window
// that grows as long as they lie together. It belongs to one goroutine.
type direntScanner struct {
	r *Reader

	pointers   []byte // of the entries from firstIndex on
	firstIndex uint32

	window     []byte // of the archive from windowPos on
	windowPos  int64
	windowSize int64 // bytes to read next time
}

const (
	scanPointers  = 512      // pointers read at once
	minScanWindow = 4 << 10  // bytes
	maxScanWindow = 64 << 10 // bytes; reached only by entries that lie in path order
)

// at returns entry i, below entryCount. Asking in ascending order is what makes it fast.
func (s *direntScanner) at(i uint32) (*direntRecord, error) {
	off, err := s.offset(i)
	if err != nil {
		return nil, err
	}
	var v direntView
	if off >= s.windowPos && off < s.windowPos+int64(len(s.window)) {
		if v.parse(s.window[off-s.windowPos:]) == nil && off+int64(v.length) <= s.r.dataEnd {
			return v.record(i, off), nil
		}
		s.windowSize = min(2*s.windowSize, maxScanWindow) // the entry is cut off by the window's end: all before was used
	} else {
		s.windowSize = minScanWindow
	}
	n := min(s.windowSize, s.r.dataEnd-off)
	if int64(cap(s.window)) < n {
		s.window = make([]byte, n)
	}
	s.window, s.windowPos = s.window[:n], off
	if err := s.r.readAt(s.window, off, "directory entry"); err != nil {
		s.window = s.window[:0]
		return nil, err
	}
	if v.parse(s.window) == nil && off+int64(v.length) <= s.r.dataEnd {
		return v.record(i, off), nil
	}
	var d *direntRecord // longer than the window, or damaged
	err = s.r.viewDirent(i, off, func(v *direntView) { d = v.record(i, off) })
	return d, err
}

// offset returns where entry i lies.
func (s *direntScanner) offset(i uint32) (int64, error) {
	if i < s.firstIndex || int(i-s.firstIndex)*8 >= len(s.pointers) {
		n := int(min(scanPointers, s.r.hdr.entryCount-i)) * 8
		if cap(s.pointers) < n {
			s.pointers = make([]byte, n)
		}
		s.pointers, s.firstIndex = s.pointers[:n], i
		if err := s.r.readAt(s.pointers, int64(s.r.hdr.pathPtrPos)+8*int64(i), "path pointer list"); err != nil {
			s.pointers = s.pointers[:0]
			return 0, err
		}
	}
	v := binary.LittleEndian.Uint64(s.pointers[(i-s.firstIndex)*8:])
	if !s.r.holdsDirent(v) {
		return s.r.pathPointer(i) // says what is wrong
	}
	return int64(v), nil
}
