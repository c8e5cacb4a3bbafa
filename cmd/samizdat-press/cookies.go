package main

import (
	"fmt"
	"io"
	"net/http"
	"os"
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

// saidBack says of the editor's cookies that were sent for a capture, which of their values stand in what came, and in which file. The files lie
// in the folder dir.
func saidBack(res *capture.Result, dir string) ([]string, error) {
	if len(res.OwnCookies) == 0 {
		return nil, nil
	}
	own := &traces.Own{Cookies: secretsOf(res.OwnCookies)}
	root, err := os.OpenRoot(dir)
	if err != nil {
		return nil, err
	}
	defer root.Close()
	var all []string
	for _, name := range textsOf(res.Capture, func(f *dossier.CaptureFile) string { return f.Name }) {
		found, err := lookAt(root, name, own)
		if err != nil {
			return nil, err
		}
		for _, t := range found.Traces {
			cookie, ok := strings.CutPrefix(t.Value, traces.ValueOf)
			if said := cookie + ": " + name; ok && t.Kind == traces.Cookie && !slices.Contains(all, said) {
				all = append(all, said)
			}
		}
	}
	return all, nil
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

// sentCookies warns of captures for which the editor's cookies were sent, whose values nobody has looked for.
func sentCookies(d *dossier.Dossier) dossier.Problems {
	var all dossier.Problems
	for _, it := range d.Items() {
		if it.Capture != nil && it.Capture.Cookies != "" {
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
