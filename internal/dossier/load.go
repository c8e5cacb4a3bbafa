package dossier

import (
	"bytes"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"

	"samizdat/internal/messages"
	"samizdat/internal/zim"
)

// Load reads the dossier in fsys and checks all of it. The error is a [Problems] with everything that is
// wrong, warnings included, or the error of reading; the Dossier is nil then. Symbolic links are not
// followed, hidden files are passed over. The result does not depend on the clock or on the machine.
func Load(fsys fs.FS) (*Dossier, error) {
	d, problems, err := Survey(fsys)
	if err != nil {
		return nil, err
	}
	if problems.Errors() > 0 {
		return nil, problems
	}
	d.Warnings = problems
	return d, nil
}

// Survey is [Load] for those who look at what is wrong: the dossier comes with its problems, and lacks what could not be
// read.
func Survey(fsys fs.FS) (*Dossier, Problems, error) {
	t, err := list(fsys)
	if err != nil {
		return nil, nil, err
	}
	l := &loader{tree: t, ids: map[string]*record{}, listed: map[string]mark{}, pages: map[string]*record{}, unread: map[string]bool{}}
	d := l.dossier()
	if l.err != nil {
		return nil, nil, l.err
	}
	if !l.blind {
		l.unused()
	}
	return d, l.problems.sorted(), nil
}

// loader gathers what is wrong while a dossier is read.
type loader struct {
	tree     *tree
	problems Problems
	err      error // the first error of reading
	blind    bool  // a manifest could not be read, so nothing is known about what it refers to

	records []*record
	ids     map[string]*record
	pages   map[string]*record
	listed  map[string]mark // items' files, to the place that lists them
	unread  map[string]bool // files of items that could not be read, and the ids they seem to have
}

// record is an item with the fields it was made from.
type record struct {
	item   *Item
	fields itemFields
}

func (l *loader) bad(m mark, hint, format string, args ...any) {
	l.problems = append(l.problems, Problem{File: m.file, Line: m.line, Column: m.col, Message: fmt.Sprintf(format, args...), Hint: hint})
}

// damaged reports a file that is not what was written down of it.
func (l *loader) damaged(m mark, hint, format string, args ...any) {
	l.bad(m, hint, format, args...)
	l.problems[len(l.problems)-1].Damaged = true
}

func (l *loader) warn(m mark, hint, format string, args ...any) {
	l.bad(m, hint, format, args...)
	l.problems[len(l.problems)-1].Warning = true
}

func (l *loader) fail(err error) {
	if l.err == nil {
		l.err = err
	}
}

// dossier reads the manifest and all it names. The result is incomplete when there were problems.
func (l *loader) dossier() *Dossier {
	d := &Dossier{FS: l.tree.fsys}
	whole := mark{file: ManifestFile}
	if !l.tree.has(ManifestFile) {
		l.blind = true
		l.bad(whole, "samizdat-press new DIR writes a dossier to begin with", "there is no such file")
		return d
	}
	l.tree.used[ManifestFile] = true
	l.tree.used["README.md"] = true // for those who work on the folder; not packed
	src, ok := l.content(ManifestFile, whole, maxManifest)
	var m manifest
	if !ok || !l.fill(ManifestFile, src, 1, &m) {
		l.blind = true
		return d
	}
	l.head(d, &m)
	l.editions(d, &m)
	d.Introduction = l.prose(m.Introduction, "introduction", d.Lang)
	d.Closing = l.prose(m.Closing, "closing", d.Lang)
	if !m.Rights.set && l.tree.has("LICENSE.md") {
		m.Rights = text{mark: mark{ManifestFile, m.At.line, m.At.col}, s: "LICENSE.md", set: true}
	}
	d.LicenseText = l.prose(m.Rights, "rights", d.Lang)
	l.illustration(d, m.Illustration, m.At)
	l.source(d, m.SourceDocument)
	l.sections(d, &m)
	l.relations(d)
	d.index()
	l.attempts(d)
	l.links(d)
	l.timeline(d, &m)
	return d
}

