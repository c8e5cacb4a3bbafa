package atomicfile

import (
	"errors"
	"os"
	"syscall"
	"time"
)

// closeFirst says that an open file cannot be renamed.
const closeFirst = true

// Rename gives the file oldName the name newName, replacing what has it. Virus scanners and indexers open fresh files for a moment, which makes Windows refuse to
// rename them; it is tried again for about two seconds.
func Rename(oldName, newName string) error {
	const (
		accessDenied     = syscall.Errno(5)  // ERROR_ACCESS_DENIED
		sharingViolation = syscall.Errno(32) // ERROR_SHARING_VIOLATION
	)
	for wait := time.Millisecond; ; wait *= 2 {
		err := os.Rename(oldName, newName)
		if err == nil || wait > time.Second || !(errors.Is(err, accessDenied) || errors.Is(err, sharingViolation)) {
			return err
		}
		time.Sleep(wait)
	}
}

// SyncDir does nothing: directories cannot be flushed on Windows.
func SyncDir(string) error { return nil }
