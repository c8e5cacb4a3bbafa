// Package traces looks through the evidence of a capture for what it tells of whoever captured it: cookies, addresses, names,
// the folders of their machine.
//
// It tells what the editor's machine said from what the site publishes by where it stands. Headers of requests, the record about
// the file (warcinfo), metadata and things without an exchange are the capturing machine's; there every mail address and every
// folder of a home counts. The answers of servers are the site's; there only what is known to be the editor's counts, and what
// sites are known to say to each visitor: the visitor's own address and whereabouts. WARC-IP-Address is the server's. So a contact on a page is no trace. What a photo
// or a film that the site shows tells of whoever made it is one, though not of the editor: it goes out with the evidence, and only there. What cannot be told apart is reported: a warning too many is read, one too few is published.
package traces

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"

	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// Kind is what a trace tells.
type Kind string

const (
	Word     Kind = "own word"       // of [Own.Words]
	Mail     Kind = "mail address"   // of the editor or of whoever ran the capture
	Login    Kind = "login"          // a header with credentials
	Cookie   Kind = "cookie"         // sent, or said back by the server
	Address  Kind = "IP address"     // that the server says the visitor has
	Person   Kind = "name"           // of the operator
	User     Kind = "user name"      // on the machine
	Host     Kind = "host name"      // of the machine
	Folder   Kind = "home folder"    // on the machine
	Position Kind = "position"       // of the visitor, or in a picture that is no answer of a server
	Medium   Kind = "photo or film"  // tells of whoever made it, as Value says: evidence holds it as it was made
	Visited  Kind = "page before"    // that a link was followed from, on a site that is not in the file
	Session  Kind = "cookie to keep" // set by the server: its logs may tell whose visit this was
	Language Kind = "language list"  // in the order of the editor's wishes
)

// Kinds lists all kinds, the gravest first.
var Kinds = []Kind{Word, Mail, Login, Cookie, Address, Person, User, Host, Folder, Position, Medium, Visited, Session, Language}

// Own is what is known of the editor and their machine. Empty fields are not looked for.
type Own struct {
	Words     []string // that the editor named
	Mails     []string
	Names     []string // full names
	Users     []string // short names, which pages may hold by chance
	Hosts     []string
	Folders   []string
	Addresses []string // IP addresses
	Cookies   []Secret // whose values pages may say back
	// Known tells that servers knew whom they answered: cookies were sent, though the evidence does not hold them.
	Known bool
	// Saved tells that the page was saved from a browser: what it holds of a machine is the editor's, as links to files beside it are.
	Saved bool
}

// Trace is one thing that was found, in one place or in several records.
type Trace struct {
	Kind    Kind   `json:"kind"`
	Value   string `json:"value,omitempty"` // what it tells, shortened; of cookies and logins the name only
	Place   string `json:"place"`           // where in the record: "header Cookie of a request"
	WARC    string `json:"warc,omitempty"`  // the file inside a WACZ
	Offset  int64  `json:"offset"`          // of the first record, bytes
	URL     string `json:"url,omitempty"`   // that the first record is about
	Records int    `json:"records"`         // that have it
}

// Report is what was found in a file of evidence.
type Report struct {
	Records int      `json:"records"`          // that were looked through
	Traces  []Trace  `json:"traces"`           // the gravest first, then in the order of the file
	Unread  []string `json:"unread,omitempty"` // what could not be looked through, and why
}

// ErrFormat means that the file is neither WARC nor WACZ.
var ErrFormat = errors.New("neither a WARC nor a WACZ file")

