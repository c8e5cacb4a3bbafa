package serve

import (
	"strings"

	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// Bounds of a search in titles.
const (
	maxScan    = 50_000 // titles looked through; in larger archives only those that begin with the words are found
	maxResults = 100
)

// titles returns the articles whose titles have all the words of query in them, in order of title. Case does not
// matter, but in archives too large to look through.
func (b *book) titles(query string) ([]zim.Entry, error) {
	words := strings.Fields(xapian.Fold(query))
	from, n := uint32(0), b.zim.ArticleCount()
	if n > maxScan {
		var err error
		if from, err = b.firstTitle(query); err != nil {
			return nil, err
		}
		n = min(n, from+maxResults)
		words = []string{xapian.Fold(query)}
	}
	var hits []zim.Entry
	for i := from; i < n && len(hits) < maxResults; i++ {
		e, err := b.zim.Article(i)
		if err != nil {
			return nil, err
		}
		if path, ok := b.path(e); ok && path != "" && containsAll(xapian.Fold(e.Title()), words) {
			hits = append(hits, e)
		}
	}
	return hits, nil
}

// firstTitle returns the position of the first article whose title is not less than t. ZIM, "Title Pointer List":
// titles are in order of their bytes.
func (b *book) firstTitle(t string) (uint32, error) {
	lo, hi := uint32(0), b.zim.ArticleCount()
	for lo < hi {
		mid := lo + (hi-lo)/2
		e, err := b.zim.Article(mid)
		if err != nil {
			return 0, err
		}
		if e.Title() < t {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, nil
}

func containsAll(title string, words []string) bool {
	for _, w := range words {
		if !strings.Contains(title, w) {
			return false
		}
	}
	return true
}
