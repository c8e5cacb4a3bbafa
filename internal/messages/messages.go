// Package messages holds every word that the programs put on a page, by key, in one catalogue per language, and writes
// dates, numbers and sizes in the way of that language. Words of the dossier are never here.
//
// A catalogue is a flat JSON object from key to text; {name} in a text is filled by the argument called name. A value
// may also be an object from plural category (CLDR: "one", "few", "many", "other", …) to text; the argument "n" then
// chooses. Languages that a catalogue lacks a key for fall back to English.
package messages

import (
	"embed"
	"encoding/json"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"
)

//go:embed *.json
var files embed.FS

// fallback is the language whose catalogue has every key.
const fallback = "en"

// Printer writes texts in one language. It is immutable and may be used concurrently.
type Printer struct {
	lang string
	own  catalogue
	base catalogue // English; the same as own if that is the language
}

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

// load reads all catalogues, once. They are compiled in, so one that cannot be read is a bug.
var load = sync.OnceValue(func() map[string]catalogue {
	all := map[string]catalogue{}
	names, err := files.ReadDir(".")
	if err != nil {
		panic("messages: internal error: " + err.Error())
	}
	for _, f := range names {
		data, err := files.ReadFile(f.Name())
		if err != nil {
			panic("messages: internal error: " + err.Error())
		}
		var c catalogue
		if err := json.Unmarshal(data, &c); err != nil {
			panic("messages: internal error: " + f.Name() + ": " + err.Error())
		}
		all[strings.TrimSuffix(f.Name(), ".json")] = c
	}
	return all
})

// Languages returns the tags of the languages there are, sorted.
func Languages() []string {
	var tags []string
	for tag := range load() {
		tags = append(tags, tag)
	}
	slices.Sort(tags)
	return tags
}

// For returns the printer for the language tag lang (BCP 47), or for the nearest language there is: subtags are
// dropped from the right until one fits, and English is the last resort.
func For(lang string) *Printer {
	all := load()
	base := all[fallback]
	for tag := strings.ToLower(strings.ReplaceAll(lang, "_", "-")); tag != ""; {
		for have, c := range all {
			if strings.ToLower(have) == tag {
				return &Printer{lang: have, own: c, base: base}
			}
		}
		i := strings.LastIndexByte(tag, '-')
		tag = tag[:max(i, 0)]
	}
	return &Printer{lang: fallback, own: base, base: base}
}

// Lang returns the tag of the printer's language.
func (p *Printer) Lang() string { return p.lang }

// Dir returns the direction of the printer's language, "ltr" or "rtl".
func (p *Printer) Dir() string { return Direction(p.lang) }

// Direction returns the direction in which the language called tag is written, "ltr" or "rtl". A script in the tag
// decides; otherwise the language does.
func Direction(tag string) string {
	subtags := strings.Split(strings.ToLower(tag), "-")
	for _, s := range subtags[1:] {
		if len(s) == 4 { // a script (RFC 5646 §2.2.3)
			return direction(s == "arab" || s == "hebr" || s == "thaa" || s == "syrc" || s == "nkoo" || s == "adlm")
		}
	}
	switch subtags[0] {
	case "ar", "arc", "ckb", "dv", "fa", "he", "ks", "ps", "sd", "syr", "ug", "ur", "yi":
		return "rtl"
	}
	return "ltr"
}

func direction(rtl bool) string {
	if rtl {
		return "rtl"
	}
	return "ltr"
}

// Text returns the text of key. The arguments are pairs of a name and a value: Text("nav.position", "n", 2, "total",
// 11). A string is put in as it is; an int or int64 is written by [Printer.Number], and one called "n" chooses the
// plural form. A key that no catalogue has is returned itself.
func (p *Printer) Text(key string, args ...any) string {
	e, lang := p.own[key], p.lang
	if e == nil {
		e, lang = p.base[key], fallback
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
			form = choose(e, lang, name, int64(v), form)
		case int64:
			value = p.Number(v)
			form = choose(e, lang, name, v, form)
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
func choose(e entry, lang, name string, n int64, form string) string {
	if name != "n" {
		return form
	}
	if f, ok := e[plural(lang, n)]; ok {
		return f
	}
	return form
}

// plural returns the CLDR plural category of the whole number n. English is the only language so far.
func plural(_ string, n int64) string {
	if n == 1 {
		return "one"
	}
	return "other"
}

// Has reports whether there is a text for key.
func (p *Printer) Has(key string) bool { return p.own[key] != nil || p.base[key] != nil }

// Number writes n with its digits in groups of three.
func (p *Printer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= 4 { // 1024, but 10,240: a group of one digit helps nobody
		return sign + digits
	}
	var b strings.Builder
	b.WriteString(sign)
	for i, d := range []byte(digits) {
		if i > 0 && (len(digits)-i)%3 == 0 {
			b.WriteString(p.Text("number.group"))
		}
		b.WriteByte(d)
	}
	return b.String()
}

// Bytes writes a size of n bytes in decimal units, as file managers do: 512 bytes, 40 KB, 1.2 MB.
func (p *Printer) Bytes(n int64) string {
	if n < 1000 {
		return p.Text("size.bytes", "n", n)
	}
	unit, tenths := "size.kb", n/100 // tenths of the unit
	for _, next := range []string{"size.mb", "size.gb", "size.tb"} {
		if tenths < 9995 {
			break
		}
		unit, tenths = next, (tenths+500)/1000
	}
	if tenths >= 100 || tenths%10 == 0 {
		return p.Text(unit, "n", p.Number((tenths+5)/10))
	}
	return p.Text(unit, "n", p.Number(tenths/10)+p.Text("number.point")+strconv.FormatInt(tenths%10, 10))
}

// LanguageName returns the name of the language called tag (BCP 47) in the printer's language, or tag itself if it
// is not known.
func (p *Printer) LanguageName(tag string) string {
	for t := tag; t != ""; {
		if key := "lang." + t; p.Has(key) {
			return p.Text(key)
		}
		t = t[:max(strings.LastIndexByte(t, '-'), 0)]
	}
	return tag
}
