package fetch

import (
	"context"
	"errors"
	"sync/atomic"
)

// ErrTooMuch means that things that belong together have more bytes than the limit for all of them.
var ErrTooMuch = errors.New("larger together than the limit for one page")

// Meter counts bytes, and stops what would write more of them than it allows. It may be used concurrently.
type Meter struct {
	Max  int64       // bytes; none is 0
	Told func(int64) // is told how many there are, each time when there are more; may be nil
	got  atomic.Int64
}

// Write counts p, which it does not keep.
func (m *Meter) Write(p []byte) (int, error) {
	n := m.got.Add(int64(len(p)))
	if m.Told != nil {
		m.Told(n)
	}
	if m.Max > 0 && n > m.Max {
		return 0, ErrTooMuch
	}
	return len(p), nil
}

// Over reports whether it allows no more.
func (m *Meter) Over() bool { return m.Max > 0 && m.got.Load() > m.Max }

type meterKey struct{}

// Metered returns a context with which all bodies that a [Client] gets are counted by m.
func Metered(ctx context.Context, m *Meter) context.Context {
	return context.WithValue(ctx, meterKey{}, m)
}

func meterOf(ctx context.Context) *Meter {
	m, _ := ctx.Value(meterKey{}).(*Meter)
	return m
}
