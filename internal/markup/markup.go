// Package markup builds HTML from typed nodes, so that what is text stays text: every string is escaped where it is
// written, and there is no way to put ready-made HTML into a page. The same nodes give the same bytes, always.
//
// It knows a closed list of elements and attributes, those that a page without scripts needs. A name outside of the
// list is a mistake in the program and panics; a value never does, whatever it holds. It is no HTML parser and does
// not clean other people's HTML.
//
// Rules are from the HTML standard: §13.3 "Serializing HTML fragments", §13.1.2 "Elements" (void elements), and, for
// references, RFC 3986 §4.2 "Relative Reference".
package markup

import "strings"

// Part is what stands in an element: a [Node], or an attribute made by [A] or [Flag].
type Part interface {
	addTo(e *element)
}

// Node is a piece of a document: text, an element or a row of nodes. Nodes are immutable and may be used many times
// and concurrently.
type Node interface {
	Part
	writeTo(b *strings.Builder)
}

// text is a run of characters, not yet escaped.
type text string

// element is one element with its attributes, in the order given, and its content.
type element struct {
	name  string
	attrs []attribute
	nodes []Node
}

// fragment is a row of nodes without an element around it.
type fragment []Node

// attribute is one attribute of an element; a flag has no value.
type attribute struct {
	name, value string
	flag        bool
}

// Text returns s as text. What is no UTF-8, and NUL, which HTML cannot hold, become U+FFFD.
func Text(s string) Node { return text(s) }

// El returns the element called name with parts as its attributes and content, in the order given. A nil Part is left
// out. It panics if name is not a known element, if an attribute comes twice, or if a void element has content.
func El(name string, parts ...Part) Node {
	kind, ok := elements[name]
	if !ok {
		panic("markup: internal error: no element " + name)
	}
	e := &element{name: name}
	for _, p := range parts {
		if p != nil {
			p.addTo(e)
		}
	}
	if kind == void && len(e.nodes) > 0 {
		panic("markup: internal error: content in " + name)
	}
	return e
}

// Frag returns nodes one after the other, without an element around them. Nil nodes are left out.
func Frag(nodes ...Node) Node {
	f := make(fragment, 0, len(nodes))
	for _, n := range nodes {
		if n != nil {
			f = append(f, n)
		}
	}
	return f
}

// Lines is [Frag] with a line feed after each node, for readable sources. Only for places where white space between
// elements means nothing.
func Lines(nodes ...Node) Node {
	f := make(fragment, 0, 2*len(nodes))
	for _, n := range nodes {
		if n != nil {
			f = append(f, n, text("\n"))
		}
	}
	return f
}

// Breaks returns s as text that may be broken after each slash and hyphen: addresses and file names.
func Breaks(s string) Node {
	var f fragment
	for i := 0; i < len(s); {
		n := strings.IndexAny(s[i:], "/-")
		if n < 0 {
			break
		}
		end := i + n + 1
		for end < len(s) && (s[end] == '/' || s[end] == '-') {
			end++
		}
		if end == len(s) { // nothing follows that could go to the next line
			break
		}
		f = append(f, text(s[i:end]), &element{name: "wbr"})
		i, s = 0, s[end:]
	}
	return append(f, text(s))
}

// A returns the attribute name="value". It panics if name is not a known attribute. An attribute that holds a
// reference (href, src, action, poster) is left out unless [IsLocal] says yes to its value, so a page made here
// cannot lead out of the place it is served from.
func A(name, value string) Part {
	kind, ok := attributeKind(name)
	if !ok {
		panic("markup: internal error: no attribute " + name)
	}
	if kind == reference && !IsLocal(value) {
		return nil
	}
	return attribute{name: name, value: value}
}

// Flag returns the attribute name without a value, as in <details open>.
func Flag(name string) Part {
	if kind, ok := attributeKind(name); !ok || kind != plain {
		panic("markup: internal error: no flag " + name)
	}
	return attribute{name: name, flag: true}
}

// If returns p if ok, and otherwise nothing.
func If(ok bool, p Part) Part {
	if ok {
		return p
	}
	return nil
}

// Group returns parts as one Part, in their order.
func Group(parts ...Part) Part { return group(parts) }

// group is a row of attributes and nodes.
type group []Part

func (g group) addTo(e *element) {
	for _, p := range g {
		if p != nil {
			p.addTo(e)
		}
	}
}

func (t text) addTo(e *element)         { e.nodes = append(e.nodes, t) }
func (child *element) addTo(e *element) { e.nodes = append(e.nodes, child) }
func (f fragment) addTo(e *element)     { e.nodes = append(e.nodes, f) }
func (a attribute) addTo(e *element) {
	for _, have := range e.attrs {
		if have.name == a.name {
			panic("markup: internal error: attribute " + a.name + " twice in " + e.name)
		}
	}
	e.attrs = append(e.attrs, a)
}
