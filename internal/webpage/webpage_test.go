package webpage_test

import (
	"strings"
	"testing"

	"golang.org/x/net/html"
	"golang.org/x/text/encoding/charmap"
	"golang.org/x/text/encoding/unicode"

	"samizdat/internal/webpage"
)

const russian = "Все люди рождаются свободными и равными в своём достоинстве и правах. Они наделены разумом и совестью и должны поступать в отношении друг друга в духе братства."

func encode(t *testing.T, c *charmap.Charmap, s string) []byte {
	t.Helper()
	b, err := c.NewEncoder().Bytes([]byte(s))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// What names the charset, one after the other.
func TestDecode(t *testing.T) {
	cp1251, koi := encode(t, charmap.Windows1251, russian), encode(t, charmap.KOI8R, russian)
	utf16, err := unicode.UTF16(unicode.BigEndian, unicode.UseBOM).NewEncoder().Bytes([]byte(russian))
	if err != nil {
		t.Fatal(err)
	}
	meta := func(charset string, b []byte) []byte { return append([]byte(`<meta charset="`+charset+`"><p>`), b...) }
	for name, c := range map[string]struct {
		body     []byte
		header   string
		name, by string
		plain    bool
	}{
		"header":                    {cp1251, "text/html; charset=CP1251", "windows-1251", "header", true},
		"header before meta":        {meta("koi8-r", cp1251), "text/html; charset=windows-1251", "windows-1251", "header", false},
		"meta":                      {meta("koi8-r", koi), "text/html", "koi8-r", "meta", false},
		"meta of old":               {append([]byte(`<META HTTP-EQUIV="Content-Type" CONTENT="text/html; charset=koi8-r">`), koi...), "", "koi8-r", "meta", false},
		"meta, late":                {meta("koi8-r", koi), "", "koi8-r", "meta", false},
		"meta that cannot be":       {meta("utf-16", []byte(russian)), "", "utf-8", "meta", false},
		"mark":                      {append([]byte("\xEF\xBB\xBF"), russian...), "text/html; charset=koi8-r", "utf-8", "bom", true},
		"mark of UTF-16":            {utf16, "", "utf-16be", "bom", true},
		"style sheet":               {append([]byte(`@charset "windows-1251";`), cp1251...), "text/css", "windows-1251", "meta", false},
		"UTF-8 that says otherwise": {[]byte(russian), "text/html; charset=windows-1251", "utf-8", "content", true},
		"not the UTF-8 it says":     {cp1251, "text/html; charset=utf-8", "windows-1251", "guess", true},
		"nothing, UTF-8":            {[]byte(russian), "", "utf-8", "content", true},
		"nothing, windows-1251":     {cp1251, "", "windows-1251", "guess", true},
		"nothing, KOI8-R":           {koi, "", "koi8-r", "guess", true},
		"nothing, CP866":            {encode(t, charmap.CodePage866, russian), "", "ibm866", "guess", true},
		"nothing, Macintosh":        {encode(t, charmap.MacintoshCyrillic, russian), "", "x-mac-cyrillic", "guess", true},
		"nothing, ISO 8859-5":       {encode(t, charmap.ISO8859_5, russian), "", "iso-8859-5", "guess", true},
		"unknown label":             {[]byte(russian), "text/html; charset=x-none", "utf-8", "content", true},
	} {
		t.Run(name, func(t *testing.T) {
			if name == "meta, late" {
				c.body = append([]byte("<!--"+strings.Repeat(" ", 3000)+"-->"), c.body...)
			}
			text, charset := webpage.Decode(c.body, c.header)
			if charset != (webpage.Charset{Name: c.name, By: c.by}) {
				t.Errorf("%v, want %s by %s", charset, c.name, c.by)
			}
			if got := string(text); got != russian && (c.plain || !strings.HasSuffix(got, russian)) {
				t.Errorf("%q", got)
			}
		})
	}
}

func TestBrokenUTF8StaysUTF8(t *testing.T) {
	text, charset := webpage.Decode([]byte(russian+"\xff"+russian), "text/html; charset=utf-8")
	if charset.Name != "utf-8" || !strings.HasPrefix(string(text), russian) {
		t.Errorf("%v %q", charset, text)
	}
}

// The first article of the Universal Declaration of Human Rights, and other short texts.
func TestLanguageOf(t *testing.T) {
	for want, text := range map[string]string{
		"ru": russian,
		"kk": "Барлық адамдар тумысынан азат және қадір-қасиеті мен құқықтары тең болып дүниеге келеді. Адамдарға ақыл-парасат, ар-ождан берілген.",
		"uk": "Всі люди народжуються вільними і рівними у своїй гідності та правах. Вони наділені розумом і совістю.",
		"be": "Усе людзі нараджаюцца свабоднымі і роўнымі ў сваёй годнасці і правах. Яны надзелены розумам і сумленнем.",
		"ky": "Бардык адамдар өз беделинде жана укуктарында эркин жана тең укуктуу болуп жаралат. Алардын аң-сезими менен абийири бар.",
		"fa": "تمام افراد بشر آزاد به دنیا می\u200cآیند و از لحاظ حیثیت و حقوق با هم برابرند. همه دارای عقل و وجدان هستند.",
		"ar": "يولد جميع الناس أحرارا متساوين في الكرامة والحقوق. وقد وهبوا عقلا وضميرا وعليهم أن يعامل بعضهم بعضا بروح الإخاء.",
		"en": "All human beings are born free and equal in dignity and rights. They are endowed with reason and conscience and should act towards one another in a spirit of brotherhood.",
		"de": "Alle Menschen sind frei und gleich an Würde und Rechten geboren. Sie sind mit Vernunft und Gewissen begabt und sollen einander im Geist der Brüderlichkeit begegnen.",
		"":   "1 2 3",
	} {
		if got := webpage.LanguageOf(text); got != want {
			t.Errorf("%.30s: %q, want %q", text, got, want)
		}
	}
}

func TestLanguageOfPage(t *testing.T) {
	for page, want := range map[string]string{
		`<html lang=kk-KZ>`:                             "kk-KZ",
		`<html><meta property=og:locale content=fr_FR>`: "fr-FR",
		`<html lang="">`:                                "ru",
		`<html lang="nonsense in words">`:               "ru",
		`<html lang=en-US>`:                             "ru", // the words are in Cyrillic
		`<html xml:lang=uk>`:                            "uk",
	} {
		words := russian
		if want == "fr-FR" {
			words = ""
		}
		root, err := webpage.Parse([]byte(page))
		if err != nil {
			t.Fatal(err)
		}
		if got := webpage.Language(root, words); got != want {
			t.Errorf("%s: %q, want %q", page, got, want)
		}
	}
}

func FuzzParse(f *testing.F) {
	f.Add([]byte(strings.Repeat("<div>", 600)+"x"), "text/html")
	f.Add([]byte(strings.Repeat("<table><tr><td><b>", 200)+"</table>x"), "text/html; charset=koi8-r")
	f.Add([]byte("<meta charset=iso-2022-jp>\x1b$B"), "")
	f.Fuzz(func(t *testing.T, body []byte, contentType string) {
		if len(body) > 1<<16 {
			return
		}
		text, charset := webpage.Decode(body, contentType)
		if charset.Name == "" {
			t.Error("no charset")
		}
		root, err := webpage.Parse(text)
		if err != nil {
			t.Fatal(err)
		}
		if root.Type != html.DocumentNode {
			t.Error("no document")
		}
	})
}
