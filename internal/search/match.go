package search

import (
	"context"

	"samizdat/internal/xapian"
)

// source walks over the documents that have one of several alternatives. It is not safe for concurrent use.
type source struct {
	alternatives []*counted
	id           xapian.DocID // the current document; 0 before the first
	ended        bool
}

// counted is an alternative in one database, with its weight over all that are searched.
type counted struct {
	terms  []*xapian.Postings
	at     []xapian.DocID // where each of terms stands; 0: not begun
	weight float64        // 0 for filters
	id     xapian.DocID
	ended  bool
}

func (d *database) source(group []alternative, weights map[string]float64) (*source, error) {
	s := &source{}
	for _, a := range group {
		c, err := d.counted(a, weights[a.key])
		if err != nil {
			return nil, err
		}
		s.alternatives = append(s.alternatives, c)
	}
	return s, nil
}

func (d *database) counted(a alternative, weight float64) (*counted, error) {
	c := &counted{}
	if a.weight {
		c.weight = weight
	}
	for _, term := range a.terms {
		p, err := d.Postings(term)
		if err != nil {
			return nil, err
		}
		c.terms = append(c.terms, p)
	}
	c.at = make([]xapian.DocID, len(c.terms))
	return c, nil
}

// skip goes to the first document at or after id.
func (c *counted) skip(id xapian.DocID) error {
	if c.ended || c.id >= id && c.id != 0 {
		return nil
	}
	if len(c.terms) == 1 { // nearly always
		ok, err := c.terms[0].Skip(id)
		c.id, c.ended = c.terms[0].ID(), !ok
		c.at[0] = c.id
		return err
	}
	// A word that is being typed has up to a hundred terms, of which few stand before id.
	least, n := xapian.DocID(0), 0
	for i, at := range c.at {
		if at == 0 || at < id {
			ok, err := c.terms[i].Skip(id)
			if err != nil {
				return err
			}
			if !ok {
				continue
			}
			at = c.terms[i].ID()
		}
		if n < i {
			c.terms[n] = c.terms[i]
		}
		c.at[n] = at
		n++
		if least == 0 || at < least {
			least = at
		}
	}
	c.terms, c.at = c.terms[:n], c.at[:n]
	c.id, c.ended = least, least == 0
	return nil
}

// wdf returns how often the current document has the terms.
func (c *counted) wdf() uint32 {
	var sum uint32
	for i, at := range c.at {
		if at == c.id {
			sum += c.terms[i].WDF()
		}
	}
	return sum
}

// skip goes to the first document at or after id that has an alternative.
func (s *source) skip(id xapian.DocID) error {
	if s.ended || s.id >= id && s.id != 0 {
		return nil
	}
	least := xapian.DocID(0)
	for _, c := range s.alternatives {
		if err := c.skip(id); err != nil {
			return err
		}
		if !c.ended && (least == 0 || c.id < least) {
			least = c.id
		}
	}
	s.id, s.ended = least, least == 0
	return nil
}

// score returns the weight of the current document, which is length terms long.
func (s *source) score(scheme xapian.BM25, all xapian.Collection, length uint32) float64 {
	sum := 0.0
	for _, c := range s.alternatives {
		if !c.ended && c.id == s.id && c.weight > 0 {
			sum += scheme.Document(c.weight, all, c.wdf(), length)
		}
	}
	return sum
}

// matcher walks over the documents of one database that satisfy a plan.
type matcher struct {
	groups  []*source
	not     []*counted
	lengths *xapian.Postings
	id      xapian.DocID
	ctx     context.Context
	steps   int // documents looked at, for each group
}

// stepsBetweenChecks is how many steps are made before the context is asked again.
const stepsBetweenChecks = 4096

// matcher returns a matcher for p that ends with ctx.
func (d *database) matcher(ctx context.Context, p *plan, weights map[string]float64) (*matcher, error) {
	m := &matcher{ctx: ctx}
	for _, group := range p.groups {
		s, err := d.source(group, weights)
		if err != nil {
			return nil, err
		}
		m.groups = append(m.groups, s)
	}
	for _, a := range p.not {
		c, err := d.counted(a, 0)
		if err != nil {
			return nil, err
		}
		m.not = append(m.not, c)
	}
	var err error
	m.lengths, err = d.Lengths()
	return m, err
}

// next goes to the next document that has one alternative of each group; ok is false behind the last one.
func (m *matcher) next() (ok bool, err error) {
	if len(m.groups) == 0 {
		return false, nil
	}
	id := m.id + 1
search:
	for {
		for _, s := range m.groups {
			if m.steps++; m.steps%stepsBetweenChecks == 0 {
				if err := m.ctx.Err(); err != nil {
					return false, err
				}
			}
			if err := s.skip(id); err != nil {
				return false, err
			}
			if s.ended {
				return false, nil
			}
			if s.id > id {
				id = s.id
				continue search
			}
		}
		excluded := false
		for _, c := range m.not {
			if err := c.skip(id); err != nil {
				return false, err
			}
			excluded = excluded || !c.ended && c.id == id
		}
		if !excluded {
			m.id = id
			return true, nil
		}
		id++
	}
}

// score returns the current document's weight.
func (m *matcher) score(scheme xapian.BM25, all xapian.Collection) (float64, error) {
	ok, err := m.lengths.Skip(m.id)
	if err != nil {
		return 0, err
	}
	length := uint32(0)
	if ok && m.lengths.ID() == m.id {
		length = m.lengths.WDF()
	}
	sum := 0.0
	for _, s := range m.groups {
		sum += s.score(scheme, all, length)
	}
	return sum, nil
}

// found is a document with its weight.
type found struct {
	index int // which of the archives
	id    xapian.DocID
	score float64
}

// before reports whether a ranks before b. Documents of equal weight come in the order of their numbers, and those of
// equal numbers in the order of the archives, as in a Xapian database of several.
func (a found) before(b found) bool {
	if a.score != b.score {
		return a.score > b.score
	}
	if a.id != b.id {
		return a.id < b.id
	}
	return a.index < b.index
}

// best keeps the n documents that rank first; it is a heap with the last of them on top. container/heap would allocate for each
// document that comes or goes; a suggestion for one letter has a thousand.
type best struct {
	n    int
	list []found
}

func (b *best) add(f found) {
	if len(b.list) < b.n {
		i := len(b.list)
		b.list = append(b.list, f)
		for up := (i - 1) / 2; i > 0 && b.list[up].before(b.list[i]); i, up = up, (up-1)/2 {
			b.list[up], b.list[i] = b.list[i], b.list[up]
		}
	} else if b.n > 0 && f.before(b.list[0]) {
		b.list[0] = f
		b.sink(len(b.list))
	}
}

// sink moves the document on top of the first n down to its place.
func (b *best) sink(n int) {
	for i := 0; ; {
		down := 2*i + 1
		if down+1 < n && b.list[down].before(b.list[down+1]) {
			down++
		}
		if down >= n || !b.list[i].before(b.list[down]) {
			return
		}
		b.list[i], b.list[down] = b.list[down], b.list[i]
		i = down
	}
}

// ranked returns the documents, the first one first, and empties b.
func (b *best) ranked() []found {
	list := b.list
	for n := len(list) - 1; n > 0; n-- {
		list[0], list[n] = list[n], list[0]
		b.sink(n)
	}
	b.list = nil
	return list
}
