package atomicfile

import (
	"os"

	"golang.org/x/sys/unix"
)

// BeginFlush has the system begin to write n bytes of f from off on to the disk, and does not wait for it: what is written in
// many steps is then nearly there when [Write] flushes it, and disk and processor work at the same time. It is a hint. Whether the
// bytes got there the flush tells, and on other systems than Linux nothing happens.
func BeginFlush(f *os.File, off, n int64) {
	_ = unix.SyncFileRange(int(f.Fd()), off, n, unix.SYNC_FILE_RANGE_WRITE)
}
