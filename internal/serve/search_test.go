package serve

import (
	"context"
	"encoding/json"
	"encoding/xml"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
	"testing"
	"time"

	"samizdat/internal/search"
	"samizdat/internal/search/searchtest"
	"samizdat/internal/zim"
)

// searched is a world whose archive "ours" is a dossier in two languages, with a mixed index, and whose guest "guest" has
// pages of one language. Sixty pages have the word "many".
func searched(t *testing.T) *world {
	t.Helper()
	dossier := []searchtest.Page{
		{Path: "index.html", Language: "en", Section: "statements", Title: "Cover", Text: "The networks were shut down in January. <b>Journalists</b> &amp; doctors stayed."},
		{Path: "ru.html", Language: "ru", Section: "statements", Title: "Протесты в городе", Text: "Протестующие вышли на улицы города. Интернета не было."},
		{Path: "en.html", Language: "en", Section: "articles", Title: "Networks <and> people", Text: "Radio carried the news when the network was down."},
	}
	for i := range 60 {
		dossier = append(dossier, searchtest.Page{Path: fmt.Sprintf("many/%02d.html", i), Language: "en", Section: "articles", Title: fmt.Sprintf("Page %02d", i), Text: "many words" + strings.Repeat(" filler", i)})
	}
	guest := []searchtest.Page{
		{Path: "index.html", Title: "Guest cover", Text: "A network of another archive."},
		{Path: "a b?.html", Title: "Odd path", Text: "Oddities of the networks."},
	}
	return start(t, Config{Loopback: true, Archives: find(t, 1,
		searchtest.Archive(t, "ours.zim", dossier, &search.IndexOptions{Mixed: true, NGrams: true}),
		searchtest.Archive(t, "guest.zim", guest, &search.IndexOptions{Language: "eng"}),
	)})
}

// without fails for every part that body has.
func without(t *testing.T, what, body string, parts ...string) {
	t.Helper()
	for _, p := range parts {
		if strings.Contains(body, p) {
			t.Errorf("%s: has %q:\n%.2000s", what, p, body)
		}
	}
}

func TestSearchPage(t *testing.T) {
	w := searched(t)
	ask := func(query string) string {
		t.Helper()
		a := w.get("/content/ours/search.html?" + query)
		w.want(query, a, 200, "Content-Type", "text/html; charset=utf-8")
		return a.body
	}
	contains(t, "marked", ask("q=networks"), `<a href="/content/ours/en.html"><bdi>Networks &lt;and&gt; people</bdi></a>`, "<mark>network</mark>", `href="/content/ours/index.html"`, "Found: 2")
	contains(t, "text is not HTML", ask("q=journalists"), "<mark>Journalists</mark> &amp; doctors")
	contains(t, "inflected", ask("q="+url.QueryEscape("улица протестующим")), `href="/content/ours/ru.html"`, "<mark>Протестующие</mark>", "<mark>улицы</mark>", `value="улица протестующим"`)
	// Browsers cut what is pasted, so that an address never becomes too long to be answered, and long enough to be called cut.
	contains(t, "the form", ask(""), `role="search"`, `maxlength="1500"`, `<option value="ru">`, `<option value="articles">`, `<script src="/-/search.js"`)
	without(t, "the empty form", ask(""), "Found", "Nothing found")

	contains(t, "a language", ask("q=network&lang=en&section=articles"), "Found: 1", `href="/content/ours/en.html"`, `<option value="en" selected>`, `<option value="articles" selected>`)
	contains(t, "another language", ask("q=network&lang=ru"), "Nothing found for")
	contains(t, "no such language", ask("q=network&lang=%22%3E"), "Nothing found for")

	typo := ask("q=jornalists&section=statements")
	contains(t, "a typo", typo, "Nothing found for “jornalists”", "Did you mean", `href="/content/ours/search.html?q=journalists&amp;section=statements"`, "Try it in all languages and sections")
	without(t, "nothing near", ask("q=qqqqqqqqq"), "Did you mean")
	contains(t, "a phrase", ask("q=%22shut+down%22"), "Found: 1")
	contains(t, "no phrase", ask("q=%22down+shut%22"), "Nothing found for")
	contains(t, "excluded", ask("q=network+-radio"), "Found: 1", `href="/content/ours/index.html"`)
	contains(t, "unfinished", ask("q=journalis"), "<mark>Journalists</mark>")
}

