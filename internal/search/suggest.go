package search

import (
	"cmp"
	"context"
	"slices"
	"strings"

	"samizdat/internal/xapian"
)

// Suggestion is a title that fits what was typed so far.
type Suggestion struct {
	Index int
	Path  string // in namespace C
	Title string
}

// maxTied is how many titles are compared: those of equal weight by name. Of more than so many that are equal,
// those with the least numbers are taken.
const maxTied = 2000

// Suggest returns up to count titles with the words of text, of which the last may go on: first those that begin with
// them, then those that have them side by side, as libzim ranks them. Archives without a title database are left out, and so is
// one that is damaged ([Index.Damage]); if all are, the error is [ErrNoIndex]; an index that cannot be read is an [*IndexError].
// It ends with ctx, and keeps a bounded number of titles however many fit.
func Suggest(ctx context.Context, indexes []*Index, text string, count int) ([]Suggestion, error) {
	for {
		list, err := suggest(ctx, indexes, ParseQuery(plainQuery(text), true), count)
		if !spoiled(indexes, err) {
			return list, err
		}
	}
}

func suggest(ctx context.Context, indexes []*Index, q Query, count int) ([]Suggestion, error) {
	n := len(indexes)
	s := suggester{indexes: indexes, databases: make([]*database, n), plans: make([]*plan, n), phrases: make([][]string, n)}
	if err := s.prepare(ctx, q); err != nil {
		return nil, err
	}
	if len(q.Clauses) == 0 {
		return []Suggestion{}, nil
	}
	list, err := s.collect(ctx)
	if err != nil {
		return nil, err
	}
	return s.pick(list, count)
}

// plainQuery takes the marks out of a text that would make phrases and exclusions of it.
func plainQuery(text string) string {
	return strings.Map(func(r rune) rune {
		if closing[r] != "" || r == '-' {
			return ' '
		}
		return r
	}, text)
}

type suggester struct {
	indexes   []*Index
	databases []*database // one for each index; nil: it has none of titles
	plans     []*plan     // one for each database
	phrases   [][]string  // the words that stand side by side in the titles of each
	all       xapian.Collection
	weights   map[string]float64
}

// prepare makes the plans. Besides the groups that must hold, every word as it was typed has a weight, for the phrases.
func (s *suggester) prepare(ctx context.Context, q Query) error {
	some := false
	weighed := make([]*plan, len(s.plans)) // with the words of the phrases
	for i, x := range s.indexes {
		d := x.titles()
		if d == nil {
			continue
		}
		some = true
		p, words, err := d.planTitle(ctx, q)
		if err != nil {
			return inIndex(i, err)
		}
		s.databases[i], s.plans[i], s.phrases[i] = d, p, words
		weighed[i] = &plan{groups: append(slices.Clone(p.groups), plainAlternatives(append(slices.Clone(words), anchor)))}
	}
	if !some {
		return ErrNoIndex
	}
	var err error
	s.all, s.weights, err = weigh(xapian.TitleWeight, s.databases, weighed)
	return err
}

//go:noinline
func plainAlternatives(words []string) []alternative {
	var list []alternative
	for _, w := range words {
		list = append(list, alternative{key: w, terms: []string{w}, weight: true})
	}
	return list
}

// planTitle makes the plan for the titles: stems with a Z before, as in libzim's title databases and in mixed ones. words are
// those that stand one behind the other in a title that has the text as it was typed.
func (d *database) planTitle(ctx context.Context, q Query) (p *plan, words []string, err error) {
	p = &plan{}
	for _, c := range q.Clauses {
		for _, word := range c.Words {
			groups, err := d.groups(ctx, word, c.Prefix, d.titleGroup)
			if err != nil {
				return nil, nil, err
			}
			p.groups = append(p.groups, groups...)
			placed, err := d.placed(word)
			if err != nil {
				return nil, nil, err
			}
			words = append(words, placed...)
		}
	}
	return p, words, nil
}

// placed returns what has a position of its own where word stands in a title: in an index that has Chinese and Japanese in pairs, each
// character of them.
func (d *database) placed(word string) ([]string, error) {
	if !isIdeograph(word) {
		return []string{word}, nil
	}
	var list []string
	for _, piece := range pieces(word) {
		if !piece.alone {
			continue
		}
		if n, err := d.Frequency(piece.text); err != nil || n == 0 {
			return []string{word}, err
		}
		list = append(list, piece.text)
	}
	return list, nil
}

// titleGroup returns the ways for a word to be in a title: its stem, where every word has one beside it, or else the word
// and its forms.
func (d *database) titleGroup(word string) []alternative {
	if d.stem != nil && xapian.Stems(word) {
		return plainAlternatives([]string{"Z" + d.stem(word)})
	}
	group := plainAlternatives([]string{word})
	for _, language := range d.forms {
		group = append(group, plainAlternatives(language.terms(word))...)
	}
	return group
}

