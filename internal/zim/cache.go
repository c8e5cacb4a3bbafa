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

// decodeFunc decodes a cluster as far as the end of blob last. If it cannot, it says how many blobs come before what is wrong.
type decodeFunc func(ctx context.Context, last uint32) (c *decodedCluster, sound uint32, err error)

// get returns a claim on a cluster that has been decoded as far as the end of blob i, calling decode if it is neither kept nor
// under way. However many goroutines ask for a cluster that is not there, one decodes it and the others wait; it goes on as long
// as one of them wants it. The second time that a cluster is decoded, because somebody wants more of it, it is decoded wholly. What
// breaks the format is remembered for a while and not tried again; the blobs before it can be had, in whatever order they are asked for.
func (m *Memory) get(ctx context.Context, key clusterKey, i uint32, decode decodeFunc) (*hold, error) {
	for {
		h, err := m.try(ctx, key, i, decode)
		switch {
		case err == nil && h.c.has(i):
			return h, nil
		case err == nil:
			h.release() // it was decoded for somebody who wanted less
		case errors.Is(err, context.Canceled) && ctx.Err() == nil: // all who had wanted it were gone when we joined
		case isFormatError(err) && m.soundBefore(key) > i: // it was decoded for somebody who wanted more
		default:
			return nil, err
		}
	}
}

// try is get, but the claim may be on less, and the error that of somebody who wanted more.
func (m *Memory) try(ctx context.Context, key clusterKey, i uint32, decode decodeFunc) (*hold, error) {
	m.mu.Lock()
	last := i
	if c := m.clusters[key]; c != nil {
		if c.has(i) {
			m.ref(c)
			m.mu.Unlock()
			return &hold{m: m, c: c}, nil
		}
		last = allBlobs
	}
	if f, ok := m.failed[key]; ok {
		switch {
		case !m.now().Before(f.until):
			delete(m.failed, key)
		case i >= f.sound:
			m.mu.Unlock()
			return nil, f.err
		default:
			last = f.sound - 1
		}
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
	sound := uint32(0)
	defer func() { // also when decode panics, so that nobody waits for ever
		m.mu.Lock()
		defer m.mu.Unlock()
		delete(m.pending, key)
		switch {
		case p.err == nil:
			p.c.refs = 1 + p.waiting
			less := m.clusters[key]
			m.clusters[key] = p.c
			if less != nil && less.refs == 0 {
				m.drop(less)
			}
		case isFormatError(p.err):
			// Blob last was not to be had. So each attempt finds fewer to be sound than the one before, and they end.
			m.remember(key, p.err, min(sound, last))
		}
		close(p.done)
	}()
	c, n, err := decode(work, last)
	sound = n
	if err != nil {
		p.err = err
		return nil, err
	}
	c.key = key
	p.c, p.err = c, nil
	return &hold{m: m, c: c}, nil
}

// soundBefore returns how many blobs of a cluster come before what was found to be wrong in it.
func (m *Memory) soundBefore(key clusterKey) uint32 {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.failed[key].sound
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

// remember keeps the failure of a cluster, before which so many blobs are sound, for a while. m.mu is held.
func (m *Memory) remember(key clusterKey, err error, sound uint32) {
	if len(m.failed) >= maxFailures {
		clear(m.failed) // an archive with so many of them may be decoded once more
	}
	m.failed[key] = failure{err, sound, m.now().Add(failureTime)}
}

func isFormatError(err error) bool {
	var f *FormatError
	return errors.As(err, &f)
}
