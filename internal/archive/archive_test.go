package archive_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/zim"
)

// build is a small archive with title in it.
func build(t testing.TB, title string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "built")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(zim.Header{Path: "index.html", Title: title, MIMEType: "text/html", FrontArticle: true}, strings.NewReader(title)); err != nil {
		t.Fatal(err)
	}
	w.SetMainPage("index.html")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// carrier is a file that looks like a program with members behind it.
func carrier(t testing.TB, member string, data []byte) []byte {
	t.Helper()
	var z bytes.Buffer
	w := zip.NewWriter(&z)
	m, err := w.CreateHeader(&zip.FileHeader{Name: member})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := m.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return append(append([]byte("\x7fELF"), make([]byte, 200)...), z.Bytes()...)
}

// folder writes files into a new folder.
func folder(t testing.TB, files map[string][]byte) string {
	t.Helper()
	dir := t.TempDir()
	for name, b := range files {
		if err := os.WriteFile(filepath.Join(dir, name), b, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

func embedded(b []byte) func() (io.ReaderAt, int64, string, bool) {
	return func() (io.ReaderAt, int64, string, bool) {
		return bytes.NewReader(b), int64(len(b)), "dossier.zim", b != nil
	}
}

// title is what the first article of s is called.
func title(t testing.TB, s *archive.Source) string {
	t.Helper()
	e, err := s.Zim.Content("index.html")
	if err != nil {
		t.Fatal(err)
	}
	return e.Title()
}

// The order is argument, tail, compiled in, beside; and only what travels in the program is ours.
func TestOrder(t *testing.T) {
	dir := folder(t, map[string][]byte{
		"bare":       append([]byte("\x7fELF"), make([]byte, 200)...),
		"carrier":    carrier(t, "dossier.zim", build(t, "tail")),
		"other":      carrier(t, "dossier.zim", build(t, "inside another program")),
		"Beside.ZIM": build(t, "beside"),
		"named":      build(t, "named"),
	})
	inside := build(t, "compiled in")
	for _, c := range []struct {
		name   string
		opts   archive.Options
		title  string
		origin archive.Origin
		ours   bool
		book   string
	}{
		{"argument", archive.Options{Paths: []string{"named"}, Executable: "carrier", Embedded: embedded(inside)}, "named", archive.Argument, false, "named"},
		{"argument with an archive inside", archive.Options{Paths: []string{"other"}, Executable: "carrier"}, "inside another program", archive.Argument, false, "dossier"},
		{"tail", archive.Options{Executable: "carrier", Embedded: embedded(inside)}, "tail", archive.Tail, true, "dossier"},
		{"compiled in", archive.Options{Executable: "bare", Embedded: embedded(inside)}, "compiled in", archive.Embedded, true, "dossier"},
		{"beside", archive.Options{Executable: "bare", Embedded: embedded(nil)}, "beside", archive.Beside, false, "beside"},
	} {
		for i, p := range c.opts.Paths {
			c.opts.Paths[i] = filepath.Join(dir, p)
		}
		c.opts.Executable = filepath.Join(dir, c.opts.Executable)
		found, err := archive.Find(c.opts)
		if err != nil {
			t.Errorf("%s: %v", c.name, err)
			continue
		}
		s := found[0]
		if len(found) != 1 || title(t, s) != c.title || s.Origin != c.origin || s.Ours != c.ours || s.Name != c.book {
			t.Errorf("%s: %d found, first %q %v ours=%v %q", c.name, len(found), title(t, s), s.Origin, s.Ours, s.Name)
		}
		if s.File != nil { // the archive begins at Offset of File
			var magic [4]byte
			if _, err := s.File.ReadAt(magic[:], s.Offset); err != nil || string(magic[:]) != "ZIM\x04" {
				t.Errorf("%s: at offset %d of the file lies %q, %v", c.name, s.Offset, magic, err)
			}
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: close: %v", c.name, err)
		}
	}
}

// Several beside the program are all found, in order; broken ones are named and cost nobody else.
func TestShelf(t *testing.T) {
	whole := build(t, "d")
	parts := [][]byte{whole[:1000], whole[1000:]}
	dir := folder(t, map[string][]byte{
		"samizdat":   append([]byte("\x7fELF"), make([]byte, 200)...),
		"b.zim":      build(t, "b"),
		"a b.zim":    build(t, "space"),
		"a_b.zim":    build(t, "line"),
		"._a.zim":    []byte("AppleDouble"),
		"broken.zim": []byte("ZIM\x04, cut short"),
		"c.zimaa":    []byte("part"),
		"d.zimaa":    parts[0],
		"d.zimab":    parts[1],
		"b.zimaa":    []byte("of b.zim, which is there"),
		"notes.txt":  []byte("not an archive"),
	})
	if err := os.Mkdir(filepath.Join(dir, "folder.zim"), 0o700); err != nil {
		t.Fatal(err)
	}
	var skipped []string
	found, err := archive.Find(archive.Options{
		Executable: filepath.Join(dir, "samizdat"),
		Skip: func(path string, err error) {
			skipped = append(skipped, filepath.Base(path))
			if err == nil {
				t.Errorf("%s skipped without a reason", path)
			}
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, s := range found {
		names = append(names, s.Name+"="+title(t, s))
		s.Close()
	}
	if got, want := strings.Join(names, " "), "a_b=space a_b-2=line b=b d=d"; got != want {
		t.Errorf("found %s, want %s", got, want)
	}
	if got, want := strings.Join(skipped, " "), "broken.zim c.zimaa"; got != want {
		t.Errorf("skipped %s, want %s", got, want)
	}
}

func TestNone(t *testing.T) {
	dir := folder(t, map[string][]byte{"samizdat": append([]byte("\x7fELF"), make([]byte, 200)...)})
	_, err := archive.Find(archive.Options{Executable: filepath.Join(dir, "samizdat")})
	if !errors.Is(err, archive.ErrNone) {
		t.Fatalf("got %v", err)
	}
	for _, place := range []string{"nothing rides behind " + filepath.Join(dir, "samizdat"), "nothing is compiled in", "no *.zim beside it in " + dir} {
		if !strings.Contains(err.Error(), place) {
			t.Errorf("%q does not name %q", err, place)
		}
	}
	// A program that cannot be read may still find something compiled in.
	found, err := archive.Find(archive.Options{Executable: filepath.Join(dir, "gone"), Embedded: embedded(build(t, "compiled in"))})
	if err != nil || len(found) != 1 {
		t.Errorf("unreadable program: %v, %v", found, err)
	}
}

func TestErrors(t *testing.T) {
	whole := build(t, "whole")
	dir := folder(t, map[string][]byte{
		"text.txt": []byte("Dear reader, this is a letter and no archive, and it is longer than a header of eighty bytes."),
		"cut.zim":  whole[:len(whole)/2],
		"program":  append([]byte("\x7fELF"), make([]byte, 200)...),
		"empty":    nil,
		"good.zim": whole,
		"packed":   carrier(t, "other.zim", whole),
	})
	for _, c := range []struct {
		path string
		want error
	}{
		{"gone.zim", fs.ErrNotExist},
		{"text.txt", archive.ErrNotZIM},
		{"empty", archive.ErrNotZIM},
		{"program", archive.ErrNotZIM},
		{"packed", archive.ErrNotZIM},
		{".", archive.ErrNotFile},
	} {
		path := filepath.Join(dir, c.path)
		found, err := archive.Find(archive.Options{Paths: []string{filepath.Join(dir, "good.zim"), path}})
		if !errors.Is(err, c.want) || found != nil {
			t.Errorf("%s: %v, %v; want %v", c.path, found, err, c.want)
		}
		if err != nil && !strings.Contains(err.Error(), strings.TrimSuffix(path, ".")) {
			t.Errorf("%s: %q does not name the file", c.path, err)
		}
	}
	_, err := archive.Find(archive.Options{Paths: []string{filepath.Join(dir, "cut.zim")}})
	var f *zim.FormatError
	if !errors.As(err, &f) || errors.Is(err, archive.ErrNotZIM) {
		t.Errorf("cut.zim: %v; want a FormatError", err)
	}
	// What travels in the program must be whole: nothing else is shown in its place.
	broken := filepath.Join(folder(t, map[string][]byte{"program": carrier(t, "dossier.zim", whole[:100]), "good.zim": whole}), "program")
	if _, err := archive.Find(archive.Options{Executable: broken, Embedded: embedded(whole)}); !errors.As(err, &f) {
		t.Errorf("broken tail: %v; want a FormatError", err)
	}
	if _, err := archive.Find(archive.Options{Embedded: embedded(whole[:100])}); !errors.As(err, &f) {
		t.Errorf("broken compiled-in archive: %v; want a FormatError", err)
	}
}

func TestBookName(t *testing.T) {
	for file, want := range map[string]string{
		"/home/a/Wikipedia_ru_all.zim": "wikipedia_ru_all",
		`C:\books\My Book.ZIM`:         "my_book",
		"c++.zimaa":                    "cplusplus",
		"Café Ёлка й.zim":              "cafe_елка_и",
		"Cafe\u0301.zim":               "cafe",
		"a.zim.zim":                    "a.zim",
		"a.zim.txt":                    "a.zim.txt",
		".zim":                         "archive",
		"..":                           "archive",
		"a\nb\xff.zim":                 "ab",
	} {
		if got := archive.BookName(file); got != want {
			t.Errorf("BookName(%q) = %q, want %q", file, got, want)
		}
	}
}
