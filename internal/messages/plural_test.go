package messages

import (
	"math"
	"testing"

	"golang.org/x/text/language"
)

func TestPluralCategory(t *testing.T) {
	for lang, numbers := range map[string]map[int64]string{
		"en": {0: "other", 1: "one", -1: "one", 2: "other", 1_000_001: "other", 1_000_000_001: "other"},
		"ru": {
			0: "many", 1: "one", 2: "few", 4: "few", 5: "many", 11: "many", 12: "many", 14: "many", 21: "one",
			22: "few", 101: "one", 111: "many", 1001: "one", 1_000_000: "many", 1_000_001: "one", -22: "few",
			math.MaxInt64: "many", math.MinInt64: "many",
		},
		"uk": {1: "one", 3: "few", 5: "many", 12: "many", 31: "one"},
		"ar": {
			0: "zero", 1: "one", 2: "two", 3: "few", 10: "few", 11: "many", 99: "many", 100: "other", 102: "other",
			103: "few", 111: "many", 1_000_000: "other", 10_000_000: "other", 10_000_003: "few",
		},
		"kk": {0: "other", 1: "one", 2: "other", 21: "other"},
		"fa": {0: "one", 1: "one", 2: "other", 100: "other"},
		"fr": {0: "one", 1: "one", 2: "other"},
		"es": {0: "other", 1: "one"},
		"zh": {0: "other", 1: "other"},
	} {
		for n, want := range numbers {
			if got := category(language.Make(lang), n); got != want {
				t.Errorf("category(%s, %d) = %q, want %q", lang, n, got, want)
			}
		}
	}
}
