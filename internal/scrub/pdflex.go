package scrub

import (
	"bytes"
	"strconv"
)

// pdfValue is a value of a PDF with its place. (ISO 32000-1, 7.3.)
type pdfValue struct {
	kind     pdfKind
	off, end int64
	text     string     // of a name without its slash, of a number, of a word; of a reference its number
	list     []pdfValue // of an array; of a dictionary names and values in turn
}

type pdfKind byte

const (
	pdfWord pdfKind = iota // true, null, obj, and whatever else is not one of the following
	pdfNumber
	pdfName
	pdfString
	pdfArray
	pdfDict
	pdfRef
	pdfEnd // of the file
	pdfClose
)

// get returns the value of a name of a dictionary.
func (v *pdfValue) get(name string) *pdfValue {
	if v.kind == pdfDict {
		for i := 0; i+1 < len(v.list); i += 2 {
			if v.list[i].text == name {
				return &v.list[i+1]
			}
		}
	}
	return &pdfValue{}
}

// is reports whether a value is the name.
func (v *pdfValue) is(name string) bool { return v.kind == pdfName && v.text == name }

// pdfLexer reads values one after the other.
type pdfLexer struct {
	s        *source
	at       int64
	left     int                        // values that are still read
	comments func(off, end int64) error // is told of comments; nil: they are passed over
}

// Bounds of one object.
const (
	maxPDFValues = 1 << 18
	maxPDFDepth  = 64
	maxPDFText   = 1 << 20 // bytes of a name, a number, a string's beginning
)

// peek returns the byte at the place d further; 0 behind the end.
func (l *pdfLexer) peek(d int64) (byte, error) {
	if l.at+d >= l.s.size {
		return 0, nil
	}
	b, err := l.s.at(l.at+d, 1)
	if err != nil {
		return 0, err
	}
	return b[0], nil
}

func pdfSpace(c byte) bool {
	return c == ' ' || c == '\n' || c == '\r' || c == '\t' || c == '\f' || c == 0
}

func pdfDelimiter(c byte) bool { return bytes.IndexByte([]byte("()<>[]{}/%"), c) >= 0 }

// skip passes over white space and comments.
func (l *pdfLexer) skip() error {
	for l.at < l.s.size {
		c, err := l.peek(0)
		switch {
		case err != nil:
			return err
		case c == '%':
			start := l.at
			for ; l.at < l.s.size; l.at++ {
				if c, err = l.peek(0); err != nil {
					return err
				}
				if c == '\n' || c == '\r' {
					break
				}
			}
			if l.comments != nil {
				if err := l.comments(start, l.at); err != nil {
					return err
				}
			}
		case pdfSpace(c):
			l.at++
		default:
			return nil
		}
	}
	return nil
}

// value reads one value; a reference if there is one.
func (l *pdfLexer) value(depth int) (pdfValue, error) {
	v, err := l.token(depth)
	if err != nil || v.kind != pdfNumber {
		return v, err
	}
	back := l.at
	gen, err := l.token(depth)
	if err == nil && gen.kind == pdfNumber {
		var r pdfValue
		if r, err = l.token(depth); err == nil && r.kind == pdfWord && r.text == "R" {
			return pdfValue{kind: pdfRef, off: v.off, end: r.end, text: pdfNumberOf(v.text)}, nil
		}
	}
	l.at = back
	return v, err
}

