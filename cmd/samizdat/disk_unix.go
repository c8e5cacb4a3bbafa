//go:build unix

package main

import (
	"errors"
	"syscall"
)

// isFull reports whether the disk has no room or takes no writes, so that trying the next file is pointless.
func isFull(err error) bool {
	return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) || isReadOnly(err)
}

func isReadOnly(err error) bool { return errors.Is(err, syscall.EROFS) }
