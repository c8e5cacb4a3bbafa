package zim

import (
	"container/list"
	"errors"
	"sync"
)

// clusterCache keeps decoded clusters up to maxBytes, the least recently used leaving first. However many goroutines
// ask for a cluster that is not there, one decodes it and the others wait for its result. Failures are handed to those
// who wait and then forgotten.
type clusterCache struct {
	maxBytes int64

	mu      sync.Mutex
	bytes   int64
	order   list.List // of *decodedCluster, most recent first
	byID    map[uint32]*list.Element
	pending map[uint32]*pendingCluster
}

// pendingCluster is a cluster that somebody is decoding. Its result may be read when done is closed.
type pendingCluster struct {
	done chan struct{}
	c    *decodedCluster
	err  error
}

// get returns cluster number, calling decode if it is neither kept nor under way.
func (k *clusterCache) get(number uint32, decode func() (*decodedCluster, error)) (*decodedCluster, error) {
	k.mu.Lock()
	if e, ok := k.byID[number]; ok {
		k.order.MoveToFront(e)
		c := e.Value.(*decodedCluster)
		k.mu.Unlock()
		return c, nil
	}
	if p, ok := k.pending[number]; ok {
		k.mu.Unlock()
		<-p.done
		return p.c, p.err
	}
	p := &pendingCluster{done: make(chan struct{}), err: errors.New("zim: internal error: decoding was cut short")}
	if k.pending == nil {
		k.pending = make(map[uint32]*pendingCluster)
		k.byID = make(map[uint32]*list.Element)
	}
	k.pending[number] = p
	k.mu.Unlock()

	defer func() { // also when decode panics, so that nobody waits for ever
		k.mu.Lock()
		delete(k.pending, number)
		if p.err == nil {
			k.keep(p.c)
		}
		k.mu.Unlock()
		close(p.done)
	}()
	p.c, p.err = decode()
	return p.c, p.err
}

// keep puts c in front and lets go of the last ones. A cluster larger than the whole cache is not kept.
func (k *clusterCache) keep(c *decodedCluster) {
	if c.bytes() > k.maxBytes {
		return
	}
	k.byID[c.number] = k.order.PushFront(c)
	k.bytes += c.bytes()
	for k.bytes > k.maxBytes {
		last := k.order.Remove(k.order.Back()).(*decodedCluster)
		delete(k.byID, last.number)
		k.bytes -= last.bytes()
	}
}
