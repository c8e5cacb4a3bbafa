package warc

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"
)

// Draft is a record that is to be written.
type Draft struct {
	Type        Type
	TargetURI   string    // "" if it has none, as a warcinfo
	Date        time.Time // when it was captured; the same for all records of one capture (WARC 5.4)
	ContentType string    // of the block; "" is what Type and Head suggest
	// Fields come after those above, in their order: WARC-IP-Address, WARC-Concurrent-To, WARC-Refers-To, WARC-Profile. The writer
	// makes the others itself: ID, lengths, digests, and the warcinfo's ID.
	Fields Header
	// Head is the header of an HTTP message with the empty line at its end, as [Head] makes it; nil if the block is no such message.
	Head []byte
	// Body is the rest of the block, which is the payload. It is read twice from its start. Nil is no body.
	Body io.ReadSeeker
	// Payload is the digest of a payload that is in another record: revisits have it.
	Payload Digest
}

// storedName is how the field is called that no longer holds, because bodies are stored without their transfer encoding: block and
// payload digest are then of the same bytes for every reader. Browsertrix names it like this.
const storedName = "x-orig-transfer-encoding"

// Head writes the header of an HTTP message for a record: start line, fields in order and case, and the empty line. Transfer-Encoding
// is renamed, as the body is stored without it. Line ends and zeros are an error.
func Head(start string, h Header) ([]byte, error) {
	var b bytes.Buffer
	if strings.ContainsAny(start, "\r\n\x00") {
		return nil, errors.New("a line end in the first line of an HTTP header")
	}
	b.WriteString(start + "\r\n")
	for _, f := range h {
		name := f.Name
		if strings.EqualFold(name, "Transfer-Encoding") {
			name = storedName
		}
		if err := writeField(&b, Field{name, f.Value}); err != nil {
			return nil, err
		}
	}
	b.WriteString("\r\n")
	return b.Bytes(), nil
}

// writeField writes one line. What would begin another line is an error; a value may be empty, a name may not.
func writeField(b *bytes.Buffer, f Field) error {
	if f.Name == "" || strings.ContainsAny(f.Name, "\r\n\x00: \t") || strings.ContainsAny(f.Value, "\r\n\x00") {
		return fmt.Errorf("field %s: a name or value that does not fit on a line", clip(f.Name))
	}
	b.WriteString(f.Name)
	b.WriteString(": ")
	b.WriteString(trim(f.Value))
	b.WriteString("\r\n")
	return nil
}

// Fields writes a block of application/warc-fields, as warcinfo and metadata records have.
func Fields(h Header) ([]byte, error) {
	var b bytes.Buffer
	for _, f := range h {
		if err := writeField(&b, f); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// ReadFields reads a block of application/warc-fields of at most a mebibyte.
func ReadFields(r io.Reader) (Header, error) {
	b, err := io.ReadAll(io.LimitReader(r, maxHead+1))
	if err != nil {
		return nil, err
	}
	if len(b) > maxHead {
		return nil, fmt.Errorf("a block of fields has more than %d bytes", maxHead)
	}
	return parseFields(b), nil
}

// own are the fields that only the writer writes.
var own = []string{
	"WARC-Type", "WARC-Record-ID", "WARC-Date", "WARC-Target-URI", "WARC-Warcinfo-ID", "WARC-Block-Digest", "WARC-Payload-Digest",
	"Content-Type", "Content-Length",
}

// check finds what would make a record that breaks the rules.
func (d *Draft) check() error {
	switch {
	case d.Type == "":
		return errors.New("no type")
	case d.Date.IsZero():
		return errors.New("no date")
	case !utf8.ValidString(d.TargetURI), strings.ContainsFunc(d.TargetURI, func(r rune) bool { return r <= ' ' || r == 0x7f || r == '<' || r == '>' }):
		return fmt.Errorf("target URI %s: it must be escaped", clip(d.TargetURI))
	case d.TargetURI == "" && d.Type != Warcinfo && d.Type != Metadata: // WARC 5.14
		return errors.New("no target URI")
	case d.TargetURI != "" && d.Type == Warcinfo:
		return errors.New("a warcinfo has no target URI")
	case d.Type == Revisit && !d.Fields.Has("WARC-Profile"): // WARC 6.7
		return errors.New("a revisit needs WARC-Profile")
	case d.Type == Revisit && d.Body != nil:
		return errors.New("a revisit has no payload")
	case d.Payload != "" && d.Type != Revisit:
		return errors.New("the digest of the payload is made when it is written")
	}
	if d.Head != nil {
		if !endsHead(d.Head) {
			return errors.New("the HTTP header does not end in an empty line")
		}
		m, err := parseHead(d.Head)
		if err != nil {
			return err
		}
		if (d.Type == Response || d.Type == Revisit) != strings.HasPrefix(m.Start, "HTTP/") {
			return fmt.Errorf("the HTTP header begins with %s", clip(m.Start))
		}
		if m.Header.chunked() {
			return errors.New("the HTTP header says chunked, but bodies are stored without it")
		}
	}
	for _, name := range own {
		if d.Fields.Has(name) {
			return fmt.Errorf("%s is for the writer to write", name)
		}
	}
	return nil
}

// contentType is the type of the block, given or usual.
func (d *Draft) contentType() string {
	switch {
	case d.ContentType != "":
		return d.ContentType
	case d.Head != nil && d.Type == Request:
		return "application/http;msgtype=request"
	case d.Head != nil:
		return "application/http;msgtype=response"
	case d.Type == Warcinfo || d.Type == Metadata:
		return "application/warc-fields"
	}
	return ""
}

// dense reports whether the body says that it is compressed already, as pictures, films and fonts are. The best compression
// takes five to twenty times as long for them, and makes photos 1, PNG 5, films and fonts 0.1 percent smaller.
func (d *Draft) dense() bool {
	kind, encoded := d.ContentType, false
	if d.Head != nil {
		m, err := ReadMessage(bytes.NewReader(d.Head))
		if err != nil {
			return false
		}
		kind, encoded = m.Header.Get("Content-Type"), m.Header.Get("Content-Encoding") != ""
	}
	kind, _, _ = strings.Cut(strings.ToLower(strings.TrimSpace(kind)), ";")
	family, _, _ := strings.Cut(kind, "/")
	switch kind = strings.TrimSpace(kind); {
	case encoded, family == "video", family == "audio":
		return true
	case family == "image":
		return kind != "image/svg+xml" && kind != "image/bmp" && kind != "image/x-icon" && kind != "image/vnd.microsoft.icon"
	}
	return kind == "font/woff" || kind == "font/woff2" || kind == "application/pdf" || kind == "application/zip"
}
