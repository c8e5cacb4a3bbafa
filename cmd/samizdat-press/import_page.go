package main

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"samizdat/internal/capture"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/imports"
	"samizdat/internal/warc"
)

// importPage makes an item of one page. If it fails, the dossier is as it was.
func (p *program) importPage(cmd *cobra.Command, into *added, r *readerOf, c chosen, temp string, rep *importReport, f *importFlags) error {
	if it := c.item; it != nil {
		if err := importable(it, f.again); err != nil {
			return err
		}
	}
	job := capture.Job{URL: c.URL, By: f.by, Tool: "samizdat-press " + p.version}
	if it := c.item; it != nil {
		job.URL = it.URL
		if path.Base(it.File) != "item.yaml" { // others may share the folder
			job.Stem = it.ID + "-"
		}
	}
	var err error
	if job.Dir, err = os.MkdirTemp(temp, "page-*"); err != nil {
		return err
	}
	defer os.RemoveAll(job.Dir)
	job.Info = warc.Pairs("description", dossier.OneLine("imported from "+c.From.Name+", sha256:"+c.From.SHA256, 400))
	var get capture.Getter
	var g *imports.Getter
	if c.saved != nil {
		if c.item != nil {
			job.URL = c.URL // a saved page has one address
		}
		get, job.Keep = c.saved, c.saved.Keep
	} else {
		g = r.archives.Getter(c.Page)
		get, job.Keep = g, g.Keep
	}
	describe, at := c.From.Describe, p.now()
	if c.saved != nil {
		describe = c.saved.Describe
	}
	job.Describe = func(made *dossier.Capture) {
		describe(made, at, job.Tool)
		if c.saved != nil && c.item != nil && c.item.URL != c.URL {
			made.FinalURL = c.URL
		}
	}
	progress := command.ProgressOf(cmd, c.URL)
	job.Progress = func(at capture.Progress) { progress.Say(p.captureLine(at)) }
	res, err := capture.Run(cmd.Context(), get, job)
	progress.Done()
	if err != nil {
		return err
	}
	made := res.Capture
	if c.saved == nil {
		others := g.Others(c.From)
		for _, o := range others {
			o.DescribeOther(made)
		}
		switch {
		case f.evidence == "file" && len(others) > 0:
			err := command.Errorf("the page needs records of %s too, and only one file can be the evidence", others[0].Name)
			return command.Hint(err, "leave --evidence file out: the evidence then holds the records of all files")
		case f.evidence == "file" || f.evidence == "" && c.From.Signed() && len(others) == 0:
			if err := keepFile(r.files[c.From], job.Dir, made); err != nil {
				return err
			}
		case f.evidence == "" && c.From.Signed():
			made.Imported.Findings = append(made.Imported.Findings, "note: the evidence are records and not the signed file, which does not hold all that the page shows")
			fallthrough
		default:
			if g.Withheld > 0 {
				made.Imported.Findings = append(made.Imported.Findings, fmt.Sprintf("note: %d requests are not in the evidence, because they hold cookies or a password", g.Withheld))
			}
		}
	}
	item, err := into.captured(c, job, res)
	if err != nil {
		return err
	}
	rep.imported(item, c, res)
	return nil
}

// importable tells whether an item can take a capture.
func importable(it *dossier.Item, again bool) error {
	switch {
	case it.Status == dossier.StatusCaptured && !again:
		return command.Errorf("%s is captured already; --again replaces it", it.File)
	case it.Status != dossier.StatusLinked && it.Status != dossier.StatusCaptured:
		return command.Errorf("%s has a text of its own", it.File)
	case path.Ext(it.File) != ".yaml":
		return command.Errorf("%s is Markdown, and the record of a capture goes into a .yaml file", it.File)
	}
	return nil
}

// keepFile puts the imported file in the place of the records as evidence.
func keepFile(name, dir string, c *dossier.Capture) error {
	ending := strings.ToLower(filepath.Ext(name))
	switch ending {
	case ".gz", ".zst":
		ending = ".warc" + ending
	case ".wacz", ".warc":
	default:
		ending = ".wacz"
		if c.Method == "import:warc" {
			ending = ".warc"
		}
	}
	in, err := os.Open(name)
	if err != nil {
		return err
	}
	defer in.Close()
	to := strings.TrimSuffix(c.Evidence.Name, ".warc.gz") + ending
	if err := os.Remove(filepath.Join(dir, c.Evidence.Name)); err != nil {
		return err
	}
	out, err := os.OpenFile(filepath.Join(dir, to), os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return err
	}
	_, err = io.Copy(out, in)
	if err := errors.Join(err, out.Close()); err != nil {
		return err
	}
	c.Evidence.Name = to
	c.Digests["evidence"] = c.Digests["imported"]
	return nil
}

// captured puts what was made of a page into the dossier, and returns the file of its item.
func (a *added) captured(c chosen, job capture.Job, res *capture.Result) (string, error) {
	if c.item != nil {
		return c.item.File, a.recapture(c.item, job, res)
	}
	u, err := url.Parse(c.URL)
	if err != nil {
		return "", err
	}
	it := &dossier.Item{
		Kind: cmp.Or(dossier.Kind(a.o.kind), dossier.KindArticle), Title: cmp.Or(a.o.title, dossier.OneLine(res.Title, 400), c.Title, dossier.AddressKey(c.URL)),
		Author: res.Author, Publisher: res.Publisher, URL: c.URL, Lang: cmp.Or(a.o.lang, dossier.PlainLang(res.Language), a.d.Lang), Status: dossier.StatusLinked,
	}
	last := strings.TrimSuffix(path.Base(strings.TrimSuffix(u.Path, "/")), path.Ext(u.Path))
	if it.ID, err = a.newID(it.Kind, last, res.Title, u.Hostname()+" "+u.Path); err != nil {
		return "", err
	}
	it.File = folderOf(it.Kind) + "/" + it.ID + "/item.yaml"
	if err = a.place(c.URL, it, ""); err == nil {
		if err = capture.Commit(job, filepath.Join(a.dir, filepath.FromSlash(it.File)), res.Capture, res.Listed...); err != nil {
			err = errors.Join(err, a.emptied(it))
		}
	}
	if err != nil {
		err = errors.Join(err, a.takeBack())
	}
	a.undo = nil // the page is there, whatever becomes of the next
	return it.File, err
}

// recapture puts a capture into an item that is there, in the place of an older one.
func (a *added) recapture(it *dossier.Item, job capture.Job, res *capture.Result) error {
	if it.Capture != nil {
		res.Capture.ArchivedAt = it.Capture.ArchivedAt
	}
	return capture.Commit(job, filepath.Join(a.dir, filepath.FromSlash(it.File)), res.Capture, res.Listed...)
}

// emptied takes from the folder of a new item what a capture that failed has moved there.
func (a *added) emptied(it *dossier.Item) error {
	folder := filepath.Dir(filepath.Join(a.dir, filepath.FromSlash(it.File)))
	entries, err := os.ReadDir(folder)
	for _, e := range entries {
		if e.Name() != path.Base(it.File) {
			err = errors.Join(err, os.RemoveAll(filepath.Join(folder, e.Name())))
		}
	}
	return err
}
