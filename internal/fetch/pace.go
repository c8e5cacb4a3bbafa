package fetch

import (
	"errors"
	"fmt"
	"io"
	"os"
	"time"
)

var (
	// ErrSlow means that an answer came more slowly than Options.MinRate.
	ErrSlow = errors.New("the server sends too slowly")

	errSilent = fmt.Errorf("the server says nothing: %w", os.ErrDeadlineExceeded)
)

// pace reads a body, puts a silent server off as long as bytes come, and ends one that sends a byte now and then.
type pace struct {
	r       io.Reader
	silent  *time.Timer
	every   time.Duration // after which silence ends it, and over which the rate is measured
	minRate int64         // bytes a second; 0 is none
	now     func() time.Time

	since time.Time
	bytes int64 // since then
}

func (p *pace) Read(b []byte) (int, error) {
	if p.since.IsZero() {
		p.since = p.now()
	}
	n, err := p.r.Read(b)
	if n == 0 {
		return n, err
	}
	p.silent.Reset(p.every)
	p.bytes += int64(n)
	if took := p.now().Sub(p.since); took >= p.every {
		if float64(p.bytes) < float64(p.minRate)*took.Seconds() {
			return n, ErrSlow
		}
		p.since, p.bytes = p.now(), 0
	}
	return n, err
}
