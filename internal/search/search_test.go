package search_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"maps"
	"math"
	"os"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/search"
	"samizdat/internal/search/searchtest"
	"samizdat/internal/xapian"
)

// BenchmarkSearch asks an index of a thousand pages, with passages and without, and for suggestions.
func BenchmarkSearch(b *testing.B) {
	var items []searchtest.Page
	var texts []string
	tree := searchtest.Pages(1000)
	for _, path := range slices.Sorted(maps.Keys(tree)) {
		page := search.ReadHTML([]byte(tree[path]))
		items = append(items, searchtest.Page{Path: path, Language: "en", Title: page.Title, Text: page.Text})
		texts = append(texts, page.Text)
	}
	indexes := []*search.Index{pack(b, items, &search.IndexOptions{Language: "eng"})}
	queries := searchtest.Queries(texts, 160)
	for name, plain := range map[string]bool{"passages": false, "plain": true} {
		b.Run(name, func(b *testing.B) {
			for n := 0; b.Loop(); n++ {
				if _, err := search.Search(b.Context(), indexes, search.ParseQuery(queries[n%len(queries)], false), &search.Options{Plain: plain}); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
	b.Run("suggestions", func(b *testing.B) {
		for n := 0; b.Loop(); n++ {
			title := items[n%len(items)].Title
			if _, err := search.Suggest(b.Context(), indexes, title[:1+n%len(title)], 10); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// dossier is of our own writing.
var dossier = []searchtest.Page{
	{Path: "en.html", Language: "en", Section: "articles", Title: "Networks go dark", Text: "The protesters walked through the city. When the network was shut down, radios carried the news; two journalists were arrested."},
	{Path: "ru.html", Language: "ru", Section: "articles", Title: "Протесты в городе", Text: "Протестующие вышли на улицы города. Ещё вечером отключили интернет, и ёлка на площади погасла. Журналистов задержали."},
	{Path: "kk.html", Language: "kk", Section: "articles", Title: "Қаладағы наразылық", Text: "Адамдар қаланың көшелеріне шықты. Кешке интернетті өшірді. Наразылықтар бірнеше күнге созылды."},
	{Path: "uk.html", Language: "uk", Section: "articles", Title: "Протести у місті", Text: "Люди вийшли на вулиці міста. Увечері вимкнули інтернет, але протести тривали, і мережу не відновили."},
	{Path: "fa.html", Language: "fa", Section: "articles", Title: "اعتراض\u200cها در شهر", Text: "مردم به خیابان\u200cهای شهر آمدند. شب اینترنت قطع شد و اعتراضات ادامه یافت. كتاب\u200cها سوزانده شدند."},
	{Path: "zh.html", Language: "zh", Section: "articles", Title: "城市里的抗议", Text: "人们走上城市的街头。晚上网络被切断，抗议仍在继续。"},
}

// pack makes an archive of the items with an index, and opens its index.
func pack(t testing.TB, items []searchtest.Page, opts *search.IndexOptions) *search.Index {
	t.Helper()
	index, err := search.OpenIndex(searchtest.Open(t, searchtest.Archive(t, "test.zim", items, opts)))
	if err != nil {
		t.Fatal(err)
	}
	return index
}

func find(t *testing.T, x *search.Index, text string, opts *search.Options) *search.Results {
	t.Helper()
	r, err := search.Search(t.Context(), []*search.Index{x}, search.ParseQuery(text, false), opts)
	if err != nil {
		t.Fatalf("Search(%q): %v", text, err)
	}
	return r
}

func pathsOf(r *search.Results) string {
	var list []string
	for _, h := range r.Hits {
		list = append(list, h.Path)
	}
	slices.Sort(list)
	return strings.Join(list, " ")
}

// TestMixedLanguages: exact words and inflected forms, in a dossier of six languages.
func TestMixedLanguages(t *testing.T) {
	x := pack(t, dossier, &search.IndexOptions{Mixed: true, NGrams: true})
	for query, want := range map[string]string{
		"protesters":              "en.html",
		"protester":               "en.html",
		"journalist arrest":       "en.html",
		"протестующих":            "ru.html",
		"журналисты":              "ru.html",
		"ещё елка":                "ru.html",
		"ЁЛКИ":                    "ru.html",
		"интернет":                "kk.html ru.html", // and not the Ukrainian інтернет
		"көше":                    "kk.html",
		"наразылығы":              "kk.html",
		"қала":                    "kk.html",
		"протестів":               "uk.html", // and not the Russian протестующие, which has the same stem
		"вулицями":                "uk.html",
		"мережа":                  "uk.html",
		"کتاب":                    "fa.html",
		"اعتراض":                  "fa.html",
		"خیابان شهر":              "fa.html",
		"网络":                      "zh.html",
		"抗议":                      "zh.html",
		`"shut down"`:             "en.html",
		`"down shut"`:             "",
		"города -елка":            "",
		"улицы -вулиці":           "ru.html",
		"nosuchwordanywhere":      "",
		`protesters -"shut down"`: "",
		"the":                     "en.html",
	} {
		got := pathsOf(find(t, x, query, nil))
		fields := strings.Fields(want)
		slices.Sort(fields)
		if got != strings.Join(fields, " ") {
			t.Errorf("Search(%q) = %q, want %q", query, got, want)
		}
	}
}

// TestHostileQueries: what people type by mistake, or on purpose, finds nothing or something, and never fails.
func TestHostileQueries(t *testing.T) {
	x := pack(t, dossier, &search.IndexOptions{Mixed: true})
	for _, text := range []string{
		"", " ", `"`, `""`, `"""`, "-", "--", "- -", "-the", "😀", "\x00", "\xff\xfe", "a\u0301", strings.Repeat("x", 10_000),
		strings.Repeat("the ", 2500), strings.Repeat(`"a b" `, 1000), "«", "„the", "L", "Len", "XSarticles", "Zprotest", "0posanchor",
		"𝐀𝐁", "ﻛﺘﺎب", "ﬁﬀ", "ꦗꦮ", "𞤀𞤣𞤤𞤢𞤥", "ꆈꌠ", "ＡＢ", "a北ꆈ京ꌠ", "北𝐀京", "北's京", "〇〡", "😀北", "ﾊﾝｶｸ",
	} {
		for _, typing := range []bool{false, true} {
			r, err := search.Search(t.Context(), []*search.Index{x}, search.ParseQuery(text, typing), nil)
			if err != nil {
				t.Errorf("Search(%.40q, typing %v): %v", text, typing, err)
				continue
			}
			if strings.HasPrefix(text, "XS") && r.Total > 0 {
				t.Errorf("Search(%q) found %d: a filter", text, r.Total)
			}
			if _, err := search.Suggest(t.Context(), []*search.Index{x}, text, 10); err != nil {
				t.Errorf("Suggest(%.40q): %v", text, err)
			}
		}
	}
}

func TestFilters(t *testing.T) {
	x := pack(t, dossier, &search.IndexOptions{Mixed: true})
	for _, text := range []string{"", "😀", "-gas", `-"shut down"`, "-"} { // nothing is looked for
		for _, opts := range []*search.Options{nil, {Language: "en"}, {Section: "articles"}} {
			if r := find(t, x, text, opts); r.Total != 0 || len(r.Hits) != 0 {
				t.Errorf("%q, %+v: %d found", text, opts, r.Total)
			}
		}
	}
	if got := pathsOf(find(t, x, "интернет", &search.Options{Language: "kk"})); got != "kk.html" {
		t.Errorf("in Kazakh: %q", got)
	}
	if got := pathsOf(find(t, x, "интернет", &search.Options{Section: "media"})); got != "" {
		t.Errorf("in another section: %q", got)
	}
	if got := pathsOf(find(t, x, "интернет", &search.Options{Section: "articles"})); got != "kk.html ru.html" {
		t.Errorf("in its section: %q", got)
	}
}

func TestPassage(t *testing.T) {
	long := strings.Repeat("filler words go on and on. ", 400)
	x := pack(t, []searchtest.Page{{Path: "long.html", Language: "en", Section: "articles", Title: "Long", Text: long + "Here the network was <b>shut</b> down by order &amp; decree. " + long}}, &search.IndexOptions{Mixed: true})
	r := find(t, x, "networks shut", nil)
	if len(r.Hits) != 1 {
		t.Fatalf("found %d", len(r.Hits))
	}
	var text strings.Builder
	var marked []string
	for _, s := range r.Hits[0].Passage {
		text.WriteString(s.Text)
		if s.Mark {
			marked = append(marked, s.Text)
		}
	}
	if !slices.Equal(marked, []string{"network", "shut"}) || !strings.Contains(text.String(), "network was shut down by order & decree") || text.Len() > 450 {
		t.Errorf("marked %q in %q", marked, text.String())
	}
}

func TestSuggest(t *testing.T) {
	x := pack(t, []searchtest.Page{
		{Path: "a.html", Language: "en", Section: "articles", Title: "The network of networks", Text: "a"},
		{Path: "b.html", Language: "en", Section: "articles", Title: "Network", Text: "b"},
		{Path: "c.html", Language: "en", Section: "articles", Title: "Dark networks", Text: "c"},
		{Path: "d.html", Language: "ru", Section: "articles", Title: "Ёлка в городе", Text: "d"},
		{Path: "e.html", Language: "en", Section: "articles", Title: "Nothing", Text: "e"},
	}, &search.IndexOptions{Mixed: true})
	for text, want := range map[string]string{
		"netw":    "b.html a.html c.html",
		"network": "b.html a.html c.html",
		"елк":     "d.html",
		"город":   "d.html",
		"n":       "b.html e.html a.html c.html",
		"zzz":     "",
	} {
		list, err := search.Suggest(t.Context(), []*search.Index{x}, text, 10)
		if err != nil {
			t.Fatal(err)
		}
		var got []string
		for _, s := range list {
			got = append(got, s.Path)
		}
		first, _, _ := strings.Cut(want, " ")
		sorted, wanted := slices.Sorted(slices.Values(got)), strings.Fields(want)
		slices.Sort(wanted)
		if !slices.Equal(sorted, wanted) || len(got) > 0 && got[0] != first {
			t.Errorf("Suggest(%q) = %q, want %q, the first one first", text, got, want)
		}
	}
}

func TestCorrect(t *testing.T) {
	x := pack(t, dossier, &search.IndexOptions{Mixed: true})
	for typed, want := range map[string]string{
		"rotesters protestrs": "protesters protesters", "(protestrs), jornalists!": "(protesters), journalists!", "qqqqqqqqq jornalists": "qqqqqqqqq journalists",
		"jornalists journalists": "journalists journalists", `"network wass shut"`: `"network was shut"`, "Protestrs -jornalists": "protesters -jornalists", "ПРОТЕСТУЮШИЕ": "протестующие",
		"protestrs": "protesters", "jornalists arrested": "journalists arrested", "протестуюшие": "протестующие", "qqqqqqq": "", "улицы горда": "улицы города",
	} {
		r := find(t, x, typed, nil)
		got, _ := search.Correct(t.Context(), []*search.Index{x}, typed, r.Missing, nil)
		if r.Total != 0 || got != want {
			t.Errorf("%q: %d found, missing %v, corrected %q, want %q", typed, r.Total, r.Missing, got, want)
		}
	}
}

// TestCorrectTitles: a word of a title that no text has is not offered for itself.
func TestCorrectTitles(t *testing.T) {
	x := pack(t, []searchtest.Page{{Path: "a.html", Title: "Robots", Text: ""}, {Path: "b.html", Title: "B", Text: "no machines"}}, &search.IndexOptions{Language: "eng"})
	for typed, want := range map[string]string{"robots": "", "robotz": "robots"} {
		r := find(t, x, typed, nil)
		if got, _ := search.Correct(t.Context(), []*search.Index{x}, typed, r.Missing, nil); r.Total != 0 || got != want {
			t.Errorf("%q: %d found, corrected %q, want %q", typed, r.Total, got, want)
		}
	}
}

// TestCorrectFiltered: what would find nothing under the filters is not offered.
func TestCorrectFiltered(t *testing.T) {
	x := pack(t, dossier, &search.IndexOptions{Mixed: true})
	for _, c := range []struct {
		opts search.Options
		want string
	}{{search.Options{Section: "articles"}, "protesters"}, {search.Options{Language: "en"}, "protesters"}, {search.Options{Language: "ru"}, ""}, {search.Options{Section: "none"}, ""}} {
		r := find(t, x, "protestrs", &c.opts)
		if got, ok := search.Correct(t.Context(), []*search.Index{x}, "protestrs", r.Missing, &c.opts); got != c.want || ok != (c.want != "") {
			t.Errorf("%+v: %q, want %q", c.opts, got, c.want)
		}
	}
}

// TestStopWordsAreNotMissing: what an index leaves out is not corrected.
func TestStopWordsAreNotMissing(t *testing.T) {
	x := pack(t, dossier, &search.IndexOptions{Language: "eng"})
	search.SetStopWords(x, "the")
	r := find(t, x, "the netwrok", nil)
	if got, _ := search.Correct(t.Context(), []*search.Index{x}, "the netwrok", r.Missing, nil); got != "the network" {
		t.Errorf("missing %v, corrected %q", r.Missing, got)
	}
}

// TestLargestCount: however much is asked for, it is what there is.
func TestLargestCount(t *testing.T) {
	x := pack(t, dossier, &search.IndexOptions{Mixed: true})
	for _, start := range []int{0, 1, 3, math.MaxInt, -1} {
		for _, text := range []string{"интернет", `"the network"`} {
			all := find(t, x, text, nil)
			r := find(t, x, text, &search.Options{Start: start, Count: math.MaxInt})
			if want := max(0, all.Total-max(0, start)); len(r.Hits) != want || r.Total != all.Total {
				t.Errorf("%s from %d on: %d of %d, want %d of %d", text, start, len(r.Hits), r.Total, want, all.Total)
			}
		}
	}
}

// TestRuns: a run of Chinese, Japanese or Korean is found where it stands by itself and where it is a part of a longer one.
func TestRuns(t *testing.T) {
	items := []searchtest.Page{
		{Path: "alone.html", Language: "zh", Title: "A 圖書館員", Text: "图书馆 中文字 도서관에서 コーヒー Ａｂｃ"},
		{Path: "in.html", Language: "zh", Title: "B", Text: "人在图书馆里看书"},
		{Path: "apart.html", Language: "zh", Title: "C", Text: "书馆的图书"},
	}
	for name, opts := range map[string]*search.IndexOptions{"mixed": {Mixed: true, NGrams: true}, "libzim 9": {Language: "zho", NGrams: true}} {
		x := pack(t, items, opts)
		for query, want := range map[string]string{
			"图书馆": "alone.html apart.html in.html", `"图书馆"`: "alone.html in.html", "人在图书馆里看书": "in.html", "中文字": "alone.html", "도서관에서": "alone.html",
			"도서관": "alone.html", "コーヒー": "alone.html", "ａｂｃ": "alone.html", "图书": "alone.html apart.html in.html", "馆图书": "",
		} {
			if got := pathsOf(find(t, x, query, nil)); got != want {
				t.Errorf("%s: %s: %q, want %q", name, query, got, want)
			}
		}
		if r := find(t, x, "图书馆", nil); r.Hits[0].Path != "alone.html" {
			t.Errorf("%s: the first is %s", name, r.Hits[0].Path)
		}
		for _, typed := range []string{"圖書", "圖書館", "圖書館員", "書館"} {
			if list, err := search.Suggest(t.Context(), []*search.Index{x}, typed, 10); err != nil || len(list) != 1 {
				t.Errorf("%s: %s suggests %v, %v", name, typed, list, err)
			}
		}
	}
}

// TestPhrasesAlike: what is one letter, mark or digit in a language is so in phrases.
func TestPhrasesAlike(t *testing.T) {
	x := pack(t, []searchtest.Page{
		{Path: "uk.html", Language: "uk", Title: "A", Text: "Вийшли на обʼєкт, сім'я з нами."},
		{Path: "fa.html", Language: "fa", Title: "B", Text: "نامه از علي در سال ۱۴۰۰ به خانهٔ ما؛ کتاب\u200cها را خواندیم"},
	}, &search.IndexOptions{Mixed: true})
	for query, want := range map[string]string{
		`"на об'єкт"`: "uk.html", `"на об’єкт"`: "uk.html", `"сімʼя з"`: "uk.html", `"сімя з"`: "",
		`"از علی"`: "fa.html", `"سال 1400"`: "fa.html", "\"كتاب\u200cها را\"": "fa.html", `"سال 1401"`: "",
	} {
		if got := pathsOf(find(t, x, query, nil)); got != want {
			t.Errorf("%s: %q, want %q", query, got, want)
		}
	}
}

// TestDamagedHead: what does not begin as a database is damaged; one of another kind is none.
func TestDamagedHead(t *testing.T) {
	for head, damaged := range map[string]bool{"\x0f\x0dXapiaN": true, "IAmChert": false} {
		file := searchtest.Archive(t, "test.zim", dossier, &search.IndexOptions{Mixed: true})
		b, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(file, bytes.ReplaceAll(b, []byte("\x0f\x0dXapian"), []byte(head)), 0o600); err != nil {
			t.Fatal(err)
		}
		x, err := search.OpenIndex(searchtest.Open(t, file))
		if format := (*xapian.FormatError)(nil); errors.As(err, &format) != damaged || (err != nil) != damaged {
			t.Errorf("%q: %v", head, err)
		}
		if texts, titles := x.Has(); texts || titles {
			t.Errorf("%q is searched", head)
		}
	}
}

// TestDamagedChoices: a list of languages that breaks off is none, and the damage is told.
func TestDamagedChoices(t *testing.T) {
	file := searchtest.Archive(t, "test.zim", dossier, &search.IndexOptions{Mixed: true})
	searchtest.Damage(t, file, "Lru")
	x, err := search.OpenIndex(searchtest.Open(t, file))
	if err != nil {
		t.Fatal(err)
	}
	if list := x.Languages(); len(list) != 0 || x.Damage() == nil {
		t.Errorf("languages %q, damage %v", list, x.Damage())
	}
}

// TestPhrasePassage: the passage is where the phrase stands, not where its words do; Chinese is compared by characters.
func TestPhrasePassage(t *testing.T) {
	filler := strings.Repeat("filler words go on and on. ", 2000)
	x := pack(t, []searchtest.Page{
		{Path: "en.html", Language: "en", Title: "A", Text: "Down it was shut, and shut the network was; down. " + filler + "At noon the network was SHUT down by decree. " + filler},
		{Path: "zh.html", Language: "zh", Title: "B", Text: "昨天晚上北京、上海的网络被切断。"},
	}, &search.IndexOptions{Mixed: true, NGrams: true})
	for text, want := range map[string]string{
		`"was shut down"`: "At noon the network was SHUT down by decree", `shut -"down shut" "by decree"`: "by decree",
		`"北京、上海"`: "北京、上海", `"北京 上海"`: "北京、上海", `"上海 北京"`: "", `"晚上北京 上海的"`: "北京、上海", `"decree noon"`: "",
	} {
		r := find(t, x, text, nil)
		passage := ""
		for _, h := range r.Hits {
			for _, s := range h.Passage {
				passage += s.Text
			}
		}
		if len(r.Hits) > 1 || !strings.Contains(passage, want) || (want == "") != (len(r.Hits) == 0) {
			t.Errorf("%s: %d found, the passage is %q, want %q", text, len(r.Hits), passage, want)
		}
	}
}

// TestCorrectStems: of an index that has stems only, a word is offered as a text has it.
func TestCorrectStems(t *testing.T) {
	x := pack(t, []searchtest.Page{{Path: "a.html", Title: "A", Text: "Parcels were received; companies paid."}}, &search.IndexOptions{Language: "eng"})
	for typed, want := range map[string]string{"recieved": "received", "compnaies": "companies", "qqqqqqq": ""} {
		r := find(t, x, typed, nil)
		if got, _ := search.Correct(t.Context(), []*search.Index{x}, typed, r.Missing, nil); got != want {
			t.Errorf("Correct(%q) = %q, want %q", typed, got, want)
		}
	}
}

func TestSeveralArchives(t *testing.T) {
	a := pack(t, dossier[:2], &search.IndexOptions{Mixed: true})
	b := pack(t, dossier[:1], &search.IndexOptions{Language: "eng"})
	none := pack(t, dossier[:1], &search.IndexOptions{Language: "eng"})
	r, err := search.Search(t.Context(), []*search.Index{a, none, b}, search.ParseQuery("networks", false), nil)
	if err != nil || r.Total != 3 {
		t.Errorf("found %+v, %v in three archives", r, err)
	}
	if _, err := search.Search(t.Context(), nil, search.ParseQuery("x", false), nil); !errors.Is(err, search.ErrNoIndex) {
		t.Errorf("without an index: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := search.Search(ctx, []*search.Index{a}, search.ParseQuery(`"the network"`, false), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("after an interrupt: %v", err)
	}
}

// TestContextEndsWalks: a search and a suggestion that find little, but walk through many documents, end with their context.
func TestContextEndsWalks(t *testing.T) {
	var items []searchtest.Page
	for i := range 6000 {
		word := []string{"even", "odd"}[i%2]
		items = append(items, searchtest.Page{Path: fmt.Sprintf("%d.html", i), Title: "page " + word, Text: word})
	}
	indexes := []*search.Index{pack(t, items, &search.IndexOptions{Language: "eng"})}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if r, err := search.Search(ctx, indexes, search.ParseQuery("even odd", false), nil); !errors.Is(err, context.Canceled) {
		t.Errorf("search after an interrupt: %+v, %v", r, err)
	}
	if list, err := search.Suggest(ctx, indexes, "even odd", 10); !errors.Is(err, context.Canceled) {
		t.Errorf("suggestions after an interrupt: %v, %v", list, err)
	}
	if list, err := search.Suggest(t.Context(), indexes, "page", 10); err != nil || len(list) != 10 || list[0].Title != "page even" {
		t.Errorf("suggestions for what fits all: %v, %v", list, err)
	}
}

// TestDamagedMetadata: a database of which it cannot be told what words become in it is not searched.
func TestDamagedMetadata(t *testing.T) {
	file := searchtest.Archive(t, "test.zim", dossier[:2], &search.IndexOptions{Mixed: true})
	searchtest.Damage(t, file, searchtest.KeyLanguage)
	x, err := search.OpenIndex(searchtest.Open(t, file))
	var format *xapian.FormatError
	if !errors.As(err, &format) {
		t.Errorf("opened with %v", err)
	}
	if fulltext, titles := x.Has(); fulltext || titles {
		t.Errorf("texts to be searched: %t, titles: %t", fulltext, titles)
	}
	if _, err := search.Search(t.Context(), []*search.Index{x}, search.ParseQuery("networks", false), nil); !errors.Is(err, search.ErrNoIndex) {
		t.Errorf("searched: %v", err)
	}
}

// TestChinese: a run of characters is found by pairs, in texts as in titles, and by what begins a title; what was found is marked.
func TestChinese(t *testing.T) {
	items := []searchtest.Page{
		{Path: "news.html", Language: "zh", Title: "北京大学新闻", Text: "昨天晚上北京大学的网络被切断。"},
		{Path: "park.html", Language: "zh", Title: "大学公园", Text: "公园在东京。"},
		{Path: "x.html", Language: "zh", Title: "ABC北京", Text: "x北京x"},
	}
	for name, opts := range map[string]*search.IndexOptions{"mixed": {Mixed: true, NGrams: true}, "English": {Language: "eng", NGrams: true}, "runs": {Language: "zho"}} {
		indexes := []*search.Index{pack(t, items, opts)}
		for typed, want := range map[string]string{
			"北": "news.html", "北京": "news.html", "北京大": "news.html", "北京大学": "news.html", "北京大学新闻": "news.html", "大学": "park.html", "大学公": "park.html",
			"abc北京": "x.html", "北京公园": "",
		} {
			list, err := search.Suggest(t.Context(), indexes, typed, 10)
			if err != nil {
				t.Fatal(err)
			}
			first := ""
			if len(list) > 0 {
				first = list[0].Path
			}
			if first != want {
				t.Errorf("%s: %s suggests %q first, want %q", name, typed, first, want)
			}
		}
		if name == "runs" { // as libzim 8 has them: a word is all that stands between two marks
			continue
		}
		r := find(t, indexes[0], "北京大学 网络", nil)
		marked := ""
		for _, h := range r.Hits {
			for _, span := range h.Passage {
				if span.Mark {
					marked += span.Text + " "
				}
			}
		}
		if pathsOf(r) != "news.html" || marked != "北京大学 网络 " {
			t.Errorf("%s: found %q, marked %q", name, pathsOf(r), marked)
		}
	}
}

// TestFind: the archives of a shelf with an index and without, sound and damaged, are searched together.
func TestFind(t *testing.T) {
	mixed := &search.IndexOptions{Mixed: true}
	with := pack(t, dossier, mixed)
	without := pack(t, []searchtest.Page{
		{Path: "a.html", Title: "Networks elsewhere"}, {Path: "b.html", Title: "Shut down networks"}, {Path: "c.html", Title: "Nothing"},
	}, nil)
	file := searchtest.Archive(t, "test.zim", []searchtest.Page{{Path: "d.html", Title: "Networks of damage", Text: "networks"}}, mixed)
	searchtest.Damage(t, file, "networks")
	bad, err := search.OpenIndex(searchtest.Open(t, file))
	if err != nil {
		t.Fatal(err)
	}
	indexes := []*search.Index{with, bad, without}
	for _, c := range []struct {
		text  string
		opts  search.Options
		total int
		paths string
	}{
		{"networks", search.Options{}, 4, "en.html d.html a.html b.html"},
		{"networks", search.Options{Count: 2}, 4, "en.html d.html"},
		{"networks", search.Options{Start: 2, Count: 1}, 4, "a.html"},
		{"networks", search.Options{Start: 3, Count: 9}, 4, "b.html"},
		{"networks", search.Options{Start: 4}, 4, ""},
		{"networks", search.Options{Language: "EN"}, 1, "en.html"},
		{"networks", search.Options{Section: "Articles"}, 1, "en.html"},
		{"netwo", search.Options{}, 4, "en.html d.html a.html b.html"}, // the word may go on
		{"networks -shut", search.Options{}, 2, "d.html a.html"},
		{`"shut down"`, search.Options{}, 2, "en.html b.html"},
		{"nothing", search.Options{}, 1, "c.html"},
		{"", search.Options{}, 0, ""},
	} {
		r, err := search.Find(t.Context(), indexes, c.text, &c.opts)
		if err != nil {
			t.Fatalf("%s: %v", c.text, err)
		}
		var paths []string
		for _, h := range r.Hits {
			paths = append(paths, h.Path)
		}
		titles := []int{1, 2}
		if c.opts.Language != "" || c.opts.Section != "" {
			titles = nil
		}
		if got := strings.Join(paths, " "); got != c.paths || r.Total != c.total || r.Reach != c.total || !slices.Equal(r.Titles, titles) {
			t.Errorf("%s %+v: %q, %d found, %d to be had, titles of %v, want %q, %d", c.text, c.opts, got, r.Total, r.Reach, r.Titles, c.paths, c.total)
		}
		if with.Damage() != nil || without.Damage() != nil || !errors.As(bad.Damage(), new(*xapian.FormatError)) {
			t.Fatalf("damage: %v, %v, %v", with.Damage(), without.Damage(), bad.Damage())
		}
	}
	r, err := search.Find(t.Context(), indexes, "jornalists", nil)
	if err != nil || len(r.Missing) != 1 {
		t.Errorf("a typo: %+v, %v", r, err)
	}
}
