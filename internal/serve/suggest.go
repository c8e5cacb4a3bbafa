package serve

import (
	"context"
	"encoding/json"
	"errors"
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
	ctx, done, err := s.turn(r.Context())
	if err != nil {
		s.searchFailed(w, r, l, err)
		return
	}
	list, err := s.suggested(ctx, l.books, term, count)
	done()
	if err != nil {
		s.searchFailed(w, r, l, err)
		return
	}
	if _, indexes := s.searchable(l.books); len(indexes) > 0 && strings.TrimSpace(term) != "" {
		list = append(list, suggestionJSON{Value: term + " ", Label: escape(s.voice(w, r).ui.Text("search.inside", "q", term)), Kind: "pattern"})
	}
	b, err := json.Marshal(list)
	if err != nil {
		panic("serve: internal error: " + err.Error()) // it is strings
	}
	s.send(w, r, "application/json; charset=utf-8", "", strings.NewReader(string(b)))
}

func (s *Server) suggested(ctx context.Context, books []*book, term string, count int) ([]suggestionJSON, error) {
	list := []suggestionJSON{}
	add := func(b *book, path, title string) {
		list = append(list, suggestionJSON{
			Value: title, Label: escape(title), Kind: "path", Path: path, URL: s.address(routeContent, "book", b.name, "path", path),
		})
	}
	with, without, indexes := s.suggestible(books)
	found, err := search.Suggest(ctx, indexes, term, count)
	for s.without(with, err) {
		with, without, indexes = s.suggestible(books)
		found, err = search.Suggest(ctx, indexes, term, count)
	}
	if err != nil && !errors.Is(err, search.ErrNoIndex) {
		return nil, err
	}
	for _, f := range found {
		path := f.Path
		if e, err := with[f.Index].zim.Content(f.Path); err == nil {
			if own, ok := with[f.Index].path(e); ok {
				path = own
			}
		}
		add(with[f.Index], path, f.Title)
	}
	if strings.TrimSpace(term) == "" {
		return list, nil
	}
	others, err := s.inTitles(ctx, without, term)
	if err != nil {
		return nil, err
	}
	for _, h := range others.hits {
		if len(list) == count {
			break
		}
		add(h.book, h.path, h.title)
	}
	return list, nil
}

// suggestible returns the books whose titles have an index, with it, and those whose titles have none.
func (s *Server) suggestible(books []*book) (with, without []*book, indexes []*search.Index) {
	for _, b := range books {
		x := s.index(b)
		if _, titles := x.Has(); titles && !b.unread.Load() {
			with = append(with, b)
			indexes = append(indexes, x)
		} else {
			without = append(without, b)
		}
	}
	return with, without, indexes
}
