package snapshot

import (
	"slices"
	"strconv"
	"strings"

	"golang.org/x/net/html"

	"samizdat/internal/inert"
	"samizdat/internal/scrub"
	"samizdat/internal/webpage"
)

// drawing turns an <svg>, in a page or as a file: its parts are kept by the closed lists of package inert.
type drawing struct {
	w    *walker
	file bool                                       // else it stands in a page
	took func(kind scrub.Kind, where, value string) // is told what is left out; may be nil
	data func(ref string) string                    // returns what stands in the place of a picture that is held in the drawing; may be nil
	css  []*html.Node                               // styles, which stand before a drawing in a page
}

const (
	svg        = "svg" // as the parser of HTML calls its namespace
	mostParts  = 20000 // elements that <use> may make of a drawing; more would keep a browser busy
	deepestUse = 16    // of each other
)

// inline turns a drawing in a page, and returns the node to go on with.
func (w *walker) inline(n *html.Node) (next *html.Node) {
	next = n.NextSibling
	d := &drawing{w: w, took: func(kind scrub.Kind, _, value string) {
		if abs := absolute(w.base, value); kind == scrub.Link && abs != "" {
			w.lose(abs, "a part of a drawing (SVG) that lies in another file")
		}
	}}
	d.element(n)
	d.uses(n)
	for _, style := range d.css {
		n.Parent.InsertBefore(style, n)
		w.element(style)
	}
	return next
}

// element turns one element with all that is in it, and reports whether it stays.
func (d *drawing) element(n *html.Node) bool {
	switch name := n.Data; {
	case n.Namespace == svg && name == "a", n.Namespace == svg && name == "view":
		n.Data, n.DataAtom = "g", 0
	case n.Namespace == svg && name == "foreignObject":
		return d.words(n)
	case n.Namespace == svg && name == "style":
		return d.style(n)
	case n.Namespace == svg && name == "title":
		return d.title(n)
	case n.Namespace == svg && name == "desc":
		d.take(scrub.Comment, name, webpage.Words(n))
		return false
	case n.Namespace == svg && name == "metadata":
		d.metadata(n)
		return false
	case n.Namespace == svg && (name == "script" || name == "handler" || name == "listener"):
		d.take(scrub.Script, name, "")
		return false
	case n.Namespace != svg || !inert.Vector(name):
		d.take(scrub.Other, name, "")
		return false
	case inert.Animation(name) && !inert.Animates(strings.TrimSpace(webpage.Attr(n, "attributeName"))) && name != "animateMotion":
		d.take(scrub.Script, name+" "+webpage.Attr(n, "attributeName"), "")
		return false
	}
	d.attributes(n)
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch c.Type {
		case html.TextNode:
		case html.ElementNode:
			if !d.element(c) {
				n.RemoveChild(c)
			}
		default:
			n.RemoveChild(c)
			if c.Type == html.CommentNode && d.file {
				d.take(commentKind(c.Data), "comment", strings.TrimSpace(c.Data))
			}
		}
		c = next
	}
	return true
}

func (d *drawing) take(kind scrub.Kind, where, value string) {
	if d.took != nil {
		d.took(kind, where, value)
	}
}

// commentKind tells a program's remark about itself from words.
func commentKind(text string) scrub.Kind {
	lower := strings.ToLower(text)
	for _, begin := range []string{"generator", "created with", "created using", "made with", "exported"} {
		if strings.Contains(lower, begin) {
			return scrub.Software
		}
	}
	return scrub.Comment
}

