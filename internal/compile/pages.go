package compile

import (
	"bytes"
	"io"
	"slices"

	"samizdat/internal/dossier"
	"samizdat/internal/markdown"
	"samizdat/internal/markup"
	"samizdat/internal/messages"
	"samizdat/internal/messages/packed"
	"samizdat/internal/page"
)

// pages are the pages in one language of the frame. Texts are rendered for each of them, because their links lead to
// pages in the same language.
type pages struct {
	*compiler
	ui   *messages.Printer
	site page.Site
	// main says that this is the main language: its pages are made at once, so that everything wrong with the texts is
	// found and all addresses are known. The others are made when they are written, one at a time.
	main bool

	introduction, closing page.Prose
}

// pages adds all pages in one language.
func (c *compiler) pages(lang string, main bool) {
	ui := packed.For(lang)
	p := &pages{compiler: c, ui: ui, site: c.site, main: main}
	p.site.UI = ui
	p.introduction = p.prose(c.d.Introduction, "introduction", placed("introduction"))
	p.closing = p.prose(c.d.Closing, "closing", placed("closing"))
	p.frontPages()
	p.aboutPages()
}

// page adds a page; path is that of the main language. Front articles are those of the main language, for others would
// come up again and again under the same titles. Pages that tell how to do something, and lists of what is elsewhere,
// are none either: nobody looks for them by title.
func (p *pages) page(path, title string, front bool, html func() []byte) {
	e := Entry{Path: p.site.Ref(path), Title: title, MIMEType: "text/html", Front: front && p.main}
	if p.main {
		e.Lang = p.ui.Lang()
		e.Data = html()
	} else {
		e.Open = func() (io.ReadCloser, error) { return io.NopCloser(bytes.NewReader(html())), nil }
	}
	p.add(e)
}

// frontPages adds cover, contents, the items, timeline and the media page, in the order of reading.
func (p *pages) frontPages() {
	p.page(page.CoverPath, p.d.Title, true, func() []byte { return page.Cover(p.site, p.cover()) })
	p.page(page.ContentsPath, p.ui.Text("nav.contents"), true, func() []byte { return page.Contents(p.site, p.contents()) })
	for _, it := range p.d.Items() {
		p.page(it.Page(), it.Title, true, func() []byte { return page.ItemPage(p.site, p.item(it)) })
		last := &p.archive.Entries[len(p.archive.Entries)-1]
		if last.Section = p.sectionOf(it); it.Lang != "" {
			last.Lang = it.Lang
		}
		if c := p.viewOf[it].Capture; c != nil && c.Page != "" && c.Page != it.Page() {
			p.page(c.Page, p.ui.Text("view.snapshot.of", "title", it.Title), false, func() []byte { return page.Snapshot(p.site, p.item(it)) })
		}
	}
	if len(p.d.Timeline) > 0 {
		p.page(page.TimelinePath, p.ui.Text("nav.timeline"), true, func() []byte { return page.Timeline(p.site, p.timeline()) })
	}
	var gallery []*page.Item
	for _, it := range p.d.Items() {
		if onMediaPage(it) {
			gallery = append(gallery, p.viewOf[it])
		}
	}
	if gallery != nil {
		p.page(page.MediaPath, p.ui.Text("nav.media"), true, func() []byte { return page.MediaGallery(p.site, gallery) })
	}
}

// aboutPages adds the source document and the pages about the archive itself.
func (p *pages) aboutPages() {
	if p.sourcePage() != "" {
		p.page(page.SourcePath, p.ui.Text("source.title"), true, func() []byte { return page.Source(p.site, *p.sourceView) })
	}
	p.page(page.AboutPath, p.ui.Text("about.title"), true, func() []byte { return page.About(p.site, p.about()) })
	// After all texts, which name addresses.
	p.page(page.OutsidePath, p.ui.Text("out.title"), false, func() []byte { return page.Outside(p.site, p.outside.in(p.ui)) })
	p.page(page.SearchPath, p.ui.Text("search.title"), false, func() []byte { return page.SearchHelp(p.site) })
	p.page(page.SharePath, p.ui.Text("share.title"), false, func() []byte { return page.ShareHelp(p.site) })
	p.page(page.CheckPath, p.ui.Text("check.title"), false, func() []byte { return page.CheckHelp(p.site) })
}

