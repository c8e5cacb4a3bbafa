package compile_test

import (
	"encoding/json"
	"os"
	"slices"
	"strings"
	"testing"
)

// everyPage is a dossier in which every type of page occurs.
const everyPage = "../dossier/testdata/every-page"

func TestCapturedPages(t *testing.T) {
	a := compiled(t, os.DirFS(everyPage))
	for path, want := range map[string][]string{
		"article-square.html": {
			`<h1>A bench on the square</h1>`, `<a href="article-square.html" aria-current="page">Text</a>`, `<a href="snapshot-square.html">As it looked</a>`,
			`<p id="p1">`, `<img src="captured/square/files/bench.png" alt="A blue bench between two trees" width="320" height="180">`,
			`href="outside.html#gazette-example-2025-12-square-`, `fetched over HTTP`, `<time datetime="2026-01-02T10:00:00Z">2 January 2026, 10:00 UTC</time>`,
			`Missing pieces`, `the server answered 403`, `href="evidence/square/page.warc.gz" download="page.warc.gz"`, `3 scripts, 1 form`,
		},
		"article-square.ru.html": {`href="snapshot-square.ru.html"`, `<div class="text" lang="en">`},
		"snapshot-square.html": {
			`<iframe class="snap" src="captured/square/snapshot.html" sandbox="allow-same-origin" title="As it looked: A bench on the square"></iframe>`,
			`<a href="captured/square/snapshot.html">Open it alone</a>`, `src="captured/square/screenshot.png"`, `rel="next"`, `Where this comes from`,
		},
		"article-ploshchad.html":     {`lang="ru"`, `The editor keeps the file`, `taken from a WACZ archive`},
		"article-only-snapshot.html": {`<iframe class="snap" src="captured/only-snapshot/snapshot.html"`, `added by hand`},
		"media-film.html": {
			`poster="media/poster.png"`, `<track kind="captions" src="media/film.en.vtt" srclang="en" label="English" default>`, `label="Русский"`, `Then the second.`,
		},
	} {
		html := string(content(t, entry(t, a, path)))
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("%s: no %q in\n%s", path, w, html)
			}
		}
	}
	for _, e := range a.Entries {
		switch {
		case strings.HasPrefix(e.Path, "snapshot-") && e.Front:
			t.Errorf("%s would be listed by title beside the item's own page", e.Path)
		case strings.HasPrefix(e.Path, "captured/") && e.Front:
			t.Errorf("%s is listed among our pages", e.Path)
		case strings.HasPrefix(e.Path, "evidence/ploshchad"):
			t.Errorf("%s is packed, though only its digest should be", e.Path)
		}
	}
	if snapshot := string(content(t, entry(t, a, "captured/square/snapshot.html"))); !strings.Contains(snapshot, `href="files/style.css"`) {
		t.Errorf("the snapshot is not as it was:\n%s", snapshot)
	}
	var record struct{ Capture map[string]any }
	if err := json.Unmarshal(content(t, entry(t, a, "records/square.json")), &record); err != nil {
		t.Fatal(err)
	}
	if got := record.Capture["snapshot"]; got != "captured/square/snapshot.html" {
		t.Errorf("the record says of the snapshot: %v", got)
	}
}

// What is stored as it is comes before everything that is compressed.
func TestStoredComesFirst(t *testing.T) {
	a := compiled(t, os.DirFS(everyPage))
	var order []bool
	for _, e := range a.Entries {
		order = append(order, e.Store)
	}
	if !slices.Contains(order, true) || slices.Contains(order[slices.Index(order, false):], true) {
		t.Errorf("stored: %v", order)
	}
}
