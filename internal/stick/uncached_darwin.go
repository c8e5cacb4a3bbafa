package stick

import (
	"os"

	"golang.org/x/sys/unix"
)

// openDirect opens path with F_NOCACHE. macOS then puts nothing new into its cache, but gives what is there already,
// so this is best effort; the flush before (F_FULLFSYNC, by os.File.Sync) did reach the medium.
func openDirect(path string) (f *os.File, direct bool, err error) {
	f, err = os.OpenFile(path, os.O_RDONLY|unix.O_NOFOLLOW, 0)
	if err != nil {
		return nil, false, err
	}
	forget(f)
	return f, false, nil
}

// forget keeps f out of the cache from here on; it is called for files that are written too.
func forget(f *os.File) { _, _ = unix.FcntlInt(f.Fd(), unix.F_NOCACHE, 1) }

func isAlignment(error) bool { return false }
