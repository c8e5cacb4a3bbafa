package main

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
	"maps"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"samizdat/internal/browser"
	"samizdat/internal/capture"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/imports"
)

const (
	damageGrade = "damage"
	noteGrade   = "note"
)

// verification holds one capture against its evidence.
type verification struct {
	*program
	ctx      context.Context
	root     *os.Root
	temp     string
	it       *dossier.Item
	said     verifiedItem
	archives *imports.Archives
	page     imports.Answer  // the record of the page
	differs  map[string]bool // fields of the item that the evidence speaks against, and those that are compared elsewhere
}

// found notes something about a file of the capture.
func (v *verification) found(grade, file, hint, format string, args ...any) {
	v.said.Findings = append(v.said.Findings, verifyFinding{grade, file, fmt.Sprintf(format, args...), hint})
}

// beside is a file of the capture in the dossier's folder.
func (v *verification) beside(name string) string { return path.Join(path.Dir(v.it.File), name) }

// run verifies; an error is one of the disk, or of the context.
func (v *verification) run() error {
	c := v.it.Capture
	for _, held := range c.Held() {
		if err := v.named(held); err != nil {
			return err
		}
	}
	if c.Evidence == nil {
		v.found(noteGrade, v.it.File, "", "there is no evidence, so that only the digests that were written down could be compared")
		return nil
	}
	v.said.Evidence = c.Evidence.File
	f, err := v.root.Open(filepath.FromSlash(c.Evidence.File))
	if err != nil {
		return err
	}
	defer f.Close()
	v.archives = imports.NewArchives(imports.Options{Dir: v.temp, Exact: c.Method == "http" || c.Method == "chrome", Damaged: true, Roots: authorities()})
	defer v.archives.Close()
	sound, err := v.evidence(f, c.Evidence.Size)
	if err != nil || !sound {
		return err
	}
	if err := v.screenshot(); err != nil {
		return err
	}
	return v.again()
}

// screenshot compares the picture of the page with the one in the evidence.
func (v *verification) screenshot() error {
	c := v.it.Capture
	if c.Screenshot == nil {
		return nil
	}
	sum, err := v.sum(c.Screenshot.File)
	if err != nil {
		return err
	}
	kept, any, err := v.archives.Screenshot(sum)
	switch {
	case err != nil:
		return err
	case kept:
		v.said.Digests++
	case any:
		v.found(damageGrade, c.Screenshot.File, v.restore(), "it is not the picture that the evidence holds")
	default:
		v.found(noteGrade, c.Screenshot.File, "", "the evidence holds no picture of the page to compare it with")
	}
	return nil
}

// contentName is a file that is named by what is in it.
var contentName = regexp.MustCompile(`^([0-9a-f]{16})\.[a-z0-9]+$`)

// named compares a file with its name, of those that have a name of their content. Style sheets have one of their address.
func (v *verification) named(f dossier.CaptureFile) error {
	m := contentName.FindStringSubmatch(path.Base(f.File))
	if m == nil || strings.HasSuffix(f.File, ".css") || !strings.Contains(f.Name, "/") {
		return nil
	}
	sum, err := v.sum(f.File)
	if err != nil {
		return err
	}
	if !strings.HasPrefix(sum, m[1]) {
		v.found(damageGrade, f.File, v.restore(), "the file is not the one that was captured: its name begins its SHA-256, which is %s", sum)
		return nil
	}
	v.said.Digests++
	return nil
}

// restore says what to do about something that is not what it was.
func (v *verification) restore() string {
	switch {
	case v.it.Capture.Method == "http" || v.it.Capture.Method == "chrome":
		return "restore the file, or capture the page as it is now: samizdat-press capture DIR " + v.it.ID + " --again"
	case v.it.Capture.Imported != nil:
		return "restore the file, or import it anew: samizdat-press import DIR " + v.it.Capture.Imported.From + " --again"
	}
	return "restore the file"
}

