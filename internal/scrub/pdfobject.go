package scrub

import (
	"bytes"
	"compress/zlib"
	"errors"
	"io"
	"slices"
	"strconv"
)

func newZlib(b []byte) (io.Reader, error) { return zlib.NewReader(bytes.NewReader(b)) }

// indexPacked finds the objects in an object stream. (ISO 32000-1, 7.5.7.)
func (d *pdfFile) indexPacked(v *pdfValue, st pdfStream) error {
	b, err := d.inflate(v, st)
	if err != nil {
		return err
	}
	count, err1 := strconv.Atoi(v.get("N").text)
	first, err2 := strconv.Atoi(v.get("First").text)
	if err1 != nil || err2 != nil || count < 0 || first < 0 || first > len(b) || count > first {
		return d.s.damaged(st.from, "the object stream does not say what it holds")
	}
	l := d.inner(b, 0)
	l.left = 2 * count
	for range count {
		number, err := l.token(0)
		if err != nil {
			return err
		}
		off, err := l.token(0)
		if err != nil {
			return err
		}
		at, bad := strconv.Atoi(off.text)
		if number.kind != pdfNumber || bad != nil || at < 0 || at > len(b)-first {
			return d.s.damaged(st.from, "the object stream does not say where its objects are")
		}
		if len(d.order) >= maxPDFObjects {
			return d.s.refused("it has more than %d objects", maxPDFObjects)
		}
		d.add(pdfObject{number: pdfNumberOf(number.text), at: int64(first + at), stream: st, in: st.from})
	}
	return nil
}

// inner returns a lexer of what an object stream holds.
func (d *pdfFile) inner(b []byte, at int64) *pdfLexer {
	return &pdfLexer{s: &source{r: bytes.NewReader(b), size: int64(len(b)), format: PDF}, at: at, left: maxPDFValues}
}

// pdfScope is an object that is looked at, and how to overwrite a part of it.
type pdfScope struct {
	*pdfFile
	src  *source // of the values' places
	edit func(off, end int64) (bool, error)
}

// open reads an object again.
func (d *pdfFile) open(o pdfObject) (*pdfScope, pdfValue, error) {
	if o.in == 0 {
		v, err := d.lexer(o.at).value(0)
		return &pdfScope{d, d.s, func(off, end int64) (bool, error) { return d.patches.fill(off, end-off, ' ') }}, v, err
	}
	b, err := d.unpacked(o)
	if err != nil {
		return nil, pdfValue{}, err
	}
	l := d.inner(b, o.at)
	v, err := l.value(0)
	return &pdfScope{d, l.s, func(off, end int64) (bool, error) {
		if len(bytes.Trim(b[off:end], " ")) == 0 {
			return false, nil
		}
		p := d.packedAt(o.stream)
		p.edits = append(p.edits, span{off, end})
		return true, nil
	}}, v, err
}

// object looks at one object and all that lies in it.
func (d *pdfFile) object(o *pdfObject) error {
	sc, v, err := d.open(*o)
	if err != nil {
		return err
	}
	if err := sc.walk(&v); err != nil || o.in != 0 || o.stream.to == 0 {
		return err
	}
	filters := pdfFilters(&v)
	switch {
	case v.get("Type").is("Metadata"), v.get("Subtype").is("XML") && v.get("Type").kind == pdfWord:
		return d.metadata(&v, o.stream)
	case v.get("Type").is("EmbeddedFile"):
		return d.s.refused("files are attached to it")
	case slices.Contains(filters, "JPXDecode"):
		return d.jpeg2000(o.stream)
	case !slices.Contains(filters, "DCTDecode"):
		return nil
	case len(filters) > 1:
		return d.packedJPEG(&v, o.stream)
	}
	return d.jpeg(o.stream)
}

// pdfTraces are names in any dictionary whose values tell of makers.
var pdfTraces = map[string]Kind{"LastModified": Date, "PieceInfo": History, "CreatorInfo": Software}

// infoKinds are the names of the document information. (ISO 32000-1, 14.3.3.)
var infoKinds = map[string]Kind{
	"Author": Author, "Creator": Software, "Producer": Software, "CreationDate": Date, "ModDate": Date, "Title": Comment, "Subject": Comment, "Keywords": Comment,
	"Company": Author, "SourceModified": Date,
}

// walk looks for traces in a value and in all that it holds.
func (sc *pdfScope) walk(v *pdfValue) error {
	if v.kind == pdfDict {
		if err := sc.dictionary(v); err != nil {
			return err
		}
	}
	for i := range v.list {
		if err := sc.walk(&v.list[i]); err != nil {
			return err
		}
	}
	return nil
}

