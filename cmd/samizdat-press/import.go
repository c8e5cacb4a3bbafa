package main

import (
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/imports"
)

// importFlags are what import was asked for.
type importFlags struct {
	pages    []string
	match    string
	all      bool
	list     bool
	section  string
	evidence string
	address  string
	by       string
	damaged  bool
	again    bool
	asJSON   bool
}

func (p *program) importVerb() *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import DIR FILE…",
		Short: "take in pages that other tools captured",
		Long: `Takes pages out of files that other tools made, and makes items of the dossier in the
folder DIR of them, with text, look, pictures and evidence, as capture does. Nothing is
fetched: what is not in the files is listed as missing.

Files may be WARC (.warc, .warc.gz, .warc.zst), WACZ, MHTML, pages of SingleFile, and pages
that a browser saved with a folder of files beside them (give the page, or the folder that
holds both). WARC and WACZ files are read together, so that what one repeats is found in another.

Items that have the address of a page get the capture; for others an item is made. Which
pages: those named with --page and --match; otherwise those that the dossier has items
for; otherwise the only one there is. --list shows them all.

The evidence of a page are its records, byte for byte. Of a WACZ that is signed it is the
file, as a signature holds for the whole. Every digest is compared: a WACZ that is not what
it says of itself is refused, bugs of known programs are told apart from that, and damaged
places are named with their offset while the rest is read.`,
		Example: `  samizdat-press import my-dossier crawl.wacz --list
  samizdat-press import my-dossier crawl.wacz --page https://example.org/news/1
  samizdat-press import my-dossier part-1.warc.gz part-2.warc.gz --match 'example\.org/2022/'
  samizdat-press import my-dossier page.html --url https://example.org/news/2`,
		Args: command.Args("DIR", "FILE…"),
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.importFiles(cmd, args[0], args[1:], &f)
		},
	}
	flags := cmd.Flags()
	flags.StringArrayVar(&f.pages, "page", nil, "take the page with the address `URL`; may be repeated")
	flags.StringVar(&f.match, "match", "", "take the pages whose address matches `PATTERN`, a regular expression")
	flags.BoolVar(&f.all, "all", false, "take all pages")
	flags.BoolVar(&f.list, "list", false, "only list the pages, and what was found in the files")
	flags.StringVar(&f.section, "section", "", "put new items into the section `ID`")
	flags.StringVar(&f.evidence, "evidence", "", "keep as evidence of each page `WHAT`: its records, or the file")
	flags.StringVar(&f.address, "url", "", "the address `URL` of a saved page that does not say where it is from")
	flags.StringVar(&f.by, "by", "", "who captured the pages, as they want to be named: `NAME`")
	flags.BoolVar(&f.damaged, "damaged", false, "take files and records too that are not what their digests say")
	flags.BoolVar(&f.again, "again", false, "import pages too that the dossier has already")
	flags.BoolVar(&f.asJSON, "json", false, "print as JSON")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitOK, When: "all pages asked for are in the dossier; pieces of them may be missing"},
		command.Exit{Status: command.ExitFailure, When: "a page could not be imported; the others are"},
		command.Exit{Status: command.ExitDamaged, When: "a file is damaged so that nothing of it can be read, or is not what it says of itself"},
	)
	return cmd
}

// readerOf is what import reads pages from.
type readerOf struct {
	archives *imports.Archives // nil if there are none
	saved    []*imports.Saved
	opened   []*os.File
	files    map[*imports.Origin]string // path of each
}

func (r *readerOf) close() {
	if r.archives != nil {
		_ = r.archives.Close()
	}
	for _, f := range r.opened {
		_ = f.Close()
	}
}

func (r *readerOf) origins() []*imports.Origin {
	var all []*imports.Origin
	if r.archives != nil {
		all = append(all, r.archives.Origins...)
	}
	for _, s := range r.saved {
		all = append(all, s.Origin)
	}
	return all
}

// chosen is a page that is to be imported.
type chosen struct {
	imports.Page
	saved *imports.Saved // nil if it is in an archive
	item  *dossier.Item  // that has its address; nil if there is none
}

