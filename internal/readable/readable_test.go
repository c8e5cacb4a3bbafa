package readable_test

import (
	"errors"
	"net/url"
	"strings"
	"testing"

	"samizdat/internal/readable"
)

func extract(t *testing.T, page string) (readable.Article, error) {
	t.Helper()
	base, err := url.Parse("https://news.example/2022/01/story.html")
	if err != nil {
		t.Fatal(err)
	}
	return readable.Extract([]byte(page), base)
}

var paragraphs = strings.Repeat("<p>Рабочие вышли на площадь, и к вечеру город уже не узнать: перекрёстки заняты, магазины закрыты, связи нет.</p>\n", 8)

func TestExtract(t *testing.T) {
	a, err := extract(t, `<html lang=ru><head><title>Площадь | Газета</title><meta property="og:site_name" content="Газета &amp; Ко">
<meta name=author content="А. Б."><meta property="article:published_time" content="2022-01-06T10:00:00+06:00"></head><body>
<nav><ul><li><a href=/>Главная</a><li><a href=/news>Новости</a></ul></nav>
<article><h1>Площадь</h1><p>Вот <a href="/x?y=1">ссылка</a> и <img data-src="p.jpg" alt="П" onerror=x()><script>x()</script>`+paragraphs+`<p style="color:red" onclick=x()>Конец, и больше ничего не скажешь, потому что <b>связи</b> нет.</p></article>
<aside><a href=/ad>Реклама, купите сейчас</a></aside><footer>© Газета</footer></body></html>`)
	if err != nil {
		t.Fatal(err)
	}
	if a.Title != "Площадь" && a.Title != "Площадь | Газета" || a.Byline != "А. Б." || a.Site != "Газета & Ко" || a.Language != "ru" || a.Published.UTC().Format("2006-01-02T15:04") != "2022-01-06T04:00" {
		t.Errorf("%q by %q in %q, %q, %v", a.Title, a.Byline, a.Site, a.Language, a.Published)
	}
	s := string(a.HTML)
	for _, want := range []string{`href="https://news.example/x?y=1"`, `src="https://news.example/2022/01/p.jpg"`, "<b>связи</b>", "площадь"} {
		if !strings.Contains(s, want) {
			t.Errorf("no %s in\n%s", want, s)
		}
	}
	for _, never := range []string{"script", "onclick", "onerror", "style=", "Реклама", "Главная"} {
		if strings.Contains(s, never) {
			t.Errorf("%s in\n%s", never, s)
		}
	}
	if !strings.Contains(a.Words, "перекрёстки заняты") {
		t.Errorf("words %q", a.Words)
	}
}

func TestNoText(t *testing.T) {
	for _, page := range []string{"", "<html><body></body></html>", "<html><body><script>document.write('x')</script></body></html>"} {
		if _, err := extract(t, page); !errors.Is(err, readable.ErrNoText) {
			t.Errorf("%q: %v, want %v", page, err, readable.ErrNoText)
		}
	}
}

func TestDeepPage(t *testing.T) {
	a, err := extract(t, "<html><body>"+strings.Repeat("<div>", 900)+paragraphs+strings.Repeat("</div>", 900))
	if err != nil || !strings.Contains(a.Words, "магазины закрыты") {
		t.Errorf("%q, %v", a.Words, err)
	}
}
