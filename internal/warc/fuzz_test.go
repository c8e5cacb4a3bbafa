package warc_test

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/warc"
)

// FuzzRoundTrip writes a response and a record of another kind, and reads them as they were.
func FuzzRoundTrip(f *testing.F) {
	f.Add("https://example.org/", "HTTP/1.1 200 OK", "Content-Type", "text/html", []byte("<p>text"), "X-Note", "value")
	f.Add("urn:x:y", "HTTP/2 204", "transfer-encoding", "chunked", []byte("4\r\nabcd\r\n0\r\n\r\n"), "x", "")
	f.Add("http://[::1]/", "HTTP/1.1 200", "A", "", []byte("\r\n\r\nWARC/1.1\r\nWARC-Type: response\r\n\r\n"), "b", "\xff")
	f.Fuzz(func(t *testing.T, uri, start, name, value string, payload []byte, field, note string) {
		header := warc.Header{{name, value}}
		h, err := warc.Head(start, header)
		if err != nil {
			return
		}
		var file bytes.Buffer
		w := warc.NewWriter(&file)
		wrote, err := w.Write(&warc.Draft{
			Type: warc.Response, TargetURI: uri, Date: captured, Fields: warc.Header{{field, note}}, Head: h, Body: bytes.NewReader(payload),
		})
		if err != nil {
			return
		}
		if _, err := w.Write(&warc.Draft{Type: warc.Resource, TargetURI: uri, Date: captured, ContentType: "text/plain", Body: bytes.NewReader(payload)}); err != nil {
			t.Fatal(err)
		}
		r, err := warc.NewReader(bytes.NewReader(file.Bytes()))
		if err != nil {
			t.Fatal(err)
		}
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if got := rec.Header.All(field); rec.TargetURI() != uri || !slices.Contains(got, strings.Trim(note, " \t")) {
			t.Errorf("read %q with %q, wrote %q with %q", rec.TargetURI(), got, uri, note)
		}
		m, err := warc.ReadMessage(rec)
		if err != nil {
			t.Fatal(err)
		}
		got, err := io.ReadAll(m.Payload())
		if !bytes.Equal(got, payload) || err != nil || m.Start != start {
			t.Errorf("read %q, %q, %v, wrote %q, %q", m.Start, got, err, start, payload)
		}
		if err := rec.Finish(); err != nil || rec.BlockDigest != warc.Matches || rec.PayloadDigest != warc.Matches || rec.Length != wrote.Length {
			t.Errorf("%v, %v, %v, length %d, want %d", err, rec.BlockDigest, rec.PayloadDigest, rec.Length, wrote.Length)
		}
		rec, err = r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(rec); !bytes.Equal(got, payload) || err != nil {
			t.Errorf("read %q, %v, wrote %q", got, err, payload)
		}
		if _, err := r.Next(); err != io.EOF {
			t.Errorf("after the last record: %v", err)
		}
	})
}

// FuzzReader reads any bytes: it comes to an end, the offsets grow, and a file that can be read again gives no fewer records than a
// stream.
func FuzzReader(f *testing.F) {
	one, two := record(1, answer), record(2, chunky)
	for _, seed := range []string{
		one + two, zip(f, one) + zip(f, two), zip(f, one+two), frame(f, one) + frame(f, two), one[:100] + two,
		zip(f, one)[:80] + zip(f, two), record(1, answer, "Content-Length: 3") + two, skippable(0x184D2A5D, "x") + frame(f, one),
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		inStream := records(t, stream{bytes.NewReader(data)})
		if inFile := records(t, bytes.NewReader(data)); inFile < inStream {
			t.Errorf("%d records in a file, %d in a stream", inFile, inStream)
		}
	})
}

func records(t *testing.T, r io.Reader) int {
	rd, err := warc.NewReader(r)
	if err != nil {
		return 0
	}
	count, last := 0, int64(-1)
	for {
		rec, err := rd.Next()
		if err == io.EOF {
			return count
		}
		var d *warc.Damage
		if err != nil && !errors.As(err, &d) {
			t.Fatalf("an error that is no damage: %v", err)
		}
		if err != nil {
			continue
		}
		count++
		if rec.Offset < last || rec.Offset == last && rec.Place == 0 {
			t.Fatalf("record at %d after one at %d", rec.Offset, last)
		}
		last = rec.Offset
		if m, err := warc.ReadMessage(rec); err == nil {
			if c, err := m.Content(1 << 20); err == nil {
				_, _ = io.Copy(io.Discard, c)
				_ = c.Close()
			}
		}
	}
}
