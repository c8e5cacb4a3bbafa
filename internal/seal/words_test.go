package seal_test

import (
	"crypto/sha256"
	"encoding/base64"
	"fmt"
	"math/big"
	"os"
	"slices"
	"strings"
	"testing"
	"unicode"
	"unicode/utf8"

	"samizdat/internal/seal"
)

// list reads a word list as it lies in the sources.
func list(t *testing.T, lang string) []string {
	t.Helper()
	text, err := os.ReadFile("words/" + lang + ".txt")
	if err != nil {
		t.Fatal(err)
	}
	return strings.Fields(string(text))
}

// TestWordLists: 2048 words, sorted, of one script and of three to nine letters; the first four letters tell a word, and
// one wrong, missing, added or swapped letter never makes another.
func TestWordLists(t *testing.T) {
	for _, lang := range seal.WordLanguages() {
		words := list(t, lang)
		if len(words) != 2048 || !slices.IsSorted(words) {
			t.Errorf("%s: %d words, sorted %v", lang, len(words), slices.IsSorted(words))
		}
		script := map[string]*unicode.RangeTable{"en": unicode.Latin, "ru": unicode.Cyrillic}[lang]
		first := map[string]string{}
		near := map[string]string{} // every word with one letter left out, or two swapped
		for _, w := range words {
			letters := []rune(w)
			if n := len(letters); n < 3 || n > 9 || strings.ContainsFunc(w, func(r rune) bool { return !unicode.Is(script, r) || !unicode.IsLower(r) }) {
				t.Errorf("%s: %q", lang, w)
			}
			start := string(letters[:min(4, len(letters))])
			if other, ok := first[start]; ok {
				t.Errorf("%s: %q and %q begin alike", lang, other, w)
			}
			first[start] = w
			variants := map[string]bool{w: true}
			for i := range letters {
				variants[string(letters[:i])+"_"+string(letters[i+1:])] = true // another letter there
				variants[string(letters[:i])+string(letters[i+1:])] = true     // none there
				if i+1 < len(letters) {
					swapped := slices.Clone(letters)
					swapped[i], swapped[i+1] = swapped[i+1], swapped[i]
					variants[string(swapped)] = true
				}
			}
			for v := range variants {
				if other, ok := near[v]; ok && (strings.Contains(v, "_") || v == w || v == other) {
					t.Errorf("%s: %q and %q differ by one letter", lang, other, w)
				}
				near[v] = w
			}
		}
	}
}

// TestWordsToTheBit computes both forms in another way, from the description.
func TestWordsToTheBit(t *testing.T) {
	for _, text := range []string{worked.Public(), "RWQAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA"} {
		k, err := seal.ParseKey(text)
		if err != nil {
			t.Fatal(err)
		}
		raw, err := base64.StdEncoding.DecodeString(text)
		if err != nil {
			t.Fatal(err)
		}
		sum := sha256.Sum256(raw)
		for _, lang := range seal.WordLanguages() {
			bits := new(big.Int).Rsh(new(big.Int).SetBytes(sum[:]), 256-121) // the first 121
			want := make([]string, 11)
			for i := 10; i >= 0; i-- {
				var index big.Int
				bits.DivMod(bits, big.NewInt(2048), &index)
				want[i] = list(t, lang)[index.Int64()]
			}
			if got := k.Words(lang); !slices.Equal(got, want) {
				t.Errorf("Words(%s) = %q, want %q", lang, got, want)
			}
		}
		var groups []string
		for i := 0; i < 27; i += 3 {
			n := new(big.Int).SetBytes(sum[i : i+3])
			groups = append(groups, fmt.Sprintf("%04d", n.Int64()%10000))
		}
		if got := k.Digits(); got != strings.Join(groups, " ") || utf8.RuneCountInString(got) != 44 {
			t.Errorf("Digits = %q, want %q", got, groups)
		}
		if got := k.Words("kk"); !slices.Equal(got, k.Words("en")) {
			t.Errorf("words in a language without a list: %q", got)
		}
	}
}

// TestWordsNeverChange pins both forms of the worked example's key: what stands on somebody's wall must stay true.
func TestWordsNeverChange(t *testing.T) {
	k, err := seal.ParseKey(worked.Public())
	if err != nil {
		t.Fatal(err)
	}
	const (
		en     = "apex buggy badge quince hexagon epic step iris cabbage oath reason"
		ru     = "башмак гарнир бублик столица недра команда фонарь орден гитара ресница сумерки"
		digits = "5912 7239 5912 1943 3876 9522 9081 4604 9580"
	)
	if got := strings.Join(k.Words("en"), " "); got != en {
		t.Errorf("en: %q", got)
	}
	if got := strings.Join(k.Words("ru"), " "); got != ru {
		t.Errorf("ru: %q", got)
	}
	if got := k.Digits(); got != digits {
		t.Errorf("digits: %q", got)
	}
	for lang, want := range map[string]string{
		"en": "02c73893f5b8d84817b15fc9c7a5230f50d06a255f877332959e33bb305abedb",
		"ru": "7dc4e6e0340110867e13a752cb8ea1ab6a4cba090c58891e18e3cd2266d34c4c",
	} {
		text, err := os.ReadFile("words/" + lang + ".txt")
		if got := fmt.Sprintf("%x", sha256.Sum256(text)); err != nil || got != want {
			t.Errorf("words/%s.txt has SHA-256 %s, %v", lang, got, err)
		}
	}
}
