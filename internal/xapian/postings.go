package xapian

import (
	"bytes"
)

// Postings walks over the documents that have a term, in the order of their numbers. It stands before the first one until
// Next or Skip is called. It is not safe for concurrent use.
type Postings struct {
	d         *Database
	term      string // for messages
	cursor    cursor
	chunk     func(DocID) []byte // key of the chunk that begins with a document
	lengths   bool
	id        DocID
	wdf       uint32
	body      []byte // what follows of the chunk
	chunkLast DocID
	lastChunk bool
	started   bool
	ended     bool
}

// Postings returns the documents that have term. If none has it, the first Next returns false.
func (d *Database) Postings(term string) (*Postings, error) {
	p := &Postings{d: d, term: term, chunk: func(id DocID) []byte { return chunkKey(term, id) }}
	return p, p.begin(termKey(term))
}

// Lengths returns all documents with their lengths, in terms, as WDF.
func (d *Database) Lengths() (*Postings, error) {
	p := &Postings{d: d, lengths: true, chunk: func(id DocID) []byte { return lengthsKey(id, false) }}
	return p, p.begin(lengthsKey(0, true))
}

// begin reads the first chunk. Glass, "postlist table".
func (p *Postings) begin(key []byte) error {
	p.cursor.t = p.d.trees[postlist]
	ok, err := p.cursor.seek(key)
	if err != nil {
		return err
	}
	if !ok || !bytes.Equal(p.cursor.key, key) {
		p.ended = true
		return nil
	}
	tag, err := p.cursor.read(maxChunk)
	if err != nil {
		return err
	}
	var frequency, first uint32
	var oks [3]bool
	frequency, tag, oks[0] = cutUint32(tag)
	_, tag, oks[1] = cutUint(tag) // occurrences in the whole database
	first, tag, oks[2] = cutUint32(tag)
	if !oks[0] || !oks[1] || !oks[2] || !p.lengths && frequency > p.d.docs {
		return p.bad()
	}
	return p.open(DocID(first)+1, tag)
}

func (p *Postings) bad() error {
	return p.cursor.t.bad(p.cursor.path[len(p.cursor.path)-1].b.number, "postings of %q", p.term)
}

// open takes the body of a chunk that begins with the document first.
func (p *Postings) open(first DocID, tag []byte) error {
	if len(tag) == 0 || tag[0] != '0' && tag[0] != '1' {
		return p.bad()
	}
	p.lastChunk = tag[0] == '1'
	span, tag, ok := cutUint32(tag[1:])
	last := uint64(first) + uint64(span)
	if !ok || first == 0 || last > uint64(p.d.last) || p.id >= first {
		return p.bad()
	}
	if p.wdf, p.body, ok = cutUint32(tag); !ok {
		return p.bad()
	}
	p.id, p.chunkLast = first, DocID(last)
	return nil
}

// ID returns the current document's number.
func (p *Postings) ID() DocID { return p.id }

// WDF returns how often the current document has the term.
func (p *Postings) WDF() uint32 { return p.wdf }

// Next goes to the next document; ok is false behind the last one.
func (p *Postings) Next() (ok bool, err error) {
	switch {
	case p.ended:
		return false, nil
	case !p.started:
		p.started = true
		return true, nil
	case len(p.body) > 0:
		return true, p.advance()
	}
	return p.nextChunk()
}

// advance goes on inside the chunk.
func (p *Postings) advance() error {
	gap, rest, ok := cutUint32(p.body)
	if !ok || uint64(p.id)+uint64(gap)+1 > uint64(p.chunkLast) {
		return p.bad()
	}
	if p.wdf, p.body, ok = cutUint32(rest); !ok {
		return p.bad()
	}
	p.id += DocID(gap) + 1
	return nil
}

func (p *Postings) nextChunk() (bool, error) {
	if p.lastChunk {
		p.ended = true
		return false, nil
	}
	ok, err := p.cursor.next()
	if err != nil {
		return false, err
	}
	prefix := p.chunk(0)
	prefix = prefix[:len(prefix)-2]
	if !ok || !bytes.HasPrefix(p.cursor.key, prefix) {
		return false, p.bad()
	}
	return true, p.openAt(prefix)
}

// openAt opens the later chunk that the cursor is at.
func (p *Postings) openAt(prefix []byte) error {
	first, rest, ok := cutSorted(p.cursor.key[len(prefix):])
	if !ok || len(rest) > 0 || first > uint64(p.d.last) {
		return p.bad()
	}
	tag, err := p.cursor.read(maxChunk)
	if err != nil {
		return err
	}
	return p.open(DocID(first), tag)
}

// Skip goes to the first document that is not before id and not before the current one; ok is false behind the last one.
// Chunks between are not read.
func (p *Postings) Skip(id DocID) (ok bool, err error) {
	if !p.started {
		if ok, err = p.Next(); err != nil || !ok {
			return false, err
		}
	}
	if p.ended {
		return false, nil
	}
	if id > p.chunkLast && !p.lastChunk {
		if err := p.leap(id); err != nil {
			return false, err
		}
	}
	for p.id < id {
		if ok, err := p.Next(); err != nil || !ok {
			return false, err
		}
	}
	return true, nil
}

// leap opens the chunk that id would be in, if that is not the current one.
func (p *Postings) leap(id DocID) error {
	key := p.chunk(id)
	prefix := key[:len(p.chunk(0))-2] // two bytes are the number 0
	if ok, err := p.cursor.seek(key); err != nil || !ok {
		return err
	}
	if len(p.cursor.key) <= len(prefix) && bytes.HasPrefix(prefix, p.cursor.key) {
		return nil // the first chunk, which is the current one: no other lies before id
	}
	if !bytes.HasPrefix(p.cursor.key, prefix) {
		return p.bad()
	}
	first, _, ok := cutSorted(p.cursor.key[len(prefix):])
	if !ok {
		return p.bad()
	}
	if first <= uint64(p.id) {
		return nil
	}
	return p.openAt(prefix)
}
