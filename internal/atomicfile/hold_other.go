//go:build !windows

package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// hold locks f for as long as it is open.
func hold(f *os.File) error { return syscall.Flock(int(f.Fd()), syscall.LOCK_EX|syscall.LOCK_NB) }

// removeUnheld removes the file called name unless somebody holds it, or cannot be asked.
func removeUnheld(name string) error {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	defer f.Close()
	return removeOpen(f, name)
}

// removeOpen removes the file called name if that is f and nobody else holds it.
func removeOpen(f *os.File, name string) error {
	if hold(f) != nil {
		return nil
	}
	// Meanwhile another file may have taken the name, which somebody holds, or will in a moment.
	ours, err := f.Stat()
	if err != nil {
		return err
	}
	now, err := os.Lstat(name)
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil
	case err != nil:
		return err
	case !os.SameFile(ours, now) || !abandoned(ours):
		return nil
	}
	return os.Remove(name)
}

// unheld reports whether nobody holds the file called name.
func unheld(name string) bool {
	f, err := os.OpenFile(name, os.O_RDONLY|syscall.O_NOFOLLOW, 0)
	if err != nil {
		return false
	}
	defer f.Close()
	return hold(f) == nil
}
