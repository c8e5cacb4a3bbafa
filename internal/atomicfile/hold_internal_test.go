//go:build !windows

package atomicfile

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// TestAnotherFileHasTheName: between the look at a leftover and its removal somebody else's file may have taken the name. Only
// the inode tells.
func TestAnotherFileHasTheName(t *testing.T) {
	name := filepath.Join(t.TempDir(), ".samizdat-0123456789abcdef.tmp")
	long := time.Now().Add(-time.Hour)
	file := func(content string) *os.File {
		t.Helper()
		if err := os.WriteFile(name, []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(name, long, long); err != nil {
			t.Fatal(err)
		}
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		t.Cleanup(func() { f.Close() })
		return f
	}
	left := file("left")
	if err := os.Rename(name, name+".old"); err != nil { // a file that is gone would give its inode to the next one
		t.Fatal(err)
	}
	mine := file("mine")
	if err := removeOpen(left, name); err != nil {
		t.Fatal(err)
	}
	if b, err := os.ReadFile(name); err != nil || string(b) != "mine" {
		t.Errorf("the file that has the name by now: %q, %v", b, err)
	}
	if err := removeOpen(mine, name); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(name); err == nil {
		t.Error("the leftover itself is still there")
	}
	if err := removeOpen(mine, name); err != nil { // somebody else was quicker
		t.Error(err)
	}
}

// TestLockedElsewhere: what cannot be locked, because somebody holds it, is opened by Hold all the same, and stays.
func TestLockedElsewhere(t *testing.T) {
	dir := t.TempDir()
	f, err := Temporary(dir, ".tmp", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	long := time.Now().Add(-time.Hour)
	if err := os.Chtimes(f.Name(), long, long); err != nil {
		t.Fatal(err)
	}
	second, err := Hold(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	if hold(second) == nil {
		t.Error("two locks on one file")
	}
	second.Close()
	if err := Sweep(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(f.Name()); err != nil {
		t.Errorf("what is held is gone: %v", err)
	}
}
