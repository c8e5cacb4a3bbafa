package dossier_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"samizdat/internal/dossier"
	"samizdat/internal/judge"
)

func TestAllProblemsInOneRun(t *testing.T) {
	files := small()
	replace := func(file, old, text string) {
		if !strings.Contains(files[file], old) {
			t.Fatalf("%s does not hold %q", file, old)
		}
		files[file] = strings.Replace(files[file], old, text, 1)
	}
	replace("dossier.yaml", "creator: Somebody", "creator: Somebody\ncolour: blue")
	replace("dossier.yaml", "lang: en", "lang: kz")
	replace("dossier.yaml", "date: 2026-02-01", "date: 2026-02-29")
	replace("texts/one.md", "item:two", "item:four")
	replace("texts/two.yaml", "id: two", "id: one")
	replace("more/three/item.yaml", "photo.jpg", "photo.jpeg")
	files["stray.txt"] = "x"
	expect(t, mapFS(files), []string{
		`dossier.yaml:5:7: lang: "kz" is not a language; that is a country; the language is kk`,
		`dossier.yaml:7:1: unknown field "colour"; write one of: format, name, title, description, long_description, lang, ui, creator, publisher, license, rights, source, tags, editor_note, illustration, source_document, edition, editions, introduction, closing, sections, timeline`,
		`dossier.yaml:19:11: date: 2026-02-29 is not a day; look at the calendar; write YYYY-MM-DD`,
		`more/three/item.yaml:8:11: file: there is no file more/three/photo.jpeg; did you mean photo.jpg?`,
		`more/three/photo.jpg: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		`stray.txt: warning: nothing refers to this file; name it in the manifest or in an item, or take it away`,
		`texts/one.md:11:11: link to an item that does not exist: "four"; write one of: one, three`,
		`texts/two.yaml:1:5: id one is given twice, first in texts/one.md; choose another`,
	})
}

func TestUnusedFileIsAWarning(t *testing.T) {
	files := small()
	files["texts/draft.md"] = "x"
	files["README.md"] = "for editors"
	files[".gitignore"], files[".git/config"] = "x", "x"
	d, err := dossier.Load(mapFS(files))
	if err != nil {
		t.Fatal(err)
	}
	if len(d.Warnings) != 1 || d.Warnings[0].File != "texts/draft.md" || !d.Warnings[0].Warning {
		t.Errorf("warnings %v, want one about texts/draft.md", d.Warnings)
	}
}

// The main language of the frame is the dossier's own, wherever it stands in the list. Without words in it, the list
// decides, and without a list package messages.
func TestMainLanguage(t *testing.T) {
	for _, c := range []struct{ lang, ui, want string }{
		{"en", "", "en"},
		{"en-GB", "", "en"},
		{"tlh", "", "en"},
		{"en", "ui: [en, ru, fa]", "en ru fa"},
		{"en", "ui: [ru, en, fa]", "en ru fa"},
		{"kk", "ui: [en, kk]", "kk en"},
		{"en-GB", "ui: [ru, en]", "en ru"},
		{"tt", "ui: [ru, en]", "ru en"},
	} {
		files := small()
		files["dossier.yaml"] = strings.Replace(files["dossier.yaml"], "lang: en", "lang: "+c.lang+"\n"+c.ui, 1)
		d, err := dossier.Load(mapFS(files))
		if err != nil {
			t.Errorf("lang %s, %s: %v", c.lang, c.ui, err)
			continue
		}
		if got := strings.Join(d.UI, " "); got != c.want {
			t.Errorf("lang %s, %s: languages %s, want %s", c.lang, c.ui, got, c.want)
		}
	}
}

func TestNoManifest(t *testing.T) {
	expect(t, fstest.MapFS{"a.md": {Data: []byte("x")}}, []string{
		"dossier.yaml: there is no such file; samizdat-press new DIR writes a dossier to begin with",
	})
}

func TestFolderThatIsNotThere(t *testing.T) {
	_, err := dossier.Load(os.DirFS(filepath.Join(t.TempDir(), "none")))
	if !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("Load = %v, want an error that wraps fs.ErrNotExist", err)
	}
}

func TestSymbolicLinksAreRefused(t *testing.T) {
	dir := t.TempDir()
	files := small()
	delete(files, "texts/two.yaml")
	if err := os.CopyFS(dir, mapFS(files)); err != nil {
		t.Fatal(err)
	}
	outside := filepath.Join(t.TempDir(), "two.yaml")
	if err := os.WriteFile(outside, []byte(small()["texts/two.yaml"]), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Symlink(outside, filepath.Join(dir, "texts", "two.yaml")); err != nil {
		judge.Missing(t, "no symbolic links here: "+err.Error())
	}
	if err := os.Symlink(filepath.Dir(outside), filepath.Join(dir, "elsewhere")); err != nil {
		t.Fatal(err)
	}
	expect(t, os.DirFS(dir), []string{
		`dossier.yaml:26:9: items: texts/two.yaml is a symbolic link; put the file itself there`,
		`elsewhere: warning: this is a symbolic link; it is not packed; take it away`,
		`texts/one.md:11:11: link to an item that does not exist: "two"; write one of: one, three`,
	})
}

func TestWindowsLineEndsChangeNothing(t *testing.T) {
	files := small()
	want, err := dossier.Load(mapFS(files))
	if err != nil {
		t.Fatal(err)
	}
	for name, s := range files {
		if strings.HasSuffix(name, ".md") || strings.HasSuffix(name, ".yaml") {
			files[name] = "\uFEFF" + strings.ReplaceAll(s, "\n", "\r\n")
		}
	}
	got, err := dossier.Load(mapFS(files))
	if err != nil {
		t.Fatal(err)
	}
	got.FS, want.FS = nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Errorf("a folder with CRLF gives another dossier:\n%+v\nwant\n%+v", got, want)
	}
}

func TestTimesOfFilesDoNotMatter(t *testing.T) {
	fsys := mapFS(small())
	want, err := dossier.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	for _, f := range fsys {
		f.ModTime = time.Unix(1e9, 0)
	}
	got, err := dossier.Load(fsys)
	if err != nil {
		t.Fatal(err)
	}
	got.FS, want.FS = nil, nil
	if !reflect.DeepEqual(got, want) {
		t.Error("other times give another dossier")
	}
}

func TestResolve(t *testing.T) {
	d, err := dossier.Load(mapFS(small()))
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		file, dest string
		want       dossier.Link
	}{
		{"texts/one.md", "item:two", dossier.Link{Item: d.Item("two")}},
		{"introduction.md", "item:one#p2", dossier.Link{Item: d.Item("one"), Fragment: "p2"}},
		{"texts/one.md", "two.yaml#x", dossier.Link{Item: d.Item("two"), Fragment: "x"}},
		{"texts/one.md", "../more/three/photo.jpg", dossier.Link{File: "more/three/photo.jpg"}},
		{"introduction.md", "source/doc.txt", dossier.Link{File: "source/doc.txt"}},
		{"texts/one.md", "#p1", dossier.Link{Fragment: "p1"}},
		{"texts/one.md", "https://example.org/a#b", dossier.Link{URL: "https://example.org/a#b"}},
	} {
		if got, err := d.Resolve(c.file, c.dest); err != nil || got != c.want {
			t.Errorf("Resolve(%q, %q) = %+v, %v, want %+v", c.file, c.dest, got, err, c.want)
		}
	}
	for _, dest := range []string{"item:none", "mailto:a@example.org", "javascript:alert(1)", "data:,x", "/etc/passwd", "../../x", "dossier.yaml", "https:", "http://"} {
		_, err := d.Resolve("texts/one.md", dest)
		var le *dossier.LinkError
		if !errors.As(err, &le) {
			t.Errorf("Resolve(%q) = %v, want a *LinkError", dest, err)
		}
	}
}

func TestLinksInCodeAreNotRead(t *testing.T) {
	files := small()
	files["texts/one.md"] += "\n`[x](item:none)`\n\n```\n[x](item:none)\n```\n"
	if _, err := dossier.Load(mapFS(files)); err != nil {
		t.Errorf("Load:\n%v", err)
	}
}
