package snapshot

import (
	"net/url"
	"slices"
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samizdat/internal/inert"
	"samizdat/internal/webpage"
)

// walker turns a parsed page into its snapshot.
type walker struct {
	o      Options
	base   *url.URL
	refs   *references
	budget *int // bytes that frames and imports may still bring in
	inside bool // of a frame
	lazy   map[string]bool
}

// dropped are the elements that go with everything in them: code, fields, and what parsers read by rules of its own.
var dropped = set(`script template base param datalist noframes noembed plaintext xmp listing portal fencedframe bgsound basefont keygen
	frame progress meter`)

// renamed are elements that are shown as another, so that the styles of the page go on reaching them by their classes.
var renamed = map[string]string{
	"form": "div", "fieldset": "div", "legend": "div", "label": "span", "button": "span", "object": "div", "dialog": "div", "output": "span",
	"marquee": "div", "slot": "span", "search": "div", "frameset": "div", "nobr": "span", "blink": "span", "noindex": "span",
}

func set(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}

// document turns the whole page: <html> with a <head> that says the charset, and a <body>.
func (w *walker) document(root *html.Node) {
	page := child(root, "html")
	for c := range slices.Values(slices.Collect(root.ChildNodes())) {
		if c != page {
			root.RemoveChild(c)
		}
	}
	root.InsertBefore(&html.Node{Type: html.DoctypeNode, Data: "html"}, page)
	head, body := child(page, "head"), child(page, "body")
	if frames := child(page, "frameset"); frames != nil { // frames stand where the body does
		body = element("body")
		page.InsertBefore(body, frames)
		page.RemoveChild(frames)
		body.AppendChild(frames)
		for f := range frames.Descendants() {
			if f.Data == "frame" {
				f.Data, f.DataAtom = "iframe", atom.Iframe
			}
		}
	}
	for c := range slices.Values(slices.Collect(page.ChildNodes())) {
		if c != head && c != body {
			page.RemoveChild(c)
		}
	}
	w.attributes(page)
	w.attributes(head)
	w.children(head)
	w.attributes(body)
	w.children(body)
	charset := element("meta")
	charset.Attr = []html.Attribute{{Key: "charset", Val: "utf-8"}}
	head.InsertBefore(charset, head.FirstChild)
}

func element(name string) *html.Node {
	return &html.Node{Type: html.ElementNode, Data: name, DataAtom: atom.Lookup([]byte(name))}
}

// child returns the first child that is the element; nil if there is none.
func child(n *html.Node, name string) *html.Node {
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode && c.Namespace == "" && c.Data == name {
			return c
		}
	}
	return nil
}

// children turns what n holds.
func (w *walker) children(n *html.Node) {
	for c := n.FirstChild; c != nil; {
		next := c.NextSibling
		switch c.Type {
		case html.TextNode:
		case html.ElementNode:
			next = w.element(c)
		default: // comments, instructions
			n.RemoveChild(c)
		}
		c = next
	}
}

// element turns one element, and returns the node to go on with.
func (w *walker) element(n *html.Node) (next *html.Node) {
	next = n.NextSibling
	remove := func() *html.Node {
		n.Parent.RemoveChild(n)
		return next
	}
	name := n.Data
	switch {
	case n.Namespace == "math":
		n.Parent.InsertBefore(&html.Node{Type: html.TextNode, Data: " " + webpage.Words(n) + " "}, n)
		return remove()
	case n.Namespace == svg && name == svg:
		return w.inline(n)
	case n.Namespace != "", dropped[name]:
		return remove()
	case name == "canvas":
		w.lose("", "a drawing that a script makes (<canvas>)")
		return remove()
	case name == "embed" || name == "applet" || name == "object":
		if !w.plugged(n) {
			return remove()
		}
	case name == "select" || name == "textarea" || name == "input" || name == "option" || name == "optgroup":
		if !w.field(n) {
			return remove()
		}
	case name == "noscript":
		return w.noscript(n)
	case name == "iframe":
		w.frame(n)
		return next
	case name == "link":
		if !w.link(n) {
			return remove()
		}
		return next
	case name == "meta":
		w.sentOn(n)
		if !describes(n) {
			return remove()
		}
		return next
	case name == "style":
		if !w.style(n) {
			return remove()
		}
		return next
	case name == "dialog" && !has(n, "open"):
		return remove()
	case name == "title":
		text := webpage.Words(n)
		for n.FirstChild != nil {
			n.RemoveChild(n.FirstChild)
		}
		n.Attr = nil
		n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
		return next
	case !inert.Element(name), name == "html", name == "head", name == "body":
		if name = renamed[name]; name == "" {
			name = "span"
		}
		rename(n, name)
	}
	switch n.Data {
	case "img":
		w.picture(n)
	case "source", "track":
		w.source(n)
	case "video", "audio":
		w.player(n)
	default:
		w.attributes(n)
	}
	w.children(n)
	return next
}

