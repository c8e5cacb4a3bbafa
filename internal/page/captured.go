package page

import (
	"strconv"
	"strings"

	"samizdat/internal/markup"
)

// Captured returns the page of an item that was taken from the web: its text, set as all texts here are. If only the
// snapshot is here, the page shows that.
func Captured(site Site, it *Item) []byte {
	if it.Body == nil {
		return Snapshot(site, it)
	}
	lang := it.Lang
	if lang == "" {
		lang = site.Lang
	}
	// What stands around the text is in the language of the frame, so the article says its own language part by part.
	article := markup.El("article", markup.Text("\n"), markup.Lines(
		markup.El("h1", site.foreign(it.Title, it.Lang)), byline(site, it, site.ui().Lang()), site.views(it, it.Path),
		div("text", site.langOf(lang), markup.Text("\n"), it.Body),
	))
	return site.itemFrame(it, article, site.figures(it), site.transcripts(it), site.missing(it), site.evidence(it), site.itemNotes(it), site.files(it))
}

// Snapshot returns the page that shows a captured page as it looked.
func Snapshot(site Site, it *Item) []byte {
	ui, c := site.ui(), it.Capture
	site.Path = it.Path
	if it.Body != nil {
		site.Path = c.Page
	}
	title := ui.Text("view.snapshot.of", "title", it.Title)
	var film markup.Node
	if it.Body == nil && len(it.recordings()) > 0 { // what the page was there for comes first
		film = Column(site.figures(it), site.transcripts(it))
	}
	main := []markup.Node{
		site.folio(it),
		markup.El("h1", site.foreign(it.Title, it.Lang)), byline(site, it, ui.Lang()), film, site.views(it, site.Path),
		para("hint", markup.Text(ui.Text("view.snapshot.note")+" "), anchor(site.Home+c.Snapshot, markup.Text(ui.Text("view.wide")))),
		markup.Frame("snap", site.Home+c.Snapshot, title),
		site.screenshot(it), site.missing(it), site.evidence(it),
	}
	if it.Body == nil {
		main = append(main, site.itemNotes(it), site.files(it))
	}
	main = append(main, site.provenance(it))
	if it.Prev != nil || it.Next != nil {
		main = append(main, site.order(it.Prev, it.Next))
	}
	return site.frame(title, "wrap", main...)
}

// views is the switch between the text, the snapshot and the evidence; at is the page that it stands on.
func (s Site) views(it *Item, at string) markup.Node {
	ui, c := s.ui(), it.Capture
	var items []markup.Node
	view := func(path, key string) {
		items = append(items, li(markup.El(
			"a", markup.A("href", s.Ref(path)), markup.If(path == at, markup.A("aria-current", "page")), markup.Text(ui.Text(key)),
		)))
	}
	if it.Body != nil {
		view(it.Path, "view.reader")
	}
	if c.Page != "" {
		view(c.Page, "view.snapshot")
	}
	if c.Evidence != nil {
		items = append(items, li(anchor("#evidence", markup.Text(ui.Text("evidence.title")))))
	}
	if len(items) < 2 {
		return nil
	}
	return markup.El(
		"nav", markup.A("class", "view"), markup.A("aria-label", ui.Text("view.label")),
		markup.El("ul", markup.Text("\n"), markup.Lines(items...)),
	)
}

// screenshot is the picture of a captured page, folded.
func (s Site) screenshot(it *Item) markup.Node {
	f := it.Capture.Screenshot
	if f == nil {
		return nil
	}
	ui := s.ui()
	return markup.El("details", markup.El("summary", markup.Text(ui.Text("view.screenshot"))), markup.El("figure", markup.El(
		"img", markup.A("src", s.Home+f.Path), markup.A("alt", ui.Text("view.screenshot.of", "title", it.Title)), markup.A("loading", "lazy"),
	)))
}

// missing names the pieces of a captured page that could not be had.
func (s Site) missing(it *Item) markup.Node {
	if it.Capture == nil || len(it.Capture.Missing) == 0 {
		return nil
	}
	var nodes []markup.Node
	for _, m := range it.Capture.Missing {
		reason := markup.Node(nil)
		if m.Reason != "" {
			reason = markup.Frag(markup.Text(" "), span("m", s.foreign(m.Reason, "")))
		}
		nodes = append(nodes, li(Address(m.URL), reason))
	}
	var film markup.Node
	if it.Capture.NoFilm {
		film = para("", markup.Text(s.ui().Text("missing.film")))
	}
	return section("box", "missing", s.ui().Text("missing.title"), markup.Lines(film, markup.El("ul", markup.Text("\n"), markup.Lines(nodes...))))
}

