// Package xapian reads and writes Xapian databases: the full-text and title indexes that lie inside ZIM archives, where
// every program of the Kiwix world looks for them. It also turns text into terms by Xapian's rules and weighs documents
// as Xapian does, so that an index means the same to both sides.
//
// What it handles is the glass backend of Xapian 1.4 and 2.x, format of 2016-03-14, in its single-file form ("Xapian
// Glass" in the first block). Databases are read through an [io.ReaderAt], without a temporary file, and written whole:
// there are no updates. It holds no term lists and no spelling data, as libzim's databases do not, and passes over them in
// databases that have them.
//
// The rules come from Xapian's documentation of the backend and from databases that Xapian wrote; docs/xapian.md states
// the bytes. "Glass" in comments names the part of the format.
package xapian

import (
	"errors"
	"fmt"
)

// ErrNotXapian means that the bytes are no single-file glass database of the known format.
var ErrNotXapian = errors.New("not a Xapian glass database")

// ErrTooLarge means that a record says it is larger than this package reads.
var ErrTooLarge = errors.New("larger than is read")

// FormatError is a place where a database breaks its format.
type FormatError struct {
	Block int64  // number of the block; 0 is the version record
	Part  string // "version", "block", "posting list", …
	Err   error
}

// Error gives the part, the block and the cause.
func (e *FormatError) Error() string {
	return fmt.Sprintf("xapian: %s in block %d: %v", e.Part, e.Block, e.Err)
}

func (e *FormatError) Unwrap() error { return e.Err }

// DocID numbers the documents of a database from 1.
type DocID uint32

// Document is what an index says about one document.
type Document struct {
	Data   string  // what a search gives back; in ZIM archives "C/" and the path
	Values []Value // at most one for each slot
	Terms  []Term  // sorted by term, each once; see [TermList.Terms]
}

// Value is a text for sorting and collapsing, in a numbered slot.
type Value struct {
	Slot uint32
	Text string
}

// Term is one term of one document.
type Term struct {
	Text      string
	WDF       uint32   // how often it occurs there, weighted ("within-document frequency")
	Positions []uint32 // ascending; nil if none are kept
}

// table numbers the tables in the order of the version record. Glass, "version file".
type table int

const (
	postlist table = iota
	docdata
	termlist
	position
	spelling
	synonym
	tables // how many there are
)

// String returns Xapian's name of t.
func (t table) String() string {
	return [...]string{"postlist", "docdata", "termlist", "position", "spelling", "synonym"}[t]
}

// compressMin has the least size in bytes at which tags of each table may be compressed; 0 means that they never are.
var compressMin = [tables]uint64{0, 18, 18, 0, 18, 18}

// magic begins the version record: the name, and the format's day, 2016-03-14, in two bytes.
const magic = "\x0f\x0dXapian Glass\x04\x6e"

const uuidSize = 16 // bytes, behind the magic

// Sizes of the format.
const (
	blockSize     = 8192 // bytes of what is written; Xapian's default
	minBlockSize  = 2048
	maxBlockSize  = 65536
	directoryAt   = 11 // bytes before the directory in a block
	directoryItem = 2  // bytes of each directory entry
	maxKey        = 255
	versionSize   = 256 // bytes; the version record must not be longer

	flagCompressed = 0x8000
	flagLast       = 0x4000 // the last component of a tag
	flagFirst      = 0x2000
	sizeMask       = 0x1fff
	sizeBase       = 3 // bytes that are in every item, and not counted

	chunkTarget = 2000 // bytes at which a chunk of postings or values is full; Xapian's
)

// Keys in the postlist table that are no terms begin with a zero byte and one of these. Glass, "postlist table".
const (
	keyMetadata   = "\x00\xc0"
	keyValueStats = "\x00\xd0"
	keyValueChunk = "\x00\xd8"
	keyDocLengths = "\x00\xe0"
)
