package webpage

import (
	"strings"
	"unicode"

	"github.com/abadojack/whatlanggo"
	"golang.org/x/net/html"
	"golang.org/x/text/language"
)

// Language returns the language of a page, as a tag of BCP 47: what the page says, and if that is nothing, what its words look like. Empty if
// neither tells.
func Language(root *html.Node, words string) string {
	said := ""
	for n := range root.Descendants() {
		if n.Type != html.ElementNode {
			continue
		}
		switch {
		case n.Data == "html" && said == "":
			said = attr(n, "lang")
			if said == "" {
				said = attr(n, "xml:lang")
			}
		case n.Data == "meta" && said == "":
			if p := strings.ToLower(attr(n, "property") + attr(n, "name") + attr(n, "http-equiv")); p == "og:locale" || p == "content-language" || p == "language" {
				said = attr(n, "content")
			}
		}
	}
	guessed := LanguageOf(words)
	tag, err := language.Parse(strings.ReplaceAll(strings.TrimSpace(said), "_", "-"))
	if err != nil || tag == language.Und {
		return guessed
	}
	base, _ := tag.Base()
	// A theme that was never translated says "en" on pages in Cyrillic.
	if guessed != "" && cyrillic(guessed) != cyrillic(base.String()) && arabic(guessed) == arabic(base.String()) {
		return guessed
	}
	return tag.String()
}

func cyrillic(lang string) bool {
	return strings.Contains(" ru uk be kk ky bg sr mk tg mn tt ba ", " "+lang+" ")
}
func arabic(lang string) bool { return strings.Contains(" ar fa ur ps ckb ug ", " "+lang+" ") }

func attr(n *html.Node, name string) string { return strings.TrimSpace(Attr(n, name)) }

// LanguageOf tells the language from the letters of a text and, where letters do not tell, from its words. Empty if the
// text is too short.
func LanguageOf(text string) string {
	var letters, latin, cyr, arab int
	count := map[rune]int{}
	for _, c := range text {
		if !unicode.IsLetter(c) {
			continue
		}
		letters++
		c = unicode.ToLower(c)
		switch {
		case c < 0x250:
			latin++
		case unicode.Is(unicode.Cyrillic, c):
			cyr++
			count[c]++
		case unicode.Is(unicode.Arabic, c):
			arab++
			count[c]++
		}
		if letters == 50_000 {
			break
		}
	}
	sum := func(set string) (n int) {
		for _, c := range set {
			n += count[c]
		}
		return n
	}
	switch {
	case letters < 20:
		return ""
	case cyr > letters/2:
		switch {
		case sum("әғқңұһ")*100 > cyr: // Kazakh alone among the neighbours has all of these
			if sum("әғқұһі") == 0 && sum("ңөү") > 0 {
				return "ky"
			}
			return "kk"
		case sum("ңөү")*100 > cyr:
			return "ky"
		case sum("ў")*200 > cyr && sum("і") > 0:
			return "be"
		case sum("їєґ")*200 > cyr, sum("і")*50 > cyr && sum("ыэъё") == 0:
			return "uk"
		case sum("ыэ")*200 > cyr:
			return "ru"
		}
		return known(text, "bul", "srp", "mkd", "rus")
	case arab > letters/2:
		if sum("پچژگکی")*50 > arab {
			return "fa"
		}
		return "ar"
	}
	return known(text)
}

// known asks the trigrams, which are believed when they are sure; only says among which languages.
func known(text string, only ...string) string {
	o := whatlanggo.Options{}
	if len(only) > 0 {
		o.Whitelist = map[whatlanggo.Lang]bool{}
		for _, code := range only {
			o.Whitelist[whatlanggo.CodeToLang(code)] = true
		}
	}
	info := whatlanggo.DetectWithOptions(text, o)
	if !info.IsReliable() && len(only) == 0 {
		return ""
	}
	return info.Lang.Iso6391()
}
