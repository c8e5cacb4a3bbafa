package zim_test

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"samizdat/internal/zim"
)

// tempWriter is a Writer on a temporary file.
func tempWriter(t *testing.T) *zim.Writer {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "written.zim"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	return w
}

func TestRefusedEntries(t *testing.T) {
	long := strings.Repeat("ы", 2560)
	for _, c := range []struct {
		name   string
		header zim.Header
		want   error
	}{
		{"empty path", zim.Header{}, zim.ErrInvalidPath},
		{"leading slash", zim.Header{Path: "/a"}, zim.ErrInvalidPath},
		{"not UTF-8", zim.Header{Path: "a\xff"}, zim.ErrInvalidPath},
		{"NUL", zim.Header{Path: "a\x00b"}, zim.ErrInvalidPath},
		{"title not UTF-8", zim.Header{Path: "a", Title: "\xc3"}, zim.ErrInvalidTitle},
		{"title with NUL", zim.Header{Path: "a", Title: "\x00"}, zim.ErrInvalidTitle},
		{"long path", zim.Header{Path: long}, zim.ErrTooLong},
		{"long title", zim.Header{Path: "a", Title: long}, zim.ErrTooLong},
		{"namespace A", zim.Header{Namespace: 'A', Path: "a"}, zim.ErrInvalidNamespace},
		{"front metadata", zim.Header{Namespace: 'M', Path: "a", FrontArticle: true}, zim.ErrInvalidNamespace},
		{"duplicate", zim.Header{Path: "taken"}, zim.ErrDuplicatePath},
		{"counter", zim.Header{Namespace: 'M', Path: "Counter"}, zim.ErrReserved},
		{"main page", zim.Header{Namespace: 'W', Path: "mainPage"}, zim.ErrReserved},
		{"listing", zim.Header{Namespace: 'X', Path: "listing/titleOrdered/v1"}, zim.ErrReserved},
	} {
		for _, redirect := range []bool{false, true} {
			w := tempWriter(t)
			addPage(t, w, "taken")
			var err error
			if redirect {
				err = w.AddRedirect(c.header, "taken")
			} else {
				h := c.header
				h.MIMEType = "text/plain"
				err = w.Add(h, strings.NewReader("x"))
			}
			var ee *zim.EntryError
			if !errors.Is(err, c.want) || !errors.As(err, &ee) || ee.Path != c.header.Path {
				t.Errorf("%s, redirect %v: %v, want an EntryError with %v", c.name, redirect, err, c.want)
			}
			if again := w.Add(zim.Header{Path: "good", MIMEType: "text/plain"}, strings.NewReader("")); again != err {
				t.Errorf("%s: next Add = %v, want the first error", c.name, again)
			}
			if again := w.Close(); again != err {
				t.Errorf("%s: Close = %v, want the first error", c.name, again)
			}
		}
	}
}

func TestLongestEntryIsAccepted(t *testing.T) {
	path := strings.Repeat("p", 5120-16-2)
	r := openFile(t, writeFile(t, nil, func(w *zim.Writer) { addPage(t, w, path) }))
	if got := entry(t, r, path).Title(); got != path {
		t.Errorf("title of %d bytes, want %d", len(got), len(path))
	}
}

func TestRefusedMIMETypes(t *testing.T) {
	for mime, want := range map[string]error{
		"":                               zim.ErrInvalidMIMEType,
		"text/\x00":                      zim.ErrInvalidMIMEType,
		"text/\xff":                      zim.ErrInvalidMIMEType,
		"x/" + strings.Repeat("y", 1000): zim.ErrMIMEListFull,
	} {
		w := tempWriter(t)
		err := w.Add(zim.Header{Path: "a", MIMEType: mime}, strings.NewReader("x"))
		if !errors.Is(err, want) {
			t.Errorf("MIME type %.10q: %v, want %v", mime, err, want)
		}
	}
}

func TestMIMEListFillsUpToItsRoom(t *testing.T) {
	w := tempWriter(t)
	n := 0
	for ; ; n++ {
		h := zim.Header{Path: fmt.Sprint(n), MIMEType: fmt.Sprintf("x/%02d-%s", n, strings.Repeat("y", 40))}
		if err := w.Add(h, strings.NewReader("x")); err != nil {
			if !errors.Is(err, zim.ErrMIMEListFull) {
				t.Errorf("MIME type %d: %v, want %v", n, err, zim.ErrMIMEListFull)
			}
			break
		}
	}
	if room := (1024 - 1 - len("text/plain;charset=utf-8") - len("application/octet-stream+zimlisting") - 2) / 46; n != room {
		t.Errorf("%d types fit, want %d", n, room)
	}
}