func rename(n *html.Node, name string) { n.Data, n.DataAtom = name, atom.Lookup([]byte(name)) }

// lose tells of something that a page shows in a browser and cannot show here.
func (w *walker) lose(address, what string) {
	if w.o.Lost != nil {
		w.o.Lost(address, what)
	}
}

// sentOn tells of a <meta> that would send its readers on to another page.
func (w *walker) sentOn(n *html.Node) {
	if !strings.EqualFold(strings.TrimSpace(webpage.Attr(n, "http-equiv")), "refresh") {
		return
	}
	_, to, _ := strings.Cut(webpage.Attr(n, "content"), "=")
	if abs := absolute(w.base, strings.Trim(to, "'\" ")); abs != "" {
		w.lose(abs, "the page sends its readers on to this address after a while")
	}
}

// noscript is shown, for nothing runs here; but only what it has to show: words in it ask to turn scripts on. A picture
// that stands before it already because of its lazy attributes is not repeated.
func (w *walker) noscript(n *html.Node) (next *html.Node) {
	next = n.NextSibling
	var shown []*html.Node
	for d := range n.Descendants() {
		if d.Type != html.ElementNode || !slices.Contains([]string{"img", "picture", "video", "audio", "iframe", "link", "style"}, d.Data) {
			continue
		}
		inside := slices.ContainsFunc(shown, func(s *html.Node) bool { return within(d, s) })
		if !inside && !(d.Data == "img" && w.lazy[absolute(w.base, webpage.Attr(d, "src"))]) && !tiny(d) {
			shown = append(shown, d)
		}
	}
	for _, d := range shown {
		d.Parent.RemoveChild(d)
		n.Parent.InsertBefore(d, n)
		w.element(d)
	}
	n.Parent.RemoveChild(n)
	return next
}

func within(n, ancestor *html.Node) bool {
	for p := n.Parent; p != nil; p = p.Parent {
		if p == ancestor {
			return true
		}
	}
	return false
}

// tiny reports whether a picture is one of those that only count visitors.
func tiny(n *html.Node) bool {
	small := func(v string) bool { return v == "0" || v == "1" || v == "0px" || v == "1px" }
	return n.Data == "img" && small(webpage.Attr(n, "width")) && small(webpage.Attr(n, "height"))
}

// frame puts the page that a frame shows in its place or, without it, its address.
func (w *walker) frame(n *html.Node) {
	src := webpage.Attr(n, "src")
	for _, name := range []string{"data-src", "data-lazy-src", "data-litespeed-src"} {
		if v := webpage.Attr(n, name); v != "" && absolute(w.base, v) != "" {
			src = v
		}
	}
	title := strings.TrimSpace(webpage.Attr(n, "title"))
	class := webpage.Attr(n, "class")
	doc, held := webpage.Attr(n, "srcdoc"), has(n, "srcdoc")
	n.Data, n.DataAtom, n.Attr = "div", atom.Div, nil
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	if class != "" {
		n.Attr = append(n.Attr, html.Attribute{Key: "class", Val: class})
	}
	if held { // goes before src (HTML, §4.8.5)
		if w.inside || !w.body(n, []byte(doc), w.base) {
			w.lose("", "a page inside of the page")
		}
		return
	}
	abs := absolute(w.base, src)
	if abs == "" {
		return
	}
	r := Reference{URL: abs, Kind: Frame}
	if !w.inside {
		w.refs.add(r)
		if w.framed(n, r) {
			return
		}
	}
	n.Data, n.DataAtom = "span", atom.Span // a frame stands inside of a paragraph too
	n.Attr = append(n.Attr, html.Attribute{Key: "style", Val: "display: block; border: 1px solid; padding: 0.5em; overflow-wrap: anywhere; height: auto"})
	if title != "" {
		n.AppendChild(&html.Node{Type: html.TextNode, Data: title + " "})
	}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: abs})
}

