package archive_test

import (
	"archive/zip"
	"bytes"
	"errors"
	"io"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/zim"
)

// pieces cuts b into four files of base.
func pieces(base string, b []byte) map[string][]byte {
	return map[string][]byte{base + "aa": b[:50], base + "ab": b[50:1500], base + "ac": b[1500:1501], base + "ad": b[1501:]}
}

// A split archive is opened by the name of any part, and by the name that the whole would have.
func TestSplitArchive(t *testing.T) {
	whole := build(t, "split")
	dir := folder(t, pieces("x.zim", whole))
	for _, name := range []string{"x.zim", "x.zimaa", "x.zimab", "x.zimad"} {
		found, err := archive.Find(archive.Options{Paths: []string{filepath.Join(dir, name)}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		s := found[0]
		if title(t, s) != "split" || s.Name != "x" || s.Parts != 4 || s.Path != filepath.Join(dir, "x.zimaa") || s.File != nil || s.Ours {
			t.Errorf("%s: %+v", name, s)
		}
		if got, err := io.ReadAll(io.NewSectionReader(s.R, 0, s.Size)); err != nil || !bytes.Equal(got, whole) {
			t.Errorf("%s: %d bytes, %v, want the %d that were cut", name, len(got), err, len(whole))
		}
		if err := s.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
	}
	upper := folder(t, map[string][]byte{"X.ZIMAA": whole[:1000], "X.ZIMAB": whole[1000:]})
	found, err := archive.Find(archive.Options{Paths: []string{filepath.Join(upper, "X.ZIMAB")}})
	if err != nil {
		t.Fatalf("parts in capitals: %v", err)
	}
	found[0].Close()
}

// A whole archive may have the name of a part, as zimit's users like it, and be in the way of no other.
func TestArchiveNamedLikeAPart(t *testing.T) {
	alone, whole := build(t, "alone"), build(t, "split")
	for _, c := range []struct {
		files map[string][]byte
		open  string
		want  string
		parts int
	}{
		{map[string][]byte{"x.zimit": alone}, "x.zimit", "alone", 0},
		{map[string][]byte{"x.zimit": alone, "x.zimaa": whole[:900], "x.zimab": whole[900:]}, "x.zimit", "alone", 0},
		{map[string][]byte{"x.zimit": alone, "x.zimaa": whole[:900], "x.zimab": whole[900:]}, "x.zim", "split", 2},
		{map[string][]byte{"x.zimit": alone, "x.zimaa": whole[:900], "x.zimab": whole[900:]}, "x.zimab", "split", 2},
	} {
		found, err := archive.Find(archive.Options{Paths: []string{filepath.Join(folder(t, c.files), c.open)}})
		if err != nil {
			t.Errorf("%s of %d files: %v", c.open, len(c.files), err)
			continue
		}
		if s := found[0]; title(t, s) != c.want || s.Parts != c.parts || s.Name == "" {
			t.Errorf("%s of %d files: %q in %d parts, named %q; want %q in %d", c.open, len(c.files), title(t, s), s.Parts, s.Name, c.want, c.parts)
		}
		found[0].Close()
	}
	lost := folder(t, map[string][]byte{"x.zimab": whole[900:]})
	if _, err := archive.Find(archive.Options{Paths: []string{filepath.Join(lost, "x.zimab")}}); !errors.Is(err, archive.ErrSplit) {
		t.Errorf("the second part alone: %v, want ErrSplit", err)
	}
}

// What is wrong with a split archive is said with the name of the part.
func TestSplitArchiveThatIsNotWhole(t *testing.T) {
	whole := build(t, "split")
	for _, c := range []struct {
		name   string
		change func(files map[string][]byte)
		open   string
		want   error
		says   string
	}{
		{"a part is missing", func(f map[string][]byte) { delete(f, "x.zimab") }, "x.zimaa", archive.ErrSplit, "x.zimab is missing, though x.zimac is there"},
		{"the first is missing", func(f map[string][]byte) { delete(f, "x.zimaa") }, "x.zimac", archive.ErrSplit, "x.zimaa is missing, though x.zimab is there"},
		{"the last is missing", func(f map[string][]byte) { delete(f, "x.zimad") }, "x.zim", archive.ErrSplit, "x.zimac is cut short, or parts behind it are missing"},
		{"the last is cut", func(f map[string][]byte) { f["x.zimad"] = f["x.zimad"][1:] }, "x.zim", archive.ErrSplit, "x.zimad is cut short"},
		{"one too many", func(f map[string][]byte) { f["x.zimae"] = []byte("x") }, "x.zim", archive.ErrSplit, "x.zimae, or another one, belongs to something else"},
		{"a part is empty", func(f map[string][]byte) { f["x.zimac"] = nil }, "x.zim", archive.ErrSplit, "x.zimac is empty"},
		{"the first two changed places", func(f map[string][]byte) { f["x.zimaa"], f["x.zimab"] = f["x.zimab"], f["x.zimaa"] }, "x.zim", archive.ErrSplit, "x.zimab begins like the first part, and x.zimaa does not"},
		{"the first is another file", func(f map[string][]byte) { f["x.zimaa"] = bytes.Repeat([]byte("x"), 50) }, "x.zim", archive.ErrSplit, "x.zimaa does not begin like an archive"},
		{"nothing", func(f map[string][]byte) { clear(f) }, "x.zimab", fs.ErrNotExist, "x.zimaa"},
	} {
		files := pieces("x.zim", whole)
		c.change(files)
		dir := folder(t, files)
		found, err := archive.Find(archive.Options{Paths: []string{filepath.Join(dir, c.open)}})
		if found != nil || !errors.Is(err, c.want) || !strings.Contains(err.Error(), c.says) {
			t.Errorf("%s: %v, %v; want %v that says %q", c.name, found, err, c.want, c.says)
		}
	}
}

// An archive anywhere in a file is found by its offset, and a file that seems to hold one says where.
func TestArchiveInsideAFile(t *testing.T) {
	whole := build(t, "inside")
	// magic numbers without an archive, and one that lies across the end of what is read at once
	before := slices.Concat([]byte("a ZIM\x04 ZIM\x04 "), make([]byte, 256<<10-13))
	dir := folder(t, map[string][]byte{
		"around":   slices.Concat([]byte("BEGINZIM"), whole, []byte("ENDZIM")),
		"far":      slices.Concat(before, whole),
		"cut":      slices.Concat([]byte("BEGINZIM"), whole[:len(whole)-1]),
		"letter":   []byte("no archive anywhere"),
		"part.zim": whole,
	})
	for name, want := range map[string]int64{"around": 8, "far": int64(len(before)), "cut": 0, "letter": 0} {
		path := filepath.Join(dir, name)
		_, err := archive.Find(archive.Options{Paths: []string{path}})
		var not *archive.NotZIMError
		if !errors.As(err, &not) || !errors.Is(err, archive.ErrNotZIM) || not.Path != path || not.Inside != want {
			t.Errorf("%s: %#v, want an archive inside at %d", name, err, want)
		}
		found, err := archive.Find(archive.Options{Paths: []string{path}, Offset: max(want, 8)})
		var format *zim.FormatError
		switch {
		case want == 0 && !errors.As(err, &format):
			t.Errorf("%s: %v, %v, want a FormatError", name, found, err)
		case want > 0 && err != nil:
			t.Errorf("%s: %v", name, err)
		case want > 0:
			if s := found[0]; title(t, s) != "inside" || s.Size != int64(len(whole)) || s.Offset != want || s.File == nil {
				t.Errorf("%s: %+v", name, s)
			}
			found[0].Close()
		}
	}
	for _, opts := range []archive.Options{
		{Offset: 8},
		{Offset: -1, Paths: []string{filepath.Join(dir, "around")}},
		{Offset: 8, Paths: []string{filepath.Join(dir, "around"), filepath.Join(dir, "part.zim")}},
		{Offset: 1 << 40, Paths: []string{filepath.Join(dir, "around")}},
		{Offset: 8, Paths: []string{filepath.Join(dir, "part.zimaa")}},
	} {
		if found, err := archive.Find(opts); err == nil {
			t.Errorf("offset %d of %d files: %v", opts.Offset, len(opts.Paths), found)
		}
	}
}

// Every stored archive of a ZIP is found; a dossier among them is the one.
func TestArchivesInsideAZIP(t *testing.T) {
	pack := func(method uint16, names ...string) []byte {
		var b bytes.Buffer
		w := zip.NewWriter(&b)
		for _, name := range names {
			m, err := w.CreateHeader(&zip.FileHeader{Name: name, Method: method})
			if err != nil {
				t.Fatal(err)
			}
			if _, err := m.Write(build(t, name)); err != nil {
				t.Fatal(err)
			}
		}
		if err := w.Close(); err != nil {
			t.Fatal(err)
		}
		return b.Bytes()
	}
	dir := folder(t, map[string][]byte{
		"two.apk":     pack(zip.Store, "lib/x.so", "assets/b.zim", "assets/A.ZIM", "__MACOSX/._b.zim"),
		"dossier.zip": pack(zip.Store, "dossier.zim", "other.zim"),
		"packed.zip":  pack(zip.Deflate, "b.zim"),
		"none.zip":    pack(zip.Store, "b.txt"),
	})
	for name, want := range map[string]string{"two.apk": "b=assets/b.zim a=assets/A.ZIM", "dossier.zip": "dossier=dossier.zim"} {
		found, err := archive.Find(archive.Options{Paths: []string{filepath.Join(dir, name)}})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, s := range found {
			got = append(got, s.Name+"="+title(t, s))
			if s.Ours {
				t.Errorf("%s: %s is ours", name, s.Name)
			}
			if err := s.Close(); err != nil {
				t.Errorf("%s: close: %v", name, err)
			}
		}
		if strings.Join(got, " ") != want {
			t.Errorf("%s: %q, want %q", name, got, want)
		}
	}
	for name, want := range map[string]string{"packed.zip": "compressed or encrypted, want stored", "none.zip": "not a ZIM archive"} {
		if _, err := archive.Find(archive.Options{Paths: []string{filepath.Join(dir, name)}}); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%s: %v, want %q", name, err, want)
		}
	}
}

// Raw gives the bytes of archives that Find does not open.
func TestRaw(t *testing.T) {
	whole := build(t, "raw")
	broken := slices.Concat(whole[:30], []byte("XXXXXXXXXX"), whole[40:])
	dir := folder(t, map[string][]byte{
		"x.zim": broken, "y.zimaa": broken[:500], "y.zimab": broken[500:],
		"program": carrier(t, "dossier.zim", broken), "around": slices.Concat([]byte("BEGINZIM"), broken, []byte("END")), "letter": []byte("a letter"),
	})
	for name, offset := range map[string]int64{"x.zim": 0, "y.zim": 0, "y.zimab": 0, "program": 0, "around": 8, "letter": 0} {
		want := broken
		if name == "letter" {
			want = []byte("a letter")
		}
		r, size, closer, err := archive.Raw(filepath.Join(dir, name), offset)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		if got, err := io.ReadAll(io.NewSectionReader(r, 0, size)); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v, want %d", name, len(got), err, len(want))
		}
		if err := closer.Close(); err != nil {
			t.Errorf("%s: close: %v", name, err)
		}
	}
	if _, _, _, err := archive.Raw(filepath.Join(dir, "gone"), 0); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
}
