package page

import "samizdat/internal/markup"

// Cover returns index.html: the sheet with the title and the beginning, then what is inside and how to pass it on.
func Cover(site Site, v CoverView) []byte {
	ui := site.ui()
	site.Path = CoverPath
	sheet := div("sheet", markup.Text("\n"), markup.Lines(
		para("folio", markup.El("span", markup.Text(ui.Text("cover.kind")))),
		markup.El("h1", site.foreign(site.Title, site.Lang)),
		site.prose("lead", v.Lead),
		site.button(v.Begin),
		markup.El("hr"),
		Rows("rows", site.coverRows(v)),
	))
	var sections []markup.Node
	for i, l := range v.Sections {
		var count markup.Node
		if i < len(v.Counts) && v.Counts[i] > 0 {
			count = span("m", markup.Text(ui.Number(int64(v.Counts[i]))))
		}
		sections = append(sections, li(
			span("w", anchor(site.Ref(l.Path), site.foreign(l.Title, l.Lang))), markup.Text(" "), count,
		))
	}
	inside := section("", "inside", ui.Text("cover.inside"), markup.Lines(
		markup.El("ol", markup.A("class", "toc"), markup.Text("\n"), markup.Lines(sections...)),
		para("", anchor(site.Ref(SearchPath), markup.Text(ui.Text("search.label")))),
	))
	pass := section("", "pass", ui.Text("foot.pass"), markup.Lines(
		para("", markup.Text(ui.Text("cover.pass"))),
		para("", anchor(site.Ref(SharePath), markup.Text(ui.Text("cover.pass.how")))),
		para("", anchor(site.Ref(CheckPath), markup.Text(ui.Text("foot.check")))),
	))
	return site.frame("", "wrap", sheet, div("pair", markup.Text("\n"), markup.Lines(inside, pass)))
}

// button leads to where reading begins.
func (s Site) button(begin Link) markup.Node {
	if begin.Path == "" {
		return nil
	}
	return para("", markup.El(
		"a", markup.A("class", "btn"), markup.A("href", s.Ref(begin.Path)), markup.Text(s.ui().Text("cover.read")),
	))
}

func (s Site) coverRows(v CoverView) []Row {
	ui := s.ui()
	var rows []Row
	switch {
	case v.From != "" && v.To != "" && v.From != v.To:
		rows = append(rows, Row{
			ui.Text("cover.events"),
			markup.Text(ui.Text("cover.events.span", "from", ui.Date(v.From), "to", ui.Date(v.To))),
		})
	case v.From != "" && v.To == "":
		rows = append(rows, Row{
			ui.Text("cover.events"),
			timeOf(v.From, markup.Text(ui.Text("cover.events.from", "date", ui.Date(v.From)))),
		})
	case v.From != "":
		rows = append(rows, Row{ui.Text("cover.events"), timeOf(v.From, markup.Text(ui.Date(v.From)))})
	}
	var names []string
	for _, tag := range v.Languages {
		names = append(names, ui.LanguageName(tag))
	}
	if names != nil {
		rows = append(rows, Row{
			ui.Text("cover.languages"), markup.Text(words(ui.Text("list.separator"), names...)),
		})
	}
	if v.Edition.Number > 0 {
		rows = append(rows, Row{ui.Text("cover.edition"), anchor(
			s.Ref(AboutPath+"#editions"),
			markup.Text(words(
				ui.Text("list.separator"), ui.Text("edition.number", "n", v.Edition.Number), ui.Date(v.Edition.Date),
			)),
		)})
	}
	return rows
}

