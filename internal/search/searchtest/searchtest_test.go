package searchtest_test

import (
	"maps"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/search"
	"samizdat/internal/search/searchtest"
)

// TestPages: words are as unequal as in a text, the same pages come out each time, and queries are made of their words.
func TestPages(t *testing.T) {
	pages := searchtest.Pages(300)
	if len(pages) != 300 || pages["index.html"] == "" || !maps.Equal(pages, searchtest.Pages(300)) {
		t.Fatalf("%d pages, or not the same again", len(pages))
	}
	count, total := map[string]int{}, 0
	var texts []string
	for _, path := range slices.Sorted(maps.Keys(pages)) {
		text := search.ReadHTML([]byte(pages[path])).Text
		texts = append(texts, text)
		for w := range strings.FieldsSeq(text) {
			count[w]++
			total++
		}
	}
	once := 0
	for _, n := range count {
		if n == 1 {
			once++
		}
	}
	if count["the"] < total/50 || once < len(count)/4 {
		t.Errorf("%d of %d words are \"the\"; %d of %d different ones are there once", count["the"], total, once, len(count))
	}
	queries := searchtest.Queries(texts, 120)
	if len(queries) != 120 || !slices.Equal(queries, searchtest.Queries(texts, 120)) {
		t.Fatalf("%d queries, or not the same again", len(queries))
	}
	two := 0
	for _, q := range queries {
		if strings.Contains(q, " ") {
			two++
		}
	}
	if two != 60 {
		t.Errorf("%d of 120 queries have two words", two)
	}
	if searchtest.Queries(nil, 3) != nil || len(searchtest.Queries([]string{"a b", "one"}, 3)) != 1 {
		t.Error("queries of texts without words")
	}
}