// Evidence looks through a WARC or WACZ file, twice: what was asked stands behind what was answered. Damaged records are listed in
// Unread and the rest is looked through all the same; what is no such file is an error that wraps [ErrFormat].
func Evidence(file io.ReaderAt, size int64, own *Own) (*Report, error) {
	s := newScan(own)
	s.largest = 1<<30 + 16*size // a film that is packed again fits, a bomb does not
	var head [2]byte
	if _, err := file.ReadAt(head[:], 0); err != nil && err != io.EOF { //nolint:errorlint // of a reader
		return nil, err
	}
	each := func(look func(*scan, place, *warc.Record) error) error {
		rd, err := warc.NewReader(io.NewSectionReader(file, 0, size))
		if err != nil {
			return err
		}
		return s.records("", rd, look)
	}
	if string(head[:]) == "PK" {
		a, err := wacz.Open(file, size)
		if errors.Is(err, wacz.ErrNotWACZ) {
			err = fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if err != nil {
			return nil, err
		}
		s.about(place{what: "the description of the WACZ"}, a.Description())
		each = func(look func(*scan, place, *warc.Record) error) error {
			for _, name := range a.WARCs() {
				rd, c, err := a.OpenWARC(name)
				if err == nil {
					err = errors.Join(s.records(name, rd, look), c.Close())
				}
				if err != nil {
					s.unread = append(s.unread, fmt.Sprintf("%s: %v", name, err))
				}
			}
			return nil
		}
	}
	for _, look := range []func(*scan, place, *warc.Record) error{(*scan).learn, (*scan).record} {
		s.count, s.unread = 0, nil
		err := each(look)
		if errors.Is(err, warc.ErrNotWARC) {
			err = fmt.Errorf("%w: %w", ErrFormat, err)
		}
		if err != nil {
			return nil, err
		}
	}
	return s.report(), nil
}

// most are the bytes of a text that are looked through.
const most = 16 << 20

// shortest is the length in bytes of values of cookies that are looked for in answers: shorter ones stand there by chance.
const shortest = 12

// scan looks through one file.
type scan struct {
	own    *Own
	found  []Trace
	at     map[Trace]int // place in found, by what is the same in several records
	last   map[Trace]int // record that was counted last
	count  int           // records so far
	unread []string

	// What the first pass learns.
	hosts  map[string]bool // that the file holds answers of
	known  map[string]bool // addresses that were asked with cookies or credentials
	values map[string]bool // of cookies that were sent

	secrets *secrets // of Own.Cookies
	largest int64    // bytes that anything may unpack to
}

// place is where something stands.
type place struct {
	warc   string
	offset int64
	url    string
	what   string
}

func newScan(own *Own) *scan {
	if own == nil {
		own = &Own{}
	}
	return &scan{secrets: newSecrets(own.Cookies), own: own, at: map[Trace]int{}, last: map[Trace]int{}, hosts: map[string]bool{}, known: map[string]bool{}, values: map[string]bool{}}
}

// add notes a trace. The same in another record counts up.
func (s *scan) add(kind Kind, value string, p place) {
	longest := 80
	if kind == Medium {
		longest = 400
	}
	key := Trace{Kind: kind, Value: clip(value, longest), Place: p.what}
	i, again := s.at[key]
	switch {
	case !again:
		s.at[key] = len(s.found)
		s.found = append(s.found, Trace{kind, key.Value, p.what, p.warc, p.offset, p.url, 1})
	case s.last[key] == s.count:
		return
	default:
		s.found[i].Records++
	}
	s.last[key] = s.count
}

// clip shortens a value for a line, to so many bytes.
func clip(v string, longest int) string {
	v = strings.Join(strings.Fields(strings.ToValidUTF8(v, "?")), " ")
	if len(v) > longest {
		v = strings.ToValidUTF8(v[:longest-len("…")], "") + "…"
	}
	return v
}

// records looks through the records of a file.
func (s *scan) records(name string, rd *warc.Reader, look func(*scan, place, *warc.Record) error) error {
	for {
		rec, err := rd.Next()
		var damage *warc.Damage
		switch {
		case err == io.EOF: //nolint:errorlint // Next returns it bare
			return nil
		case errors.As(err, &damage):
			s.damaged(name, damage)
			continue
		case err != nil:
			return err
		}
		s.count++
		p := place{warc: name, offset: rec.Offset, url: rec.TargetURI()}
		if err := look(s, p, rec); err != nil {
			if !errors.As(err, &damage) {
				return err
			}
			s.damaged(name, damage)
		}
	}
}

func (s *scan) damaged(name string, d *warc.Damage) {
	text := d.Error()
	if name != "" {
		text = name + ": " + text
	}
	s.unread = append(s.unread, text)
}

// learn notes who was asked what, and as whom.
func (s *scan) learn(p place, rec *warc.Record) error {
	if !rec.IsHTTP() {
		return nil
	}
	if rec.Type() != warc.Request {
		if u, err := url.Parse(p.url); err == nil {
			s.hosts[u.Hostname()] = true
		}
		return nil
	}
	m, err := warc.ReadMessage(rec)
	if errors.Is(err, warc.ErrNotHTTP) {
		return nil
	}
	if err != nil {
		return err
	}
	for _, f := range m.Header {
		cookie := strings.EqualFold(f.Name, "Cookie")
		if !cookie && !listed(credentials, f.Name) {
			continue
		}
		s.known[p.url] = true
		for pair := range strings.SplitSeq(f.Value, ";") {
			_, value, _ := strings.Cut(pair, "=")
			if value = strings.TrimSpace(value); cookie && len(value) >= shortest && len(s.values) < 1000 {
				s.values[value] = true
			}
		}
	}
	return nil
}

// record looks through one record.
func (s *scan) record(p place, rec *warc.Record) error {
	for _, f := range rec.Header {
		at := p.in("field %s of a record", f.Name)
		if strings.EqualFold(f.Name, "WARC-Target-URI") {
			s.cookies(at, f.Value)
		} else {
			s.words(at, f.Value, nil)
		}
	}
	kind := rec.Type()
	switch {
	case kind == warc.Request && rec.IsHTTP():
		return s.request(p, rec)
	case (kind == warc.Response || kind == warc.Revisit) && rec.IsHTTP():
		return s.response(p, rec)
	}
	web := strings.HasPrefix(p.url, "http:") || strings.HasPrefix(p.url, "https:")
	switch kind {
	case warc.Warcinfo, warc.Metadata:
		b, err := s.text(p, rec)
		if err != nil {
			return err
		}
		if kind == warc.Warcinfo {
			s.warcinfo(p, b)
			return nil
		}
		s.about(p.in("a metadata record"), b)
	case warc.Conversion, warc.Response, warc.Revisit:
		return s.page(p.in("a %s record", string(kind)), rec)
	case warc.Resource:
		switch {
		case strings.HasPrefix(p.url, "urn:tls-cert:"): // the server's
		case web:
			return s.saved(p.in("a page without an exchange"), rec)
		default:
			return s.thing(p.in("a resource record"), rec)
		}
	}
	return nil
}

func (p place) in(what string, args ...any) place {
	p.what = fmt.Sprintf(what, args...)
	return p
}

// text reads what is text of r, nothing of other things.
func (s *scan) text(p place, r io.Reader) ([]byte, error) {
	b, err := io.ReadAll(io.LimitReader(r, most+1))
	var size *warc.SizeError
	if len(b) > most || errors.As(err, &size) {
		b, err = b[:min(len(b), most)], nil
		if !bytes.ContainsRune(b[:min(len(b), 4096)], 0) {
			s.unread = append(s.unread, fmt.Sprintf("record at %d: only the first %d bytes were looked through", p.offset, most))
		}
	}
	if bytes.ContainsRune(b[:min(len(b), 4096)], 0) {
		return nil, err
	}
	return b, err
}

// report sorts what was found.
func (s *scan) report() *Report {
	slices.SortStableFunc(s.found, func(a, b Trace) int { return slices.Index(Kinds, a.Kind) - slices.Index(Kinds, b.Kind) })
	return &Report{Records: s.count, Traces: s.found, Unread: s.unread}
}
