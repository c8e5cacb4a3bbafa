package xapian

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
)

// Database reads a database. It does not change and may be used concurrently.
type Database struct {
	docs, last  uint32 // count of documents; number of the last one
	minLength   uint32
	totalLength uint64
	trees       [tables]*tree
}

// Open reads the version record of the database of size bytes that r reads, and nothing else. A database of another kind gives
// an error that wraps [ErrNotXapian]; what breaks the format, and what is none of Xapian's at all, a [*FormatError], which wraps it too
// in the second case.
func Open(r io.ReaderAt, size int64) (*Database, error) {
	head := make([]byte, versionSize)
	if size < int64(len(head)) {
		return nil, &FormatError{Part: "version", Err: fmt.Errorf("%d bytes: %w", size, ErrNotXapian)}
	}
	if n, err := r.ReadAt(head, 0); n < len(head) {
		return nil, fmt.Errorf("xapian: read the version record: %w", unexpected(err))
	}
	if !bytes.HasPrefix(head, []byte(magic)) {
		if kind := kindOf(head); kind != "" {
			return nil, fmt.Errorf("xapian: %s: %w", kind, ErrNotXapian)
		}
		return nil, &FormatError{Part: "version", Err: ErrNotXapian}
	}
	d := &Database{}
	if err := d.readVersion(r, size, head[len(magic)+uuidSize:]); err != nil {
		return nil, &FormatError{Block: 0, Part: "version", Err: err}
	}
	return d, nil
}

// kindOf names the kind of database that begins with head, for a message; "" if it is none of Xapian's.
func kindOf(head []byte) string {
	for _, k := range []struct{ head, name string }{
		{magic[:len(magic)-2], "Glass in another version"}, {"\x0f\x0dXapian Honey", "Honey"}, {"IAmChert", "Chert"}, {"IAmFlint", "Flint"},
	} {
		if bytes.HasPrefix(head, []byte(k.head)) {
			return k.name
		}
	}
	return ""
}

// readVersion reads what stands behind the UUID. Glass, "version file".
func (d *Database) readVersion(r io.ReaderAt, size int64, b []byte) error {
	short := errors.New("does not end where it should")
	if _, b, _ = cutUint(b); len(b) == 0 { // revision
		return short
	}
	var roots [tables]root
	common := 0
	for t := range roots {
		var err error
		if roots[t], b, err = cutRoot(b); err != nil {
			return fmt.Errorf("root of the %v table: %w", table(t), err)
		}
		if roots[t].absent {
			continue
		}
		if common == 0 {
			common = roots[t].blockSize
		}
		if roots[t].blockSize != common {
			return fmt.Errorf("blocks of %d and of %d bytes", common, roots[t].blockSize)
		}
	}
	if common == 0 {
		common = blockSize // there is no table, and nothing to read
	}
	blocks := &blockReader{r: r, size: common, blocks: uint32(min(size/int64(common), 1<<32-1)), pool: kept}
	for t := range roots {
		d.trees[t] = &tree{kind: table(t), root: roots[t], blocks: blocks}
	}
	var n [8]uint64
	for i := range n {
		var ok bool
		if n[i], b, ok = cutUint(b); !ok {
			return short
		}
	}
	docs, last, least := n[0], n[0]+n[1], n[2]
	if docs > 0xffffffff || last > 0xffffffff || last < docs || least > 0xffffffff {
		return fmt.Errorf("%d documents up to number %d", docs, last)
	}
	d.docs, d.last, d.minLength, d.totalLength = uint32(docs), uint32(last), uint32(least), n[6]
	return nil
}

// cutRoot reads what appendRoot writes.
func cutRoot(b []byte) (r root, rest []byte, err error) {
	var n [5]uint64
	for i := range n {
		var ok bool
		if n[i], b, ok = cutUint(b); !ok {
			return r, b, errors.New("cut off")
		}
	}
	free, b, ok := cutString(b)
	if !ok {
		return r, b, errors.New("cut off")
	}
	size := n[3] << 11
	if n[0] > 0xffffffff || n[1]>>2 > maxLevel || n[3] > maxBlockSize>>11 || size < minBlockSize || size&(size-1) != 0 {
		return r, b, fmt.Errorf("block %d, level %d, blocks of %d bytes", n[0], n[1]>>2, size)
	}
	return root{
		block: uint32(n[0]), level: int(n[1] >> 2), absent: n[1]&1 != 0 || free == "" && n[0] == 0, entries: n[2],
		blockSize: int(size), compress: n[4],
	}, b, nil
}

