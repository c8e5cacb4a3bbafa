package search

import (
	"cmp"
	"context"
	"errors"
	"slices"
	"strconv"
	"strings"

	"samizdat/internal/xapian"
)

// Options say which part of the results is wanted. Nil means the zero value.
type Options struct {
	Start    int    // results to leave out at the beginning
	Count    int    // results to return; 0 means 25, kiwix-serve's
	Language string // only items in this language (BCP 47), in archives that say; empty: all
	Section  string // only items of this section, in archives that say; empty: all
	Plain    bool   // without passages from the text
}

const defaultCount = 25

// filtered reports whether only some of the items are asked for.
func (o *Options) filtered() bool { return o.Language != "" || o.Section != "" }

func (o *Options) orDefault() Options {
	if o == nil {
		o = &Options{}
	}
	all := *o
	if all.Count <= 0 {
		all.Count = defaultCount
	}
	all.Start, all.Count = min(max(all.Start, 0), maxReach), min(all.Count, maxReach)
	return all
}

// maxReach is how far into the results one can go; what is behind is counted only.
const maxReach = 10_000

// Results are what a search has found.
type Results struct {
	Total   int       // documents that were found
	AtMost  bool      // Total is an upper bound: with a phrase not all were looked at
	Reach   int       // how many of them can be asked for: the first ones; 0 if there is nothing to show, whatever Total is
	Hits    []Hit     // those asked for, the first one first
	Missing []Missing // words that are in no document, in their order; only if Total is 0
	Titles  []int     // indexes of archives whose titles were looked through, and not their texts; see [Find]
}

// Hit is one document that was found.
type Hit struct {
	Index   int    // which of the indexes
	Path    string // in namespace C
	Title   string
	Words   int    // in the document; 0 if the index does not say
	Passage []Span // from the text; nil if there is none, or with Plain
	Score   float64

	cluster, blob uint32 // where the page lies in its archive
}

// Span is a piece of a passage.
type Span struct {
	Text string
	Mark bool // one of the words that were looked for
}

// IndexError says which of several indexes could not be read.
type IndexError struct {
	Index int // in the list that was searched
	Err   error
}

// Error gives the cause.
func (e *IndexError) Error() string { return e.Err.Error() }

func (e *IndexError) Unwrap() error { return e.Err }

// inIndex says that err was met in the index of number i. The end of a context is no fault of an index.
func inIndex(i int, err error) error {
	if err == nil || errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &IndexError{i, err}
}

// Search looks for q in the texts of several archives together. If none of them has a full-text index the error is
// [ErrNoIndex]. If one of them cannot be read it is an [*IndexError], and there are no results.
func Search(ctx context.Context, indexes []*Index, q Query, opts *Options) (*Results, error) {
	s, err := newTextSearch(ctx, indexes, q, opts.orDefault())
	if err != nil {
		return nil, err
	}
	return s.run(ctx)
}

// textSearch is one search under way.
type textSearch struct {
	indexes   []*Index
	databases []*database // one for each index; nil: it has no full text
	q         Query
	opts      Options
	plans     []*plan // one for each database
	all       xapian.Collection
	weights   map[string]float64 // by alternative
}

func newTextSearch(ctx context.Context, indexes []*Index, q Query, opts Options) (*textSearch, error) {
	s := &textSearch{indexes: indexes, databases: make([]*database, len(indexes)), q: q, opts: opts, plans: make([]*plan, len(indexes))}
	some := false
	for i, x := range indexes {
		d := x.texts()
		if d == nil {
			continue
		}
		some = true
		p, err := d.planText(ctx, q, x.filters(opts))
		if err != nil {
			return nil, inIndex(i, err)
		}
		s.databases[i], s.plans[i] = d, p
	}
	if !some {
		return nil, ErrNoIndex
	}
	var err error
	s.all, s.weights, err = weigh(xapian.FulltextWeight, s.databases, s.plans)
	return s, err
}

// filters returns the terms that every page must have.
func (x *Index) filters(opts Options) []string {
	var list []string
	if opts.Language != "" {
		list = append(list, termLanguage+x.languages.written(x, termLanguage, opts.Language))
	}
	if opts.Section != "" {
		list = append(list, termSection+x.sections.written(x, termSection, opts.Section))
	}
	return list
}

// weigh returns what all databases have together, and the weight of each alternative in them.
func weigh(scheme xapian.BM25, databases []*database, plans []*plan) (xapian.Collection, map[string]float64, error) {
	var all xapian.Collection
	frequency := map[string]int{}
	for i, d := range databases {
		if d == nil {
			continue
		}
		all.Documents += d.Len()
		all.TotalLength += d.TotalLength()
		seen := map[string]bool{}
		for _, group := range plans[i].groups {
			for _, a := range group {
				if !a.weight || seen[a.key] {
					continue
				}
				seen[a.key] = true
				sum, unknown := a.sum, a.terms
				if sum > 0 {
					unknown = nil
				}
				for _, term := range unknown {
					n, err := d.Frequency(term)
					if err != nil {
						return all, nil, inIndex(i, err)
					}
					sum += int(n)
				}
				frequency[a.key] += min(sum, d.Len())
			}
		}
	}
	weights := map[string]float64{}
	for key, n := range frequency {
		weights[key] = scheme.Term(all, n)
	}
	return all, weights, nil
}

