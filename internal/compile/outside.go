package compile

import (
	"slices"

	"samizdat/internal/page"
)

// addresses collects the addresses on the internet that the archive names, in order of appearance.
type addresses struct {
	list  []page.OutsideAddress
	index map[string]int // into list, by address
}

// name notes that the page behind link names url.
func (a *addresses) name(url string, link page.Link) {
	if url == "" {
		return
	}
	if a.index == nil {
		a.index = map[string]int{}
	}
	i, ok := a.index[url]
	if !ok {
		i = len(a.list)
		a.index[url] = i
		a.list = append(a.list, page.OutsideAddress{URL: url})
	}
	if !slices.Contains(a.list[i].Named, link) {
		a.list[i].Named = append(a.list[i].Named, link)
	}
}