// attributes keeps what describes.
func (d *drawing) attributes(n *html.Node) {
	var keep []html.Attribute
	add := func(a html.Attribute) {
		if !slices.ContainsFunc(keep, func(k html.Attribute) bool { return k.Namespace == a.Namespace && k.Key == a.Key }) {
			keep = append(keep, a)
		}
	}
	for _, a := range n.Attr {
		name := a.Key
		if a.Namespace != "" {
			name = a.Namespace + ":" + a.Key
		}
		switch {
		case name == "href" || name == "xlink:href":
			if ref := d.reference(n, strings.TrimSpace(a.Val)); ref != "" {
				a.Val = ref
				add(a)
			}
		case name == "style":
			if a.Val = d.rules(a.Val, declarations); strings.TrimSpace(a.Val) != "" {
				add(a)
			}
		case strings.HasPrefix(name, "xmlns"):
			if !d.file && (name == "xmlns" || name == "xmlns:xlink") {
				add(a)
			}
		case inert.VectorAttribute(name):
			if strings.ContainsAny(a.Val, `(\`) {
				a.Val = d.rules(a.Val, declarations)
			}
			add(a)
		case strings.HasPrefix(name, "aria-") && a.Namespace == "" && strings.Trim(name, "abcdefghijklmnopqrstuvwxyz-") == "":
			add(a)
		case strings.HasPrefix(strings.ToLower(name), "on"):
			d.take(scrub.Script, name, "")
		default:
			d.take(attributeKind(name), name, a.Val)
		}
	}
	n.Attr = keep
}

// attributeKind tells what an attribute says that is not needed to show the drawing.
func attributeKind(name string) scrub.Kind {
	prefix, local, _ := strings.Cut(name, ":")
	switch {
	case strings.Contains(local, "filename"), strings.Contains(local, "docname"), strings.Contains(local, "docbase"), strings.Contains(local, "absref"):
		return scrub.History
	case prefix == "inkscape" || prefix == "sodipodi":
		return scrub.Software
	}
	return scrub.Other
}

// reference returns what an href may say; empty if nothing.
func (d *drawing) reference(n *html.Node, ref string) string {
	switch {
	case n.Data == "image" && inert.IsPicture(ref):
		if d.data != nil {
			return d.data(ref)
		}
		return ref
	case n.Data == "image" && !d.file:
		if name := d.w.one(Picture, ref); name != "" {
			return name
		}
	case inert.VectorLink(n.Data) && strings.HasPrefix(ref, "#"):
		return ref
	}
	if ref != "" && ref[0] != '#' && (d.file || n.Data != "image") {
		d.take(scrub.Link, "href", ref)
	}
	return ""
}

// rules rewrites CSS.
func (d *drawing) rules(text string, r role) string {
	s := &sheet{o: d.w.o, base: d.w.base, refs: d.w.refs, budget: d.w.budget, data: d.data, lose: func(ref string) { d.take(scrub.Link, "url()", ref) }}
	return s.rewrite([]byte(text), r, 0)
}

// style rewrites the rules inside of a drawing. In a page they stand before it, as a parser of HTML reads them in another way there.
func (d *drawing) style(n *html.Node) bool {
	if kind := strings.ToLower(strings.TrimSpace(webpage.Attr(n, "type"))); kind != "" && kind != "text/css" {
		return false
	}
	text, media := webpage.Words(n), webpage.Attr(n, "media")
	style := element("style")
	if media != "" {
		style.Attr = []html.Attribute{{Key: "media", Val: media}}
	}
	if !d.file {
		style.AppendChild(&html.Node{Type: html.TextNode, Data: text})
		d.css = append(d.css, style)
		return false
	}
	text = d.rules(text, rules)
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	n.Attr = style.Attr
	n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	return strings.TrimSpace(text) != ""
}

// title keeps what a drawing is called: in a page, where a parser may take it for the page's, as the label of its parent.
func (d *drawing) title(n *html.Node) bool {
	text := strings.Join(strings.Fields(webpage.Words(n)), " ")
	if d.file {
		for n.FirstChild != nil {
			n.RemoveChild(n.FirstChild)
		}
		n.Attr = nil
		n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
		return text != ""
	}
	if p := n.Parent; text != "" && webpage.Attr(p, "aria-label") == "" {
		p.Attr = append(p.Attr, html.Attribute{Key: "aria-label", Val: text})
	}
	return false
}

// words keeps the words of HTML inside of a drawing, in which diagrams have their labels.
func (d *drawing) words(n *html.Node) bool {
	if slices.ContainsFunc(slices.Collect(n.Descendants()), func(c *html.Node) bool { return c.Type == html.ElementNode && c.Data == "script" }) {
		d.take(scrub.Script, "script", "")
	}
	text := strings.Join(strings.Fields(webpage.Words(n)), " ")
	if text == "" {
		return false
	}
	place := map[string]float64{}
	for _, key := range []string{"x", "y", "width", "height"} {
		place[key], _ = strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(webpage.Attr(n, key)), "px"), 64)
	}
	number := func(f float64) string { return strconv.FormatFloat(f, 'f', -1, 64) }
	n.Data, n.DataAtom = "text", 0
	n.Attr = append(slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
		return !slices.Contains([]string{"transform", "class", "id"}, a.Key) || a.Namespace != ""
	}), html.Attribute{Key: "x", Val: number(place["x"] + place["width"]/2)}, html.Attribute{Key: "y", Val: number(place["y"] + place["height"]/2)},
		html.Attribute{Key: "text-anchor", Val: "middle"}, html.Attribute{Key: "dominant-baseline", Val: "central"})
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	d.attributes(n)
	return true
}

// metadata tells what <metadata> says of people (Dublin Core, mostly).
func (d *drawing) metadata(n *html.Node) {
	kinds := map[string]scrub.Kind{
		"creator": scrub.Author, "publisher": scrub.Author, "contributor": scrub.Author, "rights": scrub.Author, "date": scrub.Date,
		"title": scrub.Comment, "description": scrub.Comment, "subject": scrub.Comment, "creatortool": scrub.Software, "source": scrub.History,
	}
	found := false
	for c := range n.Descendants() {
		if kind := kinds[strings.ToLower(c.Data)]; c.Type == html.ElementNode && kind != "" {
			if text := strings.TrimSpace(webpage.Words(c)); text != "" {
				d.take(kind, "metadata "+c.Data, text)
				found = true
			}
		}
	}
	if !found {
		d.take(scrub.Other, "metadata", "")
	}
}

// uses takes out every <use> if together they would show more than mostParts elements, as drawings do that are made to.
func (d *drawing) uses(root *html.Node) {
	byID := map[string]*html.Node{}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		if id := webpage.Attr(n, "id"); id != "" && byID[id] == nil {
			byID[id] = n
		}
		if n.Data == "use" {
			all = append(all, n)
		}
	}
	if len(all) == 0 {
		return
	}
	sizes := map[*html.Node]int{}
	var size func(n *html.Node, depth int) int
	size = func(n *html.Node, depth int) int {
		if s, known := sizes[n]; known {
			return s
		}
		if depth > deepestUse {
			return mostParts + 1
		}
		sizes[n] = 0 // one that uses itself shows nothing
		total := 1
		for c := range n.Descendants() {
			if total++; c.Data != "use" || total > mostParts {
				continue
			}
			if of := byID[target(c)]; of != nil {
				total += size(of, depth+1)
			}
		}
		if of := byID[target(n)]; n.Data == "use" && of != nil {
			total += size(of, depth+1)
		}
		sizes[n] = min(total, mostParts+1)
		return sizes[n]
	}
	total := 0
	for _, n := range all {
		if total += size(n, 0); total > mostParts {
			break
		}
	}
	if total <= mostParts {
		return
	}
	for _, n := range all {
		n.Parent.RemoveChild(n)
	}
	d.take(scrub.Script, "use, too many times", "")
}

func target(n *html.Node) string {
	for _, a := range n.Attr {
		if a.Key == "href" {
			return strings.TrimPrefix(a.Val, "#")
		}
	}
	return ""
}
