package warc_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"samizdat/internal/warc"
)

// TestReadMessage reads the headers that servers send.
func TestReadMessage(t *testing.T) {
	for _, c := range []struct {
		name, block string
		start       string
		status      int
		fields      warc.Header
		body        string
	}{
		{
			"order and case", "HTTP/1.1 200 OK\r\nb: 1\r\nA: 2\r\nb: 3\r\n\r\nbody", "HTTP/1.1 200 OK", 200,
			warc.Header{{"b", "1"}, {"A", "2"}, {"b", "3"}},
			"body",
		},
		{"LF", "HTTP/1.0 404 Not Found\nA: 1\n\nbody\n", "HTTP/1.0 404 Not Found", 404, warc.Header{{"A", "1"}}, "body\n"},
		{"no reason", "HTTP/1.1 200\r\n\r\n", "HTTP/1.1 200", 200, nil, ""},
		{"HTTP/2", "HTTP/2 200\r\n\r\n", "HTTP/2 200", 200, nil, ""},
		{"no end", "HTTP/1.1 301 Moved\r\nLocation: /x", "HTTP/1.1 301 Moved", 301, warc.Header{{"Location", "/x"}}, ""},
		{"folded", "HTTP/1.1 200 OK\r\nA: 1\r\n  2\r\n\r\n", "HTTP/1.1 200 OK", 200, warc.Header{{"A", "1 2"}}, ""},
		{"no colon", "HTTP/1.1 200 OK\r\nnonsense\r\nA: 1\r\n\r\n", "HTTP/1.1 200 OK", 200, warc.Header{{"A", "1"}}, ""},
		{"no code", "HTTP/1.1 OK\r\n\r\n", "HTTP/1.1 OK", 0, nil, ""},
		{"request", "GET / HTTP/1.1\r\nHost: example.org\r\n\r\n", "GET / HTTP/1.1", 0, warc.Header{{"Host", "example.org"}}, ""},
	} {
		m, err := warc.ReadMessage(strings.NewReader(c.block))
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		body, err := io.ReadAll(m.Body)
		if m.Start != c.start || m.Status() != c.status || !slices.Equal(m.Header, c.fields) || string(body) != c.body || err != nil {
			t.Errorf("%s: got %q, %d, %q, %q, %v", c.name, m.Start, m.Status(), m.Header, body, err)
		}
	}
	for name, block := range map[string]string{
		"empty":   "",
		"HTML":    "<!doctype html>\r\n\r\n",
		"endless": "HTTP/1.1 200 OK\r\n" + strings.Repeat("A: "+strings.Repeat("x", 1000)+"\r\n", 1100) + "\r\n",
	} {
		if _, err := warc.ReadMessage(strings.NewReader(block)); !errors.Is(err, warc.ErrNotHTTP) {
			t.Errorf("%s: got %v, want ErrNotHTTP", name, err)
		}
	}
}

// TestPayload takes the transfer encoding off, and leaves alone what is not in chunks.
func TestPayload(t *testing.T) {
	for _, c := range []struct {
		name, body, want string
		err              error
	}{
		{"chunks", "4\r\nabcd\r\n2\r\nef\r\n0\r\n\r\n", "abcdef", nil},
		{"extension and trailer", "4;a=b\r\nabcd\r\n0\r\nX: y\r\n\r\n", "abcd", nil},
		{"LF", "4\nabcd\n0\n\n", "abcd", nil},
		{"capitals and zeros", "00A\r\n0123456789\r\n0\r\n\r\n", "0123456789", nil},
		{"no last line end", "4\r\nabcd\r\n0\r\n", "abcd", nil},
		{"large", fmt.Sprintf("%x\r\n%s\r\n0\r\n\r\n", 100_000, strings.Repeat("x", 100_000)), strings.Repeat("x", 100_000), nil},
		{"no chunks", "abcdef", "abcdef", nil},
		{"nothing", "", "", nil},
		{"no chunks, but a hexadecimal line", "cafe\r\nand more", "cafe\r\nand more", nil},
		{"cut short", "4\r\nabcd\r\n5\r\nef", "abcdef", io.ErrUnexpectedEOF},
		{"second chunk wrong", "4\r\nabcd\r\nxyz\r\nef", "abcd", warc.ErrChunks},
		{"bytes after the end", "4\r\nabcd\r\n0\r\n\r\nmore", "abcd", warc.ErrChunks},
		{"endless line", "4\r\nabcd\r\n" + strings.Repeat("1", 20_000), "abcd", warc.ErrChunks},
		{"size over 63 bits", "4\r\nabcd\r\nffffffffffffffff\r\nx", "abcd", warc.ErrChunks},
	} {
		m, err := warc.ReadMessage(strings.NewReader("HTTP/1.1 200 OK\r\nTransfer-Encoding: Chunked\r\n\r\n" + c.body))
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(m.Payload())
		// "cafe" is 51966, which is more than there is: as chunks it would be cut short.
		if c.name == "no chunks, but a hexadecimal line" {
			if !errors.Is(err, io.ErrUnexpectedEOF) {
				t.Errorf("%s: got %q, %v", c.name, got, err)
			}
			continue
		}
		if string(got) != c.want || !errors.Is(err, c.err) {
			t.Errorf("%s: got %.20q, %v, want %.20q, %v", c.name, got, err, c.want, c.err)
		}
	}
}