// head checks the fields that become the archive's metadata; the limits are those of zim-tools'
// metadata_constraints.cpp.
func (l *loader) head(d *Dossier, m *manifest) {
	if l.need(m.Format, m.At, "format", "1") && m.Format.s != "1" {
		l.bad(m.Format.mark, "write format: 1", "format %s is not known to this program", clip(m.Format.s))
	}
	d.Format = 1
	if l.need(m.Name, m.At, "name", "kazakhstan-2022_en_all") {
		d.Name = m.Name.s
		if strings.Trim(d.Name, "abcdefghijklmnopqrstuvwxyz0123456789-_.") != "" || strings.Trim(d.Name, "-_.") != d.Name {
			l.bad(m.Name.mark, "use a-z, 0-9, hyphens, underscores and dots", "name: %s has other characters", clip(d.Name))
		}
	}
	if l.need(m.Title, m.At, "title", "at most 30 characters") {
		d.Title = l.line(m.Title, "title")
		l.length(m.Title, "title", 30)
	}
	if l.need(m.Description, m.At, "description", "at most 80 characters") {
		d.Description = l.line(m.Description, "description")
		l.length(m.Description, "description", 80)
	}
	if d.LongDescription = m.LongDescription.s; m.LongDescription.set {
		l.length(m.LongDescription, "long_description", 4000)
		if zim.Graphemes(d.LongDescription) < zim.Graphemes(d.Description) {
			l.bad(m.LongDescription.mark, "write more, or take it out", "long_description is shorter than description")
		}
	}
	if l.need(m.Lang, m.At, "lang", "en") {
		if d.Lang = l.lang(m.Lang, "lang"); d.Lang != "" {
			d.Language = iso3(d.Lang)
		}
	}
	l.ui(d, m)
	if l.need(m.Creator, m.At, "creator", "who made the texts") {
		d.Creator = l.line(m.Creator, "creator")
	}
	if l.need(m.Publisher, m.At, "publisher", "who packs them") {
		d.Publisher = l.line(m.Publisher, "publisher")
	}
	d.License = l.line(m.License, "license")
	d.Source = l.line(m.Source, "source")
	d.EditorNote = m.EditorNote.s
	for _, t := range m.Tags {
		if strings.ContainsAny(t.s, ";\n\t") {
			l.bad(t.mark, "one tag per line, without semicolons", "tags: %s is more than one tag", clip(t.s))
		}
		d.Tags = append(d.Tags, t.s)
	}
}

// ui checks the languages of the frame and puts the main one first. That is the dossier's own if there are words in it,
// and otherwise the first one listed.
func (l *loader) ui(d *Dossier, m *manifest) {
	known := messages.Languages()
	own := "" // the catalogue for the dossier's language
	if tag := messages.For(d.Lang).Lang(); tag == d.Lang || strings.HasPrefix(d.Lang, tag+"-") {
		own = tag
	}
	bad := false
	for _, t := range m.UI {
		tag := l.lang(t, "ui")
		switch {
		case tag == "":
			bad = true
		case !slices.Contains(known, tag):
			bad = true
			l.bad(t.mark, "there are words in "+strings.Join(known, ", "), "ui: there are no buttons and labels in %s", tag)
		case slices.Contains(d.UI, tag):
			l.bad(t.mark, "take one of them out", "ui: %s is given twice", tag)
		default:
			d.UI = append(d.UI, tag)
		}
	}
	at := slices.Index(d.UI, own)
	switch {
	case at > 0:
		d.UI = slices.Insert(slices.Delete(d.UI, at, at+1), 0, own)
	case at < 0 && own != "" && len(m.UI) > 0 && !bad:
		l.bad(m.UI[0].mark, "add "+own, "ui leaves out the dossier's own language")
	case len(m.UI) == 0:
		d.UI = []string{messages.For(d.Lang).Lang()}
	}
}

// editions checks the history: numbers rise, dates do not fall, the last is the current one.
func (l *loader) editions(d *Dossier, m *manifest) {
	if l.need(m.Edition, m.At, "edition", "1") {
		d.Edition = l.number(m.Edition, "edition", 1, 1_000_000)
	}
	if len(m.Editions) == 0 {
		l.bad(m.At, "write editions: with number, date and note of each", "editions is missing")
		return
	}
	for i, f := range m.Editions {
		e := Edition{Note: f.Note.s}
		if l.need(f.Number, f.At, "number", "1") {
			e.Number = l.number(f.Number, "number", 1, 1_000_000)
		}
		if l.need(f.Date, f.At, "date", "YYYY-MM-DD") {
			e.Date = l.date(f.Date, "date", true)
		}
		l.need(f.Note, f.At, "note", "what is new")
		if i > 0 {
			before := d.Editions[i-1]
			if e.Number != 0 && e.Number <= before.Number {
				l.bad(f.Number.mark, "list the editions from the oldest to the newest", "edition %d comes after edition %d", e.Number, before.Number)
			}
			if e.Date != "" && e.Date < before.Date {
				l.bad(f.Date.mark, "list the editions from the oldest to the newest", "the edition of %s comes after that of %s", e.Date, before.Date)
			}
		}
		d.Editions = append(d.Editions, e)
	}
	last := d.Editions[len(d.Editions)-1]
	d.Date = last.Date
	if d.Edition == 0 || last.Number == 0 || last.Number == d.Edition {
		return
	}
	if slices.ContainsFunc(d.Editions, func(e Edition) bool { return e.Number == d.Edition }) {
		l.bad(m.Edition.mark, fmt.Sprintf("write edition: %d", last.Number), "edition %d is not the last of editions", d.Edition)
		return
	}
	l.bad(m.Edition.mark, fmt.Sprintf("add it to editions, or write edition: %d", last.Number), "edition %d is not among editions", d.Edition)
}

