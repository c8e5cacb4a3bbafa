package ytdlp

import "syscall"

// endWithUs has the system kill the process when the thread that starts it ends, and so when we are killed. What the process has started is not reached.
func endWithUs(a *syscall.SysProcAttr) { a.Pdeathsig = syscall.SIGKILL }
