package snapshot

import (
	"bytes"
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"unicode/utf8"

	"github.com/tdewolff/parse/v2"
	"github.com/tdewolff/parse/v2/css"

	"samizdat/internal/inert"
)

// sheet rewrites CSS, token by token.
type sheet struct {
	o      Options
	base   *url.URL
	refs   *references
	budget *int
	out    strings.Builder
	data   func(ref string) string // returns what stands in the place of a picture that is held in the rules; may be nil
	lose   func(ref string)        // is told of addresses outside of a drawing; may be nil

	lexer *css.Lexer
	depth int  // of imports
	font  bool // inside @font-face
}

// What a text of CSS is.
type role uint8

const (
	rules        role = iota // a sheet
	declarations             // the value of an attribute
)

// deepest is how many sheets may import each other.
const deepest = 8

// rewrite returns src with every address replaced by that of a file, and without what acts.
func (s *sheet) rewrite(src []byte, r role, depth int) string {
	s.out.Reset()
	s.depth = depth
	s.lexer = css.NewLexer(parse.NewInputBytes(prepared(src)))
	head, layers := r == rules, false // imports stand before everything else but the order of layers
	for {
		kind, data := s.lexer.Next()
		text := string(data)
		switch kind {
		case css.ErrorToken:
			return guarded(s.out.String())
		case css.AtKeywordToken:
			name := strings.ToLower(inert.Unescape(text))
			switch {
			case name == "@charset" || name == "@namespace":
				s.skipStatement()
			case name == "@import":
				s.imports(head)
			default:
				s.font = name == "@font-face"
				layers = head && name == "@layer"
				head = layers
				if strings.Trim(name, "@abcdefghijklmnopqrstuvwxyz0123456789-") != "" { // an escape that is needed
					name = text
				}
				s.out.WriteString(name)
			}
			continue
		case css.WhitespaceToken, css.CommentToken, css.CDOToken, css.CDCToken:
		case css.SemicolonToken:
			layers = false
		case css.IdentToken, css.CommaToken, css.DelimToken:
			head = head && layers
		default:
			head = false
		}
		if kind == css.RightBraceToken {
			s.font = false
		}
		s.token(kind, text)
	}
}

// prepared is a text of CSS as it is read: with one kind of line ends (CSS Syntax 3, §3.3), and without the characters that are left out in
// the end, which could join what they keep apart: an escape and the letters behind it.
func prepared(src []byte) []byte {
	text := bytes.ToValidUTF8(append([]byte(nil), src...), []byte("\uFFFD"))
	for _, end := range []string{"\r\n", "\r", "\f"} {
		text = bytes.ReplaceAll(text, []byte(end), []byte("\n"))
	}
	return plain(text)
}

// token writes one token, or what stands for it.
func (s *sheet) token(kind css.TokenType, text string) {
	switch kind {
	case css.CommentToken: // between two tokens it may keep them apart
		s.out.WriteByte(' ')
	case css.CDOToken, css.CDCToken, css.BadStringToken:
	case css.BadURLToken:
		s.out.WriteString(nothing)
	case css.URLToken:
		s.out.WriteString(s.url(inert.AddressOf(text)))
	case css.StringToken:
		s.out.WriteString(quote(stringOf(text)))
	case css.FunctionToken:
		s.function(text)
	default:
		s.out.WriteString(text)
	}
}

// nothing stands for what is not there: a browser asks nobody for it.
const nothing = `url("data:,")`

// url returns the value that shows what an address means.
func (s *sheet) url(ref string) string {
	ref = strings.TrimSpace(ref)
	switch {
	case inert.IsPicture(ref) && s.data != nil:
		if ref = s.data(ref); ref == "" {
			return nothing
		}
		return "url(" + quote(ref) + ")"
	case strings.HasPrefix(ref, "#"), inert.IsPicture(ref):
		return "url(" + quote(ref) + ")"
	case s.lose != nil && s.o.File == nil && ref != "" && ref != "data:,":
		s.lose(ref)
	}
	abs := pictured(s.base, ref)
	if abs == "" {
		return nothing
	}
	kind := Picture
	if s.font {
		kind = Font
	}
	r := Reference{URL: abs, Kind: kind}
	s.refs.add(r)
	if name := lies(s.o, r); name != "" {
		return "url(" + quote(name) + ")"
	}
	return nothing
}

