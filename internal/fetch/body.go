package fetch

import (
	"errors"
	"fmt"
	"io"

	"samizdat/internal/coding"
)

// Open returns the body without its content encoding, as package coding reads it. It must be closed.
func (h *Hop) Open() (io.ReadCloser, error) {
	return coding.Reader(h.Body(), h.header.Values("Content-Encoding"))
}

// Text returns the body without its content encoding if it has at most limit bytes, and otherwise so much of it and an
// error that wraps [ErrTooLarge].
func (h *Hop) Text(limit int64) ([]byte, error) {
	r, err := h.Open()
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(b)) > limit {
		return b[:limit], fmt.Errorf("%w of %d bytes", ErrTooLarge, limit)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && len(b) > 0 { // a browser shows what came
		err = nil
	}
	return b, err
}
