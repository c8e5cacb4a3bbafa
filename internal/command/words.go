package command

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"
)

// translate is what [Speak] was given.
var translate = func(english string, _ int64) string { return english }

// Speak sets the language of what is said from now on: lookup returns an English text, which may be a format of package
// fmt, in the language of the user, in the form for a number. It is called once, before [Main] and anything else here.
func Speak(lookup func(english string, n int64) string) { translate = lookup }

// T returns text in the language of the user.
func T(text string) string { return translate(text, 0) }

// Sprintf is [fmt.Sprintf] in the language of the user. The first whole number among args chooses the plural form.
func Sprintf(format string, args ...any) string {
	return fmt.Sprintf(translated(format, args), args...)
}

// Errorf is [fmt.Errorf] in the language of the user.
func Errorf(format string, args ...any) error { return fmt.Errorf(translated(format, args), args...) }

func translated(format string, args []any) string {
	for _, a := range args {
		switch n := a.(type) {
		case int:
			return translate(format, int64(n))
		case int64:
			return translate(format, n)
		}
	}
	return translate(format, 0)
}

// LanguageFlag gives root and its verbs the flag --lang, whose value goes to lang. A language that there are no words in
// is refused: spoken is the one taken instead, have are those there are.
func LanguageFlag(root *cobra.Command, lang *string, spoken string, have []string) {
	root.PersistentFlags().StringVar(lang, "lang", "", "speak the language `TAG`: "+strings.Join(have, ", ")+" (default: that of the system)")
	root.PersistentPreRunE = func(*cobra.Command, []string) error {
		base, _, _ := strings.Cut(strings.ReplaceAll(*lang, "_", "-"), "-")
		if *lang == "" || spoken != "en" || strings.EqualFold(base, "en") {
			return nil
		}
		return Usagef(Sprintf("--lang takes one of: %s", strings.Join(have, ", ")), "no words in the language %q", *lang)
	}
}

// Language returns the value of --lang among args, if it is there, before the flags are read: help and errors about
// flags are in that language too. It is "en" for --json, which programs read, and empty if nothing is said.
func Language(args []string) string {
	end := slices.Index(args, "--")
	if end < 0 {
		end = len(args)
	}
	if slices.Contains(args[:end], "--json") {
		return "en"
	}
	for i, a := range args[:end] {
		if value, found := strings.CutPrefix(a, "--lang="); found {
			return value
		}
		if a == "--lang" && i+1 < end {
			return args[i+1]
		}
	}
	return ""
}
