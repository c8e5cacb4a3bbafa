package serve

import (
	"net/http"
	"slices"
	"strings"

	"samizdat/internal/messages"
	"samizdat/internal/page"
)

// voice is the server as it answers one request with a page of its own: in a language.
type voice struct {
	*Server
	ui   *messages.Printer // instead of the server's
	path string            // of a shadowed page, as in the main language; empty for other pages
	lang string            // in the names of pages; empty for the main language
}

// voice returns the server as it answers r with a page that belongs to no language of an archive, such as the shelf: in
// the language that the browser asks for. The answer then depends on that header, and says so (RFC 9110 §12.5.5).
func (s *Server) voice(w http.ResponseWriter, r *http.Request) voice {
	if s.cfg.OneLanguage {
		return voice{Server: s, ui: s.ui}
	}
	w.Header().Add("Vary", "Accept-Language")
	ui := s.ui
	if asked := strings.Join(r.Header.Values("Accept-Language"), ","); asked != "" {
		ui = messages.Match(asked)
	}
	return voice{Server: s, ui: ui}
}

// about is s for a page about b: its links then lead to pages in the same language, if b has some.
func (s voice) about(b *book) voice {
	if b != nil && b.src.Ours {
		if all := b.meta().frames; len(all) > 0 && slices.Contains(all[1:], s.ui.Lang()) {
			s.lang = s.ui.Lang()
		}
	}
	return s
}

// framed returns the server as it answers the shadowed page at path, with lang in its name, in the language of the pages
// around it. Archives that do not say in which language those are get the reader's own. ok is false if there are no
// pages in lang.
func (s *Server) framed(w http.ResponseWriter, r *http.Request, b *book, path, lang string) (v voice, ok bool) {
	switch all := b.meta().frames; {
	case lang == "" && len(all) == 0:
		v = s.voice(w, r)
	case lang == "":
		v = voice{Server: s, ui: messages.For(all[0])}
	case len(all) > 0 && slices.Contains(all[1:], lang):
		v = voice{Server: s, ui: messages.For(lang), lang: lang}
	default:
		return voice{}, false
	}
	v.path = path
	return v, true
}

// site returns the frame for a page about b; for nil, and for guests, it is the program's own.
func (s voice) site(b *book) page.Site {
	site := page.Site{Title: s.ui.Text("app.name"), Home: "/", Style: s.address(routeStyle), Bare: true, UI: s.ui}
	if b == nil || !b.src.Ours || !b.meta().framed {
		return site
	}
	m := b.meta()
	site.Title, site.Lang, site.Bare, site.Path, site.Without = m.title, m.lang, false, s.path, m.without
	site.Home = s.address(routeContent, "book", b.name, "path", "")
	if slices.Contains(m.frames, s.ui.Lang()) { // else the links lead to pages in the main language
		site.Languages = m.frames
	}
	return site
}

// page returns the address of the page of b in the same language, if it is there, and of the page itself otherwise.
func (s voice) page(b *book, path string) string {
	if own := page.InLanguage(path, s.lang); b.has(own) {
		path = own
	}
	return s.address(routeContent, "book", b.name, "path", path)
}
