package zim

import (
	"errors"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
)

func TestFS(t *testing.T) {
	a := baseArchive(t)
	for _, path := range []string{"dir/one.html", "dir/two.html", "dir/deep/er/three.html", "dir.html", "both", "both/below.html", "both.txt"} {
		a.item("C/"+path, "", "text/html", 0, []byte("this is "+path))
	}
	hidden := []string{"/abs", "a//b", "dots/../up", "slash/", "index.html/", "invalid/\xff", ".", "./x"}
	for _, path := range hidden {
		a.item("C/"+path, "", "text/html", 0, []byte("hidden"))
	}
	a.sort()
	b, _ := a.build(t)
	fsys := openBytes(t, b, nil).FS()
	want := []string{"index.html", "a.css", "photo.png", "old.html", "dir/one.html", "dir/deep/er/three.html", "dir.html", "both/below.html", "both.txt"}
	if err := fstest.TestFS(fsys, want...); err != nil {
		t.Error(err)
	}
	for _, path := range []string{"both/below.html", "dir/one.html"} {
		if got, err := fs.ReadFile(fsys, path); err != nil || string(got) != "this is "+path {
			t.Errorf("ReadFile(%q) = %q, %v", path, got, err)
		}
	}
	for _, path := range hidden {
		if _, err := fs.Stat(fsys, path); path != "." && err == nil {
			t.Errorf("Stat(%q) found what should be hidden", path)
		}
	}
	for _, path := range []string{"slash", "dots", "invalid", "a", "nowhere", "M", "Title"} {
		if _, err := fs.Stat(fsys, path); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Stat(%q) gave error %v, want fs.ErrNotExist", path, err)
		}
	}
	if st, err := fs.Stat(fsys, "both"); err != nil || !st.IsDir() {
		t.Errorf("Stat(both) = %v, %v, want a directory", st, err)
	}
	names := func(dir string) []string {
		list, err := fs.ReadDir(fsys, dir)
		if err != nil {
			t.Fatal(err)
		}
		var out []string
		for _, e := range list {
			out = append(out, e.Name())
		}
		return out
	}
	if got, want := names("."), []string{"a.css", "both", "both.txt", "dir", "dir.html", "index.html", "old.html", "photo.png", "second.html"}; !slices.Equal(got, want) {
		t.Errorf("ReadDir(.) = %q, want %q", got, want)
	}
	if _, err := fs.ReadDir(fsys, "a.css"); err == nil {
		t.Error("ReadDir of a file gave no error")
	}
}

func TestFSOfOldNamespaces(t *testing.T) {
	b, _ := oldArchive(t).build(t)
	fsys := openBytes(t, b, nil).FS()
	if err := fstest.TestFS(fsys, "A/index.html", "A/old.html", "I/photo.png", "-/a.css"); err != nil {
		t.Error(err)
	}
	for _, name := range []string{"J", "M", "M/Title", "AB", "index.html"} {
		if _, err := fs.Stat(fsys, name); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("Stat(%q) gave error %v, want fs.ErrNotExist", name, err)
		}
	}
}

func TestFilesOfFSAreReaderAts(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	f, err := openBytes(t, b, nil).FS().Open("photo.png")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if _, ok := f.(io.ReaderAt); !ok {
		t.Errorf("%T is no io.ReaderAt", f)
	}
	if _, ok := f.(io.Seeker); !ok {
		t.Errorf("%T is no io.Seeker", f)
	}
}

// TestOverlappingEntriesInAFolder: a few bytes that many pointers name cost a folder no more than the file has.
func TestOverlappingEntriesInAFolder(t *testing.T) {
	const n = 200_000
	a := baseArchive(t)
	a.item("C/aa/../x"+strings.Repeat("y", 5000), "", "text/html", 0, nil) // long, and visible to nobody
	a.sort()
	b, l := a.build(t)
	hidden := int(a.index("C/aa/../x" + strings.Repeat("y", 5000)))
	pointers := make([]byte, 0, 8*n)
	for i := range n {
		from := l.pathPtr + 8*min(i, hidden)
		pointers = append(pointers, b[from:from+8]...)
	}
	le.PutUint32(b[24:], n)
	le.PutUint64(b[32:], uint64(len(b)-16))
	b = append(append(b[:len(b)-16], pointers...), make([]byte, 16)...)
	le.PutUint64(b[72:], uint64(len(b)-16))
	le.PutUint64(b[40:], noList)
	f := newCountingFile(b)
	r, err := NewReader(f, f.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, dir := range []string{".", "aa"} {
		f.bytes.Store(0)
		_, err := fs.ReadDir(r.FS(), dir)
		if !isFormatError(err) {
			t.Errorf("ReadDir(%q) = %v, want a *FormatError", dir, err)
		}
		if read := f.bytes.Load(); read > 8*f.Size() {
			t.Errorf("ReadDir(%q) read %d bytes of a file of %d", dir, read, f.Size())
		}
	}
}
