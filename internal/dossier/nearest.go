package dossier

import (
	"strings"
)

// didYouMean makes the hint for a word that is not among the known ones: the nearest, or all of them.
func didYouMean(word string, known []string) string {
	if near := nearest(word, known); near != "" {
		return "did you mean " + near + "?"
	}
	switch {
	case len(known) == 0:
		return ""
	case len(known) > 32:
		return "see docs/dossier.md"
	}
	return "write one of: " + strings.Join(known, ", ")
}

// nearest returns the known word that needs the fewest edits to become word, if they are few: at most one
// letter in three. Of equals the first wins. It returns "" if none is near.
func nearest(word string, known []string) string {
	const maxLength = 80 // characters; the table below is their product
	w := []rune(strings.ToLower(word))
	if len(w) == 0 || len(w) > maxLength {
		return ""
	}
	best, bestEdits := "", max(1, len(w)/3)+1
	for _, k := range known {
		r := []rune(strings.ToLower(k))
		if len(r) > maxLength || max(len(r)-len(w), len(w)-len(r)) >= bestEdits {
			continue
		}
		if n := edits(w, r); n < bestEdits {
			best, bestEdits = k, n
		}
	}
	return best
}

// edits is the number of letters to insert, delete, replace or swap with their neighbour to make b from a
// (optimal string alignment).
func edits(a, b []rune) int {
	var before []int
	last := make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row := make([]int, len(b)+1)
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last = last, row
	}
	return last[len(b)]
}
