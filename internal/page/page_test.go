package page_test

import (
	"bytes"
	"flag"
	"maps"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samizdat/internal/markup"
	"samizdat/internal/messages/packed"
	"samizdat/internal/page"
)

var update = flag.Bool("update", false, "rewrite the files in testdata")

const petition = "https://avtonom.org/news/protiv-vvoda-v-kazahstan-voysk-stran-chlenov-odkb"

// site is an archive whose pages are there in four languages, seen in the main one.
var site = page.Site{Title: "Kazakhstan 2022", Lang: "en", Languages: []string{"en", "ru", "kk", "fa"}}

func p(id, text string) markup.Node { return markup.El("p", markup.A("id", id), markup.Text(text)) }

// items are one of each sort that a dossier has.
func items() []*page.Item {
	all := []*page.Item{
		{
			ID: "statement-2", Path: "statement-2.html", Kind: "statement", Title: "Second Statement", Lang: "en",
			Author: "Autonomous Action", Address: petition, Status: "full", Translation: true,
			SHA256: "7b62afc918b8a804109c627820f0106e97995ff4e05fcb5d457e8501e0a1b470",
			Body: markup.Lines(
				p("p1", "Kazakhstani elites are trying to stay in power at all costs."),
				p("p2", `A president who calls his own people "terrorist gangs" is a low blow.`),
				markup.El("h2", markup.A("id", "no-war"), markup.Text("No war")),
				markup.El("blockquote", markup.A("id", "p3"), markup.El("p", markup.Text("No war! ■"))),
				markup.El("p", markup.A("class", "sign"), markup.Text("Autonomous Action")),
			),
		},
		{
			ID: "crimethinc", Path: "article-crimethinc.html", Kind: "article", Title: "The Uprising in Kazakhstan",
			Publisher: "CrimethInc", Status: "linked", Date: "2022-01-06", DateText: "2022/01/06", DateFrom: "address",
			Address:    "https://crimethinc.com/2022/01/06/the-uprising-in-kazakhstan-an-interview-and-appraisal",
			Note:       "both of which provide excellent coverage, history and political undrstanding",
			EditorNote: "“undrstanding” stands so in the source.",
		},
		{
			ID: "akobi", Path: "media-akobi.html", Kind: "video", Status: "captured", Title: "Police in Akobi",
			Address: "https://vm.tiktok.com/ZM8o8ymBb/",
			Files: []page.File{{
				Name: "akobi.mp4", Path: "media/akobi.mp4", MIME: "video/mp4", Size: 5141,
				SHA256: "6047226264979f9e03983293172706aff983120aef93017be8c7da975f05cca2",
			}},
			Record: []page.Row{{Term: "Content type", Value: markup.Text("video/mp4")}},
		},
		{
			ID: "poster", Path: "media-poster.html", Kind: "image", Status: "captured", Title: "Плакат", Lang: "ru",
			Files: []page.File{{Name: "a b.png", Path: "media/a%20b.png", MIME: "image/png", Size: 12015, Title: "A poster", Width: 800, Height: 600, Small: "thumbnails/media/a%20b.png.jpg", SmallWidth: 480, SmallHeight: 360}},
		},
		{
			ID: "abdurasulov", Path: "media-abdurasulov.html", Kind: "person", Title: "Abdujalil Abdurasulov",
			Status: "named", Date: "01-06", DateText: "06/01", DateFrom: "note",
			Note: "And here's the account of Abdujalil Abdurasulov BBC journalist.\n\nSecond paragraph of the note.",
		},
	}
	for i, it := range all {
		it.Position, it.Total = i+1, len(all)
		if i > 0 {
			prev, next := all[i-1].Link(), it.Link()
			it.Prev, all[i-1].Next = &prev, &next
		}
	}
	return all
}

// pages renders every page of all four languages, by its path.
func pages() map[string][]byte {
	all := map[string][]byte{}
	for _, lang := range site.Languages {
		maps.Copy(all, pagesIn(lang))
	}
	return all
}

