package atomicfile_test

import (
	"errors"
	"os"
	"os/exec"
	"runtime"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"samizdat/internal/atomicfile"
)

// One has the lock, the others are told who; then the next can have it, and nothing is left.
func TestLock(t *testing.T) {
	dir := t.TempDir()
	release, err := atomicfile.Lock(dir, "the first")
	if err != nil {
		t.Fatal(err)
	}
	var locked *atomicfile.LockedError
	if _, err := atomicfile.Lock(dir, "the second"); !errors.As(err, &locked) || locked.Dir != dir || runtime.GOOS != "windows" && locked.Who != "the first" {
		t.Errorf("%v, %+v", err, locked)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if left, err := os.ReadDir(dir); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
	if release, err = atomicfile.Lock(dir, "the second"); err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Fatal(err)
	}
	if _, err := atomicfile.Lock(dir+"/none", "x"); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("%v", err)
	}
}

// Of many who ask at once, never two have it.
func TestLockOfMany(t *testing.T) {
	dir := t.TempDir()
	var inside, had atomic.Int32
	var wg sync.WaitGroup
	for range 8 {
		wg.Go(func() {
			for range 200 {
				release, err := atomicfile.Lock(dir, "x")
				var locked *atomicfile.LockedError
				if errors.As(err, &locked) {
					continue
				}
				if err != nil {
					t.Error(err)
					return
				}
				if n := inside.Add(1); n != 1 {
					t.Errorf("%d have it", n)
				}
				had.Add(1)
				inside.Add(-1)
				if err := release(); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
	if had.Load() == 0 {
		t.Error("nobody had it")
	}
}

// A killed process has no lock any more.
func TestLockOfTheDead(t *testing.T) {
	if dir := os.Getenv("LOCK_AND_WAIT"); dir != "" {
		if _, err := atomicfile.Lock(dir, "process of the test"); err != nil {
			panic(err)
		}
		os.Stdout.WriteString("locked\n")
		select {}
	}
	dir := t.TempDir()
	cmd := exec.CommandContext(t.Context(), os.Args[0], "-test.run=TestLockOfTheDead")
	cmd.Env = append(os.Environ(), "LOCK_AND_WAIT="+dir)
	out, err := cmd.StdoutPipe()
	if err == nil {
		err = cmd.Start()
	}
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 100)
	n, err := out.Read(b)
	if err != nil || !strings.HasPrefix(string(b[:n]), "locked") {
		t.Fatalf("%q, %v", b[:n], err)
	}
	var locked *atomicfile.LockedError
	if _, err := atomicfile.Lock(dir, "x"); !errors.As(err, &locked) {
		t.Errorf("%v", err)
	}
	if err := cmd.Process.Kill(); err != nil {
		t.Fatal(err)
	}
	_ = cmd.Wait()
	release, err := atomicfile.Lock(dir, "x")
	if err != nil {
		t.Fatal(err)
	}
	if err := release(); err != nil {
		t.Error(err)
	}
}
