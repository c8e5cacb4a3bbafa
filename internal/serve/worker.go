package serve

import (
	"net/http"
	"slices"

	"samizdat/internal/markup"
	"samizdat/internal/page"
	"samizdat/internal/zim"
)

// Archives of zimit 1 (warc2zim 1) hold responses as they were recorded and a service worker that makes pages of them in
// the browser. The guard refuses every service worker, for two reasons. It outlives the visit: it stays registered for
// http://localhost:PORT and would answer whatever archive is served there next. And a page that a worker makes has the
// policy that the worker gives it, which may be none, so that such a page could reach the network. So these archives do
// not work here; instead of their start page, which would wait for its worker, there is a page that says so.

// storedQuery is the query of an address that asks for the start page as it is stored.
const storedQuery = "stored"

const maxWorkerPages = 200 // pages that are listed

// needsWorker reports whether b says that its pages need a service worker. Tags vocabulary of the openZIM wiki, "_sw".
func (b *book) needsWorker() bool {
	return !b.src.Ours && slices.Contains(b.meta().tags, "_sw:yes")
}

// startsWorker reports whether r, answered with e, would start b's service worker.
func (b *book) startsWorker(r *http.Request, e zim.Entry) bool {
	if !b.needsWorker() || r.URL.RawQuery == storedQuery {
		return false
	}
	main, err := b.main(r.Context())
	return err == nil && main.Index() == e.Index()
}

// worker answers with what can be done about an archive that needs a service worker: other programs, and the pages as they
// are stored.
func (s *Server) worker(w http.ResponseWriter, r *http.Request, b *book, start string) {
	v := s.voice(w, r).about(b)
	site, title := v.site(b), v.ui.Text("worker.title")
	var pages []markup.Node
	listed := uint32(0)
	articles, err := b.zim.Articles(r.Context())
	if err == nil { // without the list there are the ways out still
		listed = min(articles.Len(), maxWorkerPages)
	}
	for i := range listed {
		e, err := articles.At(i)
		if err != nil {
			break
		}
		if path, ok := b.path(e); ok && path != "" && path != start && !climbs(path) {
			pages = append(pages, markup.El("li", markup.El("a", markup.A("href", s.address(routeContent, "book", b.name, "path", path)), markup.Text(e.Title()))))
		}
	}
	nodes := []markup.Node{
		page.Heading(title), page.Lead(v.ui.Text("worker.text")), para(v.ui.Text("worker.do")),
		markup.El("p", markup.El("a", markup.A("href", s.address(routeContent, "book", b.name, "path", start)+"?"+storedQuery), markup.Text(v.ui.Text("worker.main")))),
	}
	if len(pages) > 0 {
		nodes = append(nodes, page.SectionOf("pages", v.ui.Text("worker.pages"), markup.El("ul", markup.Lines(pages...))))
	}
	s.answer(w, r, http.StatusOK, page.Frame(site, title, page.Column(nodes...)))
}
