package stick

import (
	"errors"
	"os"

	"golang.org/x/sys/unix"
)

// openDirect opens path with O_DIRECT. File systems that do not know it say EINVAL; for those the cached pages are
// dropped first, which is advice that the kernel follows for pages that are on the disk already.
func openDirect(path string) (f *os.File, direct bool, err error) {
	f, err = os.OpenFile(path, os.O_RDONLY|unix.O_DIRECT|unix.O_NOFOLLOW, 0)
	if err == nil {
		return f, true, nil
	}
	if !isAlignment(err) {
		return nil, false, err
	}
	f, err = os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, false, err
	}
	_ = f.Sync()
	forget(f)
	return f, false, nil
}

// forget asks the system to drop what it has of f in its cache; what is not on the disk yet stays. It is advice, and
// reading goes on either way.
func forget(f *os.File) { _ = unix.Fadvise(int(f.Fd()), 0, 0, unix.FADV_DONTNEED) }

// isAlignment reports whether err is how the system refuses an unbuffered file.
func isAlignment(err error) bool { return errors.Is(err, unix.EINVAL) || errors.Is(err, unix.ENOTSUP) }