// function writes a function. Those that take addresses as strings are written in the one form that everybody reads in
// the same way; of pictures to choose from, the best is chosen.
func (s *sheet) function(text string) {
	name := strings.ToLower(inert.Unescape(strings.TrimSuffix(text, "(")))
	switch name {
	case "url", "src":
		if args := s.arguments(); len(args) > 0 && args[0].ref != "" {
			s.out.WriteString(s.url(args[0].ref))
			return
		}
		s.out.WriteString(nothing)
	case "image-set", "-webkit-image-set":
		s.out.WriteString(s.best(s.arguments()))
	case "image", "expression", "alphaimageloader", "paint", "element", "-moz-element":
		s.arguments()
		s.out.WriteString("none")
	default:
		s.out.WriteString(text)
	}
}

// argument is one of those of a function, between commas.
type argument struct {
	ref     string
	density float64
}

// arguments reads up to the parenthesis that closes the function.
func (s *sheet) arguments() []argument {
	list := []argument{{density: 1}}
	for open := 1; open > 0; {
		kind, data := s.lexer.Next()
		text := string(data)
		last := &list[len(list)-1]
		switch kind {
		case css.ErrorToken:
			return list
		case css.LeftParenthesisToken:
			open++
		case css.FunctionToken:
			open++
		case css.RightParenthesisToken:
			open--
		case css.CommaToken:
			if open == 1 && len(list) < 100 {
				list = append(list, argument{density: 1})
			}
		case css.URLToken:
			if last.ref == "" {
				last.ref = inert.AddressOf(text)
			}
		case css.StringToken:
			if last.ref == "" { // type("image/avif") comes after the address
				last.ref = stringOf(text)
			}
		case css.DimensionToken:
			for unit, factor := range map[string]float64{"x": 1, "dppx": 1, "dpi": 1.0 / 96} {
				if n, ok := strings.CutSuffix(strings.ToLower(text), unit); ok {
					if f, err := strconv.ParseFloat(n, 64); err == nil {
						last.density = f * factor
					}
				}
			}
		}
	}
	return list
}

// best shows one of several pictures.
func (s *sheet) best(args []argument) string {
	var list []Candidate
	for _, a := range args {
		if a.ref != "" {
			list = append(list, Candidate{URL: a.ref, Density: a.density})
		}
	}
	if len(list) == 0 {
		return "none"
	}
	return s.url(preferred(list)[0].URL)
}

// skipStatement reads to the end of an at-rule without a block.
func (s *sheet) skipStatement() {
	for {
		switch kind, _ := s.lexer.Next(); kind {
		case css.ErrorToken, css.SemicolonToken:
			return
		}
	}
}

// imports reads an @import to its end, and writes the rules that it means in its place (CSS Cascade 5, §2).
func (s *sheet) imports(allowed bool) {
	ref, open := "", []string{}
	var conditions strings.Builder
	outer := s.out
	s.out = strings.Builder{}
	for done := false; !done; {
		kind, data := s.lexer.Next()
		text := string(data)
		switch {
		case kind == css.ErrorToken || kind == css.SemicolonToken:
			done = true
		case kind == css.LeftBraceToken || kind == css.RightBraceToken: // no import at all
			done, allowed = true, false
		case ref == "" && kind == css.URLToken:
			ref = inert.AddressOf(text)
		case ref == "" && kind == css.StringToken:
			ref = stringOf(text)
		case ref == "" && kind == css.FunctionToken:
			if args := s.arguments(); args[0].ref != "" {
				ref = args[0].ref
			}
		case kind == css.URLToken || kind == css.BadURLToken || kind == css.StringToken || kind == css.BadStringToken || kind == css.AtKeywordToken:
			allowed = false
		case kind == css.CommentToken:
			conditions.WriteByte(' ')
		default:
			if kind == css.FunctionToken || kind == css.LeftParenthesisToken {
				open = append(open, text)
			}
			conditions.WriteString(text)
		}
	}
	s.out = outer
	abs := absolute(s.base, ref)
	if !allowed || abs == "" || len(open) > 16 || s.depth >= deepest {
		return
	}
	r := Reference{URL: abs, Kind: Style}
	s.refs.add(r)
	if s.o.Import == nil {
		return
	}
	src, base, ok := s.o.Import(r)
	if *s.budget -= len(src); !ok || *s.budget < 0 {
		return
	}
	inner := &sheet{o: s.o, base: base, refs: s.refs, budget: s.budget}
	text := balanced(inner.rewrite(src, rules, s.depth+1))
	before, after, ok := conditioned(conditions.String())
	if ok {
		s.out.WriteString(before + text + after + "\n")
	}
}

