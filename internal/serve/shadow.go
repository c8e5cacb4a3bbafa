package serve

import (
	"net/http"

	"github.com/gorilla/mux"

	"samizdat/internal/page"
)

// shadow answers the three pages that archives of ours hold only for other programs, in the languages that the archive
// has them in. In any other archive these are paths like all others.
func (s *Server) shadow(w http.ResponseWriter, r *http.Request) {
	vars := mux.Vars(r)
	if b := s.byName[vars["book"]]; b != nil && b.src.Ours {
		for path, answer := range map[string]func(voice, http.ResponseWriter, *http.Request, *book){
			page.SearchPath: voice.shadowSearch, page.SharePath: voice.share, page.CheckPath: voice.check,
		} {
			lang, ok := page.Language(vars["page"], path)
			if !ok {
				continue
			}
			if v, ok := s.framed(w, r, b, path, lang); ok {
				answer(v, w, r, b)
				return
			}
		}
	}
	vars["path"] = vars["page"]
	s.content(w, r)
}

// shadowAddress returns the address of a shadowed page of b.
func (s *Server) shadowAddress(b *book, path string) string {
	return s.address(routeShadow, "book", b.name, "page", path)
}
