// Package article turns the readable text of a captured page, HTML that a machine or an editor made of other people's
// HTML, into nodes of a page of ours and into plain text.
//
// What comes out is built anew with [markup] from a closed list of elements, so it holds nothing that the list does not
// have, whatever went in. What is on no list goes and leaves its words; that nothing was there that acts or refers to
// the outside is package inert's to say, and whoever loads a dossier has asked it.
package article

import (
	"bytes"
	"fmt"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samizdat/internal/markup"
)

// Options say how a text is rendered. Link and File must be set.
type Options struct {
	Title string                   // of the page; a first heading that only repeats it is left out
	Link  func(url string) string  // returns where a link to the web leads; what is not local leaves the words only
	File  func(name string) string // returns the reference of a file, given as the text has it; "" leaves it out
}

// Document is a rendered text.
type Document struct {
	Body       markup.Node
	Paragraphs []string // paragraphs, headings, items, cells and captions in order, white space made single
}

// Text returns the text without markup: its paragraphs joined by an empty line.
func (d *Document) Text() string { return strings.Join(d.Paragraphs, "\n\n") }

// Render renders source, which is UTF-8. Paragraphs, lists, quotations, tables, figures and code that stand in the text
// itself get the ids p1, p2, …. It fails if the source is nested deeper than its parser goes.
func Render(source []byte, opts Options) (*Document, error) {
	root, err := html.ParseWithOptions(bytes.NewReader(source), html.ParseOptionEnableScripting(false))
	if err != nil {
		return nil, fmt.Errorf("article: %w", err)
	}
	body := find(root, atom.Body)
	if body == nil {
		return &Document{}, nil
	}
	r := &renderer{opts: opts, doc: &Document{}, level: 1, holds: map[*html.Node]facts{}}
	r.survey(body)
	r.top = highest(body)
	var blocks []markup.Node
	for _, u := range r.units(body, &around{}) {
		blocks = append(blocks, r.numbered(u))
	}
	r.doc.Body = markup.Lines(blocks...)
	return r.doc, nil
}

// renderer is one call of Render.
type renderer struct {
	opts     Options
	doc      *Document
	holds    map[*html.Node]facts
	number   int  // of the last block that got an id
	top      int  // the highest heading of the source, 1 to 6
	level    int  // of the last heading written; the page's own is 1
	pictures int  // written so far
	spaces   bool // white space is kept: in code
	linked   bool // a link is around
}

// find returns the first element of that kind.
func find(n *html.Node, kind atom.Atom) *html.Node {
	for d := range n.Descendants() {
		if d.Type == html.ElementNode && d.DataAtom == kind {
			return d
		}
	}
	return nil
}

// highest returns the level of the highest heading below n.
func highest(n *html.Node) int {
	top := 6
	for d := range n.Descendants() {
		if level := headingLevel(d); level > 0 {
			top = min(top, level)
		}
	}
	return top
}

// headingLevel is 1 to 6 for a heading, else 0.
func headingLevel(n *html.Node) int {
	if n.Type != html.ElementNode || len(n.Data) != 2 || n.Data[0] != 'h' || n.Data[1] < '1' || n.Data[1] > '6' {
		return 0
	}
	return int(n.Data[1] - '0')
}

// keep adds a paragraph to the plain text and returns whether there are words in it.
func (r *renderer) keep(node markup.Node) bool {
	text := strings.Join(strings.Fields(markup.PlainText(node)), " ")
	if text != "" {
		r.doc.Paragraphs = append(r.doc.Paragraphs, text)
	}
	return text != ""
}

// id returns the id of the next block.
func (r *renderer) id() markup.Part {
	r.number++
	return markup.A("id", "p"+strconv.Itoa(r.number))
}
