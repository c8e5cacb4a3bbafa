// Package webpage reads what a server sent as a page: which charset it is in, the tree of its elements, and its language.
package webpage

import (
	"bytes"
	"fmt"
	"slices"
	"strings"

	"golang.org/x/net/html"
)

// nesting is how deep elements stand in each other before a page is flattened: the parser refuses what is deeper than 512
// (x/net/html), of which it adds some itself.
const nesting = 250

// Parse reads a page, which is UTF-8, as a browser without scripts does. One that is nested too deep for the parser loses
// the elements that are too deep, and keeps their words.
func Parse(doc []byte) (*html.Node, error) {
	doc = bytes.ReplaceAll(doc, []byte{0}, nil)
	read := func(b []byte) (*html.Node, error) {
		return html.ParseWithOptions(bytes.NewReader(b), html.ParseOptionEnableScripting(false))
	}
	root, err := read(doc)
	if err == nil {
		return root, nil
	}
	for _, depth := range []int{nesting, 40, 0} {
		if root, err = read(flat(doc, depth)); err == nil {
			return root, nil
		}
	}
	return nil, fmt.Errorf("read the page: %w", err)
}

// unclosed are the elements whose end is often left out; others that follow close them, so that they do not nest.
var unclosed = set("p li dt dd tr td th tbody thead tfoot option colgroup rt rp")

var void = set("area base br col embed hr img input link meta source track wbr param")

// flat returns the page without the tags of elements that stand deeper than depth.
func flat(doc []byte, depth int) []byte {
	var out bytes.Buffer
	z := html.NewTokenizer(bytes.NewReader(doc))
	var open []string
	for {
		kind := z.Next()
		raw := slices.Clone(z.Raw())
		switch kind {
		case html.ErrorToken:
			return out.Bytes()
		case html.StartTagToken, html.SelfClosingTagToken:
			tag, _ := z.TagName()
			name := string(tag)
			switch {
			case void[name]:
				if len(open) <= depth || name == "img" || name == "br" {
					out.Write(raw)
				}
			case len(open) >= depth && name != "html" && name != "head" && name != "body" && name != "title" && name != "style" && name != "script":
				out.WriteByte(' ')
				if !unclosed[name] {
					open = append(open, "")
				}
			default:
				out.Write(raw)
				if !unclosed[name] {
					open = append(open, name)
				}
			}
		case html.EndTagToken:
			tag, _ := z.TagName()
			name := string(tag)
			if n := len(open); n > 0 && open[n-1] == "" {
				open = open[:n-1]
				out.WriteByte(' ')
				continue
			}
			out.Write(raw)
			if i := slices.Index(open, name); i >= 0 {
				for n := len(open) - 1; n >= i; n-- {
					if open[n] == name {
						open = slices.Delete(open, n, n+1)
						break
					}
				}
			}
		default:
			out.Write(raw)
		}
	}
}

func set(names string) map[string]bool {
	m := map[string]bool{}
	for name := range strings.FieldsSeq(names) {
		m[name] = true
	}
	return m
}
