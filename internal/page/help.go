package page

import "samizdat/internal/markup"

// The three pages that the reader answers itself. Those here are what other programs show in their place: they say
// what to do there, and what the reader would do.

// SearchHelp returns the stored search.html.
func SearchHelp(site Site) []byte {
	ui := site.ui()
	site.Path, site.Current = SearchPath, SearchPath
	return site.frame(
		ui.Text("search.title"), "wrap leaf", Column(
			Heading(ui.Text("search.title")), Lead(ui.Text("search.kiwix")),
			para("", markup.Text(ui.Text("search.samizdat"))), para("", markup.Text(ui.Text("search.browse"))),
			site.ways(),
		),
	)
}

// ways are the lists that name everything there is.
func (s Site) ways() markup.Node {
	ui := s.ui()
	var nodes []markup.Node
	for _, l := range []Link{
		{Path: ContentsPath, Title: ui.Text("nav.contents")},
		{Path: TimelinePath, Title: ui.Text("nav.timeline")},
		{Path: OutsidePath, Title: ui.Text("out.all")},
	} {
		if !s.lacks(l.Path) {
			nodes = append(nodes, li(anchor(s.Ref(l.Path), markup.Text(l.Title))))
		}
	}
	return markup.El("ul", markup.Text("\n"), markup.Lines(nodes...))
}

// ShareHelp returns the stored share.html.
func ShareHelp(site Site) []byte {
	ui := site.ui()
	site.Path = SharePath
	return site.frame(
		ui.Text("foot.pass"), "wrap leaf", Column(
			Heading(ui.Text("foot.pass")), Lead(ui.Text("share.help.lead")),
			section("", "kiwix", ui.Text("share.help.kiwix"), para("", markup.Text(ui.Text("share.help.kiwix.text")))),
			section("", "samizdat", ui.Text("share.help.samizdat"), markup.Lines(
				para("", markup.Text(ui.Text("share.help.samizdat.text"))),
				Command("samizdat extract --zim FILE.zim"),
				para("", markup.Text(ui.Text("share.help.read"))),
				Command("samizdat share"),
			)),
		),
		Who(site),
	)
}

// Who returns the panel that says who can see what while an archive is shared.
func Who(site Site) markup.Node {
	return Side("who", site.ui().Text("share.who"), whoSees(site))
}

// CheckHelp returns the stored check.html. It names no state of the file it lies in.
func CheckHelp(site Site) []byte {
	ui := site.ui()
	site.Path = CheckPath
	text := func(key string) markup.Node { return para("", markup.Text(ui.Text(key))) }
	return site.frame(
		ui.Text("check.title"), "wrap leaf", Column(
			Heading(ui.Text("check.title")), Lead(ui.Text("check.lead")),
			section("", "samizdat", ui.Text("check.samizdat"), markup.Lines(
				text("check.samizdat.text"), Command("samizdat verify FILE.zim"),
			)),
			section("", "kiwix", ui.Text("check.kiwix"), text("check.kiwix.text")),
			section("", "other", ui.Text("check.other"), markup.Lines(
				text("check.other.text"), Command("sha256sum FILE.zim"),
			)),
			section("", "inside", ui.Text("check.inside"), text("check.inside.text")),
			para("", markup.El("strong", markup.Text(ui.Text("seal.warning")))),
		),
	)
}
