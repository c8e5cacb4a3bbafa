package fetch

import (
	"bufio"
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"net/textproto"
	"os"
)

// RecordError means that something cannot be given from what somebody recorded.
type RecordError struct{ Why string }

func (e *RecordError) Error() string { return e.Why }

// Recorded makes a hop of an answer that was not fetched but kept by somebody: h has what is known of it, Response the header of
// the answer as it was sent, and body what followed, without its transfer encoding. The body is kept in dir until the
// exchange is closed.
func Recorded(h Hop, dir string, body io.Reader) (_ *Hop, err error) {
	_, fields, _ := bytes.Cut(h.Response, []byte("\n"))
	// What cannot be read as a field is passed over; the fields before it count.
	header, err := textproto.NewReader(bufio.NewReader(bytes.NewReader(fields))).ReadMIMEHeader()
	if header == nil && err != nil {
		return nil, err
	}
	h.header = http.Header(header)
	f, err := os.CreateTemp(dir, ".recorded-*")
	if err != nil {
		return nil, err
	}
	h.body = f
	sum := sha256.New()
	if h.Size, err = io.Copy(io.MultiWriter(f, sum), body); err != nil {
		return nil, errors.Join(err, f.Close(), os.Remove(f.Name()))
	}
	h.SHA256 = hex.EncodeToString(sum.Sum(nil))
	return &h, nil
}
