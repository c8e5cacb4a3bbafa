package search_test

import (
	"strings"
	"testing"
	"unicode/utf8"

	"samizdat/internal/search"
	"samizdat/internal/xapian"
)

// FuzzQuery: a query has clauses of words only, and what it takes apart it takes apart the same way again.
func FuzzQuery(f *testing.F) {
	for _, text := range []string{`one "two three" -four`, "«пять» -„six“", `-"a b"`, "fish+chips C++ don't", "北京 -東京", `"`, "--", "a\x00b"} {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, typing bool) {
		q := search.ParseQuery(text, typing)
		if len(q.Clauses) > 32 {
			t.Errorf("%d clauses", len(q.Clauses))
		}
		var again strings.Builder
		for _, c := range q.Clauses {
			if len(c.Words) == 0 || c.Phrase != (len(c.Words) > 1) {
				t.Errorf("clause %+v", c)
			}
			if c.Not {
				again.WriteString("-")
			}
			again.WriteString(`"` + strings.Join(c.Words, " ") + `" `)
			for _, w := range c.Words {
				if !utf8.ValidString(w) || xapian.Fold(w) != w {
					t.Errorf("word %q is not folded", w)
				}
			}
		}
		second := search.ParseQuery(again.String(), false)
		for i, c := range second.Clauses {
			if i < len(q.Clauses) && !q.Cut && !second.Cut && len(second.Clauses) == len(q.Clauses) && strings.Join(c.Words, " ") != strings.Join(q.Clauses[i].Words, " ") {
				t.Errorf("%q is %q, and then %q", text, q.Clauses[i].Words, c.Words)
			}
		}
	})
}

// FuzzFind: whatever is looked for, in texts, titles and suggestions, no search fails, and what can be had is there.
func FuzzFind(f *testing.F) {
	indexes := []*search.Index{pack(f, dossier, &search.IndexOptions{Mixed: true, NGrams: true}), pack(f, dossier[:1], &search.IndexOptions{Language: "eng"}), pack(f, dossier, nil)}
	for _, text := range []string{"networks", `"shut down" -x`, "𝐀𝐁", "ﻛﺘﺎب", "ﬁﬀ", "ꦗꦮ", "𞤀𞤣𞤤𞤢𞤥", "ꆈꌠ", "北𝐀京", `"城市、里的"`, "a北's京", "-" + dossier[5].Title} {
		f.Add(text)
	}
	f.Fuzz(func(t *testing.T, text string) {
		r, err := search.Find(t.Context(), indexes, text, nil)
		if err != nil {
			t.Fatal(err)
		}
		if len(r.Hits) != min(r.Reach, 25) || r.Reach > r.Total || r.Reach == 0 && len(r.Hits) > 0 {
			t.Errorf("%q: %d hits of %d, %d to be had", text, len(r.Hits), r.Total, r.Reach)
		}
		for _, h := range r.Hits {
			for _, span := range h.Passage {
				if !utf8.ValidString(span.Text) {
					t.Errorf("%q: a passage that is cut in a character: %q", text, span.Text)
				}
			}
		}
		if better, ok := search.Correct(t.Context(), indexes, text, r.Missing, nil); ok && better == text {
			t.Errorf("%q is offered instead of itself", text)
		}
		if _, err := search.SuggestAll(t.Context(), indexes, text, 10); err != nil {
			t.Error(err)
		}
	})
}

// FuzzReadHTML: whatever the page, its text has single spaces and is no longer than the page made it.
func FuzzReadHTML(f *testing.F) {
	for _, tree := range pages {
		for _, html := range tree {
			f.Add([]byte(html))
		}
	}
	for _, html := range []string{"<", "<!", "<!-", "<!--", "<!-->", "<?", "<a href='", "<a b=\"c>", "&", "&#", "&#x", "&#99999999999;", "</", "<body></body", "<script></scrip"} {
		f.Add([]byte(html))
	}
	f.Fuzz(func(t *testing.T, html []byte) {
		p := search.ReadHTML(html)
		if len(p.Text) > 3*len(html) {
			t.Errorf("%d bytes of text from %d", len(p.Text), len(html))
		}
	})
}
