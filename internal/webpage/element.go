package webpage

import (
	"strings"

	"golang.org/x/net/html"
)

// Attr returns an attribute of n, or "".
func Attr(n *html.Node, name string) string {
	for _, a := range n.Attr {
		if a.Namespace == "" && a.Key == name {
			return a.Val
		}
	}
	return ""
}

// Words returns the texts inside of n, as they stand.
func Words(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}
