package wacz_test

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/elliptic"
	"errors"
	"flag"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

var captured = time.Date(2022, 1, 5, 10, 20, 30, 0, time.UTC)

const (
	page    = "https://www.example.org/%D0%B1%D0%B5%D1%82?b=2&a=1"
	picture = "https://example.org/square.svg"
)

// evidence makes a small WARC file.
func evidence(t testing.TB) []byte {
	t.Helper()
	var file bytes.Buffer
	w := warc.NewWriter(&file)
	write := func(d *warc.Draft) warc.Written {
		t.Helper()
		d.Date = captured
		rec, err := w.Write(d)
		if err != nil {
			t.Fatal(err)
		}
		return rec
	}
	head := func(start, kind string) []byte {
		t.Helper()
		b, err := warc.Head(start, warc.Pairs("Content-Type", kind))
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	write(&warc.Draft{Type: warc.Warcinfo, Body: strings.NewReader("software: samizdat-press\r\n")})
	rec := write(&warc.Draft{
		Type: warc.Response, TargetURI: page, Head: head("HTTP/1.1 200 OK", "text/html; charset=utf-8"),
		Body: strings.NewReader("<!doctype html><title>Бет</title><p>Мәтін.</p><img src='https://example.org/square.svg'>\n"),
	})
	write(&warc.Draft{
		Type: warc.Request, TargetURI: page, Head: head("GET / HTTP/1.1", "text/plain"),
		Fields: warc.Pairs("WARC-Concurrent-To", "<"+rec.ID+">"),
	})
	svg := write(&warc.Draft{
		Type: warc.Response, TargetURI: picture, Head: head("HTTP/1.1 200 OK", "image/svg+xml"),
		Body: strings.NewReader("<svg xmlns='http://www.w3.org/2000/svg' width='160' height='90'/>\n"),
	})
	write(&warc.Draft{
		Type: warc.Revisit, TargetURI: picture + "?again", Payload: svg.Payload, Head: head("HTTP/1.1 200 OK", "image/svg+xml"),
		Fields: warc.Pairs("WARC-Profile", warc.IdenticalPayload, "WARC-Refers-To-Target-URI", picture),
	})
	write(&warc.Draft{Type: warc.Resource, TargetURI: "urn:tls-cert:example.org", ContentType: "application/x-pem-file", Body: strings.NewReader("PEM\n")})
	return file.Bytes()
}

// key is a key that anybody can make: it protects nothing.
func key(t testing.TB, curve elliptic.Curve) *ecdsa.PrivateKey {
	t.Helper()
	k, err := ecdsa.ParseRawPrivateKey(curve, bytes.Repeat([]byte{7}, curve.Params().BitSize/8))
	if err != nil {
		t.Fatal(err)
	}
	return k
}

func options() wacz.Options {
	return wacz.Options{
		Created: captured.Add(time.Hour), Software: "samizdat-press 1", Title: "Қаңтар", Description: "**Evidence**",
		MainPage: page, MainDate: captured, Extra: map[string]string{"id": "bet"},
	}
}

// build makes a sound archive.
func build(t testing.TB, opts wacz.Options) []byte {
	t.Helper()
	var file bytes.Buffer
	w, err := wacz.NewWriter(&file, opts)
	if err != nil {
		t.Fatal(err)
	}
	for _, err := range []error{
		w.AddWARC("page.warc.gz", bytes.NewReader(evidence(t))),
		w.AddPage(wacz.Page{ID: "bet", URL: page, Time: captured, Title: "Бет", Text: "Мәтін."}),
		w.AddFile("screenshots/bet.txt", strings.NewReader("a picture\n")),
		w.Close(),
	} {
		if err != nil {
			t.Fatal(err)
		}
	}
	return file.Bytes()
}

func open(t testing.TB, file []byte) *wacz.Archive {
	t.Helper()
	a, err := wacz.Open(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// verify returns the kinds of findings.
func verify(t testing.TB, file []byte) (*wacz.Report, []wacz.Kind) {
	t.Helper()
	r, err := open(t, file).Verify(t.Context(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var kinds []wacz.Kind
	for _, f := range r.Findings {
		kinds = append(kinds, f.Kind)
	}
	return r, kinds
}

// TestRoundTrip writes an archive and reads it again.
func TestRoundTrip(t *testing.T) {
	file := build(t, options())
	a := open(t, file)
	p := a.Package
	if p.Profile != "data-package" || p.Version != "1.1.1" || p.Title != "Қаңтар" || p.Created != "2022-01-05T11:20:30Z" || p.MainPageURL != page || string(p.Extra) == "" {
		t.Errorf("the package is %+v", p)
	}
	var pages []wacz.Page
	if err := a.Pages(func(p wacz.Page) error { pages = append(pages, p); return nil }, nil); err != nil {
		t.Fatal(err)
	}
	if want := (wacz.Page{ID: "bet", URL: page, Time: captured, Title: "Бет", Text: "Мәтін."}); len(pages) != 1 || pages[0] != want {
		t.Errorf("the pages are %+v", pages)
	}
	var keys []string
	err := a.Index(func(e wacz.Entry) error {
		keys = append(keys, e.Key)
		if !e.When().Equal(captured) || !strings.HasPrefix(e.Digest, "sha256:") {
			t.Errorf("entry %+v", e)
		}
		return nil
	}, nil)
	want := []string{
		"org,example)/%d0%b1%d0%b5%d1%82?a=1&b=2", "org,example)/square.svg", "org,example)/square.svg?again", "urn:tls-cert:example.org",
	}
	if err != nil || !slices.Equal(keys, want) {
		t.Errorf("the index has %q, %v, want %q", keys, err, want)
	}
	r, kinds := verify(t, file)
	if kinds != nil || !r.Intact() || r.Files != 4 || r.Records != 6 || r.Digests != 9 || r.Signature != nil {
		t.Errorf("the report is %+v", r)
	}
	zr, err := zip.NewReader(bytes.NewReader(file), int64(len(file)))
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range zr.File {
		if f.Method != zip.Store || f.Flags&8 != 0 {
			t.Errorf("%s is compressed, or its length stands behind it", f.Name)
		}
	}
}

// TestRecord opens the record of each entry, and none where none is; of a compressed file too, as some programs make it.
func TestRecord(t *testing.T) {
	stored := open(t, build(t, options()))
	var b bytes.Buffer
	w := zip.NewWriter(&b)
	for name, data := range map[string][]byte{"archive/page.warc.gz": evidence(t), "datapackage.json": []byte("{}")} {
		f, err := w.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		if _, err := f.Write(data); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	compressed := open(t, b.Bytes())
	count := 0
	err := stored.Index(func(e wacz.Entry) error {
		count++
		for _, a := range []*wacz.Archive{stored, compressed} {
			rec, c, err := a.Record(e)
			if err != nil {
				return err
			}
			if err := rec.Finish(); err != nil || rec.TargetURI() != e.URL || rec.BlockDigest != warc.Matches || rec.Length != e.Length {
				t.Errorf("%s: got %s, %v", e.URL, rec.TargetURI(), err)
			}
			if err := c.Close(); err != nil {
				t.Error(err)
			}
			for what, change := range map[string]func(*wacz.Entry){
				"another address": func(e *wacz.Entry) { e.URL += "x" },
				"another place":   func(e *wacz.Entry) { e.Offset++ },
				"behind the end":  func(e *wacz.Entry) { e.Offset = 1 << 40 },
				"before the file": func(e *wacz.Entry) { e.Offset = -1 },
				"another file":    func(e *wacz.Entry) { e.File = "other.warc.gz" },
			} {
				astray := e
				change(&astray)
				if rec, _, err := a.Record(astray); !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s: got %v, %v", what, rec, err)
				}
			}
		}
		return nil
	}, nil)
	if err != nil || count != 4 {
		t.Errorf("%d entries, %v", count, err)
	}
}

// TestSigned signs an archive, twice with the same bytes, which are those of the file in testdata.
func TestSigned(t *testing.T) {
	opts := options()
	opts.Key = key(t, elliptic.P384())
	file := build(t, opts)
	golden := filepath.Join("testdata", "signed.wacz")
	if *update {
		if err := os.WriteFile(golden, file, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(golden)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(file, want) {
		t.Errorf("the archive is not %s; make golden if that is meant", golden)
	}
	if !bytes.Equal(file, build(t, opts)) {
		t.Error("the same archive has other bytes")
	}
	r, kinds := verify(t, file)
	if kinds != nil || r.Signature == nil || r.Signature.Err != nil || r.Signature.Domain != "" || len(r.Signature.Key) != 64 || r.Signature.Software != "samizdat-press 1" {
		t.Errorf("the report is %+v with signature %+v", r, r.Signature)
	}
	opts.Key = key(t, elliptic.P256())
	var b bytes.Buffer
	w, err := wacz.NewWriter(&b, opts)
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(w.AddWARC("a.warc.gz", bytes.NewReader(evidence(t))), w.AddPage(wacz.Page{URL: page, Time: captured})); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err == nil {
		t.Error("a key of another curve is no error")
	}
}

// TestWriterRefuses what would make an archive that breaks the rules.
func TestWriterRefuses(t *testing.T) {
	if _, err := wacz.NewWriter(io.Discard, wacz.Options{}); err == nil {
		t.Error("an archive without a time is no error")
	}
	w, err := wacz.NewWriter(io.Discard, options())
	if err != nil {
		t.Fatal(err)
	}
	sound := evidence(t)
	for name, err := range map[string]error{
		"closed while empty":   w.Close(),
		"a WARC in a folder":   w.AddWARC("a/b.warc.gz", bytes.NewReader(sound)),
		"a WARC without a dot": w.AddWARC("warc", bytes.NewReader(sound)),
		"no WARC":              w.AddWARC("a.warc.gz", strings.NewReader("text")),
		"a damaged WARC":       w.AddWARC("a.warc.gz", bytes.NewReader(sound[:len(sound)-9])),
		"a file in archive":    w.AddFile("archive/x", strings.NewReader("x")),
		"a file above":         w.AddFile("../x", strings.NewReader("x")),
		"another package":      w.AddFile("datapackage.json", strings.NewReader("x")),
		"a page without time":  w.AddPage(wacz.Page{URL: page}),
		"a page without URL":   w.AddPage(wacz.Page{Time: captured}),
	} {
		if err == nil {
			t.Errorf("%s is no error", name)
		}
	}
	if err := w.AddWARC("a.warc.gz", bytes.NewReader(sound)); err != nil {
		t.Error(err)
	}
	if err := w.AddWARC("a.warc.gz", bytes.NewReader(sound)); err == nil {
		t.Error("two files of one name are no error")
	}
}
