package main

import (
	"context"
	"fmt"
	"iter"
	"runtime"
	"slices"
	"sync"

	"samizdat/internal/carry"
)

// keptRuntimes is how many runtimes stay in memory, beside those in use. They have about 10 MB each.
const keptRuntimes = 2

// runtimeCache gives out the runtimes of a set that travels with this copy, of which only a few are in memory at once. To
// decode one takes every one before it along, so who wants all of them asks in the order of the set: then decoding goes on
// where it stopped. It may be used concurrently.
type runtimeCache struct {
	set     *carry.Runtimes
	targets []carry.Target // in the order of the set

	mu   sync.Mutex // held while decoding: who comes second finds what the first has decoded
	have []*keptRuntime
	next func() (carry.Decoded, error, bool) // goes on decoding; nil if nothing has begun
	stop func()
	at   int // of targets: the first that next has not passed

	wanted carry.Target
}

type keptRuntime struct {
	target carry.Target
	bytes  []byte
	users  int
}

func newRuntimeCache(set *carry.Runtimes) *runtimeCache {
	return &runtimeCache{set: set, targets: set.Targets()}
}

// get returns the runtime for t. release must be called once, when nobody reads it any more.
func (c *runtimeCache) get(t carry.Target) (program []byte, release func(), err error) {
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

func (c *runtimeCache) find(t carry.Target) *keptRuntime {
	for _, k := range c.have {
		if k.target == t {
			return k
		}
	}
	return nil
}

// decode goes on to t, or begins anew if that is past.
func (c *runtimeCache) decode(t carry.Target) ([]byte, error) {
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
			c.next, c.stop = iter.Pull2(c.set.Each(context.Background(), func(x carry.Target) bool { return x == c.wanted }))
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
func (c *runtimeCache) end() {
	if c.next != nil {
		c.stop()
		c.next, c.stop, c.at = nil, nil, 0
		runtime.GC()
	}
}

// forget drops the oldest that nobody uses, until few enough are left.
func (c *runtimeCache) forget() {
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
