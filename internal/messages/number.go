package messages

import (
	"strconv"
	"strings"

	"golang.org/x/text/feature/plural"
	"golang.org/x/text/language"
)

// categories are the names of the plural categories in CLDR, by form.
var categories = map[plural.Form]string{
	plural.Other: "other", plural.Zero: "zero", plural.One: "one", plural.Two: "two", plural.Few: "few",
	plural.Many: "many",
}

// category returns the CLDR plural category of the whole number n in the language called tag.
func category(tag language.Tag, n int64) string {
	const enough = 1_000_000 // the rules look at the last six digits and at whether there are more
	i := n % enough
	if i < 0 {
		i = -i
	}
	if n >= enough || n <= -enough {
		i += enough
	}
	return categories[plural.Cardinal.MatchPlural(tag, int(i), 0, 0, 0, 0)]
}

// Number writes n with the digits of the language, in groups of three.
func (p *Printer) Number(n int64) string {
	digits := strconv.FormatInt(n, 10)
	sign := ""
	if digits[0] == '-' {
		sign, digits = "-", digits[1:]
	}
	if len(digits) <= 4 { // 1024, but 10,240: a group of one digit helps nobody
		return sign + p.digits(digits)
	}
	var b strings.Builder
	b.WriteString(sign)
	first := (len(digits)-1)%3 + 1
	b.WriteString(p.digits(digits[:first]))
	for digits = digits[first:]; digits != ""; digits = digits[3:] {
		b.WriteString(p.Text("number.group"))
		b.WriteString(p.digits(digits[:3]))
	}
	return b.String()
}

// digits returns s with its ASCII digits replaced by those of the language.
func (p *Printer) digits(s string) string {
	return strings.Map(func(r rune) rune {
		if r >= '0' && r <= '9' {
			return p.zero + r - '0'
		}
		return r
	}, s)
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
	return p.Text(unit, "n", p.Number(tenths/10)+p.Text("number.point")+p.Number(tenths%10))
}
