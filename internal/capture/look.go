package capture

import (
	"context"
	"fmt"
	"mime"
	"net/http"
	"net/url"
	"strings"

	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/readable"
	"samizdat/internal/webpage"
)

// Looked is what a page says of itself. What it does not say is empty.
type Looked struct {
	Addresses []string // where redirects led, in order; the last is that of the page
	Type      string   // media type
	Title     string
	Author    string
	Publisher string
	Language  string // BCP 47
}

// Peeker gets the beginning of what is at an address; *[fetch.Client] is one.
type Peeker interface {
	Peek(ctx context.Context, ref string, wanted func(http.Header) int64) (*fetch.Exchange, error)
}

// headBytes of a file tell what it is.
const headBytes = 4096

// Look asks for what is at an address, without what it shows, and keeps nothing. Of what is no page only the beginning is waited for.
func Look(ctx context.Context, get Peeker, ref string) (*Looked, error) {
	x, err := get.Peek(ctx, ref, func(h http.Header) int64 {
		switch said, _, _ := mime.ParseMediaType(h.Get("Content-Type")); said {
		case "", "text/html", "application/xhtml+xml", "text/xml", "application/xml", "text/plain":
			return maxText
		}
		return headBytes
	})
	if x != nil {
		defer x.Close()
	}
	if err != nil {
		return nil, err
	}
	l := &Looked{}
	for _, h := range x.Hops {
		l.Addresses = append(l.Addresses, h.URL)
	}
	page := x.Final()
	contentType := page.Header().Get("Content-Type")
	l.Type, _, _ = strings.Cut(contentType, ";")
	l.Type = strings.ToLower(strings.TrimSpace(l.Type))
	body, err := page.Text(maxText)
	switch kind := kindOf(body, contentType); {
	case kind != ".html" && kind != "": // whatever the server calls it
		l.Type, _, _ = strings.Cut(dossier.MediaType(kind), ";")
		return l, nil
	case kind == "" || err != nil:
		return l, nil // what is no page says nothing
	}
	l.Type = "text/html"
	base, err := url.Parse(page.URL)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	doc, _ := webpage.Decode(body, contentType)
	text, _ := readable.Extract(doc, base) // a page without an article has a title all the same
	l.Title, l.Author, l.Publisher, l.Language = text.Title, text.Byline, text.Site, text.Language
	if l.Language == "" {
		if root, err := webpage.Parse(doc); err == nil {
			l.Language = webpage.Language(root, text.Words)
		}
	}
	return l, nil
}
