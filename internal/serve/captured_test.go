package serve

import (
	"strings"
	"testing"
)

// snapshots is an archive with a captured page, and one with the same paths from somebody else.
func snapshots() []item {
	return append(
		stock(),
		item{path: "captured/one/snapshot.html", mime: "text/html", body: "<p>as it looked"},
		item{path: "captured/one/files/style.css", mime: "text/css", body: "p{}"},
		item{path: "captured/one/files/photo.png", mime: "image/png", body: "png"},
		item{path: "captured/one/data.json", mime: "application/json", body: "{}"},
		item{path: "evidence/one/page.warc.gz", mime: "application/gzip", body: "gz"},
	)
}

func TestCapturedPages(t *testing.T) {
	w := start(t, Config{Loopback: true, Archives: find(t, 1, build(t, "ours.zim", snapshots(), nil), build(t, "guest.zim", snapshots(), nil))})
	const page = "/content/ours/captured/one/snapshot.html"
	w.want("a snapshot on our site", w.get(page), 302, "Location", "http://localhost:"+w.port+page)
	w.want("raw, on our site", w.get("/raw/ours/content/captured/one/snapshot.html"), 302)
	w.want("what is no part of a page", w.get("/content/ours/captured/one/data.json"), 302)

	a := w.get(page, w.guest())
	w.want("on the guests' site", a, 200, "X-Frame-Options", "")
	csp := a.Header.Get("Content-Security-Policy")
	for _, part := range []string{"default-src 'none'", "sandbox allow-same-origin", "frame-ancestors 'self' http://127.0.0.1:" + w.port} {
		if !strings.Contains(csp, part) {
			t.Errorf("policy of a snapshot: %s\nwant %q in it", csp, part)
		}
	}
	if strings.Contains(csp, "script") {
		t.Errorf("policy of a snapshot: %s", csp)
	}
	for _, part := range []string{"files/style.css", "files/photo.png"} { // which readable texts show on our own site
		w.want(part, w.get("/content/ours/captured/one/"+part), 200, "Location", "")
		w.want(part+" beside the snapshot", w.get("/content/ours/captured/one/"+part, w.guest()), 200)
	}
	w.want("evidence", w.get("/content/ours/evidence/one/page.warc.gz"), 200, "Content-Type", "application/gzip")
	w.want("evidence on the guests' site", w.get("/content/ours/evidence/one/page.warc.gz", w.guest()), 302)
	w.want("no such snapshot", w.get("/content/ours/captured/none.html"), 404)

	// A guest's are a guest's, with what guests may do.
	a = w.get("/content/guest/captured/one/snapshot.html", w.guest())
	w.want("a guest's", a, 200, "X-Frame-Options", "SAMEORIGIN")
	if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "script-src") {
		t.Errorf("a guest's page of that name: %s", csp)
	}
}

// Our pages may show a snapshot in a frame though it comes from the other site; nobody may do more.
func TestCapturedPagesInFrames(t *testing.T) {
	w := start(t, Config{Loopback: true, Archives: find(t, 1, build(t, "ours.zim", snapshots(), nil), build(t, "guest.zim", snapshots(), nil))})
	frame := func(more ...string) []string {
		return append([]string{w.guest(), "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}, more...)
	}
	const page = "/content/ours/captured/one/snapshot.html"
	w.want("framed", w.get(page, frame()...), 200)
	w.want("framed ahead of time", w.get(page, frame("Sec-Purpose: prefetch")...), 403)
	w.want("a page of ours", w.get("/content/ours/index.html", frame()...), 403)
	w.want("a guest's", w.get("/content/guest/captured/one/snapshot.html", frame()...), 403)
	w.want("by POST", w.do("POST", page, frame()...), 403)
	w.want("as a picture", w.get(page, w.guest(), "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"), 403)
	w.want("at our own site", w.get(page, "Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"), 403)

	lan := start(t, Config{Archives: find(t, 1, build(t, "ours.zim", snapshots(), nil))})
	a := lan.get(page)
	lan.want("on a LAN", a, 200, "X-Frame-Options", "SAMEORIGIN")
	if csp := a.Header.Get("Content-Security-Policy"); !strings.Contains(csp, "sandbox") {
		t.Errorf("on a LAN: %s", csp)
	}
}
