package messages_test

import (
	"encoding/json"
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"sync"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"samizdat/internal/messages"
)

// reviewed are the catalogues that somebody who grew up with the language has read.
var reviewed = []string{"en"}

// readCatalogues returns every catalogue as it stands in its files, by language; a value is a string or an object. The
// words of packed pages are in files of their own.
func readCatalogues(t *testing.T) map[string]map[string]any {
	t.Helper()
	all := map[string]map[string]any{}
	for _, lang := range messages.Languages() {
		all[lang] = readCatalogue(t, lang+".json")
		for key, value := range readCatalogue(t, "packed/"+lang+".json") {
			if _, twice := all[lang][key]; twice && !strings.HasPrefix(key, "_") {
				t.Errorf("packed/%s.json: %q stands in %[1]s.json too", lang, key)
			}
			all[lang][key] = value
		}
	}
	if len(all) < 2 {
		t.Fatalf("%d catalogues found, want several", len(all))
	}
	return all
}

func readCatalogue(t *testing.T, name string) map[string]any {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var c map[string]any
	if err := json.Unmarshal(data, &c); err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	return c
}

func TestLanguages(t *testing.T) {
	want := []string{"ar", "en", "es", "fa", "fr", "kk", "ru", "uk", "zh"}
	if got := messages.Languages(); !slices.Equal(got, want) {
		t.Errorf("Languages() = %v, want %v", got, want)
	}
}

func TestEveryCatalogueHasTheKeysOfEnglish(t *testing.T) {
	all := readCatalogues(t)
	for lang, c := range all {
		for key := range all["en"] {
			if _, ok := c[key]; !ok && !strings.HasPrefix(key, "_") {
				t.Errorf("%s.json: no text for %q", lang, key)
			}
		}
		for key := range c {
			if _, ok := all["en"][key]; !ok && !strings.HasPrefix(key, "_") {
				t.Errorf("%s.json: %q is not a key of en.json", lang, key)
			}
		}
	}
}

// The decoder takes the last of two members with the same key and says nothing.
func TestNoKeyStandsTwiceInACatalogue(t *testing.T) {
	keyLine := regexp.MustCompile(`(?m)^\t"([^"]+)":`)
	for lang := range readCatalogues(t) {
		for _, name := range []string{lang + ".json", "packed/" + lang + ".json"} {
			data, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			seen := map[string]bool{}
			for _, m := range keyLine.FindAllStringSubmatch(string(data), -1) {
				if seen[m[1]] {
					t.Errorf("%s: %q stands twice", name, m[1])
				}
				seen[m[1]] = true
			}
			if len(seen) == 0 {
				t.Errorf("%s: no keys found", name)
			}
		}
	}
}

func TestRemarksAreNotTexts(t *testing.T) {
	for _, lang := range messages.Languages() {
		if messages.For(lang).Has("_review") {
			t.Errorf("%s has a text for the key _review", lang)
		}
	}
}

func TestUnreviewedCataloguesSaySo(t *testing.T) {
	for lang := range readCatalogues(t) {
		remark, _ := readCatalogue(t, lang+".json")["_review"].(string)
		if other, _ := readCatalogue(t, "packed/"+lang+".json")["_review"].(string); other != remark {
			t.Errorf("packed/%s.json: _review is %q, and in %[1]s.json %q", lang, other, remark)
		}
		if says := strings.HasPrefix(remark, "not reviewed"); says == slices.Contains(reviewed, lang) {
			t.Errorf("%s.json: _review is %q, and the list of the reviewed ones is %v", lang, remark, reviewed)
		}
	}
}

// forms returns the texts of a value of a catalogue by plural category, "" for a text that has only one form.
func forms(value any) map[string]string {
	switch v := value.(type) {
	case string:
		return map[string]string{"": v}
	case map[string]any:
		texts := map[string]string{}
		for category, text := range v {
			texts[category], _ = text.(string)
		}
		return texts
	}
	return nil
}

