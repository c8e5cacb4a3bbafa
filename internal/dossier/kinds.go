package dossier

import "strings"

// Kind says what an item is.
type Kind string

// The kinds of items.
const (
	KindStatement Kind = "statement"
	KindArticle   Kind = "article"
	KindVideo     Kind = "video"
	KindMap       Kind = "map"
	KindFeed      Kind = "feed"
	KindPerson    Kind = "person"
	KindImage     Kind = "image"
	KindAudio     Kind = "audio"
	KindDocument  Kind = "document"
)

var kinds = []string{"statement", "article", "video", "map", "feed", "person", "image", "audio", "document"}

// Status says how much of an item the archive holds.
type Status string

// The states of items.
const (
	StatusFull     Status = "full"     // the whole text is here
	StatusCaptured Status = "captured" // a copy of the page is here, with its record
	StatusLinked   Status = "linked"   // only the address is here
	StatusNamed    Status = "named"    // only the name is here
)

var statuses = []string{"full", "captured", "linked", "named"}

// DateFrom says where a date was read.
type DateFrom string

// Where dates are read.
const (
	FromText    DateFrom = "text"    // in the text, or in the title
	FromAddress DateFrom = "address" // in the item's URL
	FromNote    DateFrom = "note"    // in the source's note about the item
)

var datesFrom = []string{"text", "address", "note"}

// mediaRoles are the values of a media file's role; the first is meant when none is given.
var mediaRoles = []string{"media", "poster", "captions", "transcript", "attachment"}

// captureMethods are the values of a capture's method.
var captureMethods = []string{"http", "chrome", "import:wacz", "import:warc", "import:singlefile", "import:mhtml", "import:folder", "manual"}

// RobotsIgnored is the value of a capture's robots: the site's robots.txt was not asked.
const RobotsIgnored = "ignored"

var robotsValues = []string{RobotsIgnored}

// CookiesSent is the value of a capture's cookies: those of the editor were sent, so that the page may be one that others do not see.
const CookiesSent = "sent"

// CookiesSaidBack is another: they were sent, and values of them stand in what came. Others are told no more than that they were sent: it would say to
// them where to look.
const CookiesSaidBack = "said back"

var cookiesValues = []string{CookiesSent, CookiesSaidBack}

// CookiesTold is what others are told of cookies of the editor: sent, or nothing.
func (c *Capture) CookiesTold() string {
	if c.Cookies == "" {
		return ""
	}
	return CookiesSent
}

// packing are the values of an item's evidence; the last is meant when none is given.
var packing = []string{"include", "hash-only"}

// digestNames are the names under which a capture may give sums.
var digestNames = []string{"original", "imported", "record", "snapshot", "text", "screenshot", "video", "evidence"}

// reservedIDs are the names of pages that are not items; see docs/urls.md.
var reservedIDs = []string{
	"about", "check", "closing", "contents", "download", "get", "index", "introduction", "license",
	"media", "outside", "search", "share", "source", "style", "timeline",
}

// reservedSections are anchors that the contents page has already.
var reservedSections = []string{"introduction", "closing", "main", "marks", "source"}

// pageName is [Item.Page] before there is an item.
func pageName(k Kind, id string) string {
	word := "media"
	if k == KindStatement || k == KindArticle {
		word = string(k)
	}
	if strings.HasPrefix(id, word+"-") {
		return id + ".html"
	}
	return word + "-" + id + ".html"
}
