package search

import (
	"slices"
	"strings"
	"testing"

	"samizdat/internal/xapian"
)

// TestForms holds that the forms of a word come together, and that different words stay apart.
func TestForms(t *testing.T) {
	for language, groups := range map[string][]string{
		"en": {"protest protests protested protesting", "network networks", "city cities"},
		"ru": {"протестующий протестующие протестующим", "улица улицы улицам улицах", "город города городом", "ёлка елка ёлки"},
		"kk": {
			"қала қалада қалалар қаланың қаласы қалаға қаладан қаладағы", "адам адамдар адамның адамдарға адамдарды", "интернет интернетті интернеттің интернетке",
			"наразылық наразылықтар наразылығы наразылыққа наразылықтың", "үкімет үкіметтің үкіметке үкіметі", "көше көшеде көшелер көшелерде",
			"билік билікке биліктің билігі", "Қазақстан Қазақстанда Қазақстанның Қазақстаннан қазақстандық қазақстандықтар",
			"Өзбекстан Өзбекстанға Өзбекстандағы", "ел елдің елдер елге елден елдегі", "апта аптада апталар", "майдан майданда майдандар",
			"тас тастан тастар",
		},
		"uk": {
			"протест протести протестів протестам протестами", "вулиця вулиці вулицю вулицями вулиць", "мережа мережі мережу мережею мереж",
			"свобода свободи свободу свободою свобод", "Казахстан Казахстану Казахстані Казахстаном", "люди людей людям",
			"об\u02bcєднання об'єднання об\u2019єднанню", "обʼєкт об’єкт об'єкти",
		},
		"fa": {"کتاب کتاب\u200cها کتابها کتاب\u200cهای كتاب", "اعتراض اعتراضات اعتراض\u200cها اعتراضی", "شهر شهرها شهرهای", "خانۀ خانه", "۱۴۰۱ 1401 ١٤٠١"},
		"ar": {"١٤٠١ 1401 ۱۴۰۱"},
	} {
		forms := formsOf(language)
		of := func(w string) []string {
			var cut string
			xapian.Words(xapian.Fold(w), false, func(word string, _, _ int) bool { cut = word; return false })
			return forms(cut)
		}
		meet := func(a, b string) bool {
			other := of(b)
			return slices.ContainsFunc(of(a), func(form string) bool { return slices.Contains(other, form) })
		}
		for i, group := range groups {
			words := strings.Fields(group)
			for _, w := range words {
				if !meet(words[0], w) {
					t.Errorf("%s: %s becomes %q, and %s %q", language, words[0], of(words[0]), w, of(w))
				}
				for _, other := range groups[:i] {
					for o := range strings.FieldsSeq(other) {
						if meet(w, o) {
							t.Errorf("%s: %s and %s both become one of %q", language, w, o, of(o))
						}
					}
				}
			}
		}
	}
	if formsOf("xx") != nil || formsOf("") != nil {
		t.Error("there are forms for a language without rules")
	}
}
