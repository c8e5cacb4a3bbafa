// Package atomicfile writes files that appear whole or not at all.
//
// The bytes go to a hidden temporary file in the same directory, are flushed to the disk, and take their name by a
// rename; the directory is flushed last. After a failure, a cancelled context inside the caller's function or a panic
// the temporary file is gone and whatever stood at the name before stands there still; only when the file cannot be closed
// or the directory cannot be flushed, after the rename, is there an error though the new file is in place: an error
// therefore does not mean that nothing changed. [Lock] keeps two programs from changing the files of one folder at once. A killed process can leave the temporary file, never half a file under the right name; [Sweep] removes it.
package atomicfile

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"
)

// Option changes how a file takes its name.
type Option int

// NoOverwrite refuses to replace a file. Of several processes that write the same name at once one wins; the error of
// the others wraps [fs.ErrExist].
const NoOverwrite Option = 1

// Write creates the file at path, or replaces it, with what fill writes to f. f is open for reading and writing at
// any offset and may be truncated; Write closes it. perm is cut by the umask, as in [os.OpenFile].
//
// An error of fill leaves everything as it was, and comes back with path where it names the temporary file: to stop early, return
// the context's error. Other errors wrap an [*fs.PathError] or an [*os.LinkError]. A name that belongs to a directory, a device or a pipe is
// refused; a symbolic link is replaced, not followed.
func Write(path string, perm fs.FileMode, fill func(f *os.File) error, options ...Option) (err error) {
	noOverwrite := false
	for _, o := range options {
		noOverwrite = noOverwrite || o == NoOverwrite
	}
	if err := mayTake(path, noOverwrite); err != nil {
		return err
	}
	dir := filepath.Dir(path)
	f, err := Temporary(dir, ".tmp", perm)
	if err != nil {
		return named(err, path)
	}
	name := f.Name()
	placed := false
	defer func() { // also when fill panics
		if !placed {
			f.Close()
			os.Remove(name)
		}
	}()

	if err := fill(f); err != nil {
		return renamed(err, name, path)
	}
	if err := f.Sync(); err != nil {
		return renamed(err, name, path)
	}
	if closeFirst || leftover.MatchString(filepath.Base(path)) {
		// What fill wrote last may be long ago, and in a moment nobody holds the file: it shall not look abandoned.
		now := time.Now()
		_ = os.Chtimes(name, now, now)
	}
	if closeFirst {
		if err := f.Close(); err != nil {
			return renamed(err, name, path)
		}
	}
	if noOverwrite {
		err = placeNew(name, path)
	} else {
		err = Rename(name, path)
	}
	if err != nil {
		return err
	}
	placed = true
	if !closeFirst { // its lock has kept Sweep away until now
		if err := f.Close(); err != nil {
			return renamed(err, name, path)
		}
	}
	return SyncDir(dir)
}

// WriteFile writes data to path as [Write] does.
func WriteFile(path string, data []byte, perm fs.FileMode, options ...Option) error {
	return Write(path, perm, func(f *os.File) error {
		_, err := f.Write(data)
		return err
	}, options...)
}

// mayTake tells early, before any work, that path cannot be taken.
func mayTake(path string, noOverwrite bool) error {
	info, err := os.Lstat(path)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case info.IsDir():
		return &fs.PathError{Op: "write", Path: path, Err: errors.New("is a directory")}
	case noOverwrite:
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	case !info.Mode().IsRegular() && info.Mode().Type() != fs.ModeSymlink:
		return &fs.PathError{Op: "write", Path: path, Err: errors.New("not a regular file")}
	}
	return nil
}

// named puts the name that the caller knows into an error about the temporary file.
func named(err error, path string) error {
	var pathError *fs.PathError
	if errors.As(err, &pathError) {
		return &fs.PathError{Op: "create", Path: path, Err: pathError.Err}
	}
	return err
}

// renamedError tells of an error what the caller knows: the name that the file would have got.
type renamedError struct {
	error
	text string
}

func (e *renamedError) Error() string { return e.text }
func (e *renamedError) Unwrap() error { return e.error }

// renamed returns err with the name path where its text names the temporary file.
func renamed(err error, temporary, path string) error {
	if text := err.Error(); strings.Contains(text, temporary) {
		return &renamedError{err, strings.ReplaceAll(text, temporary, path)}
	}
	return err
}

// placeNew gives the finished file name the name path unless that is taken. A hard link cannot replace anything, so
// there is no moment between looking and taking. Where links do not exist (FAT, exFAT, Android's shared storage) an
// empty file created with O_EXCL claims the name, and the rename replaces that.
func placeNew(name, path string) error {
	err := os.Link(name, path)
	if err == nil {
		os.Remove(name) // the second name of the same bytes; hidden, and harmless if it stays
		return nil
	}
	if errors.Is(err, fs.ErrExist) {
		return &fs.PathError{Op: "create", Path: path, Err: fs.ErrExist}
	}
	return claimNew(name, path)
}

// claimNew is placeNew without links.
func claimNew(name, path string) error {
	claim, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	if err := claim.Close(); err != nil {
		return fmt.Errorf("claim the name: %w", err)
	}
	if err := Rename(name, path); err != nil {
		os.Remove(path)
		return err
	}
	return nil
}
