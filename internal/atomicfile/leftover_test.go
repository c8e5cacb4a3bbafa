package atomicfile_test

import (
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"testing"
	"time"

	"samizdat/internal/atomicfile"
)

// Sweep removes what was left, and neither what is in use nor what is others'.
func TestSweep(t *testing.T) {
	dir := t.TempDir()
	long := time.Now().Add(-time.Hour)
	old := func(name string) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte("x"), 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(path, long, long); err != nil {
			t.Fatal(err)
		}
		return path
	}
	old(".samizdat-0123456789abcdef.tmp")
	old(".samizdat-0123456789abcdef.zim")
	keep := []string{".samizdat-stick-0.tmp", ".samizdat-0123456789abcde.tmp", ".samizdat-0123456789abcdef.tmp.txt", "dossier.zim"}
	for _, name := range keep {
		old(name)
	}
	var held []*os.File
	for _, ending := range []string{".tmp", ".zim"} {
		f, err := atomicfile.Temporary(dir, ending, 0o600)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, f)
	}
	again, err := atomicfile.Hold(old(".samizdat-00000000000000aa.zim"))
	if err != nil {
		t.Fatal(err)
	}
	held = append(held, again)
	for _, f := range held {
		keep = append(keep, filepath.Base(f.Name()))
		if err := os.Chtimes(f.Name(), long, long); err != nil {
			t.Fatal(err)
		}
	}
	young := ".samizdat-00000000000000bb.tmp"
	if err := os.WriteFile(filepath.Join(dir, young), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	keep = append(keep, young)
	future := time.Now().Add(time.Hour)
	if err := os.Chtimes(old(".samizdat-00000000000000cc.tmp"), future, future); err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Sweep(dir); err != nil {
		t.Fatal(err)
	}
	left, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	if len(left) != len(keep) {
		t.Errorf("%d files left, want %d: %v", len(left), len(keep), left)
	}
	for _, name := range keep {
		if _, err := os.Lstat(filepath.Join(dir, name)); err != nil {
			t.Errorf("%s is gone", name)
		}
	}
	for _, f := range held {
		f.Close()
	}
	if err := atomicfile.Sweep(dir); err != nil {
		t.Fatal(err)
	}
	if _, err := os.Lstat(held[0].Name()); err == nil {
		t.Error("what nobody holds any more is still there")
	}
}

// A file that was written under one of Temporary's names, and not for a long time before it was finished, is there to be
// held.
func TestSweepLeavesWhatWasJustFinished(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, ".samizdat-0123456789abcdef.zim")
	err := atomicfile.Write(name, 0o600, func(f *os.File) error {
		long := time.Now().Add(-time.Hour)
		return os.Chtimes(f.Name(), long, long)
	})
	if err != nil {
		t.Fatal(err)
	}
	if err := atomicfile.Sweep(dir); err != nil {
		t.Fatal(err)
	}
	f, err := atomicfile.Hold(name)
	if err != nil {
		t.Fatal(err)
	}
	f.Close()
}

// A file that is not there cannot be held, and none appears.
func TestHoldNothing(t *testing.T) {
	dir := t.TempDir()
	f, err := atomicfile.Hold(filepath.Join(dir, ".samizdat-0123456789abcdef.zim"))
	if f != nil || !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("%v, %v; want none and that it does not exist", f, err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) != 0 {
		t.Errorf("%v, %v", left, err)
	}
}
