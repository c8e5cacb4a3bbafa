package xapian

import (
	"bufio"
	"bytes"
	"container/heap"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"maps"
	"slices"
)

// WriterOptions tunes a [Writer]. Nil means the zero value.
type WriterOptions struct {
	// Metadata are the texts about the database, by name. Empty ones are left out, which is how they read as well.
	Metadata map[string]string
	// MemoryLimit bounds what is kept in memory, in bytes; beyond it the index is sorted and merged on disk. 0 means 64
	// MiB.
	MemoryLimit int
	// Spill makes a temporary file, when MemoryLimit is reached. Nil means that everything is kept in memory.
	Spill func() (Spill, error)
}

const defaultMemoryLimit = 64 << 20

// Errors that [Writer.Add] wraps.
var (
	ErrTermTooLong = errors.New("term too long for a key")
	ErrTermOrder   = errors.New("terms not sorted, or one twice")
)

// Writer makes a database. Documents are numbered from 1 in the order in which they are added; the same documents give the
// same bytes. It is not safe for concurrent use.
type Writer struct {
	opts    WriterOptions
	terms   map[string]*postings
	memory  int // bytes that terms takes, about
	runs    []*spool
	docs    spool // data and values of every document
	lengths []uint32
	slots   map[uint32]*slotStats
	total   uint64 // of the lengths
	maxWDF  uint32
	err     error
	done    bool
	blocks  spool // all but the first
	head    []byte
	places  bool // some term has positions
}

// postings are those of one term since the last run.
type postings struct {
	first, last DocID
	freq        uint32 // documents
	occurrences uint64 // sum of wdf
	list        []byte // wdf of first, then (gap-1, wdf) for each further document
	places      []byte // gap from the document before (the first: 0), then its encoded positions as a string; only documents with positions
	placesLast  DocID
}

// slotStats are about the values in one slot.
type slotStats struct {
	freq     uint32
	min, max string
}

// NewWriter returns a writer.
func NewWriter(opts *WriterOptions) *Writer {
	w := &Writer{terms: map[string]*postings{}, slots: map[uint32]*slotStats{}}
	if opts != nil {
		w.opts = *opts
	}
	if w.opts.MemoryLimit <= 0 {
		w.opts.MemoryLimit = defaultMemoryLimit
	}
	w.docs = spool{create: w.opts.Spill, limit: w.opts.MemoryLimit / 8}
	w.blocks = spool{create: w.opts.Spill, limit: w.opts.MemoryLimit / 4}
	return w
}

// SetMetadata sets a text about the database, which [Writer.Finish] writes.
func (w *Writer) SetMetadata(name, text string) {
	metadata := maps.Clone(w.opts.Metadata)
	if metadata == nil {
		metadata = map[string]string{}
	}
	metadata[name] = text
	w.opts.Metadata = metadata
}

// Len returns how many documents have been added.
func (w *Writer) Len() int { return len(w.lengths) }

// maxTerm is the length in bytes of the longest term, zero bytes counted twice: a key of the position table holds one, a
// byte that ends it, and a document's number.
const maxTerm = maxKey - 1 - 5

// Add adds a document. An error is final.
func (w *Writer) Add(d Document) error {
	if w.err != nil {
		return w.err
	}
	if w.done {
		return errors.New("xapian: the database is finished")
	}
	w.err = w.add(d)
	return w.err
}

