package dossier

import (
	"fmt"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/text/language"

	"samizdat/internal/zim"
)

// need reports a field that must be there and is not, unless something was said about it already; owner is the place of the fields it belongs to.
func (l *loader) need(t text, owner mark, name, example string) bool {
	if !t.set && t.line == 0 {
		l.bad(owner, "write "+name+": "+example, "%s is missing", name)
	}
	return t.set
}

// oneOf checks a word against the known ones.
func (l *loader) oneOf(t text, name string, known []string) string {
	if t.set && !slices.Contains(known, t.s) {
		l.bad(t.mark, didYouMean(t.s, known), "unknown %s %s", name, clip(t.s))
		return ""
	}
	return t.s
}

// number reads a whole number from low to high.
func (l *loader) number(t text, name string, low, high int) int {
	if !t.set {
		return 0
	}
	n, err := strconv.Atoi(t.s)
	if err != nil || n < low || n > high || t.s != strconv.Itoa(n) {
		l.bad(t.mark, fmt.Sprintf("write a number from %d to %d", low, high), "%s is no such number: %s", name, clip(t.s))
		return 0
	}
	return n
}

// boolean reads true or false.
func (l *loader) boolean(t text, name string) bool {
	if t.set && t.s != "true" && t.s != "false" {
		l.bad(t.mark, "write true or false", "%s is neither true nor false: %s", name, clip(t.s))
	}
	return t.s == "true"
}

// id checks an identifier: 1 to 60 of a-z, 0-9 and hyphens, none of them first or last.
func (l *loader) id(t text) string {
	if !t.set {
		return ""
	}
	if t.s == slug(t.s) {
		return t.s
	}
	hint := "use a-z, 0-9 and hyphens between them, at most 60"
	if s := slug(t.s); s != "" {
		hint = "write " + s
	}
	l.bad(t.mark, hint, "id %s is not made of a-z, 0-9 and hyphens", clip(t.s))
	return ""
}

// slug turns a text into an identifier; what is one stays as it is.
func slug(s string) string {
	var b strings.Builder
	for _, r := range strings.ToLower(s) {
		switch {
		case r >= 'a' && r <= 'z', r >= '0' && r <= '9':
			b.WriteRune(r)
		case b.Len() > 0 && !strings.HasSuffix(b.String(), "-") && (r == ' ' || r == '_' || r == '-' || r == '.' || r == '/'):
			b.WriteByte('-')
		case r == '-': // a second hyphen in a row stays if the writer has it
			if b.Len() > 0 {
				b.WriteByte('-')
			}
		}
		if b.Len() >= 60 {
			break
		}
	}
	return strings.Trim(b.String(), "-")
}

// date checks YYYY, YYYY-MM or YYYY-MM-DD; whole demands the last. Days must be in the calendar.
func (l *loader) date(t text, name string, whole bool) string {
	if !t.set {
		return ""
	}
	layouts := []string{"2006-01-02", "2006-01", "2006"}
	hint := "write YYYY-MM-DD, YYYY-MM or YYYY"
	if whole {
		layouts, hint = layouts[:1], "write YYYY-MM-DD"
	}
	for _, layout := range layouts {
		if len(t.s) != len(layout) {
			continue
		}
		if d, err := time.Parse(layout, t.s); err == nil && d.Year() > 0 {
			return t.s
		}
		if len(layout) == 10 && looksLikeDate(t.s) {
			l.bad(t.mark, "look at the calendar; "+hint, "%s: %s is not a day", name, t.s)
			return ""
		}
	}
	l.bad(t.mark, hint, "%s: %s is not a date", name, clip(t.s))
	return ""
}

// looksLikeDate tells whether s is made like 2022-01-31.
func looksLikeDate(s string) bool {
	for i, r := range s {
		if (i == 4 || i == 7) != (r == '-') || r != '-' && (r < '0' || r > '9') {
			return false
		}
	}
	return len(s) == 10
}

