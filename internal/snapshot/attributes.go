package snapshot

import (
	"slices"
	"strings"

	"golang.org/x/net/html"

	"samizdat/internal/inert"
	"samizdat/internal/webpage"
)

// attributes keeps the attributes of n that only describe, rewrites its style, and turns links into words.
func (w *walker) attributes(n *html.Node) {
	var keep []html.Attribute
	add := func(key, value string) {
		if !slices.ContainsFunc(keep, func(a html.Attribute) bool { return a.Key == key }) {
			keep = append(keep, html.Attribute{Key: key, Val: value})
		}
	}
	leads := ""
	style := webpage.Attr(n, "style")
	if background := webpage.LazyBackground(n); background != "" {
		style += ";background-image:url(" + quote(background) + ")"
	}
	for _, a := range n.Attr {
		switch {
		case a.Namespace != "":
		case a.Key == "href" && (n.Data == "a" || n.Data == "area"):
			if place := w.place(a.Val); place != "" {
				add("href", place)
			} else if abs := absolute(w.base, a.Val); abs != "" {
				leads = abs
			}
		case a.Key == "style":
		case a.Key == "hidden" && a.Val == "until-found":
		case inert.Attribute(a.Key):
			add(a.Key, a.Val)
		case strings.HasPrefix(a.Key, "aria-"), strings.HasPrefix(a.Key, "data-") && !strings.Contains(a.Val, "//"):
			if strings.Trim(a.Key, "abcdefghijklmnopqrstuvwxyz0123456789-_") == "" {
				add(a.Key, a.Val)
			}
		}
	}
	switch {
	case leads == "":
	case w.o.Links:
		add("href", leads)
	default: // a reader may want to know where it led
		add("title", leads)
	}
	if style != "" {
		s := &sheet{o: w.o, base: w.base, refs: w.refs, budget: w.budget}
		if text := s.rewrite([]byte(style), declarations, 0); strings.TrimSpace(text) != "" {
			add("style", text)
		}
	}
	n.Attr = keep
}

// place returns the fragment of an address that leads to a place in this page.
func (w *walker) place(ref string) string {
	ref = strings.TrimSpace(ref)
	page, fragment, ok := strings.Cut(ref, "#")
	if !ok || fragment == "" && page == "" {
		return ""
	}
	if page != "" && (w.base == nil || absolute(w.base, page) != absolute(w.base, w.base.String())) || w.inside {
		return ""
	}
	return "#" + fragment
}

// candidatesOf lists the addresses of the picture that an <img> or a <source> shows, the best first, and whether the
// first is one that only a script would have shown.
func (w *walker) candidatesOf(n *html.Node) (list []string, lazy bool) {
	add := func(ref string) bool {
		abs := absolute(w.base, ref)
		if abs != "" && !slices.Contains(list, abs) && len(list) < 50 {
			list = append(list, abs)
		}
		return abs != ""
	}
	sources, sets := webpage.Lazy(n)
	for _, set := range sets {
		for _, c := range preferred(ParseSrcset(set)) {
			lazy = add(c.URL) || lazy
		}
	}
	for _, ref := range sources {
		lazy = add(ref) || lazy
	}
	for _, c := range preferred(ParseSrcset(webpage.Attr(n, "srcset"))) {
		add(c.URL)
	}
	if n.Data == "img" {
		add(webpage.Attr(n, "src"))
	}
	return list, lazy
}

// shown asks for one of several addresses of a thing, and returns where it lies.
func (w *walker) shown(kind Kind, list []string) string {
	if len(list) == 0 {
		return ""
	}
	r := Reference{URL: list[0], Kind: kind, Else: list[1:]}
	w.refs.add(r)
	return lies(w.o, r)
}

// picture turns an <img>, which shows one picture after that.
func (w *walker) picture(n *html.Node) {
	src := webpage.Attr(n, "src")
	list, lazy := w.candidatesOf(n)
	if tiny(n) && !lazy {
		list = nil
	}
	if len(list) == 0 && IsVector(strings.TrimSpace(src)) {
		list = []string{strings.TrimSpace(src)}
	}
	name := w.shown(Picture, list)
	if name == "" && inert.IsPicture(strings.TrimSpace(src)) {
		name = strings.TrimSpace(src)
	}
	w.attributes(n)
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "sizes" })
	if name != "" {
		n.Attr = append(n.Attr, html.Attribute{Key: "src", Val: name})
	}
	if lazy {
		if w.lazy == nil {
			w.lazy = map[string]bool{}
		}
		for _, abs := range list {
			w.lazy[abs] = true
		}
		// Such pictures are transparent until a script has loaded them.
		setStyle(n, "opacity: 1 !important; visibility: visible !important")
	}
}

func setStyle(n *html.Node, more string) {
	for i := range n.Attr {
		if n.Attr[i].Key == "style" {
			n.Attr[i].Val += "; " + more
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: "style", Val: more})
}

// source turns a <source> or a <track>.
func (w *walker) source(n *html.Node) {
	var key, name string
	switch parent := n.Parent.Data; {
	case n.Data == "track":
		key = "src"
		if kind := webpage.Attr(n, "kind"); kind == "" || kind == "subtitles" || kind == "captions" || kind == "chapters" || kind == "descriptions" {
			name = w.one(Captions, webpage.Attr(n, "src"))
		}
	case parent == "video" || parent == "audio":
		key = "src"
		name = w.one(Media, either(webpage.Attr(n, "src"), webpage.Attr(n, "data-src")))
	default:
		key = "srcset"
		list, _ := w.candidatesOf(n)
		name = w.shown(Picture, list)
	}
	w.attributes(n)
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool { return a.Key == "sizes" })
	if name != "" {
		n.Attr = append(n.Attr, html.Attribute{Key: key, Val: name})
	}
}

// one asks for the thing at one address.
func (w *walker) one(kind Kind, ref string) string {
	abs := absolute(w.base, ref)
	if kind == Picture {
		abs = pictured(w.base, ref)
	}
	if abs != "" {
		return w.shown(kind, []string{abs})
	}
	return ""
}

func either(a, b string) string {
	if strings.TrimSpace(a) != "" {
		return a
	}
	return b
}

// player turns a <video> or an <audio>, which gets controls: the page's own are scripts.
func (w *walker) player(n *html.Node) {
	src := w.one(Media, either(webpage.Attr(n, "src"), webpage.Attr(n, "data-src")))
	poster := ""
	if n.Data == "video" {
		poster = w.one(Picture, either(webpage.Attr(n, "poster"), webpage.Attr(n, "data-poster")))
	}
	w.attributes(n)
	n.Attr = slices.DeleteFunc(n.Attr, func(a html.Attribute) bool {
		return a.Key == "controls" || a.Key == "loop" || a.Key == "muted"
	})
	n.Attr = append(n.Attr, html.Attribute{Key: "controls"})
	if src != "" {
		n.Attr = append(n.Attr, html.Attribute{Key: "src", Val: src})
	}
	if poster != "" {
		n.Attr = append(n.Attr, html.Attribute{Key: "poster", Val: poster})
	}
}