// Len returns the number of documents.
func (d *Database) Len() int { return int(d.docs) }

// TotalLength returns the sum of the documents' lengths, in terms.
func (d *Database) TotalLength() uint64 { return d.totalLength }

// Metadata returns the text about the database called name; one that is missing is empty.
func (d *Database) Metadata(name string) (string, error) {
	tag, _, err := d.trees[postlist].get([]byte(keyMetadata + name))
	return string(tag), err
}

// Data returns what the index says about a document: in ZIM archives its path. It is empty if there is no such document.
func (d *Database) Data(id DocID) (string, error) {
	tag, _, err := d.trees[docdata].get(appendSorted(nil, uint64(id)))
	return string(tag), err
}

// Frequency returns how many documents have term.
func (d *Database) Frequency(term string) (uint32, error) {
	c, key := cursor{t: d.trees[postlist]}, termKey(term)
	if ok, err := c.seek(key); err != nil || !ok || !bytes.Equal(c.key, key) {
		return 0, err
	}
	head, err := c.head()
	if err != nil {
		return 0, err
	}
	freq, _, ok := cutUint32(head)
	if !ok || freq > d.docs {
		return 0, c.t.bad(c.leaf().number, "frequency of %q", term)
	}
	return freq, nil
}

// Terms yields the terms that begin with prefix, in byte order, with how many documents have each. It ends at the first
// error, which it yields.
func (d *Database) Terms(prefix string) iter.Seq2[TermFrequency, error] {
	return func(yield func(TermFrequency, error) bool) {
		c := cursor{t: d.trees[postlist]}
		begin := termKey(prefix)
		ok, err := c.seek(begin)
		if err == nil && ok && bytes.Compare(c.key, begin) < 0 {
			ok, err = c.next()
		}
		for ; ok && err == nil; ok, err = c.next() {
			if len(c.key) == 0 || len(c.key) > 1 && c.key[0] == 0 && c.key[1] != 0xff {
				continue // no term
			}
			term, _, whole := cutTerm(c.key)
			if !strings.HasPrefix(term, prefix) {
				return
			}
			if !whole {
				continue // a later chunk
			}
			tag, err := c.head()
			if err != nil {
				yield(TermFrequency{}, err)
				return
			}
			freq, _, ok := cutUint32(tag)
			if !ok {
				yield(TermFrequency{}, c.t.bad(0, "frequency of %q", term))
				return
			}
			if !yield(TermFrequency{term, freq}, nil) {
				return
			}
		}
		if err != nil {
			yield(TermFrequency{}, err)
		}
	}
}

// TermFrequency is a term and how many documents have it.
type TermFrequency struct {
	Term      string
	Frequency uint32
}

// Positions returns where term stands in a document, ascending; nil if the database does not say.
func (d *Database) Positions(term string, id DocID) ([]uint32, error) {
	tag, ok, err := d.trees[position].get(chunkKey(term, id))
	if err != nil || !ok {
		return nil, err
	}
	p, err := decodePositions(tag)
	if err != nil {
		return nil, d.trees[position].bad(0, "positions of %q in %d: %w", term, id, err)
	}
	return p, nil
}

// Value returns the text in a slot of a document; one that is missing is empty.
func (d *Database) Value(slot uint32, id DocID) (string, error) {
	c := cursor{t: d.trees[postlist]}
	prefix := appendUint([]byte(keyValueChunk), uint64(slot))
	ok, err := c.seek(valueChunkKey(slot, id))
	if err != nil || !ok || !bytes.HasPrefix(c.key, prefix) {
		return "", err
	}
	first, _, ok := cutSorted(c.key[len(prefix):])
	if !ok {
		return "", c.t.bad(0, "key of values in slot %d", slot)
	}
	tag, err := c.read(maxChunk)
	if err != nil {
		return "", err
	}
	for at := first; ; {
		text, rest, ok := cutBytes(tag)
		if !ok {
			return "", c.t.bad(0, "values in slot %d from document %d", slot, first)
		}
		if at == uint64(id) {
			return string(text), nil
		}
		if at > uint64(id) || len(rest) == 0 {
			return "", nil
		}
		gap, rest, ok := cutUint(rest)
		if !ok {
			return "", c.t.bad(0, "values in slot %d from document %d", slot, first)
		}
		tag = rest
		at += gap + 1
	}
}
