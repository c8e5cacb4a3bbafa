package search

import (
	"context"
	"iter"
	"strings"

	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// Bounds of a search in titles.
const (
	maxScan  = 50_000 // titles looked through; in larger archives only those that begin with the words are found
	maxFound = 1000
)

// Titles yields the articles of an archive that have all the words of text in their titles, in order of title, for
// archives without a title database. Case and accents do not matter, but in archives too large to look through: there the
// title must begin with text as it is. It ends at the first error, which it yields.
// Waiting ends with ctx.
func Titles(ctx context.Context, z *zim.Reader, text string) iter.Seq2[zim.Entry, error] {
	return func(yield func(zim.Entry, error) bool) {
		words := strings.Fields(xapian.Fold(text))
		if len(words) == 0 {
			return
		}
		articles, err := z.Articles(ctx)
		if err != nil {
			yield(zim.Entry{}, err)
			return
		}
		from, n := uint32(0), articles.Len()
		if n > maxScan {
			if from, err = firstTitle(articles, text); err != nil {
				yield(zim.Entry{}, err)
				return
			}
			n = min(n, from+maxFound)
			words = []string{xapian.Fold(text)}
		}
		for i, found := from, 0; i < n && found < maxFound; i++ {
			e, err := articles.At(i)
			if err == nil && i%1024 == 1023 {
				err = ctx.Err()
			}
			if err != nil {
				yield(zim.Entry{}, err)
				return
			}
			if !containsAll(xapian.Fold(e.Title()), words) {
				continue
			}
			if found++; !yield(e, nil) {
				return
			}
		}
	}
}

// firstTitle returns the position of the first article whose title is not less than t. ZIM, "Title Pointer List":
// titles are in order of their bytes.
func firstTitle(articles *zim.Articles, t string) (uint32, error) {
	lo, hi := uint32(0), articles.Len()
	for lo < hi {
		mid := lo + (hi-lo)/2
		e, err := articles.At(mid)
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