// TestSearchPages turns the pages of results, forwards and back, and asks for some that are not there.
func TestSearchPages(t *testing.T) {
	w := searched(t)
	seen := map[string]bool{}
	var lines []string
	to := "/content/ours/search.html?q=many&section=articles"
	for to != "" && len(lines) < 9 {
		body := w.get(to).body
		for part := range strings.SplitSeq(body, `href="/content/ours/many/`) {
			if path, _, ok := strings.Cut(part, `.html"`); ok && len(path) == 2 {
				seen[path] = true
			}
		}
		_, line, _ := strings.Cut(body, `<p class="m">`)
		line, _, _ = strings.Cut(line, "</p>")
		lines = append(lines, line)
		to = linkTo(body, "Further results")
	}
	if want := []string{"1 to 25 of 60", "26 to 50 of 60", "51 to 60 of 60"}; !slices.Equal(lines, want) || len(seen) != 60 {
		t.Errorf("pages say %q, want %q, and show %d results, want 60", lines, want, len(seen))
	}
	last := w.get("/content/ours/search.html?q=many&from=51").body
	if got := linkTo(last, "Earlier results"); got != "/content/ours/search.html?from=26&q=many" {
		t.Errorf("before the last page is %q", got)
	}
	if got := linkTo(w.get("/content/ours/search.html?q=many&from=26").body, "Earlier results"); got != "/content/ours/search.html?q=many" {
		t.Errorf("before the second page is %q", got)
	}

	for _, query := range []string{
		"q=many&from=0", "q=many&from=-1", "q=many&from=9223372036854775807", "q=many&from=-9223372036854775808", "q=many&from=99999999999999999999", "q=many&from=x", "q=many&from=61",
		"pattern=many&start=0&pageLength=0", "pattern=many&start=-5&pageLength=-5", "pattern=many&start=2147483647&pageLength=2147483647",
		"pattern=many&start=9223372036854775807&pageLength=9223372036854775807", "pattern=many&start=1e3&pageLength=0x10",
	} {
		for _, page := range []string{"/content/ours/search.html?", "/search?content=ours&", "/search?format=xml&"} {
			a := w.get(page + query)
			w.want(page+query, a, 200)
			if n := strings.Count(a.body, "<mark>") + strings.Count(a.body, "<item>"); n > maxHits {
				t.Errorf("%s: %d results on a page", query, n)
			}
			if earlier := linkTo(a.body, "Earlier results"); earlier != "" && !strings.Contains(w.get(earlier).body, "<mark>") {
				t.Errorf("%s: %s leads to no results", query, earlier)
			}
		}
	}
	// The shelf's search stays with the archives and the length that it was asked for.
	body := w.get("/search?content=ours&pattern=many&pageLength=7&start=8").body
	contains(t, "the shelf's search", body, "8 to 14 of 60", `<input type="hidden" name="content" value="ours">`)
	if got := linkTo(body, "Further results"); got != "/search?content=ours&from=15&pageLength=7&q=many" {
		t.Errorf("the next page is %q", got)
	}
}

// linkTo returns where a link leads, by its words; "" if there is none.
func linkTo(body, words string) string {
	before, _, ok := strings.Cut(body, ">"+words+"</a>")
	if !ok {
		return ""
	}
	_, to, _ := cutLast(before, `href="`)
	return strings.ReplaceAll(strings.TrimSuffix(to, `"`), "&amp;", "&")
}

func cutLast(s, sep string) (before, after string, ok bool) {
	if i := strings.LastIndex(s, sep); i >= 0 {
		return s[:i], s[i+len(sep):], true
	}
	return s, "", false
}

