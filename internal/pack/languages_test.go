package pack_test

import (
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/search"
	"samizdat/internal/xapian"
)

// languages is a dossier of our own writing, one story in five languages.
const languages = "../dossier/testdata/languages"

// inflected are forms of words of that story that are not in it.
var inflected = map[string][]string{
	"en": {"neighbour", "carrying", "book", "libraries", "flooding", "volunteer", "lantern"},
	"ru": {"сосед", "книга", "книгами", "библиотеке", "страница", "подоконник", "тёплая", "теплому", "ёлки", "елка", "площадью", "фонарей"},
	"kk": {"көрші", "кітап", "кітаптың", "кітапханаға", "кітапханалар", "балаларға", "бетті", "терезе", "терезеден", "еріктілер", "шамдар", "алаң"},
	"uk": {"сусід", "сусідам", "книжка", "книжкою", "бібліотеку", "сторінка", "підвіконня", "ліхтарів", "теплого"},
	"fa": {"کتاب", "کتابهای", "همسایه", "برگه", "پنجره", "پنجره\u200cهای", "داوطلب", "فانوس", "كتاب"},
}

// TestLanguages: kiwix-serve finds every word of every language as it is written, and our reader other forms besides, each
// in its own language.
func TestLanguages(t *testing.T) {
	name := packDossier(t, languages, nil)
	index := openIndex(t, name)
	base := kiwixServe(t, name)
	book := strings.TrimSuffix(filepath.Base(name), ".zim")
	for tag, forms := range inflected {
		text, err := os.ReadFile(filepath.Join(languages, "statements", tag+".md"))
		if err != nil {
			t.Fatal(err)
		}
		_, body, _ := strings.Cut(string(text), "---\n\n")
		path := "statement-story-" + tag + ".html"
		var there []string
		xapian.Words(body, false, func(_ string, start, end int) bool {
			there = append(there, body[start:end])
			return true
		})
		if len(there) < 30 {
			t.Fatalf("%s: only %d words", tag, len(there))
		}
		for _, word := range there {
			if found := kiwixFinds(t, base, book, word); !slices.Contains(found, path) {
				t.Errorf("%s: kiwix-serve does not find %q, but %q", tag, word, found)
			}
			if found, _ := weFind(t, index, word); !slices.Contains(found, path) {
				t.Errorf("%s: we do not find %q, but %q", tag, word, found)
			}
		}
		for _, form := range forms {
			if slices.ContainsFunc(there, func(word string) bool { return xapian.Fold(word) == xapian.Fold(form) }) {
				t.Errorf("%s: %q is in the story as it is", tag, form)
			}
			if found, _ := weFind(t, index, form); !slices.Contains(found, path) {
				t.Errorf("%s: we do not find the form %q, but %q", tag, form, found)
			}
		}
	}
	if got := index.Languages(); !slices.Equal(got, []string{"en", "fa", "kk", "ru", "uk"}) {
		t.Errorf("languages to choose from: %q", got)
	}
	found, err := search.Search(t.Context(), []*search.Index{index}, search.ParseQuery("библиотека", false), &search.Options{Language: "ru"})
	if err != nil || len(found.Hits) != 1 || found.Hits[0].Path != "statement-story-ru.html" {
		t.Errorf("in Russian: %+v, %v", found, err)
	}
}
