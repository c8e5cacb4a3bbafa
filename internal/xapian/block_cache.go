package xapian

import (
	"io"
	"sync"
)

// cacheBytes bounds what is kept of blocks, of all databases of the process together: a shelf may have many archives, and
// each of them two databases. Half of it holds what a search in one archive goes through.
const cacheBytes = 8 << 20

// kept is where all databases keep their blocks.
var kept = &blockPool{limit: cacheBytes}

// blockPool keeps the blocks that were used last, up to limit bytes. It is safe for concurrent use.
type blockPool struct {
	limit int

	mu     sync.Mutex
	blocks map[blockKey]*keptBlock
	hand   []*keptBlock // a clock over blocks
	at     int
	bytes  int
}

type blockKey struct {
	of     *blockReader
	number uint32
}

type keptBlock struct {
	key  blockKey
	b    *block
	used bool
}

func (p *blockPool) get(key blockKey) *block {
	p.mu.Lock()
	defer p.mu.Unlock()
	k := p.blocks[key]
	if k == nil {
		return nil
	}
	k.used = true
	return k.b
}

// keep puts b into the place of blocks that were not used since the hand came by.
func (p *blockPool) keep(key blockKey, b *block) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.blocks[key] != nil || len(b.data) > p.limit {
		return // somebody else read it meanwhile, or nothing is kept
	}
	for p.bytes+len(b.data) > p.limit {
		if p.at >= len(p.hand) {
			p.at = 0
		}
		k := p.hand[p.at]
		if k.used {
			k.used = false
			p.at++
			continue
		}
		delete(p.blocks, k.key)
		p.bytes -= len(k.b.data)
		last := len(p.hand) - 1
		p.hand[p.at], p.hand[last] = p.hand[last], nil
		p.hand = p.hand[:last]
	}
	if p.blocks == nil {
		p.blocks = map[blockKey]*keptBlock{}
	}
	k := &keptBlock{key: key, b: b}
	p.blocks[key] = k
	p.hand = append(p.hand, k)
	p.bytes += len(b.data)
}

// blockReader reads the blocks of a database. It is safe for concurrent use.
type blockReader struct {
	r      io.ReaderAt
	size   int // of a block, in bytes
	blocks uint32
	pool   *blockPool
}

func (c *blockReader) get(number uint32) (*block, error) {
	key := blockKey{c, number}
	if b := c.pool.get(key); b != nil {
		return b, nil
	}
	b, err := c.read(number)
	if err != nil {
		return nil, err
	}
	c.pool.keep(key, b)
	return b, nil
}