// conditioned returns what is to stand around rules that are imported under conditions: a layer, what must be supported,
// and media, in this order.
func conditioned(conditions string) (before, after string, ok bool) {
	s := strings.TrimSpace(conditions)
	wrap := func(rule string) { before, after = before+rule+"{\n", "\n}"+after }
	lower := strings.ToLower(s)
	if inside, rest, found := call(s, "layer("); found {
		wrap("@layer " + inside)
		s = rest
	} else if lower == "layer" || strings.HasPrefix(lower, "layer ") {
		wrap("@layer ")
		s = s[len("layer"):]
	}
	s = strings.TrimSpace(s)
	if inside, rest, found := call(s, "supports("); found {
		if !strings.HasPrefix(inside, "(") && strings.Contains(inside, ":") {
			inside = "(" + inside + ")"
		}
		wrap("@supports " + inside)
		s = rest
	}
	if s = strings.TrimSpace(s); s != "" {
		wrap("@media " + s)
	}
	return before, after, strings.Count(conditions, "(") == strings.Count(conditions, ")")
}

// call splits "name(inside) rest"; name ends in its parenthesis.
func call(s, name string) (inside, rest string, found bool) {
	if len(s) < len(name) || !strings.EqualFold(s[:len(name)], name) {
		return "", s, false
	}
	open := 1
	for i := len(name); i < len(s); i++ {
		switch s[i] {
		case '(':
			open++
		case ')':
			if open--; open == 0 {
				return s[len(name):i], s[i+1:], true
			}
		}
	}
	return "", s, false
}

// balanced closes what a sheet leaves open, and drops what it closes too much, so that it can stand inside a block.
func balanced(src string) string {
	lexer := css.NewLexer(parse.NewInputString(src))
	var out strings.Builder
	var open []css.TokenType
	for {
		kind, data := lexer.Next()
		switch kind {
		case css.ErrorToken:
			for _, k := range slices.Backward(open) {
				out.WriteString(closing[k])
			}
			return out.String()
		case css.LeftBraceToken, css.LeftParenthesisToken, css.LeftBracketToken:
			open = append(open, kind)
		case css.FunctionToken:
			open = append(open, css.LeftParenthesisToken)
		case css.RightBraceToken, css.RightParenthesisToken, css.RightBracketToken:
			if len(open) == 0 || closing[open[len(open)-1]] != string(data) {
				if kind != css.RightBraceToken || !slices.Contains(open, css.LeftBraceToken) {
					continue
				}
				for closing[open[len(open)-1]] != "}" { // a brace closes what is open inside of it
					out.WriteString(closing[open[len(open)-1]])
					open = open[:len(open)-1]
				}
			}
			open = open[:len(open)-1]
		}
		out.Write(data)
	}
}

var closing = map[css.TokenType]string{css.LeftBraceToken: "}", css.LeftParenthesisToken: ")", css.LeftBracketToken: "]"}

// guarded keeps a text of CSS from ending the element that it stands in.
func guarded(s string) string {
	for _, after := range []string{"/", "!"} {
		s = strings.ReplaceAll(s, "<"+after, `\3c `+after)
	}
	return s
}

// stringOf returns what a string token says. At the end of a file its quote may be missing.
func stringOf(token string) string {
	s := token[1:]
	if n := len(s); n > 0 && s[n-1] == token[0] {
		s = s[:n-1]
	}
	return inert.Unescape(s)
}

// quote writes a string of CSS. "<" is escaped so that no element ends in it.
func quote(s string) string {
	var b strings.Builder
	b.WriteByte('"')
	for _, c := range s {
		switch {
		case c == '"' || c == '\\':
			b.WriteByte('\\')
			b.WriteRune(c)
		case c < ' ' || c == 0x7f || c == '<' || c == utf8.RuneError:
			fmt.Fprintf(&b, `\%x `, c)
		default:
			b.WriteRune(c)
		}
	}
	b.WriteByte('"')
	return b.String()
}

// lies asks where a thing lies.
func lies(o Options, r Reference) string {
	if o.File == nil {
		return ""
	}
	name := o.File(r)
	if name == "" {
		return ""
	}
	return escaped(name)
}