// evidence offers the page as the server sent it, or says that only its digest is here.
func (s Site) evidence(it *Item) markup.Node {
	if it.Capture == nil || it.Capture.Evidence == nil {
		return nil
	}
	ui, f := s.ui(), *it.Capture.Evidence
	if f.Path == "" {
		return section("", "evidence", ui.Text("evidence.title"), markup.Lines(
			para("", markup.Text(ui.Text("evidence.kept"))), para("sum m", markup.Text(ui.Text("file.sum")+" "), Digest(f.SHA256)),
		))
	}
	what := ui.Text("evidence.text")
	if f.MIME == "application/wacz" {
		what = ui.Text("evidence.wacz")
	}
	return section("", "evidence", ui.Text("evidence.title"), markup.Lines(
		para("", markup.Text(what)), s.fileList([]File{f}),
	))
}

// captureRows are what the panel says of a capture.
func (s Site) captureRows(c *Capture) []Row {
	if c == nil {
		return nil
	}
	ui := s.ui()
	how := ui.Text("method." + strings.TrimPrefix(c.Method, "import:"))
	rows := []Row{
		{ui.Text("prov.captured"), timeOf(c.At, markup.Text(ui.Date(c.At)))},
		{ui.Text("prov.by"), textOr(c.By, s.foreign(c.By, ""))},
		{ui.Text("prov.method"), markup.Text(how)},
	}
	if c.Imported != "" {
		rows = append(rows, Row{ui.Text("prov.imported"), s.foreign(c.Imported, "")})
	}
	if c.Status > 0 {
		rows = append(rows, Row{ui.Text("prov.status"), markup.Text(strconv.Itoa(c.Status))})
	}
	if c.Fetched > 0 {
		rows = append(rows, Row{ui.Text("prov.fetched"), markup.Text(ui.Number(int64(c.Fetched)))})
	}
	if len(c.Missing) > 0 {
		rows = append(rows, Row{ui.Text("prov.missing"), anchor("#missing", markup.Text(ui.Number(int64(len(c.Missing)))))})
	}
	if c.NoRobots {
		rows = append(rows, Row{"robots.txt", markup.Text(ui.Text("prov.robots.ignored"))})
	}
	if c.Cookies {
		rows = append(rows, Row{ui.Text("prov.cookies"), markup.Text(ui.Text("prov.cookies.sent"))})
	}
	return append(rows, Row{ui.Text("prov.removed"), s.removed(c.Stripped, c.Removed)})
}

// removed lists what was taken out: in words as they are, and by the ends of keys. Nothing if there is neither.
func (s Site) removed(as []string, keys []string) markup.Node {
	ui := s.ui()
	texts := make([]string, len(keys))
	for i, k := range keys {
		texts[i] = ui.Text("trace." + k)
	}
	separator := ui.Text("list.separator")
	known := words(separator, texts...)
	said := words(separator, as...)
	switch {
	case said == "":
		return textOr(known, markup.Text(known))
	case known == "":
		return s.foreign(said, "")
	}
	return markup.Frag(s.foreign(said, ""), markup.Text(separator+known))
}

// captureRecord are what the technical record says of a capture.
func (s Site) captureRecord(c *Capture) []Row {
	if c == nil {
		return nil
	}
	ui := s.ui()
	address := func(url string) markup.Node { return textOr(url, Address(url)) }
	digest := func(sum string) markup.Node { return textOr(sum, Digest(sum)) }
	verbatim := func(text string) markup.Node {
		return textOr(text, markup.El("code", markup.A("dir", "ltr"), markup.A("translate", "no"), markup.Breaks(text)))
	}
	rows := []Row{
		{ui.Text("prov.sha.original"), digest(c.Digests["original"])},
		{ui.Text("prov.sha.snapshot"), digest(c.Digests["snapshot"])},
		{ui.Text("prov.sha.evidence"), digest(c.Digests["evidence"])},
		{ui.Text("prov.sha.record"), digest(c.Digests["record"])},
		{"WARC-Record-ID", verbatim(c.RecordID)},
		{"Content-Type", verbatim(c.ContentType)},
		{ui.Text("prov.tool"), verbatim(c.Tool)},
		{ui.Text("prov.server"), verbatim(c.ServerIP)},
		{ui.Text("prov.certificate"), digest(c.TLSSHA256)},
	}
	if c.Imported != "" {
		rows = append(rows, Row{ui.Text("prov.sha.imported"), digest(c.Digests["imported"])})
	}
	for _, url := range c.Redirects {
		rows = append(rows, Row{ui.Text("prov.redirect"), address(url)})
	}
	return append(rows, Row{ui.Text("prov.final"), address(c.FinalURL)}, Row{ui.Text("prov.archived"), address(c.ArchivedAt)})
}

// textOr returns node unless text is empty.
func textOr(text string, node markup.Node) markup.Node {
	if text == "" {
		return nil
	}
	return node
}
