package serve

import (
	"bytes"
	"errors"
	"fmt"
	"net/http"

	"samizdat/internal/markup"
	"samizdat/internal/page"
	"samizdat/internal/seal"
	"samizdat/internal/zim"
)

// cacheControl is the same for all answers of a server: on this machine nothing is kept, on a LAN it is asked for again.
func (s *Server) cacheControl() string {
	if s.cfg.Loopback {
		return "no-store"
	}
	return "private, no-cache"
}

// answer answers with a page of our own.
func (s *Server) answer(w http.ResponseWriter, r *http.Request, status int, html []byte) {
	if status == http.StatusOK {
		s.send(w, r, "text/html; charset=utf-8", "", bytes.NewReader(html))
		return
	}
	w.Header().Set("Content-Type", "text/html; charset=utf-8")
	w.Header().Set("Content-Length", fmt.Sprint(len(html)))
	w.WriteHeader(status)
	if r.Method != http.MethodHead {
		_, _ = w.Write(html)
	}
}

// fail answers for an entry that cannot be shown: 404 if there is none, else a page that names what is damaged. Nothing
// of the entry's bytes is in it.
func (s *Server) fail(w http.ResponseWriter, r *http.Request, b *book, path string, err error) {
	switch {
	case missing(err):
		s.noSuchPage(w, r, b, path)
		return
	case errors.Is(err, zim.ErrBusy):
		w.Header().Set("Retry-After", retryAfter)
		s.unavailable(w, r, "err.503", "err.503.text")
		return
	case r.Context().Err() != nil:
		return // nobody is there any more
	}
	s.logDamage(b, path, err)
	v := s.voice(w, r).about(b)
	site, title, lead := v.site(b), v.ui.Text("err.damaged"), v.ui.Text("err.500.text")
	rows := []page.Row{{Term: v.ui.Text("err.damaged.entry"), Value: code(path)}}
	var format *zim.FormatError
	var block *seal.BlockError
	switch {
	case errors.As(err, &block):
		lead = v.ui.Text("err.damaged.text")
		rows = append(rows, page.Row{Term: v.ui.Text("err.damaged.block"), Value: code(fmt.Sprintf("%d, %#x", block.Block, block.Offset))})
	case errors.As(err, &format):
		rows = append(rows, page.Row{Term: v.ui.Text("err.part"), Value: code(fmt.Sprintf("%s, %#x", format.Part, format.Offset))})
	default:
		title = v.ui.Text("err.500")
	}
	s.answer(w, r, http.StatusInternalServerError, page.Frame(site, title, page.Column(
		markup.El("p", markup.A("class", "folio"), markup.El("span", page.Mark(site, "damaged"))),
		page.Heading(title), page.Lead(lead),
		markup.El("div", markup.A("class", "box"), page.Rows("rows", rows)),
		para(v.ui.Text("err.damaged.do")),
		v.waysOut(b),
	)))
}

// logDamage tells the person who started the server what cannot be read: the place in the file, not what was read there,
// and the entry that is lost.
func (s *Server) logDamage(b *book, path string, err error) {
	var format *zim.FormatError
	var block *seal.BlockError
	switch {
	case errors.As(err, &block):
		s.logf("%s is damaged: block %d at %#x is not as it was sealed; not shown: %s", b.name, block.Block, block.Offset, path)
	case errors.As(err, &format):
		s.logf("%s is damaged: %s at %#x", b.name, format.Part, format.Offset)
	default:
		s.logf("%s cannot be read", b.name)
	}
}

// retryAfter is when to ask again after a 503, in seconds.
const retryAfter = "5"

// noSuchPage answers 404 for a path in b, or for any other address if b is nil.
func (s *Server) noSuchPage(w http.ResponseWriter, r *http.Request, b *book, path string) {
	v := s.voice(w, r).about(b)
	site := v.site(b)
	title := v.ui.Text("err.404")
	nodes := []markup.Node{
		markup.El("p", markup.A("class", "folio"), markup.El("span", markup.Text("404"))),
		page.Heading(title),
	}
	if b != nil {
		nodes = append(nodes, page.Lead(v.ui.Text("err.404.text")))
	}
	nodes = append(nodes, markup.El("p", code(path)))
	if b != nil && b.src.Ours {
		nodes = append(nodes, page.SearchForm(site, page.Search{Action: v.page(b, page.SearchPath), Label: v.ui.Text("search.label")}))
	}
	nodes = append(nodes, v.waysOut(b))
	s.answer(w, r, http.StatusNotFound, page.Frame(site, title, page.Column(nodes...)))
}

// notFound answers for an address outside every archive.
func (s *Server) notFound(w http.ResponseWriter, r *http.Request) {
	s.noSuchPage(w, r, nil, r.URL.Path)
}

// notAllowed answers for a method that an address does not know.
func (s *Server) notAllowed(w http.ResponseWriter, r *http.Request, allow string) {
	w.Header().Set("Allow", allow)
	v := s.voice(w, r)
	title := v.ui.Text("err.405")
	s.answer(w, r, http.StatusMethodNotAllowed, page.Frame(v.site(nil), title, page.Column(
		page.Heading(title), page.Lead(v.ui.Text("err.405.text")), v.waysOut(nil),
	)))
}

// waysOut is a link to the cover of b, or to where the reader begins.
func (s voice) waysOut(b *book) markup.Node {
	to := s.address(routeHome)
	switch {
	case b != nil && b.src.Ours && b.meta().framed:
		to = s.page(b, page.CoverPath)
	case b != nil:
		to = s.address(routeContent, "book", b.name, "path", "")
	}
	return markup.El("p", markup.El("a", markup.A("href", to), markup.Text(s.ui.Text("err.home"))))
}

func para(text string) markup.Node { return markup.El("p", markup.Text(text)) }

// code is a name from an archive or an address, as it is.
func code(s string) markup.Node {
	return markup.El("code", markup.A("dir", "ltr"), markup.A("translate", "no"), markup.Text(s))
}
