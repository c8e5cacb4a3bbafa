package zim

import (
	"context"
	"errors"
)

// pendingCluster is a cluster that somebody is decoding. Its result may be read when done is closed.
type pendingCluster struct {
	cancel  context.CancelFunc // of the decoding
	wanted  int                // callers who still want it; at 0 it is cancelled
	waiting int                // callers, beside the one who decodes, who will get a claim
	done    chan struct{}
	c       *decodedCluster
	err     error
}

// errCutShort is what those get who wait for a decoding that panicked.
var errCutShort = errors.New("zim: internal error: decoding was cut short")

// get returns a claim on a cluster, calling decode if it is neither kept nor under way. However many goroutines ask for a
// cluster that is not there, one decodes it and the others wait; it goes on as long as one of them wants it. What breaks
// the format is remembered for a while and not tried again.
func (m *Memory) get(ctx context.Context, key clusterKey, decode func(context.Context) (*decodedCluster, error)) (*hold, error) {
	for {
		h, err := m.try(ctx, key, decode)
		if errors.Is(err, context.Canceled) && ctx.Err() == nil {
			continue // all who had wanted it were gone when we joined
		}
		return h, err
	}
}

func (m *Memory) try(ctx context.Context, key clusterKey, decode func(context.Context) (*decodedCluster, error)) (*hold, error) {
	m.mu.Lock()
	if c := m.clusters[key]; c != nil {
		m.ref(c)
		m.mu.Unlock()
		return &hold{m: m, c: c}, nil
	}
	if f, ok := m.failed[key]; ok {
		if m.now().Before(f.until) {
			m.mu.Unlock()
			return nil, f.err
		}
		delete(m.failed, key)
	}
	if p := m.pending[key]; p != nil {
		return m.join(ctx, p) // unlocks
	}
	work, stop := context.WithCancel(context.WithoutCancel(ctx))
	defer stop()
	p := &pendingCluster{cancel: stop, wanted: 1, done: make(chan struct{}), err: errCutShort}
	m.pending[key] = p
	m.mu.Unlock()

	unwatch := context.AfterFunc(ctx, func() { m.unwant(p) })
	defer unwatch()
	defer func() { // also when decode panics, so that nobody waits for ever
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.pending, key)
		switch {
		case p.err == nil:
			p.c.refs = 1 + p.waiting
			m.clusters[key] = p.c
		case isFormatError(p.err):
			m.remember(key, p.err)
		}
		close(p.done)
	}()
	c, err := decode(work)
	if err != nil {
		p.err = err
		return nil, err
	}
	c.key = key
	p.c, p.err = c, nil
	return &hold{m: m, c: c}, nil
}

// join waits for p. m.mu is held, and is released.
func (m *Memory) join(ctx context.Context, p *pendingCluster) (*hold, error) {
	p.wanted++
	p.waiting++
	m.mu.Unlock()
	select {
	case <-p.done:
		if p.err != nil {
			return nil, p.err
		}
		return &hold{m: m, c: p.c}, nil
	case <-ctx.Done():
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	select {
	case <-p.done:
		if p.err == nil {
			m.unref(p.c)
		}
	default:
		p.waiting--
		m.unwantLocked(p)
	}
	return nil, ctx.Err()
}

func (m *Memory) unwant(p *pendingCluster) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.unwantLocked(p)
}

// unwantLocked ends the decoding if nobody waits for it any more. m.mu is held.
func (m *Memory) unwantLocked(p *pendingCluster) {
	if p.wanted--; p.wanted == 0 {
		p.cancel()
	}
}

// ref takes one more claim on a cluster that is there. m.mu is held.
func (m *Memory) ref(c *decodedCluster) {
	if c.refs++; c.elem != nil {
		m.kept.Remove(c.elem)
		c.elem = nil
	}
}

// remember keeps the failure of a cluster for a while. m.mu is held.
func (m *Memory) remember(key clusterKey, err error) {
	if len(m.failed) >= maxFailures {
		clear(m.failed) // an archive with so many of them may be decoded once more
	}
	m.failed[key] = failure{err, m.now().Add(failureTime)}
}

func isFormatError(err error) bool {
	var f *FormatError
	return errors.As(err, &f)
}
