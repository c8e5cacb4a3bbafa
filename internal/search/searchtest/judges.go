package searchtest

import (
	"bytes"
	"image"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"samizdat/internal/judge"
)

// Icon is the illustration of an archive, a PNG of 48 by 48 pixels.
func Icon(t testing.TB) []byte {
	t.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, 48, 48))); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// WriteTree writes files into a new folder and returns its name.
func WriteTree(t testing.TB, tree map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for path, text := range tree {
		name := filepath.Join(dir, filepath.FromSlash(path))
		if err := os.MkdirAll(filepath.Dir(name), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// Zimwriterfs packs a folder, whose main page is index.html and whose illustration is icon.png, with Debian's zimwriterfs
// into a new archive of that name, with an index. Language is in ISO 639-3.
func Zimwriterfs(t testing.TB, dir, name, language string) string {
	t.Helper()
	program := judge.Tool(t, "zimwriterfs", "zim-tools")
	out := filepath.Join(t.TempDir(), name)
	cmd := exec.CommandContext(t.Context(), program, "-w", "index.html", "-I", "icon.png", "-l", language, "-t", "T", "-d", "D", "-c", "C", "-p", "P", "-n", "n", dir, out)
	cmd.Dir = filepath.Dir(out) // it leaves its databases there while it works
	if said, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("zimwriterfs: %v\n%s", err, said)
	}
	return out
}
