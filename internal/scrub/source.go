package scrub

import (
	"errors"
	"fmt"
	"io"
)

// source reads the file that is looked through. What the file claims is held against its size before anything is
// allocated.
type source struct {
	r      io.ReaderAt
	size   int64
	format Format
	buf    []byte // window of [source.at]
	bufOff int64
}

func (s *source) damaged(off int64, format string, args ...any) error {
	return &DamageError{s.format, min(max(off, 0), s.size), fmt.Sprintf(format, args...)}
}

func (s *source) refused(format string, args ...any) error {
	return &RefusedError{s.format, fmt.Sprintf(format, args...)}
}

// read returns the n bytes at off. The caller bounds n.
func (s *source) read(off int64, n int) ([]byte, error) {
	if off < 0 || n < 0 || off > s.size-int64(n) {
		return nil, s.damaged(off, "%d bytes are missing", n)
	}
	b := make([]byte, n)
	if err := s.fill(b, off); err != nil {
		return nil, err
	}
	return b, nil
}

// upTo returns at most n bytes at off, fewer at the end of the file.
func (s *source) upTo(off int64, n int) ([]byte, error) {
	if off >= s.size {
		return nil, nil
	}
	return s.read(off, int(min(int64(n), s.size-off)))
}

func (s *source) fill(b []byte, off int64) error {
	n, err := s.r.ReadAt(b, off)
	switch {
	case n == len(b):
		return nil
	case err == nil || errors.Is(err, io.EOF):
		return s.damaged(off+int64(n), "the file ends early")
	}
	return err
}

// window is how much [source.at] reads at a time: most steps are short.
const window = 4096 // bytes

// at returns n bytes at off, n being at most window. They are valid until the next call.
func (s *source) at(off int64, n int) ([]byte, error) {
	if off < 0 || off > s.size-int64(n) {
		return nil, s.damaged(off, "%d bytes are missing", n)
	}
	if off < s.bufOff || off+int64(n) > s.bufOff+int64(len(s.buf)) {
		if cap(s.buf) == 0 {
			s.buf = make([]byte, window)
		}
		s.buf = s.buf[:min(window, s.size-off)]
		if err := s.fill(s.buf, off); err != nil {
			s.buf = s.buf[:0]
			return nil, err
		}
		s.bufOff = off
	}
	return s.buf[off-s.bufOff:][:n], nil
}

// only reports whether all bytes from off up to end are b.
func (s *source) only(off, end int64, b byte) (bool, error) {
	buf := make([]byte, min(64<<10, max(0, end-off)))
	for off < end {
		buf = buf[:min(int64(len(buf)), end-off)]
		if err := s.fill(buf, off); err != nil {
			return false, err
		}
		for _, c := range buf {
			if c != b {
				return false, nil
			}
		}
		off += int64(len(buf))
	}
	return true, nil
}
