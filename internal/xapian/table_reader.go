package xapian

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"
)

// Bounds on what a hostile database makes a reader do.
const (
	maxLevel = 10       // of a B-tree; Xapian's own limit
	maxTag   = 4 << 20  // bytes of a tag, decompressed; lists of stop words have 10,000
	maxChunk = 64 << 10 // bytes of a chunk of postings or values, decompressed; Xapian's have 2,000
	headSize = 16       // bytes of a tag that a frequency lies within
)

// block is one that has been read and checked: every item lies inside it.
type block struct {
	number uint32
	level  int
	data   []byte
	items  int
}

// read reads a block and checks it. Glass, "B-tree blocks".
func (c *blockReader) read(number uint32) (*block, error) {
	bad := func(format string, args ...any) error {
		return &FormatError{Block: int64(number), Part: "block", Err: fmt.Errorf(format, args...)}
	}
	if number == 0 || number >= c.blocks {
		return nil, bad("there are %d blocks", c.blocks)
	}
	data := make([]byte, c.size)
	if n, err := c.r.ReadAt(data, int64(number)*int64(c.size)); n < len(data) {
		return nil, fmt.Errorf("xapian: read block %d: %w", number, unexpected(err))
	}
	b := &block{number: number, level: int(data[4]), data: data}
	end := int(binary.BigEndian.Uint16(data[9:]))
	if b.level > maxLevel || end < directoryAt+directoryItem || end > c.size || (end-directoryAt)%directoryItem != 0 {
		return nil, bad("level %d, directory to %d", b.level, end)
	}
	b.items = (end - directoryAt) / directoryItem // at least 1
	for i := range b.items {
		at := b.offset(i)
		if at < end || at+sizeBase > c.size {
			return nil, bad("item %d at %d", i, at)
		}
		if !b.itemFits(at, i) {
			return nil, bad("item %d at %d does not fit", i, at)
		}
	}
	return b, nil
}

func (b *block) offset(i int) int {
	return int(binary.BigEndian.Uint16(b.data[directoryAt+directoryItem*i:]))
}

// itemFits reports whether the item at offset at lies inside the block, with all that its head says it has.
func (b *block) itemFits(at, i int) bool {
	d := b.data[at:]
	if b.level > 0 {
		return len(d) >= 5 && len(d) >= 5+int(d[4])+2 && (i > 0 || d[4] == 0)
	}
	head := binary.BigEndian.Uint16(d)
	size := int(head&sizeMask) + sizeBase
	least := sizeBase + int(d[2])
	if head&flagFirst == 0 {
		least += 2
	}
	return size <= len(d) && least <= size
}

// leafItem is one component of one entry.
type leafItem struct {
	key        []byte
	component  int
	tag        []byte
	last       bool
	compressed bool
}

func (b *block) leaf(i int) leafItem {
	d := b.data[b.offset(i):]
	head := binary.BigEndian.Uint16(d)
	d = d[:int(head&sizeMask)+sizeBase]
	it := leafItem{component: 1, last: head&flagLast != 0, compressed: head&flagCompressed != 0}
	n := sizeBase + int(d[2])
	it.key = d[sizeBase:n:n]
	if head&flagFirst == 0 {
		it.component = int(binary.BigEndian.Uint16(d[n:]))
		n += 2
	}
	it.tag = d[n:]
	return it
}

// branch returns the separator of item i and the block below it.
func (b *block) branch(i int) (key []byte, component int, child uint32) {
	d := b.data[b.offset(i):]
	n := 5 + int(d[4])
	return d[5:n:n], int(binary.BigEndian.Uint16(d[n:])), binary.BigEndian.Uint32(d)
}

