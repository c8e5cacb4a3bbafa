package pack

import (
	"bytes"
	"strings"

	"golang.org/x/net/html"
)

// tagReader takes the tags of a page in turn, as browsers do it (HTML, "Tokenization"), and of their attributes those that
// hold addresses. It is many times as fast as a tokenizer that takes every attribute apart: most tags have no address.
// Whatever the page holds, the time it takes grows with its length alone.
type tagReader struct {
	page []byte
	at   int // of what comes next

	tag     string    // what the name begins with in lower case, if it is one of rawNames or names; "" for all others
	start   int       // where the tag begins
	closing bool      // </tag>
	selfEnd bool      // <tag/>
	text    []byte    // of an element that holds no tags: what is in it; not decoded
	found   []address // of this tag
}

// address is an attribute that holds one, or several.
type address struct {
	key   string // in lower case
	value []byte // not decoded
}

// names are the elements, beside those of rawNames, that make a difference to whoever reads the tags.
var names = []string{"base", "image", "object", "svg", "use"}

// rawNames are the elements that hold text only, however much it looks like tags. HTML, "Parsing elements that contain only
// text"; noscript and plaintext as in a browser that runs scripts.
var rawNames = []string{"iframe", "noembed", "noframes", "noscript", "plaintext", "script", "style", "textarea", "title", "xmp"}

// addressKeys are the attributes that hold addresses.
var addressKeys = []string{"data", "href", "imagesrcset", "poster", "src", "srcset", "xlink:href"}

// next goes to the next tag; false means that there is none. A tag that is cut off is none.
func (r *tagReader) next() bool {
	for {
		n := bytes.IndexByte(r.page[r.at:], '<')
		if n < 0 || r.at+n+1 == len(r.page) {
			r.at = len(r.page)
			return false
		}
		r.start = r.at + n
		r.at = r.start + 1
		switch c := r.page[r.at]; {
		case isLetter(c):
			return r.read(false)
		case c == '!' && bytes.HasPrefix(r.page[r.at:], []byte("!--")):
			r.at = commentEnd(r.page, r.at+3)
		case c == '!' || c == '?':
			r.skip('>')
		case c == '/':
			r.at++
			if r.at < len(r.page) && isLetter(r.page[r.at]) {
				return r.read(true)
			}
			r.skip('>')
		}
	}
}

// skip goes behind the next c, or to the end.
func (r *tagReader) skip(c byte) {
	n := bytes.IndexByte(r.page[r.at:], c)
	if n < 0 {
		r.at = len(r.page)
		return
	}
	r.at += n + 1
}

// commentEnd returns the end of the comment whose text begins at at. HTML, "Comment start state" and those that follow.
func commentEnd(page []byte, at int) int {
	text := at
	for {
		n := bytes.IndexByte(page[at:], '>')
		if n < 0 {
			return len(page)
		}
		at += n
		before := page[text:at]
		at++
		switch string(before) {
		case "", "-":
			return at
		}
		if bytes.HasSuffix(before, []byte("--")) || bytes.HasSuffix(before, []byte("--!")) {
			return at
		}
	}
}

// read takes the tag whose name begins here, and the text behind it if it holds no tags; false means that the page ends
// within the tag.
func (r *tagReader) read(closing bool) bool {
	name := r.until(isNameEnd)
	r.closing, r.selfEnd, r.found, r.text = closing, false, r.found[:0], nil
	raw := oneOf(rawNames, name)
	if r.tag = raw; raw == "" {
		r.tag = oneOf(names, name)
	}
	if !r.attributes(closing) {
		return false
	}
	if raw != "" && !closing {
		end := len(r.page)
		switch raw {
		case "script":
			end = scriptEnd(r.page, r.at)
		case "plaintext": // has no end
		default:
			end = textEnd(r.page, r.at, raw)
		}
		r.text = r.page[r.at:end]
		r.at = end
	}
	return true
}

// attributes goes through the attributes, up to and behind the tag's bracket. HTML, "Before attribute name state" and those
// that follow. false means that the page ends before.
func (r *tagReader) attributes(closing bool) bool {
	for {
		r.until(isNoSpace)
		if r.at == len(r.page) {
			return false
		}
		switch r.page[r.at] {
		case '>':
			r.at++
			return true
		case '/':
			r.at++
			r.selfEnd = r.at < len(r.page) && r.page[r.at] == '>'
			continue
		}
		first := r.at
		if r.page[r.at] == '=' { // part of a name, if it is the first
			r.at++
		}
		r.until(isKeyEnd)
		key := r.page[first:r.at]
		r.until(isNoSpace)
		if r.at == len(r.page) {
			return false
		}
		var value []byte
		if r.page[r.at] == '=' {
			r.at++
			var ok bool
			if value, ok = r.value(); !ok {
				return false
			}
		}
		if closing {
			continue
		}
		if key := oneOf(addressKeys, key); key != "" && !r.has(key) {
			r.found = append(r.found, address{key, value})
		}
	}
}

