package search

import (
	"strings"
	"testing"

	"samizdat/internal/xapian"
)

// TestTypedWhere: of every word of a query it is known where it stands in what was typed, whatever that is.
func TestTypedWhere(t *testing.T) {
	plain := strings.NewReplacer("’", "'", "\u200b", "")
	for _, text := range []string{
		`one "two three" -four`, "«пять, ШЕСТЬ» -„семь“", `  -"a b"  c`, "fish+chips C++ don’t", "北京 -東京", `"`, "--", "a\x00b", "\xff\xfe x", "É e\u0301 ё", "İstanbul ΣΑΣ", "P.T.O. x",
		`"` + strings.Repeat("a ", 40) + `" b`, strings.Repeat("a ", 40), strings.Repeat("я", 3000), "a-b-c -d-e-f", "zero\u200bwidth \u0301 \u0301x", "ﷺ ŉ", "\u1161\u1100\u1161",
	} {
		q := ParseQuery(text, false)
		for _, c := range q.Clauses {
			if len(c.typed) != len(c.Words) {
				t.Fatalf("%.40q: %q stand at %v", text, c.Words, c.typed)
			}
			for i, s := range c.typed {
				if s.start < 0 || s.end < s.start || s.end > len(text) {
					t.Fatalf("%.40q: %q stands at %v of %d", text, c.Words[i], s, len(text))
				}
				if !strings.Contains(plain.Replace(xapian.Fold(text[s.start:s.end])), c.Words[i]) {
					t.Errorf("%.40q: %q is said to be %q", text, c.Words[i], text[s.start:s.end])
				}
			}
		}
	}
}
