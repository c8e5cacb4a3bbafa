package dossier

import (
	"maps"
	"net/netip"
	"path"
	"slices"
	"strings"

	"samizdat/internal/inert"
)

// capture checks the record of a capture, and the files that it names. owner is the file of the item; names count from
// its folder.
func (l *loader) capture(f *captureFields, owner string) *Capture {
	c := &Capture{
		FinalURL:    l.address(f.FinalURL, "final_url"),
		By:          l.line(f.By, "by"),
		Tool:        l.line(f.Tool, "tool"),
		ContentType: l.line(f.ContentType, "content_type"),
		TLSSHA256:   l.sum(f.TLSSHA256, "tls_sha256"),
		RecordID:    l.line(f.RecordID, "record_id"),
		HTTPStatus:  l.number(f.HTTPStatus, "http_status", 100, 599),
		Robots:      l.oneOf(f.Robots, "robots", robotsValues),
		Cookies:     l.oneOf(f.Cookies, "cookies", cookiesValues),
		Fetched:     l.number(f.Fetched, "fetched", 1, 1_000_000),
		ArchivedAt:  l.address(f.ArchivedAt, "archived_at"),
	}
	for _, t := range f.Redirects {
		c.Redirects = append(c.Redirects, l.address(t, "redirects"))
	}
	if f.Imported != nil {
		c.Imported = l.imported(f.Imported)
	}
	if l.need(f.CapturedAt, f.At, "captured_at", "YYYY-MM-DDTHH:MM:SSZ") {
		c.CapturedAt = l.moment(f.CapturedAt, "captured_at")
	}
	if l.need(f.Method, f.At, "method", "manual") {
		c.Method = l.oneOf(f.Method, "method", captureMethods)
	}
	if c.ServerIP = f.ServerIP.s; f.ServerIP.set {
		if _, err := netip.ParseAddr(f.ServerIP.s); err != nil {
			l.bad(f.ServerIP.mark, "write an address such as 203.0.113.7", "server_ip: %s is no IP address", clip(f.ServerIP.s))
		}
	}
	for i := range f.Missing {
		m := &f.Missing[i]
		if l.need(m.URL, m.At, "url", "https://…") {
			c.Missing = append(c.Missing, Missing{l.address(m.URL, "url"), m.Reason.s})
		}
	}
	for _, t := range f.Stripped {
		c.Stripped = append(c.Stripped, t.s)
	}
	l.captured(c, f, path.Dir(owner))
	return c
}

// imported checks how a page came here.
func (l *loader) imported(f *importFields) *Import {
	m := &Import{From: l.line(f.From, "from"), With: l.line(f.With, "with")}
	l.need(f.From, f.At, "from", "crawl.wacz")
	m.At = l.moment(f.When, "at")
	for _, t := range f.Findings {
		m.Findings = append(m.Findings, l.line(t, "findings"))
	}
	return m
}

// captured reads the files of a capture, which are hostile until they are seen to be inert.
func (l *loader) captured(c *Capture, f *captureFields, dir string) {
	if !f.Text.set && !f.Snapshot.set && !f.Evidence.set {
		l.bad(f.At, "write text, snapshot or evidence: with the file", "the capture holds no file")
	}
	c.Text = l.file(f.Text, "text")
	if c.Text != "" && path.Ext(c.Text) != ".html" {
		l.bad(f.Text.mark, "name an .html file", "text: %s is no HTML file", c.Text)
		c.Text = ""
	}
	c.Snapshot = l.captureFile(f.Snapshot, "snapshot", dir, "text/html")
	c.Screenshot = l.captureFile(f.Screenshot, "screenshot", dir, "image/")
	c.Video = l.captureFile(f.Video, "video", dir, "application/json")
	c.Evidence = l.captureFile(f.Evidence, "evidence", dir, "application/")
	l.captureDigests(c, f)

	pages := &shownFiles{loader: l, files: l.captureFolder(f.Files), shown: map[string]bool{}, at: f.Files.mark}
	if c.Text != "" {
		if src, ok := l.content(c.Text, f.Text.mark, maxBody); ok {
			c.Source = src
			used, faults := inert.Page(src, pages.rules(c.Text, inert.Rules{Links: true}))
			pages.found(c.Text, used, faults)
		}
	}
	if c.Snapshot != nil {
		if src, ok := l.content(c.Snapshot.File, f.Snapshot.mark, maxBody); ok {
			used, faults := inert.Page(src, pages.rules(c.Snapshot.File, inert.Rules{Whole: true}))
			pages.found(c.Snapshot.File, used, faults)
		}
	}
	for _, name := range slices.Sorted(maps.Keys(pages.shown)) {
		l.tree.used[name] = true
		c.Files = append(c.Files, CaptureFile{name, strings.TrimPrefix(name, dir+"/"), mediaTypes[strings.ToLower(path.Ext(name))], l.tree.size[name]})
	}
}

