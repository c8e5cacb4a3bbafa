package article

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samizdat/internal/markup"
)

// numbered renders a unit that stands in the text itself, with its number.
func (r *renderer) numbered(u unit) markup.Node {
	if u.block != nil && (headingLevel(u.block) > 0 || u.block.DataAtom == atom.Hr) {
		return r.unit(u, nil)
	}
	before := r.number
	node := r.unit(u, r.id())
	if node == nil {
		r.number = before
	}
	return node
}

// unit renders a unit; id, which may be nil, goes to its element. It is nil if nothing is left of it.
func (r *renderer) unit(u unit, id markup.Part) markup.Node {
	if u.block != nil {
		return r.block(u.block, u.in, id)
	}
	lang, words := r.line(u.line)
	switch {
	case words == nil:
		return nil
	case u.line[0].in.code:
		return code(id, lang, words)
	}
	return markup.El("p", id, lang, words)
}

// code returns a box of code, which can be scrolled.
func code(id, lang markup.Part, words markup.Node) markup.Node {
	return markup.El("pre", id, lang, markup.A("tabindex", "0"), markup.El("code", words))
}

// lineOf returns the children of n, which holds no blocks, as a line.
func lineOf(n *html.Node, in *around) []piece {
	var line []piece
	for c := range n.ChildNodes() {
		line = append(line, piece{c, in})
	}
	return line
}

// block renders a block, as [renderer.unit] does.
func (r *renderer) block(n *html.Node, in *around, id markup.Part) markup.Node {
	if headingLevel(n) > 0 {
		return r.heading(n, in, false)
	}
	in = in.wrapper(n)
	lang := spoken(in.lang, in.dir)
	inner := in.inside()
	switch name := solids[n.DataAtom]; name {
	case "hr":
		return markup.El("hr")
	case "pre":
		trimLines(n)
		inner.code = true
		_, words := r.line(lineOf(n, inner))
		if words == nil {
			return nil
		}
		return code(id, lang, words)
	case "ul", "ol":
		return r.listOf(name, n, inner, id, lang)
	case "dl":
		return r.terms(n, inner, id, lang)
	case "blockquote":
		var nodes []markup.Node
		for _, u := range r.units(n, inner) {
			nodes = append(nodes, r.unit(u, nil))
		}
		return element(name, nodes, id, lang)
	case "figure":
		return r.figure(n, inner, id, lang)
	case "table":
		return r.table(n, inner, id, lang)
	case "video", "audio":
		return markup.El("figure", id, r.player(name, n, lang))
	}
	_, words := r.line(lineOf(n, inner))
	if words == nil {
		return nil
	}
	return markup.El("p", id, lang, words)
}

// element returns the element called name that holds nodes, in lines; nil if all of them are.
func element(name string, nodes []markup.Node, parts ...markup.Part) markup.Node {
	nodes = slices.DeleteFunc(nodes, func(n markup.Node) bool { return n == nil })
	if len(nodes) == 0 {
		return nil
	}
	return markup.El(name, markup.Group(parts...), markup.Text("\n"), markup.Lines(nodes...))
}

// listOf renders a list. What stands in it and is no item becomes one.
func (r *renderer) listOf(name string, n *html.Node, in *around, id, lang markup.Part) markup.Node {
	var items []markup.Node
	units := r.units(n, in, atom.Li)
	for len(units) > 0 {
		if li := units[0].block; li != nil && li.DataAtom == atom.Li {
			items = append(items, r.cell("li", li, units[0].in, number(li, "value", 0, 999_999)))
			units = units[1:]
			continue
		}
		end := slices.IndexFunc(units, func(u unit) bool { return u.block != nil && u.block.DataAtom == atom.Li })
		if end < 0 {
			end = len(units)
		}
		if inner := r.content(units[:end]); inner != nil {
			items = append(items, markup.El("li", inner))
		}
		units = units[end:]
	}
	if name == "ol" {
		lang = markup.Group(number(n, "start", 0, 999_999), oneOf(n, "type", "1", "a", "A", "i", "I"), lang)
	}
	return element(name, items, id, lang)
}

// terms renders a list of terms that is one, by isPaired.
func (r *renderer) terms(n *html.Node, in *around, id, lang markup.Part) markup.Node {
	var nodes []markup.Node
	for _, u := range r.units(n, in, atom.Dt, atom.Dd) {
		nodes = append(nodes, r.cell(u.block.Data, u.block, u.in))
	}
	return element("dl", nodes, id, lang)
}

// figure renders a figure. All captions become one, which stands first or last (HTML, §4.4.12).
func (r *renderer) figure(n *html.Node, in *around, id, lang markup.Part) markup.Node {
	var shown, said []unit
	first := false
	for _, u := range r.units(n, in, atom.Figcaption) {
		if u.block == nil || u.block.DataAtom != atom.Figcaption {
			shown = append(shown, u)
			continue
		}
		first = first || len(shown) == 0
		said = append(said, r.units(u.block, u.in.wrapper(u.block))...)
	}
	var nodes []markup.Node
	caption := func() {
		if inner := r.content(said); inner != nil {
			nodes = append(nodes, markup.El("figcaption", inner))
		}
	}
	if first {
		caption()
	}
	for _, u := range shown {
		nodes = append(nodes, r.inFigure(u))
	}
	if !first {
		caption()
	}
	return element("figure", nodes, id, lang)
}

