package messages

import "strings"

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
