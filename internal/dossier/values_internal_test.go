package dossier

import (
	"os"
	"reflect"
	"strings"
	"testing"
)

func TestNearest(t *testing.T) {
	known := []string{"title", "lang", "long_description", "date", "date_from"}
	for word, want := range map[string]string{
		"titel": "title", "Title": "title", "langs": "lang", "long-description": "long_description", "date_form": "date_from",
		"x": "", "": "", "colour": "", strings.Repeat("a", 1000): "",
	} {
		if got := nearest(word, known); got != want {
			t.Errorf("nearest(%q) = %q, want %q", word, got, want)
		}
	}
}

func TestISO3(t *testing.T) {
	for tag, want := range map[string]string{"en": "eng", "ru": "rus", "kk": "kaz", "fa": "fas", "zh-Hant": "zho", "ar": "ara", "uk": "ukr", "de-CH": "deu"} {
		if got := iso3(tag); got != want {
			t.Errorf("iso3(%q) = %q, want %q", tag, got, want)
		}
	}
}

func TestSlugKeepsIdentifiers(t *testing.T) {
	for s, want := range map[string]string{"statement-1": "statement-1", "a--b": "a--b", "Two Words": "two-words", "a_b.c": "a-b-c", "-x-": "x", "Заявление": ""} {
		if got := slug(s); got != want {
			t.Errorf("slug(%q) = %q, want %q", s, got, want)
		}
	}
}

// TestEveryFieldIsDocumented looks for a row of docs/dossier.md for every field of every manifest.
func TestEveryFieldIsDocumented(t *testing.T) {
	b, err := os.ReadFile("../../docs/dossier.md")
	if err != nil {
		t.Fatal(err)
	}
	// Headings of the page, with the fields that must stand in a table below them.
	tables := map[string]reflect.Type{
		"dossier.yaml":         reflect.TypeFor[manifest](),
		"source_document":      reflect.TypeFor[sourceFields](),
		"editions":             reflect.TypeFor[editionFields](),
		"sections":             reflect.TypeFor[sectionFields](),
		"timeline":             reflect.TypeFor[timelineFields](),
		"Texts of the dossier": reflect.TypeFor[textFields](),
		"Items":                reflect.TypeFor[itemFields](),
		"media":                reflect.TypeFor[mediaFields](),
		"capture":              reflect.TypeFor[captureFields](),
		"missing":              reflect.TypeFor[missingFields](),
	}
	parts := map[string]string{}
	for part := range strings.SplitSeq(string(b), "\n## ") {
		heading, body, _ := strings.Cut(part, "\n")
		parts[strings.Trim(heading, "`# ")] = body
	}
	for heading, typ := range tables {
		body, ok := parts[heading]
		if !ok {
			t.Errorf("docs/dossier.md has no part %q", heading)
			continue
		}
		for _, name := range fieldNames(typ) {
			if !strings.Contains(body, "\n| `"+name+"` |") {
				t.Errorf("docs/dossier.md, %s: no row for the field %s", heading, name)
			}
		}
		for line := range strings.SplitSeq(body, "\n") {
			name, found := strings.CutPrefix(line, "| `")
			if name, _, _ = strings.Cut(name, "`"); found && !strings.Contains(" "+strings.Join(fieldNames(typ), " ")+" ", " "+name+" ") {
				t.Errorf("docs/dossier.md, %s: there is no field %s", heading, name)
			}
		}
	}
	for what, words := range map[string][]string{"Items": append(append(append([]string{}, kinds...), statuses...), datesFrom...), "media": mediaRoles, "capture": append(append([]string{}, captureMethods...), digestNames...)} {
		for _, word := range words {
			if !strings.Contains(parts[what], "`"+word+"`") {
				t.Errorf("docs/dossier.md, %s: the word %s is not explained", what, word)
			}
		}
	}
	for _, id := range reservedIDs {
		if !strings.Contains(parts["Items"], id) {
			t.Errorf("docs/dossier.md, Items: the reserved id %s is not named", id)
		}
	}
}

// TestHostileYAMLIsRefusedSoon gives the parser what makes others slow or deep.
func TestHostileYAMLIsRefusedSoon(t *testing.T) {
	for name, src := range map[string]string{
		"deep flow":  strings.Repeat("[", 1<<20-1),
		"deep maps":  strings.Repeat("{a: ", 200_000),
		"deep block": strings.Repeat("- ", 500_000),
		"many keys":  strings.Repeat("a: 1\n", 100_000),
		"anchors":    strings.Repeat("a: &a [*a,*a]\n", 50_000),
		"long key":   strings.Repeat("k", 1<<20-10) + ": 1",
		"comments":   strings.Repeat("#\n", 500_000),
	} {
		var m manifest
		l := &loader{}
		l.fill("dossier.yaml", []byte(src), 1, &m)
		if len(l.problems) == 0 {
			t.Errorf("%s: no problem", name)
		}
	}
}
