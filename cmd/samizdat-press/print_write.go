package main

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"io"
	"io/fs"
	"os"
	"syscall"

	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
	"samizdat/internal/splice"
)

const (
	printStep  = 512 << 10 // bytes that are read and written at once: they stay in the processor's cache
	printFlush = 8 << 20   // bytes after which the disk may begin
)

// source is a file that others are made of, as it was before the first byte was summed.
type source struct {
	file *os.File
	info fs.FileInfo
}

// remember notes the size and the time of the files of the archive, and of the runtimes and the reader that are copied as they
// are.
func (j *job) remember() error {
	files := j.src.Files()
	if set, ok := j.readers.setFile.(*os.File); ok && j.e.carry {
		files = append(files, set)
	}
	if j.readers.own != nil {
		files = append(files, j.readers.own)
	}
	for _, f := range files {
		info, err := f.Stat()
		if err != nil {
			return err
		}
		j.sources = append(j.sources, source{f, info})
	}
	return nil
}

// unchanged is an error if somebody has written to a source since: what was summed and checked is not what was copied then.
func (j *job) unchanged() error {
	for _, s := range j.sources {
		info, err := s.file.Stat()
		if err != nil {
			return err
		}
		if info.Size() != s.info.Size() || !info.ModTime().Equal(s.info.ModTime()) {
			return command.Hint(command.Errorf("%s changed while it was printed", s.file.Name()), "print again when nobody changes it")
		}
	}
	return nil
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
			return err
		}
		if err := j.unchanged(); err != nil {
			return err
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
	case errors.Is(err, fs.ErrPermission), errors.Is(err, syscall.EROFS):
		err = command.Hint(err, otherFolder)
	}
	if err != nil || sum == nil {
		return "", err
	}
	return hex.EncodeToString(sum.Sum(nil)), nil
}

// copyTo writes the size bytes that r reads to the empty file f, and to sum unless that is nil. A source that ends early is
// [io.ErrUnexpectedEOF]. Errors name f, but for that of ctx. progress is told of every step.
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
			return fmt.Errorf("write %s: %w", f.Name(), err)
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
