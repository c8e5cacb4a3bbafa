package dossier_test

import (
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"samizdat/internal/dossier"
)

func TestAddressKey(t *testing.T) {
	for _, same := range [][]string{
		{"https://exämple.com:8080/a%20b?q=1+2#x", "http://xn--exmple-cua.com/a b?q=1%202", "exämple.com/a b?q=1 2"},
		{"https://News.Example", "http://news.example/", "https://news.example/#top", "news.example/"},
		{"https://news.example/%D0%BF", "https://news.example/п", "news.example/п"},
		{"https://news.example/a?x=%zz", "news.example/a?x=%zz"},
	} {
		want := same[len(same)-1]
		for _, ref := range same[:len(same)-1] {
			if got := dossier.AddressKey(strings.ReplaceAll(ref, " ", "%20")); got != want {
				t.Errorf("AddressKey(%q) = %q, want %q", ref, got, want)
			}
		}
	}
	if dossier.AddressKey("https://news.example/a") == dossier.AddressKey("https://news.example/a/") {
		t.Error("two pages are taken for one")
	}
	for _, ref := range []string{"", "mailto:a@b.example", "/a", "https://", "a b"} {
		if got := dossier.AddressKey(ref); got != "" {
			t.Errorf("AddressKey(%q) = %q", ref, got)
		}
	}
}

func TestPlainLang(t *testing.T) {
	for tag, want := range map[string]string{
		"en-US": "en", "en-GB": "en-GB", "ru-RU": "ru", "kk": "kk", "zh-TW": "zh-TW", "zh-Hant": "zh-Hant", "pt-BR": "pt", "pt-PT": "pt-PT", "EN": "en", "sr-Latn-RS": "sr-Latn", "": "", "x": "", "und": "",
	} {
		if got := dossier.PlainLang(tag); got != want {
			t.Errorf("PlainLang(%q) = %q, want %q", tag, got, want)
		}
	}
}

func TestNewID(t *testing.T) {
	taken := func(id, page string) bool { return id == "square" || page == "article-street.html" }
	for _, c := range []struct {
		texts []string
		want  string
	}{
		{[]string{"The Uprising in Kazakhstan"}, "the-uprising-in-kazakhstan"},
		{[]string{"Площадь", "2022", "news-example-ploshchad"}, "news-example-ploshchad"},
		{[]string{"square"}, "square-2"},
		{[]string{"street"}, "street-2"},
		{[]string{"search"}, "search-2"},
		{[]string{"a-color-revolution-or-a-working-class-uprising-an-interview"}, "a-color-revolution-or-a-working-class"},
		{nil, "article"},
	} {
		if got := dossier.NewID(dossier.KindArticle, taken, c.texts...); got != c.want || !dossier.IsID(got) {
			t.Errorf("%q: %s, want %s", c.texts, got, c.want)
		}
	}
}

func TestItemFile(t *testing.T) {
	it := &dossier.Item{
		ID: "no", Kind: "image", Title: "A: \"title\"\nof\u2028two lines\x00", URL: "https://x.example/?a=b", Lang: "kk", Status: "full",
		Media: []dossier.MediaFile{{File: "0x1f", SHA256: strings.Repeat("1", 64)}},
	}
	var doc struct {
		ID, Title, Lang, URL, Author string
		Media                        []struct{ File, SHA256 string }
	}
	if err := yaml.Load(dossier.ItemFile(it), &doc); err != nil {
		t.Fatalf("%v\n%s", err, dossier.ItemFile(it))
	}
	if doc.ID != "no" || doc.Title != `A: "title" of two lines` || doc.URL != it.URL || doc.Media[0].File != "0x1f" || doc.Media[0].SHA256 != it.Media[0].SHA256 {
		t.Errorf("%+v\n%s", doc, dossier.ItemFile(it))
	}
	it = &dossier.Item{ID: "words", Kind: "article", Title: "Words", Lang: "en", Status: "full", Body: []byte("\nA text.\n\n")}
	if got, want := string(dossier.ItemFile(it)), "---\nid: words\nkind: article\ntitle: Words\nlang: en\nstatus: full\n---\n\nA text.\n"; got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestOneLine(t *testing.T) {
	for _, c := range []struct {
		in   string
		most int
		want string
	}{
		{" two\n\tlines\x00 ", 0, "two lines"},
		{"a\u2028b\xffc", 0, "a b\uFFFDc"},
		{"twelve bytes", 12, "twelve bytes"},
		{"thirteen byte", 12, "thirteen " + "…"},
		{"ябвгд", 8, "яб…"},
	} {
		if got := dossier.OneLine(c.in, c.most); got != c.want || c.most > 0 && len(got) > c.most {
			t.Errorf("%q, %d: %q, want %q", c.in, c.most, got, c.want)
		}
	}
}
