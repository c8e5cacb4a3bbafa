package imports

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// warcFile is a WARC file that can be read anywhere.
type warcFile struct {
	name   string
	file   io.ReaderAt
	size   int64
	origin *Origin
	inside bool      // of a WACZ, whose check has said what is wrong with it
	infos  []*entry  // its warcinfo records
	last   time.Time // of the last record with a date
}

// entry is where a record lies, and what is needed to find it.
type entry struct {
	file   *warcFile
	offset int64
	place  int // in its member
	kind   warc.Type
	id     string
	url    string
	at     time.Time

	http     bool
	status   int // of HTTP; 200 of a resource
	mime     string
	digest   string // of the payload
	reason   string // why it cannot be used; empty if it can
	wrong    bool   // reason is that its digest differs
	request  *entry
	method   string // of a request
	dest     string // of a request: Sec-Fetch-Dest
	secret   bool   // of a request: it has cookies or a password
	together []string

	refersID  string // of a revisit
	refersURL string
	refersAt  time.Time
}

// isPage tells whether the entry is a page of its own.
func (e *entry) isPage(damaged bool) bool {
	if e.status != 200 || e.reason != "" && !(e.wrong && damaged) || e.kind == warc.Request || !strings.HasPrefix(e.url, "http") {
		return false
	}
	if e.mime != "text/html" && e.mime != "application/xhtml+xml" {
		return false
	}
	return e.request == nil || e.request.dest == "" || e.request.dest == "document"
}

// store finds records.
type store struct {
	entries  []*entry // answers, in order of the files
	byURL    map[string][]*entry
	byKey    map[string][]*entry
	byID     map[string]*entry
	byDigest map[string]*entry
	made     map[string]bool // digests of conversion records

	conversions []*entry
	metadata    []*entry
}

func newStore() store {
	return store{byURL: map[string][]*entry{}, byKey: map[string][]*entry{}, byID: map[string]*entry{}, byDigest: map[string]*entry{}, made: map[string]bool{}}
}

// read reads all records of a file once.
func (a *Archives) read(ctx context.Context, f *warcFile) error {
	section := io.NewSectionReader(f.file, 0, f.size)
	r, err := warc.NewReader(struct {
		io.Reader
		io.Seeker
	}{a.counted(ctx, section), section})
	if err != nil {
		if f.inside && ctx.Err() == nil {
			return nil // the check of the WACZ has said so
		}
		return err
	}
	var requests []*entry
	answers := map[string]*entry{}
	for {
		rec, err := r.Next()
		if err == io.EOF { //nolint:errorlint // Next returns it bare
			break
		}
		var d *warc.Damage
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case errors.As(err, &d):
			f.damaged(d)
			continue
		case err != nil:
			return err
		}
		f.origin.Records++
		e, err := f.entry(rec)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if errors.As(err, &d) {
			f.damaged(d)
		} else if err != nil {
			return err
		}
		switch {
		case e == nil:
		case e.kind == warc.Warcinfo:
			f.infos = append(f.infos, e)
		case e.kind == warc.Request:
			requests = append(requests, e)
		case e.kind == warc.Conversion:
			a.made[e.digest] = true
			a.conversions = append(a.conversions, e)
		case e.kind == warc.Metadata:
			a.metadata = append(a.metadata, e)
		default:
			a.add(e)
			answers[e.id] = e
		}
	}
	join(requests, answers)
	if !f.inside {
		for _, s := range r.Quirks() {
			quirk(f.origin, f.name, s)
		}
	}
	return nil
}

// join brings requests and their answers together: either names the other (WARC 5.7).
func join(requests []*entry, answers map[string]*entry) {
	byID := make(map[string]*entry, len(requests))
	for _, q := range requests {
		if q.id != "" {
			byID[q.id] = q
		}
		for _, id := range q.together {
			if e := answers[id]; e != nil {
				e.request = q
			}
		}
	}
	for _, e := range answers {
		for _, id := range e.together {
			if q := byID[id]; q != nil && e.request == nil {
				e.request = q
			}
		}
	}
}

