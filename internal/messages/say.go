package messages

import (
	_ "embed"
	"encoding/json"
	"strings"
	"sync"

	"samizdat/internal/squeeze"
)

// What the command lines say stands in the sources, in English, and cli.json has it in the other languages by that
// English text: errors and hints are read where they arise. A text may be a format of package fmt; a translation has the
// same verbs, with their numbers if their order differs. A test holds every text that the sources give to a function of
// package command that translates against the file. Help at length, what flags mean, names of metadata, JSON and what other
// programs read stay English, and so does the cause in an error that a library, the system or a package below found.

//go:embed cli/cli.json.gz
var cli []byte

// spoken is cli.json.
var spoken = sync.OnceValue(func() phrases { return readPhrases(cli) })

// phrases are English text, language, text by plural category.
type phrases map[string]map[string]entry

// readPhrases reads a file like cli.json, compressed. It is compiled in, so one that cannot be read is a bug.
func readPhrases(data []byte) phrases {
	var raw map[string]json.RawMessage
	if err := json.Unmarshal(squeeze.Read("cli.json", data), &raw); err != nil {
		panic("messages: internal error: cli.json: " + err.Error())
	}
	all := make(phrases, len(raw))
	for key, value := range raw {
		if strings.HasPrefix(key, "_") {
			continue
		}
		var forms map[string]entry
		if err := json.Unmarshal(value, &forms); err != nil {
			panic("messages: internal error: cli.json: " + key + ": " + err.Error())
		}
		all[key] = forms
	}
	return all
}

// Say returns what the command line says in English in the printer's language, in the form for the number n, where the
// text depends on one. What there are no other words for is returned itself.
func (p *Printer) Say(english string, n int64) string {
	e := spoken()[english][p.lang]
	if e == nil {
		return english
	}
	return choose(e, p.tag, "n", n, e["other"])
}

// Saying returns what [Printer.Say] is for a program that says more: own is a file like cli.json, compressed, which is
// looked at first.
func (p *Printer) Saying(own []byte) func(english string, n int64) string {
	more := sync.OnceValue(func() phrases { return readPhrases(own) })
	return func(english string, n int64) string {
		if e := more()[english][p.lang]; e != nil {
			return choose(e, p.tag, "n", n, e["other"])
		}
		return p.Say(english, n)
	}
}

// Locale returns the languages that the environment asks for, as [Match] reads them: LANGUAGE, which lists several and
// counts only if a locale is set at all, then the first of LC_ALL, LC_MESSAGES and LANG that is not empty. Empty is no
// wish. (gettext manual, "Locale Environment Variables".)
func Locale(getenv func(string) string) string {
	for _, name := range []string{"LC_ALL", "LC_MESSAGES", "LANG"} {
		value := getenv(name)
		if value == "" {
			continue
		}
		if base := withoutCharset(value); base == "C" || base == "POSIX" {
			return ""
		}
		if list := getenv("LANGUAGE"); list != "" {
			return list + ":" + value
		}
		return value
	}
	return ""
}

// Chosen returns the printer for the language of a command line: lang, as the user wrote it, or if that is empty the
// language of the environment.
func Chosen(lang string, getenv func(string) string) *Printer {
	if lang != "" {
		return For(lang)
	}
	return Match(Locale(getenv))
}
