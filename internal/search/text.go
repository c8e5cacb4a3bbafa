package search

import (
	"bytes"
	"strings"
)

// Page is what an index takes from a page of HTML.
type Page struct {
	Text     string // what a reader sees, with single spaces
	Title    string // of <title>
	Keywords string // of <meta name=keywords>
	NoIndex  bool   // the page asks not to be indexed
}

// ReadHTML takes the text out of a page in UTF-8, as libzim does it, so that our index of a page has the same words. It is
// no HTML parser: it takes tags as they come, which is what libzim's (from Xapian's Omega) does, broken pages included.
//
//   - Text before <body> is dropped, but for the first <title>; what follows </body> is not read.
//   - Tags that begin or end a block, and some that stand for a thing, separate words; others do not.
//   - Comments, scripts and style sheets are passed over.
//   - Named characters are those of HTML 4, with or without their semicolon.
func ReadHTML(page []byte) Page {
	r := htmlReader{in: page}
	r.read()
	p := Page{Text: string(r.text), Title: r.title, Keywords: string(r.keywords)}
	p.NoIndex = r.noIndex || strings.Contains(p.Text, "NOINDEX")
	return p
}

// ReadMain is [ReadHTML] for the <main> of a page of ours, without its furniture: the frame around it is the same on all. A
// page without a <main> is read whole. No page of ours asks not to be indexed, whatever the texts say that it shows.
func ReadMain(page []byte) Page {
	p := ReadHTML(withoutFurniture(page))
	p.NoIndex = false
	return p
}

// withoutFurniture returns the <main> of a page of ours without its furniture, or a page that has no <main> as it is.
func withoutFurniture(page []byte) []byte {
	_, rest, ok := bytes.Cut(page, []byte("<main"))
	if !ok {
		return page
	}
	rest, _, _ = bytes.Cut(rest, []byte("</main>"))
	main := []byte("<main")
	for {
		tag := bytes.IndexByte(rest, '<')
		if tag < 0 {
			return append(main, rest...)
		}
		main, rest = append(main, rest[:tag]...), rest[tag:]
		end := furnitureEnd(rest)
		if end == "" {
			main, rest = append(main, '<'), rest[1:]
			continue
		}
		main = append(main, "<br>"...) // what stands before and behind are two words
		_, rest, _ = bytes.Cut(rest, []byte(end))
	}
}

// furniture is what stands in a page about the item, in words that all pages have, as the package page writes it: the ways
// to its neighbours, the line above its heading, where it comes from, that it is not here, and how to help
// then. None is in another of its kind.
var furniture = []struct{ start, end string }{
	{"<nav", "</nav>"},
	{`<p class="folio">`, "</p>"},
	{`<aside class="stamp" aria-labelledby="prov">`, "</aside>"},
	{`<section class="box" aria-labelledby="cap">`, "</section>"},
	{`<p class="help">`, "</p>"},
}

// furnitureEnd returns how the furniture ends that rest begins with; empty if it begins with none.
func furnitureEnd(rest []byte) string {
	for _, f := range furniture {
		if bytes.HasPrefix(rest, []byte(f.start)) {
			return f.end
		}
	}
	return ""
}

// htmlReader stands at in[at:].
type htmlReader struct {
	in       []byte
	at       int
	tag      []byte // the name of the last tag, in lower case
	text     []byte
	space    bool // a space comes before the next word
	script   bool // in a script, where only an end tag or a comment is a tag
	hidden   bool // in a script or a style sheet
	ended    bool
	title    string
	keywords []byte
	noIndex  bool

	// What a search for an end has come to the end of the page without: one that begins later is not made. Otherwise a page
	// of beginnings without ends would be read as often as it has beginnings.
	absent  [256]int // of each byte: from where on it does not come, or 0; see find
	endless bool     // no comment that follows has an end
}

