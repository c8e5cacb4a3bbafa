package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"sync/atomic"
	"syscall"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/atomicfile"
	"samizdat/internal/carry"
	"samizdat/internal/command"
	"samizdat/internal/splice"
)

const (
	printStep    = 1 << 20 // bytes that are read, written and hashed at once
	printWorkers = 2       // files written at the same time: one hashes while the other writes
)

// job is one run of print: which files are to be written.
type job struct {
	e       *edition
	readers *readers
	src     *archive.Source
	inside  bool
	members []*carry.Member // of every executable; none if the archive goes beside
	tasks   []task
	files   []printFile
}

// task is one file to be written.
type task struct {
	path   string
	target *carry.Target // nil: not an executable
	r      io.ReaderAt   // nil for executables until they are made
	size   int64
}

// newJob lists the files. Nothing is written, and no more is read than heads of files.
func newJob(e *edition, name string, src *archive.Source, readers *readers) (*job, error) {
	j := &job{e: e, readers: readers, src: src}
	j.inside = e.payload == "inside" || e.payload == "auto" && src.Size <= carry.InsideMax
	for _, t := range readers.targets {
		j.tasks = append(j.tasks, task{path: filepath.Join(e.dir, t.FileName(name)), target: &t})
	}
	if j.inside {
		members, err := carry.Payload(src)
		if err != nil {
			return nil, err
		}
		j.members = carry.Without(members, carry.RuntimesName)
		if e.carry {
			j.members = append(j.members, carry.NewMember(carry.RuntimesName, readers.setFile, readers.setSize))
		}
		return j, nil
	}
	for _, part := range carry.Split(name+".zim", src.Size) {
		j.tasks = append(j.tasks, task{path: filepath.Join(e.dir, part.Name), r: io.NewSectionReader(src.R, part.Off, part.Size), size: part.Size})
	}
	if e.carry {
		j.tasks = append(j.tasks, task{path: filepath.Join(e.dir, carry.RuntimesName), r: readers.setFile, size: readers.setSize})
	}
	return j, nil
}

// mayWrite finds files that are in the way before any work is done.
func (j *job) mayWrite() error {
	for _, t := range j.tasks {
		info, err := os.Lstat(t.path)
		switch {
		case err != nil:
			continue
		case info.IsDir():
			return fmt.Errorf("write %s: is a folder", t.path)
		case !j.e.force:
			return inTheWay(t.path)
		}
	}
	return nil
}

func inTheWay(name string) error {
	return command.Hint(fmt.Errorf("write %s: %w", name, fs.ErrExist), "--force replaces what is there")
}

// run writes the files. Those that are whole stay if another fails.
func (j *job) run(cmd *cobra.Command) error {
	if err := j.compose(cmd); err != nil {
		return err
	}
	var total int64
	for _, t := range j.tasks {
		total += t.size
	}
	progress := command.ProgressOf(cmd, "printing")
	defer progress.Done()
	ctx, cancel := context.WithCancelCause(cmd.Context())
	defer cancel(nil)
	j.files = make([]printFile, len(j.tasks))
	var next, done atomic.Int64
	finished := make(chan struct{})
	workers := min(printWorkers, len(j.tasks))
	for range workers {
		go func() {
			defer func() { finished <- struct{}{} }()
			for ctx.Err() == nil {
				i := int(next.Add(1) - 1)
				if i >= len(j.tasks) {
					return
				}
				sum, err := j.write(ctx, j.tasks[i], func(n int64) { progress.Set(done.Add(n), total) })
				if err != nil {
					cancel(err)
					return
				}
				f := printFile{File: j.tasks[i].path, Bytes: j.tasks[i].size, SHA256: sum}
				if t := j.tasks[i].target; t != nil {
					f.Target = t.String()
				}
				j.files[i] = f
			}
		}()
	}
	for range workers {
		<-finished
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

// compose lays the executables out, and reads the archive once for its sums.
func (j *job) compose(cmd *cobra.Command) error {
	ctx := cmd.Context()
	var runtimes [][]byte
	if j.readers.set != nil {
		progress := command.ProgressOf(cmd, "unpacking runtimes")
		var err error
		runtimes, err = j.readers.load(ctx, progress.Set, j.readers.targets)
		progress.Done()
		if err != nil {
			return err
		}
	}
	var images []*carry.Image
	for i := range j.tasks {
		t := &j.tasks[i]
		if t.target == nil {
			continue
		}
		var r io.ReaderAt = j.readers.own
		size := j.readers.ownSize
		if runtimes != nil {
			r, size = bytes.NewReader(runtimes[i]), int64(len(runtimes[i]))
		}
		image, err := carry.New(r, size, j.members)
		if err != nil {
			return explainTooLarge(*t.target, err)
		}
		t.r, t.size = image, image.Size()
		images = append(images, image)
	}
	progress := command.ProgressOf(cmd, "summing")
	defer progress.Done()
	for _, image := range images {
		if image.Format == splice.MachO { // it needs more sums: in one pass with the others
			if err := image.Prepare(ctx, progress.Set); err != nil {
				return err
			}
		}
	}
	for _, image := range images {
		if err := image.Prepare(ctx, progress.Set); err != nil {
			return err
		}
	}
	return nil
}

// write writes one file and returns its SHA-256. An executable is looked at once more before it gets its name.
func (j *job) write(ctx context.Context, t task, progress func(n int64)) (string, error) {
	var options []atomicfile.Option
	if !j.e.force {
		options = append(options, atomicfile.NoOverwrite)
	}
	perm := fs.FileMode(0o666)
	if t.target != nil {
		perm = 0o777
	}
	h := sha256.New()
	err := atomicfile.Write(t.path, perm, func(f *os.File) error {
		buf := make([]byte, printStep)
		for off := int64(0); off < t.size; {
			if err := ctx.Err(); err != nil {
				return err
			}
			b := buf[:min(printStep, t.size-off)]
			if n, err := t.r.ReadAt(b, off); n < len(b) {
				return fmt.Errorf("write %s: %w", t.path, err)
			}
			h.Write(b)
			if _, err := f.Write(b); err != nil {
				return err
			}
			off += int64(len(b))
			progress(int64(len(b)))
		}
		if t.target == nil || !j.inside {
			return nil
		}
		p, err := splice.Find(f, t.size)
		if err == nil && len(p.Members) != len(j.members) {
			err = fmt.Errorf("%d members, want %d", len(p.Members), len(j.members))
		}
		if err != nil {
			return fmt.Errorf("read back %s: %w", t.path, err)
		}
		return nil
	}, options...)
	switch {
	case errors.Is(err, fs.ErrExist): // since mayWrite
		err = inTheWay(t.path)
	case errors.Is(err, syscall.ENOSPC):
		err = command.Hint(err, "free some space, or write to another disk with -o")
	}
	return hex.EncodeToString(h.Sum(nil)), err
}
