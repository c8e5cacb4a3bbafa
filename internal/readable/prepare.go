package readable

import (
	"strings"

	"golang.org/x/net/html"

	"samizdat/internal/webpage"
)

// What programs that make pages are known to put round a text, in their own markup. The extractor judges by scores, and these it
// judges wrongly: a message of Telegram is called a widget, and a line with author and date stands in a box of its own beside the
// text.

// prepare changes a page so that its text is found.
func prepare(root *html.Node) {
	unlazy(root)
	var remove, messages, tables []*html.Node
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch classes := " " + webpage.Attr(n, "class") + " "; {
		case n.Data == "table" && layout(n):
			tables = append(tables, n)
		case strings.Contains(classes, " tgme_widget_message "):
			messages = append(messages, n)
		case beside(classes) && len(webpage.Words(n)) < maxBeside:
			remove = append(remove, n)
		}
	}
	for _, n := range remove {
		n.Parent.RemoveChild(n)
	}
	for _, n := range messages {
		quote(n)
	}
	for _, n := range tables {
		unfold(n)
	}
}

// maxBeside is the length of a line beside a text, in bytes. What is longer is not thrown away for its class.
const maxBeside = 400

// beside reports whether a class is one that Drupal or Joomla give to lines with author, date and counter.
func beside(classes string) bool {
	for _, c := range []string{"submitted", "node__submitted", "statistics_counter", "statistics-counter", "createdate", "modifydate"} {
		if strings.Contains(classes, " "+c+" ") {
			return true
		}
	}
	return false
}

// quote makes a quotation of a message of Telegram: its text, without channel, counter and time.
func quote(n *html.Node) {
	var said *html.Node
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && strings.Contains(" "+webpage.Attr(c, "class")+" ", " tgme_widget_message_text ") {
			said = c
			break
		}
	}
	if said == nil {
		return
	}
	said.Parent.RemoveChild(said)
	for n.FirstChild != nil {
		n.RemoveChild(n.FirstChild)
	}
	n.Data, n.DataAtom, n.Attr = "blockquote", 0, nil
	said.Data, said.DataAtom, said.Attr = "p", 0, nil
	n.AppendChild(said)
	// Boxes that hold the message alone are called after it.
	for p := n.Parent; p != nil && p.Data == "div" && strings.TrimSpace(webpage.Words(p)) == strings.TrimSpace(webpage.Words(n)); p = p.Parent {
		p.Attr = nil
	}
}

// layout reports whether a table only arranges a page: it has a cell with a text of several paragraphs, and no heading of a column or a row.
func layout(table *html.Node) bool {
	const paragraph = 150 // bytes
	several := false
	for n := range table.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch n.Data {
		case "th", "caption":
			return false
		case "td":
			long := 0
			for c := range n.ChildNodes() {
				if c.Type == html.ElementNode && c.Data == "p" && len(webpage.Words(c)) >= paragraph {
					long++
				}
			}
			several = several || long > 1
		}
	}
	return several
}

// unfold makes boxes of a table that only arranges a page; tables in it stay.
func unfold(n *html.Node) {
	switch n.Data {
	case "table", "tbody", "thead", "tfoot", "tr", "td":
		n.Data, n.DataAtom = "div", 0
	default:
		return
	}
	for c := range n.ChildNodes() {
		if c.Type == html.ElementNode && c.Data != "table" {
			unfold(c)
		}
	}
}

// heading is the first heading of a page, if the page's title begins with it: "Heading | Newspaper".
func heading(root *html.Node) string {
	var title, first string
	for n := range root.Descendants() {
		if n.Type == html.ElementNode && (n.Data == "title" && title == "" || n.Data == "h1" && first == "") {
			if n.Data == "title" {
				title = line(webpage.Words(n))
			} else {
				first = line(webpage.Words(n))
			}
		}
	}
	rest, ok := strings.CutPrefix(title, first)
	if first == "" || !ok || rest == "" || strings.Trim(rest[:1], " ") != "" || strings.TrimLeft(rest, " |-–—·:»") == strings.TrimLeft(rest, " ") {
		return ""
	}
	return first
}

// withoutHeading takes the first heading out of an article if it is the title, which stands above it anyway.
func withoutHeading(n *html.Node, title string) {
	for c := range n.Descendants() {
		if c.Type == html.ElementNode && (c.Data == "h1" || c.Data == "h2") {
			if line(webpage.Words(c)) == title {
				c.Parent.RemoveChild(c)
			}
			return
		}
		if c.Type == html.TextNode && strings.TrimSpace(c.Data) != "" {
			return
		}
	}
}
