package search

import (
	"errors"
	"slices"
	"strconv"
	"strings"
	"sync"

	"golang.org/x/text/unicode/norm"

	"samizdat/internal/xapian"
)

// Where an archive has its databases, and what they are. libzim, "xapianHandler".
const (
	FulltextPath = "fulltext/xapian" // in namespace X
	TitlePath    = "title/xapian"
	DatabaseType = "application/octet-stream+xapian"
)

// anchor begins every title in the title database, so that a query can ask for titles that begin with its words.
const anchor = "0posanchor"

// Names of the texts about a database. The last two are ours: the languages whose stems are in a mixed index, with spaces,
// and what of a page is in it, if not all.
const (
	metaLanguage  = "language"
	metaStopwords = "stopwords"
	metaValues    = "valuesmap"
	metaStems     = "stems"
	metaText      = "text"

	textMain = "main" // the <main>
)

// Slots of values, as metaValues says.
const (
	slotTitle  = 0
	slotTarget = 1 // title database: the path, or where a redirect leads
	slotWords  = 1 // full text: number of words
)

// noLanguage as a database's language makes Kiwix look for words as they are typed.
const noLanguage = "none"

// Terms that no text gives, since words are in lower case: they filter, and count for no weight.
const (
	termLanguage = "L"  // and the language's BCP 47 tag
	termSection  = "XS" // and the section's name
)

// Lengths in bytes of the longest word that is indexed: of a title, as libzim 9 does, and of a text, as Xapian does.
const (
	maxTitleWord = 240
	maxTextWord  = 64
)

// IndexOptions says what an [Indexer] makes. Nil means the zero value.
type IndexOptions struct {
	// Language is that of all pages, in ISO 639-3 as in M/Language. The index is then made as libzim makes it: words
	// become stems, if Xapian has a stemmer for the language.
	Language string
	// Mixed says that pages have languages of their own. Words then stand in the index as they are, folded and not, so that
	// Kiwix finds them in any language, and what a word becomes in the page's language stands beside it with a Z before, which our
	// reader asks for too. Of pages only the <main> is meant to be given ([ReadMain]). Language is not looked at.
	Mixed bool
	// NGrams cuts Chinese, Japanese and Korean as libzim 9 does, not as libzim 8; see [xapian.Words]. The runs that are cut stand beside
	// the pieces, so that libzim 8, which does not cut what it looks for, finds what it finds in archives of its own.
	NGrams bool
	// MemoryLimit and Spill are those of [xapian.WriterOptions], for each of the two databases.
	MemoryLimit int
	Spill       func() (xapian.Spill, error)
}

// Entry is one entry of the archive that goes into an index.
type Entry struct {
	Path     string // in namespace C
	Title    string
	Front    bool   // a front article: its title is indexed
	Target   string // of a redirect: the path it leads to
	Page     *Page  // its text; nil for what is no page
	Language string // BCP 47, for a mixed index; empty if it is not known
	Section  string // for filters; may be empty
}

// Indexer makes the two databases of an archive. [Indexer.Prepare] may be called concurrently; Add may not.
type Indexer struct {
	opts     IndexOptions
	stem     func(string) string
	fulltext *xapian.Writer
	title    *xapian.Writer
	stems    []string // languages in a mixed index

	mu    sync.Mutex
	texts []*xapian.Generator // for texts, not in use; they remember stems from page to page
}

// NewIndexer returns an indexer.
func NewIndexer(opts *IndexOptions) *Indexer {
	x := &Indexer{}
	if opts != nil {
		x.opts = *opts
	}
	if x.opts.Mixed {
		x.opts.Language = noLanguage
	}
	fulltext := map[string]string{
		metaValues: "title:0;wordcount:1;geo.position:2", "kind": "fulltext", "data": "fullPath", metaLanguage: x.opts.Language,
	}
	if x.opts.Mixed {
		fulltext[metaText] = textMain
	}
	x.stem = xapian.Stemmer(x.opts.Language)
	x.fulltext = x.writer(fulltext)
	x.title = x.writer(map[string]string{
		metaValues: "title:0;targetPath:1", "kind": "title", "data": "fullPath", metaLanguage: x.opts.Language,
	})
	return x
}

func (x *Indexer) writer(metadata map[string]string) *xapian.Writer {
	return xapian.NewWriter(&xapian.WriterOptions{Metadata: metadata, MemoryLimit: x.opts.MemoryLimit, Spill: x.opts.Spill})
}

// Prepared is an entry's part of the index.
type Prepared struct {
	fulltext, title *xapian.Document
	language        string
}

// Prepare makes the terms of e.
func (x *Indexer) Prepare(e Entry) *Prepared {
	p := &Prepared{language: e.Language}
	folded := xapian.Fold(e.Title)
	if e.Front {
		p.title = x.titleDocument(e, folded)
	}
	if e.Page != nil && e.Page.Text != "" && !e.Page.NoIndex {
		p.fulltext = x.textDocument(e, folded)
	}
	return p
}

