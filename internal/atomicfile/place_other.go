//go:build !windows

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

// closeFirst says that an open file cannot be renamed.
const closeFirst = false

// Rename gives the file oldName the name newName, replacing what has it.
func Rename(oldName, newName string) error { return os.Rename(oldName, newName) }

// SyncDir flushes the directory, so that the new name survives a power cut. File systems that cannot (some network
// and user-space ones) say so by EINVAL or ENOTSUP, which is not the caller's problem.
func SyncDir(dir string) error {
	d, err := os.Open(dir)
	if err != nil {
		if errors.Is(err, os.ErrPermission) { // a directory may be writable and not readable
			return nil
		}
		return err
	}
	defer d.Close()
	err = d.Sync()
	if errors.Is(err, syscall.EINVAL) || errors.Is(err, syscall.ENOTSUP) || errors.Is(err, os.ErrPermission) {
		return nil
	}
	return err
}