func (v *verification) sum(name string) (string, error) {
	f, err := v.root.Open(filepath.FromSlash(name))
	if err != nil {
		return "", err
	}
	defer f.Close()
	h := sha256.New()
	_, err = io.Copy(h, untilDone{v.ctx, f})
	return hex.EncodeToString(h.Sum(nil)), err
}

// evidence reads the evidence whole, and finds the record of the page in it. It is not sound if there is nothing to make
// the page of.
func (v *verification) evidence(f *os.File, size int64) (sound bool, err error) {
	c := v.it.Capture
	head := make([]byte, 4)
	if _, err := f.ReadAt(head, 0); err != nil && !errors.Is(err, io.EOF) {
		return false, err
	}
	add := v.archives.AddWARC
	if imports.Detect(head) == imports.WACZ {
		add = v.archives.AddWACZ
	}
	o, err := add(v.ctx, path.Base(c.Evidence.File), f, size)
	switch {
	case v.ctx.Err() != nil:
		return false, v.ctx.Err()
	case err != nil && imports.Unreadable(err):
		v.found(damageGrade, c.Evidence.File, v.restore(), "%v", err)
		return false, nil
	case err != nil:
		return false, err
	}
	v.said.Records, v.said.Signed = o.Records, o.Signature
	v.said.Digests += o.Digests
	for _, found := range o.Findings {
		text := strings.TrimPrefix(found.Text, path.Base(c.Evidence.File)+": ")
		switch found.Grade {
		case imports.Damage, imports.Broken:
			if c.Imported == nil || !v.known(found) {
				v.found(damageGrade, c.Evidence.File, v.restore(), "%s", text)
				continue
			}
			text = "as when it was imported: " + text
		}
		v.found(noteGrade, c.Evidence.File, "", "%s", text)
	}
	if sum := c.Digests["imported"]; sum != "" && c.Evidence.Name != "" && strings.HasSuffix(c.Evidence.File, ".wacz") && sum != c.Digests["evidence"] {
		v.found(damageGrade, c.Evidence.File, v.restore(), "it is not the file that was imported, which has the SHA-256 %s", sum)
	}
	if c.RecordID == "" {
		v.found(noteGrade, v.it.File, "", "no record_id says which record the page was made of")
		return false, nil
	}
	var ok bool
	if v.page, ok = v.archives.Answer(c.RecordID); !ok {
		v.found(damageGrade, c.Evidence.File, v.restore(), "there is no record %s, which the page was made of", c.RecordID)
		return false, nil
	}
	v.record()
	return true, v.provenance()
}

// provenance compares what the item says of its capture with what the evidence says of it, and says what no evidence proves.
func (v *verification) provenance() error {
	c := v.it.Capture
	said, err := v.archives.Provenance(v.page)
	if err != nil {
		return err
	}
	v.differs = map[string]bool{"captured_at": true, "http_status": true} // compared with the record itself
	if said != nil {
		same := said.Compare(dossier.ProvenanceOf(v.it.URL, c))
		for _, d := range same {
			if name, ok := strings.CutPrefix(d.Field, "digests: "); ok && name != "imported" {
				continue // compared with what comes of the evidence
			}
			v.field(d.Field, d.Here, d.There)
		}
		if len(same) == 0 {
			v.said.Digests++
		}
	}
	certificate, err := v.archives.Certificate(v.page)
	if err != nil {
		return err
	}
	secure := strings.HasPrefix(v.page.URL, "https:")
	switch fetched := c.Method == "http" || c.Method == "chrome"; {
	case certificate != "":
		v.field("tls_sha256", c.TLSSHA256, certificate)
	case !secure && c.TLSSHA256 != "":
		v.found(damageGrade, v.it.File, "take the line tls_sha256 out", "tls_sha256 is written, but the page came without TLS")
	case !secure && fetched:
		v.found(noteGrade, c.Evidence.File, "", "the page came without TLS: the evidence proves what arrived here and that it was not changed since, but not that the server sent it, for anybody on the way could change it")
	case c.TLSSHA256 != "":
		v.found(noteGrade, v.it.File, "", "the evidence holds no certificate to compare tls_sha256 with")
	}
	return nil
}

