package imports

import (
	"bufio"
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"maps"
	"mime"
	"mime/multipart"
	"mime/quotedprintable"
	"net/mail"
	"net/textproto"
	"net/url"
	"regexp"
	"slices"
	"strings"
	"time"
)

// IsMHTML tells whether a file begins with the header of an MHTML file (RFC 2557).
func IsMHTML(head []byte) bool {
	h := readHeader(bufio.NewReader(bytes.NewReader(head))) // the head may end in the middle
	kind, _, _ := mime.ParseMediaType(h.Get("Content-Type"))
	return strings.HasPrefix(kind, "multipart/") && (h.Get("MIME-Version") != "" || h.Get("Snapshot-Content-Location") != "")
}

// MHTML reads an MHTML file, as Chromium and its kin save pages. At is when the file was written, in case that it has no date; address is
// where the page came from if the file does not say so.
func MHTML(ctx context.Context, dir, name string, file io.ReaderAt, size int64, at time.Time, address string) (*Saved, error) {
	b, o, err := readSaved(ctx, name, file, size)
	if err != nil {
		return nil, err
	}
	o.Method = "import:mhtml"
	r := bufio.NewReader(bytes.NewReader(b))
	h := readHeader(r)
	o.Tool = strings.Trim(oneLine(decodeWords(h.Get("From"))), "<>")
	if t, err := mail.ParseDate(h.Get("Date")); err == nil {
		at = t
	}
	m := &mhtml{start: strings.Trim(h.Get("Start"), "<> "), origin: o, name: name}
	m.read(h, r, 0)
	if len(m.parts) == 0 {
		return nil, fmt.Errorf("%s: %w: it holds no part", name, ErrNotSaved)
	}
	place := h.Get("Snapshot-Content-Location")
	page := m.page(place)
	if page == nil {
		return nil, fmt.Errorf("%s: %w: none of its parts is a page", name, ErrNotSaved)
	}
	switch {
	case place != "":
		address = place
	case webAddress(page.url):
		address = page.url
	}
	s := newSaved(dir, o, address, at)
	s.Page.Title = oneLine(decodeWords(h.Get("Subject")))
	m.addressed(s)
	if err := s.page(page.data, page.contentType); err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	s.files = []*part{{url: s.Page.URL, contentType: "multipart/related", data: b}}
	return s, nil
}

// readHeader reads the header of a file, up to the empty line behind it. Lines that are no fields are passed over: titles of several lines are
// written so.
func readHeader(r *bufio.Reader) textproto.MIMEHeader {
	h := textproto.MIMEHeader{}
	last := ""
	for {
		line, err := r.ReadString('\n') // of a file that is in memory
		text := strings.TrimRight(line, "\r\n")
		name, value, found := strings.Cut(text, ":")
		switch {
		case text == "":
			return h
		case text[0] == ' ' || text[0] == '\t':
			if values := h[last]; len(values) > 0 {
				values[len(values)-1] += " " + strings.TrimSpace(text)
			}
		case found && name != "" && !strings.ContainsAny(name, " \t"):
			last = textproto.CanonicalMIMEHeaderKey(name)
			h[last] = append(h[last], strings.TrimSpace(value))
		}
		if err != nil {
			return h
		}
	}
}

// mhtml collects the parts of a file.
type mhtml struct {
	origin *Origin
	name   string
	start  string // Content-ID of the page, if the file says
	parts  []*mhtmlPart
}

type mhtmlPart struct {
	part
	id string // Content-ID without brackets
}

