package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"strconv"
	"testing"
)

// TestReplay plays a WACZ file of ours in ReplayWeb.page, which runs its own server inside the browser: the page shows its text and its
// picture, and nothing is asked of anybody else. The first file is the one that internal/wacz makes and compares, the second the evidence
// that a dossier offers.
func TestReplay(t *testing.T) {
	t.Run("signed", func(t *testing.T) {
		replay(t, filepath.Join("..", "wacz", "testdata", "signed.wacz"), "https://www.example.org/%D0%B1%D0%B5%D1%82?b=2&a=1", "20220105102030", "Мәтін.", "Бет 160")
	})
	t.Run("evidence", func(t *testing.T) {
		archive := unpackEvery(t).path("evidence/square/square.wacz")
		replay(t, archive, "https://www.gazette.example/2026/01/bench", "20260102100000", "The bench on the square has a new colour.", " 0")
	})
}

// replay waits for a paragraph with the text, and compares the title of its page and the width of its first picture, 0 without one.
func replay(t *testing.T, archive, page, ts, text, want string) {
	t.Helper()
	ui, worker := module(t, "replaywebpage/ui.js"), module(t, "replaywebpage/sw.js")
	if _, err := os.Stat(archive); err != nil {
		t.Fatal(err)
	}
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><meta charset=utf-8><script src=/ui.js></script>
			<replay-web-page source=/archive.wacz url=%q ts=%s embed=replayonly replaybase=/replay/></replay-web-page>`, page, ts)
	})
	for path, file := range map[string]string{
		"/ui.js": ui, "/replay/sw.js": worker, "/archive.wacz": archive,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	ctx, end := browser(t)
	// The page lies in frames in shadow trees of frames; this waits until it is there, or gives up.
	find := `new Promise(done => {
		const text = ` + strconv.Quote(text) + `
		const walk = root => {
			for (const e of root.querySelectorAll("*")) {
				if (e.shadowRoot) { const r = walk(e.shadowRoot); if (r) return r }
				if (e.localName === "iframe" && e.contentDocument) { const r = walk(e.contentDocument); if (r) return r }
				if (e.localName === "p" && e.textContent.trim() === text) return e.ownerDocument
			}
		}
		const start = Date.now()
		const timer = setInterval(() => {
			const d = walk(document)
			if (d && d.readyState === "complete" && [...d.images].every(i => i.complete) || Date.now() - start > 20000) {
				clearInterval(timer)
				done(d ? d.title + " " + (d.images.length ? d.images[0].naturalWidth : 0) : "")
			}
		}, 50)
	})`
	// On a busy machine, one time in ten, it shows nothing in a browser in which it has never run, however long one waits. Opened again, as
	// whoever reads it would, it does.
	got := ""
	for try := 1; got == "" && try <= 3; try++ {
		if try > 1 {
			t.Logf("the page did not come; try %d", try)
		}
		visit(t, ctx, server.URL+"/")
		got = eval[string](t, ctx, find)
	}
	if got != want {
		t.Errorf("ReplayWeb.page shows %q, want %q", got, want)
	}
	own, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if out := outside(t, end()); len(out) > 0 {
		t.Errorf("the browser asked beyond %s: %q", own.Host, out)
	}
}
