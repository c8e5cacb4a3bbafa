package warc

import (
	"bytes"
	"errors"
	"io"
)

// damage makes the report of a fault and sees to it that the next record is searched for. Rec is nil if a
// member cannot be unpacked before a record begins.
func (r *Reader) damage(rec *Record, fault Fault, err error) error {
	if r.src.err != nil { // the disk, not the file
		r.err = r.src.err
		return r.err
	}
	d := &Damage{Fault: fault, Offset: r.at(), Err: unexpected(err)}
	if rec != nil {
		d.Offset, d.ID = rec.Offset, rec.ID()
	}
	r.lost = true
	switch {
	case r.members == nil:
		r.from = rec.blockStart // its length is wrong, so records may hide in what was read as its block
	case fault == Corrupt, r.crossed: // frames that it took for its own may be others' records
		r.open = false
		r.from = d.Offset + 1
	case fault == CutShort: // the member is whole, only the record is not
		r.lost, r.open = false, false
	default:
		r.from = -1 // the rest of the member may hold records
	}
	return d
}

// search finds the next record after damage, or the end.
func (r *Reader) search() {
	if r.from >= 0 && r.src.back(r.from) && r.members == nil {
		r.body.Reset(r.src)
	}
	if r.members != nil && !r.open {
		r.searchMember()
		return
	}
	for {
		window, err := r.body.Peek(r.body.Size())
		if i := findVersion(window); i >= 0 {
			_, _ = r.body.Discard(i)
			return
		}
		if err != nil { // the end, or damage again
			if r.members != nil && !errors.Is(err, io.EOF) {
				r.open = false
				r.src.back(r.offset + 1)
				r.searchMember()
				return
			}
			_, _ = r.body.Discard(len(window))
			return
		}
		_, _ = r.body.Discard(len(window) - versionLine)
	}
}

const versionLine = len("WARC/1.1\r\nW") // bytes of a version line and the first of a field

// findVersion returns where a line like "WARC/1.1" stands before a field, -1 if there is none.
func findVersion(b []byte) int {
	for from := 0; ; {
		i := bytes.Index(b[from:], []byte("WARC/"))
		if i < 0 {
			return -1
		}
		at := from + i
		rest := b[at+len("WARC/"):]
		if line, after, ok := bytes.Cut(rest[:min(len(rest), 16)], []byte("\n")); ok && isVersion(bytes.TrimRight(line, "\r")) &&
			len(after) > 0 && (after[0]|0x20 >= 'a' && after[0]|0x20 <= 'z') {
			return at
		}
		from = at + 1
	}
}

// isVersion tells whether text is like "1.1".
func isVersion(text []byte) bool {
	major, minor, ok := bytes.Cut(text, []byte("."))
	digits := func(b []byte) bool {
		return len(b) > 0 && len(b) < 4 && len(bytes.Trim(b, "0123456789")) == 0
	}
	return ok && digits(major) && digits(minor)
}

const lookAhead = 4 << 10 // bytes of a member that are unpacked to see whether it holds a record

// searchMember passes over bytes up to the next member that holds a record, or to the end of the file.
func (r *Reader) searchMember() {
	for {
		window, err := r.src.peek(r.src.buf.Size())
		if len(window) == 0 {
			return
		}
		last := len(window) < r.src.buf.Size() || err != nil
		end := len(window)
		if !last {
			end -= lookAhead
		}
		for i := range end {
			if (window[i] == 0x1f || window[i] == 0x28) && r.members.begins(window[i:min(len(window), i+lookAhead)]) {
				r.src.skip(i)
				return
			}
		}
		r.src.skip(end)
	}
}
