package xapian

import (
	"github.com/blevesearch/snowballstem"
	"github.com/blevesearch/snowballstem/arabic"
	"github.com/blevesearch/snowballstem/danish"
	"github.com/blevesearch/snowballstem/dutch"
	"github.com/blevesearch/snowballstem/english"
	"github.com/blevesearch/snowballstem/finnish"
	"github.com/blevesearch/snowballstem/french"
	"github.com/blevesearch/snowballstem/german"
	"github.com/blevesearch/snowballstem/hungarian"
	"github.com/blevesearch/snowballstem/irish"
	"github.com/blevesearch/snowballstem/italian"
	"github.com/blevesearch/snowballstem/norwegian"
	"github.com/blevesearch/snowballstem/portuguese"
	"github.com/blevesearch/snowballstem/romanian"
	"github.com/blevesearch/snowballstem/russian"
	"github.com/blevesearch/snowballstem/spanish"
	"github.com/blevesearch/snowballstem/swedish"
	"github.com/blevesearch/snowballstem/tamil"
	"github.com/blevesearch/snowballstem/turkish"
)

// Stemmer returns the function that takes a word, in lower case, to its stem, or nil if there is none for the language.
// Languages are ISO 639-1 or 639-3 codes. They are those of Xapian 1.4 but for Armenian, Basque, Catalan, Indonesian,
// Lithuanian and Nepali, for which this package has no rules.
// The function may be used concurrently.
//
//go:noinline
func Stemmer(language string) func(word string) string {
	stem := snowball[language]
	if stem == nil {
		return nil
	}
	return func(word string) string {
		env := snowballstem.NewEnv(word)
		stem(env)
		return env.Current()
	}
}

var snowball = map[string]func(*snowballstem.Env) bool{
	"ar": arabic.Stem, "ara": arabic.Stem,
	"da": danish.Stem, "dan": danish.Stem,
	"de": german.Stem, "deu": german.Stem, "ger": german.Stem,
	"en": english.Stem, "eng": english.Stem,
	"es": spanish.Stem, "spa": spanish.Stem,
	"fi": finnish.Stem, "fin": finnish.Stem,
	"fr": french.Stem, "fra": french.Stem, "fre": french.Stem,
	"ga": irish.Stem, "gle": irish.Stem,
	"hu": hungarian.Stem, "hun": hungarian.Stem,
	"it": italian.Stem, "ita": italian.Stem,
	"nb": norwegian.Stem, "nn": norwegian.Stem, "no": norwegian.Stem, "nob": norwegian.Stem, "nno": norwegian.Stem, "nor": norwegian.Stem,
	"nl": dutch.Stem, "nld": dutch.Stem, "dut": dutch.Stem,
	"pt": portuguese.Stem, "por": portuguese.Stem,
	"ro": romanian.Stem, "ron": romanian.Stem, "rum": romanian.Stem,
	"ru": russian.Stem, "rus": russian.Stem,
	"sv": swedish.Stem, "swe": swedish.Stem,
	"ta": tamil.Stem, "tam": tamil.Stem,
	"tr": turkish.Stem, "tur": turkish.Stem,
}
