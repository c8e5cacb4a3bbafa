package atomicfile

import (
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"
)

// lockName is the file that is there while a program changes what lies in its folder. It is hidden, and gone when the program has ended: that the
// system sees to, so that a killed one leaves no lock.
const lockName = ".samizdat-lock"

// A LockedError says that another program is changing what lies in a folder.
type LockedError struct {
	Dir string
	Who string // as that program said it to [Lock]; empty if that cannot be read
}

// Error names the folder and the program.
func (e *LockedError) Error() string {
	if e.Who == "" {
		return fmt.Sprintf("%s: another program is changing it", e.Dir)
	}
	return fmt.Sprintf("%s: another program is changing it: %s", e.Dir, e.Who)
}

// Lock makes the caller the only one who changes what lies in the folder dir, of all who ask, until release is called or the process ends. It
// does not wait: if another has the lock, the error is a [*LockedError]. Who is one line for that error, of whoever comes next. Where the file
// system has no locks, as on some of those in networks, it is given to everybody.
func Lock(dir, who string) (release func() error, err error) {
	name := filepath.Join(dir, lockName)
	f, err := openLock(name)
	if errors.Is(err, errLocked) {
		return nil, &LockedError{dir, holder(name)}
	}
	if err != nil {
		return nil, err
	}
	if err = f.Truncate(0); err == nil {
		_, err = f.WriteAt([]byte(who+"\n"), 0)
	}
	if err != nil {
		return nil, errors.Join(err, closeLock(f))
	}
	return func() error { return closeLock(f) }, nil
}

// holder reads who has the lock.
func holder(name string) string {
	f, err := os.Open(name)
	if err != nil {
		return ""
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, 200))
	if err != nil {
		return ""
	}
	who, _, _ := strings.Cut(string(b), "\n")
	return who
}
