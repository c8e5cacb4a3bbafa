package zim

import (
	"bytes"
	"errors"
	"io"
	"testing"
)

// memoryFile is a File for Writer.
type memoryFile struct {
	data []byte
	pos  int64
}

func (f *memoryFile) Write(p []byte) (int, error) {
	if end := int(f.pos) + len(p); end > len(f.data) {
		f.data = append(f.data, make([]byte, end-len(f.data))...)
	}
	f.pos += int64(copy(f.data[f.pos:], p))
	return len(p), nil
}

func (f *memoryFile) Seek(off int64, whence int) (int64, error) {
	switch whence {
	case io.SeekCurrent:
		off += f.pos
	case io.SeekEnd:
		off += int64(len(f.data))
	}
	if off < 0 {
		return 0, errors.New("seek before the start")
	}
	f.pos = off
	return off, nil
}

func (f *memoryFile) ReadAt(p []byte, off int64) (int, error) {
	return bytes.NewReader(f.data).ReadAt(p, off)
}

func (f *memoryFile) Truncate(n int64) error {
	f.data = f.data[:n]
	return nil
}

// seedVectors adds every vector to a fuzz target.
func seedVectors(f *testing.F) {
	readVectors(f, func(_ string, _ map[string]string, archive []byte) { f.Add(archive) })
}

// FuzzReader reads all that an archive holds. What Check finds sound must survive being written by Writer.
func FuzzReader(f *testing.F) {
	seedVectors(f)
	f.Fuzz(func(t *testing.T, archive []byte) {
		if layer, err := noticedBy(archive); layer == layerOpen && err == nil {
			t.Fatal("not opened, without an error")
		}
		// With a right checksum, or nothing that was changed would come this far.
		archive = bytes.Clone(archive)
		if len(archive) > headerLen+checksumLen {
			rehash(archive)
		}
		for _, p := range Check(t.Context(), bytes.NewReader(archive), int64(len(archive)), nil) {
			if p.Severity == Error {
				return
			}
		}
		r := openBytes(t, archive, nil)
		if layer, err := noticedBy(archive); layer != layerNone {
			t.Fatalf("Check finds no error, but layer %q fails: %v", layer, err)
		}
		_ = r.FS()
		if !r.OldNamespaces() {
			compareContent(t, r, rewrite(t, r))
		}
	})
}

// rewrite copies namespace C into a new archive; nil if Writer's stricter rules refuse it.
func rewrite(t *testing.T, r *Reader) *Reader {
	t.Helper()
	out := &memoryFile{}
	w, err := NewWriter(out, &WriterOptions{Workers: 1})
	if err != nil {
		t.Fatal(err)
	}
	front := map[uint32]bool{}
	for i := range r.ArticleCount() {
		e, err := r.Article(i)
		if err != nil {
			t.Fatal(err)
		}
		front[e.Index()] = true
	}
	for e, err := range r.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Namespace() != NamespaceContent {
			continue
		}
		h := Header{Path: e.Path(), Title: e.Title(), MIMEType: e.MIMEType(), FrontArticle: front[e.Index()]}
		if e.IsRedirect() {
			to, err := e.Target()
			if err != nil {
				t.Fatal(err)
			}
			if to.Namespace() != NamespaceContent {
				return nil
			}
			err = w.AddRedirect(h, to.Path())
			if refused(t, err) {
				return nil
			}
			continue
		}
		body, err := e.Open()
		if err != nil {
			return nil // obsolete
		}
		if refused(t, w.Add(h, body)) {
			return nil
		}
	}
	if refused(t, w.Close()) {
		return nil
	}
	return openBytes(t, out.data, nil)
}

// refused reports whether Writer keeps to a rule that archives need not; any other error ends the test.
func refused(t *testing.T, err error) bool {
	t.Helper()
	for _, rule := range []error{ErrInvalidPath, ErrInvalidMIMEType, ErrTooLong, ErrReserved, ErrMIMEListFull, ErrNoFrontArticle, ErrRedirectLoop} {
		if errors.Is(err, rule) {
			return true
		}
	}
	if err != nil {
		t.Fatalf("Writer refused what Check found sound: %v", err)
	}
	return false
}

func compareContent(t *testing.T, was, is *Reader) {
	t.Helper()
	if is == nil {
		return
	}
	for e := range was.Entries() {
		if e.Namespace() != NamespaceContent {
			continue
		}
		got, err := is.Content(e.Path())
		if err != nil {
			t.Fatalf("%q is lost: %v", e.Path(), err)
		}
		if got.Path() != e.Path() || got.Title() != e.Title() || got.MIMEType() != e.MIMEType() || got.IsRedirect() != e.IsRedirect() {
			t.Errorf("%q, title %q, type %q became %q, %q, %q", e.Path(), e.Title(), e.MIMEType(), got.Path(), got.Title(), got.MIMEType())
		}
		want, err := e.ReadAll(1 << 30)
		if err != nil {
			t.Fatal(err)
		}
		if data, err := got.ReadAll(1 << 30); err != nil || !bytes.Equal(data, want) {
			t.Errorf("%q: %d bytes became %d, %v", e.Path(), len(want), len(data), err)
		}
	}
}

