package xapian

import (
	"cmp"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"
)

// Strategy says which forms of a word go into an index. The names are Xapian's.
type Strategy int

// The strategies of libzim's two databases.
const (
	StemAll  Strategy = iota // only stems, without positions: libzim's full text
	StemSome                 // the word, and its stem with a Z before it: libzim's titles
)

// Generator turns text into the terms of documents, one after the other. It remembers stems. Its fields may be set before
// it is used; it is not safe for concurrent use.
type Generator struct {
	Stem     func(word string) string // nil: words are not stemmed
	Strategy Strategy
	MaxBytes int  // of a word; longer ones are left out. 0 means 64, Xapian's default
	NGrams   bool // see [Words]
	Place    bool // keep the positions of words, not of stems

	stems map[string]string
}

// maxStems bounds how many stems a generator remembers.
const maxStems = 1 << 14

// Add adds the words of text to l, each counted weight times. Positions go on from those of the last Add, if Place is set.
func (g *Generator) Add(l *TermList, text string, weight uint32) {
	limit := cmp.Or(g.MaxBytes, 64)
	Words(text, g.NGrams, func(word string, start, end int) bool {
		if len(word) > limit {
			return true
		}
		if g.Strategy == StemSome {
			if g.Place && !(g.NGrams && isPair(word)) {
				l.position++
				l.place(word, weight, l.position)
			} else {
				l.add(word, weight)
			}
		}
		switch {
		case g.Stem == nil:
			if g.Strategy == StemAll {
				l.add(word, weight)
			}
		case g.Strategy == StemAll:
			l.add(g.stem(word), weight)
		case Stems(word):
			l.add("Z"+g.stem(word), weight)
		}
		return true
	})
}

// isPair reports whether word is a pair of CJK characters, which stands at no position of its own.
func isPair(word string) bool {
	first, n := utf8.DecodeRuneInString(word)
	return IsCJK(first) && n < len(word)
}

// Stems reports whether StemSome stems the word: if it begins with a letter. Words come in lower case.
func Stems(word string) bool {
	r, _ := utf8.DecodeRuneInString(word)
	return unicode.In(r, unicode.Ll, unicode.Lt, unicode.Lm, unicode.Lo)
}

func (g *Generator) stem(word string) string {
	if s, ok := g.stems[word]; ok {
		return s
	}
	if g.stems == nil || len(g.stems) >= maxStems {
		g.stems = map[string]string{}
	}
	s := strings.Clone(g.Stem(word)) // a piece of the text would keep all of it
	g.stems[strings.Clone(word)] = s
	return s
}

// TermList collects the terms of one document. The zero value is empty.
type TermList struct {
	terms    []Term // in the order in which they came
	at       map[string]int
	position uint32
}

// term returns the term, which stays where it is until the next one comes.
func (l *TermList) term(text string) *Term {
	i, ok := l.at[text]
	if !ok {
		if l.at == nil {
			l.at = map[string]int{}
		}
		i = len(l.terms)
		l.at[text] = i
		l.terms = append(l.terms, Term{Text: text})
	}
	return &l.terms[i]
}

func (l *TermList) add(text string, weight uint32) {
	if text != "" {
		l.term(text).WDF += weight
	}
}

func (l *TermList) place(text string, weight, position uint32) {
	t := l.term(text)
	t.WDF += weight
	t.Positions = append(t.Positions, position)
}

// Add adds a term as it is, counted weight times. An empty one is nothing.
func (l *TermList) Add(term string, weight uint32) { l.add(term, weight) }

// Len returns how many different terms there are.
func (l *TermList) Len() int { return len(l.terms) }

// Terms returns the terms, sorted, as a [Document] wants them.
func (l *TermList) Terms() []Term {
	list := slices.Clone(l.terms)
	slices.SortFunc(list, func(a, b Term) int { return strings.Compare(a.Text, b.Text) })
	return list
}
