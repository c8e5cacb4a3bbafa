package imports

import (
	"context"
	"crypto/sha256"
	"crypto/x509"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"slices"
	"time"

	"samizdat/internal/dossier"
	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// Options are how to read archives. The zero value takes whatever is nearest.
type Options struct {
	Dir string // for temporary files; the system's if empty
	// Exact finds records by their exact addresses only, as when evidence of our own is read again.
	Exact bool
	// Damaged takes records too whose digest is not that of their bytes.
	Damaged bool
	// Most is how many bytes may be unpacked onto the disk, of one page and of WARC files that a ZIP compresses; 1 GiB and 16 times the
	// size of the files if 0.
	Most  int64
	Roots *x509.CertPool // authorities whose certificates in signatures are believed; nil is none
	// Progress is told how many bytes of the files were read; it may be nil.
	Progress func(done, total int64)
}

// Archives are WARC and WACZ files that are read together: an answer that one file repeats may lie in another.
type Archives struct {
	o       Options
	Origins []*Origin

	store
	pages   []Page
	temp    []*os.File
	size    int64 // of all files
	spooled int64 // bytes that were unpacked into temporary files

	done, total int64
}

// NewArchives returns a set without files. It must be closed. It is for one goroutine until all files were added.
func NewArchives(o Options) *Archives {
	return &Archives{o: o, store: newStore()}
}

// Close removes what was unpacked. The files that were added are their openers' to close.
func (a *Archives) Close() error {
	var errs []error
	for _, f := range a.temp {
		errs = append(errs, f.Close(), os.Remove(f.Name()))
	}
	a.temp = nil
	return errors.Join(errs...)
}

// budget bounds what is unpacked onto the disk, by what was given: a bomb makes much of little.
func (a *Archives) budget() int64 {
	if a.o.Most > 0 {
		return a.o.Most
	}
	return 1<<30 + 16*a.size
}

// AddWARC reads a WARC file, packed or not. What is none is an error that wraps [warc.ErrNotWARC]; damage is a finding.
func (a *Archives) AddWARC(ctx context.Context, name string, file io.ReaderAt, size int64) (*Origin, error) {
	o := &Origin{Name: name, Method: "import:warc", Size: size}
	a.size += size
	a.total += 2 * size
	var err error
	if o.SHA256, err = a.sum(ctx, file, size); err != nil {
		return nil, err
	}
	f := &warcFile{name: name, file: file, size: size, origin: o}
	if err := a.read(ctx, f); err != nil {
		return nil, err
	}
	a.Origins = append(a.Origins, o)
	return o, nil
}

// AddWACZ reads a WACZ file and checks all of it. What is none is an error that wraps [wacz.ErrNotWACZ]; one that is not what it says of
// itself is Tampered.
func (a *Archives) AddWACZ(ctx context.Context, name string, file io.ReaderAt, size int64) (*Origin, error) {
	o := &Origin{Name: name, Method: "import:wacz", Size: size}
	z, err := wacz.Open(file, size)
	if err != nil {
		return nil, err
	}
	a.size += size
	a.total += 2 * size
	if o.SHA256, err = a.sum(ctx, file, size); err != nil {
		return nil, err
	}
	o.Tool = z.Package.Software
	r, err := z.Verify(ctx, a.o.Roots)
	if err != nil {
		return nil, err
	}
	o.judge(r)
	for _, inside := range z.WARCs() {
		f, err := a.inside(z, inside, o)
		if err != nil {
			return nil, err
		}
		if f == nil {
			continue
		}
		if err := a.read(ctx, f); err != nil {
			return nil, err
		}
	}
	before := len(a.pages)
	err = z.Pages(func(p wacz.Page) error {
		if len(a.pages) < maxPages && webAddress(p.URL) { // Scoop lists its own notes as pages, with file: addresses
			a.pages = append(a.pages, Page{URL: p.URL, Time: p.Time, Title: oneLine(p.Title), From: o})
		}
		return ctx.Err()
	}, nil)
	if ctx.Err() != nil {
		return nil, ctx.Err()
	}
	if err != nil {
		a.pages = a.pages[:before] // Verify has said so; the records tell which pages there are
	}
	o.listed = len(a.pages) > before
	o.pack = z
	a.Origins = append(a.Origins, o)
	return o, nil
}

// maxPages bounds a list of pages.
const maxPages = 1 << 20

// inside opens a WARC file of a WACZ so that it can be read anywhere: one that the ZIP compresses is unpacked. It is nil if it
// cannot be, which Verify has said.
func (a *Archives) inside(z *wacz.Archive, name string, o *Origin) (*warcFile, error) {
	r, c, err := z.OpenFile(name)
	if err != nil {
		return nil, nil //nolint:nilerr // said
	}
	defer c.Close()
	if section, ok := r.(*io.SectionReader); ok {
		return &warcFile{name: name, file: section, size: section.Size(), origin: o, inside: true}, nil
	}
	f, err := os.CreateTemp(a.o.Dir, ".unpacked-*")
	if err != nil {
		return nil, err
	}
	a.temp = append(a.temp, f)
	left := a.budget() - a.spooled
	n, err := io.Copy(f, io.LimitReader(r, left+1))
	a.spooled += n
	var disk *os.PathError
	switch {
	case errors.As(err, &disk):
		return nil, err
	case n > left:
		return nil, fmt.Errorf("%s: it unpacks to more than %d bytes, which a file of this size hardly holds", name, a.budget())
	case err != nil && n == 0:
		return nil, nil //nolint:nilerr // said
	}
	return &warcFile{name: name, file: f, size: n, origin: o, inside: true}, nil
}

// judge notes what the check of a WACZ found.
func (o *Origin) judge(r *wacz.Report) {
	for _, f := range r.Findings {
		grade := Note
		switch {
		case f.Kind == wacz.DamagedRecord, f.Kind == wacz.EntryAstray: // nothing that a digest speaks against
			grade = Damage
		case f.Kind.Grade() == wacz.Broken:
			grade, o.Tampered = Broken, true
		case f.Kind.Grade() == wacz.Bug:
			grade = Bug
		}
		o.found(grade, "%s", f)
	}
	o.Dropped += r.Dropped
	o.Digests = r.Digests
	s := r.Signature
	if s == nil {
		return
	}
	o.signed = true
	who := "anonymous, key " + s.Key
	if s.Domain != "" {
		who = s.Domain
		if !s.Trusted {
			who += " (its certificate, by " + oneLine(s.Issuer) + ", leads to nobody whom this machine trusts)"
		}
	}
	switch {
	case s.Err != nil:
		o.Signature = "wrong: " + s.Err.Error()
	case !s.Time.IsZero():
		o.Signature = "right, by " + who + ", time stamp " + s.Time.UTC().Format("2006-01-02T15:04:05Z")
	default:
		o.Signature = "right, by " + who
	}
	if s.TimeErr != nil {
		o.Signature += "; its time stamp is wrong: " + s.TimeErr.Error()
	}
}

// Signed tells whether the file carries a signature, which holds for the file as a whole only.
func (o *Origin) Signed() bool { return o.signed }

// sum hashes a file.
func (a *Archives) sum(ctx context.Context, file io.ReaderAt, size int64) (string, error) {
	h := sha256.New()
	n, err := io.Copy(h, a.counted(ctx, io.NewSectionReader(file, 0, size)))
	if err == nil && n != size {
		err = io.ErrUnexpectedEOF
	}
	return hex.EncodeToString(h.Sum(nil)), err
}

// counted tells the progress of reading, and ends with ctx.
func (a *Archives) counted(ctx context.Context, r io.Reader) io.Reader {
	return readerFunc(func(p []byte) (int, error) {
		if err := ctx.Err(); err != nil {
			return 0, err
		}
		n, err := r.Read(p)
		if a.done += int64(n); a.o.Progress != nil {
			a.o.Progress(min(a.done, a.total), a.total)
		}
		return n, err
	})
}

type readerFunc func(p []byte) (int, error)

func (f readerFunc) Read(p []byte) (int, error) { return f(p) }

// Pages lists the pages, those of files with a list as it has them, those of others by what their records hold: answers in HTML
// to what was asked for itself and not for the sake of another page.
func (a *Archives) Pages() []Page {
	all := slices.Clone(a.pages)
	for _, e := range a.entries {
		if o := e.file.origin; !o.listed && e.isPage(a.o.Damaged) {
			all = append(all, Page{URL: e.url, Time: e.at, From: o})
		}
	}
	seen := map[string]bool{}
	return slices.DeleteFunc(all, func(p Page) bool {
		key := p.URL + " " + p.Time.String()
		again := seen[key]
		seen[key] = true
		return again
	})
}

// Lookup finds a page that the files answer for and need not list, as addresses that redirect.
func (a *Archives) Lookup(address string) (Page, bool) {
	e := a.find(address, time.Time{}, a.o.Exact)
	redirects := e != nil && e.status >= 300 && e.status < 400
	if e == nil || e.reason != "" || !redirects && !e.isPage(false) {
		return Page{}, false
	}
	return Page{URL: address, Time: e.at, From: e.file.origin}, true
}

// oneLine makes of what a file says one short line.
func oneLine(s string) string { return dossier.OneLine(s, 300) }

// quirk words what a WARC file breaks as known programs do.
func quirk(o *Origin, name string, s warc.Seen) {
	o.found(Bug, "%s: %d records, the first at %d: %s", name, s.Count, s.First, s.Quirk)
}