// find returns the last item that is not greater than (key, component), or -1.
func (b *block) find(key []byte, component int) int {
	low, high := -1, b.items // the answer is low or above, and below high
	for high-low > 1 {
		mid := (low + high) / 2
		var k []byte
		var c int
		if b.level > 0 {
			if mid == 0 {
				low = 0 // its separator stands for everything before
				continue
			}
			k, c, _ = b.branch(mid)
		} else {
			it := b.leaf(mid)
			k, c = it.key, it.component
		}
		order := bytes.Compare(k, key)
		if order < 0 || order == 0 && c <= component {
			low = mid
		} else {
			high = mid
		}
	}
	return low
}

// tree is one table of a database. It may be used concurrently.
type tree struct {
	kind   table
	root   root
	blocks *blockReader
}

// child returns the block below item i of b, which must be one level lower: so no descent goes round in circles.
func (t *tree) child(b *block, i int) (*block, error) {
	_, _, number := b.branch(i)
	child, err := t.blocks.get(number)
	if err != nil {
		return nil, err
	}
	if child.level != b.level-1 {
		return nil, t.bad(number, "level %d below level %d", child.level, b.level)
	}
	return child, nil
}

func (t *tree) bad(number uint32, format string, args ...any) error {
	return &FormatError{Block: int64(number), Part: t.kind.String(), Err: fmt.Errorf(format, args...)}
}

// cursor walks over the entries of a table in key order. It is not safe for concurrent use.
type cursor struct {
	t    *tree
	path []place // from the root to the leaf; the leaf's item is the first component of the current entry
	key  []byte  // of the current entry
	tag  []byte  // set by read
}

type place struct {
	b *block
	i int
}

// seek goes to the last entry whose key is not greater than key. Before the first there is the table's empty entry, with
// an empty key. ok is false if the table is absent.
func (c *cursor) seek(key []byte) (ok bool, err error) {
	if c.t.root.absent {
		return false, nil
	}
	if err := c.descend(key); err != nil {
		return false, err
	}
	it := c.item()
	if it.component != 1 { // a later one, and its entry is the one looked for: from the root again, to where that begins
		key = it.key
		if err := c.descend(key); err != nil {
			return false, err
		}
		if it = c.item(); it.component != 1 || !bytes.Equal(it.key, key) {
			return false, c.t.bad(c.leaf().number, "component %d of %q, and no first one of %q", it.component, it.key, key)
		}
	}
	c.key = append(c.key[:0], it.key...)
	return true, nil
}

// descend goes from the root to the last item that is not greater than the first component of key. It reads one block of
// each level, and the one before of each if a leaf begins behind its separator; it never walks.
func (c *cursor) descend(key []byte) error {
	b, err := c.t.blocks.get(c.t.root.block)
	if err != nil {
		return err
	}
	if b.level != c.t.root.level {
		return c.t.bad(b.number, "level %d, and %d in the version record", b.level, c.t.root.level)
	}
	c.path = c.path[:0]
	for {
		i := b.find(key, 1)
		c.path = append(c.path, place{b, i})
		if b.level == 0 {
			break
		}
		if b, err = c.t.child(b, i); err != nil {
			return err
		}
	}
	if c.path[len(c.path)-1].i < 0 { // between the separator and the leaf's first key
		if ok, err := c.step(-1); err != nil || !ok {
			return errors.Join(err, c.t.bad(b.number, "begins with a key greater than its separator"))
		}
	}
	return nil
}

func (c *cursor) leaf() *block { return c.path[len(c.path)-1].b }

func (c *cursor) item() leafItem {
	p := c.path[len(c.path)-1]
	return p.b.leaf(p.i)
}

// step moves the path by one leaf item, forward (1) or back (-1); ok is false at the end.
func (c *cursor) step(by int) (ok bool, err error) {
	n := len(c.path) - 1
	for n >= 0 && (c.path[n].i+by < 0 || c.path[n].i+by >= c.path[n].b.items) {
		n--
	}
	if n < 0 {
		return false, nil
	}
	c.path[n].i += by
	for ; n < len(c.path)-1; n++ {
		b, err := c.t.child(c.path[n].b, c.path[n].i)
		if err != nil {
			return false, err
		}
		i := 0
		if by < 0 {
			i = b.items - 1
		}
		c.path[n+1] = place{b, i}
	}
	return true, nil
}

