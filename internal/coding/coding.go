// Package coding undoes the content codings of HTTP: how a server packed a body for its way (RFC 9110, 8.4). What is
// fetched and what lies in files of records is read by the same rules, and so is the same.
package coding

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"strings"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/flate"
	"github.com/klauspost/compress/gzip"
	"github.com/klauspost/compress/zlib"
	"github.com/klauspost/compress/zstd"
)

const (
	maxCodings = 4        // over each other; more than one is hardly ever seen
	maxWindow  = 8 << 20  // bytes; RFC 9659 for zstd
	ahead      = 32 << 10 // bytes that are looked at to tell whether a coding was applied
)

// Reader returns the body in r without the codings that the fields named Content-Encoding say. It does not bound what is
// unpacked. A body that does not have the coding it is said to have is given as it is, as some servers say so of what they have
// unpacked already; a coding that is not known here is an error. Close frees the decoders, and does not close r.
func Reader(r io.Reader, fields []string) (io.ReadCloser, error) {
	var codings []string
	for _, v := range fields {
		for name := range strings.SplitSeq(v, ",") {
			if name = strings.ToLower(strings.TrimSpace(name)); name != "" && name != "identity" {
				codings = append(codings, name)
			}
		}
	}
	if len(codings) > maxCodings {
		return nil, fmt.Errorf("%d content codings over each other; at most %d are read", len(codings), maxCodings)
	}
	b := &body{Reader: r}
	for i := len(codings) - 1; i >= 0; i-- { // the last was applied last
		if err := b.decode(codings[i]); err != nil {
			b.Close()
			return nil, err
		}
	}
	return b, nil
}

type body struct {
	io.Reader
	closers []func()
}

func (b *body) Close() error {
	for _, f := range b.closers {
		f()
	}
	b.closers = nil
	return nil
}

// decode undoes one coding, unless the first bytes show that it was never applied.
func (b *body) decode(name string) error {
	r := bufio.NewReaderSize(b.Reader, ahead)
	b.Reader = r
	head, _ := r.Peek(ahead) // an error comes again when it is read
	switch name {
	case "gzip", "x-gzip":
		if !bytes.HasPrefix(head, []byte{0x1f, 0x8b, 8}) {
			return nil
		}
		z, err := gzip.NewReader(r)
		if err != nil {
			return err
		}
		b.Reader = z
	case "deflate": // RFC 9110 says zlib; some servers send bare deflate
		if z, err := zlib.NewReader(bytes.NewReader(head)); err == nil && yields(z) {
			z, err := zlib.NewReader(r)
			if err != nil {
				return err
			}
			b.Reader = z
		} else if yields(flate.NewReader(bytes.NewReader(head))) {
			b.Reader = flate.NewReader(r)
		}
	case "br":
		if yields(brotli.NewReader(bytes.NewReader(head))) {
			b.Reader = brotli.NewReader(r)
		}
	case "zstd":
		if len(head) < 4 {
			return nil
		}
		if magic := binary.LittleEndian.Uint32(head); magic != 0xFD2FB528 && magic&^0xF != 0x184D2A50 { // RFC 8878, 3.1
			return nil
		}
		z, err := zstd.NewReader(r, zstd.WithDecoderConcurrency(1), zstd.WithDecoderMaxWindow(maxWindow), zstd.WithDecoderLowmem(true))
		if err != nil {
			return err
		}
		b.Reader, b.closers = z, append(b.closers, z.Close)
	default:
		return fmt.Errorf("content coding %.40q is not known here", name)
	}
	return nil
}

// yields tells whether a decoder makes something of the bytes it has, or finds them empty.
func yields(r io.Reader) bool {
	var b [1]byte
	n, err := r.Read(b[:])
	for tries := 0; n == 0 && err == nil && tries < 100; tries++ {
		n, err = r.Read(b[:])
	}
	return n > 0 || err == io.EOF
}
