// Package page renders the pages of a dossier: views in, HTML out. A page has one style sheet, no script, and only
// references that stay in the archive, so that a browser, Kiwix and a folder on a stick show the same.
//
// All functions are pure: the same view gives the same bytes. The package knows no manifest and no Markdown; whoever
// calls it fills the views. Frames and words come from [markup] and [messages].
//
// Addresses on the internet are text to copy, never links; each has its place on outside.html, see [OutsideID].
package page

import (
	_ "embed"
	"strings"

	"samizdat/internal/markup"
	"samizdat/internal/messages"
)

// The pages that every archive of ours has at its root.
const (
	CoverPath    = "index.html"
	ContentsPath = "contents.html"
	TimelinePath = "timeline.html"
	MediaPath    = "media.html"
	SearchPath   = "search.html" // shadowed: the reader answers this path itself
	SharePath    = "share.html"  // shadowed
	CheckPath    = "check.html"  // shadowed
	OutsidePath  = "outside.html"
	AboutPath    = "about.html"
	SourcePath   = "source.html"
	StylePath    = "style.css"
)

// CapturedPrefix begins the paths of everything that others made and that is shown as they made it: snapshots and what
// they refer to. The reader keeps it off its own site.
const CapturedPrefix = "captured/"

//go:embed style.css
var style []byte

// Style returns the style sheet of all pages. It refers to nothing outside itself.
func Style() []byte { return append([]byte(nil), style...) }

// Site is what all pages of one archive share.
type Site struct {
	Title     string            // of the archive, in the archive's language
	Lang      string            // BCP 47: the language of Title and of content that does not say its own
	Home      string            // what leads from the page to the root of the archive: "", "../", "/content/NAME/"
	Style     string            // reference to the style sheet; empty means Home + [StylePath]
	Script    string            // reference to the page's script; empty, as in all stored pages, means none
	Search    string            // address of the description of the search (OpenSearch), for browsers; likewise
	Path      string            // of the page itself, as in the main language; empty if there is no such page in others
	Current   string            // path of the page in the navigation that is shown or stands above it; may be empty
	Without   []string          // paths of pages in the navigation that this archive does not have
	Bare      bool              // no navigation and no footer: pages above the archives, such as the shelf
	UI        *messages.Printer // the language of the page itself; nil means English
	Languages []string          // tags of the languages that there are pages in, the main one first; empty means one
}

// Link is a place in the archive and its name.
type Link struct {
	Path  string // of the page in the main language, relative to the archive's root; may end in a fragment
	Title string
	Lang  string // BCP 47; empty means the site's
}

// Row is a term and what is said about it.
type Row struct {
	Term  string
	Value markup.Node
}

// Frame returns a page with the site's frame, title in its head and main as its content. The first heading, <h1>, is
// the caller's. If main has one node only, it stands in the text column; further ones take the margin if they are
// an <aside>, otherwise they follow.
func Frame(site Site, title string, main ...markup.Node) []byte {
	return site.frame(title, "wrap leaf", main...)
}

func (s Site) ui() *messages.Printer {
	if s.UI == nil {
		return messages.For("en")
	}
	return s.UI
}

// frame writes the page; class is that of <main>.
func (s Site) frame(title, class string, main ...markup.Node) []byte {
	ui := s.ui()
	full := s.Title
	if title != "" && title != s.Title {
		full = ui.Text("title.of", "page", title, "archive", s.Title)
	}
	sheet := s.Style
	if sheet == "" {
		sheet = s.Home + StylePath
	}
	head := []markup.Node{
		markup.El("meta", markup.A("charset", "utf-8")),
		markup.El("title", markup.Text(full)),
		markup.El("meta", markup.A("name", "viewport"), markup.A("content", "width=device-width, initial-scale=1")),
		markup.El("meta", markup.A("name", "referrer"), markup.A("content", "no-referrer")),
		markup.Icon(),
		markup.El("link", markup.A("rel", "stylesheet"), markup.A("href", sheet)),
	}
	if s.Search != "" {
		head = append(head, markup.El(
			"link", markup.A("rel", "search"), markup.A("type", "application/opensearchdescription+xml"), markup.A("href", s.Search), markup.A("title", s.Title),
		))
	}
	if s.Script != "" {
		head = append(head, markup.Script(s.Script))
	}
	body := []markup.Node{
		markup.El("a", markup.A("class", "skip"), markup.A("href", "#main"), markup.Text(ui.Text("skip"))),
		s.bar(),
		markup.El(
			"main", markup.A("id", "main"), markup.A("class", class), markup.Text("\n"), markup.Lines(main...),
		),
	}
	if !s.Bare {
		body = append(body, s.foot())
	}
	dir := ui.Dir()
	if dir == "ltr" {
		dir = ""
	}
	return markup.Document(ui.Lang(), dir, head, body)
}

