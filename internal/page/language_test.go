package page_test

import (
	"encoding/json"
	"os"
	"strings"
	"testing"
	"unicode"

	"golang.org/x/net/html"

	"samizdat/internal/markup"
	"samizdat/internal/messages/packed"
	"samizdat/internal/page"
)

func TestInLanguage(t *testing.T) {
	for _, c := range []struct{ path, lang, want string }{
		{"index.html", "", "index.html"},
		{"index.html", "ru", "index.ru.html"},
		{"outside.html#a.html-1", "zh-Hant", "outside.zh-Hant.html#a.html-1"},
		{"contents.html#", "ru", "contents.ru.html#"},
		{"media/a.mp4", "ru", "media/a.mp4"},
		{"#main", "ru", "#main"},
		{"", "ru", ""},
	} {
		if got := page.InLanguage(c.path, c.lang); got != c.want {
			t.Errorf("InLanguage(%q, %q) = %q, want %q", c.path, c.lang, got, c.want)
		}
	}
	for _, c := range []struct {
		path, lang string
		ok         bool
	}{
		{"search.html", "", true},
		{"search.ru.html", "ru", true},
		{"search..html", "", false},
		{"search.html.html", "html", true},
		{"share.html", "", false},
		{"search.ru", "ru", false},
		{"", "", false},
	} {
		if lang, ok := page.Language(c.path, page.SearchPath); ok != c.ok || ok && lang != c.lang {
			t.Errorf("Language(%q) = %q, %v, want %q, %v", c.path, lang, ok, c.lang, c.ok)
		}
	}
}

// language is the language of a page as its path has it.
func language(path string) string {
	parts := strings.Split(path, ".")
	if len(parts) == 3 {
		return parts[1]
	}
	return site.Languages[0]
}

func TestPagesSayTheirLanguage(t *testing.T) {
	for name, data := range pages() {
		root := elements(parse(t, name, data), "html")[0]
		lang, _ := attr(root, "lang")
		dir, _ := attr(root, "dir")
		want := language(name)
		if lang != want || dir != "rtl" && want == "fa" || dir != "" && want != "fa" {
			t.Errorf("%s has lang=%q dir=%q", name, lang, dir)
		}
	}
}

// under reports whether n is in an element that fits.
func under(n *html.Node, fits func(*html.Node) bool) bool {
	for ; n != nil; n = n.Parent {
		if n.Type == html.ElementNode && fits(n) {
			return true
		}
	}
	return false
}

func inSwitch(n *html.Node) bool {
	class, _ := attr(n, "class")
	return class == "langs"
}

// Whoever reads in one language stays in it: only the switch leads to others.
func TestLinksKeepTheLanguage(t *testing.T) {
	for name, data := range pages() {
		links := 0
		for _, a := range elements(parse(t, name, data), "a") {
			href, _ := attr(a, "href")
			path, _, _ := strings.Cut(href, "#")
			if !strings.HasSuffix(path, ".html") || under(a, inSwitch) {
				continue
			}
			links++
			if language(path) != language(name) {
				t.Errorf("%s leads to %s", name, href)
			}
		}
		if links < 5 {
			t.Errorf("%s has %d links to pages", name, links)
		}
	}
}

// Every page has the switch, which leads to the same page in each language, called by its own name.
func TestLanguageSwitch(t *testing.T) {
	names := map[string]string{}
	for _, lang := range site.Languages {
		names[lang] = packed.For(lang).Text("lang.own")
	}
	all := pages()
	for name, data := range all {
		var got []string
		now := ""
		for _, a := range elements(parse(t, name, data), "a") {
			if !under(a, inSwitch) {
				continue
			}
			href, _ := attr(a, "href")
			lang, _ := attr(a, "lang")
			hreflang, _ := attr(a, "hreflang")
			if _, ok := attr(a, "aria-current"); ok {
				now += href
			}
			if lang != hreflang || content(a) != names[lang] || language(href) != lang || all[href] == nil {
				t.Errorf("%s: link %q to %s has lang=%q hreflang=%q", name, content(a), href, lang, hreflang)
			}
			got = append(got, lang)
		}
		if strings.Join(got, " ") != strings.Join(site.Languages, " ") || now != name {
			t.Errorf("%s: the switch has %v, now %q", name, got, now)
		}
	}
	for _, s := range []page.Site{
		{Title: "A", Languages: []string{"en"}, Path: page.CoverPath}, // nothing to switch to
		{Title: "A", Languages: []string{"en", "ru"}},                 // no page in other languages
	} {
		if strings.Contains(string(page.Frame(s, "T", page.Heading("T"))), "hreflang") {
			t.Errorf("%+v has a switch", s)
		}
	}
}

