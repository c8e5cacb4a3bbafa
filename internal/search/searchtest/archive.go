package searchtest

import (
	"bytes"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/search"
	"samizdat/internal/zim"
)

// Page is a page of an archive that [Archive] makes.
type Page struct {
	Path, Language, Section, Title string
	Text                           string // as HTML
}

// Archive writes an archive of that name, with an index as opts says, or without one if opts is nil, and returns its file.
// The first page is the main page.
func Archive(t testing.TB, name string, pages []Page, opts *search.IndexOptions) string {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), name))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	x := search.NewIndexer(opts)
	defer x.Close()
	for _, p := range pages {
		html := "<!DOCTYPE html><html><head><title>" + p.Title + "</title></head><body><p>" + p.Text + "</p></body></html>"
		if err := w.Add(zim.Header{Path: p.Path, Title: p.Title, MIMEType: "text/html", FrontArticle: true, Size: -1}, strings.NewReader(html)); err != nil {
			t.Fatal(err)
		}
		text := search.ReadHTML([]byte(html))
		if err := x.Add(x.Prepare(search.Entry{Path: p.Path, Title: p.Title, Front: true, Page: &text, Language: p.Language, Section: p.Section})); err != nil {
			t.Fatal(err)
		}
	}
	if opts != nil {
		fulltext, title, err := x.Databases()
		if err != nil {
			t.Fatal(err)
		}
		for path, db := range map[string]io.WriterTo{search.FulltextPath: fulltext, search.TitlePath: title} {
			var b bytes.Buffer
			if _, err := db.WriteTo(&b); err != nil {
				t.Fatal(err)
			}
			if err := w.Add(zim.Header{Namespace: zim.NamespaceIndex, Path: path, MIMEType: search.DatabaseType, Store: true, Size: int64(b.Len())}, &b); err != nil {
				t.Fatal(err)
			}
		}
	}
	for _, m := range [][2]string{{"Title", "Archive " + name}, {"Language", "eng"}, {"Name", name}, {"Date", "2022-01-06"}} {
		if err := w.AddMetadata(m[0], []byte(m[1])); err != nil {
			t.Fatal(err)
		}
	}
	w.SetMainPage(pages[0].Path)
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return f.Name()
}

// Open opens an archive until the test ends.
func Open(t testing.TB, name string) *zim.Reader {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zim.NewReader(f, info.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return z
}
