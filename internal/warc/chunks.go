package warc

import (
	"bufio"
	"bytes"
	"errors"
	"io"
)

// ErrChunks means that a body in chunks breaks the form of RFC 9112, 7.1.
var ErrChunks = errors.New("the body breaks the chunked transfer coding")

const maxChunkLine = 8 << 10 // bytes of a line with a size, extensions included, or of a trailer

// chunks takes a body in chunks piece by piece and gives what they hold.
type chunks struct {
	state chunkState
	left  int64  // of the chunk, bytes
	line  []byte // begun
}

type chunkState uint8

const (
	atSize chunkState = iota
	inChunk
	afterChunk
	inTrailer
	chunksDone
)

// feed takes the next bytes and passes on what they hold. What follows the last chunk and its trailer is an error.
func (c *chunks) feed(b []byte, out func([]byte)) error {
	for len(b) > 0 {
		if c.state == chunksDone {
			return ErrChunks
		}
		if c.state == inChunk {
			n := int(min(int64(len(b)), c.left))
			out(b[:n])
			b = b[n:]
			if c.left -= int64(n); c.left == 0 {
				c.state = afterChunk
			}
			continue
		}
		i := bytes.IndexByte(b, '\n')
		if i < 0 {
			i = len(b) - 1
		}
		c.line = append(c.line, b[:i+1]...)
		b = b[i+1:]
		if len(c.line) > maxChunkLine {
			return ErrChunks
		}
		if c.line[len(c.line)-1] != '\n' {
			continue
		}
		line := bytes.TrimRight(c.line, "\r\n")
		c.line = c.line[:0]
		switch c.state {
		case afterChunk:
			if len(line) > 0 {
				return ErrChunks
			}
			c.state = atSize
		case inTrailer:
			if len(line) == 0 {
				c.state = chunksDone
			}
		case atSize:
			size, ok := chunkSize(line)
			switch {
			case !ok:
				return ErrChunks
			case size == 0:
				c.state = inTrailer
			default:
				c.state, c.left = inChunk, size
			}
		}
	}
	return nil
}

// whole tells whether the last chunk was seen; many a writer leaves out the line end after it.
func (c *chunks) whole() bool { return c.state == chunksDone || c.state == inTrailer }

// chunkSize reads a line with the size of a chunk. At most 15 digits, so that it fits.
func chunkSize(line []byte) (int64, bool) {
	line, _, _ = bytes.Cut(line, []byte(";"))
	line = bytes.TrimSpace(line)
	if len(line) == 0 || len(line) > 15 {
		return 0, false
	}
	var size int64
	for _, b := range line {
		digit := bytes.IndexByte([]byte("0123456789abcdef"), b|0x20)
		if digit < 0 {
			return 0, false
		}
		size = size<<4 | int64(digit)
	}
	return size, true
}

// looksChunked tells whether a body begins with a chunk, as far as these first bytes of it show.
func looksChunked(ahead []byte) bool {
	i := bytes.IndexByte(ahead, '\n')
	if i < 0 {
		return false
	}
	size, ok := chunkSize(bytes.TrimRight(ahead[:i], "\r\n"))
	if !ok {
		return false
	}
	rest := ahead[i+1:]
	if size == 0 || int64(len(rest)) <= size+1 {
		return true
	}
	return bytes.HasPrefix(rest[size:], []byte("\r\n")) || rest[size] == '\n'
}

// chunkReader gives what the chunks of r hold.
type chunkReader struct {
	r   *bufio.Reader
	c   chunks
	out []byte
	err error
	buf []byte
}

func newChunkReader(r *bufio.Reader) *chunkReader {
	return &chunkReader{r: r, buf: make([]byte, 8<<10)}
}

func (c *chunkReader) Read(p []byte) (int, error) {
	for len(c.out) == 0 {
		if c.err != nil {
			return 0, c.err
		}
		n, err := c.r.Read(c.buf)
		c.out = c.out[:0]
		c.err = c.c.feed(c.buf[:n], func(b []byte) { c.out = append(c.out, b...) })
		if c.err == nil && err != nil {
			if c.err = err; err == io.EOF && !c.c.whole() { //nolint:errorlint // readers return it bare
				c.err = io.ErrUnexpectedEOF
			}
		}
	}
	n := copy(p, c.out)
	c.out = c.out[n:]
	return n, nil
}
