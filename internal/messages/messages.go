// Package messages holds every word that the programs put on a page, by key, in one catalogue per language, and writes
// dates, numbers and sizes in the way of that language. Words of the dossier are never here.
//
// A catalogue is a flat JSON object from key to text; {name} in a text is filled by the argument called name. A value
// may also be an object from plural category (CLDR: "one", "few", "many", "other", …) to text; the argument "n" then
// chooses. A key that a catalogue lacks falls back to English. A key that begins with "_" is a remark on the catalogue:
// "_review" says that nobody who grew up with the language has read it yet, and is taken out when somebody has.
//
// A value is put into a text as it is, so a text is worded in such a way that no value needs a case ending.
//
// Plural categories and the matching of languages are those of golang.org/x/text (CLDR 32). Digits and their groups
// are in the catalogues, since golang.org/x/text/message would make a program 120 kB larger; a test compares the two.
package messages

import (
	"fmt"
	"strings"

	"golang.org/x/text/language"
)

// Printer writes texts in one language. It is immutable and may be used concurrently.
type Printer struct {
	lang string
	tag  language.Tag // lang, for the plural rules
	own  catalogue
	base catalogue // English; the same as own if that is the language
	zero rune      // the digit 0; the other nine follow it
}

// Lang returns the tag of the printer's language.
func (p *Printer) Lang() string { return p.lang }

// Dir returns the direction of the printer's language, "ltr" or "rtl".
func (p *Printer) Dir() string { return Direction(p.lang) }

// Text returns the text of key. The arguments are pairs of a name and a value: Text("nav.position", "n", 2, "total",
// 11). A string is put in as it is; an int or int64 is written by [Printer.Number], and one called "n" chooses the
// plural form. A key that no catalogue has is returned itself.
func (p *Printer) Text(key string, args ...any) string {
	e, tag := p.own[key], p.tag
	if e == nil {
		e, tag = p.base[key], language.English
	}
	if e == nil {
		return key
	}
	form := e["other"]
	values := make([]string, 0, len(args))
	for i := 0; i+1 < len(args); i += 2 {
		name, _ := args[i].(string)
		value := ""
		switch v := args[i+1].(type) {
		case string:
			value = v
		case int:
			value = p.Number(int64(v))
			form = choose(e, tag, name, int64(v), form)
		case int64:
			value = p.Number(v)
			form = choose(e, tag, name, v, form)
		default:
			panic(fmt.Sprintf("messages: internal error: %s: argument %s is a %T", key, name, v))
		}
		values = append(values, "{"+name+"}", value)
	}
	if len(values) == 0 {
		return form
	}
	return strings.NewReplacer(values...).Replace(form)
}

// choose returns the form of e for the number n, if name is the argument that chooses.
func choose(e entry, tag language.Tag, name string, n int64, form string) string {
	if name != "n" {
		return form
	}
	if f, ok := e[category(tag, n)]; ok {
		return f
	}
	return form
}

// Has reports whether there is a text for key.
func (p *Printer) Has(key string) bool { return p.own[key] != nil || p.base[key] != nil }
