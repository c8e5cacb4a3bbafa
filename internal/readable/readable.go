// Package readable finds the text of an article in a page of the web: what a reader came for, without the page round it.
package readable

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"regexp"
	"strings"
	"time"

	"codeberg.org/readeck/go-readability/v2"
	"github.com/microcosm-cc/bluemonday"
	"golang.org/x/net/html"

	"samizdat/internal/webpage"
)

// Article is the text of a page, and what the page says of it.
type Article struct {
	Title, Byline, Site, Excerpt string    // empty if the page does not say
	Language                     string    // BCP 47
	Published                    time.Time // zero if the page does not say
	// HTML is a fragment. Addresses in it are absolute. It has no script, no style, no form, no event handler; but it
	// refers to pictures and films where they lie on the web.
	HTML []byte
	// Words is the text without the elements.
	Words string
}

// ErrNoText means that a page holds no article: a list of links, a form, a page that scripts write.
var ErrNoText = errors.New("the page holds no text to read")

// Extract reads a page, which is UTF-8 and came from base. It may be called concurrently.
func Extract(doc []byte, base *url.URL) (Article, error) {
	root, err := webpage.Parse(doc)
	if err != nil {
		return Article{}, err
	}
	prepare(root)
	first := heading(root)
	parser := readability.NewParser()
	found, err := parser.ParseDocument(root, base)
	if err != nil {
		return Article{}, fmt.Errorf("%w: %w", ErrNoText, err)
	}
	a := Article{
		Title: line(found.Title()), Byline: line(found.Byline()), Site: line(found.SiteName()), Excerpt: line(found.Excerpt()),
	}
	if first != "" {
		a.Title = first
	}
	if t, err := found.PublishedTime(); err == nil && t.Year() > 1900 && t.Year() < 2200 {
		a.Published = t
	}
	if found.Node == nil {
		return a, ErrNoText
	}
	withoutHeading(found.Node, a.Title)
	var text, fragment bytes.Buffer
	if err := found.RenderText(&text); err != nil {
		return a, fmt.Errorf("%w: %w", ErrNoText, err)
	}
	if err := found.RenderHTML(&fragment); err != nil {
		return a, fmt.Errorf("%w: %w", ErrNoText, err)
	}
	a.Words = text.String()
	a.Language = webpage.Language(root, a.Words)
	if strings.TrimSpace(a.Words) == "" {
		return a, ErrNoText
	}
	a.HTML = policy.SanitizeBytes(fragment.Bytes())
	return a, nil
}

// unlazy gives pictures the addresses that scripts would give them.
func unlazy(root *html.Node) {
	for n := range root.Descendants() {
		if n.Type != html.ElementNode || n.Data != "img" && n.Data != "source" {
			continue
		}
		sources, sets := webpage.Lazy(n)
		if len(sources) > 0 {
			set(n, "src", sources[0])
		}
		if len(sets) > 0 {
			set(n, "srcset", sets[0])
		}
	}
}

func set(n *html.Node, name, value string) {
	for i := range n.Attr {
		if n.Attr[i].Key == name {
			n.Attr[i].Val = value
			return
		}
	}
	n.Attr = append(n.Attr, html.Attribute{Key: name, Val: value})
}

// line makes one line of what a page says.
func line(s string) string {
	s = strings.Join(strings.Fields(html.UnescapeString(s)), " ")
	const most = 1000
	if r := []rune(s); len(r) > most {
		s = string(r[:most])
	}
	return s
}

// policy is what may stand in an article.
var policy = func() *bluemonday.Policy {
	p := bluemonday.NewPolicy()
	p.AllowElements("p", "div", "section", "article", "br", "hr", "h1", "h2", "h3", "h4", "h5", "h6", "hgroup", "header", "footer", "aside", "main",
		"b", "strong", "i", "em", "u", "s", "del", "ins", "small", "sub", "sup", "mark", "abbr", "cite", "code", "kbd", "samp", "var", "pre", "q",
		"blockquote", "ul", "ol", "li", "dl", "dt", "dd", "figure", "figcaption", "table", "caption", "thead", "tbody", "tfoot", "tr", "td", "th",
		"colgroup", "col", "time", "span", "bdi", "bdo", "ruby", "rt", "rp", "wbr", "details", "summary", "address", "font", "center", "tt", "strike", "big")
	p.AllowAttrs("lang").Matching(regexp.MustCompile(`^[A-Za-z0-9-]{1,35}$`)).Globally()
	p.AllowAttrs("dir").Matching(regexp.MustCompile(`^(?i:ltr|rtl|auto)$`)).Globally()
	p.AllowAttrs("id").Matching(regexp.MustCompile(`^[\p{L}\p{N}_.:-]{1,100}$`)).Globally()
	p.AllowAttrs("title").Globally()
	p.AllowAttrs("datetime").OnElements("time", "del", "ins")
	p.AllowAttrs("cite").OnElements("blockquote", "q")
	p.AllowAttrs("colspan", "rowspan", "headers", "scope").OnElements("td", "th")
	p.AllowAttrs("start", "reversed", "type").OnElements("ol")
	p.AllowAttrs("value").OnElements("li")
	p.AllowAttrs("href").OnElements("a")
	p.AllowAttrs("alt", "width", "height", "src", "srcset").OnElements("img")
	p.AllowAttrs("src", "poster", "width", "height", "controls").OnElements("video", "audio")
	p.AllowAttrs("src", "srcset", "type", "media").OnElements("source")
	p.AllowAttrs("src", "kind", "srclang", "label", "default").OnElements("track")
	p.AllowNoAttrs().OnElements("a", "picture", "video", "audio")
	p.AllowURLSchemes("http", "https")
	p.AllowRelativeURLs(true) // fragments
	p.AllowDataURIImages()
	p.RequireParseableURLs(true)
	return p
}()