func (w *Writer) add(d Document) error {
	id := DocID(len(w.lengths) + 1)
	for i, t := range d.Terms {
		if len(t.Text)+bytes.Count([]byte(t.Text), []byte{0}) > maxTerm || t.Text == "" {
			return fmt.Errorf("xapian: document %d: %q: %w", id, t.Text, ErrTermTooLong)
		}
		if i > 0 && d.Terms[i-1].Text >= t.Text {
			return fmt.Errorf("xapian: document %d: %q: %w", id, t.Text, ErrTermOrder)
		}
	}
	var length uint64
	for _, t := range d.Terms {
		w.post(id, t)
		length += uint64(t.WDF)
		w.maxWDF = max(w.maxWDF, t.WDF)
	}
	if length > 0xffffffff {
		return fmt.Errorf("xapian: document %d: %d terms: %w", id, length, ErrTooLarge)
	}
	w.lengths = append(w.lengths, uint32(length))
	w.total += length

	record := appendString(nil, d.Data)
	record = appendUint(record, uint64(len(d.Values)))
	for _, v := range d.Values {
		record = appendString(appendUint(record, uint64(v.Slot)), v.Text)
		if v.Text == "" {
			continue // an empty value is no value
		}
		s := w.slots[v.Slot]
		if s == nil {
			s = &slotStats{min: v.Text, max: v.Text}
			w.slots[v.Slot] = s
		}
		s.freq++
		s.min, s.max = min(s.min, v.Text), max(s.max, v.Text)
	}
	if _, err := w.docs.Write(appendString(nil, string(record))); err != nil {
		return err
	}
	if w.memory > w.opts.MemoryLimit && w.opts.Spill != nil {
		return w.spill()
	}
	return nil
}

// postingCost is what the map, the struct and two slices take for a term, in bytes, beside their content.
const postingCost = 200

func (w *Writer) post(id DocID, t Term) {
	p := w.terms[t.Text]
	if p == nil {
		p = &postings{first: id}
		w.terms[t.Text] = p
		w.memory += postingCost + len(t.Text)
	}
	before := cap(p.list) + cap(p.places)
	if p.freq > 0 {
		p.list = appendUint(p.list, uint64(id-p.last-1))
	}
	p.list = appendUint(p.list, uint64(t.WDF))
	p.last = id
	p.freq++
	p.occurrences += uint64(t.WDF)
	if len(t.Positions) > 0 {
		w.places = true
		if p.placesLast == 0 {
			p.placesLast = p.first
		}
		p.places = appendUint(p.places, uint64(id-p.placesLast))
		p.placesLast = id
		code := appendPositions(nil, t.Positions)
		p.places = append(appendUint(p.places, uint64(len(code))), code...)
	}
	w.memory += cap(p.list) + cap(p.places) - before
}

// spill writes the postings in memory to a run of their own, sorted by term.
func (w *Writer) spill() error {
	run := &spool{create: w.opts.Spill}
	w.runs = append(w.runs, run)
	var b []byte
	for _, term := range slices.Sorted(maps.Keys(w.terms)) {
		p := w.terms[term]
		b = appendString(b[:0], term)
		for _, n := range []uint64{uint64(p.first), uint64(p.last), uint64(p.freq), p.occurrences} {
			b = appendUint(b, n)
		}
		b = appendUint(b, uint64(len(p.list)))
		b = append(b, p.list...)
		b = appendUint(b, uint64(len(p.places)))
		b = append(b, p.places...)
		if _, err := run.Write(b); err != nil {
			return err
		}
	}
	w.terms = map[string]*postings{}
	w.memory = 0
	return nil
}

// Finish makes the tables and returns the database's size in bytes. Nothing can be added afterwards.
func (w *Writer) Finish() (size int64, err error) {
	if w.err != nil {
		return 0, w.err
	}
	if !w.done {
		w.done = true
		if w.err = w.finish(); w.err != nil {
			return 0, w.err
		}
	}
	return blockSize + w.blocks.size, nil
}

// WriteTo writes the finished database to out; it may be called again. It calls [Writer.Finish] if that has not been done.
func (w *Writer) WriteTo(out io.Writer) (int64, error) {
	if _, err := w.Finish(); err != nil {
		return 0, err
	}
	n, err := out.Write(w.head)
	if err != nil {
		return int64(n), err
	}
	r, err := w.blocks.reader()
	if err != nil {
		return int64(n), err
	}
	m, err := io.Copy(out, r)
	return int64(n) + m, err
}

