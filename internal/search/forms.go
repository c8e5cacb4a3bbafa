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
		return kazakhForms
	case "uk":
		return single(ukrainianStem)
	case "fa":
		return persianForms
	case "ar":
		stem := xapian.Stemmer(tag)
		return single(func(word string) string { return stem(easternDigits.Replace(word)) })
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

//go:noinline
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

// kazakhLayers are the endings of words from the word's end inwards: person and tense, case, possession, number, and where
// somebody is from; Kazakh puts them on in this order, each in forms that follow the vowels and the sound before. Endings of
// one vowel are not among them: a vowel at the end goes anyway. No native speaker has checked the list.
var kazakhLayers = [][]string{
	endings("мын мін бын бін пын пін сың сің сыз сіз быз біз пыз піз " +
		"дым дім тым тім дың дің тың тің дық дік тық тік ған ген қан кен ғандар гендер қандар кендер ады еді иды иді ып іп"),
	endings("ның нің дың дің тың тің ға ге қа ке на не ны ні ды ді ты ті да де та те нда нде дағы дегі тағы тегі ндағы ндегі " +
		"дан ден тан тен нан нен мен бен пен"),
	endings("лары лері дары дері тары тері ым ім ың ің сы сі сын сін сында сінде мыз міз ымыз іміз ңыз ңіз ыңыз іңіз ын ін"),
	endings("лар лер дар дер тар тер"),
	endings("дық дік тық тік"),
}

// kazakhCase is the layer of the endings of case.
const kazakhCase = 1

// kazakhForms returns what is left of a word without its endings, one of each layer at most and at least three letters; a
// sound that an ending made soft becomes hard again. An ending of case may be taken in two ways (Қазақстан-да, қаласы-нда), and
// one of the ablative, or behind two letters, may as well be the end of the word itself: Қазақстан ends as тас-тан (from a
// stone) does, and апта (a week) in what could be its ending. There is a form for each.
func kazakhForms(word string) []string {
	word = kazakhPeel(word, kazakhLayers[:kazakhCase])
	var list []string
	add := func(rest string) {
		rest, _ = strip(kazakhPeel(rest, kazakhLayers[kazakhCase+1:]), []string{"а", "е", "ы", "і"}, 3)
		for soft, hard := range map[string]string{"ғ": "қ", "г": "к", "б": "п"} {
			if before, ok := strings.CutSuffix(rest, soft); ok {
				rest = before + hard
				break
			}
		}
		if !slices.Contains(list, rest) {
			list = append(list, rest)
		}
	}
	doubtful := false
	for _, e := range kazakhLayers[kazakhCase] {
		if rest, ok := kazakhStrip(word, e, true); ok {
			add(rest)
			doubtful = doubtful || strings.HasSuffix(e, "ан") || strings.HasSuffix(e, "ен") || utf8.RuneCountInString(rest) < 3
		}
	}
	if list == nil || doubtful {
		add(word)
	}
	return list
}

// kazakhPeel takes one ending of each layer off word.
func kazakhPeel(word string, layers [][]string) string {
	for _, layer := range layers {
		for _, e := range layer {
			if rest, ok := kazakhStrip(word, e, false); ok {
				word = rest
				break
			}
		}
	}
	return word
}

// endings returns the fields of list, the longest first.
func endings(list string) []string {
	fields := strings.Fields(list)
	slices.SortStableFunc(fields, func(a, b string) int { return len(b) - len(a) })
	return fields
}

