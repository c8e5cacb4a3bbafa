package zim

import (
	"container/list"
	"context"
	"errors"
	"fmt"
	"runtime"
	"sync"
	"sync/atomic"
	"time"
)

// Defaults of [Memory].
const (
	defaultCacheBytes = 16 << 20         // four clusters of the size that we write
	defaultSmallBytes = 96 << 20         // held clusters of at most bigBytes each, the cache among them
	chunkBytes        = 256 << 10        // clusters are kept in pieces of this size
	bigBytes          = 16 << 20         // a cluster larger than this is decoded one at a time; writers of the field aim at 1 to 4 MiB
	roomTimeout       = 5 * time.Second  // a reader waits for room
	revokeAfter       = 1 * time.Second  // it waits before whoever holds something longest has to give way
	maxDecoders       = 4                // at work, whatever the number of processors: each may need bigBytes of the room
	failureTime       = 30 * time.Second // a cluster that did not decode is not tried again
	maxFailures       = 256              // remembered
	collectEvery      = 5 * time.Second  // as long as a reader waits for room
	maxDropped        = 64 << 20         // bytes of decoded clusters that may be garbage
)

// ErrBusy is wrapped by the error of a read that found no room in [Memory] in time. Trying again later may help.
var ErrBusy = errors.New("no room to decode")

// Memory bounds what decoded clusters take, over all Readers that share it: those that are kept for the next read,
// those that somebody holds a [Blob] of, and those being decoded. Clusters larger than 16 MiB have room of their own and
// are decoded one at a time, so that an archive full of them leaves the others their room. Who finds no room waits, for
// five seconds at each step of a decoding and ten for its turn; while somebody waits, holders that said they can be told to let go ([Blob.Revocable]) are told, the
// longest holder first. It may be used concurrently.
//
// Beside that, compressed lists of titles take at most 64 MiB once they were asked for, and each decoder at work takes its window: there is one per processor, and no more than four, with at most
// 8 MiB, and one with at most 128 MiB.
type Memory struct {
	cacheBytes int64
	slots      chan struct{} // decoders at work
	listings   atomic.Int64  // bytes of decoded listings, which stay
	bigSlot    chan struct{} // the one that decodes a big cluster

	mu       sync.Mutex
	small    room
	big      room
	free     [][]byte  // chunks for use again, within cacheBytes
	kept     list.List // of *decodedCluster that nobody holds, most recent first
	holds    list.List // of *hold that can be revoked, oldest first
	clusters map[clusterKey]*decodedCluster
	pending  map[clusterKey]*pendingCluster
	failed   map[clusterKey]failure
	zstd     sync.Pool // of *zstdDecoder

	dropped    int64     // bytes of chunks that were left to the collector since it was asked last
	collected  time.Time // when it was asked
	collecting bool      // it is at work

	// Tests replace these.
	now     func() time.Time
	gc      func()
	timeout time.Duration // of who waits for room
	patient time.Duration // before others must give way
}

// room is a share of the memory.
type room struct {
	used, max int64         // bytes
	peak      int64         // bytes; the most that was ever used
	freed     chan struct{} // closed, and replaced, when something is given back
}

// clusterKey names a cluster among those of all readers.
type clusterKey struct {
	reader *Reader
	number uint32
}

type failure struct {
	err   error
	sound uint32 // blobs that come before what is wrong
	until time.Time
}

// NewMemory returns a Memory that keeps cacheBytes of decoded clusters for later; 0 means 16 MiB, less than 0 none.
// What is held at once is bounded by 96 MiB, or four times cacheBytes if that is more, and 256 MiB for clusters larger
// than 16 MiB.
func NewMemory(cacheBytes int64) *Memory {
	if cacheBytes == 0 {
		cacheBytes = defaultCacheBytes
	}
	m := &Memory{
		cacheBytes: max(cacheBytes, 0),
		slots:      make(chan struct{}, min(runtime.GOMAXPROCS(0), maxDecoders)),
		bigSlot:    make(chan struct{}, 1),
		clusters:   map[clusterKey]*decodedCluster{},
		pending:    map[clusterKey]*pendingCluster{},
		failed:     map[clusterKey]failure{},
		now:        time.Now,
		gc:         runtime.GC,
		timeout:    roomTimeout,
		patient:    revokeAfter,
	}
	m.small = room{max: max(defaultSmallBytes, 4*m.cacheBytes), freed: make(chan struct{})}
	m.big = room{max: defaultMaxClusterBytes + chunkBytes, freed: make(chan struct{})}
	return m
}

// chunk returns one more chunk for a cluster that is being decoded.
func (m *Memory) chunk(ctx context.Context, of *room) ([]byte, error) {
	if err := m.reserve(ctx, of, chunkBytes); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if n := len(m.free); n > 0 {
		c := m.free[n-1]
		m.free[n-1] = nil
		m.free = m.free[:n-1]
		return c, nil
	}
	return make([]byte, chunkBytes), nil
}

