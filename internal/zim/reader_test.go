package zim

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"
)

// countingFile counts reads and the bytes read.
type countingFile struct {
	*bytes.Reader
	reads, bytes atomic.Int64
}

func newCountingFile(b []byte) *countingFile { return &countingFile{Reader: bytes.NewReader(b)} }

func (f *countingFile) ReadAt(p []byte, off int64) (int, error) {
	f.reads.Add(1)
	f.bytes.Add(int64(len(p)))
	return f.Reader.ReadAt(p, off)
}

// manyEntries is an archive with n pages in one raw cluster.
func manyEntries(tb testing.TB, n int) []byte {
	tb.Helper()
	a := &testArchive{hdr: header{major: 6, minor: 1}, clusters: []testCluster{{info: clusterNone}}}
	for i := range n {
		a.item(fmt.Sprintf("C/page-%06d.html", i), fmt.Sprintf("Page %d", i), "text/html", 0, fmt.Appendf(nil, "text %d", i))
	}
	b, _ := a.build(tb)
	return b
}

func TestOpenReadsNoMoreOfLargeArchives(t *testing.T) {
	var read [2]int64
	for i, n := range []int{200, 20_000} {
		f := newCountingFile(manyEntries(t, n))
		if _, err := NewReader(f, f.Size(), nil); err != nil {
			t.Fatal(err)
		}
		read[i] = f.bytes.Load()
	}
	if read[0] != read[1] || read[1] > 4<<10 {
		t.Errorf("opening read %d bytes of 200 entries and %d of 20,000, want the same, at most 4096", read[0], read[1])
	}
}

func TestLookupReadsLittle(t *testing.T) {
	f := newCountingFile(manyEntries(t, 100_000))
	r, err := NewReader(f, f.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := 0; i < 100_000; i += 7 { // fills the pivots
		if _, err := r.Entry('C', fmt.Sprintf("page-%06d.html", i)); err != nil {
			t.Fatal(err)
		}
	}
	f.reads.Store(0)
	const lookups = 1000
	for i := range lookups {
		path := fmt.Sprintf("page-%06d.html", (i*7919+3)%100_000)
		if e, err := r.Entry('C', path); err != nil || e.Path() != path {
			t.Fatalf("Entry(%q) = %v, %v", path, e, err)
		}
	}
	if got := f.reads.Load(); got > 2*lookups {
		t.Errorf("%d lookups made %d reads, want two each: pointers and entries of one leaf", lookups, got)
	}
	f.reads.Store(0)
	for range lookups {
		if _, err := r.Entry('C', "page-050001.html"); err != nil {
			t.Fatal(err)
		}
	}
	if got := f.reads.Load(); got > 2 {
		t.Errorf("%d lookups of one path made %d reads, want those of the first", lookups, got)
	}
}

func TestEveryEntryIsFound(t *testing.T) {
	for _, n := range []int{1, 2, 3, 100, 5000} {
		r := openBytes(t, manyEntries(t, n), nil)
		for i := range n {
			path := fmt.Sprintf("page-%06d.html", i)
			e, err := r.Entry('C', path)
			if err != nil || e.Index() != uint32(i) || e.Path() != path {
				t.Fatalf("of %d: Entry(%q) = %d, %v, want %d", n, path, e.Index(), err, i)
			}
			if got, err := e.ReadAll(100); err != nil || string(got) != fmt.Sprintf("text %d", i) {
				t.Fatalf("of %d: %q reads %q, %v", n, path, got, err)
			}
		}
		for _, path := range []string{"", "page-", "page-000000.htmk", "page-000000.html/", "zzz"} {
			if _, err := r.Entry('C', path); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("of %d: Entry(%q) gave error %v, want one that wraps fs.ErrNotExist", n, path, err)
			}
		}
		if _, err := r.EntryAt(uint32(n)); !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("EntryAt(%d) of %d gave error %v", n, n, err)
		}
	}
}

