package page

import (
	"strconv"
	"strings"

	"samizdat/internal/markup"
)

// Outside returns outside.html: all addresses that the archive names, each with its id and the pages that name it.
func Outside(site Site, addresses []OutsideAddress) []byte {
	ui := site.ui()
	site.Path = OutsidePath
	nodes := []markup.Node{
		Heading(ui.Text("out.title")), Lead(ui.Text("out.lead")), para("", markup.Text(ui.Text("out.why"))),
	}
	var list []markup.Node
	for _, a := range addresses {
		list = append(list, li(
			markup.A("id", OutsideID(a.URL)), para("", Address(a.URL)), site.named(a.Named),
		))
	}
	if list == nil {
		nodes = append(nodes, para("", markup.Text(ui.Text("out.none"))))
	} else {
		nodes = append(nodes, section("", "all", ui.Text("out.all"), markup.Lines(
			para("hint", markup.Text(ui.Text("out.copy"))),
			markup.El("ol", markup.A("class", "outs"), markup.Text("\n"), markup.Lines(list...)),
		)))
	}
	return site.frame(ui.Text("out.title"), "wrap leaf", Column(nodes...))
}

// named is the line that says which pages name an address.
func (s Site) named(links []Link) markup.Node {
	if len(links) == 0 {
		return nil
	}
	ui := s.ui()
	parts := []markup.Node{markup.Text(ui.Text("out.named") + " ")}
	for i, l := range links {
		if i > 0 {
			parts = append(parts, markup.Text(ui.Text("list.separator")))
		}
		parts = append(parts, anchor(s.Ref(l.Path), s.foreign(l.Title, l.Lang)))
	}
	return para("by", markup.Frag(parts...))
}

// Source returns the page of the document that the dossier was made from: each line with its number, which is also
// its id (L1, L2, …), and the file with its digest.
func Source(site Site, v SourceView) []byte {
	ui := site.ui()
	site.Path, site.Current = SourcePath, AboutPath
	text := strings.TrimSuffix(strings.ReplaceAll(v.Text, "\r\n", "\n"), "\n")
	text = strings.TrimPrefix(text, "\uFEFF")
	var lines []markup.Node
	n := 0
	for line := range strings.SplitSeq(text, "\n") {
		n++
		lines = append(lines, li(markup.A("id", "L"+strconv.Itoa(n)), markup.Text(line)))
	}
	column := Column(
		Heading(ui.Text("source.title")), Lead(ui.Text("source.lead")),
		markup.El("ol", markup.A("class", "lines"), site.langOf(v.Lang), markup.Text("\n"), markup.Lines(lines...)),
	)
	var file markup.Node
	if v.Path != "" {
		file = anchor(site.Home+v.Path, fileName(v.Name))
	}
	panel := Stamp("file", ui.Text("source.original"), Rows("", []Row{
		{ui.Text("source.file"), file},
		{ui.Text("file.size"), markup.Text(ui.Bytes(v.Size))},
		{ui.Text("file.sum"), Digest(v.SHA256)},
	}))
	return site.frame(ui.Text("source.title"), "wrap leaf", column, panel)
}
