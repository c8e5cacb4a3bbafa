package wacz

import "fmt"

// Grade is how much a finding weighs.
type Grade uint8

const (
	Note   Grade = iota // worth knowing; says nothing against the archive
	Bug                 // an error that a known program makes; no sign of tampering
	Broken              // bytes are not those that the archive says: damaged, or tampered with
)

func (g Grade) String() string { return [...]string{"note", "known bug", "broken"}[min(g, Broken)] }

// Kind is what was found.
type Kind uint8

const (
	MissingFile      Kind = iota + 1 // listed, but not there
	UnlistedFile                     // there, but not listed, so no digest protects it
	RepeatedFile                     // two files of one name
	HashDiffers                      // the file has another digest
	SizeDiffers                      // the file has another length
	NoHash                           // the list gives no digest that is known
	HashedTwice                      // the digest is that of each piece twice: js-wacz up to 0.1.6 and Scoop
	NoSize                           // the list gives a length of 0: py-wacz of old
	UnreadableFile                   // it cannot be unpacked, or fails the ZIP's checksum
	PackageDiffers                   // datapackage-digest.json is of another datapackage.json
	NoPackageDigest                  // there is no datapackage-digest.json
	BadDigestFile                    // datapackage-digest.json cannot be read
	BadSignature                     // the signature is not of this archive
	CompressedWARC                   // a WARC file is compressed by the ZIP, so readers cannot seek in it
	NoPages                          // no list of pages
	NoIndex                          // no index
	BadPage                          // a line of a list of pages cannot be read
	BadEntry                         // a line of an index cannot be read
	EntryAstray                      // a line of an index points to no such record
	DamagedRecord                    // of a WARC file
	RecordDiffers                    // a record's own digest is not that of its bytes
	QuirkyRecords                    // records break rules as known programs do
	OtherVersion                     // the archive is of a version that differs from 1.1.1
	RevisitElsewhere                 // a record repeats one that is in none of these files
	lastKind
)

var grades = [lastKind]Grade{
	MissingFile: Broken, UnlistedFile: Broken, RepeatedFile: Broken, HashDiffers: Broken, SizeDiffers: Broken, UnreadableFile: Broken,
	PackageDiffers: Broken, BadDigestFile: Broken, BadSignature: Broken, EntryAstray: Broken, DamagedRecord: Broken, RecordDiffers: Broken,
	HashedTwice: Bug, NoSize: Bug, BadPage: Bug, BadEntry: Bug, QuirkyRecords: Bug,
}

var kindNames = [lastKind]string{
	MissingFile:      "missing-file",
	UnlistedFile:     "unlisted-file",
	RepeatedFile:     "repeated-file",
	HashDiffers:      "hash-differs",
	SizeDiffers:      "size-differs",
	NoHash:           "no-hash",
	HashedTwice:      "hashed-twice",
	NoSize:           "no-size",
	UnreadableFile:   "unreadable-file",
	PackageDiffers:   "package-differs",
	NoPackageDigest:  "no-package-digest",
	BadDigestFile:    "bad-digest-file",
	BadSignature:     "bad-signature",
	CompressedWARC:   "compressed-warc",
	NoPages:          "no-pages",
	NoIndex:          "no-index",
	BadPage:          "bad-page",
	BadEntry:         "bad-entry",
	EntryAstray:      "entry-astray",
	DamagedRecord:    "damaged-record",
	RecordDiffers:    "record-differs",
	QuirkyRecords:    "quirky-records",
	OtherVersion:     "other-version",
	RevisitElsewhere: "revisit-elsewhere",
}

// String returns the name of a kind, like "hash-differs".
func (k Kind) String() string {
	if k > 0 && k < lastKind {
		return kindNames[k]
	}
	return fmt.Sprintf("kind-%d", uint8(k))
}

// Grade returns the weight of a kind.
func (k Kind) Grade() Grade {
	if k < lastKind {
		return grades[k]
	}
	return Broken
}

// Finding is one thing that was found.
type Finding struct {
	Kind Kind
	Path string // of the file in the archive, "" if it is about the whole
	Text string
}

func (f Finding) String() string {
	if f.Path == "" {
		return f.Text
	}
	return f.Path + ": " + f.Text
}

// Report is what Verify found.
type Report struct {
	Findings  []Finding
	Dropped   int // findings beyond the thousandth, which are only counted
	Files     int // whose digest was compared and is right, as bytes or as a known bug
	Records   int // that were read
	Digests   int // of blocks and payloads, that were compared and are right
	Broken    int // findings of that grade
	Signature *Signature
}

// Intact tells whether nothing was found that means damage or tampering. Of an archive that gives no digests it says little; see Files
// and Digests.
func (r *Report) Intact() bool { return r.Broken == 0 }

const maxFindings = 1000

func (r *Report) add(kind Kind, path, format string, args ...any) {
	if kind.Grade() == Broken {
		r.Broken++
	}
	if len(r.Findings) == maxFindings {
		r.Dropped++
		return
	}
	r.Findings = append(r.Findings, Finding{kind, path, fmt.Sprintf(format, args...)})
}
