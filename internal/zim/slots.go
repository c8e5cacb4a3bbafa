package zim

import (
	"sync"
	"sync/atomic"
)

// slots is a cache of fixed size without locks: every key has one place, and the last one put there stays. A record
// carries its own key, so that who loads it sees whether it is what was wanted.
type slots[T any] struct {
	table [4096]atomic.Pointer[T]
}

func (s *slots[T]) at(key uint32) *atomic.Pointer[T] {
	return &s.table[key%uint32(len(s.table))]
}

// scratch is a buffer for small reads. A local array would escape through io.ReaderAt and be allocated each time.
type scratch [512]byte

var scratchPool = sync.Pool{New: func() any { return new(scratch) }}

func getScratch() *scratch  { return scratchPool.Get().(*scratch) }
func putScratch(b *scratch) { scratchPool.Put(b) }