// bar is the line at the head of the page.
func (s Site) bar() markup.Node {
	ui := s.ui()
	home := s.Ref(CoverPath)
	if s.Bare {
		home = s.Home
	}
	name := markup.El("a", markup.A("class", "home"), markup.A("href", home), s.foreign(s.Title, s.Lang))
	if s.Bare {
		return markup.El("header", markup.A("class", "bar"), div("wrap", name))
	}
	var items []markup.Node
	for _, l := range []Link{
		{Path: ContentsPath, Title: ui.Text("nav.contents")},
		{Path: TimelinePath, Title: ui.Text("nav.timeline")},
		{Path: MediaPath, Title: ui.Text("nav.media")},
		{Path: SearchPath, Title: ui.Text("nav.search")},
		{Path: AboutPath, Title: ui.Text("nav.about")},
	} {
		if s.lacks(l.Path) {
			continue
		}
		items = append(items, li(markup.El(
			"a", markup.A("href", s.Ref(l.Path)),
			markup.If(l.Path == s.Current, markup.A("aria-current", "page")), markup.Text(l.Title),
		)))
	}
	nav := markup.El(
		"nav", markup.A("aria-label", ui.Text("nav.label")),
		markup.El("ul", markup.Text("\n"), markup.Lines(items...)),
	)
	return markup.El("header", markup.A("class", "bar"), div(
		"wrap", markup.Text("\n"), markup.Lines(name, nav, s.languages()),
	))
}

func (s Site) lacks(path string) bool {
	for _, p := range s.Without {
		if p == path {
			return true
		}
	}
	return false
}

// foot is the line at the end of the page.
func (s Site) foot() markup.Node {
	ui := s.ui()
	link := func(path, key string) markup.Node {
		return li(anchor(s.Ref(path), markup.Text(ui.Text(key))))
	}
	return markup.El("footer", markup.A("class", "foot"), div(
		"wrap", markup.Text("\n"), markup.Lines(
			para("", s.foreign(s.Title, s.Lang)),
			markup.El("ul", markup.Text("\n"), markup.Lines(
				link(CheckPath, "foot.check"), link(AboutPath+"#traces", "foot.traces"), link(SharePath, "foot.pass"),
			)),
		),
	))
}

// The shorthands that pages are written in.

func div(class string, parts ...markup.Part) markup.Node {
	return markup.El("div", markup.If(class != "", markup.A("class", class)), markup.Group(parts...))
}

func para(class string, parts ...markup.Part) markup.Node {
	return markup.El("p", markup.If(class != "", markup.A("class", class)), markup.Group(parts...))
}

func span(class string, parts ...markup.Part) markup.Node {
	return markup.El("span", markup.A("class", class), markup.Group(parts...))
}

func li(parts ...markup.Part) markup.Node { return markup.El("li", parts...) }

func anchor(path string, parts ...markup.Part) markup.Node {
	return markup.El("a", markup.A("href", path), markup.Group(parts...))
}

// section has a heading with an id, which also names the section.
func section(class, id, title string, parts ...markup.Part) markup.Node {
	return sectionOf(class, id, markup.Text(title), parts...)
}

func sectionOf(class, id string, title markup.Node, parts ...markup.Part) markup.Node {
	return markup.El(
		"section", markup.If(class != "", markup.A("class", class)), markup.A("aria-labelledby", id),
		markup.El("h2", markup.A("id", id), title), markup.Text("\n"), markup.Group(parts...),
	)
}

// words joins non-empty strings by sep.
func words(sep string, s ...string) string {
	var kept []string
	for _, w := range s {
		if w != "" {
			kept = append(kept, w)
		}
	}
	return strings.Join(kept, sep)
}