// pagesIn renders every page in one of the site's languages, by its path.
func pagesIn(lang string) map[string][]byte {
	site := site
	site.UI = packed.For(lang)
	its := items()
	intro := markup.El("p", markup.Text("On 2nd January 2022, mass protests broke out in Kazakhstan."))
	sections := []page.Section{
		{ID: "statements", Title: "Statements", Lead: markup.El("p", markup.Text("Two statements.")), Items: its[:1]},
		{ID: "articles", Title: "Articles", Items: its[1:2]},
		{ID: "media", Title: "Media", Items: its[2:]},
	}
	source := page.SourceView{
		File: page.File{
			Name: "kazakhstan-2022.txt", Path: "source/kazakhstan-2022.txt", MIME: "text/plain", Size: 6100,
			SHA256: "9f86d081884c7d659a2feaa0c55ad015a3bf4f1b2b0b822cd15d6c15b0f00a08",
		},
		Lang: "en", Text: "First Statement:\r\n\r\n  \"The gas\" <is> no longer available & gone\r\n",
	}
	m := map[string][]byte{
		page.CoverPath: page.Cover(site, page.CoverView{
			Lead: page.Prose{Body: intro}, Begin: its[0].Link(), From: "2022-01-02", Languages: []string{"en", "ru"},
			Sections: []page.Link{
				{Path: "contents.html#introduction", Title: "Introduction"},
				{Path: "contents.html#statements", Title: "Statements"},
			},
			Counts: []int{0, 2}, Edition: page.Edition{Number: 1, Date: "2026-11-23"},
		}),
		page.ContentsPath: page.Contents(site, page.ContentsView{
			Introduction: page.Prose{Body: intro}, Closing: page.Prose{Body: markup.El("p", markup.Text("Солидарность.")), Lang: "ru"},
			Sections: sections, Source: &source, SourcePage: page.SourcePath, EditorNotes: []string{"A note."},
		}),
		page.TimelinePath: page.Timeline(site, page.TimelineView{
			Events: []page.Event{
				{Date: "2022-01-02", DateFrom: "text", Text: "Mass protests broke out.", Source: page.Link{Path: "contents.html#introduction", Title: "Introduction"}},
				{Date: "2022-01", DateText: "2022/01", DateFrom: "address", Text: "Colonialism", Source: its[1].Link()},
				{DateText: "1848, 1956", DateFrom: "text", Text: "Hungarian revolutions", Source: its[0].Link(), Earlier: true},
			},
			Undated: its[:1],
		}),
		page.MediaPath: page.MediaGallery(site, its[2:]),
		page.OutsidePath: page.Outside(site, []page.OutsideAddress{
			{URL: petition, Named: []page.Link{its[0].Link()}},
			{URL: its[1].Address, Named: []page.Link{its[1].Link(), its[3].Link()}},
			{URL: its[2].Address, Named: []page.Link{its[2].Link()}},
		}),
		page.AboutPath: page.About(site, page.AboutView{
			Description: "What the dossier is.\n\nIn two paragraphs.", Creator: "Autonomous Action and others",
			Publisher: "samizdat", License: "not stated", Rights: page.Prose{Body: markup.El("p", markup.Text("Nothing is known."))},
			Edition: 2, Editions: []page.Edition{
				{Number: 1, Date: "2026-11-23", Note: "The first."}, {Number: 2, Date: "2026-12-01"},
			},
			Source: &source, SourcePage: page.SourcePath,
		}),
		page.SearchPath: page.SearchHelp(site),
		page.SharePath:  page.ShareHelp(site),
		page.CheckPath:  page.CheckHelp(site),
		page.SourcePath: page.Source(site, source),
	}
	for _, it := range its {
		m[it.Path] = page.ItemPage(site, it)
	}
	if lang == site.Languages[0] {
		return m
	}
	named := map[string][]byte{}
	for path, data := range m {
		named[page.InLanguage(path, lang)] = data
	}
	return named
}

// golden are the pages that are kept in testdata: all of the main language, and two from right to left.
func golden() map[string][]byte {
	m := pagesIn("en")
	for path, data := range pagesIn("fa") {
		if path == "index.fa.html" || path == "statement-2.fa.html" {
			m[path] = data
		}
	}
	for path, data := range served() {
		m[path] = data
	}
	return m
}

