package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"net/netip"
	"os"
	"os/user"
	"path"
	"path/filepath"
	"slices"
	"strings"

	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/traces"
)

// traceJSON is a file of evidence that tells of whoever captured it, as --json prints it.
type traceJSON struct {
	File   string `json:"file"`   // in the dossier's folder, with slashes
	Item   string `json:"item"`   // empty for the report of captures
	Packed bool   `json:"packed"` // readers get it
	traces.Report
}

// lookThrough looks for traces of the editor in what all captures keep, or only in what readers get: the evidence, the readable text and the page
// as it looked; and for values of the cookies in the files of the items too. Files without a trace are left out.
func lookThrough(d *dossier.Dossier, root *os.Root, words []string, cookies []traces.Secret, packedOnly bool) ([]traceJSON, error) {
	var all []traceJSON
	var own *traces.Own
	for _, it := range d.Items() {
		k := it.Capture
		if k == nil {
			continue
		}
		if own == nil {
			own = ofThisMachine(words)
			own.Cookies = cookies
		}
		known := *own
		known.Known = k.Cookies != ""
		known.Saved = slices.Contains([]string{"import:singlefile", "import:mhtml", "import:folder"}, k.Method)
		look := func(name string, own *traces.Own, packed bool) error {
			r, err := lookAt(root, name, own)
			if err != nil {
				return fmt.Errorf("look through %s: %w", name, err)
			}
			if len(r.Traces)+len(r.Unread) > 0 {
				all = append(all, traceJSON{name, it.ID, packed, *r})
			}
			return nil
		}
		for _, name := range textsOf(k, func(f *dossier.CaptureFile) string { return f.File }) {
			packed := k.Evidence == nil || name != k.Evidence.File || k.Packed
			if packedOnly && !packed {
				continue
			}
			if err := look(name, &known, packed); err != nil {
				return nil, err
			}
		}
		if len(cookies) > 0 { // who captured, and what they wrote, stands there because they want it
			if err := look(it.File, &traces.Own{Cookies: cookies}, true); err != nil {
				return nil, err
			}
		}
	}
	if _, err := root.Lstat(dossier.ReportFile); err == nil && len(cookies) > 0 { // it is not packed
		r, err := lookAt(root, dossier.ReportFile, &traces.Own{Cookies: cookies})
		if err != nil {
			return nil, fmt.Errorf("look through %s: %w", dossier.ReportFile, err)
		}
		if len(r.Traces) > 0 {
			all = append(all, traceJSON{File: dossier.ReportFile, Report: *r})
		}
	}
	return all, nil
}

