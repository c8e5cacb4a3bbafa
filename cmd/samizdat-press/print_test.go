package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"errors"
	"hash"
	"io"
	"math/rand/v2"
	"os"
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

// random gives the same size bytes every time.
func random(size int) []byte {
	b := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // no error
	return b
}

// empty is a new file.
func empty(t *testing.T) *os.File {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "copy"))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	return f
}

// A copy has every byte of its source, whatever its size is beside a step and the bytes after which the flush begins.
func TestCopyTo(t *testing.T) {
	for _, size := range []int{0, 1, printStep - 1, printStep, printStep + 1, printFlush - 1, printFlush, printFlush + 1, 2*printFlush + printStep + 4097} {
		for _, sum := range []hash.Hash{nil, sha256.New()} {
			data, f, told := random(size), empty(t), int64(0)
			if err := copyTo(t.Context(), f, bytes.NewReader(data), int64(size), sum, func(n int64) { told += n }); err != nil {
				t.Fatalf("%d bytes: %v", size, err)
			}
			if told != int64(size) {
				t.Errorf("%d bytes: told of %d", size, told)
			}
			if got, err := os.ReadFile(f.Name()); err != nil || !bytes.Equal(got, data) {
				t.Errorf("%d bytes: the copy is another file, %d bytes, %v", size, len(got), err)
			}
			if want := sha256.Sum256(data); sum != nil && !bytes.Equal(sum.Sum(nil), want[:]) {
				t.Errorf("%d bytes: another SHA-256", size)
			}
		}
	}
}

// The file is what an executable reads byte by byte, for every platform.
func TestCopyOfExecutable(t *testing.T) {
	members := []*carry.Member{carry.Bytes("a.txt", []byte("a")), carry.NewMember("b", bytes.NewReader(random(3<<20+5)), 3<<20+5)}
	for target, runtime := range carrytest.All() {
		image, err := carry.New(bytes.NewReader(runtime), int64(len(runtime)), members)
		if err != nil {
			t.Fatal(err)
		}
		f := empty(t)
		if err := copyTo(t.Context(), f, image, image.Size(), nil, func(int64) {}); err != nil {
			t.Fatal(err)
		}
		got, err := os.ReadFile(f.Name())
		if err != nil || int64(len(got)) != image.Size() {
			t.Fatalf("%s: %d bytes, %v, want %d", target, len(got), err, image.Size())
		}
		want := make([]byte, 1237) // no divisor of a step
		for off := 0; off < len(got); off += len(want) {
			n, _ := image.ReadAt(want, int64(off))
			if !bytes.Equal(got[off:min(off+len(want), len(got))], want[:n]) {
				t.Errorf("%s: another byte between %d and %d", target, off, off+n)
			}
		}
	}
}

// What ends a copy early is told, and what was read until then was written.
func TestCopyEnds(t *testing.T) {
	data := random(2*printStep + 10)
	nothing := func(int64) {}
	short := empty(t)
	err := copyTo(t.Context(), short, bytes.NewReader(data), int64(len(data))+1, nil, nothing)
	if want := "write " + short.Name() + ": unexpected EOF"; !errors.Is(err, io.ErrUnexpectedEOF) || err.Error() != want {
		t.Errorf("source too short: %v, want %s", err, want)
	}
	if got, err := os.ReadFile(short.Name()); err != nil || !bytes.Equal(got, data[:2*printStep]) {
		t.Errorf("source too short: %d bytes, %v", len(got), err)
	}

	ctx, cancel := context.WithCancel(t.Context())
	f, steps := empty(t), 0
	err = copyTo(ctx, f, bytes.NewReader(data), int64(len(data)), nil, func(int64) { steps++; cancel() })
	if !errors.Is(err, context.Canceled) || steps != 1 {
		t.Errorf("cancelled: %v after %d steps, want one", err, steps)
	}

	broken := errors.New("bad sector")
	if err := copyTo(t.Context(), empty(t), brokenAt{data, printStep, broken}, int64(len(data)), nil, nothing); !errors.Is(err, broken) {
		t.Errorf("source broken: %v", err)
	}

	f = empty(t)
	f.Close()
	err = copyTo(t.Context(), f, bytes.NewReader(data), int64(len(data)), nil, nothing)
	if want := "write " + f.Name() + ": file already closed"; !errors.Is(err, os.ErrClosed) || err.Error() != want {
		t.Errorf("file closed: %v, want %s", err, want)
	}
}

// brokenAt is data of which nothing from offset end on can be read.
type brokenAt struct {
	data []byte
	end  int
	err  error
}

func (r brokenAt) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, r.data[min(int(off), r.end):r.end])
	if n < len(p) {
		return n, r.err
	}
	return n, nil
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
