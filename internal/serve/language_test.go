package serve

import (
	"strings"
	"testing"

	"samizdat/internal/messages"
)

// The shadowed pages are answered in the language in their names, and lead to pages in it.
func TestShadowedPagesInLanguages(t *testing.T) {
	items := append(
		stock(),
		item{path: "statement.fa.html", mime: "text/html", body: "stored statement"},
		item{path: "search.fa.html", mime: "text/html", body: "stored search"},
		item{path: "search.tlh.html", mime: "text/html", body: "stored Klingon"},
	)
	meta := map[string]string{"X-UI": "ru,fa,tlh"}
	cfg := Config{Loopback: true, OnQuit: func() {}, Archives: find(t, 1, build(t, "ours.zim", items, meta), build(t, "guest.zim", items, meta))}
	w := start(t, cfg)
	ru, fa := messages.For("ru"), messages.For("fa")
	for path, want := range map[string][]string{
		"search.html": {
			`<html lang="ru">`, ru.Text("search.label"), `action="/content/ours/search.html"`, `<a href="/content/ours/search.fa.html" lang="fa"`,
		},
		"search.fa.html": {
			`<html lang="fa" dir="rtl">`, fa.Text("search.label"), `action="/content/ours/search.fa.html"`,
			`<a href="/content/ours/search.html" lang="ru"`, `<a class="home" href="/content/ours/index.fa.html">`,
		},
		"search.html?q=first":    {`<a href="/content/ours/statement.html">`},
		"search.fa.html?q=first": {`<a href="/content/ours/statement.fa.html">`},
		"search.fa.html?q=cover": {`<a href="/content/ours/index.html">`}, // which there is in one language only
		"share.fa.html":          {`<html lang="fa" dir="rtl">`, fa.Text("share.help.lead"), fa.Text("share.quit")},
		"check.fa.html":          {`<html lang="fa" dir="rtl">`, fa.Text("check.state"), fa.Text("seal.none")},
		"search.tlh.html":        {"stored Klingon"},
	} {
		a := w.get("/content/ours/" + path)
		w.want(path, a, 200)
		contains(t, path, a.body, want...)
	}
	w.want("no such language", w.get("/content/ours/share.tlh.html"), 404)
	w.want("not in the name of the main language", w.get("/content/ours/share.ru.html"), 404)
	if a := w.get("/content/guest/search.fa.html", w.guest()); a.body != "stored search" {
		t.Errorf("shadowed page of a guest: %q", a.body)
	}
	for _, b := range w.books {
		b.stopChecking()
	}
}

// An archive that does not say in which languages its pages are gets the program's own, and no switch.
func TestShadowedPagesWithoutLanguages(t *testing.T) {
	for _, list := range []string{"", "tlh,ru"} {
		w := start(t, Config{Loopback: true, UI: messages.For("kk"), Archives: find(t, 1, build(t, "ours.zim", stock(), map[string]string{"X-UI": list}))})
		a := w.get("/content/ours/search.html")
		contains(t, list, a.body, `<html lang="kk">`)
		if strings.Contains(a.body, "hreflang") {
			t.Errorf("X-UI %q: the page has a switch", list)
		}
		w.want(list, w.get("/content/ours/search.ru.html"), 404)
	}
}
