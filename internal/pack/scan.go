package pack

import (
	"bytes"
	"io"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
	"golang.org/x/text/transform"
)

// scanned is what a page says about itself.
type scanned struct {
	title      string // white space collapsed; "" if there is none
	base       string // <base href>, as written
	references []reference
}

// maxTokenBytes bounds one tag or one run of text; what is longer ends the scan, not the packing.
const maxTokenBytes = 16 << 20

// scan reads a page to its end and never fails: what cannot be parsed is not there.
func scan(r io.Reader) scanned {
	var s scanned
	head := make([]byte, 1024) // as much as browsers look through for a charset
	n, _ := io.ReadFull(r, head)
	head = head[:n]
	encoding, name, _ := charset.DetermineEncoding(head, "")
	r = io.MultiReader(bytes.NewReader(head), r)
	declared := name != "utf-8" && name != "windows-1252" // the latter is also what it says when it does not know
	if declared {
		r = transform.NewReader(r, encoding.NewDecoder())
	}
	z := html.NewTokenizer(r)
	z.SetMaxBuf(maxTokenBytes)
	line := 1
	inTitle, titled, svg := false, false, 0
	var title []byte
	for {
		kind := z.Next()
		if kind == html.ErrorToken {
			break
		}
		raw := z.Raw()
		start := line
		line += bytes.Count(raw, []byte{'\n'})
		switch kind {
		case html.TextToken:
			if inTitle {
				title = append(title, z.Text()...)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			addresses := mayHaveAddresses(raw)
			if !addresses && !mayBeTitleOrSVG(raw[1:]) {
				continue
			}
			name, _ := z.TagName()
			switch string(name) {
			case "title":
				inTitle = kind == html.StartTagToken && !titled && svg == 0
			case "svg":
				if kind == html.StartTagToken {
					svg++
				}
			}
			if addresses {
				s.attributes(z, string(name), start)
			}
		case html.EndTagToken:
			if !mayBeTitleOrSVG(raw[2:]) {
				continue
			}
			name, _ := z.TagName()
			switch string(name) {
			case "title":
				titled = titled || inTitle
				inTitle = false
			case "svg":
				svg = max(svg-1, 0)
			}
		}
	}
	if !declared && !utf8.Valid(title) {
		if decoded, err := encoding.NewDecoder().Bytes(title); err == nil {
			title = decoded
		}
	}
	s.title = shorten(strings.Join(strings.Fields(strings.ToValidUTF8(string(title), "\uFFFD")), " "))
	return s
}

// mayHaveAddresses reports whether an attribute of a tag ends like those that hold addresses: href, src, poster, data and
// srcset. Most tags have none, and to have the tokenizer take them apart is half the work.
func mayHaveAddresses(tag []byte) bool {
	for i, c := range tag {
		if c != '=' {
			continue
		}
		name := bytes.TrimRight(tag[:i], " \t\r\n\f")
		switch name[len(name)-1] | 0x20 { // the tag's own "<" is before it
		case 'f', 'c', 'r', 'a', 't':
			return true
		}
	}
	return false
}

// mayBeTitleOrSVG reports whether what begins with a tag's name begins like the two that a title depends on.
func mayBeTitleOrSVG(tag []byte) bool {
	return len(tag) >= 3 && (tag[0]|0x20 == 't' && tag[1]|0x20 == 'i' || tag[0]|0x20 == 's' && tag[1]|0x20 == 'v')
}

// attributes collects the addresses of one tag.
func (s *scanned) attributes(z *html.Tokenizer, tag string, line int) {
	for more := true; more; {
		var key, value []byte
		key, value, more = z.TagAttr()
		switch string(key) {
		case "href", "xlink:href":
			if tag == "base" {
				if s.base == "" {
					s.base = clean(string(value))
				}
				continue
			}
			loaded := tag == "image" || tag == "use"
			s.references = append(s.references, reference{line, string(value), loaded})
		case "src", "poster":
			s.references = append(s.references, reference{line, string(value), true})
		case "data":
			if tag == "object" {
				s.references = append(s.references, reference{line, string(value), true})
			}
		case "srcset", "imagesrcset":
			for _, u := range srcsetURLs(string(value)) {
				s.references = append(s.references, reference{line, u, true})
			}
		}
	}
}

// maxTitleBytes keeps a page whose title holds half its text packable: path and title of an entry share 5120 bytes.
const maxTitleBytes = 1000

// shorten cuts a title at a character.
func shorten(title string) string {
	if len(title) <= maxTitleBytes {
		return title
	}
	cut := maxTitleBytes
	for !utf8.RuneStart(title[cut]) {
		cut--
	}
	return title[:cut] + "…"
}