// served are pages that the reader answers, and no archive holds.
func served() map[string][]byte {
	site := page.Site{Title: "Kazakhstan 2022", Lang: "en", Home: "/content/dossier/", Style: "/-/style.css", UI: packed.For("en")}
	share := page.ShareView{
		Start: "/-/share", Stop: "/-/share/stop", Get: "/get", Hidden: [][2]string{{"book", "dossier"}}, Min: 1, Max: 720, Minutes: 60,
		Networks: []page.Choice{{Value: "192.0.2.7", Text: "192.0.2.7 (wlan0)"}, {Value: "198.51.100.3", Text: "198.51.100.3 (eth0)"}},
		Network:  "198.51.100.3", WiFiName: "Room", Problem: "Something was wrong.",
	}
	on := share
	on.URL, on.Until, on.Visitors, on.Gone = "http://192.0.2.7:8470/get", time.Date(2022, 1, 6, 18, 42, 0, 0, time.UTC), 3, true
	on.Code, on.WiFiCode = "/-/share/address.png", "/-/share/wifi.png"
	file := page.Copy{Name: "kazakhstan-2022.zim", Ref: "/get/dossier/kazakhstan-2022.zim", Size: 1_234_567, SHA256: strings.Repeat("0123456789abcdef", 4)}
	program := page.Copy{
		Program: true, Platform: "Linux (x86-64)", Name: "kazakhstan-2022-linux-amd64", Ref: "/get/dossier/kazakhstan-2022-linux-amd64", Size: 9_876_543,
		Start: "chmod +x kazakhstan-2022-linux-amd64 && ./kazakhstan-2022-linux-amd64",
	}
	return map[string][]byte{
		"served-share.html": page.Share(site, share),
		"served-on.html":    page.Share(site, on),
		"served-get.html": page.Get(site, page.GetView{
			Read: "/content/dossier/index.html", Phone: true, Yours: []page.Copy{file}, Others: []page.Copy{program}, OnlyOwn: true, Counting: true,
			Sums: "/get/dossier/SHA256SUMS", Seal: []markup.Node{markup.El("p", markup.Text("Not sealed"))},
			Languages: []page.LanguageLink{{Tag: "en", Ref: "?lang=en"}, {Tag: "fa", Ref: "?lang=fa"}},
		}),
	}
}

func TestGolden(t *testing.T) {
	for name, got := range golden() {
		golden := filepath.Join("testdata", name)
		if *update {
			if err := os.WriteFile(golden, got, 0o644); err != nil {
				t.Fatal(err)
			}
			continue
		}
		want, err := os.ReadFile(golden)
		if err != nil {
			t.Fatal(err)
		}
		if bytes.Equal(got, want) {
			continue
		}
		g, w := strings.Split(string(got), "\n"), strings.Split(string(want), "\n")
		for i := range max(len(g), len(w)) {
			if i >= len(g) || i >= len(w) || g[i] != w[i] {
				t.Errorf("%s differs from %s at line %d (run with -update if that is meant)\n got %q\nwant %q",
					name, golden, i+1, at(g, i), at(w, i))
				break
			}
		}
	}
	files, err := filepath.Glob("testdata/*.html")
	if err != nil || len(files) != len(golden()) {
		t.Errorf("testdata has %d pages (%v), want %d", len(files), err, len(golden()))
	}
}

func at(lines []string, i int) string {
	if i < len(lines) {
		return lines[i]
	}
	return ""
}

func TestOutsideID(t *testing.T) {
	for _, c := range []struct{ url, want string }{
		{"https://aitrus.info/node/5884", "aitrus-info-node-5884-"},
		{"https://пример.kz/Я/", "пример-kz-я-"},
		{"https://e.org/" + strings.Repeat("a", 200), "e-org-" + strings.Repeat("a", 58) + "-"},
		{"://", ""},
	} {
		got := page.OutsideID(c.url)
		if !strings.HasPrefix(got, c.want) || len(got) != len(c.want)+8 {
			t.Errorf("OutsideID(%q) = %q, want %q and eight digits", c.url, got, c.want)
		}
	}
	seen := map[string]string{}
	for _, url := range []string{
		"https://vm.tiktok.com/ZM8o8ymBb/", "https://vm.tiktok.com/zm8o8ymbb/", "https://vm.tiktok.com/ZM8o8ymBb",
		"http://vm.tiktok.com/ZM8o8ymBb/",
	} {
		id := page.OutsideID(url)
		if have, ok := seen[id]; ok {
			t.Errorf("OutsideID is %q for both %q and %q", id, have, url)
		}
		seen[id] = url
	}
}
