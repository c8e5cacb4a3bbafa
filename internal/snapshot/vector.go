package snapshot

import (
	"bytes"
	"encoding/base64"
	"encoding/xml"
	"fmt"
	"io"
	"regexp"
	"strings"

	"golang.org/x/net/html"

	"samizdat/internal/scrub"
	"samizdat/internal/webpage"
)

// Limits of a drawing.
const (
	MaxVector    = 8 << 20 // bytes of the file
	deepestGroup = 256     // elements in each other
	longEntity   = 1 << 10 // characters of an entity that the file defines
	allEntities  = 8 << 20 // bytes that entities may become together
)

// The namespaces of which something stays.
const (
	spaceSVG   = "http://www.w3.org/2000/svg"
	spaceXLink = "http://www.w3.org/1999/xlink"
	spaceXML   = "http://www.w3.org/XML/1998/namespace"
)

// Vector reads a file of SVG and returns one that looks the same and does nothing, wherever it is opened: as a picture, as a
// page of its own, by another reader than ours. No script, no event handler, no HTML, no link, no reference but to its own parts
// and to pictures that it holds; and what tells of its makers is left out, comments and what drawing programs note. The traces say
// what, at most 1000. What is made is the same for a file that was made here.
//
// Picture, if it is not nil, gets each picture that the file holds (PNG, JPEG and the like) and returns what is to stand in its place, or
// nothing if it is to go.
//
// A file that is no SVG, or broken, is a [*scrub.DamageError]. The rules are from XML 1.0, Namespaces in XML, and SVG 2.
func Vector(src []byte, picture func([]byte) []byte) (out []byte, traces []scrub.Trace, err error) {
	v := &vector{picture: picture, seen: map[scrub.Trace]bool{}}
	root, err := v.read(src)
	if err != nil {
		return nil, nil, err
	}
	budget := inlined
	d := &drawing{w: &walker{refs: &references{}, budget: &budget}, file: true, took: v.took, data: v.held}
	d.element(root)
	d.uses(root)
	var b bytes.Buffer
	fmt.Fprintf(&b, `<svg xmlns="%s"`, spaceSVG)
	if linked(root) {
		fmt.Fprintf(&b, ` xmlns:xlink="%s"`, spaceXLink)
	}
	writeInside(&b, root)
	b.WriteByte('\n')
	return b.Bytes(), v.traces, nil
}

type vector struct {
	picture func([]byte) []byte
	traces  []scrub.Trace
	seen    map[scrub.Trace]bool
}

const mostTraces = 1000 // as of other files

// took notes what was left out.
func (v *vector) took(kind scrub.Kind, where, value string) {
	t := scrub.Trace{Kind: kind, Where: scrub.Printable(where), Value: scrub.Printable(value)}
	if len(v.traces) < mostTraces && !v.seen[t] {
		v.seen[t] = true
		v.traces = append(v.traces, t)
	}
}

// held returns what stands in the place of a picture that the file holds.
func (v *vector) held(ref string) string {
	if v.picture == nil {
		return ref
	}
	kind, data, ok := webpage.Data(ref)
	if !ok {
		return ""
	}
	now := v.picture(data)
	switch {
	case len(now) == 0:
		v.took(scrub.Picture, "image", "")
		return ""
	case bytes.Equal(now, data):
		return ref
	}
	v.took(scrub.Other, "image", "what a picture in it tells of its makers")
	return "data:" + kind + ";base64," + base64.StdEncoding.EncodeToString(now)
}

// entities are the texts that a file defines for itself; drawing programs write the names of namespaces so.
var entities = regexp.MustCompile(`<!ENTITY\s+([\w.:-]+)\s+(?:"([^"<&%]*)"|'([^'<&%]*)')\s*>`)

