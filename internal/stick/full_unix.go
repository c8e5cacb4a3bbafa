//go:build unix

package stick

import (
	"errors"
	"syscall"
)

// isFull reports whether the stick has no room.
func isFull(err error) bool { return errors.Is(err, syscall.ENOSPC) || errors.Is(err, syscall.EDQUOT) }

// isTooLarge reports whether the file system takes no file of that size.
func isTooLarge(err error) bool { return errors.Is(err, syscall.EFBIG) }