func (sc *pdfScope) dictionary(v *pdfValue) error {
	remark := v.get("Rect").kind == pdfArray && v.get("Subtype").kind == pdfName && !v.get("Subtype").is("Widget")
	for i := 0; i+1 < len(v.list); i += 2 {
		name, value := &v.list[i], &v.list[i+1]
		kind := pdfTraces[name.text]
		switch {
		case name.text == "ByteRange":
			return sc.s.refused("it is signed, and the signature would break")
		case name.text == "EF":
			return sc.s.refused("files are attached to it")
		case name.text == "XFA":
			return sc.s.refused("it is a form of the kind XFA")
		case name.text == "Metadata" && value.kind == pdfRef:
			kind = Other
		case remark && name.text == "T":
			kind = Author
		case remark && (name.text == "M" || name.text == "CreationDate"):
			kind = Date
		}
		if kind == "" {
			continue
		}
		if err := sc.pair(name, value, kind); err != nil {
			return err
		}
		value.list = nil // gone, with all that it holds
	}
	return nil
}

// pair overwrites a name and its value.
func (sc *pdfScope) pair(name, value *pdfValue, kind Kind) error {
	if name.text == "PieceInfo" && sc.refers(value) {
		return sc.s.refused("it carries notes of the program that made it (PieceInfo)")
	}
	if value.kind == pdfRef && name.text != "Metadata" {
		sc.words[value.text] = kind
	}
	text, err := sc.string(value)
	if err != nil {
		return err
	}
	set, err := sc.edit(name.off, value.end)
	if set && name.text != "Metadata" { // what it refers to is reported by itself
		sc.f.found(kind, "PDF "+name.text, text)
	}
	return err
}

// refers reports whether a value holds references to objects.
func (sc *pdfScope) refers(v *pdfValue) bool {
	return v.kind == pdfRef || slices.ContainsFunc(v.list, func(v pdfValue) bool { return sc.refers(&v) })
}

// string gives what a string says, as far as that is easy.
func (sc *pdfScope) string(v *pdfValue) (string, error) {
	if v.kind != pdfString {
		return "", nil
	}
	b, err := sc.src.read(v.off, int(min(v.end-v.off, 4*maxValue)))
	if err != nil {
		return "", err
	}
	return string(bytes.Trim(b, "()<>")), nil
}

// text overwrites an object that is a text which a trace refers to.
func (d *pdfFile) text(o pdfObject, kind Kind) error {
	sc, v, err := d.open(o)
	if err != nil || v.kind != pdfString {
		return err
	}
	set, err := sc.edit(v.off+1, v.end-1)
	if set && kind != "" {
		d.f.found(kind, "PDF", "")
	}
	return err
}

// info overwrites the document information.
func (d *pdfFile) info(o pdfObject) error {
	sc, v, err := d.open(o)
	if err != nil {
		return err
	}
	if v.kind != pdfDict || o.in == 0 && o.stream.to != 0 || v.get("Type").kind == pdfName {
		return d.s.refused("its document information is something else")
	}
	for i := 0; i+1 < len(v.list); i += 2 {
		name, value := &v.list[i], &v.list[i+1]
		if pdfTraces[name.text] != "" || name.text == "Metadata" {
			continue // is gone already
		}
		if value.kind == pdfRef {
			if _, ok := d.words[value.text]; !ok {
				d.words[value.text] = "" // told below
			}
		}
		text, err := sc.string(value)
		if err != nil {
			return err
		}
		set, err := sc.edit(name.off, value.end)
		if err != nil {
			return err
		}
		if set {
			k := infoKinds[name.text]
			if k == "" {
				k = Other
			}
			d.f.found(k, "PDF "+name.text, text)
		}
	}
	return nil
}

// metadata empties a stream of XMP.
func (d *pdfFile) metadata(v *pdfValue, st pdfStream) error {
	b, err := d.inflate(v, st)
	if err != nil {
		return err
	}
	if len(bytes.TrimSpace(b)) == 0 {
		return nil
	}
	d.f.xmp("XMP", b)
	if len(pdfFilters(v)) == 0 {
		_, err := d.patches.fill(st.from, st.to-st.from, ' ')
		return err
	}
	return d.replace(st, nil)
}

// replace puts a packed stream of the same length in the place of another.
func (d *pdfFile) replace(st pdfStream, data []byte) error {
	packed := fitZlib(data, int(st.to-st.from))
	if packed == nil {
		return d.s.refused("what stays of its stream at byte %d does not fit in there", st.from)
	}
	return d.patches.over(st.from, packed...)
}

