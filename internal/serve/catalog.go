package serve

import (
	"fmt"
	"html"
	"net/http"
	"net/url"
	"slices"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"samizdat/internal/zim"
)

// The catalogue is an OPDS 1.2 feed with the same addresses and elements as kiwix-serve's /catalog/v2, as far as
// programs use them to find books. It links to pages to read, not to files to fetch.

const (
	navigationType  = "application/atom+xml;profile=opds-catalog;kind=navigation"
	acquisitionType = "application/atom+xml;profile=opds-catalog;kind=acquisition"
	entryType       = "application/atom+xml;type=entry;profile=opds-catalog"

	feedNamespaces = `xmlns="http://www.w3.org/2005/Atom" xmlns:dc="http://purl.org/dc/terms/" ` +
		`xmlns:opds="https://specs.opds.io/opds-1.2" xmlns:opensearch="http://a9.com/-/spec/opensearch/1.1/"`

	noDate = "1970-01-01" // Atom wants a date even of what has none; no clock, so that the same shelf is the same feed

	entriesPerPage  = 10      // as kiwix-serve
	maxIllustration = 1 << 20 // bytes
)

// feedWriter collects elements. Attributes and texts are escaped; names are constants.
type feedWriter struct{ strings.Builder }

// open begins an element. attrs are ready-made, from attr or constant.
func (x *feedWriter) open(name string, attrs ...string) {
	x.WriteString("<" + name)
	for _, a := range attrs {
		x.WriteString(" " + a)
	}
	x.WriteString(">\n")
}

func (x *feedWriter) close(name string) { x.WriteString("</" + name + ">\n") }

// text writes an element with text in it.
func (x *feedWriter) text(name, text string) {
	x.WriteString("<" + name + ">" + escape(text) + "</" + name + ">\n")
}

// link writes a link; extra are ready-made attributes.
func (x *feedWriter) link(rel, href, mime string, extra ...string) {
	x.WriteString("<link")
	for _, a := range append([]string{attr("rel", rel), attr("href", href), attr("type", mime)}, extra...) {
		if a != "" {
			x.WriteString(" " + a)
		}
	}
	x.WriteString("/>\n")
}

func attr(name, value string) string {
	if value == "" {
		return ""
	}
	return name + `="` + escape(value) + `"`
}

