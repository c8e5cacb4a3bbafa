package carry

import (
	"context"
	"crypto/sha256"
	"fmt"
	"io"
	"iter"
	"runtime/debug"
	"slices"
	"sync"
	"time"
)

// Bounds on runtimes in memory. They have about 10 MB each, and the decoder, with what the collector has not seen yet, 40.
const (
	keptRuntimes = 2 // that nobody takes
	heldRuntimes = 3 // in all; who wants one more waits until somebody is done, or has had one for long enough
)

// tenure is how long a runtime stays for whoever takes it, though others wait for room. Decoding it again takes about a
// second, so slow clients cost a tenth of a core at most.
const tenure = 10 * time.Second

// Cache lends the runtimes of a set, of which only a few are in memory at once. To decode one takes those before it in
// its stream along, so who wants all of them asks in the order of [Cache.Targets]: then decoding goes on where it stopped.
// It may be used concurrently. There is one decoder, but who wants what is in memory does not wait for it.
type Cache struct {
	set     *Runtimes
	targets []Target // in the order of the set
	// Tenure is how long a runtime stays for whoever takes it, though others wait for room. [NewCache] sets 10 seconds; it is not
	// changed while somebody takes one.
	Tenure time.Duration

	decoding chan struct{}                 // holds a token while somebody decodes, who alone touches what follows
	next     func() (Decoded, error, bool) // goes on decoding; nil if nothing has begun
	stop     func()
	cancel   context.CancelFunc // in the middle of a runtime
	at       int                // of targets: the first that next has not passed
	wanted   Target

	mu      sync.Mutex // held for moments only
	have    []*keptRuntime
	changed chan struct{} // closed when have, or who takes what, has changed, and made anew
}

type keptRuntime struct {
	target Target
	bytes  []byte
	lent   map[*Lent]bool
	since  time.Time // when it was lent to the first of those
	read   time.Time // when somebody has read it last
}

// NewCache returns an empty cache of set.
func NewCache(set *Runtimes) *Cache {
	c := &Cache{set: set, Tenure: tenure, decoding: make(chan struct{}, 1), changed: make(chan struct{})}
	for _, e := range set.index.Runtimes {
		if t, err := ParseTarget(e.Target); err == nil {
			c.targets = append(c.targets, t)
		}
	}
	return c
}

// Targets returns the platforms that there are runtimes for, in the order in which they are decoded quickest. The caller
// does not change it.
func (c *Cache) Targets() []Target { return c.targets }

// Sum returns the SHA-256 of the runtime for t, which must be one of [Cache.Targets].
func (c *Cache) Sum(t Target) [sha256.Size]byte { return c.set.Sum(t) }

// Lent is a runtime for somebody who takes it. It is in memory until the last byte of it that is wanted was read, or others have waited for room
// for a while; who goes on reading then waits in turn, and it is decoded again. So a client that takes a byte now and
// then keeps nobody out. It may be used concurrently.
type Lent struct {
	cache  *Cache
	target Target
	size   int64
	until  int64           // whoever has read up to here is done
	ended  context.Context // when it is closed
	end    context.CancelFunc

	kept *keptRuntime // nil: not now. Guarded by cache.mu
}

// Take waits until the runtime for t is in memory, and lends it. It gives up when ctx ends, also in the middle of decoding;
// later that does not count. The runtime must be closed.
func (c *Cache) Take(ctx context.Context, t Target) (*Lent, error) {
	l := &Lent{cache: c, target: t, size: c.set.Bytes(t)}
	l.until = l.size
	l.ended, l.end = context.WithCancel(context.WithoutCancel(ctx))
	if _, err := c.get(ctx, l); err != nil {
		l.end()
		return nil, err
	}
	return l, nil
}

// Reader returns a reader of the runtime for t that takes it for each ReadAt anew: for what is read once, or seldom.
func (c *Cache) Reader(t Target) io.ReaderAt { return &seldom{c, t} }

type seldom struct {
	cache  *Cache
	target Target
}

func (s *seldom) ReadAt(p []byte, off int64) (int, error) {
	l, err := s.cache.Take(context.Background(), s.target)
	if err != nil {
		return 0, err
	}
	defer l.Close()
	return l.ReadAt(p, off)
}

// Until says that nothing behind end is wanted, before the first ReadAt.
func (l *Lent) Until(end int64) { l.until = end }

// Size returns the bytes of the runtime.
func (l *Lent) Size() int64 { return l.size }

