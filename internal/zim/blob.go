package zim

import (
	"errors"
	"io"
)

// Blob is the data of one item, an [io.ReaderAt]. It is a section of the archive when the item is stored raw, and
// memory when its cluster had to be decoded, which it keeps alive. It may be used concurrently.
type Blob struct {
	data []byte // decoded, when r is nil

	r    io.ReaderAt // the archive, when stored raw
	off  int64
	size int64
}

// Size returns the length in bytes.
func (b *Blob) Size() int64 {
	if b.r == nil {
		return int64(len(b.data))
	}
	return b.size
}

// Section returns the offset in the archive at which Size bytes are the data as they are, so that a server can let
// the system send them. Raw is false if the archive holds them compressed.
func (b *Blob) Section() (off int64, raw bool) { return b.off, b.r != nil }

// ReadAt reads from offset off of the data. See [io.ReaderAt].
func (b *Blob) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("zim: read of a blob: negative offset")
	}
	if off >= b.Size() {
		return 0, io.EOF
	}
	if b.r == nil {
		n := copy(p, b.data[off:])
		if n < len(p) {
			return n, io.EOF
		}
		return n, nil
	}
	if left := b.size - off; int64(len(p)) > left {
		n, err := b.r.ReadAt(p[:left], b.off+off)
		if err == nil {
			err = io.EOF
		}
		return n, err
	}
	return b.r.ReadAt(p, b.off+off)
}
