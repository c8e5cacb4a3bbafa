package page_test

import (
	"bytes"
	"regexp"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"samizdat/internal/markup"
	"samizdat/internal/page"
)

// maxStyle is what a style sheet may weigh, in bytes: it is carried in every archive.
const maxStyle = 12 << 10

func parse(t *testing.T, name string, data []byte) *html.Node {
	t.Helper()
	doc, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return doc
}

func attr(n *html.Node, key string) (string, bool) {
	for _, a := range n.Attr {
		if a.Key == key {
			return a.Val, true
		}
	}
	return "", false
}

func elements(doc *html.Node, names ...string) []*html.Node {
	var found []*html.Node
	for n := range doc.Descendants() {
		if n.Type == html.ElementNode && (len(names) == 0 || slices.Contains(names, n.Data)) {
			found = append(found, n)
		}
	}
	return found
}

func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// A page that a reader of any kind can use: one first heading, no gap in the outline, language, title, a way past the
// navigation, a main landmark; labels that exist; ids that are unique.
func TestPagesAreAccessible(t *testing.T) {
	for name, data := range pages() {
		doc := parse(t, name, data)
		if h1 := elements(doc, "h1"); len(h1) != 1 || strings.TrimSpace(content(h1[0])) == "" {
			t.Errorf("%s has %d first headings, want 1 with text", name, len(h1))
		}
		level := 0
		for _, h := range elements(doc, "h1", "h2", "h3", "h4", "h5", "h6") {
			now := int(h.Data[1] - '0')
			if now > level+1 {
				t.Errorf("%s: heading %q is of level %d after %d", name, content(h), now, level)
			}
			level = now
		}
		if title := elements(doc, "title"); len(title) != 1 || !strings.Contains(content(title[0]), site.Title) {
			t.Errorf("%s: title does not name the archive", name)
		}
		if main := elements(doc, "main"); len(main) != 1 {
			t.Errorf("%s has %d main landmarks, want 1", name, len(main))
		}
		body := elements(doc, "body")[0]
		first := elements(body)[0]
		if href, _ := attr(first, "href"); first.Data != "a" || href != "#main" {
			t.Errorf("%s: the first element is <%s href=%q>, want the way to #main", name, first.Data, href)
		}
		ids := map[string]bool{}
		for _, n := range elements(doc) {
			if id, ok := attr(n, "id"); ok {
				if ids[id] {
					t.Errorf("%s: id %q is there twice", name, id)
				}
				ids[id] = true
			}
			if _, ok := attr(n, "alt"); n.Data == "img" && !ok {
				t.Errorf("%s: a picture without alt", name)
			}
		}
		for _, n := range elements(doc) {
			if id, ok := attr(n, "aria-labelledby"); ok && !ids[id] {
				t.Errorf("%s: aria-labelledby=%q is nowhere", name, id)
			}
		}
	}
}

// TestWordsStandApart: elements of one line have white space between them, whatever the style sheet puts there; without it the index and
// programs that read a page aloud make one word of two. Links to the pages before and behind are in no index.
func TestWordsStandApart(t *testing.T) {
	inline := []string{"a", "b", "bdi", "em", "i", "span", "time"}
	for name, data := range pages() {
		for _, n := range elements(parse(t, name, data), inline...) {
			next := n.NextSibling
			if next == nil || next.Type != html.ElementNode || !slices.Contains(inline, next.Data) || n.Parent.Data == "nav" || content(n) == "" || content(next) == "" {
				continue
			}
			t.Errorf("%s: nothing stands between %q and %q", name, content(n), content(next))
		}
	}
}

var beginning = regexp.MustCompile(`^<!DOCTYPE html>\n<html lang="[a-z]+"( dir="rtl")?>\n<head>\n<meta charset="utf-8">\n`)

