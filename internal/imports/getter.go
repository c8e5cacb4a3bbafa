package imports

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"sync"
	"time"

	"samizdat/internal/fetch"
	"samizdat/internal/warc"
)

// Getter answers what a capture of one page asks for, from the records. It may be used concurrently.
type Getter struct {
	a  *Archives
	at time.Time

	mu       sync.Mutex
	hops     map[*fetch.Hop]*entry
	copied   map[*entry]bool
	packages map[*Origin]bool // whose descriptions are in the evidence
	used     map[*Origin]bool // whose records are in the evidence
	left     int64            // bytes that may still be unpacked
	// Withheld counts requests that are not in the evidence, because they hold cookies or a password.
	Withheld int
}

// Getter returns what answers for a page: records of its time come before others.
func (a *Archives) Getter(p Page) *Getter {
	if e := a.find(p.URL, p.Time, a.o.Exact); e != nil {
		p.Time = e.at // lists of pages have times of their own
	}
	return &Getter{a: a, at: p.Time, hops: map[*fetch.Hop]*entry{}, copied: map[*entry]bool{}, packages: map[*Origin]bool{}, used: map[*Origin]bool{}, left: a.budget()}
}

const maxRedirects = 20

// Get returns the recorded answer, redirects followed. What was not recorded, or cannot be used, is a *[fetch.RecordError].
func (g *Getter) Get(ctx context.Context, ref string, _ fetch.Purpose) (_ *fetch.Exchange, err error) {
	x := &fetch.Exchange{URL: ref}
	defer func() {
		var status *fetch.StatusError
		if err != nil && !errors.As(err, &status) {
			_ = x.Close()
		}
	}()
	seen := map[*entry]bool{}
	for {
		if err := ctx.Err(); err != nil {
			return nil, err
		}
		if base, _, ok := strings.Cut(ref, "#"); ok {
			ref = base
		}
		e := g.a.find(ref, g.at, g.a.o.Exact)
		if e == nil {
			return nil, fmt.Errorf("%s: %w", ref, &fetch.RecordError{Why: "it is not in what was imported"})
		}
		if seen[e] || len(x.Hops) > maxRedirects {
			return nil, fmt.Errorf("%s: %w", ref, fetch.ErrRedirects)
		}
		seen[e] = true
		hop, err := g.hop(e)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ref, err)
		}
		x.Hops = append(x.Hops, hop)
		next := hop.Header().Get("Location")
		if hop.Status < 300 || hop.Status > 399 || next == "" {
			if hop.Status < 200 || hop.Status > 299 {
				return x, fmt.Errorf("%s: %w", ref, &fetch.StatusError{Code: hop.Status})
			}
			return x, nil
		}
		from, err := url.Parse(hop.URL)
		if err != nil {
			return nil, fmt.Errorf("%s: %w", ref, err)
		}
		to, err := from.Parse(next)
		if err != nil {
			return nil, fmt.Errorf("%s: redirect: %w", ref, err)
		}
		ref = to.String()
	}
}

// hop reads a record and, of a revisit, the one that it repeats.
func (g *Getter) hop(e *entry) (*fetch.Hop, error) {
	if e.reason != "" && !(e.wrong && g.a.o.Damaged) {
		return nil, &fetch.RecordError{Why: e.reason}
	}
	body := e
	if e.kind == warc.Revisit {
		if body = g.a.original(e); body == nil {
			return nil, &fetch.RecordError{Why: "it repeats an answer that is not in what was imported"}
		}
	}
	rec, err := body.open()
	if err != nil {
		return nil, err
	}
	h := fetch.Hop{URL: e.url, Start: e.at, Status: e.status}
	if ip := rec.Header.Get("WARC-IP-Address"); net.ParseIP(ip) != nil {
		h.Address = net.JoinHostPort(ip, "0")
	}
	var content io.Reader = rec
	header := warc.Header{{Name: "Content-Type", Value: rec.Header.Get("Content-Type")}}
	if body.http {
		m, err := warc.ReadMessage(rec)
		if err != nil {
			return nil, &fetch.RecordError{Why: "its record holds no answer of a server"}
		}
		if h.Status = m.Status(); h.Status == 206 && !whole(m) {
			return nil, &fetch.RecordError{Why: "only a part of it was captured"}
		}
		header = m.Header
		c, err := m.Content(g.take(0) + 1)
		if err != nil {
			return nil, &fetch.RecordError{Why: "it cannot be unpacked"}
		}
		defer c.Close()
		content = c
	}
	if e != body && e.status != 304 && e.status != 0 { // the header of the repeated answer is its own
		if again, err := e.header(); err == nil {
			header, h.Status = again, e.status
		}
	}
	if h.Response, err = plainHead(h.Status, header); err != nil {
		return nil, err
	}
	left := g.take(0)
	made, err := fetch.Recorded(h, g.a.o.Dir, io.LimitReader(content, left+1))
	var size *warc.SizeError
	var disk *os.PathError
	switch {
	case errors.As(err, &disk):
		return nil, err
	case errors.As(err, &size):
		return nil, fetch.ErrTooLarge
	case err != nil:
		return nil, &fetch.RecordError{Why: fmt.Sprintf("its record at %d of %s cannot be unpacked", body.offset, body.file.name)}
	case g.take(made.Size) < 0:
		_ = (&fetch.Exchange{Hops: []*fetch.Hop{made}}).Close()
		return nil, fetch.ErrTooLarge
	}
	g.mu.Lock()
	defer g.mu.Unlock()
	g.hops[made] = e
	return made, nil
}

