package article

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"
)

// wrappers are elements that only hold others, or stand where their own element is missing; what is in them stands in
// the text itself.
var wrappers = map[atom.Atom]bool{
	atom.Div: true, atom.Article: true, atom.Section: true, atom.Main: true, atom.Header: true, atom.Footer: true, atom.Aside: true,
	atom.Hgroup: true, atom.Center: true, atom.Address: true, atom.Details: true, atom.Summary: true, atom.Nav: true, atom.Form: true,
	atom.Fieldset: true, atom.Legend: true, atom.Option: true, atom.Optgroup: true, atom.Dialog: true, atom.Body: true,
	atom.Li: true, atom.Dt: true, atom.Dd: true, atom.Figcaption: true, atom.Caption: true, atom.Thead: true, atom.Tbody: true,
	atom.Tfoot: true, atom.Tr: true, atom.Td: true, atom.Th: true,
}

// solids are the elements, besides headings, that stand by themselves and stay what they are.
var solids = map[atom.Atom]string{
	atom.Ul: "ul", atom.Menu: "ul", atom.Ol: "ol", atom.Dl: "dl", atom.Blockquote: "blockquote", atom.Pre: "pre", atom.Table: "table",
	atom.Figure: "figure", atom.Hr: "hr", atom.Video: "video", atom.Audio: "audio",
}

// hidden are elements whose content is no text.
var hidden = map[atom.Atom]bool{
	atom.Script: true, atom.Style: true, atom.Template: true, atom.Noscript: true, atom.Iframe: true, atom.Object: true,
	atom.Title: true, atom.Textarea: true, atom.Select: true, atom.Noembed: true, atom.Noframes: true,
}

// isShown reports whether n is an element whose content counts.
func isShown(n *html.Node) bool {
	return n.Type == html.ElementNode && n.Namespace == "" && !hidden[n.DataAtom]
}

// isSolid reports whether n stands by itself; paragraphs and wrappers, which are only lines that stand by themselves,
// do not count.
func isSolid(n *html.Node) bool { return solids[n.DataAtom] != "" || headingLevel(n) > 0 }

// facts are what is known of a node from everything in it.
type facts uint8

const (
	blocks  facts = 1 << iota // something in it stands by itself
	solid                     // something in it does that is no wrapper and no paragraph
	picture                   // there is a picture in it
	words                     // there is text in it
)

// survey fills r.holds for n and what is below it, each node once. Parsers go no deeper than some hundred elements.
func (r *renderer) survey(n *html.Node) facts {
	var f facts
	for c := range n.ChildNodes() {
		switch {
		case c.Type == html.TextNode && strings.TrimSpace(c.Data) != "":
			f |= words
		case isShown(c):
			f |= r.survey(c)
			switch {
			case isSolid(c):
				f |= blocks | solid
			case wrappers[c.DataAtom] || c.DataAtom == atom.P:
				f |= blocks
			case c.DataAtom == atom.Img:
				f |= picture
			}
		}
	}
	r.holds[n] = f
	return f
}

// around is what stands around a node and was opened because there are blocks in it: the language, and what marks
// words. It does not change once made.
type around struct {
	lang, dir string
	marks     []string   // elements, outermost first, each once
	link      *html.Node // an <a>, or nil
	code      bool       // in <pre>
}

// wrapper returns what stands around the children of the wrapper n.
func (in *around) wrapper(n *html.Node) *around {
	lang, dir := languageOf(n)
	if lang == "" && dir == "" && n.DataAtom != atom.Pre {
		return in
	}
	next := *in
	next.code = in.code || n.DataAtom == atom.Pre
	if lang != "" {
		next.lang = lang
	}
	if dir != "" {
		next.dir = dir
	}
	return &next
}

// inline returns what stands around the children of n, an element of a line that there are blocks in.
func (in *around) inline(n *html.Node) *around {
	next := *in.wrapper(n)
	if n.DataAtom == atom.A {
		next.link = n
	}
	if mark := inlineNames[n.DataAtom]; mark != "" && !slices.Contains(next.marks, mark) {
		next.marks = append(slices.Clip(next.marks), mark)
	}
	return &next
}

// inside returns what stands around the children of a block that says the language itself.
func (in *around) inside() *around {
	next := *in
	next.lang, next.dir, next.code = "", "", false
	return &next
}

// unit is a block, or neighbours that stand in a line.
type unit struct {
	block *html.Node // nil for a line
	in    *around    // of the block
	line  []piece
}

// piece is a node of a line.
type piece struct {
	node *html.Node
	in   *around
}

// walk cuts the content of an element into units.
type walk struct {
	r    *renderer
	own  []atom.Atom // what the element takes as blocks of its own
	list []unit
	line []piece
}

// units returns the units of the children of n, the wrappers and whatever else holds blocks opened. Elements of the
// kinds own are units.
func (r *renderer) units(n *html.Node, in *around, own ...atom.Atom) []unit {
	w := &walk{r: r, own: own}
	w.children(n, in)
	w.end()
	return w.list
}

func (w *walk) children(n *html.Node, in *around) {
	for c := range n.ChildNodes() {
		w.node(c, in)
	}
}

func (w *walk) node(c *html.Node, in *around) {
	switch {
	case c.Type == html.TextNode:
		w.line = append(w.line, piece{c, in})
	case !isShown(c):
	case slices.Contains(w.own, c.DataAtom):
		w.end()
		w.list = append(w.list, unit{block: c, in: in})
	case w.r.isOpened(c):
		w.end()
		w.children(c, in.wrapper(c))
		w.end()
	case isSolid(c) || c.DataAtom == atom.P:
		w.end()
		w.list = append(w.list, unit{block: c, in: in})
	case w.r.holds[c]&blocks != 0:
		w.children(c, in.inline(c))
	default:
		w.line = append(w.line, piece{c, in})
	}
}

// end ends the line.
func (w *walk) end() {
	for _, p := range w.line {
		if w.r.isSeen(p.node) {
			w.list = append(w.list, unit{line: w.line})
			break
		}
	}
	w.line = nil
}

// isSeen reports whether there is text or a picture in n, or n is one.
func (r *renderer) isSeen(n *html.Node) bool {
	return n.Type == html.TextNode && strings.TrimSpace(n.Data) != "" || n.DataAtom == atom.Img || r.holds[n]&(words|picture) != 0
}

// isOpened reports whether n is a wrapper, or does not hold what its kind must.
func (r *renderer) isOpened(n *html.Node) bool {
	switch n.DataAtom {
	case atom.P:
		return r.holds[n]&blocks != 0
	case atom.Pre:
		return r.holds[n]&solid != 0
	case atom.Dl:
		return !r.isPaired(n)
	case atom.Video, atom.Audio:
		return r.playable(n) == "" // then the words in it are shown
	}
	return wrappers[n.DataAtom]
}

// isPaired reports whether a list of terms holds terms, each followed by what is said of it, and nothing else. Lists
// that only indent do not.
func (r *renderer) isPaired(n *html.Node) bool {
	last := atom.Atom(0)
	var pairs func(*html.Node) bool
	pairs = func(n *html.Node) bool {
		for c := range n.ChildNodes() {
			switch {
			case c.Type != html.TextNode && !isShown(c), !r.isSeen(c) && c.Type == html.TextNode:
			case c.DataAtom == atom.Dt, c.DataAtom == atom.Dd && last != 0:
				last = c.DataAtom
			case c.DataAtom == atom.Div:
				if !pairs(c) {
					return false
				}
			default:
				return false
			}
		}
		return true
	}
	return pairs(n) && last == atom.Dd
}