// prose reads a Markdown file of the dossier itself.
func (l *loader) prose(t text, name, lang string) *Text {
	full := l.file(t, name)
	if full == "" {
		return nil
	}
	if path.Ext(full) != ".md" {
		l.bad(t.mark, "name a .md file", "%s: %s is no Markdown file", name, full)
		return nil
	}
	src, ok := l.content(full, t.mark, maxBody)
	if !ok {
		return nil
	}
	p := &Text{Lang: lang, File: full}
	head, body, line, ok := l.split(full, src)
	if !ok {
		return nil
	}
	if head != nil {
		var f textFields
		if !l.fill(full, head, 2, &f) {
			return nil
		}
		p.Title = l.line(f.Title, "title")
		if f.Lang.set {
			p.Lang = l.lang(f.Lang, "lang")
		}
	}
	if p.Body, p.Line = body, line; len(body) == 0 {
		l.bad(mark{full, line, 1}, "write a text, or take the file out", "there is no text")
	}
	return p
}

// split parts a Markdown file into front matter, which is nil when there is none, and the text below it.
// Line is the line of the file on which the text begins; front matter begins on line 2.
func (l *loader) split(file string, src []byte) (head, body []byte, line int, ok bool) {
	body, line = src, 1
	if rest, has := bytes.CutPrefix(src, []byte("---\n")); has {
		var found bool
		if head, body, found = bytes.Cut(rest, []byte("\n---\n")); !found {
			if head, found = bytes.CutSuffix(rest, []byte("\n---")); !found {
				l.bad(mark{file, 1, 1}, "end it with a line ---", "the front matter does not end")
				return nil, nil, 0, false
			}
			body = nil
		}
		if len(head) > maxManifest {
			l.bad(mark{file, 1, 1}, fmt.Sprintf("keep it below %d bytes", maxManifest), "the front matter is too large")
			return nil, nil, 0, false
		}
		head = head[:len(head):len(head)]
		line = 3 + bytes.Count(head, []byte("\n")) + 1
	}
	for len(body) > 0 {
		first, rest, _ := bytes.Cut(body, []byte("\n"))
		if len(bytes.TrimSpace(first)) > 0 {
			break
		}
		body, line = rest, line+1
	}
	return head, bytes.TrimRight(body, " \t\n"), line, true
}

// source checks the document that the dossier was made from.
func (l *loader) source(d *Dossier, f *sourceFields) {
	if f == nil {
		return
	}
	s := &SourceDocument{Note: f.Note.s}
	if l.need(f.File, f.At, "file", "source/document.txt") {
		s.File = l.file(f.File, "file")
	}
	s.Type = l.mediaType(f.Type, f.File, s.File)
	if t := MainType(s.Type); acts(t) || t == VectorType { // it is packed as it is
		l.bad(f.File.mark, "name the document as text or PDF, or in a .zip", "%s is %s, which can have scripts", s.File, t)
	}
	want := l.sum(f.SHA256, "sha256")
	if s.File != "" {
		var err error
		if s.SHA256, s.Size, err = l.tree.sum(s.File); err != nil {
			l.fail(fmt.Errorf("read %s: %w", s.File, err))
			return
		}
		if !f.SHA256.set {
			l.bad(f.At, "write sha256: "+s.SHA256, "sha256 is missing")
		} else if want != "" && want != s.SHA256 {
			l.damaged(f.SHA256.mark, "restore the file; the one that is there has "+s.SHA256, "%s is not the document that was recorded", s.File)
		}
	}
	d.SourceDocument = s
}

// sections reads the sections and their items.
func (l *loader) sections(d *Dossier, m *manifest) {
	if len(m.Sections) == 0 {
		l.bad(m.At, "write sections: with id, title and items of each", "sections is missing")
	}
	seen := map[string]mark{}
	for _, f := range m.Sections {
		s := &Section{Lead: f.Lead.s}
		if l.need(f.ID, f.At, "id", "statements") {
			s.ID = l.id(f.ID)
			if slices.Contains(reservedSections, s.ID) {
				l.bad(f.ID.mark, "choose another", "id %s is the name of something else on the contents page", s.ID)
			} else if first, again := seen[s.ID]; again && s.ID != "" {
				l.bad(f.ID.mark, "choose another", "id %s is given twice, first in line %d", s.ID, first.line)
			}
			seen[s.ID] = f.ID.mark
		}
		if l.need(f.Title, f.At, "title", "Statements") {
			s.Title = l.line(f.Title, "title")
		}
		if len(f.Items) == 0 {
			l.bad(f.At, "write items: with one file per line", "items is missing")
		}
		for _, t := range f.Items {
			if it := l.item(t); it != nil {
				it.Section = s
				s.Items = append(s.Items, it)
			}
		}
		d.Sections = append(d.Sections, s)
	}
	for i, it := range d.Items() {
		it.Index = i
	}
}
