package main

import (
	"fmt"
	"io"
	"path/filepath"
	"strings"

	"samizdat/internal/capture"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/imports"
)

// importReport is the answer of import --json, and what is printed without it.
type importReport struct {
	Dossier string         `json:"dossier"`
	Files   []importedFile `json:"files"`
	Pages   []listedPage   `json:"pages,omitempty"` // of --list
	Items   []importedItem `json:"items"`

	out    io.Writer
	quiet  bool
	asJSON bool
}

// importedFile is one of the files.
type importedFile struct {
	File      string            `json:"file"`
	Method    string            `json:"method"`
	Tool      string            `json:"tool,omitempty"`
	Bytes     int64             `json:"bytes"`
	SHA256    string            `json:"sha256"`
	Records   int               `json:"records,omitempty"`
	Signature string            `json:"signature,omitempty"`
	Tampered  bool              `json:"tampered,omitempty"`
	Findings  []imports.Finding `json:"findings,omitempty"`
	Dropped   int               `json:"more_findings,omitempty"`
}

type listedPage struct {
	URL   string `json:"url"`
	At    string `json:"at,omitempty"`
	Title string `json:"title,omitempty"`
	Item  string `json:"item,omitempty"` // file of the item that has the address
}

type importedItem struct {
	URL     string            `json:"url"`
	Item    string            `json:"item,omitempty"`  // file of the item; missing if it failed
	Error   string            `json:"error,omitempty"` // why it failed
	Fetched int               `json:"fetched,omitempty"`
	Missing []dossier.Missing `json:"missing,omitempty"`
}

// say prints a line, unless the answer is JSON.
func (rep *importReport) say(format string, args ...any) {
	if !rep.quiet && !rep.asJSON {
		_, _ = io.WriteString(rep.out, command.Printable(fmt.Sprintf(format, args...))+"\n")
	}
}

// files tells what was found in the files.
func (rep *importReport) files(r *readerOf) {
	for _, o := range r.origins() {
		rep.Files = append(rep.Files, importedFile{
			r.files[o], o.Method, o.Tool, o.Size, o.SHA256, o.Records, o.Signature, o.Tampered, o.Findings, o.Dropped,
		})
		what := strings.TrimPrefix(o.Method, "import:")
		if o.Tool != "" {
			what += ", " + o.Tool
		}
		if o.Records > 0 {
			what += ", " + count(o.Records, "record")
		}
		rep.say("%s: %s", r.files[o], what)
		if o.Signature != "" {
			rep.say("%s: signature: %s", r.files[o], o.Signature)
		}
		for _, f := range o.Findings {
			rep.say("%s: %s", r.files[o], f)
		}
		if o.Dropped > 0 {
			rep.say("%s: %d more findings", r.files[o], o.Dropped)
		}
	}
}

// list prints the pages.
func (rep *importReport) list(all []chosen) error {
	for _, c := range all {
		page := listedPage{URL: c.URL, Title: c.Title}
		if !c.Time.IsZero() {
			page.At = c.Time.UTC().Format("2006-01-02T15:04:05Z")
		}
		if c.item != nil {
			page.Item = c.item.File
		}
		rep.Pages = append(rep.Pages, page)
	}
	if rep.asJSON {
		return command.JSON(rep.out, rep)
	}
	var b strings.Builder
	for _, page := range rep.Pages {
		line := fmt.Sprintf("%-20s  %s", page.At, page.URL)
		if page.Title != "" {
			line += "  " + page.Title
		}
		if page.Item != "" {
			line += "  (" + page.Item + ")"
		}
		b.WriteString(command.Printable(line) + "\n")
	}
	_, err := io.WriteString(rep.out, b.String())
	return err
}

// imported tells of a page that is in the dossier now.
func (rep *importReport) imported(item string, c chosen, res *capture.Result) {
	it := importedItem{URL: c.URL, Item: item, Fetched: res.Fetched, Missing: res.Capture.Missing}
	rep.say("%s: %s: %s, %d missing", filepath.Join(rep.Dossier, filepath.FromSlash(item)), c.URL, count(res.Fetched, "thing"), len(res.Capture.Missing))
	for _, m := range res.Capture.Missing {
		rep.say("  missing: %s: %s", m.URL, m.Reason)
	}
	if res.NoText != nil {
		rep.say("  no readable text was found; the page is there as it looked")
	}
	rep.Items = append(rep.Items, it)
}

// failed tells of a page that is not.
func (rep *importReport) failed(url string, err error) {
	rep.Items = append(rep.Items, importedItem{URL: url, Error: err.Error()})
	rep.say("%s: %v", url, err)
	if hint := command.HintOf(err); hint != "" {
		rep.say("  %s", hint)
	}
}

// finish prints the answer as JSON, if that was asked for.
func (rep *importReport) finish() error {
	if !rep.asJSON {
		return nil
	}
	return command.JSON(rep.out, rep)
}
