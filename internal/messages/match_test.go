package messages_test

import (
	"strings"
	"testing"

	"samizdat/internal/messages"
)

func TestFor(t *testing.T) {
	for tag, want := range map[string]string{
		"en": "en", "EN-gb": "en", "en_US.UTF-8": "en", "": "en", "x-q": "en", "und": "en", "not a tag": "en",
		"kk": "kk", "kk-KZ": "kk", "kk_KZ": "kk", "ru-KZ": "ru", "uk": "uk", "uk-UA": "uk", "fr-CH": "fr",
		"es-419": "es", "fa-AF": "fa", "zh-Hans-CN": "zh", "zh-TW": "zh",
		"be": "ru", "ky": "ru", "uz": "ru", "tt": "ru", // by the table of CLDR
		"cmn":     "zh",
		"kk-Arab": "kk", "kk-Latn-KZ": "kk", "kk-CN": "kk", // the same language in another script
		"bg": "en", "sr": "en", "de": "en", "tlh": "en", "ur-PK": "en",
		strings.Repeat("ru-", 1000): "en",
	} {
		if got := messages.For(tag).Lang(); got != want {
			t.Errorf("For(%q) is %q, want %q", tag, got, want)
		}
	}
}

func TestMatch(t *testing.T) {
	for preferences, want := range map[string]string{
		// Accept-Language
		"kk-KZ,kk;q=0.9,ru;q=0.8,en;q=0.7": "kk", "de-DE, ru;q=0.9": "ru", "en-US,en;q=0.5": "en",
		"ru;q=0.3, fa ; q=0.8, en;q=0.5": "fa", "tlh;q=0.9, uk;q=0.1": "uk", "ru;q=0, fr;q=0.1": "fr", "*": "en",
		"kk, ru": "kk", "ru, kk": "ru", "ky-KG, ky;q=0.9": "ru",
		"123456789, ru": "ru", "ru;q=high, fr": "fr", ",,;;,": "en", "": "en",
		"be, en;q=0.9":                     "en", // English itself is nearer than Russian is to Belarusian
		strings.Repeat("-", 3000) + ",ru":  "ru",
		strings.Repeat("xx,", 1000) + "ru": "en",
		// LANG, LC_ALL, LANGUAGE
		"ru_RU.UTF-8": "ru", "kk_KZ.UTF-8": "kk", "uk_UA": "uk", "zh_CN.GB18030": "zh", "fr_FR@euro": "fr",
		"C": "en", "POSIX": "en", "C.UTF-8": "en", "kk:ru:en": "kk", "de_DE:es": "es",
	} {
		if got := messages.Match(preferences).Lang(); got != want {
			t.Errorf("Match(%.60q) is %q, want %q", preferences, got, want)
		}
	}
}

func FuzzMatch(f *testing.F) {
	f.Add("kk-KZ,kk;q=0.9,ru;q=0.8")
	f.Add("ru_RU.UTF-8")
	f.Fuzz(func(t *testing.T, preferences string) {
		if messages.Match(preferences).Lang() == "" || messages.For(preferences).Lang() == "" {
			t.Error("no language")
		}
	})
}