// ReadAt implements [io.ReaderAt]. It may wait for the decoder; after Close it fails.
func (l *Lent) ReadAt(p []byte, off int64) (int, error) {
	if off < 0 || off >= l.size {
		return 0, io.EOF
	}
	b, err := l.cache.get(l.ended, l)
	if err != nil {
		return 0, err
	}
	n := copy(p, b[off:])
	if off+int64(n) >= l.until { // a download does not come back
		l.cache.giveBack(l)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Close gives the runtime back, also in the middle of a ReadAt that waits. More often does no harm.
func (l *Lent) Close() error {
	l.end()
	l.cache.giveBack(l)
	return nil
}

// get returns the bytes of l, which is lent them unless it is already.
func (c *Cache) get(ctx context.Context, l *Lent) ([]byte, error) {
	for {
		b, wait, changed := c.use(l)
		if b != nil {
			return b, nil
		}
		turn, patience := c.decoding, (<-chan time.Time)(nil)
		if wait > 0 {
			timer := time.NewTimer(wait)
			defer timer.Stop() // few, and soon over
			turn, patience = nil, timer.C
		}
		select {
		case <-ctx.Done():
			return nil, ctx.Err()
		case <-changed:
		case <-patience:
		case turn <- struct{}{}:
			if b, err := c.add(ctx, l); b != nil || err != nil {
				return b, err
			}
		}
	}
}

// use lends l its runtime if that is in memory, and returns it; else how long it takes until there is room for it, 0 if
// there is. changed is closed when asking again is worth it.
func (c *Cache) use(l *Lent) (b []byte, wait time.Duration, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	if l.kept == nil && l.ended.Err() == nil {
		for _, k := range c.have {
			if k.target == l.target {
				c.lend(k, l, now)
			}
		}
	}
	if l.kept != nil {
		l.kept.read = now
		return l.kept.bytes, 0, nil
	}
	if len(c.have) < heldRuntimes {
		return nil, 0, c.changed
	}
	wait = c.Tenure
	for _, k := range c.have {
		if len(k.lent) == 0 {
			return nil, 0, c.changed
		}
		wait = min(wait, max(0, k.since.Add(c.Tenure).Sub(now)))
	}
	return nil, wait, c.changed
}

// lend gives k to l. c.mu is held.
func (c *Cache) lend(k *keptRuntime, l *Lent, now time.Time) {
	if len(k.lent) == 0 {
		k.since = now
	}
	k.lent[l], l.kept, k.read = true, k, now
}

// add decodes the runtime for l, with the token in c.decoding, which it takes out. It returns nil if there is no room any
// more, and what is there if it has come meanwhile.
func (c *Cache) add(ctx context.Context, l *Lent) ([]byte, error) {
	defer func() { <-c.decoding }()
	if b, wait, _ := c.use(l); b != nil || wait > 0 {
		return b, nil
	}
	if err := ctx.Err(); err != nil { // select takes any that is ready
		return nil, err
	}
	if !c.makeRoom() {
		return nil, nil
	}
	b, err := c.decode(ctx, l.target)
	if err != nil {
		return nil, err
	}
	c.mu.Lock()
	k := &keptRuntime{target: l.target, bytes: b, lent: map[*Lent]bool{}}
	c.have = append(c.have, k)
	if l.ended.Err() == nil { // else it was closed meanwhile
		c.lend(k, l, time.Now())
	}
	c.mu.Unlock()
	c.forget()
	return b, nil
}

// makeRoom forgets what was not read for the longest time, first of what nobody takes, then of what was taken for long
// enough, until one more fits. It reports whether that is so.
func (c *Cache) makeRoom() bool {
	c.mu.Lock()
	defer c.mu.Unlock()
	now := time.Now()
	for len(c.have) >= heldRuntimes {
		var worst *keptRuntime
		for _, k := range c.have {
			free := len(k.lent) == 0
			switch {
			case !free && now.Sub(k.since) < c.Tenure:
			case worst == nil, free && len(worst.lent) > 0, free == (len(worst.lent) == 0) && k.read.Before(worst.read):
				worst = k
			}
		}
		if worst == nil {
			return false
		}
		for l := range worst.lent {
			l.kept = nil
		}
		c.have = slices.DeleteFunc(c.have, func(k *keptRuntime) bool { return k == worst })
	}
	return true
}

func (c *Cache) giveBack(l *Lent) {
	c.mu.Lock()
	if l.kept != nil {
		delete(l.kept.lent, l)
		l.kept = nil
	}
	c.mu.Unlock()
	c.forget()
}

// decode goes on to t, or begins anew if that is past. If ctx ends meanwhile, so does the decoder, and who comes next begins
// anew.
func (c *Cache) decode(ctx context.Context, t Target) ([]byte, error) {
	i := slices.Index(c.targets, t)
	if i < 0 {
		return nil, fmt.Errorf("no runtime for %v", t)
	}
	if i < c.at {
		c.end()
	}
	for {
		fresh := c.next == nil
		if fresh {
			var decoding context.Context
			decoding, c.cancel = context.WithCancel(context.Background())
			c.next, c.stop = iter.Pull2(c.set.Each(decoding, func(x Target) bool { return x == c.wanted }))
		}
		c.wanted = t
		undisturbed := context.AfterFunc(ctx, c.cancel)
		d, err, ok := c.next()
		if c.at = i + 1; !undisturbed() || !ok || err != nil && d.Target != t || c.at == len(c.targets) {
			c.end()
		}
		switch {
		case ok:
			return d.Bytes, err
		case fresh:
			return nil, fmt.Errorf("no runtime for %v", t)
		}
	}
}

// end drops the decoder, which takes more than all runtimes, and has its memory given back to the system.
func (c *Cache) end() {
	if c.next != nil {
		c.cancel()
		c.stop()
		c.next, c.stop, c.cancel, c.at = nil, nil, nil, 0
		debug.FreeOSMemory()
	}
}

// forget drops what nobody takes, the one that was not read for the longest time first, until few enough of those are left.
func (c *Cache) forget() {
	c.mu.Lock()
	defer c.mu.Unlock()
	slices.SortFunc(c.have, func(a, b *keptRuntime) int { return a.read.Compare(b.read) })
	idle := 0
	for _, k := range c.have {
		if len(k.lent) == 0 {
			idle++
		}
	}
	c.have = slices.DeleteFunc(c.have, func(k *keptRuntime) bool {
		if len(k.lent) > 0 || idle <= keptRuntimes {
			return false
		}
		idle--
		return true
	})
	close(c.changed)
	c.changed = make(chan struct{})
}
