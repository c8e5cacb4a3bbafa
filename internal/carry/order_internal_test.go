package carry

import (
	"bytes"
	"slices"
	"testing"
)

// The orders are held against what they must come to, worked out by hand.
func TestSoonest(t *testing.T) {
	for _, c := range []struct {
		costs   []float64
		workers int
		order   []int // nil: any that ends then
		end     float64
	}{
		{nil, 2, []int{}, 0},
		{[]float64{3}, 2, []int{0}, 3},
		{[]float64{3, 2, 1}, 1, []int{0, 1, 2}, 6}, // all are alike: as they came
		{[]float64{3, 2, 1}, 8, []int{0, 1, 2}, 3},
		{[]float64{3, 3, 2, 2, 2}, 2, nil, 6},        // 3 3 | 2 2 2; the longest first would end at 7
		{[]float64{54, 52, 42, 29, 28}, 2, nil, 106}, // those of our set, in 0.1 MB; the longest first ends at 111
		{[]float64{7, 1, 1, 1, 1, 1, 1}, 2, []int{0, 1, 2, 3, 4, 5, 6}, 7},
	} {
		order := soonest(c.costs, c.workers)
		if c.order != nil && !slices.Equal(order, c.order) {
			t.Errorf("%v for %d: order %v, want %v", c.costs, c.workers, order, c.order)
		}
		if sorted := slices.Sorted(slices.Values(order)); len(sorted) != len(c.costs) || slices.ContainsFunc(sorted, func(i int) bool { return sorted[i] != i }) {
			t.Errorf("%v for %d: order %v leaves out or repeats", c.costs, c.workers, order)
		}
		if end := ends(c.costs, order, c.workers); end != c.end {
			t.Errorf("%v for %d: %v ends at %v, want %v", c.costs, c.workers, order, end, c.end)
		}
	}
}

// Streams without anything wanted are left out; of others counts what must be decoded, compressed.
func TestInOrder(t *testing.T) {
	amd, arm, risc := Target{"linux", "amd64"}, Target{"linux", "arm64"}, Target{"linux", "riscv64"}
	entry := func(target Target, stream int64) IndexEntry {
		return IndexEntry{Target: target.String(), Bytes: 100, Stream: stream}
	}
	s := &Runtimes{r: bytes.NewReader(nil), size: 1000, streams: [][]IndexEntry{
		{entry(amd, 900), entry(Target{"windows", "amd64"}, 900)}, // 300 compressed, half of them for amd
		{entry(arm, 600)},  // 200
		{entry(risc, 400)}, // 400
	}}
	first := func(wanted ...Target) (out []string) {
		for _, entries := range s.inOrder(func(t Target) bool { return slices.Contains(wanted, t) }, 2) {
			out = append(out, entries[0].Target)
		}
		return out
	}
	if got, want := first(amd, arm, risc), []string{"linux/riscv64", "linux/arm64", "linux/amd64"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if got, want := first(arm, amd, Target{"windows", "amd64"}), []string{"linux/amd64", "linux/arm64"}; !slices.Equal(got, want) {
		t.Errorf("order %v, want %v", got, want)
	}
	if got := first(Target{"plan9", "amd64"}); len(got) > 0 {
		t.Errorf("order %v, want none", got)
	}
}
