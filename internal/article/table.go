package article

import (
	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samizdat/internal/markup"
)

// table renders a table, in a box of its own that can be scrolled. Parsers leave nothing in a table but captions and
// groups of rows, and in these nothing but rows of cells (HTML, §13.2.6.4.9 and following).
func (r *renderer) table(n *html.Node, in *around, id, lang markup.Part) markup.Node {
	kept, pictures := len(r.doc.Paragraphs), r.pictures
	before, caption := r.captions(n, in)
	var groups []markup.Node
	for _, kind := range []atom.Atom{atom.Thead, atom.Tbody, atom.Tfoot} {
		var rows []markup.Node
		for c := range n.ChildNodes() {
			if isShown(c) && c.DataAtom == kind {
				rows = append(rows, r.rows(c, in.wrapper(c))...)
			}
		}
		switch {
		case rows == nil:
		case kind == atom.Thead:
			groups = append(groups, markup.El("thead", markup.Lines(rows...)))
		default:
			groups = append(groups, markup.El("tbody", markup.Lines(rows...)))
		}
	}
	if len(r.doc.Paragraphs) == kept && r.pictures == pictures {
		return nil
	}
	var table markup.Node
	if len(groups) > 0 {
		table = markup.El("table", lang, caption, markup.Frag(groups...))
	} else if caption != nil {
		table = markup.El("p", lang, caption)
	}
	return markup.El("div", markup.A("class", "wide"), markup.A("tabindex", "0"), id, markup.Frag(before...), table)
}

// captions renders all captions of a table as one. Blocks in it, of which some may not stand in a caption, come before
// the table.
func (r *renderer) captions(n *html.Node, in *around) (before []markup.Node, caption markup.Node) {
	var units []unit
	blocks := facts(0)
	for c := range n.ChildNodes() {
		if isShown(c) && c.DataAtom == atom.Caption {
			blocks |= r.holds[c] & solid
			units = append(units, r.units(c, in.wrapper(c))...)
		}
	}
	inner := r.content(units)
	switch {
	case inner == nil:
		return nil, nil
	case blocks != 0:
		return []markup.Node{markup.El("div", spoken(in.lang, in.dir), inner)}, nil
	}
	return nil, markup.El("caption", inner)
}

// rows renders the rows of a group. One without cells would be no row.
func (r *renderer) rows(group *html.Node, in *around) []markup.Node {
	var rows []markup.Node
	for tr := range group.ChildNodes() {
		if !isShown(tr) || tr.DataAtom != atom.Tr {
			continue
		}
		in := in.wrapper(tr)
		var cells []markup.Node
		for c := range tr.ChildNodes() {
			if !isShown(c) || c.DataAtom != atom.Td && c.DataAtom != atom.Th {
				continue
			}
			var scope markup.Part
			if c.DataAtom == atom.Th {
				scope = oneOf(c, "scope", "row", "col", "rowgroup", "colgroup")
			}
			cells = append(cells, r.cell(c.Data, c, in.inside(), number(c, "colspan", 1, 1000), number(c, "rowspan", 1, 1000), scope))
		}
		if cells != nil {
			rows = append(rows, markup.El("tr", spoken(in.lang, in.dir), markup.Frag(cells...)))
		}
	}
	return rows
}
