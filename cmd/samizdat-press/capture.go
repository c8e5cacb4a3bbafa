package main

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"samizdat/internal/atomicfile"
	"samizdat/internal/capture"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/messages"
	"samizdat/internal/traces"
	"samizdat/internal/ytdlp"
)

// captureOptions are the flags of capture.
type captureOptions struct {
	webOptions
	browserOptions
	filmOptions
	by      string
	again   bool
	json    bool
	maxPage string
	maxTime time.Duration

	maxBytes, maxAll int64 // that are meant
}

// captureJSON is the answer of capture --json.
type captureJSON struct {
	Dossier  string            `json:"dossier"`
	Captured int               `json:"captured"`
	Failed   int               `json:"failed"`
	Skipped  int               `json:"skipped"`
	Report   string            `json:"report,omitempty"` // file; missing if nothing was tried
	Items    []dossier.Outcome `json:"items"`
}

func (p *program) captureVerb() *cobra.Command {
	var o captureOptions
	cmd := &cobra.Command{
		Use:   "capture DIR [ID…]",
		Short: "fetch the pages that a dossier links to, with the evidence",
		Long: `Fetches every item of the dossier in DIR whose status is linked, or those that are named:
the readable text, the page as it looked with its pictures, styles and fonts, and the
evidence, which is all that the servers said (WARC). The item's file then says status:
captured and how it was done. What could not be had is listed there and on its page.

Each item goes into the dossier when it is whole. After Ctrl-C, a failure or a full disk
the dossier is valid, and the same command goes on with what is left. How each item went
is printed, and kept in DIR/capture-report.json.

It is polite: one page after the other, a second between two pages of one site, robots.txt
is obeyed, a busy server is waited for. It goes to public addresses only, also when a page
or a redirect says otherwise. Pages that are empty without scripts need --browser.

The film of a page that is there for one (kind: video, a site of films, or a page that says
so of itself) is got with your own yt-dlp, if it is installed, by the same ways and limits;
it, its picture and its captions become media of the item. Without it the rest of the page
is captured, and the report says how to add the film by hand.

docs/capture.md tells more: Tor, cookies, videos, what to do by hand.`,
		Example: `  samizdat-press capture bundle
  samizdat-press capture bundle pramen --again
  samizdat-press capture bundle pramen --again --browser
  samizdat-press capture bundle march --yt-dlp ~/bin/yt-dlp
  samizdat-press capture bundle --proxy socks5://127.0.0.1:9050
  samizdat-press capture bundle --json | jq '.items[] | select(.result == "failed")'`,
		Args: command.Args("DIR", "[ID…]"),
		ValidArgsFunction: func(cmd *cobra.Command, args []string, toComplete string) ([]string, cobra.ShellCompDirective) {
			if len(args) == 0 {
				return completeFolder(cmd, args, toComplete)
			}
			return linkedIDs(args[0]), cobra.ShellCompDirectiveNoFileComp
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			return p.capture(cmd, args[0], args[1:], &o)
		},
	}
	f := cmd.Flags()
	f.StringVar(&o.by, "by", "", "`NAME` of who captures, as you want to be named; nobody is without it")
	f.BoolVar(&o.again, "again", false, "capture the items that are named even if they are here already")
	o.browserOptions.addFlags(f)
	o.filmOptions.addFlags(f)
	o.webOptions.addFlags(f)
	f.StringVar(&o.maxPage, "max-page", "8G", "take no more than `SIZE` of one page with all it shows; what is beyond is missing")
	f.DurationVar(&o.maxTime, "max-time", 2*time.Hour, "wait no longer than `TIME` for one page with all it shows; what has not come then is missing")
	f.BoolVar(&o.json, "json", false, "print as JSON")
	command.SetExits(cmd,
		command.Exit{Status: command.ExitOK, When: "all that was asked for is in the dossier"},
		command.Exit{Status: command.ExitFailure, When: "something could not be captured, or the dossier is wrong; what could be is there"},
	)
	return cmd
}

