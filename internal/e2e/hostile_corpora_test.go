//go:build corpora

package e2e

import (
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestCorporaPayloads does so with those that DOMPurify is tested with: cure53/DOMPurify, test/fixtures/expect.mjs.
func TestCorporaPayloads(t *testing.T) {
	file := corpus(t, "DOMPurify/test/fixtures/expect.mjs")
	out := output(t, judge(t, "node"), "--input-type=module", "-e", `import all from "`+(&url.URL{Scheme: "file", Path: filepath.ToSlash(file)}).String()+`"; console.log(JSON.stringify(all.map(p => p.payload)))`)
	var payloads []string
	if err := json.Unmarshal([]byte(out), &payloads); err != nil {
		t.Fatal(err)
	}
	var pages []hostile
	for i, p := range payloads {
		pages = append(pages, hostile{fmt.Sprintf("payload %d: %s", i, p), around(p)})
	}
	raw := harmless(t, pages)
	if !t.Failed() {
		t.Logf("%d payloads: %d run in a page of their own, none in the reader", len(payloads), raw)
	}
	if len(payloads) < 200 || raw < 20 {
		t.Errorf("of %d payloads %d ran in a page of their own: the test does not see them", len(payloads), raw)
	}
}

// TestCorporaWARCgames does so with its challenges and their sample answers: harvard-lil/warcgames.
func TestCorporaWARCgames(t *testing.T) {
	files, err := filepath.Glob(filepath.Join(corpus(t, "warcgames/challenges"), "*", "*.html"))
	if err != nil || len(files) != 10 {
		t.Fatalf("%d pages, want two of five challenges, %v", len(files), err)
	}
	var pages []hostile
	for _, file := range files {
		src, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		// They tell nobody that they run: this does.
		html := strings.Replace(string(src), "<script>", "<script>alert(1);", 1)
		pages = append(pages, hostile{filepath.Join(filepath.Base(filepath.Dir(file)), filepath.Base(file)), html})
	}
	if raw := harmless(t, pages); raw != len(pages) {
		t.Errorf("%d of %d pages ran by themselves", raw, len(pages))
	}
}

// corpus is what lies below $CORPORA; make judges CORPORA=DIR sets it. Not every folder has every corpus.
func corpus(t *testing.T, name string) string {
	t.Helper()
	dir := os.Getenv("CORPORA")
	if dir == "" {
		t.Fatal("CORPORA names no folder: make judges CORPORA=DIR")
	}
	name = filepath.Join(dir, filepath.FromSlash(name))
	if _, err := os.Stat(name); err != nil {
		t.Skipf("%v", err)
	}
	return name
}
