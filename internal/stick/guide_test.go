package stick

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"unicode/utf8"

	"samizdat/internal/messages"
	"samizdat/internal/seal"
)

// Every language that the pages have has a guide, which says the same, line by line, as the English one.
func TestGuides(t *testing.T) {
	english, err := readGuide("en")
	if err != nil {
		t.Fatal(err)
	}
	braces := regexp.MustCompile(`\{[^{}]*\}`)
	form := func(b block) string {
		names := braces.FindAllString(b.text, -1)
		slices.Sort(names)
		return fmt.Sprintf("[%s] %q %v", b.only, b.kind, names)
	}
	for _, lang := range messages.Languages() {
		g, err := readGuide(lang)
		if err != nil {
			t.Errorf("%s: %v", lang, err)
			continue
		}
		if len(g.blocks) != len(english.blocks) {
			t.Errorf("%s has %d lines, English %d", lang, len(g.blocks), len(english.blocks))
			continue
		}
		same := 0
		for i, b := range g.blocks {
			if form(b) != form(english.blocks[i]) {
				t.Errorf("%s, line %d: %s, in English %s", lang, i+1, form(b), form(english.blocks[i]))
			}
			if b.kind == "" && b.text == english.blocks[i].text {
				same++
			}
			if b.kind == ">" && b.text != english.blocks[i].text {
				t.Errorf("%s, line %d: what is to be typed differs: %q", lang, i+1, b.text)
			}
		}
		if lang != "en" && same > 0 {
			t.Errorf("%s: %d paragraphs are in English", lang, same)
		}
	}
}

// Guides that no native speaker has reviewed say so in their first line, as the catalogues of messages do, and nowhere that
// a reader would see it.
func TestGuidesSayWhoReviewedThem(t *testing.T) {
	for _, lang := range messages.Languages() {
		text, err := os.ReadFile(filepath.Join("guide", lang+".txt"))
		if err != nil {
			t.Fatal(err)
		}
		catalogue, err := os.ReadFile(filepath.Join("..", "messages", lang+".json"))
		if err != nil {
			t.Fatal(err)
		}
		first, _, _ := strings.Cut(string(text), "\n")
		remark, says := strings.CutPrefix(first, "% ")
		if unreviewed := bytes.Contains(catalogue, []byte(`"_review"`)); says != unreviewed || says && !strings.HasPrefix(remark, "not reviewed by a native speaker") {
			t.Errorf("%s.txt begins with %q; the catalogue has a remark: %v", lang, first, unreviewed)
		}
		g, err := readGuide(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, b := range g.blocks {
			if strings.Contains(b.text, "native speaker") {
				t.Errorf("%s: readers see %q", lang, b.text)
			}
		}
	}
}

// fullAbout is a stick with everything that a guide can speak of.
func fullAbout(t *testing.T, sealed bool) *about {
	t.Helper()
	m := dossier(t)
	var key *seal.Key
	if sealed {
		key = &seal.Key{ID: [8]byte{1}, Public: [32]byte{2}}
	}
	for _, p := range [][2]string{{"windows", "386"}, {"windows", "arm64"}, {"darwin", "amd64"}, {"android", "arm64"}} {
		m.opts.Runtimes = append(m.opts.Runtimes, runtime(p[0], p[1], "x"))
	}
	s, err := readSource(t.Context(), m.opts, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	programs, err := programFiles(t.Context(), m.opts.Runtimes)
	if err != nil {
		t.Fatal(err)
	}
	a, err := readAbout(m.opts, s, programs, key)
	if err != nil {
		t.Fatal(err)
	}
	return a
}

// A README can be read by the oldest editor: UTF-8 without a mark at its start, CR LF, short lines, nothing unfilled.
func TestReadme(t *testing.T) {
	for _, sealed := range []bool{true, false} {
		a := fullAbout(t, sealed)
		for _, lang := range messages.Languages() {
			g, err := readGuide(lang)
			if err != nil {
				t.Fatal(err)
			}
			text := string(a.readme(g))
			if !utf8.ValidString(text) || strings.HasPrefix(text, "\uFEFF") {
				t.Errorf("%s: not plain UTF-8", lang)
			}
			if strings.Count(text, "\n") != strings.Count(text, "\r\n") {
				t.Errorf("%s: bare line feeds", lang)
			}
			if i := strings.IndexAny(text, "{}[]"); i >= 0 {
				t.Errorf("%s: not filled in: %.40q", lang, text[i:])
			}
			for line := range strings.Lines(text) {
				if n := utf8.RuneCountInString(line); n > 82 && !strings.Contains(line, "      ") {
					t.Errorf("%s: a line of %d characters: %q", lang, n, line)
				}
			}
			for _, name := range []string{"samizdat-windows-amd64.exe", "samizdat-linux-amd64.com", "samizdat-macos-arm64.command", "Kiwix", "start.sh", "zimaa"} {
				if !strings.Contains(text, name) {
					t.Errorf("%s: nothing about %s", lang, name)
				}
			}
			if has := sealed && strings.Contains(text, a.key.Digits()) && strings.Contains(text, a.key.Words(lang)[0]); has != sealed {
				t.Errorf("%s: key words and digits: %v, sealed %v", lang, has, sealed)
			}
			if has := strings.Contains(text, fmt.Sprintf("%x", a.source.sum)); has == sealed {
				t.Errorf("%s: the SHA-256 of the archive: %v, sealed %v", lang, has, sealed)
			}
		}
	}
}

// On the start page a command stands in the item that it belongs to.
func TestCommandsInItems(t *testing.T) {
	a := fullAbout(t, true)
	page := string(a.page())
	if strings.Contains(page, "<li><code") {
		t.Error("a command is an item of its own")
	}
	item := regexp.MustCompile(`<li>[^<]+<p><code[^>]*>samizdat-windows-amd64\.exe stick E:\\</code></p>\n<p><code[^>]*>sh start\.sh stick /media/NAME</code></p></li>`)
	if !item.MatchString(page) {
		t.Errorf("no item with its commands in\n%.20000s", page[max(0, strings.Index(page, "stick E:")-300):])
	}
}

// A stick without programs says nothing about starting them.
func TestReadmeWithoutPrograms(t *testing.T) {
	a := fullAbout(t, false)
	a.programs = nil
	text := string(a.readme(a.guides[0]))
	for _, name := range []string{"Double-click", "start.sh stick", "codesign"} {
		if strings.Contains(text, name) {
			t.Errorf("speaks of %s", name)
		}
	}
	if !bytes.Contains(a.readme(a.guides[0]), []byte(startPage)) {
		t.Error("does not name the start page")
	}
}

// A title can hold what moves the cursor or turns text around; nobody who reads a stick's files must meet that.
func TestHostileTitle(t *testing.T) {
	m := build(t, "name", "Ti\x1b[2Jtle \u202eeltit \u2067and\u0085more", 1000)
	s, err := readSource(t.Context(), m.opts, 20_000)
	if err != nil {
		t.Fatal(err)
	}
	a, err := readAbout(m.opts, s, nil, nil)
	if err != nil {
		t.Fatal(err)
	}
	for name, text := range map[string]string{"README": string(a.readme(a.guides[0])), "start page": string(a.page())} {
		if i := strings.IndexAny(text, "\x1b\u202e\u2067\u0085"); i >= 0 {
			t.Errorf("%s: %q", name, text[max(0, i-20):i+20])
		}
		if !strings.Contains(text, `Ti\x1b[2Jtle \u202eeltit \u2067and more`) {
			t.Errorf("%s: no title in\n%s", name, text)
		}
	}
}