// Held returns the files of the capture that are here.
func (c *Capture) Held() []CaptureFile {
	all := slices.Clone(c.Files)
	for _, f := range []*CaptureFile{c.Snapshot, c.Screenshot, c.Video, c.Evidence} {
		if f != nil {
			all = append(all, *f)
		}
	}
	if c.Text != "" {
		all = append(all, CaptureFile{File: c.Text, Name: path.Base(c.Text), Type: "text/html", Size: int64(len(c.Source))})
	}
	return all
}

// captureFile finds one of the files that a capture names; its type must begin with kind.
func (l *loader) captureFile(t text, name, dir, kind string) *CaptureFile {
	full := l.file(t, name)
	if full == "" {
		return nil
	}
	known := mediaTypes[strings.ToLower(path.Ext(full))]
	if !strings.HasPrefix(known, kind) {
		l.bad(t.mark, "give it the ending that says what it is", "%s: the ending of %s is that of %s, which it must not be", name, full, orNothing(known))
		return nil
	}
	if l.tree.size[full] == 0 {
		l.bad(t.mark, "restore the file, or take the line out", "%s: %s is empty", name, full)
	}
	if name == "screenshot" {
		l.agrees(t.mark, full, known, false)
	}
	known = MainType(known)
	return &CaptureFile{full, strings.TrimPrefix(full, dir+"/"), known, l.tree.size[full]}
}

func orNothing(mediaType string) string {
	if mediaType == "" {
		return "no type that is known"
	}
	return mediaType
}

// captureDigests compares the sums that are written with the files, and adds those of files that have none.
func (l *loader) captureDigests(c *Capture, f *captureFields) {
	held := map[string]string{"text": c.Text}
	for name, file := range map[string]*CaptureFile{"snapshot": c.Snapshot, "screenshot": c.Screenshot, "video": c.Video, "evidence": c.Evidence} {
		if file != nil {
			held[name] = file.File
		}
	}
	c.Digests = map[string]string{}
	for _, p := range f.Digests {
		if name := l.oneOf(p.key, "digest", digestNames); name != "" && p.value.set {
			c.Digests[name], _ = l.digest(held[name], p.value, name)
		}
	}
	for name, full := range held {
		if _, said := c.Digests[name]; !said && full != "" {
			c.Digests[name], _ = l.digest(full, text{}, name)
		}
	}
}

// captureFolder lists the files that text and snapshot of a capture may show: those in one folder.
func (l *loader) captureFolder(t text) map[string]bool {
	if !t.set {
		return nil
	}
	folder := strings.TrimSuffix(t.s, "/")
	if folder == "" || strings.Trim(folder, "abcdefghijklmnopqrstuvwxyz0123456789-_") != "" {
		l.bad(t.mark, "write files: files, the name of a folder beside this file", "files: %s is no folder of the capture", clip(t.s))
		return nil
	}
	prefix := path.Join(path.Dir(t.mark.file), folder) + "/"
	have := map[string]bool{}
	for _, name := range l.tree.names {
		if strings.HasPrefix(name, prefix) {
			have[name] = true
		}
	}
	if len(have) == 0 {
		l.bad(t.mark, "put the files there, or take the line out", "files: there is nothing in %s", strings.TrimSuffix(prefix, "/"))
	}
	return have
}

// shownFiles follows what the pages of one capture show.
type shownFiles struct {
	*loader
	files map[string]bool // that may be shown
	shown map[string]bool
	at    mark
}

func (s *shownFiles) rules(file string, r inert.Rules) inert.Rules {
	r.Dir = path.Dir(file)
	r.Has = func(name string) bool { return s.files[name] }
	return r
}

// found reports what is wrong with a file and goes on to the files that it shows.
func (s *shownFiles) found(file string, used []string, faults []inert.Fault) {
	for _, f := range faults {
		s.bad(mark{file, f.Line, f.Column}, f.Hint, "%s", f.What)
	}
	for _, name := range used {
		if s.shown[name] {
			continue
		}
		s.shown[name] = true
		known := mediaTypes[strings.ToLower(path.Ext(name))]
		kind, _, _ := strings.Cut(known, "/")
		switch {
		case strings.HasPrefix(known, "text/css"):
			if src, ok := s.content(name, s.at, maxBody); ok {
				used, faults := inert.Style(src, s.rules(name, inert.Rules{}))
				s.found(name, used, faults)
			}
		case kind == "image", kind == "font", kind == "audio", kind == "video", strings.HasPrefix(known, "text/vtt"):
			s.agrees(mark{file: name}, name, known, false)
		default:
			s.bad(mark{file: name}, "take it away, and what refers to it", "a page of the web shows pictures, styles, fonts, sound and video, and this is %s", orNothing(known))
		}
		if s.tree.size[name] == 0 {
			s.bad(mark{file: name}, "restore the file, or take out what refers to it", "the file is empty")
		}
	}
}
