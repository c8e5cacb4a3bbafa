//go:build unix

package ytdlp

import (
	"errors"
	"os/exec"
	"syscall"
)

// errFull is what the system says of a full disk.
var errFull = syscall.ENOSPC

// group is a process with those that it starts: a process group of its own.
type group struct{ cmd *exec.Cmd }

func newGroup(cmd *exec.Cmd) *group {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	endWithUs(cmd.SysProcAttr)
	return &group{cmd}
}

func (g *group) started() error { return nil }

// end kills them all. It may be called again.
func (g *group) end() error {
	if g.cmd.Process == nil {
		return nil
	}
	if err := syscall.Kill(-g.cmd.Process.Pid, syscall.SIGKILL); err != nil && !errors.Is(err, syscall.ESRCH) {
		return err
	}
	return nil
}