// titleDocument is what libzim's XapianIndexer::indexTitle makes.
func (x *Indexer) titleDocument(e Entry, folded string) *xapian.Document {
	var l xapian.TermList
	if folded != "" {
		g := xapian.Generator{Stem: x.stem, Strategy: xapian.StemSome, MaxBytes: maxTitleWord, NGrams: x.opts.NGrams, Place: true}
		g.Add(&l, anchor+" "+folded, 1)
		if l.Len() == 1 { // only punctuation: the title is a word of its own
			l = xapian.TermList{}
			if len(folded) <= maxTitleWord {
				l.Add(folded, 1)
			}
		} else if x.opts.Mixed {
			addForms(&l, folded, e.Language, x.opts.NGrams, 1)
		}
	}
	target := e.Target
	if target == "" {
		target = e.Path
	}
	return &xapian.Document{
		Data:   "C/" + e.Path,
		Values: []xapian.Value{{Slot: slotTitle, Text: e.Title}, {Slot: slotTarget, Text: target}},
		Terms:  l.Terms(),
	}
}

// textDocument is what libzim's IndexTask makes.
func (x *Indexer) textDocument(e Entry, foldedTitle string) *xapian.Document {
	const keywordWeight = 3
	text, keywords := xapian.Fold(e.Page.Text), xapian.Fold(e.Page.Keywords)
	titleWeight := uint32(len(text)/500 + 1)
	var l xapian.TermList
	g := x.textGenerator()
	defer x.release(g)
	for _, part := range []struct {
		folded, written string
		weight          uint32
	}{{text, e.Page.Text, 1}, {foldedTitle, e.Title, titleWeight}, {keywords, e.Page.Keywords, keywordWeight}} {
		g.Add(&l, part.folded, part.weight)
		if x.opts.Mixed {
			addWritten(&l, part.written, part.weight)
			addForms(&l, part.folded, e.Language, x.opts.NGrams, part.weight)
		}
	}
	if e.Language != "" {
		l.Add(termLanguage+e.Language, 0)
	}
	if e.Section != "" {
		l.Add(termSection+e.Section, 0)
	}
	return &xapian.Document{
		Data:   "C/" + e.Path,
		Values: []xapian.Value{{Slot: slotTitle, Text: foldedTitle}, {Slot: slotWords, Text: strconv.Itoa(countWords(e.Page.Text))}},
		Terms:  l.Terms(),
	}
}

// textGenerator returns a generator for the text of one page, which is nobody else's until it is released.
func (x *Indexer) textGenerator() *xapian.Generator {
	x.mu.Lock()
	defer x.mu.Unlock()
	n := len(x.texts)
	if n == 0 {
		return &xapian.Generator{Stem: x.stem, Strategy: xapian.StemAll, NGrams: x.opts.NGrams}
	}
	g := x.texts[n-1]
	x.texts = x.texts[:n-1]
	return g
}

func (x *Indexer) release(g *xapian.Generator) {
	x.mu.Lock()
	defer x.mu.Unlock()
	x.texts = append(x.texts, g)
}

// addWritten adds the words of text that folding changes, as they are written, in lower case: before 8.2.1, libzim does not fold
// what it looks for in texts, and so would find no word with й or é (openzim/libzim#804).
func addWritten(l *xapian.TermList, text string, weight uint32) {
	xapian.Words(norm.NFC.String(text), false, func(word string, _, _ int) bool {
		if len(word) <= maxTextWord && xapian.Fold(word) != word {
			l.Add(word, weight)
		}
		return true
	})
}

// addForms adds the terms of what the words of text become in their language.
func addForms(l *xapian.TermList, text, language string, ngrams bool, weight uint32) {
	tag := baseLanguage(language)
	forms := formsOf(tag)
	if forms == nil {
		return
	}
	of := inflection{tag, forms}
	memo := map[string][]string{}
	xapian.Words(text, ngrams, func(word string, _, _ int) bool {
		list, ok := memo[word]
		if !ok {
			list = of.terms(word)
			memo[word] = list
		}
		for _, term := range list {
			if len(term) <= maxTitleWord {
				l.Add(term, weight)
			}
		}
		return true
	})
}

// countWords counts as libzim does: what is between white space.
func countWords(text string) int {
	n := 0
	space := true
	for _, c := range []byte(text) {
		before := space
		if space = isSpace(c); before && !space {
			n++
		}
	}
	return n
}

// Add adds a prepared entry. The order of the calls is that of the documents, and decides the databases' bytes.
func (x *Indexer) Add(p *Prepared) error {
	if p.title != nil {
		if err := x.title.Add(*p.title); err != nil {
			return err
		}
	}
	if p.fulltext == nil {
		return nil
	}
	if x.opts.Mixed && formsOf(p.language) != nil {
		if tag := baseLanguage(p.language); !slices.Contains(x.stems, tag) {
			x.stems = append(x.stems, tag)
		}
	}
	return x.fulltext.Add(*p.fulltext)
}

// Databases finishes the databases and returns them; one without documents is nil. Close the indexer when they are
// written.
func (x *Indexer) Databases() (fulltext, title *xapian.Writer, err error) {
	slices.Sort(x.stems)
	for _, w := range []*xapian.Writer{x.fulltext, x.title} {
		if len(x.stems) > 0 {
			w.SetMetadata(metaStems, strings.Join(x.stems, " "))
		}
		if w.Len() == 0 {
			continue
		}
		if _, err := w.Finish(); err != nil {
			return nil, nil, err
		}
	}
	if fulltext = x.fulltext; fulltext.Len() == 0 {
		fulltext = nil
	}
	if title = x.title; title.Len() == 0 {
		title = nil
	}
	return fulltext, title, nil
}

// Close removes temporary files.
func (x *Indexer) Close() error { return errors.Join(x.fulltext.Close(), x.title.Close()) }
