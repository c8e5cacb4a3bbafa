package imports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"net/url"
	"strings"
	"time"

	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/warc"
	"samizdat/internal/webpage"
)

// Limits of a saved page. All of it is read into memory.
const (
	maxSaved = 256 << 20 // bytes of the file
	maxParts = 20_000    // of an MHTML file, and things that lie in a page
	maxDepth = 4         // pages and styles that lie inside of each other
)

// ErrNotSaved means that a file is no page that a browser saved.
var ErrNotSaved = errors.New("not a page that a browser saved")

// ErrNoAddress means that a saved page does not say where it came from.
var ErrNoAddress = errors.New("the page does not say which address it came from")

// Saved is one page that a browser saved, with what it shows. It answers what a capture asks for, and may be used concurrently once
// it is there.
type Saved struct {
	Origin *Origin
	Page   Page

	dir      string                 // for temporary files
	parts    map[string]*part       // by address
	cids     map[string]string      // addresses of what MHTML calls by a Content-ID
	byTail   map[string]*part       // of a folder, by the last folder and the name
	other    func(ref string) *part // what is not among the parts; nil is nothing
	original []byte                 // the page as it was saved
	files    []*part                // of the evidence: the file itself, or the page and the files beside it
	ids      map[*part]string       // of their records
}

// part is a thing that was saved.
type part struct {
	url         string // that it has, or was given
	contentType string
	data        []byte
}

// made is where things lie that have no address of their own. Names below "invalid" are nobody's (RFC 2606).
const made = "http://saved.invalid/"

// page makes the page ready: things that lie in it become parts.
func (s *Saved) page(body []byte, contentType string) error {
	if s.Page.URL == "" {
		return ErrNoAddress
	}
	u, err := url.Parse(s.Page.URL)
	if err != nil || u.Scheme != "http" && u.Scheme != "https" || u.Host == "" {
		return fmt.Errorf("%w: %s is none of the web", ErrNoAddress, oneLine(s.Page.URL))
	}
	u.Fragment, u.RawFragment, u.User = "", "", nil
	s.Page.URL = u.String()
	s.original = body
	text, _ := webpage.Decode(body, contentType)
	s.parts[s.Page.URL] = &part{url: s.Page.URL, contentType: "text/html; charset=utf-8", data: s.rewritten(text, 0)}
	return nil
}

// Get answers from what was saved; what is not there is a *[fetch.RecordError].
func (s *Saved) Get(ctx context.Context, ref string, _ fetch.Purpose) (*fetch.Exchange, error) {
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	p := s.parts[ref]
	if p == nil && s.other != nil {
		p = s.other(ref)
	}
	if p == nil {
		return nil, fmt.Errorf("%s: %w", ref, &fetch.RecordError{Why: "it was not saved with the page"})
	}
	head, err := warc.Head("HTTP/1.1 200 -", warc.Pairs("Content-Type", oneLine(p.contentType)))
	if err != nil {
		return nil, err
	}
	h, err := fetch.Recorded(fetch.Hop{URL: p.url, Start: s.Page.Time, Status: 200, Response: head}, s.dir, bytes.NewReader(p.data))
	if err != nil {
		return nil, err
	}
	return &fetch.Exchange{URL: ref, Hops: []*fetch.Hop{h}}, nil
}

// Keep writes what was saved into the evidence: the file itself, byte for byte, and of a page with a folder all files that it shows.
// It returns the ID of the page's record.
func (s *Saved) Keep(w *warc.Writer, _ *fetch.Hop) (string, error) {
	for _, p := range s.files {
		if s.ids[p] != "" {
			continue
		}
		rec, err := w.Write(&warc.Draft{Type: warc.Resource, TargetURI: p.url, Date: s.Page.Time, ContentType: p.contentType, Body: bytes.NewReader(p.data)})
		if err != nil {
			return "", err
		}
		s.ids[p] = rec.ID
	}
	return s.ids[s.files[0]], nil
}

// Describe completes the record of the capture: what a browser saves has no answer of a server.
func (s *Saved) Describe(c *dossier.Capture, at time.Time, with string) {
	s.Origin.Describe(c, at, with)
	c.HTTPStatus, c.ContentType, c.ServerIP = 0, "", ""
	c.Digests["original"] = s.Original()
	kept := c.Missing[:0]
	for _, m := range c.Missing {
		if !strings.HasPrefix(m.URL, made) { // it was there, and is of a kind that no page shows
			kept = append(kept, m)
		}
	}
	c.Missing = kept
}

// readSaved reads a file whole.
func readSaved(ctx context.Context, name string, file io.ReaderAt, size int64) ([]byte, *Origin, error) {
	if size > maxSaved {
		return nil, nil, fmt.Errorf("%s: a saved page of more than %d bytes", name, maxSaved)
	}
	b, err := io.ReadAll(io.NewSectionReader(file, 0, size))
	if err == nil && int64(len(b)) != size {
		err = io.ErrUnexpectedEOF
	}
	if err == nil {
		err = ctx.Err()
	}
	if err != nil {
		return nil, nil, err
	}
	sum := sha256.Sum256(b)
	return b, &Origin{Name: name, Size: size, SHA256: hex.EncodeToString(sum[:])}, nil
}
