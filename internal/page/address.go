package page

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"unicode"

	"samizdat/internal/markup"
)

// Address returns an address as text to copy: one press selects it, and lines break after slashes and hyphens.
func Address(url string) markup.Node {
	return markup.El(
		"code", markup.A("class", "addr"), markup.A("dir", "ltr"), markup.A("translate", "no"), markup.Breaks(url),
	)
}

// slugRunes is how much of an address its anchor shows, in characters.
const slugRunes = 64

// OutsideID returns the id of url on outside.html: its letters and digits for people, and eight digits of its SHA-256,
// because addresses that differ in case or marks only are different addresses.
func OutsideID(url string) string {
	var b strings.Builder
	_, rest, ok := strings.Cut(url, "://")
	if !ok {
		rest = url
	}
	n, gap := 0, false
	for _, r := range rest {
		if n == slugRunes {
			break
		}
		if !unicode.IsLetter(r) && !unicode.IsDigit(r) || r == unicode.ReplacementChar {
			gap = n > 0
			continue
		}
		if gap {
			b.WriteByte('-')
			n++
			gap = false
		}
		b.WriteRune(unicode.ToLower(r))
		n++
	}
	sum := sha256.Sum256([]byte(url))
	if b.Len() > 0 {
		b.WriteByte('-')
	}
	return b.String() + hex.EncodeToString(sum[:4])
}

// OutsideLink returns the path of url's place on outside.html, relative to the archive's root.
func OutsideLink(url string) string { return OutsidePath + "#" + OutsideID(url) }

// Digest returns a digest in hexadecimal as groups of eight digits, for comparing by eye or voice.
func Digest(hexadecimal string) markup.Node {
	var groups []string
	for len(hexadecimal) > 8 {
		groups = append(groups, hexadecimal[:8])
		hexadecimal = hexadecimal[8:]
	}
	groups = append(groups, hexadecimal)
	return markup.El(
		"code", markup.A("dir", "ltr"), markup.A("translate", "no"), markup.Text(strings.Join(groups, " ")),
	)
}
