package warc

import (
	"fmt"
	"slices"
)

// Fault is what kind of damage there is.
type Fault uint8

const (
	BadHeader Fault = iota + 1 // a record's header cannot be read, or has no length
	CutShort                   // the block is shorter than its Content-Length
	RunsOn                     // the block is longer than its Content-Length
	Corrupt                    // a compressed member or frame cannot be unpacked, or fails its checksum
	Garbage                    // bytes that belong to no record
)

func (f Fault) String() string {
	switch f {
	case BadHeader:
		return "bad header"
	case CutShort:
		return "cut short"
	case RunsOn:
		return "runs on"
	case Corrupt:
		return "corrupt"
	case Garbage:
		return "garbage"
	}
	return fmt.Sprintf("fault %d", uint8(f))
}

// Damage is a record, or bytes between records, that cannot be read whole. Reading can go on after it.
type Damage struct {
	Fault  Fault
	Offset int64  // in the file, of the record or its compressed member; bytes
	ID     string // of the record, without angle brackets, if its header was read
	Err    error  // the cause; wraps [io.ErrUnexpectedEOF] if bytes are missing
}

// Error gives the offset and the cause, like "record at 1024: the block ends 12 bytes too soon: unexpected EOF".
func (d *Damage) Error() string {
	what := "record"
	if d.Fault == Garbage {
		what = "bytes"
	}
	return fmt.Sprintf("%s at %d: %v", what, d.Offset, d.Err)
}

func (d *Damage) Unwrap() error { return d.Err }

// Quirk is a way to break the rules that is known of sound files, so it is no sign of damage or tampering.
type Quirk uint8

const (
	NoTrailer         Quirk = iota + 1 // the record does not end in two line ends: Heritrix of old, pywb, warcio
	LooseBlankLines                    // there are more or other line ends between records
	OddLineEnds                        // lines of the header end in LF alone, or in CR CR LF
	FoldedHeader                       // a field goes on over several lines
	LineWithoutColon                   // the header has a line that is no field
	RepeatedField                      // a field that may occur once occurs again; the first counts
	MissingField                       // no WARC-Record-ID, WARC-Date or WARC-Type
	OldVersion                         // a draft before WARC 1.0
	BracketedURI                       // WARC-Target-URI in angle brackets: Wget
	BadURI                             // WARC-Target-URI with spaces or without a scheme
	OddDate                            // WARC-Date is not in the form of WARC 5.4
	SharedMember                       // several records in one gzip member: a file that was compressed as a whole
	Padding                            // zeros between members
	OddDigest                          // a digest is not written as label:value, or in an unusual alphabet
	ChunkedOverChunks                  // the payload digest is that of the chunks, not of what they hold: Wget, warcprox before 2
	ClaimsChunks                       // the HTTP header says chunked, the body is not: WAIL, Webrecorder, LiveWeb
	DigestOfBlock                      // the payload digest is that of the whole block
	DigestOfBody                       // the block digest is that of the HTTP body, so it says nothing of the header: Webrecorder
	HTTPWithoutHeader                  // the block is said to be an HTTP message and is not, or its header never ends
	HTTPLength                         // the HTTP header gives another length than the body has
	lastQuirk
)

var quirkTexts = [lastQuirk]string{
	NoTrailer:         "the record does not end in two line ends",
	LooseBlankLines:   "there are more or other line ends between records than two",
	OddLineEnds:       "lines of the header do not end in CR and LF",
	FoldedHeader:      "a field of the header goes on over several lines",
	LineWithoutColon:  "a line of the header is no field",
	RepeatedField:     "a field occurs twice that may occur once",
	MissingField:      "a field is missing that every record must have",
	OldVersion:        "the version is a draft before 1.0",
	BracketedURI:      "the target URI stands in angle brackets",
	BadURI:            "the target URI has spaces in it, or no scheme",
	OddDate:           "the date is not in the form that the format asks for",
	SharedMember:      "several records share one gzip member",
	Padding:           "there are zeros between the members",
	OddDigest:         "a digest is not written as the format asks for",
	ChunkedOverChunks: "the payload digest is that of the chunks, not of what they hold",
	ClaimsChunks:      "the HTTP header says chunked, but the body is not in chunks",
	DigestOfBlock:     "the payload digest is that of the whole block",
	DigestOfBody:      "the block digest is that of the body without the HTTP header",
	HTTPWithoutHeader: "the block is no HTTP message, although the record says so",
	HTTPLength:        "the body has another length than the HTTP header says",
}

func (q Quirk) String() string {
	if q > 0 && q < lastQuirk {
		return quirkTexts[q]
	}
	return fmt.Sprintf("quirk %d", uint8(q))
}

// Seen is a quirk and where it was seen.
type Seen struct {
	Quirk Quirk
	First int64 // offset of the first record that has it, bytes
	Count int   // of records
}

// seen counts quirks.
type seen [lastQuirk]Seen

func (s *seen) add(q Quirk, offset int64) {
	if s[q].Count == 0 {
		s[q] = Seen{Quirk: q, First: offset}
	}
	s[q].Count++
}

func (s *seen) list() []Seen {
	return slices.DeleteFunc(slices.Clone(s[:]), func(e Seen) bool { return e.Count == 0 })
}
