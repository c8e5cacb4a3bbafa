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
	NGrams   bool // see [Words]; runs of three characters and more are there as one word besides, for programs that do not cut them
	Place    bool // keep the positions of words, not of stems

	stems map[string]*stemmed
}

// stemmed is what a generator remembers of a word.
type stemmed struct {
	stem string
	at   int // where the stem was in the list that it was added to last
}

// maxStems bounds how many stems a generator remembers.
const maxStems = 1 << 14

// Add adds the words of text to l, each counted weight times. Positions go on from those of the last Add, if Place is set.
func (g *Generator) Add(l *TermList, text string, weight uint32) {
	limit := cmp.Or(g.MaxBytes, 64)
	run := cjkRun{text: text, limit: limit}
	words(text, g.NGrams, func(b []byte, start, end int) bool {
		if g.NGrams && (run.count > 0 || b[0] >= firstCJK) {
			if whole := run.add(b, start, end); whole != "" {
				l.add(whole, weight)
			}
		}
		if len(b) > limit {
			return true
		}
		if g.Stem != nil && g.Strategy == StemAll { // nearly all words of an archive: once known, they cost one look
			if s := g.stem(b); s.stem != "" {
				l.addStem(s, weight)
			}
			return true
		}
		word := string(b)
		if g.Strategy == StemSome {
			if g.Place && !(g.NGrams && isPair(word)) {
				l.position++
				l.place(word, weight, l.position)
			} else {
				l.add(word, weight)
			}
		}
		switch {
		case g.Strategy == StemAll:
			l.add(word, weight)
		case g.Stem != nil && Stems(word):
			l.add("Z"+g.stem(b).stem, weight)
		}
		return true
	})
	l.add(run.end(), weight)
}

// firstCJK is the first byte of the characters of [IsCJK], or one before it.
const firstCJK = 0xe2

// cjkRun is a run of writing in text that [Words] takes apart.
type cjkRun struct {
	text     string
	limit    int // bytes
	from, to int
	count    int // of characters so far
}

// add takes the next word. It returns the run that ends before it, if one does.
func (r *cjkRun) add(word []byte, start, end int) (whole string) {
	first, n := utf8.DecodeRune(word)
	if IsCJK(first) && n < len(word) { // a pair
		return ""
	}
	if !IsCJK(first) || start != r.to {
		whole = r.end()
	}
	if IsCJK(first) {
		if r.count == 0 {
			r.from = start
		}
		r.to = end
		r.count++
	}
	return whole
}

// end returns the run, if it is one that is taken apart and no longer than words may be, and begins another.
func (r *cjkRun) end() (whole string) {
	if r.count > 2 && r.to-r.from <= r.limit {
		whole = strings.ToLower(r.text[r.from:r.to]) // letters of full width have capitals
	}
	r.count = 0
	return whole
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

func (g *Generator) stem(word []byte) *stemmed {
	if s, ok := g.stems[string(word)]; ok {
		return s
	}
	if g.stems == nil || len(g.stems) >= maxStems {
		g.stems = map[string]*stemmed{}
	}
	text := string(word)
	s := &stemmed{stem: strings.Clone(g.Stem(text))}
	g.stems[text] = s
	return s
}

// TermList collects the terms of one document. The zero value is empty.
type TermList struct {
	terms    []Term // in the order in which they came
	at       map[string]int
	position uint32
}

// term returns where the term is in l.terms, and puts it there if it is new.
func (l *TermList) term(text string) int {
	i, ok := l.at[text]
	if !ok {
		if l.at == nil {
			l.at = map[string]int{}
		}
		i = len(l.terms)
		l.at[text] = i
		l.terms = append(l.terms, Term{Text: text})
	}
	return i
}

// addStem adds s, looking first where it was before.
func (l *TermList) addStem(s *stemmed, weight uint32) {
	if s.at >= len(l.terms) || l.terms[s.at].Text != s.stem {
		s.at = l.term(s.stem)
	}
	l.terms[s.at].WDF += weight
}

func (l *TermList) add(text string, weight uint32) {
	if text != "" {
		l.terms[l.term(text)].WDF += weight
	}
}

func (l *TermList) place(text string, weight, position uint32) {
	t := &l.terms[l.term(text)]
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
