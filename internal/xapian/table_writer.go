package xapian

import (
	"bytes"
	"encoding/binary"
	"fmt"
)

// blockFile numbers the blocks that are written to out, from 1: block 0 is the version record.
type blockFile struct {
	out  *spool
	next uint32
}

func (f *blockFile) append(block []byte) (uint32, error) {
	n := f.next
	f.next++
	_, err := f.out.Write(block)
	return n, err
}

// root is what the version record says about a table. Glass, "version file".
type root struct {
	block     uint32
	level     int // of the root block; 0 if it is a leaf
	entries   uint64
	absent    bool
	blockSize int
	compress  uint64
	unused    uint32 // the first block number that is not used yet
}

// appendRoot writes r as the version record has it. A table that is absent is called sequential and faked there.
func appendRoot(b []byte, r root) []byte {
	if r.absent {
		b = appendUint(b, 0)
		b = appendUint(b, 3)
		b = appendUint(b, 0)
		b = appendUint(b, blockSize>>11)
		b = appendUint(b, r.compress)
		return appendString(b, "")
	}
	b = appendUint(b, uint64(r.block))
	b = appendUint(b, uint64(r.level)<<2)
	b = appendUint(b, r.entries)
	b = appendUint(b, blockSize>>11)
	b = appendUint(b, r.compress)
	free := appendUint(nil, 1) // revision
	free = appendUint(free, uint64(r.unused))
	free = append(free, 0, 0, 0, 0) // no free blocks
	return appendString(b, string(free))
}

// maxItem is the size in bytes up to which items are made, that of one which fills a block. Tags that need more are cut
// into components.
const maxItem = blockSize - directoryAt - directoryItem

// tableWriter writes the B-tree of one table from the left to the right. Keys must be added in byte order. The first
// error is returned by everything that follows.
type tableWriter struct {
	kind    table
	file    *blockFile
	levels  []*levelWriter // 0 is the leaves
	entries uint64
	prev    []byte // key added last
	err     error
}

// levelWriter is the rightmost block of a level, not yet in the file.
type levelWriter struct {
	data  []byte // of blockSize; items are packed downwards from its end
	items int
	start int // of the item packed last
	first separator
}

// separator is the least key of a block, cut to what tells it from the keys before, and its component.
type separator struct {
	key       []byte
	component int
}

func newTableWriter(kind table, file *blockFile) *tableWriter {
	t := &tableWriter{kind: kind, file: file}
	t.level(0).put([]byte{flagLast>>8 | flagFirst>>8, 0, 0}) // every table begins with an item without key and tag
	return t
}

func (t *tableWriter) level(n int) *levelWriter {
	for len(t.levels) <= n {
		l := &levelWriter{data: make([]byte, blockSize)}
		l.reset()
		t.levels = append(t.levels, l)
	}
	return t.levels[n]
}

func (l *levelWriter) reset() {
	clear(l.data)
	l.items, l.start, l.first = 0, blockSize, separator{}
}

// room returns how many bytes one more item may have.
func (l *levelWriter) room() int {
	return l.start - directoryAt - directoryItem*(l.items+1)
}

// put packs an item, for which there must be room.
func (l *levelWriter) put(item []byte) {
	l.start -= len(item)
	copy(l.data[l.start:], item)
	binary.BigEndian.PutUint16(l.data[directoryAt+directoryItem*l.items:], uint16(l.start))
	l.items++
}

// finish fills in the block's header: revision, level, free bytes in one piece, free bytes, end of the directory.
func (l *levelWriter) finish(level int) []byte {
	end := directoryAt + directoryItem*l.items
	binary.BigEndian.PutUint32(l.data, 1)
	l.data[4] = byte(level)
	binary.BigEndian.PutUint16(l.data[5:], uint16(l.start-end))
	binary.BigEndian.PutUint16(l.data[7:], uint16(l.start-end))
	binary.BigEndian.PutUint16(l.data[9:], uint16(end))
	return l.data
}

// worthSplitting is how many bytes of a tag must fit into what is left of a block for the tag to be split over it. Xapian
// found that splitting for less makes tables larger, because dividing keys become longer.
const worthSplitting = 34

