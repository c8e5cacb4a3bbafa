package main

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
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
	printStep    = 512 << 10 // bytes that are read and written at once: they stay in the processor's cache
	printFlush   = 8 << 20   // bytes after which the disk may begin
	printWorkers = 2         // files written at the same time: one is written while the other is flushed to the disk
)

// job is one run of print: which files are to be written.
type job struct {
	e       *edition
	readers *readers
	src     *archive.Source
	from    string // what the user calls it; empty if it was read back just now
	inside  bool
	members []*carry.Member // of every executable; none if the archive goes beside
	tasks   []task
	files   []printFile
	stale   []string // of an older run beside: what would be taken for, or joined to, the new archive; runtimes
}

// task is one file to be written.
type task struct {
	path   string
	target *carry.Target // nil: not an executable
	r      io.ReaderAt   // nil for executables
	size   int64         // of executables without what lies between their parts
}

// newJob lists the files. Nothing is written, and no more is read than heads of files.
func newJob(e *edition, name string, src *archive.Source, readers *readers, insideMax int64) (*job, error) {
	j := &job{e: e, readers: readers, src: src}
	j.inside = e.payload == "inside" || e.payload == "auto" && src.Size <= insideMax
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
	parts := carry.Split(name+".zim", src.Size)
	older, err := filepath.Glob(filepath.Join(globQuoted(e.dir), globQuoted(name)+".zim*"))
	if err != nil {
		return nil, err
	}
	for _, path := range older {
		base := filepath.Base(path)
		rest := strings.TrimPrefix(base, name+".zim")
		if (rest == "" || archive.IsSplit(path)) && !slices.ContainsFunc(parts, func(p carry.Part) bool { return p.Name == base }) {
			j.stale = append(j.stale, path)
		}
	}
	for _, part := range parts {
		j.tasks = append(j.tasks, task{path: filepath.Join(e.dir, part.Name), r: io.NewSectionReader(src.R, part.Off, part.Size), size: part.Size})
	}
	set := filepath.Join(e.dir, carry.RuntimesName)
	switch {
	case e.carry:
		j.tasks = append(j.tasks, task{path: set, r: readers.setFile, size: readers.setSize})
	case isThere(set) && !readers.isSet(set): // the copies would hand on these, which are older
		j.stale = append(j.stale, set)
	}
	return j, nil
}

func isThere(name string) bool {
	_, err := os.Lstat(name)
	return err == nil
}

// mayWrite finds files that are in the way before any work is done.
func (j *job) mayWrite() error {
	for _, t := range j.tasks {
		info, err := os.Lstat(t.path)
		switch {
		case err != nil:
			continue
		case info.IsDir():
			return command.Errorf("write %s: is a folder", t.path)
		case !j.e.force:
			return inTheWay(t.path)
		}
	}
	if len(j.stale) > 0 && !j.e.force {
		return inTheWay(j.stale[0])
	}
	return nil
}

// removeStale removes the rest of an older archive. It is called when the new one is there, and only with --force.
func (j *job) removeStale() error {
	for _, path := range j.stale {
		if err := os.Remove(path); err != nil && !errors.Is(err, fs.ErrNotExist) {
			return fmt.Errorf("remove %s, of what was there before: %w", path, err)
		}
	}
	return nil
}

