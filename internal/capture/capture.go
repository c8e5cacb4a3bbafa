// Package capture makes of an address a captured article: the readable text, the page as it looked with everything it
// shows, and the evidence of what the server sent.
//
// Nothing is written but into the folder that the caller gives; what has been made is moved into the dossier by [Commit],
// when it is whole.
package capture

import (
	"bytes"
	"cmp"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"sync"
	"time"

	"samizdat/internal/article"
	"samizdat/internal/browser"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/readable"
	"samizdat/internal/snapshot"
	"samizdat/internal/warc"
	"samizdat/internal/webpage"
)

// Limits of one capture. A page or a style sheet is read into memory, everything else goes through files.
const (
	maxText   = 8 << 20 // bytes of a page or a style sheet, unpacked; what a dossier takes
	maxThings = 5000    // that one page shows
	maxLost   = 100     // things of one page that cannot be shown here and are named
	atOnce    = 16      // things of one page; each host has its own limit below
)

// errLongText means that a page or a style sheet has more than maxText bytes.
var errLongText = fmt.Errorf("a text of more than %d MiB", maxText>>20)

// textOf is the text of a page or a style sheet. One that is too long is cut there, with an error that wraps errLongText and [fetch.ErrTooLarge].
func textOf(h *fetch.Hop) ([]byte, error) {
	body, err := h.Text(maxText)
	if errors.Is(err, fetch.ErrTooLarge) {
		err = fmt.Errorf("%w: %w", errLongText, err)
	}
	return body, err
}

// Getter gets things from the web; *[fetch.Client] is one.
type Getter interface {
	Get(ctx context.Context, ref string, purpose fetch.Purpose) (*fetch.Exchange, error)
}

// Job is one page that is to be captured.
type Job struct {
	URL   string
	Dir   string // an empty folder, for what is made
	Stem  string // what the names of all that is made begin with: "ID-" where several items share a folder; usually empty
	Files string // the name of the folder below Dir for what the page shows; Stem and "files" if empty
	By    string // who captures, as they want to be named; may be empty
	Tool  string // program and version
	// IgnoresRobots says that the Getter was told not to ask robots.txt, which is recorded.
	IgnoresRobots bool
	Kind          dossier.Kind // of the item
	// Listed are the names of files in the folder of the item's file that are not of a capture's making, its media and those that [Taken] finds. What
	// comes of a film gets other names.
	Listed []string
	// Films gets the film if the page is there for one; nil does not look for it.
	Films Films
	// FilmCookies says that Films has cookies of the editor and sends them where they belong.
	FilmCookies bool
	// FilmProgress is told how many bytes of the film have come. It may be nil.
	FilmProgress func(bytes int64)
	// Browser runs the page's scripts before it is captured; nil is no browser.
	Browser Renderer
	// Bounds of what is fetched: bytes of one thing, unpacked; of all together, as they are sent and unpacked; the time for all. 0 is 4 GiB,
	// twice that or as much as one thing may have, and two hours. What is beyond them is missing.
	MaxBytes, MaxAll int64
	MaxTime          time.Duration
	// Progress is told how far it is. It may be nil, and is called by one goroutine at a time.
	Progress func(Progress)
	// Info are further fields of the warcinfo of the evidence.
	Info warc.Header
	// Describe completes the record of the capture before the evidence holds it; nil if nothing is to be added.
	Describe func(c *dossier.Capture)
	// Keep writes the records of an answer into the evidence, in place of those that are made of it, and returns the ID of the
	// answer's record. It is for what was recorded by others, and nil for what was fetched.
	Keep func(w *warc.Writer, h *fetch.Hop) (id string, err error)
}

// The names of what is made, in Job.Dir, behind Job.Stem.
const (
	TextFile       = "article.html"
	SnapshotFile   = "snapshot.html"
	ScreenshotFile = "screenshot.jpg"
	EvidenceFile   = "page.warc.gz"
)

// Result is a captured page.
type Result struct {
	Capture   *dossier.Capture // names relative to Job.Dir
	Title     string           // empty if the page does not say
	Author    string
	Publisher string
	Language  string
	Published time.Time // zero if the page does not say
	Fetched   int       // things that are there, the page among them
	Media     string    // the file, relative to Job.Dir, if there is no page at the address but a photo, a film, a sound or a PDF file; usually empty
	// OwnCookies are those of the editor that were sent. What the page says to them alone is in what was made.
	OwnCookies []*http.Cookie
	// Listed are the media that the item is to list, with names relative to Job.Dir: Media, or the film of the page with its captions and its picture.
	Listed []dossier.MediaFile
	// NoText is why there is no readable text; nil if there is.
	NoText error
	// NoFilm is why the film of the page is not here, if it is there for one and was looked for; otherwise nil.
	NoFilm error
}

