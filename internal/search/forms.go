package search

import (
	"strings"
	"unicode/utf8"

	"samizdat/internal/xapian"
)

// formsOf returns the function that takes a word, folded, to what stands for all its forms in a language (BCP 47), or nil
// for languages without rules. It gives one form, or several where a word is more than one.
func formsOf(language string) func(word string) []string {
	switch tag := baseLanguage(language); tag {
	case "kk":
		return single(kazakhStem)
	case "uk":
		return single(ukrainianStem)
	case "fa":
		return persianForms
	default:
		if stem := xapian.Stemmer(tag); stem != nil {
			return single(stem)
		}
		return nil
	}
}

func single(stem func(string) string) func(string) []string {
	return func(word string) []string { return []string{stem(word)} }
}

// baseLanguage returns the language of a tag without script and region.
func baseLanguage(tag string) string {
	base, _, _ := strings.Cut(strings.ToLower(tag), "-")
	return base
}

// Words come folded (xapian.Fold): without й, ё and ї, which are и, е and і.

// strip takes the longest of the endings off word that leaves at least keep letters; ok is false if none does.
func strip(word string, endings []string, keep int) (rest string, ok bool) {
	best := 0
	for _, e := range endings {
		if len(e) > best && strings.HasSuffix(word, e) && utf8.RuneCountInString(word[:len(word)-len(e)]) >= keep {
			best = len(e)
		}
	}
	return word[:len(word)-best], best > 0
}

// kazakhLayers are the endings of nouns from the word's end inwards: person, case, possession, number; Kazakh puts them on
// in this order, each in forms that follow the vowels and the last sound. Those of verbs are among the first. Written from
// grammar tables (Kazakh grammar by Somfai Kara and others); no native speaker has checked the list.
var kazakhLayers = [][]string{
	strings.Fields("мын мін бын бін пын пін сын сін сыз сіз мыз міз быз біз пыз піз ды ді ты ті дым дім тым тім дын дін тын тін " +
		"дык дік тык тік дынык ган ген кан кен гаң гандар гендер кандар кендер ады еді иді иды ып іп уда уде"),
	strings.Fields("нын нін дын дін тын тін ның нің дың дің тың тің га ге ка ке ға қа на не а е ны ні ды ді ты ті н да де та те нда нде " +
		"дан ден тан тен нан нен мен бен пен"),
	strings.Fields("м ым ім ң ың ің сы сі ы і мыз міз ымыз іміз ңыз ңіз ыңыз іңіз"),
	strings.Fields("лар лер дар дер тар тер"),
}

// kazakhStem takes endings off a Kazakh word, one of each layer at most, and leaves at least three letters.
func kazakhStem(word string) string {
	for _, endings := range kazakhLayers {
		word, _ = strip(word, endings, 3)
	}
	return word
}

// ukrainianEndings are those of nouns, adjectives, participles and verbs, longest match first; и stands for и and й, і for
// і and ї. Ukrainian has no Snowball stemmer. No native speaker has checked the list.
var ukrainianEndings = strings.Fields("а ам ами ах я ям ями ях и і е є у ю о ом ем ем єм ов ев єв еві ові єві ою ею єю и ів ів іи ии " +
	"ого ому им их ими ои ім іх іми им ьому ього ья ю ія ії ію іею ієм іям іями іях ь ьми " +
	"ти ла ло ли в ла лася лося лися вся тися ться ється еться ить ять ать уть ють ете ите имо емо аємо уємо ає ає ають ує ують аються уються " +
	"аючи ючи учи ячи вши нии на не ні них ним ними ною ному ного тии")

// ukrainianStem takes an ending off a Ukrainian word and leaves at least three letters.
func ukrainianStem(word string) string {
	word, _ = strip(word, ukrainianEndings, 3)
	return strings.TrimSuffix(word, "ь")
}

// persianLetters makes one letter of those that keyboards give for the same, and drops the line that stretches words.
var persianLetters = strings.NewReplacer("ي", "ی", "ى", "ی", "ك", "ک", "ة", "ه", "ۀ", "ه", "ـ", "")

// persianEndings are plurals, possessives and the marks of comparison, which are written on the word or behind a
// zero-width non-joiner.
var persianEndings = strings.Fields("ها های هایی هایم هایت هایش هایمان هایتان هایشان ان ات ی م ت ش مان تان شان تر ترین")

// persianForms returns the word with its letters made one, and without its endings. A zero-width non-joiner between parts
// of a word is gone already ([xapian.Words] leaves it out), so a word is one however it was joined.
func persianForms(word string) []string {
	word = persianLetters.Replace(word)
	if stem, ok := strip(word, persianEndings, 3); ok {
		if again, ok := strip(stem, persianEndings, 3); ok {
			stem = again
		}
		return []string{stem}
	}
	return []string{word}
}