func TestWrongSize(t *testing.T) {
	for _, c := range []struct{ size, body int64 }{
		{1, 2}, {2, 1}, {5 << 20, 5<<20 + 1}, {5 << 20, 5<<20 - 1}, {100 << 20, 10}, {10, 100 << 20},
	} {
		for _, mime := range []string{"text/plain", "video/mp4"} {
			w := tempWriter(t)
			err := w.Add(zim.Header{Path: "a", MIMEType: mime, Size: c.size}, &zeros{c.body})
			if !errors.Is(err, zim.ErrSizeMismatch) {
				t.Errorf("%s of %d bytes said to have %d: %v, want %v", mime, c.body, c.size, err, zim.ErrSizeMismatch)
			}
		}
	}
}

func TestRedirectErrors(t *testing.T) {
	chain := func(n int) map[string]string {
		m := map[string]string{fmt.Sprint(n): "page"}
		for i := 1; i < n; i++ {
			m[fmt.Sprint(i)] = fmt.Sprint(i + 1)
		}
		return m
	}
	for _, c := range []struct {
		name      string
		main      string
		redirects map[string]string
		want      error
		names     []string // in the message
	}{
		{"dangling", "page", map[string]string{"from": "nowhere"}, zim.ErrDanglingRedirect, []string{"C/from", "C/nowhere"}},
		{"main page", "nowhere", nil, zim.ErrDanglingRedirect, []string{"main page", "C/nowhere"}},
		{"itself", "page", map[string]string{"self": "self"}, zim.ErrRedirectLoop, []string{"C/self"}},
		{"circle", "page", map[string]string{"a": "b", "b": "c", "c": "a"}, zim.ErrRedirectLoop, []string{"C/a"}},
		{"main page in a circle", "a", map[string]string{"a": "b", "b": "a"}, zim.ErrRedirectLoop, nil},
		{"51 hops", "page", chain(51), zim.ErrRedirectLoop, nil},
		{"50 hops", "page", chain(50), nil, nil},
		{"chain", "a", map[string]string{"a": "b", "b": "page"}, nil, nil},
	} {
		w := tempWriter(t)
		addPage(t, w, "page")
		for from, to := range c.redirects {
			if err := w.AddRedirect(zim.Header{Path: from}, to); err != nil {
				t.Fatal(err)
			}
		}
		w.SetMainPage(c.main)
		err := w.Close()
		if !errors.Is(err, c.want) {
			t.Errorf("%s: Close = %v, want %v", c.name, err, c.want)
		}
		for _, s := range c.names {
			if err != nil && !strings.Contains(err.Error(), s) {
				t.Errorf("%s: %q does not name %s", c.name, err, s)
			}
		}
	}
}

func TestNoFrontArticle(t *testing.T) {
	w := tempWriter(t)
	add(t, w, zim.Header{Path: "a.html", MIMEType: "text/html"}, "x")
	if err := w.Close(); !errors.Is(err, zim.ErrNoFrontArticle) {
		t.Errorf("Close = %v, want %v", err, zim.ErrNoFrontArticle)
	}
}

func TestNothingAfterClose(t *testing.T) {
	w := tempWriter(t)
	addPage(t, w, "a")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	for name, err := range map[string]error{
		"Add":         w.Add(zim.Header{Path: "b", MIMEType: "text/plain"}, strings.NewReader("x")),
		"AddRedirect": w.AddRedirect(zim.Header{Path: "c"}, "a"),
		"AddMetadata": w.AddMetadata("Title", nil),
		"Flush":       w.Flush(),
		"Close":       w.Close(),
	} {
		if !errors.Is(err, zim.ErrWriterClosed) {
			t.Errorf("%s after Close = %v, want %v", name, err, zim.ErrWriterClosed)
		}
	}
}

func TestWriterOptionsOutOfRange(t *testing.T) {
	for _, o := range []zim.WriterOptions{{ClusterBytes: -1}, {ClusterBytes: 1<<30 + 1}, {Workers: -1}} {
		if w, err := zim.NewWriter(&flakyFile{}, &o); err == nil || w != nil {
			t.Errorf("NewWriter(%+v) succeeds", o)
		}
	}
}

// flakyFile is a file in memory that fails, or writes short, at the call number `at`.
// Its reads may be concurrent, as a [zim.Reader] needs them.
type flakyFile struct {
	data  []byte
	pos   int64
	calls atomic.Int64
	at    int64
	short bool
}