// read reads the parts of a multipart body. What is damaged ends the list, and is a finding.
func (m *mhtml) read(h textproto.MIMEHeader, body io.Reader, depth int) {
	boundary, start := parameter(h, "boundary"), strings.Trim(parameter(h, "start"), "<> ")
	if boundary == "" || depth > maxDepth {
		m.origin.found(Damage, "%s: a group of parts has no boundary that can be read", m.name)
		return
	}
	if start != "" && depth == 0 {
		m.start = start
	}
	parts := multipart.NewReader(body, boundary)
	for {
		p, err := parts.NextRawPart()
		if errors.Is(err, io.EOF) {
			return
		}
		if err != nil {
			m.origin.found(Damage, "%s: after %d parts: %v", m.name, len(m.parts), err)
			return
		}
		if len(m.parts) == maxParts {
			m.origin.found(Damage, "%s: more than %d parts; the others are not read", m.name, maxParts)
			return
		}
		if kind, _, _ := mime.ParseMediaType(p.Header.Get("Content-Type")); strings.HasPrefix(kind, "multipart/") {
			m.read(p.Header, p, depth+1)
			continue
		}
		m.add(p)
	}
}

// parameters of a Content-Type, one by one: some programs write type=text/html without quotes, after which package mime reads none.
var parameters = regexp.MustCompile(`(?i);\s*(boundary|start)\s*=\s*(?:"([^"]*)"|([^\s;"]+))`)

// parameter returns one of those of a Content-Type; empty if there is none.
func parameter(h textproto.MIMEHeader, name string) string {
	for _, m := range parameters.FindAllStringSubmatch(h.Get("Content-Type"), -1) {
		if strings.EqualFold(m[1], name) {
			return m[2] + m[3]
		}
	}
	return ""
}

// add decodes a part.
func (m *mhtml) add(p *multipart.Part) {
	q := &mhtmlPart{id: strings.Trim(strings.TrimSpace(p.Header.Get("Content-ID")), "<>")}
	q.url = strings.TrimSpace(decodeWords(p.Header.Get("Content-Location")))
	q.contentType = p.Header.Get("Content-Type")
	var r io.Reader = p
	switch strings.ToLower(strings.TrimSpace(p.Header.Get("Content-Transfer-Encoding"))) {
	case "base64":
		r = base64.NewDecoder(base64.StdEncoding, r)
	case "quoted-printable":
		r = quotedprintable.NewReader(r)
	}
	var err error
	if q.data, err = io.ReadAll(r); err != nil {
		m.origin.found(Damage, "%s: part %d (%s): %v", m.name, len(m.parts)+1, oneLine(q.url), err)
	}
	m.parts = append(m.parts, q)
}

// page finds the part that is the page.
func (m *mhtml) page(place string) *mhtmlPart {
	var first *mhtmlPart
	for _, p := range m.parts {
		kind := mediaType(p.contentType)
		if kind != "text/html" && kind != "application/xhtml+xml" {
			continue
		}
		if place != "" && p.url == place || m.start != "" && p.id == m.start {
			return p
		}
		if first == nil {
			first = p
		}
	}
	return first
}

// addressed gives every part the address that others call it by. Where it has one of the web of its own, that is it.
func (m *mhtml) addressed(s *Saved) {
	s.parts = map[string]*part{}
	for _, p := range m.parts {
		made := &part{url: made + "cid/" + url.PathEscape(p.id), contentType: p.contentType, data: p.data}
		if u, err := url.Parse(p.url); err == nil && webAddress(p.url) {
			u.Fragment, u.RawFragment = "", ""
			if at := u.String(); s.parts[at] == nil {
				made.url = at
			}
		}
		if len(s.parts) < maxParts && s.parts[made.url] == nil {
			s.parts[made.url] = made
		}
		if p.id != "" {
			s.cids[p.id] = made.url
		}
		if id, ok := cutPrefixFold(p.url, "cid:"); ok {
			s.cids[id] = made.url
		}
	}
	for _, p := range slices.Collect(maps.Values(s.parts)) {
		switch mediaType(p.contentType) {
		case "text/css":
			p.data = s.sheet(p.data, 1)
		case "text/html", "application/xhtml+xml":
			p.data = s.rewritten(p.data, 1)
		}
	}
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}

func webAddress(ref string) bool {
	u, err := url.Parse(ref)
	return err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != ""
}

// decodeWords undoes the encoding of words in headers (RFC 2047).
func decodeWords(s string) string {
	var d mime.WordDecoder
	if t, err := d.DecodeHeader(s); err == nil {
		return t
	}
	return s
}
