package search

import (
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"samizdat/internal/xapian"
)

// Bounds on a query; what is beyond them is left out.
const (
	maxQuery = 2000 // bytes
	maxWords = 32
)

// Query is what somebody asks for, taken apart. All clauses must hold.
type Query struct {
	Clauses []Clause
	Cut     bool // longer than a query may be; the rest was left out
}

// Clause is a word or a phrase that pages must have, or must not.
type Clause struct {
	Words  []string // folded; if Phrase is set they must stand together, in this order, and so must the characters of a Chinese one
	Phrase bool
	Not    bool
	Prefix bool // the word may go on: the reader is still typing

	typed []stretch // where each of the words stands in the text
}

// stretch is a part of a text, in bytes.
type stretch struct{ start, end int }

// ParseQuery takes a query apart. Words are separated by anything that is in no word; "…" (or «…», „…“) makes a phrase,
// and a minus before a word or a phrase excludes it. If typing is set, and the text ends in a word, that word may go on.
// What has no words gives no clauses.
func ParseQuery(text string, typing bool) Query {
	var q Query
	if len(text) > maxQuery {
		text, q.Cut = text[:maxQuery], true
		for !utf8.ValidString(text[max(0, len(text)-utf8.UTFMax):]) && len(text) > 0 {
			text = text[:len(text)-1]
		}
	}
	p := queryParser{q: &q}
	for part := range quotedParts(text) {
		p.add(part)
	}
	if n := len(q.Clauses); n > 0 && typing && !q.Cut {
		last := &q.Clauses[n-1]
		end, _ := utf8.DecodeLastRuneInString(text)
		last.Prefix = !last.Phrase && !last.Not && (unicode.IsLetter(end) || unicode.IsNumber(end) || unicode.IsMark(end))
	}
	return q
}

// part is a piece of a query: a quoted phrase or what is between two.
type part struct {
	text   string
	at     int // in the query
	quoted bool
	not    bool // a minus stands before the quotes
}

var closing = map[rune]string{'"': "\"", '«': "»", '„': "“”\"", '“': "”"}

// quotedParts yields the parts of text in order. A quotation mark that is not closed is none.
func quotedParts(text string) func(yield func(part) bool) {
	return func(yield func(part) bool) {
		for begin := 0; text != ""; {
			at, end, width := -1, -1, 0
			for i, r := range text {
				if marks := closing[r]; marks != "" {
					if n := strings.IndexAny(text[i+utf8.RuneLen(r):], marks); n >= 0 {
						at, width = i, utf8.RuneLen(r)
						end = i + width + n
						break
					}
				}
			}
			if at < 0 {
				yield(part{text: text, at: begin})
				return
			}
			before, not := strings.CutSuffix(text[:at], "-")
			not = not && (before == "" || strings.HasSuffix(before, " "))
			quoted := part{text: text[at+width : end], at: begin + at + width, quoted: true, not: not}
			if !yield(part{text: before, at: begin}) || !yield(quoted) {
				return
			}
			_, n := utf8.DecodeRuneInString(text[end:])
			text = text[end+n:]
			begin += end + n
		}
	}
}

type queryParser struct {
	q     *Query
	words int
}

func (p *queryParser) add(from part) {
	if from.quoted {
		c := Clause{Not: from.not}
		c.Words, c.typed = p.take(from.text, from.at)
		c.Phrase = len(c.Words) > 1 || len(c.Words) == 1 && isIdeograph(c.Words[0]) && utf8.RuneCountInString(c.Words[0]) > 2
		if len(c.Words) > 0 {
			p.q.Clauses = append(p.q.Clauses, c)
		}
		return
	}
	rest := from.text
	for field := range strings.FieldsSeq(from.text) {
		at := len(from.text) - len(rest) + strings.Index(rest, field)
		rest = from.text[at+len(field):]
		word, not := strings.CutPrefix(field, "-")
		words, typed := p.take(word, from.at+at+len(field)-len(word))
		if not && len(words) > 1 { // -mother-in-law excludes the phrase, not everything in law
			p.q.Clauses = append(p.q.Clauses, Clause{Words: words, Phrase: true, Not: true, typed: typed})
			continue
		}
		for i := range words {
			p.q.Clauses = append(p.q.Clauses, Clause{Words: words[i : i+1], Not: not, typed: typed[i : i+1]})
		}
	}
}

// take returns the words of a text that stands at a place of the query, as long as there may be more, and where each stands. Folding
// moves what it folds: where it makes other words of the text than there were, each is said to stand in all of it.
func (p *queryParser) take(text string, at int) (list []string, typed []stretch) {
	xapian.Words(text, false, func(_ string, start, end int) bool {
		typed = append(typed, stretch{at + start, at + end})
		return len(typed) < maxWords
	})
	found := 0
	xapian.Words(xapian.Fold(text), false, func(word string, _, _ int) bool {
		if found++; p.words+found > maxWords {
			p.q.Cut = true
			return false
		}
		list = append(list, word)
		return true
	})
	p.words += found
	if found != len(typed) {
		typed = slices.Repeat([]stretch{{at, at + len(text)}}, len(list))
	}
	return list, typed[:len(list)]
}

// Words returns the words that pages should have, for marking them in a text.
func (q Query) Words() []Clause {
	var list []Clause
	for _, c := range q.Clauses {
		if !c.Not {
			list = append(list, c)
		}
	}
	return list
}
