package main

import (
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
)

// errNoDesktop means that there is nothing to show a browser on.
var errNoDesktop = errors.New("no desktop")

// openBrowser asks the system to show url, which is always our own address and never text from an archive. It waits
// until the helper program of the system ends, which may be when the browser does.
func openBrowser(url string) error {
	var err error
	for _, argv := range openers(runtime.GOOS, url, os.Getenv) {
		name, lookErr := exec.LookPath(argv[0])
		if lookErr != nil {
			err = errors.Join(err, lookErr)
			continue
		}
		cmd := exec.Command(name, argv[1:]...) // no input, no output: xdg-open is talkative
		detach(cmd)
		if runErr := cmd.Run(); runErr != nil {
			err = errors.Join(err, runErr)
			continue
		}
		return nil
	}
	if err == nil {
		err = errNoDesktop
	}
	return err
}

// openers lists the commands that open url on the system goos, in the order to try. None: there is no desktop, and
// xdg-open would start a text browser over our own output.
func openers(goos, url string, getenv func(string) string) [][]string {
	switch goos {
	case "windows":
		return [][]string{{filepath.Join(getenv("SystemRoot"), "System32", "rundll32.exe"), "url.dll,FileProtocolHandler", url}}
	case "darwin":
		return [][]string{{"/usr/bin/open", url}}
	}
	if goos == "android" || getenv("TERMUX_VERSION") != "" {
		return [][]string{{"termux-open-url", url}, {"am", "start", "-a", "android.intent.action.VIEW", "-d", url}}
	}
	if getenv("DISPLAY") == "" && getenv("WAYLAND_DISPLAY") == "" && getenv("WSL_DISTRO_NAME") == "" {
		return nil
	}
	return [][]string{{"xdg-open", url}}
}
