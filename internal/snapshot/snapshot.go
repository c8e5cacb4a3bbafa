// Package snapshot makes of a page of the web, and of a drawing, one that looks as it looked and does nothing: no script, no form, no
// frame, no reference to the outside. What it returns passes [inert.Page], whatever it was given.
//
// It fetches nothing. [Page] tells what the page shows, and asks for each of these things where it lies; so it is called
// once to learn what is to be fetched, and once more when everything is there:
//
//	_, refs, err := snapshot.Page(doc, snapshot.Options{Base: base})
//	… fetch refs …
//	out, _, err := snapshot.Page(doc, snapshot.Options{Base: base, File: lies})
//
// Elements and attributes are kept by the closed lists of package inert; what is on no list loses its element and keeps
// its words, except where the words are code. Rules are from the HTML standard, §4, and CSS Syntax 3.
package snapshot

import (
	"bytes"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"golang.org/x/net/html"

	"samizdat/internal/inert"
	"samizdat/internal/webpage"
)

// Kind is what a page needs a thing for.
type Kind uint8

// The kinds of [Reference].
const (
	Picture Kind = iota + 1
	Style
	Font
	Media    // sound or video
	Captions // WebVTT
	Icon     // of the page
	Frame    // a page that is shown inside of the page
)

var kinds = [...]string{"", "picture", "style", "font", "media", "captions", "icon", "frame"}

func (k Kind) String() string { return kinds[k] }

// Reference is a thing that a browser would fetch to show the page.
type Reference struct {
	URL  string // absolute, http or https, without a fragment; or a drawing that the page holds, "data:image/svg+xml,…"
	Kind Kind
	// Else are other addresses of the same thing, by preference: smaller or larger versions of a picture, a video in
	// other formats. One of all is enough.
	Else []string
}

// Options say what is known about a page. All functions may be nil.
type Options struct {
	// Base is the address that the page came from, after redirects. A <base> in the page counts from it.
	Base *url.URL
	// Links keeps links to the web, with their whole addresses. Otherwise only their words stay.
	Links bool
	// File returns where a thing lies: a relative path of the file, slash-separated and not yet escaped, as seen from
	// the page; empty if it could not be had. It is not asked for styles that Import gives, and for frames.
	File func(Reference) string
	// Import returns the style sheet that @import asks for, in UTF-8, and its address. The rules then stand where the
	// import stood.
	Import func(Reference) (css []byte, base *url.URL, ok bool)
	// Frame returns the page inside a frame, in UTF-8, and its address. Its body then stands where the frame stood.
	// Frames inside frames are not asked for.
	Frame func(Reference) (doc []byte, base *url.URL, ok bool)
	// Lost is told what a page shows in a browser and cannot show here, besides things that File does not know: the address, empty if it has
	// none, and in a few words what it is.
	Lost func(address, what string)
}

// ErrNotInert means that a page was made that is not inert; it is then not returned. This is a defect of this package.
var ErrNotInert = errors.New("the snapshot would not be inert")

// Page reads a page, which is UTF-8, and returns the snapshot of it and what it shows, each once, in order of
// appearance. Pages nested deeper than the parser allows lose elements that only hold others.
//
// It may be called concurrently if the functions of o may.
func Page(doc []byte, o Options) ([]byte, []Reference, error) {
	root, err := webpage.Parse(doc)
	if err != nil {
		return nil, nil, err
	}
	w := &walker{o: o, base: baseOf(root, o.Base), refs: &references{}, budget: new(int)}
	*w.budget = inlined
	w.document(root)
	var b bytes.Buffer
	if err := html.Render(&b, root); err != nil {
		return nil, nil, fmt.Errorf("write the snapshot: %w", err)
	}
	out := plain(b.Bytes())
	if err := check(out, o.Links); err != nil {
		return nil, nil, err
	}
	return out, w.refs.list, nil
}

// Sheet reads a style sheet, which is UTF-8, like [Page]. Base is the address of the sheet, and what File returns is
// seen from the sheet.
func Sheet(css []byte, o Options) ([]byte, []Reference, error) {
	budget := inlined
	s := &sheet{o: o, base: o.Base, refs: &references{}, budget: &budget}
	out := plain([]byte(s.rewrite(css, rules, 0)))
	if _, faults := inert.Style(out, anyFile); len(faults) > 0 {
		return nil, nil, fmt.Errorf("%w: line %d: %s", ErrNotInert, faults[0].Line, faults[0].What)
	}
	return out, s.refs.list, nil
}

// inlined is how many bytes of frames and imported styles one page takes in at most.
const inlined = 16 << 20

// anyFile takes every file for present: whether it is, File has said.
var anyFile = inert.Rules{Has: func(string) bool { return true }}

func check(page []byte, links bool) error {
	rules := anyFile
	rules.Whole, rules.Links = true, links
	if _, faults := inert.Page(page, rules); len(faults) > 0 {
		return fmt.Errorf("%w: line %d: %s", ErrNotInert, faults[0].Line, faults[0].What)
	}
	return nil
}

// references collects what is referred to.
type references struct {
	list []Reference
	seen map[string]bool
}

// add notes a reference once for each kind.
func (r *references) add(ref Reference) {
	key := ref.Kind.String() + " " + ref.URL
	if r.seen == nil {
		r.seen = map[string]bool{}
	}
	if !r.seen[key] {
		r.seen[key] = true
		r.list = append(r.list, ref)
	}
}

// pictured is absolute for something that may be a drawing that the page holds.
func pictured(base *url.URL, ref string) string {
	if ref := strings.TrimSpace(ref); IsVector(ref) {
		return ref
	}
	return absolute(base, ref)
}

// absolute returns the address that ref means, without its fragment; empty if that is not on the web.
func absolute(base *url.URL, ref string) string {
	ref = strings.Map(func(c rune) rune { // as browsers do: URL standard, §4.4
		if c == '\t' || c == '\n' || c == '\r' {
			return -1
		}
		return c
	}, strings.TrimFunc(ref, func(c rune) bool { return c <= ' ' }))
	if ref == "" || ref[0] == '#' || len(ref) > 8<<10 {
		return ""
	}
	u, err := url.Parse(strings.ReplaceAll(ref, " ", "%20"))
	if err != nil {
		return ""
	}
	if base != nil {
		u = base.ResolveReference(u)
	}
	if u.Scheme != "http" && u.Scheme != "https" || u.Host == "" || u.User != nil {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// escaped writes a relative path as a reference.
func escaped(name string) string {
	return strings.ReplaceAll((&url.URL{Path: name}).EscapedPath(), ":", "%3A")
}
