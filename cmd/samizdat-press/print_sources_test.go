package main

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
	"samizdat/internal/command"
)

// A file that is made of something that was written to meanwhile, even if it is as large as before, never gets its name.
func TestSourceChanges(t *testing.T) {
	dir := t.TempDir()
	whole := filepath.Join(dir, "whole.zim")
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	if _, err := newProgram().packInto(cmd, filepath.Join("..", "..", "bundle"), &output{file: whole}); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(whole)
	if err != nil {
		t.Fatal(err)
	}
	set, err := carrytest.Set(carrytest.All(), nil)
	if err != nil {
		t.Fatal(err)
	}
	runtimes := filepath.Join(dir, carry.RuntimesName)
	half := len(b) / 2
	if err := errors.Join(
		os.WriteFile(filepath.Join(dir, "parts.zimaa"), b[:half], 0o666),
		os.WriteFile(filepath.Join(dir, "parts.zimab"), b[half:], 0o666),
		os.WriteFile(runtimes, set, 0o666),
	); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		from, changes string
		carry, fails  bool
	}{
		{"whole.zim", "", true, false},
		{"whole.zim", "whole.zim", false, true},
		{"parts.zimaa", "parts.zimaa", false, true},
		{"parts.zimaa", "parts.zimab", false, true},
		{"whole.zim", carry.RuntimesName, true, true},
		{"whole.zim", carry.RuntimesName, false, false}, // what comes out of it has a sum
	} {
		for _, payload := range []string{"inside", "beside"} {
			readers, err := newProgram().set(runtimes)
			if err != nil {
				t.Fatal(err)
			}
			readers.targets = []carry.Target{{OS: "linux", Arch: "amd64"}}
			sources, err := archive.Find(archive.Options{Paths: []string{filepath.Join(dir, c.from)}})
			if err != nil {
				t.Fatal(err)
			}
			out := t.TempDir()
			job, err := newJob(&edition{dir: out, payload: payload, carry: c.carry}, "d", sources[0], readers, carry.InsideMax)
			if err != nil {
				t.Fatal(err)
			}
			if c.changes != "" {
				touch(t, filepath.Join(dir, c.changes))
			}
			err = job.run(cmd)
			sources[0].Close()
			readers.Close()
			entries, _ := os.ReadDir(out)
			if !c.fails {
				if err != nil || len(entries) != len(job.tasks) {
					t.Errorf("%+v, %s: %v, %d files, want %d", c, payload, err, len(entries), len(job.tasks))
				}
				continue
			}
			want := filepath.Join(dir, c.changes) + " changed while it was printed"
			if err == nil || err.Error() != want || command.HintOf(err) == "" || len(entries) > 0 {
				t.Errorf("%+v, %s: %v, hint %q, %d files; want %s and a hint", c, payload, err, command.HintOf(err), len(entries), want)
			}
		}
	}
}

// touch writes the first byte again, some time later.
func touch(t *testing.T, name string) {
	t.Helper()
	info, err := os.Stat(name)
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.OpenFile(name, os.O_RDWR, 0)
	if err != nil {
		t.Fatal(err)
	}
	b := make([]byte, 1)
	_, read := f.ReadAt(b, 0)
	_, written := f.WriteAt(b, 0)
	later := info.ModTime().Add(time.Second)
	if err := errors.Join(read, written, f.Close(), os.Chtimes(name, later, later)); err != nil {
		t.Fatal(err)
	}
}

// Runtimes that nothing can be made of are an error with a hint, whatever was asked for, and no folder is left.
func TestUselessRuntimes(t *testing.T) {
	dir := t.TempDir()
	zim, file, out := filepath.Join(dir, "d.zim"), filepath.Join(dir, carry.RuntimesName), filepath.Join(dir, "out")
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	if _, err := newProgram().packInto(cmd, filepath.Join("..", "..", "bundle"), &output{file: zim}); err != nil {
		t.Fatal(err)
	}
	linux := carry.Target{OS: "linux", Arch: "amd64"}
	for name, c := range map[string]struct {
		files  map[carry.Target][]byte
		change func(*carry.Index)
		want   string
	}{
		"none":       {carrytest.All(), func(i *carry.Index) { i.Runtimes = nil }, file + ": no runtimes for any platform that this press knows"},
		"unknown":    {map[carry.Target][]byte{{OS: "plan9", Arch: "amd64"}: []byte("x")}, nil, file + ": no runtimes for any platform that this press knows"},
		"no program": {map[carry.Target][]byte{linux: bytes.Repeat([]byte("x"), 1000)}, nil, file + ": linux/amd64: read runtime: "},
	} {
		set, err := carrytest.Set(c.files, c.change)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, set, 0o666); err != nil {
			t.Fatal(err)
		}
		for _, target := range []string{"", "--target=linux/amd64"} {
			said := &lockedBuffer{}
			args := []string{"print", zim, "-o", out, "--runtimes", file, "--payload", "inside"}
			if target != "" {
				args = append(args, target)
			}
			status := newProgram().run(t.Context(), args, nil, said, said)
			if got := said.String(); status != command.ExitFailure || !strings.Contains(got, "error: "+c.want) || !strings.Contains(got, "hint: make runtimes") {
				t.Errorf("%s %s: status %d, %s", name, target, status, got)
			}
			if _, err := os.Lstat(out); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("%s %s: the folder is there: %v", name, target, err)
			}
		}
	}
}
