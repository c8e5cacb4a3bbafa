package imports

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"samizdat/internal/webpage"
)

// Things that lie in a page, in data: addresses and srcdoc, and those that it calls by cid:, get addresses of the web, so that a
// capture asks for them like for all others.

// rewritten returns a page, which is UTF-8, with these addresses in place of what lies in it.
func (s *Saved) rewritten(doc []byte, depth int) []byte {
	if !inside(doc) && !bytes.Contains(bytes.ToLower(doc), []byte("srcdoc")) {
		return doc
	}
	var out bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(doc))
	style := false
	for {
		kind := z.Next()
		raw := z.Raw()
		switch kind {
		case html.ErrorToken:
			out.Write(raw)
			return out.Bytes()
		case html.StartTagToken, html.SelfClosingTagToken:
			raw = bytes.Clone(raw) // the token goes on in the same buffer
			t := z.Token()
			style = t.Data == "style" && kind == html.StartTagToken
			if s.attributes(&t, depth) {
				out.WriteString(t.String())
			} else {
				out.Write(raw)
			}
		case html.TextToken:
			if style {
				out.Write(s.sheet(raw, depth))
			} else {
				out.Write(raw)
			}
		default:
			style = false
			out.Write(raw)
		}
	}
}

// inside tells whether there may be such an address in a text.
func inside(text []byte) bool {
	low := bytes.ToLower(text)
	return bytes.Contains(low, []byte("data:")) || bytes.Contains(low, []byte("cid:"))
}

// attributes rewrites those of a tag, and tells whether any changed.
func (s *Saved) attributes(t *html.Token, depth int) bool {
	changed := false
	for i := range t.Attr {
		a := &t.Attr[i]
		before := *a
		switch {
		case a.Key == "srcdoc":
			a.Val = ""
			if t.Data == "iframe" && depth == 0 { // of frames in frames, nothing is shown
				*a = html.Attribute{Key: "src", Val: s.lay(s.rewritten([]byte(before.Val), depth+1), "text/html; charset=utf-8")}
			}
		case a.Key == "style":
			a.Val = string(s.sheet([]byte(a.Val), depth))
		case a.Key == "srcset" || a.Key == "imagesrcset":
			a.Val = s.list(a.Val, depth)
		default:
			a.Val = s.address(a.Val, depth)
			if depth > 0 && t.Data == "iframe" && strings.HasPrefix(a.Val, made) {
				a.Val = ""
			}
		}
		changed = changed || *a != before
	}
	return changed
}

// list rewrites a list of pictures. Commas belong to a data: address, which ends at a space (HTML, srcset attributes).
func (s *Saved) list(v string, depth int) string {
	words := strings.Fields(v)
	for i, w := range words {
		bare := strings.TrimRight(w, ",")
		words[i] = s.address(bare, depth) + w[len(bare):]
	}
	return strings.Join(words, " ")
}

// sheet rewrites a style sheet: addresses stand in quotes or in url().
func (s *Saved) sheet(css []byte, depth int) []byte {
	if !inside(css) {
		return css
	}
	low := lowered(css)
	var out bytes.Buffer
	done := 0
	ahead := map[string]int{"data:": -1, "cid:": -1} // where each comes next; looked for once for each that comes
	for at := 0; ; {
		next := len(low)
		for scheme, i := range ahead {
			if i < at {
				if i = bytes.Index(low[at:], []byte(scheme)); i < 0 {
					i = len(low)
				} else {
					i += at
				}
				ahead[scheme] = i
			}
			next = min(next, i)
		}
		if next == len(low) {
			break
		}
		at = next + 1
		before := bytes.TrimRight(low[done:next], " \t\r\n")
		if len(before) == 0 {
			continue
		}
		end := -1
		switch q := before[len(before)-1]; {
		case (q == '"' || q == '\'') && low[next-1] == q:
			end = bytes.IndexByte(css[next:], q)
		case bytes.HasSuffix(before, []byte("url(")):
			end = bytes.IndexByte(css[next:], ')')
		}
		if end < 0 {
			continue
		}
		address := strings.TrimSpace(string(css[next : next+end]))
		if to := s.address(unescaped(address), depth); to != unescaped(address) {
			out.Write(css[done:next])
			out.WriteString(to)
			done = next + end
		}
		at = next + end
	}
	out.Write(css[done:])
	return out.Bytes()
}

// lowered is a text with its Latin letters made small, and everything else where it was: bytes.ToLower writes some characters, and what is none, with
// another number of bytes.
func lowered(text []byte) []byte {
	low := bytes.Clone(text)
	for i, c := range low {
		if 'A' <= c && c <= 'Z' {
			low[i] = c + 'a' - 'A'
		}
	}
	return low
}

// unescaped undoes what CSS needs inside of a text: a backslash before a character, or before a line end, which goes (CSS Syntax 3, 4.3.5).
// Escapes in hexadecimal digits stay: addresses do not need them.
func unescaped(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	s = strings.NewReplacer("\\\r\n", "", "\\\n", "", `\"`, `"`, `\'`, `'`, `\(`, `(`, `\)`, `)`, `\ `, " ", `\\`, `\`).Replace(s)
	return s
}

// address gives what lies in an address another one; all others are as they were.
func (s *Saved) address(ref string, depth int) string {
	trimmed := strings.TrimSpace(ref)
	if id, ok := cutPrefixFold(trimmed, "cid:"); ok {
		if plain, err := url.PathUnescape(id); err == nil && s.cids[id] == "" {
			id = plain
		}
		if s.cids[id] == "" {
			return ref // of no part
		}
		return s.cids[id]
	}
	if len(trimmed) < 5 || !strings.EqualFold(trimmed[:5], "data:") || depth >= maxDepth || len(s.parts) >= maxParts {
		return ref
	}
	kind, data, ok := webpage.Data(trimmed)
	if !ok || len(data) == 0 {
		return ref
	}
	switch mediaType(kind) {
	case "text/css":
		data = s.sheet(data, depth+1)
	case "text/html", "application/xhtml+xml":
		data = s.rewritten(data, depth+1)
	}
	return s.lay(data, kind)
}

// lay keeps a thing under an address that follows from it.
func (s *Saved) lay(data []byte, contentType string) string {
	h := sha256.New()
	h.Write([]byte(contentType + "\n"))
	h.Write(data)
	to := made + "data/" + hex.EncodeToString(h.Sum(nil)[:16])
	if s.parts[to] == nil {
		s.parts[to] = &part{url: to, contentType: contentType, data: data}
	}
	return to
}