// FuzzHeader writes what it parsed and gets the same bytes. A header that is accepted for a file of some size names no
// place outside of that file.
func FuzzHeader(f *testing.F) {
	readVectors(f, func(_ string, _ map[string]string, archive []byte) {
		f.Add(archive[:min(len(archive), headerLen)], uint32(len(archive)))
	})
	f.Fuzz(func(t *testing.T, b []byte, size uint32) {
		var h header
		if h.parse(b) != nil {
			return
		}
		if got := h.appendTo(nil); !bytes.Equal(got, b[:headerLen]) {
			t.Errorf("%x became %x", b[:headerLen], got)
		}
		file := make([]byte, size%(64<<10))
		copy(file, b)
		r, problems, err := openHeader(bytes.NewReader(file), int64(len(file)))
		if err != nil || len(problems) > 0 {
			if _, err := NewReader(bytes.NewReader(file), int64(len(file)), nil); err == nil {
				t.Errorf("opened in spite of %v, %v", problems, err)
			}
			return
		}
		if !r.sums {
			return
		}
		if n, err := Extent(bytes.NewReader(file), int64(len(file))); err != nil || n != int64(len(file)) {
			t.Errorf("the archive takes %d bytes, %v, want %d", n, err, len(file))
		}
		end := uint64(len(file)) - checksumLen
		for name, list := range map[string][3]uint64{
			"path": {h.pathPtrPos, uint64(h.entryCount), 8}, "title": {h.titlePtrPos, uint64(h.entryCount), 4}, "cluster": {h.clusterPtrPos, uint64(h.clusterCount), 8},
		} {
			if list[0] == noList && name == "title" {
				continue
			}
			if list[0] < headerLen || list[0] > end || list[1]*list[2] > end-list[0] {
				t.Errorf("%s list of %d at %#x in a file of %#x bytes is accepted", name, list[1], list[0], len(file))
			}
		}
	})
}

// FuzzDirent writes what it parsed and gets the same bytes, but for what Writer never writes: a revision, extra data, an
// obsolete kind, a title that repeats the path.
func FuzzDirent(f *testing.F) {
	for _, e := range baseArchive(f).entries {
		f.Add(e.appendTo(nil))
	}
	f.Add([]byte{0xfe, 0xff, 0, 'A', 0, 0, 0, 0, 'x', 0, 0})
	f.Add([]byte{0xfd, 0xff, 3, 'A', 0, 0, 0, 0, 'x', 0, 0, 1, 2, 3})
	f.Fuzz(func(t *testing.T, b []byte) {
		var v direntView
		if v.parse(b) != nil {
			return
		}
		d := v.record(7, 9)
		if d.path != string(v.path) || d.title != string(v.title) || d.compare(v.ns, string(v.path)) != 0 || v.compare(d.ns, d.path) != 0 {
			t.Errorf("%x became %v", b, d)
		}
		if v.extraLen != 0 || v.revision != 0 || !d.isItem() && d.mime != mimeRedirect || d.title == d.path && d.title != "" {
			return
		}
		if got := d.appendTo(nil); !bytes.Equal(got, b[:v.length]) {
			t.Errorf("%x became %x", b[:v.length], got)
		}
	})
}

// FuzzCluster takes a cluster apart and puts its blobs into a raw one, which must hold the same.
func FuzzCluster(f *testing.F) {
	blobs := [][]byte{[]byte("one"), nil, []byte("three")}
	for _, extended := range []bool{false, true} {
		table, flag := testTable(blobs, extended), byte(0)
		if extended {
			flag = clusterExtended
		}
		f.Add(clusterNone|flag, table)
		f.Add(clusterZstd|flag, zstdBytes(f, table))
		f.Add(clusterXZ|flag, xzBytes(f, table))
	}
	f.Add(byte(clusterXZ), xzClaim(f, 40))
	f.Fuzz(func(t *testing.T, info byte, data []byte) {
		blobs, err := clusterBlobs(t, info, data)
		if err != nil {
			var format *FormatError
			if !errors.As(err, &format) {
				t.Errorf("got error %v of type %T, want a *FormatError", err, err)
			}
			return
		}
		if len(blobs) == 0 {
			return
		}
		again, err := clusterBlobs(t, clusterNone, testTable(blobs, false))
		if err != nil {
			t.Fatal(err)
		}
		for i := range blobs {
			if !bytes.Equal(again[i], blobs[i]) {
				t.Errorf("blob %d: %x became %x", i, blobs[i], again[i])
			}
		}
	})
}

// clusterBlobs reads all blobs of one cluster.
func clusterBlobs(t *testing.T, info byte, data []byte) ([][]byte, error) {
	t.Helper()
	a := &testArchive{hdr: header{major: 6, minor: 1}, mimes: []string{"text/plain"}, clusters: []testCluster{{info: info, final: data}}}
	a.entries = []testEntry{{dirent: dirent{ns: 'C', path: "x"}}}
	b, _ := a.build(t)
	r := openBytes(t, b, &ReaderOptions{MaxClusterBytes: 1 << 20})
	var blobs [][]byte
	for i := uint32(0); i < 1000; i++ {
		blob, err := r.blob(t.Context(), 0, i)
		if err != nil {
			h, headErr := r.head(0)
			if i > 0 && headErr == nil && !h.raw() {
				return blobs, nil // behind the last
			}
			if headErr == nil && h.raw() && i >= h.count {
				return blobs, nil
			}
			return nil, err
		}
		p := make([]byte, blob.Size())
		if n, err := blob.ReadAt(p, 0); n < len(p) {
			return nil, err
		}
		blobs = append(blobs, p)
	}
	return blobs, nil
}
