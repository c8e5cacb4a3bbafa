package seal

import (
	"crypto/sha256"
	"embed"
	"fmt"
	"slices"
	"strings"
	"sync"

	"samizdat/internal/squeeze"
)

// A key in a form that people can compare: by voice, on paper, on a wall. Both forms are made of the SHA-256 of the 42
// bytes that the key's text is the base64 of, so they cover the whole key; docs/seal.md says it to the bit.
const (
	keyWords   = 11 // of 11 bits each: 121 bits
	wordBits   = 11
	digitSets  = 9 // of four digits: 119 bits
	digitRange = 10000
)

// The lists are our own: 2048 common words each, sorted, of which no two begin with the same four letters or differ by
// one letter only, without words that sound like others and without any that can get somebody into trouble on the
// telephone.
//
//go:embed words/*.txt.gz
var wordFiles embed.FS

// wordLanguages have lists, the first for everyone who has none.
var wordLanguages = []string{"en", "ru"}

// WordLanguages returns the languages, BCP 47, in which keys have words.
func WordLanguages() []string { return slices.Clone(wordLanguages) }

var lists = sync.OnceValue(func() map[string][]string {
	m := map[string][]string{}
	for _, lang := range wordLanguages {
		data, err := wordFiles.ReadFile("words/" + lang + ".txt.gz")
		words := strings.Fields(string(squeeze.Read(lang, data)))
		if err != nil || len(words) != 1<<wordBits {
			panic(fmt.Sprintf("seal: internal error: %d words of %s: %v", len(words), lang, err))
		}
		m[lang] = words
	}
	return m
})

// Words returns the eleven words of k in the language, or in English if that has no list.
func (k Key) Words(lang string) []string {
	list, ok := lists()[lang]
	if !ok {
		list = lists()[wordLanguages[0]]
	}
	sum := sha256.Sum256(k.bytes())
	words := make([]string, keyWords)
	for i := range words {
		var n int
		for bit := i * wordBits; bit < (i+1)*wordBits; bit++ {
			n = n<<1 | int(sum[bit/8]>>(7-bit%8)&1)
		}
		words[i] = list[n]
	}
	return words
}

// Digits returns k as nine groups of four digits with spaces between.
func (k Key) Digits() string {
	sum := sha256.Sum256(k.bytes())
	groups := make([]string, digitSets)
	for i := range groups {
		n := int(sum[3*i])<<16 | int(sum[3*i+1])<<8 | int(sum[3*i+2])
		groups[i] = fmt.Sprintf("%04d", n%digitRange)
	}
	return strings.Join(groups, " ")
}
