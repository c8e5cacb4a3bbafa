//go:build corpora

package scrub_test

import (
	"bytes"
	"errors"
	"image/jpeg"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/scrub"
)

// TestCorpora scrubs the photos of other people below $CORPORA, a checkout of ianare/exif-samples among them: exiftool
// must find nothing but how they are turned, and the pixels must stay. "make judges CORPORA=DIR" runs it.
func TestCorpora(t *testing.T) {
	dir := judge.Corpora(t)
	after := t.TempDir()
	photos, damaged, turned, located := 0, 0, 0, 0
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		ext := strings.ToLower(filepath.Ext(path))
		if err != nil || d.IsDir() || !slices.Contains([]string{".jpg", ".jpeg", ".heic", ".heif"}, ext) {
			return err
		}
		b, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		f, err := read(b)
		var damage *scrub.DamageError
		switch {
		case errors.As(err, &damage):
			damaged++
			t.Logf("%s: %v", path, err)
			return nil
		case err != nil:
			t.Errorf("%s: %v", path, err)
			return nil
		}
		photos++
		if f.Has(scrub.Position) {
			located++
		}
		_, out := scrubbed(t, b)
		twice(t, out)
		if f.Format == scrub.JPEG {
			was, err1 := jpeg.Decode(bytes.NewReader(b))
			is, err2 := jpeg.Decode(bytes.NewReader(out))
			if err1 != nil || err2 != nil {
				t.Errorf("%s: cannot be decoded: %v; %v", path, err1, err2)
			} else if !reflect.DeepEqual(was, is) {
				t.Errorf("%s: the pixels are others", path)
			}
		}
		rel, err := filepath.Rel(dir, path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(after, strings.ReplaceAll(rel, string(filepath.Separator), "_")), out, 0o600)
	})
	if err != nil {
		t.Fatal(err)
	}
	if photos+damaged == 0 {
		judge.LacksCorpus(t, "photo")
	}
	files := exiftool(t, after)
	if len(files) != photos {
		t.Errorf("exiftool looked at %d files of %d", len(files), photos)
	}
	for name, lines := range files {
		for _, line := range tell(lines) {
			t.Errorf("%s: %s", name, line)
		}
		if slices.ContainsFunc(lines, oriented.MatchString) {
			turned++
		}
	}
	t.Logf("%d photos scrubbed, %d damaged ones refused; %d had a position; exiftool finds nothing but how %d are turned", photos, damaged, located, turned)
}
