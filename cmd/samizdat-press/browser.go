package main

import (
	"os"
	"time"

	"github.com/spf13/pflag"

	"samizdat/internal/browser"
	"samizdat/internal/capture"
	"samizdat/internal/command"
)

// browserOptions are the flags for pages that need scripts.
type browserOptions struct {
	browser bool
	longest time.Duration
}

func (o *browserOptions) addFlags(f *pflag.FlagSet) {
	f.BoolVar(&o.browser, "browser", false, "run the scripts of pages in an installed Chromium, and take a picture of each page")
	f.DurationVar(&o.longest, "browser-time", 90*time.Second, "give up on a page that the browser has not shown after a `TIME`")
}

// renderer returns the browser that asks through web; nil if none is wanted.
func (o *browserOptions) renderer(web browser.Sender) (capture.Renderer, error) {
	if !o.browser {
		return nil, nil
	}
	if o.longest <= 0 {
		return nil, command.Usagef("--browser-time 90s", "--browser-time begins above 0")
	}
	program, err := browser.Find(os.Getenv)
	if err != nil {
		return nil, command.Hint(err, "install Chromium (on Debian and Ubuntu: sudo apt install chromium), or say where it is: SAMIZDAT_CHROMIUM=/path/to/chromium")
	}
	return &browser.Browser{Program: program, Web: web, Timeout: o.longest}, nil
}
