package compile_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

	"samizdat/internal/compile"
	"samizdat/internal/dossier"
)

// load loads a dossier that must be without fault.
func load(t *testing.T, fsys fs.FS) *dossier.Dossier {
	t.Helper()
	d, err := dossier.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

func compiled(t *testing.T, fsys fs.FS) *compile.Archive {
	t.Helper()
	a, err := compile.Dossier(load(t, fsys), nil)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// bundle is the project's own dossier.
func bundle() fs.FS { return os.DirFS("../../bundle") }

// altered is the template of a new dossier with some files replaced.
func altered(t *testing.T, files map[string]string) fs.FS {
	t.Helper()
	m := fstest.MapFS{}
	template := dossier.Template()
	err := fs.WalkDir(template, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(template, name)
		m[name] = &fstest.MapFile{Data: b, Mode: 0o644}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for name, content := range files {
		m[name] = &fstest.MapFile{Data: []byte(content), Mode: 0o644}
	}
	return m
}

func content(t *testing.T, e *compile.Entry) []byte {
	t.Helper()
	if e.Data != nil {
		return e.Data
	}
	r, err := e.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

func entry(t *testing.T, a *compile.Archive, path string) *compile.Entry {
	t.Helper()
	for i := range a.Entries {
		if a.Entries[i].Path == path {
			return &a.Entries[i]
		}
	}
	t.Fatalf("no entry %s", path)
	return nil
}

// language returns the language in the name of a page; empty for pages in the main one, and for what is no page.
func language(path string) string {
	parts := strings.Split(path, ".")
	if len(parts) == 3 && parts[2] == "html" {
		return parts[1]
	}
	return ""
}

func TestTemplateCompiles(t *testing.T) {
	a := compiled(t, dossier.Template())
	if len(a.Entries) < 10 {
		t.Errorf("%d entries, want the pages of a dossier", len(a.Entries))
	}
	entry(t, a, a.MainPage)
}

func TestEveryEntryHasWhatItSays(t *testing.T) {
	a := compiled(t, bundle())
	for i := range a.Entries {
		e := &a.Entries[i]
		later := language(e.Path) != "" // made when it is opened, so that not all are in memory at once
		if b := content(t, e); int64(len(b)) != e.Size && !later || len(b) == 0 || later != (e.Size == 0) {
			t.Errorf("%s has %d bytes and says %d", e.Path, len(b), e.Size)
		}
		if e.MIMEType == "" {
			t.Errorf("%s has no type", e.Path)
		}
	}
}

func TestTwiceTheSame(t *testing.T) {
	a, b := compiled(t, bundle()), compiled(t, bundle())
	if len(a.Entries) != len(b.Entries) {
		t.Fatalf("%d and %d entries", len(a.Entries), len(b.Entries))
	}
	for i := range a.Entries {
		if a.Entries[i].Path != b.Entries[i].Path || !bytes.Equal(content(t, &a.Entries[i]), content(t, &b.Entries[i])) {
			t.Errorf("entry %d: %s and %s differ", i, a.Entries[i].Path, b.Entries[i].Path)
		}
	}
}

func TestFrontArticles(t *testing.T) {
	a := compiled(t, bundle())
	notFront := []string{"check.html", "outside.html", "search.html", "share.html"}
	for _, e := range a.Entries {
		want := e.MIMEType == "text/html" && !slices.Contains(notFront, e.Path) && language(e.Path) == ""
		if e.Front != want {
			t.Errorf("%s: front article %v, want %v", e.Path, e.Front, want)
		}
		if e.Front && e.Title == "" {
			t.Errorf("%s is listed by title and has none", e.Path)
		}
	}
}

func TestMetadata(t *testing.T) {
	a := compiled(t, bundle())
	got := map[string]string{}
	for _, m := range a.Metadata {
		got[m.Name] = string(m.Value)
	}
	for name, want := range map[string]string{
		"Creator":   "Autonomous Action and others",
		"Publisher": "samizdat",
		"Language":  "eng",
		"Scraper":   "samizdat-press",
		"X-Edition": "1",
		"X-UI":      "en,ru,kk,fa",
		"Tags":      "_ftindex:no;_category:other;_pictures:no;_videos:no;_details:yes",
	} {
		if got[name] != want {
			t.Errorf("%s = %q, want %q", name, got[name], want)
		}
	}
	for _, name := range []string{"Name", "Title", "Description", "Date", "Illustration_48x48@1"} {
		if got[name] == "" {
			t.Errorf("no %s", name)
		}
	}
	if _, ok := got["X-Languages"]; ok {
		t.Error("X-Languages in an archive of one language")
	}
}

func TestRecords(t *testing.T) {
	d := load(t, bundle())
	a, err := compile.Dossier(d, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, it := range d.Items() {
		var r struct {
			Format                                     int
			ID, Kind, Status, Page, URL, Author, Title string
			TextSHA256                                 string `json:"text_sha256"`
		}
		dec := json.NewDecoder(bytes.NewReader(content(t, entry(t, a, compile.RecordPath(it.ID)))))
		if err := dec.Decode(&r); err != nil {
			t.Errorf("record of %s: %v", it.ID, err)
			continue
		}
		if r.Format != 1 || r.ID != it.ID || r.Kind != string(it.Kind) || r.Status != string(it.Status) || r.URL != it.URL ||
			r.Author != it.Author || r.Title != it.Title {
			t.Errorf("record of %s says %+v", it.ID, r)
		}
		entry(t, a, r.Page)
		want := ""
		if it.Body != nil { // the bundle's statements are plain paragraphs, which Markdown leaves as they are
			sum := sha256.Sum256(it.Body)
			want = hex.EncodeToString(sum[:])
		}
		if r.TextSHA256 != want {
			t.Errorf("record of %s: SHA-256 of the text %q, want %q", it.ID, r.TextSHA256, want)
		}
	}
}

func TestLinksStayInside(t *testing.T) {
	a := compiled(t, altered(t, map[string]string{
		"introduction.md": "See https://example.org/a?b=1&c=2#d and [the same](https://example.org/a?b=1&c=2#d).\n",
	}))
	cover := string(content(t, entry(t, a, "index.html")))
	if strings.Contains(cover, `href="http`) {
		t.Error("the cover links to the net")
	}
	if n := strings.Count(cover, `href="outside.html#`); n != 2 {
		t.Errorf("%d links to outside.html on the cover, want 2", n)
	}
	if list := string(content(t, entry(t, a, "outside.html"))); !strings.Contains(list, "b=1&amp;c=2#d") {
		t.Error("outside.html does not list the address")
	}
}

func TestEveryProblemOfTheTextsIsTold(t *testing.T) {
	d := load(t, altered(t, map[string]string{
		"introduction.md": "First.\n\nSome <b>HTML</b> here.\n\n<div>\nand there\n</div>\n",
	}))
	a, err := compile.Dossier(d, nil)
	var problems dossier.Problems
	if a != nil || !errors.As(err, &problems) {
		t.Fatalf("got %v, %v; want dossier.Problems", a, err)
	}
	lines := map[int]bool{}
	for _, p := range problems {
		if p.File != "introduction.md" || p.Hint == "" {
			t.Errorf("problem %+v", p)
		}
		lines[p.Line] = true
	}
	if !lines[3] || !lines[5] {
		t.Errorf("problems %v, want lines 3 and 5", problems)
	}
}
