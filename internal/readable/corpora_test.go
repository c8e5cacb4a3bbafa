//go:build corpora

package readable_test

import (
	"compress/gzip"
	"encoding/json"
	"io"
	"net/url"
	"os"
	"path/filepath"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/readable"
	"samizdat/internal/webpage"
)

// The judges of reading pages: other people's pages below $CORPORA, with what people say is their text.
// "make judges CORPORA=DIR" runs them.

func corpus(t *testing.T, name string) string {
	t.Helper()
	dir := judge.Corpora(t)
	dir = filepath.Join(dir, name)
	if _, err := os.Stat(dir); err != nil {
		judge.LacksCorpus(t, "checkout of "+name)
	}
	return dir
}

// 181 pages of newspapers (scrapinghub/article-extraction-benchmark), measured as its evaluate.py does.
func TestCorporaArticles(t *testing.T) {
	dir := corpus(t, "article-extraction-benchmark")
	b, err := os.ReadFile(filepath.Join(dir, "ground-truth.json"))
	if err != nil {
		t.Fatal(err)
	}
	var truth map[string]struct {
		ArticleBody string `json:"articleBody"`
		URL         string `json:"url"`
	}
	if err := json.Unmarshal(b, &truth); err != nil {
		t.Fatal(err)
	}
	var precision, recall, ps, rs float64
	for id, want := range truth {
		f, err := os.Open(filepath.Join(dir, "html", id+".html.gz"))
		if err != nil {
			t.Fatal(err)
		}
		z, err := gzip.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(z)
		if err != nil {
			t.Fatal(err)
		}
		f.Close()
		base, _ := url.Parse(want.URL)
		text, _ := webpage.Decode(body, "text/html")
		a, err := readable.Extract(text, base)
		if err != nil {
			t.Logf("%s: %v", id, err)
		}
		p, r, pok, rok := agreement(want.ArticleBody, a.Words)
		if pok {
			precision, ps = precision+p, ps+1
		}
		if rok {
			recall, rs = recall+r, rs+1
		}
	}
	precision, recall = precision/ps, recall/rs
	f1 := 2 * precision * recall / (precision + recall)
	t.Logf("%d pages: F1 %.3f, precision %.3f, recall %.3f", len(truth), f1, precision, recall)
	if f1 < 0.945 {
		t.Errorf("F1 %.3f, want 0.945", f1)
	}
}

// The pages that Mozilla tests its reader view with (mozilla/readability).
func TestCorporaReadability(t *testing.T) {
	pages, err := filepath.Glob(filepath.Join(corpus(t, "readability"), "test/test-pages/*/source.html"))
	if err != nil || len(pages) == 0 {
		t.Fatalf("no pages, %v", err)
	}
	base, _ := url.Parse("http://fakehost/test/page.html")
	exact := 0
	for _, page := range pages {
		body, err := os.ReadFile(page)
		if err != nil {
			t.Fatal(err)
		}
		expected, err := os.ReadFile(filepath.Join(filepath.Dir(page), "expected.html"))
		if err != nil {
			t.Fatal(err)
		}
		text, _ := webpage.Decode(body, "text/html; charset=utf-8")
		a, err := readable.Extract(text, base)
		if err != nil {
			t.Logf("%s: %v", page, err)
			continue
		}
		if shown(t, expected) == shown(t, a.HTML) {
			exact++
		} else {
			t.Logf("differs: %s", filepath.Base(filepath.Dir(page)))
		}
	}
	t.Logf("%d of %d pages have exactly the text that is expected", exact, len(pages))
	if exact < 118 {
		t.Errorf("%d pages exact, want 118", exact)
	}
}