func (s *textSearch) run(ctx context.Context) (*Results, error) {
	r := &Results{Hits: []Hit{}}
	reach := min(s.opts.Start+s.opts.Count, maxReach)
	phrases := s.phrases()
	top := &best{n: reach}
	if len(phrases) > 0 {
		top.n = maxVerified
	}
	for i, p := range s.plans {
		if p == nil {
			continue
		}
		m, err := s.databases[i].matcher(ctx, p, s.weights)
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
			score, err := m.score(xapian.FulltextWeight, s.all)
			if err != nil {
				return nil, inIndex(i, err)
			}
			r.Total++
			top.add(found{i, m.id, score})
		}
	}
	list := top.ranked()
	r.Reach = min(r.Total, maxReach)
	if len(phrases) > 0 {
		var err error
		if list, err = s.verify(ctx, r, list, phrases); err != nil {
			return nil, err
		}
		r.Reach = len(list)
	}
	if s.opts.Start < len(list) {
		for _, f := range list[s.opts.Start:min(reach, len(list))] {
			h, err := s.hit(f)
			if err != nil {
				return nil, inIndex(f.index, err)
			}
			r.Hits = append(r.Hits, h)
		}
	}
	if !s.opts.Plain {
		s.cutPassages(ctx, r.Hits)
	}
	if r.Total == 0 {
		var err error
		if r.Missing, err = s.findMissing(ctx); err != nil {
			return nil, err
		}
	}
	return r, nil
}

// hit fills in what is known of a document, but for its passage.
func (s *textSearch) hit(f found) (Hit, error) {
	x, d := s.indexes[f.index], s.databases[f.index]
	data, err := d.Data(f.id)
	if err != nil {
		return Hit{}, err
	}
	h := Hit{Index: f.index, Path: contentPath(data), Score: f.score}
	h.Title = h.Path
	if e, err := x.archive.Content(h.Path); err == nil {
		h.Title = e.Title()
		h.cluster, h.blob = e.Cluster()
	}
	if words, err := d.Value(slotWords, f.id); err == nil {
		h.Words, _ = strconv.Atoi(words) // 0 if it is no number
	}
	return h, nil
}

// cutPassages adds the passages, in the order in which the texts lie in the archives, so that what is compressed together
// is decoded once. When ctx ends, the rest goes without.
func (s *textSearch) cutPassages(ctx context.Context, hits []Hit) {
	markers := make([]*marker, len(s.indexes))
	order := make([]*Hit, len(hits))
	for i := range hits {
		order[i] = &hits[i]
	}
	slices.SortFunc(order, func(a, b *Hit) int {
		return cmp.Or(cmp.Compare(a.Index, b.Index), cmp.Compare(a.cluster, b.cluster), cmp.Compare(a.blob, b.blob))
	})
	for _, h := range order {
		if ctx.Err() != nil {
			return
		}
		x := s.indexes[h.Index]
		text, err := x.text(h.Path)
		if err != nil || text == "" {
			continue
		}
		if markers[h.Index] == nil {
			markers[h.Index] = s.databases[h.Index].marker(s.q)
		}
		h.Passage = markers[h.Index].passage(text, s.phrase(ctx, text))
	}
}

// contentPath returns the path in namespace C that a document's data stands for. Indexes say "C/path" or, in old
// archives, "A/path", which is what Content wants there.
//
//go:noinline
func contentPath(data string) string {
	if path, ok := strings.CutPrefix(data, "C/"); ok {
		return path
	}
	return data
}

// findMissing returns the words that are in none of the archives.
func (s *textSearch) findMissing(ctx context.Context) ([]Missing, error) {
	var list []Missing
	for _, c := range s.q.Clauses {
		if c.Not {
			continue
		}
		for n, word := range c.Words {
			there := false
			for i, d := range s.databases {
				if d == nil {
					continue
				}
				has, err := d.has(ctx, word, c.Prefix)
				if err != nil {
					return nil, inIndex(i, err)
				}
				there = there || has
			}
			if !there {
				list = append(list, Missing{word, c.typed[n].start, c.typed[n].end})
			}
		}
	}
	return list, nil
}

// has reports whether some document has the word in some form.
func (d *database) has(ctx context.Context, word string, prefix bool) (bool, error) {
	if d.stop[word] { // nobody is to look for it
		return true, nil
	}
	groups, err := d.groups(ctx, word, prefix, d.textForms)
	if err != nil {
		return false, err
	}
	for _, group := range groups {
		some := false
		for _, a := range group {
			for _, term := range a.terms {
				n, err := d.Frequency(term)
				if err != nil {
					return false, err
				}
				some = some || n > 0
			}
		}
		if !some {
			return false, nil
		}
	}
	return true, nil
}
