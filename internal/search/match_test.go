package search

import (
	"math/rand/v2"
	"slices"
	"testing"

	"samizdat/internal/xapian"
)

// TestBest holds what is kept against sorting all.
func TestBest(t *testing.T) {
	random := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		all := make([]found, random.IntN(60))
		for i := range all {
			all[i] = found{index: random.IntN(3), id: xapian.DocID(i + 1), score: float64(random.IntN(8))}
		}
		top := &best{n: random.IntN(20)}
		for _, f := range all {
			top.add(f)
		}
		slices.SortFunc(all, func(a, b found) int {
			switch {
			case a.before(b):
				return -1
			case b.before(a):
				return 1
			}
			return 0
		})
		if got, want := top.ranked(), all[:min(top.n, len(all))]; !slices.Equal(got, want) {
			t.Fatalf("the first %d of %v: %v", top.n, all, got)
		}
	}
}
