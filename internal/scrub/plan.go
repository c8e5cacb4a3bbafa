package scrub

import (
	"bytes"
	"cmp"
	"io"
	"slices"
)

// part is a run of bytes of the scrubbed file: from the source, given, or one byte many times.
type part struct {
	off, n int64  // from the source, unless data or fill is given
	data   []byte // n bytes
	fill   bool   // n times b
	b      byte
	moved  bool // in patches: n bytes of the source, from another place
	from   int64
}

// plan is the scrubbed file as parts in their order.
type plan struct {
	parts []part
	size  int64
}

// copy takes n bytes of the source at off.
func (p *plan) copy(off, n int64) {
	if n <= 0 {
		return
	}
	p.size += n
	if k := len(p.parts) - 1; k >= 0 {
		if last := &p.parts[k]; last.data == nil && !last.fill && last.off+last.n == off {
			last.n += n
			return
		}
	}
	p.parts = append(p.parts, part{off: off, n: n})
}

// write takes the bytes of data.
func (p *plan) write(data ...byte) {
	if len(data) == 0 {
		return
	}
	p.size += int64(len(data))
	p.parts = append(p.parts, part{n: int64(len(data)), data: data})
}

// add takes all of another plan of the same source.
func (p *plan) add(other *plan) {
	for _, q := range other.parts {
		if q.data == nil && !q.fill {
			p.copy(q.off, q.n)
			continue
		}
		p.size += q.n
		p.parts = append(p.parts, q)
	}
}

// patches are what is overwritten in a file that keeps its length.
type patches struct {
	s    *source
	list []part // off is the place in the source
}

// maxPatches bounds what a hostile file can make us remember: 64 MB.
const maxPatches = 1 << 20

func (p *patches) over(off int64, data ...byte) error {
	return p.put(part{off: off, n: int64(len(data)), data: data})
}

// fill overwrites n bytes at off with b and reports whether they were anything else.
func (p *patches) fill(off, n int64, b byte) (bool, error) {
	if n <= 0 {
		return false, nil
	}
	if off < 0 || off > p.s.size-n {
		return false, p.s.damaged(off, "%d bytes are missing", n)
	}
	same, err := p.s.only(off, off+n, b)
	if same || err != nil {
		return false, err
	}
	return true, p.put(part{off: off, n: n, fill: true, b: b})
}

// zero is fill with zeros.
func (p *patches) zero(off, n int64) (bool, error) { return p.fill(off, n, 0) }

func (p *patches) put(q part) error {
	if len(p.list) == maxPatches {
		return p.s.refused("more than %d places would have to be overwritten", maxPatches)
	}
	p.list = append(p.list, q)
	return nil
}

// apply gives the plan of the whole source with the patches on it.
func (p *patches) apply(to *plan) error {
	slices.SortStableFunc(p.list, func(a, b part) int { return cmp.Compare(a.off, b.off) })
	var done int64
	for _, q := range p.list {
		if q.off < done || q.off > p.s.size-q.n {
			return p.s.damaged(q.off, "two parts of the file lie over each other")
		}
		to.copy(done, q.off-done)
		to.size += q.n
		done = q.off + q.n
		if q.off = 0; q.moved {
			q.off, q.moved = q.from, false
		}
		to.parts = append(to.parts, q)
	}
	to.copy(done, p.s.size-done)
	return nil
}

// WriteTo writes the scrubbed file to w and returns how many bytes it wrote. Errors are those of w and of the source.
func (f *File) WriteTo(w io.Writer) (int64, error) {
	var n int64
	for i := range f.parts {
		m, err := io.Copy(w, f.reader(&f.parts[i]))
		n += m
		if err == nil && m < f.parts[i].n {
			err = io.ErrUnexpectedEOF // the source has become shorter
		}
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// Reader returns a reader of the scrubbed file from its beginning.
func (f *File) Reader() io.Reader { return &reader{f: f} }

func (f *File) reader(p *part) io.Reader {
	switch {
	case p.data != nil:
		return bytes.NewReader(p.data)
	case p.fill:
		return io.LimitReader(filler(p.b), p.n)
	}
	return io.NewSectionReader(f.src, p.off, p.n)
}

// reader reads part by part.
type reader struct {
	f    *File
	next int
	left int64 // bytes of the current part
	r    io.Reader
}

func (r *reader) Read(b []byte) (int, error) {
	for r.left == 0 {
		if r.next == len(r.f.parts) {
			return 0, io.EOF
		}
		r.r, r.left = r.f.reader(&r.f.parts[r.next]), r.f.parts[r.next].n
		r.next++
	}
	n, err := r.r.Read(b)
	r.left -= int64(n)
	if err == io.EOF {
		if err = nil; r.left > 0 {
			err = io.ErrUnexpectedEOF // the source has become shorter
		}
	}
	return n, err
}

// filler is one byte without end.
type filler byte

func (f filler) Read(b []byte) (int, error) {
	for i := range b {
		b[i] = byte(f)
	}
	return len(b), nil
}