func TestEntriesAreInPathOrder(t *testing.T) {
	for _, n := range []int{1, 511, 512, 513, 3000} {
		r := openBytes(t, manyEntries(t, n), nil)
		i := uint32(0)
		for e, err := range r.Entries() {
			if err != nil || e.Index() != i || e.Path() != fmt.Sprintf("page-%06d.html", i) {
				t.Fatalf("entry %d of %d is %v, %v", i, n, e, err)
			}
			i++
		}
		if i != uint32(n) {
			t.Errorf("%d entries came, want %d", i, n)
		}
	}
}

func TestLongPathsAreRead(t *testing.T) {
	a := baseArchive(t)
	long := strings.Repeat("ы", 15_000)
	a.item("C/"+long, strings.Repeat("t", 30_000), "text/html", 0, []byte("far"))
	a.sort()
	b, _ := a.build(t)
	r := openBytes(t, b, nil)
	for range 2 {
		e, err := r.Content(long)
		if err != nil || len(e.Title()) != 30_000 {
			t.Fatalf("Content of a long path: title of %d bytes, %v", len(e.Title()), err)
		}
	}
	for e, err := range r.Entries() {
		if err != nil {
			t.Errorf("entry %v: %v", e, err)
		}
	}
}

func TestContentFindsWhatUsersMean(t *testing.T) {
	oldScheme := oldArchive(t)
	oldScheme.item("I/index.html", "", "text/html", 0, []byte("behind A"))
	oldScheme.sort()
	tests := []struct {
		name    string
		archive *testArchive
		path    string
		want    string // ns/path; empty for none
	}{
		{"new", baseArchive(t), "index.html", "C/index.html"},
		{"new redirect", baseArchive(t), "old.html", "C/old.html"},
		{"new with namespace", baseArchive(t), "A/index.html", "C/index.html"},
		{"new metadata", baseArchive(t), "Title", ""},
		{"new metadata with namespace", baseArchive(t), "M/Title", ""},
		{"old bare", oldScheme, "index.html", "A/index.html"},
		{"old bare picture", oldScheme, "photo.png", "I/photo.png"},
		{"old bare style", oldScheme, "a.css", "-/a.css"},
		{"old spelled out", oldScheme, "I/index.html", "I/index.html"},
		{"old metadata", oldScheme, "M/Title", ""},
		{"empty", oldScheme, "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, _ := tt.archive.build(t)
			e, err := openBytes(t, b, nil).Content(tt.path)
			if tt.want == "" {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("Content(%q) gave error %v, want one that wraps fs.ErrNotExist", tt.path, err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if got := string(e.Namespace()) + "/" + e.Path(); got != tt.want {
				t.Errorf("Content(%q) = %q, want %q", tt.path, got, tt.want)
			}
		})
	}
}

func TestEntryTellsWhatItIs(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	r := openBytes(t, b, nil)
	e, err := r.MainEntry()
	if err != nil || !e.IsRedirect() || e.Path() != "mainPage" || e.MIMEType() != "" {
		t.Fatalf("MainEntry() = %v, %v, want the redirect W/mainPage", e, err)
	}
	e, err = e.Target()
	if err != nil || e.Title() != "Home" || e.MIMEType() != "text/html" || e.IsRedirect() {
		t.Errorf("the main page is %v, %v", e, err)
	}
	css, err := r.Content("a.css")
	if err != nil || css.Title() != "a.css" {
		t.Errorf("title of a.css is %q, %v, want the path", css.Title(), err)
	}
	if same, err := css.Target(); err != nil || same.Index() != css.Index() {
		t.Errorf("Target of an item is %v, %v, want itself", same, err)
	}
	if major, minor := r.Version(); major != 6 || minor != 1 || r.OldNamespaces() {
		t.Errorf("version %d.%d, old namespaces %v", major, minor, r.OldNamespaces())
	}
	if r.UUID() != [16]byte{1, 2, 3} || r.EntryCount() != 16 || r.ClusterCount() != 2 || r.Size() != int64(len(b)) {
		t.Errorf("UUID %x, %d entries, %d clusters, %d bytes", r.UUID(), r.EntryCount(), r.ClusterCount(), r.Size())
	}
	if got, want := r.MIMETypes(), []string{"text/html", "text/css", "image/png", "text/plain", "application/octet-stream+zimlisting"}; !slices.Equal(got, want) {
		t.Errorf("MIMETypes() = %q, want %q", got, want)
	}
}

func TestMainEntry(t *testing.T) {
	byHeader := baseArchive(t)
	byHeader.entry("W/mainPage").path = "other"
	byHeader.main = "C/second.html"
	byW := baseArchive(t)
	byW.main = ""
	none := oldArchive(t)
	none.main = ""
	for _, tt := range []struct {
		name    string
		archive *testArchive
		want    string // empty for none
	}{{"header", byHeader, "second.html"}, {"W", byW, "mainPage"}, {"both", baseArchive(t), "mainPage"}, {"old", oldArchive(t), "index.html"}, {"none", none, ""}} {
		t.Run(tt.name, func(t *testing.T) {
			b, _ := tt.archive.build(t)
			e, err := openBytes(t, b, nil).MainEntry()
			switch {
			case tt.want == "" && !errors.Is(err, fs.ErrNotExist):
				t.Errorf("got error %v, want one that wraps fs.ErrNotExist", err)
			case tt.want != "" && (err != nil || e.Path() != tt.want):
				t.Errorf("got %v, %v, want %q", e, err, tt.want)
			}
		})
	}
}

func TestMetadata(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	r := openBytes(t, b, nil)
	if got, err := r.Metadata("Title"); err != nil || string(got) != "Test" {
		t.Errorf("Metadata(Title) = %q, %v", got, err)
	}
	if _, err := r.Metadata("Nonsense"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Metadata(Nonsense) gave error %v", err)
	}
	want := []string{"Counter", "Creator", "Date", "Description", "Illustration_48x48@1", "Language", "Name", "Publisher", "Title"}
	if got, err := r.MetadataNames(); err != nil || !slices.Equal(got, want) {
		t.Errorf("MetadataNames() = %q, %v, want %q", got, err, want)
	}
}

func TestReadAllRefusesMoreThanAllowed(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	r := openBytes(t, b, nil)
	e, err := r.Content("a.css")
	if err != nil {
		t.Fatal(err)
	}
	if got, err := e.ReadAll(11); err != nil || string(got) != "p{margin:0}" {
		t.Errorf("ReadAll(11) = %q, %v", got, err)
	}
	if _, err := e.ReadAll(10); !errors.Is(err, ErrTooLarge) {
		t.Errorf("ReadAll(10) gave error %v, want ErrTooLarge", err)
	}
}

func TestArticlesByTitle(t *testing.T) {
	noV1 := baseArchive(t)
	noV1.entry("X/" + listingV1Path).path = "listing/other"
	emptyV1 := baseArchive(t)
	emptyV1.listing = []byte{}
	neither := baseArchive(t)
	neither.noV0 = true
	neither.entry("X/" + listingV1Path).path = "listing/other"
	all := []string{"A second page", "Home", "Old home", "a.css", "photo.png"}
	tests := []struct {
		name    string
		archive *testArchive
		want    []string
	}{
		{"v1", baseArchive(t), []string{"A second page", "Home"}},
		{"v0", noV1, all},
		{"empty v1", emptyV1, all},
		{"old namespaces", oldArchive(t), []string{"A second page", "Home", "Old home"}},
		{"neither", neither, nil},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			b, _ := tt.archive.build(t)
			r := openBytes(t, b, nil)
			var got []string
			for i := range r.ArticleCount() {
				e, err := r.Article(i)
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e.Title())
			}
			if !slices.Equal(got, tt.want) {
				t.Errorf("articles %q, want %q", got, tt.want)
			}
			if _, err := r.Article(r.ArticleCount()); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("article behind the last gave error %v", err)
			}
		})
	}
}

