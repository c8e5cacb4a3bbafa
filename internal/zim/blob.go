package zim

import (
	"errors"
	"io"
	"runtime"
)

// Blob is the data of one item, an [io.ReaderAt]. It is a section of the archive when the item is stored raw, and memory
// when its cluster had to be decoded; that is held, and counted against the reader's [Memory], until Close. It may be
// used concurrently.
type Blob struct {
	off, size int64 // bytes; in the archive, or in the decoded cluster

	r     io.ReaderAt // the archive, when stored raw
	claim *hold       // of the decoded cluster, otherwise
	net   runtime.Cleanup
}

// decodedBlob returns the blob of size bytes at offset off of a decoded cluster, and owns the claim. A Blob that is
// dropped without Close gives the claim back when the garbage collector finds it.
func decodedBlob(claim *hold, off, size int64) *Blob {
	b := &Blob{off: off, size: size, claim: claim}
	b.net = runtime.AddCleanup(b, (*hold).release, claim)
	return b
}

// Size returns the length in bytes.
func (b *Blob) Size() int64 { return b.size }

// Section returns the offset in the archive at which Size bytes are the data as they are, so that a server can let
// the system send them. Raw is false if the archive holds them compressed.
func (b *Blob) Section() (off int64, raw bool) {
	if b.r == nil {
		return 0, false
	}
	return b.off, true
}

// Close lets go of the memory that b holds, if any. Nothing may be read while it is called, nor later. It may be called
// more than once.
func (b *Blob) Close() error {
	if b.claim != nil {
		b.net.Stop()
		b.claim.release()
	}
	return nil
}

// Revocable has give called, at most once and from another goroutine, if the memory that b holds is needed by others
// and nobody has held any for longer. It must lead to Close soon. A Blob that holds no memory never calls it.
func (b *Blob) Revocable(give func()) {
	if b.claim != nil {
		b.claim.onRevoke(give)
	}
}

var errNegative = errors.New("zim: read of a blob: negative offset")

// ReadAt reads from offset off of the data. See [io.ReaderAt].
func (b *Blob) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errNegative
	}
	if off >= b.size {
		return 0, io.EOF
	}
	short := int64(len(p)) > b.size-off
	if short {
		p = p[:b.size-off]
	}
	n := 0
	if b.r == nil {
		for n < len(p) {
			n += copy(p[n:], b.claim.c.piece(b.off+off+int64(n)))
		}
		runtime.KeepAlive(b)
	} else {
		var err error
		if n, err = b.r.ReadAt(p, b.off+off); err != nil {
			return n, err
		}
	}
	if short {
		return n, io.EOF
	}
	return n, nil
}

// WriteSection writes n bytes from offset off of the data to w, without copying them when they lie in memory. Less than n are
// an [io.ErrUnexpectedEOF].
func (b *Blob) WriteSection(w io.Writer, off, n int64) (int64, error) {
	if off < 0 {
		return 0, errNegative
	}
	if b.r != nil {
		return io.Copy(w, io.NewSectionReader(b, off, n))
	}
	end := min(off+n, b.size)
	at := off
	for at < end {
		piece := b.claim.c.piece(b.off + at)
		k, err := w.Write(piece[:min(int64(len(piece)), end-at)])
		at += int64(k)
		if err != nil {
			return at - off, err
		}
	}
	runtime.KeepAlive(b)
	if at-off < n {
		return at - off, io.ErrUnexpectedEOF
	}
	return n, nil
}
