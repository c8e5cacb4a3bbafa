package markup

import "strings"

// raw is a run of bytes that is written as it is. It cannot be made outside of this file.
type raw string

func (r raw) addTo(e *element)           { e.nodes = append(e.nodes, r) }
func (r raw) writeTo(b *strings.Builder) { b.WriteString(string(r)) }

// Sheet returns a style element that holds css, for a page that must stand alone. css is part of the program, never
// of an archive: it panics if css could end its element or begin a comment (HTML, §13.1.2.6).
func Sheet(css string) Node {
	if strings.Contains(css, "</") || strings.Contains(css, "<!--") {
		panic("markup: internal error: style sheet that ends its element")
	}
	return &element{name: "style", nodes: []Node{raw(css)}}
}

// Policy returns a meta element with a Content-Security-Policy, for a page that no server sends (CSP3, §3.3). It is
// the one pragma there is; "refresh", which could lead away, cannot be written.
func Policy(policy string) Node {
	return &element{name: "meta", attrs: []attribute{
		{name: "http-equiv", value: "Content-Security-Policy"},
		{name: "content", value: policy},
	}}
}