// Contents returns contents.html: introduction, sections with their items, closing words.
func Contents(site Site, v ContentsView) []byte {
	ui := site.ui()
	site.Path, site.Current = ContentsPath, ContentsPath
	nodes := []markup.Node{Heading(ui.Text("nav.contents"))}
	if v.Introduction.Body != nil {
		nodes = append(nodes, site.words("introduction", ui.Text("sect.introduction"), v.Introduction))
	}
	for _, s := range v.Sections {
		nodes = append(nodes, sectionOf("", s.ID, site.foreign(s.Title, ""), markup.Lines(
			site.prose("", Prose{Body: s.Lead}), markup.El("ol", markup.A("class", "toc"), markup.Text("\n"), site.entries(s.Items)),
		)))
	}
	if v.Closing.Body != nil {
		nodes = append(nodes, site.words("closing", ui.Text("sect.closing"), v.Closing))
	}
	if v.Source != nil {
		nodes = append(nodes, section("", "source", ui.Text("source.title"), markup.Lines(
			para("", site.sourceLink(v.Source, v.SourcePage)),
			para("", anchor(site.Ref(OutsidePath), markup.Text(ui.Text("out.all")))),
		)))
	}
	side := []markup.Node{Rows("", site.marks(statusesOf(v.Sections)))}
	for _, n := range v.EditorNotes {
		side = append(side, site.editorNote(n))
	}
	return site.frame(
		ui.Text("nav.contents"), "wrap leaf", Column(nodes...), Side("marks", ui.Text("about.marks"), side...),
	)
}

// words is a section that is text of the dossier itself.
func (s Site) words(id, title string, text Prose) markup.Node {
	return section("", id, title, s.prose("", text))
}

// statuses are all marks that an item can have, in the order in which they are explained.
var statuses = []string{"full", "captured", "linked", "named"}

// statusesOf returns the statuses that items of sections have.
func statusesOf(sections []Section) []string {
	var have []string
	for _, status := range statuses {
		if hasStatus(sections, status) {
			have = append(have, status)
		}
	}
	return have
}

func hasStatus(sections []Section, status string) bool {
	for _, s := range sections {
		for _, it := range s.Items {
			if it.Status == status {
				return true
			}
		}
	}
	return false
}

// marks are rows that say what the marks mean.
func (s Site) marks(statuses []string) []Row {
	ui := s.ui()
	var rows []Row
	for _, status := range statuses {
		rows = append(rows, Row{
			ui.Text("mark", "text", ui.Text("status."+status)), markup.Text(ui.Text("about.mark." + status)),
		})
	}
	return rows
}

// Timeline returns timeline.html: what happened when, as far as the source says.
func Timeline(site Site, v TimelineView) []byte {
	ui := site.ui()
	site.Path, site.Current = TimelinePath, TimelinePath
	var now, earlier []markup.Node
	for i := range v.Events {
		e := &v.Events[i]
		if e.Earlier {
			earlier = append(earlier, site.event(e))
		} else {
			now = append(now, site.event(e))
		}
	}
	nodes := []markup.Node{Heading(ui.Text("nav.timeline")), Lead(ui.Text("time.lead")), timeList(now)}
	if earlier != nil {
		nodes = append(nodes, section("", "earlier", ui.Text("time.earlier"), timeList(earlier)))
	}
	if v.Undated != nil {
		nodes = append(nodes, section("", "undated", ui.Text("time.undated"), markup.El(
			"ul", markup.A("class", "toc"), markup.Text("\n"), site.entries(v.Undated),
		)))
	}
	return site.frame(ui.Text("nav.timeline"), "wrap leaf", Column(nodes...))
}

func timeList(events []markup.Node) markup.Node {
	if events == nil {
		return nil
	}
	return markup.El("ol", markup.A("class", "time"), markup.Text("\n"), markup.Lines(events...))
}

func (s Site) event(e *Event) markup.Node {
	var from markup.Node
	if e.DateFrom != "" {
		from = markup.Frag(markup.Text(" "), mark(s, s.ui().Text("time."+e.DateFrom)))
	}
	var source markup.Node
	if e.Source.Path != "" {
		source = anchor(s.Ref(e.Source.Path), s.foreign(e.Source.Title, e.Source.Lang))
	}
	var by markup.Node
	if source != nil || from != nil {
		by = para("by", source, from)
	}
	return li(timeOf(e.Date, s.date(e.Date, e.DateText, e.Lang)), para("", s.langOf(e.Lang), markup.Text(e.Text)), by)
}
