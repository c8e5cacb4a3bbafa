package serve

import (
	"context"
	_ "embed"
	"errors"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"samizdat/internal/markup"
	"samizdat/internal/page"
	"samizdat/internal/seal"
	"samizdat/internal/search"
	"samizdat/internal/xapian"
)

// Bounds of a search.
const (
	maxQuery       = 1000 // bytes of what is looked for; the rest is cut off
	searchTime     = 10 * time.Second
	searchesAtOnce = 8
	hitsPerPage    = 25  // kiwix-serve's
	maxHits        = 140 // on a page; kiwix-serve's
	suggestions    = 10
)

// index returns what there is to search in a book. It is opened when it is first asked for; one that is damaged is as
// good as none, and the person who started the server is told.
func (s *Server) index(b *book) *search.Index {
	b.indexed.Do(func() {
		x, err := search.OpenIndex(b.zim)
		if err != nil {
			s.logf("%s: the search index is damaged; titles are searched", b.name)
		}
		b.index = x
	})
	return b.index
}

// searchable returns the books whose texts can be searched, with their indexes.
func (s *Server) searchable(books []*book) (with []*book, indexes []*search.Index) {
	for _, b := range books {
		x := s.index(b)
		if fulltext, _ := x.Has(); fulltext && !b.unread.Load() {
			with = append(with, b)
			indexes = append(indexes, x)
		}
	}
	return with, indexes
}

// lookup is a search as an address asks for it.
type lookup struct {
	books []*book
	text  string // as it was typed
	cut   bool   // text is only the beginning of what was typed
	start int    // results to leave out
	count int    // results on a page
	lang  string // filters; empty for none
	part  string
	names []string // of the books, as an address of the shelf names them; none for all
}

// lookupOf reads the parameters of our own form (q, section, lang, from) and those of kiwix-serve (pattern, content,
// books.name, books.id, start from 1, pageLength). ok is false if it names a book that is not there.
func (s *Server) lookupOf(r *http.Request) (l lookup, ok bool) {
	q := r.URL.Query()
	l = lookup{text: q.Get("q"), start: number(q, "from", 1) - 1, lang: q.Get("lang"), part: q.Get("section")}
	if l.text == "" {
		l.text = q.Get("pattern")
		l.start = number(q, "start", 1) - 1
	}
	if l.count = min(number(q, "pageLength", hitsPerPage), maxHits); l.count <= 0 {
		l.count = hitsPerPage
	}
	l.start = min(max(l.start, 0), maxPages*l.count)
	l.text = strings.TrimSpace(l.text)
	l.cut = len(l.text) > maxQuery
	l.text = strings.TrimSpace(strings.ToValidUTF8(cutText(l.text, maxQuery), ""))
	l.cut = l.cut || search.ParseQuery(l.text, false).Cut
	add := func(b *book) { // each once, however often it is named
		if slices.Contains(l.books, b) {
			return
		}
		if l.books = append(l.books, b); b != nil {
			l.names = append(l.names, b.name)
		}
	}
	for _, name := range slices.Concat(q["content"], q["books.name"]) {
		add(s.byName[name])
	}
	for _, id := range q["books.id"] {
		add(s.byID(id))
	}
	if len(l.books) == 0 {
		l.books = s.books
	}
	return l, !slices.Contains(l.books, nil)
}

func cutText(s string, n int) string { return s[:min(len(s), n)] }

// without reports whether err is about the index of one of books that is damaged. That book counts as one without an index
// from then on: the other archives of a shelf are searched all the same.
func (s *Server) without(books []*book, err error) bool {
	var index *search.IndexError
	var format *xapian.FormatError
	var block *seal.BlockError
	if !errors.As(err, &index) || !errors.As(err, &format) && !errors.As(err, &block) {
		return false
	}
	if b := books[index.Index]; !b.unread.Swap(true) {
		s.logf("%s: the search index is damaged; titles are searched", b.name)
	}
	return true
}

// turn waits until one more search may go on. Its ctx ends when it has taken too long; done must be called behind it.
func (s *Server) turn(parent context.Context) (ctx context.Context, done func(), err error) {
	ctx, cancel := context.WithTimeout(parent, searchTime)
	select {
	case s.searches <- struct{}{}:
		return ctx, func() { <-s.searches; cancel() }, nil
	case <-ctx.Done():
		defer cancel()
		return nil, nil, ctx.Err()
	}
}

// find searches the books of l that have an index of their texts. If none has, the error is [search.ErrNoIndex].
func (s *Server) find(r *http.Request, l lookup) (*search.Results, []*book, error) {
	ctx, done, err := s.turn(r.Context())
	if err != nil {
		return nil, nil, err
	}
	defer done()
	for {
		books, indexes := s.searchable(l.books)
		found, err := s.findIn(ctx, l, indexes)
		if !s.without(books, err) {
			return found, books, err
		}
	}
}

