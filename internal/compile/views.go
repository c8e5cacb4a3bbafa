package compile

import (
	"slices"
	"strings"

	"samizdat/internal/dossier"
	"samizdat/internal/markup"
	"samizdat/internal/page"
)

// items makes the view of each item. Its text and its technical record are added when a page is made.
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
		for _, m := range it.Media {
			size, sum := c.packed(m.File, m.Size, m.SHA256)
			f := page.File{
				Name: m.File[strings.LastIndexByte(m.File, '/')+1:], Path: reference(m.File), MIME: m.Type, Size: size, SHA256: sum, Title: m.Title,
				Role: m.Role, Lang: m.Lang,
			}
			c.show(&f, m)
			v.Files = append(v.Files, f)
		}
		for _, f := range v.Loose() {
			for _, m := range it.Media {
				if reference(m.File) == f.Path {
					c.warn(m.File, "the item has several films and sounds, and the name of this file begins like none of theirs, so that it is shown with none",
						"rename it as the film it belongs to: march.en.vtt or march.jpg go with march.mp4")
					break
				}
			}
		}
		v.Removed, v.Untouched = c.removed(it)
		v.Capture = c.captureView(it)
		if v.Capture != nil {
			for _, k := range v.Removed {
				if !slices.Contains(v.Capture.Removed, k) {
					v.Capture.Removed = append(v.Capture.Removed, k)
				}
			}
		}
		if it.Attempt != nil {
			v.Attempt = &page.Attempt{At: it.Attempt.At, Reason: it.Attempt.Reason}
		}
		v.FromSource = c.d.SourceDocument != nil
		if i > 0 {
			before := c.views[i-1]
			next, prev := v.Link(), before.Link()
			before.Next, v.Prev = &next, &prev
		}
		c.views = append(c.views, v)
		c.viewOf[it] = v
	}
}

// original is the item that another was translated from.
func (c *compiler) original(it *dossier.Item) page.Link {
	if o := c.d.Item(it.TranslationOf); o != nil {
		return page.Link{Path: o.Page(), Title: o.Title, Lang: o.Lang}
	}
	return page.Link{}
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
