// Package dossier is the model of a dossier: the papers in a folder that people write, read into Go values
// and checked. [Load] reads a folder, reports every problem with file, line and column, and returns a
// [Dossier] in which everything the pages need is resolved.
//
// It renders nothing and writes nothing: package compile turns a Dossier into pages, package pack into an
// archive. What each field of the manifest means is written in docs/dossier.md; a test compares the two.
package dossier

import (
	"io/fs"
	"slices"
	"strings"
)

// ManifestFile is the name of the manifest, at the root of the folder.
const ManifestFile = "dossier.yaml"

// A Dossier is a loaded and checked folder. Load makes it; nobody changes it afterwards, so it may be used
// by several goroutines. Strings are UTF-8; every slice is in the order of the manifest unless it says else.
type Dossier struct {
	Format          int      // version of the manifest's format; 1
	Name            string   // stable over all editions, e.g. "kazakhstan-2022_en_all"; M/Name
	Title           string   // 1 to 30 graphemes; M/Title
	Description     string   // 1 to 80 graphemes; M/Description
	LongDescription string   // empty, or Description's length to 4000 graphemes
	Lang            string   // canonical BCP 47 tag of the dossier's own words, e.g. "en"
	Language        string   // the same as ISO 639-3, e.g. "eng"; M/Language
	UI              []string // languages of the frame, tags of [messages.Languages]; the main one first
	Creator         string
	Publisher       string
	License         string // one line; empty when the manifest gives none; M/License
	Source          string // where the whole dossier comes from, usually an address; may be empty; M/Source
	Tags            []string
	EditorNote      string // about the dossier as a whole, for the contents page; plain text, may be empty

	Edition  int       // number of this edition; one of Editions
	Date     string    // YYYY-MM-DD, the date of this edition; M/Date
	Editions []Edition // history, oldest first, the last is the current one

	Introduction *Text // nil when there is none
	Closing      *Text // nil when there is none
	Sections     []*Section
	Timeline     []Event // by date; events without a date last; see [Event]

	Illustration     []byte // PNG, 48 by 48 pixels
	IllustrationFile string
	LicenseText      *Text           // the file that says what is known of the rights (LICENSE.md); nil when there is none
	SourceDocument   *SourceDocument // nil when there is none

	FS       fs.FS    // the folder, to open Media, captures and the source document from
	Warnings Problems // what is odd but does not stop packing; all have Warning set

	byFile map[string]*Item // for Resolve
	files  map[string]bool  // media and the like, for Resolve
}

// An Edition is one line of a dossier's history.
type Edition struct {
	Number int    // 1, 2, 3 …
	Date   string // YYYY-MM-DD
	Note   string // what is new in it; plain text
}

// A Text is a piece of Markdown: the introduction, the closing words, the note on rights.
type Text struct {
	Title string // empty when the file gives none
	Lang  string // canonical BCP 47 tag
	Body  []byte // Markdown, LF line ends, no front matter
	File  string // in the folder, slash-separated
	Line  int    // 1-based line of File on which Body begins
}

// A Section is a group of items, in order.
type Section struct {
	ID    string // [a-z0-9-]+; the anchor on the contents page
	Title string // as the source or the editor writes it
	Lead  string // the source's sentence that leads to the items; plain text, may be empty
	Items []*Item
}

// An Item is one paper: a statement held in full, a captured article, or a link or name that the source gives.
// Absent facts are empty strings: a field is never filled in from elsewhere.
type Item struct {
	ID            string // [a-z0-9-]+, unique in the dossier
	Kind          Kind
	Title         string
	Author        string
	Publisher     string
	URL           string // the address the source gives; http or https
	FinalURL      string // where redirects led from there when the item was added; may be empty
	Lang          string // canonical BCP 47 tag of what is kept here: body, or title and note
	Date          string // YYYY, YYYY-MM or YYYY-MM-DD
	DateFrom      DateFrom
	DateWritten   string // the date as the source writes it, e.g. "06/01"; it may be all that is known
	Status        Status
	Note          string // what the source says about the item, word for word; plain text
	EditorNote    string // the editor's words; plain text
	TranslationOf string // the id of the item that this one translates

	Body     []byte // Markdown of a text held in full, LF line ends; nil otherwise
	BodyFile string // file of Body
	BodyLine int    // 1-based line of BodyFile on which Body begins

	Media   []MediaFile
	Capture *Capture // nil unless Status is Captured
	Attempt *Attempt // the last capture that failed; nil unless Status is Linked

	Section *Section // the section that lists the item
	Index   int      // 0-based position among all items of the dossier
	File    string   // the file that describes the item
}

// Page returns the name of the item's page in the archive: the word statement, article or media, a hyphen,
// the id, ".html". The word is not said twice: statement-1 is on statement-1.html.
func (it *Item) Page() string { return pageName(it.Kind, it.ID) }

// HasFilm reports whether one of the item's media is a film or a sound.
func (it *Item) HasFilm() bool { return slices.ContainsFunc(it.Media, MediaFile.IsFilm) }

// IsFilm reports whether the file is a film or a sound itself, and nothing that goes with one.
func (m MediaFile) IsFilm() bool {
	kind, _, _ := strings.Cut(m.Type, "/")
	return m.Role == mediaRoles[0] && (kind == "video" || kind == "audio")
}