// findIn searches indexes.
func (s *Server) findIn(ctx context.Context, l lookup, indexes []*search.Index) (*search.Results, error) {
	opts := &search.Options{Start: l.start, Count: l.count, Language: l.lang, Section: l.part}
	found, err := search.Search(ctx, indexes, search.ParseQuery(l.text, false), opts)
	if err == nil && found.Total == 0 { // perhaps the word is not finished
		if more, e := search.Search(ctx, indexes, search.ParseQuery(l.text, true), opts); e == nil && more.Total > 0 {
			found = more
		} else if errors.As(e, new(*search.IndexError)) {
			return nil, e
		}
	}
	return found, err
}

// searchFailed answers for a search that could not be made: for one that takes too long with when to ask again.
func (s *Server) searchFailed(w http.ResponseWriter, r *http.Request, l lookup, err error) {
	if errors.Is(err, context.DeadlineExceeded) && r.Context().Err() == nil {
		w.Header().Set("Retry-After", retryAfter)
		s.unavailable(w, r, "err.503", "err.503.text")
		return
	}
	s.fail(w, r, l.books[0], page.SearchPath, err)
}

// shadowSearch answers search.html.
func (s voice) shadowSearch(w http.ResponseWriter, r *http.Request, b *book) {
	l, _ := s.lookupOf(r)
	l.books, l.names = []*book{b}, nil
	s.searchPage(w, r, l, s.shadowAddress(b, page.InLanguage(s.path, s.lang)), b)
}

// search answers /search: a page, or with format=xml what kiwix-serve answers.
func (s *Server) search(w http.ResponseWriter, r *http.Request) {
	l, ok := s.lookupOf(r)
	if !ok || len(l.books) == 0 {
		s.notFound(w, r)
		return
	}
	if r.URL.Query().Get("format") == "xml" {
		s.searchXML(w, r, l)
		return
	}
	s.voice(w, r).searchPage(w, r, l, s.address(routeSearch), nil)
}

// searchPage answers with the form, and with results if something is looked for. The form asks action; b is the archive
// that the page is in, or nil.
func (s voice) searchPage(w http.ResponseWriter, r *http.Request, l lookup, action string, b *book) {
	site, title := s.site(b), s.ui.Text("search.title")
	site.Current = page.SearchPath
	_, indexes := s.searchable(l.books)
	form := page.Search{Action: action, Label: s.ui.Text("search.label"), Query: l.text, Language: l.lang, Section: l.part}
	if b == nil {
		form.Label = s.ui.Text("shelf.search")
		for _, name := range l.names {
			form.Hidden = append(form.Hidden, [2]string{"content", name})
		}
	}
	for _, x := range indexes {
		for _, tag := range x.Languages() {
			form.Languages = appendNew(form.Languages, tag)
		}
		for _, name := range x.Sections() {
			form.Sections = appendNew(form.Sections, name)
		}
	}
	if s.scripted(r) {
		form.Suggests = true
		site.Script = s.address(routeSearchScript)
		s.setPolicy(w.Header(), shown{of: ownPage, at: placeOf(r), script: s.address(routeSearchScript), asks: s.address(routeSuggest)})
	}
	nodes := []markup.Node{page.Heading(title), page.SearchForm(site, form)}
	if l.cut {
		nodes = append(nodes, para(s.ui.Text("search.cut")))
	}
	var (
		results *search.Results
		books   []*book
		err     error
	)
	if l.text != "" {
		results, books, err = s.find(r, l)
	} else if len(indexes) == 0 {
		err = search.ErrNoIndex
	}
	switch {
	case errors.Is(err, search.ErrNoIndex): // or all that there are have turned out to be damaged
		nodes = append(nodes, para(s.ui.Text("search.titles")))
		if l.text == "" {
			break
		}
		found, err := s.inTitles(r.Context(), l.books, l.text)
		if err != nil {
			s.searchFailed(w, r, l, err)
			return
		}
		nodes = append(nodes, s.results(found, l, action)...)
	case err != nil:
		s.searchFailed(w, r, l, err)
		return
	case l.text != "":
		nodes = append(nodes, s.results(s.listed(results, books), l, action)...)
		if results.Total == 0 {
			nodes = append(nodes, s.didYouMean(r.Context(), indexes, l, results, action), para(s.ui.Text("search.tips")))
		}
	}
	s.answer(w, r, http.StatusOK, page.Frame(site, title, page.Column(nodes...)))
}

func appendNew(list []string, s string) []string {
	if slices.Contains(list, s) {
		return list
	}
	return append(list, s)
}

