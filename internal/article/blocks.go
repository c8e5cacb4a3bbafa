package article

import (
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samizdat/internal/markup"
)

// topBlock renders what stands in the text itself, with its number.
func (r *renderer) topBlock(n *html.Node) markup.Node {
	switch {
	case n.Type == html.TextNode && strings.TrimSpace(n.Data) == "", n.Type == html.CommentNode:
		return nil
	case isBlock(n) && headingLevel(n) == 0 && n.DataAtom != atom.Hr && !wrappers[n.DataAtom]:
		before := r.number
		id := r.id()
		node := r.block(n, id)
		if node == nil {
			r.number = before
		}
		return node
	case isBlock(n) && !wrappers[n.DataAtom]:
		return r.block(n, nil)
	}
	// Words, or a wrapper of words, that no paragraph holds.
	inlines := r.inlines(n, true)
	if !r.keep(inlines) && !holds(n, atom.Img) {
		return nil
	}
	return markup.El("p", r.id(), r.lang(n), inlines)
}

// block renders a block; id, which may be nil, goes to its element. It is nil if nothing is left of it.
func (r *renderer) block(n *html.Node, id markup.Part) markup.Node {
	name := blockNames[n.DataAtom]
	switch name {
	case "":
		return r.heading(n)
	case "hr":
		return markup.El("hr")
	case "p":
		inlines := r.inlines(n, false)
		if !r.keep(inlines) && !holds(n, atom.Img) {
			return nil
		}
		return markup.El("p", id, r.lang(n), inlines)
	case "pre":
		code := strings.Trim(textOf(n), "\n")
		r.keep(markup.Text(code))
		return markup.El("pre", id, markup.A("tabindex", "0"), markup.El("code", markup.Text(code)))
	case "ul", "ol":
		start := markup.If(name == "ol" && isNumber(attr(n, "start")), markup.A("start", attr(n, "start")))
		return r.container(name, n, id, start)
	case "dl", "blockquote":
		return r.container(name, n, id, nil)
	case "figure":
		return r.container("figure", n, id, nil)
	case "table":
		return r.table(n, id)
	}
	return r.player(name, n, id)
}

// container renders an element of blocks.
func (r *renderer) container(name string, n *html.Node, id, more markup.Part) markup.Node {
	var nodes []markup.Node
	for c := range n.ChildNodes() {
		nodes = append(nodes, r.inContainer(name, c))
	}
	inner := markup.Lines(nodes...)
	if strings.TrimSpace(markup.PlainText(inner)) == "" && !holds(n, atom.Img) {
		return nil
	}
	return markup.El(name, id, more, r.lang(n), markup.Text("\n"), inner)
}

// inContainer renders a child of the container called name, which holds only what may stand there.
func (r *renderer) inContainer(name string, c *html.Node) markup.Node {
	if c.Type == html.CommentNode || c.Type == html.TextNode && strings.TrimSpace(c.Data) == "" {
		return nil
	}
	switch name {
	case "ul", "ol":
		return r.cell("li", c)
	case "dl":
		switch c.DataAtom {
		case atom.Dt:
			return r.cell("dt", c)
		case atom.Div:
			var nodes []markup.Node
			for d := range c.ChildNodes() {
				nodes = append(nodes, r.inContainer(name, d))
			}
			return markup.Frag(nodes...)
		}
		return r.cell("dd", c)
	case "figure":
		if c.DataAtom == atom.Figcaption {
			return r.cell("figcaption", c)
		}
	}
	switch {
	case isBlock(c) && wrappers[c.DataAtom]:
		var nodes []markup.Node
		for _, d := range flat(c) {
			nodes = append(nodes, r.inContainer(name, d))
		}
		return markup.Frag(nodes...)
	case isBlock(c):
		return r.block(c, nil)
	}
	inlines := r.inlines(c, true)
	r.keep(inlines)
	if name == "blockquote" {
		return markup.El("p", inlines)
	}
	return inlines
}

