package zim

import (
	"bytes"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/judge"
)

func runTool(t *testing.T, args ...string) string {
	t.Helper()
	out, err := exec.CommandContext(t.Context(), args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s: %v\n%s", strings.Join(args, " "), err, out)
	}
	return string(out)
}

// byZimwriterfs packs a tree of files and returns the archive's file name.
func byZimwriterfs(t *testing.T, tree map[string][]byte) string {
	t.Helper()
	for _, tool := range []string{"zimwriterfs", "zimdump", "zimcheck"} {
		judge.Tool(t, tool, "zim-tools")
	}
	dir, out := t.TempDir(), filepath.Join(t.TempDir(), "zimwriterfs.zim")
	for path, data := range tree {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, data, 0o666); err != nil {
			t.Fatal(err)
		}
	}
	runTool(t, "zimwriterfs", "-w", "index.html", "-I", "icon.png", "-l", "eng", "-n", "test_en", "-t", "Test", "-d", "An archive for tests",
		"-c", "nobody", "-p", "samizdat", dir, out)
	return out
}

func TestReadsWhatZimwriterfsWrote(t *testing.T) {
	tree := map[string][]byte{
		"icon.png":         testPNG(t, 48),
		"style.css":        []byte("p{margin:0}"),
		"pictures/big.png": append(testPNG(t, 300), bytes.Repeat([]byte{0xAB}, 300_000)...),
		"script.js":        []byte("void 0\n"),
		"data/äöü ы.txt":   []byte("name that is not ASCII\n"),
	}
	for i := range 60 {
		tree[fmt.Sprintf("page%02d.html", i)] = fmt.Appendf(nil, "<!DOCTYPE html><html><head><title>Page %d of many</title></head><body><p>%s</p></body></html>", 99-i, text(uint64(i), 20_000))
	}
	tree["index.html"] = []byte("<!DOCTYPE html><html><head><title>Home</title></head><body><a href=page00.html>first</a></body></html>")
	name := byZimwriterfs(t, tree)
	archive, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	r := openBytes(t, archive, nil)
	for path, want := range tree {
		if got, err := fs.ReadFile(r.FS(), path); err != nil || !bytes.Equal(got, want) {
			t.Errorf("%s: %d bytes, %v, want the %d written", path, len(got), err, len(want))
		}
	}
	main, err := r.MainEntry()
	if err != nil {
		t.Fatal(err)
	}
	if main, err = main.Resolve(); err != nil || main.Path() != "index.html" {
		t.Errorf("main page %v, %v, want index.html", main, err)
	}
	if got, err := r.Metadata("Title"); err != nil || string(got) != "Test" {
		t.Errorf("title %q, %v", got, err)
	}
	if got := r.ArticleCount(); got != 61 {
		t.Errorf("%d articles, want 61", got)
	}
	var titles []string
	for i := range r.ArticleCount() {
		e, err := r.Article(i)
		if err != nil {
			t.Fatal(err)
		}
		titles = append(titles, e.Title())
	}
	if !slices.IsSorted(titles) || !slices.Contains(titles, "Page 99 of many") {
		t.Errorf("titles %q, want them sorted", titles)
	}
	for _, p := range Check(t.Context(), bytes.NewReader(archive), int64(len(archive)), nil) {
		if p.Severity == Error {
			t.Errorf("Check of what zimwriterfs wrote: %v", p)
		}
	}
	compareWithZimdump(t, name, r)
}

// compareWithZimdump compares our listing with zimdump's, which names the entries that it shows to users.
func compareWithZimdump(t *testing.T, name string, r *Reader) {
	t.Helper()
	var got []string
	for e, err := range r.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Namespace() == NamespaceContent {
			got = append(got, e.Path())
		}
	}
	want := strings.Split(strings.TrimSuffix(runTool(t, "zimdump", "list", name), "\n"), "\n")
	slices.Sort(want)
	if !slices.Equal(got, want) {
		t.Errorf("entries %q, want those of zimdump %q", got, want)
	}
}

// TestZimcheckAgreesWithCheck holds both against the vectors: where zimcheck fails, Check finds an error too, and what Check
// passes, zimcheck passes.
func TestZimcheckAgreesWithCheck(t *testing.T) {
	judge.Tool(t, "zimcheck", "zim-tools")
	// zimcheck 3.1.3 wants a list v0 in the header, a favicon in the old scheme and a checksum.
	ours := map[string]bool{"valid_6.3": true, "valid_v0_entry": true, "valid_5.0": true, "checksum_missing": true}
	readVectors(t, func(name string, _ map[string]string, archive []byte) {
		file := filepath.Join(t.TempDir(), "vector.zim")
		if err := os.WriteFile(file, archive, 0o666); err != nil {
			t.Fatal(err)
		}
		out, err := exec.CommandContext(t.Context(), "zimcheck", file).CombinedOutput()
		found := slices.ContainsFunc(Check(t.Context(), bytes.NewReader(archive), int64(len(archive)), nil), func(p Problem) bool { return p.Severity == Error })
		switch {
		case err != nil && !found && !ours[name]:
			t.Errorf("%s: zimcheck fails, Check finds no error:\n%s", name, out)
		case err == nil && strings.HasPrefix(name, "valid_") && found:
			t.Errorf("%s: zimcheck passes, Check finds an error", name)
		}
	})
}
