package warc

import (
	"bufio"
	"bytes"
	"errors"
	"fmt"
	"io"
)

// Reader reads the records of a file in their order. It is for one goroutine.
type Reader struct {
	src     *source
	packing Packing
	members members       // nil if the file is not compressed
	body    *bufio.Reader // unpacked, of the open member, or of the file
	offset  int64         // of the open member
	open    bool          // a member is open
	place   int           // records of the open member so far
	cur     *Record
	lost    bool  // after damage: the next record must be searched for,
	from    int64 // from here, if the file can be read again
	frames  bool  // the last record ended with its frame; its line ends may be in the next
	crossed bool  // this record goes on in another frame of Zstandard
	pending error // what NewReader met
	err     error // after which nothing can be read
	seen    seen
}

// NewReader begins to read a file. If r is an [io.Seeker] too, more records are found after damage. What is no WARC file at all is an
// error that wraps [ErrNotWARC].
func NewReader(r io.Reader) (*Reader, error) {
	rd := &Reader{src: newSource(r)}
	head, err := rd.src.peek(16)
	if err != nil {
		return nil, err
	}
	var first io.Reader
	switch {
	case len(head) == 0:
		return nil, fmt.Errorf("%w: it is empty", ErrNotWARC)
	case isGzip(head):
		rd.packing = Gzip
		rd.members = &gzipMembers{src: rd.src}
	case magic(head) == frameMagic, isSkippable(magic(head)):
		rd.packing = Zstd
		z, err := newZstdMembers(rd.src)
		if err != nil {
			return nil, err
		}
		rd.members = z
	default:
		first = rd.src
	}
	if first == nil {
		if rd.pending = rd.openMember(); rd.pending != nil {
			return rd, nil // for Next to report
		}
	} else {
		rd.body = bufio.NewReaderSize(first, 32<<10)
	}
	start, err := rd.body.Peek(12)
	text := bytes.TrimLeft(start, "\r\n")
	if len(text) > 0 && !bytes.HasPrefix(text, []byte("WARC/")) && !bytes.HasPrefix([]byte("WARC/"), text) && (err == nil || errors.Is(err, io.EOF)) {
		if bytes.HasPrefix(text, []byte("filedesc:")) {
			return nil, fmt.Errorf("%w: it is an ARC file, the format before it", ErrNotWARC)
		}
		return nil, fmt.Errorf("%w: it begins with %s", ErrNotWARC, clip(string(start)))
	}
	return rd, nil
}

// Packing tells how the file is compressed.
func (r *Reader) Packing() Packing { return r.packing }

// Quirks lists what was odd in the records so far, sorted by kind.
func (r *Reader) Quirks() []Seen { return r.seen.list() }

// Next returns the next record, and [io.EOF] at the end of the file. If there is a [*Damage], it can be called again and goes on
// after it: the damage is that of the record returned last, unless the caller has seen it, or of one that comes next and could
// not be read. Any other error is final.
func (r *Reader) Next() (*Record, error) {
	if rec := r.cur; rec != nil {
		r.cur = nil
		err := rec.finish()
		rec.r = nil
		if err != nil && !rec.told && r.err == nil {
			return nil, err
		}
	}
	if r.err != nil {
		return nil, r.err
	}
	rec, err := (*Record)(nil), r.pending
	if r.pending = nil; err == nil {
		rec, err = r.next()
	}
	if err != nil {
		var d *Damage
		if r.src.err != nil {
			err = r.src.err
		}
		if !errors.As(err, &d) {
			r.err = err
		}
		return nil, err
	}
	r.cur = rec
	return rec, nil
}

func (r *Reader) next() (*Record, error) {
	recovered := false
	for {
		if r.lost {
			r.lost = false
			recovered = r.members == nil
			r.search()
		}
		if r.members != nil && !r.open {
			if err := r.openMember(); err != nil {
				return nil, err
			}
		}
		blank, err := r.skipBlank()
		if err == io.EOF { //nolint:errorlint // Peek returns it bare
			if r.members == nil {
				return nil, io.EOF
			}
			r.open = false
			continue
		}
		if err != nil {
			return nil, r.damage(nil, Corrupt, err)
		}
		r.crossed = false
		rec, err := r.readHeader()
		if err != nil {
			fault := BadHeader
			if r.members != nil && !errors.Is(err, errHeader) {
				fault = Corrupt
			}
			return nil, r.damage(rec, fault, err)
		}
		rec.Recovered = recovered
		if blank && !r.frames {
			rec.odd(LooseBlankLines)
		}
		r.frames = false
		if r.members != nil {
			if rec.Place = r.place; rec.Place > 0 {
				rec.odd(SharedMember)
			}
			r.place++
		}
		rec.begin()
		return rec, nil
	}
}

