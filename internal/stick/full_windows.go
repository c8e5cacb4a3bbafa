package stick

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isFull reports whether the stick has no room.
func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL)
}

// isTooLarge reports whether the file system takes no file of that size.
func isTooLarge(err error) bool { return errors.Is(err, windows.ERROR_FILE_TOO_LARGE) }
