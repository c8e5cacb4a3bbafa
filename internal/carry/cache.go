package carry

import (
	"context"
	"crypto/sha256"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"
)

// keptRuntimes is how many runtimes stay in memory, beside those in use. They have about 10 MB each.
const keptRuntimes = 2

// Cache gives out the runtimes of a set, of which only a few are in memory at once. To decode one takes those before it in
// its stream along, so who wants all of them asks in the order of [Cache.Targets]: then decoding goes on where it stopped.
// It may be used concurrently.
type Cache struct {
	set     *Runtimes
	targets []Target // in the order of the set

	mu   sync.Mutex // held while decoding: who comes second finds what the first has decoded
	have []*keptRuntime
	next func() (Decoded, error, bool) // goes on decoding; nil if nothing has begun
	stop func()
	at   int // of targets: the first that next has not passed

	wanted Target
}

type keptRuntime struct {
	target Target
	bytes  []byte
	users  int
}

// NewCache returns an empty cache of set.
func NewCache(set *Runtimes) *Cache {
	c := &Cache{set: set}
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

// Get returns the runtime for t. release must be called once, when nobody reads it any more.
func (c *Cache) Get(t Target) (program []byte, release func(), err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	k := c.find(t)
	if k == nil {
		b, err := c.decode(t)
		if err != nil {
			return nil, nil, err
		}
		k = &keptRuntime{target: t, bytes: b}
		c.have = append(c.have, k)
	}
	k.users++
	c.forget()
	return k.bytes, sync.OnceFunc(func() {
		c.mu.Lock()
		defer c.mu.Unlock()
		k.users--
		c.forget()
	}), nil
}

func (c *Cache) find(t Target) *keptRuntime {
	for _, k := range c.have {
		if k.target == t {
			return k
		}
	}
	return nil
}

// decode goes on to t, or begins anew if that is past.
func (c *Cache) decode(t Target) ([]byte, error) {
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
			c.next, c.stop = iter.Pull2(c.set.Each(context.Background(), func(x Target) bool { return x == c.wanted }))
		}
		c.wanted = t
		d, err, ok := c.next()
		if c.at = i + 1; !ok || err != nil && d.Target != t || c.at == len(c.targets) {
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

// end drops the decoder, which takes more than three runtimes.
func (c *Cache) end() {
	if c.next != nil {
		c.stop()
		c.next, c.stop, c.at = nil, nil, 0
		runtime.GC()
	}
}

// forget drops the oldest that nobody uses, until few enough are left.
func (c *Cache) forget() {
	idle := 0
	for _, k := range c.have {
		if k.users == 0 {
			idle++
		}
	}
	c.have = slices.DeleteFunc(c.have, func(k *keptRuntime) bool {
		if k.users > 0 || idle <= keptRuntimes {
			return false
		}
		idle--
		return true
	})
}
