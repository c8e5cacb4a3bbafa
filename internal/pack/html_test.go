package pack_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"samizdat/internal/judge"
	"samizdat/internal/pack"
	"samizdat/internal/search/searchtest"
	"samizdat/internal/zim"
)

// picture is a PNG with sides of the given number of pixels.
func picture(t *testing.T, side int) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func exampleMetadata() pack.HTMLMetadata {
	return pack.HTMLMetadata{
		Welcome: "index.html", Illustration: "icon.png", Language: "rus", Name: "example_ru_all", Title: "Пример",
		Description: "Страницы для пробы", Creator: "Кто-то", Publisher: "samizdat", Date: "2026-11-23", Tags: "one;two",
	}
}

func exampleSite(t *testing.T) fstest.MapFS {
	file := func(s string) *fstest.MapFile { return &fstest.MapFile{Data: []byte(s), Mode: 0o644} }
	return fstest.MapFS{
		"index.html": file(`<!DOCTYPE html><meta charset=utf-8><title>Начало</title><link rel=stylesheet href=style.css>
<a href="guide/">guide</a> <a href="missing.html">gone</a>
<img src="icon.png" srcset="icon.png 1x, gone@2x.png 2x"><a href="/abs.html">abs</a>`),
		"guide/index.html": file(`<meta charset="windows-1251"><title>` + "\xcf\xf3\xf2\xfc" + `</title><a href="../index.html#x">back</a><a href="../../out.html">out</a>`),
		"style.css":        file("body{color:black}"),
		"empty.css":        file(""),
		"notes":            file("Просто текст\n"),
		"readme.txt":       file("Ещё текст\n"),
		"icon.png":         &fstest.MapFile{Data: picture(t, 48), Mode: 0o644},
		"video.mp4":        file(strings.Repeat("not really a video ", 1000)),
		"с пробелом.html":  file(`<p>no title`),
	}
}

// packHTML packs a folder and returns the archive and the report.
func packHTML(t *testing.T, dir fs.FS, meta pack.HTMLMetadata, opts *pack.Options) (string, *pack.Report) {
	t.Helper()
	name := filepath.Join(t.TempDir(), "site.zim")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	report, err := pack.HTML(t.Context(), dir, meta, f, opts)
	if err != nil {
		t.Fatal(err)
	}
	return name, report
}

func TestHTMLHoldsEveryFile(t *testing.T) {
	site := exampleSite(t)
	name, report := packHTML(t, site, exampleMetadata(), nil)
	r := searchtest.Open(t, name)
	for path, file := range site {
		e, err := r.Content(path)
		if path == "empty.css" {
			if !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s: error %v, want fs.ErrNotExist", path, err)
			}
			continue
		}
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if b, err := e.ReadAll(1 << 20); err != nil || !bytes.Equal(b, file.Data) {
			t.Errorf("%s: other bytes, %v", path, err)
		}
	}
	if want := []string{"empty.css: empty; left out"}; !slices.Equal(report.Notes, want) {
		t.Errorf("notes %q, want %q", report.Notes, want)
	}
	for path, want := range map[string][2]string{ // title, type
		"index.html":       {"Начало", "text/html"},
		"guide/index.html": {"Путь", "text/html"},
		"с пробелом.html":  {"с пробелом.html", "text/html"},
		"notes":            {"notes", "text/plain;charset=utf-8"},
		"readme.txt":       {"readme.txt", "text/plain;charset=utf-8"},
		"style.css":        {"style.css", "text/css"},
		"video.mp4":        {"video.mp4", "video/mp4"},
	} {
		e, err := r.Content(path)
		if err != nil {
			t.Errorf("%s: %v", path, err)
			continue
		}
		if e.Title() != want[0] || e.MIMEType() != want[1] {
			t.Errorf("%s: title %q and type %q, want %q", path, e.Title(), e.MIMEType(), want)
		}
	}
	if n := r.ArticleCount(); n != 3 {
		t.Errorf("%d front articles, want 3", n)
	}
	folder, err := r.Content("guide/")
	if err != nil {
		t.Fatal(err)
	}
	if page, err := folder.Resolve(); err != nil || page.Path() != "guide/index.html" {
		t.Errorf("guide/ leads to %s, %v", page.Path(), err)
	}
	if b, err := r.Metadata("Tags"); err != nil || string(b) != "one;two" {
		t.Errorf("tags %q, %v", b, err)
	}
}

