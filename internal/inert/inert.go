// Package inert tells whether a page that others wrote does nothing: no script, no form, no event handler, and no
// reference but to files that lie beside it. What it says yes to can be stored and shown as it is.
//
// It changes nothing and guesses nothing. A page is held against closed lists of elements, attributes and types; what
// is on no list is a fault, with its place. The lists leave out everything that parsers are known to read in different
// ways (foreign content, raw text, frames), so that what is read here is what a browser reads.
//
// Rules are from the HTML standard, §4 and §13.2.5 (tokenization), and CSS Syntax 3, §4.
package inert

import (
	"bytes"
	"cmp"
	"net/url"
	"path"
	"slices"
	"strings"
	"unicode/utf8"

	"golang.org/x/net/html"
)

// Rules say what a page may refer to.
type Rules struct {
	// Dir is the folder that the page lies in, and Has whether there is a file that it may show; both are slash-separated
	// and count from the same folder. Has must be set.
	Dir string
	Has func(name string) bool
	// Links allows <a href> to lead to the web. Whoever shows the page then deals with them.
	Links bool
	// Whole asks for what a page must have that is shown as it is: its charset, which must be UTF-8.
	Whole bool
}

// Fault is something that a page must not have.
type Fault struct {
	Line, Column int    // from 1; the column in characters
	What         string // lower case, no period
	Hint         string // what to do about it
}

// Page reads an HTML page, which is UTF-8. It returns the files that it shows, each once in order of appearance, and
// everything that keeps it from being inert, in order.
func Page(src []byte, rules Rules) (files []string, faults []Fault) {
	p := &pageReader{reader: reader{src: src, rules: rules}}
	p.read()
	return p.files, p.faults
}

// Style reads a style sheet, like [Page].
func Style(src []byte, rules Rules) (files []string, faults []Fault) {
	r := &reader{src: src, rules: rules}
	r.style(src, 0)
	return r.files, r.faults
}

