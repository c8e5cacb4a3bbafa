package xapian_test

import (
	"slices"
	"strings"
	"testing"

	"samizdat/internal/xapian"
)

func TestInitials(t *testing.T) {
	for text, want := range map[string][]string{
		"P.T.O. now":    {"pto", "now"},
		"P.T.O.":        {"pto"},
		"A.B.C.d E.F.":  {"a", "b", "c", "d", "ef"},
		"A.B.Cd. E.F.G": {"a", "b", "cd", "efg"},
		"A.B.я A.B":     {"a", "b", "я", "ab"},
		"A":             {"a"},
	} {
		var got []string
		xapian.Words(text, false, func(word string, _, _ int) bool {
			got = append(got, word)
			return true
		})
		if !slices.Equal(got, want) {
			t.Errorf("%q: %q, want %q", text, got, want)
		}
	}
}

// Letters with points between, and a word behind them that makes them no initials: looked at from each of them to the end, two million
// would take hours.
func TestInitialsAreReadOnce(t *testing.T) {
	const letters = 2 << 20
	n := 0
	xapian.Words(strings.Repeat("A.", letters)+"a", false, func(word string, _, _ int) bool {
		n++
		return word == "a"
	})
	if n != letters+1 {
		t.Errorf("%d words, want %d", n, letters+1)
	}
}
