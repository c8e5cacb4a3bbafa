package serve

import (
	"context"
	"encoding/json"
	"net/http"
	"strings"

	"samizdat/internal/search"
)

// suggestionJSON is one suggestion as kiwix-serve gives it, with the address besides: a shelf has several archives.
type suggestionJSON struct {
	Value string `json:"value"`
	Label string `json:"label"`          // as HTML
	Kind  string `json:"kind"`           // "path", or "pattern" for a search in the texts
	Path  string `json:"path,omitempty"` // in the archive
	URL   string `json:"url,omitempty"`
	From  string `json:"from,omitempty"` // the archive, where it does not go without saying
	Note  string `json:"note,omitempty"` // what else to know of it, in the language of the reader
}

// suggest answers /suggest: titles that fit what was typed so far.
func (s *Server) suggest(w http.ResponseWriter, r *http.Request) {
	l, ok := s.lookupOf(r)
	if !ok || len(l.books) == 0 {
		s.notFound(w, r)
		return
	}
	q := r.URL.Query()
	term := strings.ToValidUTF8(cutText(q.Get("term"), maxQuery), "")
	count := number(q, "count", suggestions)
	if count <= 0 || count > maxHits {
		count = suggestions
	}
	start := min(max(number(q, "start", 0), 0), maxPages*suggestions) // kiwix-serve's
	v := s.voice(w, r)
	var list []suggestionJSON
	err := s.turn(r.Context(), func(ctx context.Context) (err error) {
		list, err = v.suggested(ctx, l, term, start+count)
		list = list[min(start, len(list)):]
		return err
	})
	s.tellDamage(l.books)
	if err != nil {
		s.searchFailed(w, r, l, err)
		return
	}
	if len(titlesOnly(s.indexes(l.books))) < len(l.books) && strings.TrimSpace(term) != "" {
		list = append(list, suggestionJSON{Value: term + " ", Label: escape(v.ui.Text("search.inside", "q", term)), Kind: "pattern"})
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic("serve: internal error: " + err.Error()) // it is strings
	}
	s.send(w, r, "application/json; charset=utf-8", "", strings.NewReader(string(b)))
}

// suggested returns titles of all books of l: first those that have an index, then the others.
func (s voice) suggested(ctx context.Context, l lookup, term string, count int) ([]suggestionJSON, error) {
	list := []suggestionJSON{}
	add := func(b *book, path, title string) {
		path = b.own(path)
		one := suggestionJSON{Value: title, Label: escape(title), Kind: "path", Path: path, URL: s.address(routeContent, "book", b.name, "path", path)}
		if len(l.books) > 1 || !b.src.Ours {
			one.From = s.named(b)
		}
		if !b.src.Ours {
			one.Note = s.ui.Text("shelf.foreign")
		}
		list = append(list, one)
	}
	indexes := s.indexes(l.books)
	found, err := search.SuggestAll(ctx, indexes, term, count)
	if err != nil {
		return nil, err
	}
	for _, f := range found {
		add(l.books[f.Index], f.Path, f.Title)
	}
	return list, nil
}
