package warc

import (
	"bytes"
	"compress/gzip"
	"errors"
	"io"

	"github.com/klauspost/compress/zstd"
)

// Packing is how a file is compressed.
type Packing uint8

const (
	Plain Packing = iota
	Gzip          // "one member for each record", WARC Annex D, or all in one
	Zstd
)

func (p Packing) String() string { return [...]string{"uncompressed", "gzip", "zstd"}[min(p, Zstd)] }

// errNoMember means that what comes next in the file is no member or frame.
var errNoMember = errors.New("no compressed member begins here")

// members unpacks a compressed file member by member. Read gives the bytes of the member that next began, then io.EOF.
type members interface {
	io.Reader
	// skip passes over what may stand between members.
	skip() error
	// next begins the member that stands here: io.EOF at the end of the file, errNoMember if there is something else.
	next() error
	// begins tells whether a member that can hold a record seems to start with these bytes.
	begins(ahead []byte) bool
}

// gzipMembers reads RFC 1952, one member at a time.
type gzipMembers struct {
	src  *source
	zr   *gzip.Reader
	test gzip.Reader // for begins
}

func (g *gzipMembers) skip() error { return nil }

func (g *gzipMembers) next() error {
	head, err := g.src.peek(3)
	switch {
	case err != nil:
		return err
	case len(head) == 0:
		return io.EOF
	case !isGzip(head):
		return errNoMember
	}
	if g.zr == nil {
		g.zr, err = gzip.NewReader(g.src)
	} else {
		err = g.zr.Reset(g.src)
	}
	if err == nil {
		g.zr.Multistream(false)
	}
	return unexpected(err)
}

func (g *gzipMembers) Read(p []byte) (int, error) {
	return g.zr.Read(p)
}

func (g *gzipMembers) begins(ahead []byte) bool {
	if !isGzip(ahead) {
		return false
	}
	return g.test.Reset(bytes.NewReader(ahead)) == nil && startsRecord(&g.test)
}

func isGzip(b []byte) bool { return len(b) >= 3 && b[0] == 0x1f && b[1] == 0x8b && b[2] == 8 }

// zstdMembers reads RFC 8878, one frame at a time, with the dictionary that the file begins with.
type zstdMembers struct {
	src   *source
	frame *frameReader
	dec   *zstd.Decoder
	test  *zstd.Decoder // for begins
	dict  []byte
}

func newZstdMembers(src *source) (*zstdMembers, error) {
	z := &zstdMembers{src: src}
	head, err := src.peek(4)
	if err != nil {
		return nil, err
	}
	if magic(head) == dictionaryMagic {
		if z.dict, err = readDictionary(src); err != nil {
			return nil, err
		}
	}
	if z.dec, err = newZstdDecoder(nil, z.dict); err != nil {
		return nil, err
	}
	return z, nil
}

// skip passes over extension frames, which must be ignored (WARC zstd, Extension frames).
func (z *zstdMembers) skip() error {
	for {
		head, err := z.src.peek(4)
		if err != nil || !isSkippable(magic(head)) {
			return err
		}
		if err := skipFrame(z.src); err != nil {
			return unexpected(err)
		}
	}
}

func (z *zstdMembers) next() error {
	head, err := z.src.peek(4)
	switch {
	case err != nil:
		return err
	case len(head) == 0:
		return io.EOF
	case magic(head) != frameMagic:
		return errNoMember
	}
	if z.frame, err = newFrameReader(z.src); err != nil {
		return unexpected(err)
	}
	return z.dec.Reset(z.frame)
}

func (z *zstdMembers) Read(p []byte) (int, error) {
	n, err := z.dec.Read(p)
	if err == io.EOF { //nolint:errorlint // the decoder returns it bare
		// The decoder has all it wants; what it did not ask for is the end of the frame.
		if _, err := io.Copy(io.Discard, z.frame); err != nil {
			return n, unexpected(err)
		}
	}
	return n, err
}

func (z *zstdMembers) begins(ahead []byte) bool {
	if magic(ahead) != frameMagic {
		return false
	}
	if z.test == nil {
		var err error
		if z.test, err = newZstdDecoder(nil, z.dict); err != nil {
			return false
		}
	}
	return z.test.Reset(bytes.NewReader(ahead)) == nil && startsRecord(z.test)
}

// startsRecord tells whether the first bytes are those of a record.
func startsRecord(r io.Reader) bool {
	var b [5]byte
	_, err := io.ReadFull(r, b[:])
	return err == nil && string(b[:]) == "WARC/"
}

// unexpected makes the end of the file an error, as it is inside of something.
func unexpected(err error) error {
	if err == io.EOF { //nolint:errorlint // readers return it bare
		return io.ErrUnexpectedEOF
	}
	return err
}
