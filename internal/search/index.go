package search

import (
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"samizdat/internal/seal"
	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// ErrNoIndex means that an archive has no database of the kind that is asked for.
var ErrNoIndex = errors.New("the archive has no search index")

// Index is what an archive has to search in. It may be used concurrently, for as long as the archive.
type Index struct {
	archive  *zim.Reader
	fulltext *database // nil if there is none
	title    *database
	damage   atomic.Pointer[damage] // what turned out while it was searched, or when it was opened

	languages, sections choices
}

// damage is why an index is not searched any more.
type damage struct{ err error }

// database is one of the two databases, with what words become in it.
type database struct {
	*xapian.Database
	stem  func(string) string // nil: words are as they are
	forms []inflection        // of a mixed index
	stop  map[string]bool
	turns bool              // forms of a word may begin with other letters
	read  func([]byte) Page // what of a page is in it

	damaged atomic.Bool // it turned out while it was searched
}

// OpenIndex opens the databases of an archive; reading them is left for later. An archive without any gives an index
// that finds nothing, and [Index.Has] tells. A database that is damaged is left out, and an error beside the index, which
// can be used all the same.
func OpenIndex(z *zim.Reader) (*Index, error) {
	x := &Index{archive: z}
	var errs [2]error
	x.fulltext, errs[0] = openDatabase(z, FulltextPath)
	x.title, errs[1] = openDatabase(z, TitlePath)
	if err := cmp.Or(errs[0], errs[1]); err != nil {
		x.damage.Store(&damage{err})
	}
	return x, x.Damage()
}

// Has reports whether the archive's texts, and its titles, can be searched by an index.
func (x *Index) Has() (fulltext, titles bool) { return x.texts() != nil, x.titles() != nil }

// Damage returns why a database of the archive is not searched: what was wrong when it was opened, or what [Find] or [Suggest]
// met since; nil if nothing is wrong so far.
func (x *Index) Damage() error {
	if d := x.damage.Load(); d != nil {
		return d.err
	}
	return nil
}

// texts returns the database of the texts; nil if there is none that can be searched.
func (x *Index) texts() *database { return x.sound(x.fulltext) }

// titles returns the database of the titles; nil if there is none that can be searched.
func (x *Index) titles() *database { return x.sound(x.title) }

//go:noinline
func (x *Index) sound(d *database) *database {
	if d == nil || d.damaged.Load() {
		return nil
	}
	return d
}

// oldPaths are where archives before the new namespaces have their databases, as namespace and path. libzim, "findx".
var oldPaths = map[string]string{FulltextPath: "fulltextIndex/xapian", TitlePath: ""}

func openDatabase(z *zim.Reader, path string) (*database, error) {
	e, err := z.Entry(zim.NamespaceIndex, path)
	if old := oldPaths[path]; errors.Is(err, fs.ErrNotExist) && old != "" {
		if e, err = z.Entry('Z', "/"+old); errors.Is(err, fs.ErrNotExist) {
			e, err = z.Entry(zim.NamespaceIndex, old)
		}
	}
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, err
	}
	blob, err := e.Blob()
	if err != nil {
		return nil, err
	}
	if _, raw := blob.Section(); !raw {
		return nil, nil // no program reads one in a compressed cluster
	}
	db, err := xapian.Open(blob, blob.Size())
	if errors.Is(err, xapian.ErrNotXapian) && !isDamage(err) {
		return nil, nil // of another backend: as if there were none
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	d := &database{Database: db}
	if err := d.readMetadata(z); err != nil { // half of it is not to be searched in
		return nil, fmt.Errorf("%s: %w", path, err)
	}
	return d, nil
}

// spoiled reports whether err is about one of indexes whose bytes are wrong. That one counts as without databases from then on, so
// that the archives beside it are searched all the same, and the search can be made again.
func spoiled(indexes []*Index, err error) bool {
	var index *IndexError
	if !errors.As(err, &index) || !isDamage(err) {
		return false
	}
	x := indexes[index.Index]
	x.damage.CompareAndSwap(nil, &damage{index.Err})
	for _, d := range []*database{x.fulltext, x.title} {
		if d != nil {
			d.damaged.Store(true)
		}
	}
	return true
}

// isDamage reports whether err says that bytes are wrong, as against a disk that cannot be read.
func isDamage(err error) bool {
	var index *xapian.FormatError
	var archive *zim.FormatError
	var block *seal.BlockError
	return errors.As(err, &index) || errors.As(err, &archive) || errors.As(err, &block)
}

// readMetadata finds out what words become.
func (d *database) readMetadata(z *zim.Reader) error {
	language, err := d.Metadata(metaLanguage)
	if err != nil {
		return err
	}
	if language == "" { // libzim before 2017; its words were stemmed all the same
		if b, err := z.Metadata("Language"); err == nil {
			language = string(b)
		}
	}
	language = strings.ToLower(language)
	d.stem, d.turns = xapian.Stemmer(language), turnsWords(language)
	stop, err := d.Metadata(metaStopwords)
	if err != nil {
		return err
	}
	d.stop = map[string]bool{}
	for word := range strings.FieldsSeq(stop) {
		d.stop[word] = true
	}
	text, err := d.Metadata(metaText)
	if err != nil {
		return err
	}
	if d.read = ReadHTML; text == textMain {
		d.read = ReadMain
	}
	stems, err := d.Metadata(metaStems)
	if err != nil {
		return err
	}
	for tag := range strings.FieldsSeq(stems) {
		if forms := formsOf(tag); forms != nil && len(d.forms) < maxLanguages {
			d.forms = append(d.forms, inflection{tag, forms})
			d.turns = d.turns || turnsWords(tag)
		}
	}
	return nil
}

// turnsWords reports whether the stemmer of a language changes the letters that words begin with: Irish takes gcrann to crann.
func turnsWords(language string) bool {
	return slices.Contains([]string{"ga", "gle", "ta", "tam"}, language)
}

// maxLanguages bounds how many forms a word is looked for in.
const maxLanguages = 16

// MaxChoices bounds the lists that a search can be narrowed by: one of so many may not be whole.
const MaxChoices = 100

// Languages returns the languages (BCP 47) that a search can be narrowed to, sorted; none if the index does not say.
func (x *Index) Languages() []string { return x.languages.of(x, termLanguage) }

// Sections returns the sections that a search can be narrowed to, sorted; none if the index does not say.
func (x *Index) Sections() []string { return x.sections.of(x, termSection) }

// choices is a list that is read once: every page with the form has it.
type choices struct {
	once sync.Once
	list []string
}

func (c *choices) of(x *Index, prefix string) []string {
	c.once.Do(func() {
		if x.fulltext == nil {
			return
		}
		for f, err := range x.fulltext.Terms(prefix) {
			if err != nil { // half a list says what is not so
				c.list = nil
				_ = spoiled([]*Index{x}, inIndex(0, err))
				return
			}
			if len(c.list) == MaxChoices {
				return
			}
			c.list = append(c.list, strings.TrimPrefix(f.Term, prefix))
		}
	})
	return slices.Clone(c.list)
}

// written returns value as the list has it, whatever its capitals.
func (c *choices) written(x *Index, prefix, value string) string {
	for _, v := range c.of(x, prefix) {
		if strings.EqualFold(v, value) {
			return v
		}
	}
	return value
}
