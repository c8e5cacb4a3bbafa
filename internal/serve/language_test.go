package serve

import (
	"html"
	"slices"
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

// The reader's own pages are in the language that the browser asks for.
func TestOwnPagesInTheReadersLanguage(t *testing.T) {
	items := append(stock(), item{path: "index.kk.html", mime: "text/html", body: "<p>cover</p>"},
		item{path: "search.kk.html", mime: "text/html", body: "stored search"})
	archives := []string{
		build(t, "ours.zim", items, map[string]string{"X-UI": "en,kk"}), damaged(t, "hurt.zim"),
	}
	w := start(t, Config{Loopback: true, OnQuit: func() {}, UI: messages.For("uk"), Archives: find(t, 1, archives...)})
	guests := w.guest()
	for _, c := range []struct {
		path   string
		status int
		key    string // of a text in the answer
		header string // of the request, "Range: bytes=…"
	}{
		{"/-/", 200, "shelf.title", ""},
		{"/no/such/page", 404, "err.404", ""},
		{"/content/ours/no such page", 404, "err.404.text", ""},
		{"/content/hurt/statement.html", 500, "err.damaged", guests},
		{"/content/ours/video.bin", 416, "err.416.text", "Range: bytes=9999999-"},
		{"/-/", 421, "err.421.text", "Host: evil.example"},
		{"/-/", 403, "err.403.text", "Sec-Fetch-Site: cross-site"},
	} {
		for accept, lang := range map[string]string{
			"kk-KZ, ru;q=0.8": "kk", "ru": "ru", "fa": "fa", "tlh": "en", "": "uk", "de, es;q=0.1": "es",
		} {
			var headers []string
			if accept != "" {
				headers = append(headers, "Accept-Language: "+accept)
			}
			if c.header != "" {
				headers = append(headers, c.header)
			}
			a := w.get(strings.ReplaceAll(c.path, " ", "%20"), headers...)
			name := c.path + " for " + accept
			w.want(name, a, c.status)
			contains(t, name, html.UnescapeString(a.body), messages.For(lang).Text(c.key))
			if got := a.Header.Values("Vary"); !slices.Contains(got, "Accept-Language") {
				t.Errorf("%s: Vary %q", name, got)
			}
		}
	}
	a := w.get("/content/ours/no%20such%20page", "Accept-Language: kk")
	contains(t, "links in the reader's language", a.body, `href="/content/ours/index.kk.html"`, `action="/content/ours/search.kk.html"`)
}

// With one language for all, browsers are not asked.
func TestOneLanguage(t *testing.T) {
	w := start(t, Config{Loopback: true, UI: messages.For("fa"), OneLanguage: true, Archives: find(t, 1, build(t, "ours.zim", stock(), nil))})
	a := w.get("/no/such", "Accept-Language: ru")
	contains(t, "404", a.body, `<html lang="fa" dir="rtl">`)
	if v := a.Header.Get("Vary"); v != "" {
		t.Errorf("Vary %q, though the answer is the same for all", v)
	}
}