// ErrNotPage means that there is no page at the address, and no photo, film, sound or PDF file.
var ErrNotPage = errors.New("neither a page nor a photo, film, sound or PDF file")

// Run captures the page, or the file that is at the address instead. What the page shows and cannot be had is in Missing of the result, and no error.
func Run(ctx context.Context, get Getter, job Job) (_ *Result, err error) {
	job.Files = job.folder()
	r := &run{get: get, job: job, things: map[string]*thing{}}
	defer func() {
		err = errors.Join(err, r.close())
	}()
	getting, cancel := r.bounded(ctx)
	defer cancel()
	x, err := r.open(getting)
	if err != nil {
		if late := because(getting, err); late != err {
			err = fmt.Errorf("%s: %w", job.URL, late)
		}
		return nil, err
	}
	page := x.Final()
	contentType := page.Header().Get("Content-Type")
	body, err := textOf(page)
	if kind := kindOf(body, contentType); kind != ".html" && (err == nil || errors.Is(err, fetch.ErrTooLarge)) {
		return r.file(x, contentType, kind)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", job.URL, err)
	}
	base, err := url.Parse(page.URL)
	if err != nil {
		return nil, err
	}
	doc, _ := webpage.Decode(body, contentType)
	if r.rendered != nil {
		if doc = r.rendered.DOM; len(doc) == 0 {
			return nil, fmt.Errorf("%s: %w", job.URL, browser.ErrBroken)
		}
	}
	if err := os.Mkdir(filepath.Join(job.Dir, job.Files), 0o777); err != nil {
		return nil, err
	}
	if err := r.collect(getting, doc, base); err != nil {
		return nil, err
	}
	if err := because(ctx, ctx.Err()); err != nil && err != ErrTime {
		return nil, err
	}
	r.mu.Lock()
	r.tell(true)
	r.mu.Unlock()
	return r.write(ctx, doc, base, x, contentType, body)
}

// name is that of a file that is made.
func (j Job) name(file string) string { return j.Stem + file }

// folder is the name of the folder for what the page shows.
func (j Job) folder() string { return cmp.Or(j.Files, j.Stem+"files") }

// run is one capture on its way.
type run struct {
	get Getter
	job Job

	rendered *browser.Page // nil without a browser

	sent, unpacked *fetch.Meter

	mu        sync.Mutex
	exchanges []*fetch.Exchange
	unused    []*fetch.Exchange // that do not go into the evidence
	things    map[string]*thing // by address
	order     []*thing
	done      int
	bytes     int64 // that have come
	kept      int   // files that were begun
}

// thing is something that the page shows.
type thing struct {
	ref    snapshot.Reference
	name   string // in Job.Files; empty if it is not there
	reason string // why it is not there

	// Of style sheets and frames, which are read once they are there:
	text []byte
	base *url.URL
}

func (r *run) close() error {
	var errs []error
	for _, x := range append(r.exchanges, r.unused...) {
		if x != nil {
			errs = append(errs, x.Close())
		}
	}
	return errors.Join(errs...)
}

// collect fetches what the page shows, and what that shows: style sheets import others, and frames have pictures.
func (r *run) collect(ctx context.Context, doc []byte, base *url.URL) error {
	for {
		_, refs, err := snapshot.Page(doc, r.options(base, ""))
		if err != nil {
			return err
		}
		var fresh []*thing
		add := func(refs []snapshot.Reference) {
			for _, ref := range refs {
				if r.things[ref.URL] == nil && len(r.things) < maxThings {
					t := &thing{ref: ref}
					r.things[ref.URL] = t
					r.order = append(r.order, t)
					fresh = append(fresh, t)
				}
			}
		}
		add(refs)
		for _, t := range slices.Clone(r.order) {
			if t.ref.Kind == snapshot.Style && t.text != nil {
				_, refs, err := snapshot.Sheet(t.text, r.options(t.base, r.job.Files))
				if err != nil {
					return err
				}
				add(refs)
			}
		}
		if len(fresh) == 0 {
			return nil
		}
		if err := r.fetchAll(ctx, fresh); err != nil {
			return err
		}
	}
}

