package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
	"path"
	"slices"
	"strings"

	"samizdat/internal/capture"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/traces"
)

// Cookies that the editor gives are sent and stored nowhere. Pages may say their values back, and so they come into the evidence, the page as it
// looked and the readable text; there they are looked for by the cookies themselves.

// secretsOf are the cookies as traces looks for them.
func secretsOf(cookies []*http.Cookie) []traces.Secret {
	var all []traces.Secret
	for _, k := range cookies {
		if s := (traces.Secret{Name: k.Name, Value: k.Value}); k.Value != "" && !slices.Contains(all, s) {
			all = append(all, s)
		}
	}
	return all
}

// cookieFile reads the cookies of a file that --cookies names.
func cookieFile(name string) ([]traces.Secret, error) {
	f, err := os.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	list, err := fetch.CookieList(f)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return secretsOf(list), nil
}

// saidBack says of the editor's cookies, given or sent, which of their values stand in what a capture brought, and in which file: those that lie in the
// folder dir, the item's, which is called item, and the report of captures.
func saidBack(res *capture.Result, given []traces.Secret, dir, item string) ([]string, error) {
	if res.Capture.Cookies == "" {
		return nil, nil
	}
	own := &traces.Own{Cookies: slices.Concat(secretsOf(res.OwnCookies), given)}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var all []string
	add := func(said []string) {
		for _, one := range said {
			if !slices.Contains(all, one) {
				all = append(all, one)
			}
		}
	}
	c := res.Capture
	names := textsOf(c, func(f *dossier.CaptureFile) string { return f.Name })
	if c.Video != nil && len(res.Listed) > 0 { // otherwise it is an earlier one's
		names = append(names, c.Video.Name)
	}
	for _, m := range res.Listed {
		if path.Ext(m.File) == ".vtt" {
			names = append(names, m.File)
		}
	}
	for _, name := range names {
		found, err := lookAt(root, name, own)
		if err != nil {
			return nil, err
		}
		add(saidIn(name, found))
	}
	missing := missingWords(c.Missing)
	add(namesIn(item, slices.Concat(c.Redirects, missing, []string{c.FinalURL, c.ContentType}), own))
	add(namesIn(dossier.ReportFile, missing, own))
	return all, nil
}

// namesIn says which values stand in words that are written into the file called name.
func namesIn(name string, words []string, own *traces.Own) []string {
	return saidIn(name, traces.Page([]byte(strings.Join(words, "\n")), own))
}

// saidIn are the cookies whose values were found, each with the name of the file.
func saidIn(name string, found *traces.Report) (all []string) {
	for _, t := range found.Traces {
		if cookie, ok := strings.CutPrefix(t.Value, traces.ValueOf); ok && t.Kind == traces.Cookie {
			all = append(all, cookie+": "+name)
		}
	}
	return all
}

// missingWords are what is said of missing pieces.
func missingWords(list []dossier.Missing) (all []string) {
	for _, m := range list {
		all = append(all, m.URL, m.Reason)
	}
	return all
}

// textsOf are the files of a capture in which values of cookies may stand: the readable text, the page as it looked, the evidence.
func textsOf(c *dossier.Capture, name func(*dossier.CaptureFile) string) []string {
	var all []string
	if c.Text != "" {
		all = append(all, c.Text)
	}
	for _, f := range []*dossier.CaptureFile{c.Snapshot, c.Evidence} {
		if f != nil {
			all = append(all, name(f))
		}
	}
	return all
}

// givesCookies is the warning that pack says even if it is to be quiet.
const givesCookies = "evidence: include gives readers this file of a capture that says values of your cookies back: whoever reads them may be taken for you at that site"

// sentCookies warns of captures for which the editor's cookies were sent, whose values nobody has looked for.
func sentCookies(d *dossier.Dossier) dossier.Problems {
	var all dossier.Problems
	for _, it := range d.Items() {
		switch c := it.Capture; {
		case c == nil || c.Cookies == "":
		case c.Cookies == dossier.CookiesSaidBack:
			p := dossier.Problem{
				File: it.File, Message: "what was captured says values of your cookies back: whoever reads them may be taken for you at that site", Warning: true,
				Hint: "capture it again without cookies, or log out at the site, so that they are worth nothing; check --cookies FILE says where they stand",
			}
			if c.Evidence != nil && c.Packed {
				p.File = c.Evidence.File
				p.Message = givesCookies
				p.Hint = "write evidence: hash-only into the item " + it.ID + ", and " + p.Hint
			}
			all = append(all, p)
		default:
			all = append(all, dossier.Problem{
				File: it.File, Message: "cookies of yours were sent for this page, which may say their values or your name back", Warning: true,
				Hint: "read the page, and look for the values with check --cookies FILE, the file that capture was given",
			})
		}
	}
	return all
}

// plainCookies names cookies whose values are too plain to be looked for.
func plainCookies(cookies []traces.Secret) []string {
	var names []string
	for _, k := range cookies {
		if !k.Findable() && !slices.Contains(names, k.Name) {
			names = append(names, k.Name)
		}
	}
	return names
}

// printPlain says which cookies of the file are not looked for.
func printPlain(w io.Writer, file string, names []string) error {
	if len(names) == 0 {
		return nil
	}
	if n := len(names); n > most {
		names = append(names[:most:most], fmt.Sprintf("%d more", n-most))
	}
	_, err := io.WriteString(w, command.Printable(file+": values too short to be told from other words are not looked for: "+strings.Join(names, ", ")+"; look for those that matter with --own VALUE")+"\n")
	return err
}