// field notes that the item says something else in a field than the evidence, once.
func (v *verification) field(name, here, there string) {
	if here == there || v.differs[name] {
		return
	}
	v.differs[name] = true
	hint := "write what the evidence says"
	if there == "" {
		hint = "take the line out"
	}
	v.found(damageGrade, v.it.File, hint, "%s is %s, but the evidence says %s", name, cmp.Or(dossier.OneLine(here, 400), "missing"), cmp.Or(dossier.OneLine(there, 400), "nothing of it"))
}

// ran compares what the item says of its capture with what came of the same exchanges now.
func (v *verification) ran(made *dossier.Capture) {
	c := v.it.Capture
	if made.ServerIP != "" {
		v.field("server_ip", c.ServerIP, made.ServerIP)
	}
	if made.ContentType != "" {
		v.field("content_type", c.ContentType, made.ContentType)
	}
	v.field("redirects", strings.Join(c.Redirects, " "), strings.Join(made.Redirects, " "))
	if tool, _, _ := strings.Cut(v.madeWith(), ", "); tool != "samizdat-press "+v.version {
		return // another version may ask for more, or less
	}
	v.field("fetched", strconv.Itoa(cmp.Or(c.Fetched, made.Fetched)), strconv.Itoa(made.Fetched)) // those of older versions do not say
	v.field("missing", pieces(c.Missing), pieces(made.Missing))
}

