package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/command"
)

// printWorkers is how many files are written at the same time: one is written while the other is flushed to the disk.
const printWorkers = 2

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
	sources []source // what the files are made of
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
	if err := j.remember(); err != nil {
		return nil, err
	}
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
	if j.e.carry {
		if err := j.checkRuntimes(ctx, cmd); err != nil {
			return err
		}
	}
	mac := slices.ContainsFunc(j.readers.targets, func(t carry.Target) bool { return t.OS == "darwin" })
	progress := command.ProgressOf(cmd, command.T("summing"))
	defer progress.Done()
	return carry.Prepare(ctx, j.members, mac, progress.Set)
}

// checkRuntimes sees that the set is whole, of which only what is printed for is decoded otherwise: a copy hands on all of it.
func (j *job) checkRuntimes(ctx context.Context, cmd *cobra.Command) error {
	progress := command.ProgressOf(cmd, command.T("verifying"))
	defer progress.Done()
	err := j.readers.set.Check(ctx, runtime.GOMAXPROCS(0), progress.Set)
	if err == nil || ctx.Err() != nil {
		return err
	}
	return explainRuntimes(j.readers.name, err)
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
		switch {
		case errors.Is(err, carry.ErrTooLarge):
			return explainTooLarge(t, err)
		case err != nil && j.readers.set == nil:
			return command.Hint(fmt.Errorf("%s: %w", j.readers.own.Name(), err), getRuntimes)
		case err != nil:
			return explainRuntimes(j.readers.name, fmt.Errorf("%v: %w", t, err))
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