func (r *htmlReader) read() {
	for !r.ended {
		tag := r.nextTag()
		if tag > r.at && !r.hidden {
			r.addText(r.in[r.at:tag])
		}
		if tag+1 >= len(r.in) {
			return
		}
		r.at = tag + 1
		switch r.in[r.at] {
		case '!':
			r.declaration()
		case '?':
			r.instruction()
		case '/':
			r.endTag()
		default:
			r.startTag()
		}
	}
}

// nextTag returns where the next tag, comment, declaration or instruction begins, or the end of the page.
func (r *htmlReader) nextTag() int {
	for at := r.at; ; at++ {
		n := bytes.IndexByte(r.in[at:], '<')
		if n < 0 {
			return len(r.in)
		}
		at += n
		if at+1 == len(r.in) {
			return len(r.in)
		}
		c := r.in[at+1]
		if c == '/' || c == '!' || c == '?' || !r.script && isLetter(c) {
			return at
		}
	}
}

// addText adds text with its white space made single.
func (r *htmlReader) addText(text []byte) {
	text = decodeCharacters(text)
	for len(text) > 0 {
		if isBlank(text[0]) {
			r.space = true
			text = text[1:]
			continue
		}
		n := 1
		for n < len(text) && !isBlank(text[n]) {
			n++
		}
		if r.space && len(r.text) > 0 {
			r.text = append(r.text, ' ')
		}
		r.space = false
		r.text = append(r.text, text[:n]...)
		text = text[n:]
	}
}

func isBlank(c byte) bool { return c == ' ' || c == '\t' || c == '\n' || c == '\r' }

// isSpace is isspace of C: isBlank and vertical tab and form feed.
func isSpace(c byte) bool { return isBlank(c) || c == '\v' || c == '\f' }

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

func isAlnum(c byte) bool { return isLetter(c) || '0' <= c && c <= '9' }

// find returns the first place at or after at whose byte is c, or the end.
func (r *htmlReader) find(at int, c byte) int {
	if at >= len(r.in) {
		return len(r.in)
	}
	if from := r.absent[c]; from > 0 && at >= from {
		return len(r.in)
	}
	if n := bytes.IndexByte(r.in[at:], c); n >= 0 {
		return at + n
	}
	r.absent[c] = at
	return len(r.in)
}

// declaration passes over a comment or a declaration; at is at its exclamation mark.
func (r *htmlReader) declaration() {
	if r.at+2 >= len(r.in) {
		r.ended = true
		return
	}
	if !bytes.HasPrefix(r.in[r.at+1:], []byte("--")) {
		r.at = r.find(r.at+1, '>') + 1
		r.ended = r.at > len(r.in)
		return
	}
	body := r.at + 3
	first := r.find(body, '>')
	end := first
	for end < len(r.in) && (r.in[end-1] != '-' || r.in[end-2] != '-') {
		if r.endless {
			end = len(r.in)
			break
		}
		end = r.find(end+1, '>')
	}
	r.endless = r.endless || end == len(r.in)
	if first == len(r.in) { // a comment without an end takes the rest with it
		r.ended = true
		return
	}
	if end == len(r.in) {
		end = first
	}
	const hide, show = "htdig_noindex", "<!--/htdig_noindex-->"
	if end-2 >= body && string(r.in[body:end-2]) == hide {
		n := bytes.Index(r.in[end+1:], []byte(show))
		if n < 0 {
			r.ended = true
			return
		}
		r.at = end + 1 + n + len(show)
		return
	}
	r.at = end + 1
}

// instruction passes over <? … ?>; at is at its question mark.
func (r *htmlReader) instruction() {
	end := r.find(r.at+2, '>')
	for end < len(r.in) && r.in[end-1] != '?' {
		end = r.find(end+1, '>')
	}
	r.at = min(end+1, len(r.in))
	r.ended = r.at == len(r.in)
}

// name takes a tag's name, which is good until the next one.
func (r *htmlReader) name() []byte {
	r.tag = r.tag[:0]
	for r.at < len(r.in) {
		c := r.in[r.at]
		switch {
		case 'A' <= c && c <= 'Z':
			c |= 0x20
		case !isAlnum(c) && c != '.' && c != '-' && c != ':':
			return r.tag
		}
		r.tag = append(r.tag, c)
		r.at++
	}
	return r.tag
}

