package xapian

import "testing"

// TestBlockPool: the blocks of all databases together stay within the limit, and one that is used again and again stays.
func TestBlockPool(t *testing.T) {
	p := &blockPool{limit: 10 << 10}
	one, other := &blockReader{}, &blockReader{}
	hot := blockKey{one, 0}
	p.keep(hot, &block{data: make([]byte, 2048)})
	for i := range uint32(1000) {
		if p.get(hot) == nil {
			t.Fatalf("the block that is used most is gone after %d others", i)
		}
		key, size := blockKey{one, i + 1}, 1024
		if i%2 == 1 {
			key, size = blockKey{other, i + 1}, 4096
		}
		p.keep(key, &block{data: make([]byte, size)})
		if p.blocks[key] == nil {
			t.Fatalf("block %d is not kept", i)
		}
		sum := 0
		for _, k := range p.blocks {
			sum += len(k.b.data)
		}
		if sum > p.limit || sum != p.bytes || len(p.hand) != len(p.blocks) {
			t.Fatalf("%d bytes of %d, counted as %d", sum, p.limit, p.bytes)
		}
	}
	p.keep(blockKey{one, 5000}, &block{data: make([]byte, 20<<10)})
	if p.get(blockKey{one, 5000}) != nil || p.get(hot) == nil {
		t.Error("a block larger than the limit is kept, or has pushed others out")
	}
}
