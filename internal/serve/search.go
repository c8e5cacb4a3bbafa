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
	"samizdat/internal/search"
)

// Bounds of a search.
const (
	maxQuery       = 1000 // bytes of what is looked for; the rest is cut off
	searchTime     = 10 * time.Second
	searchesAtOnce = 8
	hitsPerPage    = 25  // kiwix-serve's
	maxHits        = 140 // on a page; kiwix-serve's
	suggestions    = 10
	maxChoices     = 100 // of languages, and of sections, in the form
)

// index returns what there is to search in a book. It is opened when it is first asked for.
func (s *Server) index(b *book) *search.Index {
	b.indexed.Do(func() {
		b.index, _ = search.OpenIndex(b.zim) // tellDamage says it
	})
	return b.index
}

// indexes returns what there is to search in books.
func (s *Server) indexes(books []*book) []*search.Index {
	list := make([]*search.Index, len(books))
	for i, b := range books {
		list[i] = s.index(b)
	}
	return list
}

// tellDamage tells the person who started the server which of books have a damaged index, of each once.
func (s *Server) tellDamage(books []*book) {
	for _, b := range books {
		if s.index(b).Damage() != nil && !b.toldDamage.Swap(true) {
			s.logf("%s: the search index is damaged; titles are searched", b.name)
		}
	}
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

// turn waits until one more search may go on, and has look do it. Its ctx ends when it has taken too long. Whatever becomes of look,
// even a panic, the turn is the next one's behind it.
func (s *Server) turn(parent context.Context, look func(ctx context.Context) error) error {
	ctx, cancel := context.WithTimeout(parent, s.searchTime)
	defer cancel()
	select {
	case s.searches <- struct{}{}:
		defer func() { <-s.searches }()
		return look(ctx)
	case <-ctx.Done():
		return ctx.Err()
	}
}

// find searches the books of l, in the order of which its indexes are numbered. If nothing is found, better is the text with the
// words that are nearest to those that are nowhere; empty if there are none.
func (s *Server) find(r *http.Request, l lookup) (found *search.Results, better string, err error) {
	indexes := s.indexes(l.books)
	err = s.turn(r.Context(), func(ctx context.Context) (err error) {
		opts := &search.Options{Start: l.start, Count: l.count, Language: l.lang, Section: l.part}
		found, err = search.Find(ctx, indexes, l.text, opts)
		if err == nil && found.Reach == 0 {
			better, _ = search.Correct(ctx, indexes, l.text, found.Missing, opts)
		}
		return err
	})
	s.tellDamage(l.books)
	return found, better, err
}

// searchFailed answers for a search that could not be made: for one that takes too long with when to ask again.
func (s *Server) searchFailed(w http.ResponseWriter, r *http.Request, l lookup, err error) {
	if errors.Is(err, context.DeadlineExceeded) && r.Context().Err() == nil {
		w.Header().Set("Retry-After", retryAfter)
		s.unavailable(w, r, "err.503", "err.503.text")
		return
	}
	b := l.books[0]
	if index := (*search.IndexError)(nil); errors.As(err, &index) {
		b = l.books[index.Index]
	}
	s.fail(w, r, b, page.SearchPath, err)
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
	site.Current, site.Search = page.SearchPath, s.address(routeOpenSearch)
	indexes := s.indexes(l.books)
	form := page.Search{Action: action, Label: s.ui.Text("search.label"), Query: l.text, Language: l.lang, Section: l.part}
	if b == nil {
		form.Label = s.shelfLabel(l)
		for _, name := range l.names {
			form.Hidden = append(form.Hidden, [2]string{"content", name})
		}
	}
	for _, x := range indexes {
		form.Languages = appendNew(form.Languages, x.Languages()...)
		form.Sections = appendNew(form.Sections, x.Sections()...)
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
	if l.text == "" {
		nodes = append(nodes, s.searchedHow(l, titlesOnly(indexes))...)
	} else {
		found, better, err := s.find(r, l)
		if err != nil {
			s.searchFailed(w, r, l, err)
			return
		}
		nodes = append(nodes, s.searchedHow(l, found.Titles)...)
		nodes = append(nodes, s.results(found, l, action)...)
		if found.Reach == 0 {
			if better != "" {
				nodes = append(nodes, s.didYouMean(l, better, action))
			}
			tips := "search.tips"
			switch {
			case len(search.ParseQuery(l.text, false).Words()) == 0:
				tips = "search.tips.word"
			case l.lang != "" || l.part != "":
				tips = "search.tips.filter"
			}
			nodes = append(nodes, para(s.ui.Text(tips)))
		}
	}
	if l.text != "" {
		title = l.text + " · " + title
	}
	s.answer(w, r, http.StatusOK, page.Frame(site, title, page.Column(nodes...)))
}

// shelfLabel says which archives a form of the shelf searches: all, or those that the address names, of many the first ones.
func (s voice) shelfLabel(l lookup) string {
	if l.names == nil {
		return s.ui.Text("shelf.search")
	}
	var names []string
	for _, b := range l.books[:min(len(l.books), maxNamed)] {
		names = append(names, s.named(b))
	}
	text := strings.Join(names, s.ui.Text("list.separator"))
	if n := len(l.books); n > maxNamed {
		text += " … (" + strconv.Itoa(n) + ")"
	}
	return s.ui.Text("search.label.of", "archives", text)
}

// maxNamed is how many archives the label of a form names.
const maxNamed = 3

// appendNew appends what list does not have yet, as long as there is room.
func appendNew(list []string, more ...string) []string {
	for _, s := range more {
		if len(list) < maxChoices && !slices.Contains(list, s) {
			list = append(list, s)
		}
	}
	return list
}

// scripted reports whether the page may have the script that suggests while somebody types: not on a LAN, where nobody
// runs scripts.
func (s *Server) scripted(r *http.Request) bool { return s.cfg.Loopback && !placeOf(r).guests }

// titlesOnly returns which of indexes have none of the texts.
func titlesOnly(indexes []*search.Index) []int {
	var list []int
	for i, x := range indexes {
		if texts, _ := x.Has(); !texts {
			list = append(list, i)
		}
	}
	return list
}

// searchedHow says of which books only the titles are searched, and whose index is damaged.
func (s voice) searchedHow(l lookup, titles []int) []markup.Node {
	var nodes []markup.Node
	var names []string
	for _, i := range titles {
		if s.index(l.books[i]).Damage() == nil {
			names = append(names, s.named(l.books[i]))
		}
	}
	switch {
	case len(titles) == len(l.books):
		nodes = append(nodes, para(s.ui.Text("search.titles")))
	case names != nil:
		nodes = append(nodes, para(s.ui.Text("search.titles.of", "archives", strings.Join(names, s.ui.Text("list.separator")))))
	}
	for _, b := range l.books {
		if s.index(b).Damage() != nil {
			nodes = append(nodes, para(s.ui.Text("search.damaged", "archive", s.named(b))))
		}
	}
	return nodes
}

// named returns the title of b, and the name of its file if another archive has that title.
func (s *Server) named(b *book) string {
	if s.twin(b) {
		return b.meta().title + " · " + b.name
	}
	return b.meta().title
}

// own returns the path in addresses of what an index says is at path.
func (b *book) own(path string) string {
	if e, err := b.zim.Content(path); err == nil {
		if own, ok := b.path(e); ok {
			return own
		}
	}
	return path
}

// origin says which archive a result is from, in its own words, and whether that came with the program; nil where it goes without
// saying.
func (s voice) origin(b *book, l lookup) markup.Node {
	if len(l.books) == 1 && b.src.Ours {
		return nil
	}
	parts := []markup.Part{markup.A("class", "by"), markup.El("bdi", markup.Text(b.meta().title))}
	if s.twin(b) {
		parts = append(parts, markup.Text(" · "), code(b.name))
	}
	if !b.src.Ours {
		parts = append(parts, markup.Text(" · "+s.ui.Text("shelf.foreign")))
	}
	return markup.El("p", parts...)
}

// results shows what was found, with links to the pages of results before and after.
func (s voice) results(found *search.Results, l lookup, action string) []markup.Node {
	if found.Reach == 0 {
		return []markup.Node{page.Lead(s.ui.Text("search.none", "q", l.text))}
	}
	all, some := "search.found", "search.shown"
	if found.AtMost {
		all, some = "search.found.most", "search.shown.most"
	}
	line := s.ui.Text(all, "n", found.Total)
	if n := len(found.Hits); n > 0 && n < found.Total {
		line = s.ui.Text(some, "a", l.start+1, "b", l.start+n, "n", found.Total)
	}
	var list []markup.Node
	for _, h := range found.Hits {
		b := l.books[h.Index]
		var passage markup.Node
		if h.Passage != nil {
			var parts []markup.Node
			for _, span := range h.Passage {
				if span.Mark {
					parts = append(parts, markup.El("mark", markup.Text(span.Text)))
				} else {
					parts = append(parts, markup.Text(span.Text))
				}
			}
			passage = markup.El("p", markup.A("dir", "auto"), markup.Frag(parts...))
		}
		from := s.origin(b, l)
		list = append(list, markup.El("li", markup.El("h2", markup.A("class", "card"), markup.El(
			"a", markup.A("href", s.page(b, b.own(h.Path))), markup.El("bdi", markup.Text(h.Title)),
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
		turn("search.before", max(0, min(l.start, found.Reach)-l.count))
	}
	if next := l.start + len(found.Hits); next < found.Reach && len(found.Hits) > 0 && next < maxPages*l.count {
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

// didYouMean offers to look for text instead.
func (s voice) didYouMean(l lookup, text, action string) markup.Node {
	return markup.El("p", markup.A("class", "lead"), markup.Text(s.ui.Text("search.didyoumean")+": "), markup.El(
		"a", markup.A("href", l.address(action, text, 0)), markup.El("bdi", markup.Text(text)),
	))
}

// searchXML answers as kiwix-serve does: an RSS feed with OpenSearch elements.
func (s *Server) searchXML(w http.ResponseWriter, r *http.Request, l lookup) {
	results, _, err := s.find(r, l)
	if err != nil {
		s.searchFailed(w, r, l, err)
		return
	}
	x := newFeed()
	x.open("rss", attr("version", "2.0"), `xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"`, `xmlns:atom="http://www.w3.org/2005/Atom"`)
	x.open("channel")
	x.text("title", "Search: "+l.text)
	x.text("link", l.address(s.address(routeSearch), l.text, l.start)+"&format=xml")
	x.text("description", "Search result for "+l.text)
	total := results.Total
	if results.Reach == 0 {
		total = 0
	}
	x.text("opensearch:totalResults", strconv.Itoa(total))
	x.text("opensearch:startIndex", strconv.Itoa(l.start+1))
	x.text("opensearch:itemsPerPage", strconv.Itoa(len(results.Hits)))
	x.WriteString("<atom:link " + attr("rel", "search") + " " + attr("type", "application/opensearchdescription+xml") + " " +
		attr("href", s.address(routeOpenSearch)) + "/>\n")
	x.WriteString("<opensearch:Query " + attr("role", "request") + " " + attr("searchTerms", l.text) + " " +
		attr("startIndex", strconv.Itoa(l.start+1)) + " " + attr("count", strconv.Itoa(l.count)) + "/>\n")
	for _, h := range results.Hits {
		b := l.books[h.Index]
		x.open("item")
		x.text("title", h.Title)
		x.text("link", s.address(routeContent, "book", b.name, "path", b.own(h.Path)))
		x.WriteString("<description>")
		for _, span := range h.Passage {
			if span.Mark {
				x.WriteString("<b>" + escape(span.Text) + "</b>")
			} else {
				x.WriteString(escape(span.Text))
			}
		}
		x.WriteString("</description>\n")
		x.open("book")
		x.text("title", b.meta().title)
		x.close("book")
		x.text("wordCount", strconv.Itoa(h.Words))
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