func TestDeadLinks(t *testing.T) {
	_, report := packHTML(t, exampleSite(t), exampleMetadata(), nil)
	var got []string
	for _, d := range report.Dead {
		got = append(got, fmt.Sprintf("%s:%d: %s: %s", d.File, d.Line, d.Target, d.Reason))
	}
	want := []string{
		"guide/index.html:1: ../../out.html: leads out of the folder",
		"index.html:2: missing.html: no such file",
		"index.html:3: gone@2x.png: no such file",
		"index.html:3: /abs.html: begins with a slash; only relative links work inside an archive",
	}
	if !slices.Equal(got, want) {
		t.Errorf("dead links\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// TestHTMLSameBytes packs two copies of a folder, written in different orders at different times, with one worker and
// with many.
func TestHTMLSameBytes(t *testing.T) {
	one, other := t.TempDir(), t.TempDir()
	for name, file := range exampleSite(t) {
		to := filepath.Join(one, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, file.Data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for i := range 300 { // enough for the goroutines to overtake each other
		page := fmt.Sprintf("<title>%d</title><a href=%d.html>x</a>%s", i, i*7%310, strings.Repeat("text ", i*i%4000))
		if err := os.WriteFile(filepath.Join(one, fmt.Sprintf("%d.html", i)), []byte(page), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	copyTree(t, other, one, true, time.Date(2001, 1, 1, 0, 0, 0, 0, time.UTC))
	a, first := packHTML(t, os.DirFS(one), exampleMetadata(), &pack.Options{Workers: 1})
	b, second := packHTML(t, os.DirFS(other), exampleMetadata(), &pack.Options{Workers: 8})
	if !bytes.Equal(readFile(t, a), readFile(t, b)) {
		t.Error("the archives differ")
	}
	if !slices.Equal(first.Dead, second.Dead) || len(first.Dead) < 10 {
		t.Errorf("%d and %d dead links, want the same 10 or more", len(first.Dead), len(second.Dead))
	}
}

func TestEveryFaultOfTheMetadata(t *testing.T) {
	site := exampleSite(t)
	site["big.png"] = &fstest.MapFile{Data: picture(t, 49)}
	f, err := os.Create(filepath.Join(t.TempDir(), "x.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = pack.HTML(t.Context(), site, pack.HTMLMetadata{
		Welcome: "missing.html", Illustration: "big.png", Language: "ru", Title: "T", Description: "D", Creator: "C", Date: "2026-02-30",
	}, f, nil)
	if err == nil {
		t.Fatal("no error")
	}
	for _, want := range []string{"Welcome", "Illustration: big.png has 49 × 49", "Language", "Publisher: missing", "Name: missing", "Date"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("error %q does not tell of %s", err, want)
		}
	}
}

// TestSymbolicLinks packs what a link inside the folder leads to, and nothing from outside.
func TestSymbolicLinks(t *testing.T) {
	outside, dir := t.TempDir(), t.TempDir()
	if err := os.WriteFile(filepath.Join(outside, "secret.html"), []byte("<title>secret</title>"), 0o644); err != nil {
		t.Fatal(err)
	}
	for name, file := range exampleSite(t) {
		to := filepath.Join(dir, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(to), 0o755), os.WriteFile(to, file.Data, 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	for name, target := range map[string]string{
		"inside.html": "index.html", "leak.html": filepath.Join(outside, "secret.html"), "folder": "guide", "broken.html": "nothing",
	} {
		if err := os.Symlink(target, filepath.Join(dir, name)); err != nil {
			judge.Missing(t, "no symbolic links here: "+err.Error())
		}
	}
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	name, report := packHTML(t, root.FS(), exampleMetadata(), nil)
	r := searchtest.Open(t, name)
	if _, err := r.Content("inside.html"); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"leak.html", "folder/index.html", "broken.html"} {
		if _, err := r.Content(path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s: error %v, want fs.ErrNotExist", path, err)
		}
	}
	if bytes.Contains(readFile(t, name), []byte("secret")) {
		t.Error("a file from outside the folder is in the archive")
	}
	if len(report.Notes) != 4 {
		t.Errorf("notes %q, want one for each link that was left out and for the empty file", report.Notes)
	}
}

// TestHTMLCancelled ends in the middle; all goroutines must be gone, or the race detector and the test's end will tell.
func TestHTMLCancelled(t *testing.T) {
	site := exampleSite(t)
	for i := range 100 {
		site[fmt.Sprintf("%d.html", i)] = &fstest.MapFile{Data: []byte("<title>x</title>")}
	}
	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	f, err := os.Create(filepath.Join(t.TempDir(), "x.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	steps := 0
	_, err = pack.HTML(ctx, site, exampleMetadata(), f, &pack.Options{Workers: 3, Progress: func(done, total int64) {
		if steps++; steps == 5 {
			cancel()
		}
	}})
	if !errors.Is(err, context.Canceled) {
		t.Errorf("error %v, want context.Canceled", err)
	}
	if steps > 5 {
		t.Errorf("%d files were written after the end", steps-5)
	}
}

// TestLargeFilesAreRead packs a page and a text that are too large to be held.
func TestLargeFilesAreRead(t *testing.T) {
	site := exampleSite(t)
	site["large.html"] = &fstest.MapFile{Data: []byte("<title>Large</title>" + strings.Repeat("<p>words and words\n", 200_000) + "<a href=no.html>x</a>")}
	site["large.csv"] = &fstest.MapFile{Data: []byte(strings.Repeat("1,2,3\n", 500_000))}
	name, report := packHTML(t, site, exampleMetadata(), nil)
	r := searchtest.Open(t, name)
	for _, path := range []string{"large.html", "large.csv"} {
		e, err := r.Content(path)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := e.ReadAll(64 << 20); err != nil || !bytes.Equal(b, site[path].Data) {
			t.Errorf("%s: other bytes, %v", path, err)
		}
	}
	found := false
	for _, d := range report.Dead {
		found = found || d.File == "large.html" && d.Target == "no.html" && d.Line == 200_001
	}
	if !found {
		t.Errorf("the dead link at the end of large.html is not among %v", report.Dead)
	}
}

// TestHugePage packs a page that is looked through in part only.
func TestHugePage(t *testing.T) {
	site := exampleSite(t)
	link := "<a href=no.html>x</a>"
	huge := []byte("<title>Huge</title>" + link + strings.Repeat("words and words\n", 65<<16) + link)
	site["huge.html"] = &fstest.MapFile{Data: huge}
	name, report := packHTML(t, site, exampleMetadata(), nil)
	e, err := searchtest.Open(t, name).Content("huge.html")
	if err != nil {
		t.Fatal(err)
	}
	if e.Title() != "Huge" {
		t.Errorf("title %q, want %q", e.Title(), "Huge")
	}
	if b, err := e.ReadAll(int64(len(huge))); err != nil || !bytes.Equal(b, huge) {
		t.Errorf("other bytes, %v", err)
	}
	var lines []int
	for _, d := range report.Dead {
		if d.File == "huge.html" {
			lines = append(lines, d.Line)
		}
	}
	if !slices.Equal(lines, []int{1}) {
		t.Errorf("dead links in the lines %v, want that of the beginning only", lines)
	}
	if !slices.ContainsFunc(report.Notes, func(n string) bool { return strings.HasPrefix(n, "huge.html: larger than 64 MiB") }) {
		t.Errorf("no note about the page among %q", report.Notes)
	}
}

func TestHTMLZimcheck(t *testing.T) {
	zimcheck := judge.Tool(t, "zimcheck", "zim-tools")
	site := exampleSite(t)
	site["index.html"].Data = []byte(`<title>Начало</title><link rel=stylesheet href=style.css><a href="guide/">guide</a><img src="icon.png">`)
	site["guide/index.html"].Data = []byte(`<title>Путь</title><a href="../index.html#x">back</a>`)
	name, report := packHTML(t, site, exampleMetadata(), nil)
	if len(report.Dead) > 0 {
		t.Errorf("dead links %v", report.Dead)
	}
	if out := output(t, zimcheck, "-A", name); strings.Contains(out, "[ERROR]") {
		t.Errorf("zimcheck says:\n%s", out)
	}
}

// TestFaultyArchive gives metadata that only the final check knows to be wrong: a long description shorter than the
// short one.
func TestFaultyArchive(t *testing.T) {
	meta := exampleMetadata()
	meta.LongDescription = "x"
	f, err := os.Create(filepath.Join(t.TempDir(), "x.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = pack.HTML(t.Context(), exampleSite(t), meta, f, nil)
	var faulty *pack.FaultyError
	if !errors.As(err, &faulty) || len(faulty.Problems) == 0 || faulty.Problems[0].Severity != zim.Error {
		t.Errorf("error %v, want a FaultyError", err)
	}
}

// TestLengthsBeforeTheWork names every text that is too long before the folder is read.
func TestLengthsBeforeTheWork(t *testing.T) {
	meta := exampleMetadata()
	meta.Title, meta.Description = strings.Repeat("слишком длинно ", 10), strings.Repeat("x", 81)
	f, err := os.Create(filepath.Join(t.TempDir(), "x.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	_, err = pack.HTML(t.Context(), exampleSite(t), meta, f, nil)
	var fault *pack.MetadataError
	if !errors.As(err, &fault) || !strings.Contains(err.Error(), "Title: 150 characters") || !strings.Contains(err.Error(), "Description: 81 characters") {
		t.Errorf("error %v, want one that names Title and Description", err)
	}
}

// TestHiddenFilesStayOut: what begins with a dot was not meant for readers.
func TestHiddenFilesStayOut(t *testing.T) {
	site := fstest.MapFS{
		"index.html": {Data: []byte("<title>x</title>")}, "icon.png": {Data: picture(t, 48)},
		".git/config": {Data: []byte("secret")}, ".env": {Data: []byte("secret")}, "a/.htpasswd": {Data: []byte("secret")},
	}
	meta := exampleMetadata()
	meta.Welcome, meta.Illustration = "index.html", "icon.png"
	f, err := os.Create(filepath.Join(t.TempDir(), "x.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, err := pack.HTML(t.Context(), site, meta, f, nil); err != nil {
		t.Fatal(err)
	}
	r := searchtest.Open(t, f.Name())
	for e, err := range r.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if strings.Contains(e.Path(), ".git") || strings.Contains(e.Path(), ".env") || strings.Contains(e.Path(), "htpasswd") {
			t.Errorf("the archive has %s", e.Path())
		}
	}
}
