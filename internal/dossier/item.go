package dossier

import (
	"path"
	"regexp"
	"slices"
	"strings"

	"samizdat/internal/inert"
)

// item reads one file of a section's items. It returns nil when nothing of it could be read.
func (l *loader) item(t text) *Item {
	if !t.set {
		return nil
	}
	full := l.file(t, "items")
	if full == "" {
		return nil
	}
	if first, again := l.listed[full]; again {
		l.bad(t.mark, "list it once", "items: %s is listed twice, first in line %d", full, first.line)
		return nil
	}
	l.listed[full] = t.mark
	it := &Item{File: full}
	r := &record{item: it}
	ext := path.Ext(full)
	if ext != ".md" && ext != ".yaml" {
		l.bad(t.mark, "name a .md file with front matter or a .yaml file", "items: %s describes no item", full)
		return nil
	}
	limit := int64(maxManifest)
	if ext == ".md" {
		limit = maxBody
	}
	src, ok := l.content(full, t.mark, limit)
	head, line := src, 1
	if ok && ext == ".md" {
		head, it.Body, it.BodyLine, ok = l.split(full, src)
		it.BodyFile, line = full, 2
		if ok && head == nil {
			l.bad(mark{full, 1, 1}, "begin with a line ---, the fields, and another line ---", "there is no front matter")
			ok = false
		}
	}
	if !ok || !l.fill(full, head, line, &r.fields) {
		l.blind = true
		l.unread[full] = true
		l.unread[strings.TrimSuffix(path.Base(full), ext)] = true
		l.unread[path.Base(path.Dir(full))] = true
		if id := idPattern.FindSubmatch(src); id != nil {
			l.unread[string(id[1])] = true
		}
		return nil
	}
	l.describe(r)
	l.body(r)
	l.holdings(r)
	l.records = append(l.records, r)
	return it
}

// idPattern finds the id in a file that cannot be read as YAML, so that links to it are not called dead.
var idPattern = regexp.MustCompile(`(?m)^id:[ \t]*"?([a-z0-9-]+)`)

// describe checks what the fields say about the item.
func (l *loader) describe(r *record) {
	it, f := r.item, &r.fields
	if l.need(f.Kind, f.At, "kind", "article") {
		it.Kind = Kind(l.oneOf(f.Kind, "kind", kinds))
	}
	if l.need(f.Status, f.At, "status", "linked") {
		it.Status = Status(l.oneOf(f.Status, "status", statuses))
	}
	if l.need(f.Title, f.At, "title", "as the source gives it") {
		it.Title = l.line(f.Title, "title")
	}
	if l.need(f.Lang, f.At, "lang", "en") {
		it.Lang = l.lang(f.Lang, "lang")
	}
	if l.need(f.ID, f.At, "id", strings.TrimSuffix(path.Base(it.File), path.Ext(it.File))) {
		if it.ID = l.id(f.ID); it.ID != "" {
			l.name(r)
		}
	}
	it.Author = l.line(f.Author, "author")
	it.Publisher = l.line(f.Publisher, "publisher")
	it.URL = l.address(f.URL, "url")
	it.FinalURL = l.address(f.FinalURL, "final_url")
	it.Date = l.date(f.Date, "date", false)
	it.DateWritten = l.line(f.DateWritten, "date_written")
	it.DateFrom = DateFrom(l.oneOf(f.DateFrom, "date_from", datesFrom))
	it.Note = f.Note.s
	it.EditorNote = f.EditorNote.s
	it.TranslationOf = f.TranslationOf.s
}

// name checks that an item's id and page are its own.
func (l *loader) name(r *record) {
	it, at := r.item, r.fields.ID.mark
	if slices.Contains(reservedIDs, it.ID) {
		l.bad(at, "choose another", "id %s is the name of a page that every archive has", it.ID)
		return
	}
	if first := l.ids[it.ID]; first != nil {
		l.bad(at, "choose another", "id %s is given twice, first in %s", it.ID, first.item.File)
		return
	}
	l.ids[it.ID] = r
	if it.Kind == "" {
		return
	}
	if first := l.pages[it.Page()]; first != nil {
		l.bad(at, "choose another", "id %s gives the page %s, which is that of id %s in %s", it.ID, it.Page(), first.item.ID, first.item.File)
		return
	}
	l.pages[it.Page()] = r
}

// body reads the text of an item that a .yaml file describes.
func (l *loader) body(r *record) {
	it, f := r.item, &r.fields
	if !f.Body.set {
		return
	}
	if path.Ext(it.File) == ".md" {
		l.bad(f.Body.mark, "take the field out; the text stands below the front matter", "body cannot be given in a Markdown file")
		return
	}
	p := l.prose(f.Body, "body", it.Lang)
	if p == nil {
		return
	}
	it.Body, it.BodyFile, it.BodyLine = p.Body, p.File, p.Line
}