// scripted reports whether the page may have the script that suggests while somebody types: not on a LAN, where nobody
// runs scripts.
func (s *Server) scripted(r *http.Request) bool { return s.cfg.Loopback && !placeOf(r).guests }

// listed is what a page of results shows.
type listed struct {
	total  int
	atMost bool
	hits   []listedHit
}

// listedHit is one result.
type listedHit struct {
	book    *book
	path    string // in addresses
	title   string
	words   int
	passage []search.Span
}

// listed finds the pages of results.
func (s *Server) listed(results *search.Results, books []*book) listed {
	l := listed{total: results.Total, atMost: results.AtMost}
	for _, h := range results.Hits {
		b := books[h.Index]
		path := h.Path
		if e, err := b.zim.Content(h.Path); err == nil {
			if own, ok := b.path(e); ok {
				path = own
			}
		}
		l.hits = append(l.hits, listedHit{b, path, h.Title, h.Words, h.Passage})
	}
	return l
}

// results shows what was found, with links to the pages of results before and after.
func (s voice) results(found listed, l lookup, action string) []markup.Node {
	if found.total == 0 {
		return []markup.Node{page.Lead(s.ui.Text("search.none", "q", l.text))}
	}
	line := s.ui.Text("search.found", "n", found.total)
	if n := len(found.hits); n > 0 && n < found.total {
		line = s.ui.Text("search.shown", "a", l.start+1, "b", l.start+n, "n", found.total)
	}
	var list []markup.Node
	for _, h := range found.hits {
		var passage, from markup.Node
		if h.passage != nil {
			var parts []markup.Node
			for _, span := range h.passage {
				if span.Mark {
					parts = append(parts, markup.El("mark", markup.Text(span.Text)))
				} else {
					parts = append(parts, markup.Text(span.Text))
				}
			}
			passage = markup.El("p", markup.A("dir", "auto"), markup.Frag(parts...))
		}
		if len(l.books) > 1 {
			from = markup.El("p", markup.A("class", "by"), markup.El("bdi", markup.Text(h.book.meta().title)))
		}
		list = append(list, markup.El("li", markup.El("h2", markup.A("class", "card"), markup.El(
			"a", markup.A("href", s.page(h.book, h.path)), markup.El("bdi", markup.Text(h.title)),
		)), markup.If(from != nil, from), markup.If(passage != nil, passage)))
	}
	nodes := []markup.Node{
		markup.El("p", markup.A("class", "m"), markup.Text(line)),
		markup.El("ol", markup.A("class", "hits"), markup.A("start", strconv.Itoa(l.start+1)), markup.Lines(list...)),
	}
	var turns []markup.Node
	turn := func(key string, from int) {
		turns = append(turns, markup.El("a", markup.A("href", l.address(action, l.text, from)), markup.Text(s.ui.Text(key))))
	}
	if l.start > 0 { // from behind the end to the last page
		turn("search.before", max(0, min(l.start, found.total)-l.count))
	}
	if next := l.start + len(found.hits); next < found.total && len(found.hits) > 0 && next < maxPages*l.count {
		turn("search.after", next)
	}
	if turns != nil {
		for i := len(turns) - 1; i > 0; i-- {
			turns = slices.Insert(turns, i, markup.Text(" "))
		}
		nodes = append(nodes, markup.El("nav", markup.A("class", "m"), markup.A("aria-label", s.ui.Text("search.pages")), markup.Frag(turns...)))
	}
	return nodes
}

// maxPages bounds how far one can turn the pages of results.
const maxPages = 100

// address returns where a search for text is answered, from a result on.
func (l lookup) address(action, text string, from int) string {
	v := url.Values{"q": {text}}
	if from > 0 {
		v.Set("from", strconv.Itoa(from+1))
	}
	if l.names != nil {
		v["content"] = l.names
	}
	if l.count != hitsPerPage {
		v.Set("pageLength", strconv.Itoa(l.count))
	}
	if l.lang != "" {
		v.Set("lang", l.lang)
	}
	if l.part != "" {
		v.Set("section", l.part)
	}
	return action + "?" + v.Encode()
}

// didYouMean offers the words that are nearest to those that are nowhere.
func (s voice) didYouMean(ctx context.Context, indexes []*search.Index, l lookup, results *search.Results, action string) markup.Node {
	ctx, cancel := context.WithTimeout(ctx, searchTime)
	defer cancel()
	text, ok := search.Correct(ctx, indexes, l.text, results.Missing)
	if !ok {
		return nil
	}
	return markup.El("p", markup.A("class", "lead"), markup.Text(s.ui.Text("search.didyoumean")+": "), markup.El(
		"a", markup.A("href", l.address(action, text, 0)), markup.El("bdi", markup.Text(text)),
	))
}