func (f *warcFile) damaged(d *warc.Damage) {
	if !f.inside {
		f.origin.found(Damage, "%s: %v", f.name, d)
	}
}

// add makes an answer findable.
func (s *store) add(e *entry) {
	s.entries = append(s.entries, e)
	s.byURL[e.url] = append(s.byURL[e.url], e)
	key := keyOf(e.url)
	s.byKey[key] = append(s.byKey[key], e)
	if e.id != "" && s.byID[e.id] == nil {
		s.byID[e.id] = e
	}
	if e.digest != "" && e.kind != warc.Revisit && e.reason == "" && s.byDigest[e.digest] == nil {
		s.byDigest[e.digest] = e
	}
}

// keyOf is what an address is found by when nothing has its exact one: without its scheme, "www." and the order of its query.
func keyOf(address string) string {
	if base, _, ok := strings.Cut(address, "#"); ok {
		address = base
	}
	return wacz.Key(address)
}

// entry notes what a record is, and finishes it. It is nil for records that answer nothing.
func (f *warcFile) entry(rec *warc.Record) (*entry, error) {
	e := &entry{file: f, offset: rec.Offset, place: rec.Place, kind: rec.Type(), id: rec.ID(), url: rec.TargetURI()}
	switch e.kind {
	case warc.Warcinfo:
		if at, err := rec.Date(); err == nil {
			f.last = at
		}
		fields, err := warc.ReadFields(rec)
		if err == nil && f.origin.Tool == "" {
			f.origin.Tool = fields.Get("software")
		}
		err = rec.Finish()
		f.judged(rec)
		return e, err
	case warc.Conversion, warc.Metadata:
		err := rec.Finish()
		f.judged(rec)
		if d, _, bad := warc.ParseDigest(rec.Header.Get("WARC-Block-Digest")); bad == nil && rec.BlockDigest == warc.Matches {
			e.digest = string(d)
		} else if rec.BlockDigest == warc.Differs {
			f.wrong(e)
		}
		return e, err
	case warc.Response, warc.Revisit, warc.Resource, warc.Request:
	default:
		err := rec.Finish()
		f.judged(rec)
		if rec.BlockDigest == warc.Differs || rec.PayloadDigest == warc.Differs {
			f.wrong(e)
		}
		return nil, err
	}
	var err error
	if e.at, err = rec.Date(); err == nil {
		f.last = e.at
	} else if e.at = f.last; !e.at.IsZero() {
		f.origin.found(Note, "%s: the record at %d (%s) has no date that can be read; that of the record before it is taken", f.name, rec.Offset, e.url)
	}
	for _, id := range rec.Header.All("WARC-Concurrent-To") {
		e.together = append(e.together, strings.Trim(id, "<>"))
	}
	if d, _, err := warc.ParseDigest(rec.Header.Get("WARC-Payload-Digest")); err == nil {
		e.digest = string(d)
	}
	e.refersID = strings.Trim(rec.Header.Get("WARC-Refers-To"), "<>")
	e.refersURL = strings.Trim(rec.Header.Get("WARC-Refers-To-Target-URI"), "<>")
	e.refersAt, _ = warc.ParseDate(rec.Header.Get("WARC-Refers-To-Date"))
	e.http = rec.IsHTTP()
	if e.http {
		e.message(rec)
	} else if e.kind == warc.Resource {
		e.status = 200
		e.mime = mediaType(rec.Header.Get("Content-Type"))
	}
	err = rec.Finish()
	f.judged(rec)
	switch {
	case err != nil:
		e.reason = fmt.Sprintf("its record at %d of %s is damaged", rec.Offset, f.name)
	case rec.BlockDigest == warc.Differs, rec.PayloadDigest == warc.Differs:
		e.reason = fmt.Sprintf("its record at %d of %s is not what its digest was made of", rec.Offset, f.name)
		e.wrong = true
		f.wrong(e)
	case rec.Header.Has("WARC-Segment-Number"):
		e.reason = fmt.Sprintf("its record at %d of %s is one of several segments, which are not put together", rec.Offset, f.name)
		f.origin.found(Note, "%s: the record at %d (%s) is in segments, which are not put together", f.name, rec.Offset, e.url)
	}
	if e.kind != warc.Request && e.url == "" {
		return nil, err
	}
	return e, err
}

