package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/atomicfile"
	"samizdat/internal/capture"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
)

// addOptions are the flags of add.
type addOptions struct {
	webOptions
	section, id, kind, title, lang, url string
	to, from, role                      string
	offline                             bool
	json                                bool
}

// addedJSON is one item of the answer of add --json.
type addedJSON struct {
	Argument string `json:"argument"`
	ID       string `json:"id"`
	File     string `json:"file"`  // of the item, in the dossier's folder, with slashes
	Added    bool   `json:"added"` // false if it was there already
	Section  string `json:"section"`
	Kind     string `json:"kind"`
	Title    string `json:"title"`
	Lang     string `json:"lang"`
	Medium   string `json:"medium,omitempty"`   // the file that went to the item, in the dossier's folder, with slashes
	SHA256   string `json:"sha256,omitempty"`   // of that file
	Size     int64  `json:"size,omitempty"`     // of that file, in bytes
	From     string `json:"from,omitempty"`     // where that file was
	At       string `json:"at,omitempty"`       // when that file came; RFC 3339, UTC
	LeadsTo  string `json:"leads_to,omitempty"` // where the address leads, if it is there already under that one
	Guessed  bool   `json:"guessed,omitempty"`  // title and language are not those of the page
	Reason   string `json:"reason,omitempty"`   // why
}