// Close removes the temporary files. A writer without any needs no Close.
func (w *Writer) Close() error {
	w.done = true
	errs := []error{w.docs.close(), w.blocks.close()}
	for _, run := range w.runs {
		errs = append(errs, run.close())
	}
	return errors.Join(errs...)
}

func (w *Writer) finish() error {
	file := &blockFile{out: &w.blocks, next: 1}
	var roots [tables]root
	for t := range roots {
		roots[t] = root{absent: true, compress: compressMin[t]}
	}
	for _, step := range []struct {
		kind table
		fill func(*tableWriter) error
	}{{postlist, w.writePostlist}, {docdata, w.writeDocdata}, {position, w.writePositions}} {
		if step.kind == position && !w.places || step.kind == docdata && len(w.lengths) == 0 {
			continue
		}
		t := newTableWriter(step.kind, file)
		if err := step.fill(t); err != nil {
			return err
		}
		var err error
		if roots[step.kind], err = t.close(); err != nil {
			return err
		}
	}
	return w.writeHead(roots)
}

// writeHead makes block 0. Glass, "version file": magic, UUID, revision, roots, statistics.
func (w *Writer) writeHead(roots [tables]root) error {
	blocks, err := w.blocks.reader()
	if err != nil {
		return err
	}
	h := sha256.New()
	if _, err := io.Copy(h, blocks); err != nil {
		return err
	}
	head := append([]byte(magic), h.Sum(nil)[:uuidSize]...)
	head[len(magic)+6] = head[len(magic)+6]&0x0f | 0x80 // RFC 9562: version 8, made by a rule of one's own
	head[len(magic)+8] = head[len(magic)+8]&0x3f | 0x80 // and its variant
	head = appendUint(head, 1)                          // revision
	for _, r := range roots {
		head = appendRoot(head, r)
	}
	var least, greatest uint32
	if len(w.lengths) > 0 {
		least, greatest = slices.Min(w.lengths), slices.Max(w.lengths)
	}
	for _, n := range []uint64{
		uint64(len(w.lengths)),
		0, // the last document's number less their count
		uint64(least),
		uint64(w.maxWDF),
		uint64(max(greatest, w.maxWDF) - w.maxWDF),
		0, // oldest changeset
		w.total,
		0, // greatest frequency of a spelling
	} {
		head = appendUint(head, n)
	}
	if len(head) > versionSize {
		return fmt.Errorf("xapian: internal error: a version record of %d bytes", len(head))
	}
	w.head = append(head, make([]byte, blockSize-len(head))...)
	return nil
}

// writePostlist writes metadata, values, document lengths and then the postings: the order of their keys.
func (w *Writer) writePostlist(t *tableWriter) error {
	for _, name := range slices.Sorted(maps.Keys(w.opts.Metadata)) {
		if text := w.opts.Metadata[name]; text != "" { // xapian-check calls an empty one an error
			if err := t.add([]byte(keyMetadata+name), []byte(text)); err != nil {
				return err
			}
		}
	}
	slots := slices.SortedFunc(maps.Keys(w.slots), func(a, b uint32) int {
		return bytes.Compare(valueStatsKey(a), valueStatsKey(b))
	})
	for _, slot := range slots {
		s := w.slots[slot]
		tag := appendString(appendUint(nil, uint64(s.freq)), s.min)
		if s.min != s.max {
			tag = append(tag, s.max...)
		}
		if err := t.add(valueStatsKey(slot), tag); err != nil {
			return err
		}
	}
	slices.SortFunc(slots, func(a, b uint32) int { return bytes.Compare(valueChunkKey(a, 0), valueChunkKey(b, 0)) })
	for _, slot := range slots {
		if err := w.writeValues(t, slot); err != nil {
			return err
		}
	}
	if len(w.lengths) > 0 {
		lengths := chunker{t: t, key: lengthsKey}
		for i, n := range w.lengths {
			if err := lengths.add(DocID(i+1), n); err != nil {
				return err
			}
		}
		if err := lengths.finish(); err != nil {
			return err
		}
	}
	return w.merge(func(term string, parts []*postings) error {
		c := chunker{t: t, key: func(id DocID, first bool) []byte {
			if first {
				return termKey(term)
			}
			return chunkKey(term, id)
		}}
		for _, p := range parts {
			c.freq += p.freq
			c.occurrences += p.occurrences
		}
		for _, p := range parts {
			id, rest := p.first, p.list
			for i := range p.freq {
				if i > 0 {
					var gap uint32
					gap, rest, _ = cutUint32(rest)
					id += DocID(gap) + 1
				}
				var wdf uint32
				wdf, rest, _ = cutUint32(rest)
				if err := c.add(id, wdf); err != nil {
					return err
				}
			}
		}
		return c.finish()
	})
}