// moment checks a time in UTC as RFC 3339 writes it.
func (l *loader) moment(t text, name string) string {
	if !t.set {
		return ""
	}
	if d, err := time.Parse("2006-01-02T15:04:05Z", t.s); err != nil || d.Year() < 1990 {
		l.bad(t.mark, "write YYYY-MM-DDTHH:MM:SSZ, in UTC", "%s: %s is not a time", name, clip(t.s))
		return ""
	}
	return t.s
}

// address checks a web address.
func (l *loader) address(t text, name string) string {
	if !t.set {
		return ""
	}
	if fault, hint := addressFault(t.s); fault != "" {
		l.bad(t.mark, hint, "%s: %s: %s", name, clip(t.s), fault)
		return ""
	}
	return t.s
}

// addressFault says what keeps s from being an absolute http or https address, or "".
func addressFault(s string) (fault, hint string) {
	const advice = "write the whole address: https://…"
	if strings.ContainsFunc(s, func(r rune) bool { return r <= ' ' || r == 0x7f }) {
		return "holds a space", "write %20 for a space in an address"
	}
	u, err := url.Parse(s)
	switch {
	case err != nil:
		return "no address", advice
	case u.Scheme == "":
		return "no http or https address", advice
	case u.Scheme != "http" && u.Scheme != "https":
		return "no http or https address", "only web addresses are allowed: https://…"
	case u.Hostname() == "":
		return "no host", advice
	case u.User != nil:
		return "holds a user name", "take out what stands before @"
	}
	return "", ""
}

// sum checks a SHA-256.
func (l *loader) sum(t text, name string) string {
	if !t.set {
		return ""
	}
	if len(t.s) != 64 || strings.Trim(t.s, "0123456789abcdef") != "" {
		l.bad(t.mark, "write what sha256sum prints: 64 of 0-9 and a-f", "%s: %s is no SHA-256", name, clip(t.s))
		return ""
	}
	return t.s
}

// length checks a text's length in graphemes.
func (l *loader) length(t text, name string, limit int) {
	if n := zim.Graphemes(t.s); n > limit {
		l.bad(t.mark, fmt.Sprintf("write at most %d", limit), "%s has %d characters", name, n)
	}
}

// line checks that a text is one line.
func (l *loader) line(t text, name string) string {
	if strings.ContainsAny(t.s, "\n\t") {
		l.bad(t.mark, "write it on one line, or fold it with >-", "%s has more than one line", name)
	}
	return t.s
}

// countries are codes of countries that people write for the language.
var countries = map[string]string{
	"kz": "kk", "ua": "uk", "cn": "zh", "jp": "ja", "cz": "cs", "gr": "el", "kg": "ky", "tj": "tg", "dk": "da", "iq": "ar", "rs": "sr",
}

// lang checks a BCP 47 tag and gives it in its canonical form.
func (l *loader) lang(t text, name string) string {
	if !t.set {
		return ""
	}
	tag, err := language.Parse(t.s)
	if base, _ := tag.Base(); err != nil || base.ISO3() == "und" {
		hint := "write a BCP 47 tag such as en, ru, kk, fa, zh-Hant"
		if known := countries[strings.ToLower(t.s)]; known != "" {
			hint = "that is a country; the language is " + known
		} else if names := languageNames[strings.ToLower(t.s)]; names != "" {
			hint = "write " + names
		}
		l.bad(t.mark, hint, "%s: %s is not a language", name, clip(t.s))
		return ""
	}
	if tag.String() != t.s {
		l.bad(t.mark, "write "+tag.String(), "%s: %s is not how the language is written", name, clip(t.s))
	}
	return tag.String()
}

// languageNames are languages that people write out.
var languageNames = map[string]string{
	"english": "en", "russian": "ru", "kazakh": "kk", "persian": "fa", "farsi": "fa", "arabic": "ar", "chinese": "zh",
	"ukrainian": "uk", "belarusian": "be", "german": "de", "french": "fr", "spanish": "es", "turkish": "tr",
}

// iso3 gives the ISO 639-3 code of a tag that lang has passed, for M/Language.
func iso3(tag string) string {
	base, _ := language.Make(tag).Base()
	return base.ISO3()
}