func (p *program) capture(cmd *cobra.Command, dir string, ids []string, o *captureOptions) (err error) {
	release, err := lockDossier(dir, "capture")
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, release()) }()
	d, root, err := loadDossier(dir)
	if bad := (*problemsError)(nil); errors.As(err, &bad) && !o.json {
		bad.print(cmd.ErrOrStderr())
	}
	if err != nil {
		return err
	}
	defer root.Close()
	items, err := wanted(d, ids)
	if err != nil {
		return err
	}
	if err := o.bounds(cmd.Flags().Changed("max-page")); err != nil {
		return err
	}
	work, remove, err := workFolder(dir)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, remove()) }()
	var pages []string
	for _, it := range items {
		pages = append(pages, it.URL)
	}
	get, err := o.client(work, pages)
	if err != nil {
		return err
	}
	defer get.Close()
	shown, err := o.renderer(get)
	if err != nil {
		return err
	}
	films, err := o.films(get, &o.webOptions)
	if err != nil {
		return err
	}
	j := &captures{program: p, cmd: cmd, o: o, get: get, browser: shown, films: films, dir: dir, work: work, answer: captureJSON{Dossier: dir, Items: []dossier.Outcome{}}}
	if o.cookies != "" {
		if j.cookies, err = cookieFile(o.cookies); err != nil {
			return err
		}
	}
	if err := j.report(root.FS()); err != nil {
		return err
	}
	for _, it := range items {
		if err := j.item(cmd.Context(), it); err != nil {
			return err
		}
	}
	return j.tell()
}

// bounds reads those of one page. One that is asked for bounds each file of the page, too; otherwise a page may be as large as a file.
func (o *captureOptions) bounds(page bool) error {
	var ok bool
	if o.maxAll, ok = command.Size(o.maxPage); !ok {
		return command.Usagef("--max-page 8G", "--max-page %q is no size", o.maxPage)
	}
	if o.maxBytes, ok = command.Size(o.maxSize); !ok {
		return command.Usagef("--max-size 500M", "--max-size %q is no size", o.maxSize)
	}
	switch {
	case o.maxAll >= o.maxBytes:
	case page:
		o.maxSize, o.maxBytes = o.maxPage, o.maxAll
	default:
		o.maxAll = o.maxBytes
	}
	if o.maxTime <= 0 {
		return command.Usagef("--max-time 2h", "--max-time begins above 0")
	}
	return nil
}

// wanted returns the items that are named, or all that are linked.
func wanted(d *dossier.Dossier, ids []string) ([]*dossier.Item, error) {
	var items []*dossier.Item
	for _, id := range ids {
		it := d.Item(id)
		if it == nil {
			return nil, command.Usagef("the ids stand in the files of the items, as id:", "%s: the dossier has no item of this id", id)
		}
		if !slices.Contains(items, it) {
			items = append(items, it)
		}
	}
	if len(ids) > 0 {
		return items, nil
	}
	for _, it := range d.Items() {
		if it.Status == dossier.StatusLinked {
			items = append(items, it)
		}
	}
	return items, nil
}

// linkedIDs are the ids that the shell completes.
func linkedIDs(dir string) []string {
	d, root, err := loadDossier(dir)
	if err != nil {
		return nil
	}
	defer root.Close()
	var ids []string
	for _, it := range d.Items() {
		if it.Status == dossier.StatusLinked {
			ids = append(ids, it.ID)
		}
	}
	return ids
}

// captures is one run of the verb.
type captures struct {
	*program
	cmd     *cobra.Command
	o       *captureOptions
	get     capture.Getter
	browser capture.Renderer // nil without --browser
	films   capture.Films
	cookies []traces.Secret // that the editor gave
	dir     string
	work    string
	kept    *dossier.Report
	answer  captureJSON
}

// report reads the one that is there.
func (j *captures) report(dir fs.FS) error {
	j.kept = &dossier.Report{}
	src, err := fs.ReadFile(dir, dossier.ReportFile)
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	if err != nil {
		return err
	}
	if r, err := dossier.ReadReport(src); err == nil { // of another, check says that it is replaced
		j.kept = r
	}
	return nil
}