// token reads one value without looking for references.
func (l *pdfLexer) token(depth int) (pdfValue, error) {
	if err := l.skip(); err != nil {
		return pdfValue{}, err
	}
	v := pdfValue{off: l.at, end: l.at, kind: pdfEnd}
	if l.at >= l.s.size {
		return v, nil
	}
	if l.left--; l.left < 0 || depth > maxPDFDepth {
		return v, l.s.refused("its object at byte %d is too large or too deep", l.at)
	}
	c, err := l.peek(0)
	if err != nil {
		return v, err
	}
	next, err := l.peek(1)
	if err != nil {
		return v, err
	}
	switch {
	case c == '/':
		l.at++
		v.kind = pdfName
		v.text, err = l.regular()
		v.text = pdfUnescape(v.text)
	case c == '(':
		v.kind = pdfString
		err = l.literal()
	case c == '<' && next == '<':
		l.at += 2
		v.kind = pdfDict
		v.list, err = l.until(">>", depth)
	case c == '<':
		v.kind = pdfString
		err = l.to('>')
	case c == '[':
		l.at++
		v.kind = pdfArray
		v.list, err = l.until("]", depth)
	case c == '>' && next == '>':
		l.at += 2
		v.kind, v.text = pdfClose, ">>"
	case pdfDelimiter(c):
		l.at++
		v.kind, v.text = pdfClose, string(c)
	default:
		v.kind = pdfWord
		if v.text, err = l.regular(); err == nil {
			if _, bad := strconv.ParseFloat(v.text, 64); bad == nil {
				v.kind = pdfNumber
			}
		}
	}
	v.end = l.at
	return v, err
}

// until reads values up to the mark that closes them.
func (l *pdfLexer) until(mark string, depth int) ([]pdfValue, error) {
	var list []pdfValue
	start := l.at
	for {
		v, err := l.value(depth + 1)
		switch {
		case err != nil:
			return nil, err
		case v.kind == pdfClose && v.text == mark:
			if mark == ">>" && len(list)%2 == 1 {
				return nil, l.s.damaged(start, "a dictionary without a last value")
			}
			return list, nil
		case v.kind == pdfEnd || v.kind == pdfClose:
			return nil, l.s.damaged(start, "%q is missing", mark)
		case mark == ">>" && len(list)%2 == 0 && v.kind != pdfName:
			return nil, l.s.damaged(v.off, "a dictionary's key is no name")
		}
		list = append(list, v)
	}
}

// regular reads characters up to white space or a delimiter.
func (l *pdfLexer) regular() (string, error) {
	var b []byte
	for l.at < l.s.size {
		c, err := l.peek(0)
		if err != nil {
			return "", err
		}
		if pdfSpace(c) || pdfDelimiter(c) {
			break
		}
		if b = append(b, c); len(b) > maxPDFText {
			return "", l.s.damaged(l.at, "a word of more than %d characters", maxPDFText)
		}
		l.at++
	}
	return string(b), nil
}

// to passes over everything up to and with the character.
func (l *pdfLexer) to(last byte) error {
	start := l.at
	for l.at < l.s.size {
		c, err := l.peek(0)
		if err != nil {
			return err
		}
		l.at++
		if c == last {
			return nil
		}
	}
	return l.s.damaged(start, "%q is missing", last)
}

// literal passes over a string in parentheses, which may hold others.
func (l *pdfLexer) literal() error {
	start, depth := l.at, 0
	for l.at < l.s.size {
		c, err := l.peek(0)
		if err != nil {
			return err
		}
		l.at++
		switch c {
		case '\\':
			l.at++
		case '(':
			depth++
		case ')':
			if depth--; depth == 0 {
				return nil
			}
		}
	}
	return l.s.damaged(start, "%q is missing", ")")
}

// pdfNumberOf writes the number of an object in the one way: without zeros in front.
func pdfNumberOf(s string) string {
	if n, err := strconv.ParseUint(s, 10, 32); err == nil {
		return strconv.FormatUint(n, 10)
	}
	return s
}

// pdfUnescape reads #20 and the like in a name.
func pdfUnescape(s string) string {
	if i := bytes.IndexByte([]byte(s), '#'); i < 0 {
		return s
	}
	var b []byte
	for i := 0; i < len(s); i++ {
		if s[i] == '#' && i+2 < len(s) {
			if n, err := strconv.ParseUint(s[i+1:i+3], 16, 8); err == nil {
				b = append(b, byte(n))
				i += 2
				continue
			}
		}
		b = append(b, s[i])
	}
	return string(b)
}
