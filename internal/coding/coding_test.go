package coding_test

import (
	"bytes"
	"compress/flate"
	"compress/gzip"
	"compress/zlib"
	"io"
	"strings"
	"testing"

	"github.com/andybalholm/brotli"
	"github.com/klauspost/compress/zstd"

	"samizdat/internal/coding"
)

var text = strings.Repeat("A page of words. ", 5000)

// packed packs text by one coding.
func packed(t *testing.T, s string, writer func(io.Writer) (io.WriteCloser, error)) string {
	t.Helper()
	var b bytes.Buffer
	w, err := writer(&b)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := io.WriteString(w, s); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

func TestReader(t *testing.T) {
	gz := func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil }
	br := func(w io.Writer) (io.WriteCloser, error) { return brotli.NewWriter(w), nil }
	for name, c := range map[string]struct {
		body   string
		fields []string
	}{
		"none":      {text, nil},
		"identity":  {text, []string{"identity"}},
		"gzip":      {packed(t, text, gz), []string{"gzip"}},
		"x-gzip":    {packed(t, text, gz), []string{"X-GZIP"}},
		"br":        {packed(t, text, br), []string{"br"}},
		"zlib":      {packed(t, text, func(w io.Writer) (io.WriteCloser, error) { return zlib.NewWriter(w), nil }), []string{"deflate"}},
		"bare":      {packed(t, text, func(w io.Writer) (io.WriteCloser, error) { return flate.NewWriter(w, 6) }), []string{"deflate"}},
		"zstd":      {packed(t, text, func(w io.Writer) (io.WriteCloser, error) { return zstd.NewWriter(w) }), []string{"zstd"}},
		"two":       {packed(t, packed(t, text, gz), br), []string{"gzip, br"}},
		"two lines": {packed(t, packed(t, text, gz), br), []string{"gzip", "br"}},
		"not gzip":  {text, []string{"gzip"}},
		"not br":    {text, []string{"br"}},
		"not zstd":  {text, []string{"zstd"}},
		"not zlib":  {text, []string{"deflate"}},
	} {
		t.Run(name, func(t *testing.T) {
			r, err := coding.Reader(strings.NewReader(c.body), c.fields)
			if err != nil {
				t.Fatal(err)
			}
			got, err := io.ReadAll(r)
			if err != nil || string(got) != text {
				t.Errorf("%d bytes, %v; want the text of %d", len(got), err, len(text))
			}
			if err := r.Close(); err != nil {
				t.Error(err)
			}
		})
	}
	for _, fields := range [][]string{{"rot13"}, {"gzip,gzip,gzip,gzip,gzip"}} {
		if _, err := coding.Reader(strings.NewReader(text), fields); err == nil {
			t.Errorf("%q is read", fields)
		}
	}
}

// A body that ends too early gives what there is, and an error.
func TestCutBody(t *testing.T) {
	whole := packed(t, text, func(w io.Writer) (io.WriteCloser, error) { return gzip.NewWriter(w), nil })
	r, err := coding.Reader(strings.NewReader(whole[:len(whole)-20]), []string{"gzip"})
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if b, err := io.ReadAll(r); err != io.ErrUnexpectedEOF || len(b) == 0 || !strings.HasPrefix(text, string(b)) {
		t.Errorf("%d bytes, %v", len(b), err)
	}
}