// inFigure renders what a figure shows: pictures and players need no element of their own around them.
func (r *renderer) inFigure(u unit) markup.Node {
	if u.block != nil {
		name := solids[u.block.DataAtom]
		if name == "video" || name == "audio" {
			in := u.in.wrapper(u.block)
			return r.player(name, u.block, spoken(in.lang, in.dir))
		}
		return r.unit(u, nil)
	}
	kept := len(r.doc.Paragraphs)
	lang, words := r.line(u.line)
	if words == nil || len(r.doc.Paragraphs) == kept && lang == nil {
		return words
	}
	return markup.El("p", lang, words)
}

// cell renders an element that holds either words or blocks: an item, a term, a caption, a cell of a table.
func (r *renderer) cell(name string, n *html.Node, in *around, more ...markup.Part) markup.Node {
	in = in.wrapper(n)
	return markup.El(name, markup.Group(more...), spoken(in.lang, in.dir), r.content(r.units(n, in.inside())))
}

// content returns what stands in a cell; nil if nothing is to be seen of it. A line that no other stands beside is no
// paragraph. A heading is a paragraph there: it would break the outline.
func (r *renderer) content(units []unit) markup.Node {
	lines := 0
	for _, u := range units {
		if u.block == nil || u.block.DataAtom == atom.P || headingLevel(u.block) > 0 {
			lines++
		}
	}
	var nodes []markup.Node
	for _, u := range units {
		var node markup.Node
		switch {
		case u.block == nil && lines == 1 && !u.line[0].in.code:
			lang, words := r.line(u.line)
			if node = words; lang != nil && words != nil {
				node = markup.El("span", lang, words)
			}
		case u.block != nil && headingLevel(u.block) > 0:
			node = r.heading(u.block, u.in, true)
		default:
			node = r.unit(u, nil)
		}
		if node != nil {
			nodes = append(nodes, node)
		}
	}
	switch len(nodes) {
	case 0:
		return nil
	case 1:
		return nodes[0]
	}
	return markup.Lines(nodes...)
}

// heading renders a heading, its paragraphs as lines of one; blocks in it follow it. Levels follow each other without a
// gap whatever the source says. In a cell it is a paragraph.
func (r *renderer) heading(n *html.Node, in *around, inCell bool) markup.Node {
	in = in.wrapper(n)
	lang, inner := spoken(in.lang, in.dir), in.inside()
	var lines, rest []markup.Node
	var blocks []unit
	kept, pictures := len(r.doc.Paragraphs), r.pictures
	for _, u := range r.units(n, inner) {
		if u.block != nil && u.block.DataAtom == atom.P {
			u = unit{line: lineOf(u.block, u.in.wrapper(u.block))}
		}
		if u.block != nil {
			blocks = append(blocks, u)
			continue
		}
		lang, words := r.line(u.line)
		if words == nil {
			continue
		}
		if lang != nil {
			words = markup.El("span", lang, words)
		}
		if len(lines) > 0 {
			lines = append(lines, markup.El("br"))
		}
		lines = append(lines, words)
	}
	words := markup.Frag(lines...)
	text := strings.Join(strings.Fields(markup.PlainText(words)), " ")
	r.doc.Paragraphs = r.doc.Paragraphs[:kept]
	switch {
	case text == "" && r.pictures == pictures:
	case kept == 0 && !inCell && r.pictures == pictures && text == strings.Join(strings.Fields(r.opts.Title), " "):
	case inCell:
		r.keep(words)
		rest = append(rest, markup.El("p", lang, markup.El("strong", words)))
	case text == "":
		rest = append(rest, markup.El("p", lang, words))
	default:
		r.keep(words)
		r.level = min(2+headingLevel(n)-r.top, r.level+1, 6)
		rest = append(rest, markup.El("h"+strconv.Itoa(r.level), lang, words))
	}
	for _, u := range blocks {
		if node := r.unit(u, nil); node != nil {
			rest = append(rest, node)
		}
	}
	switch len(rest) {
	case 0:
		return nil
	case 1:
		return rest[0]
	}
	return markup.Lines(rest...)
}

// trimLines takes the line feeds at both ends of a box of code away.
func trimLines(n *html.Node) {
	var texts []*html.Node
	for d := range n.Descendants() {
		if d.Type == html.TextNode && d.Data != "" {
			texts = append(texts, d)
		}
	}
	if len(texts) > 0 {
		texts[0].Data = strings.TrimLeft(texts[0].Data, "\n")
		last := texts[len(texts)-1]
		last.Data = strings.TrimRight(last.Data, "\n")
	}
}
