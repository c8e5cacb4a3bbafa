package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"io/fs"
	"path"
	"strings"

	"samizdat/internal/article"
	"samizdat/internal/dossier"
	"samizdat/internal/markdown"
	"samizdat/internal/markup"
	"samizdat/internal/page"
)

// Captured pages are other people's, so all their files lie below one prefix, each item's in a folder of its own with
// the names they have in the dossier: the references between them go on working. The reader shows what lies there on
// the site of its guests; see docs/urls.md. Evidence is no page, and is only downloaded.

// capturedPath returns the path of a file of the item's capture.
func capturedPath(it *dossier.Item, name string) string {
	return page.CapturedPrefix + it.ID + "/" + name
}

// snapshotPage returns the path of the page that shows the item's snapshot; empty if there is none.
func snapshotPage(it *dossier.Item) string {
	switch k := it.Capture; {
	case k == nil || k.Snapshot == nil:
		return ""
	case k.Source == nil:
		return it.Page()
	}
	return "snapshot-" + it.ID + ".html"
}

// captureView is what the pages of an item say of its capture; nil if it has none.
func (c *compiler) captureView(it *dossier.Item) *page.Capture {
	k := it.Capture
	if k == nil {
		return nil
	}
	v := &page.Capture{
		At: k.CapturedAt, By: k.By, Method: k.Method, Tool: k.Tool, Status: k.HTTPStatus, ContentType: k.ContentType, FinalURL: k.FinalURL,
		Redirects: k.Redirects, ServerIP: k.ServerIP, TLSSHA256: k.TLSSHA256, RecordID: k.RecordID, ArchivedAt: k.ArchivedAt,
		Stripped: k.Stripped, Removed: c.strippedKinds(k), Digests: k.Digests, Page: snapshotPage(it), Fetched: k.Fetched, NoRobots: k.Robots == dossier.RobotsIgnored, Cookies: k.Cookies != "",
	}
	if k.Imported != nil {
		v.Imported = k.Imported.From
	}
	here := it.HasFilm()
	for _, m := range k.Missing {
		film := strings.HasPrefix(m.Reason, dossier.NoFilm)
		if film && here { // an editor has added it by hand
			continue
		}
		v.NoFilm = v.NoFilm || film
		v.Missing = append(v.Missing, page.Missing(m))
	}
	if k.Snapshot != nil {
		v.Snapshot = reference(capturedPath(it, k.Snapshot.Name))
	}
	if f := k.Screenshot; f != nil {
		size, _ := c.packed(f.File, f.Size, "")
		v.Screenshot = &page.File{Name: path.Base(f.File), Path: reference(capturedPath(it, f.Name)), MIME: f.Type, Size: size}
	}
	v.Evidence = c.evidenceView(it)
	return v
}

// captures adds the files of all captures, what the pages show, the snapshots, the evidence that is included: first those
// that are stored as they are, and when it is called again those that are compressed.
func (c *compiler) captures(stored bool) {
	add := func(path string, f dossier.CaptureFile) {
		store := !strings.HasPrefix(f.Type, "text/") && !strings.HasSuffix(f.Type, "+xml")
		if store != stored {
			return
		}
		size, _ := c.packed(f.File, f.Size, "")
		c.add(Entry{Path: path, MIMEType: f.Type, Store: store, Size: size, Open: c.open(f.File)})
	}
	for _, it := range c.d.Items() {
		k := it.Capture
		if k == nil {
			continue
		}
		if o := c.offered[it]; o != nil && stored {
			c.add(Entry{Path: o.path, Title: it.Title, MIMEType: o.typ, Store: true, Size: o.size, Open: o.open})
		}
		shown := k.Files
		for _, f := range []*dossier.CaptureFile{k.Screenshot, k.Snapshot} {
			if f != nil {
				shown = append(shown[:len(shown):len(shown)], *f)
			}
		}
		for _, f := range shown {
			add(capturedPath(it, f.Name), f)
		}
	}
}

// article renders the readable text of a captured page, which stands on the page at.
func (p *pages) article(it *dossier.Item, at named) (markup.Node, string) {
	k := it.Capture
	doc, err := article.Render(k.Source, article.Options{
		Title: it.Title,
		Link: func(url string) string {
			to, err := p.d.Resolve(k.Text, url)
			if err != nil || to.URL == "" {
				return "" // an address that is none: the words stay
			}
			p.name(to.URL, at)
			return p.site.Ref(page.OutsideLink(to.URL))
		},
		File: func(name string) string {
			for _, f := range k.Files {
				if f.File == path.Join(path.Dir(k.Text), unescaped(name)) {
					return reference(capturedPath(it, f.Name))
				}
			}
			return ""
		},
	})
	if err != nil {
		p.problem(dossier.Problem{File: k.Text, Line: 1, Column: 1, Message: err.Error(), Hint: "take out elements that only hold others"})
		return nil, ""
	}
	if len(doc.Paragraphs) == 0 {
		p.problem(dossier.Problem{File: k.Text, Line: 1, Column: 1, Message: "there is no text in it", Hint: "take the line text: out of the capture, or write the text into the file"})
		return nil, ""
	}
	sum := sha256.Sum256([]byte(doc.Text()))
	return doc.Body, hex.EncodeToString(sum[:])
}

// problem notes what is wrong with a text once and not in every language.
func (p *pages) problem(problem dossier.Problem) {
	if p.main {
		p.problems = append(p.problems, problem)
	}
}

// spoken are the transcripts of an item that are text, each with its paragraphs.
func (p *pages) spoken(it *dossier.Item, at named) []page.Transcript {
	var all []page.Transcript
	for _, m := range it.Media {
		if m.Role != "transcript" || !strings.HasPrefix(m.Type, "text/markdown") && !strings.HasPrefix(m.Type, "text/plain") {
			continue
		}
		const most = 8 << 20 // bytes, as a text of the dossier
		if m.Size > most {
			p.problem(dossier.Problem{File: m.File, Message: "the transcript is too large to be shown", Hint: "give it the role attachment"})
			continue
		}
		text, err := fs.ReadFile(p.d.FS, m.File)
		if err != nil {
			p.problem(dossier.Problem{File: m.File, Message: "the transcript cannot be read: " + err.Error()})
			continue
		}
		body := p.render(source{text, m.File, 1}, at, markdown.Options{Heading: 3, Prefix: "t" + string(rune('a'+len(all)%26)) + "-"})
		all = append(all, page.Transcript{Body: body.node, Lang: m.Lang})
	}
	return all
}