// Text returns the words of an HTML page: its text without the elements, and without what they hold that is not shown in
// the page; a title is shown above it at most.
func Text(src []byte) string {
	var b strings.Builder
	z := html.NewTokenizer(bytes.NewReader(src))
	hidden := false
	for {
		switch z.Next() {
		case html.ErrorToken:
			return b.String()
		case html.TextToken:
			if !hidden {
				b.Write(z.Text())
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			name, _ := z.TagName()
			hidden = string(name) == "style" || string(name) == "script" || string(name) == "title"
			if string(name) == "br" {
				b.WriteByte('\n')
			}
		case html.EndTagToken:
			hidden = false
		}
	}
}

// reader collects what is found in one file.
type reader struct {
	src    []byte
	rules  Rules
	files  []string
	faults []Fault
	line   int // of the last fault, and where it was, so that lines are counted once
	at     int
}

// fault notes what is wrong at an offset.
func (r *reader) fault(offset int, what, hint string) {
	if offset < r.at {
		r.line, r.at = 0, 0
	}
	r.line += bytes.Count(r.src[r.at:offset], []byte("\n"))
	r.at = offset
	start := bytes.LastIndexByte(r.src[:offset], '\n') + 1
	f := Fault{r.line + 1, utf8.RuneCount(r.src[start:offset]) + 1, what, hint}
	if !slices.Contains(r.faults, f) {
		r.faults = append(r.faults, f)
	}
}

// refer checks a reference to something that a browser fetches by itself.
func (r *reader) refer(offset int, ref, by string) {
	ref = strings.Trim(ref, " \t\n\f\r")                                  // as browsers do (URL standard, §4.4)
	if IsPicture(ref) || ref == "data:," || strings.HasPrefix(ref, "#") { // "data:," is the icon that keeps browsers from asking for one
		return
	}
	name, ok := r.local(ref)
	switch {
	case !ok:
		r.fault(offset, by+" refers to "+clip(ref)+", which is not in the dossier", "put the file into the folder files/ and refer to it there, or take the reference out")
	case !r.rules.Has(name):
		r.fault(offset, by+" refers to "+clip(ref)+", and the capture has no such file", "list the folder of the file under capture, as files, or take the reference out")
	case !slices.Contains(r.files, name):
		r.files = append(r.files, name)
	}
}

// local returns the file that ref means: a relative path that does not climb, without a query.
func (r *reader) local(ref string) (name string, ok bool) {
	if ref == "" || strings.ContainsFunc(ref, func(c rune) bool { return c <= ' ' || c == 0x7f || c == '\\' }) {
		return "", false
	}
	u, err := url.Parse(ref)
	if err != nil || u.Scheme != "" || u.Host != "" || u.User != nil || u.Opaque != "" || u.RawQuery != "" || u.ForceQuery ||
		u.Path == "" || u.Path[0] == '/' || strings.ContainsAny(u.Path, "\\:\x00") {
		return "", false
	}
	for seg := range strings.SplitSeq(u.Path, "/") {
		if seg == "" || seg == "." || seg == ".." {
			return "", false
		}
	}
	return path.Join(r.rules.Dir, u.Path), true
}

// IsPicture reports whether ref holds the picture or the font itself. SVG is left out: as a page of its own it could
// hold anything.
func IsPicture(ref string) bool {
	rest, ok := strings.CutPrefix(strings.ToLower(ref[:min(len(ref), 40)]), "data:")
	if !ok {
		return false
	}
	kind, _, _ := strings.Cut(rest, ";")
	kind, _, _ = strings.Cut(kind, ",")
	return slices.Contains(dataTypes, kind)
}

// clip shortens what a page says for a message.
func clip(s string) string {
	const most = 80
	s = strings.Map(func(c rune) rune {
		if c < ' ' || c == 0x7f {
			return ' '
		}
		return c
	}, strings.ToValidUTF8(s, "\uFFFD"))
	if utf8.RuneCountInString(s) > most {
		s = string([]rune(s)[:most]) + "…"
	}
	return `"` + s + `"`
}

// pageReader reads HTML.
type pageReader struct {
	reader
	charset bool
	drawing int // how deep inside of <svg>
}

// attribute is one of a tag, as a tokenizer of HTML gives it.
type attribute struct{ name, value string }

func (p *pageReader) read() {
	z := html.NewTokenizer(bytes.NewReader(p.src))
	offset, style := 0, false
	for {
		kind := z.Next()
		raw := z.Raw()
		at := offset
		offset += len(raw)
		raw = p.src[at:offset] // the tokenizer works in its copy
		switch kind {
		case html.ErrorToken:
			if at < len(p.src) { // an unfinished tag at the end
				p.fault(at, "the file ends inside of a tag", "take the rest of the file out, or add what is missing")
			}
			if p.drawing > 0 {
				p.fault(len(p.src), "the file ends inside of a drawing", "write </svg>, or take the drawing out")
			}
			if p.rules.Whole && !p.charset {
				p.fault(0, "the page does not say its charset", `write <meta charset="utf-8"> after <head>`)
			}
			p.inOrder()
			return
		case html.CommentToken:
			p.comment(at, string(raw))
		case html.TextToken:
			if style {
				p.style(raw, at)
			}
		case html.StartTagToken, html.SelfClosingTagToken:
			style = p.tag(at, raw, kind, z)
		case html.EndTagToken:
			style = false
			name, _ := z.TagName()
			p.end(at, string(name))
		}
	}
}

// inOrder puts the faults into the order of the file; one about the whole page comes late.
func (p *pageReader) inOrder() {
	slices.SortStableFunc(p.faults, func(a, b Fault) int {
		return cmp.Or(cmp.Compare(a.Line, b.Line), cmp.Compare(a.Column, b.Column))
	})
}

// comment refuses what not every parser takes for a comment, or takes for one of the same length.
func (p *pageReader) comment(at int, raw string) {
	text, ok := strings.CutPrefix(raw, "<!--")
	if ok {
		text, ok = strings.CutSuffix(text, "-->")
	}
	if !ok || strings.Contains(text, "--") || strings.HasPrefix(text, ">") || strings.HasPrefix(text, "->") || strings.HasSuffix(text, "-") ||
		strings.Contains(text, "<!") || strings.HasPrefix(strings.TrimSpace(text), "[if") {
		p.fault(at, "a comment that browsers may read in different ways", "take the comment out")
	}
}

// end checks an end tag: browsers let some of HTML end a drawing.
func (p *pageReader) end(at int, name string) {
	switch {
	case name == "svg" && p.drawing > 0:
		p.drawing--
	case p.drawing > 0 && lowerVectors[name] == "":
		p.fault(at, "</"+clipName(name)+"> in a drawing is not allowed", "take the drawing out, or show it as a file with <img>")
	}
}

// tag checks a start tag and returns whether what follows is CSS.
func (p *pageReader) tag(at int, raw []byte, kind html.TokenType, z *html.Tokenizer) bool {
	nameBytes, more := z.TagName()
	name := string(nameBytes)
	var list []attribute
	attrs := map[string]string{}
	for more {
		var key, value []byte
		key, value, more = z.TagAttr()
		k, v := string(key), string(value)
		if _, again := attrs[k]; !again { // of two browsers take the first
			attrs[k] = v
		}
		list = append(list, attribute{k, v})
	}
	// Only a snapshot has drawings: readable text is read by rules of its own.
	if p.drawing > 0 || name == "svg" && p.rules.Whole {
		if name == "svg" && kind == html.StartTagToken {
			p.drawing++
		}
		p.vectorTag(at, raw, name, list)
		return false
	}
	if !elements[name] {
		hint := "take the element out"
		if name == "script" || name == "noscript" || name == "template" {
			hint = "take the element out with everything in it"
		}
		p.fault(at, "<"+clipName(name)+"> is not allowed", hint)
		return false
	}
	for _, a := range list {
		p.attribute(at, raw, name, a.name, a.value)
	}
	switch name {
	case "meta":
		p.meta(at, attrs)
	case "link":
		rel := strings.ToLower(strings.TrimSpace(attrs["rel"]))
		if rel == "stylesheet" && !strings.HasSuffix(strings.ToLower(attrs["href"]), ".css") {
			// Other files are not read as style sheets here, but by browsers that do not look at the type.
			p.fault(at, "<link rel=stylesheet> is for files whose names end in .css", "give the style sheet such a name")
		}
		if rel != "stylesheet" && rel != "icon" {
			p.fault(at, "<link rel="+clip(attrs["rel"])+"> is not allowed", "keep style sheets and icons only")
		}
	}
	return name == "style"
}

// meta allows what describes, and nothing that acts.
func (p *pageReader) meta(at int, attrs map[string]string) {
	if charset, ok := attrs["charset"]; ok {
		if !strings.EqualFold(strings.TrimSpace(charset), "utf-8") {
			p.fault(at, "the page says that its charset is "+clip(charset), `save it as UTF-8 and write <meta charset="utf-8">`)
		}
		p.charset = true
		if len(attrs) > 1 { // browsers obey both
			p.fault(at, "<meta> with a charset has nothing else", `write <meta charset="utf-8">`)
		}
		return
	}
	name := strings.ToLower(strings.TrimSpace(attrs["name"]))
	if !MetaName(name) {
		p.fault(at, "<meta> is allowed with a charset, or with a name of those that only describe the page", "take it out")
	}
}

// attribute checks one attribute of the element called element.
func (p *pageReader) attribute(at int, raw []byte, element, name, value string) {
	at += place(raw, name)
	by := "<" + element + " " + clipName(name) + ">"
	switch {
	case strings.HasPrefix(name, "on"):
		p.fault(at, by+" is an event handler", "take the attribute out")
	case strings.HasPrefix(name, "aria-"), strings.HasPrefix(name, "data-"):
	case name == "style":
		p.style([]byte(value), -1-at)
	case name == "href" && (element == "a" || element == "area"):
		p.link(at, by, value)
	case name == "href" && element == "link", name == "src" && showing[element], name == "poster" && element == "video":
		p.refer(at, value, by)
	case name == "srcset" && (element == "img" || element == "source"):
		for _, ref := range candidates(value) {
			p.refer(at, ref, by)
		}
	case attributes[name]:
	default:
		p.fault(at, by+" is not allowed", "take the attribute out")
	}
}

// place is where in a tag the attribute called name begins; 0 if that cannot be told.
func place(raw []byte, name string) int {
	lower := bytes.ToLower(raw)
	if len(lower) != len(raw) {
		return 0
	}
	for i := 0; ; {
		n := bytes.Index(lower[i:], []byte(name))
		if n < 0 {
			return 0
		}
		if i += n; i > 0 && strings.IndexByte(" \t\n\f\r/\"'", lower[i-1]) >= 0 {
			return i
		}
		i++
	}
}

// link checks where a link leads: to a place in the same page or, if the rules say so, to the web.
func (p *pageReader) link(at int, by, value string) {
	value = strings.Trim(value, " \t\n\f\r")
	if strings.HasPrefix(value, "#") {
		return
	}
	if p.rules.Links {
		if u, err := url.Parse(value); err == nil && (u.Scheme == "http" || u.Scheme == "https") && u.Host != "" {
			return
		}
		p.fault(at, by+" leads to "+clip(value), "write an address that begins with https:// or http://, or take the link out and keep its words")
		return
	}
	p.fault(at, by+" leads out of the page, to "+clip(value), "take the attribute out and keep the words")
}

// candidates are the references of a srcset (HTML, §4.8.4.3.9): each up to white space, and then up to a comma that is
// not inside parentheses.
func candidates(srcset string) []string {
	var refs []string
	s := srcset
	for {
		s = strings.TrimLeft(s, " \t\n\f\r,")
		if s == "" {
			return refs
		}
		end := strings.IndexAny(s, " \t\n\f\r")
		if end < 0 {
			end = len(s)
		}
		ref := s[:end]
		s = s[end:]
		if trimmed := strings.TrimRight(ref, ","); trimmed != ref {
			refs = append(refs, trimmed)
			continue
		}
		refs = append(refs, ref)
		inside, i := false, 0 // parentheses do not nest: HTML §4.8.4.3.9
		for ; i < len(s) && (inside || s[i] != ','); i++ {
			switch s[i] {
			case '(':
				inside = true
			case ')':
				inside = false
			}
		}
		s = s[i:]
	}
}

// clipName is the name of an element or attribute for a message; they may be as long as the file.
func clipName(name string) string { return strings.Trim(clip(name), `"`) }
