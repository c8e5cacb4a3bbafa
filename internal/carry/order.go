package carry

import (
	"cmp"
	"slices"
)

// maxOrders bounds the streams of which every order is tried: 720 for 6. Of more, those that take longest come first.
const maxOrders = 6

// inOrder returns the streams that hold something wanted, in the order in which so many workers are done with them soonest, if
// each takes the next one when it is free.
func (s *Runtimes) inOrder(want func(Target) bool, workers int) [][]IndexEntry {
	type stream struct {
		entries []IndexEntry
		cost    float64
	}
	var streams []stream
	for i, entries := range s.streams {
		end := int64(0)
		if i+1 < len(s.streams) {
			end = s.streams[i+1][0].Stream
		}
		if cost := share(entries, want) * float64(entries[0].Stream-end); cost > 0 {
			streams = append(streams, stream{entries, cost})
		}
	}
	slices.SortStableFunc(streams, func(a, b stream) int { return cmp.Compare(b.cost, a.cost) })
	costs := make([]float64, len(streams))
	for i, s := range streams {
		costs[i] = s.cost
	}
	out := make([][]IndexEntry, len(streams))
	for i, from := range soonest(costs, workers) {
		out[i] = streams[from].entries
	}
	return out
}

// share returns the part, from 0 to 1, of a stream that must be decoded for what is wanted. The time goes by the compressed
// bytes: what a program has in common with the one before costs little.
func share(entries []IndexEntry, want func(Target) bool) float64 {
	var all, wanted int64
	for _, e := range entries {
		all += e.Bytes
		if t, err := ParseTarget(e.Target); err == nil && want(t) {
			wanted = all
		}
	}
	return float64(wanted) / float64(all)
}

// soonest returns the order of costs in which the last of the workers ends soonest. costs are given with the largest first, an
// order that is kept unless another is better.
func soonest(costs []float64, workers int) []int {
	order := make([]int, len(costs))
	for i := range order {
		order[i] = i
	}
	if len(costs) > maxOrders {
		return order
	}
	best, end := slices.Clone(order), ends(costs, order, workers)
	var try func(n int)
	try = func(n int) {
		if n == len(order) {
			if e := ends(costs, order, workers); e < end {
				copy(best, order)
				end = e
			}
			return
		}
		for i := n; i < len(order); i++ {
			order[n], order[i] = order[i], order[n]
			try(n + 1)
			order[n], order[i] = order[i], order[n]
		}
	}
	try(0)
	return best
}

// ends returns when the last of the workers is done.
func ends(costs []float64, order []int, workers int) float64 {
	busy := make([]float64, max(1, workers)) // until when each is
	end := 0.0
	for _, i := range order {
		free := 0
		for w := range busy {
			if busy[w] < busy[free] {
				free = w
			}
		}
		busy[free] += costs[i]
		end = max(end, busy[free])
	}
	return end
}
