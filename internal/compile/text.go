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

// render renders a text that will stand on the page at. Addresses in it go to outside.html. What is wrong with the text
// becomes a problem, told once and not in every language, and the result is empty.
func (p *pages) render(s source, at named, opts markdown.Options) rendered {
	opts.Line = s.line
	opts.Link = func(dest string) (string, error) { return p.link(s.file, dest, opts.Prefix, at) }
	opts.Image = func(dest string) (string, error) {
		to, err := p.d.Resolve(s.file, dest)
		if err == nil && to.URL != "" {
			err = errors.New("pictures are not loaded from the net; put the file into the dossier")
		}
		return reference(to.File), err
	}
	doc, err := markdown.Render(s.body, &opts)
	if p.main {
		p.note(s, doc, err)
	}
	if err != nil {
		return rendered{}
	}
	sum := sha256.Sum256([]byte(doc.Text()))
	return rendered{doc.Body, hex.EncodeToString(sum[:])}
}

// note makes problems of what is wrong with a rendered text.
func (c *compiler) note(s source, doc *markdown.Document, err error) {
	if err != nil {
		for _, e := range unjoin(err) {
			problem := dossier.Problem{File: s.file, Line: s.line, Column: 1, Message: e.Error()}
			var bad *markdown.LinkError
			if errors.As(e, &bad) {
				problem.Line, problem.Message = bad.Line, "link "+bad.Destination+": "+bad.Err.Error()
			}
			c.problems = append(c.problems, problem)
		}
		return
	}
	for _, line := range doc.Dropped {
		c.problems = append(c.problems, dossier.Problem{
			File: s.file, Line: line, Column: 1, Message: "HTML is not carried over",
			Hint: `write Markdown, or \< for the sign itself`,
		})
	}
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
func (p *pages) link(file, dest, prefix string, from named) (string, error) {
	to, err := p.d.Resolve(file, dest)
	if err != nil {
		return "", err
	}
	fragment := ""
	if to.Fragment != "" {
		fragment = "#" + to.Fragment
	}
	switch {
	case to.URL != "":
		p.name(to.URL, from)
		return p.site.Ref(page.OutsideLink(to.URL)), nil
	case to.Item != nil:
		return p.site.Ref(to.Item.Page() + fragment), nil
	case to.File == "":
		return "#" + prefix + to.Fragment, nil
	case p.d.SourceDocument != nil && to.File == p.d.SourceDocument.File:
		if path := p.sourcePage(); path != "" {
			return p.site.Ref(path + fragment), nil
		}
		return reference(to.File) + fragment, nil
	case slices.ContainsFunc(p.files(), func(m dossier.MediaFile) bool { return m.File == to.File }):
		return reference(to.File) + fragment, nil
	}
	return "", nil // a file of a capture: the words stay, the link goes; the item's page is what to link to
}

// prose renders the introduction, the closing words or the note on rights, which is called name and stands at the given
// place. Its headings go below the one of the section that it stands in.
func (p *pages) prose(t *dossier.Text, name string, at named) page.Prose {
	if t == nil {
		return page.Prose{}
	}
	s := source{t.Body, t.File, t.Line}
	return page.Prose{Body: p.render(s, at, markdown.Options{Prefix: name + "-", Heading: 3}).node, Lang: t.Lang}
}

// sourcePage returns the path of the page that shows the source document; empty if there is none, because there is no
// document or it is no text.
func (c *compiler) sourcePage() string {
	if doc := c.d.SourceDocument; doc != nil && isText(doc) {
		return page.SourcePath
	}
	return ""
}

// unescaped is the opposite of [reference] for what stands in other people's pages.
func unescaped(ref string) string {
	if name, err := url.PathUnescape(ref); err == nil {
		return name
	}
	return ref
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
