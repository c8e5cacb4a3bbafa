package search

import (
	"context"
	"iter"
	"slices"
	"strings"
	"unicode/utf8"

	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// Bounds of a search in titles.
const (
	maxScan  = 50_000 // titles looked through; in larger archives only those that begin with the words are found
	maxFound = 1000
)

// Titles yields the articles of an archive that have all the words of text in their titles, in order of title, for
// archives without a title database. Case and accents do not matter. Archives too large to look through are searched
// where titles begin with text as it is, in capitals, in small letters, or with a capital first. It ends at the first error,
// which it yields. Waiting ends with ctx.
func Titles(ctx context.Context, z *zim.Reader, text string) iter.Seq2[zim.Entry, error] {
	return titles(ctx, z, text, maxScan)
}

func titles(ctx context.Context, z *zim.Reader, text string, maxScan uint32) iter.Seq2[zim.Entry, error] {
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
		s := titleScan{ctx: ctx, articles: articles, words: words, seen: map[uint32]bool{}, yield: yield}
		if n := articles.Len(); n <= maxScan {
			s.scan(0, n, "")
			return
		}
		for _, beginning := range writings(text) {
			from, err := firstTitle(articles, beginning)
			if err != nil {
				yield(zim.Entry{}, err)
				return
			}
			if !s.scan(from, min(articles.Len(), from+maxFound), beginning) {
				return
			}
		}
	}
}

// writings returns how titles may begin that somebody typed without looking at capitals.
func writings(text string) []string {
	small := strings.ToLower(text)
	capital := func(s string) string {
		_, n := utf8.DecodeRuneInString(s)
		return strings.ToUpper(s[:n]) + s[n:]
	}
	list := []string{text}
	for _, w := range []string{capital(text), capital(small), small, strings.ToUpper(small)} {
		if !slices.Contains(list, w) {
			list = append(list, w)
		}
	}
	return list
}

// titleScan looks through stretches of the list of titles.
type titleScan struct {
	ctx      context.Context
	articles *zim.Articles
	words    []string
	seen     map[uint32]bool
	found    int
	yield    func(zim.Entry, error) bool
}

// scan yields what fits of the titles from number from to number to, as long as they begin with beginning; more is false if
// there is to be no more.
func (s *titleScan) scan(from, to uint32, beginning string) (more bool) {
	for i := from; i < to && s.found < maxFound; i++ {
		e, err := s.articles.At(i)
		if err == nil && i%1024 == 1023 {
			err = s.ctx.Err()
		}
		if err != nil {
			s.yield(zim.Entry{}, err)
			return false
		}
		if !strings.HasPrefix(e.Title(), beginning) {
			return true
		}
		if s.seen[i] || !containsAll(xapian.Fold(e.Title()), s.words) {
			continue
		}
		s.seen[i] = true
		if s.found++; !s.yield(e, nil) {
			return false
		}
	}
	return s.found < maxFound
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
