package search

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/zim"
)

// TestTitles: without an index, titles are found whatever their capitals and accents; in an archive that is too large to
// look through, by their beginnings whatever their capitals.
func TestTitles(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "titles.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	w, err := zim.NewWriter(file, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i, title := range []string{"Almaty", "ALMATY again", "almaty, small", "Élan vital", "elan", "Ёлка", "Улица Ёлок", "Город", "Zebra", "100 %", "e\u0301lan apart", "北京大学", "Gas, prices (2022)", "Café-Élan", "Megagas"} {
		h := zim.Header{Path: fmt.Sprintf("%d.html", i), Title: title, MIMEType: "text/html", FrontArticle: true, Size: -1}
		if err := w.Add(h, strings.NewReader("x")); err != nil {
			t.Fatal(err)
		}
	}
	w.SetMainPage("0.html")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := file.Stat()
	if err != nil {
		t.Fatal(err)
	}
	z, err := zim.NewReader(file, info.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ text, small, large string }{
		{"ALM", "ALMATY again|Almaty|almaty, small", "ALMATY again|Almaty|almaty, small"},
		{"almaty", "ALMATY again|Almaty|almaty, small", "ALMATY again|Almaty|almaty, small"},
		{"elan", "Café-Élan|elan|e\u0301lan apart|Élan vital", "elan|e\u0301lan apart|Élan vital"},
		{"ÉLAN", "Café-Élan|elan|e\u0301lan apart|Élan vital", "elan|e\u0301lan apart|Élan vital"},
		{"елк", "Ёлка", "Ёлка"},
		{"ёлк", "Ёлка", "Ёлка"},
		{"улица  ёлок", "Улица Ёлок", "Улица Ёлок"},
		{"улица Ёл", "Улица Ёлок", "Улица Ёлок"},
		{"ёлок ули", "Улица Ёлок", ""}, // not as they begin
		{"again", "ALMATY again", ""},
		{"北京", "北京大学", "北京大学"},
		{"zzz", "", ""},
		{" ", "", ""},
		{"100 %", "100 %", "100 %"},
		{"%", "100 %", ""},
		{"大学", "北京大学", ""},
		{`"gas"`, "Gas, prices (2022)", "Gas, prices (2022)"}, // and not in the middle of a word
		{"gas, prices", "Gas, prices (2022)", "Gas, prices (2022)"},
		{"Gas prices", "Gas, prices (2022)", "Gas, prices (2022)"},
		{"prices: gas", "Gas, prices (2022)", ""},
		{"Café-Élan", "Café-Élan", "Café-Élan"},
		{"cafe elan", "Café-Élan", "Café-Élan"},
		{"elan cafe", "Café-Élan", ""},
		{"\xff", "", ""},
	} {
		for limit, want := range map[uint32]string{100: c.small, 3: c.large} {
			var got []string
			for e, err := range titles(t.Context(), z, c.text, limit, 0) {
				if err != nil {
					t.Fatal(err)
				}
				got = append(got, e.Title())
			}
			if strings.Join(got, "|") != want {
				t.Errorf("%q, at most %d looked through: %q, want %q", c.text, limit, got, want)
			}
		}
	}
}
