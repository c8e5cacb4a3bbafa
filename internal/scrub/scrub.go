// Package scrub takes out of photos, videos and PDF files what they tell about the people who made them: where they
// stood, with which device, when, under which name, and what the picture showed before it was cut.
//
// Nothing is decoded and encoded again: pixels, frames and sound stay bit for bit what they were, and so does the way a
// picture is turned. Photos are written anew from the parts that a decoder needs; in films and PDF files, which are full
// of offsets, traces are overwritten where they stand, so that nothing moves and the length stays the same. Each format
// has a list of what is kept; what is not on it goes, whether or not its meaning is known. A file for which that cannot
// be done is refused with the reason.
//
// What cannot be seen without decoding stays: what the picture shows, watermarks, the noise of a sensor, remarks of the
// encoder inside the compressed frames, voices. Colour profiles are kept as they are.
//
// The rules come from the standards that are named beside the code, and from what exiftool finds.
package scrub

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"unicode"
)

// Kind says what a trace tells.
type Kind string

// The kinds of traces. Their values are words for people and for JSON.
const (
	Position  Kind = "position"       // coordinates, or the name of a place
	Camera    Kind = "camera"         // make and model of the device or the lens
	Serial    Kind = "serial number"  // of the device, or an identifier of the one file
	Author    Kind = "author"         // names of people, rights
	Date      Kind = "date"           // when it was taken, edited, made
	Software  Kind = "software"       // programs, operating systems
	Comment   Kind = "comment"        // titles, descriptions, words in free form
	Thumbnail Kind = "thumbnail"      // a small picture, often of the whole before it was cut
	Picture   Kind = "second picture" // another picture or film behind the first
	History   Kind = "history"        // what was done to the file, and from which others it was made
	Maker     Kind = "maker note"     // notes of the device in a form of its maker's own
	Track     Kind = "metadata track" // a track of a film that is no picture, sound or caption: positions, motion, time code
	Script    Kind = "script"         // what acts when a drawing is opened
	Link      Kind = "reference"      // to something outside of a drawing, which whoever opens it asks for
	Other     Kind = "other metadata" // what nobody needs to show the file, and might say something
)

// Kinds lists all kinds, the gravest first.
var Kinds = []Kind{Position, Serial, Author, Track, Picture, Thumbnail, Camera, Maker, Date, History, Comment, Software, Script, Link, Other}

// A Trace is one thing that a file tells.
type Trace struct {
	Kind  Kind   `json:"kind"`
	Where string `json:"where"`           // in the words of the format: "Exif", "tEXt Author", "moov/udta/©xyz"
	Value string `json:"value,omitempty"` // what it says, shortened and safe to print; empty if that is no short text
}

// Format is the format of a file, by its content.
type Format string

// The formats that can be scrubbed.
const (
	JPEG     Format = "JPEG"
	PNG      Format = "PNG"
	WebP     Format = "WebP"
	GIF      Format = "GIF"
	HEIF     Format = "HEIF"     // HEIC and AVIF
	Movie    Format = "MP4"      // and QuickTime, 3GP, M4A
	Matroska Format = "Matroska" // and WebM
	PDF      Format = "PDF"
	SVG      Format = "SVG" // which package snapshot reads
)

// ErrFormat says that a file has none of the formats that can be scrubbed.
var ErrFormat = errors.New("not a format that can be scrubbed")

// A DamageError says where a file is not what its format asks for.
type DamageError struct {
	Format Format
	Offset int64  // in the file
	What   string // is wrong there
}

// Error gives format, place and fault.
func (e *DamageError) Error() string {
	return fmt.Sprintf("damaged %s: at byte %d: %s", e.Format, e.Offset, e.What)
}

// A RefusedError says that a file may be sound, but cannot be scrubbed without the risk of leaving or breaking something.
type RefusedError struct {
	Format Format
	Reason string
}

// Error gives format and reason.
func (e *RefusedError) Error() string {
	return fmt.Sprintf("this %s cannot be scrubbed: %s", e.Format, e.Reason)
}

// maxTraces bounds the report; a file with more is not described better by them.
const maxTraces = 1000

// A File is a file that was looked through. It reads its source again when it is written, so that one must neither
// change nor be closed until then. It may be used by several goroutines if its source may.
type File struct {
	Format Format
	Traces []Trace // what is taken out, in the order of the file; at most 1000, no two alike
	Size   int64   // bytes of the scrubbed file
	Turned int     // how a JPEG, PNG or WebP is to be turned, as Exif says it: 1 to 8; 0 if it does not say

	src   io.ReaderAt
	parts []part
	seen  map[Trace]bool
}

