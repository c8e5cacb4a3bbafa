package article

import (
	"slices"
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samizdat/internal/markup"
	"samizdat/internal/webpage"
)

// inlineNames are the elements in a line that are kept as they are.
var inlineNames = map[atom.Atom]string{
	atom.Em: "em", atom.I: "i", atom.Strong: "strong", atom.B: "b", atom.Code: "code", atom.Kbd: "kbd", atom.Q: "q", atom.Cite: "cite",
	atom.Sub: "sub", atom.Sup: "sup", atom.Del: "del", atom.S: "del", atom.Strike: "del", atom.Mark: "mark", atom.Small: "small",
	atom.Bdi: "bdi", atom.Samp: "code", atom.Tt: "code",
}

// line renders the words of a line, and the language that all of them are in; words is nil if nothing of it is to be
// seen. The text is kept as a paragraph.
func (r *renderer) line(pieces []piece) (lang markup.Part, words markup.Node) {
	before, one := r.pictures, true
	for _, p := range pieces {
		one = one && p.in.lang == pieces[0].in.lang && p.in.dir == pieces[0].in.dir
	}
	var nodes []markup.Node
	for i := 0; i < len(pieces); {
		in, next := pieces[i].in, i
		var run []markup.Node
		for ; next < len(pieces) && pieces[next].in == in; next++ {
			run = append(run, r.edge(pieces[next].node, next == 0, next == len(pieces)-1, in))
		}
		node := r.marked(markup.Frag(run...), in)
		if said := spoken(in.lang, in.dir); said != nil && !one {
			node = markup.El("span", said, node)
		}
		nodes, i = append(nodes, node), next
	}
	words = markup.Frag(nodes...)
	if !r.keep(words) && r.pictures == before {
		return nil, nil
	}
	if one && len(pieces) > 0 {
		lang = spoken(pieces[0].in.lang, pieces[0].in.dir)
	}
	return lang, words
}

// edge renders one node of a line. White space at the ends of the line goes.
func (r *renderer) edge(n *html.Node, first, last bool, in *around) markup.Node {
	if n.Type == html.TextNode && !in.code && (first || last) {
		s := collapsed(n.Data)
		if first {
			s = strings.TrimPrefix(s, " ")
		}
		if last {
			s = strings.TrimSuffix(s, " ")
		}
		return markup.Text(s)
	}
	spaces, linked := r.spaces, r.linked
	r.spaces, r.linked = in.code, in.link != nil
	node := r.inline(n)
	r.spaces, r.linked = spaces, linked
	return node
}

// marked puts node, words of a line, into the elements that were opened around it.
func (r *renderer) marked(node markup.Node, in *around) markup.Node {
	if strings.TrimSpace(markup.PlainText(node)) == "" {
		return node
	}
	for _, mark := range slices.Backward(in.marks) {
		node = markup.El(mark, node)
	}
	if in.link != nil {
		return r.linkTo(in.link, node)
	}
	return node
}

// inlines renders what stands in the lines of n.
func (r *renderer) inlines(n *html.Node) markup.Node {
	var nodes []markup.Node
	for c := range n.ChildNodes() {
		nodes = append(nodes, r.inline(c))
	}
	return markup.Frag(nodes...)
}

func (r *renderer) inline(n *html.Node) markup.Node {
	if n.Type == html.TextNode {
		if r.spaces {
			return markup.Text(n.Data)
		}
		return markup.Text(collapsed(n.Data))
	}
	if !isShown(n) {
		return nil
	}
	switch n.DataAtom {
	case atom.Br:
		return markup.El("br")
	case atom.Wbr:
		return markup.El("wbr")
	case atom.Img:
		return r.image(n)
	case atom.A:
		if r.linked {
			break
		}
		r.linked = true
		node := r.linkTo(n, r.inlines(n))
		r.linked = false
		return node
	case atom.Time:
		if isTime(webpage.Attr(n, "datetime")) {
			return markup.El("time", markup.A("datetime", webpage.Attr(n, "datetime")), r.lang(n), r.inlines(n))
		}
	}
	if name := inlineNames[n.DataAtom]; name != "" && !(r.spaces && name == "code") {
		return markup.El(name, r.lang(n), r.inlines(n))
	}
	node := r.inlines(n)
	if lang := r.lang(n); lang != nil {
		node = markup.El("span", lang, node)
	}
	if wrappers[n.DataAtom] || n.DataAtom == atom.P { // a line of code
		return markup.Frag(newline(n.PrevSibling), node, newline(n.NextSibling))
	}
	return node
}

// newline returns the end of a line of code if something comes before or after it.
func newline(beside *html.Node) markup.Node {
	if beside == nil {
		return nil
	}
	return markup.Text("\n")
}

// image renders a picture that lies with the capture. One that is not there leaves what is said of it.
func (r *renderer) image(n *html.Node) markup.Node {
	ref, alt := r.file(webpage.Attr(n, "src")), collapsed(webpage.Attr(n, "alt"))
	if ref == "" {
		return markup.Text(alt)
	}
	r.pictures++
	return markup.El("img", markup.A("src", ref), markup.A("alt", alt), number(n, "width", 1, 99_999), number(n, "height", 1, 99_999))
}

// linkTo renders n, a link to the web, as one to its place among the addresses; other links leave their words.
func (r *renderer) linkTo(n *html.Node, words markup.Node) markup.Node {
	href := strings.TrimSpace(webpage.Attr(n, "href"))
	if strings.HasPrefix(href, "http:") || strings.HasPrefix(href, "https:") {
		if to := r.opts.Link(href); markup.IsLocal(to) && strings.TrimSpace(markup.PlainText(words)) != "" {
			return markup.El("a", markup.A("href", to), r.lang(n), words)
		}
	}
	if lang := r.lang(n); lang != nil {
		return markup.El("span", lang, words)
	}
	return words
}

// collapsed makes white space single, as it is shown; a text node keeps one at its ends. Only the white space of HTML
// counts, so that spaces that do not break stay.
func collapsed(s string) string {
	var b strings.Builder
	space := false
	for _, c := range s {
		if c < 0x80 && unicode.IsSpace(c) {
			space = true
			continue
		}
		if space {
			b.WriteByte(' ')
			space = false
		}
		b.WriteRune(c)
	}
	if space {
		b.WriteByte(' ')
	}
	return b.String()
}