// globQuoted is name as a pattern that matches name alone.
func globQuoted(name string) string {
	if filepath.Separator == '\\' { // there a backslash quotes nothing
		return name
	}
	return strings.NewReplacer(`\`, `\\`, `*`, `\*`, `?`, `\?`, `[`, `\[`).Replace(name)
}

func inTheWay(name string) error {
	return command.Hint(fmt.Errorf("write %s: %w", name, fs.ErrExist), "--force replaces what is there")
}

// made is a task whose bytes are there.
type made struct {
	index int // of the task
	r     io.ReaderAt
	size  int64
}

// run writes the files. Those that are whole stay if another fails. The first runtimes are decoded while the archive is
// looked at, the next ones while some files are written.
func (j *job) run(cmd *cobra.Command) error {
	total, err := j.layOut()
	if err != nil {
		return err
	}
	ctx, cancel := context.WithCancelCause(cmd.Context())
	defer cancel(nil)
	queue, ready := make(chan made), make(chan struct{})
	go func() {
		defer close(queue)
		if err := j.make(ctx, queue, ready); err != nil {
			cancel(err)
		}
	}()
	if err := j.prepare(ctx, cmd); err != nil {
		cancel(err)
	}
	close(ready)
	progress := command.ProgressOf(cmd, command.T("printing"))
	defer progress.Done()
	j.files = make([]printFile, len(j.tasks))
	var done atomic.Int64
	var writers sync.WaitGroup
	for range min(printWorkers, len(j.tasks)) {
		writers.Go(func() {
			for m := range queue {
				t := j.tasks[m.index]
				sum, err := j.write(ctx, t, m, func(n int64) { progress.Set(min(done.Add(n), total), total) })
				if err != nil {
					cancel(err)
					continue // until the queue is closed
				}
				f := printFile{File: t.path, Bytes: m.size, SHA256: sum}
				if t.target != nil {
					f.Target = t.target.String()
				}
				j.files[m.index] = f
			}
		})
	}
	writers.Wait()
	return context.Cause(ctx)
}

// prepare sees that the archive is whole, and reads it once more for the sums of the files it becomes a part of.
func (j *job) prepare(ctx context.Context, cmd *cobra.Command) error {
	if j.from != "" {
		if err := checkWhole(ctx, cmd, j.from, j.src); err != nil {
			return err
		}
	}
	mac := slices.ContainsFunc(j.readers.targets, func(t carry.Target) bool { return t.OS == "darwin" })
	progress := command.ProgressOf(cmd, command.T("summing"))
	defer progress.Done()
	return carry.Prepare(ctx, j.members, mac, progress.Set)
}

// layOut refuses what cannot be made, and returns how many bytes will be written, but for some pages, from the sizes of the
// parts.
func (j *job) layOut() (total int64, err error) {
	for i, t := range j.tasks {
		if t.target == nil {
			total += t.size
			continue
		}
		size := j.readers.ownSize
		if j.readers.set != nil {
			size = j.readers.set.Bytes(*t.target)
		}
		if err := carry.Fits(*t.target, size, j.members); err != nil {
			return 0, explainTooLarge(*t.target, err)
		}
		for _, m := range j.members {
			size += m.Size()
		}
		j.tasks[i].size = size
		total += size
	}
	return total, nil
}

// make gives every file to queue when all is ready, what is no executable first. It returns when the last one was taken.
func (j *job) make(ctx context.Context, queue chan<- made, ready <-chan struct{}) error {
	wait := func() error {
		<-ready // soon, if ctx has ended
		return context.Cause(ctx)
	}
	give := func(m made) error {
		select {
		case queue <- m:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	for i, t := range j.tasks {
		if t.target == nil {
			if err := wait(); err != nil {
				return err
			}
			if err := give(made{i, t.r, t.size}); err != nil {
				return err
			}
		}
	}
	executable := func(t carry.Target, reader io.ReaderAt, size int64) error {
		if err := wait(); err != nil {
			return err
		}
		image, err := carry.New(reader, size, j.members)
		if err != nil {
			return explainTooLarge(t, err)
		}
		i := slices.IndexFunc(j.tasks, func(x task) bool { return x.target != nil && *x.target == t })
		return give(made{i, image, image.Size()})
	}
	if j.readers.set == nil {
		return executable(j.readers.targets[0], j.readers.own, j.readers.ownSize)
	}
	return j.readers.set.Decode(ctx, runtime.GOMAXPROCS(0), func(d carry.Decoded, err error) error {
		if err != nil {
			if ctx.Err() != nil {
				return err
			}
			return explainRuntimes(j.readers.name, err)
		}
		return executable(d.Target, bytes.NewReader(d.Bytes), int64(len(d.Bytes)))
	}, j.readers.targets...)
}

// write writes one file and returns its SHA-256 if it is asked for. An executable is looked at once more before it gets its
// name.
func (j *job) write(ctx context.Context, t task, m made, progress func(n int64)) (string, error) {
	var options []atomicfile.Option
	if !j.e.force {
		options = append(options, atomicfile.NoOverwrite)
	}
	perm := fs.FileMode(0o666)
	if t.target != nil {
		perm = 0o777
	}
	var sum hash.Hash
	if j.e.sums {
		sum = sha256.New()
	}
	err := atomicfile.Write(t.path, perm, func(f *os.File) error {
		if err := copyTo(ctx, f, m.r, m.size, sum, progress); err != nil {
			return fmt.Errorf("write %s: %w", t.path, err)
		}
		if t.target == nil || !j.inside {
			return nil
		}
		p, err := splice.Find(f, m.size)
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
	if err != nil || sum == nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// copyTo writes the size bytes that r reads to the empty file f, and to sum unless that is nil. A source that ends early is
// [io.ErrUnexpectedEOF]. progress is told of every step.
func copyTo(ctx context.Context, f *os.File, r io.ReaderAt, size int64, sum hash.Hash, progress func(n int64)) error {
	buf := make([]byte, min(printStep, size))
	flushed := int64(0)
	for off := int64(0); off < size; {
		if err := ctx.Err(); err != nil {
			return err
		}
		b := buf[:min(printStep, size-off)]
		if n, err := r.ReadAt(b, off); n < len(b) {
			if err == io.EOF { //nolint:errorlint // readers return it bare
				err = io.ErrUnexpectedEOF
			}
			return err
		}
		if sum != nil {
			sum.Write(b)
		}
		if _, err := f.Write(b); err != nil {
			return err
		}
		off += int64(len(b))
		progress(int64(len(b)))
		if off-flushed >= printFlush {
			atomicfile.BeginFlush(f, flushed, off-flushed)
			flushed = off
		}
	}
	return nil
}