// holdings checks that what the archive holds of an item is what its status says.
func (l *loader) holdings(r *record) {
	it, f := r.item, &r.fields
	for i := range f.Media {
		it.Media = append(it.Media, l.media(&f.Media[i]))
	}
	if f.Capture != nil {
		it.Capture = l.capture(f.Capture, it.File)
	}
	l.packing(r)
	hasBody := len(it.Body) > 0
	bodyAt := f.Body.mark
	if !f.Body.set {
		bodyAt = mark{it.BodyFile, it.BodyLine, 1}
	}
	switch it.Status {
	case StatusFull:
		if !hasBody && len(it.Media) == 0 && !f.Body.set {
			l.bad(f.Status.mark, "add the text, or write status: linked", "status is full, but there is no text and no media file")
		}
	case StatusCaptured:
		if !f.URL.set {
			l.bad(f.Status.mark, "write url: the address that was captured", "status is captured, but there is no url")
		}
		if f.Capture == nil {
			l.bad(f.Status.mark, "add capture, or write status: linked", "status is captured, but there is no capture")
		}
		if hasBody {
			l.bad(bodyAt, "name the file in capture, as text", "status is captured, but there is a text of our own")
		}
	case StatusLinked:
		if !f.URL.set {
			l.bad(f.Status.mark, "write url: https://…, or status: named", "status is linked, but there is no url")
		}
	case StatusNamed:
		if f.URL.set {
			l.bad(f.URL.mark, "write status: linked", "status is named, but there is a url")
		}
	}
	if f.FinalURL.set && !f.URL.set {
		l.bad(f.FinalURL.mark, "write url: the address that leads there", "there is a final_url, but no url")
	}
	if it.Status == StatusLinked || it.Status == StatusNamed {
		if hasBody {
			l.bad(bodyAt, "write status: full, or take the text out", "status is %s, but there is a text", it.Status)
		}
		for i := range f.Media {
			l.bad(f.Media[i].At, "write status: full or captured, or take the file out", "status is %s, but there is a media file", it.Status)
		}
	}
	if f.Capture != nil && it.Status != "" && it.Status != StatusCaptured {
		l.bad(f.Capture.At, "write status: captured, or take the capture out", "status is %s, but there is a capture", it.Status)
	}
	if it.BodyFile == it.File && len(it.Body) == 0 {
		it.BodyFile, it.BodyLine = "", 0
	}
}

// packing reads whether readers get the evidence. It may be said before there is any, of an item that will be captured.
func (l *loader) packing(r *record) {
	it, f := r.item, &r.fields
	if !f.Evidence.set {
		return
	}
	include := l.oneOf(f.Evidence, "evidence", packing) == packing[0]
	switch {
	case it.Capture != nil && (it.Capture.Evidence != nil || f.Capture.Evidence.set):
		it.Capture.Packed = include
	case it.Status == StatusCaptured, it.Status == StatusFull, it.Status == StatusNamed:
		l.bad(f.Evidence.mark, "take the line out, or name the file in capture, as evidence", "evidence: there is none of this item")
	}
}

// relations checks what can only be seen when all items are read.
func (l *loader) relations(d *Dossier) {
	known := make([]string, 0, len(l.records))
	for _, r := range l.records {
		known = append(known, r.item.ID)
	}
	for _, r := range l.records {
		it, f := r.item, &r.fields
		l.itemDate(r)
		switch {
		case !f.TranslationOf.set:
		case it.ID != "" && it.TranslationOf == it.ID:
			l.bad(f.TranslationOf.mark, "name the item it was translated from", "translation_of is the item itself")
		case l.ids[it.TranslationOf] == nil && !l.unread[it.TranslationOf]:
			l.bad(f.TranslationOf.mark, didYouMean(it.TranslationOf, known), "translation_of: there is no item %s", clip(it.TranslationOf))
		}
	}
}

// itemDate checks that a date says where it was read, and that it can be read there.
func (l *loader) itemDate(r *record) {
	it, f := r.item, &r.fields
	dated := f.Date
	if !dated.set {
		dated = f.DateWritten
	}
	switch {
	case !dated.set && f.DateFrom.set:
		l.bad(f.DateFrom.mark, "write date or date_written, or take it out", "date_from is given without a date")
		return
	case !dated.set:
		return
	case !f.DateFrom.set:
		l.bad(dated.mark, "write date_from: text, address or note, where the date was read", "date_from is missing")
		return
	case it.DateFrom == "" || f.Date.set && it.Date == "" || f.URL.set && it.URL == "":
		return // said already
	}
	var where, place string
	switch it.DateFrom {
	case FromAddress:
		where, place = it.URL, "url"
	case FromNote:
		where, place = it.Note, "note"
	case FromText:
		where, place = it.Title+"\n"+it.Note+"\n"+it.words(), "text"
	}
	if f.DateWritten.set && !strings.Contains(plain(where), plain(it.DateWritten)) {
		l.bad(f.DateWritten.mark, "copy it letter for letter", "date_written: %s does not stand in the %s", clip(it.DateWritten), place)
		return
	}
	if it.Date != "" && it.DateFrom == FromAddress && !strings.Contains(where, it.Date[:4]) {
		l.bad(f.Date.mark, "take the date out, or say where it was read", "date: the year %s does not stand in the url", it.Date[:4])
	}
}

// words is the text that the archive holds of the item, without the marks of HTML.
func (it *Item) words() string {
	if it.Capture != nil {
		return inert.Text(it.Capture.Source)
	}
	return string(it.Body)
}

// plain makes words comparable that differ only in line breaks and Markdown's emphasis.
func plain(s string) string {
	s = strings.Map(func(r rune) rune {
		if r == '*' || r == '_' || r == '\\' {
			return -1
		}
		return r
	}, s)
	return strings.Join(strings.Fields(s), " ")
}
