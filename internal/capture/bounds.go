package capture

import (
	"cmp"
	"context"
	"errors"
	"math"
	"time"

	"samizdat/internal/fetch"
)

// The bounds of one capture that a Job does not set.
const (
	maxBytes = 4 << 30       // of one thing, unpacked
	maxAll   = 8 << 30       // of all things of a page together: as they were sent, and unpacked
	maxTime  = 2 * time.Hour // to get a page and all it shows
)

// Unbounded is a Job's MaxBytes and MaxAll for what was bounded when it was captured.
const Unbounded = math.MaxInt64

// ErrTime means that a page, or something that it shows, was not there in Job.MaxTime.
var ErrTime = errors.New("it was not there in the time that the page had")

// Progress is how far a capture is.
type Progress struct {
	Done, Total int   // of the things that are known of
	Bytes       int64 // that have come, of all
	Writing     bool  // everything has come or is missing, and the evidence is written
}

// bounded returns a context for everything that is fetched; its cause is ErrTime when the time is over.
func (r *run) bounded(ctx context.Context) (context.Context, context.CancelFunc) {
	all := cmp.Or(r.job.MaxAll, max(maxAll, r.job.most()))
	r.sent = &fetch.Meter{Max: all, Told: func(n int64) {
		r.mu.Lock()
		defer r.mu.Unlock()
		r.bytes = max(r.bytes, n)
		r.tell(false)
	}}
	r.unpacked = &fetch.Meter{Max: all}
	ctx, cancel := context.WithTimeoutCause(ctx, cmp.Or(r.job.MaxTime, maxTime), ErrTime)
	return fetch.Metered(ctx, r.sent), cancel
}

// most is how many bytes one thing may have, unpacked.
func (j Job) most() int64 { return cmp.Or(j.MaxBytes, maxBytes) }

// tell says how far it is; r.mu is held.
func (r *run) tell(writing bool) {
	if r.job.Progress != nil {
		r.job.Progress(Progress{Done: r.done, Total: len(r.order), Bytes: r.bytes, Writing: writing})
	}
}

// because is an error with the reason why the context ended, if that is ours.
func because(ctx context.Context, err error) error {
	if err != nil && errors.Is(context.Cause(ctx), ErrTime) {
		return ErrTime
	}
	return err
}
