package imports_test

import (
	"bytes"
	"encoding/base64"
	"errors"
	"io"
	"net/url"
	"regexp"
	"strings"
	"testing"

	"samizdat/internal/capture"
	"samizdat/internal/fetch"
	"samizdat/internal/imports"
	"samizdat/internal/imports/importstest"
	"samizdat/internal/snapshot"
)

var laid = regexp.MustCompile(`http://saved\.invalid/data/[0-9a-f]{32}`)

// FuzzInside puts a thing into a page, in an attribute and in a style, in base 64 and in percent signs, and gets it back byte by byte.
func FuzzInside(f *testing.F) {
	f.Add("image/png", importstest.PNG, "alt text")
	f.Add("text/css", []byte("a{background:url(data:,x)}"), `"quotes'`)
	f.Add("font/woff2", []byte{0, 0xff, '"', '\''}, "<b>")
	f.Fuzz(func(t *testing.T, kind string, data []byte, words string) {
		if len(data) == 0 || strings.Trim(kind, "abcdefghijklmnopqrstuvwxyz/0123456789") != "" || kind == "" || strings.Contains(kind, "html") || kind == "text/css" {
			return // pages and styles are rewritten themselves
		}
		for _, ref := range []string{
			"data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(data),
			"data:" + kind + "," + strings.ReplaceAll(url.QueryEscape(string(data)), "+", "%20"),
		} {
			for _, page := range []string{`<p title="` + strings.ReplaceAll(words, `"`, "") + `"><img src="` + ref + `">`, `<style>a{background:url("` + ref + `")}</style>`, `<p style='background:url(` + ref + `)'>`} {
				s, err := imports.SingleFile(t.Context(), t.TempDir(), "page.html", strings.NewReader(page), int64(len(page)), importstest.At, importstest.URL)
				if err != nil {
					t.Fatal(err)
				}
				if got := content(t, s, laid.FindString(string(content(t, s, importstest.URL)))); !bytes.Equal(got, data) {
					t.Errorf("%q in %q came back as %q", data, page, got)
				}
			}
		}
	})
}

// content gets what is at an address of a saved page.
func content(t *testing.T, get capture.Getter, ref string) []byte {
	t.Helper()
	x, err := get.Get(t.Context(), ref, fetch.Requisite)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	b, err := io.ReadAll(x.Final().Body())
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// run captures what may be a page. Whatever the file is, what is made is inert, or there is an error that says why not.
func run(t *testing.T, s *imports.Saved, err error) {
	t.Helper()
	if err != nil {
		return
	}
	if _, _, err := captured(t, s, s.Page.URL, s.Keep); errors.Is(err, snapshot.ErrNotInert) {
		t.Error(err)
	}
}

// FuzzMHTML reads MHTML files.
func FuzzMHTML(f *testing.F) {
	f.Add(importstest.MHTML())
	f.Add([]byte("MIME-Version: 1.0\nSnapshot-Content-Location: http://a/\nContent-Type: multipart/related; boundary=b\n\n--b\nContent-Type: text/html\n\n<iframe src=cid:x>\n--b\nContent-ID: <x>\nContent-Type: text/html\n\n<iframe src=cid:x>\n--b--"))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := imports.MHTML(t.Context(), t.TempDir(), "a.mhtml", bytes.NewReader(data), int64(len(data)), importstest.At, importstest.URL)
		run(t, s, err)
	})
}

// FuzzSingleFile reads pages of SingleFile.
func FuzzSingleFile(f *testing.F) {
	f.Add(importstest.SingleFile())
	f.Add([]byte(`<iframe srcdoc="<iframe srcdoc='<p>a'>"><style>@import 'data:text/css,@import "data:,"'`))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := imports.SingleFile(t.Context(), t.TempDir(), "a.html", bytes.NewReader(data), int64(len(data)), importstest.At, importstest.URL)
		run(t, s, err)
	})
}

// FuzzArchive reads WARC files; each page that is listed is captured, or there is an error that says why not.
func FuzzArchive(f *testing.F) {
	f.Add([]byte(strings.Join(importstest.Records(), "")))
	f.Add(importstest.Gzip(importstest.Records()[:3]...))
	f.Fuzz(func(t *testing.T, data []byte) {
		a := imports.NewArchives(imports.Options{Dir: t.TempDir(), Most: 1 << 20, Damaged: true})
		defer a.Close()
		if _, err := a.AddWARC(t.Context(), "a.warc", bytes.NewReader(data), int64(len(data))); err != nil {
			return
		}
		for _, p := range a.Pages() {
			g := a.Getter(p)
			if _, _, err := captured(t, g, p.URL, g.Keep); errors.Is(err, snapshot.ErrNotInert) {
				t.Error(err)
			}
		}
	})
}
