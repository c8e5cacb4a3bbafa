package messages

import (
	"embed"
	"encoding/json"
	"fmt"
	"maps"
	"strings"
	"sync"
	"unicode/utf8"

	"golang.org/x/text/language"

	"samizdat/internal/squeeze"
)

//go:embed *.json.gz
var files embed.FS

// fallback is the language whose catalogue has every key.
const fallback = "en"

// catalogue maps a key to its text.
type catalogue map[string]entry

// entry is one text, by plural category; "other" is always there.
type entry map[string]string

// UnmarshalJSON takes a string, which is the text whatever the number, or an object of plural categories.
func (e *entry) UnmarshalJSON(data []byte) error {
	var s string
	if json.Unmarshal(data, &s) == nil {
		*e = entry{"other": s}
		return nil
	}
	forms := map[string]string{}
	if err := json.Unmarshal(data, &forms); err != nil {
		return err
	}
	if _, ok := forms["other"]; !ok {
		return fmt.Errorf(`no form "other"`)
	}
	*e = forms
	return nil
}

// printers has the printer of each language there is. A catalogue is read when its printer is first asked for: a
// program mostly writes in one language and English.
var printers = sync.OnceValue(func() map[string]func() *Printer {
	all := map[string]func() *Printer{}
	names, err := files.ReadDir(".")
	if err != nil {
		panic("messages: internal error: " + err.Error())
	}
	for _, f := range names {
		lang := strings.TrimSuffix(f.Name(), ".json.gz")
		all[lang] = sync.OnceValue(func() *Printer { return newPrinter(lang, all[fallback]) })
	}
	return all
})

// readCatalogue reads the catalogue of lang. Catalogues are compiled in, so one that cannot be read is a bug.
func readCatalogue(files embed.FS, lang string) catalogue {
	data, err := files.ReadFile(lang + ".json.gz")
	if err != nil {
		panic("messages: internal error: " + err.Error())
	}
	var own catalogue
	if err := json.Unmarshal(squeeze.Read(lang, data), &own); err != nil {
		panic("messages: internal error: " + lang + ".json: " + err.Error())
	}
	for key := range own {
		if strings.HasPrefix(key, "_") {
			delete(own, key)
		}
	}
	return own
}

// With returns a printer that has the texts of more besides those of p: a file LANG.json.gz for each language, which
// holds what not every program carries. It panics if one cannot be read.
func (p *Printer) With(more embed.FS) *Printer {
	both := *p
	both.own = maps.Clone(p.own)
	maps.Copy(both.own, readCatalogue(more, p.lang))
	both.base = both.own
	if p.lang != fallback {
		both.base = maps.Clone(p.base)
		maps.Copy(both.base, readCatalogue(more, fallback))
	}
	return &both
}

// newPrinter reads the catalogue of lang; english returns the printer for English.
func newPrinter(lang string, english func() *Printer) *Printer {
	own := readCatalogue(files, lang)
	p := &Printer{lang: lang, tag: language.Make(lang), own: own, base: own}
	if lang != fallback {
		p.base = english().own
	}
	p.zero, _ = utf8.DecodeRuneInString(p.Text("number.zero"))
	return p
}
