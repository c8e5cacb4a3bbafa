package warc

import (
	"bufio"
	"io"
)

// maxAgain bounds what is read a second time after damage: this many bytes, and as many as the file was read once.
const maxAgain = 64 << 20

// source counts the bytes of the file, and can go back if the file can. It is an [io.ByteReader], so that decompressors take
// no byte more than they need and offsets are exact.
type source struct {
	buf   *bufio.Reader
	file  io.Reader
	seek  io.Seeker // nil: cannot go back
	start int64     // where the seeker stood at first
	off   int64     // bytes given out, from start
	far   int64     // the largest off there was
	again int64     // bytes gone back over so far
	err   error     // what the file gave that was not its end
}

func newSource(r io.Reader) *source {
	s := &source{file: r, buf: bufio.NewReaderSize(r, 64<<10)}
	if k, ok := r.(io.Seeker); ok {
		if at, err := k.Seek(0, io.SeekCurrent); err == nil { // a pipe is an *os.File too, but has no position
			s.seek, s.start = k, at
		}
	}
	return s
}

func (s *source) Read(p []byte) (int, error) {
	n, err := s.buf.Read(p)
	s.off += int64(n)
	s.note(err)
	return n, err
}

func (s *source) ReadByte() (byte, error) {
	b, err := s.buf.ReadByte()
	if err == nil {
		s.off++
	}
	s.note(err)
	return b, err
}

// note keeps an error of the file itself, which is not to be taken for damage.
func (s *source) note(err error) {
	if err != nil && err != io.EOF && s.err == nil { //nolint:errorlint // bufio returns it bare
		s.err = err
	}
}

// peek returns the next n bytes, fewer at the end of the file, without taking them.
func (s *source) peek(n int) ([]byte, error) {
	b, err := s.buf.Peek(n)
	if err == io.EOF { //nolint:errorlint // Peek returns it bare
		err = nil
	}
	s.note(err)
	return b, err
}

// skip takes n bytes that were peeked at.
func (s *source) skip(n int) {
	m, _ := s.buf.Discard(n)
	s.off += int64(m)
}

// back returns to an earlier offset. It tells whether it did: the file must be able to, and damage must not make us read the
// same bytes for ever.
func (s *source) back(to int64) bool {
	s.far = max(s.far, s.off)
	distance := s.off - to
	if s.seek == nil || distance < 0 || s.again+distance > maxAgain+s.far {
		return false
	}
	if _, err := s.seek.Seek(s.start+to, io.SeekStart); err != nil {
		s.note(err)
		return false
	}
	s.again += distance
	s.off = to
	s.buf.Reset(s.file)
	return true
}
