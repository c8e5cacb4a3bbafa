package xapian

import (
	"strings"
	"unicode"
	"unicode/utf8"
)

// Words calls f with each word of text, in lower case, as Xapian's term generator and query parser cut it: letters,
// digits, marks and connectors, with apostrophes and ampersands inside of words, points and commas inside of numbers,
// initials as one word ("P.T.O." is pto) and up to three + or # at the end ("C++"). start and end are byte offsets in
// text; f returns false to stop. Invalid UTF-8 is no part of any word.
//
// With ngrams, runs of Chinese, Japanese and Korean writing come as single characters and pairs, as libzim has it from
// version 9.0 on: 北京 is 北, 北京, 京. Without, a run is one word, as in libzim 8 and before.
func Words(text string, ngrams bool, f func(word string, start, end int) bool) {
	words(text, ngrams, func(word []byte, start, end int) bool { return f(string(word), start, end) })
}

// words is [Words] with words that are overwritten by the next one.
func words(text string, ngrams bool, f func(word []byte, start, end int) bool) {
	w := wordScanner{text: text, ngrams: ngrams}
	for w.skip() {
		start := w.at
		if ngrams && IsCJK(w.ch) {
			if !w.grams(f) {
				return
			}
			continue
		}
		if !w.initials() {
			w.word()
		}
		if !f(w.out, start, w.at) {
			return
		}
	}
}

// wordScanner stands at text[at:], where ch is the character and n its bytes; n is 0 at the end.
type wordScanner struct {
	text   string
	ngrams bool
	at, n  int
	ch     rune
	out    []byte // the word so far
	spoilt int    // up to there, letters with points between are no initials: a word goes on behind them
}

func (w *wordScanner) to(at int) {
	w.at = at
	w.ch, w.n = decode(w.text[at:])
}

// decode returns the first character of s and its length; -1 stands for a byte that is no UTF-8.
func decode(s string) (rune, int) {
	if len(s) > 0 && s[0] < utf8.RuneSelf {
		return rune(s[0]), 1
	}
	r, n := utf8.DecodeRuneInString(s)
	if r == utf8.RuneError && n <= 1 {
		r = -1
	}
	return r, n
}

// skip goes to the next character that can be in a word; false means that there is none.
func (w *wordScanner) skip() bool {
	for w.to(w.at); w.n > 0; w.to(w.at + w.n) {
		for w.at < len(w.text) && w.text[w.at] < utf8.RuneSelf && wordBytes[w.text[w.at]] == 0 { // most of what is no word
			w.at++
		}
		if w.to(w.at); isWord(w.ch) {
			return true
		}
	}
	return false
}

// initials takes letters with a point between each two, if two or more stand here and no word goes on behind them.
func (w *wordScanner) initials() bool {
	if w.at < w.spoilt { // otherwise each of them would look to the end again
		return false
	}
	w.out = w.out[:0]
	p := w.at
	for {
		if p >= len(w.text) || w.text[p] < 'A' || w.text[p] > 'Z' {
			return false
		}
		w.out = append(w.out, w.text[p]|0x20)
		p++
		if p < len(w.text) && w.text[p] == '.' && p+1 < len(w.text) && 'A' <= w.text[p+1] && w.text[p+1] <= 'Z' {
			p++
			continue
		}
		break
	}
	if len(w.out) < 2 {
		return false
	}
	if p < len(w.text) && w.text[p] == '.' {
		p++ // a point at the end belongs to nothing
	}
	if r, n := decode(w.text[p:]); n > 0 && isWord(r) {
		w.spoilt = p
		return false
	}
	w.to(p)
	return true
}

// word takes a word that begins here.
func (w *wordScanner) word() {
	w.out = w.out[:0]
	for {
		prev := w.ch
		for w.n > 0 && isWord(w.ch) && !(w.ngrams && IsCJK(w.ch)) {
			if w.ch < utf8.RuneSelf {
				w.plain()
				prev = rune(w.text[w.at-1])
				continue
			}
			w.out = utf8.AppendRune(w.out, unicode.ToLower(w.ch))
			prev = w.ch
			w.to(w.at + w.n)
		}
		if w.n == 0 || w.ngrams && IsCJK(w.ch) {
			return
		}
		next, n := decode(w.text[w.at+w.n:])
		if n == 0 || !isWord(next) {
			break
		}
		var inside rune
		if unicode.Is(unicode.Nd, prev) && unicode.Is(unicode.Nd, next) {
			inside = insideNumber(w.ch)
		} else {
			inside = insideWord(w.ch)
		}
		if inside == 0 {
			break
		}
		if inside != ignored {
			w.out = appendRune(w.out, inside)
		}
		w.to(w.at + w.n)
		if w.ngrams && IsCJK(w.ch) {
			return
		}
	}
	w.suffix()
}

