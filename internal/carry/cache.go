package carry

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"runtime/debug"
	"slices"
	"sync"
)

// Bounds on runtimes in memory. They have about 10 MB each, and the decoder has 80 MB.
const (
	keptRuntimes = 2 // that nobody uses
	heldRuntimes = 4 // in all; who wants one more waits until somebody is done
)

// Cache gives out the runtimes of a set, of which only a few are in memory at once. To decode one takes those before it in
// its stream along, so who wants all of them asks in the order of [Cache.Targets]: then decoding goes on where it stopped.
// It may be used concurrently. There is one decoder, but who wants what is in memory does not wait for it.
type Cache struct {
	set     *Runtimes
	targets []Target // in the order of the set

	decoding chan struct{}                 // holds a token while somebody decodes, who alone touches what follows
	next     func() (Decoded, error, bool) // goes on decoding; nil if nothing has begun
	stop     func()
	cancel   context.CancelFunc // in the middle of a runtime
	at       int                // of targets: the first that next has not passed
	wanted   Target

	mu      sync.Mutex // held for moments only
	have    []*keptRuntime
	changed chan struct{} // closed when have, or who uses it, has changed, and made anew
}

type keptRuntime struct {
	target Target
	bytes  []byte
	users  int
}

// NewCache returns an empty cache of set.
func NewCache(set *Runtimes) *Cache {
	c := &Cache{set: set, decoding: make(chan struct{}, 1), changed: make(chan struct{})}
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

// Get returns the runtime for t. It gives up when ctx ends, also in the middle of decoding. release must be called once,
// when nobody reads it any more; more often does no harm.
func (c *Cache) Get(ctx context.Context, t Target) (program []byte, release func(), err error) {
	for {
		k, room, changed := c.use(t)
		if k != nil {
			return k.bytes, c.releaseOf(k), nil
		}
		turn := c.decoding
		if !room {
			turn = nil
		}
		select {
		case <-ctx.Done():
			return nil, nil, ctx.Err()
		case <-changed:
		case turn <- struct{}{}:
			k, err := c.add(ctx, t)
			if err != nil {
				return nil, nil, err
			}
			if k != nil {
				return k.bytes, c.releaseOf(k), nil
			}
		}
	}
}

// use returns the runtime for t, one user more, if it is in memory; else whether there is room for it. changed is closed
// when asking again is worth it.
func (c *Cache) use(t Target) (k *keptRuntime, room bool, changed <-chan struct{}) {
	c.mu.Lock()
	defer c.mu.Unlock()
	used := 0
	for _, k := range c.have {
		if k.target == t {
			k.users++
			return k, true, nil
		}
		if k.users > 0 {
			used++
		}
	}
	return nil, used < heldRuntimes, c.changed
}

// add decodes the runtime for t, with the token in c.decoding, which it takes out. It returns nil if there is no room any
// more, and what is there if it has come meanwhile.
func (c *Cache) add(ctx context.Context, t Target) (*keptRuntime, error) {
	defer func() { <-c.decoding }()
	if k, room, _ := c.use(t); k != nil || !room {
		return k, nil
	}
	if err := ctx.Err(); err != nil { // select takes any that is ready
		return nil, err
	}
	c.forget(heldRuntimes - 1)
	b, err := c.decode(ctx, t)
	if err != nil {
		return nil, err
	}
	k := &keptRuntime{target: t, bytes: b, users: 1}
	c.mu.Lock()
	c.have = append(c.have, k)
	c.mu.Unlock()
	c.forget(heldRuntimes)
	return k, nil
}

func (c *Cache) releaseOf(k *keptRuntime) func() {
	return sync.OnceFunc(func() {
		c.mu.Lock()
		k.users--
		c.mu.Unlock()
		c.forget(heldRuntimes)
	})
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

// forget drops the oldest that nobody uses, until few enough of them are left, and at most limit in all if that can be.
func (c *Cache) forget(limit int) {
	c.mu.Lock()
	defer c.mu.Unlock()
	idle, all := 0, len(c.have)
	for _, k := range c.have {
		if k.users == 0 {
			idle++
		}
	}
	c.have = slices.DeleteFunc(c.have, func(k *keptRuntime) bool {
		if k.users > 0 || idle <= keptRuntimes && all <= limit {
			return false
		}
		idle--
		all--
		return true
	})
	close(c.changed)
	c.changed = make(chan struct{})
}