func (p *program) importFiles(cmd *cobra.Command, dir string, names []string, f *importFlags) (err error) {
	switch f.evidence {
	case "", "records", "file":
	default:
		return command.Usagef("--evidence records, or --evidence file", "--evidence %s: there is no such evidence", f.evidence)
	}
	pattern, err := regexp.Compile(f.match)
	if err != nil {
		return command.Usagef("quote the pattern, and write a backslash before dots: --match 'example\\.org/'", "--match: %w", err)
	}
	if !f.list {
		release, err := lockDossier(dir, "import")
		if err != nil {
			return err
		}
		defer func() { err = errors.Join(err, release()) }()
	}
	d, root, err := loadDossier(dir)
	if err != nil {
		return err
	}
	root.Close()
	if err := checkSection(d, f.section); err != nil {
		return err
	}
	into := &added{program: p, ctx: cmd.Context(), cmd: cmd, o: &addOptions{section: f.section}, dir: dir, d: d}
	temp, remove, err := workFolder(dir)
	if err != nil {
		return err
	}
	defer remove()
	r := &readerOf{files: map[*imports.Origin]string{}}
	defer r.close()
	progress := command.ProgressOf(cmd, command.T("reading"))
	for _, name := range names {
		err := r.open(cmd.Context(), name, temp, f, progress)
		if err != nil {
			progress.Done()
			return explainImport(name, err)
		}
	}
	progress.Done()
	rep := &importReport{Dossier: dir, Items: []importedItem{}, out: cmd.OutOrStdout(), quiet: p.quiet, asJSON: f.asJSON}
	rep.files(r)
	all := r.pages(d)
	if f.list {
		return rep.list(all)
	}
	for _, o := range r.origins() {
		if o.Tampered && !f.damaged {
			if err := rep.finish(); err != nil {
				return err
			}
			err := command.Errorf("import %s: it is not what it says of itself: damaged, or tampered with", r.files[o])
			return command.WithStatus(command.Hint(err, "get the file again; --damaged imports it all the same, and says so in the record"), command.ExitDamaged)
		}
	}
	pages, err := r.choose(all, pattern, f)
	if err != nil {
		if err := rep.finish(); err != nil {
			return err
		}
		return err
	}
	failed := 0
	for _, c := range pages {
		err := p.importPage(cmd, into, r, c, temp, rep, f)
		if errors.Is(err, context.Canceled) {
			return err
		}
		if err != nil {
			failed++
			rep.failed(c.URL, err)
		}
	}
	if err := rep.finish(); err != nil {
		return err
	}
	if failed > 0 {
		return command.Errorf("import: %d of %d pages could not be imported", failed, len(pages))
	}
	return nil
}

// open reads one file, of the kind that its first bytes tell.
func (r *readerOf) open(ctx context.Context, name, temp string, f *importFlags, progress *command.Progress) error {
	info, err := os.Stat(name)
	if err != nil {
		return err
	}
	if info.IsDir() {
		return r.openFolder(ctx, name, "", info.ModTime(), temp, f)
	}
	file, err := os.Open(name)
	if err != nil {
		return err
	}
	r.opened = append(r.opened, file)
	head := make([]byte, 64<<10)
	n, err := io.ReadFull(file, head)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		return err
	}
	head = head[:n]
	base := filepath.Base(name)
	var s *imports.Saved
	switch imports.Detect(head) {
	case imports.WARC, imports.WACZ:
		if r.archives == nil {
			r.archives = imports.NewArchives(imports.Options{Dir: temp, Damaged: f.damaged, Roots: authorities(), Progress: progress.Set})
		}
		add := r.archives.AddWARC
		if imports.Detect(head) == imports.WACZ {
			add = r.archives.AddWACZ
		}
		o, err := add(ctx, base, file, info.Size())
		if err != nil {
			return err
		}
		r.files[o] = name
		if o.Records == 0 {
			return imports.ErrNoRecord
		}
		return nil
	case imports.MHTMLFile:
		s, err = imports.MHTML(ctx, temp, base, file, info.Size(), info.ModTime(), f.address)
	case imports.SingleFilePage:
		s, err = imports.SingleFile(ctx, temp, base, file, info.Size(), info.ModTime(), f.address)
	case imports.HTML:
		return r.openFolder(ctx, filepath.Dir(name), base, info.ModTime(), temp, f)
	default:
		return errors.New("it is no WARC, WACZ, MHTML or HTML file")
	}
	if err != nil {
		return err
	}
	r.saved = append(r.saved, s)
	r.files[s.Origin] = name
	return nil
}

// authorities are those that this machine trusts to certify domains; nil if it has no list.
func authorities() *x509.CertPool {
	pool, err := x509.SystemCertPool()
	if err != nil {
		return nil
	}
	return pool
}

