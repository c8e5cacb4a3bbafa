package zim

import "unicode"

// Graphemes counts what a person would call the characters of s. It is the part of Unicode's rules (UAX 29) that the
// titles of archives meet: marks, joiners, variation selectors and skin tones belong to what they follow, whatever follows
// a zero width joiner belongs to what precedes it, regional indicators make flags in pairs, Hangul letters make syllables,
// and CR LF is one. Prepended marks and Indic conjuncts, which are rare, count as more than they look. The limits of metadata are given in
// this unit: openZIM, "Metadata"; zim-tools, metadata_constraints.cpp.
func Graphemes(s string) int {
	n := 0
	var last rune
	flags := 0 // regional indicators in a row
	for i, c := range s {
		joined := i > 0 && (extends(c) || last == zeroWidthJoiner || last == '\r' && c == '\n' ||
			regional(c) && flags%2 == 1 || hangulJoins(last, c))
		if regional(c) {
			flags++
		} else {
			flags = 0
		}
		if !joined {
			n++
		}
		last = c
	}
	return n
}

const zeroWidthJoiner = '\u200D'

func extends(c rune) bool {
	return c == zeroWidthJoiner || c == '\u200C' || c >= 0x1F3FB && c <= 0x1F3FF || c >= 0xE0020 && c <= 0xE007F ||
		unicode.In(c, unicode.Mn, unicode.Me, unicode.Mc)
}

func regional(c rune) bool { return c >= 0x1F1E6 && c <= 0x1F1FF }

// hangulJoins reports whether c goes on with the syllable that a is part of. UAX 29, GB6 to GB8.
func hangulJoins(a, c rune) bool {
	vowel := c >= 0x1160 && c <= 0x11A7
	tail := c >= 0x11A8 && c <= 0x11FF
	switch {
	case a >= 0x1100 && a <= 0x115F: // leading consonant
		return c >= 0x1100 && c <= 0x115F || vowel || c >= 0xAC00 && c <= 0xD7A3
	case a >= 0xAC00 && a <= 0xD7A3:
		return tail || vowel && (a-0xAC00)%28 == 0
	case a >= 0x1160 && a <= 0x11A7:
		return vowel || tail
	case a >= 0x11A8 && a <= 0x11FF:
		return tail
	}
	return false
}
