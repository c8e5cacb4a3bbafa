package article

import (
	"regexp"
	"slices"
	"strconv"
	"strings"
	"time"

	"golang.org/x/net/html"
	"golang.org/x/text/language"

	"samizdat/internal/markup"
	"samizdat/internal/messages"
	"samizdat/internal/webpage"
)

// languageOf returns what n says of its language and direction, each "" if it says nothing that counts. The direction
// of a language is its own unless n says another.
func languageOf(n *html.Node) (lang, dir string) {
	if n.Type != html.ElementNode {
		return "", ""
	}
	if s := strings.ReplaceAll(webpage.Attr(n, "lang"), "_", "-"); s != "" && len(s) <= 35 {
		if tag, err := language.Parse(s); err == nil && tag != language.Und {
			lang, dir = s, messages.Direction(s)
		}
	}
	if d := strings.ToLower(webpage.Attr(n, "dir")); d == "ltr" || d == "rtl" || d == "auto" {
		dir = d
	}
	return lang, dir
}

// spoken returns the attributes lang and dir, or nil.
func spoken(lang, dir string) markup.Part {
	if lang == "" && dir == "" {
		return nil
	}
	return markup.Group(markup.If(lang != "", markup.A("lang", lang)), markup.If(dir != "", markup.A("dir", dir)))
}

// lang returns the attributes lang and dir of n itself, or nil.
func (r *renderer) lang(n *html.Node) markup.Part { return spoken(languageOf(n)) }

// number returns an attribute of n that is a whole number from least to most; others go.
func number(n *html.Node, name string, least, most int) markup.Part {
	v := webpage.Attr(n, name)
	if v == "" || len(v) > 9 || strings.Trim(v, "0123456789") != "" {
		return nil
	}
	i, err := strconv.Atoi(v)
	if err != nil || i < least || i > most {
		return nil
	}
	return markup.A(name, strconv.Itoa(i))
}

// oneOf returns an attribute of n that is one of the values; others go.
func oneOf(n *html.Node, name string, values ...string) markup.Part {
	v := webpage.Attr(n, name)
	if !slices.Contains(values, v) {
		return nil
	}
	return markup.A(name, v)
}

// Strings of <time datetime> that are no point on a calendar: a week, a time zone, a duration (HTML §2.3.5.8, .6, .9).
var otherTimes = regexp.MustCompile(`^(?:[1-9]\d{3}-W(?:0[1-9]|[1-4]\d|5[0-3])|Z|[+-](?:[01]\d|2[0-3]):?[0-5]\d|` +
	`P(?:\d{1,9}D|(?:\d{1,9}D)?T(?:\d{1,9}H(?:\d{1,9}M)?(?:\d{1,9}(?:\.\d{1,3})?S)?|\d{1,9}M(?:\d{1,9}(?:\.\d{1,3})?S)?|\d{1,9}(?:\.\d{1,3})?S)))$`)

// isTime reports whether s is what <time datetime> may be (HTML, §4.5.14). Years have four digits.
func isTime(s string) bool {
	if strings.HasPrefix(s, "0000") || strings.Contains(s, ",") || len(s) > 40 {
		return false
	}
	if otherTimes.MatchString(s) {
		return true
	}
	day, clock, zone := "2006-01-02", []string{"15:04", "15:04:05", "15:04:05.999"}, []string{"", "Z07:00", "Z0700"}
	if slices.ContainsFunc([]string{"2006", "2006-01", day, "01-02"}, func(f string) bool { return parses(f, s) }) {
		return true
	}
	for _, c := range clock {
		if parses(c, s) {
			return true
		}
		for _, z := range zone {
			if parses(day+"T"+c+z, s) || parses(day+" "+c+z, s) {
				return true
			}
		}
	}
	return false
}

// parses reports whether s has the layout to the letter; package time also takes hours of one digit.
func parses(layout, s string) bool {
	if strings.Contains(layout, ".999") {
		before, rest, found := strings.Cut(s, ".")
		end := strings.IndexFunc(rest, func(c rune) bool { return c < '0' || c > '9' })
		if end < 0 {
			end = len(rest)
		}
		if !found || end < 1 || end > 3 {
			return false
		}
		return parses(strings.Replace(layout, ".999", "", 1), before+rest[end:])
	}
	t, err := time.Parse(layout, s)
	if err != nil || strings.Contains(s, ".") {
		return false
	}
	return t.Format(layout) == s || strings.HasSuffix(layout, "00") && len(s) > len(layout)-len("Z07:00")
}