// reserve takes n bytes of a room, driving out clusters that nobody holds, and waits if that is not enough.
func (m *Memory) reserve(ctx context.Context, of *room, n int64) error {
	var timer <-chan time.Time
	var deadline time.Time
	for {
		m.mu.Lock()
		if of == &m.small {
			m.evict(m.cacheBytes - n)
		}
		if of.used+n <= of.max {
			of.used += n
			of.peak = max(of.peak, of.used)
			m.mu.Unlock()
			return nil
		}
		freed := of.freed
		m.mu.Unlock()
		if err := ctx.Err(); err != nil {
			return err
		}
		if timer == nil {
			deadline = time.Now().Add(m.timeout)
			timer = time.After(min(m.patient, m.timeout))
			m.waited()
		}
		select {
		case <-ctx.Done():
			return ctx.Err()
		case <-freed:
		case <-timer:
			if !time.Now().Before(deadline) {
				return fmt.Errorf("zim: %d bytes are in use: %w", of.max, ErrBusy)
			}
			m.revokeOldest(of)
			timer = time.After(min(m.patient/10, time.Until(deadline)))
		}
	}
}

// waited has the garbage collected, but not again within collectEvery: somebody may have dropped a Blob without closing it,
// and its memory comes back with the next collection. Under load thousands wait, and mostly for others who are at work.
func (m *Memory) waited() {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.now().Sub(m.collected) >= collectEvery {
		m.collect()
	}
}

// collect has the garbage collected, if that is not under way. m.mu is held.
func (m *Memory) collect() {
	if m.collecting {
		return
	}
	m.collecting, m.collected, m.dropped = true, m.now(), 0
	go func() {
		m.gc()
		m.mu.Lock()
		defer m.mu.Unlock()
		m.collecting = false
	}()
}

// discard takes back what was decoded of c, on which nobody has a claim.
func (m *Memory) discard(c *decodedCluster) {
	m.mu.Lock()
	defer m.mu.Unlock()
	m.takeBack(c)
}

// evict lets go of clusters that nobody holds, the least recently used first, until at most limit bytes of the small
// room are used or none is left. m.mu is held.
func (m *Memory) evict(limit int64) {
	for m.small.used > limit {
		last := m.kept.Back()
		if last == nil {
			return
		}
		m.drop(last.Value.(*decodedCluster))
	}
}

// drop forgets a cluster that nobody holds and takes its memory back. m.mu is held.
func (m *Memory) drop(c *decodedCluster) {
	if c.elem != nil {
		m.kept.Remove(c.elem)
		c.elem = nil
	}
	if m.clusters[c.key] == c {
		delete(m.clusters, c.key)
	}
	m.takeBack(c)
}

// takeBack returns the chunks of c. m.mu is held.
func (m *Memory) takeBack(c *decodedCluster) {
	of := c.room
	of.used -= int64(len(c.chunks)) * chunkBytes
	for _, chunk := range c.chunks {
		if m.small.used+int64(len(m.free)+1)*chunkBytes <= m.cacheBytes {
			m.free = append(m.free, chunk)
		} else {
			m.dropped += chunkBytes
		}
	}
	if m.dropped >= maxDropped { // left alone, the collector lets the heap grow to twice of what is in use
		m.collect()
	}
	c.chunks = nil
	of.wake()
}

// wake has those who wait for room try again.
func (r *room) wake() {
	close(r.freed)
	r.freed = make(chan struct{})
}

// hold is one reader's claim on a cluster.
type hold struct {
	m      *Memory
	c      *decodedCluster
	revoke func()        // nil if it cannot be revoked, or was
	elem   *list.Element // in m.holds
	done   bool
}

// release gives the claim back. It may be called more than once.
func (h *hold) release() {
	m := h.m
	m.mu.Lock()
	defer m.mu.Unlock()
	if h.done {
		return
	}
	h.done = true
	if h.elem != nil {
		m.holds.Remove(h.elem)
		h.elem = nil
	}
	m.unref(h.c)
}

// onRevoke has give called if memory is short.
func (h *hold) onRevoke(give func()) {
	h.m.mu.Lock()
	defer h.m.mu.Unlock()
	if !h.done && h.elem == nil {
		h.revoke, h.elem = give, h.m.holds.PushBack(h)
	}
}

// unref gives back one claim on c, which is kept if nobody else has one. m.mu is held.
func (m *Memory) unref(c *decodedCluster) {
	if c.refs--; c.refs > 0 {
		return
	}
	if c.room != &m.small || c.bytes() > m.cacheBytes || m.clusters[c.key] != c {
		m.drop(c)
		return
	}
	c.elem = m.kept.PushFront(c)
	m.evict(m.cacheBytes)
	m.small.wake() // what nobody holds can be driven out
}

// revokeOldest tells the longest holder in a room to let go, if one can be told.
func (m *Memory) revokeOldest(of *room) {
	m.mu.Lock()
	var revoke func()
	for e := m.holds.Front(); e != nil; e = e.Next() {
		if h := e.Value.(*hold); h.c.room == of {
			m.holds.Remove(e)
			h.elem, revoke = nil, h.revoke
			break
		}
	}
	m.mu.Unlock()
	if revoke != nil {
		revoke()
	}
}

// enter waits for a place in a queue of decoders.
func (m *Memory) enter(ctx context.Context, slots chan struct{}) error {
	select {
	case slots <- struct{}{}:
		return nil
	default:
	}
	timer := time.NewTimer(2 * m.timeout)
	defer timer.Stop()
	select {
	case slots <- struct{}{}:
		return nil
	case <-ctx.Done():
		return ctx.Err()
	case <-timer.C:
		return fmt.Errorf("zim: all decoders are at work: %w", ErrBusy)
	}
}
