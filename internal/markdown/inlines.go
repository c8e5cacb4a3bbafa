package markdown

import (
	"strconv"
	"strings"

	"github.com/yuin/goldmark/ast"
	"github.com/yuin/goldmark/util"

	"samizdat/internal/markup"
)

// inlines renders what stands in the lines of n.
func (r *renderer) inlines(n ast.Node) markup.Node {
	var nodes []markup.Node
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		nodes = append(nodes, r.inline(c))
	}
	return markup.Frag(nodes...)
}

func (r *renderer) inline(n ast.Node) markup.Node {
	switch n := n.(type) {
	case *ast.Text:
		value := string(n.Segment.Value(r.source))
		if !n.IsRaw() {
			value = unescape(value)
		}
		switch {
		case n.HardLineBreak():
			return markup.Frag(markup.Text(value), markup.El("br"))
		case n.SoftLineBreak():
			return markup.Text(value + " ")
		}
		return markup.Text(value)
	case *ast.String:
		return markup.Text(unescape(string(n.Value)))
	case *ast.Emphasis:
		if n.Level == 2 {
			return markup.El("strong", r.inlines(n))
		}
		return markup.El("em", r.inlines(n))
	case *ast.CodeSpan:
		return markup.El("code", r.code(n))
	case *ast.Link:
		return r.link(n, string(n.Destination), string(n.Title), r.inlines(n))
	case *ast.Image:
		return r.image(n)
	case *ast.AutoLink:
		return r.autoLink(n)
	case *ast.RawHTML:
		r.drop(n)
		return nil
	}
	return r.inlines(n)
}

// code returns the text of a code span; its line ends are spaces (CommonMark, §6.1).
func (r *renderer) code(n *ast.CodeSpan) markup.Node {
	var b strings.Builder
	for c := n.FirstChild(); c != nil; c = c.NextSibling() {
		if t, ok := c.(*ast.Text); ok {
			b.Write(t.Segment.Value(r.source))
		}
	}
	return markup.Text(strings.ReplaceAll(b.String(), "\n", " "))
}

// link renders content as a link to destination, which is still as it stands in the source.
func (r *renderer) link(n ast.Node, destination, title string, content markup.Node) markup.Node {
	path := r.resolve(n, unescape(destination), r.opts.Link)
	if !markup.IsLocal(path) {
		return content
	}
	return markup.El(
		"a", markup.A("href", path), markup.If(title != "", markup.A("title", unescape(title))), content,
	)
}

// image renders a picture, or a link to it.
func (r *renderer) image(n *ast.Image) markup.Node {
	alt := r.inlines(n)
	if r.opts.Image == nil {
		return r.link(n, string(n.Destination), string(n.Title), alt)
	}
	path := r.resolve(n, unescape(string(n.Destination)), r.opts.Image)
	if !markup.IsLocal(path) {
		return alt
	}
	return markup.El("img", markup.A("src", path), markup.A("alt", markup.PlainText(alt)))
}

// autoLink renders an address that stands in the text as itself: <https://…> or bare.
func (r *renderer) autoLink(n *ast.AutoLink) markup.Node {
	label := string(n.Label(r.source))
	if n.AutoLinkType != ast.AutoLinkURL {
		return markup.Text(label)
	}
	address := markup.El("code", markup.A("dir", "ltr"), markup.A("translate", "no"), markup.Breaks(label))
	path := r.resolve(n, string(n.URL(r.source)), r.opts.Link)
	if !markup.IsLocal(path) {
		return address
	}
	return markup.El("a", markup.A("href", path), address)
}

// resolve asks hook where destination leads, and notes the link.
func (r *renderer) resolve(n ast.Node, destination string, hook func(string) (string, error)) string {
	line := r.line(n)
	r.doc.Links = append(r.doc.Links, Link{Destination: destination, Line: line})
	if hook == nil {
		return destination
	}
	path, err := hook(destination)
	if err != nil {
		r.problems = append(r.problems, &LinkError{Line: line, Destination: destination, Err: err})
		return ""
	}
	return path
}

// unescape resolves backslash escapes and character references (CommonMark, §2.4 and §2.5) in one pass: an escaped
// ampersand begins no reference.
func unescape(s string) string {
	if !strings.ContainsAny(s, `\&`) {
		return s
	}
	var b strings.Builder
	for i := 0; i < len(s); {
		switch {
		case s[i] == '\\' && i+1 < len(s) && util.IsPunct(s[i+1]):
			b.WriteByte(s[i+1])
			i += 2
		case s[i] == '&':
			characters, width := reference(s[i:])
			b.WriteString(characters)
			i += width
		default:
			b.WriteByte(s[i])
			i++
		}
	}
	return b.String()
}

// reference returns the characters that the reference at the start of s stands for, and its length in bytes. If there
// is none these are "&" and 1.
func reference(s string) (characters string, width int) {
	end := strings.IndexByte(s, ';')
	if end < 2 {
		return "&", 1
	}
	name := s[1:end]
	if number, ok := strings.CutPrefix(name, "#"); ok {
		base, digits := 10, 7 // CommonMark allows 1 to 7 decimal or 1 to 6 hexadecimal digits
		if strings.HasPrefix(number, "x") || strings.HasPrefix(number, "X") {
			base, digits, number = 16, 6, number[1:]
		}
		n, err := strconv.ParseUint(number, base, 32)
		if err != nil || len(number) > digits {
			return "&", 1
		}
		return string(util.ToValidRune(rune(n))), end + 1
	}
	entity, ok := util.LookUpHTML5EntityByName(name)
	if !ok {
		return "&", 1
	}
	return string(entity.Characters), end + 1
}