// options answer what a page, or a style sheet in the folder from, asks for.
func (r *run) options(base *url.URL, from string) snapshot.Options {
	text := func(ref snapshot.Reference) ([]byte, *url.URL, bool) {
		t := r.things[ref.URL]
		if t == nil || t.text == nil {
			return nil, nil, false
		}
		return t.text, t.base, true
	}
	return snapshot.Options{
		Base: base, Import: text, Frame: text,
		File: func(ref snapshot.Reference) string {
			t := r.things[ref.URL]
			switch {
			case t == nil || t.name == "":
				return ""
			case from == "":
				return r.job.Files + "/" + t.name
			}
			return t.name
		},
	}
}

// fetchAll fetches things side by side.
func (r *run) fetchAll(ctx context.Context, things []*thing) error {
	slots := make(chan struct{}, atOnce)
	var wg sync.WaitGroup
	var failed error
	for _, t := range things {
		if ctx.Err() != nil {
			t.reason = Reason(because(ctx, ctx.Err()))
			continue
		}
		slots <- struct{}{}
		wg.Go(func() {
			defer func() { <-slots }()
			err := r.fetch(ctx, t)
			r.mu.Lock()
			defer r.mu.Unlock()
			if err != nil && failed == nil {
				failed = err
			}
			r.done++
			r.tell(false)
		})
	}
	wg.Wait()
	if err := because(ctx, ctx.Err()); err != nil && err != ErrTime { // what did not come in time is missing
		return err
	}
	return failed
}

// fetch gets one thing by the first of its addresses that has it. An error is one of our own disk.
func (r *run) fetch(ctx context.Context, t *thing) error {
	if snapshot.IsVector(t.ref.URL) {
		return r.held(t)
	}
	for _, ref := range append([]string{t.ref.URL}, t.ref.Else[:min(len(t.ref.Else), 4)]...) {
		if r.sent.Over() || r.unpacked.Over() {
			t.reason = cmp.Or(t.reason, fetch.ErrTooMuch.Error())
			return nil
		}
		x, err := r.get.Get(ctx, ref, fetch.Requisite)
		if err == nil {
			err = r.take(t, x.Final())
		}
		if errors.Is(err, fetch.ErrTooLarge) || errors.Is(err, fetch.ErrTooMuch) {
			// Whoever makes the page again of the evidence shall not unpack it to learn that it is too large.
			r.mu.Lock()
			r.unused = append(r.unused, x)
			r.mu.Unlock()
		} else if x != nil {
			r.mu.Lock()
			r.exchanges = append(r.exchanges, x)
			r.mu.Unlock()
		}
		err = because(ctx, err)
		if path := (*fs.PathError)(nil); errors.As(err, &path) { // a full disk is no reason of the page's
			return err
		}
		if err == nil {
			t.reason = ""
			return nil
		}
		if t.reason == "" {
			t.reason = Reason(err)
		}
	}
	return nil
}

// held keeps a drawing that the page holds itself.
func (r *run) held(t *thing) error {
	contentType, data, ok := webpage.Data(t.ref.URL)
	err := errKind
	if ok && len(data) > 0 {
		err = r.store(t, bytes.NewReader(data), contentType)
	}
	if path := (*fs.PathError)(nil); errors.As(err, &path) {
		return err
	}
	if err != nil {
		t.reason = "a drawing that the page holds: " + Reason(err)
	}
	return nil
}

var errKind = errors.New("it is of another kind than the page says")

// take keeps a thing: the text of a style sheet or a frame, the file of everything else.
func (r *run) take(t *thing, h *fetch.Hop) error {
	contentType := h.Header().Get("Content-Type")
	switch t.ref.Kind {
	case snapshot.Style, snapshot.Frame:
		body, err := textOf(h)
		if err != nil {
			return err
		}
		if t.ref.Kind == snapshot.Frame && kindOf(body, contentType) != ".html" {
			return errKind
		}
		if t.base, err = url.Parse(h.URL); err != nil {
			return err
		}
		t.text, _ = webpage.Decode(body, contentType)
		if t.ref.Kind == snapshot.Style {
			sum := sha256.Sum256([]byte(t.ref.URL)) // what it will hold is known when everything else is there
			t.name = hex.EncodeToString(sum[:8]) + ".css"
		}
		return nil
	}
	return r.keep(t, h, contentType)
}