// Bounds of a search in titles.
const (
	maxTitleQuery = 200 // bytes of what is looked for
	maxTitles     = 100 // found in all archives together
)

// inTitles looks for words in the titles of books without an index.
func (s *Server) inTitles(ctx context.Context, books []*book, text string) (listed, error) {
	var found listed
	for _, b := range books {
		for e, err := range search.Titles(ctx, b.zim, cutText(text, maxTitleQuery)) {
			if err != nil {
				return found, err
			}
			if len(found.hits) == maxTitles {
				break
			}
			if path, ok := b.path(e); ok && path != "" {
				found.hits = append(found.hits, listedHit{book: b, path: path, title: e.Title()})
			}
		}
		if err := ctx.Err(); err != nil {
			return found, err
		}
	}
	found.total = len(found.hits)
	return found, nil
}

// searchXML answers as kiwix-serve does: an RSS feed with OpenSearch elements.
func (s *Server) searchXML(w http.ResponseWriter, r *http.Request, l lookup) {
	results, books, err := s.find(r, l)
	switch {
	case errors.Is(err, search.ErrNoIndex):
		s.notFound(w, r)
		return
	case err != nil:
		s.searchFailed(w, r, l, err)
		return
	}
	x := newFeed()
	x.open("rss", attr("version", "2.0"), `xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"`, `xmlns:atom="http://www.w3.org/2005/Atom"`)
	x.open("channel")
	x.text("title", "Search: "+l.text)
	x.text("link", r.URL.RequestURI())
	x.text("description", "Search result for "+l.text)
	x.text("opensearch:totalResults", strconv.Itoa(results.Total))
	x.text("opensearch:startIndex", strconv.Itoa(l.start+1))
	x.text("opensearch:itemsPerPage", strconv.Itoa(len(results.Hits)))
	x.WriteString("<atom:link " + attr("rel", "search") + " " + attr("type", "application/opensearchdescription+xml") + " " +
		attr("href", s.address(routeOpenSearch)) + "/>\n")
	x.WriteString("<opensearch:Query " + attr("role", "request") + " " + attr("searchTerms", l.text) + " " +
		attr("startIndex", strconv.Itoa(l.start+1)) + " " + attr("count", strconv.Itoa(l.count)) + "/>\n")
	for _, h := range s.listed(results, books).hits {
		x.open("item")
		x.text("title", h.title)
		x.text("link", s.address(routeContent, "book", h.book.name, "path", h.path))
		x.WriteString("<description>")
		for _, span := range h.passage {
			if span.Mark {
				x.WriteString("<b>" + escape(span.Text) + "</b>")
			} else {
				x.WriteString(escape(span.Text))
			}
		}
		x.WriteString("</description>\n")
		x.open("book")
		x.text("title", h.book.meta().title)
		x.close("book")
		x.text("wordCount", strconv.Itoa(h.words))
		x.close("item")
	}
	x.close("channel")
	x.close("rss")
	s.send(w, r, "application/rss+xml; charset=utf-8", "", strings.NewReader(x.String()))
}

// openSearch describes /search to browsers and other programs. OpenSearch 1.1, draft 6.
func (s *Server) openSearch(w http.ResponseWriter, r *http.Request) {
	x := newFeed()
	x.open("OpenSearchDescription", `xmlns="http://a9.com/-/spec/opensearch/1.1/"`)
	name := s.ui.Text("app.name")
	if len(s.books) == 1 {
		name = s.books[0].meta().title
	}
	x.text("ShortName", name)
	x.text("Description", s.ui.Text("shelf.search"))
	origin := placeOf(r).origin
	for _, answer := range []struct{ mime, to string }{
		{"text/html", s.address(routeSearch) + "?pattern={searchTerms}&start={startIndex?}&pageLength={count?}"},
		{"application/rss+xml", s.address(routeSearch) + "?format=xml&pattern={searchTerms}&start={startIndex?}&pageLength={count?}"},
	} {
		x.WriteString("<Url " + attr("type", answer.mime) + " " + attr("template", origin+answer.to) + "/>\n")
	}
	x.close("OpenSearchDescription")
	s.send(w, r, "application/opensearchdescription+xml", "", strings.NewReader(x.String()))
}

//go:embed search.js
var searchScript string

// searchJS is the script of our search pages. It is compiled in, as the style sheet is.
func (s *Server) searchJS(w http.ResponseWriter, r *http.Request) {
	if !s.scripted(r) {
		s.notFound(w, r)
		return
	}
	s.send(w, r, "text/javascript; charset=utf-8", "", strings.NewReader(searchScript))
}
