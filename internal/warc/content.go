package warc

import (
	"bufio"
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"
)

// maxCodings bounds the content codings over each other; more than one is hardly ever seen.
const maxCodings = 4

// SizeError means that a payload unpacks to more bytes than the caller takes.
type SizeError struct{ Limit int64 } // bytes

func (e *SizeError) Error() string {
	return fmt.Sprintf("the payload unpacks to more than %d bytes", e.Limit)
}

// Content returns the payload without its content encoding, the bytes that a browser would show, once: Body is read by it. More than
// limit bytes end in a [*SizeError]. Some files name an encoding that the payload does not have; such a payload is given as it
// is. An encoding that is not known here is an error.
func (m *Message) Content(limit int64) (io.ReadCloser, error) {
	var codings []string
	for _, v := range m.Header.All("Content-Encoding") {
		for coding := range strings.SplitSeq(v, ",") {
			if coding = strings.ToLower(strings.TrimSpace(coding)); coding != "" && coding != "identity" {
				codings = append(codings, coding)
			}
		}
	}
	if len(codings) > maxCodings {
		return nil, fmt.Errorf("%d content encodings over each other; at most %d are read", len(codings), maxCodings)
	}
	c := &content{limit: limit, left: limit}
	r := m.Payload()
	for i := len(codings) - 1; i >= 0; i-- { // the last was applied last: RFC 9110, 8.4
		next, err := c.decode(codings[i], r)
		if err != nil {
			_ = c.Close()
			return nil, err
		}
		r = next
	}
	c.r = r
	return c, nil
}

// content bounds what is unpacked, and frees the decoders.
type content struct {
	r           io.Reader
	limit, left int64
	closers     []func()
}

func (c *content) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.r.Read(p)
	if int64(n) > c.left {
		return int(c.left), &SizeError{c.limit}
	}
	c.left -= int64(n)
	return n, err
}

// Close frees what the decoders hold. It does not close the block.
func (c *content) Close() error {
	for _, f := range c.closers {
		f()
	}
	c.closers = nil
	return nil
}

// decode undoes one coding, unless the first bytes show that it was never applied.
func (c *content) decode(coding string, r io.Reader) (io.Reader, error) {
	b := bufio.NewReaderSize(r, 32<<10)
	ahead, _ := b.Peek(32 << 10) // an error comes again when it is read
	switch coding {
	case "gzip", "x-gzip":
		if !isGzip(ahead) {
			return b, nil
		}
		return gzip.NewReader(b)
	case "deflate": // RFC 9110 says zlib; some servers send bare deflate
		if z, err := zlib.NewReader(bytes.NewReader(ahead)); err == nil && yields(z) {
			return zlib.NewReader(b)
		}
		if !yields(flate.NewReader(bytes.NewReader(ahead))) {
			return b, nil
		}
		return flate.NewReader(b), nil
	case "br":
		if !yields(brotli.NewReader(bytes.NewReader(ahead))) {
			return b, nil
		}
		return brotli.NewReader(b), nil
	case "zstd":
		if magic(ahead) != frameMagic && !isSkippable(magic(ahead)) {
			return b, nil
		}
		// RFC 9659 allows a window of 8 MiB, which is what files of records may have.
		z, err := zstd.NewReader(b, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return nil, err
		}
		c.closers = append(c.closers, z.Close)
		return z, nil
	}
	return nil, fmt.Errorf("content encoding %s is not known here", clip(coding))
}

// yields tells whether a decoder makes something of the bytes it has, or finds them empty.
func yields(r io.Reader) bool {
	var b [1]byte
	n, err := r.Read(b[:])
	for tries := 0; n == 0 && err == nil && tries < 100; tries++ {
		n, err = r.Read(b[:])
	}
	return n > 0 || err == io.EOF //nolint:errorlint // decoders return it bare
}
