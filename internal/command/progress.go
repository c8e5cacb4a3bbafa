package command

import (
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/spf13/cobra"
)

const (
	redrawEvery = 100 * time.Millisecond // on a terminal
	lineEvery   = 10 * time.Second       // elsewhere, so that a log stays short
	eraseLine   = "\r\x1b[K"             // ECMA-48 EL
)

// Progress tells how far a long job is: one line that erases itself on a terminal, a plain line every ten seconds
// elsewhere. A nil *Progress is silent. It may be used concurrently.
type Progress struct {
	w        io.Writer
	label    string
	terminal bool
	now      func() time.Time

	mu    sync.Mutex
	next  time.Time // nothing is written before
	drawn bool      // a line stands on the terminal
}

// NewProgress returns a Progress that writes to w, each line beginning with label. With a nil w it is silent.
func NewProgress(w io.Writer, label string) *Progress {
	if w == nil {
		return nil
	}
	p := &Progress{w: w, label: label, terminal: erasable(w), now: time.Now}
	p.start()
	return p
}

// ProgressOf returns the Progress of a verb: on its standard error, silent under --quiet and --json.
func ProgressOf(cmd *cobra.Command, label string) *Progress {
	if boolFlag(cmd, "quiet") || boolFlag(cmd, "json") {
		return nil
	}
	return NewProgress(cmd.ErrOrStderr(), label)
}

// Set tells that done of total are done, in any unit. A total of 0 or less is unknown.
func (p *Progress) Set(done, total int64) {
	if p == nil {
		return
	}
	if total > 0 {
		p.Say(fmt.Sprintf("%d %%", int64(100*min(1, float64(done)/float64(total)))))
	} else {
		p.Say(fmt.Sprint(done))
	}
}

// Say tells in words how far the job is; one line.
func (p *Progress) Say(text string) {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	now := p.now()
	if now.Before(p.next) {
		return
	}
	text = p.label + ": " + text
	if p.terminal {
		_, _ = fmt.Fprint(p.w, eraseLine+text)
		p.drawn = true
		p.next = now.Add(redrawEvery)
		return
	}
	_, _ = fmt.Fprintln(p.w, text)
	p.next = now.Add(lineEvery)
}

// Done takes the line off the terminal. It must be called before anything else is written there.
func (p *Progress) Done() {
	if p == nil {
		return
	}
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.drawn {
		_, _ = fmt.Fprint(p.w, eraseLine)
		p.drawn = false
	}
	p.start()
}

// start lets a job that is quick stay silent.
func (p *Progress) start() {
	wait := lineEvery
	if p.terminal {
		wait = 2 * redrawEvery
	}
	p.next = p.now().Add(wait)
}
