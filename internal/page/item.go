package page

import "samizdat/internal/markup"

// ItemPage returns the page of it: [Captured] if it was taken from the web, [Statement] if its text is here, otherwise
// [Linked].
func ItemPage(site Site, it *Item) []byte {
	switch {
	case it.Capture != nil && (it.Body != nil || it.Capture.Snapshot != ""):
		return Captured(site, it)
	case it.Body != nil:
		return Statement(site, it)
	}
	return Linked(site, it)
}

// Statement returns the page of an item whose text is here in full.
func Statement(site Site, it *Item) []byte {
	lang := it.Lang
	if lang == "" {
		lang = site.Lang
	}
	article := markup.El(
		"article", site.langOf(it.Lang), markup.Text("\n"), markup.Lines(
			Heading(it.Title), byline(site, it, lang), div("text", markup.Text("\n"), it.Body),
		),
	)
	return site.itemFrame(it, article, site.figures(it), site.transcripts(it), site.files(it), site.itemNotes(it))
}

// Linked returns the page of an item of which only the address, the name, or a file is here.
func Linked(site Site, it *Item) []byte {
	article := markup.El("article", markup.Text("\n"), markup.Lines(
		markup.El("h1", site.foreign(it.Title, it.Lang)), byline(site, it, site.ui().Lang()), site.figures(it),
		site.notCaptured(it), site.transcripts(it), site.missing(it), site.evidence(it), site.itemNotes(it), site.files(it),
	))
	var help markup.Node
	if it.Status == "linked" {
		help = para("help", markup.Text(site.ui().Text("linked.help")))
	}
	return site.itemFrame(it, article, help)
}

// itemFrame puts the folio above, the panel beside and the ways on below.
func (s Site) itemFrame(it *Item, nodes ...markup.Node) []byte {
	s.Path = it.Path
	main := []markup.Node{
		Column(append([]markup.Node{s.folio(it)}, nodes...)...),
		s.provenance(it),
	}
	if it.Prev != nil || it.Next != nil {
		main = append(main, div("", s.order(it.Prev, it.Next)))
	}
	return s.frame(it.Title, "wrap leaf", main...)
}

// folio is the line above the heading: what it is, how much of it is here, and where it stands in the dossier.
func (s Site) folio(it *Item) markup.Node {
	ui := s.ui()
	var position markup.Node
	if it.Total > 0 {
		position = markup.Frag(markup.Text(" "), markup.El(
			"span", markup.Text(ui.Text("nav.position", "n", it.Position, "total", it.Total)),
		))
	}
	return para(
		"folio", markup.El("span", markup.Text(ui.Text("kind."+it.Kind)+" "), Mark(s, it.Status)), position,
	)
}

// byline is who wrote it, under the heading, inside of an element in the language around; nothing if the source does
// not say.
func byline(site Site, it *Item, around string) markup.Node {
	by := it.by(site.ui().Text("list.separator"))
	if by == "" {
		return nil
	}
	return para("by", site.inside(by, "", around))
}

// notCaptured says that the thing itself is not here, and gives the address to copy if there is one.
func (s Site) notCaptured(it *Item) markup.Node {
	ui := s.ui()
	switch it.Status {
	case "linked":
		return section(
			"box", "cap", ui.Text("linked.title"), markup.Lines(
				para("", markup.Text(ui.Text("linked.why"))), s.attempt(it.Attempt),
				markup.El("h3", markup.Text(ui.Text("linked.copy"))),
				para("copy", Address(it.Address)),
				para("hint", markup.Text(ui.Text("out.copy"))),
			),
		)
	case "named":
		return section(
			"box", "cap", ui.Text("linked.title"), markup.Lines(para("", markup.Text(ui.Text("linked.noaddress")))),
		)
	}
	return nil
}

// attempt says that a capture failed, and why.
func (s Site) attempt(a *Attempt) markup.Node {
	if a == nil {
		return nil
	}
	ui := s.ui()
	reason := markup.Node(nil)
	if a.Reason != "" {
		reason = markup.Frag(markup.Text(" "), span("m", s.foreign(a.Reason, "")))
	}
	return para("", markup.Text(ui.Text("linked.tried")+" "), timeOf(a.At, markup.Text(ui.Date(a.At))), reason)
}

// itemNotes are the source's note, as a quotation, and the editor's.
func (s Site) itemNotes(it *Item) markup.Node {
	ui := s.ui()
	var note markup.Node
	if it.Note != "" {
		note = section("", "note", ui.Text("prov.note"), markup.El(
			"blockquote", markup.A("class", "lead"), s.langOf(it.Lang), markup.Text("\n"), paragraphs("", it.Note),
		))
	}
	return markup.Lines(note, s.editorNote(it.EditorNote))
}

