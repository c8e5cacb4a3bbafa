package scrub

import (
	"bytes"
	"io"
	"maps"
	"slices"
	"strconv"
)

// A PDF is a list of objects with numbers, and tables of their places, so traces are overwritten with spaces, or with a
// stream of the same length. All objects are read one after the other, whether or not the tables know them: what nobody
// refers to can still be read. (ISO 32000-1, 7.)

type pdfFile struct {
	s       *source
	f       *File
	patches patches
	objects map[string][]pdfObject // by number
	order   []pdfObject
	infos   map[string]bool // numbers of objects that are document information
	words   map[string]Kind // numbers of objects that are texts, and what they tell
	noted   int64           // end of the last comment that was looked at
	starts  int             // words startxref so far: ends of revisions, or of the first page in a file for the web
	web     bool            // linearized
	packed  []*pdfPacked    // object streams in which something goes

	last     []byte // object stream that was unpacked last
	lastFrom int64  // its place
}

// pdfObject is the place of an object: in the file, or in what an object stream holds.
type pdfObject struct {
	number string
	at     int64 // of its value
	stream pdfStream
	in     int64 // place of the object stream's data; 0 for an object of the file
}

// pdfStream is the data of a stream.
type pdfStream struct {
	from, to int64
	plain    bool // an object stream that is not packed
}

// pdfPacked is an object stream with the edits of what it holds.
type pdfPacked struct {
	stream pdfStream
	edits  []span
}

// Bounds of a PDF.
const (
	maxPDFObjects  = 1 << 18
	maxPDFInflated = 32 << 20 // bytes of an object stream
)

func scrubPDF(s *source, f *File, p *plan) error {
	d := &pdfFile{s: s, f: f, patches: patches{s: s}, objects: map[string][]pdfObject{}, infos: map[string]bool{}, words: map[string]Kind{}}
	if err := d.read(); err != nil {
		return err
	}
	if len(d.order) == 0 {
		return s.damaged(0, "there are no objects")
	}
	for i := range d.order {
		if err := d.object(&d.order[i]); err != nil {
			return err
		}
	}
	for _, number := range slices.Sorted(maps.Keys(d.infos)) {
		for _, o := range d.objects[number] {
			if err := d.info(o); err != nil {
				return err
			}
		}
	}
	for _, number := range slices.Sorted(maps.Keys(d.words)) {
		for _, o := range d.objects[number] {
			if err := d.text(o, d.words[number]); err != nil {
				return err
			}
		}
	}
	if err := d.repack(); err != nil {
		return err
	}
	return d.patches.apply(p)
}

func (d *pdfFile) lexer(at int64) *pdfLexer { return &pdfLexer{s: d.s, at: at, left: maxPDFValues} }

// read finds all objects of the file.
func (d *pdfFile) read() error {
	head, err := d.s.upTo(0, 1024)
	if err != nil {
		return err
	}
	begin := int64(bytes.Index(head, []byte("%PDF-")))
	if set, err := d.patches.fill(0, begin, ' '); err != nil {
		return err
	} else if set {
		d.f.found(Other, "before the document", "")
	}
	l := d.lexer(begin)
	l.comments = d.comment
	var last [2]pdfValue
	for {
		l.left = maxPDFValues
		v, err := l.token(0)
		if err != nil {
			return err
		}
		switch {
		case v.kind == pdfEnd:
			return nil
		case v.kind == pdfWord && v.text == "obj" && last[0].kind == pdfNumber && last[1].kind == pdfNumber:
			if err := d.indexObject(l, pdfNumberOf(last[0].text)); err != nil {
				return err
			}
		case v.kind == pdfWord && v.text == "trailer":
			t, err := l.value(0)
			if err != nil {
				return err
			}
			if err := d.trailer(&t); err != nil {
				return err
			}
		case v.kind == pdfWord && v.text == "startxref":
			d.starts++
		case v.kind == pdfNumber:
		case v.kind == pdfWord && (v.text == "xref" || v.text == "f" || v.text == "n" || v.text == "endobj"):
		default:
			return d.s.refused("what stands at byte %d is not understood", v.off)
		}
		last[0], last[1] = last[1], v
	}
}

// comment decides on a comment between objects.
func (d *pdfFile) comment(off, end int64) error {
	if off < d.noted {
		return nil // read again
	}
	d.noted = end
	b, err := d.s.read(off, int(min(end-off, 2*maxValue)))
	if err != nil {
		return err
	}
	if bytes.HasPrefix(b, []byte("%PDF-")) { // and a version of three characters
		n := min(len(b), len("%PDF-1.7"))
		off, b = off+int64(n), b[n:]
	}
	if len(bytes.TrimSpace(b)) == 0 || bytes.Equal(bytes.TrimSpace(b), []byte("%%EOF")) {
		return nil
	}
	plain := bytes.ContainsFunc(b[1:], func(r rune) bool { return r > ' ' && r < 0x7F })
	if !plain && len(b) <= 8 {
		return nil // the mark that the file is not text
	}
	set, err := d.patches.fill(off, end-off, ' ')
	if set {
		d.f.found(Comment, "comment", string(bytes.TrimPrefix(b, []byte("%"))))
	}
	return err
}

// trailer notes what the trailer, or the dictionary of a table that is a stream, refers to.
func (d *pdfFile) trailer(t *pdfValue) error {
	if t.get("Encrypt").kind != pdfWord || t.get("Encrypt").text != "" {
		return d.s.refused("it is encrypted")
	}
	if info := t.get("Info"); info.kind == pdfRef {
		d.infos[info.text] = true
	}
	return nil
}