// cell renders an element that holds either words or blocks: an item, a caption, a cell.
func (r *renderer) cell(name string, n *html.Node, more ...markup.Part) markup.Node {
	if n.Type == html.TextNode {
		node := markup.Text(n.Data)
		r.keep(node)
		return markup.El(name, node)
	}
	if !holdsBlocks(n) {
		inlines := r.inlines(n, false)
		r.keep(inlines)
		return markup.El(name, markup.Group(more...), r.lang(n), inlines)
	}
	var nodes []markup.Node
	for _, c := range flat(n) {
		switch {
		case c.Type == html.CommentNode || c.Type == html.TextNode && strings.TrimSpace(c.Data) == "":
		case isBlock(c) && headingLevel(c) > 0: // a heading in a list would break the outline
			inlines := r.inlines(c, false)
			r.keep(inlines)
			nodes = append(nodes, markup.El("p", markup.El("strong", inlines)))
		case isBlock(c) && !wrappers[c.DataAtom]:
			nodes = append(nodes, r.block(c, nil))
		default:
			inlines := r.inlines(c, true)
			r.keep(inlines)
			nodes = append(nodes, inlines)
		}
	}
	return markup.El(name, markup.Group(more...), r.lang(n), markup.Lines(nodes...))
}

// heading renders a heading. Levels follow each other without a gap whatever the source says.
func (r *renderer) heading(n *html.Node) markup.Node {
	inlines := r.inlines(n, false)
	text := strings.Join(strings.Fields(markup.PlainText(inlines)), " ")
	if text == "" || len(r.doc.Paragraphs) == 0 && text == strings.Join(strings.Fields(r.opts.Title), " ") {
		return nil
	}
	r.keep(inlines)
	r.level = min(2+headingLevel(n)-r.top, r.level+1, 6)
	return markup.El("h"+strconv.Itoa(r.level), r.lang(n), inlines)
}

// table renders a table, in a box of its own that can be scrolled.
func (r *renderer) table(n *html.Node, id markup.Part) markup.Node {
	var caption markup.Node
	var head, body []markup.Node
	for d := range n.Descendants() {
		if d.Type != html.ElementNode || ancestor(d, atom.Table) != n {
			continue
		}
		switch d.DataAtom {
		case atom.Caption:
			caption = r.cell("caption", d)
		case atom.Tr:
			row := r.row(d)
			if d.Parent.DataAtom == atom.Thead {
				head = append(head, row)
			} else {
				body = append(body, row)
			}
		}
	}
	if head == nil && body == nil {
		return nil
	}
	return markup.El("div", markup.A("class", "wide"), markup.A("tabindex", "0"), id, markup.El(
		"table", r.lang(n), markup.If(caption != nil, caption),
		markup.If(head != nil, markup.El("thead", markup.Lines(head...))), markup.If(body != nil, markup.El("tbody", markup.Lines(body...))),
	))
}

func (r *renderer) row(n *html.Node) markup.Node {
	var cells []markup.Node
	for c := range n.ChildNodes() {
		if c.DataAtom != atom.Td && c.DataAtom != atom.Th {
			continue
		}
		span := func(name string) markup.Part {
			v := attr(c, name)
			return markup.If(isNumber(v) && len(v) < 4 && v != "0", markup.A(name, v))
		}
		scope := attr(c, "scope")
		cells = append(cells, r.cell(c.Data, c, span("colspan"), span("rowspan"), markup.If(
			c.DataAtom == atom.Th && (scope == "row" || scope == "col"), markup.A("scope", scope),
		)))
	}
	return markup.El("tr", markup.Frag(cells...))
}

// ancestor returns the nearest element of that kind above n.
func ancestor(n *html.Node, kind atom.Atom) *html.Node {
	for p := n.Parent; p != nil; p = p.Parent {
		if p.DataAtom == kind {
			return p
		}
	}
	return nil
}

// player renders sound or video that lies with the capture.
func (r *renderer) player(name string, n *html.Node, id markup.Part) markup.Node {
	file := attr(n, "src")
	for c := range n.ChildNodes() {
		if file == "" && c.DataAtom == atom.Source {
			file = attr(c, "src")
		}
	}
	if file == "" {
		return nil
	}
	src := r.opts.File(file)
	if src == "" {
		return nil
	}
	label := attr(n, "aria-label")
	if label == "" {
		label = attr(n, "title")
	}
	if label == "" {
		label = r.opts.Title
	}
	return markup.El("figure", id, markup.El(
		name, markup.Flag("controls"), markup.A("preload", "metadata"), markup.If(name == "video", markup.Flag("playsinline")),
		markup.A("aria-label", label), markup.A("src", src),
	))
}

// holds reports whether there is an element of that kind in n, or n is one.
func holds(n *html.Node, kind atom.Atom) bool { return n.DataAtom == kind || find(n, kind) != nil }

// textOf returns the text in n as it stands.
func textOf(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

func isNumber(s string) bool { return s != "" && len(s) < 10 && strings.Trim(s, "0123456789") == "" }