// openMember opens the member that comes next: io.EOF if there is none, a *Damage if it is none.
func (r *Reader) openMember() error {
	padding := false
	for {
		b, err := r.src.peek(1)
		if err != nil {
			return err
		}
		if len(b) == 0 || b[0] != 0 {
			break
		}
		padding = true
		r.src.skip(1)
	}
	r.offset, r.place = r.src.off, 0
	if padding {
		r.seen.add(Padding, r.offset)
	}
	err := r.members.skip()
	if err == nil {
		r.offset = r.src.off
		err = r.members.next()
	}
	switch {
	case err == nil:
		r.open = true
		if r.body == nil {
			r.body = bufio.NewReaderSize(r.members, 32<<10)
		} else {
			r.body.Reset(r.members)
		}
		return nil
	case err == io.EOF: //nolint:errorlint // members return it bare
		return err
	case errors.Is(err, errNoMember):
		r.searchMember()
		return &Damage{Fault: Garbage, Offset: r.offset, Err: fmt.Errorf("%d bytes are no %s member with a record in it", r.src.off-r.offset, r.packing)}
	}
	return r.damage(nil, Corrupt, err)
}

// at returns where the reader stands: the next byte of an uncompressed file, or the open member.
func (r *Reader) at() int64 {
	if r.members == nil {
		return r.src.off - int64(r.body.Buffered())
	}
	return r.offset
}

// readBody reads unpacked bytes of the record.
func (r *Reader) readBody(p []byte) (int, error) {
	for {
		n, err := r.body.Read(p)
		if n > 0 || err != io.EOF { //nolint:errorlint // bufio returns it bare
			return n, err
		}
		if err := r.goOn(); err != nil {
			return 0, err
		}
	}
}

// goOn opens the next frame of Zstandard at the end of one, as a record may have several (WARC zstd, File format): io.EOF if none
// follows or the file is not packed so.
func (r *Reader) goOn() error {
	if r.packing != Zstd {
		return io.EOF
	}
	err := r.members.next()
	if errors.Is(err, errNoMember) {
		return io.EOF
	}
	if err == nil {
		r.body.Reset(r.members)
	}
	r.crossed = true
	return err
}

// skipBlank passes over line ends before a record and tells whether there were any.
func (r *Reader) skipBlank() (bool, error) {
	for skipped := false; ; skipped = true {
		b, err := r.body.Peek(1)
		if len(b) == 0 {
			return skipped, err
		}
		if b[0] != '\r' && b[0] != '\n' {
			return skipped, nil
		}
		_, _ = r.body.Discard(1)
	}
}

// endRecord passes over the two line ends after a block and notes how long the record was.
func (r *Reader) endRecord(rec *Record) (Fault, error) {
	b, err := r.body.Peek(len("\r\n\r\n\r\n\r\nWARC/"))
	if err != nil && err != io.EOF { //nolint:errorlint // Peek returns it bare
		return Corrupt, err
	}
	switch rest := bytes.TrimLeft(b, "\r\n"); {
	case bytes.HasPrefix(b, []byte("\r\n\r\n")):
		_, _ = r.body.Discard(4)
	case len(b) == 0 && r.packing == Zstd:
		r.frames = true
	case len(rest) == 0, bytes.HasPrefix(rest, []byte("WARC/")):
		_, _ = r.body.Discard(len(b) - len(rest))
		if len(b) == len(rest) {
			rec.odd(NoTrailer)
		} else {
			rec.odd(LooseBlankLines)
		}
	default:
		return RunsOn, errors.New("the block goes on after the length that its header gives")
	}
	if r.members == nil {
		rec.Length = r.at() - rec.Offset
		return 0, nil
	}
	b, err = r.body.Peek(1)
	if err != nil && err != io.EOF { //nolint:errorlint // Peek returns it bare
		return Corrupt, err
	}
	if len(b) == 0 { // the end of the member, its checksum included
		r.open = false
		if rec.Place == 0 {
			rec.Length = r.src.off - rec.Offset
		}
	}
	return 0, nil
}