// read makes the tree of a file, in the form in which the parser of HTML gives a drawing.
func (v *vector) read(src []byte) (*html.Node, error) {
	if len(src) > MaxVector {
		return nil, &scrub.DamageError{Format: scrub.SVG, What: fmt.Sprintf("it has more than %d bytes", MaxVector)}
	}
	if bytes.HasPrefix(src, []byte("\xFE\xFF")) || bytes.HasPrefix(src, []byte("\xFF\xFE")) || bytes.HasPrefix(src, []byte("\xEF\xBB\xBF")) {
		src, _ = webpage.Decode(src, "")
	}
	decoder := xml.NewDecoder(bytes.NewReader(src))
	decoder.CharsetReader = func(charset string, in io.Reader) (io.Reader, error) {
		rest, err := io.ReadAll(in) // bounded by MaxVector
		if err != nil {
			return nil, err
		}
		text, _ := webpage.Decode(rest, "image/svg+xml; charset="+charset)
		return bytes.NewReader(text), nil
	}
	damaged := func(what string) error {
		return &scrub.DamageError{Format: scrub.SVG, Offset: decoder.InputOffset(), What: what}
	}
	var root, at *html.Node
	for depth := 0; ; {
		token, err := decoder.Token()
		if err == io.EOF {
			break
		}
		if err != nil {
			return nil, damaged(err.Error())
		}
		switch t := token.(type) {
		case xml.StartElement:
			n := node(t)
			switch depth++; {
			case depth > deepestGroup:
				return nil, damaged("its elements stand too deep in each other")
			case root == nil && (n.Namespace != svg || n.Data != "svg"):
				return nil, damaged("it is no drawing, but <" + t.Name.Local + ">")
			case root == nil:
				root = n
			case at == nil:
				return nil, damaged("something stands behind its end")
			default:
				at.AppendChild(n)
			}
			at = n
		case xml.EndElement:
			depth--
			at = at.Parent
		case xml.CharData:
			if at != nil && len(t) > 0 {
				at.AppendChild(&html.Node{Type: html.TextNode, Data: string(t)})
			}
		case xml.Comment:
			if at != nil {
				at.AppendChild(&html.Node{Type: html.CommentNode, Data: string(t)})
			} else {
				v.took(commentKind(string(t)), "comment", strings.TrimSpace(string(t)))
			}
		case xml.ProcInst:
			if t.Target != "xml" {
				v.took(scrub.Link, "<?"+t.Target+"?>", string(t.Inst))
			}
		case xml.Directive:
			if decoder.Entity != nil {
				return nil, damaged("it has two document types")
			}
			decoder.Entity = map[string]string{}
			longest := 0
			for _, m := range entities.FindAllStringSubmatch(string(t), 100) {
				if value := m[2] + m[3]; len(value) <= longEntity {
					decoder.Entity[m[1]] = value
					longest = max(longest, len(value))
				}
			}
			if bytes.Count(src, []byte("&"))*longest > allEntities {
				return nil, damaged("its entities would become too large")
			}
		}
	}
	if root == nil {
		return nil, damaged("it holds no drawing")
	}
	return root, nil
}

// node returns an element in the form in which the parser of HTML gives it.
func node(t xml.StartElement) *html.Node {
	n := &html.Node{Type: html.ElementNode, Data: t.Name.Local, Namespace: "other"}
	if t.Name.Space == spaceSVG || t.Name.Space == "" {
		n.Namespace = svg
	}
	for _, a := range t.Attr {
		to := html.Attribute{Namespace: prefixOf(a.Name.Space), Key: a.Name.Local, Val: a.Value}
		if to.Namespace == "xmlns" || to.Namespace == "" && to.Key == "xmlns" {
			continue
		}
		n.Attr = append(n.Attr, to)
	}
	return n
}

// prefixOf is the prefix that a namespace usually has.
func prefixOf(space string) string {
	switch {
	case space == "" || space == "xmlns":
		return space
	case space == spaceXLink:
		return "xlink"
	case space == spaceXML || space == "xml":
		return "xml"
	case strings.Contains(space, "inkscape.org"):
		return "inkscape"
	case strings.Contains(space, "sodipodi"):
		return "sodipodi"
	}
	return "other"
}

// linked reports whether the old form of href stands somewhere.
func linked(n *html.Node) bool {
	has := func(n *html.Node) bool {
		for _, a := range n.Attr {
			if a.Namespace == "xlink" {
				return true
			}
		}
		return false
	}
	if has(n) {
		return true
	}
	for c := range n.Descendants() {
		if has(c) {
			return true
		}
	}
	return false
}

// writeInside writes what comes behind the name of an element and, of the root, its namespaces.
func writeInside(b *bytes.Buffer, n *html.Node) {
	for _, a := range n.Attr {
		b.WriteByte(' ')
		if a.Namespace != "" {
			b.WriteString(a.Namespace + ":")
		}
		b.WriteString(a.Key + `="`)
		escapeXML(b, a.Val, true)
		b.WriteByte('"')
	}
	if n.FirstChild == nil {
		b.WriteString("/>")
		return
	}
	b.WriteByte('>')
	for c := range n.ChildNodes() {
		switch c.Type {
		case html.TextNode:
			escapeXML(b, c.Data, false)
		case html.ElementNode:
			b.WriteString("<" + c.Data)
			writeInside(b, c)
		}
	}
	b.WriteString("</" + n.Data + ">")
}

// escapeXML writes text so that it is read again as it is; in the value of an attribute white space too (XML 1.0, §3.3.3).
func escapeXML(b *bytes.Buffer, s string, value bool) {
	for _, c := range s {
		switch {
		case c == '&':
			b.WriteString("&amp;")
		case c == '<':
			b.WriteString("&lt;")
		case c == '>':
			b.WriteString("&gt;")
		case c == '"' && value:
			b.WriteString("&quot;")
		case c == '\r', value && (c == '\n' || c == '\t'):
			fmt.Fprintf(b, "&#%d;", c)
		case c < ' ' && c != '\n' && c != '\t', c == 0xFFFE, c == 0xFFFF: // XML 1.0, §2.2, Char
		default:
			b.WriteRune(c)
		}
	}
}

// IsVector reports whether an address holds a drawing itself: "data:image/svg+xml,…".
func IsVector(ref string) bool {
	kind, _, found := strings.Cut(ref[:min(len(ref), 80)], ",")
	kind, _, _ = strings.Cut(strings.ToLower(kind), ";")
	return found && strings.TrimSpace(kind) == "data:image/svg+xml" || !found && kind == "data:image/svg+xml"
}
