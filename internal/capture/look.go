package capture

import (
	"context"
	"fmt"
	"net/url"
	"strings"

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

// Look asks for what is at an address, without what it shows, and keeps nothing.
func Look(ctx context.Context, get Getter, ref string) (*Looked, error) {
	x, err := get.Get(ctx, ref, fetch.Page)
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
	if err != nil || kindOf(body, contentType) != ".html" {
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
