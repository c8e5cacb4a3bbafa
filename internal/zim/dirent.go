package zim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

const (
	obsoleteFixedLen = 8       // link targets and deleted entries: mime u16, extra u8, ns u8, revision u32
	maxDirentStrings = 1 << 16 // bytes of path and title; libzim's writer refuses 65535 and more
	longestDirent    = itemFixedLen + maxDirentStrings + 2
	cachedDirentLen  = 2 << 10 // bytes; longer entries are read again each time, so that the cache stays bounded
)

// direntView is a parsed directory entry whose strings lie in the buffer that it was parsed from.
type direntView struct {
	mime     uint16
	extraLen uint8 // bytes behind the title; 0 in every archive known
	ns       byte
	revision uint32
	first    uint32 // cluster, or target of a redirect
	second   uint32 // blob
	path     []byte
	title    []byte
	length   int // bytes, extra data included
}

// errShortDirent says that the buffer ends before the directory entry does.
var errShortDirent = errors.New("directory entry ends too soon")

// parse reads the directory entry at the start of b. ZIM, "Directory Entries".
func (v *direntView) parse(b []byte) error {
	if len(b) < obsoleteFixedLen {
		return errShortDirent
	}
	le := binary.LittleEndian
	*v = direntView{mime: le.Uint16(b), extraLen: b[2], ns: b[3], revision: le.Uint32(b[4:])}
	n := obsoleteFixedLen
	switch v.mime {
	case mimeLinkTarget, mimeDeleted:
	case mimeRedirect:
		n = redirectFixedLen
		if len(b) < n {
			return errShortDirent
		}
		v.first = le.Uint32(b[8:])
	default:
		n = itemFixedLen
		if len(b) < n {
			return errShortDirent
		}
		v.first, v.second = le.Uint32(b[8:]), le.Uint32(b[12:])
	}
	i := bytes.IndexByte(b[n:], 0)
	if i < 0 {
		return errShortDirent
	}
	v.path = b[n : n+i]
	n += i + 1
	if i = bytes.IndexByte(b[n:], 0); i < 0 {
		return errShortDirent
	}
	v.title = b[n : n+i]
	v.length = n + i + 1 + int(v.extraLen)
	return nil
}

// compare orders v against (ns, path) as the path pointer list does: by namespace, then path, as bytes.
func (v *direntView) compare(ns byte, path string) int {
	if v.ns != ns {
		return int(v.ns) - int(ns)
	}
	return compareBytes(v.path, path)
}

func compareBytes(b []byte, s string) int {
	for i := range min(len(b), len(s)) {
		if b[i] != s[i] {
			return int(b[i]) - int(s[i])
		}
	}
	return len(b) - len(s)
}

// direntRecord is a directory entry in memory. It is never changed.
type direntRecord struct {
	dirent
	index  uint32 // position in the path pointer list
	offset int64  // bytes from the start of the archive
	length int    // bytes
}

// record copies v out of its buffer.
func (v *direntView) record(index uint32, offset int64) *direntRecord {
	strings := make([]byte, 0, len(v.path)+len(v.title))
	s := string(append(append(strings, v.path...), v.title...))
	d := &direntRecord{index: index, offset: offset, length: v.length}
	d.mime, d.ns = v.mime, v.ns
	d.path, d.title = s[:len(v.path)], s[len(v.path):]
	if v.mime == mimeRedirect {
		d.redirect = v.first
	} else {
		d.cluster, d.blob = v.first, v.second
	}
	return d
}

// compare is [direntView.compare] for an entry in memory.
func (d *direntRecord) compare(ns byte, path string) int {
	switch {
	case d.ns != ns:
		return int(d.ns) - int(ns)
	case d.path < path:
		return -1
	case d.path > path:
		return 1
	}
	return 0
}

func (d *direntRecord) isItem() bool { return d.mime < mimeDeleted }

func (d *direntRecord) part() string { return fmt.Sprintf("directory entry %d", d.index) }

// defect is a FormatError at d.
func (d *direntRecord) defect(format string, args ...any) *FormatError {
	return formatErrorf(d.offset, d.part(), format, args...)
}

// viewDirent parses the directory entry of entry i at off, and calls see while the buffer is still its own.
func (r *Reader) viewDirent(i uint32, off int64, see func(*direntView)) error {
	b := getScratch()
	defer putScratch(b)
	// One read is enough for nearly all: a path and a title of 200 bytes each.
	buf := b[:min(int64(len(b)), r.dataEnd-off)]
	for {
		if err := r.readAt(buf, off, "directory entry"); err != nil {
			return err
		}
		var v direntView
		if err := v.parse(buf); err == nil {
			if end := off + int64(v.length); end > r.dataEnd {
				return formatErrorf(off, fmt.Sprintf("directory entry %d", i), "extra data reaches %#x: %w", end, io.ErrUnexpectedEOF)
			}
			see(&v)
			return nil
		}
		n := min(8*int64(len(buf)), longestDirent, r.dataEnd-off)
		if n <= int64(len(buf)) {
			return formatErrorf(off, fmt.Sprintf("directory entry %d", i), "no end of its path or title within %d bytes: %w", len(buf), io.ErrUnexpectedEOF)
		}
		buf = make([]byte, n)
	}
}

// dirent returns entry i, from the cache if it is there; i is below entryCount.
func (r *Reader) dirent(i uint32) (*direntRecord, error) {
	slot := r.dirents.at(i)
	if d := slot.Load(); d != nil && d.index == i {
		return d, nil
	}
	off, err := r.pathPointer(i)
	if err != nil {
		return nil, err
	}
	var d *direntRecord
	if err := r.viewDirent(i, off, func(v *direntView) { d = v.record(i, off) }); err != nil {
		return nil, err
	}
	if d.length <= cachedDirentLen {
		slot.Store(d)
	}
	return d, nil
}