// next goes to the next entry; ok is false behind the last one. Keys that do not ascend are an error, and so are components
// that do not count up by one: a walk ends, whatever the blocks say.
func (c *cursor) next() (ok bool, err error) {
	for {
		before := c.item().component
		if ok, err := c.step(1); err != nil || !ok {
			return false, err
		}
		it := c.item()
		switch order := bytes.Compare(it.key, c.key); {
		case order > 0 && it.component == 1:
			c.key = append(c.key[:0], it.key...)
			return true, nil
		case order == 0 && it.component == before+1: // of the current entry
			continue
		}
		return false, c.t.bad(c.leaf().number, "component %d of %q after %d of %q", it.component, it.key, before, c.key)
	}
}

// read returns the tag of the current entry, which is valid until the cursor moves. The cursor is then at the entry's last
// component. A tag of more than limit bytes is an error, decompressed or not.
func (c *cursor) read(limit int) ([]byte, error) {
	it := c.item()
	if it.last && !it.compressed {
		return it.tag, nil
	}
	compressed := it.compressed
	c.tag = append(c.tag[:0], it.tag...)
	for component := 2; !it.last; component++ {
		ok, err := c.step(1)
		if err != nil {
			return nil, err
		}
		number := c.leaf().number
		if !ok {
			return nil, c.t.bad(number, "%q: %w", c.key, io.ErrUnexpectedEOF)
		}
		if it = c.item(); it.component != component || !bytes.Equal(it.key, c.key) {
			return nil, c.t.bad(number, "component %d of %q is %d of %q", component, c.key, it.component, it.key)
		}
		if len(c.tag)+len(it.tag) > limit {
			return nil, c.t.bad(number, "%q: %w", c.key, ErrTooLarge)
		}
		c.tag = append(c.tag, it.tag...)
	}
	if !compressed {
		return c.tag, nil
	}
	plain, err := inflate(c.tag, limit)
	if err != nil {
		return nil, c.t.bad(c.leaf().number, "%q: %w", c.key, err)
	}
	return plain, nil
}

// head returns the first bytes of the current entry's tag, up to headSize, and inflates no more of it. The cursor stays at
// the entry's first component.
func (c *cursor) head() ([]byte, error) {
	it := c.item()
	if !it.compressed {
		return it.tag[:min(len(it.tag), headSize)], nil
	}
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(it.tag), nil); err != nil {
		return nil, err
	}
	head := make([]byte, headSize)
	n, err := io.ReadFull(r, head)
	if n == 0 && err != nil {
		return nil, c.t.bad(c.leaf().number, "%q: %w", c.key, unexpected(err))
	}
	return head[:n], nil // what comes too short is so for whoever reads a number there
}

// inflaters are kept, because one has 40 KB and a walk over terms needs one for each.
var inflaters = sync.Pool{New: func() any { return flate.NewReader(bytes.NewReader(nil)) }}

// inflate decompresses a tag, up to limit bytes: a bare deflate stream (RFC 1951).
func inflate(tag []byte, limit int) ([]byte, error) {
	r := inflaters.Get().(io.ReadCloser)
	defer inflaters.Put(r)
	if err := r.(flate.Resetter).Reset(bytes.NewReader(tag), nil); err != nil {
		return nil, err
	}
	var out bytes.Buffer
	n, err := io.Copy(&out, io.LimitReader(r, int64(limit)+1))
	if err != nil {
		return nil, err
	}
	if n > int64(limit) {
		return nil, ErrTooLarge
	}
	return out.Bytes(), nil
}

// get returns the tag of key; ok is false if there is no such entry.
func (t *tree) get(key []byte) (tag []byte, ok bool, err error) {
	c := cursor{t: t}
	if ok, err := c.seek(key); err != nil || !ok || !bytes.Equal(c.key, key) {
		return nil, false, err
	}
	tag, err = c.read(maxTag)
	return tag, err == nil, err
}