// A MediaFile is a file that belongs to an item and travels in the archive as it is.
type MediaFile struct {
	File   string // in the folder, slash-separated
	Type   string // media type, e.g. "video/mp4"; in small letters, and what the file's own bytes do not contradict
	Title  string // may be empty
	Role   string // media, poster, captions, transcript or attachment
	Lang   string // of captions and transcripts; may be empty
	SHA256 string // lower-case hexadecimal, of the file's bytes
	Size   int64  // bytes
	From   string // address of the page that it was taken from; may be empty
	At     string // RFC 3339, UTC, when it came here; may be empty
	With   string // the program that got it, with its version; empty if a person did
}

// A Capture is the record of how a page was taken from the web, and what of it is here. Load has seen that text,
// snapshot and all they show are inert: no script, no form, no reference but to Files. See package inert.
type Capture struct {
	FinalURL    string            // where redirects led
	Redirects   []string          // addresses between Item.URL and FinalURL
	CapturedAt  string            // RFC 3339, UTC
	By          string            // who captured, as they want to be named
	Method      string            // http, chrome, import:wacz, import:warc, import:singlefile, import:mhtml, import:folder or manual
	Tool        string            // program and version
	Imported    *Import           // how it came here, if another tool captured it; otherwise nil
	HTTPStatus  int               // 0 when not known
	Fetched     int               // things that came, the page among them; 0 when not known
	Robots      string            // "ignored" if the site's robots.txt was not asked; otherwise empty
	Cookies     string            // "sent" if cookies of the editor were, "said back" if values of them came back; otherwise empty
	ContentType string            // as the server sent it
	ServerIP    string            // may be empty
	TLSSHA256   string            // of the server's certificate; may be empty
	RecordID    string            // of the WARC record that the page was taken from, "urn:uuid:…"; may be empty
	Digests     map[string]string // name (original, imported, record, text, snapshot, video, evidence) to lower-case hexadecimal SHA-256; those of files that are here always
	Text        string            // file with the readable text, HTML; may be empty
	Source      []byte            // content of Text, UTF-8, LF line ends; nil without Text
	Snapshot    *CaptureFile      // the page as it looked, HTML; nil if there is none
	Files       []CaptureFile     // what text and snapshot show, in order of their names
	Screenshot  *CaptureFile      // a picture of the page; nil if there is none
	Video       *CaptureFile      // what yt-dlp says of the film, JSON, without what it tells of the editor; nil if it was not asked
	Evidence    *CaptureFile      // the page exactly as sent (WARC, WACZ); nil if there is none
	Packed      bool              // Evidence goes into the archive, as the item says; otherwise only its digest does
	Missing     []Missing         // pieces of the page that could not be had
	Stripped    []string          // what was taken out, e.g. "GPS position"
	ArchivedAt  string            // address in a public web archive, if the editor made one
}

// An Import is how a page came here that another tool captured.
type Import struct {
	From     string   // name of the file that the tool made
	At       string   // RFC 3339, UTC
	With     string   // program and version that read the file; may be empty
	Findings []string // what was found in it: its signature, damage, bugs of the program that made it
}

// A CaptureFile is a file of a capture.
type CaptureFile struct {
	File string // in the folder, slash-separated
	Name string // the same from the folder of the item's own file: "snapshot.html", "files/photo.jpg"
	Type string // media type
	Size int64  // bytes
}

// What the reason of a missing film begins with.
const (
	noFilm    = "no film"
	NoFilm    = noFilm + ": "
	NoFilmNow = noFilm + " now, the one that is here came before: " // an earlier capture got it
)

// Missing is a piece of a captured page that is not there.
type Missing struct {
	URL    string `json:"url"`
	Reason string `json:"reason,omitempty"`
}

// An Event is one line of the timeline. The manifest's own events come with the sentence they are taken
// from; one more is made for every item that has a date or a date as written.
type Event struct {
	Date    string   // YYYY, YYYY-MM or YYYY-MM-DD; empty when only Written is known
	Written string   // the date as the source writes it; may be empty
	From    DateFrom // where the date stands
	Text    string   // the source's words; plain text
	Place   string   // "introduction" or "closing" when Item is nil
	Item    *Item    // the item whose words they are; nil for Place
	Earlier bool     // an event before those of the dossier, named in passing
}

// A SourceDocument is the document that the dossier was made from, kept unchanged as evidence.
type SourceDocument struct {
	File   string // in the folder; the same path in the archive
	Type   string // media type with charset, e.g. "text/plain;charset=utf-8"
	SHA256 string // lower-case hexadecimal; Load has checked it
	Size   int64  // bytes
	Note   string // where it comes from; plain text
}

// Items returns all items of all sections in order.
func (d *Dossier) Items() []*Item {
	var all []*Item
	for _, s := range d.Sections {
		all = append(all, s.Items...)
	}
	return all
}

// Item returns the item with the id, or nil.
func (d *Dossier) Item(id string) *Item {
	for _, s := range d.Sections {
		for _, it := range s.Items {
			if it.ID == id {
				return it
			}
		}
	}
	return nil
}
