package imports

import (
	"bytes"
	"context"
	"io"
	"path"
	"regexp"
	"strings"
	"time"
)

// SingleFile writes a comment at the top of the page. Forks of it name themselves.
var (
	singleMark = regexp.MustCompile(`(?i)<!--\s*Page saved with ([^\r\n]{1,200})`)
	singleURL  = regexp.MustCompile(`(?im)^\s*url:\s*(\S+)\s*$`)
	singleDate = regexp.MustCompile(`(?im)^\s*saved date:\s*(.{10,100}?)\s*(\(|$)`)
)

// savedURL is what browsers write into pages that they save, with the length of the address: IE first, and Chromium.
var savedURL = regexp.MustCompile(`(?i)<!--\s*saved from url=\((\d{4,5})\)(\S+)`)

// IsSingleFile tells whether a page begins as SingleFile writes it.
func IsSingleFile(head []byte) bool { return singleMark.Match(head) }

// SingleFile reads a page that SingleFile saved, with all it shows in it. At is when the file was written, in case that the page does
// not say when it was saved; address is where it came from if it does not say that either.
func SingleFile(ctx context.Context, dir, name string, file io.ReaderAt, size int64, at time.Time, address string) (*Saved, error) {
	b, o, err := readSaved(ctx, name, file, size)
	if err != nil {
		return nil, err
	}
	o.Method = "import:singlefile"
	head := b[:min(len(b), 64<<10)]
	if m := singleMark.FindSubmatch(head); m != nil {
		o.Tool = oneLine(strings.TrimSpace(string(m[1])))
		_, comment, _ := bytes.Cut(head, m[0])
		comment, _, _ = bytes.Cut(comment, []byte("-->"))
		if u := singleURL.FindSubmatch(comment); u != nil {
			address = string(u[1])
		}
		if d := singleDate.FindSubmatch(comment); d != nil {
			if t, err := time.Parse("Mon Jan 02 2006 15:04:05 GMT-0700", string(d[1])); err == nil {
				at = t
			} else {
				o.found(Note, "its date %q cannot be read; the time of the file is taken", oneLine(string(d[1])))
			}
		}
	}
	s := newSaved(dir, o, address, at)
	if err := s.page(b, "text/html"); err != nil {
		return nil, err
	}
	s.files = []*part{{url: s.Page.URL, contentType: "text/html", data: b}}
	return s, nil
}

func newSaved(dir string, o *Origin, address string, at time.Time) *Saved {
	return &Saved{
		Origin: o, Page: Page{URL: strings.TrimSpace(address), Time: at.UTC().Truncate(time.Second), From: o},
		dir: dir, parts: map[string]*part{}, cids: map[string]string{}, byTail: map[string]*part{}, ids: map[*part]string{},
	}
}

// fileTypes are the types of files beside a page whose content does not tell what they are.
var fileTypes = map[string]string{
	".css": "text/css", ".html": "text/html", ".htm": "text/html", ".xhtml": "application/xhtml+xml", ".svg": "image/svg+xml", ".vtt": "text/vtt",
}

func fileType(name string) string {
	if t := fileTypes[strings.ToLower(path.Ext(name))]; t != "" {
		return t
	}
	return "application/octet-stream"
}
