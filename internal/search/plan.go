package search

import (
	"cmp"
	"context"
	"slices"
	"strings"
	"unicode/utf8"

	"samizdat/internal/xapian"
)

// plan is a query as one database understands it: a document must have one alternative of each group, and none of not.
type plan struct {
	groups [][]alternative
	not    []alternative
}

// alternative is one way for a word to be in a document: a term, or several that count as one.
type alternative struct {
	key    string // the same in all databases that are searched together
	terms  []string
	weight bool // counts for the rank
	sum    int  // of the frequencies of terms, where they are known; 0: they are not
}

// maxExpansion is how many terms a word that is being typed may become; the most frequent ones are taken. Xapian's.
const maxExpansion = 100

// planText makes the plan for the full text.
func (d *database) planText(ctx context.Context, q Query, filters []string) (*plan, error) {
	p := &plan{}
	clauses := q.Clauses
	if kept := d.withoutStopWords(clauses); len(kept) > 0 {
		clauses = kept
	}
	for _, c := range clauses {
		if c.Not {
			if c.Phrase { // decided when the text is at hand
				continue
			}
			for _, word := range c.Words {
				p.not = append(p.not, d.exact(word))
			}
			continue
		}
		for _, word := range c.Words {
			groups, err := d.groups(ctx, word, c.Prefix, d.textForms)
			if err != nil {
				return nil, err
			}
			p.groups = append(p.groups, groups...)
		}
	}
	if len(p.groups) == 0 { // a filter is nothing to look for
		return p, nil
	}
	for _, f := range filters {
		p.groups = append(p.groups, []alternative{{key: f, terms: []string{f}}})
	}
	return p, nil
}

// withoutStopWords leaves out what is no term of this database.
func (d *database) withoutStopWords(clauses []Clause) []Clause {
	var kept []Clause
	words := false
	for _, c := range clauses {
		if len(c.Words) == 1 && d.stop[c.Words[0]] {
			continue
		}
		kept = append(kept, c)
		words = words || !c.Not
	}
	if !words {
		return nil
	}
	return kept
}

// exact is the alternative that takes a word as it was typed, or as its stem where the index has nothing else.
//
//go:noinline
func (d *database) exact(word string) alternative {
	if d.stem != nil {
		word = d.stem(word)
	}
	return alternative{key: word, terms: []string{word}, weight: true}
}

// textForms are the ways for a word to be in a text: itself or its stem, and its forms in the languages of a mixed index.
func (d *database) textForms(word string) []alternative {
	group := []alternative{d.exact(word)}
	for _, language := range d.forms {
		for _, term := range language.terms(word) {
			if !slices.ContainsFunc(group, func(a alternative) bool { return a.terms[0] == term }) {
				group = append(group, alternative{key: term, terms: []string{term}, weight: true})
			}
		}
	}
	return group
}

// groups are those of one word, which forms tells the ways of: more than one for a run of Chinese, Japanese or Korean that an index has
// in pairs. If prefix is set the word may go on.
func (d *database) groups(ctx context.Context, word string, prefix bool, forms func(string) []alternative) ([][]alternative, error) {
	group, there := forms(word), false
	if prefix {
		more, sum, err := d.expand(ctx, word)
		if err != nil {
			return nil, err
		}
		if there = len(more) > 0; there {
			group = append(group, alternative{key: word + "*", terms: more, weight: true, sum: sum})
		}
	}
	if !isIdeograph(word) || utf8.RuneCountInString(word) == 1 {
		return [][]alternative{group}, nil
	}
	if !there {
		n, err := d.Frequency(group[0].terms[0])
		if err != nil {
			return nil, err
		}
		there = n > 0
	}
	var groups [][]alternative
	for _, piece := range pieces(word) {
		if !piece.whole {
			continue
		}
		if isIdeograph(piece.text) {
			groups = append(groups, plainAlternatives([]string{piece.text}))
		} else {
			groups = append(groups, forms(piece.text))
		}
	}
	switch {
	case !there:
		return groups, nil
	case len(groups) < 2: // nothing of it is cut
		return [][]alternative{group}, nil
	}
	// A document has the run as it is, or all of its pieces.
	for i, pieces := range groups {
		n, err := d.Frequency(pieces[0].terms[0])
		if err != nil || n == 0 {
			return [][]alternative{group}, err
		}
		for _, a := range group {
			a.weight = i == 0
			groups[i] = append(groups[i], a)
		}
	}
	return groups, nil
}

// isIdeograph reports whether there is writing in s that an index may have cut into pairs.
//
//go:noinline
func isIdeograph(s string) bool { return strings.ContainsFunc(s, xapian.IsCJK) }

// piece is a part of a word as an index with n-grams has it: a character, a pair of them, or what is not such writing.
type piece struct {
	text  string
	whole bool // needed to find the word: not a character of a pair
	alone bool // stands at a position of its own: not a pair
}

// pieces takes a word apart as an index with n-grams does.
func pieces(word string) []piece {
	var list []piece
	covered := 0 // by the pairs so far
	xapian.Words(word, true, func(gram string, start, end int) bool {
		first, n := utf8.DecodeRuneInString(gram)
		pair := xapian.IsCJK(first) && n < len(gram)
		if pair {
			list[len(list)-1].whole = false // its first character came before
		}
		list = append(list, piece{text: gram, whole: pair || start >= covered, alone: !pair})
		if pair {
			covered = end
		}
		return true
	})
	return list
}

// expand returns the terms that begin with prefix, the most frequent ones, in byte order, and the sum of their frequencies.
func (d *database) expand(ctx context.Context, prefix string) (terms []string, sum int, err error) {
	var list []*xapian.TermFrequency
	seen := 0
	for f, err := range d.Terms(prefix) {
		if err != nil {
			return nil, 0, err
		}
		if seen++; seen > 100*maxExpansion {
			break
		}
		if seen%stepsBetweenChecks == 0 && ctx.Err() != nil {
			return nil, 0, ctx.Err()
		}
		if xapian.Fold(f.Term) != f.Term { // of a mixed index; it is there without its marks too
			continue
		}
		list = append(list, &f)
	}
	if len(list) > maxExpansion {
		slices.SortFunc(list, func(a, b *xapian.TermFrequency) int {
			return cmp.Or(cmp.Compare(b.Frequency, a.Frequency), cmp.Compare(a.Term, b.Term))
		})
		list = list[:maxExpansion]
	}
	for _, f := range list {
		terms = append(terms, f.Term)
		sum += int(f.Frequency)
	}
	slices.Sort(terms)
	return terms, sum, nil
}