// item is the view of it with its text and technical record.
func (p *pages) item(it *dossier.Item) *page.Item {
	shared := p.viewOf[it]
	v := *shared
	at := named{link: v.Link()}
	p.name(it.URL, at)
	if it.Body != nil {
		s := source{it.Body, it.BodyFile, it.BodyLine}
		text := p.render(s, at, markdown.Options{Numbers: true, Signature: it.Author})
		v.Body, v.SHA256 = text.node, text.sha256
		if p.main {
			shared.SHA256 = text.sha256 // for the record
		}
	}
	if k := it.Capture; k != nil {
		p.name(k.FinalURL, at)
		p.name(k.ArchivedAt, at)
		if k.Source != nil {
			v.Body, v.SHA256 = p.article(it, at)
			if p.main {
				shared.SHA256 = v.SHA256
			}
		}
	}
	v.Spoken = p.spoken(it, at)
	v.Record = p.recordRows(it)
	return &v
}

// recordRows says where the record of the item is.
func (p *pages) recordRows(it *dossier.Item) []page.Row {
	path := RecordPath(it.ID)
	file := markup.El("a", markup.A("href", path), markup.El("bdi", markup.A("dir", "ltr"), markup.Breaks(path)))
	return []page.Row{{Term: p.ui.Text("check.file"), Value: file}}
}

func (p *pages) cover() page.CoverView {
	v := page.CoverView{
		Lead:      p.introduction,
		Languages: contentLanguages(p.d),
		Edition:   page.Edition{Number: p.d.Edition, Date: p.d.Date},
	}
	if len(p.views) > 0 {
		v.Begin = p.views[0].Link()
	}
	for _, s := range p.sectionViews {
		v.Sections = append(v.Sections, page.Link{Path: page.ContentsPath + "#" + s.ID, Title: s.Title})
		v.Counts = append(v.Counts, len(s.Items))
	}
	for _, e := range p.d.Timeline {
		// The dates of articles are not events; that things ended is not known.
		if !e.Earlier && e.From == dossier.FromText && e.Date != "" && (v.From == "" || e.Date < v.From) {
			v.From = e.Date
		}
	}
	return v
}

func (p *pages) contents() page.ContentsView {
	v := page.ContentsView{
		Introduction: p.introduction, Closing: p.closing, Sections: p.sectionViews, Source: p.sourceView, SourcePage: p.sourcePage(),
	}
	if p.d.EditorNote != "" {
		v.EditorNotes = []string{p.d.EditorNote}
	}
	return v
}

func (p *pages) timeline() page.TimelineView {
	var v page.TimelineView
	for _, e := range p.d.Timeline {
		event := page.Event{
			Date: e.Date, DateText: e.Written, DateFrom: string(e.From), Text: e.Text, Earlier: e.Earlier,
		}
		switch {
		case e.Item != nil:
			event.Source = p.viewOf[e.Item].Link()
			event.Lang = e.Item.Lang
		case e.Place != "":
			event.Source = placed(e.Place).in(p.ui)
		}
		v.Events = append(v.Events, event)
	}
	for _, it := range p.d.Items() {
		if it.Date == "" && it.DateWritten == "" {
			v.Undated = append(v.Undated, p.viewOf[it])
		}
	}
	return v
}

func (p *pages) about() page.AboutView {
	d := p.d
	v := page.AboutView{
		Description: d.LongDescription, Creator: d.Creator, Publisher: d.Publisher, License: d.License,
		Rights:  p.prose(d.LicenseText, "rights", named{page.Link{Path: page.AboutPath}, "about.title"}),
		Edition: d.Edition, Source: p.sourceView, SourcePage: p.sourcePage(),
	}
	if v.Description == "" {
		v.Description = d.Description
	}
	for _, e := range d.Editions {
		v.Editions = append(v.Editions, page.Edition(e))
	}
	return v
}

// sectionOf returns the title of the section that an item stands in.
func (p *pages) sectionOf(it *dossier.Item) string {
	for _, s := range p.d.Sections {
		if slices.Contains(s.Items, it) {
			return s.Title
		}
	}
	return ""
}
