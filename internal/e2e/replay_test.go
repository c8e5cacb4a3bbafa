package e2e

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"testing"
)

// TestReplay plays a WACZ file of ours in ReplayWeb.page, which runs its own server inside the browser: the page shows its text and its
// picture, and nothing is asked of anybody else. The file is the one that internal/wacz makes and compares.
func TestReplay(t *testing.T) {
	ui, worker := module(t, "replaywebpage/ui.js"), module(t, "replaywebpage/sw.js")
	archive := filepath.Join("..", "wacz", "testdata", "signed.wacz")
	if _, err := os.Stat(archive); err != nil {
		t.Fatal(err)
	}
	const page = "https://www.example.org/%D0%B1%D0%B5%D1%82?b=2&a=1"
	mux := http.NewServeMux()
	mux.HandleFunc("/{$}", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintf(w, `<!doctype html><meta charset=utf-8><script src=/ui.js></script>
			<replay-web-page source=/signed.wacz url=%q ts=20220105102030 embed=replayonly replaybase=/replay/></replay-web-page>`, page)
	})
	for path, file := range map[string]string{
		"/ui.js": ui, "/replay/sw.js": worker, "/signed.wacz": archive,
	} {
		mux.HandleFunc(path, func(w http.ResponseWriter, r *http.Request) { http.ServeFile(w, r, file) })
	}
	server := httptest.NewServer(mux)
	defer server.Close()
	ctx, end := browser(t)
	visit(t, ctx, server.URL+"/")
	// The page lies in frames in shadow trees of frames; this waits until it is there, or gives up.
	const find = `new Promise(done => {
		const walk = root => {
			for (const e of root.querySelectorAll("*")) {
				if (e.shadowRoot) { const r = walk(e.shadowRoot); if (r) return r }
				if (e.localName === "iframe" && e.contentDocument) { const r = walk(e.contentDocument); if (r) return r }
				if (e.localName === "p" && e.textContent === "Мәтін." && e.ownerDocument.images.length) return e.ownerDocument
			}
		}
		const start = Date.now()
		const timer = setInterval(() => {
			const d = walk(document)
			if (d && d.images[0].complete || Date.now() - start > 60000) {
				clearInterval(timer)
				done(d ? d.title + " " + d.images[0].naturalWidth : "the page did not come")
			}
		}, 50)
	})`
	if got := eval[string](t, ctx, find); got != "Бет 160" {
		t.Errorf("ReplayWeb.page shows %q", got)
	}
	own, err := url.Parse(server.URL)
	if err != nil {
		t.Fatal(err)
	}
	if out := outside(t, end()); len(out) > 0 {
		t.Errorf("the browser asked beyond %s: %q", own.Host, out)
	}
}
