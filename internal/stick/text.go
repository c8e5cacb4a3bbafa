package stick

import (
	"path"
	"slices"
	"strings"

	"samizdat/internal/markup"
)

// text turns parts of an archive's pages into nodes of [markup], so that what was on a page can stand on one that a
// browser opens from the disk, where scripts would run and nothing would hold them. Nothing of the page's own HTML is
// copied: elements and attributes come from a short list, references lead only to places on the same new page, and
// everything else is text or is left out.
type text struct {
	pages map[string]string // what stands before the ids of a page, by the page's path: "index.html" to "index-"
	ids   map[string]bool   // taken
}

// keptElements are the elements that are made again. Others leave their content, but for [dropped].
var keptElements = map[string]bool{
	"p": true, "blockquote": true, "em": true, "strong": true, "b": true, "i": true, "ul": true, "ol": true, "li": true,
	"dl": true, "dt": true, "dd": true, "table": true, "caption": true, "thead": true, "tbody": true, "tr": true,
	"th": true, "td": true, "br": true, "hr": true, "code": true, "pre": true, "sub": true, "sup": true, "q": true,
	"cite": true, "del": true, "time": true, "bdi": true, "span": true, "div": true, "h2": true, "h3": true, "h4": true,
	"h5": true, "h6": true, "small": true, "mark": true, "wbr": true, "figure": true, "figcaption": true,
	"article": true, "section": true, "a": true,
}

// dropped are elements whose content is no text to read.
var dropped = map[string]bool{
	"script": true, "style": true, "template": true, "noscript": true, "svg": true, "math": true, "iframe": true,
	"object": true, "embed": true, "form": true, "button": true, "select": true, "textarea": true, "input": true,
	"nav": true, "aside": true, "head": true, "title": true, "audio": true, "video": true, "canvas": true,
}

// keptClasses are the names of the style sheet that a text may use.
var keptClasses = []string{"text", "by", "sign", "lead", "note"}

// maxText is the longest page that is read, in bytes.
const maxText = 4 << 20

// nodes makes the content of n again. from is the path of its page; deeper is by how much headings go down.
func (t *text) nodes(n *node, from string, deeper int) markup.Node {
	var nodes []markup.Node
	for _, c := range n.content {
		nodes = append(nodes, t.node(c, from, deeper))
	}
	return markup.Frag(nodes...)
}

func (t *text) node(n *node, from string, deeper int) markup.Node {
	switch {
	case n.name == "":
		return markup.Text(n.text)
	case dropped[n.name]:
		return markup.Frag()
	case n.name == "img":
		if alt := n.attr("alt"); alt != "" {
			return markup.Text("[" + alt + "]")
		}
		return markup.Frag()
	}
	name := n.name
	if len(name) == 2 && name[0] == 'h' && '1' <= name[1] && name[1] <= '6' {
		name = "h" + string(min(name[1]+byte(deeper), '6'))
	}
	if !keptElements[name] {
		return t.nodes(n, from, deeper)
	}
	parts := t.attributes(n, name, from)
	if name == "br" || name == "hr" || name == "wbr" {
		return markup.El(name, parts)
	}
	if name == "a" {
		href := t.reference(n.attr("href"), from)
		if href == "" {
			return t.nodes(n, from, deeper)
		}
		return markup.El(name, markup.A("href", href), parts, t.nodes(n, from, deeper))
	}
	return markup.El(name, parts, t.nodes(n, from, deeper))
}

// attributes makes the attributes again that mean something without scripts and styles of the page's own.
func (t *text) attributes(n *node, name, from string) markup.Part {
	var parts []markup.Part
	if v := n.attr("lang"); v != "" && len(v) <= 35 {
		parts = append(parts, markup.A("lang", v))
	}
	if v := n.attr("dir"); v == "ltr" || v == "rtl" || v == "auto" {
		parts = append(parts, markup.A("dir", v))
	}
	if id := n.attr("id"); id != "" && !strings.ContainsAny(id, " \t\n\f\r") {
		id = t.pages[from] + id
		if t.pages[from] != "" && !t.ids[id] {
			t.ids[id] = true
			parts = append(parts, markup.A("id", id))
		}
	}
	var classes []string
	for class := range strings.FieldsSeq(n.attr("class")) {
		if slices.Contains(keptClasses, class) {
			classes = append(classes, class)
		}
	}
	if classes != nil {
		parts = append(parts, markup.A("class", strings.Join(classes, " ")))
	}
	for _, a := range [][2]string{{"time", "datetime"}, {"ol", "start"}, {"td", "colspan"}, {"td", "rowspan"}, {"th", "colspan"}, {"th", "rowspan"}} {
		if v := n.attr(a[1]); name == a[0] && v != "" {
			parts = append(parts, markup.A(a[1], v))
		}
	}
	return markup.Group(parts...)
}

// reference returns where a link leads on the new page, or nothing if what it names is not there.
func (t *text) reference(href, from string) string {
	to, id, _ := strings.Cut(href, "#")
	if to == "" {
		to = from
	} else {
		to = path.Join(path.Dir(from), to)
	}
	prefix, ok := t.pages[to]
	if !ok {
		return ""
	}
	if id == "" {
		return "#" + strings.TrimSuffix(prefix, "-")
	}
	return "#" + prefix + id
}
