package messages_test

import (
	"encoding/json"
	"go/ast"
	"go/token"
	"maps"
	"os"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"

	"samizdat/internal/messages"
)

// What both programs say, and what the press alone does.
const (
	allTexts   = "cli/cli.json"
	pressTexts = "../../cmd/samizdat-press/cli.json"
)

// readSpoken returns a file like cli.json: English text, language, text by plural category ("" for one that has one form).
func readSpoken(t *testing.T, name string) map[string]map[string]map[string]string {
	t.Helper()
	data, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	var raw map[string]any
	if err := json.Unmarshal(data, &raw); err != nil {
		t.Fatal(err)
	}
	if remark, _ := raw["_review"].(string); !strings.HasPrefix(remark, "no native speaker has reviewed") {
		t.Errorf("%s does not say that nobody has reviewed it: %q", name, remark)
	}
	all := map[string]map[string]map[string]string{}
	for key, value := range raw {
		if strings.HasPrefix(key, "_") {
			continue
		}
		all[key] = map[string]map[string]string{}
		of, _ := value.(map[string]any)
		for lang, text := range of {
			all[key][lang] = forms(text)
		}
	}
	if len(all) < 10 {
		t.Fatalf("%d texts found, want more", len(all))
	}
	return all
}

// Every text of both files is found where it stands, whatever characters its English has. A file that is laid out otherwise
// loses its texts: one tab before each English text, "go fmt" for JSON as in the rest of the file.
func TestEverySpokenTextIsFound(t *testing.T) {
	packed, err := os.ReadFile(pressTexts + ".gz")
	if err != nil {
		t.Fatal(err)
	}
	for name, say := range map[string]func(p *messages.Printer) func(string, int64) string{
		allTexts:   func(p *messages.Printer) func(string, int64) string { return p.Say },
		pressTexts: func(p *messages.Printer) func(string, int64) string { return p.Saying(packed) },
	} {
		for english, of := range readSpoken(t, name) {
			for lang, forms := range of {
				got := say(messages.For(lang))(english, 1)
				if !slices.Contains(slices.Collect(maps.Values(forms)), got) {
					t.Errorf("%s: %q in %s is %q", name, english, lang, got)
				}
			}
		}
	}
	if got := messages.For("ru").Say("_review", 1); got != "_review" {
		t.Errorf("a remark is said: %q", got)
	}
}

func BenchmarkFirstText(b *testing.B) {
	p := messages.For("ru")
	for b.Loop() {
		p.Say("no such text", 1)
	}
}

// sameSpoken are texts that are the same as in English, and rightly so.
var sameSpoken = map[string][]string{"%d bytes": {"es"}, "format": {"fr"}, "error:": {"es"}}

func TestSpokenInEveryLanguage(t *testing.T) {
	verb := regexp.MustCompile(`%(\[\d+\])?[#+]?[sdqvwx]`)
	// verbs are those of a format, in order of their arguments.
	verbs := func(format string) string {
		var list []string
		for i, v := range verb.FindAllString(format, -1) {
			n := strconv.Itoa(i + 1)
			if j := strings.IndexByte(v, ']'); j > 0 {
				n, v = v[2:j], "%"+v[j+1:]
			}
			list = append(list, n+v)
		}
		slices.Sort(list)
		return strings.Join(list, " ")
	}
	names := map[plural.Form]string{
		plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few", plural.Many: "many",
	}
	all := readSpoken(t, allTexts)
	for english, of := range readSpoken(t, pressTexts) {
		if all[english] != nil {
			t.Errorf("%q stands in both files", english)
		}
		all[english] = of
	}
	for english, of := range all {
		for _, lang := range messages.Languages() {
			texts := of[lang]
			if lang == "en" && texts == nil {
				continue
			}
			if len(texts) == 0 {
				t.Errorf("%q: no text in %s", english, lang)
			}
			for category, text := range texts {
				if verbs(text) != verbs(english) {
					t.Errorf("%q, %s (%s): verbs %q, want %q", english, lang, category, verbs(text), verbs(english))
				}
				if strings.HasSuffix(english, "\n") != strings.HasSuffix(text, "\n") || strings.TrimSpace(text) == "" {
					t.Errorf("%q, %s: ends otherwise, or is empty: %q", english, lang, text)
				}
				if lang != "en" && (text == english) != slices.Contains(sameSpoken[english], lang) {
					t.Errorf("%q, %s: the English text, or listed as such and not: %q", english, lang, text)
				}
			}
			if _, one := texts[""]; one || len(texts) == 0 {
				continue
			}
			want := map[string]bool{"other": true}
			for n := range 1000 {
				want[names[plural.Cardinal.MatchPlural(language.Make(lang), n, 0, 0, 0, 0)]] = true
			}
			for category := range want {
				if texts[category] == "" {
					t.Errorf("%q, %s: no form for %q", english, lang, category)
				}
			}
		}
		for lang := range of {
			if !slices.Contains(messages.Languages(), lang) {
				t.Errorf("%q: a text in %q, which is no language here", english, lang)
			}
		}
	}
}

