package carry

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/messages"
	"samizdat/internal/zim"
)

// sourceWith makes an archive with metadata.
func sourceWith(t *testing.T, metadata map[string]string) *archive.Source {
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
	if err := w.Add(zim.Header{Path: "index.html", MIMEType: "text/html", FrontArticle: true}, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	for key, text := range metadata {
		if err := w.AddMetadata(key, []byte(text)); err != nil {
			t.Fatal(err)
		}
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
	return &archive.Source{Zim: z}
}

// A title can hold what moves the cursor or turns text around; the README of an executable shows it as escapes.
func TestReadmeOfHostileTitle(t *testing.T) {
	text := readme(sourceWith(t, map[string]string{"Title": "Ti\x1b[2Jtle \u202eeltit"}))
	if strings.ContainsAny(text, "\x1b\u202e") || !strings.Contains(text, `Ti\x1b[2Jtle \u202eeltit`) {
		t.Errorf("%q", text)
	}
}

// The README speaks the languages of the frame, as those of a stick do; else those of the archive; English always.
func TestReadmeLanguages(t *testing.T) {
	for _, c := range []struct {
		metadata map[string]string
		want     []string
	}{
		{map[string]string{"Language": "eng", "X-UI": "en,ru,kk,fa"}, []string{"en", "ru", "kk", "fa"}},
		{map[string]string{"Language": "rus", "X-UI": "kk, ru"}, []string{"kk", "ru", "en"}},
		{map[string]string{"Language": "rus,ukr"}, []string{"ru", "uk", "en"}},
		{nil, []string{"en"}},
	} {
		text, at := readme(sourceWith(t, c.metadata)), 0
		for _, lang := range c.want {
			line := messages.For(lang).Text("readme.start")
			n := strings.Index(text[at:], line)
			if n < 0 {
				t.Errorf("%v: no %s behind what comes before:\n%s", c.metadata, lang, text)
				break
			}
			at += n + len(line)
		}
		if got := strings.Count(text, "\r\n\r\n"); got != 2*len(c.want)-1 {
			t.Errorf("%v: other languages than %q:\n%s", c.metadata, c.want, text)
		}
	}
}
