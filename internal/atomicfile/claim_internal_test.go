package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// TestClaimNew tries the way for file systems without hard links, which the tests' own file system has.
func TestClaimNew(t *testing.T) {
	dir := t.TempDir()
	path := filepath.Join(dir, "out")
	for i, want := range []error{nil, fs.ErrExist} {
		name := filepath.Join(dir, "tmp")
		if err := os.WriteFile(name, []byte{'0' + byte(i)}, 0o644); err != nil {
			t.Fatal(err)
		}
		if err := claimNew(name, path); !errors.Is(err, want) {
			t.Errorf("claim %d: error %v, want %v", i, err, want)
		}
	}
	if b, err := os.ReadFile(path); err != nil || string(b) != "0" {
		t.Errorf("content %q, %v; want the first", b, err)
	}
}
