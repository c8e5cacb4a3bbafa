package carry

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/zim"
)

// A title can hold what moves the cursor or turns text around; the README of an executable shows it as escapes.
func TestReadmeOfHostileTitle(t *testing.T) {
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
	if err := w.Add(zim.Header{Path: "index.html", MIMEType: "text/html", FrontArticle: true}, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	if err := w.AddMetadata("Title", []byte("Ti\x1b[2Jtle \u202eeltit")); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	z, err := zim.NewReader(bytes.NewReader(data), int64(len(data)), nil)
	if err != nil {
		t.Fatal(err)
	}
	text := readme(&archive.Source{Zim: z})
	if strings.ContainsAny(text, "\x1b\u202e") || !strings.Contains(text, `Ti\x1b[2Jtle \u202eeltit`) {
		t.Errorf("%q", text)
	}
}
