package atomicfile

import (
	"os"
	"syscall"
)

var errLocked = syscall.Errno(32) // ERROR_SHARING_VIOLATION

// openLock opens the file so that nobody else can, and that it goes when it is closed, or when the process ends.
func openLock(name string) (*os.File, error) {
	const deleteOnClose = 0x04000000 // FILE_FLAG_DELETE_ON_CLOSE
	path, err := syscall.UTF16PtrFromString(name)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	h, err := syscall.CreateFile(path, syscall.GENERIC_READ|syscall.GENERIC_WRITE, 0, nil, syscall.OPEN_ALWAYS, syscall.FILE_ATTRIBUTE_NORMAL|deleteOnClose, 0)
	if err != nil {
		return nil, &os.PathError{Op: "open", Path: name, Err: err}
	}
	return os.NewFile(uintptr(h), name), nil
}

func closeLock(f *os.File) error { return f.Close() }
