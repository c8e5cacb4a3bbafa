package atomicfile_test

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"

	"samizdat/internal/atomicfile"
)

// onlyFiles fails unless dir holds exactly the named files.
func onlyFiles(t *testing.T, dir string, want ...string) {
	t.Helper()
	entries, err := os.ReadDir(dir)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, e := range entries {
		got = append(got, e.Name())
	}
	if strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("directory holds %q, want %q", got, want)
	}
}

func content(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestWriteReplaces(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	for _, text := range []string{"a first and longer one", "second"} {
		if err := atomicfile.WriteFile(name, []byte(text), 0o644); err != nil {
			t.Fatal(err)
		}
		if got := content(t, name); got != text {
			t.Errorf("content %q, want %q", got, text)
		}
	}
	onlyFiles(t, dir, "out")
}

func TestFileCanBeRewritten(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	err := atomicfile.Write(name, 0o600, func(f *os.File) error {
		if _, err := f.WriteString("....body and tail"); err != nil {
			return err
		}
		if _, err := f.WriteAt([]byte("head"), 0); err != nil {
			return err
		}
		b := make([]byte, 8)
		if _, err := f.ReadAt(b, 0); err != nil {
			return err
		}
		if string(b) != "headbody" {
			t.Errorf("read back %q", b)
		}
		if _, err := f.Seek(0, io.SeekStart); err != nil {
			return err
		}
		return f.Truncate(8)
	})
	if err != nil {
		t.Fatal(err)
	}
	if got := content(t, name); got != "headbody" {
		t.Errorf("content %q, want %q", got, "headbody")
	}
}

func TestFailureLeavesTheOldFile(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	if err := atomicfile.WriteFile(name, []byte("old"), 0o644); err != nil {
		t.Fatal(err)
	}
	cause := errors.New("the caller's own")
	err := atomicfile.Write(name, 0o644, func(f *os.File) error {
		f.WriteString("half")
		return cause
	})
	if err != cause {
		t.Errorf("error %v, want the caller's own", err)
	}
	if got := content(t, name); got != "old" {
		t.Errorf("content %q, want %q", got, "old")
	}
	onlyFiles(t, dir, "out")
}

// Errors of the temporary file, as when the disk is full, name the file that was to be written.
func TestErrorsNameTheFile(t *testing.T) {
	name := filepath.Join(t.TempDir(), "out")
	for claim, fill := range map[string]func(f *os.File) error{
		"write": func(f *os.File) error { f.Close(); _, err := f.WriteString("x"); return fmt.Errorf("pack: %w", err) },
		"sync":  func(f *os.File) error { f.Close(); return nil },
	} {
		err := atomicfile.Write(name, 0o644, fill)
		if !errors.Is(err, os.ErrClosed) || !strings.Contains(err.Error(), claim+" "+name+":") || strings.Contains(err.Error(), ".tmp") {
			t.Errorf("%s: %v; want an error that names %s", claim, err, name)
		}
	}
}

func TestPanicLeavesNothing(t *testing.T) {
	dir := t.TempDir()
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic was swallowed")
			}
		}()
		atomicfile.Write(filepath.Join(dir, "out"), 0o644, func(f *os.File) error {
			f.WriteString("half")
			panic("a bug")
		})
	}()
	onlyFiles(t, dir)
}

func TestNoOverwrite(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	if err := atomicfile.WriteFile(name, []byte("first"), 0o644, atomicfile.NoOverwrite); err != nil {
		t.Fatal(err)
	}
	called := false
	err := atomicfile.Write(name, 0o644, func(*os.File) error { called = true; return nil }, atomicfile.NoOverwrite)
	if !errors.Is(err, fs.ErrExist) {
		t.Errorf("error %v, want fs.ErrExist", err)
	}
	if called {
		t.Error("the work was done although the name was taken")
	}
	if got := content(t, name); got != "first" {
		t.Errorf("content %q, want %q", got, "first")
	}
	onlyFiles(t, dir, "out")
}

// TestNoOverwriteRace lets several writers begin before any of them finishes.
func TestNoOverwriteRace(t *testing.T) {
	dir := t.TempDir()
	name := filepath.Join(dir, "out")
	const writers = 8
	var begun, done sync.WaitGroup
	begun.Add(writers)
	errs := make([]error, writers)
	for i := range writers {
		done.Go(func() {
			errs[i] = atomicfile.Write(name, 0o644, func(f *os.File) error {
				begun.Done()
				begun.Wait()
				_, err := f.WriteString(string(rune('a' + i)))
				return err
			}, atomicfile.NoOverwrite)
		})
	}
	done.Wait()
	winner := -1
	for i, err := range errs {
		switch {
		case err == nil && winner < 0:
			winner = i
		case err == nil:
			t.Errorf("writers %d and %d both won", winner, i)
		case !errors.Is(err, fs.ErrExist):
			t.Errorf("writer %d: error %v, want fs.ErrExist", i, err)
		}
	}
	if winner < 0 {
		t.Fatal("nobody won")
	}
	if got, want := content(t, name), string(rune('a'+winner)); got != want {
		t.Errorf("content %q, want the winner's %q", got, want)
	}
	onlyFiles(t, dir, "out")
}

func TestDirectoryIsRefused(t *testing.T) {
	dir := t.TempDir()
	if err := atomicfile.WriteFile(dir, nil, 0o644); err == nil {
		t.Error("a directory was replaced")
	}
	missing := filepath.Join(dir, "missing", "out")
	err := atomicfile.WriteFile(missing, nil, 0o644)
	if want := "create " + missing; !errors.Is(err, fs.ErrNotExist) || !strings.HasPrefix(err.Error(), want) {
		t.Errorf("error %v, want fs.ErrNotExist about %s", err, missing)
	}
	onlyFiles(t, dir)
}
