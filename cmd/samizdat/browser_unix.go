//go:build unix

package main

import (
	"os/exec"
	"syscall"
)

// detach gives the browser a session of its own, so that the Ctrl-C that stops us does not close it.
func detach(cmd *exec.Cmd) { cmd.SysProcAttr = &syscall.SysProcAttr{Setsid: true} }
