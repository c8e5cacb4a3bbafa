package serve

import (
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"samizdat/internal/carry"
	"samizdat/internal/markup"
	"samizdat/internal/messages"
	"samizdat/internal/page"
)

// What visitors take with them: /get, without any script.

// getAddress is where copies are to be had; empty if there is nothing to copy.
func (s *Server) getAddress() string {
	if len(s.books) == 0 {
		return ""
	}
	return s.address(routeGet)
}

// get answers /get: the copies of the one archive, or the archives to choose from.
func (s *Server) get(w http.ResponseWriter, r *http.Request) {
	if len(s.books) == 1 {
		s.copiesOf(w, r, s.books[0])
		return
	}
	v := s.asked(w, r)
	ui, title := v.ui, v.ui.Text("get.title")
	var list []markup.Node
	for _, b := range s.books {
		list = append(list, markup.El("li", markup.A("class", "book"), markup.El("h2", markup.A("class", "card"), markup.El(
			"a", markup.A("href", s.address(routeCopies, "book", b.name)), markup.El("bdi", markup.Text(b.meta().title)),
		)), markup.El("p", markup.A("class", "m"), markup.Text(ui.Bytes(b.src.Size)))))
	}
	nodes := []markup.Node{page.Heading(title), page.Lead(ui.Text("shelf.none"))}
	if list != nil {
		nodes = []markup.Node{page.Heading(title), markup.El("ul", markup.A("class", "shelf"), markup.Lines(list...))}
	}
	s.answer(w, r, http.StatusOK, page.Frame(v.site(nil), title, page.Column(nodes...)))
}

// copies answers /get/BOOK/.
func (s *Server) copies(w http.ResponseWriter, r *http.Request) {
	b := s.byName[pathVar(r, "book")]
	if b == nil {
		s.notFound(w, r)
		return
	}
	s.copiesOf(w, r, b)
}

// asked is the server in the language that an address names with ?lang=, or else the browser.
func (s *Server) asked(w http.ResponseWriter, r *http.Request) voice {
	v := s.voice(w, r)
	if lang := r.URL.Query().Get("lang"); lang != "" {
		v.ui = messages.For(lang)
	}
	return v
}

// listWait is how long a visitor waits for the program for a machine like theirs. Without it they would take another, or
// none.
const listWait = 20 * time.Second

// awaitPrograms waits until b's copies for targets are known, or it is known that there are none.
func (s *Server) awaitPrograms(r *http.Request, b *book, targets []carry.Target) {
	if len(targets) == 0 {
		return
	}
	c := b.copies
	c.start()
	patience := time.NewTimer(listWait)
	defer patience.Stop()
	for {
		more := c.changed()
		offers, complete := c.known()
		missing := slices.ContainsFunc(targets, func(t carry.Target) bool {
			return !slices.ContainsFunc(offers, func(o *offer) bool { return o.program != nil && o.program.Target == t })
		})
		if complete || !missing {
			return
		}
		select {
		case <-more:
		case <-c.listed:
		case <-patience.C:
			return
		case <-r.Context().Done():
			return
		}
	}
}

// ready waits a moment for the files of b and their checksums, and returns what is known then.
func (s *Server) ready(r *http.Request, b *book) (offers []*offer, complete bool) {
	c := b.copies
	c.start()
	patience := time.NewTimer(checkWait)
	defer patience.Stop()
	select {
	case <-c.done:
	case <-patience.C:
	case <-r.Context().Done():
	}
	return c.known()
}

// copiesOf shows what there is of b, what suits the visitor's machine first.
func (s *Server) copiesOf(w http.ResponseWriter, r *http.Request, b *book) {
	w.Header().Add("Vary", "User-Agent")
	v := s.asked(w, r).about(b)
	ui, site := v.ui, v.site(b)
	view := page.GetView{Read: s.address(routeBook, "book", b.name), Sums: s.address(routeSums, "book", b.name)}
	if !site.Bare {
		view.Read = v.page(b, page.CoverPath)
	}
	for _, lang := range messages.Languages() {
		view.Languages = append(view.Languages, page.LanguageLink{Tag: lang, Ref: "?lang=" + lang})
	}
	from := visitorOf(r.UserAgent())
	view.Phone = from.phone
	s.awaitPrograms(r, b, from.targets)
	offers, complete := s.ready(r, b)
	if b.damaged() {
		view.Damaged, offers = true, nil
	}
	offers = slices.Clone(offers)
	slices.SortStableFunc(offers, func(a, b *offer) int { return a.place() - b.place() })
	view.Counting = !complete
	for _, o := range offers {
		c := s.copyView(ui, b, o)
		view.Counting = view.Counting || c.SHA256 == "" && !isClosed(b.copies.done)
		if o.program == nil && from.phone || o.program != nil && slices.Contains(from.targets, o.program.Target) {
			view.Yours = append(view.Yours, c)
		} else {
			view.Others = append(view.Others, c)
		}
	}
	slices.SortStableFunc(view.Yours, func(a, b page.Copy) int { return from.rank(a.Platform) - from.rank(b.Platform) })
	view.OnlyOwn = complete && len(offers) <= 2 && !view.Damaged
	view.Verdict, _, _ = v.badge(b)
	var result verdict
	if isClosed(b.checked()) {
		result = b.result
		if result.changed {
			view.Verdict = ui.Text("seal.changed")
		}
	}
	view.Seal = append(v.sealNodes(b, result), markup.El("p", markup.El(
		"a", markup.A("href", v.checkAddress(b)), markup.Text(ui.Text("foot.check")),
	)))
	s.answer(w, r, http.StatusOK, page.Get(site, view))
}

