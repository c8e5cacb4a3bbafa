package search

import (
	"cmp"
	"slices"
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
}

// maxExpansion is how many terms a word that is being typed may become; the most frequent ones are taken. Xapian's.
const maxExpansion = 100

// planText makes the plan for the full text.
func (d *database) planText(q Query, filters []string) (*plan, error) {
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
			groups, err := d.groups(word, c.Prefix)
			if err != nil {
				return nil, err
			}
			p.groups = append(p.groups, groups...)
		}
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
func (d *database) exact(word string) alternative {
	if d.stem != nil {
		word = d.stem(word)
	}
	return alternative{key: word, terms: []string{word}, weight: true}
}

// groups are those of one word: more than one for a run of Chinese or Japanese in an index that has pairs.
func (d *database) groups(word string, prefix bool) ([][]alternative, error) {
	exact := d.exact(word)
	if first, _ := utf8.DecodeRuneInString(word); first >= 0x2e80 && utf8.RuneCountInString(word) > 1 {
		n, err := d.Frequency(exact.terms[0])
		if err != nil {
			return nil, err
		}
		if n == 0 {
			return pairs(word), nil
		}
	}
	group := []alternative{exact}
	for _, language := range d.forms {
		for _, term := range language.terms(word) {
			if !slices.ContainsFunc(group, func(a alternative) bool { return a.terms[0] == term }) {
				group = append(group, alternative{key: term, terms: []string{term}, weight: true})
			}
		}
	}
	if prefix {
		terms, err := d.expand(word)
		if err != nil {
			return nil, err
		}
		if len(terms) > 0 {
			group = append(group, alternative{key: word + "*", terms: terms, weight: true})
		}
	}
	return [][]alternative{group}, nil
}

// pairs takes a run of characters apart as an index with n-grams does.
func pairs(word string) [][]alternative {
	var groups [][]alternative
	xapian.Words(word, true, func(gram string, _, _ int) bool {
		if utf8.RuneCountInString(gram) != 1 || utf8.RuneCountInString(word) == 1 {
			groups = append(groups, []alternative{{key: gram, terms: []string{gram}, weight: true}})
		}
		return true
	})
	return groups
}

// expand returns the terms that begin with prefix, the most frequent ones, in byte order.
func (d *database) expand(prefix string) ([]string, error) {
	var list []xapian.TermFrequency
	seen := 0
	for f, err := range d.Terms(prefix) {
		if err != nil {
			return nil, err
		}
		if seen++; seen > 100*maxExpansion {
			break
		}
		if xapian.Fold(f.Term) != f.Term { // of a mixed index; it is there without its marks too
			continue
		}
		list = append(list, f)
	}
	if len(list) > maxExpansion {
		slices.SortFunc(list, func(a, b xapian.TermFrequency) int {
			return cmp.Or(cmp.Compare(b.Frequency, a.Frequency), cmp.Compare(a.Term, b.Term))
		})
		list = list[:maxExpansion]
	}
	terms := make([]string, len(list))
	for i, f := range list {
		terms[i] = f.Term
	}
	slices.Sort(terms)
	return terms, nil
}
