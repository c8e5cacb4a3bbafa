package snapshot

import (
	"bytes"
	"unicode/utf8"
)

// plain returns text without control characters but line ends and tabs, and without bytes that are not UTF-8: pages in
// windows-1252 that hold bytes of other charsets have them, nothing shows them, and a dossier takes none.
func plain(text []byte) []byte {
	control := func(r rune) bool {
		return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0xfffe || r == 0xffff
	}
	if utf8.Valid(text) && bytes.IndexFunc(text, control) < 0 {
		return text
	}
	return bytes.Map(func(r rune) rune {
		if control(r) {
			return -1
		}
		return r
	}, text)
}
