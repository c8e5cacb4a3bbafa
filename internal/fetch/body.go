package fetch

import (
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zstd"
)

// Open returns the body without its content encoding.
func (h *Hop) Open() (io.Reader, error) {
	var r io.Reader = h.Body()
	var codings []string
	for _, v := range h.header.Values("Content-Encoding") {
		codings = append(codings, strings.Split(v, ",")...)
	}
	for _, coding := range slices.Backward(codings) {
		switch coding = strings.ToLower(strings.TrimSpace(coding)); coding {
		case "", "identity":
		case "gzip", "x-gzip":
			z, err := gzip.NewReader(r)
			if err != nil {
				if len(codings) == 1 { // servers that name an encoding and do not use it
					return h.Body(), nil
				}
				return nil, err
			}
			r = z
		case "deflate":
			z, err := zlib.NewReader(r)
			if err != nil {
				z = flate.NewReader(h.Body())
			}
			r = z
		case "br":
			r = brotli.NewReader(r)
		case "zstd":
			z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(8<<20))
			if err != nil {
				return nil, err
			}
			r = z.IOReadCloser()
		default:
			return nil, fmt.Errorf("the body is encoded as %q, which is not known", coding)
		}
	}
	return r, nil
}

// Text returns the body without its content encoding if it has at most limit bytes, and otherwise so much of it and an
// error that wraps [ErrTooLarge].
func (h *Hop) Text(limit int64) ([]byte, error) {
	r, err := h.Open()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(r, limit+1))
	if int64(len(b)) > limit {
		return b[:limit], fmt.Errorf("%w of %d bytes", ErrTooLarge, limit)
	}
	if errors.Is(err, io.ErrUnexpectedEOF) && len(b) > 0 { // a browser shows what came
		err = nil
	}
	return b, err
}
