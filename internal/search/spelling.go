package search

import (
	"context"
	"strings"
	"unicode/utf8"

	"samizdat/internal/xapian"
)

// Bounds on the search for a word that was meant.
const (
	maxScanned = 300_000 // terms that are compared
	maxTyped   = 40      // letters of a word that is corrected
)

// Missing is a word of a query that is in no document.
type Missing struct {
	Word       string // folded
	Start, End int    // where it stands in the text that was asked for, in bytes
}

// Correct returns text, which was asked for, with each of the missing words replaced by the word of the archives that is nearest to
// it, the most frequent of several: one letter away for words of up to four letters, two for longer ones. A word without any
// stays, and so does one whose nearest is in no page that opts ask for; ok is false if all do.
func Correct(ctx context.Context, indexes []*Index, text string, missing []Missing, opts *Options) (corrected string, ok bool) {
	var out strings.Builder
	at := 0
	for _, m := range missing {
		if m.Start < at || m.End > len(text) || !isWord(text[m.Start:m.End], m.Word) {
			continue
		}
		if better := nearest(ctx, indexes, m.Word); better != "" && under(ctx, indexes, better, opts.orDefault()) {
			out.WriteString(text[at:m.Start] + better)
			at, ok = m.End, true
		}
	}
	if !ok {
		return "", false
	}
	return out.String() + text[at:], true
}

// under reports whether some page that opts ask for has the word.
func under(ctx context.Context, indexes []*Index, word string, opts Options) bool {
	if !opts.filtered() {
		return true
	}
	r, err := Search(ctx, indexes, ParseQuery(word, false), &Options{Count: 1, Plain: true, Language: opts.Language, Section: opts.Section})
	return err == nil && r.Reach > 0
}

// isWord reports whether text is the word, folded, and nothing else.
func isWord(text, word string) bool {
	only := false
	xapian.Words(xapian.Fold(text), false, func(w string, start, _ int) bool {
		only = start == 0 && w == word
		return only
	})
	return only
}

// nearest returns the word that is nearest to word. Of two that are as near, one from a title is taken, and of one word the form with
// its marks, if the index has it. Of words that are there as stems only, a text says how one is written.
func nearest(ctx context.Context, indexes []*Index, word string) string {
	letters := []rune(word)
	if len(letters) < 3 || len(letters) > maxTyped {
		return ""
	}
	reach := 2
	if len(letters) <= 4 {
		reach = 1
	}
	best, frequency, distance := "", uint32(0), reach+1
	var stemmed *Index // where best is a stem
	for _, pick := range []func(*Index) *database{
		(*Index).titles,
		(*Index).texts,
	} {
		here := reach + 1 // how near the words of this kind come
		for _, x := range indexes {
			d := pick(x)
			if d == nil {
				continue
			}
			target, of := letters, (*Index)(nil)
			if d == x.fulltext && d.stem != nil {
				target, of = []rune(d.stem(word)), x
			}
			scanned := 0
			for f, err := range d.Terms("") {
				if scanned++; err != nil || scanned > maxScanned || scanned%stepsBetweenChecks == 0 && ctx.Err() != nil {
					break
				}
				if 'A' <= f.Term[0] && f.Term[0] <= 'Z' || f.Term == anchor {
					continue
				}
				n := utf8.RuneCountInString(f.Term)
				if n < len(target)-reach || n > len(target)+reach {
					continue
				}
				folded := xapian.Fold(f.Term)
				switch at := edits(target, []rune(folded), min(distance, reach)); {
				case at == 0 || at > reach || at > distance: // the word itself is in a title, and in no text
				case at == distance && folded != f.Term && folded == xapian.Fold(best):
					best, stemmed = f.Term, of // as it is written, with й and ё
				case at < distance || here == distance && f.Frequency > frequency:
					best, frequency, distance, here, stemmed = f.Term, f.Frequency, at, at, of
				}
			}
		}
	}
	if stemmed != nil {
		return stemmed.written(best)
	}
	return best
}

// written returns a word with that stem, folded, from the first text that has one; empty if it cannot be had.
func (x *Index) written(stem string) (word string) {
	p, err := x.fulltext.Postings(stem)
	if err != nil {
		return ""
	}
	if ok, err := p.Skip(1); !ok || err != nil {
		return ""
	}
	data, err := x.fulltext.Data(p.ID())
	if err != nil {
		return ""
	}
	text, _ := x.text(contentPath(data)) // without one there is no word
	xapian.Words(xapian.Fold(text), false, func(w string, _, _ int) bool {
		if x.fulltext.stem(w) == stem {
			word = w
		}
		return word == ""
	})
	return word
}

// edits returns how many letters must be put in, taken out, changed, or swapped with their neighbour to make b of a
// ("optimal string alignment"); if more than limit, some number above it.
func edits(a, b []rune, limit int) int {
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		least := i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
			least = min(least, row[j])
		}
		if least > limit {
			return limit + 1
		}
		before, last, row = last, row, before
	}
	return last[len(b)]
}
