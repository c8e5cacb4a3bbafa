package page

import (
	"strings"

	"samizdat/internal/markup"
)

// The parts that several pages, and the reader's own pages, are made of.

// Mark returns the mark of a status: full, captured, linked, named, damaged. Its brackets are text.
func Mark(site Site, status string) markup.Node {
	ui := site.ui()
	return mark(site, ui.Text("status."+status))
}

func mark(site Site, text string) markup.Node {
	return span("mark", markup.Text(site.ui().Text("mark", "text", text)))
}

// Rows returns a list of terms and what is said about them. Rows without a value are left out; without any row there
// is no list.
func Rows(class string, rows []Row) markup.Node {
	var nodes []markup.Node
	for _, r := range rows {
		if r.Value != nil {
			nodes = append(nodes, markup.Frag(
				markup.El("dt", markup.Text(r.Term)), markup.El("dd", r.Value),
			))
		}
	}
	if nodes == nil {
		return nil
	}
	return markup.El("dl", markup.If(class != "", markup.A("class", class)), markup.Text("\n"), markup.Lines(nodes...))
}

// Stamp returns the panel that stands beside the text on wide screens and after it on narrow ones. id becomes the
// heading's.
func Stamp(id, title string, nodes ...markup.Node) markup.Node {
	return panel("stamp", id, title, nodes...)
}

// Side is [Stamp] without the frame.
func Side(id, title string, nodes ...markup.Node) markup.Node {
	return panel("side", id, title, nodes...)
}

func panel(class, id, title string, nodes ...markup.Node) markup.Node {
	return markup.El(
		"aside", markup.A("class", class), markup.A("aria-labelledby", id),
		markup.El("h2", markup.A("id", id), markup.Text(title)), markup.Text("\n"), markup.Lines(nodes...),
	)
}

// Column returns nodes as one block, the text column of a [Frame] that has a panel too.
func Column(nodes ...markup.Node) markup.Node {
	return div("", markup.Text("\n"), markup.Lines(nodes...))
}

// Heading returns the heading of a page.
func Heading(title string) markup.Node { return markup.El("h1", markup.Text(title)) }

// Lead returns the sentence under the heading.
func Lead(text string) markup.Node { return para("lead", markup.Text(text)) }

// SectionOf returns a part of a page under its own heading, whose id is id.
func SectionOf(id, title string, nodes ...markup.Node) markup.Node {
	return section("", id, title, markup.Lines(nodes...))
}

// Command returns a command line to copy. It takes the focus, so that a long one can be scrolled by keys.
func Command(line string) markup.Node {
	return markup.El("pre", markup.A("tabindex", "0"), markup.A("dir", "ltr"), markup.El(
		"code", markup.A("dir", "ltr"), markup.A("translate", "no"), markup.Text(line),
	))
}

// PostForm returns a form that is one button, which posts to action, with these names and values.
func PostForm(action, label string, with ...[2]string) markup.Node {
	return markup.El(
		"form", markup.A("method", "post"), markup.A("action", action), hidden(with),
		markup.El("button", markup.A("class", "quiet"), markup.A("type", "submit"), markup.Text(label)),
	)
}

// paragraphs returns text as paragraphs; it is divided at empty lines.
func paragraphs(class, text string) markup.Node {
	var nodes []markup.Node
	for p := range strings.SplitSeq(strings.ReplaceAll(text, "\r\n", "\n"), "\n\n") {
		if p = strings.Trim(p, "\n"); p != "" {
			nodes = append(nodes, para(class, markup.Text(p)))
		}
	}
	return markup.Lines(nodes...)
}

// editorNote is what an editor adds, set apart from what the source says.
func (s Site) editorNote(text string) markup.Node {
	if text == "" {
		return nil
	}
	return div(
		"note", span("m", markup.Text(s.ui().Text("prov.editor"))), para("", s.langOf(""), markup.Text(text)),
	)
}

// date is the date as the source writes it in the language lang, or in words; nothing if there is neither.
func (s Site) date(iso, text, lang string) markup.Node {
	if text != "" {
		return s.foreign(text, lang)
	}
	if iso == "" {
		return nil
	}
	return markup.Text(s.ui().Date(iso))
}

// timeOf marks text as the time iso.
func timeOf(iso string, text markup.Node) markup.Node {
	if iso == "" {
		return span("d", text)
	}
	return markup.El("time", markup.A("datetime", iso), text)
}

// by is who wrote or published the item; both if both are known.
func (it *Item) by(separator string) string { return words(separator, it.Author, it.Publisher) }

// entries are the lines of a table of contents.
func (s Site) entries(items []*Item) markup.Node {
	ui := s.ui()
	var nodes []markup.Node
	for _, it := range items {
		by := markup.Text(ui.Text("kind." + it.Kind))
		if names := it.by(ui.Text("list.separator")); names != "" {
			by = s.foreign(names, "")
		}
		nodes = append(nodes, li(
			span("n m", markup.Text(ui.Number(int64(it.Position)))), markup.Text(" "),
			span("w", anchor(s.Ref(it.Path), s.foreign(it.Title, it.Lang)), markup.Text(" "), span("by", by)), markup.Text(" "),
			Mark(s, it.Status),
		))
	}
	return markup.Lines(nodes...)
}

// fileName is the name of a file, whatever the direction of the page.
func fileName(name string) markup.Node {
	return markup.El("bdi", markup.A("dir", "ltr"), markup.Breaks(name))
}

// fileList lists files to download.
func (s Site) fileList(files []File) markup.Node {
	ui := s.ui()
	var nodes []markup.Node
	for _, f := range files {
		var sum markup.Node
		if f.SHA256 != "" {
			sum = span("sum m", markup.Text(ui.Text("file.sum")+" "), Digest(f.SHA256))
		}
		nodes = append(nodes, li(
			markup.El("b", fileName(f.Name)), markup.Text(" "),
			span("m", markup.Text(ui.Bytes(f.Size))), markup.Text(" "), sum,
			para("", markup.El(
				"a", markup.A("class", "btn quiet"), markup.A("href", s.Home+f.Path), markup.A("download", f.Name),
				s.fill("file.download", "name", fileName(f.Name)),
			)),
		))
	}
	if nodes == nil {
		return nil
	}
	return markup.El("ul", markup.A("class", "files"), markup.Text("\n"), markup.Lines(nodes...))
}
