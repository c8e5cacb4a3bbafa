// Package compile turns a loaded dossier into the ordered list of entries that an archive of it holds: media, pages,
// the stylesheet, a record for each item, the source document, the pages in further languages, and the metadata. It decides what is where; how a page
// looks is the business of package page, how an archive is written that of package zim.
//
// It is pure: the same dossier gives the same list with the same bytes. Nothing is read but the dossier's own folder,
// no clock, no environment.
package compile

import (
	"errors"
	"io"
	"path"
	"slices"
	"strings"

	"samizdat/internal/dossier"
	"samizdat/internal/page"
)

// Archive is what an archive shall hold. Entries are in the order in which they should be written: media first.
type Archive struct {
	Entries  []Entry
	Metadata []Metadatum
	MainPage string   // path of one of Entries
	Media    []Medium // photos, films and PDF files that tell of their makers, in the order of the manifest
	Warnings dossier.Problems
}

// Entry is one file of an archive. It has either Data or Open.
type Entry struct {
	Path     string // relative, slash-separated, not percent-encoded
	Title    string // "" is the path
	MIMEType string
	Front    bool   // a page that a reader can be sent to: listed by title, suggested, opened at random
	Store    bool   // is not to be compressed
	Size     int64  // bytes; 0 for a page that is only made when it is opened
	Lang     string // BCP 47: of what a front page says; the frame's if that is not known
	Section  string // title of the section of an item's page
	Data     []byte
	Open     func() (io.ReadCloser, error) // for files of the dossier, and pages in further languages; the caller closes
}

// Metadatum is one metadata entry.
type Metadatum struct {
	Name  string // like "Title"
	Value []byte
}

// Options say what the archive will have besides its entries. Nil means the zero value.
type Options struct {
	Indexed bool     // databases to search in, which catalogues want to be told of
	Keep    []string // ids of items whose media keep what they tell of their makers
}

// Dossier returns the archive of d. What is wrong with its texts is a [dossier.Problems] with all of it; other errors
// name the file that could not be read.
func Dossier(d *dossier.Dossier, opts *Options) (*Archive, error) {
	if opts == nil {
		opts = &Options{}
	}
	c := newCompiler(d)
	if err := c.scrub(opts.Keep); err != nil {
		return nil, err
	}
	if err := errors.Join(c.measure(), c.evidence()); err != nil {
		return nil, err
	}
	c.items()
	c.sections()
	if err := c.source(); err != nil {
		return nil, err
	}
	c.media()
	c.thumbnails()
	c.captures(true)
	c.pages(d.UI[0], true)
	c.sourceFile()
	c.add(Entry{Path: page.StylePath, MIMEType: "text/css", Data: page.Style()})
	c.captures(false)
	if err := c.records(); err != nil {
		return nil, err
	}
	for _, lang := range d.UI[1:] {
		c.pages(lang, false)
	}
	illustration, err := c.illustration()
	if err != nil {
		return nil, err
	}
	c.archive.Metadata = metadata(d, opts.Indexed, illustration)
	c.archive.MainPage = page.CoverPath
	c.unique()
	if len(c.problems) > 0 {
		return nil, c.problems
	}
	return &c.archive, nil
}

// compiler carries what the steps share. It is the same for all languages of the frame; see [pages].
type compiler struct {
	d       *dossier.Dossier
	site    page.Site // without its language
	archive Archive

	problems     dossier.Problems
	views        []*page.Item // without their texts
	viewOf       map[*dossier.Item]*page.Item
	sectionViews []page.Section
	sourceView   *page.SourceView // nil if there is no source document
	outside      addresses
	scrubbed     map[string]*medium // by file
	turned       map[string]int     // by file: see [scrub.File]
	pictures     map[string]picture // by file
	offered      map[*dossier.Item]*offered
}

func newCompiler(d *dossier.Dossier) *compiler {
	c := &compiler{
		d:      d,
		site:   page.Site{Title: d.Title, Lang: d.Lang, Languages: d.UI},
		viewOf: map[*dossier.Item]*page.Item{},

		scrubbed: map[string]*medium{}, turned: map[string]int{}, pictures: map[string]picture{}, offered: map[*dossier.Item]*offered{},
	}
	if len(d.Timeline) == 0 {
		c.site.Without = append(c.site.Without, page.TimelinePath)
	}
	if !slices.ContainsFunc(d.Items(), onMediaPage) {
		c.site.Without = append(c.site.Without, page.MediaPath)
	}
	return c
}

// onMediaPage reports whether an item is shown on the media page: everything but texts, and texts with pictures or recordings of ours.
func onMediaPage(it *dossier.Item) bool {
	return it.Kind != dossier.KindStatement && it.Kind != dossier.KindArticle || slices.ContainsFunc(it.Media, func(m dossier.MediaFile) bool {
		kind, _, _ := strings.Cut(m.Type, "/")
		return m.Role == "media" && (kind == "image" || kind == "video" || kind == "audio")
	})
}

func (c *compiler) add(e Entry) {
	if e.Data != nil {
		e.Size = int64(len(e.Data))
	}
	c.archive.Entries = append(c.archive.Entries, e)
}

// files returns the files that travel under their own names: the media of all items, in the order of the manifest. For
// those of captures see [compiler.captures].
func (c *compiler) files() []dossier.MediaFile {
	var all []dossier.MediaFile
	for _, it := range c.d.Items() {
		all = append(all, it.Media...)
	}
	return all
}

// media adds the files, scrubbed, in the order of the manifest. New ones should be listed last: an edition that adds
// one then leaves the others where they were.
func (c *compiler) media() {
	seen := map[string]bool{}
	for _, m := range c.files() {
		if seen[m.File] { // two items may show the same file
			continue
		}
		seen[m.File] = true
		if m.Size == 0 {
			c.problems = append(c.problems, dossier.Problem{File: m.File, Message: "the file is empty", Hint: "restore it, or take it off the list of media"})
		}
		size, _ := c.packed(m.File, m.Size, m.SHA256)
		c.add(Entry{Path: m.File, Title: m.Title, MIMEType: m.Type, Store: true, Size: size, Open: c.open(m.File)})
	}
}

// source reads the source document, if there is one.
func (c *compiler) source() error {
	doc := c.d.SourceDocument
	if doc == nil {
		return nil
	}
	text, err := c.sourceText()
	if err != nil {
		return err
	}
	c.sourceView = &page.SourceView{
		File: page.File{Name: path.Base(doc.File), Path: reference(doc.File), MIME: doc.Type, Size: doc.Size, SHA256: doc.SHA256},
		Lang: c.d.Lang,
		Text: text,
	}
	return nil
}

// sourceFile adds the source document as it is.
func (c *compiler) sourceFile() {
	doc := c.d.SourceDocument
	if doc == nil {
		return
	}
	c.add(Entry{
		Path: reference(doc.File), MIMEType: doc.Type, Size: doc.Size,
		Open: func() (io.ReadCloser, error) { return c.d.FS.Open(doc.File) },
	})
}

// unique finds two entries at one path, like a media file in the dossier's root that is called as one of the pages.
func (c *compiler) unique() {
	seen := map[string]bool{}
	for i := range c.archive.Entries {
		p := c.archive.Entries[i].Path
		if seen[p] {
			c.problems = append(c.problems, dossier.Problem{File: p, Message: "the archive has another file of this name", Hint: "rename the file"})
		}
		seen[p] = true
	}
}
