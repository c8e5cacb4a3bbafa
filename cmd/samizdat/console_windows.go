package main

import (
	"fmt"
	"os"
	"unsafe"

	"golang.org/x/sys/windows"

	"samizdat/internal/command"
)

// holdConsole keeps the window open after an error until Enter is pressed, if the window was opened for us alone: a
// program that is started by a double click would take its error message away with it.
func holdConsole(status int) {
	if status == command.ExitOK || !command.IsTerminal(os.Stderr) {
		return
	}
	proc := windows.NewLazySystemDLL("kernel32.dll").NewProc("GetConsoleProcessList")
	if proc.Find() != nil {
		return
	}
	var ids [2]uint32 // 1 process in this console: it is ours
	if n, _, _ := proc.Call(uintptr(unsafe.Pointer(&ids[0])), uintptr(len(ids))); n != 1 {
		return
	}
	fmt.Fprint(os.Stderr, "\nPress Enter to close this window.")
	_, _ = fmt.Scanln()
}