func (r *htmlReader) skipSpace() {
	for r.at < len(r.in) && isSpace(r.in[r.at]) {
		r.at++
	}
}

func (r *htmlReader) endTag() {
	r.at++
	r.skipSpace()
	name := r.name()
	switch string(name) {
	case "body":
		r.ended = true
		return
	case "title":
		if r.title == "" {
			r.title = string(r.text)
			r.text = r.text[:0]
		}
	case "script":
		r.script, r.hidden = false, false
	case "style":
		r.hidden = false
	default:
		r.space = r.space || separates[string(name)]&end != 0
	}
	r.at = r.find(r.at, '>') + 1
	r.ended = r.at > len(r.in)
}

func (r *htmlReader) startTag() {
	name := r.name()
	attributes := r.attributes(string(name) == "meta")
	switch string(name) {
	case "body":
		r.text = r.text[:0]
	case "script":
		r.script, r.hidden = true, true
	case "style":
		r.hidden = true
	case "meta":
		r.meta(attributes)
	default:
		r.space = r.space || separates[string(name)]&start != 0
	}
	if r.at < len(r.in) {
		r.at++ // the bracket
	}
}

// attributes passes over a tag's attributes up to its bracket and, if keep is set, returns them. Of two with one name the
// first counts.
func (r *htmlReader) attributes(keep bool) map[string]string {
	var list map[string]string
	for r.at < len(r.in) && r.in[r.at] != '>' {
		start := r.at
		for r.at < len(r.in) && !isSpace(r.in[r.at]) && r.in[r.at] != '=' && r.in[r.at] != '>' {
			r.at++
		}
		name := r.in[start:r.at]
		r.skipSpace()
		if r.at == len(r.in) || r.in[r.at] != '=' {
			continue
		}
		r.at++
		r.skipSpace()
		value := r.value()
		r.skipSpace()
		if keep && len(name) > 0 {
			if list == nil {
				list = map[string]string{}
			}
			key := strings.ToLower(string(name))
			if _, ok := list[key]; !ok {
				list[key] = string(value)
			}
		}
	}
	return list
}

// value takes an attribute's value.
func (r *htmlReader) value() []byte {
	start := r.at
	if start < len(r.in) && (r.in[start] == '"' || r.in[start] == '\'') {
		quote := r.in[start]
		start++
		if end := r.find(start, quote); end < len(r.in) {
			r.at = end + 1
			return r.in[start:end]
		}
		r.at = start // no second quote: it ends where one without quotes would
	}
	for r.at < len(r.in) && !isSpace(r.in[r.at]) && r.in[r.at] != '>' {
		r.at++
	}
	return r.in[start:r.at]
}

func (r *htmlReader) meta(attributes map[string]string) {
	content, ok := attributes["content"]
	if !ok {
		return
	}
	content = string(decodeCharacters([]byte(content)))
	switch strings.ToLower(attributes["name"]) {
	case "keywords":
		if len(r.keywords) > 0 {
			r.keywords = append(r.keywords, ' ')
		}
		r.keywords = append(r.keywords, content...)
	case "robots":
		content = strings.ToLower(content)
		if strings.Contains(content, "none") || strings.Contains(content, "noindex") {
			r.noIndex, r.ended = true, true
		}
	}
}

// start and end say at which of an element's tags words are separated.
const (
	start = 1 << iota
	end
)

var separates = func() map[string]int {
	m := map[string]int{}
	for tags, names := range map[int]string{
		start | end: "address blockquote br center dd dir div dl dt fieldset form hr h1 h2 h3 h4 h5 h6 iframe legend li " +
			"listing marquee menu ol option p pre q select table td textarea th ul xmp",
		start: "embed img input isindex keygen multicol plaintext",
	} {
		for name := range strings.FieldsSeq(names) {
			m[name] = tags
		}
	}
	return m
}()
