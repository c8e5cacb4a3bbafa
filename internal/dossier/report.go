package dossier

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"
	"strings"
	"time"
)

// ReportFile is the name of the report of captures, at the root of the folder. It is not packed; of items that could not
// be captured their pages say so.
const ReportFile = "capture-report.json"

// reportFormat is the version of the report's form.
const reportFormat = 1

// A Report says of each item how its last capture went.
type Report struct {
	Format int       `json:"format"` // 1
	Items  []Outcome `json:"items"`  // one for each item that was tried, by their ids
}

// What became of an item.
const (
	ResultCaptured = "captured"
	ResultFailed   = "failed"
	ResultSkipped  = "skipped"
)

// An Outcome is how the capture of one item went.
type Outcome struct {
	ID      string `json:"id"`
	URL     string `json:"url,omitempty"`
	At      string `json:"at"`                // RFC 3339, UTC
	Result  string `json:"result"`            // captured, failed or skipped
	Reason  string `json:"reason,omitempty"`  // why it failed or was skipped; of what is captured, why there is no text
	Robots  string `json:"robots,omitempty"`  // as in [Capture]
	Cookies string `json:"cookies,omitempty"` // as in [Capture]
	// SaidBack are the names of the editor's cookies whose values stand in what was captured, each with the file that has it: "session: page.warc.gz".
	SaidBack []string  `json:"said_back,omitempty"`
	Fetched  int       `json:"fetched,omitempty"` // things that are here, the page among them
	Missing  []Missing `json:"missing,omitempty"`
}

// An Attempt is a capture that did not come about.
type Attempt struct {
	At     string // RFC 3339, UTC
	Reason string
}

// ReadReport reads a report.
func ReadReport(src []byte) (*Report, error) {
	var r Report
	if err := json.Unmarshal(src, &r); err != nil {
		return nil, err
	}
	if r.Format != reportFormat {
		return nil, fmt.Errorf("format %d is not known to this program", r.Format)
	}
	for _, o := range r.Items {
		if _, err := time.Parse("2006-01-02T15:04:05Z", o.At); err != nil || o.ID == "" {
			return nil, fmt.Errorf("an item without an id, or without a time in UTC: %s", clip(o.ID))
		}
	}
	return &r, nil
}

// Set puts an outcome in the place of an older one of the same item.
func (r *Report) Set(o Outcome) {
	i, found := slices.BinarySearchFunc(r.Items, o, func(a, b Outcome) int { return strings.Compare(a.ID, b.ID) })
	if found {
		r.Items[i] = o
		return
	}
	r.Items = slices.Insert(r.Items, i, o)
}

// Encode returns the report as it is written.
func (r *Report) Encode() ([]byte, error) {
	r.Format = reportFormat
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(r)
	return b.Bytes(), err
}

// attempts gives items that are still to be captured what the report says of them.
func (l *loader) attempts(d *Dossier) {
	if !l.tree.has(ReportFile) {
		return
	}
	l.tree.used[ReportFile] = true
	at := mark{file: ReportFile}
	src, err := l.tree.read(ReportFile, maxBody)
	if err != nil && err != errTooLarge {
		l.fail(fmt.Errorf("read %s: %w", ReportFile, err))
		return
	}
	var r *Report
	if err == nil {
		r, err = ReadReport(src)
	}
	if err != nil {
		l.warn(at, "take it away; the next capture writes it anew", "this is no report of captures: %v", err)
		return
	}
	for _, o := range r.Items {
		it := d.Item(o.ID)
		if it == nil || it.Status != StatusLinked || it.URL != o.URL || o.Result != ResultFailed {
			continue
		}
		it.Attempt = &Attempt{At: o.At, Reason: OneLine(o.Reason, 0)}
	}
}
