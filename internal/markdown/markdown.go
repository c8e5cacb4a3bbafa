// Package markdown turns the Markdown of statements and introductions into nodes of a page and into plain text.
//
// It is CommonMark (0.31) as github.com/yuin/goldmark parses it, and bare http(s) addresses are links. Nothing is
// added that would change what people wrote: no typographic quotes or dashes, no abbreviations, no emoji, no
// strikethrough. HTML in the source is left out, and reported. The result is built with [markup], which escapes by
// construction; goldmark's own renderer is not used.
package markdown

import (
	"bytes"
	"errors"
	"fmt"
	"regexp"
	"strings"

	"github.com/yuin/goldmark"
	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/extension"
	"github.com/yuin/goldmark/text"

	"samizdat/internal/markup"
)

// Options say how a text is rendered. The zero value is good for a text with nothing to link.
type Options struct {
	// Line is the line of the file that the source begins at, from 1, for the positions in what is returned;
	// 0 means 1. Front matter makes it more.
	Line int
	// Heading is the level that the highest heading of Markdown becomes; 0 means 2, as a page has its own first.
	Heading int
	// Prefix begins all ids, so that several texts can stand on one page.
	Prefix string
	// Numbers gives the blocks of the text the ids p1, p2, … (after Prefix): paragraphs, lists, quotations, code.
	// Headings, rules and the signature are not numbered.
	Numbers bool
	// Signature is a name; a last paragraph that is this name only is set as a signature.
	Signature string
	// Link returns where a link leads, given its destination; nil means as it stands. A destination that is not
	// local (see [markup.IsLocal]) leaves the text without a link.
	Link func(destination string) (string, error)
	// Image returns the reference of a picture; nil means pictures are links to their destination.
	Image func(destination string) (string, error)
}

// Document is a rendered text.
type Document struct {
	Body       markup.Node
	Paragraphs []Paragraph // paragraphs, headings and code in the order of the text; not the signature
	Signature  string      // the last paragraph, if it is the name in the options
	Links      []Link      // in the order of the text, pictures too
	Dropped    []int       // lines of the file with HTML, which was left out
}

// Paragraph is a piece of text without its markup. Lines that only the file divides are joined by a space.
type Paragraph struct {
	ID   string // of the block it stands in; empty if that has none
	Text string
}

// Link is a place in the text that leads somewhere.
type Link struct {
	Destination string // as it stands in the text, escapes resolved
	Line        int    // of the file
}

// LinkError is a link that [Options.Link] or [Options.Image] refused.
type LinkError struct {
	Line        int // of the file
	Destination string
	Err         error
}

// Error gives line, destination and cause.
func (e *LinkError) Error() string {
	return fmt.Sprintf("line %d: link %s: %v", e.Line, e.Destination, e.Err)
}

func (e *LinkError) Unwrap() error { return e.Err }

// Text returns the text without markup and without the signature: its paragraphs joined by an empty line, nothing at
// the end. This is what the SHA-256 beside a statement is of.
func (d *Document) Text() string {
	var b strings.Builder
	for i, p := range d.Paragraphs {
		if i > 0 {
			b.WriteString("\n\n")
		}
		b.WriteString(p.Text)
	}
	return b.String()
}

// A bare address ends before white space, brackets and quotation marks of any script; goldmark takes closing marks
// of the sentence off its end. The default pattern knows ASCII host names only.
var (
	bareAddress = regexp.MustCompile(`^https?://[^\s<>"'“”«»‹›„]+`)
	never       = regexp.MustCompile(`[^\s\S]`)
)

var parser = goldmark.New(goldmark.WithExtensions(extension.NewLinkify(
	extension.WithLinkifyAllowedProtocols([]string{"http:", "https:"}),
	extension.WithLinkifyURLRegexp(bareAddress),
	extension.WithLinkifyWWWRegexp(never),
	extension.WithLinkifyEmailRegexp(never),
))).Parser()

// Render renders source, which is UTF-8. opts may be nil. If links were refused the error joins one [*LinkError] for
// each, in their order, and the document is nil. Render may be called concurrently if the functions in opts may.
func Render(source []byte, opts *Options) (*Document, error) {
	if opts == nil {
		opts = &Options{}
	}
	source = bytes.ReplaceAll(bytes.ToValidUTF8(source, []byte("\uFFFD")), []byte("\r\n"), []byte("\n"))
	r := &renderer{source: source, opts: *opts, doc: &Document{}, ids: map[string]bool{}}
	if r.opts.Line == 0 {
		r.opts.Line = 1
	}
	if r.opts.Heading == 0 {
		r.opts.Heading = 2
	}
	tree := parser.Parse(text.NewReader(source))
	r.signature = r.findSignature(tree)
	r.top = r.highest(tree)
	var blocks []markup.Node
	for n := tree.FirstChild(); n != nil; n = n.NextSibling() {
		blocks = append(blocks, r.topBlock(n))
	}
	r.doc.Body = markup.Lines(blocks...)
	if len(r.problems) > 0 {
		return nil, errors.Join(r.problems...)
	}
	return r.doc, nil
}

// renderer is one call of Render.
type renderer struct {
	source    []byte
	opts      Options
	doc       *Document
	problems  []error
	ids       map[string]bool
	number    int      // of the last block that got one
	block     string   // id of the block being rendered
	signature ast.Node // the last paragraph, if it is one
	top       int      // the highest heading of the source, 1 to 6
	level     int      // of the last heading written
}

// findSignature returns the last block, if it is a paragraph that holds the name in the options and nothing else.
func (r *renderer) findSignature(tree ast.Node) ast.Node {
	last := tree.LastChild()
	if r.opts.Signature == "" || last == nil || last.Kind() != ast.KindParagraph || last == tree.FirstChild() {
		return nil
	}
	if markup.PlainText(r.quiet(last)) != r.opts.Signature {
		return nil
	}
	return last
}

// quiet renders the inlines of n without a trace in the document.
func (r *renderer) quiet(n ast.Node) markup.Node {
	other := &renderer{source: r.source, doc: &Document{}, ids: map[string]bool{}}
	return other.inlines(n)
}

// highest returns the level of the highest heading, 1 if there is none.
func (r *renderer) highest(tree ast.Node) int {
	top := 0
	_ = ast.Walk(tree, func(n ast.Node, entering bool) (ast.WalkStatus, error) { // the function never fails
		if h, ok := n.(*ast.Heading); ok && entering && (top == 0 || h.Level < top) {
			top = h.Level
		}
		return ast.WalkContinue, nil
	})
	return max(top, 1)
}

// line returns the line of the file that the node stands on.
func (r *renderer) line(n ast.Node) int {
	for ; n != nil; n = n.Parent() {
		if p := n.Pos(); p >= 0 && p <= len(r.source) && n.Kind() != ast.KindDocument {
			return r.lineAt(p)
		}
	}
	return r.opts.Line
}

func (r *renderer) lineAt(offset int) int {
	return r.opts.Line + bytes.Count(r.source[:offset], []byte("\n"))
}
