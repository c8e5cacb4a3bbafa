package serve

import (
	"bytes"
	"net/http"
	"slices"
	"strings"
	"time"

	"samizdat/internal/markup"
	"samizdat/internal/messages"
	"samizdat/internal/page"
)

// home answers the root: with one archive a redirect to its main page, with several the shelf.
func (s *Server) home(w http.ResponseWriter, r *http.Request) {
	if len(s.books) != 1 {
		s.shelf(w, r)
		return
	}
	b, path := s.books[0], ""
	if e, err := b.main(r.Context()); err == nil {
		if own, ok := b.path(e); ok && !climbs(own) {
			path = own
		}
	}
	redirect(w, s.address(routeContent, "book", b.name, "path", path)) // without a path it says what is wrong
}

// shelf shows all archives.
func (s *Server) shelf(w http.ResponseWriter, r *http.Request) {
	v := s.voice(w, r)
	title := v.ui.Text("shelf.title")
	lead := v.ui.Text("shelf.lead")
	if len(s.books) == 0 {
		lead = v.ui.Text("shelf.none")
	}
	nodes := []markup.Node{page.Heading(title), page.Lead(lead)}
	var list []markup.Node
	for _, b := range s.books {
		list = append(list, v.onShelf(b))
	}
	if list != nil {
		nodes = append(nodes, page.SearchForm(v.site(nil), page.Search{Action: s.address(routeSearch), Label: v.ui.Text("shelf.search")}))
		nodes = append(nodes, markup.El("ul", markup.A("class", "shelf"), markup.Lines(list...)))
	}
	nodes = append(nodes, s.quitForm(v.ui))
	s.answer(w, r, http.StatusOK, page.Frame(v.site(nil), title, page.Column(nodes...)))
}

// twin reports whether b shares its title with another archive.
func (s *Server) twin(b *book) bool {
	return slices.ContainsFunc(s.books, func(other *book) bool {
		return other != b && strings.EqualFold(other.meta().title, b.meta().title)
	})
}

// onShelf shows one archive. What stands there is its own words; if it shares its title with another, the name of its file
// stands under it.
func (s voice) onShelf(b *book) markup.Node {
	m := b.meta()
	words := func(text string) markup.Node {
		if text == "" {
			return nil
		}
		return markup.Text(text)
	}
	var languages []markup.Node
	for i, code := range m.languages {
		if i > 0 {
			languages = append(languages, markup.Text(s.ui.Text("list.separator")))
		}
		languages = append(languages, markup.Text(s.ui.LanguageName(bcp47(code))))
	}
	rows := []page.Row{
		{Term: s.ui.Text("shelf.by"), Value: words(m.creator)},
		{Term: s.ui.Text("shelf.date"), Value: words(s.ui.Date(m.date))},
		{Term: s.ui.Text("shelf.pages"), Value: words(s.ui.Number(int64(b.zim.ArticleCount())))},
		{Term: s.ui.Text("shelf.size"), Value: words(s.ui.Bytes(b.src.Size))},
	}
	badge, key, sealed := s.badge(b)
	rows = append(rows, page.Row{Term: s.ui.Text("cover.seal"), Value: words(badge)})
	if sealed {
		rows = append(rows, page.Row{Term: s.ui.Text("seal.words"), Value: s.keyWords(key)})
	}
	if languages != nil {
		rows = append([]page.Row{{Term: s.ui.Text("cover.languages"), Value: markup.Frag(languages...)}}, rows...)
	}
	var guest markup.Node
	if !b.src.Ours {
		guest = markup.El("p", markup.A("class", "m"), markup.Text(s.ui.Text("shelf.foreign")))
	}
	lang := markup.If(m.lang != "" && m.lang != s.ui.Lang(), markup.A("lang", m.lang))
	return markup.El(
		"li", markup.A("class", "book"),
		markup.El("h2", markup.A("class", "card"), markup.El(
			"a", markup.A("href", s.address(routeContent, "book", b.name, "path", "")), markup.El("bdi", lang, markup.Text(m.title)),
		)),
		markup.If(s.twin(b), markup.El("p", markup.A("class", "m"), code(b.name))),
		markup.If(m.description != "", markup.El("p", lang, markup.Text(m.description))),
		markup.If(guest != nil, guest),
		page.Rows("rows", rows),
	)
}

// style answers with the style sheet that is compiled in. Bytes of an archive never appear below "/-/".
func (s *Server) style(w http.ResponseWriter, r *http.Request) {
	s.send(w, r, "text/css; charset=utf-8", "", bytes.NewReader(page.Style()))
}

// quitForm is the button that ends the program, where there is one.
func (s *Server) quitForm(ui *messages.Printer) markup.Node {
	if !s.mayQuit() {
		return nil
	}
	return markup.Frag(markup.El("hr"), page.PostForm(s.address(routeQuit), ui.Text("share.quit"), [2]string{tokenField, s.token}))
}

func (s *Server) mayQuit() bool { return s.cfg.Loopback && s.cfg.OnQuit != nil }

// quit ends the program, if one of our own pages asks for it.
func (s *Server) quit(w http.ResponseWriter, r *http.Request) {
	switch {
	case !s.mayQuit():
		s.notFound(w, r)
		return
	case r.Method != http.MethodPost:
		s.notAllowed(w, r, http.MethodPost)
		return
	case !s.pressed(w, r):
		return
	}
	v := s.voice(w, r)
	title := v.ui.Text("quit.title")
	s.answer(w, r, http.StatusOK, page.Frame(v.site(nil), title, page.Column(
		page.Heading(title), page.Lead(v.ui.Text("quit.text")),
	)))
	s.later(s.cfg.OnQuit)
}

// quitDelay is time for the browser to fetch the style sheet of the last page.
const quitDelay = 500 * time.Millisecond