// files are the item's files to download, under a heading.
func (s Site) files(it *Item) markup.Node {
	var list []File
	for _, f := range it.Files {
		if f.Role != "poster" { // which is seen in the film's place
			list = append(list, f)
		}
	}
	if list == nil {
		return nil
	}
	return section("", "files", s.ui().Text("files.title"), s.fileList(list))
}

// provenance is the panel that says where an item comes from, and what is not known.
func (s Site) provenance(it *Item) markup.Node {
	ui := s.ui()
	text := func(t string) markup.Node {
		if t == "" {
			return nil
		}
		return s.foreign(t, "")
	}
	rows := []Row{
		{ui.Text("prov.author"), text(it.Author)},
		{ui.Text("prov.publisher"), text(it.Publisher)},
		{ui.Text("prov.address"), s.provenanceAddress(it)},
		{ui.Text("prov.date"), s.provenanceDate(it)},
	}
	rows = append(rows, s.captureRows(it.Capture)...)
	if it.Body != nil {
		lang := it.Lang
		if lang == "" {
			lang = s.Lang
		}
		rows = append(rows, Row{ui.Text("prov.language"), markup.Text(ui.LanguageName(lang))})
	}
	if o := it.TranslationOf; o.Title != "" {
		rows = append(rows, Row{ui.Text("prov.translation"), anchor(s.Ref(o.Path), s.foreign(o.Title, o.Lang))})
	} else if it.Translation {
		rows = append(rows, Row{ui.Text("prov.translation"), markup.Text(ui.Text("prov.date.none"))})
	}
	rows = append(rows, Row{ui.Text("media.captions"), s.captionLanguages(it)})
	if it.Capture == nil {
		rows = append(rows, Row{ui.Text("prov.removed"), s.removed(nil, it.Removed)})
	}
	if it.Untouched {
		rows = append(rows, Row{ui.Text("prov.metadata"), markup.Text(ui.Text("prov.metadata.kept"))})
	}
	key := map[string]string{
		"full": "prov.kept.text", "captured": "prov.kept.capture", "linked": "prov.kept.link", "named": "prov.kept.name",
	}[it.Status]
	switch {
	case it.Status == "full" && it.Body == nil:
		key = "prov.kept.file"
	case it.Status == "full" && !it.FromSource:
		key = "prov.kept.full"
	}
	if key != "" {
		rows = append(rows, Row{ui.Text("prov.kept"), markup.Text(ui.Text(key))})
	}
	var record []Row
	if it.SHA256 != "" {
		record = append(record, Row{ui.Text("prov.sha"), Digest(it.SHA256)})
	}
	record = append(record, s.captureRecord(it.Capture)...)
	record = append(record, it.Record...)
	var details markup.Node
	if list := Rows("", record); list != nil {
		details = markup.El("details", markup.El("summary", markup.Text(ui.Text("prov.record"))), list)
	}
	return Stamp("prov", ui.Text("prov.title"), Rows("", rows), details)
}

// provenanceAddress is the address as text, and the way to its place on the list of addresses.
func (s Site) provenanceAddress(it *Item) markup.Node {
	ui := s.ui()
	if it.Address == "" {
		return markup.Text(ui.Text("linked.noaddress"))
	}
	return markup.Frag(
		Address(it.Address), markup.Text(" "),
		anchor(s.Ref(OutsideLink(it.Address)), markup.Text(ui.Text("out.short"))),
	)
}

// provenanceDate is the date and where the source gives it.
func (s Site) provenanceDate(it *Item) markup.Node {
	ui := s.ui()
	text := s.date(it.Date, it.DateText, it.Lang)
	if text == nil {
		return markup.Text(ui.Text("prov.date.none"))
	}
	if it.DateFrom != "" {
		text = s.fill("prov.date.from", "date", text, "where", ui.Text("time."+it.DateFrom))
	}
	if it.Date == "" {
		return text
	}
	return timeOf(it.Date, text)
}

// order is the way to the previous and the next item. The arrows point where a line of the page comes from and goes to.
func (s Site) order(prev, next *Link) markup.Node {
	ui := s.ui()
	back, on := "← ", " →"
	if ui.Dir() == "rtl" {
		back, on = "→ ", " ←"
	}
	link := func(l *Link, rel, words string) markup.Node {
		if l == nil {
			return nil
		}
		return markup.El(
			"a", markup.A("class", rel), markup.A("rel", rel), markup.A("href", s.Ref(l.Path)),
			markup.El("span", markup.Text(words)), markup.Text(" "), s.foreign(l.Title, l.Lang),
		)
	}
	return markup.El(
		"nav", markup.A("class", "order"), markup.A("aria-label", ui.Text("nav.order")),
		link(prev, "prev", back+ui.Text("nav.prev")), link(next, "next", ui.Text("nav.next")+on),
	)
}
