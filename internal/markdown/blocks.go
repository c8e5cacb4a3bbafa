package markdown

import (
	"strconv"
	"strings"
	"unicode"

	"github.com/yuin/goldmark/ast"

	"samizdat/internal/markup"
)

// topBlock renders a block that stands in the text itself, which may be numbered.
func (r *renderer) topBlock(n ast.Node) markup.Node {
	r.block = ""
	if n == r.signature {
		r.doc.Signature = r.opts.Signature
		return markup.El("p", markup.A("class", "sign"), r.inlines(n))
	}
	switch n.Kind() {
	case ast.KindHeading, ast.KindThematicBreak, ast.KindHTMLBlock, ast.KindLinkReferenceDefinition:
		return r.blockNode(n, nil)
	}
	if !r.opts.Numbers {
		return r.blockNode(n, nil)
	}
	r.number++
	r.block = r.opts.Prefix + "p" + strconv.Itoa(r.number)
	return r.blockNode(n, markup.A("id", r.block))
}

// blocks renders the blocks inside of n.
func (r *renderer) blocks(n ast.Node) markup.Node {
	var nodes []markup.Node
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		nodes = append(nodes, r.blockNode(c, nil))
	}
	return markup.Lines(nodes...)
}

// blockNode renders the block n; attribute, which may be nil, goes to its element.
func (r *renderer) blockNode(n ast.Node, attribute markup.Part) markup.Node {
	switch n := n.(type) {
	case *ast.Paragraph:
		return r.paragraph(n, attribute)
	case *ast.TextBlock: // the content of an item in a list without empty lines
		inlines := r.inlines(n)
		r.keep(markup.PlainText(inlines))
		return inlines
	case *ast.Heading:
		return r.heading(n)
	case *ast.Blockquote:
		return markup.El("blockquote", attribute, markup.Text("\n"), r.blocks(n))
	case *ast.List:
		name, start := "ul", markup.Part(nil)
		if n.IsOrdered() {
			name = "ol"
			start = markup.If(n.Start != 1, markup.A("start", strconv.Itoa(n.Start)))
		}
		return markup.El(name, attribute, start, markup.Text("\n"), r.blocks(n))
	case *ast.ListItem:
		return markup.El("li", r.blocks(n))
	case *ast.CodeBlock, *ast.FencedCodeBlock:
		code := strings.TrimSuffix(r.lines(n), "\n")
		r.keep(code)
		return markup.El("pre", attribute, markup.A("tabindex", "0"), markup.El("code", markup.Text(code)))
	case *ast.ThematicBreak:
		return markup.El("hr")
	case *ast.HTMLBlock:
		r.drop(n)
		return nil
	}
	return nil // definitions of link references leave nothing
}

// paragraph renders the inlines of n as a paragraph.
func (r *renderer) paragraph(n ast.Node, attribute markup.Part) markup.Node {
	inlines := r.inlines(n)
	r.keep(markup.PlainText(inlines))
	return markup.El("p", attribute, inlines)
}

// heading renders a heading. Levels follow each other without a gap whatever the source says, so that the outline of
// the page is whole.
func (r *renderer) heading(n *ast.Heading) markup.Node {
	level := r.opts.Heading + n.Level - r.top
	if r.level == 0 {
		r.level = r.opts.Heading - 1
	}
	level = min(level, r.level+1, 6)
	r.level = level
	inlines := r.inlines(n)
	plain := markup.PlainText(inlines)
	r.block = r.headingID(plain)
	r.keep(plain)
	return markup.El("h"+strconv.Itoa(level), markup.A("id", r.block), inlines)
}

// reserved are ids that the pages use themselves.
var reserved = map[string]bool{
	"main": true, "prov": true, "cap": true, "note": true, "files": true, "marks": true, "introduction": true,
	"closing": true, "source": true, "rights": true, "editions": true, "check": true, "traces": true, "pass": true,
	"maker": true, "inside": true,
}

// headingID makes an id of a heading: letters, digits and marks of any script in lower case, one hyphen for anything
// between. An id that is taken, or looks like that of a paragraph, gets a number.
func (r *renderer) headingID(title string) string {
	var b strings.Builder
	gap := false
	for _, c := range strings.ToLower(title) {
		if c == unicode.ReplacementChar || !unicode.In(c, unicode.L, unicode.N, unicode.M) {
			gap = b.Len() > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			gap = false
		}
		b.WriteRune(c)
	}
	base := b.String()
	if base == "" {
		base = "part"
	}
	id := r.opts.Prefix + base
	for i := 1; r.ids[id] || reserved[id] || isNumber(strings.TrimPrefix(id, r.opts.Prefix)); i++ {
		id = r.opts.Prefix + base + "-" + strconv.Itoa(i)
	}
	r.ids[id] = true
	return id
}

// isNumber reports whether id is one that a paragraph could have.
func isNumber(id string) bool {
	digits, ok := strings.CutPrefix(id, "p")
	if !ok {
		return false
	}
	_, err := strconv.Atoi(digits)
	return err == nil
}

// keep adds a paragraph to the plain text.
func (r *renderer) keep(text string) {
	if text != "" {
		r.doc.Paragraphs = append(r.doc.Paragraphs, Paragraph{ID: r.block, Text: text})
	}
}

// lines returns the source lines of a block, as they stand.
func (r *renderer) lines(n ast.Node) string {
	var b strings.Builder
	lines := n.Lines()
	for i := range lines.Len() {
		segment := lines.At(i)
		b.Write(segment.Value(r.source))
	}
	return b.String()
}

// drop notes that HTML was left out.
func (r *renderer) drop(n ast.Node) {
	line := r.line(n)
	if b, ok := n.(*ast.HTMLBlock); ok && b.Lines().Len() > 0 {
		line = r.lineAt(b.Lines().At(0).Start)
	}
	if i := len(r.doc.Dropped); i == 0 || r.doc.Dropped[i-1] != line {
		r.doc.Dropped = append(r.doc.Dropped, line)
	}
}
