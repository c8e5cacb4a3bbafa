package search

import (
	"slices"
	"strings"
	"unicode/utf8"

	"samizdat/internal/xapian"
)

// formsOf returns the function that takes a word, folded, to what stands for all its forms in a language (BCP 47), or nil
// for languages without rules. It gives one form, or several where a word is more than one.
func formsOf(language string) func(word string) []string {
	switch tag := baseLanguage(language); tag {
	case "ru":
		return russianForms
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

// inflection is how one language of a mixed index takes words to their forms.
type inflection struct {
	tag   string
	forms func(word string) []string
}

// terms returns the terms that word stands under. Each language has its own, so that a word of one does not find those of
// another that happen to have its stem.
func (i inflection) terms(word string) []string {
	list := i.forms(word)
	for n, form := range list {
		list[n] = "Z" + i.tag + ":" + form
	}
	return list
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

// russianForms returns the stem and, for a word that ended in й before it was folded or may have, that stem too:
// протестующий is протестующии then, which Snowball takes for something else.
func russianForms(word string) []string {
	stem := xapian.Stemmer("ru")
	list := []string{stem(word)}
	if rest, ok := strings.CutSuffix(word, "и"); ok {
		if last, _ := utf8.DecodeLastRuneInString(rest); strings.ContainsRune("аеиоуыэюя", last) {
			if other := stem(rest + "й"); other != list[0] {
				list = append(list, other)
			}
		}
	}
	return list
}

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

// kazakhLayers are the endings of words from the word's end inwards: person and tense, case, possession, number; Kazakh puts
// them on in this order, each in forms that follow the vowels and the sound before. Endings of one vowel are not among
// them: a vowel at the end goes anyway. No native speaker has checked the list.
var kazakhLayers = [][]string{
	endings("мын мін бын бін пын пін сың сің сыз сіз быз біз пыз піз " +
		"дым дім тым тім дың дің тың тің дық дік тық тік ған ген қан кен ғандар гендер қандар кендер ады еді иды иді ып іп"),
	endings("ның нің дың дің тың тің ға ге қа ке на не ны ні ды ді ты ті да де та те нда нде " +
		"дан ден тан тен нан нен мен бен пен"),
	endings("лары лері дары дері тары тері ым ім ың ің сы сі сын сін сында сінде мыз міз ымыз іміз ңыз ңіз ыңыз іңіз ын ін"),
	endings("лар лер дар дер тар тер"),
}

// endings returns the fields of list, the longest first.
func endings(list string) []string {
	fields := strings.Fields(list)
	slices.SortStableFunc(fields, func(a, b string) int { return len(b) - len(a) })
	return fields
}

// kazakhStem takes endings off a Kazakh word, one of each layer at most, and leaves at least three letters. A sound that
// an ending made soft becomes hard again.
func kazakhStem(word string) string {
	for _, layer := range kazakhLayers {
		for _, e := range layer {
			if rest, ok := kazakhStrip(word, e); ok {
				word = rest
				break
			}
		}
	}
	word, _ = strip(word, []string{"а", "е", "ы", "і"}, 3)
	for soft, hard := range map[string]string{"ғ": "қ", "г": "к", "б": "п"} {
		if stem, ok := strings.CutSuffix(word, soft); ok {
			return stem + hard
		}
	}
	return word
}

// kazakhStrip takes an ending off word. One that begins with a voiceless consonant follows only another.
func kazakhStrip(word, ending string) (rest string, ok bool) {
	rest, ok = strings.CutSuffix(word, ending)
	if !ok || utf8.RuneCountInString(rest) < 3 {
		return word, false
	}
	first, _ := utf8.DecodeRuneInString(ending)
	before, _ := utf8.DecodeLastRuneInString(rest)
	if strings.ContainsRune("ткқп", first) && !strings.ContainsRune("пфкқтсшщхцчһбгдв", before) {
		return word, false
	}
	return rest, true
}

// ukrainianEndings are those of nouns, adjectives, participles and verbs; и stands for и and й, і for і and ї. Ukrainian has
// no Snowball stemmer. No native speaker has checked the list.
var ukrainianEndings = strings.Fields("а ам ами ах я ям ями ях и і е є у ю о ои еи ом ем єм ою ею єю и ів ів їв еві ові єві ія ію іею ієм ії ья ю ь ьми " +
	"ого ому им их ими ім іх іми ьому ього ии " +
	"ати ити іти ути яти ла ло ли в лася лося лися вся тися ться ється еться иться іться ить іть ять ать уть ють ете ите имо емо ає ають ує уємо уєте ують уються аючи ючи учи ячи вши")

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
