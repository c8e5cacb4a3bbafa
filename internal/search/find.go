package search

import (
	"context"
	"errors"
	"slices"
	"strings"

	"samizdat/internal/zim"
)

// Bounds of what is looked for in titles.
const (
	maxTitleQuery = 200 // bytes
	maxTitles     = 100 // found in all archives together
)

// Find looks for text in several archives as a reader wants it: in the texts of those that have a full-text index, as [Search]
// does, and in the titles of the others, which come behind; with a filter they are left out, since nothing says what is in
// them. If the texts have nothing the last word may go on. An archive whose index turns out to be damaged counts as one without,
// and one whose titles cannot be read either is left out; [Index.Damage] tells. There is no [ErrNoIndex].
func Find(ctx context.Context, indexes []*Index, text string, opts *Options) (*Results, error) {
	o := opts.orDefault()
	var r *Results
	for {
		var err error
		if r, err = inTexts(ctx, indexes, text, o); err == nil {
			break
		}
		if !spoiled(indexes, err) {
			return nil, err
		}
	}
	if o.filtered() {
		return r, nil
	}
	for i, x := range indexes {
		if x.texts() == nil {
			r.Titles = append(r.Titles, i)
		}
	}
	if r.Titles == nil {
		return r, nil
	}
	hits, err := inTitles(ctx, indexes, r.Titles, text)
	if err != nil {
		return nil, err
	}
	for i, h := range hits {
		if at := r.Reach + i; at >= o.Start && len(r.Hits) < o.Count {
			r.Hits = append(r.Hits, h)
		}
	}
	r.Total += len(hits)
	r.Reach += len(hits)
	if len(hits) > 0 {
		r.Missing = nil
	}
	return r, nil
}

// inTexts is the part of Find that asks the full-text indexes; if there is none, nothing is found.
func inTexts(ctx context.Context, indexes []*Index, text string, opts Options) (*Results, error) {
	r, err := Search(ctx, indexes, ParseQuery(text, false), &opts)
	switch {
	case errors.Is(err, ErrNoIndex):
		return &Results{Hits: []Hit{}}, nil
	case err != nil || r.Reach > 0:
		return r, err
	}
	more, err := Search(ctx, indexes, ParseQuery(text, true), &opts)
	if err == nil && more.Reach == 0 {
		return r, nil // what is missing is said of the words as they are
	}
	return more, err
}

// inTitles looks through the titles of some of the archives. The parts of the text that are excluded, or that are phrases, hold for
// titles as for texts.
func inTitles(ctx context.Context, indexes []*Index, which []int, text string) ([]Hit, error) {
	var special []Clause
	var plain []string
	for _, c := range ParseQuery(text, false).Clauses {
		if c.Not || c.Phrase {
			special = append(special, c)
		}
		if !c.Not {
			plain = append(plain, c.Words...)
		}
	}
	if special != nil {
		text = strings.Join(plain, " ")
	}
	text = strings.ToValidUTF8(text[:min(len(text), maxTitleQuery)], "")
	holds := func(title string) bool {
		return !slices.ContainsFunc(special, func(c Clause) bool { return (stands(ctx, title, c.Words).end > 0) == c.Not })
	}
	var hits []Hit
	for _, i := range which {
		z := indexes[i].archive
		for e, err := range Titles(ctx, z, text) {
			if isDamage(err) {
				indexes[i].damage.CompareAndSwap(nil, &damage{err})
				break
			}
			if err != nil {
				return nil, inIndex(i, err)
			}
			if len(hits) == maxTitles {
				return hits, nil
			}
			if path, ok := pathOf(z, e); ok && holds(e.Title()) {
				hits = append(hits, Hit{Index: i, Path: path, Title: e.Title()})
			}
		}
	}
	return hits, nil
}

// pathOf returns the path of an entry for [zim.Reader.Content]; ok is false for what is no content or has none.
func pathOf(z *zim.Reader, e zim.Entry) (path string, ok bool) {
	if e.Path() == "" {
		return "", false
	}
	if !z.OldNamespaces() {
		return e.Path(), e.Namespace() == zim.NamespaceContent
	}
	return string([]byte{e.Namespace(), '/'}) + e.Path(), strings.IndexByte("AIJ-", e.Namespace()) >= 0
}

// SuggestAll is [Suggest], and behind it come the titles of the archives that have no index of them. There is no [ErrNoIndex].
func SuggestAll(ctx context.Context, indexes []*Index, text string, count int) ([]Suggestion, error) {
	list, err := Suggest(ctx, indexes, text, count)
	if err != nil && !errors.Is(err, ErrNoIndex) {
		return nil, err
	}
	var rest []int
	for i, x := range indexes {
		if x.titles() == nil {
			rest = append(rest, i)
		}
	}
	if len(rest) == 0 || len(list) >= count {
		return list, nil
	}
	hits, err := inTitles(ctx, indexes, rest, text)
	if err != nil {
		return nil, err
	}
	for _, h := range hits[:min(len(hits), count-len(list))] {
		list = append(list, Suggestion{h.Index, h.Path, h.Title})
	}
	return list, nil
}
