package article

import (
	"strings"

	"golang.org/x/net/html"
	"golang.org/x/net/html/atom"

	"samizdat/internal/markup"
	"samizdat/internal/webpage"
)

// playable returns the reference of the file that a player plays, the first of its sources that is there; "" if none is.
func (r *renderer) playable(n *html.Node) string {
	names := []string{webpage.Attr(n, "src")}
	for c := range n.ChildNodes() {
		if isShown(c) && c.DataAtom == atom.Source {
			names = append(names, webpage.Attr(c, "src"))
		}
	}
	for _, name := range names {
		if ref := r.file(name); ref != "" {
			return ref
		}
	}
	return ""
}

// file returns the reference of a file of the text, or "".
func (r *renderer) file(name string) string {
	if name == "" {
		return ""
	}
	if ref := r.opts.File(name); markup.IsLocal(ref) {
		return ref
	}
	return ""
}

// player renders sound or video that lies with the capture, with its captions. The words in it are for browsers that
// cannot play it, and there are none.
func (r *renderer) player(name string, n *html.Node, lang markup.Part) markup.Node {
	r.pictures++
	label := r.opts.Title
	for _, by := range []string{"aria-label", "title"} {
		if v := collapsed(webpage.Attr(n, by)); strings.TrimSpace(v) != "" {
			label = v
			break
		}
	}
	var poster, inline markup.Part
	if name == "video" {
		inline = markup.Flag("playsinline")
		if ref := r.file(webpage.Attr(n, "poster")); ref != "" {
			poster = markup.A("poster", ref)
		}
	}
	var tracks []markup.Node
	shown := false // one track at most is shown at first
	for c := range n.ChildNodes() {
		if !isShown(c) || c.DataAtom != atom.Track {
			continue
		}
		ref := r.file(webpage.Attr(c, "src"))
		if ref == "" {
			continue
		}
		tracks = append(tracks, r.track(c, ref, !shown && has(c, "default")))
		shown = shown || has(c, "default")
	}
	return markup.El(
		name, lang, markup.Flag("controls"), markup.A("preload", "metadata"), inline, markup.A("aria-label", label), markup.A("src", r.playable(n)), poster,
		number(n, "width", 1, 99_999), number(n, "height", 1, 99_999), markup.Frag(tracks...),
	)
}

// track renders the captions of a player. Subtitles must say their language (HTML, §4.8.11.11.1); those that do not are
// captions.
func (r *renderer) track(n *html.Node, ref string, first bool) markup.Node {
	lang, _ := languageOf(&html.Node{Type: html.ElementNode, Attr: []html.Attribute{{Key: "lang", Val: webpage.Attr(n, "srclang")}}})
	kind := oneOf(n, "kind", "captions", "descriptions", "chapters", "metadata")
	if kind == nil {
		kind = markup.A("kind", "subtitles")
		if lang == "" {
			kind = markup.A("kind", "captions")
		}
	}
	label := strings.TrimSpace(collapsed(webpage.Attr(n, "label")))
	var flag markup.Part
	if first {
		flag = markup.Flag("default")
	}
	return markup.El(
		"track", kind, markup.A("src", ref), markup.If(lang != "", markup.A("srclang", lang)), markup.If(label != "", markup.A("label", label)), flag,
	)
}

// has reports whether n has an attribute.
func has(n *html.Node, name string) bool {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == name {
			return true
		}
	}
	return false
}
