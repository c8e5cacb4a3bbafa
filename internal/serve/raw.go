package serve

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"github.com/gorilla/mux"

	"samizdat/internal/zim"
)

var noTime time.Time // archives have no times of their items

// rawContent answers /raw/BOOK/content/PATH: the item's bytes, at an address that no redirect changes. kiwix-serve
// documents it as a public interface.
func (s *Server) rawContent(w http.ResponseWriter, r *http.Request) {
	b, path := s.byName[mux.Vars(r)["book"]], mux.Vars(r)["path"]
	if b == nil {
		s.notFound(w, r)
		return
	}
	asked, e, err := b.lookup(path, r.URL)
	if err == nil {
		e, err = e.Resolve()
	}
	if err != nil {
		s.fail(w, r, b, asked, err)
		return
	}
	s.item(w, r, b, e)
}

// rawMeta answers /raw/BOOK/meta/KEY with an entry of the metadata.
func (s *Server) rawMeta(w http.ResponseWriter, r *http.Request) {
	b, path := s.byName[mux.Vars(r)["book"]], mux.Vars(r)["path"]
	if b == nil {
		s.notFound(w, r)
		return
	}
	e, err := b.zim.Entry(zim.NamespaceMetadata, path)
	if err == nil {
		e, err = e.Resolve()
	}
	if err != nil {
		s.fail(w, r, b, path, err)
		return
	}
	s.item(w, r, b, e)
}

// randomPage answers /random?content=BOOK with a redirect to a random article. Without a book it takes the first.
func (s *Server) randomPage(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query() // r.FormValue would read a body, too, and put it on the disk if it is long
	b := s.byName[q.Get("content")]
	if b == nil && !q.Has("content") && len(s.books) > 0 {
		b = s.books[0]
	}
	if b == nil {
		s.notFound(w, r)
		return
	}
	articles, err := b.zim.Articles(r.Context())
	if err == nil && articles.Len() == 0 {
		s.notFound(w, r)
		return
	}
	var e zim.Entry
	if err == nil {
		e, err = articles.At(s.random(articles.Len()))
	}
	if err == nil {
		e, err = e.Resolve()
	}
	path, ok := "", false
	if err == nil {
		path, ok = b.path(e)
	}
	if err == nil && (!ok || path == "" || climbs(path)) {
		err = fmt.Errorf("an article without an address: %w", fs.ErrNotExist)
	}
	if err != nil {
		s.fail(w, r, b, path, err)
		return
	}
	redirect(w, s.address(routeContent, "book", b.name, "path", path))
}

// missing reports whether err says that there is no such entry, and not that it cannot be read.
func missing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
