package serve

import (
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestArchiveThatNeedsAWorker: its start page says what is wrong and lists the stored pages; those, and the start page
// when it is asked for on purpose, are shown as they are.
func TestArchiveThatNeedsAWorker(t *testing.T) {
	items := []item{
		{path: "index.html", title: "Start", mime: "text/html", body: "waits for its worker"},
		{path: "A/example.com/a", title: "A <b>page</b>", mime: "text/html", body: "stored page"},
		{path: "sw.js", mime: "application/javascript", body: "onfetch = 1"},
	}
	meta := map[string]string{"Tags": "_category:other;_sw:yes"}
	w := start(t, Config{Loopback: true, Archives: find(t, 0, build(t, "zimit.zim", items, meta), build(t, "other.zim", items, nil))})
	at := w.get("/content/zimit/index.html", w.guest())
	w.want("start page", at, http.StatusOK)
	for _, text := range []string{"service worker", `href="/content/zimit/A/example.com/a"`, "A &lt;b&gt;page", `href="/content/zimit/index.html?stored"`} {
		if !strings.Contains(at.body, text) {
			t.Errorf("the start page does not say %q:\n%s", text, at.body)
		}
	}
	if strings.Contains(at.body, "waits for its worker") || strings.Contains(at.Header.Get("Content-Security-Policy"), "script") {
		t.Error("the start page is the archive's own")
	}
	for target, want := range map[string]string{
		"/content/zimit/index.html?stored": "waits for its worker", "/content/zimit/A/example.com/a": "stored page", "/content/other/index.html": "waits for its worker",
	} {
		if got := w.get(target, w.guest()); got.body != want {
			t.Errorf("%s: %q, want %q", target, got.body, want)
		}
	}
	w.want("the worker", w.get("/content/zimit/sw.js", w.guest(), "Service-Worker: script", "Sec-Fetch-Site: same-origin"), http.StatusForbidden)
}

// TestArchivesThatLookAlike: two archives with one title are told apart on the shelf by their names, and two with one UUID
// have a picture each in the catalogue.
func TestArchivesThatLookAlike(t *testing.T) {
	path := build(t, "one.zim", []item{{path: "index.html", title: "Start", mime: "text/html", body: "start"}}, map[string]string{"Title": "Same"})
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	twin := filepath.Join(t.TempDir(), "two.zim")
	if err := os.WriteFile(twin, data, 0o600); err != nil {
		t.Fatal(err)
	}
	other := build(t, "three.zim", []item{{path: "index.html", title: "Start", mime: "text/html", body: "start"}}, map[string]string{"Title": "Other"})
	w := start(t, Config{Loopback: true, Archives: find(t, 0, path, twin, other)})
	shelf := w.get("/").body
	for _, c := range []struct {
		name string
		want bool
	}{{"one", true}, {"two", true}, {"three", false}} {
		if got := strings.Contains(shelf, ">"+c.name+"</code>"); got != c.want {
			t.Errorf("the name %s on the shelf: %v, want %v", c.name, got, c.want)
		}
	}
	feed := w.get("/catalog/v2/entries").body
	ids := map[string]bool{}
	for part := range strings.SplitSeq(feed, "/catalog/v2/illustration/") {
		if id, _, ok := strings.Cut(part, "?"); ok && len(id) == 36 {
			ids[id] = true
		}
	}
	if len(ids) != 3 {
		t.Errorf("%d pictures for three archives in\n%s", len(ids), feed)
	}
	for id := range ids {
		if got := w.get("/catalog/v2/entry/" + id); got.StatusCode != http.StatusOK || !strings.Contains(got.body, id) {
			t.Errorf("entry %s: %d", id, got.StatusCode)
		}
	}
}