func lookAt(root *os.Root, name string, own *traces.Own) (*traces.Report, error) {
	f, err := root.Open(filepath.FromSlash(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	switch path.Ext(name) {
	case ".html", ".yaml", ".json", ".vtt":
		b, err := io.ReadAll(io.LimitReader(f, maxAddedText))
		if err != nil {
			return nil, err
		}
		return traces.Page(b, own), nil
	}
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	r, err := traces.Evidence(f, info.Size(), own)
	if errors.Is(err, traces.ErrFormat) {
		return &traces.Report{Unread: []string{err.Error()}}, nil
	}
	return r, err
}

// common are names of users and machines that say nothing of anybody.
var common = []string{
	"root", "user", "admin", "administrator", "ubuntu", "debian", "home", "guest", "test", "runner", "build", "nobody", "owner", "localhost", "laptop", "desktop", "default",
}

// ofThisMachine is what the machine knows of the editor. What it does not know is left out: a check goes on without it.
func ofThisMachine(words []string) *traces.Own {
	own := &traces.Own{Words: words}
	add := func(to *[]string, word string, shortest int) {
		if word = strings.TrimSpace(word); len(word) >= shortest && !slices.Contains(common, strings.ToLower(word)) && !slices.Contains(*to, word) {
			*to = append(*to, word)
		}
	}
	if u, err := user.Current(); err == nil {
		_, short, _ := strings.Cut(u.Username, `\`) // DOMAIN\name
		if short == "" {
			short = u.Username
		}
		add(&own.Users, short, 3)
		if name, _, _ := strings.Cut(u.Name, ","); strings.Contains(strings.TrimSpace(name), " ") {
			add(&own.Names, name, 5)
		}
	}
	for _, name := range []string{"USER", "USERNAME", "LOGNAME"} {
		add(&own.Users, os.Getenv(name), 3)
	}
	for _, name := range []string{"EMAIL", "DEBEMAIL", "GIT_AUTHOR_EMAIL", "GIT_COMMITTER_EMAIL"} {
		if mail := os.Getenv(name); strings.Contains(mail, "@") {
			add(&own.Mails, mail, 6)
		}
	}
	if host, err := os.Hostname(); err == nil {
		add(&own.Hosts, host, 4)
	}
	if home, err := os.UserHomeDir(); err == nil && home != "/root" {
		add(&own.Folders, home, 6)
	}
	addresses, _ := net.InterfaceAddrs()
	for _, a := range addresses {
		// Addresses of a local network are the same in many of them.
		if p, err := netip.ParsePrefix(a.String()); err == nil && p.Addr().IsGlobalUnicast() && !p.Addr().IsPrivate() {
			add(&own.Addresses, p.Addr().String(), 1)
		}
	}
	return own
}

// most are the traces of one file that are told.
const most = 12

// what is a trace without its place.
func what(t traces.Trace) string {
	if t.Value == "" {
		return string(t.Kind)
	}
	return string(t.Kind) + " (" + t.Value + ")"
}

// told says of each trace what it is and where, and whom it is about.
func (e *traceJSON) told() []string {
	var lines []string
	for _, t := range e.Traces {
		line := "readers get what it tells of you: "
		if t.Kind == traces.Medium {
			line = "readers get it as it was made, with what it tells of whoever made it: "
		}
		line += what(t) + ", " + t.Place
		if t.Records > 1 {
			line += fmt.Sprintf(", in %d records, first", t.Records)
		}
		if t.Records > 0 {
			line += fmt.Sprintf(" at %d", t.Offset)
		}
		if t.WARC != "" {
			line += " of " + t.WARC
		}
		if t.URL != "" {
			line += ", " + t.URL
		}
		if lines = append(lines, line); len(lines) == most && len(e.Traces) > most {
			lines = append(lines, fmt.Sprintf("readers get %d more, which --json lists", len(e.Traces)-most))
			break
		}
	}
	return lines
}

// evidenceWarnings are the warnings about evidence that readers get.
func evidenceWarnings(evidence []traceJSON) dossier.Problems {
	var all dossier.Problems
	for _, e := range evidence {
		if !e.Packed {
			continue
		}
		for _, line := range e.told() {
			all = append(all, dossier.Problem{File: e.File, Message: line, Hint: e.hint(), Warning: true})
		}
		for _, u := range e.Unread {
			all = append(all, dossier.Problem{
				File: e.File, Message: "readers get what could not be looked through: " + u, Hint: "look yourself, or write evidence: hash-only into the item " + e.Item, Warning: true,
			})
		}
	}
	return all
}

// hint says how to be rid of what was found.
func (e *traceJSON) hint() string {
	drop := "write evidence: hash-only into the item " + e.Item
	if e.whole() {
		drop = "take the item " + e.Item + " out, or write its text by hand (status: full)"
	}
	has := func(kinds ...traces.Kind) bool {
		return slices.ContainsFunc(e.Traces, func(t traces.Trace) bool { return slices.Contains(kinds, t.Kind) })
	}
	switch {
	case !slices.ContainsFunc(e.Traces, func(t traces.Trace) bool { return t.Kind != traces.Medium }):
		return drop
	case has(traces.Cookie, traces.Login):
		return drop + ", or capture it again without cookies"
	case has(traces.Address, traces.Position):
		return drop + ", or capture it again through a proxy"
	}
	if e.whole() {
		return drop
	}
	return drop + ", or capture it again"
}

// whole tells whether readers get the file for what it says, and not as evidence.
func (e *traceJSON) whole() bool { return path.Ext(e.File) == ".html" || path.Ext(e.File) == ".yaml" }

// printEvidence says in a line each what evidence that stays here tells.
func printEvidence(w io.Writer, dir string, evidence []traceJSON) error {
	var b strings.Builder
	for _, e := range evidence {
		if e.Packed {
			continue
		}
		var all []string
		for _, t := range e.Traces {
			if w := what(t); t.Kind != traces.Medium && !slices.Contains(all, w) { // photos stay here as they are
				all = append(all, w)
			}
		}
		if len(e.Unread) > 0 {
			all = append(all, fmt.Sprintf("%d things that could not be looked through", len(e.Unread)))
		}
		if len(all) == 0 {
			continue
		}
		if len(all) > most {
			all = append(all[:most], fmt.Sprintf("%d more", len(all)-most))
		}
		stays := ": stays here (evidence: hash-only) with: "
		if e.Item == "" { // the report of captures
			stays = ": stays here with: "
		}
		b.WriteString(command.Printable(filepath.Join(dir, filepath.FromSlash(e.File))+stays+strings.Join(all, ", ")+"; --json says where") + "\n")
	}
	_, err := io.WriteString(w, b.String())
	return err
}