func (p *program) addVerb() *cobra.Command {
	var o addOptions
	cmd := &cobra.Command{
		Use:   "add DIR URL|FILE…",
		Short: "add pages of the web and files to a dossier",
		Long: `Adds items to the dossier in DIR: a file for each, and a line in the manifest, of which
nothing else changes.

Of a page of the web the address is recorded, and title and language, if the page can be
asked for them; capture fetches it later. A page that is listed already, be it under another
spelling of its address or one that leads there, is not added again.

Photos, films, sounds, PDF files and Markdown texts are copied into the dossier. A text may
begin with the fields of an item between two lines ---; otherwise its first heading is the
title. What photos and films tell of their makers is taken out when the dossier is packed.
Pages that a browser saved, with the folder beside them or as MHTML, become captured items,
as import makes them.

With --to ID files go to an item that is listed: the film of a page that no program gets,
its captions (.vtt), a photo. Their digest, their size and the time are written down, and
with --from where they were.`,
		Example: `  samizdat-press add bundle https://aitrus.info/node/5884
  samizdat-press add bundle march.jpg report.pdf --section media
  samizdat-press add bundle leaflet.md --kind statement --language kk
  samizdat-press add bundle march.mp4 march.en.vtt --to march --from https://example.org/video/1
  samizdat-press add bundle https://example.org/a --offline --title "As the page has it"`,
		Args: command.Args("DIR", "URL|FILE…"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return completeFolder(cmd, args, toComplete)
			}
			return nil, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.add(cmd, args[0], args[1:], &o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.section, "section", "", "`ID` of the section (default: one that has items of the kind)")
	f.StringVar(&o.id, "id", "", "`ID` of the item, for a single one (default: made of address, title or name)")
	f.StringVar(&o.kind, "kind", "", "`KIND` of item: "+strings.Join(dossier.Kinds(), ", ")+" (default: told by the file)")
	f.StringVar(&o.title, "title", "", "`TITLE`, for a single one")
	f.StringVar(&o.lang, "language", "", "language of what is added, a BCP 47 `TAG` (default: that of page or text, or else the dossier's)")
	f.StringVar(&o.url, "url", "", "where a saved page is from, `URL`, if it does not say so itself")
	f.StringVar(&o.to, "to", "", "add the files to the item `ID`, which is there")
	f.StringVar(&o.from, "from", "", "`URL` of the page that the files are from, with --to")
	f.StringVar(&o.role, "role", "", "what the files are to the item, with --to, a `ROLE`: "+strings.Join(dossier.MediaRoles(), ", ")+" (default: told by the file)")
	f.BoolVar(&o.offline, "offline", false, "ask nobody for title and language")
	o.addFlags(f)
	f.BoolVar(&o.json, "json", false, "print as JSON")
	return cmd
}

// added is one run of the verb.
type added struct {
	*program
	ctx context.Context
	cmd *cobra.Command
	o   *addOptions
	dir string
	d   *dossier.Dossier // with what was added
	get capture.Peeker   // nil if nobody is asked

	undo   []func() error // what was done, in order
	answer []addedJSON
}

func (p *program) add(cmd *cobra.Command, dir string, args []string, o *addOptions) (err error) {
	if err := o.check(args); err != nil {
		return err
	}
	release, err := lockDossier(dir, "add")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	_ = sweepWork(dir) // if the folder cannot be read, the next line says so
	d, root, err := loadDossier(dir)
	if bad := (*problemsError)(nil); errors.As(err, &bad) && !o.json {
		bad.print(cmd.ErrOrStderr())
	}
	if err != nil {
		return err
	}
	root.Close()
	a := &added{program: p, ctx: cmd.Context(), cmd: cmd, o: o, dir: dir, d: d}
	if err := checkSection(d, o.section); err != nil {
		return err
	}
	if !o.offline && slices.ContainsFunc(args, isAddressOfWeb) {
		work, remove, err := workFolder(dir)
		if err != nil {
			return err
		}
		defer remove()
		c, err := o.client(work, args)
		if err != nil {
			return err
		}
		defer c.Close()
		a.get = c
	}
	defer func() {
		if err != nil {
			err = errors.Join(err, a.takeBack())
		}
	}()
	var saved []string // they come last, each for itself
	for _, arg := range args {
		if o.to != "" {
			if err := a.attach(arg); err != nil {
				return err
			}
			continue
		}
		if !isAddressOfWeb(arg) && isSavedPage(arg) {
			saved = append(saved, arg)
			continue
		}
		one := a.file
		if isAddressOfWeb(arg) {
			one = a.page
		}
		if err := one(arg); err != nil {
			return err
		}
		if err := a.ctx.Err(); err != nil {
			return err
		}
	}
	if len(a.undo) > 0 {
		if err := a.verify(); err != nil {
			return err
		}
	}
	a.undo = nil
	for _, name := range saved {
		if err := a.saved(name); err != nil {
			return errors.Join(a.tell(), err)
		}
	}
	return a.tell()
}

// check looks at the flags and at all arguments before anything is done.
func (o *addOptions) check(args []string) error {
	for _, single := range []struct{ flag, value string }{{"id", o.id}, {"title", o.title}, {"url", o.url}} {
		if single.value != "" && len(args) > 1 {
			return command.Usagef("", "--%s is for one item, and %d are named", single.flag, len(args))
		}
	}
	switch {
	case o.kind != "" && !slices.Contains(dossier.Kinds(), o.kind):
		return command.Usagef(command.Sprintf("there are %s", strings.Join(dossier.Kinds(), ", ")), "--kind %s: no kind of items", o.kind)
	case o.id != "" && !dossier.IsID(o.id):
		return command.Usagef("ids are made of a-z, 0-9 and hyphens, and are no name of a page that every archive has", "--id %q is no id", o.id)
	case o.lang != "" && !dossier.IsLang(o.lang):
		return command.Usagef("tags are like en, ru, kk, zh-Hant", "--language %q is no language", o.lang)
	}
	if err := o.checkTo(args); err != nil {
		return err
	}
	for _, arg := range args {
		if isAddressOfWeb(arg) {
			if dossier.AddressKey(arg) == "" || strings.ContainsAny(arg, " \t\n") {
				return command.Usagef("write %20 for a space in an address", "%s: no address of the web", arg)
			}
			if u, err := url.Parse(arg); err == nil && u.User != nil {
				return command.Usagef("take out what stands before @", "%s: the address holds a password", arg)
			}
			continue
		}
		if scheme, _, found := strings.Cut(arg, ":"); found && schemes.MatchString(scheme) {
			if _, err := os.Lstat(arg); err != nil {
				return command.Usagef("an address of the web begins with https://", "%s: no address of the web", arg)
			}
		}
		info, err := os.Stat(arg)
		switch {
		case errors.Is(err, fs.ErrNotExist) && strings.Contains(arg, "."):
			return command.Hint(command.Errorf("%s: no such file", arg), "an address of the web begins with https://")
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			return command.Errorf("%s: not a regular file", arg)
		case info.Size() == 0:
			return command.Errorf("%s: the file is empty", arg)
		}
	}
	return nil
}

// schemes are those of addresses; a drive of Windows has one letter.
var schemes = regexp.MustCompile(`^[a-z][a-z0-9+.-]+$`)

// checkSection makes sure that there is a section of the id, if one is asked for.
func checkSection(d *dossier.Dossier, id string) error {
	if id == "" || slices.ContainsFunc(d.Sections, func(s *dossier.Section) bool { return s.ID == id }) {
		return nil
	}
	var ids []string
	for _, s := range d.Sections {
		ids = append(ids, s.ID)
	}
	return command.Usagef(command.Sprintf("there are %s", strings.Join(ids, ", ")), "--section %s: the dossier has no section of this id", id)
}

func isAddressOfWeb(arg string) bool {
	begin := strings.ToLower(arg[:min(len(arg), 8)])
	return strings.HasPrefix(begin, "http://") || strings.HasPrefix(begin, "https://")
}

// place writes a new item and lists it. The item's File is its path in the folder.
func (a *added) place(arg string, it *dossier.Item, guessed string) error {
	s := a.section(it.Kind)
	name := filepath.Join(a.dir, filepath.FromSlash(it.File))
	if err := a.folder(filepath.Dir(name)); err != nil {
		return err
	}
	if err := a.create(name, strings.NewReader(string(dossier.ItemFile(it)))); err != nil {
		return err
	}
	return a.list(arg, it, s, guessed)
}

// list names an item in the manifest.
func (a *added) list(arg string, it *dossier.Item, s *dossier.Section, guessed string) error {
	manifest := filepath.Join(a.dir, dossier.ManifestFile)
	before, err := os.ReadFile(manifest)
	if err != nil {
		return err
	}
	after, err := dossier.AddItem(before, s.ID, it.File)
	if err != nil {
		return fmt.Errorf("%s: %w", manifest, err)
	}
	if err := atomicfile.WriteFile(manifest, after, 0o666); err != nil {
		return err
	}
	a.undo = append(a.undo, func() error { return atomicfile.WriteFile(manifest, before, 0o666) })
	s.Items = append(s.Items, it)
	it.Section = s
	a.answer = append(a.answer, addedJSON{
		Argument: arg, ID: it.ID, File: it.File, Added: true, Section: s.ID, Kind: string(it.Kind), Title: it.Title, Lang: it.Lang, Guessed: guessed != "", Reason: guessed,
	})
	return nil
}

// present notes an item that was there already.
func (a *added) present(arg string, it *dossier.Item) error {
	a.answer = append(a.answer, addedJSON{Argument: arg, ID: it.ID, File: it.File, Section: it.Section.ID, Kind: string(it.Kind), Title: it.Title, Lang: it.Lang})
	return nil
}

// leads notes an address that leads to one that was there already.
func (a *added) leads(arg, to string, it *dossier.Item) error {
	err := a.present(arg, it)
	a.answer[len(a.answer)-1].LeadsTo = to
	return err
}

// section is the one that is asked for, the first that has items of the kind, one that is called so, or the last.
func (a *added) section(kind dossier.Kind) *dossier.Section {
	for _, s := range a.d.Sections {
		if s.ID == a.o.section {
			return s
		}
	}
	for _, s := range a.d.Sections {
		if slices.ContainsFunc(s.Items, func(it *dossier.Item) bool { return it.Kind == kind }) {
			return s
		}
	}
	for _, s := range a.d.Sections {
		if s.ID == folderOf(kind) {
			return s
		}
	}
	return a.d.Sections[len(a.d.Sections)-1]
}

// folderOf is where items of a kind lie.
func folderOf(kind dossier.Kind) string {
	switch kind {
	case dossier.KindStatement:
		return "statements"
	case dossier.KindArticle:
		return "articles"
	}
	return "media"
}

// newID is the id for a new item: the one that is asked for, or one made of the texts. Its folder is new too.
func (a *added) newID(kind dossier.Kind, texts ...string) (string, error) {
	taken := func(id, page string) bool {
		for _, name := range []string{id, id + ".md"} {
			if _, err := os.Lstat(filepath.Join(a.dir, folderOf(kind), name)); err == nil {
				return true
			}
		}
		return slices.ContainsFunc(a.d.Items(), func(it *dossier.Item) bool { return it.ID == id || it.Page() == page })
	}
	if a.o.id == "" {
		return dossier.NewID(kind, taken, texts...), nil
	}
	if taken(a.o.id, (&dossier.Item{ID: a.o.id, Kind: kind}).Page()) {
		return "", command.Hint(command.Errorf("--id %s: an item has it already", a.o.id), "choose another, or leave --id out")
	}
	return a.o.id, nil
}

// folder makes a folder, and those above it below the dossier's.
func (a *added) folder(name string) error {
	if _, err := os.Stat(name); err == nil {
		return nil
	}
	if up := filepath.Dir(name); up != name {
		if err := a.folder(up); err != nil {
			return err
		}
	}
	if err := os.Mkdir(name, 0o777); err != nil {
		return err
	}
	a.undo = append(a.undo, func() error { return os.Remove(name) })
	return nil
}

// create writes a new file, whole or not at all.
func (a *added) create(name string, from io.Reader) error {
	err := atomicfile.Write(name, 0o666, func(f *os.File) error {
		_, err := io.Copy(f, from)
		return err
	}, atomicfile.NoOverwrite)
	if err == nil {
		a.undo = append(a.undo, func() error { return os.Remove(name) })
	}
	return err
}

// untilDone reads until a context ends.
type untilDone struct {
	ctx context.Context
	r   io.Reader
}

func (u untilDone) Read(p []byte) (int, error) {
	if err := u.ctx.Err(); err != nil {
		return 0, err
	}
	return u.r.Read(p)
}

// takeBack undoes everything, so that the dossier is what it was.
func (a *added) takeBack() error {
	var errs []error
	for _, f := range slices.Backward(a.undo) {
		errs = append(errs, f())
	}
	return errors.Join(errs...)
}

// verify makes sure that the dossier is right with what was added.
func (a *added) verify() error {
	d, root, err := loadDossier(a.dir)
	if bad := (*problemsError)(nil); errors.As(err, &bad) {
		if !a.o.json {
			bad.print(a.cmd.ErrOrStderr())
		}
		return command.Hint(command.Errorf("nothing was added: the dossier would not be right with it: %w", bad), "")
	}
	if err != nil {
		return err
	}
	defer root.Close()
	for i := range a.answer { // what front matter says
		if it := d.Item(a.answer[i].ID); it != nil {
			a.answer[i].Title, a.answer[i].Lang, a.answer[i].Kind = it.Title, it.Lang, string(it.Kind)
		}
	}
	return nil
}

// tell says what was added.
func (a *added) tell() error {
	out := a.cmd.OutOrStdout()
	if a.o.json {
		return command.JSON(out, a.answer)
	}
	if a.quiet {
		return nil
	}
	var b strings.Builder
	capturable := false
	for _, r := range a.answer {
		file := filepath.Join(a.dir, filepath.FromSlash(r.File))
		switch {
		case !r.Added && r.LeadsTo != "":
			b.WriteString(command.Sprintf("%s: leads to %s, which is there already: %s; --offline adds it all the same\n", r.Argument, r.LeadsTo, file))
			continue
		case !r.Added:
			b.WriteString(command.Sprintf("%s: is there already: %s\n", r.Argument, file))
			continue
		case r.Guessed:
			b.WriteString(command.Sprintf("%s: title and language are not known: %s; write them into %s\n", r.Argument, r.Reason, file))
		}
		if r.Medium != "" {
			fmt.Fprintf(&b, "%s: %s: %s\n", r.ID, r.Title, filepath.Join(a.dir, filepath.FromSlash(r.Medium)))
			continue
		}
		fmt.Fprintf(&b, "%s: %s (%s): %s\n", r.Section, r.Title, r.Lang, file)
		capturable = capturable || isAddressOfWeb(r.Argument)
	}
	if capturable {
		b.WriteString(command.Sprintf("now: samizdat-press capture %s\n", a.dir))
	}
	_, err := io.WriteString(out, command.Printable(b.String()))
	return err
}

// page adds a page of the web.
func (a *added) page(ref string) error {
	if it := a.d.AtAddress(ref); it != nil {
		return a.present(ref, it)
	}
	u, err := url.Parse(ref)
	if err != nil {
		return err
	}
	it := &dossier.Item{Kind: dossier.Kind(a.o.kind), URL: ref, Status: dossier.StatusLinked, Title: a.o.title, Lang: a.o.lang}
	looked, guessed := &capture.Looked{}, ""
	switch {
	case a.get == nil:
		guessed = "nobody was asked"
	default:
		seen, err := capture.Look(a.ctx, a.get, ref)
		switch path := (*fs.PathError)(nil); {
		case a.ctx.Err() != nil:
			return a.ctx.Err()
		case errors.As(err, &path):
			return err
		case err != nil:
			guessed = capture.Reason(err)
		default:
			looked = seen
		}
	}
	if n := len(looked.Addresses); n > 0 {
		if other := a.d.AtAddress(looked.Addresses...); other != nil {
			return a.leads(ref, looked.Addresses[n-1], other)
		}
		if last := looked.Addresses[n-1]; dossier.AddressKey(last) != dossier.AddressKey(ref) {
			it.FinalURL = last
		}
	}
	if it.Kind == "" {
		it.Kind = kindOfPage(u, looked.Type)
	}
	it.Author, it.Publisher = looked.Author, looked.Publisher
	if it.Title == "" {
		it.Title = looked.Title
	}
	if it.Lang == "" {
		it.Lang = dossier.PlainLang(looked.Language)
	}
	if it.Title == "" && guessed == "" {
		guessed = "the page does not say"
	}
	if it.Title != "" && it.Lang != "" {
		guessed = ""
	}
	if it.Title == "" {
		it.Title = dossier.AddressKey(ref)
	}
	if it.Lang == "" {
		it.Lang = a.d.Lang
	}
	last := strings.TrimSuffix(path.Base(strings.TrimSuffix(u.Path, "/")), path.Ext(u.Path))
	if it.ID, err = a.newID(it.Kind, last, looked.Title, u.Hostname()+" "+u.Path); err != nil {
		return err
	}
	it.File = folderOf(it.Kind) + "/" + it.ID + "/item.yaml"
	return a.place(ref, it, guessed)
}

// kindOfPage tells what is at an address, by what the server says it is and by where it is.
func kindOfPage(u *url.URL, mediaType string) dossier.Kind {
	if kind := kindOfMedia(mediaType); kind != "" {
		return kind
	}
	if capture.IsVideoSite(u) {
		return dossier.KindVideo
	}
	return dossier.KindArticle
}

// kindOfMedia is the kind of an item that is a file of the type; empty if none is.
func kindOfMedia(mediaType string) dossier.Kind {
	switch main, _, _ := strings.Cut(mediaType, "/"); {
	case main == "image":
		return dossier.KindImage
	case main == "video":
		return dossier.KindVideo
	case main == "audio":
		return dossier.KindAudio
	case mediaType == "application/pdf":
		return dossier.KindDocument
	}
	return ""
}
