package warc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
	"strconv"
	"strings"
)

const maxHead = 1 << 20 // bytes of a header, of a record or an HTTP message

// ErrNotHTTP means that a block is no HTTP message.
var ErrNotHTTP = errors.New("not an HTTP message")

// Message is an HTTP request or response as it lies in a block, header order and case kept.
type Message struct {
	Start  string // the request line or status line
	Header Header
	Body   *bufio.Reader // as stored, with any transfer and content encoding
}

// ReadMessage reads the header of an HTTP message and leaves the rest in Body. It takes what servers send: lines that end in LF
// alone, lines without a colon (which it drops), a header without an end. Obsolete folded lines are joined. A header of more than a
// mebibyte, or a first line that is none of HTTP, is an error that wraps [ErrNotHTTP].
func ReadMessage(r io.Reader) (*Message, error) {
	body := bufio.NewReaderSize(r, 32<<10)
	var head []byte
	for {
		line, err := body.ReadSlice('\n')
		head = append(head, line...)
		if len(head) > maxHead {
			return nil, fmt.Errorf("%w: its header has more than %d bytes", ErrNotHTTP, maxHead)
		}
		if errors.Is(err, bufio.ErrBufferFull) {
			continue
		}
		if err == io.EOF || endsHead(head) { //nolint:errorlint // ReadSlice returns it bare
			break
		}
		if err != nil {
			return nil, err
		}
	}
	m, err := parseHead(head)
	if err != nil {
		return nil, err
	}
	m.Body = body
	return m, nil
}

// endsHead tells whether the last line of a head is empty.
func endsHead(head []byte) bool {
	return bytes.HasSuffix(head, []byte("\n\r\n")) || bytes.HasSuffix(head, []byte("\n\n")) || string(head) == "\r\n" || string(head) == "\n"
}

// parseHead reads a start line and fields.
func parseHead(head []byte) (*Message, error) {
	start, rest, _ := bytes.Cut(head, []byte("\n"))
	m := &Message{Start: strings.TrimRight(string(start), "\r")}
	if !strings.HasPrefix(m.Start, "HTTP/") && !isRequestLine(m.Start) {
		return nil, fmt.Errorf("%w: it begins with %s", ErrNotHTTP, clip(m.Start))
	}
	m.Header = parseFields(rest)
	return m, nil
}

// isRequestLine tells whether a line is "METHOD target HTTP/version" or that without the version (HTTP 0.9).
func isRequestLine(line string) bool {
	method, rest, ok := strings.Cut(line, " ")
	if !ok || rest == "" || method == "" {
		return false
	}
	for _, c := range method {
		if (c < 'A' || c > 'Z') && (c < 'a' || c > 'z') && c != '-' && c != '_' {
			return false
		}
	}
	return true
}

// parseFields reads lines of "name: value"; others are dropped, folded ones joined.
func parseFields(b []byte) Header {
	var h Header
	for line := range bytes.Lines(b) {
		text := strings.TrimRight(string(line), "\r\n")
		if text == "" {
			break
		}
		if (text[0] == ' ' || text[0] == '\t') && len(h) > 0 {
			h[len(h)-1].Value += " " + trim(text)
			continue
		}
		if name, value, ok := strings.Cut(text, ":"); ok {
			h = append(h, Field{trim(name), trim(value)})
		}
	}
	return h
}

// trim takes spaces and tabs off both ends; other space is part of a value.
func trim(s string) string { return strings.Trim(s, " \t") }

// Status returns the code of a response, 0 of a request or if there is none.
func (m *Message) Status() int {
	if !strings.HasPrefix(m.Start, "HTTP/") {
		return 0
	}
	fields := strings.Fields(m.Start)
	if len(fields) < 2 {
		return 0
	}
	code, err := strconv.Atoi(fields[1])
	if err != nil || code < 100 || code > 999 {
		return 0
	}
	return code
}

// chunked tells whether the header says that the body is in chunks.
func (h Header) chunked() bool {
	for _, v := range h.All("Transfer-Encoding") {
		if strings.Contains(strings.ToLower(v), "chunked") {
			return true
		}
	}
	return false
}

// Payload returns the body without its transfer encoding (WARC 6.3.2), once: Body is read by it. Many files say chunked of bodies that
// they hold without chunks; those are given as they are. Chunks that break their form end in [ErrChunks], and a body that ends too
// soon in [io.ErrUnexpectedEOF].
func (m *Message) Payload() io.Reader {
	if !m.Header.chunked() {
		return m.Body
	}
	ahead, _ := m.Body.Peek(4 << 10) // an error comes again when the body is read
	if !looksChunked(ahead) {
		return m.Body
	}
	return newChunkReader(m.Body)
}
