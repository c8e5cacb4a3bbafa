package stick

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"

	"golang.org/x/net/html"
)

// node is an element of a page, or a text.
type node struct {
	name    string // of the element, in lower case; empty for a text
	text    string
	attrs   []html.Attribute
	parent  *node
	content []*node
}

// maxDepth is how deep elements may stand within each other.
const maxDepth = 512

// errDepth is what is wrong with a page that goes deeper.
var errDepth = fmt.Errorf("elements stand more than %d deep", maxDepth)

// parse returns the tree of a page as its tags say it. Ours close every element that they open; for those of others there are no
// rules of what closes what: an end tag closes the last element of its name, and everything in it, or nothing. The
// parser of golang.org/x/net/html knows them all, and would make the reader 140 kB larger. Only its tokenizer is linked.
func parse(page []byte) (*node, error) {
	root := &node{}
	z, at, depth := html.NewTokenizer(bytes.NewReader(page)), root, 0
	open := map[string]int{}
	for {
		switch z.Next() {
		case html.ErrorToken:
			if err := z.Err(); !errors.Is(err, io.EOF) {
				return nil, fmt.Errorf("read the page: %w", err)
			}
			return root, nil
		case html.TextToken:
			text := string(z.Text())
			if at.name == "pre" && len(at.content) == 0 {
				text = strings.TrimPrefix(text, "\n") // HTML §13.2.6.4.7
			}
			at.content = append(at.content, &node{text: text, parent: at})
		case html.StartTagToken, html.SelfClosingTagToken:
			t := z.Token()
			n := &node{name: t.Data, attrs: t.Attr, parent: at}
			at.content = append(at.content, n)
			if void[n.name] || t.Type == html.SelfClosingTagToken && open["svg"]+open["math"] > 0 {
				continue
			}
			if depth++; depth > maxDepth {
				return nil, fmt.Errorf("read the page: %w", errDepth)
			}
			open[n.name]++
			at = n
		case html.EndTagToken:
			b, _ := z.TagName()
			name := string(b)
			for closed := open[name] == 0; !closed; depth-- {
				closed = at.name == name
				open[at.name]--
				at = at.parent
			}
		}
	}
}

// void are the elements that have no content and no end tag. HTML §13.1.2.
var void = map[string]bool{
	"area": true, "base": true, "br": true, "col": true, "embed": true, "hr": true, "img": true, "input": true, "link": true,
	"meta": true, "source": true, "track": true, "wbr": true,
}

// all goes through what is in n, in the order of the page.
func (n *node) all() iter.Seq[*node] {
	return func(yield func(*node) bool) { n.walk(yield) }
}

func (n *node) walk(yield func(*node) bool) bool {
	for _, c := range n.content {
		if !yield(c) || !c.walk(yield) {
			return false
		}
	}
	return true
}

// find returns the first element in n, in the order of the page, for which is says yes, or nil.
func (n *node) find(is func(*node) bool) *node {
	for d := range n.all() {
		if d.name != "" && is(d) {
			return d
		}
	}
	return nil
}

// element returns a test for [node.find].
func element(name string) func(*node) bool {
	return func(n *node) bool { return n.name == name }
}

func (n *node) attr(name string) string {
	for _, a := range n.attrs {
		if a.Key == name {
			return a.Val
		}
	}
	return ""
}

// words returns the characters of n as one line.
func (n *node) words() string {
	var b strings.Builder
	for d := range n.all() {
		b.WriteString(d.text)
	}
	return strings.Join(strings.Fields(b.String()), " ")
}