// eachDoc calls f with the data and values of each document in turn.
func (w *Writer) eachDoc(f func(id DocID, data string, values []Value) error) error {
	r, err := w.docs.reader()
	if err != nil {
		return err
	}
	in := bufio.NewReader(r)
	var record []byte
	for i := range w.lengths {
		if record, err = readRecord(in, record); err != nil {
			return err
		}
		data, rest, _ := cutString(record)
		n, rest, _ := cutUint(rest)
		values := make([]Value, 0, n)
		for range n {
			var v Value
			v.Slot, rest, _ = cutUint32(rest)
			v.Text, rest, _ = cutString(rest)
			values = append(values, v)
		}
		if err := f(DocID(i+1), data, values); err != nil {
			return err
		}
	}
	return nil
}

// writeValues writes the chunks of one slot: the first document is in the key, then come its value and, for each
// further one, the gap less one and the value.
func (w *Writer) writeValues(t *tableWriter, slot uint32) error {
	var tag []byte
	var first, prev DocID
	flush := func() error {
		if len(tag) == 0 {
			return nil
		}
		err := t.add(valueChunkKey(slot, first), tag)
		tag = tag[:0]
		return err
	}
	err := w.eachDoc(func(id DocID, _ string, values []Value) error {
		at := slices.IndexFunc(values, func(v Value) bool { return v.Slot == slot })
		if at < 0 || values[at].Text == "" {
			return nil
		}
		if len(tag) == 0 {
			first = id
		} else {
			tag = appendUint(tag, uint64(id-prev-1))
		}
		prev = id
		tag = appendString(tag, values[at].Text)
		if len(tag) >= chunkTarget {
			return flush()
		}
		return nil
	})
	if err != nil {
		return err
	}
	return flush()
}

func (w *Writer) writeDocdata(t *tableWriter) error {
	return w.eachDoc(func(id DocID, data string, _ []Value) error {
		if data == "" {
			return nil
		}
		return t.add(appendSorted(nil, uint64(id)), []byte(data))
	})
}

func (w *Writer) writePositions(t *tableWriter) error {
	return w.merge(func(term string, parts []*postings) error {
		for _, p := range parts {
			id := p.first
			for rest := p.places; len(rest) > 0; {
				var gap uint32
				gap, rest, _ = cutUint32(rest)
				id += DocID(gap)
				n, after, _ := cutUint(rest)
				if err := t.add(chunkKey(term, id), after[:n]); err != nil {
					return err
				}
				rest = after[n:]
			}
		}
		return nil
	})
}

// chunker cuts a list of postings, or of document lengths, into chunks. Glass, "postlist table".
type chunker struct {
	t           *tableWriter
	key         func(id DocID, first bool) []byte
	freq        uint32
	occurrences uint64

	written     bool // a first chunk is in the table
	first, last DocID
	body        []byte
}

