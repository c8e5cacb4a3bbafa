package compile

import (
	"path"
	"strconv"
	"strings"
	"time"

	"samizdat/internal/dossier"
	"samizdat/internal/markdown"
	"samizdat/internal/markup"
	"samizdat/internal/page"
)

// items makes the view of each item, with its text rendered.
func (c *compiler) items() {
	all := c.d.Items()
	for i, it := range all {
		v := &page.Item{
			ID: it.ID, Path: it.Page(), Kind: string(it.Kind), Title: it.Title, Lang: it.Lang,
			Author: it.Author, Publisher: it.Publisher, Address: it.URL,
			Date: it.Date, DateText: it.DateWritten, DateFrom: string(it.DateFrom),
			Status: string(it.Status), Note: it.Note, EditorNote: it.EditorNote,
			TranslationOf: c.original(it), Translation: it.Kind == dossier.KindStatement,
			Position: i + 1, Total: len(all),
		}
		if it.Status == dossier.StatusCaptured {
			// Its page would say that a copy is here, and there is none.
			c.problems = append(c.problems, dossier.Problem{
				File: it.File, Message: "captured pages are not packed yet", Hint: "keep the files, and write status: linked until they are",
			})
		}
		c.outside.name(it.URL, v.Link())
		if it.Body != nil {
			s := source{it.Body, it.BodyFile, it.BodyLine}
			text := c.render(s, v.Link(), markdown.Options{Numbers: true, Signature: it.Author})
			v.Body, v.SHA256 = text.node, text.sha256
		}
		for _, m := range it.Media {
			v.Files = append(v.Files, page.File{
				Name: m.File[strings.LastIndexByte(m.File, '/')+1:], Path: reference(m.File), MIME: m.Type, Size: m.Size, SHA256: m.SHA256, Title: m.Title,
			})
		}
		v.Record = c.recordRows(it, v)
		if i > 0 {
			before := c.views[i-1]
			next, prev := v.Link(), before.Link()
			before.Next, v.Prev = &next, &prev
		}
		c.views = append(c.views, v)
		c.viewOf[it] = v
	}
}

// original says what an item was translated from, in words.
func (c *compiler) original(it *dossier.Item) string {
	if o := c.d.Item(it.TranslationOf); o != nil {
		return o.Title
	}
	return it.TranslationOf
}

// recordRows are what a capture adds to the technical record, and where the record itself is.
func (c *compiler) recordRows(it *dossier.Item, v *page.Item) []page.Row {
	var rows []page.Row
	add := func(key string, value markup.Node) { rows = append(rows, page.Row{Term: c.ui.Text(key), Value: value}) }
	words := func(key, value string) {
		if value != "" {
			add(key, markup.Text(value))
		}
	}
	if k := it.Capture; k != nil {
		words("prov.captured", moment(k.CapturedAt))
		words("prov.by", k.By)
		words("prov.method", strings.TrimSpace(k.Method+" "+k.Tool))
		if k.HTTPStatus > 0 {
			words("prov.status", strconv.Itoa(k.HTTPStatus))
		}
		if sum := k.Digests["original"]; sum != "" {
			add("prov.sha.original", page.Digest(sum))
		}
		words("prov.removed", strings.Join(k.Stripped, c.ui.Text("list.separator")))
		c.outside.name(k.FinalURL, v.Link())
		c.outside.name(k.ArchivedAt, v.Link())
	}
	add("check.file", markup.El("a", markup.A("href", RecordPath(it.ID)), markup.Text(RecordPath(it.ID))))
	return rows
}

// moment writes an RFC 3339 time to the minute, in UTC; what is none stays as it is.
func moment(rfc3339 string) string {
	t, err := time.Parse(time.RFC3339, rfc3339)
	if err != nil {
		return rfc3339
	}
	return t.UTC().Format("2006-01-02 15:04 UTC")
}

// sections makes the views of the sections.
func (c *compiler) sections() {
	for _, s := range c.d.Sections {
		v := page.Section{ID: s.ID, Title: s.Title}
		if s.Lead != "" {
			v.Lead = markup.El("p", markup.Text(s.Lead))
		}
		for _, it := range s.Items {
			v.Items = append(v.Items, c.viewOf[it])
		}
		c.sectionViews = append(c.sectionViews, v)
	}
}

