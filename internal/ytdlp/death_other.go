//go:build unix && !linux

package ytdlp

import "syscall"

// endWithUs does nothing: the system has no such means.
func endWithUs(*syscall.SysProcAttr) {}
