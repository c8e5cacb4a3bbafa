//go:build unix

package main

import (
	"errors"
	"syscall"
)

// isBusy reports whether a port is taken.
func isBusy(err error) bool { return errors.Is(err, syscall.EADDRINUSE) }
