package inert

import (
	"slices"
	"strconv"
	"strings"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"
)

// fetching are the functions of CSS, besides url(), that take addresses as strings, and an old one that runs code.
var fetching = []string{"src", "image", "image-set", "-webkit-image-set", "expression", "alphaimageloader", "paint", "element", "-moz-element"}

// style checks CSS that begins at offset of the file; a negative one, -1-n, is that of an attribute at n, whose value
// cannot be counted in.
func (r *reader) style(src []byte, offset int) {
	at := func(n int) int {
		if offset < 0 {
			return -1 - offset
		}
		return offset + n
	}
	lexer := css.NewLexer(parse.NewInputBytes(slices.Clone(src))) // the lexer writes behind the end
	n := 0
	for {
		kind, data := lexer.Next()
		text, here := string(data), at(n)
		n += len(data)
		switch kind {
		case css.ErrorToken:
			if n < len(src) {
				r.fault(at(n), "CSS that cannot be read to its end", "take out what stands here")
			}
			return
		case css.URLToken:
			r.refer(here, AddressOf(text), "url()")
		case css.BadURLToken, css.BadStringToken:
			r.fault(here, "CSS that cannot be read: "+clip(text), "take it out")
		case css.FunctionToken:
			name := strings.ToLower(Unescape(strings.TrimSuffix(text, "(")))
			if name == "url" {
				r.fault(here, "an address in CSS that is hidden by escapes", `write url("files/…")`)
			} else if slices.Contains(fetching, name) {
				r.fault(here, name+"() in CSS is not allowed", "take it out, or write url(\"files/…\")")
			}
		case css.AtKeywordToken:
			if name := strings.ToLower(Unescape(text)); name == "@import" {
				r.fault(here, "@import is not allowed", "put the rules where the import is, or add a <link rel=\"stylesheet\">")
			}
		}
	}
}

// AddressOf returns the address of a url() token.
func AddressOf(token string) string {
	s := strings.TrimSuffix(token[strings.IndexByte(token, '(')+1:], ")")
	s = strings.Trim(s, " \t\n\f\r")
	if len(s) >= 2 && (s[0] == '"' || s[0] == '\'') && s[len(s)-1] == s[0] {
		s = s[1 : len(s)-1]
	}
	return Unescape(s)
}

// Unescape resolves the escapes of CSS (CSS Syntax 3, §4.3.7).
func Unescape(s string) string {
	if !strings.Contains(s, `\`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); i++ {
		if s[i] != '\\' || i+1 == len(s) {
			b.WriteByte(s[i])
			continue
		}
		i++
		j := i
		for j < len(s) && j < i+6 && strings.IndexByte("0123456789abcdefABCDEF", s[j]) >= 0 {
			j++
		}
		switch {
		case j > i:
			code, _ := strconv.ParseUint(s[i:j], 16, 32) // six digits at most
			b.WriteRune(rune(code))
			if j < len(s) && strings.IndexByte(" \t\n\f\r", s[j]) >= 0 {
				j++
			}
			i = j - 1
		case s[i] == '\n' || s[i] == '\r' || s[i] == '\f': // a line goes on
		default:
			b.WriteByte(s[i])
		}
	}
	return b.String()
}