// add adds one entry. The key is at most 255 bytes and greater than the last one.
func (t *tableWriter) add(key, tag []byte) error {
	if t.err != nil {
		return t.err
	}
	if len(key) > maxKey || t.entries > 0 && bytes.Compare(t.prev, key) >= 0 {
		t.err = fmt.Errorf("xapian: internal error: key %q in the %v table after %q", key, t.kind, t.prev)
		return t.err
	}
	head := sizeBase + len(key)
	rest := tag
	for component := 1; ; component++ {
		if component == 2 {
			head += 2 // the component's number stands behind the key
		}
		n := min(len(rest), maxItem-head)
		if leaf := t.level(0); head+n > leaf.room() && leaf.room() >= head+len(key)+worthSplitting {
			n = leaf.room() - head
		}
		size := head + n - sizeBase
		if n == len(rest) {
			size |= flagLast
		}
		if component == 1 {
			size |= flagFirst
		}
		item := make([]byte, 0, head+n)
		item = binary.BigEndian.AppendUint16(item, uint16(size))
		item = append(append(item, byte(len(key))), key...)
		if component > 1 {
			item = binary.BigEndian.AppendUint16(item, uint16(component))
		}
		item = append(item, rest[:n]...)
		if t.err = t.leaf(item, separator{key, component}); t.err != nil {
			return t.err
		}
		rest = rest[n:]
		if len(rest) == 0 {
			break
		}
		if component == 0xffff {
			t.err = fmt.Errorf("xapian: internal error: a tag of %d bytes", len(tag))
			return t.err
		}
	}
	t.prev = append(t.prev[:0], key...)
	t.entries++
	return nil
}

// leaf puts item into the last leaf or a new one, which sep then begins.
func (t *tableWriter) leaf(item []byte, sep separator) error {
	leaf := t.level(0)
	if len(item) > leaf.room() {
		if err := t.flush(0); err != nil {
			return err
		}
		leaf.first = divide(t.prev, sep)
	}
	leaf.put(item)
	return nil
}

// divide returns the shortest separator that is greater than what came before sep and not greater than sep. Before a first
// component that is the key prev, before any other the component before it.
func divide(prev []byte, sep separator) separator {
	n := 0
	for n < len(prev) && n < len(sep.key) && prev[n] == sep.key[n] {
		n++
	}
	if sep.component > 1 {
		n = len(sep.key)
	}
	return separator{bytes.Clone(sep.key[:min(n+1, len(sep.key))]), sep.component}
}

// flush writes the last block of level n and puts it under the one above.
func (t *tableWriter) flush(n int) error {
	l := t.level(n)
	first := l.first
	number, err := t.file.append(l.finish(n))
	if err != nil {
		return err
	}
	l.reset()
	return t.branch(n+1, number, first)
}

// branch puts the block number, which first begins, into the last block of level n. The first item of a branch block has
// no key.
func (t *tableWriter) branch(n int, number uint32, first separator) error {
	up := t.level(n)
	item := branchItem(number, first)
	if up.items > 0 && len(item) > up.room() {
		if err := t.flush(n); err != nil {
			return err
		}
	}
	if up.items == 0 {
		up.first = first
		item = branchItem(number, separator{})
	}
	up.put(item)
	return nil
}

func branchItem(number uint32, sep separator) []byte {
	item := binary.BigEndian.AppendUint32(nil, number)
	item = append(append(item, byte(len(sep.key))), sep.key...)
	return binary.BigEndian.AppendUint16(item, uint16(sep.component))
}

// close writes the blocks on the right edge and returns the root.
func (t *tableWriter) close() (root, error) {
	if t.err != nil {
		return root{}, t.err
	}
	r := root{entries: t.entries, compress: compressMin[t.kind]}
	for n := 0; ; n++ {
		if n == len(t.levels)-1 {
			number, err := t.file.append(t.levels[n].finish(n))
			if err != nil {
				return root{}, err
			}
			r.block, r.level, r.unused = number, n, t.file.next
			return r, nil
		}
		if err := t.flush(n); err != nil {
			return root{}, err
		}
	}
}
