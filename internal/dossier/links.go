package dossier

import (
	"io/fs"
	"path"
	"regexp"
	"slices"
	"strings"
	"unicode/utf8"
)

// A Link is what an address in a text of the dossier leads to: exactly one of Item, File and URL is set, or
// none for a place in the same text.
type Link struct {
	Item     *Item  // another item
	File     string // a media file, a file of a capture or the source document
	URL      string // an address on the web; the archive never follows it
	Fragment string // what stood after #, without it
}

// A LinkError says what is wrong with an address in a text.
type LinkError struct {
	Message string
	Hint    string // what to write instead
}

func (e *LinkError) Error() string {
	if e.Hint == "" {
		return e.Message
	}
	return e.Message + "; " + e.Hint
}

// Resolve tells what dest leads to when it stands in file. Dest is item:ID, with a #fragment if need be, an
// http or https address, #fragment, or the path of another item's file or of a media file from the folder of
// file. The error is a [*LinkError]; in the texts of a loaded dossier there is none.
func (d *Dossier) Resolve(file, dest string) (Link, error) {
	if strings.HasPrefix(dest, "http:") || strings.HasPrefix(dest, "https:") {
		if fault, hint := addressFault(dest); fault != "" {
			return Link{}, &LinkError{"link to " + clip(dest) + ": " + fault, hint}
		}
		return Link{URL: dest}, nil
	}
	target, fragment, _ := strings.Cut(dest, "#")
	if target == "" {
		return Link{Fragment: fragment}, nil
	}
	if id, ok := strings.CutPrefix(target, "item:"); ok {
		if it := d.Item(id); it != nil {
			return Link{Item: it, Fragment: fragment}, nil
		}
		var known []string
		for _, it := range d.Items() {
			if !slices.Contains(known, it.ID) {
				known = append(known, it.ID)
			}
		}
		return Link{}, &LinkError{"link to an item that does not exist: " + clip(id), didYouMean(id, known)}
	}
	if scheme, _, ok := strings.Cut(target, ":"); ok && schemePattern.MatchString(scheme) {
		return Link{}, &LinkError{"link to " + clip(dest) + ": addresses of this kind are not allowed", "write item:ID, https://… or the path of a file"}
	}
	full := path.Join(path.Dir(file), target)
	if strings.HasPrefix(target, "/") || !fs.ValidPath(full) {
		return Link{}, &LinkError{"link to " + clip(dest) + " leads out of the dossier", "write item:ID"}
	}
	if it := d.byFile[full]; it != nil {
		return Link{Item: it, Fragment: fragment}, nil
	}
	if d.files[full] {
		return Link{File: full, Fragment: fragment}, nil
	}
	hint := "write item:ID, https://… or the path of a file"
	if it := d.Item(slug(target)); it != nil {
		hint = "did you mean item:" + it.ID + "?"
	}
	return Link{}, &LinkError{"link to a file that belongs to no item: " + clip(full), hint}
}

var schemePattern = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9+.-]*$`)

// index prepares what Resolve needs.
func (d *Dossier) index() {
	d.byFile, d.files = map[string]*Item{}, map[string]bool{}
	if d.SourceDocument != nil {
		d.files[d.SourceDocument.File] = true
	}
	for _, it := range d.Items() {
		d.byFile[it.File] = it
		if it.BodyFile != "" {
			d.byFile[it.BodyFile] = it
		}
		for _, m := range it.Media {
			d.files[m.File] = true
		}
		if c := it.Capture; c != nil {
			for _, f := range c.Held() {
				d.files[f.File] = true
			}
		}
	}
	delete(d.files, "")
}

// links checks the addresses in all texts.
func (l *loader) links(d *Dossier) {
	for _, t := range []*Text{d.Introduction, d.Closing, d.LicenseText} {
		if t != nil {
			l.linksIn(d, t.File, t.Body, t.Line)
		}
	}
	for _, it := range d.Items() {
		l.linksIn(d, it.BodyFile, it.Body, it.BodyLine)
	}
}

// linkPattern finds where Markdown has addresses: [text](address), ![text](address), <scheme:address> and
// [label]: address at the beginning of a line.
var linkPattern = regexp.MustCompile(`\]\(\s*<?([^\s()<>]+(?:\([^\s()]*\)[^\s()<>]*)*)|<([A-Za-z][A-Za-z0-9+.-]+:[^\s<>]*)>|^ {0,3}\[[^\]]+\]:\s*<?([^\s<>]+)`)

// linksIn checks the addresses in one text, line by line, passing over code.
func (l *loader) linksIn(d *Dossier, file string, body []byte, line int) {
	fence := ""
	for i, s := range strings.Split(string(body), "\n") {
		trimmed := strings.TrimLeft(s, " ")
		if fence != "" {
			if strings.HasPrefix(trimmed, fence) {
				fence = ""
			}
			continue
		}
		if strings.HasPrefix(trimmed, "```") || strings.HasPrefix(trimmed, "~~~") {
			fence = trimmed[:3]
			continue
		}
		s = codePattern.ReplaceAllStringFunc(s, func(code string) string { return strings.Repeat("x", len(code)) })
		for _, at := range linkPattern.FindAllStringSubmatchIndex(s, -1) {
			for g := 2; g < len(at); g += 2 {
				if at[g] < 0 {
					continue
				}
				dest := s[at[g]:at[g+1]]
				if _, err := d.Resolve(file, dest); err != nil && !l.mayLead(file, dest) {
					e := err.(*LinkError)
					l.bad(mark{file, line + i, utf8.RuneCountInString(s[:at[g]]) + 1}, e.Hint, "%s", e.Message)
				}
			}
		}
	}
}

// mayLead tells whether dest leads to an item that is listed but could not be read.
func (l *loader) mayLead(file, dest string) bool {
	target, _, _ := strings.Cut(dest, "#")
	if id, ok := strings.CutPrefix(target, "item:"); ok {
		return l.unread[id]
	}
	return l.unread[path.Join(path.Dir(file), target)]
}

var codePattern = regexp.MustCompile("`[^`]+`")
