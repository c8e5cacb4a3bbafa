package snapshot

import (
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samizdat/internal/webpage"
)

// Fields cannot be filled in here, but what they say is part of the page.

const (
	boxed  = "display: inline-block; border: 1px solid; padding: 0.1em 0.3em; max-width: 100%"
	choice = boxed + "; max-height: 8em; overflow: auto; vertical-align: top"
)

// field turns a field of a form into its words, and reports whether it has any.
func (w *walker) field(n *html.Node) bool {
	style, text := boxed, ""
	switch n.Data {
	case "option", "optgroup": // the choices of a field, one below the other
		rename(n, "span")
		if label := webpage.Attr(n, "label"); label != "" && (n.FirstChild == nil || n.Type == html.ElementNode && holdsOptions(n)) {
			n.InsertBefore(&html.Node{Type: html.TextNode, Data: label}, n.FirstChild)
		}
		style = "display: block"
		if has(n, "selected") {
			style += "; font-weight: bold"
		}
		setStyle(n, style)
		return strings.TrimSpace(webpage.Words(n)) != ""
	case "select":
		if strings.TrimSpace(webpage.Words(n)) == "" {
			return false
		}
		rename(n, "span")
		setStyle(n, choice)
		return true
	case "textarea":
		text = webpage.Words(n)
		if strings.TrimSpace(text) == "" {
			text = webpage.Attr(n, "placeholder")
		}
		style += "; white-space: pre-wrap"
	default:
		switch kind := strings.ToLower(strings.TrimSpace(webpage.Attr(n, "type"))); {
		case kind == "image": // a button
			n.Data, n.DataAtom = "img", atom.Img
			return true
		case slices.Contains([]string{"submit", "reset", "button"}, kind):
			text = webpage.Attr(n, "value")
		case slices.Contains([]string{"hidden", "password", "checkbox", "radio", "file", "range", "color"}, kind):
		default:
			if text = webpage.Attr(n, "value"); strings.TrimSpace(text) == "" {
				text = webpage.Attr(n, "placeholder")
			}
		}
	}
	if strings.TrimSpace(text) == "" {
		return false
	}
	rename(n, "span")
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	setStyle(n, style)
	return true
}

func holdsOptions(n *html.Node) bool {
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode {
			return true
		}
	}
	return false
}

// plugged turns what another program shows in a page, and reports whether something of it stays: a picture, or what stands there for
// browsers that have no such program.
func (w *walker) plugged(n *html.Node) bool {
	ref := either(webpage.Attr(n, "data"), webpage.Attr(n, "src"))
	kind := strings.ToLower(strings.TrimSpace(webpage.Attr(n, "type")))
	address := pictured(w.base, ref)
	path, _, _ := strings.Cut(address, "?")
	switch {
	case strings.HasPrefix(kind, "image/"), IsVector(address), kind == "" && strings.HasSuffix(strings.ToLower(path), ".svg"):
		n.Data, n.DataAtom = "img", atom.Img
		n.Attr = append(slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "src" || a.Key == "data" }), html.Attribute{Key: "src", Val: ref})
		for n.FirstChild != nil { // which is for browsers that do not show the picture
			n.RemoveChild(n.FirstChild)
		}
		return true
	case absolute(w.base, ref) != "":
		w.lose(absolute(w.base, ref), "what another program shows in the page (<"+n.Data+">)")
	}
	if n.FirstChild == nil {
		return false
	}
	rename(n, "div")
	return true
}
