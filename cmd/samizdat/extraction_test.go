package main

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"math/bits"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"samizdat/internal/zim"
)

// countingReader counts the bytes that are read.
type countingReader struct {
	io.ReaderAt
	n atomic.Int64
}

func (c *countingReader) ReadAt(p []byte, off int64) (int, error) {
	n, err := c.ReaderAt.ReadAt(p, off)
	c.n.Add(int64(n))
	return n, err
}

// archiveOf writes an archive of pages, added in the order of the list, with the first as its main page.
func archiveOf(t *testing.T, pages [][2]string) []byte {
	t.Helper()
	name := filepath.Join(t.TempDir(), "x.zim")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range pages {
		if err := w.Add(zim.Header{Path: p[0], MIMEType: "text/html", FrontArticle: true}, strings.NewReader(p[1])); err != nil {
			t.Fatal(err)
		}
	}
	w.SetMainPage(pages[0][0])
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return data
}

// extracted is the folder dir after x has written all of an archive.
func extracted(t *testing.T, x *extraction, dir string, z *zim.Reader) map[string]string {
	t.Helper()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	x.root, x.main = root, mainIndex(z)
	last := uint32(0)
	err = x.all(t.Context(), z, func(n uint32) {
		if n != last+1 {
			t.Errorf("progress goes from %d to %d", last, n)
		}
		last = n
	})
	if err != nil || last != z.EntryCount() {
		t.Fatalf("%v after %d of %d entries", err, last, z.EntryCount())
	}
	files := map[string]string{}
	err = filepath.WalkDir(dir, func(path string, d os.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(path)
		rel, _ := filepath.Rel(dir, path)
		files[filepath.ToSlash(rel)] = string(data)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	return files
}

// However paths and clusters lie to each other, each cluster is decoded once, though the memory holds no more than one.
func TestExtractGoesByCluster(t *testing.T) {
	const n = 256
	random := rand.NewChaCha8([32]byte{4})
	pages := make([][2]string, n)
	want := map[string]string{}
	for i := range pages {
		b := make([]byte, 20<<10)
		_, _ = random.Read(b)
		pages[i] = [2]string{fmt.Sprintf("d%d/%03d.html", i%2, bits.Reverse8(uint8(i))), fmt.Sprintf("%x", b)}
		want[pages[i][0]] = pages[i][1]
	}
	data := archiveOf(t, pages)
	c := &countingReader{ReaderAt: bytes.NewReader(data)}
	z, err := zim.NewReader(c, int64(len(data)), &zim.ReaderOptions{Memory: zim.NewMemory(5 << 20)})
	if err != nil {
		t.Fatal(err)
	}
	if z.ClusterCount() < 3 {
		t.Fatalf("%d clusters, want some", z.ClusterCount())
	}
	x := &extraction{}
	if got := extracted(t, x, t.TempDir(), z); !maps.Equal(got, want) {
		t.Errorf("%d files, want %d, or others", len(got), len(want))
	}
	if read := c.n.Load(); read > int64(len(data))*3/2 {
		t.Errorf("%d bytes were read of an archive of %d", read, len(data))
	}
}

// What is told has the order of the paths and the names on the disk.
func TestExtractTellsInOrder(t *testing.T) {
	data := archiveOf(t, [][2]string{{"AC/DC", "main"}, {"z:1", "z"}, {"AC-x", "x"}, {"b:1", "b"}, {"AC", "file"}, {strings.Repeat("y", 300), "y"}, {strings.Repeat("l", 300), "l"}})
	z, err := zim.NewReader(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	x := &extraction{}
	got := extracted(t, x, t.TempDir(), z)
	if want := map[string]string{"AC": "file", "AC%/DC": "main", "AC-x": "x", "b%3A1": "b", "z%3A1": "z"}; !maps.Equal(got, want) {
		t.Errorf("files %v, want %v", got, want)
	}
	if x.mainFile != "AC%/DC" {
		t.Errorf("main page %q, want AC%%/DC", x.mainFile)
	}
	var told []string
	for _, r := range x.renamed {
		told = append(told, r.Path)
	}
	for _, f := range x.failed {
		told = append(told, f.Path[:1])
	}
	if want := []string{"AC/DC", "b:1", "z:1", "l", "y"}; !slices.Equal(told, want) {
		t.Errorf("told %q, want %q", told, want)
	}
}

// With --force entries replace what stood there, and never each other.
func TestForceAndCase(t *testing.T) {
	data := archiveOf(t, [][2]string{{"d/A.html", "upper"}, {"d/a.html", "lower"}})
	z, err := zim.NewReader(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	old := func() string {
		dir := t.TempDir()
		if err := os.Mkdir(filepath.Join(dir, "d"), 0o755); err != nil {
			t.Fatal(err)
		}
		for _, name := range []string{"A.html", "a.html"} {
			if err := os.WriteFile(filepath.Join(dir, "d", name), []byte("old"), 0o644); err != nil {
				t.Fatal(err)
			}
		}
		return dir
	}
	dir := old()
	root, err := os.OpenRoot(dir)
	if err != nil {
		t.Fatal(err)
	}
	defer root.Close()
	folds, err := ignoresCase(root, "d")
	if err != nil {
		t.Fatal(err)
	}
	want := map[string]string{"d/A.html": "upper", "d/a.html": "lower"}
	if folds {
		want = map[string]string{"d/A.html": "upper", "d/a.html%2": "lower"}
	}
	if got := extracted(t, &extraction{force: true}, dir, z); !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	// On a disk that ignores case what stands at a.html is what was written as A.html; here it is pretended to be.
	x := &extraction{force: true, names: writtenNames{folds: map[string]bool{"d": true}}}
	if got := extracted(t, x, old(), z); got["d/A.html"] != "upper" || got["d/a.html%2"] != "lower" {
		t.Errorf("on a disk that ignores case: %v", got)
	}
}

func TestCopyIsCompared(t *testing.T) {
	for _, c := range []struct {
		a, b string
		want bool
	}{
		{"", "", true},
		{"a", "a", true},
		{"a", "b", false},
		{"a", "", false},
		{"", "a", false},
		{strings.Repeat("x", 256<<10), strings.Repeat("x", 256<<10), true},
		{strings.Repeat("x", 256<<10), strings.Repeat("x", 256<<10) + "y", false},
		{strings.Repeat("x", 300<<10), strings.Repeat("x", 300<<10-1) + "y", false},
	} {
		if got, err := equal(strings.NewReader(c.a), strings.NewReader(c.b)); err != nil || got != c.want {
			t.Errorf("%d and %d bytes: %v, %v, want %v", len(c.a), len(c.b), got, err, c.want)
		}
	}
}
