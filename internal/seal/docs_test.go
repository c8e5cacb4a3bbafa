package seal_test

import (
	"bytes"
	"crypto/md5"
	"fmt"
	"os"
	"os/exec"
	"strings"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/seal"
)

// document is docs/seal.md.
func document(t *testing.T) string {
	t.Helper()
	b, err := os.ReadFile("../../docs/seal.md")
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// TestDocument holds the worked example of the document against what this package makes.
func TestDocument(t *testing.T) {
	doc := document(t)
	body := make([]byte, 300000)
	f := worked.Seal(body, "worked example")
	s, err := seal.Load(bytes.NewReader(f), int64(len(f)))
	if err != nil {
		t.Fatal(err)
	}
	text := strings.TrimRight(string(f[len(body):len(f)-md5.Size]), "\n")
	for line := range strings.Lines(text + "\n") {
		if !strings.Contains(doc, "    "+line) {
			t.Errorf("docs/seal.md lacks the line %q", line)
		}
	}
	for _, want := range []string{
		fmt.Sprintf("`%x`", sha(f)), fmt.Sprintf("`%x`", f[len(f)-md5.Size:]), fmt.Sprintf("`%x`", s.Edition),
		"| " + strings.Join(s.Key.Words("en"), " ") + " |", "| " + strings.Join(s.Key.Words("ru"), " ") + " |", "| " + s.Key.Digits() + " |",
		fmt.Sprintf("Head at %d, list at %d, slot at %d, MD5 at %d.", len(body), len(body)+138, len(f)-16-512, len(f)-16),
	} {
		if !strings.Contains(doc, want) {
			t.Errorf("docs/seal.md lacks %q", want)
		}
	}
}

// TestByHand runs the lines of the document, which need coreutils and minisign only, on a whole archive and on changed
// ones.
func TestByHand(t *testing.T) {
	for tool, debian := range map[string]string{"bash": "bash", "split": "coreutils", "minisign": "minisign"} {
		judge.Tool(t, tool, debian)
	}
	_, rest, ok := strings.Cut(document(t), "```sh\n")
	script, _, ok2 := strings.Cut(rest, "```")
	if !ok || !ok2 || !strings.Contains(script, "f=dossier.zim KEY=RW…") {
		t.Fatal("docs/seal.md has no script to run")
	}
	script = strings.Replace(script, "RW…", worked.Public(), 1)
	check := func(f []byte) (string, bool) {
		dir := t.TempDir()
		write(t, dir, "dossier.zim", f)
		cmd := exec.Command("bash", "-c", script)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err == nil && strings.HasSuffix(string(out), "as sealed\n")
	}
	for _, n := range []int{200, seal.BlockSize, 2*seal.BlockSize + 17} {
		f := worked.Seal(make([]byte, n), "worked example")
		if out, ok := check(f); !ok {
			t.Fatalf("a body of %d bytes, as sealed: %s", n, out)
		}
		for _, at := range []int{0, n - 1, n + 5, n + 25, n + 50, n + 140, len(f) - 528 + 60, len(f) - 528 + 160} {
			changed := bytes.Clone(f)
			changed[at] ^= 1
			if out, ok := check(changed); ok {
				t.Errorf("a body of %d bytes, byte %d changed: %s", n, at, out)
			}
		}
	}
}

func write(t *testing.T, dir, name string, data []byte) {
	t.Helper()
	if err := os.WriteFile(dir+"/"+name, data, 0o600); err != nil {
		t.Fatal(err)
	}
}
