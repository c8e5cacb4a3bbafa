package search

import (
	"context"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/xapian"
)

// TestMarkerFindsEveryWord holds the quick way through a text against the one that cuts out every word.
func TestMarkerFindsEveryWord(t *testing.T) {
	text := "Networks, networking; the network's end. A net-work (NETWORK) networked_42 x86_64 C++ and C# 3.14, 10,000 dogs' tails: dying, died, DIES! " +
		"naïve Ünter straße protest/protests “protesting” P.T.O. N.E.T.W.O.R.K AT&T résumés resume — протесты, Протестующих; ёлка ЁЛКИ қаланың қалада. " +
		"don't can't rock'n'roll الكتاب كتابها ۱۲۳ ١٢٣ ２０ 123 كتاب\u200cها کتاب gcrann bhád crann ΟΔΟΣ οδός e.g. end.of.line a.b, soft\u00adhyphen zero\u200bwidth 北京 network"
	for language, queries := range map[string][]string{
		"en": {"network", "networking the", "die", "dying", "resume", "protest dogs", "c++", "3.14", "10,000", "x86_64", "don't", "naive", "unter", "at&t", "résumé network", "end.of.line"},
		"ru": {"протест", "елка", "c#"},
		"kk": {"қала", "network"},
		"ar": {"كتاب", "123", "١٢٣", "２０"},
		"fa": {"کتاب", "كتاب", "123", "۱۲۳"},
		"ga": {"crann", "bád", "οδός"},
		"":   {"οδος", "ΟΔΟΣ", "２０"},
	} {
		d := &database{stem: xapian.Stemmer(language), turns: turnsWords(language)}
		if language == "ar" || language == "fa" { // as a dossier has them
			d.stem = nil
		}
		if d.stem == nil && language != "" {
			d.forms = []inflection{{language, formsOf(language)}}
		}
		for _, query := range queries {
			m := d.marker(ParseQuery(query, false))
			var want, got []string
			xapian.Words(text, false, func(_ string, start, end int) bool {
				if m.number(text[start:end]) != unmarked {
					want = append(want, text[start:end])
				}
				return true
			})
			m.each(text, func(p place) bool {
				got = append(got, text[p.start:p.end])
				return true
			})
			if !slices.Equal(got, want) || len(want) == 0 {
				t.Errorf("%s: %q marks %q, want %q", language, query, got, want)
			}
		}
	}
}

// A search that nobody waits for any more does not go on to the end of a long text.
func TestStandsGivesUp(t *testing.T) {
	text := strings.Repeat("word ", 1<<12) + "good bye"
	words := []string{"good", "bye"}
	if at := stands(t.Context(), text, words); text[at.start:at.end] != "good bye" {
		t.Errorf("found %q", text[at.start:at.end])
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if at := stands(ctx, text, words); at.end != 0 {
		t.Errorf("found %q after the end", text[at.start:at.end])
	}
}