// pieces lists addresses of what is missing. Why it is depends on the moment; and that there is no picture of a page, or no film, no exchange tells.
func pieces(missing []dossier.Missing) string {
	var all []string
	for _, m := range missing {
		if !strings.HasPrefix(m.Reason, "no screenshot: ") && !strings.HasPrefix(m.Reason, "no film") && !slices.Contains(all, m.URL) {
			all = append(all, m.URL)
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}

// known tells whether a finding was there when the file was imported, and is written down.
func (v *verification) known(f imports.Finding) bool {
	about := func(text string) string { // records lie elsewhere in evidence; their addresses are the same
		if i := strings.Index(text, " ("); i >= 0 && strings.Contains(text, ": the record at ") {
			return text[i:]
		}
		return text
	}
	for _, said := range v.it.Capture.Imported.Findings {
		if text, ok := strings.CutPrefix(said, string(f.Grade)+": "); ok && about(text) == about(f.Text) {
			return true
		}
	}
	return false
}

// record compares what the item says of the page with its record.
func (v *verification) record() {
	c := v.it.Capture
	if !v.page.SameAddress(c.FinalURL, v.it.URL) {
		v.found(damageGrade, v.it.File, "write the address of the record, as url or final_url", "the page's record is of %s, not of %s", v.page.URL, cmp.Or(c.FinalURL, v.it.URL))
	}
	if !v.page.SameTime(c.CapturedAt) {
		v.found(damageGrade, v.it.File, "write the time of the record", "captured_at is %s, but the page's record is of %s", c.CapturedAt, v.page.At.UTC().Format("2006-01-02T15:04:05Z"))
	}
	if c.HTTPStatus != 0 && v.page.Status != 0 && c.HTTPStatus != v.page.Status {
		v.found(damageGrade, v.it.File, "write the status of the record", "http_status is %d, but the page's record has %d", c.HTTPStatus, v.page.Status)
	}
}

// again makes the page of its evidence, and compares what comes with what is here.
func (v *verification) again() error {
	c := v.it.Capture
	var get capture.Getter
	job := capture.Job{URL: v.it.URL, Tool: "samizdat-press " + v.version, MaxBytes: capture.Unbounded, MaxAll: capture.Unbounded} // the evidence was bounded
	switch c.Method {
	case "http", "import:warc", "import:wacz":
		g := v.archives.GetterOf(v.page)
		get, job.Keep = g, g.Keep
	case "chrome":
		if c.Snapshot == nil { // a file at the address, which is fetched as without a browser
			g := v.archives.GetterOf(v.page)
			get, job.Keep = g, g.Keep
			break
		}
		dom, err := v.archives.Rendered(c.Digests["text"], c.Digests["snapshot"])
		if err != nil {
			return err
		}
		if dom == nil {
			v.found(noteGrade, c.Evidence.File, "", "it does not hold the page as the browser showed it, so that it cannot be made again")
			v.kept()
			return nil
		}
		g := v.archives.GetterOf(v.page)
		get, job.Keep, job.Browser = g, g.Keep, &replayed{g, dom}
	case "import:singlefile", "import:mhtml", "import:folder":
		s, err := v.archives.Saved(v.ctx, v.page, c.Method)
		if err != nil {
			v.found(damageGrade, c.Evidence.File, v.restore(), "%v", err)
			return nil
		}
		v.original(s.Original())
		job.Describe = func(c *dossier.Capture) { s.Describe(c, time.Time{}, "") }
		get, job.Keep, job.URL = s, s.Keep, s.Page.URL
	default:
		v.found(noteGrade, v.it.File, "", "a page of the method %s cannot be made again of its evidence", c.Method)
		v.kept()
		return nil
	}
	dir, err := os.MkdirTemp(v.temp, "page-*")
	if err != nil {
		return err
	}
	defer os.RemoveAll(dir)
	job.Dir = dir
	for _, f := range []struct {
		file *dossier.CaptureFile
		name string
	}{{c.Evidence, capture.EvidenceFile}, {c.Snapshot, capture.SnapshotFile}} {
		if f.file != nil && strings.HasSuffix(f.file.Name, f.name) {
			job.Stem = strings.TrimSuffix(f.file.Name, f.name)
		}
	}
	res, err := capture.Run(v.ctx, get, job)
	switch disk := (*fs.PathError)(nil); {
	case v.ctx.Err() != nil:
		return v.ctx.Err()
	case errors.As(err, &disk):
		return err
	case err != nil:
		v.found(damageGrade, c.Evidence.File, v.restore(), "the page cannot be made of it: %v", err)
		return nil
	}
	if strings.HasPrefix(c.Method, "import:wa") || c.Method == "http" || c.Method == "chrome" {
		v.original(res.Capture.Digests["original"])
	}
	return v.compare(dir, res)
}

// original compares the digest of the page as it was sent.
func (v *verification) original(sum string) {
	switch want := v.it.Capture.Digests["original"]; want {
	case "":
	case sum:
		v.said.Digests++
	default:
		v.found(damageGrade, v.it.Capture.Evidence.File, v.restore(), "the page in it has the SHA-256 %s, not %s as the item says", sum, want)
	}
}

// compare holds what was made again against what is here.
func (v *verification) compare(dir string, res *capture.Result) error {
	c, made := v.it.Capture, res.Capture
	here := map[string]string{} // by name
	for _, f := range c.Held() {
		if f.Name == "" || c.Evidence != nil && f.File == c.Evidence.File || c.Screenshot != nil && f.File == c.Screenshot.File || c.Video != nil && f.File == c.Video.File {
			continue
		}
		here[strings.TrimPrefix(f.File, path.Dir(v.it.File)+"/")] = f.File
	}
	names := []string{made.Text, res.Media}
	if made.Snapshot != nil {
		names = append(names, made.Snapshot.Name)
	}
	for _, f := range made.Files {
		names = append(names, f.Name)
	}
	for _, m := range v.it.Media {
		if res.Media != "" && m.File == v.beside(res.Media) {
			here[res.Media] = m.File
		}
	}
	var differ, absent []string
	for _, name := range names {
		if name == "" {
			continue
		}
		file, ok := here[name]
		delete(here, name)
		if !ok {
			absent = append(absent, v.beside(name))
			continue
		}
		same, err := v.same(filepath.Join(dir, filepath.FromSlash(name)), file)
		if err != nil {
			return err
		}
		if !same {
			differ = append(differ, file)
		}
	}
	if len(differ) == 0 && len(absent) == 0 && len(here) == 0 {
		v.said.Remade = true
		v.ran(made)
		v.kept()
		return nil
	}
	// Another version of this program may make other pages of the same evidence. It holds those that were made then.
	// And of what a browser asked for twice, another answer may count.
	tool, _, _ := strings.Cut(v.madeWith(), ", ")
	if (tool != "samizdat-press "+v.version || c.Method == "chrome") && v.keeps() {
		v.found(noteGrade, v.it.File, "", "text and look are those that %s made and kept in the evidence; this version makes others", tool)
		return nil
	}
	for _, file := range differ {
		v.found(damageGrade, file, v.restore(), "it is not what comes of the evidence")
	}
	for _, file := range absent {
		v.found(damageGrade, file, v.restore(), "the evidence makes this file, and the dossier does not have it")
	}
	for _, file := range slices.Sorted(maps.Values(here)) {
		v.found(damageGrade, file, "take it away, or "+v.restore(), "it is shown, and does not come of the evidence")
	}
	return nil
}

// madeWith is the program that made the pages.
func (v *verification) madeWith() string {
	if m := v.it.Capture.Imported; m != nil {
		return m.With
	}
	return v.it.Capture.Tool
}

// keeps tells whether the evidence holds text and look as they are here.
func (v *verification) keeps() bool {
	for _, name := range []string{"text", "snapshot"} {
		sum := v.it.Capture.Digests[name]
		if sum == "" {
			continue
		}
		if held, _ := v.archives.Made(sum); !held {
			return false
		}
	}
	return true
}

// kept compares text and look with those that the evidence keeps, if it keeps any.
func (v *verification) kept() {
	for _, name := range []string{"text", "snapshot"} {
		sum := v.it.Capture.Digests[name]
		if sum == "" {
			continue
		}
		held, any := v.archives.Made(sum)
		switch {
		case held:
			v.said.Digests++
		case any:
			v.found(damageGrade, v.it.Capture.Evidence.File, v.restore(), "it keeps another %s than the dossier has", map[string]string{"text": "text", "snapshot": "look of the page"}[name])
		}
	}
}

// same compares a file that was made with one of the dossier.
func (v *verification) same(made, file string) (bool, error) {
	f, err := v.root.Open(filepath.FromSlash(file))
	if err != nil {
		return false, err
	}
	defer f.Close()
	g, err := os.Open(made)
	if err != nil {
		return false, err
	}
	defer g.Close()
	a, b := make([]byte, 64<<10), make([]byte, 64<<10)
	for {
		n, err := io.ReadFull(f, a)
		m, other := io.ReadFull(g, b)
		if !bytes.Equal(a[:n], b[:m]) {
			return false, nil
		}
		for _, err := range []error{err, other} {
			if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
				return false, err
			}
		}
		if err != nil || other != nil {
			return true, v.ctx.Err()
		}
	}
}

// replayed shows a page as a browser showed it when it was captured.
type replayed struct {
	*imports.Getter
	dom []byte
}

// Render answers with what is in the evidence.
func (r *replayed) Render(ctx context.Context, ref string) (*browser.Page, error) {
	x, err := r.Get(ctx, ref, fetch.Page)
	if err != nil {
		if x != nil {
			err = errors.Join(err, x.Close())
		}
		return nil, err
	}
	return &browser.Page{Exchange: x, DOM: r.dom, NoScreenshot: errors.New("it is here")}, nil
}