// escape returns s for a text or an attribute: without characters that XML 1.0 (§2.2) cannot hold.
func escape(s string) string {
	s = strings.Map(func(r rune) rune {
		if r < ' ' && r != '\t' && r != '\n' || r == 0xFFFE || r == 0xFFFF {
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, "\uFFFD"))
	return html.EscapeString(s)
}

func (s *Server) catalogRoot(w http.ResponseWriter, r *http.Request) {
	x := newFeed()
	x.open("feed", feedNamespaces)
	x.text("id", "urn:samizdat:catalog")
	x.link("self", s.address(routeRoot), navigationType)
	x.link("start", s.address(routeRoot), navigationType)
	x.text("title", s.ui.Text("shelf.title"))
	x.text("updated", s.newest())
	x.open("entry")
	x.text("title", s.ui.Text("shelf.title"))
	x.link("subsection", s.address(routeEntries), acquisitionType)
	x.text("updated", s.newest())
	x.text("id", "urn:samizdat:catalog:entries")
	x.close("entry")
	x.close("feed")
	s.send(w, r, navigationType, "", strings.NewReader(x.String()))
}

func newFeed() *feedWriter {
	x := &feedWriter{}
	x.WriteString(`<?xml version="1.0" encoding="UTF-8"?>` + "\n")
	return x
}

// catalogEntries lists the books that match the query: lang, category, tag, notag, maxsize, name, q; start and count.
func (s *Server) catalogEntries(w http.ResponseWriter, r *http.Request) {
	q := r.URL.Query()
	var found []*book
	for _, b := range s.books {
		if b.matches(q) {
			found = append(found, b)
		}
	}
	total, start, count := len(found), number(q, "start", 0), number(q, "count", entriesPerPage)
	start = min(max(start, 0), total)
	found = found[start:]
	if count >= 0 && count < len(found) {
		found = found[:count]
	}
	x := newFeed()
	x.open("feed", feedNamespaces)
	self := s.address(routeEntries)
	if r.URL.RawQuery != "" {
		self += "?" + r.URL.RawQuery
	}
	x.text("id", "urn:samizdat:catalog:entries")
	x.link("self", self, acquisitionType)
	x.link("start", s.address(routeRoot), navigationType)
	x.link("up", s.address(routeRoot), navigationType)
	x.text("title", s.ui.Text("shelf.title"))
	x.text("updated", s.newest())
	x.text("totalResults", strconv.Itoa(total))
	x.text("startIndex", strconv.Itoa(start))
	x.text("itemsPerPage", strconv.Itoa(len(found)))
	for _, b := range found {
		s.catalogBook(x, b)
	}
	x.close("feed")
	s.send(w, r, acquisitionType, "", strings.NewReader(x.String()))
}

func (s *Server) catalogEntry(w http.ResponseWriter, r *http.Request) {
	b := s.byID(mux.Vars(r)["uuid"])
	if b == nil {
		s.notFound(w, r)
		return
	}
	x := newFeed()
	s.catalogBook(x, b, feedNamespaces)
	s.send(w, r, entryType, "", strings.NewReader(x.String()))
}

// catalogBook writes the entry of one book.
func (s *Server) catalogBook(x *feedWriter, b *book, attrs ...string) {
	m := b.meta()
	x.open("entry", attrs...)
	x.text("id", "urn:uuid:"+b.id)
	x.text("title", m.title)
	x.text("updated", day(m.date)+"T00:00:00Z")
	x.text("summary", m.description)
	x.text("language", strings.Join(m.languages, ","))
	x.text("name", m.name)
	x.text("flavour", m.flavour)
	x.text("category", category(m.tags))
	x.text("tags", strings.Join(m.tags, ";"))
	x.text("articleCount", strconv.FormatUint(uint64(b.zim.ArticleCount()), 10))
	x.link("http://opds-spec.org/image/thumbnail", withQuery(s.address(routeIllustration, "uuid", b.id), "size", "48"), "image/png;width=48;height=48;scale=1")
	x.link("", s.address(routeContent, "book", b.name, "path", ""), "text/html")
	if m.creator != "" {
		x.open("author")
		x.text("name", m.creator)
		x.close("author")
	}
	if m.publisher != "" {
		x.open("publisher")
		x.text("name", m.publisher)
		x.close("publisher")
	}
	x.text("dc:issued", day(m.date)+"T00:00:00Z")
	x.close("entry")
}

// catalogIllustration answers with the picture of a book, a PNG of size × size pixels.
func (s *Server) catalogIllustration(w http.ResponseWriter, r *http.Request) {
	b := s.byID(strings.TrimSuffix(mux.Vars(r)["uuid"], "/"))
	size := number(r.URL.Query(), "size", 48)
	if b == nil {
		s.notFound(w, r)
		return
	}
	name := fmt.Sprintf("Illustration_%dx%d@1", size, size)
	e, err := b.zim.Entry(zim.NamespaceMetadata, name)
	if err == nil {
		var png []byte
		if png, err = e.ReadAll(maxIllustration); err == nil {
			b.unkept(w)
			s.send(w, r, "image/png", b.etag(e), strings.NewReader(string(png)))
			return
		}
	}
	s.fail(w, r, b, name, err)
}

func (s *Server) byID(uuid string) *book {
	for _, b := range s.books {
		if b.id == strings.ToLower(uuid) {
			return b
		}
	}
	return nil
}

// newest returns the time of the latest book, as Atom wants it.
func (s *Server) newest() string {
	latest := noDate
	for _, b := range s.books {
		latest = max(latest, day(b.meta().date))
	}
	return latest + "T00:00:00Z"
}

// day returns date if it looks like one, or else a date for what has none.
func day(date string) string {
	if len(date) != len(noDate) || strings.Trim(date, "0123456789-") != "" {
		return noDate
	}
	return date
}

// category is what the tag _category says. Tags vocabulary of the openZIM wiki.
func category(tags []string) string {
	for _, t := range tags {
		if c, ok := strings.CutPrefix(t, "_category:"); ok {
			return c
		}
	}
	return ""
}

// matches reports whether b passes all filters of a catalogue query.
func (b *book) matches(q url.Values) bool {
	m := b.meta()
	any := func(want string, have ...string) bool {
		return want == "" || slices.ContainsFunc(strings.Split(want, ","), func(w string) bool { return slices.Contains(have, w) })
	}
	for _, w := range strings.Fields(strings.ToLower(q.Get("q"))) {
		if !strings.Contains(strings.ToLower(m.title+" "+m.description), w) {
			return false
		}
	}
	for _, t := range split(q.Get("tag"), ";") {
		if !slices.Contains(m.tags, t) {
			return false
		}
	}
	for _, t := range split(q.Get("notag"), ";") {
		if slices.Contains(m.tags, t) {
			return false
		}
	}
	largest := number(q, "maxsize", 0)
	return any(q.Get("lang"), m.languages...) && any(q.Get("category"), category(m.tags)) &&
		any(q.Get("name"), m.name) && (largest <= 0 || b.src.Size <= int64(largest))
}

// number returns a whole number from a query, or otherwise.
func number(q url.Values, name string, otherwise int) int {
	n, err := strconv.Atoi(q.Get(name))
	if err != nil {
		return otherwise
	}
	return n
}
