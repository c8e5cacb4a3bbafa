package command

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/judge"
)

func TestManPagesAreWrittenAndRepeatable(t *testing.T) {
	dir := t.TempDir()
	if status, _, stderr := call(t, fine, "man", dir); status != ExitOK {
		t.Fatalf("status %d, %s", status, stderr)
	}
	names, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil {
		t.Fatal(err)
	}
	for i := range names {
		names[i] = filepath.Base(names[i])
	}
	if got, want := strings.Join(names, " "), "prog-close.1 prog-completion.1 prog-open.1 prog.1"; got != want {
		t.Fatalf("got %s, want %s", got, want)
	}
	first, err := os.ReadFile(filepath.Join(dir, "prog-open.1"))
	if err != nil {
		t.Fatal(err)
	}
	for _, part := range []string{
		`.TH "PROG\-OPEN" 1 "" "prog 1.2"` + "\n", ".SH NAME\nprog\\-open \\- open a thing\n", "\\&.dotted line\n",
		"prog open \\(aqa\\eb\\(aq \\-o out\n", ".TP\n.B \\-o, \\-\\-output FILE\nwrite to FILE\n", ".TP\n.B 3\nthe thing is damaged\n",
	} {
		if !bytes.Contains(first, []byte(part)) {
			t.Errorf("no %q in\n%s", part, first)
		}
	}
	if status, _, stderr := call(t, fine, "man", dir); status != ExitOK {
		t.Fatalf("second time: status %d, %s", status, stderr)
	}
	if second, _ := os.ReadFile(filepath.Join(dir, "prog-open.1")); !bytes.Equal(first, second) {
		t.Error("the page changed")
	}
	if status, _, stderr := call(t, fine, "man", filepath.Join(dir, "missing")); status != ExitFailure || !strings.Contains(stderr, "hint: mkdir -p") {
		t.Errorf("missing folder: status %d, %s", status, stderr)
	}
}

// The judge: groff reads the pages without a warning.
func TestManPagesPleaseGroff(t *testing.T) {
	groff := judge.Tool(t, "groff", "groff-base")
	for _, page := range ManPages(tree(fine)) {
		cmd := exec.Command(groff, "-man", "-Tutf8", "-ww", "-z")
		cmd.Stdin = bytes.NewReader(page.Text)
		if out, err := cmd.CombinedOutput(); err != nil || len(out) > 0 {
			t.Errorf("%s: %v\n%s", page.Name, err, out)
		}
	}
}

func TestCompletionScripts(t *testing.T) {
	for _, shell := range shells {
		status, stdout, stderr := call(t, fine, "completion", shell)
		if status != ExitOK || stderr != "" || !strings.Contains(stdout, "__complete") {
			t.Errorf("%s: status %d, stderr %q, %d bytes without __complete", shell, status, stderr, len(stdout))
		}
	}
	if status, stdout, _ := call(t, fine, "__complete", "op"); status != ExitOK || !strings.HasPrefix(stdout, "open\topen a thing\n") {
		t.Errorf("completing op: status %d, %q", status, stdout)
	}
}