// item captures one, and tells how it went. The error is one that ends the run.
func (j *captures) item(ctx context.Context, it *dossier.Item) error {
	o := dossier.Outcome{ID: it.ID, URL: it.URL, At: j.now().UTC().Format(time.RFC3339)}
	if o.Reason = j.unfit(it); o.Reason != "" {
		o.Result = dossier.ResultSkipped
		return j.note(o, false)
	}
	progress := command.ProgressOf(j.cmd, it.ID)
	res, said, err := j.take(ctx, it, progress)
	progress.Done()
	if j.o.ignoreRobots {
		o.Robots = dossier.RobotsIgnored
	}
	switch disk, link := (*fs.PathError)(nil), (*os.LinkError)(nil); {
	case ctx.Err() != nil:
		return ctx.Err()
	case errors.As(err, &disk), errors.As(err, &link):
		return fmt.Errorf("%s: %w", it.ID, err)
	case err != nil:
		o.Result, o.Reason = dossier.ResultFailed, capture.Reason(err)
		o.SaidBack = namesIn(dossier.ReportFile, []string{o.Reason}, &traces.Own{Cookies: j.cookies})
		j.remark(it.ID, err)
	default:
		o.Result, o.Fetched, o.Missing = dossier.ResultCaptured, res.Fetched, res.Capture.Missing
		o.Cookies = res.Capture.Cookies
		o.SaidBack = said
		if res.NoText != nil {
			o.Reason = capture.Reason(res.NoText)
		}
	}
	if err := j.note(o, true); err != nil || res == nil {
		return err
	}
	return j.noFilm(it, res.NoFilm)
}

// noFilm tells the editor what to do about a film that did not come, and what yt-dlp said.
func (j *captures) noFilm(it *dossier.Item, why error) error {
	if why == nil || j.quiet || j.o.json {
		return nil
	}
	told := ""
	if said := (*ytdlp.FailedError)(nil); errors.As(why, &said) && said.Said != "" {
		told = command.Sprintf("  yt-dlp says: %s\n", said.Said)
	}
	if !it.HasFilm() {
		told += command.Sprintf("  if you have the film: samizdat-press add %s FILE --to %s --from %s\n", j.dir, it.ID, it.URL)
	}
	if errors.Is(why, ytdlp.ErrNone) || errors.Is(why, ytdlp.ErrUnwanted) {
		told += command.Sprintf("  with yt-dlp installed: samizdat-press capture %s %s --again\n", j.dir, it.ID)
	}
	_, err := io.WriteString(j.cmd.OutOrStdout(), command.Printable(told))
	return err
}

// remark says of a failure what is for the editor alone.
func (j *captures) remark(id string, err error) {
	said := ""
	switch {
	case j.quiet:
	case errors.Is(err, fetch.ErrProxy):
		said = fmt.Sprintf("%s: %s\n", id, err)
	case errors.Is(err, fetch.ErrRobots), errors.Is(err, fetch.ErrNoRobots):
		said = command.Sprintf("%s: to fetch it all the same, which is recorded: samizdat-press capture %s %s --ignore-robots\n", id, j.dir, id)
	}
	_, _ = io.WriteString(j.cmd.ErrOrStderr(), command.Printable(said))
}

// unfit says why an item is none to capture; empty if it is one.
func (j *captures) unfit(it *dossier.Item) string {
	switch {
	case it.Status == dossier.StatusCaptured && !j.o.again:
		return "it is captured already; --again captures it anew"
	case it.Status == dossier.StatusFull && it.URL != "" && len(it.Body) == 0: // files that were added, of a page that was not captured
	case it.Status != dossier.StatusLinked && it.Status != dossier.StatusCaptured:
		return "its status is " + string(it.Status)
	case path.Ext(it.File) != ".yaml":
		return "its file is Markdown, and the record of a capture goes into a .yaml file"
	}
	return ""
}

// take captures one item into the dossier. said is what it says back of the editor's cookies.
func (j *captures) take(ctx context.Context, it *dossier.Item, progress *command.Progress) (_ *capture.Result, said []string, err error) {
	dir, err := os.MkdirTemp(j.work, it.ID+"-*")
	if err != nil {
		return nil, nil, err
	}
	defer os.RemoveAll(dir)
	job := capture.Job{
		URL: it.URL, Dir: dir, By: j.o.by, Tool: "samizdat-press " + j.version, IgnoresRobots: j.o.ignoreRobots, Browser: j.browser,
		MaxBytes: j.o.maxBytes, MaxAll: j.o.maxAll, MaxTime: j.o.maxTime, Progress: func(p capture.Progress) { progress.Say(j.captureLine(p)) },
		Kind: it.Kind, Films: j.films, FilmCookies: len(j.cookies) > 0,
	}
	for _, m := range it.Media {
		if m.With != "" { // an earlier capture's
			continue
		}
		if job.Listed = append(job.Listed, path.Base(m.File)); m.IsFilm() {
			job.Films = nil // it is here
		}
	}
	film := command.ProgressOf(j.cmd, it.ID+": yt-dlp, MiB")
	defer film.Done()
	job.FilmProgress = func(bytes int64) { film.Set(bytes>>20, 0) }
	if path.Base(it.File) != "item.yaml" { // others may share the folder
		job.Stem = it.ID + "-"
	}
	item := filepath.Join(j.dir, filepath.FromSlash(it.File))
	taken, err := capture.Taken(job, item)
	if err != nil {
		return nil, nil, err
	}
	job.Listed = append(job.Listed, taken...)
	res, err := capture.Run(ctx, j.get, job)
	if err != nil {
		return nil, nil, err
	}
	if before := it.Capture; before != nil {
		res.Capture.ArchivedAt = before.ArchivedAt
	}
	if said, err = saidBack(res, j.cookies, dir, path.Base(it.File)); err != nil {
		return nil, nil, err
	}
	if len(said) > 0 {
		res.Capture.Cookies = dossier.CookiesSaidBack
	}
	return res, said, capture.Commit(job, item, res.Capture, res.Listed...)
}

