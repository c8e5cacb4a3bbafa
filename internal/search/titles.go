package search

import (
	"context"
	"iter"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// Bounds of a search in titles.
const (
	maxScan   = 50_000 // titles looked through; in larger archives only those that begin with the words are found
	maxFound  = 1000
	maxLooks  = 100_000 // at titles, in a larger archive
	fewEnough = 64      // titles that begin alike and are looked through one by one
)

// Titles yields the articles of an archive that have all the words of text in their titles, or words that begin so, in order of
// title, for archives without a title database. Case, accents and what stands between words do not matter, unless text has no words:
// then it is taken as it stands. Of archives too large to look through, those are found whose titles begin with text. It ends at the first error, which it yields. Waiting ends with ctx.
func Titles(ctx context.Context, z *zim.Reader, text string) iter.Seq2[zim.Entry, error] {
	return titles(ctx, z, text, maxScan, fewEnough)
}

func titles(ctx context.Context, z *zim.Reader, text string, maxScan, fewEnough uint32) iter.Seq2[zim.Entry, error] {
	return func(yield func(zim.Entry, error) bool) {
		literal := strings.Join(strings.Fields(xapian.Fold(text)), " ")
		var words []string
		for _, c := range ParseQuery(text, false).Words() {
			words = append(words, c.Words...)
		}
		if literal == "" {
			return
		}
		articles, err := z.Articles(ctx)
		if err != nil {
			yield(zim.Entry{}, err)
			return
		}
		s := titleScan{ctx: ctx, articles: articles, fewEnough: fewEnough, yield: yield}
		if n := articles.Len(); n <= maxScan {
			s.fits = func(title string) bool {
				return words != nil && hasWords(title, words) || words == nil && strings.Contains(title, literal)
			}
			s.scan(0, n)
			return
		}
		s.fits = func(title string) bool {
			return words != nil && beginsWithWords(title, words) || strings.HasPrefix(title, literal)
		}
		if s.descend("", literal, 0, articles.Len()) && s.found == 0 && words != nil && words[0] != literal {
			s.descend("", words[0], 0, articles.Len()) // what stands between the words may be something else
		}
	}
}

// hasWords reports whether each of words is in the folded title, or a word of it goes on from there. Chinese and Japanese have no
// gaps: there a word may stand anywhere.
func hasWords(title string, words []string) bool {
	for _, w := range words {
		has := isIdeograph(w) && strings.Contains(title, w)
		xapian.Words(title, false, func(word string, _, _ int) bool {
			has = has || strings.HasPrefix(word, w)
			return !has
		})
		if !has {
			return false
		}
	}
	return true
}

// beginsWithWords reports whether the folded title begins with words, of which the last may go on.
func beginsWithWords(title string, words []string) bool {
	n := 0
	xapian.Words(title, false, func(word string, _, _ int) bool {
		if n == len(words) || !strings.HasPrefix(word, words[n]) || n < len(words)-1 && word != words[n] {
			return false
		}
		n++
		return true
	})
	return n == len(words)
}

// titleScan looks through stretches of the list of titles.
type titleScan struct {
	ctx       context.Context
	articles  *zim.Articles
	fewEnough uint32
	fits      func(folded string) bool
	found     int
	looks     int
	yield     func(zim.Entry, error) bool
}

// at returns the title of number i; ok is false if there is to be no more.
func (s *titleScan) at(i uint32) (e zim.Entry, ok bool) {
	e, err := s.articles.At(i)
	if s.looks++; err == nil && s.looks%1024 == 0 {
		err = s.ctx.Err()
	}
	if err != nil {
		s.yield(zim.Entry{}, err)
		return e, false
	}
	return e, true
}

// scan yields what fits of the titles from number from to number to; more is false if there is to be no more.
func (s *titleScan) scan(from, to uint32) (more bool) {
	for i := from; i < to; i++ {
		e, ok := s.at(i)
		if !ok {
			return false
		}
		if !s.fits(xapian.Fold(e.Title())) {
			continue
		}
		if s.found++; !s.yield(e, nil) || s.found == maxFound {
			return false
		}
	}
	return true
}

// descend yields the titles among those from number from to number to, which all begin with beginning, whose rest is folded to
// what begins with rest. Titles are in the order of their bytes, so those that begin with one letter stand together, and those that
// begin with it in another form (É and é for e) stand elsewhere: it goes to each form that is there, and from there to each form
// of the next letter. more is false if there is to be no more.
func (s *titleScan) descend(beginning, rest string, from, to uint32) (more bool) {
	if rest == "" || to-from <= s.fewEnough {
		return s.scan(from, min(to, from+maxFound))
	}
	letter, n := utf8.DecodeRuneInString(rest)
	for _, form := range formsOfLetter(letter) {
		at, end, ok := s.between(beginning, form, form, from, to)
		if !ok || !s.descend(beginning+string(form), rest[n:], at, end) {
			return false
		}
	}
	if beginning == "" {
		return true
	}
	at, end, ok := s.between(beginning, 0x300, 0x36f, from, to) // marks that stand behind the letter and not in it
	return ok && s.scan(at, min(end, at+maxFound))
}

// between returns which titles go on behind beginning with a character from a to z. ok is false if there is to be no more.
func (s *titleScan) between(beginning string, a, z rune, from, to uint32) (at, end uint32, ok bool) {
	if at, ok = s.first(beginning+string(a), from, to); !ok {
		return 0, 0, false
	}
	end, ok = s.first(beginning+string(z+1), at, to)
	return at, end, ok
}

// first returns the number of the first title from from to to that is not less than t. ZIM, "Title Pointer List": titles are in
// the order of their bytes. ok is false if there is to be no more.
func (s *titleScan) first(t string, from, to uint32) (at uint32, ok bool) {
	for from < to {
		if s.looks > maxLooks {
			return 0, false
		}
		mid := from + (to-from)/2
		e, ok := s.at(mid)
		if !ok {
			return 0, false
		}
		if e.Title() < t {
			from = mid + 1
		} else {
			to = mid
		}
	}
	return from, true
}

// formsOfLetter returns the characters that are folded to letter, in the order of their bytes; itself is among them.
func formsOfLetter(letter rune) []rune {
	if forms := foldedLetters()[letter]; forms != nil {
		return forms
	}
	return []rune{letter}
}

// foldedLetters has the letters of more than one form.
var foldedLetters = sync.OnceValue(func() map[rune][]rune {
	m := map[rune][]rune{}
	for _, r := range unicode.L.R16 {
		for c := rune(r.Lo); c <= rune(r.Hi); c += rune(r.Stride) {
			folded := xapian.Fold(string(c))
			if to, n := utf8.DecodeRuneInString(folded); to != c && n == len(folded) {
				m[to] = append(m[to], c)
			}
		}
	}
	for to := range m {
		m[to] = append(m[to], to)
		slices.Sort(m[to])
	}
	return m
})
