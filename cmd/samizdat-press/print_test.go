package main

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
)

// claiming is an archive that says it has size bytes; print decides before it reads them.
func claiming(t *testing.T, size int64) *archive.Source {
	t.Helper()
	name := filepath.Join(t.TempDir(), "d.zim")
	p := &program{}
	cmd := &cobra.Command{}
	cmd.SetContext(t.Context())
	bundle := filepath.Join("..", "..", "bundle")
	if _, err := p.packInto(cmd, bundle, &output{file: name}); err != nil {
		t.Fatal(err)
	}
	sources, err := archive.Find(archive.Options{Paths: []string{name}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sources[0].Close() })
	src := *sources[0]
	src.Size = size
	return &src
}

func setOf(t *testing.T) *readers {
	t.Helper()
	b, err := carrytest.Set(carrytest.All(), nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := carry.OpenRuntimes(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return &readers{targets: set.Targets(), set: set, setFile: bytes.NewReader(b), setSize: int64(len(b))}
}

// Where an archive goes by its size: inside up to 1.9 GB, beside above, in parts above what FAT32 holds.
func TestPrintPlaces(t *testing.T) {
	readers := setOf(t)
	src := claiming(t, 0)
	for _, c := range []struct {
		size    int64
		payload string
		inside  bool
		parts   []string
	}{
		{1_900_000_000, "auto", true, nil},
		{1_900_000_001, "auto", false, []string{"d.zim"}},
		{1_900_000_001, "inside", true, nil},
		{1<<32 - 1, "auto", false, []string{"d.zim"}},
		{1 << 32, "auto", false, []string{"d.zimaa", "d.zimab"}},
		{9_000_000_000, "auto", false, []string{"d.zimaa", "d.zimab", "d.zimac"}},
		{100, "beside", false, []string{"d.zim"}},
	} {
		src.Size = c.size
		job, err := newJob(&edition{dir: "out", payload: c.payload}, "d", src, readers, carry.InsideMax)
		if err != nil {
			t.Fatal(err)
		}
		if job.inside != c.inside || (len(job.members) > 0) != c.inside {
			t.Errorf("%d bytes, %s: inside %v with %d members", c.size, c.payload, job.inside, len(job.members))
		}
		var total int64
		rest := job.tasks[len(readers.targets):]
		if len(rest) != len(c.parts) {
			t.Errorf("%d bytes, %s: %d files beside the executables, want %v", c.size, c.payload, len(rest), c.parts)
			continue
		}
		for i, task := range rest {
			if task.path != filepath.Join("out", c.parts[i]) || task.target != nil || task.size > carry.FATMax {
				t.Errorf("%d bytes, %s: %+v, want %s", c.size, c.payload, task, c.parts[i])
			}
			total += task.size
		}
		if !c.inside && total != c.size {
			t.Errorf("%d bytes, %s: the parts have %d", c.size, c.payload, total)
		}
	}
}

// What Windows and macOS do not start is refused before a byte is read or written, with the reason.
func TestPrintTooLarge(t *testing.T) {
	readers := setOf(t)
	src := claiming(t, 1<<32)
	for _, target := range carry.Targets() {
		readers.targets = []carry.Target{target}
		job, err := newJob(&edition{dir: t.TempDir(), payload: "inside"}, "d", src, readers, carry.InsideMax)
		if err != nil {
			t.Fatal(err)
		}
		_, err = job.layOut()
		if tooLarge := errors.Is(err, carry.ErrTooLarge); tooLarge != (target.OS == "windows" || target.OS == "darwin") {
			t.Errorf("%v: %v", target, err)
		}
	}
}