// What zimcheck and Kiwix ask of a page, and what we promise: nothing is fetched or led to outside of the archive.
func TestPagesStayInTheArchive(t *testing.T) {
	all := pages()
	ids := map[string]map[string]bool{}
	for name, data := range all {
		ids[name] = map[string]bool{}
		for _, n := range elements(parse(t, name, data)) {
			if id, ok := attr(n, "id"); ok {
				ids[name][id] = true
			}
		}
	}
	stored := []string{"style.css", "media/akobi.mp4", "media/a%20b.png", "thumbnails/media/a%20b.png.jpg", "source/kazakhstan-2022.txt"}
	references := 0
	for name, data := range all {
		doc := parse(t, name, data)
		if !beginning.Match(data) {
			t.Errorf("%s does not begin with doctype, language and charset", name)
		}
		if bad := elements(doc, "script", "style", "iframe", "object", "embed", "base", "form"); len(bad) > 0 {
			t.Errorf("%s has a <%s>", name, bad[0].Data)
		}
		for _, n := range elements(doc) {
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" {
					t.Errorf("%s: <%s %s>", name, n.Data, a.Key)
				}
				if a.Key != "href" && a.Key != "src" && a.Key != "poster" {
					continue
				}
				references++
				if a.Val == "data:," && n.Data == "link" {
					continue
				}
				if !markup.IsLocal(a.Val) || strings.HasPrefix(a.Val, "/") {
					t.Errorf("%s: <%s %s=%q> is not relative", name, n.Data, a.Key, a.Val)
				}
				path, fragment, _ := strings.Cut(a.Val, "#")
				if path == "" {
					path = name
				}
				if fragment != "" && !ids[path][fragment] {
					t.Errorf("%s: <%s %s=%q>: no such id", name, n.Data, a.Key, a.Val)
				}
				if all[path] == nil && !slices.Contains(stored, path) {
					t.Errorf("%s: <%s %s=%q>: no such page", name, n.Data, a.Key, a.Val)
				}
			}
		}
		for _, a := range elements(doc, "a") {
			if _, ok := attr(a, "href"); !ok {
				t.Errorf("%s: link %q without href", name, content(a))
			}
		}
	}
	if references < 100 {
		t.Errorf("only %d references were looked at", references)
	}
}

// Signing changes no page, so no page may say what state the file is in.
func TestPagesNameNoSealState(t *testing.T) {
	for name, data := range pages() {
		for _, state := range []string{"Not sealed", "Sealed and whole", "Sealed, but changed", "Sealed by"} {
			if bytes.Contains(data, []byte(state)) {
				t.Errorf("%s says %q", name, state)
			}
		}
	}
}

var classRule = regexp.MustCompile(`\.(-?[a-zA-Z][\w-]*)`)

// hooks are classes that say what an element is where it needs no look of its own.
var hooks = []string{"prev", "help"}

func TestStyle(t *testing.T) {
	css := string(page.Style())
	if len(css) > maxStyle {
		t.Errorf("the style sheet has %d bytes, want at most %d", len(css), maxStyle)
	}
	for _, bad := range []string{"url(", "@import", "http:", "https:", "expression", "</"} {
		if strings.Contains(css, bad) {
			t.Errorf("the style sheet has %q", bad)
		}
	}
	if strings.Count(css, "{") != strings.Count(css, "}") {
		t.Error("the braces of the style sheet do not match")
	}
	known := map[string]bool{}
	for _, m := range classRule.FindAllStringSubmatch(css, -1) {
		known[m[1]] = true
	}
	for _, h := range hooks {
		known[h] = true
	}
	for name, data := range pages() {
		for _, n := range elements(parse(t, name, data)) {
			class, _ := attr(n, "class")
			for c := range strings.FieldsSeq(class) {
				if !known[c] {
					t.Errorf("%s: class %q of <%s> is not in the style sheet", name, c, n.Data)
				}
			}
		}
	}
}

// The document stands there line by line as it is, and each line can be linked to.
func TestSourceIsVerbatim(t *testing.T) {
	doc := parse(t, page.SourcePath, pages()[page.SourcePath])
	var lines []string
	for _, n := range elements(doc, "li") {
		if id, _ := attr(n, "id"); strings.HasPrefix(id, "L") {
			lines = append(lines, content(n))
		}
	}
	want := []string{"First Statement:", "", `  "The gas" <is> no longer available & gone`}
	if !slices.Equal(lines, want) {
		t.Errorf("lines = %q, want %q", lines, want)
	}
}