// indexObject reads the object whose number was just read.
func (d *pdfFile) indexObject(l *pdfLexer, number string) error {
	if len(d.order) >= maxPDFObjects {
		return d.s.refused("it has more than %d objects", maxPDFObjects)
	}
	// Word ends its files twice, the second time with nothing new.
	if d.starts > 1 || d.starts == 1 && !d.web {
		return d.s.refused("it holds earlier revisions of itself; print it into a new PDF")
	}
	o := pdfObject{number: number, at: l.at}
	v, err := l.value(0)
	if err != nil {
		return err
	}
	if v.kind == pdfDict {
		back := l.at
		word, err := l.token(0)
		if err != nil {
			return err
		}
		if word.kind == pdfWord && word.text == "stream" {
			if o.stream, err = d.stream(l, &v); err != nil {
				return err
			}
		} else {
			l.at = back
		}
		d.web = d.web || v.get("Linearized").kind == pdfNumber
		if v.get("Type").is("XRef") {
			if err := d.trailer(&v); err != nil {
				return err
			}
		}
		if v.get("Type").is("ObjStm") {
			o.stream.plain = v.get("Filter").kind == pdfWord
			if err := d.indexPacked(&v, o.stream); err != nil {
				return err
			}
		}
	}
	d.add(o)
	return nil
}

func (d *pdfFile) add(o pdfObject) {
	d.order = append(d.order, o)
	d.objects[o.number] = append(d.objects[o.number], o)
}

// stream finds the data of a stream whose dictionary is v; l is behind the word stream.
func (d *pdfFile) stream(l *pdfLexer, v *pdfValue) (pdfStream, error) {
	for _, c := range []byte("\r\n") {
		if b, err := l.peek(0); err != nil {
			return pdfStream{}, err
		} else if b == c {
			l.at++
		}
	}
	from := l.at
	if n := v.get("Length"); n.kind == pdfNumber {
		if size, err := strconv.ParseInt(n.text, 10, 64); err == nil && size >= 0 && size <= d.s.size-from {
			probe := d.lexer(from + size)
			if word, err := probe.token(0); err == nil && word.text == "endstream" {
				l.at = probe.at
				return pdfStream{from: from, to: from + size}, nil
			}
		}
	}
	// The length is another object, or wrong: the words that end a stream and an object tell.
	for to := from; ; to++ {
		var err error
		if to, err = d.find(to, "endstream"); err != nil {
			return pdfStream{}, err
		}
		probe := d.lexer(to + int64(len("endstream")))
		if word, err := probe.token(0); err != nil || word.text != "endobj" {
			continue
		}
		l.at = to + int64(len("endstream"))
		for _, c := range []byte("\n\r") { // the end of the line before is not of the data
			if to > from {
				if b, err := d.s.at(to-1, 1); err != nil {
					return pdfStream{}, err
				} else if b[0] == c {
					to--
				}
			}
		}
		return pdfStream{from: from, to: to}, nil
	}
}

// find looks for a word from off on.
func (d *pdfFile) find(off int64, word string) (int64, error) {
	buf := make([]byte, 64<<10)
	for at := off; at < d.s.size; at += int64(len(buf) - len(word)) {
		buf = buf[:min(int64(cap(buf)), d.s.size-at)]
		if err := d.s.fill(buf, at); err != nil {
			return 0, err
		}
		if i := bytes.Index(buf, []byte(word)); i >= 0 {
			return at + int64(i), nil
		}
		if at+int64(len(buf)) == d.s.size {
			break
		}
	}
	return 0, d.s.damaged(off, "%q is missing", word)
}

// filters lists the filters of a stream.
func pdfFilters(v *pdfValue) []string {
	f := v.get("Filter")
	if f.kind == pdfName {
		return []string{f.text}
	}
	var all []string
	for _, one := range f.list {
		all = append(all, one.text)
	}
	return all
}

// inflate unpacks a stream that is packed in the common way, or not at all.
func (d *pdfFile) inflate(v *pdfValue, st pdfStream) ([]byte, error) {
	if st.to-st.from > maxPDFInflated {
		return nil, d.s.refused("its stream at byte %d is too large", st.from)
	}
	b, err := d.s.read(st.from, int(st.to-st.from))
	if err != nil {
		return nil, err
	}
	filters := pdfFilters(v)
	switch {
	case v.get("Filter").kind == pdfRef, len(filters) > 1, v.get("DecodeParms").kind == pdfDict, v.get("DecodeParms").kind == pdfRef:
		return nil, d.s.refused("its stream at byte %d is packed in an unusual way", st.from)
	case len(filters) == 0:
		return b, nil
	case filters[0] != "FlateDecode":
		return nil, d.s.refused("its stream at byte %d is packed by %s", st.from, Printable(filters[0]))
	}
	r, err := newZlib(b)
	if err != nil {
		return nil, d.s.damaged(st.from, "the stream cannot be unpacked")
	}
	out, err := io.ReadAll(io.LimitReader(r, maxPDFInflated+1))
	if err != nil {
		return nil, d.s.damaged(st.from, "the stream cannot be unpacked")
	}
	if len(out) > maxPDFInflated {
		return nil, d.s.refused("its stream at byte %d is too large", st.from)
	}
	return out, nil
}