// plain takes the characters of ASCII that go on a word.
func (w *wordScanner) plain() {
	at := w.at
	for at < len(w.text) && w.text[at] < utf8.RuneSelf {
		c := wordBytes[w.text[at]]
		if c == 0 {
			break
		}
		w.out = append(w.out, c)
		at++
	}
	w.to(at)
}

// suffix takes up to three + or #, unless more follow or a word does.
func (w *wordScanner) suffix() {
	long := len(w.out)
	for count := 1; w.ch == '+' || w.ch == '#'; count++ {
		if count > 3 {
			w.out = w.out[:long]
			break
		}
		w.out = append(w.out, byte(w.ch))
		w.to(w.at + w.n)
		if w.n == 0 {
			return
		}
	}
	if isWord(w.ch) {
		w.out = w.out[:long]
	}
}

// grams calls f with the characters and pairs of a run of CJK writing.
func (w *wordScanner) grams(f func([]byte, int, int) bool) bool {
	for w.n > 0 && IsCJK(w.ch) && isWord(w.ch) {
		start, one := w.at, w.n
		w.to(start + one)
		w.out = append(w.out[:0], w.text[start:start+one]...)
		if !f(w.out, start, start+one) {
			return false
		}
		if w.n > 0 && IsCJK(w.ch) && isWord(w.ch) {
			w.out = append(w.out[:0], w.text[start:w.at+w.n]...)
			if !f(w.out, start, w.at+w.n) {
				return false
			}
		}
	}
	return true
}

func appendRune(b []byte, r rune) []byte {
	if r < utf8.RuneSelf {
		return append(b, byte(r))
	}
	return utf8.AppendRune(b, r)
}

// isWord reports whether r is a letter, mark, digit or other number, or a connector: Xapian's Unicode::is_wordchar.
func isWord(r rune) bool {
	if r < utf8.RuneSelf {
		return r >= 0 && wordBytes[r] != 0
	}
	return unicode.In(r, unicode.L, unicode.M, unicode.N, unicode.Pc)
}

// wordBytes holds the characters of ASCII that are in words, as small letters; 0 for all others.
var wordBytes = func() (list [utf8.RuneSelf]byte) {
	for _, c := range []byte("abcdefghijklmnopqrstuvwxyz0123456789_") {
		list[c] = c
		if c >= 'a' {
			list[c-'a'+'A'] = c
		}
	}
	return list
}()

// ignored says that a character inside of a word leaves no trace.
const ignored = -1

// insideWord returns what a character between two characters of a word becomes; 0 means that the word ends.
func insideWord(r rune) rune {
	switch r {
	case '\'', '&', 0xb7, 0x5f4, 0x2027: // middle dot, gershayim, hyphenation point
		return r
	case 0x2019, 0x201b: // typographic apostrophes
		return '\''
	}
	return invisible(r)
}

// insideNumber is insideWord between two decimal digits. UAX 29, MidNum.
func insideNumber(r rune) rune {
	if strings.ContainsRune(",.;\u037e\u0589\u060d\u07f8\u2044\ufe10\ufe13\ufe14", r) {
		return r
	}
	return invisible(r)
}

// invisible recognises characters without width.
func invisible(r rune) rune {
	switch r {
	case 0x200b, 0x200c, 0x200d, 0x2060, 0xfeff:
		return ignored
	}
	return 0
}

// IsCJK reports whether r is in one of the blocks that Xapian cuts into n-grams.
func IsCJK(r rune) bool {
	return r >= 0x2e80 && (r <= 0x2eff || 0x3000 <= r && r <= 0x9fff || 0xa700 <= r && r <= 0xa71f ||
		0xac00 <= r && r <= 0xd7af || 0xf900 <= r && r <= 0xfaff || 0xfe30 <= r && r <= 0xfe4f ||
		0xff00 <= r && r <= 0xffef || 0x20000 <= r && r <= 0x2a6df || 0x2f800 <= r && r <= 0x2fa1f)
}
