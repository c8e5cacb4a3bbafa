package atomicfile

import (
	"errors"
	"io/fs"
	"os"
	"syscall"
)

// hold has nothing to do: Windows does not remove a file that is open.
func hold(*os.File) error { return nil }

// removeUnheld removes the file called name unless somebody has it open.
func removeUnheld(name string) error {
	const sharingViolation = syscall.Errno(32) // ERROR_SHARING_VIOLATION
	err := os.Remove(name)
	if errors.Is(err, sharingViolation) || errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	return err
}

// unheld reports whether nobody has the file called name open.
func unheld(name string) bool { return os.Remove(name) == nil }