// Every text of the files stands in the sources of the programs, letter for letter; otherwise nobody would ever see it.
// What only the press says is not carried by the reader.
func TestSpokenStandsInTheSources(t *testing.T) {
	for name, dirs := range map[string][]string{
		allTexts: {"internal/command", "internal/stick", "cmd/samizdat"}, pressTexts: {"cmd/samizdat-press"},
	} {
		literals := map[string]bool{}
		for _, s := range parseSources(t, dirs...) {
			for _, file := range s.files {
				ast.Inspect(file, func(n ast.Node) bool {
					if lit, ok := n.(*ast.BasicLit); ok && lit.Kind == token.STRING {
						if text, err := strconv.Unquote(lit.Value); err == nil {
							literals[text] = true
						}
					}
					return true
				})
			}
		}
		for english := range readSpoken(t, name) {
			if !literals[english] {
				t.Errorf("%s: no source in %v says %q", name, dirs, english)
			}
		}
	}
}

func TestSay(t *testing.T) {
	for _, c := range []struct {
		lang, english string
		n             int64
		want          string
	}{
		{"ru", "stopped\n", 0, "остановлено\n"},
		{"ru", "%d bytes", 1, "%d байт"},
		{"ru", "%d bytes", 3, "%d байта"},
		{"en", "%d bytes", 3, "%d bytes"},
		{"en", "verify %s: the archive is damaged in %d places", 1, "verify %s: the archive is damaged in %d place"},
		{"fa", "nobody says this", 0, "nobody says this"},
	} {
		if got := messages.For(c.lang).Say(c.english, c.n); got != c.want {
			t.Errorf("%s, %q, %d: %q, want %q", c.lang, c.english, c.n, got, c.want)
		}
	}
}

func TestLocale(t *testing.T) {
	for _, c := range []struct {
		env  map[string]string
		want string
	}{
		{map[string]string{}, ""},
		{map[string]string{"LANG": "ru_RU.UTF-8"}, "ru_RU.UTF-8"},
		{map[string]string{"LANG": "ru_RU.UTF-8", "LC_MESSAGES": "kk_KZ"}, "kk_KZ"},
		{map[string]string{"LANG": "ru_RU.UTF-8", "LC_ALL": "C.UTF-8", "LANGUAGE": "fa"}, ""},
		{map[string]string{"LANG": "ru_RU.UTF-8", "LANGUAGE": "kk:ru"}, "kk:ru:ru_RU.UTF-8"},
		{map[string]string{"LANGUAGE": "kk"}, ""},
	} {
		if got := messages.Locale(func(name string) string { return c.env[name] }); got != c.want {
			t.Errorf("%v: %q, want %q", c.env, got, c.want)
		}
	}
	if got := messages.Match("kk:ru:ru_RU.UTF-8").Lang(); got != "kk" {
		t.Errorf("Match is %s", got)
	}
}
