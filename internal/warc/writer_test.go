package warc_test

import (
	"bytes"
	"compress/gzip"
	"errors"
	"flag"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samizdat/internal/warc"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

var captured = time.Date(2022, 1, 5, 16, 20, 30, 120e6, time.FixedZone("Almaty", 6*3600))

// head makes an HTTP header.
func head(t testing.TB, start string, fields warc.Header) []byte {
	t.Helper()
	b, err := warc.Head(start, fields)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// capture writes one of each kind of record, as a capture makes them.
func capture(t testing.TB, w *warc.Writer) []warc.Written {
	t.Helper()
	const page, picture = "https://example.org/page", "https://example.org/picture"
	var all []warc.Written
	write := func(d *warc.Draft) warc.Written {
		t.Helper()
		d.Date = captured
		rec, err := w.Write(d)
		if err != nil {
			t.Fatal(err)
		}
		all = append(all, rec)
		return rec
	}
	info, err := warc.Fields(warc.Header{{"software", "samizdat-press"}, {"format", "WARC File Format 1.1"}})
	if err != nil {
		t.Fatal(err)
	}
	write(&warc.Draft{Type: warc.Warcinfo, Fields: warc.Header{{"WARC-Filename", "page.warc.gz"}}, Body: bytes.NewReader(info)})
	response := write(&warc.Draft{
		Type: warc.Response, TargetURI: page,
		Fields: warc.Header{{"WARC-IP-Address", "192.0.2.1"}},
		Head:   head(t, "HTTP/1.1 200 OK", warc.Header{{"content-type", "text/html; charset=utf-8"}, {"Transfer-Encoding", "chunked"}, {"X-A", "1"}, {"X-A", "2"}}),
		Body:   strings.NewReader("<!doctype html><title>Бет</title><p>Мәтін.</p>\n"),
	})
	write(&warc.Draft{
		Type: warc.Request, TargetURI: page,
		Fields: warc.Header{{"WARC-Concurrent-To", "<" + response.ID + ">"}},
		Head:   head(t, "GET /page HTTP/1.1", warc.Header{{"Host", "example.org"}, {"Accept", "text/html"}}),
	})
	write(&warc.Draft{
		Type: warc.Conversion, TargetURI: page, ContentType: "text/html",
		Fields: warc.Header{{"WARC-Refers-To", "<" + response.ID + ">"}},
		Body:   strings.NewReader("<p>Мәтін.</p>\n"),
	})
	write(&warc.Draft{
		Type: warc.Revisit, TargetURI: picture, Payload: response.Payload,
		Fields: warc.Header{{"WARC-Profile", warc.IdenticalPayload}, {"WARC-Refers-To-Target-URI", page}, {"WARC-Refers-To-Date", warc.FormatDate(captured)}},
		Head:   head(t, "HTTP/1.1 200 OK", warc.Header{{"Content-Type", "text/html"}}),
	})
	write(&warc.Draft{Type: warc.Resource, TargetURI: "urn:tls-cert:example.org", ContentType: "application/x-pem-file", Body: strings.NewReader("PEM\n")})
	write(&warc.Draft{Type: warc.Metadata, TargetURI: page, ContentType: "application/json", Body: strings.NewReader("{}\n")})
	return all
}

// TestWriter writes one of each and compares with the file that lies in testdata, unpacked; what it holds is read again.
func TestWriter(t *testing.T) {
	var file bytes.Buffer
	written := capture(t, warc.NewWriter(&file))
	zr, err := gzip.NewReader(bytes.NewReader(file.Bytes()))
	if err != nil {
		t.Fatal(err)
	}
	text, err := io.ReadAll(zr)
	if err != nil {
		t.Fatal(err)
	}
	golden := filepath.Join("testdata", "one-of-each.warc")
	if *update {
		if err := os.WriteFile(golden, text, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(text, want) {
		t.Errorf("the file is not %s; got\n%s", golden, text)
	}
	o := read(t, bytes.NewReader(file.Bytes()))
	if len(o.records) != len(written) || o.quirks != nil {
		t.Fatalf("read %q with quirks %v, want %d records", o.got, o.quirks, len(written))
	}
	for i, rec := range o.records {
		w := written[i]
		if rec.ID() != w.ID || rec.Offset != w.Offset || rec.Length != w.Length || rec.BlockDigest != warc.Matches || rec.PayloadDigest == warc.Differs {
			t.Errorf("record %d: read %s at %d+%d (%v, %v), wrote %+v", i, rec.ID(), rec.Offset, rec.Length, rec.BlockDigest, rec.PayloadDigest, w)
		}
	}
}

// TestWriteTwice makes the same bytes of the same drafts, and other IDs of other ones.
func TestWriteTwice(t *testing.T) {
	var one, two bytes.Buffer
	capture(t, warc.NewWriter(&one))
	capture(t, warc.NewWriter(&two))
	if !bytes.Equal(one.Bytes(), two.Bytes()) {
		t.Error("the same drafts made other bytes")
	}
	var both bytes.Buffer
	w := warc.NewWriter(&both)
	seen := map[string]bool{}
	for _, rec := range append(capture(t, w), capture(t, w)...) {
		if seen[rec.ID] {
			t.Errorf("two records have the ID %s", rec.ID)
		}
		seen[rec.ID] = true
	}
}

// TestDrafts refuses what would break the rules, and the file goes on.
func TestDrafts(t *testing.T) {
	const uri = "https://example.org/"
	ok := []byte("HTTP/1.1 200 OK\r\n\r\n")
	var file bytes.Buffer
	w := warc.NewWriter(&file)
	for name, d := range map[string]*warc.Draft{
		"no type":                {TargetURI: uri, Date: captured},
		"no date":                {Type: warc.Response, TargetURI: uri},
		"no address":             {Type: warc.Response, Date: captured, Head: ok},
		"address with a space":   {Type: warc.Response, Date: captured, TargetURI: "https://example.org/a b", Head: ok},
		"address in brackets":    {Type: warc.Response, Date: captured, TargetURI: "<" + uri + ">", Head: ok},
		"warcinfo with address":  {Type: warc.Warcinfo, Date: captured, TargetURI: uri},
		"line end in a field":    {Type: warc.Response, Date: captured, TargetURI: uri, Head: ok, Fields: warc.Header{{"A", "b\r\nC: d"}}},
		"space in a name":        {Type: warc.Response, Date: captured, TargetURI: uri, Head: ok, Fields: warc.Header{{"A b", "c"}}},
		"own field":              {Type: warc.Response, Date: captured, TargetURI: uri, Head: ok, Fields: warc.Header{{"content-length", "3"}}},
		"header without an end":  {Type: warc.Response, Date: captured, TargetURI: uri, Head: []byte("HTTP/1.1 200 OK\r\n")},
		"header of something":    {Type: warc.Response, Date: captured, TargetURI: uri, Head: []byte("<html>\r\n\r\n")},
		"header of a request":    {Type: warc.Response, Date: captured, TargetURI: uri, Head: []byte("GET / HTTP/1.1\r\n\r\n")},
		"chunked":                {Type: warc.Response, Date: captured, TargetURI: uri, Head: []byte("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n")},
		"revisit of nothing":     {Type: warc.Revisit, Date: captured, TargetURI: uri},
		"revisit with a payload": {Type: warc.Revisit, Date: captured, TargetURI: uri, Fields: warc.Header{{"WARC-Profile", warc.IdenticalPayload}}, Body: strings.NewReader("x")},
		"payload of a response":  {Type: warc.Response, Date: captured, TargetURI: uri, Head: ok, Payload: "sha256:00"},
	} {
		if _, err := w.Write(d); err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	if file.Len() > 0 {
		t.Errorf("%d bytes were written of drafts that were refused", file.Len())
	}
	if _, err := w.Write(&warc.Draft{Type: warc.Response, Date: captured, TargetURI: uri, Head: ok}); err != nil {
		t.Error(err)
	}
	for name, fields := range map[string]warc.Header{"line end": {{"A", "b\nc"}}, "no name": {{"", "b"}}, "colon": {{"a:b", "c"}}} {
		if _, err := warc.Head("HTTP/1.1 200 OK", fields); err == nil {
			t.Errorf("Head: %s is no error", name)
		}
		if _, err := warc.Fields(fields); err == nil {
			t.Errorf("Fields: %s is no error", name)
		}
	}
}

// changing is a body that is another at the second reading.
type changing struct {
	*strings.Reader
	seeks int
}

func (c *changing) Seek(offset int64, whence int) (int64, error) {
	if c.seeks++; c.seeks == 2 {
		c.Reset("other")
	}
	return c.Reader.Seek(offset, whence)
}

// full is a disk that is full after some bytes.
type full struct{ left int }

var errFull = errors.New("disk full")

func (f *full) Write(p []byte) (int, error) {
	if len(p) > f.left {
		n := f.left
		f.left = 0
		return n, errFull
	}
	f.left -= len(p)
	return len(p), nil
}

// TestSpoiltFile says again and again that a file broke off in a record.
func TestSpoiltFile(t *testing.T) {
	d := &warc.Draft{Type: warc.Resource, Date: captured, TargetURI: "urn:x:y", ContentType: "text/plain", Body: &changing{Reader: strings.NewReader("first")}}
	w := warc.NewWriter(io.Discard)
	if _, err := w.Write(d); err == nil {
		t.Error("a body that changes is no error")
	}
	d.Body = nil
	if _, err := w.Write(d); err == nil {
		t.Error("a spoilt file goes on")
	}
	for left := 0; left < 200; left += 13 {
		w := warc.NewWriter(&full{left})
		if _, err := w.Write(d); !errors.Is(err, errFull) {
			t.Fatalf("with %d bytes left: got %v", left, err)
		}
		if _, err := w.Write(d); !errors.Is(err, errFull) {
			t.Fatalf("with %d bytes left, again: got %v", left, err)
		}
	}
}

// TestReadFields reads what Fields writes, and bounds what it reads.
func TestReadFields(t *testing.T) {
	b, err := warc.Fields(warc.Header{{"software", "a"}, {"Format", "b: c"}, {"empty", ""}})
	if err != nil {
		t.Fatal(err)
	}
	h, err := warc.ReadFields(bytes.NewReader(b))
	if err != nil || len(h) != 3 || h.Get("format") != "b: c" || !h.Has("EMPTY") || h.Has("x") {
		t.Errorf("got %q, %v", h, err)
	}
	if _, err := warc.ReadFields(strings.NewReader(strings.Repeat("a: b\r\n", 1<<20))); err == nil {
		t.Error("six mebibytes of fields are no error")
	}
}