// catalogue reads all texts of a language.
func catalogue(t *testing.T, lang string) map[string]any {
	t.Helper()
	data, err := os.ReadFile("../messages/" + lang + ".json")
	if err != nil {
		t.Fatal(err)
	}
	m := map[string]any{}
	if err := json.Unmarshal(data, &m); err != nil {
		t.Fatal(err)
	}
	return m
}

// A word of the frame that is not from the catalogue would be the same in all languages, and a word of the dossier that
// does not say its language would be read in that of the frame. Both show as text that two languages share.
func TestWordsAreFromTheCatalogueOrSayTheirLanguage(t *testing.T) {
	english := catalogue(t, "en")
	original := pagesIn("en")
	for _, lang := range site.Languages[1:] {
		same := map[string]bool{"Content type": true, "video/mp4": true} // rows given by the test, in no language
		for key, text := range catalogue(t, lang) {
			if s, ok := text.(string); ok && english[key] == text {
				same[s] = true
			}
		}
		for name, data := range original {
			translated := page.InLanguage(name, lang)
			theirs := words(parse(t, name, data), "en")
			for text := range words(parse(t, translated, pagesIn(lang)[translated]), lang) {
				if theirs[text] && !same[text] {
					t.Errorf("%s has %q, as %s", translated, text, name)
				}
			}
		}
	}
}

// words returns what a page says in its own language, lang: its texts and labels. File names, addresses and
// the like are not words.
func words(doc *html.Node, lang string) map[string]bool {
	found := map[string]bool{}
	foreign := func(n *html.Node) bool {
		if n.Data == "title" { // of the dossier's words and the frame's, and elements are not allowed in it
			return true
		}
		if v, _ := attr(n, "translate"); v == "no" {
			return true
		}
		dir, _ := attr(n, "dir")
		of, ok := attr(n, "lang")
		return n.Data == "bdi" && dir == "ltr" && !ok || ok && of != lang
	}
	add := func(n *html.Node, s string) {
		if s = strings.TrimSpace(s); strings.IndexFunc(s, unicode.IsLetter) >= 0 && !under(n, foreign) {
			found[s] = true
		}
	}
	for n := range doc.Descendants() {
		if n.Type == html.TextNode {
			add(n.Parent, n.Data)
		}
		for _, key := range []string{"aria-label", "title", "alt", "placeholder"} {
			if v, ok := attr(n, key); ok {
				add(n, v)
			}
		}
	}
	return found
}

// Words inside of an element in another language go by that element, not by the page.
func TestLanguageInsideALanguage(t *testing.T) {
	s := page.Site{Title: "A", Lang: "ru", UI: packed.For("ru")}
	doc := parse(t, "item", page.Statement(s, &page.Item{
		Kind: "statement", Title: "بیانیه", Lang: "fa", Author: "Автор", Status: "full", Body: markup.El("p", markup.Text("متن")),
	}))
	article := elements(doc, "article")[0]
	if lang, _ := attr(article, "lang"); lang != "fa" {
		t.Errorf("the article has lang=%q, want fa", lang)
	}
	by := elements(article, "bdi")
	if len(by) != 1 {
		t.Fatal("the author is not set apart")
	}
	lang, _ := attr(by[0], "lang")
	dir, _ := attr(by[0], "dir")
	if lang != "ru" || dir != "ltr" || content(by[0]) != "Автор" {
		t.Errorf("the author %q has lang=%q dir=%q, want ru ltr", content(by[0]), lang, dir)
	}
}

// The way back points to where lines begin, the way on to where they end.
func TestArrowsTurn(t *testing.T) {
	for lang, want := range map[string][2]string{"en": {"← ", " →"}, "fa": {"→ ", " ←"}} {
		path := "article-crimethinc.html"
		if lang != "en" {
			path = page.InLanguage(path, lang)
		}
		doc := parse(t, path, pagesIn(lang)[path])
		for _, a := range elements(doc, "a") {
			rel, _ := attr(a, "rel")
			text := ""
			if rel != "" {
				text = content(elements(a, "span")[0])
			}
			if rel == "prev" && !strings.HasPrefix(text, want[0]) || rel == "next" && !strings.HasSuffix(text, want[1]) {
				t.Errorf("%s: the way to %s is called %q", path, rel, text)
			}
		}
	}
}
