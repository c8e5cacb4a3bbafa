package page

import "samizdat/internal/markup"

// About returns about.html: what the archive is, how to check it, what traces reading leaves, how to pass it on, what
// the marks mean, who made it, its editions and the rights in it.
func About(site Site, v AboutView) []byte {
	ui := site.ui()
	site.Path, site.Current = AboutPath, AboutPath
	t := func(key string) markup.Node { return markup.Text(ui.Text(key)) }
	var description markup.Node
	if v.Description != "" {
		description = div("", site.langOf(""), markup.Text("\n"), paragraphs("", v.Description))
	}
	column := Column(
		Heading(ui.Text("about.title")), description, Lead(ui.Text("about.what")),
		section("", "check", ui.Text("foot.check"), markup.Lines(
			para("", t("about.check.1")),
			markup.El("ol", markup.Text("\n"), markup.Lines(
				li(t("about.check.2")), li(t("about.check.3")),
				li(t("about.check.4"), Command("samizdat verify --key editors.pub FILE.zim")),
			)),
			para("", markup.El("strong", t("seal.warning"))),
			para("", t("about.check.quick")), Command("samizdat verify FILE.zim"),
			para("", anchor(site.Ref(CheckPath), t("about.check.page"))),
		)),
		section("", "traces", ui.Text("foot.traces"), markup.El("ul", markup.Text("\n"), markup.Lines(
			li(t("about.trace.disk")), li(t("about.trace.browser")), li(t("about.trace.file")),
			li(t("about.trace.wifi")),
		))),
		section("", "pass", ui.Text("foot.pass"), markup.El("ul", markup.Text("\n"), markup.Lines(
			li(t("about.pass.1")), li(anchor(site.Ref(SharePath), t("about.pass.2"))), li(t("about.pass.3")),
		))),
		section("", "marks", ui.Text("about.marks"), Rows("rows", site.marks(statuses))),
		site.sourceSection(v), site.editions(v), site.rights(v),
	)
	maker := Stamp("maker", ui.Text("about.maker"), Rows("", []Row{
		{ui.Text("about.creator"), site.value(v.Creator)},
		{ui.Text("about.publisher"), site.value(v.Publisher)},
		{ui.Text("about.license"), site.value(v.License)},
		{ui.Text("cover.edition"), site.currentEdition(v)},
	}))
	return site.frame(ui.Text("about.title"), "wrap leaf", column, maker)
}

// value is text in the archive's language, or nothing.
func (s Site) value(text string) markup.Node {
	if text == "" {
		return nil
	}
	return s.foreign(text, "")
}

func (s Site) currentEdition(v AboutView) markup.Node {
	if v.Edition == 0 {
		return nil
	}
	ui := s.ui()
	for _, e := range v.Editions {
		if e.Number == v.Edition {
			return markup.Text(words(
				ui.Text("list.separator"), ui.Text("edition.number", "n", e.Number), ui.Date(e.Date),
			))
		}
	}
	return markup.Text(ui.Text("edition.number", "n", v.Edition))
}

// sourceSection says which document the texts come from.
func (s Site) sourceSection(v AboutView) markup.Node {
	if v.Source == nil {
		return nil
	}
	ui := s.ui()
	return section("", "source", ui.Text("about.source"), markup.Lines(
		para("", markup.Text(ui.Text("about.source.text"))),
		para("", s.sourceLink(v.Source, v.SourcePage)),
		Rows("rows", []Row{{ui.Text("file.sum"), Digest(v.Source.SHA256)}}),
	))
}

// sourceLink leads to the page of the document, or to the document itself if page is empty.
func (s Site) sourceLink(v *SourceView, page string) markup.Node {
	to := s.Home + v.Path
	if page != "" {
		to = s.Ref(page)
	}
	return anchor(to, fileName(v.Name))
}

// editions is the history of the archive.
func (s Site) editions(v AboutView) markup.Node {
	if len(v.Editions) == 0 {
		return nil
	}
	ui := s.ui()
	var nodes []markup.Node
	for _, e := range v.Editions {
		key := "about.edition"
		if e.Number == v.Edition {
			key = "about.edition.this"
		}
		var note markup.Node
		if e.Note != "" {
			note = para("", s.langOf(""), markup.Text(e.Note))
		}
		nodes = append(nodes, li(
			timeOf(e.Date, markup.Text(ui.Date(e.Date))), para("", markup.El("b", markup.Text(ui.Text(key, "n", e.Number)))), note,
		))
	}
	return section("", "editions", ui.Text("about.editions"), timeList(nodes))
}

// rights is what is known of the rights in the texts.
func (s Site) rights(v AboutView) markup.Node {
	if v.Rights.Body == nil {
		return nil
	}
	return section("", "rights", s.ui().Text("about.rights"), s.prose("", v.Rights))
}