// framed puts the body of the page inside a frame into n.
func (w *walker) framed(n *html.Node, r Reference) bool {
	if w.o.Frame == nil {
		return false
	}
	doc, base, ok := w.o.Frame(r)
	return ok && w.body(n, doc, base)
}

// body puts the body of a page, which is UTF-8, into n.
func (w *walker) body(n *html.Node, doc []byte, base *url.URL) bool {
	if *w.budget -= len(doc); *w.budget < 0 {
		return false
	}
	root, err := webpage.Parse(doc)
	if err != nil {
		return false
	}
	body := child(child(root, "html"), "body")
	if body == nil {
		return false
	}
	inner := &walker{o: w.o, base: baseOf(root, base), refs: w.refs, budget: w.budget, inside: true}
	var reaching []*html.Node // out of the frame, into the page
	for c := range body.Descendants() {
		if c.Type == html.ElementNode && slices.Contains([]string{"style", "link", "meta", "title", "base"}, c.Data) {
			reaching = append(reaching, c)
		}
	}
	for _, c := range reaching {
		c.Parent.RemoveChild(c)
	}
	inner.children(body)
	for body.FirstChild != nil {
		c := body.FirstChild
		body.RemoveChild(c)
		n.AppendChild(c)
	}
	return true
}

// link keeps style sheets and icons that are here.
func (w *walker) link(n *html.Node) bool {
	rel := strings.Fields(strings.ToLower(webpage.Attr(n, "rel")))
	onload := webpage.Attr(n, "onload")
	media := webpage.Attr(n, "media")
	sheet := slices.Contains(rel, "stylesheet") && !slices.Contains(rel, "alternate")
	if strings.Contains(onload, "media") { // loaded for print, and for the screen when it is there
		media = ""
	}
	if slices.Contains(rel, "preload") && strings.EqualFold(webpage.Attr(n, "as"), "style") && strings.Contains(onload, "stylesheet") {
		sheet = true
	}
	r := Reference{URL: absolute(w.base, webpage.Attr(n, "href")), Kind: Style}
	want := "stylesheet"
	switch {
	case r.URL == "":
		return false
	case sheet:
	case slices.Contains(rel, "icon"):
		r.Kind, want = Icon, "icon"
	default:
		return false
	}
	w.refs.add(r)
	name := lies(w.o, r)
	if name == "" || sheet && !strings.HasSuffix(strings.ToLower(name), ".css") {
		return false
	}
	n.Attr = []html.Attribute{{Key: "rel", Val: want}, {Key: "href", Val: name}}
	if media != "" {
		n.Attr = append(n.Attr, html.Attribute{Key: "media", Val: media})
	}
	return true
}

// describes keeps what a <meta> says about the page, without what it orders a browser to do.
func describes(n *html.Node) bool {
	name := strings.ToLower(strings.TrimSpace(webpage.Attr(n, "name")))
	content := webpage.Attr(n, "content")
	if !inert.MetaName(name) || has(n, "http-equiv") || has(n, "charset") {
		return false
	}
	n.Attr = []html.Attribute{{Key: "name", Val: name}, {Key: "content", Val: content}}
	return true
}

// style rewrites the rules inside of the page.
func (w *walker) style(n *html.Node) bool {
	kind := strings.ToLower(strings.TrimSpace(webpage.Attr(n, "type")))
	if kind != "" && kind != "text/css" {
		return false
	}
	s := &sheet{o: w.o, base: w.base, refs: w.refs, budget: w.budget}
	text := s.rewrite([]byte(webpage.Words(n)), rules, 0)
	media := webpage.Attr(n, "media")
	n.Attr = nil
	if media != "" {
		n.Attr = []html.Attribute{{Key: "media", Val: media}}
	}
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	n.AppendChild(&html.Node{Type: html.TextNode, Data: text})
	return strings.TrimSpace(text) != ""
}

func has(n *html.Node, name string) bool {
	return slices.ContainsFunc(n.Attr, func(a html.Attribute) bool { return a.Namespace == "" && a.Key == name })
}

// baseOf returns what addresses of the page count from: its first <base>, if that is on the web.
func baseOf(root *html.Node, base *url.URL) *url.URL {
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && n.Data == "base" && has(n, "href") {
			if abs := absolute(base, webpage.Attr(n, "href")); abs != "" {
				if u, err := url.Parse(abs); err == nil {
					return u
				}
			}
			return base
		}
	}
	return base
}
