package xapian

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Spill is a temporary file as the writer needs it; an [*os.File] is one. It is written from the start to the end, then
// read, and closed.
type Spill interface {
	io.Writer
	io.ReaderAt
	io.Closer
}

// spool keeps what is written to it, in memory up to a limit and then in a temporary file.
type spool struct {
	create func() (Spill, error) // nil: everything stays in memory
	limit  int                   // bytes
	memory bytes.Buffer
	file   Spill
	out    *bufio.Writer
	size   int64
}

func (s *spool) Write(p []byte) (int, error) {
	s.size += int64(len(p))
	if s.file == nil && (s.create == nil || s.memory.Len()+len(p) <= s.limit) {
		return s.memory.Write(p)
	}
	if s.file == nil {
		file, err := s.create()
		if err != nil {
			return 0, fmt.Errorf("xapian: temporary file: %w", err)
		}
		s.file = file
		s.out = bufio.NewWriterSize(file, 256<<10)
		if _, err := s.out.Write(s.memory.Bytes()); err != nil {
			return 0, err
		}
		s.memory = bytes.Buffer{}
	}
	return s.out.Write(p)
}

// reader returns a reader of everything written so far. Nothing may be written afterwards.
func (s *spool) reader() (io.Reader, error) {
	if s.file == nil {
		return bytes.NewReader(s.memory.Bytes()), nil
	}
	if err := s.out.Flush(); err != nil {
		return nil, err
	}
	return io.NewSectionReader(s.file, 0, s.size), nil
}

func (s *spool) close() error {
	s.memory = bytes.Buffer{}
	if s.file == nil {
		return nil
	}
	err := s.file.Close()
	s.file = nil
	return err
}

// readRecord reads a string that appendString has written. What it claims about its length is believed only as far as
// bytes arrive; the spool is our own, but it may lie on a failing disk.
func readRecord(r *bufio.Reader, into []byte) ([]byte, error) {
	n, err := readUint(r)
	if err != nil {
		return nil, err
	}
	into = into[:0]
	for n > 0 {
		step := int(min(n, 1<<20))
		at := len(into)
		into = append(into, make([]byte, step)...)
		if _, err := io.ReadFull(r, into[at:]); err != nil {
			return nil, unexpected(err)
		}
		n -= uint64(step)
	}
	return into, nil
}

// readUint reads a number that appendUint has written; io.EOF means that nothing was left.
func readUint(r *bufio.Reader) (uint64, error) {
	var v uint64
	for shift := uint(0); shift < 64; shift += 7 {
		c, err := r.ReadByte()
		if err != nil {
			if shift > 0 {
				err = unexpected(err)
			}
			return 0, err
		}
		v |= uint64(c&0x7f) << shift
		if c < 0x80 {
			return v, nil
		}
	}
	return 0, errors.New("number too long")
}

func unexpected(err error) error {
	if errors.Is(err, io.EOF) {
		return io.ErrUnexpectedEOF
	}
	return err
}