// judged counts the digests of a record that are right.
func (f *warcFile) judged(rec *warc.Record) {
	for _, v := range []warc.Verdict{rec.BlockDigest, rec.PayloadDigest} {
		if v == warc.Matches && !f.inside {
			f.origin.Digests++
		}
	}
}

// wrong notes a record whose digest differs.
func (f *warcFile) wrong(e *entry) {
	if !f.inside {
		f.origin.found(Broken, "%s: the record at %d (%s) is not what its digest was made of: damaged, or tampered with", f.name, e.offset, e.url)
	}
}

// message reads the header of the HTTP message.
func (e *entry) message(rec *warc.Record) {
	m, err := warc.ReadMessage(rec)
	if err != nil {
		return // a revisit may have none, and a quirk tells of others
	}
	if e.kind == warc.Request {
		if e.method, _, _ = strings.Cut(m.Start, " "); strings.HasPrefix(e.method, "HTTP/") { // warcio.js of 2020 writes a status line here
			e.method = ""
		}
		e.dest = strings.ToLower(m.Header.Get("Sec-Fetch-Dest"))
		e.secret = m.Header.Has("Cookie") || m.Header.Has("Authorization") || m.Header.Has("Proxy-Authorization")
		return
	}
	e.status = m.Status()
	e.mime = mediaType(m.Header.Get("Content-Type"))
}

func mediaType(s string) string {
	s, _, _ = strings.Cut(s, ";")
	return strings.ToLower(strings.TrimSpace(s))
}

// find returns the answer to ref that is nearest to a moment; nil if there is none. Answers that can be used come before those
// that cannot, successes before refusals, and the exact address before one that only differs as keyOf allows.
func (s *store) find(ref string, at time.Time, exact bool) *entry {
	if best := nearest(s.byURL[ref], at); best != nil {
		return best
	}
	if u, err := url.Parse(ref); err == nil && u.Path == "" && u.Host != "" { // "http://host" is "http://host/"
		u.Path = "/"
		if best := nearest(s.byURL[u.String()], at); best != nil {
			return best
		}
	}
	if exact {
		return nil
	}
	return nearest(s.byKey[keyOf(ref)], at)
}

func nearest(all []*entry, at time.Time) *entry {
	var best *entry
	rank := func(e *entry) (int, time.Duration) {
		n := 0
		switch {
		case e.request != nil && e.request.method != "" && !strings.EqualFold(e.request.method, "GET"):
			return 4, 0
		case e.reason != "":
			n = 3
		case e.status >= 400:
			n = 2
		case e.status == 206:
			n = 1
		}
		return n, e.at.Sub(at).Abs()
	}
	for _, e := range all {
		if best == nil {
			best = e
			continue
		}
		n, d := rank(e)
		if m, least := rank(best); n < m || n == m && d < least {
			best = e
		}
	}
	if best == nil {
		return nil
	}
	if n, _ := rank(best); n == 4 {
		return nil
	}
	return best
}

// original returns the record whose payload a revisit repeats; nil if it is not there.
func (s *store) original(e *entry) *entry {
	usable := func(o *entry) bool { return o != nil && o != e && o.kind != warc.Revisit && o.reason == "" }
	if o := s.byID[e.refersID]; usable(o) {
		return o
	}
	if e.refersURL != "" {
		for _, o := range s.byURL[e.refersURL] {
			if usable(o) && o.at.Equal(e.refersAt) {
				return o
			}
		}
	}
	if o := s.byDigest[e.digest]; usable(o) {
		return o
	}
	if e.status == 304 || e.digest == "" && e.refersURL != "" { // server-not-modified: what was there before (WARC 6.7.3)
		var before *entry
		for _, o := range s.byURL[e.url] {
			if usable(o) && o.status == 200 && !o.at.After(e.at) && (before == nil || o.at.After(before.at)) {
				before = o
			}
		}
		return before
	}
	return nil
}