func TestAddressIsItsText(t *testing.T) {
	for _, url := range []string{petition, "https://e.org", "https://e.org//a--b/", "-", "", "https://e.org/?a=1&b=<2>"} {
		doc := parse(t, url, markup.Bytes(page.Address(url)))
		if got := content(doc); got != url {
			t.Errorf("Address(%q) reads %q", url, got)
		}
	}
}

// The reader's own pages stand at any depth, so everything they refer to begins with the site's prefixes.
func TestFrameWithPrefix(t *testing.T) {
	s := page.Site{Title: "Kazakhstan 2022", Home: "/content/k/", Style: "/-/style.css", Current: page.SearchPath}
	doc := parse(t, "frame", page.Frame(s, "Search", page.Column(
		page.Heading("Search"), page.SearchForm(s, page.Search{Action: "/content/k/search.html", Label: "Search this archive", Query: `"q" <b>`}),
		page.PostForm("/-/quit", "Close"),
	)))
	for _, n := range elements(doc) {
		for _, key := range []string{"href", "action"} {
			v, ok := attr(n, key)
			if ok && v != "data:," && !strings.HasPrefix(v, "/content/k/") && !strings.HasPrefix(v, "/-/") && v != "#main" {
				t.Errorf("<%s %s=%q> does not begin with the prefix", n.Data, key, v)
			}
		}
	}
	if q, _ := attr(elements(doc, "input")[0], "value"); q != `"q" <b>` {
		t.Errorf("the field holds %q", q)
	}
	if now := current(doc); now != "/content/k/search.html" {
		t.Errorf("the current page is %q", now)
	}
	s.Bare, s.Home = true, "/"
	doc = parse(t, "bare", page.Frame(s, "Shelf", page.Heading("Shelf")))
	if n := len(elements(doc, "nav", "footer")); n != 0 {
		t.Errorf("a bare page has %d navigations and footers", n)
	}
}

func current(doc *html.Node) string {
	for _, n := range elements(doc, "a") {
		if _, ok := attr(n, "aria-current"); ok {
			href, _ := attr(n, "href")
			return href
		}
	}
	return ""
}

// Titles of a dossier in another language than the page say so, and their direction.
func TestForeignLanguage(t *testing.T) {
	s := page.Site{Title: "قزاقستان", Lang: "fa"}
	doc := parse(t, "cover", page.Cover(s, page.CoverView{Lead: page.Prose{Body: markup.El("p", markup.Text("متن"))}}))
	h1 := elements(doc, "h1")[0]
	bdi := elements(h1, "bdi")
	if len(bdi) != 1 {
		t.Fatal("the title is not set apart")
	}
	lang, _ := attr(bdi[0], "lang")
	dir, _ := attr(bdi[0], "dir")
	if lang != "fa" || dir != "rtl" {
		t.Errorf("title has lang=%q dir=%q, want fa rtl", lang, dir)
	}
}

// The parts that the reader builds its own pages from.
func TestParts(t *testing.T) {
	for _, c := range []struct {
		name string
		node markup.Node
		want string
	}{
		{"mark", page.Mark(site, "linked"), `<span class="mark">[address only]</span>`},
		{"digest", page.Digest("0123456789abcdef01"), `<code dir="ltr" translate="no">01234567 89abcdef 01</code>`},
		{
			"rows", page.Rows("rows", []page.Row{{Term: "a", Value: markup.Text("b")}, {Term: "none"}}),
			"<dl class=\"rows\">\n<dt>a</dt><dd>b</dd>\n</dl>",
		},
		{"no rows", page.Rows("", []page.Row{{Term: "none"}}), ""},
		{
			"section", page.SectionOf("x", "T", markup.El("p")),
			"<section aria-labelledby=\"x\"><h2 id=\"x\">T</h2>\n<p></p>\n</section>",
		},
		{
			"side", page.Side("x", "T", nil),
			"<aside class=\"side\" aria-labelledby=\"x\"><h2 id=\"x\">T</h2>\n</aside>",
		},
		{
			"post", page.PostForm("/-/quit", "Close"),
			`<form method="post" action="/-/quit"><button class="quiet" type="submit">Close</button></form>`,
		},
	} {
		if got := string(markup.Bytes(c.node)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}
