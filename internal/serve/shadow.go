package serve

import (
	"net/http"
	"strings"

	"github.com/gorilla/mux"

	"samizdat/internal/markup"
	"samizdat/internal/page"
	"samizdat/internal/zim"
)

// shadow answers the three pages that archives of ours hold only for other programs, in the languages that the archive
// has them in. In any other archive these are paths like all others.
func (s *Server) shadow(w http.ResponseWriter, r *http.Request) {
	vars := mux.Vars(r)
	if b := s.byName[vars["book"]]; b != nil && b.src.Ours {
		for path, answer := range map[string]func(voice, http.ResponseWriter, *http.Request, *book){
			page.SearchPath: voice.search, page.SharePath: voice.share, page.CheckPath: voice.check,
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

// Bounds of a search.
const (
	maxQuery   = 200    // bytes of what is looked for
	maxScan    = 50_000 // titles looked through; in larger archives only those that begin with the words are found
	maxResults = 100
)

// search looks for words in titles; the text itself is not searched.
func (s voice) search(w http.ResponseWriter, r *http.Request, b *book) {
	site, title := s.site(b), s.ui.Text("search.title")
	site.Current = page.SearchPath
	query := strings.TrimSpace(strings.ToValidUTF8(r.FormValue("q"), ""))
	if len(query) > maxQuery {
		query = strings.ToValidUTF8(query[:maxQuery], "")
	}
	nodes := []markup.Node{
		page.Heading(title),
		page.SearchForm(site, s.shadowAddress(b, page.InLanguage(s.path, s.lang)), s.ui.Text("search.label"), query),
		para(s.ui.Text("search.titles")),
	}
	if query != "" {
		hits, err := b.titles(query)
		switch {
		case err != nil:
			s.fail(w, r, b, s.path, err)
			return
		case len(hits) == 0:
			nodes = append(nodes, para(s.ui.Text("search.none", "q", query)), para(s.ui.Text("search.tips")))
		default:
			nodes = append(nodes, markup.El("p", markup.A("class", "m"), markup.Text(s.ui.Text("search.found", "n", len(hits)))))
			nodes = append(nodes, s.hits(b, hits))
		}
	}
	s.answer(w, r, http.StatusOK, page.Frame(site, title, page.Column(nodes...)))
}

func (s voice) hits(b *book, hits []zim.Entry) markup.Node {
	var list []markup.Node
	for _, e := range hits {
		path, _ := b.path(e)
		list = append(list, markup.El("li", markup.El("h2", markup.A("class", "card"), markup.El(
			"a", markup.A("href", s.page(b, path)), markup.El("bdi", markup.Text(e.Title())),
		))))
	}
	return markup.El("ol", markup.A("class", "hits"), markup.Lines(list...))
}

// titles returns the articles whose titles have all the words of query in them, in order of title. Case does not
// matter, but in archives too large to look through.
func (b *book) titles(query string) ([]zim.Entry, error) {
	words := strings.Fields(strings.ToLower(query))
	from, n := uint32(0), b.zim.ArticleCount()
	if n > maxScan {
		var err error
		if from, err = b.firstTitle(query); err != nil {
			return nil, err
		}
		n = min(n, from+maxResults)
		words = []string{strings.ToLower(query)}
	}
	var hits []zim.Entry
	for i := from; i < n && len(hits) < maxResults; i++ {
		e, err := b.zim.Article(i)
		if err != nil {
			return nil, err
		}
		if path, ok := b.path(e); ok && path != "" && containsAll(strings.ToLower(e.Title()), words) {
			hits = append(hits, e)
		}
	}
	return hits, nil
}

// firstTitle returns the position of the first article whose title is not less than t. ZIM, "Title Pointer List":
// titles are in order of their bytes.
func (b *book) firstTitle(t string) (uint32, error) {
	lo, hi := uint32(0), b.zim.ArticleCount()
	for lo < hi {
		mid := lo + (hi-lo)/2
		e, err := b.zim.Article(mid)
		if err != nil {
			return 0, err
		}
		if e.Title() < t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, nil
}

func containsAll(title string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(title, w) {
			return false
		}
	}
	return true
}
