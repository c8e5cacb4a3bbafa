package ytdlp

import (
	"os/exec"
	"sync"
	"syscall"
	"unsafe"

	"golang.org/x/sys/windows"
)

// errFull is what the system says of a full disk.
var errFull = syscall.Errno(windows.ERROR_DISK_FULL)

// group is a process with those that it starts: a job, which ends with us too.
type group struct {
	cmd *exec.Cmd
	mu  sync.Mutex
	job windows.Handle
}

func newGroup(cmd *exec.Cmd) *group { return &group{cmd: cmd} }

func (g *group) started() error {
	job, err := windows.CreateJobObject(nil, nil)
	if err != nil {
		return err
	}
	limits := windows.JOBOBJECT_EXTENDED_LIMIT_INFORMATION{BasicLimitInformation: windows.JOBOBJECT_BASIC_LIMIT_INFORMATION{LimitFlags: windows.JOB_OBJECT_LIMIT_KILL_ON_JOB_CLOSE}}
	_, err = windows.SetInformationJobObject(job, windows.JobObjectExtendedLimitInformation, uintptr(unsafe.Pointer(&limits)), uint32(unsafe.Sizeof(limits)))
	if err == nil {
		var process windows.Handle
		if process, err = windows.OpenProcess(windows.PROCESS_SET_QUOTA|windows.PROCESS_TERMINATE, false, uint32(g.cmd.Process.Pid)); err == nil {
			err = windows.AssignProcessToJobObject(job, process)
			windows.CloseHandle(process)
		}
	}
	if err != nil {
		windows.CloseHandle(job)
		return err
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.job = job
	return nil
}

// end kills them all. It may be called again.
func (g *group) end() error {
	g.mu.Lock()
	defer g.mu.Unlock()
	if g.job != 0 {
		err := windows.CloseHandle(g.job)
		g.job = 0
		return err
	}
	if g.cmd.Process != nil && g.cmd.ProcessState == nil {
		return g.cmd.Process.Kill()
	}
	return nil
}
