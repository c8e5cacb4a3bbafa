package search

import (
	"cmp"
	"context"
	"errors"
	"math/bits"
	"slices"
	"strings"
	"sync"
	"unicode"
	"unicode/utf8"

	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// Sizes of passages and of what is kept to cut them from.
const (
	passageBytes = 300      // about; kiwix-serve shows 500
	maxPage      = 8 << 20  // bytes of a page that a passage is cut from
	textsBytes   = 16 << 20 // of texts that are kept
	maxVerified  = 500      // documents that are looked through for a phrase
)

// texts is where all archives of the process keep texts, so that a shelf of many needs no more memory than one.
var texts = &textCache{limit: textsBytes}

// textCache keeps texts of pages, up to limit bytes, because a page that was found once is likely to be found again. It is
// safe for concurrent use.
type textCache struct {
	limit int

	mu    sync.Mutex
	texts map[textKey]string
	order []textKey // the oldest first
	bytes int
}

// textCost is about what a text costs besides its bytes and its path, in the map and in the order.
const textCost = 128

// textKey is a page of an archive.
type textKey struct {
	of   *Index
	path string
}

func (c *textCache) get(key textKey) (string, bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	text, ok := c.texts[key]
	return text, ok
}

func (c *textCache) put(key textKey, text string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	size := len(text) + len(key.path) + textCost
	if _, ok := c.texts[key]; ok || size > c.limit {
		return
	}
	if c.texts == nil {
		c.texts = map[textKey]string{}
	}
	c.texts[key] = text
	c.order = append(c.order, key)
	for c.bytes += size; c.bytes > c.limit; {
		c.bytes -= len(c.texts[c.order[0]]) + len(c.order[0].path) + textCost
		delete(c.texts, c.order[0])
		c.order = c.order[1:]
	}
}

// text returns what a reader sees of the page at path: nothing if it is none, is larger than maxPage, or cannot be read. The error
// is [zim.ErrBusy] if it can be had later.
func (x *Index) text(path string) (string, error) {
	if text, ok := texts.get(textKey{x, path}); ok {
		return text, nil
	}
	e, err := x.archive.Content(path)
	if err != nil || !strings.HasPrefix(e.MIMEType(), "text/html") {
		return "", nil
	}
	html, err := e.ReadAll(maxPage)
	if errors.Is(err, zim.ErrBusy) {
		return "", err
	}
	if err != nil {
		return "", nil
	}
	text := strings.ToValidUTF8(x.fulltext.read(html).Text, "\uFFFD")
	texts.put(textKey{x, path}, text)
	return text, nil
}

// marker tells which words of texts were looked for. It remembers what it has seen, so one serves all texts of a search; it
// is not safe for concurrent use.
type marker struct {
	d          *database
	terms      map[string]int // in the form that the index has, with the number of the word in the query
	words      int            // how many the query has
	prefix     string         // of a word that is being typed
	last       int            // its number
	seen       map[string]int
	begins     map[rune]bool // folded letters that the words can begin with
	kinds      [256]byteKind
	beginnings []string // in small letters, of the words that begin with ASCII
	runs       []*run   // of Chinese or Japanese, which stand anywhere in a text
	arabic     bool     // a word is in Arabic letters: other forms of it may begin with an article or with another letter
}

// run is a word, or a pair of its characters, with the number of the word in the query.
type run struct {
	text   string
	number int
}

// byteKind is what a byte means for one who looks for the beginnings of words.
type byteKind uint8

const (
	between byteKind = iota // words end here
	within                  // of a word, and none that was looked for begins with it
	begins                  // a word that was looked for may begin here
	foreign                 // of a character that is not ASCII
)

func (d *database) marker(q Query) *marker {
	m := &marker{d: d, terms: map[string]int{}, seen: map[string]int{}, begins: map[rune]bool{}}
	for c := range m.kinds {
		switch {
		case d.turns && (c|0x20 >= 'a' && c|0x20 <= 'z'):
			m.kinds[c] = begins
		case c >= utf8.RuneSelf:
			m.kinds[c] = foreign
		case isAlnum(byte(c)) || c == '_':
			m.kinds[c] = within
		}
	}
	for _, c := range q.Words() {
		for _, word := range c.Words {
			for _, term := range m.termsOf(word) {
				m.terms[term] = m.words
			}
			if c.Prefix {
				m.prefix, m.last = word, m.words
			}
			if isIdeograph(word) {
				m.runs = append(m.runs, &run{word, m.words})
				for _, p := range pieces(word) {
					if p.whole && isIdeograph(p.text) {
						m.runs = append(m.runs, &run{p.text, m.words})
					}
				}
			}
			m.words++
			m.expect(word)
		}
	}
	if d.turns {
		m.beginnings = []string{""}
	}
	slices.SortFunc(m.runs, func(a, b *run) int { return cmp.Or(len(b.text)-len(a.text), a.number-b.number) })
	return m
}

// run returns the longest of the runs that text begins with.
func (m *marker) run(text string) (r *run, ok bool) {
	for _, r := range m.runs {
		if strings.HasPrefix(text, r.text) {
			return r, true
		}
	}
	return nil, false
}

// expect has each look at the words that begin as word does: stems keep the first letter, but see foreignBegins.
func (m *marker) expect(word string) {
	word = easternDigits.Replace(word)
	first, _ := utf8.DecodeRuneInString(word)
	m.begins[first] = true
	m.arabic = m.arabic || unicode.Is(unicode.Arabic, first)
	if first >= utf8.RuneSelf {
		return
	}
	m.kinds[first], m.kinds[unicode.ToUpper(first)] = begins, begins
	// The next two letters stay too, but in short words: died and dying have the stem die.
	beginning := word[:1]
	if len(word) >= 6 && word[1] < utf8.RuneSelf && word[2] < utf8.RuneSelf {
		beginning = word[:3]
	}
	m.beginnings = append(m.beginnings, beginning)
}

// foreignBegins reports whether a word that was looked for may begin with r, which is char in the text and not ASCII.
func (m *marker) foreignBegins(r rune, char string) bool {
	switch {
	case m.d.turns || m.arabic && unicode.Is(unicode.Arabic, r):
		return true
	case unicode.Is(unicode.N, r):
		char = easternDigits.Replace(char)
		if char[0] < utf8.RuneSelf {
			return m.kinds[char[0]] == begins
		}
	}
	return m.begins[firstFolded(char)]
}

// mayBegin reports whether one of the words that were looked for may begin where text does. Only ASCII is compared; what is
// beyond, and a point between initials, may be anything.
func (m *marker) mayBegin(text string) bool {
	for _, b := range m.beginnings {
		n := 0
		for n < len(b) && n < len(text) && text[n]|0x20 == b[n]|0x20 {
			n++
		}
		if n == len(b) || n > 0 && n < len(text) && (text[n] == '.' || text[n] >= utf8.RuneSelf) {
			return true
		}
	}
	return false
}

// each calls f with every word of text that was looked for, until it returns false. It passes over the words that begin
// with other letters without cutting them out: most of the time of a search goes here.
func (m *marker) each(text string, f func(p place) bool) {
	kinds, inside := &m.kinds, false // inside: of a word whose beginning was passed over
	for at := 0; at < len(text); {
		kind := kinds[text[at]]
		if kind <= within { // nearly all
			inside = kind == within
			at++
			continue
		}
		if kind == begins && (inside || !m.mayBegin(text[at:])) {
			inside = true
			at++
			continue
		}
		if kind == foreign {
			r, n := utf8.DecodeRuneInString(text[at:])
			if run, ok := m.run(text[at:]); ok {
				end := at + len(run.text)
				if !f(place{at, end, run.number}) {
					return
				}
				at, inside = end, true
				continue
			}
			begins := !inside && unicode.In(r, unicode.L, unicode.N) && m.foreignBegins(r, text[at:at+n])
			inside = unicode.In(r, unicode.L, unicode.M, unicode.N)
			if !begins {
				at += n
				continue
			}
		}
		end, number := m.word(text, at)
		if number != unmarked && !f(place{at, end, number}) {
			return
		}
		at, inside = end, true
		for at < len(text) && !utf8.RuneStart(text[at]) {
			at++
		}
	}
}

// word returns the end of the word that begins at at, and which word of the query it is.
func (m *marker) word(text string, at int) (end, number int) {
	end = at
	for end < len(text) && (m.kinds[text[end]] == within || m.kinds[text[end]] == begins) {
		end++
	}
	if end == len(text) || endsWord[text[end]] || insideWord[text[end]] && (end+1 == len(text) || endsWord[text[end+1]]) { // most words
		if end-at > maxTitleWord {
			return end, unmarked
		}
		return end, m.number(text[at:end])
	}
	end, number = at+1, unmarked
	xapian.Words(text[at:min(len(text), at+maxTitleWord)], false, func(_ string, start, length int) bool {
		if start == 0 {
			end, number = at+length, m.number(text[at:at+length])
		}
		return false
	})
	return end, number
}

// ASCII that a word of letters and digits ends before: whatever follows, and unless the word goes on behind it.
var (
	endsWord   = bytesOf(" \t\n\r()[]{}<>\"!?:/\\-=*|")
	insideWord = bytesOf(".,;'&")
)

func bytesOf(list string) (is [256]bool) {
	for _, c := range []byte(list) {
		is[c] = true
	}
	return is
}

//go:noinline
func firstFolded(s string) rune {
	r, _ := utf8.DecodeRuneInString(xapian.Fold(s))
	return r
}

func (m *marker) termsOf(word string) []string {
	list := []string{m.d.exact(word).terms[0]}
	for _, language := range m.d.forms {
		list = append(list, language.terms(word)...)
	}
	return list
}

// unmarked is the number of a word that was not looked for.
const unmarked = -1

// number returns which word of the query word is, as it stands in a text: not in lower case, since Fold knows a sigma at the end of a
// word from capitals.
func (m *marker) number(word string) int {
	n, ok := m.seen[word]
	if ok {
		return n
	}
	n = unmarked
	xapian.Words(xapian.Fold(word), false, func(folded string, _, _ int) bool {
		n = m.find(folded)
		return n == unmarked
	})
	if len(m.seen) < 1<<15 {
		m.seen[word] = n
	}
	return n
}

func (m *marker) find(folded string) int {
	for _, term := range m.termsOf(folded) {
		if n, ok := m.terms[term]; ok {
			return n
		}
	}
	if m.prefix != "" && strings.HasPrefix(folded, m.prefix) {
		return m.last
	}
	return unmarked
}

// place is a word of a text that was looked for.
type place struct {
	start, end int
	number     int
}

// phrase returns where the first of the phrases that are wanted stands in text; nowhere if its end is 0.
func (s *textSearch) phrase(ctx context.Context, text string) (at stretch) {
	for _, c := range s.phrases() {
		if at.end == 0 && !c.Not {
			at = stands(ctx, text, c.Words)
		}
	}
	return at
}

// worthWord is what each different word is worth; one that is there more often adds at most half of it.
const worthWord = 16

// worth says how good a stretch of text with these places is: different words count most.
func worth(places []place) int {
	var words uint64
	for _, p := range places {
		words |= 1 << (p.number % 64)
	}
	return bits.OnesCount64(words)*worthWord + min(len(places)-1, worthWord/2)
}

// How many bytes behind the best stretch so far are looked through for a better one: for one with more of the words, and, if
// it has them all, for one that has them more often.
const (
	lookOn     = 20_000
	lookForAll = 2_000
)

// passage cuts out of text the stretch that has most of the words that were looked for, with these marked. Of several the
// first one is taken; a text without any gives its beginning. Where a phrase stands in it, that is the passage.
func (m *marker) passage(text string, phrase stretch) []Span {
	var places, most []place
	first, score, far := 0, 0, lookOn // places[first:] are those of the stretch that ends here
	m.each(text, func(p place) bool {
		if score > 0 && p.start-most[0].start > far && p.start > phrase.end+passageBytes {
			return false
		}
		places = append(places, p)
		for places[first].start < p.end-passageBytes {
			first++
		}
		if s := worth(places[first:]); s > score {
			score, most = s, places[first:len(places):len(places)]
			if far = lookOn; s >= m.words*worthWord {
				far = lookForAll
			}
		}
		return true
	})
	if phrase.end > 0 {
		most = []place{{phrase.start, phrase.end, 0}}
	}
	from, to := 0, min(len(text), passageBytes)
	if len(most) > 0 {
		start, end := most[0].start, most[len(most)-1].end
		from = max(0, start-max(0, passageBytes-(end-start))/3)
		to = min(len(text), max(end, from+passageBytes))
	}
	from, to = wordStart(text, from), wordEnd(text, to)
	var spans []Span
	add := func(s string, mark bool) {
		if s != "" {
			spans = append(spans, Span{s, mark})
		}
	}
	if from > 0 {
		add("… ", false)
	}
	at := from
	for _, p := range places {
		if p.start < at || p.end > to {
			continue
		}
		add(text[at:p.start], false)
		add(text[p.start:p.end], true)
		at = p.end
	}
	add(text[at:to], false)
	if to < len(text) {
		add(" …", false)
	}
	return spans
}

// farthest is how many bytes a passage may be shortened or longer by so that no word is cut.
const farthest = 40

// wordStart returns the first beginning of a word at or after at.
func wordStart(text string, at int) int {
	if at == 0 {
		return 0
	}
	if n := strings.IndexByte(text[at:min(len(text), at+farthest)], ' '); n >= 0 {
		return at + n + 1
	}
	return runeStart(text, at)
}

// wordEnd returns the end of the word that at is in.
func wordEnd(text string, at int) int {
	if at >= len(text) {
		return len(text)
	}
	if n := strings.IndexByte(text[at:min(len(text), at+farthest)], ' '); n >= 0 {
		return at + n
	}
	return runeStart(text, at)
}

func runeStart(text string, at int) int {
	for at > 0 && at < len(text) && !utf8.RuneStart(text[at]) {
		at--
	}
	return at
}

// phrases returns the clauses that only the text can decide.
func (s *textSearch) phrases() []Clause {
	var list []Clause
	for _, c := range s.q.Clauses {
		if c.Phrase {
			list = append(list, c)
		}
	}
	return list
}

// verify keeps the documents in whose text the phrases stand, or do not stand if they are excluded. It looks through as
// many as one can ask for, in order.
func (s *textSearch) verify(ctx context.Context, r *Results, list []found, phrases []Clause) ([]found, error) {
	r.AtMost = r.Total > len(list)
	var kept []found
	for _, f := range list {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		x := s.indexes[f.index]
		data, err := s.databases[f.index].Data(f.id)
		if err != nil {
			return nil, inIndex(f.index, err)
		}
		path := contentPath(data)
		text, err := x.text(path)
		if err != nil {
			return nil, inIndex(f.index, err)
		}
		title := ""
		if e, err := x.archive.Content(path); err == nil {
			title = e.Title()
		}
		holds := !slices.ContainsFunc(phrases, func(c Clause) bool {
			return (stands(ctx, text, c.Words).end > 0 || stands(ctx, title, c.Words).end > 0) == c.Not || c.Not && text == ""
		})
		if err := ctx.Err(); err != nil { // what was found is then half of it
			return nil, err
		}
		if holds {
			kept = append(kept, f)
		}
	}
	if r.Total -= len(list) - len(kept); !r.AtMost {
		r.Total = len(kept)
	}
	return kept, nil
}

// stands returns where the folded words first stand together in text, in their order; nowhere if its end is 0. Chinese and Japanese
// are compared by characters, whatever stands between them and wherever a run begins. It gives up when ctx ends.
func stands(ctx context.Context, text string, words []string) (at stretch) {
	var phrase, last []string // the words before, as many as the phrase has
	singly(strings.Join(words, " "), func(word string, _, _ int) bool {
		phrase = append(phrase, word)
		return true
	})
	var starts []int
	const often = 1 << 10 // words after which it looks whether anybody waits
	n := 0
	singly(text, func(word string, start, end int) bool {
		if n++; n%often == 0 && ctx.Err() != nil {
			return false
		}
		if last, starts = append(last, word), append(starts, start); len(last) > len(phrase) {
			last, starts = last[1:], starts[1:]
		}
		if slices.Equal(last, phrase) {
			at = stretch{starts[0], end}
		}
		return at.end == 0
	})
	return at
}

// singly calls f with the words of text, folded and [alike], and where each stands, until it returns false: with each character of
// Chinese, Japanese and Korean.
func singly(text string, f func(word string, start, end int) bool) {
	xapian.Words(text, true, func(word string, start, end int) bool {
		if first, n := utf8.DecodeRuneInString(word); xapian.IsCJK(first) && n < len(word) { // a pair
			return true
		}
		if strings.HasSuffix(word, "σ") { // which is ς at the end of a word, and Fold knows it from capitals
			word = text[start:end]
		}
		return f(alike(xapian.Fold(word)), start, end)
	})
}
