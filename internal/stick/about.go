package stick

import (
	"encoding/json"
	"fmt"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"samizdat/internal/command"
	"samizdat/internal/markup"
	"samizdat/internal/messages"
	"samizdat/internal/seal"
)

// about is what the pages of the stick say.
type about struct {
	opts        *Options
	key         *seal.Key // that sealed the archive, or nil
	title       string    // of the archive
	description string
	edition     string // number, or nothing
	date        string // YYYY-MM-DD, or nothing
	lang        string // of title and description, BCP 47
	source      *source
	programs    []*file
	guides      []guide // the archive's main language first
	chapters    []chapter
	notes       []string
}

// chapter is a text that stands in full on the start page.
type chapter struct {
	id    string
	title string
	lang  string
	body  markup.Node
}

const (
	maxMetadata = 4 << 10  // bytes
	maxChapters = 1000     // texts on the start page
	maxAllText  = 16 << 20 // bytes of the pages they are taken from
)

// readAbout gathers what the pages say.
func readAbout(opts *Options, s *source, programs []*file, key *seal.Key) (*about, error) {
	a := &about{opts: opts, source: s, programs: programs, key: key}
	a.title = a.metadata("Title")
	if a.title == "" {
		a.title = command.Printable(opts.Name)
	}
	a.description, a.edition, a.date = a.metadata("Description"), a.metadata("X-Edition"), a.metadata("Date")
	a.lang = messages.For(a.metadata("Language")).Lang()
	if err := a.readGuides(); err != nil {
		return nil, err
	}
	if a.metadata("Scraper") == scraperOfOurs {
		if err := a.readTexts(); err != nil {
			return nil, command.Errorf("take the texts for %s: %w", startPage, err)
		}
	}
	if len(a.chapters) == 0 {
		a.notes = append(a.notes, command.Sprintf("%s holds no texts: the archive is not a dossier that samizdat-press made", startPage))
	}
	return a, nil
}

// scraperOfOurs is M/Scraper of dossiers, whose pages have a known form.
const scraperOfOurs = "samizdat-press"

// metadata returns an entry of the archive's metadata as one line, with what would move or hide other text written as
// escapes; what is too long or no text counts as missing.
func (a *about) metadata(name string) string {
	e, err := a.opts.Zim.Entry('M', name)
	if err != nil {
		return ""
	}
	b, err := e.ReadAll(maxMetadata)
	if err != nil || !utf8.Valid(b) {
		return ""
	}
	return command.Printable(strings.Join(strings.Fields(string(b)), " "))
}

// readGuides chooses the languages: those of the archive's frame that there is a guide in, and English if there is
// none.
func (a *about) readGuides() error {
	ui := strings.Split(a.metadata("X-UI"), ",")
	if ui[0] == "" {
		ui = []string{a.lang, "en"}
	}
	var langs []string
	for _, tag := range ui {
		lang := messages.For(strings.TrimSpace(tag)).Lang()
		if !slices.Contains(langs, lang) {
			langs = append(langs, lang)
		}
	}
	for _, lang := range langs {
		g, err := readGuide(lang)
		if err != nil {
			return err
		}
		a.guides = append(a.guides, g)
	}
	return nil
}

// readTexts takes the introduction, every text that the dossier holds in full, and the closing words, from the pages in
// the archive's main language and in the order of its contents.
func (a *about) readTexts() error {
	const contents = "contents.html"
	t := &text{pages: map[string]string{}, ids: map[string]bool{}}
	left := int64(maxAllText)
	root, err := a.pageMain(contents, &left)
	if err != nil {
		return err
	}
	records := a.inFull(root)
	for _, r := range records {
		t.pages[r.Page] = strings.TrimSuffix(r.Page, path.Ext(r.Page)) + "-"
	}
	a.words(t, root, contents, "introduction")
	for _, r := range records {
		main, err := a.pageMain(r.Page, &left)
		if err != nil {
			return err
		}
		article := main.find(element("article"))
		if article == nil {
			return fmt.Errorf("%s has no article", r.Page)
		}
		id := strings.TrimSuffix(t.pages[r.Page], "-")
		t.ids[id] = true
		lang := article.attr("lang")
		if lang == "" {
			lang = a.guides[0].lang
		}
		a.chapters = append(a.chapters, chapter{id: id, title: command.Printable(r.Title), lang: lang, body: t.nodes(article, r.Page, 1)})
	}
	a.words(t, root, contents, "closing")
	return nil
}

// words adds the section of the contents page that has a heading with the id.
func (a *about) words(t *text, main *node, page, id string) {
	heading := main.find(func(n *node) bool { return n.name == "h2" && n.attr("id") == id })
	if heading == nil || heading.parent == nil {
		return
	}
	lang := a.guides[0].lang
	body := t.nodes(heading.parent, page, 0)
	title := heading.words()
	a.chapters = append(a.chapters, chapter{id: id, title: command.Printable(title), lang: lang, body: body})
}

// pageMain returns <main> of a page of the archive. left is how many bytes may still be read.
func (a *about) pageMain(name string, left *int64) (*node, error) {
	e, err := a.opts.Zim.Entry('C', name)
	if err != nil {
		return nil, err
	}
	b, err := e.ReadAll(min(maxText, *left))
	if err != nil {
		return nil, err
	}
	*left -= int64(len(b))
	root, err := parse(b)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	main := root.find(element("main"))
	if main == nil {
		return nil, fmt.Errorf("%s has no main part", name)
	}
	return main, nil
}

// record is what is read of an item's record; docs/dossier.md describes the form.
type record struct {
	Page, Title, Status string
}

// inFull returns the records of the items whose text the dossier holds, in the order of the contents page.
func (a *about) inFull(contents *node) []record {
	byPage := map[string]record{}
	for e, err := range a.opts.Zim.Entries() {
		if err != nil || e.Namespace() != 'C' || !strings.HasPrefix(e.Path(), "records/") || e.IsRedirect() {
			continue
		}
		b, err := e.ReadAll(1 << 20)
		if err != nil {
			continue
		}
		var r record
		if json.Unmarshal(b, &r) == nil && r.Status == "full" {
			byPage[r.Page] = r
		}
	}
	var records []record
	for n := range contents.all() {
		if n.name != "a" {
			continue
		}
		r, ok := byPage[n.attr("href")]
		if ok && len(records) < maxChapters {
			delete(byPage, r.Page)
			records = append(records, r)
		}
	}
	return records
}