// collect returns the titles that fit best, the first one first.
func (s *suggester) collect(ctx context.Context) ([]found, error) {
	top := &best{n: maxTied}
	for i, p := range s.plans {
		if p == nil {
			continue
		}
		d := s.databases[i]
		m, err := d.matcher(ctx, p, s.weights)
		if err != nil {
			return nil, inIndex(i, err)
		}
		phrase, err := d.newPhrase(s.phrases[i], s.weights)
		if err != nil {
			return nil, inIndex(i, err)
		}
		for {
			ok, err := m.next()
			if err != nil {
				return nil, inIndex(i, err)
			}
			if !ok {
				break
			}
			score, err := m.score(xapian.TitleWeight, s.all)
			if err != nil {
				return nil, inIndex(i, err)
			}
			more, err := phrase.score(m, s.all)
			if err != nil {
				return nil, inIndex(i, err)
			}
			top.add(found{i, m.id, score + more})
		}
	}
	return top.ranked(), nil
}

// phrase weighs the words of a query that stand together in a title, and once more if they begin it.
type phrase struct {
	d            *database
	words        []string
	terms        []*counted
	anchorWeight float64
}

func (d *database) newPhrase(words []string, weights map[string]float64) (*phrase, error) {
	p := &phrase{d: d, words: words, anchorWeight: weights[anchor]}
	for _, a := range plainAlternatives(words) {
		c, err := d.counted(a, weights[a.key])
		if err != nil {
			return nil, err
		}
		p.terms = append(p.terms, c)
	}
	return p, nil
}

// score returns the weight of the phrase in the matcher's document.
func (p *phrase) score(m *matcher, all xapian.Collection) (float64, error) {
	for _, c := range p.terms {
		if err := c.skip(m.id); err != nil {
			return 0, err
		}
		if c.ended || c.id != m.id {
			return 0, nil
		}
	}
	starts, err := p.d.Positions(p.words[0], m.id)
	if err != nil {
		return 0, err
	}
	for i, word := range p.words[1:] {
		at, err := p.d.Positions(word, m.id)
		if err != nil {
			return 0, err
		}
		starts = slices.DeleteFunc(starts, func(start uint32) bool {
			_, ok := slices.BinarySearch(at, start+uint32(i)+1)
			return !ok
		})
	}
	if len(starts) == 0 {
		return 0, nil
	}
	length := m.lengths.WDF()
	sum := 0.0
	for _, c := range p.terms {
		sum += xapian.TitleWeight.Document(c.weight, all, c.wdf(), length)
	}
	if starts[0] == 2 { // behind the anchor
		sum += sum + xapian.TitleWeight.Document(p.anchorWeight, all, 1, length)
	}
	return sum, nil
}

// pick returns the first count of list, which is in order, with their titles: by weight, then by title, and each target once.
func (s *suggester) pick(list []found, count int) ([]Suggestion, error) {
	type titled struct { // sorted by pointers, as other things are: each type that is sorted makes the program larger
		found
		title string
		order int
	}
	picked := []Suggestion{}
	seen := map[target]bool{}
	for len(list) > 0 && len(picked) < count {
		n := 1
		for n < len(list) && list[n].score == list[0].score {
			n++
		}
		tied := make([]*titled, n)
		for i, f := range list[:n] {
			title, err := s.databases[f.index].Value(slotTitle, f.id)
			if err != nil {
				return nil, inIndex(f.index, err)
			}
			tied[i] = &titled{f, title, i}
		}
		list = list[n:]
		slices.SortFunc(tied, func(a, b *titled) int { return cmp.Or(cmp.Compare(a.title, b.title), a.order-b.order) })
		for _, f := range tied {
			if len(picked) == count {
				break
			}
			sug, to, err := s.suggestion(f.found, f.title)
			if err != nil {
				return nil, inIndex(f.index, err)
			}
			if !seen[to] {
				seen[to] = true
				picked = append(picked, sug)
			}
		}
	}
	return picked, nil
}

// target is what suggestions that lead to the same page have in common.
type target struct {
	index int
	path  string
}

// suggestion fills in what is known of a title.
func (s *suggester) suggestion(f found, title string) (Suggestion, target, error) {
	d := s.databases[f.index]
	data, err := d.Data(f.id)
	if err != nil {
		return Suggestion{}, target{}, err
	}
	sug := Suggestion{Index: f.index, Path: contentPath(data), Title: title}
	to, err := d.Value(slotTarget, f.id)
	if err != nil {
		return Suggestion{}, target{}, err
	}
	if to == "" {
		to = sug.Path
	}
	if e, err := s.indexes[f.index].archive.Content(sug.Path); err == nil { // else the page itself will say what is wrong
		sug.Title = e.Title()
	}
	return sug, target{f.index, to}, nil
}