// frontPages adds cover, contents, timeline, the items and the media page, in the order of reading.
func (c *compiler) frontPages() {
	c.page(page.CoverPath, c.d.Title, true, page.Cover(c.site, c.cover()))
	c.page(page.ContentsPath, c.ui.Text("nav.contents"), true, page.Contents(c.site, c.contents()))
	for _, v := range c.views {
		c.page(v.Path, v.Title, true, page.ItemPage(c.site, v))
	}
	if len(c.d.Timeline) > 0 {
		c.page(page.TimelinePath, c.ui.Text("nav.timeline"), true, page.Timeline(c.site, c.timeline()))
	}
	var gallery []*page.Item
	for _, it := range c.d.Items() {
		if inGallery(it) {
			gallery = append(gallery, c.viewOf[it])
		}
	}
	if gallery != nil {
		c.page(page.MediaPath, c.ui.Text("nav.media"), true, page.MediaGallery(c.site, gallery))
	}
}

// aboutPages adds the pages about the archive itself.
func (c *compiler) aboutPages() {
	c.page(page.AboutPath, c.ui.Text("about.title"), true, page.About(c.site, c.about()))
	c.page(page.OutsidePath, c.ui.Text("out.title"), false, page.Outside(c.site, c.outside.list))
	c.page(page.SearchPath, c.ui.Text("search.title"), false, page.SearchHelp(c.site))
	c.page(page.SharePath, c.ui.Text("share.title"), false, page.ShareHelp(c.site))
	c.page(page.CheckPath, c.ui.Text("check.title"), false, page.CheckHelp(c.site))
}

func (c *compiler) cover() page.CoverView {
	v := page.CoverView{
		Lead:      c.introduction,
		Languages: contentLanguages(c.d),
		Edition:   page.Edition{Number: c.d.Edition, Date: c.d.Date},
	}
	if len(c.views) > 0 {
		v.Begin = c.views[0].Link()
	}
	for _, s := range c.sectionViews {
		v.Sections = append(v.Sections, page.Link{Path: page.ContentsPath + "#" + s.ID, Title: s.Title})
		v.Counts = append(v.Counts, len(s.Items))
	}
	for _, e := range c.d.Timeline {
		// The dates of articles are not events; that things ended is not known.
		if !e.Earlier && e.From == dossier.FromText && e.Date != "" && (v.From == "" || e.Date < v.From) {
			v.From = e.Date
		}
	}
	return v
}

func (c *compiler) contents() page.ContentsView {
	v := page.ContentsView{Introduction: c.introduction, Closing: c.closing, Sections: c.sectionViews}
	if c.d.EditorNote != "" {
		v.EditorNotes = []string{c.d.EditorNote}
	}
	if c.d.SourceDocument != nil {
		v.Source = &page.Link{Path: c.sourcePage(), Title: path.Base(c.d.SourceDocument.File), Lang: c.ui.Lang()}
	}
	return v
}

func (c *compiler) timeline() page.TimelineView {
	var v page.TimelineView
	for _, e := range c.d.Timeline {
		event := page.Event{
			Date: e.Date, DateText: e.Written, DateFrom: string(e.From), Text: e.Text, Earlier: e.Earlier,
		}
		switch {
		case e.Item != nil:
			event.Source = c.viewOf[e.Item].Link()
			event.Lang = e.Item.Lang
		case e.Place != "":
			event.Source = c.place(e.Place)
		}
		v.Events = append(v.Events, event)
	}
	for _, it := range c.d.Items() {
		if it.Date == "" && it.DateWritten == "" {
			v.Undated = append(v.Undated, c.viewOf[it])
		}
	}
	return v
}

// place is where the introduction or the closing words stand.
func (c *compiler) place(name string) page.Link {
	return page.Link{Path: page.ContentsPath + "#" + name, Title: c.ui.Text("sect." + name), Lang: c.ui.Lang()}
}

func (c *compiler) about() page.AboutView {
	d := c.d
	v := page.AboutView{
		Description: d.LongDescription, Creator: d.Creator, Publisher: d.Publisher, License: d.License, Rights: c.rights(),
		Edition: d.Edition, Source: c.sourceView, SourcePage: c.sourcePage(),
	}
	if v.Description == "" {
		v.Description = d.Description
	}
	for _, e := range d.Editions {
		v.Editions = append(v.Editions, page.Edition(e))
	}
	return v
}
