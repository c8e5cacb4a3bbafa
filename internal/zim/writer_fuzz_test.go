package zim_test

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"testing"

	"samizdat/internal/zim"
)

// truncateFile is a file in memory that never fails and can be truncated.
type truncateFile struct{ flakyFile }

func (f *truncateFile) Truncate(n int64) error {
	f.data = f.data[:n]
	return nil
}

// FuzzWriter adds whatever the input says and reads it back: what the writer accepts comes out as it went in, and
// has no defect that Check knows; what it refuses it refuses with an error of its own.
//
// Each line of the input is an entry: a byte that says how it is added, the path, a tab, the body.
func FuzzWriter(f *testing.F) {
	f.Add([]byte("\x00index.html\t<p>hello\n\x01a.png\tPNG\n\x02b.html\t<p>hello\n\x07redirect\tindex.html\n"), uint8(0))
	f.Add([]byte("\x00a\t1\n\x01b\t1\n\x08a\t2\n\x0fc\tc\n"), uint8(3))
	f.Add(append([]byte("\x10big\t"), bytes.Repeat([]byte("0123456789"), 1000)...), uint8(40))
	f.Fuzz(func(t *testing.T, input []byte, clusterBytes uint8) {
		file := &truncateFile{}
		w, err := zim.NewWriter(file, &zim.WriterOptions{ClusterBytes: int(clusterBytes) * 16, Workers: 2})
		if err != nil {
			t.Fatal(err)
		}
		want := map[string][]byte{}      // content of items
		redirects := map[string]string{} // targets
		for line := range bytes.SplitSeq(input, []byte("\n")) {
			path, body, ok := bytes.Cut(line, []byte("\t"))
			if !ok || len(path) == 0 {
				continue
			}
			how, p := path[0], string(path[1:])
			h := zim.Header{Path: p, FrontArticle: how&8 == 0, Store: how&16 != 0, MIMEType: "image/png"}
			if how&1 == 0 {
				h.MIMEType = "text/html"
			}
			if how&6 == 6 {
				if err := w.AddRedirect(h, string(body)); err != nil {
					wantRefusal(t, err)
					return
				}
				redirects[p] = string(body)
				continue
			}
			var from io.Reader = bytes.NewReader(body)
			if how&2 != 0 {
				h.Size = int64(len(body))
			}
			if err := w.Add(h, from); err != nil {
				wantRefusal(t, err)
				return
			}
			want[p] = body
			if how&32 != 0 {
				w.SetMainPage(p)
			}
		}
		if err := w.Close(); err != nil {
			wantRefusal(t, err)
			return
		}

		size := int64(len(file.data))
		r, err := zim.NewReader(file, size, nil)
		if err != nil {
			t.Fatal(err)
		}
		for path, body := range want {
			wantContent(t, r, path, body)
		}
		for path, target := range redirects {
			if e, err := entry(t, r, path).Target(); err != nil || e.Path() != target {
				t.Errorf("C/%q redirects to %q (%v), want %q", path, e.Path(), err, target)
			}
		}
		content := 0
		for e, err := range r.Entries() {
			if err != nil {
				t.Fatal(err)
			}
			if e.Namespace() == 'C' {
				content++
			}
		}
		if content != len(want)+len(redirects) {
			t.Errorf("%d content entries, want %d", content, len(want)+len(redirects))
		}
		for _, p := range zim.Check(t.Context(), file, size, nil) {
			switch p.Kind { // what the caller owes, and did not give
			case "metadata", "main page", "empty item":
			default:
				t.Error(fmt.Sprint(p.Kind, ": ", p))
			}
		}
	})
}

// wantRefusal checks that err is one of those that the package names.
func wantRefusal(t *testing.T, err error) {
	t.Helper()
	for _, known := range []error{
		zim.ErrInvalidPath, zim.ErrTooLong, zim.ErrDuplicatePath, zim.ErrDanglingRedirect, zim.ErrRedirectLoop, zim.ErrNoFrontArticle,
	} {
		if errors.Is(err, known) {
			return
		}
	}
	t.Errorf("unexpected error %v", err)
}