// keep stores a thing, unpacked.
func (r *run) keep(t *thing, h *fetch.Hop, contentType string) error {
	body, err := h.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	return r.store(t, body, contentType)
}

// store writes the file of a thing, named by its content.
func (r *run) store(t *thing, body io.Reader, contentType string) error {
	r.mu.Lock()
	r.kept++
	temporary := filepath.Join(r.job.Dir, fmt.Sprintf(".thing-%d", r.kept))
	r.mu.Unlock()
	f, err := os.OpenFile(temporary, os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666) // os.CreateTemp would keep it from other users
	if err != nil {
		return err
	}
	defer os.Remove(f.Name())
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum, r.unpacked), io.LimitReader(body, min(r.job.most(), Unbounded-1)+1))
	if err != nil {
		return err
	}
	if n > r.job.most() {
		return fetch.ErrTooLarge
	}
	head := make([]byte, min(n, 4096))
	if _, err := f.ReadAt(head, 0); err != nil && err != io.EOF {
		return err
	}
	ending := kindOf(head, contentType)
	if n == 0 || !fits(t.ref.Kind, ending) {
		return errKind
	}
	if err := packable(f, n, ending); err != nil {
		return err
	}
	if ending == ".svg" { // the evidence has it as it came
		drawing, err := inertDrawing(f, n)
		if err != nil {
			return err
		}
		sum.Reset()
		sum.Write(drawing)
		if err := f.Truncate(0); err != nil {
			return err
		}
		if _, err := f.WriteAt(drawing, 0); err != nil {
			return err
		}
	}
	if err := f.Close(); err != nil {
		return err
	}
	name := hex.EncodeToString(sum.Sum(nil)[:8]) + ending
	if err := os.Rename(f.Name(), filepath.Join(r.job.Dir, r.job.Files, name)); err != nil {
		return err
	}
	t.name = name
	return nil
}

// record is what is known of an answer, whose body has the digest original without its content encoding.
func (r *run) record(x *fetch.Exchange, contentType, original string) *dossier.Capture {
	page := x.Final()
	c := &dossier.Capture{
		CapturedAt: page.Start.UTC().Format(time.RFC3339), By: r.job.By, Method: "http", Tool: r.job.Tool, HTTPStatus: page.Status,
		ContentType: oneLine(contentType), ServerIP: page.IP(), Digests: map[string]string{"original": original},
	}
	if r.job.IgnoresRobots {
		c.Robots = dossier.RobotsIgnored
	}
	if len(r.ownCookies()) > 0 {
		c.Cookies = dossier.CookiesSent
	}
	if page.URL != r.job.URL {
		c.FinalURL = page.URL
		for _, h := range x.Hops[:len(x.Hops)-1] {
			c.Redirects = append(c.Redirects, h.URL)
		}
	}
	if len(page.Certificates) > 0 {
		sum := sha256.Sum256(page.Certificates[0].Raw)
		c.TLSSHA256 = hex.EncodeToString(sum[:])
	}
	return c
}

// ownCookies are those of the editor that were sent for anything that is there, each once.
func (r *run) ownCookies() []*http.Cookie {
	var all []*http.Cookie
	for _, x := range r.exchanges {
		for _, h := range x.Hops {
			for _, k := range h.OwnCookies {
				if !slices.ContainsFunc(all, func(o *http.Cookie) bool { return o.Name == k.Name && o.Value == k.Value }) {
					all = append(all, k)
				}
			}
		}
	}
	return all
}

