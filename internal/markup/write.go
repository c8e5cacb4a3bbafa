package markup

import (
	"strings"
	"unicode/utf8"
)

// Document returns a whole page: doctype, <html> with lang and dir, <head> holding head, <body> holding body. Empty
// lang or dir are left out. The bytes are UTF-8; head should say so by <meta charset>.
func Document(lang, dir string, head, body []Node) []byte {
	var b strings.Builder
	b.WriteString("<!DOCTYPE html>\n")
	El(
		"html", If(lang != "", A("lang", lang)), If(dir != "", A("dir", dir)),
		Text("\n"), El("head", Text("\n"), Lines(head...)),
		Text("\n"), El("body", Text("\n"), Lines(body...)), Text("\n"),
	).writeTo(&b)
	b.WriteString("\n")
	return []byte(b.String())
}

// Bytes returns node as HTML, for a part of a page.
func Bytes(node Node) []byte {
	var b strings.Builder
	if node != nil {
		node.writeTo(&b)
	}
	return []byte(b.String())
}

// PlainText returns the text of node, without its elements, as a reader would copy it.
func PlainText(node Node) string {
	var b strings.Builder
	plainText(&b, node)
	return b.String()
}

func plainText(b *strings.Builder, node Node) {
	switch n := node.(type) {
	case text:
		b.WriteString(string(n))
	case *element:
		if n.name == "br" {
			b.WriteString("\n")
		}
		for _, child := range n.nodes {
			plainText(b, child)
		}
	case fragment:
		for _, child := range n {
			plainText(b, child)
		}
	}
}

func (t text) writeTo(b *strings.Builder) { escape(b, string(t), false) }

func (f fragment) writeTo(b *strings.Builder) {
	for _, n := range f {
		n.writeTo(b)
	}
}

func (e *element) writeTo(b *strings.Builder) {
	b.WriteByte('<')
	b.WriteString(e.name)
	for _, a := range e.attrs {
		b.WriteByte(' ')
		b.WriteString(a.name)
		if !a.flag {
			b.WriteString(`="`)
			escape(b, a.value, true)
			b.WriteByte('"')
		}
	}
	b.WriteByte('>')
	if elements[e.name] == void {
		return
	}
	if elements[e.name] == keepsSpace {
		// A parser drops a first line feed (HTML, §13.2.6.4.7); golang.org/x/net/html 0.62 also a carriage return.
		if t := PlainText(fragment(e.nodes)); t != "" && (t[0] == '\n' || t[0] == '\r') {
			b.WriteByte('\n')
		}
	}
	for _, n := range e.nodes {
		n.writeTo(b)
	}
	b.WriteString("</")
	b.WriteString(e.name)
	b.WriteByte('>')
}

// escape writes s so that a parser reads s again. Besides the four characters of markup it cares for those that a
// parser would change: NUL and bytes outside UTF-8 become U+FFFD, carriage returns become references.
func escape(b *strings.Builder, s string, attribute bool) {
	start := 0
	for i := 0; i < len(s); {
		r, width := utf8.DecodeRuneInString(s[i:])
		by := ""
		switch {
		case r == '&':
			by = "&amp;"
		case r == '<':
			by = "&lt;"
		case r == '>':
			by = "&gt;"
		case r == '"' && attribute:
			by = "&quot;"
		case r == '\r':
			by = "&#13;"
		case r == 0, r == utf8.RuneError && width == 1:
			by = "\uFFFD"
		}
		if by != "" {
			b.WriteString(s[start:i])
			b.WriteString(by)
			start = i + width
		}
		i += width
	}
	b.WriteString(s[start:])
}