// packed returns a text in a content encoding.
func packed(t testing.TB, coding, text string) string {
	t.Helper()
	var b bytes.Buffer
	var w io.WriteCloser
	var err error
	switch coding {
	case "gzip":
		w = gzip.NewWriter(&b)
	case "zlib":
		w = zlib.NewWriter(&b)
	case "flate":
		w, err = flate.NewWriter(&b, 6)
	case "br":
		w = brotli.NewWriter(&b)
	case "zstd":
		w, err = zstd.NewWriter(&b, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	}
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, text); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// content reads the content of a response.
func content(t testing.TB, encoding, body string, limit int64) (string, error) {
	t.Helper()
	m, err := warc.ReadMessage(strings.NewReader("HTTP/1.1 200 OK\r\nContent-Encoding: " + encoding + "\r\n\r\n" + body))
	if err != nil {
		t.Fatal(err)
	}
	r, err := m.Content(limit)
	if err != nil {
		return "", err
	}
	defer r.Close()
	got, err := io.ReadAll(r)
	return string(got), err
}

// TestContent undoes every content encoding, and passes on what never had the one it names.
func TestContent(t *testing.T) {
	text := strings.Repeat("Первый абзац. ", 5000)
	for _, c := range []struct{ encoding, coding string }{
		{"gzip", "gzip"}, {"x-gzip", "gzip"}, {"GZIP", "gzip"}, {"deflate", "zlib"}, {"deflate", "flate"}, {"br", "br"}, {"zstd", "zstd"},
	} {
		if got, err := content(t, c.encoding, packed(t, c.coding, text), 1<<20); got != text || err != nil {
			t.Errorf("%s as %s: got %d bytes, %v, want %d", c.coding, c.encoding, len(got), err, len(text))
		}
		if got, err := content(t, c.encoding, text, 1<<20); got != text || err != nil {
			t.Errorf("bare text that claims %s: got %d bytes, %v, want %d", c.encoding, len(got), err, len(text))
		}
		if got, err := content(t, c.encoding, "", 1<<20); got != "" || err != nil {
			t.Errorf("nothing that claims %s: got %q, %v", c.encoding, got, err)
		}
	}
	if got, err := content(t, "gzip, br", packed(t, "br", packed(t, "gzip", text)), 1<<20); got != text || err != nil {
		t.Errorf("gzip and br: got %d bytes, %v", len(got), err)
	}
	if got, err := content(t, "identity", text, 1<<20); got != text || err != nil {
		t.Errorf("identity: got %d bytes, %v", len(got), err)
	}
	if _, err := content(t, "compress", text, 1<<20); err == nil {
		t.Error("an unknown encoding is no error")
	}
	if _, err := content(t, "gzip,gzip,gzip,gzip,gzip", text, 1<<20); err == nil {
		t.Error("five encodings over each other are no error")
	}
}

// TestContentBomb stops at the limit, whatever a payload unpacks to.
func TestContentBomb(t *testing.T) {
	const limit = 100_000
	zeros := strings.Repeat("\x00", 4<<20)
	for _, coding := range []string{"gzip", "zlib", "br", "zstd"} {
		encoding := map[string]string{"zlib": "deflate"}[coding]
		if encoding == "" {
			encoding = coding
		}
		got, err := content(t, encoding, packed(t, coding, zeros), limit)
		var size *warc.SizeError
		if len(got) != limit || !errors.As(err, &size) {
			t.Errorf("%s: got %d bytes, %v, want %d and a SizeError", coding, len(got), err, limit)
		}
		if got, err := content(t, encoding, packed(t, coding, zeros[:limit]), limit); len(got) != limit || err != nil {
			t.Errorf("%s at the limit: got %d bytes, %v", coding, len(got), err)
		}
	}
	// Ten kilobytes that are ten megabytes that are ten gigabytes.
	twice := packed(t, "gzip", packed(t, "gzip", zeros))
	if got, err := content(t, "gzip, gzip", twice, limit); len(got) != limit || err == nil {
		t.Errorf("gzip twice: got %d bytes, %v", len(got), err)
	}
}
