package imports

import (
	"bytes"
	"encoding/binary"
	"errors"
	"net/http"

	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// Kind is what a file is.
type Kind uint8

// The kinds of files that pages are imported from.
const (
	Unknown Kind = iota
	WARC
	WACZ
	MHTMLFile
	SingleFilePage
	HTML
)

// Detect tells what a file is by its first bytes, of which 64 KiB are enough. Names lie more often.
func Detect(head []byte) Kind {
	text := bytes.TrimLeft(head, "\r\n")
	switch {
	case bytes.HasPrefix(head, []byte("PK\x03\x04")), bytes.HasPrefix(head, []byte("PK\x05\x06")):
		return WACZ
	case bytes.HasPrefix(text, []byte("WARC/")), bytes.HasPrefix(head, []byte("\x1f\x8b")), isZstd(head):
		return WARC
	case IsMHTML(text):
		return MHTMLFile
	case IsSingleFile(head):
		return SingleFilePage
	case bytes.HasPrefix([]byte(http.DetectContentType(head)), []byte("text/html")), bytes.Contains(bytes.ToLower(head), []byte("<html")), savedURL.Match(head):
		return HTML
	}
	return Unknown
}

// isZstd tells a frame of Zstandard, or one that decoders skip: a dictionary.
func isZstd(head []byte) bool {
	if len(head) < 4 {
		return false
	}
	m := binary.LittleEndian.Uint32(head)
	return m == 0xFD2FB528 || m&^0xF == 0x184D2A50 // RFC 8878, 3.1
}

// ErrNoRecord means that no record of an archive can be read.
var ErrNoRecord = errors.New("no record in it can be read")

// Unreadable tells whether an error says that a file is damaged, or of none of these kinds.
func Unreadable(err error) bool {
	return errors.Is(err, warc.ErrNotWARC) || errors.Is(err, wacz.ErrNotWACZ) || errors.Is(err, ErrNotSaved) || errors.Is(err, ErrNoRecord)
}