// take takes from what may be unpacked, and returns what is left.
func (g *Getter) take(n int64) int64 {
	g.mu.Lock()
	defer g.mu.Unlock()
	g.left -= n
	return g.left
}

// open opens the record.
func (e *entry) open() (*warc.Record, error) {
	return warc.RecordAt(io.NewSectionReader(e.file.file, 0, e.file.size), e.offset, e.place)
}

// header reads the HTTP header of the record.
func (e *entry) header() (warc.Header, error) {
	rec, err := e.open()
	if err != nil {
		return nil, err
	}
	m, err := warc.ReadMessage(rec)
	if err != nil {
		return nil, err
	}
	return m.Header, nil
}

// whole tells whether a part of a thing is all of it, as browsers ask for films.
func whole(m *warc.Message) bool {
	var from, to, of int64
	n, err := fmt.Sscanf(m.Header.Get("Content-Range"), "bytes %d-%d/%d", &from, &to, &of)
	return err == nil && n == 3 && from == 0 && to == of-1
}

// plainHead writes a header for a body that has no encoding any more. Fields that do not fit on a line are left out.
func plainHead(status int, h warc.Header) ([]byte, error) {
	var kept warc.Header
	for _, f := range h {
		switch strings.ToLower(f.Name) {
		case "content-encoding", "transfer-encoding", "content-length":
		default:
			if _, err := warc.Head("HTTP/1.1 200 OK", warc.Header{f}); err == nil {
				kept = append(kept, f)
			}
		}
	}
	return warc.Head(fmt.Sprintf("HTTP/1.1 %d -", max(status, 100)), kept)
}

// Keep copies the records of an answer into the evidence: its warcinfo before the first, the request, and of a revisit the
// record that it repeats. It returns the ID of the answer's record.
func (g *Getter) Keep(w *warc.Writer, h *fetch.Hop) (string, error) {
	e := g.hops[h]
	if e == nil {
		return "", fmt.Errorf("%s is not of this import", h.URL)
	}
	if o := e.file.origin; o.pack != nil && !g.packages[o] {
		g.packages[o] = true
		if err := o.writePackage(w, h.Start); err != nil {
			return "", err
		}
	}
	all := append([]*entry{}, e.file.infos...)
	if e.kind == warc.Revisit {
		o := g.a.original(e)
		all = append(append(all, o.file.infos...), o)
	}
	all = append(all, e)
	for _, c := range all {
		g.used[c.file.origin] = true
	}
	if q := e.request; q != nil {
		if q.secret {
			g.Withheld++
		} else if q.reason == "" {
			all = append(all, q)
		}
	}
	for _, c := range all {
		if g.copied[c] {
			continue
		}
		g.copied[c] = true
		rec, err := c.open()
		if err == nil {
			_, err = w.Copy(rec)
		}
		if err != nil {
			return "", err
		}
	}
	return e.id, nil
}

// Others are the files besides o that the evidence has records of, once it is written.
func (g *Getter) Others(o *Origin) []*Origin {
	return slices.DeleteFunc(slices.Clone(g.a.Origins), func(other *Origin) bool { return other == o || !g.used[other] })
}

// writePackage writes what a WACZ says of itself into the evidence, so that its signature, and who has the file its digests, can be
// checked.
func (o *Origin) writePackage(w *warc.Writer, at time.Time) error {
	for _, name := range []string{"datapackage.json", "datapackage-digest.json"} {
		r, c, err := o.pack.OpenFile(name)
		if err != nil {
			continue // older versions have none
		}
		text, err := io.ReadAll(io.LimitReader(r, 16<<20))
		_ = c.Close()
		if err != nil {
			continue //nolint:nilerr // Verify has said so
		}
		if _, err := w.Write(&warc.Draft{
			Type: warc.Resource, TargetURI: "urn:wacz:" + name, Date: at, ContentType: "application/json", Body: bytes.NewReader(text),
		}); err != nil {
			return err
		}
	}
	return nil
}
