package xapian

import (
	"bytes"
	"compress/flate"
	"encoding/binary"
	"errors"
	"runtime"
	"testing"
)

// This file makes databases that no program writes: every block of them is well formed, and together they make a reader
// walk, inflate or keep more than their bytes.

// rawDatabase returns a database whose only table, the posting lists, has blocks from block 1 on and its root in block at.
func rawDatabase(docs, at int, blocks ...[]byte) []byte {
	level := int(blocks[at-1][4])
	b := append([]byte(magic), make([]byte, uuidSize)...)
	b = appendUint(b, 1)
	for t := range tables {
		r := root{absent: true}
		if t == postlist {
			r = root{block: uint32(at), level: level, entries: 1, unused: uint32(at + 1)}
		}
		b = appendRoot(b, r)
	}
	for _, n := range []int{docs, 0, 0, 1, 1, 0, docs, 0} {
		b = appendUint(b, uint64(n))
	}
	b = append(b, make([]byte, blockSize-len(b))...)
	return append(b, bytes.Join(blocks, nil)...)
}

// rawBlock packs as many of the items as there is room for, but all if they fit.
func rawBlock(level int, items ...[]byte) []byte {
	l := levelWriter{data: make([]byte, blockSize)}
	l.reset()
	for _, item := range items {
		if len(item) <= l.room() {
			l.put(item)
		}
	}
	return l.finish(level)
}

// rawItem is one item of a leaf.
func rawItem(key string, component int, tag []byte, flags int) []byte {
	size := len(key) + len(tag)
	if component > 1 {
		size += 2
	} else {
		flags |= flagFirst
	}
	b := binary.BigEndian.AppendUint16(nil, uint16(size|flags))
	b = append(append(b, byte(len(key))), key...)
	if component > 1 {
		b = binary.BigEndian.AppendUint16(b, uint16(component))
	}
	return append(b, tag...)
}

// repeated returns n times the same item.
func repeated(item []byte, n int) [][]byte {
	list := make([][]byte, n)
	for i := range list {
		list[i] = item
	}
	return list
}

// woven is a database of ten levels that begins with the leaf first. All else leads through blocks of which every item
// leads to the one block below to the leaf again, by more ways than there is time for.
func woven(first, again []byte) []byte {
	blocks := [][]byte{again, first}
	for level := 1; level <= maxLevel; level++ {
		down := uint32(len(blocks) - 1) // the block of the way to again; that of the way to first is behind it
		for _, begin := range []uint32{down, down + 1} {
			ways := repeated(branchItem(down, separator{[]byte("\x00"), 1}), 500)
			blocks = append(blocks, rawBlock(level, append([][]byte{branchItem(begin, separator{})}, ways...)...))
		}
	}
	return rawDatabase(1, len(blocks), blocks...)
}

// Woven are databases that a walk would not come to an end of, by what their leaves have.
func Woven() map[string][]byte {
	none, b := rawItem("", 1, nil, flagLast), "\x00\xc0b"
	second := rawBlock(0, repeated(rawItem(b, 2, nil, flagLast), 500)...)
	return map[string][]byte{
		"only second components":           woven(second, second),
		"second components behind a first": woven(rawBlock(0, none, rawItem(b, 1, nil, 0)), second),
		"empty keys":                       woven(rawBlock(0, none), rawBlock(0, repeated(none, 500)...)),
	}
}

// counting counts the blocks that are read, and gives up when that are too many.
type counting struct {
	*bytes.Reader
	left int
}

var errTooMany = errors.New("read more blocks than there are ways to need")

func (c *counting) ReadAt(b []byte, at int64) (int, error) {
	if c.left--; c.left < 0 {
		return 0, errTooMany
	}
	return c.Reader.ReadAt(b, at)
}

// TestWoven: seeking and walking in a woven database reads a few blocks and gives an error. No block is kept, so that
// every step to another one is counted.
func TestWoven(t *testing.T) {
	for name, b := range Woven() {
		t.Run(name, func(t *testing.T) {
			r := &counting{bytes.NewReader(b), 500}
			db, err := Open(r, int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			db.trees[postlist].blocks.pool = &blockPool{}
			for what, read := range map[string]func() error{
				"metadata": func() error { _, err := db.Metadata("language"); return err },
				"term":     func() error { _, err := db.Postings("zz"); return err },
				"terms": func() error {
					for _, err := range db.Terms("") {
						if err != nil {
							return err
						}
					}
					return nil
				},
			} {
				r.left = 500
				if err := read(); errors.Is(err, errTooMany) {
					t.Errorf("%s: %v", what, err)
				}
			}
		})
	}
}

// bombs is a database of terms whose tags begin like postings, and inflate to 4 MiB less one byte.
func bombs(t *testing.T, terms ...string) []byte {
	t.Helper()
	tag := appendUint(appendUint(appendUint(nil, 1), 1), 0) // documents, occurrences, first document less one
	tag = append(tag, '1', 0, 1)
	tag = append(tag, make([]byte, maxTag-1-len(tag))...)
	var packed bytes.Buffer
	w, err := flate.NewWriter(&packed, 9)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := w.Write(tag); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	var blocks [][]byte
	branch := [][]byte{}
	for i, term := range terms {
		items := [][]byte{rawItem(term, 1, packed.Bytes(), flagLast|flagCompressed)}
		if i == 0 {
			items = append([][]byte{rawItem("", 1, nil, flagLast)}, items...)
			branch = append(branch, branchItem(1, separator{}))
		} else {
			branch = append(branch, branchItem(uint32(i+1), separator{[]byte(term), 1}))
		}
		blocks = append(blocks, rawBlock(0, items...))
	}
	blocks = append(blocks, rawBlock(1, branch...))
	return rawDatabase(1, len(blocks), blocks...)
}

// TestBombs: to list terms inflates no more than their frequencies, and postings of megabytes in one piece are refused.
func TestBombs(t *testing.T) {
	b := bombs(t, "a", "b", "c", "d", "e", "f", "g", "h")
	db, err := Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	n := 0
	for f, err := range db.Terms("") {
		if err != nil || f.Frequency != 1 {
			t.Fatalf("%+v, %v", f, err)
		}
		n++
	}
	runtime.ReadMemStats(&after)
	if got := after.TotalAlloc - before.TotalAlloc; n != 8 || got > 4<<20 {
		t.Errorf("%d terms, for which %d bytes were made", n, got)
	}
	if freq, err := db.Frequency("c"); err != nil || freq != 1 {
		t.Errorf("frequency %d, %v", freq, err)
	}
	if _, err := db.Postings("c"); !errors.Is(err, ErrTooLarge) {
		t.Errorf("postings: %v", err)
	}
}