// TestSearchHostile: whatever is typed is answered with a page, without an error and without becoming markup; a text that
// is too long is cut, and the page says so.
func TestSearchHostile(t *testing.T) {
	w := searched(t)
	const cut = "The question is too long."
	for text, isCut := range map[string]bool{
		`"`: false, `""`: false, `"""`: false, "-": false, "😀": false, "👩‍👩‍👧 🇰🇿": false, "the": false, "and": false, "\x00": false, "\xff\xfe": false, "<script>alert(1)</script>": false,
		"' onfocus=x": false, "Len": false, "XSarticles": false, "0posanchor": false, " ": false, "\u202e": false, "a\u0301": false,
		strings.Repeat("x", 10_000): true, strings.Repeat("network ", 1250): true, strings.Repeat("я", 10_000): true, strings.Repeat("京😀", 5_000): true, strings.Repeat(`"a b" `, 1_700): true,
		"network " + strings.Repeat("down ", 40): true, strings.Repeat(" ", 999) + "network": false,
	} {
		for _, page := range []string{"/content/ours/search.html?q=", "/search?pattern=", "/search?content=guest&pattern=", "/search?format=xml&pattern=", "/suggest?content=ours&term="} {
			a := w.get(page + url.QueryEscape(text))
			w.want(fmt.Sprintf("%s%.20q", page, text), a, 200)
			without(t, text, a.body, "<script>alert", "<h2><")
			if html := strings.HasPrefix(a.Header.Get("Content-Type"), "text/html"); html && strings.Contains(a.body, cut) != isCut {
				t.Errorf("%s%.20q: says that it was cut: %t, want %t", page, text, !isCut, isCut)
			}
			if len(a.body) > 60_000 {
				t.Errorf("%s%.20q: %d bytes", page, text, len(a.body))
			}
			if strings.Contains(page, "xml") {
				if err := xml.Unmarshal([]byte(a.body), new(rss)); err != nil {
					t.Errorf("%.20q: %v", text, err)
				}
			}
		}
	}
	contains(t, "no word", w.get("/content/ours/search.html?q=!").body, "Nothing found", "in letters or digits")
	w.want("no such archive", w.get("/search?content=none&pattern=x"), 404)
	w.want("no such archive", w.get("/search?books.id=none&pattern=x"), 404)
	w.want("no such archive", w.get("/suggest?content=none&term=x"), 404)
	if a := w.get("/search?pattern=network" + strings.Repeat("&content=ours", 500)); !strings.Contains(a.body, "Found: 2") {
		t.Errorf("an archive that is named many times is searched many times")
	}
}

// rss is what programs read of an answer in XML.
type rss struct {
	Channel struct {
		Title string `xml:"title"`
		Total int    `xml:"totalResults"`
		Start int    `xml:"startIndex"`
		Count int    `xml:"itemsPerPage"`
		Atom  struct {
			Href string `xml:"href,attr"`
		} `xml:"http://www.w3.org/2005/Atom link"`
		Query struct {
			Terms string `xml:"searchTerms,attr"`
		} `xml:"Query"`
		Items []struct {
			Title       string `xml:"title"`
			Link        string `xml:"link"`
			Description struct {
				HTML string `xml:",innerxml"`
			} `xml:"description"`
			Book  string `xml:"book>title"`
			Words int    `xml:"wordCount"`
		} `xml:"item"`
	} `xml:"channel"`
}

