// Package browser shows a page in an installed Chromium, so that the page's scripts make of it what a reader would see.
//
// The browser itself talks to nobody. Everything that it asks for goes to a proxy of ours on loopback, which asks through the
// same client as every other capture does, and keeps what was said: the refusal of private networks, the editor's own proxy,
// cookies and limits hold for it. Names are not looked up by the browser, and what does not go over HTTP (QUIC, WebRTC) or
// could not be kept as evidence (WebSocket, service workers) is refused. Its profile lies in a temporary folder and goes when it ends.
//
// This is the only package that drives a browser; the press alone uses it.
package browser

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"time"

	"samizdat/internal/fetch"
)

// Variable is the name of the environment variable that says where Chromium is.
const Variable = "SAMIZDAT_CHROMIUM"

// Errors that callers may test for.
var (
	// ErrNone means that no Chromium was found.
	ErrNone = errors.New("no Chromium was found")
	// ErrSlow means that the page did not come in the time it had.
	ErrSlow = errors.New("the browser did not have the page in time")
	// ErrBroken means that the browser ended, or does not do what it is asked.
	ErrBroken = errors.New("the browser does not show the page")
)

// Sender asks for one thing; *[fetch.Client] is one.
type Sender interface {
	Send(ctx context.Context, r fetch.Request) (*fetch.Hop, error)
}

// Browser shows pages. It may be used concurrently: every page has a browser of its own.
type Browser struct {
	Program string // the executable; see [Find]
	Web     Sender

	Timeout  time.Duration // for one page; 90 s if 0
	Settle   time.Duration // without a request, after which the page is taken for finished; 700 ms if 0
	MaxBytes int64         // of all answers to the browser; 512 MiB if 0

	// Flags are added to those of the browser. Tests have it write what it does on the net.
	Flags map[string]string
}

// Page is what a page became.
type Page struct {
	// Exchange is how the document came: redirects, and its answer. It is the first that a browser would have shown an address
	// for, or the last if the page sent the browser on.
	Exchange *fetch.Exchange
	// Others are the other things that the browser got, in the order of their requests. All have been answered.
	Others []*fetch.Exchange
	// DOM is the document as the scripts left it, HTML in UTF-8; empty if the answer is nothing that a browser shows as a
	// page. It is not inert.
	DOM []byte
	// Screenshot is the whole page, a JPEG; nil with the reason if there is none.
	Screenshot   []byte
	NoScreenshot error
	Program      string // name and version of the browser: "Chrome/156.0.0.0"
}

// Close removes what the page consists of.
func (p *Page) Close() error {
	errs := []error{p.Exchange.Close()}
	for _, x := range p.Others {
		errs = append(errs, x.Close())
	}
	return errors.Join(errs...)
}

// names are those that Chromium and its relatives go by, the preferred first.
var names = []string{"chromium", "chromium-browser", "google-chrome-stable", "google-chrome", "chrome", "microsoft-edge-stable", "microsoft-edge", "brave-browser", "msedge"}

// Find returns the executable: the one that the environment names, or the first in PATH or in the places where
// installers put it. If there is none the error wraps [ErrNone].
func Find(getenv func(string) string) (string, error) {
	if named := getenv(Variable); named != "" {
		program, err := exec.LookPath(named)
		if err != nil {
			return "", fmt.Errorf("%w: %s=%s: %w", ErrNone, Variable, named, err)
		}
		return filepath.Abs(program)
	}
	for _, name := range names {
		if program, err := exec.LookPath(name); err == nil {
			return program, nil
		}
	}
	for _, place := range places(getenv) {
		if info, err := os.Stat(place); err == nil && info.Mode().IsRegular() {
			return place, nil
		}
	}
	return "", ErrNone
}

func places(getenv func(string) string) (list []string) {
	switch runtime.GOOS {
	case "windows":
		for _, root := range []string{"ProgramFiles", "ProgramFiles(x86)", "LocalAppData"} {
			if dir := getenv(root); dir != "" {
				for _, name := range []string{`Chromium\Application\chrome.exe`, `Google\Chrome\Application\chrome.exe`, `Microsoft\Edge\Application\msedge.exe`} {
					list = append(list, filepath.Join(dir, name))
				}
			}
		}
	case "darwin":
		for _, app := range []string{"Chromium", "Google Chrome", "Microsoft Edge", "Brave Browser"} {
			list = append(list, "/Applications/"+app+".app/Contents/MacOS/"+app)
		}
	default:
		list = []string{"/snap/bin/chromium"}
	}
	return list
}