// jpeg scrubs a photo. What becomes free stands behind its first marker: bytes 0xFF, which decoders pass over. (T.81, B.1.1.2.)
func (d *pdfFile) jpeg(st pdfStream) error {
	n := st.to - st.from
	tail, err := d.s.upTo(max(st.from, st.to-64), int(min(64, n)))
	if err != nil {
		return err
	}
	n -= int64(len(tail) - len(bytes.TrimRight(tail, "\r\n \x00")))
	inner, err := d.photo(io.NewSectionReader(d.s.r, st.from, n), n, st.from)
	if err != nil || inner == nil || len(inner.Traces) == 0 {
		return err
	}
	if inner.Size > n {
		return d.s.refused("what stays of its photo at byte %d does not fit in there", st.from)
	}
	at := st.from
	for i, q := range inner.parts {
		if q.data == nil && !q.fill {
			q.moved, q.from = true, st.from+q.off
		}
		q.off = at
		if err := d.patches.put(q); err != nil {
			return err
		}
		at += q.n
		if i > 0 {
			continue
		}
		if at != st.from+2 {
			return d.s.damaged(st.from, "the photo does not begin with its marker")
		}
		if pad := n - inner.Size; pad > 0 {
			if err := d.patches.put(part{off: at, n: pad, fill: true, b: 0xFF}); err != nil {
				return err
			}
			at += pad
		}
	}
	return nil
}

// photo looks through a JPEG and reports what it finds as of the whole file; nil if it is none. off is its place.
func (d *pdfFile) photo(r io.ReaderAt, n, off int64) (*File, error) {
	inner, err := Read(r, n)
	var damage *DamageError
	switch {
	case errors.As(err, &damage):
		return nil, &DamageError{JPEG, off + damage.Offset, damage.What}
	case errors.Is(err, ErrFormat) || err == nil && inner.Format != JPEG:
		return nil, d.s.damaged(off, "the photo is no JPEG")
	case err != nil:
		return nil, err
	}
	for _, t := range inner.Traces {
		d.f.found(t.Kind, "photo: "+t.Where, t.Value)
	}
	return inner, nil
}

// packedJPEG looks at a photo that is packed once more.
func (d *pdfFile) packedJPEG(v *pdfValue, st pdfStream) error {
	filters := pdfFilters(v)
	if len(filters) != 2 || filters[0] != "FlateDecode" || filters[1] != "DCTDecode" {
		return d.s.refused("its photo at byte %d is packed in an unusual way", st.from)
	}
	b, err := d.inflate(&pdfValue{kind: pdfDict, list: []pdfValue{{kind: pdfName, text: "Filter"}, {kind: pdfName, text: "FlateDecode"}}}, st)
	if err != nil {
		return err
	}
	inner, err := d.photo(bytes.NewReader(b), int64(len(b)), 0)
	if err != nil || len(inner.Traces) == 0 {
		return err
	}
	var out bytes.Buffer
	if _, err := inner.WriteTo(&out); err != nil {
		return err
	}
	return d.replace(st, out.Bytes())
}

// jpeg2000 empties the boxes of a picture that no decoder needs. (ISO/IEC 15444-1, annex I.)
func (d *pdfFile) jpeg2000(st pdfStream) error {
	head, err := d.s.upTo(st.from, 12)
	if err != nil {
		return err
	}
	if len(head) < 12 || string(head[4:8]) != "jP  " {
		return nil // the coded picture alone
	}
	w := &boxes{s: d.s, f: d.f, patches: patches{s: d.s}}
	if err := w.each(st.from, st.to, "", w.keep("jP  ", "ftyp", "jp2h", "jp2c")); err != nil {
		return err
	}
	for _, p := range w.patches.list {
		if err := d.patches.put(p); err != nil {
			return err
		}
	}
	return nil
}

// unpacked returns what the object stream of an object holds.
func (d *pdfFile) unpacked(o pdfObject) ([]byte, error) {
	if d.lastFrom == o.in && d.last != nil {
		return d.last, nil
	}
	b, err := d.s.read(o.stream.from, int(o.stream.to-o.stream.from)) // read once before, and not too large
	if err != nil {
		return nil, err
	}
	if !o.stream.plain {
		r, err := newZlib(b)
		if err == nil {
			b, err = io.ReadAll(io.LimitReader(r, maxPDFInflated))
		}
		if err != nil {
			return nil, err
		}
	}
	d.last, d.lastFrom = b, o.in
	return b, nil
}

func (d *pdfFile) packedAt(st pdfStream) *pdfPacked {
	for _, p := range d.packed {
		if p.stream == st {
			return p
		}
	}
	d.packed = append(d.packed, &pdfPacked{stream: st})
	return d.packed[len(d.packed)-1]
}

// repack writes the object streams in which something goes.
func (d *pdfFile) repack() error {
	for _, p := range d.packed {
		b, err := d.unpacked(pdfObject{in: p.stream.from, stream: p.stream})
		if err != nil {
			return err
		}
		b = bytes.Clone(b)
		for _, e := range p.edits {
			copy(b[e.from:e.to], bytes.Repeat([]byte{' '}, int(e.to-e.from)))
		}
		if p.stream.plain {
			err = d.patches.over(p.stream.from, b...)
		} else {
			err = d.replace(p.stream, b)
		}
		if err != nil {
			return err
		}
	}
	return nil
}
