package warc

import (
	"fmt"
	"io"

	"samizdat/internal/coding"
)

// SizeError means that a payload unpacks to more bytes than the caller takes.
type SizeError struct{ Limit int64 } // bytes

func (e *SizeError) Error() string {
	return fmt.Sprintf("the payload unpacks to more than %d bytes", e.Limit)
}

// Content returns the payload without its content encoding, the bytes that a browser would show, once: Body is read by it. More than
// limit bytes end in a [*SizeError]. Some files name an encoding that the payload does not have; such a payload is given as it
// is. An encoding that is not known here is an error.
func (m *Message) Content(limit int64) (io.ReadCloser, error) {
	r, err := coding.Reader(m.Payload(), m.Header.All("Content-Encoding"))
	if err != nil {
		return nil, err
	}
	return &content{r, limit, limit}, nil
}

// content bounds what is unpacked.
type content struct {
	io.ReadCloser
	limit, left int64
}

func (c *content) Read(p []byte) (int, error) {
	if int64(len(p)) > c.left+1 {
		p = p[:c.left+1]
	}
	n, err := c.ReadCloser.Read(p)
	if int64(n) > c.left {
		return int(c.left), &SizeError{c.limit}
	}
	c.left -= int64(n)
	return n, err
}