// Read looks through the file of size bytes that src holds and finds everything in it that tells about its makers.
// Nothing is written, and only a small part is in memory at a time, whatever the size. The error wraps [ErrFormat] if the
// file is of no known format, is a [*DamageError] or a [*RefusedError], or comes from src.
func Read(src io.ReaderAt, size int64) (*File, error) {
	s := &source{r: src, size: size}
	format, err := sniff(s)
	if err != nil {
		return nil, err
	}
	f := &File{Format: format, src: src, seen: map[Trace]bool{}}
	s.format = format
	return f, f.scrub(s)
}

// FormatOf tells by the first bytes of a file, up to 1024, of which format it is for [Read]; empty if of none.
func FormatOf(head []byte) Format {
	format, err := sniff(&source{r: bytes.NewReader(head), size: int64(len(head))})
	if err != nil {
		return ""
	}
	return format
}

// scrub fills f with what becomes of s.
func (f *File) scrub(s *source) (err error) {
	var p plan
	switch f.Format {
	case JPEG:
		err = scrubJPEG(s, f, &p)
	case PNG:
		err = scrubPNG(s, f, &p)
	case WebP:
		err = scrubWebP(s, f, &p)
	case GIF:
		err = scrubGIF(s, f, &p)
	case HEIF, Movie:
		err = scrubBoxes(s, f, &p)
	case Matroska:
		err = scrubMatroska(s, f, &p)
	case PDF:
		err = scrubPDF(s, f, &p)
	}
	if err != nil {
		return err
	}
	f.parts, f.Size = p.parts, p.size
	return nil
}

// Clean reports whether there is nothing to take out: the file may be used as it is.
func (f *File) Clean() bool { return len(f.Traces) == 0 }

// Has reports whether a trace of kind k was found.
func (f *File) Has(k Kind) bool {
	for _, t := range f.Traces {
		if t.Kind == k {
			return true
		}
	}
	return false
}

// found notes a trace.
func (f *File) found(k Kind, where, value string) {
	t := Trace{k, Printable(where), Printable(value)}
	if len(f.Traces) < maxTraces && !f.seen[t] {
		f.seen[t] = true
		f.Traces = append(f.Traces, t)
	}
}

// maxValue is the length of a trace's value, in characters.
const maxValue = 120

// Printable makes text of a hostile file fit to be shown: one line, no control characters, not long.
func Printable(s string) string {
	if len(s) > 8*maxValue {
		s = s[:8*maxValue]
	}
	s = strings.Map(func(r rune) rune {
		switch {
		case r == unicode.ReplacementChar || r == 0:
			return -1
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r):
			return -1
		}
		return r
	}, strings.ToValidUTF8(s, ""))
	s = strings.Join(strings.Fields(s), " ")
	if r := []rune(s); len(r) > maxValue {
		s = string(r[:maxValue-1]) + "…"
	}
	return s
}

// sniff tells the format of a file by its beginning.
func sniff(s *source) (Format, error) {
	head, err := s.upTo(0, 1024)
	if err != nil {
		return "", err
	}
	switch {
	case bytes.HasPrefix(head, []byte{0xFF, 0xD8, 0xFF}):
		return JPEG, nil
	case bytes.HasPrefix(head, []byte(pngSignature)):
		return PNG, nil
	case bytes.HasPrefix(head, []byte("GIF87a")), bytes.HasPrefix(head, []byte("GIF89a")):
		return GIF, nil
	case len(head) >= 12 && string(head[:4]) == "RIFF" && string(head[8:12]) == "WEBP":
		return WebP, nil
	case bytes.HasPrefix(head, []byte{0x1A, 0x45, 0xDF, 0xA3}):
		return Matroska, nil
	case bytes.Contains(head, []byte("%PDF-")): // readers look for it in the first 1024 bytes
		return PDF, nil
	case len(head) >= 12:
		if string(head[4:8]) == "ftyp" {
			if isHEIF(head) {
				return HEIF, nil
			}
			return Movie, nil
		}
		if movieBeginnings[string(head[4:8])] {
			return Movie, nil // QuickTime before there was ftyp
		}
	}
	return "", ErrFormat
}
