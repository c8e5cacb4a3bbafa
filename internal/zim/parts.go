package zim

import (
	"errors"
	"fmt"
	"io"
	"slices"
	"sort"
)

// Part is one piece of an archive that was cut: the first Size bytes of R.
type Part struct {
	R    io.ReaderAt
	Size int64 // bytes
}

// Parts reads pieces of an archive as if they had never been cut: those of x.zimaa, x.zimab, …, or pieces that lie
// scattered in another file. ZIM, "Split ZIM archives in chunks". It may be used concurrently if its parts may.
type Parts struct {
	parts  []Part
	starts []int64 // where each part begins in the whole
	size   int64
}

// JoinParts returns parts one behind the other. Parts that are empty are refused: writers make none, but a copy that
// failed leaves one.
func JoinParts(parts []Part) (*Parts, error) {
	j := &Parts{parts: slices.Clone(parts)}
	for i, p := range parts {
		if p.Size <= 0 {
			return nil, fmt.Errorf("zim: part %d of %d is empty", i+1, len(parts))
		}
		if j.size+p.Size < j.size {
			return nil, fmt.Errorf("zim: part %d of %d: more bytes than an archive can have", i+1, len(parts))
		}
		j.starts = append(j.starts, j.size)
		j.size += p.Size
	}
	return j, nil
}

// Size returns the length of all parts in bytes.
func (j *Parts) Size() int64 { return j.size }

// ReadAt reads across the borders of parts. See [io.ReaderAt]. A part that is shorter than was said gives
// [io.ErrUnexpectedEOF], unless the caller asked for nothing behind its end.
func (j *Parts) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 {
		return 0, errors.New("zim: read of parts: negative offset")
	}
	if off >= j.size {
		return 0, io.EOF
	}
	i := sort.Search(len(j.starts), func(i int) bool { return j.starts[i] > off }) - 1
	n := 0
	for ; n < len(p) && i < len(j.parts); i++ {
		part, at := j.parts[i], off+int64(n)-j.starts[i]
		want := min(int64(len(p)-n), part.Size-at)
		m, err := part.R.ReadAt(p[n:n+int(want)], at)
		n += m
		if int64(m) < want {
			if err == nil || errors.Is(err, io.EOF) {
				err = io.ErrUnexpectedEOF
			}
			return n, err
		}
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Extent returns how many bytes the archive takes that begins at the start of r, which has at most atMost: what the
// header says, so that an archive in the middle of another file can be told from what follows it. It reads the header
// only. An archive so old that its header has no checksum field is taken to reach to the end.
func Extent(r io.ReaderAt, atMost int64) (int64, error) {
	b := make([]byte, headerLen)
	if atMost < headerLen {
		return 0, formatErrorf(0, "header", "%d bytes, want at least %d: %w", max(atMost, 0), headerLen, io.ErrUnexpectedEOF)
	}
	if err := (&Reader{r: r}).readAt(b, 0, "header"); err != nil {
		return 0, err
	}
	var h header
	if err := h.parse(b); err != nil {
		return 0, formatErrorf(0, "header", "%w", err)
	}
	if h.mimeListPos == oldHeaderLen {
		return atMost, nil
	}
	if h.checksumPos < headerLen || h.checksumPos > uint64(atMost) || uint64(atMost)-h.checksumPos < checksumLen {
		return 0, formatErrorf(72, "header", "checksum at %#x, but only %d bytes are there: %w", h.checksumPos, atMost, io.ErrUnexpectedEOF)
	}
	return int64(h.checksumPos) + checksumLen, nil
}
