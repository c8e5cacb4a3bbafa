package serve

import (
	"context"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"sync"
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

// openWait is how long a visitor waits for a program to be made, while others have theirs made.
const openWait = time.Minute

var errBusy = errors.New("too many programs are being made")

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
		lines.WriteString(carry.SumLine(sum, o.name))
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
	o := b.copies.await(r.Context(), pathVar(r, "file"))
	if r.Context().Err() != nil {
		return
	}
	if o == nil {
		s.noSuchPage(w, r, nil, r.URL.Path)
		return
	}
	if b.damaged() {
		s.withheld(w, r)
		return
	}
	if !s.takesBytes(r, o) {
		s.sendAs(w, r, b, o, bytesOf(o))
		return
	}
	s.download(w, r, func() { s.sendCopy(w, r, b, o) })
}

// bytesOf has the size of o, and no bytes: for answers without any.
func bytesOf(o *offer) io.ReadSeeker { return io.NewSectionReader(strings.NewReader(""), 0, o.size) }

// takesBytes reports whether the answer to r holds bytes of o. To HEAD, to who has them already, and to who asks for others
// than there are, it does not, and then no program need be made.
func (s *Server) takesBytes(r *http.Request, o *offer) bool {
	if r.Method == http.MethodHead {
		return false
	}
	head := r.Clone(r.Context())
	head.Method = http.MethodHead
	answer := &statusOnly{header: http.Header{}}
	s.send(answer, head, "", o.etag, bytesOf(o))
	return answer.status == http.StatusOK || answer.status == http.StatusPartialContent
}

// statusOnly is a [http.ResponseWriter] that keeps the status.
type statusOnly struct {
	header http.Header
	status int
}

func (w *statusOnly) Header() http.Header         { return w.header }
func (w *statusOnly) WriteHeader(status int)      { w.status = status }
func (w *statusOnly) Write(p []byte) (int, error) { return len(p), nil }

// sendAs answers with data, which has the bytes of o if the answer holds any.
func (s *Server) sendAs(w http.ResponseWriter, r *http.Request, b *book, o *offer, data io.ReadSeeker) {
	b.unkept(w)
	w.Header().Set("Content-Disposition", `attachment; filename="`+o.name+`"`) // [fileBase]: nothing to escape
	mime := "application/octet-stream"
	if o.program == nil {
		mime = "application/x-zim"
	}
	s.send(w, r, mime, o.etag, data)
}

func (s *Server) sendCopy(w http.ResponseWriter, r *http.Request, b *book, o *offer) {
	if o.program == nil {
		s.sendAs(w, r, b, o, &stored{
			SectionReader: io.NewSectionReader(b.src.Raw, 0, b.src.Size), file: b.src.File, path: b.src.Path, offset: b.src.Offset,
		})
		return
	}
	ctx, cancel := context.WithTimeoutCause(r.Context(), openWait, errBusy)
	image, release, err := o.program.Open(ctx)
	cause := context.Cause(ctx)
	cancel()
	switch {
	case err != nil && cause == errBusy: //nolint:errorlint // Cause returns it bare
		s.busy(w, r)
		return
	case err != nil:
		s.fail(w, r, b, o.name, err)
		return
	}
	release = sync.OnceFunc(release)
	defer release()
	defer context.AfterFunc(r.Context(), release)() // nobody reads for a visitor who has left
	s.sendAs(w, r, b, o, assemble(image))
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
