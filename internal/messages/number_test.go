package messages_test

import (
	"strings"
	"testing"

	"golang.org/x/text/language"
	"golang.org/x/text/message"
	"golang.org/x/text/number"

	"samizdat/internal/messages"
)

func TestDate(t *testing.T) {
	for _, c := range []struct{ lang, iso, want string }{
		{"en", "2022", "2022"},
		{"en", "2022-01", "January 2022"},
		{"en", "2022-01-02", "2 January 2022"},
		{"en", "01-06", "6 January"},
		{"en", "02-29", "29 February"},
		{"en", "2022-01-02T23:04:05+06:00", "2 January 2022, 17:04 UTC"},
		{"en", "2022-13", "2022-13"},
		{"en", "2022-02-30", "2022-02-30"},
		{"en", "soon", "soon"},
		{"en", "", ""},
		{"ru", "2022", "2022"},
		{"ru", "2022-01", "январь 2022"},
		{"ru", "2022-01-02", "2 января 2022"},
		{"ru", "01-06", "6 января"},
		{"uk", "2022-02", "лютий 2022"},
		{"uk", "2022-02-24", "24 лютого 2022"},
		{"kk", "2022-01", "2022 жылғы қаңтар"},
		{"kk", "2022-01-02", "2022 жылғы 2 қаңтар"},
		{"fa", "2022", "۲۰۲۲"},
		{"fa", "2022-01-02", "۲ ژانویه ۲۰۲۲"},
		{"fa", "2022-01-02T23:04:05+06:00", "۲ ژانویه ۲۰۲۲، ساعت ۱۷:۰۴ UTC"},
		{"ar", "2022-01-02", "٢ يناير ٢٠٢٢"},
		{"ar", "01-06", "٦ يناير"},
		{"zh", "2022", "2022年"},
		{"zh", "2022-01", "2022年1月"},
		{"zh", "2022-01-02", "2022年1月2日"},
		{"es", "2022-01", "enero de 2022"},
		{"es", "2022-01-02", "2 de enero de 2022"},
		{"fr", "2022-01-01", "1er janvier 2022"},
		{"fr", "2022-08-21", "21 août 2022"},
		{"fa", "soon 1", "soon 1"},
	} {
		if got := messages.For(c.lang).Date(c.iso); got != c.want {
			t.Errorf("in %s: Date(%q) = %q, want %q", c.lang, c.iso, got, c.want)
		}
	}
}

func TestNumber(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    int64
		want string
	}{
		{"en", 0, "0"},
		{"en", 999, "999"},
		{"en", 1024, "1024"},
		{"en", 12345, "12,345"},
		{"en", 123456, "123,456"},
		{"en", 1234567, "1,234,567"},
		{"en", -12345, "-12,345"},
		{"en", -9223372036854775808, "-9,223,372,036,854,775,808"},
		{"ru", 12345, "12\u00a0345"},
		{"fa", 123, "۱۲۳"},
		{"fa", 1234567890, "۱٬۲۳۴٬۵۶۷٬۸۹۰"},
		{"ar", 1024, "١٠٢٤"},
		{"es", 12345, "12.345"},
	} {
		if got := messages.For(c.lang).Number(c.n); got != c.want {
			t.Errorf("in %s: Number(%d) = %q, want %q", c.lang, c.n, got, c.want)
		}
	}
}

// The digits and their groups are in the catalogues; they are those of golang.org/x/text.
func TestNumbersAreThoseOfCLDR(t *testing.T) {
	for _, lang := range messages.Languages() {
		p, cldr := messages.For(lang), message.NewPrinter(language.Make(lang))
		for _, n := range []int64{0, 7, 89, 123, 45678, 901234, 567890123} {
			if got, want := p.Number(n), cldr.Sprint(number.Decimal(n)); got != want {
				t.Errorf("in %s: Number(%d) = %q, want %q", lang, n, got, want)
			}
		}
		if got, want := p.Bytes(1_200_000), cldr.Sprint(number.Decimal(1.2)); !strings.Contains(got, want) {
			t.Errorf("in %s: Bytes(1200000) = %q, want %q in it", lang, got, want)
		}
	}
}

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		lang string
		n    int64
		want string
	}{
		{"en", 0, "0 bytes"},
		{"en", 1, "1 byte"},
		{"en", 999, "999 bytes"},
		{"en", 1000, "1 KB"},
		{"en", 40_000, "40 KB"},
		{"en", 1_200_000, "1.2 MB"},
		{"en", 999_999, "1 MB"},
		{"en", 12_345_678, "12 MB"},
		{"en", 2_000_000_000, "2 GB"},
		{"en", 9_223_372_036_854_775_807, "9,223,372 TB"},
		{"ru", 1, "1 байт"},
		{"ru", 3, "3 байта"},
		{"ru", 11, "11 байт"},
		{"ru", 1_200_000, "1,2 МБ"},
		{"uk", 22, "22 байти"},
		{"uk", 25, "25 байтів"},
		{"fa", 40_000, "۴۰ کیلوبایت"},
		{"ar", 1_200_000, "١٫٢ ميغابايت"},
		{"fr", 0, "0 octet"},
		{"fr", 2, "2 octets"},
		{"zh", 1, "1 字节"},
	} {
		if got := messages.For(c.lang).Bytes(c.n); got != c.want {
			t.Errorf("in %s: Bytes(%d) = %q, want %q", c.lang, c.n, got, c.want)
		}
	}
}
