package messages

import (
	"slices"
	"strings"
	"sync"

	"golang.org/x/text/language"
)

// maxTag is the longest language tag that is looked at, in bytes. RFC 5646 §4.4.1 asks for 35 at least.
const maxTag = 64

// maxPreferences is how many languages of a list are looked at. Browsers send fewer than ten.
const maxPreferences = 32

// Languages returns the tags of the languages there are, sorted.
func Languages() []string {
	var tags []string
	for tag := range printers() {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

// For returns the printer for the language tag lang (BCP 47, or the name of a POSIX locale). If there is no such
// language, it is one that its readers mostly read as well, by the table of CLDR: Russian for Kyrgyz. English is the
// last resort.
func For(lang string) *Printer { return match(parse(lang)) }

// Match returns the printer that suits a reader's preferences best: the value of an HTTP header Accept-Language
// (RFC 9110 §12.5.4), such as "kk-KZ, ru;q=0.8", or of one of the environment variables that name a locale, such as
// "ru_RU.UTF-8", "C" or, for LANGUAGE, "kk:ru". Preferences that cannot be read are passed over. It is English if
// nothing suits.
func Match(preferences string) *Printer {
	type preference struct {
		tag    language.Tag
		weight float32
	}
	var list []preference
	n := 0
	for item := range strings.FieldsFuncSeq(preferences, func(r rune) bool { return r == ',' || r == ':' }) {
		if n++; n > maxPreferences {
			break
		}
		name, weight, weighted := strings.Cut(item, ";")
		if name = withoutCharset(name); len(name) > maxTag || len(weight) > maxTag {
			continue
		}
		if weighted {
			name += ";" + weight
		}
		tags, weights, err := language.ParseAcceptLanguage(name)
		if err != nil || len(tags) == 0 {
			continue
		}
		list = append(list, preference{tags[0], weights[0]})
	}
	slices.SortStableFunc(list, func(a, b preference) int {
		switch {
		case a.weight > b.weight:
			return -1
		case a.weight < b.weight:
			return 1
		}
		return 0
	})
	tags := make([]language.Tag, 0, len(list))
	for _, p := range list {
		tags = append(tags, p.tag)
	}
	return match(tags...)
}

// parse returns the tag that lang is, or [language.Und] if it is none.
func parse(lang string) language.Tag {
	lang = withoutCharset(lang)
	if len(lang) > maxTag {
		return language.Und
	}
	return language.Make(lang)
}

// withoutCharset returns the language and the territory of a POSIX locale: "ru_RU" of "ru_RU.UTF-8" and "ru_RU@x".
func withoutCharset(locale string) string {
	if i := strings.IndexAny(locale, ".@"); i >= 0 {
		locale = locale[:i]
	}
	return strings.TrimSpace(locale)
}

// match returns the printer for the first of tags that fits, and the best fit of several.
func match(tags ...language.Tag) *Printer {
	m := matching()
	_, i, confidence := m.matcher.Match(tags...)
	if confidence == language.No { // i is then the first language in the same script: Kazakh for Bulgarian
		i = m.sameLanguage(tags)
	}
	return printers()[m.have[i]]()
}

// matching is the matcher and the languages in its order: English, which is for those that fit none, is the first.
var matching = sync.OnceValue(func() languageMatching {
	have := Languages()
	i := slices.Index(have, fallback)
	have = slices.Insert(slices.Delete(have, i, i+1), 0, fallback)
	tags := make([]language.Tag, 0, len(have))
	for _, lang := range have {
		tags = append(tags, language.Make(lang))
	}
	return languageMatching{have, language.NewMatcher(tags)}
})

type languageMatching struct {
	have    []string
	matcher language.Matcher
}

// sameLanguage returns the index of the first of tags whose language there is, in whatever script, or else 0.
func (m languageMatching) sameLanguage(tags []language.Tag) int {
	for _, tag := range tags {
		base, confidence := tag.Base()
		if confidence == language.No {
			continue
		}
		if i := slices.Index(m.have, base.String()); i >= 0 {
			return i
		}
	}
	return 0
}