func (c *chunker) add(id DocID, wdf uint32) error {
	if len(c.body) >= chunkTarget {
		if err := c.flush('0'); err != nil {
			return err
		}
	}
	if len(c.body) == 0 {
		c.first = id
	} else {
		c.body = appendUint(c.body, uint64(id-c.last-1))
	}
	c.last = id
	c.body = appendUint(c.body, uint64(wdf))
	return nil
}

func (c *chunker) flush(last byte) error {
	var tag []byte
	if !c.written {
		tag = appendUint(tag, uint64(c.freq))
		tag = appendUint(tag, c.occurrences)
		tag = appendUint(tag, uint64(c.first-1))
	}
	tag = append(tag, last)
	tag = appendUint(tag, uint64(c.last-c.first))
	tag = append(tag, c.body...)
	err := c.t.add(c.key(c.first, !c.written), tag)
	c.written = true
	c.body = c.body[:0]
	return err
}

func (c *chunker) finish() error { return c.flush('1') }

// merge calls f with each term, in the order of keys, and what the runs have of it, the oldest first.
func (w *Writer) merge(f func(term string, parts []*postings) error) error {
	if len(w.runs) == 0 {
		for _, term := range sortedTerms(w.terms) {
			if err := f(term, []*postings{w.terms[term]}); err != nil {
				return err
			}
		}
		return nil
	}
	if len(w.terms) > 0 {
		if err := w.spill(); err != nil {
			return err
		}
	}
	var queue runQueue
	for i, run := range w.runs {
		r, err := run.reader()
		if err != nil {
			return err
		}
		queue = append(queue, &runReader{number: i, in: bufio.NewReaderSize(r, 64<<10)})
		if err := queue[len(queue)-1].next(); err != nil { // a run is never empty
			return fmt.Errorf("xapian: read back the temporary file: %w", unexpected(err))
		}
	}
	heap.Init(&queue)
	for len(queue) > 0 {
		term := queue[0].term
		var parts []*postings
		for len(queue) > 0 && queue[0].term == term {
			r := queue[0]
			parts = append(parts, r.p)
			switch err := r.next(); {
			case err == nil:
				heap.Fix(&queue, 0)
			case errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF):
				heap.Pop(&queue)
			default:
				return fmt.Errorf("xapian: read back the temporary file: %w", err)
			}
		}
		if err := f(term, parts); err != nil {
			return err
		}
	}
	return nil
}

// sortedTerms returns the terms in the order of their keys, which is byte order, since a zero byte becomes 00 FF and an
// end comes before it.
func sortedTerms(terms map[string]*postings) []string { return slices.Sorted(maps.Keys(terms)) }

// runReader reads the terms of a run in turn.
type runReader struct {
	number int
	in     *bufio.Reader
	term   string
	p      *postings
}

// next reads a term; io.EOF means that there is none.
func (r *runReader) next() error {
	term, err := readRecord(r.in, nil)
	if err != nil {
		return err
	}
	r.term = string(term)
	var n [4]uint64
	for i := range n {
		if n[i], err = readUint(r.in); err != nil {
			return unexpected(err)
		}
	}
	r.p = &postings{first: DocID(n[0]), last: DocID(n[1]), freq: uint32(n[2]), occurrences: n[3]}
	if r.p.list, err = readRecord(r.in, nil); err != nil {
		return unexpected(err)
	}
	if r.p.places, err = readRecord(r.in, nil); err != nil {
		return unexpected(err)
	}
	return nil
}

// runQueue is a heap of runs by their next term, older runs first.
type runQueue []*runReader

func (q runQueue) Len() int { return len(q) }
func (q runQueue) Less(i, j int) bool {
	if q[i].term != q[j].term {
		return q[i].term < q[j].term
	}
	return q[i].number < q[j].number
}
func (q runQueue) Swap(i, j int) { q[i], q[j] = q[j], q[i] }
func (q *runQueue) Push(x any)   { *q = append(*q, x.(*runReader)) }
func (q *runQueue) Pop() any {
	last := (*q)[len(*q)-1]
	*q = (*q)[:len(*q)-1]
	return last
}
