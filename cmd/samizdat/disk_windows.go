package main

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isFull reports whether the disk has no room or takes no writes, so that trying the next file is pointless.
func isFull(err error) bool {
	return errors.Is(err, windows.ERROR_DISK_FULL) || errors.Is(err, windows.ERROR_HANDLE_DISK_FULL) || isReadOnly(err)
}

func isReadOnly(err error) bool { return errors.Is(err, windows.ERROR_WRITE_PROTECT) }
