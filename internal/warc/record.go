package warc

import (
	"errors"
	"fmt"
	"hash"
	"io"
	"strings"
	"time"
)

// Record is one record of a file. It is an [io.Reader] of its block, until [Reader.Next] is called again.
type Record struct {
	Version string // "1.1"
	Header  Header
	Size    int64 // of the block, as Content-Length says; bytes
	Offset  int64 // of the record in the file, or of the member that it lies in; bytes
	Place   int   // how many records come before it in that member; 0 almost always
	Quirks  []Quirk
	// Recovered is set if it was found by searching after damage in an uncompressed file, so it may also be a part of something else.
	Recovered bool

	// What follows is known once Finish was called.

	Length        int64 // bytes from Offset to the end of the record, as packed; 0 if it shares its member
	BlockDigest   Verdict
	PayloadDigest Verdict

	r          *Reader
	blockStart int64 // offset of the block in an uncompressed file
	left       int64 // of the block, bytes
	block      Digest
	sum        hash.Hash
	payload    *payload
	err        error // *Damage, or what the file gave
	finished   bool
	told       bool // the caller has seen err
}

// Type returns what the record holds, in lower case.
func (rec *Record) Type() Type { return Type(strings.ToLower(rec.Header.Get("WARC-Type"))) }

// ID returns the record's ID without angle brackets, usually "urn:uuid:…".
func (rec *Record) ID() string { return unbracket(rec.Header.Get("WARC-Record-ID")) }

// TargetURI returns the address that the record is about, without the angle brackets that Wget writes; "" if there is none.
func (rec *Record) TargetURI() string { return unbracket(rec.Header.Get("WARC-Target-URI")) }

// Date returns when it was captured, in UTC.
func (rec *Record) Date() (time.Time, error) { return ParseDate(rec.Header.Get("WARC-Date")) }

// IsHTTP tells whether the block is said to be an HTTP message; see [ReadMessage].
func (rec *Record) IsHTTP() bool {
	switch rec.Type() {
	case Request, Response, Revisit:
	default:
		return false
	}
	kind := strings.ToLower(rec.Header.Get("Content-Type"))
	if kind == "" {
		uri := strings.ToLower(rec.TargetURI())
		return strings.HasPrefix(uri, "http:") || strings.HasPrefix(uri, "https:")
	}
	return strings.HasPrefix(kind, "application/http")
}

// Truncated returns why the writer cut the block short ("length", "time", "disconnect", "unspecified"); "" if it did not.
func (rec *Record) Truncated() string { return strings.ToLower(rec.Header.Get("WARC-Truncated")) }

func unbracket(s string) string { return strings.TrimSuffix(strings.TrimPrefix(s, "<"), ">") }

// errPassed is a mistake of the caller.
var errPassed = errors.New("warc: the record was passed over: Next was called")

// Read reads the block. If the file ends too soon or cannot be unpacked, it returns a [*Damage].
func (rec *Record) Read(p []byte) (int, error) {
	if rec.r == nil {
		return 0, errPassed
	}
	if rec.err != nil {
		rec.told = true
		return 0, rec.err
	}
	if rec.left == 0 {
		return 0, io.EOF
	}
	if len(p) == 0 {
		return 0, nil
	}
	n, err := rec.r.readBody(p[:min(int64(len(p)), rec.left)])
	rec.left -= int64(n)
	if rec.sum != nil {
		rec.sum.Write(p[:n])
	}
	if rec.payload != nil {
		rec.payload.write(p[:n])
	}
	if n > 0 || err == nil {
		return n, nil
	}
	if err == io.EOF { //nolint:errorlint // readBody returns it bare
		err = fmt.Errorf("the block ends %d bytes too soon: %w", rec.left, io.ErrUnexpectedEOF)
		rec.err = rec.r.damage(rec, CutShort, err)
	} else {
		rec.err = rec.r.damage(rec, Corrupt, err)
	}
	rec.told = true
	return 0, rec.err
}

// Finish reads what is left of the block and checks it. If the record is damaged it returns a [*Damage]; a digest that differs is no
// damage but a [Verdict]. Next finishes the record itself if the caller did not, and then returns the damage.
func (rec *Record) Finish() error {
	err := rec.finish()
	rec.told = true
	return err
}

func (rec *Record) finish() error {
	if rec.finished || rec.r == nil {
		return rec.err
	}
	told := rec.told
	if _, err := io.Copy(io.Discard, rec); err != nil {
		rec.told = told
		rec.finished = true
		return rec.err
	}
	rec.finished = true
	rec.judge()
	if fault, err := rec.r.endRecord(rec); err != nil {
		rec.err = rec.r.damage(rec, fault, err)
	}
	for _, q := range rec.Quirks {
		rec.r.seen.add(q, rec.Offset)
	}
	return rec.err
}

// begin reads the digests that the header gives.
func (rec *Record) begin() {
	rec.left = rec.Size
	if s := rec.Header.Get("WARC-Block-Digest"); s != "" {
		rec.block, rec.BlockDigest = rec.digest(s)
		if rec.block != "" {
			rec.sum = rec.block.hasher()
		}
	}
	var want Digest
	if s := rec.Header.Get("WARC-Payload-Digest"); s != "" {
		want, rec.PayloadDigest = rec.digest(s)
		// Of a revisit it is the digest of another record's payload, of a segment that of all segments (WARC 5.9, 7), and
		// of what was cut short perhaps of what was not.
		if rec.Type() == Revisit || rec.Type() == Continuation || rec.Header.Has("WARC-Segment-Number") {
			want, rec.PayloadDigest = "", Unchecked
		}
	}
	if want != "" || rec.IsHTTP() {
		rec.payload = newPayload(want, rec.Type(), rec.IsHTTP())
	}
}

// digest reads a digest of the header; the verdict is for one that cannot be read.
func (rec *Record) digest(s string) (Digest, Verdict) {
	d, usual, err := ParseDigest(s)
	if err != nil {
		rec.odd(OddDigest)
		return "", Unchecked
	}
	if !usual {
		rec.odd(OddDigest)
	}
	return d, NoDigest
}

// judge compares digests when the block was read.
func (rec *Record) judge() {
	if rec.sum != nil {
		rec.BlockDigest = Differs
		if rec.block.is(rec.sum) {
			rec.BlockDigest = Matches
		}
	}
	if rec.payload == nil {
		return
	}
	verdict, quirks := rec.payload.end()
	if rec.BlockDigest == Differs && rec.payload.isBody(rec.block) {
		rec.BlockDigest = Unchecked
		rec.odd(DigestOfBody)
	}
	if rec.Type() == Revisit { // it has no payload of its own
		return
	}
	for _, q := range quirks {
		if q != HTTPLength || rec.Truncated() == "" {
			rec.odd(q)
		}
	}
	if verdict == NoDigest {
		return
	}
	if verdict == Differs && rec.payload.http {
		if d, _, _ := ParseDigest(rec.Header.Get("WARC-Payload-Digest")); d == rec.block && rec.BlockDigest == Matches {
			verdict = Matches
			rec.odd(DigestOfBlock)
		}
	}
	if verdict == Differs && rec.Truncated() != "" {
		verdict = Unchecked
	}
	rec.PayloadDigest = verdict
}

// odd adds a quirk once.
func (rec *Record) odd(q Quirk) {
	for _, have := range rec.Quirks {
		if have == q {
			return
		}
	}
	rec.Quirks = append(rec.Quirks, q)
}