// captureLine is how far a capture is, in a line: things that are there of those that are known, and what has come. It never says
// that all is done, because then there is no line.
func (p *program) captureLine(at capture.Progress) string {
	size := messages.For(p.lang).Bytes(at.Bytes)
	switch {
	case at.Writing:
		return command.Sprintf("writing the evidence, %s", size)
	case at.Total == 0:
		return size
	}
	return fmt.Sprintf("%d/%d, %s", at.Done, at.Total, size)
}

// note keeps an outcome and prints it.
func (j *captures) note(o dossier.Outcome, keep bool) error {
	j.answer.Items = append(j.answer.Items, o)
	said := ""
	switch o.Result {
	case dossier.ResultCaptured:
		j.answer.Captured++
		said = command.Sprintf("%s: captured; fetched %d, missing %d\n", o.ID, o.Fetched, len(o.Missing))
		if o.Reason != "" {
			said += "  " + o.Reason + "\n"
		}
		for _, m := range o.Missing {
			said += fmt.Sprintf("  %s: %s\n", m.URL, m.Reason)
		}
		if o.Cookies != "" {
			said += command.Sprintf("  your cookies were sent: what the page says to you alone is in it; read it before you pack\n")
		}
		for _, where := range o.SaidBack {
			said += command.Sprintf("  the page says back the value of your cookie %s; capture it again without --cookies, or do not pack it\n", where)
		}
	case dossier.ResultFailed:
		j.answer.Failed++
		said = command.Sprintf("%s: failed: %s\n", o.ID, o.Reason)
	default:
		j.answer.Skipped++
		said = command.Sprintf("%s: skipped: %s\n", o.ID, o.Reason)
	}
	if keep {
		j.kept.Set(o)
		j.answer.Report = filepath.Join(j.dir, dossier.ReportFile)
		report, err := j.kept.Encode()
		if err != nil {
			return err
		}
		if err := atomicfile.WriteFile(j.answer.Report, report, 0o666); err != nil {
			return err
		}
	}
	if j.quiet { // this one thing nobody may miss
		said = ""
		for _, where := range o.SaidBack {
			said += o.ID + ": " + strings.TrimSpace(command.Sprintf("  the page says back the value of your cookie %s; capture it again without --cookies, or do not pack it\n", where)) + "\n"
		}
		_, err := io.WriteString(j.cmd.ErrOrStderr(), command.Printable(said))
		return err
	}
	if j.o.json {
		return nil
	}
	_, err := io.WriteString(j.cmd.OutOrStdout(), command.Printable(said))
	return err
}

// tell says how the run went.
func (j *captures) tell() error {
	a := &j.answer
	out := j.cmd.OutOrStdout()
	switch {
	case j.o.json:
		if err := command.JSON(out, a); err != nil {
			return err
		}
	case j.quiet:
	case len(a.Items) == 0:
		_, err := io.WriteString(out, command.Sprintf("%s: nothing is left to capture\n", j.dir))
		return err
	default:
		if _, err := io.WriteString(out, command.Sprintf("captured %d, failed %d, skipped %d\n", a.Captured, a.Failed, a.Skipped)); err != nil {
			return err
		}
	}
	if a.Failed == 0 {
		return nil
	}
	err := command.Errorf("capture %s: %d could not be captured", j.dir, a.Failed)
	return command.Hint(err, command.Sprintf("%s says why; docs/capture.md says what to do by hand", a.Report))
}