// TestSearchXML: the elements that kiwix-serve 3.3.0 gives, in a shelf of two archives that are searched together.
func TestSearchXML(t *testing.T) {
	w := searched(t)
	ask := func(query string) rss {
		t.Helper()
		a := w.get("/search?format=xml&" + query)
		w.want(query, a, 200, "Content-Type", "application/rss+xml; charset=utf-8")
		var r rss
		if err := xml.Unmarshal([]byte(a.body), &r); err != nil {
			t.Fatalf("%s: %v\n%s", query, err, a.body)
		}
		return r
	}
	r := ask("pattern=network&start=1&pageLength=3")
	if c := r.Channel; c.Total != 4 || c.Start != 1 || c.Count != 3 || len(c.Items) != 3 || c.Title != "Search: network" || c.Query.Terms != "network" || c.Atom.Href != "/search/searchdescription.xml" {
		t.Errorf("channel %+v", c)
	}
	books := map[string]bool{}
	for _, q := range []string{"pattern=network&pageLength=3", "pattern=network&pageLength=3&start=4"} {
		for _, item := range ask(q).Channel.Items {
			books[item.Book] = true
			if !strings.Contains(item.Description.HTML, "<b>network") || item.Words == 0 {
				t.Errorf("item %+v", item)
			}
			host := "127.0.0.1"
			if strings.HasPrefix(item.Link, "/content/guest/") {
				host = "localhost"
			}
			w.want(item.Link, w.get(item.Link, "Host: "+host+":"+w.port), 200)
		}
	}
	if len(books) != 2 {
		t.Errorf("found in %v", books)
	}
	for query, want := range map[string]int{
		"content=ours&pattern=network": 2, "content=guest&pattern=network": 2, "books.name=guest&pattern=networks": 2, "books.id=" + w.books[1].uuid + "&pattern=oddity": 1,
		"content=ours&content=guest&pattern=network": 4, "pattern=nowhere": 0, "pattern=%22": 0, "pattern=": 0, "pattern=network+radio": 1,
	} {
		if r := ask(query); r.Channel.Total != want || len(r.Channel.Items) != want {
			t.Errorf("%s: %d of %d, want %d", query, len(r.Channel.Items), r.Channel.Total, want)
		}
	}
	d := w.get("/search/searchdescription.xml")
	w.want("description", d, 200, "Content-Type", "application/opensearchdescription+xml")
	var description struct {
		XMLName xml.Name `xml:"http://a9.com/-/spec/opensearch/1.1/ OpenSearchDescription"`
		URLs    []struct {
			Type     string `xml:"type,attr"`
			Template string `xml:"template,attr"`
		} `xml:"Url"`
	}
	if err := xml.Unmarshal([]byte(d.body), &description); err != nil || len(description.URLs) != 2 {
		t.Fatalf("description: %v\n%s", err, d.body)
	}
	for _, u := range description.URLs {
		to, ok := strings.CutPrefix(strings.NewReplacer("{searchTerms}", "radio", "{startIndex?}", "", "{count?}", "").Replace(u.Template), w.url)
		if a := w.get(to); !ok || !strings.Contains(a.body, "/content/ours/en.html") || !strings.HasPrefix(a.Header.Get("Content-Type"), u.Type) {
			t.Errorf("template %q gives %d, %s", u.Template, a.StatusCode, a.Header.Get("Content-Type"))
		}
	}
}