// openFolder reads a page with the folder beside it. Without a name it is the one page in the folder.
func (r *readerOf) openFolder(ctx context.Context, dir, page string, at time.Time, temp string, f *importFlags) error {
	root, err := os.OpenRoot(dir)
	if err != nil {
		return err
	}
	defer root.Close()
	if page == "" {
		entries, err := os.ReadDir(dir)
		if err != nil {
			return err
		}
		for _, e := range entries {
			if ext := strings.ToLower(filepath.Ext(e.Name())); !e.Type().IsRegular() || ext != ".html" && ext != ".htm" {
				continue
			}
			if page != "" {
				return fmt.Errorf("the folder holds more than one page: %s, %s", page, e.Name())
			}
			page = e.Name()
			if info, err := e.Info(); err == nil {
				at = info.ModTime()
			}
		}
		if page == "" {
			return errors.New("the folder holds no page, an .html file")
		}
	}
	s, err := imports.Folder(ctx, temp, root.FS(), page, at, f.address)
	if err != nil {
		return err
	}
	r.saved = append(r.saved, s)
	r.files[s.Origin] = filepath.Join(dir, page)
	return nil
}

// explainImport says what to do about a file that cannot be read.
func explainImport(name string, err error) error {
	hint, status := "", 0
	switch {
	case errors.Is(err, context.Canceled):
		return err
	case errors.Is(err, os.ErrNotExist):
		return command.Errorf("import %s: no such file", name)
	case errors.Is(err, imports.ErrNoAddress):
		hint = "say it with --url https://…"
	case imports.Unreadable(err):
		status = command.ExitDamaged
		hint = "get the file again, or open it with the program that made it"
	}
	err = fmt.Errorf("import %s: %w", name, err)
	if hint != "" {
		err = command.Hint(err, hint)
	}
	if status != 0 {
		err = command.WithStatus(err, status)
	}
	return err
}

// pages are all pages of the files, with the items that have their addresses.
func (r *readerOf) pages(d *dossier.Dossier) []chosen {
	byKey := map[string]*dossier.Item{}
	for _, it := range d.Items() {
		known := []string{it.URL}
		if it.Capture != nil {
			known = append(known, it.Capture.FinalURL)
		}
		for _, ref := range known {
			if key := dossier.AddressKey(ref); key != "" && byKey[key] == nil {
				byKey[key] = it
			}
		}
	}
	var all []chosen
	if r.archives != nil {
		for _, page := range r.archives.Pages() {
			all = append(all, chosen{page, nil, byKey[dossier.AddressKey(page.URL)]})
		}
	}
	for _, key := range slices.Sorted(maps.Keys(byKey)) { // those that redirect
		it := byKey[key]
		if r.archives == nil || slices.ContainsFunc(all, func(c chosen) bool { return dossier.AddressKey(c.URL) == key }) {
			continue
		}
		if page, ok := r.archives.Lookup(it.URL); ok {
			all = append(all, chosen{page, nil, it})
		}
	}
	for _, s := range r.saved {
		all = append(all, chosen{s.Page, s, byKey[dossier.AddressKey(s.Page.URL)]})
	}
	return all
}

// choose takes the pages that were asked for. Of one address that was captured several times it takes the last, unless --page
// names a time too.
func (r *readerOf) choose(all []chosen, pattern *regexp.Regexp, f *importFlags) ([]chosen, error) {
	var pages []chosen
	at := map[string]int{}
	take := func(c chosen) {
		key := dossier.AddressKey(c.URL)
		i, again := at[key]
		switch {
		case !again:
			at[key] = len(pages)
			pages = append(pages, c)
		case c.Time.After(pages[i].Time):
			pages[i] = c
		}
	}
	for _, want := range f.pages {
		found := false
		for _, c := range all {
			if c.URL == want || dossier.AddressKey(c.URL) == dossier.AddressKey(want) {
				take(c)
				found = true
			}
		}
		if !found && r.archives != nil {
			if page, ok := r.archives.Lookup(want); ok {
				take(chosen{Page: page})
				found = true
			}
		}
		if !found {
			return nil, command.Usagef("--list shows the pages there are", "--page %s: the files hold no such page", want)
		}
	}
	for _, c := range all {
		if f.all || f.match != "" && pattern.MatchString(c.URL) {
			take(c)
		}
	}
	switch {
	case len(f.pages) > 0 || f.all || f.match != "":
	default:
		for _, c := range all {
			if c.saved != nil || c.item != nil && (c.item.Status == dossier.StatusLinked || f.again) {
				take(c)
			}
		}
		if len(pages) > 0 {
			break
		}
		for _, c := range all {
			take(c)
		}
		if len(pages) > 1 {
			return nil, command.Usagef("--list shows them; name some with --page or --match, or take them with --all", "the files hold %d pages", len(pages))
		}
	}
	if len(pages) == 0 {
		return nil, command.Hint(command.Errorf("the files hold no page that was asked for"), "--list shows the pages there are")
	}
	return pages, nil
}
