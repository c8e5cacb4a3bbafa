package page

import "samizdat/internal/markup"

// GetView is the page on which visitors take copies of an archive. The server answers it; no archive holds it.
type GetView struct {
	Read      string // where to read the archive
	Phone     bool   // what is asked with is a phone or a tablet
	Yours     []Copy // what suits the machine that asks; may be empty
	Others    []Copy // everything else
	OnlyOwn   bool   // programs can be made for one kind of machine only
	Sums      string // reference to all checksums as a file
	Counting  bool   // some checksums are still being computed
	Damaged   bool   // the archive is, so that nothing is given out
	Verdict   string // what is known of its seal, in words; Seal says more
	Seal      []markup.Node
	Languages []LanguageLink
}

// Copy is a file to take away.
type Copy struct {
	Program  bool   // with the archive inside; otherwise it is the archive alone
	Platform string // of a program: "Windows (x64)"
	Name     string // of the file
	Ref      string
	Size     int64  // bytes
	SHA256   string // hexadecimal; empty if it is not known yet
	Start    string // command line that starts it; empty for none
	Help     string // what else to know, in words
}

// LanguageLink leads to the same page in another language.
type LanguageLink struct{ Tag, Ref string }

// Get returns the page.
func Get(site Site, v GetView) []byte {
	ui := site.ui()
	title := ui.Text("get.title")
	nodes := []markup.Node{Heading(title)}
	if v.Verdict != "" {
		nodes = append(nodes, para("", markup.El("strong", markup.Text(v.Verdict))))
	}
	if v.Damaged {
		nodes = append(nodes, markup.El("div", markup.A("class", "box"), markup.A("role", "alert"), para("", markup.El("strong", markup.Text(ui.Text("get.damaged"))))))
	}
	nodes = append(nodes, para("", markup.El("a", markup.A("class", "btn"), markup.A("href", v.Read), markup.Text(ui.Text("get.read")))))
	rest := "files.title"
	if len(v.Yours) > 0 {
		rest = "get.all"
		yours := "get.computer"
		if v.Phone {
			yours = "get.yours"
		}
		nodes = append(nodes, section("", "yours", ui.Text(yours), site.copies(v.Yours, "btn")))
	}
	if len(v.Others) > 0 {
		nodes = append(nodes, section("", "others", ui.Text(rest), site.copies(v.Others, "btn quiet")))
	}
	if v.OnlyOwn {
		nodes = append(nodes, para("hint", markup.Text(ui.Text("get.only"))))
	}
	if v.Counting {
		nodes = append(nodes, para("hint", markup.Text(ui.Text("check.running"))))
	}
	if !v.Damaged {
		nodes = append(nodes, v.compare(site))
	}
	return site.frame(title, "wrap leaf", Column(nodes...), Stamp("seal", ui.Text("cover.seal"), v.Seal...), site.inOther(v.Languages))
}

// compare leads to the checksums.
func (v GetView) compare(site Site) markup.Node {
	ui := site.ui()
	return section("", "compare", ui.Text("get.compare"), markup.Lines(
		para("", markup.Text(ui.Text("get.compare.text"))), para("", anchor(v.Sums, fileName("SHA256SUMS"))),
	))
}

// copies lists files to take away; class is that of their buttons.
func (s Site) copies(list []Copy, class string) markup.Node {
	ui := s.ui()
	var nodes []markup.Node
	for _, c := range list {
		what := markup.Text(ui.Text("get.zim"))
		if c.Program {
			what = markup.Frag(markup.Text(ui.Text("get.program")+" · "), markup.El("bdi", markup.A("dir", "ltr"), markup.Text(c.Platform)))
		}
		parts := []markup.Node{
			markup.El("b", what), markup.El("br"),
			span("m", fileName(c.Name), markup.Text(ui.Text("list.separator")+ui.Bytes(c.Size))),
			para("", markup.El(
				"a", markup.A("class", class), markup.A("href", c.Ref), markup.A("download", c.Name), s.fill("file.download", "name", fileName(c.Name)),
			)),
		}
		if c.SHA256 != "" {
			parts = append(parts, span("sum m", markup.Text(ui.Text("file.sum")+" "), Digest(c.SHA256)))
		}
		if c.Help != "" {
			parts = append(parts, para("hint", markup.Text(c.Help)))
		}
		if c.Start != "" {
			parts = append(parts, Command(c.Start))
		}
		nodes = append(nodes, li(markup.Lines(parts...)))
	}
	return markup.El("ul", markup.A("class", "files"), markup.Text("\n"), markup.Lines(nodes...))
}

// inOther is the switch between languages of a page that is chosen by a query.
func (s Site) inOther(list []LanguageLink) markup.Node {
	ui := s.ui()
	var items []markup.Node
	for _, l := range list {
		items = append(items, s.languageItem(l.Tag, l.Ref))
	}
	if items == nil {
		return nil
	}
	return div("", markup.El(
		"nav", markup.A("class", "langs"), markup.A("aria-label", ui.Text("nav.languages")),
		markup.El("ul", markup.Text("\n"), markup.Lines(items...)),
	))
}
