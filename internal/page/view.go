package page

import "samizdat/internal/markup"

// Item is one thing in a dossier: a text in full, or the name or address of something that is elsewhere. Strings that
// are empty were not stated; pages say so instead of leaving a gap.
type Item struct {
	ID            string
	Path          string // of its page in the main language, relative to the archive's root
	Kind          string // statement, article, video, map, feed, person, image, audio, document
	Title         string
	Lang          string // BCP 47 of title and text; empty means the site's
	Author        string
	Publisher     string
	Address       string // where it was found on the internet
	Date          string // ISO 8601: year, month, day, "01-06" for a day without a year
	DateText      string // the date as the source writes it; empty means Date in words
	DateFrom      string // where the source gives it: text, address, note
	Status        string // full, captured, linked, named
	Note          string // what the source says about it, verbatim; paragraphs are separated by an empty line
	EditorNote    string // what the editor adds, in the dossier's language
	TranslationOf Link   // the item that it was translated from
	Translation   bool   // whether to say something about that even if the source does not name one

	Body       markup.Node // the text of a statement or of a captured article; nil if there is none
	SHA256     string      // of the text, in hexadecimal: its paragraphs joined by an empty line
	Record     []Row       // further rows for the technical record
	Spoken     []Transcript
	FromSource bool // the text stands in the dossier's source document, or is said to
	Files      []File
	Removed    []string // what was taken out of its files: the ends of keys of messages that begin with "trace."
	Untouched  bool     // one of its files keeps what it tells of its makers, as the editor wished
	Capture    *Capture // how it was taken from the web; nil if it was not
	Attempt    *Attempt // the last try to take it; nil if there was none
	Position   int      // in the dossier, from 1
	Total      int
	Prev       *Link
	Next       *Link
}

// Capture is how a page was taken from the web, and what of it is here. The text, if there is one, is the item's Body.
type Capture struct {
	At          string // RFC 3339
	By          string // as they want to be named
	Method      string // http, chrome, import:wacz, import:warc, import:singlefile, import:mhtml, import:folder, manual
	Tool        string
	Imported    string // name of the file of another tool that it came from; empty if it was not imported
	Status      int    // of HTTP; 0 when not known
	ContentType string
	FinalURL    string
	Redirects   []string
	ServerIP    string
	TLSSHA256   string
	RecordID    string
	ArchivedAt  string
	Stripped    []string // what was taken out, in the words of whoever did
	Removed     []string // what was taken out since, as in [Item]
	Fetched     int      // pieces that came, the page among them; 0 when not known
	NoRobots    bool     // the site's robots.txt was not asked
	Cookies     bool     // the editor's were sent
	Missing     []Missing
	NoFilm      bool              // the film that the page is there for is among Missing
	Digests     map[string]string // hexadecimal SHA-256 by name: original, imported, record, text, snapshot, evidence
	Page        string            // path of the page that shows the snapshot; empty if there is none
	Snapshot    string            // reference to the snapshot itself, from the archive's root
	Screenshot  *File             // nil if there is none
	Evidence    *File             // without a path if only its digest is here; nil if there is none
}

// Attempt is a capture that failed.
type Attempt struct {
	At     string // RFC 3339
	Reason string // as the capture noted it; may be empty
}

// Missing is a piece of a captured page that is not there.
type Missing struct {
	URL    string
	Reason string // as the capture noted it; may be empty
}

// Link returns the link to the item's page.
func (it *Item) Link() Link { return Link{Path: it.Path, Title: it.Title, Lang: it.Lang} }

// Prose is a text of the dossier itself. The zero value is none.
type Prose struct {
	Body markup.Node
	Lang string // BCP 47; empty means the site's
}

// File is a file of an item, or of the dossier.
type File struct {
	Name   string // as it is shown
	Path   string // relative to the archive's root
	MIME   string
	Size   int64  // bytes
	SHA256 string // in hexadecimal
	Title  string // what it shows, for those who cannot see it
	Role   string // media, poster, captions, transcript, attachment; empty means media
	Lang   string // BCP 47, of captions and transcripts; may be empty

	Width, Height           int    // of a picture, in pixels; 0 when not known
	Small                   string // reference to what is shown of a picture where there are many, from the archive's root; empty: nothing
	SmallWidth, SmallHeight int    // of that, in pixels; 0 when not known
}

// Transcript is what is said in a recording.
type Transcript struct {
	Body markup.Node
	Lang string // BCP 47; empty means the item's
}

// Section is one of the parts of a dossier.
type Section struct {
	ID    string // fragment on contents.html
	Title string
	Lead  markup.Node // may be nil
	Items []*Item
}

// Event is something that happened, at a time that the source names.
type Event struct {
	Date     string // as in [Item]
	DateText string
	DateFrom string
	Text     string
	Lang     string
	Source   Link // where it is said
	Earlier  bool // before what the dossier is about, and only named by it
}

// Edition is one state of the dossier.
type Edition struct {
	Number int
	Date   string
	Note   string
}

// OutsideAddress is an address on the internet and the pages that name it.
type OutsideAddress struct {
	URL   string
	Named []Link
}

// CoverView is what the cover shows.
type CoverView struct {
	Lead      Prose  // the introduction: paragraphs
	Begin     Link   // where reading begins
	Sections  []Link // with their counts in Counts
	Counts    []int
	From, To  string   // ISO 8601: of the events; To may be empty
	Languages []string // BCP 47, of the content
	Edition   Edition
}

// ContentsView is what the table of contents shows.
type ContentsView struct {
	Introduction Prose
	Closing      Prose
	Sections     []Section
	Source       *SourceView // may be nil
	SourcePage   string      // path of its page; empty if it has none, and the link leads to the file
	EditorNotes  []string
}

// TimelineView is what the timeline shows.
type TimelineView struct {
	Events  []Event // in order; the earlier ones are put apart
	Undated []*Item
}

// AboutView is what the page about the archive shows.
type AboutView struct {
	Description string
	Creator     string
	Publisher   string
	License     string
	Rights      Prose
	Edition     int
	Editions    []Edition // as they shall be listed
	Source      *SourceView
	SourcePage  string // as in [ContentsView]
}

// SourceView is the document that the dossier was made from.
type SourceView struct {
	File
	Lang string
	Text string // whole, as it stands
}
