//go:build !windows

package atomicfile

import (
	"errors"
	"os"
	"syscall"
)

var errLocked = syscall.EWOULDBLOCK

// openLock opens the file and locks it; the error is errLocked if another has it.
func openLock(name string) (*os.File, error) {
	for range 100 {
		f, err := os.OpenFile(name, os.O_RDWR|os.O_CREATE|syscall.O_NOFOLLOW, 0o666)
		if err != nil {
			return nil, err
		}
		if err := hold(f); errors.Is(err, errLocked) {
			return nil, errors.Join(err, f.Close())
		} // otherwise it is locked, or there are no locks here
		// Who had the lock takes the file away at the end: it may be that this one has no name any more.
		ours, err := f.Stat()
		if err != nil {
			return nil, errors.Join(err, f.Close())
		}
		if now, err := os.Lstat(name); err == nil && os.SameFile(ours, now) {
			return f, nil
		}
		if err := f.Close(); err != nil {
			return nil, err
		}
	}
	return nil, errLocked // others come and go all the time
}

// closeLock takes the file away, while it is locked still.
func closeLock(f *os.File) error { return errors.Join(os.Remove(f.Name()), f.Close()) }
