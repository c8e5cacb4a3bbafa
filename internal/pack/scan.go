package pack

import (
	"bytes"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
	"golang.org/x/net/html/charset"
)

// scanned is what a page says about itself.
type scanned struct {
	title      string // white space collapsed; "" if there is none
	base       string // <base href>, as written
	references []reference
}

// scan reads a page to its end and never fails: what cannot be parsed is not there.
func scan(page []byte) scanned {
	encoding, name, _ := charset.DetermineEncoding(page, "")
	declared := name != "utf-8" && name != "windows-1252" // the latter is also what it says when it does not know
	if declared {
		if decoded, err := encoding.NewDecoder().Bytes(page); err == nil {
			page = decoded
		}
	}
	var s scanned
	var title []byte
	titled, svg := false, 0
	line, counted := 1, 0 // lines up to there
	for r := (tagReader{page: page}); r.next(); {
		switch {
		case r.tag == "svg" && r.closing:
			svg = max(svg-1, 0)
		case r.tag == "svg" && !r.selfEnd:
			svg++
		case r.tag == "title" && !r.closing && !r.selfEnd && !titled && svg == 0:
			title, titled = beginning(r.text), true
		}
		if len(r.found) == 0 {
			continue
		}
		line += bytes.Count(page[counted:r.start], []byte{'\n'})
		counted = r.start
		for _, a := range r.found {
			s.attribute(r.tag, a.key, r.decoded(a), line)
		}
	}
	if !declared && !utf8.Valid(title) {
		if decoded, err := encoding.NewDecoder().Bytes(title); err == nil {
			title = decoded
		}
	}
	text := html.UnescapeString(strings.ReplaceAll(string(title), "\x00", "\uFFFD"))
	s.title = shorten(strings.Join(strings.Fields(strings.ToValidUTF8(text, "\uFFFD")), " "))
	return s
}

// attribute collects the addresses of an attribute.
func (s *scanned) attribute(tag, key, value string, line int) {
	switch key {
	case "href", "xlink:href":
		if tag == "base" {
			if s.base == "" {
				s.base = clean(value)
			}
			return
		}
		loaded := tag == "image" || tag == "use"
		s.references = append(s.references, reference{line, value, loaded})
	case "src", "poster":
		s.references = append(s.references, reference{line, value, true})
	case "data":
		if tag == "object" {
			s.references = append(s.references, reference{line, value, true})
		}
	case "srcset", "imagesrcset":
		for _, u := range srcsetURLs(value) {
			s.references = append(s.references, reference{line, u, true})
		}
	}
}

// maxTitleBytes keeps a page whose title holds half its text packable: path and title of an entry share 5120 bytes.
const maxTitleBytes = 1000

// shorten cuts a title, or an address that is told of, at a character.
func shorten(text string) string {
	if cut := cutAt(text, maxTitleBytes); cut < len(text) {
		return text[:cut] + "…"
	}
	return text
}

// beginning cuts what stands in a page as its title before it is taken apart: a title without an end is the rest of the page.
func beginning(raw []byte) []byte {
	const most = 32 * maxTitleBytes // white space and characters with names take more than what becomes of them
	return raw[:cutAt(raw, most)]
}

// cutAt returns where text is cut to have most bytes at most: where a character begins, unless it is no UTF-8.
func cutAt[T string | []byte](text T, most int) int {
	if len(text) <= most {
		return len(text)
	}
	for cut := most; cut > max(0, most-utf8.UTFMax); cut-- {
		if utf8.RuneStart(text[cut]) {
			return cut
		}
	}
	return most
}
