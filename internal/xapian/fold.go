package xapian

import (
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"
)

// Fold returns text as libzim prepares it before it is cut into words, in an index as in a query: in lower case, with
// characters decomposed and marks left out, so that é is e, й is и and harakat are gone. It is ICU's transform "Lower;
// NFD; [:M:] remove; NFC". Bytes that are no UTF-8 become U+FFFD.
func Fold(text string) string {
	i := 0
	for i < len(text) && text[i] < utf8.RuneSelf && (text[i] < 'A' || text[i] > 'Z') {
		i++
	}
	if i == len(text) {
		return text
	}
	out := make([]byte, i, len(text)+16)
	copy(out, text)
	jamo := false
	var prev rune
	for i < len(text) {
		c := text[i]
		if c < utf8.RuneSelf {
			if 'A' <= c && c <= 'Z' {
				c |= 0x20
			}
			out = append(out, c)
			prev = rune(c)
			i++
			continue
		}
		r, n := utf8.DecodeRuneInString(text[i:])
		i += n
		if r == 'Σ' {
			out = utf8.AppendRune(out, sigma(prev, text[i:]))
			prev = r
			continue
		}
		prev = r
		jamo = jamo || 0x1100 <= r && r <= 0x11ff
		out = appendFolded(out, r)
	}
	if jamo { // only they compose with what is no mark
		out = norm.NFC.Bytes(out)
	}
	return string(out)
}

// appendFolded appends the lower case of r without its marks.
func appendFolded(out []byte, r rune) []byte {
	r = unicode.ToLower(r)
	switch {
	case 0x430 <= r && r <= 0x44f && r != 'й': // most of Russian text
		return utf8.AppendRune(out, r)
	case unicode.Is(unicode.M, r):
		return out
	case 0xac00 <= r && r <= 0xd7a3: // a syllable of Hangul would be composed again
		return utf8.AppendRune(out, r)
	}
	var b [utf8.UTFMax]byte
	plain := b[:utf8.EncodeRune(b[:], r)]
	if parts := norm.NFD.Properties(plain).Decomposition(); parts != nil {
		plain = parts
	}
	for len(plain) > 0 {
		r, n := utf8.DecodeRune(plain)
		if !unicode.Is(unicode.M, r) {
			out = append(out, plain[:n]...)
		}
		plain = plain[n:]
	}
	return out
}

// sigma returns the small letter for Σ between prev and rest: ς at the end of a word. Unicode, SpecialCasing.txt.
func sigma(prev rune, rest string) rune {
	next, _ := utf8.DecodeRuneInString(rest)
	if unicode.IsLetter(prev) && !unicode.IsLetter(next) {
		return 'ς'
	}
	return 'σ'
}
