// Package imports makes of what other tools captured an answer to what a capture asks for, so that an imported page becomes an
// article by the same code as one that was fetched: package capture runs with a [Getter] in place of the network.
//
// It reads WARC and WACZ files of anybody's making ([Archives]), and pages that browsers saved: SingleFile, MHTML, a page with its folder
// ([Saved]). Nothing is fetched. What is not in the files is missing, and is said to be.
//
// The files are hostile. What is unpacked has a bound that follows from the size of the files, not from what they claim; names in
// them never become names of files; damage is reported with its offset, and what lies behind it is read.
package imports

import (
	"fmt"
	"time"

	"samizdat/internal/dossier"
	"samizdat/internal/wacz"
)

// Page is a page that can be imported.
type Page struct {
	URL   string
	Time  time.Time // when it was captured, UTC; zero if that is not known
	Title string    // empty if the file does not say
	From  *Origin
}

// Grade is how much a finding weighs.
type Grade string

// The grades of findings.
const (
	Note   Grade = "note"      // worth knowing
	Bug    Grade = "known bug" // an error that a known program makes; no sign of tampering
	Damage Grade = "damage"    // bytes that cannot be read; the rest can
	Broken Grade = "broken"    // bytes are not those that the file says: damaged, or tampered with
)

// Finding is something that was found in a file.
type Finding struct {
	Grade Grade  `json:"grade"`
	Text  string `json:"text"`
}

func (f Finding) String() string { return string(f.Grade) + ": " + f.Text }

// Origin is a file that pages come from.
type Origin struct {
	Name     string // of the file, without folders
	Method   string // as a capture's record has it: "import:wacz"
	Tool     string // program that made it, as it says; may be empty
	Size     int64  // bytes
	SHA256   string // of the file, hexadecimal
	Records  int    // that were read, of WARC and WACZ
	Digests  int    // of records that were compared and are right
	Findings []Finding
	Dropped  int // findings beyond the hundredth, which are only counted
	// Tampered tells that the file is not what it says of itself: a digest or a signature is wrong.
	Tampered bool
	// Signature is what became of the signature, in one line; empty if there is none.
	Signature string

	signed bool
	listed bool          // it has a list of pages
	pack   *wacz.Archive // nil if it is none
}

const maxFindings = 100

// found notes a finding.
func (o *Origin) found(g Grade, format string, args ...any) {
	if len(o.Findings) == maxFindings {
		o.Dropped++
		return
	}
	o.Findings = append(o.Findings, Finding{g, fmt.Sprintf(format, args...)})
}

// Describe completes the record of a capture that was made of the file: what made it, and how it came here.
func (o *Origin) Describe(c *dossier.Capture, at time.Time, with string) {
	c.Method, c.Tool = o.Method, oneLine(o.Tool)
	m := &dossier.Import{From: oneLine(o.Name), At: at.UTC().Format(time.RFC3339), With: with}
	c.Imported = m
	c.Digests["imported"] = o.SHA256
	if o.Signature != "" {
		m.Findings = append(m.Findings, "signature: "+oneLine(o.Signature))
	}
	o.list(m, o.Findings)
}

// maxSaid bounds the findings in a record.
const maxSaid = 20

// DescribeOther adds to the record of a capture that records of this file are among its evidence, with what is wrong with the file.
func (o *Origin) DescribeOther(c *dossier.Capture) {
	note := Finding{Note, fmt.Sprintf("records of %s are in the evidence too, SHA-256 of the file %s", o.Name, o.SHA256)}
	o.list(c.Imported, append([]Finding{note}, o.Findings...))
}

// list adds findings to a record, and counts those that are too many.
func (o *Origin) list(m *dossier.Import, all []Finding) {
	for i, f := range all {
		if i == maxSaid {
			m.Findings = append(m.Findings, fmt.Sprintf("%d more findings in %s", len(all)-i+o.Dropped, oneLine(o.Name)))
			break
		}
		m.Findings = append(m.Findings, oneLine(f.String()))
	}
}