// kazakhStrip takes an ending off word and leaves at least three letters: two, a vowel and a consonant (ел, ат), if the
// ending is one of case or has three letters itself. One that begins with a voiceless consonant follows only another.
func kazakhStrip(word, ending string, isCase bool) (rest string, ok bool) {
	rest, ok = strings.CutSuffix(word, ending)
	if !ok {
		return word, false
	}
	first, _ := utf8.DecodeRuneInString(ending)
	start, _ := utf8.DecodeRuneInString(rest)
	before, _ := utf8.DecodeLastRuneInString(rest)
	short := strings.ContainsRune(kazakhVowels, start) && !strings.ContainsRune(kazakhVowels, before) &&
		(isCase || utf8.RuneCountInString(ending) >= 3) && !strings.ContainsRune(kazakhVowels, first)
	if n := utf8.RuneCountInString(rest); n < 2 || n == 2 && !short {
		return word, false
	}
	if strings.ContainsRune("ткқп", first) && !strings.ContainsRune("пфкқтсшщхцчһбгдв", before) {
		return word, false
	}
	return rest, true
}

const kazakhVowels = "аәеиоөуұүыіэюя"

// ukrainianEndings are those of nouns, adjectives, participles and verbs; и stands for и and й, і for і and ї. Ukrainian has
// no Snowball stemmer. No native speaker has checked the list.
var ukrainianEndings = strings.Fields("а ам ами ах я ям ями ях и і е є у ю о ои еи ом ем єм ою ею єю и ів ів їв еві ові єві ія ію іею ієм ії ья ю ь ьми " +
	"ого ому им их ими ім іх іми ьому ього ии " +
	"ати ити іти ути яти ла ло ли в лася лося лися вся тися ться ється еться иться іться ить іть ять ать уть ють ете ите имо емо ає ають ує уємо уєте ують уються аючи ючи учи ячи вши")

// ukrainianApostrophes makes one of what keyboards give for the apostrophe. U+2019 is one already ([xapian.Words]); U+02BC,
// which Unicode wants here, is a letter there.
var ukrainianApostrophes = strings.NewReplacer("\u02bc", "'", "\u02b9", "'")

// ukrainianStem takes an ending off a Ukrainian word and leaves at least three letters.
func ukrainianStem(word string) string {
	word, _ = strip(ukrainianApostrophes.Replace(word), ukrainianEndings, 3)
	return strings.TrimSuffix(word, "ь")
}

// persianLetters makes one letter of those that keyboards give for the same, and drops the line that stretches words. ۀ has
// been folded to ە.
var persianLetters = strings.NewReplacer("ي", "ی", "ى", "ی", "ك", "ک", "ة", "ه", "ە", "ه", "ـ", "")

// easternDigits makes the digits of Europe of those of Arabic and Persian.
var easternDigits = strings.NewReplacer("٠", "0", "١", "1", "٢", "2", "٣", "3", "٤", "4", "٥", "5", "٦", "6", "٧", "7", "٨", "8", "٩", "9",
	"۰", "0", "۱", "1", "۲", "2", "۳", "3", "۴", "4", "۵", "5", "۶", "6", "۷", "7", "۸", "8", "۹", "9")

// alike makes one of the letters and digits that are the same in a language of those above, whatever the language: phrases are
// compared so.
func alike(word string) string {
	if !strings.ContainsFunc(word, func(r rune) bool { return r >= 0x2b9 && r <= 0x2bc || r >= 0x600 && r <= 0x6ff }) {
		return word
	}
	return easternDigits.Replace(persianLetters.Replace(ukrainianApostrophes.Replace(word)))
}

// persianEndings are plurals, possessives and the marks of comparison, which are written on the word or behind a
// zero-width non-joiner.
var persianEndings = strings.Fields("ها های هایی هایم هایت هایش هایمان هایتان هایشان ان ات ی م ت ش مان تان شان تر ترین")

// persianForms returns the word with its letters and digits made one, and without its endings. A zero-width non-joiner between parts
// of a word is gone already ([xapian.Words] leaves it out), so a word is one however it was joined.
func persianForms(word string) []string {
	word = easternDigits.Replace(persianLetters.Replace(word))
	if stem, ok := strip(word, persianEndings, 3); ok {
		if again, ok := strip(stem, persianEndings, 3); ok {
			stem = again
		}
		return []string{stem}
	}
	return []string{word}
}
