package messages

import (
	"bytes"
	_ "embed"
	"encoding/json"
	"io"
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

// phrases is a file like cli.json: English text, language, text by plural category. A program says few of them before it
// ends or has started, so the file is looked through and not parsed, which would take longer than all the rest of a start. A test
// sees that it is laid out for that: one tab before each English text.
type phrases []byte

// readPhrases unpacks a file like cli.json. It is compiled in, so one that cannot be read is a bug.
func readPhrases(data []byte) phrases { return squeeze.Read("cli.json", data) }

// find returns what the English text is in a language; nil if that is not there.
func (p phrases) find(english, lang string) entry {
	var key bytes.Buffer
	enc := json.NewEncoder(&key)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(english); err != nil {
		return nil // never: it is a string
	}
	head := append([]byte("\n\t"), bytes.TrimSuffix(key.Bytes(), []byte("\n"))...)
	_, rest, ok := bytes.Cut(p, append(head, ": {"...))
	if !ok {
		return nil
	}
	var forms map[string]entry
	if err := json.NewDecoder(io.MultiReader(strings.NewReader("{"), bytes.NewReader(rest))).Decode(&forms); err != nil {
		panic("messages: internal error: cli.json: " + english + ": " + err.Error())
	}
	return forms[lang]
}

// Say returns what the command line says in English in the printer's language, in the form for the number n, where the
// text depends on one. What there are no other words for is returned itself.
func (p *Printer) Say(english string, n int64) string {
	e := spoken().find(english, p.lang)
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
		if e := more().find(english, p.lang); e != nil {
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