var errFlaky = errors.New("no space left on the moon")

func (f *flakyFile) turn() error {
	if f.calls.Add(1) == f.at {
		return errFlaky
	}
	return nil
}

func (f *flakyFile) Write(p []byte) (int, error) {
	err := f.turn()
	if err != nil {
		p = p[:len(p)/2]
		if f.short {
			err = nil
		}
	}
	if need := f.pos + int64(len(p)); need > int64(len(f.data)) {
		f.data = append(f.data, make([]byte, need-int64(len(f.data)))...)
	}
	copy(f.data[f.pos:], p)
	f.pos += int64(len(p))
	return len(p), err
}

func (f *flakyFile) Seek(off int64, whence int) (int64, error) {
	if err := f.turn(); err != nil {
		return 0, err
	}
	if whence == io.SeekEnd {
		off += int64(len(f.data))
	}
	f.pos = off
	return off, nil
}

func (f *flakyFile) ReadAt(p []byte, off int64) (int, error) {
	if err := f.turn(); err != nil {
		return 0, err
	}
	n := copy(p, f.data[off:])
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// writeSmall writes an archive that uses every way to the file, until the first error.
func writeSmall(f zim.File) error {
	w, err := zim.NewWriter(f, &zim.WriterOptions{ClusterBytes: 4 << 10, Workers: 2})
	if err != nil {
		return err
	}
	for i := range 4 {
		if err := w.Add(zim.Header{Path: fmt.Sprint(i, ".mp4"), MIMEType: "video/mp4"}, &zeros{5000 + int64(i)}); err != nil {
			return sticky(w, err)
		}
		h := zim.Header{Path: fmt.Sprint(i, ".html"), MIMEType: "text/html", FrontArticle: true}
		if err := w.Add(h, strings.NewReader(string(prose(uint64(i), 3000)))); err != nil {
			return sticky(w, err)
		}
		if err := w.Add(zim.Header{Path: fmt.Sprint(i, ".png"), MIMEType: "image/png"}, &zeros{100 + int64(i)}); err != nil {
			return sticky(w, err)
		}
	}
	if err := w.Close(); err != nil {
		return sticky(w, err)
	}
	return nil
}

// sticky returns err if w now gives nothing else, and says so otherwise.
func sticky(w *zim.Writer, err error) error {
	if again := w.Add(zim.Header{Path: "more", MIMEType: "text/css"}, strings.NewReader("")); again != err {
		return fmt.Errorf("Add after %w gives another error: %s", err, fmt.Sprint(again))
	}
	if again := w.Close(); again != err {
		return fmt.Errorf("Close after %w gives another error: %s", err, fmt.Sprint(again))
	}
	return err
}

func TestEveryFailureOfTheFileIsReturned(t *testing.T) {
	whole := &flakyFile{}
	if err := writeSmall(whole); err != nil {
		t.Fatal(err)
	}
	calls := whole.calls.Load()
	if calls < 40 {
		t.Fatalf("%d calls, want more", calls)
	}
	for at := int64(1); at <= calls; at++ {
		err := writeSmall(&flakyFile{at: at})
		if !errors.Is(err, errFlaky) || strings.Contains(err.Error(), "another error") {
			t.Errorf("failure of call %d: %v, want %v", at, err, errFlaky)
		}
		short := &flakyFile{at: at, short: true}
		if err := writeSmall(short); err == nil {
			t.Errorf("short write in call %d is taken for success", at)
		}
	}
}

func TestFileThatIsNotEmpty(t *testing.T) {
	if _, err := zim.NewWriter(&flakyFile{data: []byte("old")}, nil); err == nil {
		t.Error("NewWriter on a file that is neither empty nor can be truncated succeeds")
	}
	name := filepath.Join(t.TempDir(), "old.zim")
	if err := os.WriteFile(name, make([]byte, 1<<20), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	addPage(t, w, "a")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if r := openFile(t, name); r.Size() > 10<<10 {
		t.Errorf("%d bytes, want those before to be gone", r.Size())
	}
}

func TestFileWithoutTruncateKeepsLargeCopies(t *testing.T) {
	f := &flakyFile{}
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	addPage(t, w, "a")
	for i := range 2 {
		if err := w.Add(zim.Header{Path: fmt.Sprint(i), MIMEType: "video/mp4"}, &zeros{5 << 20}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if len(f.data) < 10<<20 {
		t.Errorf("%d bytes, want both copies", len(f.data))
	}
}
