package serve

import (
	"net/netip"
	"strings"
	"testing"
)

// The whole policy, word for word: whoever changes one has to change it here too, and think.
func TestPolicy(t *testing.T) {
	at := place{origin: "http://" + netip.MustParseAddrPort("127.0.0.1:8470").String(), port: 8470}
	elsewhere := place{origin: "http://localhost:8470", port: 8470, guests: true}
	const (
		forms  = "http://127.0.0.1:8470/content/a%3Bb%2Cc/ http://127.0.0.1:8470/search"
		own    = "default-src 'none'; style-src 'self'; img-src 'self' data:; form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
		still  = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data: blob:; frame-src 'self'; object-src 'self'; form-action " + forms + "; base-uri 'none'; frame-ancestors 'self'"
		ours   = "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src 'self' data: blob:; media-src 'self' data: blob:; font-src 'self' data: blob:; frame-src http://localhost:8470/content/a%3Bb%2Cc/captured/ 'self'; object-src 'self'; form-action " + forms + "; base-uri 'none'; frame-ancestors 'self'"
		snap   = "default-src 'none'; style-src 'unsafe-inline' data: http://localhost:8470/content/a%3Bb%2Cc/captured/; img-src data: http://localhost:8470/content/a%3Bb%2Cc/captured/; media-src data: http://localhost:8470/content/a%3Bb%2Cc/captured/; font-src data: http://localhost:8470/content/a%3Bb%2Cc/captured/; form-action 'none'; base-uri 'none'; frame-ancestors 'self' http://127.0.0.1:8470; sandbox allow-same-origin"
		part   = "default-src 'none'; style-src 'unsafe-inline' 'self' data:; img-src 'self' data:; media-src 'self' data:; font-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self' http://127.0.0.1:8470; sandbox allow-same-origin"
		alone  = "default-src 'none'; style-src 'unsafe-inline' 'self' data:; img-src 'self' data:; media-src 'self' data:; font-src 'self' data:; form-action 'none'; base-uri 'none'; frame-ancestors 'self'; sandbox allow-same-origin"
		pdf    = "frame-ancestors 'self'"
		book   = "http://localhost:8470/content/a%3Bb%2Cc/ http://localhost:8470/raw/a%3Bb%2Cc/"
		files  = "data: blob: " + book
		guests = "default-src 'none'; script-src 'unsafe-inline' 'unsafe-eval' " + files + "; style-src 'unsafe-inline' " + files +
			"; img-src " + files + "; media-src " + files + "; font-src " + files + "; connect-src " + files + "; frame-src " + files + "; worker-src " + files +
			"; object-src " + book + "; manifest-src " + book + "; form-action " + book + "; base-uri " + book + "; frame-ancestors 'self'"
	)
	for _, c := range []struct {
		name   string
		page   shown
		want   string
		frames bool
	}{
		{"our own page", shown{of: ownPage, at: at}, own, false},
		{"our own page on a LAN", shown{of: ownPage, at: at, lan: true}, own, false},
		{"our content", shown{of: ourContent, book: "a;b,c", mime: "text/html; charset=utf-8", at: at}, ours, true},
		{"snapshot", shown{of: captured, book: "a;b,c", mime: "text/html; charset=utf-8", at: elsewhere, ui: at.origin}, snap, false},
		{"part of a snapshot", shown{of: captured, book: "a;b,c", mime: "image/svg+xml", at: at, ui: at.origin}, part, false},
		{"snapshot on a LAN", shown{of: captured, book: "a;b,c", mime: "text/html", at: at, ui: at.origin, lan: true}, alone, true},
		{"our content on a LAN", shown{of: ourContent, book: "a;b,c", mime: "text/html", at: at, lan: true}, still, true},
		{"guest", shown{of: guestContent, book: "a;b,c", mime: "text/html", at: at}, guests, true},
		{"guest's picture", shown{of: guestContent, book: "a;b,c", mime: "image/svg+xml", at: at}, guests, true},
		{"guest on a LAN", shown{of: guestContent, book: "a;b,c", mime: "text/html", at: at, lan: true}, still, true},
		{"PDF", shown{of: guestContent, book: "a", mime: "application/pdf", at: at}, pdf, true},
		{"our PDF", shown{of: ourContent, mime: "application/pdf", at: at}, pdf, true},
		{"what only looks like one", shown{of: ourContent, book: "a;b,c", mime: "application/pdf;, text/html", at: at}, ours, true},
	} {
		got := policy(c.page)
		if got.csp != c.want || got.frames != c.frames {
			t.Errorf("%s: frames %v\n got %s\nwant %s", c.name, got.frames, got.csp, c.want)
		}
		want := "(response-origin); redirects=allow"
		switch {
		case c.page.of == ownPage:
			want = ""
		case c.want == ours:
			want = `(response-origin "http://localhost:8470"); redirects=allow`
		}
		if got.connections != want {
			t.Errorf("%s: connections %q, want %q", c.name, got.connections, want)
		}
	}
}

// Every directive that policy knows is written: one missing in order would be dropped silently.
func TestPolicyOrder(t *testing.T) {
	d := directives{}
	for _, name := range order {
		d[name] = []string{"'none'"}
	}
	if got := strings.Count(d.String(), "'none'"); got != len(order) {
		t.Errorf("%d of %d directives", got, len(order))
	}
}

func TestPolicyOfAnswers(t *testing.T) {
	w := both(t, Config{Loopback: true})
	for _, c := range []struct {
		target string
		guest  bool
		has    string
		lacks  string
	}{
		{"/content/ours/index.html", false, "default-src 'none'", "script-src"},
		{"/content/ours/none", false, "frame-ancestors 'none'", "script-src"},
		{"/content/ours/search.html", false, "frame-ancestors 'none'", "unsafe"},
		{"/raw/ours/content/index.html", false, "default-src 'none'", "script-src"},
		{"/content/guest/index.html", true, "script-src 'unsafe-inline' 'unsafe-eval' data: blob: http://localhost:" + w.port + "/content/guest/ ", "'self' "},
		{"/raw/guest/content/index.html", true, "connect-src", "*"},
		{"/content/guest/none", true, "frame-ancestors 'none'", "script-src"},
		{"/content/guest/paper.pdf", true, "frame-ancestors 'self'", "default-src"},
	} {
		var header []string
		if c.guest {
			header = append(header, w.guest())
		}
		csp := w.get(c.target, header...).Header.Get("Content-Security-Policy")
		if !strings.Contains(csp, c.has) || strings.Contains(csp, c.lacks) {
			t.Errorf("%s: %s\nwant %q in it and not %q", c.target, csp, c.has, c.lacks)
		}
	}
	lan := both(t, Config{})
	for _, target := range []string{"/content/ours/index.html", "/content/guest/index.html", "/content/guest/data.json"} {
		if csp := lan.get(target).Header.Get("Content-Security-Policy"); strings.Contains(csp, "script-src") || !strings.Contains(csp, "default-src 'none'") {
			t.Errorf("%s on a LAN: %s", target, csp)
		}
	}
}
