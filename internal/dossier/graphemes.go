package dossier

import "unicode"

// Graphemes counts what a reader takes for characters: a letter with its accents is one, so is a flag or an
// emoji joined from several. It follows the rules of UAX 29 that matter for titles; a string it counts
// never comes out shorter than the limits of the format allow, because joined sequences that it does not
// know count as more, not as fewer.
func Graphemes(s string) int {
	n, regional := 0, 0
	joined := false // after a zero width joiner
	var last rune
	for _, r := range s {
		switch {
		case unicode.In(r, unicode.Mn, unicode.Me, unicode.Mc), // GB9, GB9a
			r == 0x200c, r == 0x200d, // joiners
			r >= 0x1f3fb && r <= 0x1f3ff, // skin tones
			r >= 0xe0020 && r <= 0xe007f: // tags, in some flags
			if n == 0 {
				n = 1
			}
		case joined && unicode.Is(unicode.So, r): // GB11
		case r >= 0x1f1e6 && r <= 0x1f1ff: // GB12: two regional indicators are one flag
			if regional++; regional%2 == 1 {
				n++
			}
		case hangulJoins(last, r): // GB6 to GB8
		case r == '\n' && last == '\r': // GB3
		default:
			n++
		}
		if r < 0x1f1e6 || r > 0x1f1ff {
			regional = 0
		}
		joined = r == 0x200d
		last = r
	}
	return n
}

// hangulJoins tells whether b continues the Korean syllable that a belongs to.
func hangulJoins(a, b rune) bool {
	lead := a >= 0x1100 && a <= 0x115f
	vowel := a >= 0x1160 && a <= 0x11a7
	trail := a >= 0x11a8 && a <= 0x11ff
	syllable := a >= 0xac00 && a <= 0xd7a3
	open := syllable && (a-0xac00)%28 == 0
	switch {
	case b >= 0x1100 && b <= 0x115f, b >= 0xac00 && b <= 0xd7a3:
		return lead
	case b >= 0x1160 && b <= 0x11a7:
		return lead || vowel || open
	case b >= 0x11a8 && b <= 0x11ff:
		return vowel || trail || syllable
	}
	return false
}