// value takes the value behind the equals sign; false means that the page ends before its quote.
func (r *tagReader) value() ([]byte, bool) {
	r.until(isNoSpace)
	if r.at == len(r.page) {
		return nil, false
	}
	if quote := r.page[r.at]; quote == '"' || quote == '\'' {
		r.at++
		n := bytes.IndexByte(r.page[r.at:], quote)
		if n < 0 {
			return nil, false
		}
		value := r.page[r.at : r.at+n]
		r.at += n + 1
		return value, true
	}
	return r.until(isValueEnd), true
}

// has reports whether the tag has the attribute: of two with one name the first counts.
func (r *tagReader) has(key string) bool {
	for _, a := range r.found {
		if a.key == key {
			return true
		}
	}
	return false
}

// until goes to the next byte that is an end, or to the end of the page, and returns what was passed.
func (r *tagReader) until(end *[256]bool) []byte {
	start := r.at
	for r.at < len(r.page) && !end[r.page[r.at]] {
		r.at++
	}
	return r.page[start:r.at]
}

// Ends for until.
var (
	isNameEnd  = bytesOf(" \t\r\n\f/>")
	isKeyEnd   = bytesOf(" \t\r\n\f/>=")
	isValueEnd = bytesOf(" \t\r\n\f>")
	isNoSpace  = without(" \t\r\n\f")
)

func bytesOf(chars string) *[256]bool {
	var is [256]bool
	for _, c := range []byte(chars) {
		is[c] = true
	}
	return &is
}

func without(chars string) *[256]bool {
	is := bytesOf(chars)
	for c := range is {
		is[c] = !is[c]
	}
	return is
}

func isLetter(c byte) bool { return 'a' <= c|0x20 && c|0x20 <= 'z' }

// oneOf returns the one of list that name is, whatever its capitals, or "".
func oneOf(list []string, name []byte) string {
	for _, s := range list {
		if len(s) == len(name) && s[0] == name[0]|0x20 && bytes.EqualFold(name, []byte(s)) {
			return s
		}
	}
	return ""
}

// textEnd returns where the element's end tag begins, or the end of the page.
func textEnd(page []byte, at int, name string) int {
	for {
		n := bytes.Index(page[at:], []byte("</"))
		if n < 0 {
			return len(page)
		}
		at += n
		if isTag(page[at+2:], name) {
			return at
		}
		at += 2
	}
}

// isTag reports whether what follows "<" or "</" is the tag called name.
func isTag(rest []byte, name string) bool {
	return len(rest) > len(name) && isNameEnd[rest[len(name)]] && strings.EqualFold(string(rest[:len(name)]), name)
}

// scriptEnd is textEnd for a script: in a comment within it, another script may begin and end. HTML, "Script data escaped
// state" and those that follow.
func scriptEnd(page []byte, at int) int {
	escaped, inner := false, false
	for ; at < len(page); at++ {
		rest := page[at:]
		switch {
		case rest[0] == '-' && escaped && bytes.HasPrefix(rest, []byte("-->")):
			escaped, inner = false, false
			at += 2
		case rest[0] != '<':
		case !escaped && bytes.HasPrefix(rest, []byte("<!--")):
			escaped = true
			at++ // its dashes may be those of an end
		case bytes.HasPrefix(rest, []byte("</")) && isTag(rest[2:], "script"):
			if !inner {
				return at
			}
			inner = false
			at += len("</script")
		case escaped && !inner && isTag(rest[1:], "script"):
			inner = true
			at += len("<script")
		}
	}
	return len(page)
}

// plainCharacters are the characters that addresses are written with, and nearly always they alone.
var plainCharacters = []struct {
	name string
	is   byte
}{{"&amp;", '&'}, {"&quot;", '"'}, {"&lt;", '<'}, {"&gt;", '>'}, {"&#39;", '\''}, {"&#38;", '&'}, {"&#34;", '"'}}

// decoded returns the value of an attribute of r's tag as text.
func (r *tagReader) decoded(a address) string {
	if bytes.IndexByte(a.value, '\r') >= 0 || bytes.IndexByte(a.value, 0) >= 0 {
		return r.tokenized(a.key)
	}
	var out []byte
	rest := a.value
next:
	for {
		n := bytes.IndexByte(rest, '&')
		if n < 0 {
			return string(append(out, rest...))
		}
		out, rest = append(out, rest[:n]...), rest[n:]
		for _, c := range plainCharacters {
			if bytes.HasPrefix(rest, []byte(c.name)) {
				out, rest = append(out, c.is), rest[len(c.name):]
				continue next
			}
		}
		if len(rest) == 1 || !isLetter(rest[1]) && rest[1] != '#' { // stands for itself
			out, rest = append(out, '&'), rest[1:]
			continue
		}
		return r.tokenized(a.key)
	}
}

// tokenized lets a tokenizer decode an attribute of r's tag: some characters need a semicolon in attributes that do not in text.
func (r *tagReader) tokenized(key string) string {
	z := html.NewTokenizer(bytes.NewReader(r.page[r.start:r.at]))
	z.Next()
	for more := true; more; {
		var k, value []byte
		k, value, more = z.TagAttr()
		if string(k) == key {
			return string(value)
		}
	}
	return ""
}
