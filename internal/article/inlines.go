package article

import (
	"strings"
	"unicode"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samizdat/internal/markup"
	"samizdat/internal/messages"
)

// inlineNames are the elements in a line that are kept as they are.
var inlineNames = map[atom.Atom]string{
	atom.Em: "em", atom.I: "i", atom.Strong: "strong", atom.B: "b", atom.Code: "code", atom.Kbd: "kbd", atom.Q: "q", atom.Cite: "cite",
	atom.Sub: "sub", atom.Sup: "sup", atom.Del: "del", atom.S: "del", atom.Strike: "del", atom.Mark: "mark", atom.Small: "small",
	atom.Bdi: "bdi", atom.Samp: "code", atom.Tt: "code",
}

// inlines renders what stands in the lines of n; with self, n itself too.
func (r *renderer) inlines(n *html.Node, self bool) markup.Node {
	if self {
		return r.inline(n)
	}
	var nodes []markup.Node
	for c := range n.ChildNodes() {
		nodes = append(nodes, r.inline(c))
	}
	return markup.Frag(nodes...)
}

func (r *renderer) inline(n *html.Node) markup.Node {
	switch n.Type {
	case html.TextNode:
		return markup.Text(collapsed(n.Data))
	case html.ElementNode:
	default:
		return nil
	}
	if n.Namespace != "" {
		return nil
	}
	switch n.DataAtom {
	case atom.Script, atom.Style, atom.Template, atom.Noscript, atom.Iframe, atom.Object, atom.Title, atom.Textarea, atom.Select:
		return nil // what they hold is no text
	case atom.Br:
		return markup.El("br")
	case atom.Wbr:
		return markup.El("wbr")
	case atom.Img:
		return r.image(n)
	case atom.A:
		return r.link(n)
	case atom.Time:
		return markup.El("time", markup.If(attr(n, "datetime") != "", markup.A("datetime", attr(n, "datetime"))), r.inlines(n, false))
	}
	if name := inlineNames[n.DataAtom]; name != "" {
		return markup.El(name, r.lang(n), r.inlines(n, false))
	}
	if lang := r.lang(n); lang != nil {
		return markup.El("span", lang, r.inlines(n, false))
	}
	return r.inlines(n, false)
}

// image renders a picture that lies with the capture.
func (r *renderer) image(n *html.Node) markup.Node {
	src := attr(n, "src")
	if src == "" {
		return nil
	}
	ref := r.opts.File(src)
	if ref == "" {
		return nil
	}
	size := func(name string) markup.Part {
		return markup.If(isNumber(attr(n, name)) && attr(n, name) != "0", markup.A(name, attr(n, name)))
	}
	return markup.El("img", markup.A("src", ref), markup.A("alt", collapsed(attr(n, "alt"))), size("width"), size("height"))
}

// link renders a link to the web as one to its place among the addresses; other links leave their words.
func (r *renderer) link(n *html.Node) markup.Node {
	inlines := r.inlines(n, false)
	href := strings.TrimSpace(attr(n, "href"))
	if !strings.HasPrefix(href, "http:") && !strings.HasPrefix(href, "https:") {
		return inlines
	}
	if to := r.opts.Link(href); markup.IsLocal(to) && strings.TrimSpace(markup.PlainText(inlines)) != "" {
		return markup.El("a", markup.A("href", to), inlines)
	}
	return inlines
}

// lang is the lang and dir of n, if it says a language.
func (r *renderer) lang(n *html.Node) markup.Part {
	lang := attr(n, "lang")
	if n.Type != html.ElementNode || lang == "" || len(lang) > 35 ||
		strings.Trim(lang, "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-") != "" {
		return nil
	}
	return markup.Group(markup.A("lang", lang), markup.A("dir", messages.Direction(lang)))
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