// TestSuggest: what kiwix-serve 3.3.0 gives, with an address beside the path.
func TestSuggest(t *testing.T) {
	w := searched(t)
	ask := func(query string) []suggestionJSON {
		t.Helper()
		a := w.get("/suggest?" + query)
		w.want(query, a, 200, "Content-Type", "application/json; charset=utf-8")
		var list []suggestionJSON
		if err := json.Unmarshal([]byte(a.body), &list); err != nil {
			t.Fatalf("%s: %v\n%s", query, err, a.body)
		}
		return list
	}
	want := []suggestionJSON{
		{Value: "Networks <and> people", Label: "Networks &lt;and&gt; people", Kind: "path", Path: "en.html", URL: "/content/ours/en.html"},
		{Value: "netw ", Label: "Search the texts for “netw”", Kind: "pattern"},
	}
	if got := ask("content=ours&term=netw"); !slices.Equal(got, want) {
		t.Errorf("got\n%+v\nwant\n%+v", got, want)
	}
	paths := func(query string) string {
		var list []string
		for _, s := range ask(query) {
			if s.Kind == "path" {
				list = append(list, s.URL)
			}
		}
		return strings.Join(list, " ")
	}
	for query, want := range map[string]string{
		"content=guest&term=ODD": "/content/guest/a%20b%3F.html",
		"term=cover":             "/content/ours/index.html /content/guest/index.html",
		"content=ours&term=" + url.QueryEscape("город"):          "/content/ours/ru.html",
		"content=ours&term=" + url.QueryEscape("ПРОТЕСТЫ в гор"): "/content/ours/ru.html",
		"content=ours&term=people":                               "/content/ours/en.html",
		"content=ours&term=":                                     "",
		"content=ours&term=page&count=2":                         "/content/ours/many/00.html /content/ours/many/01.html",
	} {
		if got := paths(query); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
	for query, want := range map[string]int{"count=0": 10, "count=-1": 10, "count=1000000": 10, "count=x": 10, "count=60": 60} {
		if got := len(strings.Fields(paths("content=ours&term=page&" + query))); got != want {
			t.Errorf("%s: %d suggestions, want %d", query, got, want)
		}
	}
}

// TestDamagedIndexOnShelf: an archive whose index is damaged is left out of the search of a shelf, whichever question finds
// that out, and the person who started the server is told which; alone it is searched by its titles.
func TestDamagedIndexOnShelf(t *testing.T) {
	pages := []searchtest.Page{{Path: "index.html", Title: "Workers", Text: "Here are workers."}}
	for what, path := range map[string]string{
		"page": "/search?pattern=workers", "feed": "/search?format=xml&pattern=workers", "suggestions": "/suggest?term=workers",
	} {
		t.Run(what, func(t *testing.T) {
			bad := searchtest.Archive(t, "bad.zim", pages, &search.IndexOptions{Mixed: true})
			searchtest.Damage(t, bad, "workers")
			logged := make(chan string, 10)
			w := start(t, Config{Loopback: true, Log: func(line string) { logged <- line }, Archives: find(t, 1,
				searchtest.Archive(t, "good.zim", pages, &search.IndexOptions{Mixed: true}), bad,
			)})
			a := w.get(path)
			w.want(path, a, 200)
			contains(t, what, a.body, "/content/good/index.html")
			select {
			case line := <-logged:
				contains(t, "the log", line, "bad: the search index is damaged")
			default:
				t.Error("the log says nothing")
			}
			a = w.get("/search?content=bad&q=workers")
			w.want("alone", a, 200)
			contains(t, "alone", a.body, "/content/bad/index.html", "in titles, not in the texts", "The search index of Archive bad.zim is damaged")
			contains(t, "the shelf", w.get("/search?pattern=workers").body, "The search index of Archive bad.zim is damaged", "Found: 2")
			without(t, "the shelf", w.get("/search?pattern=workers").body, "Only titles")
		})
	}
}

// TestShelfSearch: archives with an index and without are searched together, and what is from where, and what did not come with the
// program, is said of results and suggestions.
func TestShelfSearch(t *testing.T) {
	mixed := &search.IndexOptions{Mixed: true}
	file := func(name string, opts *search.IndexOptions, title string) string {
		return searchtest.Archive(t, name, []searchtest.Page{{Path: "index.html", Title: title, Text: "Here are workers."}}, opts)
	}
	w := start(t, Config{Loopback: true, Archives: find(t, 1,
		file("ours.zim", mixed, "Cover"), file("plain.zim", nil, "Workers unite"), file("guest.zim", mixed, "Guest"),
	)})
	const foreign = "a file of its own, not part of this program"
	contains(t, "the form on the shelf", w.get("/").body, `role="search" action="/search"`, "Search all archives")
	page := w.get("/search?pattern=workers").body
	contains(t, "the shelf", page, "Found: 3", "<bdi>Archive ours.zim</bdi></p>", "<bdi>Archive plain.zim</bdi> · "+foreign, "<bdi>Archive guest.zim</bdi> · "+foreign,
		"Only titles, and no texts, are searched in: Archive plain.zim", "/content/plain/index.html", `<link rel="search" type="application/opensearchdescription+xml" href="/search/searchdescription.xml"`)
	if strings.Index(page, "/content/guest/") > strings.Index(page, "/content/plain/") {
		t.Error("a title comes before what stands in texts")
	}
	contains(t, "the form for two", w.get("/search?content=ours&content=plain").body, "Search in: Archive ours.zim, Archive plain.zim", `name="content" value="plain"`)
	contains(t, "the title", w.get("/search?q=wor%3Ckers").body, "<title>wor&lt;kers · Search")
	if rest := w.get("/suggest?term=wor&start=1").body; strings.Contains(rest, "plain") || !strings.Contains(w.get("/suggest?term=wor&start=0").body, "/content/plain/") || strings.Contains(rest, "null") {
		t.Errorf("from the second suggestion on: %s", rest)
	}
	w.want("far behind", w.get("/suggest?term=wor&start=999999999"), 200)
	contains(t, "the form for one", w.get("/search?content=ours&q=workers").body, "Search in: Archive ours.zim<")
	without(t, "ours alone", w.get("/search?content=ours&q=workers").body, foreign, "Archive ours.zim</bdi></p>", "Only titles")
	contains(t, "a guest alone", w.get("/search?content=guest&q=workers").body, "<bdi>Archive guest.zim</bdi> · "+foreign)
	contains(t, "titles alone", w.get("/search?content=plain&q=UNITE").body, "Found: 1", "in titles, not in the texts", foreign)
	contains(t, "titles alone, none", w.get("/search?content=plain&q=here").body, "Nothing found", "Try fewer words")
	for query, want := range map[string]int{"content=plain&pattern=unite": 1, "content=plain&pattern=here": 0, "pattern=workers": 3, "pattern=workers&start=3": 3} {
		a := w.get("/search?format=xml&" + query)
		w.want(query, a, 200)
		var r rss
		if err := xml.Unmarshal([]byte(a.body), &r); err != nil || r.Channel.Total != want {
			t.Errorf("%s: %d in the feed, %v, want %d", query, r.Channel.Total, err, want)
		}
	}
	var list []suggestionJSON
	if err := json.Unmarshal([]byte(w.get("/suggest?term=wor").body), &list); err != nil {
		t.Fatal(err)
	}
	want := suggestionJSON{Value: "Workers unite", Label: "Workers unite", Kind: "path", Path: "index.html", URL: "/content/plain/index.html", From: "Archive plain.zim", Note: foreign}
	if len(list) != 2 || list[0] != want {
		t.Errorf("suggested %+v, want %+v", list, want)
	}
}

// TestPanicLeavesTurn: a search that panics costs its request, and not the turns of those behind it.
func TestPanicLeavesTurn(t *testing.T) {
	w := searched(t)
	mux := w.http.Handler
	w.swap(w.guard(http.HandlerFunc(func(_ http.ResponseWriter, r *http.Request) {
		_ = w.turn(r.Context(), func(context.Context) error { panic("in a search") })
	})))
	for range searchesAtOnce {
		w.want("a panic", w.get("/"), http.StatusInternalServerError)
	}
	w.swap(mux)
	if n := len(w.searches); n != 0 {
		t.Fatalf("%d turns are gone", n)
	}
	w.want("a search", w.get("/suggest?term=network"), 200)
}

// TestSearchesTakeTurns: when as many searches are under way as may be, one more is told when to come again, and nothing else waits;
// one that is waiting when a turn becomes free gets it.
func TestSearchesTakeTurns(t *testing.T) {
	w := searched(t)
	w.searchTime = time.Millisecond
	for range searchesAtOnce {
		w.searches <- struct{}{}
	}
	for _, target := range []string{"/search?q=network", "/search?format=xml&pattern=network", "/suggest?term=network", "/content/ours/search.html?q=network"} {
		a := w.get(target)
		w.want(target, a, http.StatusServiceUnavailable, "Retry-After", retryAfter)
		contains(t, target, a.body, "Too many readers at once")
	}
	w.want("reading", w.get("/content/ours/index.html"), 200)
	<-w.searches
	w.searchTime = searchTime
	for range 2 * searchesAtOnce { // the one turn, again and again
		w.want("a search", w.get("/search?q=network"), 200)
	}
	w.searches <- struct{}{}
	late := make(chan answer)
	go func() { late <- w.get("/suggest?term=network") }()
	<-w.searches // whether it waits already or not
	w.want("the one that waited", <-late, 200)
	for range searchesAtOnce - 1 {
		<-w.searches
	}
	if n := len(w.searches); n != 0 {
		t.Errorf("%d turns are gone", n)
	}
}

// TestNoRoomToDecode: a page, or a search, for which there is no room in memory in time is worth another try, and is not damaged.
func TestNoRoomToDecode(t *testing.T) {
	w := searched(t)
	busy := fmt.Errorf("read ours: %w", zim.ErrBusy)
	for name, fail := range map[string]func(http.ResponseWriter, *http.Request){
		"a page": func(rw http.ResponseWriter, r *http.Request) { w.fail(rw, r, w.books[0], "index.html", busy) },
		"a search": func(rw http.ResponseWriter, r *http.Request) {
			w.searchFailed(rw, r, lookup{books: w.books}, &search.IndexError{Index: 0, Err: busy})
		},
	} {
		w.swap(w.guard(http.HandlerFunc(fail)))
		a := w.get("/")
		w.want(name, a, http.StatusServiceUnavailable, "Retry-After", retryAfter)
		without(t, name, a.body, "damaged")
	}
}

// TestNoneOfTheBest: if none of the pages that are looked through has the phrase, nothing is found, though others have its words.
func TestNoneOfTheBest(t *testing.T) {
	var pages []searchtest.Page
	for i := range 520 {
		pages = append(pages, searchtest.Page{Path: fmt.Sprintf("%03d.html", i), Title: "Page", Text: "beta alpha" + strings.Repeat(" filler", i)})
	}
	w := start(t, Config{Loopback: true, Archives: find(t, 1, searchtest.Archive(t, "ours.zim", pages, &search.IndexOptions{Mixed: true}))})
	body := w.get("/search?q=%22alpha+beta%22").body
	contains(t, "the page", body, "Nothing found", "Try fewer words")
	without(t, "the page", body, "at most", "<ol")
	var r rss
	if err := xml.Unmarshal([]byte(w.get("/search?format=xml&pattern=%22alpha+beta%22").body), &r); err != nil || r.Channel.Total != 0 {
		t.Errorf("the feed has %d, %v", r.Channel.Total, err)
	}
}

// TestTwinsInResults: of two archives with one title the files are named.
func TestTwinsInResults(t *testing.T) {
	pages := []searchtest.Page{{Path: "index.html", Title: "Workers", Text: "Here are workers."}}
	a := searchtest.Archive(t, "same.zim", pages, &search.IndexOptions{Mixed: true})
	b := searchtest.Archive(t, "same.zim", pages, &search.IndexOptions{Mixed: true})
	w := start(t, Config{Loopback: true, Archives: find(t, 1, a, b)})
	contains(t, "twins", w.get("/suggest?term=workers").body, `"from":"Archive same.zim · same"`, `"from":"Archive same.zim · `+w.books[1].name+`"`)
	contains(t, "twins", w.get("/search?pattern=workers").body, `<bdi>Archive same.zim</bdi> · <code dir="ltr" translate="no">same</code></p>`,
		`<bdi>Archive same.zim</bdi> · <code dir="ltr" translate="no">`+w.books[1].name+`</code> · a file of its own`)
}

// TestAtMost: of a phrase that more pages may have than are looked through, it is said that the number is at most that, and pages
// of results end with what can be had.
func TestAtMost(t *testing.T) {
	var pages []searchtest.Page
	for i := range 520 {
		pages = append(pages, searchtest.Page{Path: fmt.Sprintf("%03d.html", i), Title: "Page", Text: "shut down" + strings.Repeat(" filler", i)})
	}
	w := start(t, Config{Loopback: true, Archives: find(t, 1, searchtest.Archive(t, "ours.zim", pages, &search.IndexOptions{Mixed: true}))})
	contains(t, "the first", w.get("/search?q=%22shut+down%22&pageLength=100").body, "1 to 100 of at most 520")
	last := w.get("/search?q=%22shut+down%22&pageLength=100&from=401").body
	contains(t, "the last", last, "401 to 500 of at most 520")
	if to := linkTo(last, "Further results"); to != "" {
		t.Errorf("further results at %s", to)
	}
	contains(t, "behind it", w.get("/search?q=%22shut+down%22&from=501").body, "Found: at most 520")
}