// write makes the files of the capture and its record.
func (r *run) write(ctx context.Context, doc []byte, base *url.URL, x *fetch.Exchange, contentType string, body []byte) (*Result, error) {
	for _, t := range r.order {
		if t.ref.Kind != snapshot.Style || t.text == nil {
			continue
		}
		out, _, err := snapshot.Sheet(t.text, r.options(t.base, r.job.Files))
		if err != nil {
			return nil, err
		}
		if len(bytes.TrimSpace(out)) == 0 {
			out = []byte("/* nothing of this style sheet is shown */\n")
		}
		if err := os.WriteFile(filepath.Join(r.job.Dir, r.job.Files, t.name), out, 0o666); err != nil {
			return nil, err
		}
	}
	o := r.options(base, "")
	var lost []dossier.Missing
	o.Lost = func(address, what string) {
		m := dossier.Missing{URL: cmp.Or(address, r.job.URL), Reason: what}
		if !slices.Contains(lost, m) && len(lost) < maxLost {
			lost = append(lost, m)
		}
	}
	look, _, err := snapshot.Page(doc, o)
	if err != nil {
		return nil, err
	}
	res := &Result{Fetched: 1}
	original := sha256.Sum256(body)
	c := r.record(x, contentType, hex.EncodeToString(original[:]))
	c.Snapshot = &dossier.CaptureFile{Name: r.job.name(SnapshotFile)}
	if err := r.seen(c); err != nil {
		return nil, err
	}
	article, err := r.article(doc, base, c, res)
	if err != nil {
		return nil, err
	}
	if len(look) > maxText {
		return nil, fmt.Errorf("%s: the page as it looked is %w", r.job.URL, errLongText)
	}
	if err := os.WriteFile(filepath.Join(r.job.Dir, c.Snapshot.Name), look, 0o666); err != nil {
		return nil, err
	}
	held, err := r.shown(look, article)
	if err != nil {
		return nil, err
	}
	c.Files = held
	for _, t := range r.order {
		switch {
		case t.name != "" || t.text != nil:
			res.Fetched++
		case t.reason != "" && snapshot.IsVector(t.ref.URL):
			c.Missing = append(c.Missing, dossier.Missing{URL: r.job.URL, Reason: t.reason})
		case t.reason != "":
			c.Missing = append(c.Missing, dossier.Missing{URL: t.ref.URL, Reason: t.reason})
		}
	}
	c.Missing = append(c.Missing, lost...)
	if r.job.Films != nil && r.plays(doc, base) {
		if err := r.film(ctx, c, res); err != nil {
			return nil, err
		}
	}
	return r.prove(x, article, look, c, res)
}

// prove writes the evidence, when everything else is there, and completes the result.
func (r *run) prove(x *fetch.Exchange, article, look []byte, c *dossier.Capture, res *Result) (*Result, error) {
	c.Fetched, res.Capture, res.OwnCookies = res.Fetched, c, r.ownCookies()
	if err := r.sums(c); err != nil {
		return nil, err
	}
	if err := r.evidence(x, article, look, c); err != nil {
		return nil, err
	}
	c.Evidence = &dossier.CaptureFile{Name: r.job.name(EvidenceFile)}
	return res, r.sums(c)
}

// article writes the readable text.
func (r *run) article(doc []byte, base *url.URL, c *dossier.Capture, res *Result) ([]byte, error) {
	text, err := readable.Extract(doc, base)
	res.Title, res.Author, res.Publisher, res.Language, res.Published = text.Title, text.Byline, text.Site, text.Language, text.Published
	if err != nil {
		res.NoText = err
		return nil, nil
	}
	o := r.options(base, "")
	o.Links = true
	out, _, err := snapshot.Page(text.HTML, o)
	if err != nil {
		return nil, err
	}
	_, fragment, _ := bytes.Cut(out, []byte("<body>"))
	fragment = bytes.TrimSuffix(fragment, []byte("</body></html>"))
	fragment = append(bytes.TrimSpace(fragment), '\n')
	if shown, err := article.Render(fragment, article.Options{Title: res.Title, Link: itself, File: itself}); err != nil || len(shown.Paragraphs) == 0 || len(fragment) > maxText {
		res.NoText = errors.Join(readable.ErrNoText, err)
		return nil, nil
	}
	c.Text = r.job.name(TextFile)
	return fragment, os.WriteFile(filepath.Join(r.job.Dir, c.Text), fragment, 0o666)
}

func itself(s string) string { return s }

// sums adds the digests of the files that are there and have none yet.
func (r *run) sums(c *dossier.Capture) error {
	files := map[string]string{"text": c.Text}
	for name, file := range map[string]*dossier.CaptureFile{"snapshot": c.Snapshot, "screenshot": c.Screenshot, "evidence": c.Evidence} {
		if file != nil {
			files[name] = file.Name
		}
	}
	for name, file := range files {
		if file == "" || c.Digests[name] != "" {
			continue
		}
		f, err := os.Open(filepath.Join(r.job.Dir, file))
		if err != nil {
			return err
		}
		sum := sha256.New()
		_, err = io.Copy(sum, f)
		if err := errors.Join(err, f.Close()); err != nil {
			return err
		}
		c.Digests[name] = hex.EncodeToString(sum.Sum(nil))
	}
	return nil
}

// oneLine makes of what a server says one short line.
func oneLine(s string) string { return dossier.OneLine(s, 200) }
