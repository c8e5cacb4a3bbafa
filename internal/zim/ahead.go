package zim

import (
	"context"
	"errors"
	"sync"
)

// afterInOrder is how many clusters somebody must have come to in order before the next one is decoded ahead. People who
// read a page here and a page there do not.
const afterInOrder = 3

// ahead decodes clusters before they are asked for, while somebody goes through the archive in order: all who do so come to
// the end of a cluster at the same time, and would wait for one processor while the others have nothing to do.
type ahead struct {
	wanted  bool
	mu      sync.Mutex
	next    uint32 // the cluster that would be in order
	run     int    // how many have been, up to afterInOrder
	working bool
}

// saw notes that cluster n was asked for, and reports whether the one behind it is to be decoded; done must be called then.
func (a *ahead) saw(n uint32) bool {
	if !a.wanted {
		return false
	}
	a.mu.Lock()
	defer a.mu.Unlock()
	switch {
	case n == a.next:
		a.run, a.next = min(a.run+1, afterInOrder), n+1
	case n+2 >= a.next && n < a.next: // others are not as far
		return false
	default:
		a.run, a.next = 0, n+1
		return false
	}
	if a.run < afterInOrder || a.working {
		return false
	}
	a.working = true
	return true
}

func (a *ahead) done() {
	a.mu.Lock()
	defer a.mu.Unlock()
	a.working = false
}

// readAhead decodes cluster n, if that keeps nobody waiting, and whoever asks for it meanwhile gets it.
func (r *Reader) readAhead(n uint32) {
	defer r.ahead.done()
	if n >= r.hdr.clusterCount || !r.memory.idle() {
		return
	}
	h, err := r.head(n)
	if err != nil || h.raw() {
		return // whoever asks for it is told
	}
	claim, err := r.memory.try(context.Background(), clusterKey{r, n}, allBlobs, func(ctx context.Context, last uint32) (*decodedCluster, uint32, error) {
		c, sound, err := r.decodeUpTo(ctx, h, r.dataEnd, last, false)
		if errors.Is(err, errBig) {
			err = context.Canceled // whoever waits tries again
		}
		return c, sound, err
	})
	if err == nil {
		claim.release()
	}
}

// idle reports whether one more cluster can be decoded without keeping somebody waiting, for a processor or for room.
func (m *Memory) idle() bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return cap(m.slots) > 1 && len(m.slots) == 0 && m.small.used+bigBytes <= m.small.max/2
}
