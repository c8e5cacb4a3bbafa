//go:build unix

package main

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
)

// What was packed and cannot be opened is removed: it would lie hidden in the folder of the executables. A link to nothing can be
// opened by nobody, root included.
func TestUnopenedIsRemoved(t *testing.T) {
	name := filepath.Join(t.TempDir(), "packed.zim")
	if err := os.Symlink("absent", name); err != nil {
		t.Fatal(err)
	}
	f, err := holdPacked(name)
	if f != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v; want %v", f, err, fs.ErrNotExist)
	}
	if _, err := os.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it is still there: %v", err)
	}
}