func TestBlobIsAReaderAt(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	r := openBytes(t, b, nil)
	for _, path := range []string{"index.html", "photo.png", "old.html"} {
		e, err := r.Content(path)
		if err != nil {
			t.Fatal(err)
		}
		want, err := e.ReadAll(1 << 20)
		if err != nil {
			t.Fatal(err)
		}
		f, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		if err := iotest.TestReader(f, want); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := f.Close(); err != nil {
			t.Errorf("Close of %s: %v", path, err)
		}
		blob, err := e.Blob()
		if err != nil {
			t.Fatal(err)
		}
		if n, err := blob.ReadAt(make([]byte, 10), blob.Size()-4); n != 4 || err != io.EOF {
			t.Errorf("ReadAt over the end of %s gave %d, %v, want 4, EOF", path, n, err)
		}
		if n, err := blob.ReadAt(make([]byte, 1), blob.Size()); n != 0 || err != io.EOF {
			t.Errorf("ReadAt at the end of %s gave %d, %v, want 0, EOF", path, n, err)
		}
		if _, err := blob.ReadAt(make([]byte, 1), -1); err == nil || err == io.EOF {
			t.Errorf("ReadAt at -1 of %s gave error %v", path, err)
		}
		off, raw := blob.Section()
		if raw != (path == "photo.png") {
			t.Errorf("Section of %s says raw %v", path, raw)
		}
		if raw && !bytes.Equal(b[off:off+blob.Size()], want) {
			t.Errorf("Section of %s is at %#x, which is something else", path, off)
		}
	}
}

