package main

import (
	"errors"

	"golang.org/x/sys/windows"
)

// isBusy reports whether a port is taken. Windows says "access denied" of one that another program holds for itself.
func isBusy(err error) bool {
	return errors.Is(err, windows.WSAEADDRINUSE) || errors.Is(err, windows.WSAEACCES)
}