func TestTextsHaveTheArgumentsOfEnglish(t *testing.T) {
	placeholder := regexp.MustCompile(`\{[^{}]*\}`)
	arguments := func(text string) string {
		names := placeholder.FindAllString(text, -1)
		slices.Sort(names)
		return strings.Join(names, " ")
	}
	all := readCatalogues(t)
	for lang, c := range all {
		for key, english := range all["en"] {
			want := arguments(forms(english)["other"] + forms(english)[""])
			for category, text := range forms(c[key]) {
				if got := arguments(text); got != want {
					t.Errorf("%s.json: %s (%s) has the arguments %q, want %q", lang, key, category, got, want)
				}
				if strings.TrimSpace(text) == "" && key != "number.group" {
					t.Errorf("%s.json: %s (%s) is empty", lang, key, category)
				}
			}
		}
	}
}

// A text that depends on a number has a form for each category that a whole number can fall into, "other" in any case,
// and no more; it may depend on it in one language and not in another.
func TestPluralsHaveTheCategoriesOfTheirLanguage(t *testing.T) {
	names := map[plural.Form]string{
		plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few",
		plural.Many: "many",
	}
	all := readCatalogues(t)
	for lang, c := range all {
		want := map[string]bool{"other": true}
		for n := range 1000 {
			want[names[plural.Cardinal.MatchPlural(language.Make(lang), n, 0, 0, 0, 0)]] = true
		}
		for key, value := range c {
			if _, ok := value.(map[string]any); !ok {
				if _, ok := all["en"][key].(map[string]any); ok {
					t.Errorf("%s.json: %s has no plural forms", lang, key)
				}
				continue
			}
			got := map[string]bool{}
			for category := range forms(value) {
				got[category] = true
			}
			if !reflect.DeepEqual(got, want) {
				t.Errorf("%s.json: %s has the forms %v, want %v", lang, key, got, want)
			}
		}
	}
}

// A text that equals the English one has been forgotten, unless testdata/same.txt says that it is meant.
func TestNothingIsLeftInEnglish(t *testing.T) {
	data, err := os.ReadFile("testdata/same.txt")
	if err != nil {
		t.Fatal(err)
	}
	all := readCatalogues(t)
	meant := map[string][]string{} // the languages, by key
	for line := range strings.Lines(string(data)) {
		if fields := strings.Fields(line); len(fields) > 1 && !strings.HasPrefix(line, "#") {
			meant[fields[0]] = fields[1:]
		} else if len(fields) == 1 {
			t.Errorf("testdata/same.txt: %s has no language", fields[0])
		}
	}
	equal := 0
	for lang, c := range all {
		if lang == "en" {
			continue
		}
		for key, english := range all["en"] {
			same := reflect.DeepEqual(c[key], english)
			listed := slices.Contains(meant[key], lang)
			switch {
			case same && !listed && !slices.Contains(meant[key], "*"):
				t.Errorf("%s.json: %s is the English text %q", lang, key, english)
			case !same && listed:
				t.Errorf("testdata/same.txt: %s is listed for %s, but is not the English text", key, lang)
			}
			if same {
				equal++
			}
		}
	}
	if equal == 0 {
		t.Error("no text equals the English one: the comparison finds nothing")
	}
	for key := range meant {
		if _, ok := all["en"][key]; !ok {
			t.Errorf("testdata/same.txt: there is no key %s", key)
		}
	}
}

func TestPrintersMayBeUsedConcurrently(t *testing.T) {
	var wg sync.WaitGroup
	for range 4 {
		wg.Go(func() {
			for _, lang := range messages.Languages() {
				p := messages.Match(lang + ";q=0.5")
				if got := p.Lang(); got != lang {
					t.Errorf("Match is %q, want %q", got, lang)
				}
				if p.Text("size.bytes", "n", 5) == "" || p.Date("2022-01-02") == "" {
					t.Errorf("%s: no text", lang)
				}
			}
		})
	}
	wg.Wait()
}