func TestChecksum(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	var last int64
	if err := openBytes(t, b, nil).VerifyChecksum(t.Context(), func(done int64) { last = done }); err != nil {
		t.Error(err)
	}
	if last != int64(len(b)-checksumLen) {
		t.Errorf("progress ended at %d of %d", last, len(b)-checksumLen)
	}
	b[200] ^= 1
	var f *FormatError
	if err := openBytes(t, b, nil).VerifyChecksum(t.Context(), nil); !errors.As(err, &f) || f.Part != "checksum" {
		t.Errorf("a changed byte gave %v", err)
	}
	a := baseArchive(t)
	a.noSum = true
	b, _ = a.build(t)
	if _, err := openBytes(t, b, nil).Checksum(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Checksum of an archive without gave error %v", err)
	}
}

// failingFile fails as a disk does, not as a short file does.
type failingFile struct {
	*bytes.Reader
	after int64
	reads atomic.Int64
}

var errDisk = errors.New("the disk is gone")

func (f *failingFile) ReadAt(p []byte, off int64) (int, error) {
	if f.reads.Add(1) > f.after {
		return 0, errDisk
	}
	return f.Reader.ReadAt(p, off)
}

func TestFailureOfTheDiskIsNoFormatError(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	for after := int64(0); ; after++ {
		f := &failingFile{Reader: bytes.NewReader(b), after: after}
		err := func() error {
			r, err := NewReader(f, f.Size(), nil)
			if err != nil {
				return err
			}
			e, err := r.Content("old.html")
			if err != nil {
				return err
			}
			_, err = e.ReadAll(1 << 20)
			return err
		}()
		var format *FormatError
		switch {
		case err == nil && after > 5:
			return
		case !errors.Is(err, errDisk) || errors.As(err, &format):
			t.Fatalf("after %d reads: got error %v, want the disk's", after, err)
		}
	}
}

func TestCutArchivesDoNotOpen(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	for n := range b {
		_, err := NewReader(bytes.NewReader(b[:n]), int64(n), nil)
		var f *FormatError
		if !errors.As(err, &f) {
			t.Fatalf("the first %d of %d bytes gave %v, want a *FormatError", n, len(b), err)
		}
	}
	// A file that became shorter than it was said to be.
	if _, err := NewReader(bytes.NewReader(b[:40]), int64(len(b)), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("got %v, want io.ErrUnexpectedEOF", err)
	}
}
