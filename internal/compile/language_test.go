package compile_test

import (
	"errors"
	"io/fs"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/compile"
	"samizdat/internal/dossier"
)

var (
	hrefs = regexp.MustCompile(`href="([^"#]*)(#[^"]*)?"`)
	langs = regexp.MustCompile(`(?s)<nav class="langs".*?</nav>`)
)

// Each language has every page of the main one; the rest is there once.
func TestEveryLanguageHasEveryPage(t *testing.T) {
	a := compiled(t, bundle())
	have := map[string][]string{}
	for _, e := range a.Entries {
		if e.MIMEType == "text/html" {
			lang := language(e.Path)
			have[lang] = append(have[lang], strings.Replace(e.Path, "."+lang+".html", ".html", 1))
		} else if lang := language(e.Path); lang != "" {
			t.Errorf("%s is no page", e.Path)
		}
	}
	if got := slices.Sorted(maps.Keys(have)); !slices.Equal(got, []string{"", "fa", "kk", "ru"}) {
		t.Fatalf("languages %q", got)
	}
	for lang, pages := range have {
		if !slices.Equal(pages, have[""]) {
			t.Errorf("%s has the pages %v, want %v", lang, pages, have[""])
		}
	}
}

// Within a language all links between pages stay in it, and every page but the lists of what is elsewhere is found by
// following them from the cover.
func TestLinksKeepTheLanguage(t *testing.T) {
	a := compiled(t, bundle())
	all := map[string]*compile.Entry{}
	for i := range a.Entries {
		all[a.Entries[i].Path] = &a.Entries[i]
	}
	for _, lang := range []string{"", "ru", "kk", "fa"} {
		cover := "index.html"
		if lang != "" {
			cover = "index." + lang + ".html"
		}
		seen, queue := map[string]bool{cover: true}, []string{cover}
		for len(queue) > 0 {
			path := queue[0]
			queue = queue[1:]
			html := langs.ReplaceAllString(string(content(t, all[path])), "")
			for _, m := range hrefs.FindAllStringSubmatch(html, -1) {
				to := m[1]
				if to == "" || to == "data:," || seen[to] {
					continue
				}
				if all[to] == nil {
					t.Errorf("%s leads to %s, which is not there", path, to)
					continue
				}
				seen[to] = true
				if all[to].MIMEType != "text/html" {
					continue
				}
				if language(to) != lang {
					t.Errorf("%s leads to %s", path, to)
				}
				queue = append(queue, to)
			}
		}
		for path, e := range all {
			if e.MIMEType == "text/html" && language(path) == lang && !seen[path] {
				t.Errorf("no page leads to %s", path)
			}
		}
	}
}

// A page says its language, and has the texts as they are, in theirs.
func TestTextsKeepTheirLanguage(t *testing.T) {
	a := compiled(t, bundle())
	for path, want := range map[string][]string{
		"statement-1.html":    {`<html lang="en">`, "<article>", "The gas that we produce"},
		"statement-1.ru.html": {`<html lang="ru">`, `<article lang="en">`, "The gas that we produce"},
		"statement-1.fa.html": {`<html lang="fa" dir="rtl">`, `<article lang="en" dir="ltr">`, "The gas that we produce"},
		"index.fa.html":       {`<h1><bdi lang="en" dir="ltr">Kazakhstan 2022</bdi></h1>`},
	} {
		html := string(content(t, entry(t, a, path)))
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("%s lacks %s", path, w)
			}
		}
	}
}

// The sum beside a text and the anchors of its paragraphs are the same on every page, so that what is cited in one
// language is found in another. A page that is made twice is the same twice.
func TestPagesMadeLater(t *testing.T) {
	a := compiled(t, bundle())
	digest := regexp.MustCompile(`<code dir="ltr" translate="no">[0-9a-f ]{71}</code>`)
	anchor := regexp.MustCompile(`<p id="p\d+">`)
	main := string(content(t, entry(t, a, "statement-1.html")))
	want, anchors := digest.FindString(main), anchor.FindAllString(main, -1)
	if len(anchors) != 4 {
		t.Errorf("statement-1.html has the anchors %v, want 4", anchors)
	}
	for _, lang := range []string{"ru", "kk", "fa"} {
		e := entry(t, a, "statement-1."+lang+".html")
		once := string(content(t, e))
		if got := digest.FindString(once); got != want || want == "" {
			t.Errorf("%s has the sum %q, want %q", e.Path, got, want)
		}
		if got := anchor.FindAllString(once, -1); !slices.Equal(got, anchors) {
			t.Errorf("%s has the anchors %v, want %v", e.Path, got, anchors)
		}
		if string(content(t, e)) != once {
			t.Errorf("%s is another page when it is opened again", e.Path)
		}
	}
}

// Links in texts lead to pages in the language of the frame, and addresses to its list.
func TestLinksInTexts(t *testing.T) {
	manifest := template(t, dossier.ManifestFile)
	a := compiled(t, altered(t, map[string]string{
		"dossier.yaml":    strings.Replace(manifest, "ui: [en]", "ui: [en, kk]", 1),
		"introduction.md": "See [it](item:statement-1#p1) and https://example.org/a.html.\n",
	}))
	cover := string(content(t, entry(t, a, "index.kk.html")))
	for _, want := range []string{`href="statement-1.kk.html#p1"`, `href="outside.kk.html#example-org-a-html-`} {
		if !strings.Contains(cover, want) {
			t.Errorf("index.kk.html lacks %s", want)
		}
	}
	list := string(content(t, entry(t, a, "outside.kk.html")))
	if !strings.Contains(list, `<a href="contents.kk.html#introduction">`) {
		t.Error("outside.kk.html does not say that the introduction names the address")
	}
}

// What is wrong with a text is told once, however many languages it would be shown in.
func TestProblemsAreToldOnce(t *testing.T) {
	manifest := template(t, dossier.ManifestFile)
	_, err := compile.Dossier(load(t, altered(t, map[string]string{
		"dossier.yaml":    strings.Replace(manifest, "ui: [en]", "ui: [en, ru, kk]", 1),
		"introduction.md": "Some <b>HTML</b>.\n",
	})), nil)
	var problems dossier.Problems
	if !errors.As(err, &problems) || len(problems) != 1 {
		t.Errorf("got %v, want one problem", err)
	}
}

// template is a file of the template of a new dossier.
func template(t *testing.T, name string) string {
	t.Helper()
	b, err := fs.ReadFile(dossier.Template(), name)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}
