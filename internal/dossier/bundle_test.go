package dossier_test

import (
	"crypto/sha256"
	"encoding/hex"
	"os"
	"regexp"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/dossier"
)

const bundle = "../../bundle"

func loadBundle(t *testing.T) *dossier.Dossier {
	t.Helper()
	d, err := dossier.Load(os.DirFS(bundle))
	if err != nil {
		t.Fatalf("Load(bundle):\n%v", err)
	}
	return d
}

func sourceLines(t *testing.T) []string {
	t.Helper()
	b, err := os.ReadFile(bundle + "/source/kazakhstan-2022.txt")
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(b), "\n")
	if len(lines) != 37 {
		t.Fatalf("the source has %d lines, want 37", len(lines))
	}
	return lines
}

func TestBundleHasNoProblems(t *testing.T) {
	d := loadBundle(t)
	for _, p := range d.Warnings {
		t.Errorf("warning: %s", p)
	}
	if got, want := len(d.Items()), 11; got != want {
		t.Errorf("%d items, want %d", got, want)
	}
	if d.Date != "2026-11-23" || d.Edition != 1 || d.Language != "eng" || d.Creator != "Autonomous Action and others" || d.Publisher != "samizdat" {
		t.Errorf("metadata: date %s, edition %d, language %s, creator %q, publisher %q", d.Date, d.Edition, d.Language, d.Creator, d.Publisher)
	}
}

func TestSourceDocumentIsUnchanged(t *testing.T) {
	const want = "a90ea80de21a873bae0251b1dd62c17c1e4f1df78b3ff54432dee1386daf723b" // of the document as it came to us
	s := loadBundle(t).SourceDocument
	if s == nil || s.SHA256 != want || s.Type != "text/plain;charset=utf-8" {
		t.Fatalf("source document %+v, want SHA-256 %s", s, want)
	}
}

func TestStatementsAreVerbatim(t *testing.T) {
	d, lines := loadBundle(t), sourceLines(t)
	for _, c := range []struct {
		id          string
		first, last int // lines of the source
		sha256      string
	}{
		{"statement-1", 4, 7, "7e16c77ba4b2384b4cb44f6341d36a789fa285e2e24c1f87a17b24a590218bdf"},
		{"statement-2", 9, 14, ""},
	} {
		it := d.Item(c.id)
		if it == nil {
			t.Fatalf("no item %s", c.id)
		}
		want := strings.Join(lines[c.first-1:c.last], "\n\n")
		if string(it.Body) != want {
			t.Errorf("%s is not lines %d to %d of the source:\n%s", c.id, c.first, c.last, it.Body)
		}
		if it.Author != lines[14] || it.Status != dossier.StatusFull || it.Lang != "en" {
			t.Errorf("%s: author %q, status %s, lang %s", c.id, it.Author, it.Status, it.Lang)
		}
		if sum := sha256.Sum256(it.Body); c.sha256 != "" && hex.EncodeToString(sum[:]) != c.sha256 {
			t.Errorf("%s has SHA-256 %x, want %s", c.id, sum, c.sha256)
		}
	}
}

// texts is all that the pages are made from.
func texts(d *dossier.Dossier) []string {
	all := []string{d.Title, d.Description, string(d.Introduction.Body), string(d.Closing.Body)}
	for _, s := range d.Sections {
		all = append(all, s.Title, s.Lead)
		for _, it := range s.Items {
			all = append(all, it.Title, it.Author, it.Publisher, it.URL, it.Note, string(it.Body))
		}
	}
	return all
}

var addressPattern = regexp.MustCompile(`https?://\S+`)

func TestEveryLineOfTheSourceIsThere(t *testing.T) {
	all := texts(loadBundle(t))
	stands := func(s string) bool {
		return slices.ContainsFunc(all, func(text string) bool { return strings.Contains(text, s) })
	}
	for i, line := range sourceLines(t) {
		for _, address := range addressPattern.FindAllString(line, -1) {
			if !slices.Contains(all, address) {
				t.Errorf("line %d: the address %s is not in the dossier", i+1, address)
			}
		}
		if stands(line) {
			continue
		}
		// A heading loses its colon, a title its quotation marks, a line of two items is divided between them.
		for _, part := range addressPattern.Split(line, -1) {
			part = strings.TrimSuffix(strings.Trim(strings.TrimSpace(part), `"`), ":")
			if part != "" && !stands(part) {
				t.Errorf("line %d: %q is not in the dossier", i+1, part)
			}
		}
	}
}

func TestNothingIsInvented(t *testing.T) {
	d := loadBundle(t)
	source := strings.Join(sourceLines(t), "\n")
	for _, it := range d.Items() {
		for name, s := range map[string]string{
			"author": it.Author, "publisher": it.Publisher, "url": it.URL, "note": it.Note, "date_written": it.DateWritten,
			"title": strings.Replace(it.Title, "LiveUAmap: twitter feed", "twitter feed", 1),
		} {
			if !strings.Contains(source, s) {
				t.Errorf("%s: %s %q does not stand in the source", it.File, name, s)
			}
		}
		if it.Date != "" && (it.DateFrom != dossier.FromAddress || !strings.Contains(it.URL, strings.ReplaceAll(it.Date, "-", "/"))) {
			t.Errorf("%s: date %s, from %q, does not stand in %s", it.File, it.Date, it.DateFrom, it.URL)
		}
		if (it.URL == "") != (it.Status == dossier.StatusNamed) {
			t.Errorf("%s: status %s with url %q", it.File, it.Status, it.URL)
		}
	}
	for _, e := range d.Timeline {
		if !strings.Contains(source, e.Text) {
			t.Errorf("event %q does not stand in the source", e.Text)
		}
	}
}

func TestTimelineOrder(t *testing.T) {
	var got []string
	for _, e := range loadBundle(t).Timeline {
		place := e.Place
		if e.Item != nil {
			place = e.Item.ID
		}
		got = append(got, strings.Join([]string{e.Date, e.Written, string(e.From), place}, "|"))
	}
	want := []string{
		"2022-01|2022/01|address|pramen",
		"2022-01-02|2nd January 2022|text|introduction",
		"2022-01-02|January 2|text|statement-1",
		"2022-01-06|2022/01/06|address|crimethinc",
		"|06/01|note|abdurasulov",
		"|1848, 1956, 1968, 1979|text|statement-2",
	}
	if !slices.Equal(got, want) {
		t.Errorf("timeline:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

func TestTemplateHasNoProblems(t *testing.T) {
	d, err := dossier.Load(dossier.Template())
	if err != nil {
		t.Fatalf("Load(Template()):\n%v", err)
	}
	if len(d.Warnings) > 0 {
		t.Errorf("warnings:\n%v", d.Warnings)
	}
	if len(d.Items()) != 2 || len(d.Timeline) != 1 {
		t.Errorf("%d items and %d events, want 2 and 1", len(d.Items()), len(d.Timeline))
	}
}
