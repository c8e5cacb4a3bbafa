// Package wacz reads, checks and writes WACZ files: web archives that carry their WARC files, an index and a list of pages in one ZIP.
//
// It reads every version that is found: 1.1.1 and its predecessors, the draft of 1.2.0, and 0.1.0 with its webarchive.yaml. [Archive.Verify]
// holds each file against the digest that the archive gives for it, and the whole against its signature; errors of
// well known programs are told apart from tampering. Replay programs do not do that: ReplayWeb.page 2.5.3 reports the same numbers for a
// sound archive and one with a changed list of pages.
//
// It writes 1.1.1, because ReplayWeb.page refuses the profile of 1.2.0. The same content makes the same bytes, signed or not.
//
// The rules are those of Webrecorder's specifications: "WACZ" in comments names the one of 1.1.1, "CDXJ" that of 0.1.0, "WACZ auth" that
// of 0.1.0.
package wacz

import (
	"encoding/json"
	"errors"
	"time"
)

// Version is what this package writes.
const Version = "1.1.1"

// The files that an archive has besides its resources (WACZ, Directory Layout).
const (
	packageName = "datapackage.json"
	digestName  = "datapackage-digest.json"
	pagesName   = "pages/pages.jsonl"
	indexName   = "indexes/index.cdx"
	oldName     = "webarchive.yaml" // of 0.1.0
)

// ErrNotWACZ means that the file is no WACZ file.
var ErrNotWACZ = errors.New("not a WACZ file")

// Resource is a file of the archive as its package lists it.
type Resource struct {
	Name  string `json:"name"`
	Path  string `json:"path"`
	Hash  string `json:"hash"`  // "sha256:" and hexadecimal digits
	Bytes int64  `json:"bytes"` // length of the file
}

// Package is what an archive says about itself. Fields of older versions are read into those of 1.1.1.
type Package struct {
	Profile      string          `json:"profile"`
	Version      string          `json:"wacz_version"`
	Title        string          `json:"title,omitempty"`
	Description  string          `json:"description,omitempty"`
	Created      string          `json:"created,omitempty"` // RFC 3339
	Modified     string          `json:"modified,omitempty"`
	Software     string          `json:"software,omitempty"`
	MainPageURL  string          `json:"mainPageUrl,omitempty"`
	MainPageDate string          `json:"mainPageDate,omitempty"`
	Resources    []Resource      `json:"resources"`
	Extra        json.RawMessage `json:"samizdat,omitempty"` // ours; other programs pass over it
}

// Page is one line of the list of pages.
type Page struct {
	ID    string    `json:"id,omitempty"`
	URL   string    `json:"url"`
	Time  time.Time `json:"ts"`
	Title string    `json:"title,omitempty"`
	Text  string    `json:"text,omitempty"` // of the page, for search
}