func isClosed(c <-chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false // also for nil
	}
}

// rank is the place of the platform called name among those that suit the visitor.
func (v visitor) rank(name string) int {
	return slices.IndexFunc(v.targets, func(t carry.Target) bool { return platform(t) == name })
}

// place is where the file stands among the others: the archive, then the platforms in their order.
func (o *offer) place() int {
	if o.program == nil {
		return -1
	}
	if i := slices.Index(carry.Targets(), o.program.Target); i >= 0 {
		return i
	}
	return len(carry.Targets())
}

// checkAddress is where b is checked; archives that have no such page have their shelf.
func (s voice) checkAddress(b *book) string {
	if b.src.Ours {
		return s.shadowAddress(b, page.InLanguage(page.CheckPath, s.lang))
	}
	return s.address(routeShelf)
}

// copyView describes one file.
func (s *Server) copyView(ui *messages.Printer, b *book, o *offer) page.Copy {
	c := page.Copy{Name: o.name, Ref: s.address(routeCopy, "book", b.name, "file", o.name), Size: o.size, SHA256: b.copies.sumOf(o)}
	if o.program == nil {
		return c
	}
	c.Program, c.Platform = true, platform(o.program.Target)
	switch o.program.Target.OS {
	case "windows":
		c.Help = ui.Text("get.how.windows")
	case "darwin":
		c.Help, c.Start = ui.Text("get.how.mac"), "chmod +x "+o.name+" && ./"+o.name
	default:
		c.Start = "chmod +x " + o.name + " && ./" + o.name
	}
	return c
}

// sums answers with the checksums of all files, as sha256sum -c reads them. It waits until all are known: a list that
// lacks some would be taken for the whole.
func (s *Server) sums(w http.ResponseWriter, r *http.Request) {
	b := s.byName[pathVar(r, "book")]
	if b == nil {
		s.notFound(w, r)
		return
	}
	var lines strings.Builder
	offers, _ := s.ready(r, b)
	if b.damaged() {
		s.withheld(w, r)
		return
	}
	for _, o := range offers {
		sum := b.copies.sumOf(o)
		if sum == "" && isClosed(b.copies.done) {
			continue // it could not be read, and nobody can take it
		}
		if !isClosed(b.copies.done) {
			w.Header().Set("Retry-After", "5")
			s.unavailable(w, r, "get.title", "check.running")
			return
		}
		fmt.Fprintf(&lines, "%s  %s\n", sum, o.name)
	}
	s.send(w, r, "text/plain; charset=utf-8", "", strings.NewReader(lines.String()))
}

// copy answers with a file to take away.
func (s *Server) copy(w http.ResponseWriter, r *http.Request) {
	b := s.byName[pathVar(r, "book")]
	if b == nil {
		s.notFound(w, r)
		return
	}
	c := b.copies
	c.start()
	named := func(o *offer) bool { return o.name == pathVar(r, "file") }
	offers, complete := c.known()
	i := slices.IndexFunc(offers, named)
	if i < 0 && !complete { // it may be one of those that are not known yet
		select {
		case <-c.listed:
		case <-r.Context().Done():
			return
		}
		offers, _ = c.known()
		i = slices.IndexFunc(offers, named)
	}
	if i < 0 {
		s.noSuchPage(w, r, nil, r.URL.Path)
		return
	}
	if b.damaged() {
		s.withheld(w, r)
		return
	}
	s.download(w, r, func() { s.sendCopy(w, r, b, offers[i]) })
}

func (s *Server) sendCopy(w http.ResponseWriter, r *http.Request, b *book, o *offer) {
	b.unkept(w)
	h := w.Header()
	h.Set("Content-Disposition", `attachment; filename="`+o.name+`"`) // [fileBase]: nothing to escape
	whole := &stored{
		SectionReader: io.NewSectionReader(b.src.Raw, 0, b.src.Size), file: b.src.File, path: b.src.Path, offset: b.src.Offset,
	}
	if o.program == nil {
		s.send(w, r, "application/x-zim", o.etag, whole)
		return
	}
	image, release, err := o.program.Open()
	if err != nil {
		h.Del("Content-Disposition")
		s.fail(w, r, b, o.name, err)
		return
	}
	defer release()
	s.send(w, r, "application/octet-stream", o.etag, assemble(image))
}

// withheld answers instead of a file of an archive that is damaged, so that the damage is not handed on.
func (s *Server) withheld(w http.ResponseWriter, r *http.Request) {
	s.instead(w, r, http.StatusInternalServerError, "get.title", "get.damaged")
}

// busy answers when too many copies are on their way.
func (s *Server) busy(w http.ResponseWriter, r *http.Request) {
	w.Header().Set("Retry-After", downloadRetryAfter)
	s.unavailable(w, r, "err.503", "get.busy")
}

// unavailable answers 503 with the texts of two keys; Retry-After must be set.
func (s *Server) unavailable(w http.ResponseWriter, r *http.Request, titleKey, key string) {
	s.instead(w, r, http.StatusServiceUnavailable, titleKey, key)
}

// instead answers with a page of the texts of two keys.
func (s *Server) instead(w http.ResponseWriter, r *http.Request, status int, titleKey, key string) {
	v := s.voice(w, r)
	title := v.ui.Text(titleKey)
	s.answer(w, r, status, page.Frame(v.site(nil), title, page.Column(
		page.Heading(title), page.Lead(v.ui.Text(key)), v.waysOut(nil),
	)))
}
