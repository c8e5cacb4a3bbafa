package stick

import (
	"crypto/sha256"
	_ "embed" // start.sh
	"encoding/base64"
	"strings"

	"samizdat/internal/markup"
	"samizdat/internal/messages"
	"samizdat/internal/page"
)

//go:embed start.sh
var startScriptText []byte

// page returns the start page. A browser opens it from the disk, where nothing else stops a page from running scripts
// or asking the network: it has none, and its policy would hold any.
func (a *about) page() []byte {
	main := messages.For(a.guides[0].lang)
	sheet := strings.TrimSpace(string(page.Style()))
	hash := sha256.Sum256([]byte(sheet))
	policy := "default-src 'none'; style-src 'sha256-" + base64.StdEncoding.EncodeToString(hash[:]) + "'; base-uri 'none'; form-action 'none'"
	head := []markup.Node{
		markup.El("meta", markup.A("charset", "utf-8")),
		markup.Policy(policy),
		markup.El("title", markup.Text(a.title)),
		markup.El("meta", markup.A("name", "viewport"), markup.A("content", "width=device-width, initial-scale=1")),
		markup.El("meta", markup.A("name", "referrer"), markup.A("content", "no-referrer")),
		markup.Sheet(sheet),
	}
	cover := []markup.Node{markup.El("h1", in(a.lang, main), markup.Text(a.title))}
	if a.description != "" {
		cover = append(cover, markup.El("p", markup.A("class", "lead"), in(a.lang, main), markup.Text(a.description)))
	}
	if line := a.editionLine(main); line != "" {
		cover = append(cover, markup.El("p", markup.A("class", "by"), markup.Text(line)))
	}
	nodes := []markup.Node{
		markup.El("div", markup.A("class", "sheet"), markup.Text("\n"), markup.Lines(cover...)),
		markup.El("section", markup.A("class", "box"), markup.A("aria-label", a.guideTitle(a.guides[0])), markup.Text("\n"), markup.Lines(a.guideSections(main)...)),
	}
	if len(a.chapters) > 0 {
		nodes = append(nodes, a.toc(main))
		for _, c := range a.chapters {
			nodes = append(nodes, markup.El("section", markup.A("id", c.id), in(c.lang, main), markup.Text("\n"), c.body))
		}
	}
	body := []markup.Node{markup.El("main", markup.A("class", "wrap"), markup.Text("\n"), markup.Lines(nodes...))}
	return markup.Document(main.Lang(), main.Dir(), head, body)
}

// in marks a part of the page that is in another language than the page.
func in(lang string, main *messages.Printer) markup.Part {
	if lang == main.Lang() {
		return nil
	}
	return markup.Group(markup.A("lang", lang), markup.A("dir", messages.Direction(lang)))
}

// editionLine is like "No. 1, 23 November 2026".
func (a *about) editionLine(p *messages.Printer) string {
	var parts []string
	if a.edition != "" {
		parts = append(parts, p.Text("edition.number", "n", a.edition))
	}
	if a.date != "" {
		parts = append(parts, p.Date(a.date))
	}
	return strings.Join(parts, p.Text("list.separator"))
}

func (a *about) guideTitle(g guide) string {
	title, _ := a.guideNodes(g)
	return title
}

// guideSections returns the guides, each folded but the first if there are no texts to read.
func (a *about) guideSections(main *messages.Printer) []markup.Node {
	var nodes []markup.Node
	for i, g := range a.guides {
		title, parts := a.guideNodes(g)
		label := messages.For(g.lang).LanguageName(g.lang) + ": " + title
		nodes = append(nodes, markup.El(
			"details", markup.If(i == 0 && len(a.chapters) == 0, markup.Flag("open")), in(g.lang, main), markup.Text("\n"),
			markup.El("summary", markup.Text(label)), markup.Text("\n"), markup.Lines(parts...),
		))
	}
	return nodes
}

// toc lists the texts that stand on the page.
func (a *about) toc(main *messages.Printer) markup.Node {
	var items []markup.Node
	for _, c := range a.chapters {
		items = append(items, markup.El("li", markup.El(
			"span", markup.A("class", "w"), markup.El("a", markup.A("href", "#"+c.id), in(c.lang, main), markup.Text(c.title)),
		)))
	}
	return markup.El(
		"nav", markup.A("aria-label", main.Text("nav.contents")), markup.Text("\n"),
		markup.El("h2", markup.Text(main.Text("nav.contents"))), markup.Text("\n"),
		markup.El("ol", markup.A("class", "toc"), markup.Text("\n"), markup.Lines(items...)),
	)
}
