package zim

import (
	"fmt"
	"io"
)

// writerFile is a File with a position, which takes short writes for errors.
type writerFile struct {
	f        File
	truncate func(int64) error // nil if f cannot
	pos      int64
}

var _ io.Writer = (*writerFile)(nil)

// newWriterFile empties f and goes to its start.
func newWriterFile(f File) (*writerFile, error) {
	out := &writerFile{f: f}
	if t, ok := f.(interface{ Truncate(size int64) error }); ok {
		out.truncate = t.Truncate
	}
	n, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, fmt.Errorf("zim: seek: %w", err)
	}
	if n > 0 {
		if out.truncate == nil {
			return nil, fmt.Errorf("zim: the file is not empty (%d bytes) and cannot be truncated", n)
		}
		if err := out.truncate(0); err != nil {
			return nil, fmt.Errorf("zim: truncate: %w", err)
		}
	}
	if err := out.seek(0); err != nil {
		return nil, fmt.Errorf("zim: %w", err)
	}
	return out, nil
}

func (o *writerFile) Write(p []byte) (int, error) {
	n, err := o.f.Write(p)
	o.pos += int64(n)
	if err == nil && n < len(p) {
		err = io.ErrShortWrite
	}
	return n, err
}

// seek goes to pos, counted from the start.
func (o *writerFile) seek(pos int64) error {
	got, err := o.f.Seek(pos, io.SeekStart)
	if err == nil && got != pos {
		err = fmt.Errorf("at %d", got)
	}
	if err != nil {
		return fmt.Errorf("seek to %d: %w", pos, err)
	}
	o.pos = pos
	return nil
}

// writeAt writes p at pos and comes back.
func (o *writerFile) writeAt(p []byte, pos int64) error {
	end := o.pos
	if err := o.seek(pos); err != nil {
		return err
	}
	if _, err := o.Write(p); err != nil {
		return err
	}
	return o.seek(end)
}

// cut removes everything from pos on, which must be possible.
func (o *writerFile) cut(pos int64) error {
	if err := o.truncate(pos); err != nil {
		return fmt.Errorf("truncate to %d: %w", pos, err)
	}
	return o.seek(pos)
}

// insert moves everything from pos on by n bytes towards the end. It leaves the bytes at pos as they were.
func (o *writerFile) insert(pos int64, n int, buf []byte) error {
	end := o.pos
	for done := end; done > pos; { // from the back, so that nothing is overwritten before it is read
		p := buf[:min(int64(len(buf)), done-pos)]
		done -= int64(len(p))
		if _, err := io.ReadFull(io.NewSectionReader(o.f, done, int64(len(p))), p); err != nil {
			return fmt.Errorf("read at %d: %w", done, err)
		}
		if err := o.seek(done + int64(n)); err != nil {
			return err
		}
		if _, err := o.Write(p); err != nil {
			return err
		}
	}
	return o.seek(end + int64(n))
}
