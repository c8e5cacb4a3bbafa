// Package warc reads and writes WARC files, the records of what servers answered that web archives are made of.
//
// It reads WARC 1.0 and 1.1, and the drafts before them, as they are found: bare, with one gzip member for each record, with several
// records in one member, and compressed with Zstandard with or without a dictionary. Files of well known programs break the rules in
// well known ways; a [Record] lists such a [Quirk] and is read all the same. What cannot be read is a [Damage] with its offset, and
// reading goes on at the next record. Digests are checked on the way. Nothing is sized by what a file claims.
//
// It writes WARC 1.1 only: one gzip member for each record, the header in the order given, SHA-256 digests, and record IDs that
// follow from the content, so that the same records make the same bytes.
//
// It knows no network: what a client fetched comes in as bytes. The rules are those of ISO 28500:2017 in the text that the IIPC
// publishes; "WARC" and a number in comments name a section of it, and "WARC zstd" the IIPC's proposal for Zstandard.
package warc

import (
	"errors"
	"slices"
	"strings"
	"time"
)

// Field is one line of a header: of a record, of an HTTP message, or of a block of application/warc-fields.
type Field struct{ Name, Value string }

// Header is a list of fields in their order, names in the case they were written in.
type Header []Field

// Pairs makes a header of names and values in turn. An odd number of them is a mistake of the caller and panics.
func Pairs(namesAndValues ...string) Header {
	var h Header
	for pair := range slices.Chunk(namesAndValues, 2) {
		h = append(h, Field{pair[0], pair[1]})
	}
	return h
}

// Get returns the value of the first field of that name in any case, or "".
func (h Header) Get(name string) string {
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			return f.Value
		}
	}
	return ""
}

// All returns the values of every field of that name in any case, in order.
func (h Header) All(name string) []string {
	var values []string
	for _, f := range h {
		if strings.EqualFold(f.Name, name) {
			values = append(values, f.Value)
		}
	}
	return values
}

// Has tells whether there is a field of that name in any case.
func (h Header) Has(name string) bool {
	return slices.ContainsFunc(h, func(f Field) bool { return strings.EqualFold(f.Name, name) })
}

// Type is what a record holds (WARC 6). Files may have others; they are read like any record.
type Type string

const (
	Warcinfo     Type = "warcinfo"     // about the file
	Response     Type = "response"     // what a server answered, with its header
	Request      Type = "request"      // what it was asked
	Resource     Type = "resource"     // a thing without an exchange: a file, a certificate, the answer of a name server
	Metadata     Type = "metadata"     // about another record
	Revisit      Type = "revisit"      // an answer like one of another record, which holds the payload
	Conversion   Type = "conversion"   // another record in another form
	Continuation Type = "continuation" // the next segment of a record that was too large for its file
)

// Profiles of revisit records (WARC 6.7). Files of WARC 1.0 have the same with "1.0" in it.
const (
	IdenticalPayload  = "http://netpreserve.org/warc/1.1/revisit/identical-payload-digest"
	ServerNotModified = "http://netpreserve.org/warc/1.1/revisit/server-not-modified"
)

// ErrNotWARC means that the file is no WARC file at all.
var ErrNotWARC = errors.New("not a WARC file")

// dates are the forms of WARC-Date that are found: WARC 5.4, its shorter ones, and the digits that ARC files had.
var dates = []string{
	time.RFC3339Nano, "2006-01-02T15:04Z", "2006-01-02", "2006-01", "2006", "20060102150405", "2006-01-02T15:04:05", "2006-01-02 15:04:05",
}

// ParseDate reads a WARC-Date; the result is in UTC.
func ParseDate(s string) (time.Time, error) {
	for _, form := range dates {
		if t, err := time.Parse(form, s); err == nil {
			return t.UTC(), nil
		}
	}
	return time.Time{}, errors.New("not a date: " + clip(s))
}

// FormatDate writes a WARC-Date: UTC, to the nanosecond, without zeros at the end of the fraction.
func FormatDate(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05.999999999Z07:00") }

// clip shortens what a file says for an error message.
func clip(s string) string {
	if len(s) > 60 {
		s = strings.ToValidUTF8(s[:57], "") + "…"
	}
	return `"` + strings.Map(func(r rune) rune {
		if r < ' ' || r == 0x7f {
			return '?'
		}
		return r
	}, strings.ToValidUTF8(s, "?")) + `"`
}
