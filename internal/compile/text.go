package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"net/url"
	"slices"
	"strings"
	"unicode/utf8"

	"samizdat/internal/dossier"
	"samizdat/internal/markdown"
	"samizdat/internal/markup"
	"samizdat/internal/page"
)

// rendered is a text ready for a page.
type rendered struct {
	node   markup.Node
	sha256 string // of its paragraphs, joined by an empty line, in hexadecimal
}

// source is a text of the dossier.
type source struct {
	body []byte // Markdown
	file string
	line int // of file, from 1, on which body begins
}

// render renders a text that will stand on the page behind link. Addresses in it go to outside.html. What is wrong with
// the text becomes a problem of c, and the result is empty.
func (c *compiler) render(s source, link page.Link, opts markdown.Options) rendered {
	opts.Line = s.line
	opts.Link = func(dest string) (string, error) { return c.link(s.file, dest, opts.Prefix, link) }
	opts.Image = func(dest string) (string, error) {
		to, err := c.d.Resolve(s.file, dest)
		if err == nil && to.URL != "" {
			err = errors.New("pictures are not loaded from the net; put the file into the dossier")
		}
		return reference(to.File), err
	}
	doc, err := markdown.Render(s.body, &opts)
	if err != nil {
		for _, e := range unjoin(err) {
			problem := dossier.Problem{File: s.file, Line: s.line, Column: 1, Message: e.Error()}
			var bad *markdown.LinkError
			if errors.As(e, &bad) {
				problem.Line, problem.Message = bad.Line, "link "+bad.Destination+": "+bad.Err.Error()
			}
			c.problems = append(c.problems, problem)
		}
		return rendered{}
	}
	for _, line := range doc.Dropped {
		c.problems = append(c.problems, dossier.Problem{
			File: s.file, Line: line, Column: 1, Message: "HTML is not carried over",
			Hint: `write Markdown, or \< for the sign itself`,
		})
	}
	sum := sha256.Sum256([]byte(doc.Text()))
	return rendered{doc.Body, hex.EncodeToString(sum[:])}
}

// unjoin returns the errors that [errors.Join] has joined.
func unjoin(err error) []error {
	if joined, ok := err.(interface{ Unwrap() []error }); ok {
		return joined.Unwrap()
	}
	return []error{err}
}

// link returns where a link of the text in file leads, relative to the root of the archive, where all pages are.
// Prefix is what the ids of that text begin with.
func (c *compiler) link(file, dest, prefix string, from page.Link) (string, error) {
	to, err := c.d.Resolve(file, dest)
	if err != nil {
		return "", err
	}
	fragment := ""
	if to.Fragment != "" {
		fragment = "#" + to.Fragment
	}
	switch {
	case to.URL != "":
		c.outside.name(to.URL, from)
		return page.OutsideLink(to.URL), nil
	case to.Item != nil:
		return to.Item.Page() + fragment, nil
	case to.File == "":
		return "#" + prefix + to.Fragment, nil
	case c.d.SourceDocument != nil && to.File == c.d.SourceDocument.File:
		return c.sourcePage() + fragment, nil
	case slices.ContainsFunc(c.files(), func(m dossier.MediaFile) bool { return m.File == to.File }):
		return reference(to.File) + fragment, nil
	}
	return "", nil // a file of a capture that is not packed: the words stay, the link goes
}

// words renders the introduction and the closing words.
func (c *compiler) words() {
	for _, t := range []struct {
		text *dossier.Text
		name string
		node *markup.Node
	}{{c.d.Introduction, "introduction", &c.introduction}, {c.d.Closing, "closing", &c.closing}} {
		if t.text == nil {
			continue
		}
		s := source{t.text.Body, t.text.File, t.text.Line}
		// Headings go below the one of the section that the text stands in.
		*t.node = c.render(s, c.place(t.name), markdown.Options{Prefix: t.name + "-", Heading: 3}).node
	}
}

// rights renders the note on rights, which stands on about.html.
func (c *compiler) rights() markup.Node {
	t := c.d.LicenseText
	if t == nil {
		return nil
	}
	link := page.Link{Path: page.AboutPath, Title: c.ui.Text("about.title"), Lang: c.ui.Lang()}
	s := source{t.Body, t.File, t.Line}
	return c.render(s, link, markdown.Options{Prefix: "rights-", Heading: 3}).node
}

// sourcePage returns the path that links to the source document lead to: its page, or the file if it is no text.
func (c *compiler) sourcePage() string {
	switch doc := c.d.SourceDocument; {
	case doc == nil:
		return ""
	case isText(doc):
		return page.SourcePath
	default:
		return reference(doc.File)
	}
}

// reference returns a path of the archive as pages refer to it: percent-encoded, and with ./ before a colon that would
// look like the end of a scheme.
func reference(path string) string { return (&url.URL{Path: path}).String() }

func isText(doc *dossier.SourceDocument) bool { return strings.HasPrefix(doc.Type, "text/plain") }

// sourceText returns the source document's text, "" if it is none.
func (c *compiler) sourceText() (string, error) {
	doc := c.d.SourceDocument
	if !isText(doc) {
		return "", nil
	}
	b, err := fs.ReadFile(c.d.FS, doc.File)
	if err != nil {
		return "", err
	}
	if !utf8.Valid(b) {
		return "", fmt.Errorf("compile %s: not UTF-8, though its type is %s", doc.File, doc.Type)
	}
	return string(b), nil
}
