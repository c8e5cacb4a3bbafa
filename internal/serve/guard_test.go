package serve

import (
	"net/http"
	"net/http/httptest"
	"net/url"
	"strings"
	"testing"
)

// Every answer, refusals and errors too, has the headers of the guard.
func TestHeadersOnEveryAnswer(t *testing.T) {
	for _, cfg := range []Config{{Loopback: true}, {}} {
		w := both(t, cfg)
		for _, c := range []struct {
			method, target string
			header         []string
		}{
			{method: "GET", target: "/"},
			{method: "GET", target: "/content/ours/index.html"},
			{method: "GET", target: "/content/ours/old"},
			{method: "GET", target: "/content/ours/paper.pdf"},
			{method: "GET", target: "/content/ours/video.bin", header: []string{"Range: bytes=0-1"}},
			{method: "GET", target: "/content/ours/video.bin", header: []string{"Range: bytes=999999999-"}},
			{method: "GET", target: "/none"},
			{method: "POST", target: "/"},
			{method: "GET", target: "/", header: []string{"Host: evil.example"}},
			{method: "GET", target: "/", header: []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors"}},
			{method: "GET", target: "/-/style.css"},
			{method: "GET", target: "/catalog/v2/root.xml"},
		} {
			a := w.do(c.method, c.target, c.header...)
			cache := "no-store"
			if !cfg.Loopback {
				cache = "private, no-cache"
				if a.StatusCode != http.StatusNotFound && strings.HasPrefix(c.target, "/content/") && c.target != "/content/ours/old" {
					cache = "no-store" // no seal of it is checked
				}
			}
			w.want(c.target, a, a.StatusCode,
				"X-Content-Type-Options", "nosniff", "Referrer-Policy", "no-referrer", "X-DNS-Prefetch-Control", "off",
				"Cross-Origin-Opener-Policy", "same-origin", "Cross-Origin-Resource-Policy", "same-origin",
				"Permissions-Policy", permissions, "Cache-Control", cache,
				"Access-Control-Allow-Origin", "", "Set-Cookie", "", "Server", "",
			)
			if a.Header.Get("Content-Security-Policy") == "" || a.Header.Get("X-Frame-Options") == "" {
				t.Errorf("%s: policy %q, frames %q", c.target, a.Header.Get("Content-Security-Policy"), a.Header.Get("X-Frame-Options"))
			}
		}
	}
}

func TestHostsOnLoopback(t *testing.T) {
	w := both(t, Config{Loopback: true, Hosts: []string{"Reader.Example", "proxy.example:443"}})
	for host, ok := range map[string]bool{
		"127.0.0.1:PORT":              true,
		"[::1]:PORT":                  true,
		"localhost:PORT":              true,
		"LOCALHOST:PORT":              true,
		"reader.example:PORT":         true,
		"READER.example:PORT":         true,
		"proxy.example":               true,
		"proxy.example:443":           true,
		"":                            false,
		"127.0.0.1":                   false,
		"127.0.0.1:1":                 false,
		"127.0.0.2:PORT":              false,
		"0.0.0.0:PORT":                false,
		"localhost":                   false,
		"localhost.:PORT":             false,
		"evil.example:PORT":           false,
		"reader.example":              true, // as a proxy's or an onion service's visitors write it
		"reader.example:1":            false,
		"proxy.example:PORT":          false,
		"localhost.evil.example:PORT": false,
		"127.0.0.1.evil.example:PORT": false,
		"[::ffff:127.0.0.1]:PORT":     false,
		"127.0.0.1:PORT@evil":         false,
		"2130706433:PORT":             false,
		"[::1":                        false,
	} {
		host = strings.ReplaceAll(host, "PORT", w.port)
		a := w.get("/-/style.css", "Host: "+host)
		if want := map[bool]int{true: 200, false: 421}[ok]; a.StatusCode != want && (ok || a.StatusCode != 400) {
			t.Errorf("Host %q: status %d, want %d", host, a.StatusCode, want)
		}
	}
}

// On a LAN a request may name the address that it was sent to, because an address cannot be rebound.
func TestHostsOnLAN(t *testing.T) {
	w := both(t, Config{Hosts: []string{"library.example"}})
	for host, want := range map[string]int{
		"127.0.0.1:PORT": 200, "localhost:PORT": 200, "library.example:PORT": 200, "192.0.2.1:PORT": 421, "evil.example:PORT": 421,
	} {
		if a := w.get("/-/style.css", "Host: "+strings.ReplaceAll(host, "PORT", w.port)); a.StatusCode != want {
			t.Errorf("Host %q: status %d, want %d", host, a.StatusCode, want)
		}
	}
	// one origin: nobody is sent to localhost
	w.want("guest", w.get("/content/guest/index.html"), 200)
	w.want("guest at localhost", w.get("/content/ours/index.html", w.guest()), 200)
}

func TestBadHostNames(t *testing.T) {
	for _, h := range []string{"", "http://x", "a/b", "name:", "name:0", "name:99999", "a b", "user@host", "[::1"} {
		if _, err := New(Config{Hosts: []string{h}}); err == nil {
			t.Errorf("New with host %q: no error", h)
		}
	}
}

// What a browser says about who asks decides, not where from.
func TestFetchMetadata(t *testing.T) {
	w := both(t, Config{Loopback: true})
	for _, c := range []struct {
		name   string
		header []string
		want   int
	}{
		{"no browser", nil, 200},
		{"our own page", []string{"Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: style"}, 200},
		{"address bar", []string{"Sec-Fetch-Site: none", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, 200},
		{"link on another site", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, 200},
		{"link on another port", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}, 200},
		{"fetch from another site", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"}, 403},
		{"fetch from another port", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: cors", "Sec-Fetch-Dest: empty"}, 403},
		{"picture on another site", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}, 403},
		{"picture on another port", []string{"Sec-Fetch-Site: same-site", "Sec-Fetch-Mode: no-cors", "Sec-Fetch-Dest: image"}, 403},
		{"frame on another site", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: iframe"}, 403},
		{"object on another site", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: object"}, 403},
		{"prerender by another site", []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document", "Sec-Purpose: prefetch;prerender"}, 403},
		{"unknown word", []string{"Sec-Fetch-Site: new-thing", "Sec-Fetch-Mode: cors"}, 403},
		{"old browser, another site", []string{"Origin: https://evil.example"}, 403},
		{"old browser, sandboxed", []string{"Origin: null"}, 403},
		{"old browser, ourselves", []string{"Origin: http://127.0.0.1:" + w.port}, 200},
		{"service worker", []string{"Service-Worker: script", "Sec-Fetch-Site: same-origin", "Sec-Fetch-Mode: same-origin"}, 403},
	} {
		w.want(c.name, w.get("/content/ours/index.html", c.header...), c.want)
		w.want(c.name+", guest", w.get("/content/guest/index.html", append(c.header, w.guest())...), map[bool]int{true: 403, false: c.want}[c.name == "old browser, ourselves"])
		if c.want == 403 {
			if a := w.get("/content/ours/index.html", c.header...); strings.Contains(a.body, "cover") {
				t.Errorf("%s: refused, but the page is in the answer", c.name)
			}
		}
	}
	cross := []string{"Sec-Fetch-Site: cross-site", "Sec-Fetch-Mode: navigate", "Sec-Fetch-Dest: document"}
	w.want("form on another site", w.do("POST", "/-/quit", cross...), 403)
}

// The two sites are apart: each address answers at one of them and leads there from the other.
func TestTwoSites(t *testing.T) {
	w := both(t, Config{Loopback: true})
	ui, guests := "http://127.0.0.1:"+w.port, "http://localhost:"+w.port
	for _, target := range []string{"/content/guest/index.html", "/content/guest/", "/content/guest", "/content/guest/a//b?x=%2F&y", "/raw/guest/meta/Title", "/content/guest/search.html"} {
		w.want("guest at our site", w.get(target), 302, "Location", guests+target)
	}
	w.want("guest", w.get("/content/guest/index.html", w.guest()), 200)
	w.want("guest's own search page", w.get("/content/guest/search.html", w.guest()), 200)
	for _, target := range []string{
		"/", "/content/ours/index.html", "/raw/ours/meta/Title", "/content/ours/search.html?q=a", "/random?content=guest", "/catalog/v2/entries",
		"/nothing", "//evil.example/%2e%2e", "/content/none/x", "/-/other",
	} {
		w.want("ours at the guests' site", w.get(target, w.guest()), 302, "Location", ui+target)
	}
	w.want("style sheet for errors", w.get("/-/style.css", w.guest()), 200)
	w.want("404 of a guest", w.get("/content/guest/none", w.guest()), 404)
	w.want("IPv6", w.get("/content/ours/index.html", "Host: [::1]:"+w.port), 200)
}

func TestQuit(t *testing.T) {
	quits := 0
	w := both(t, Config{Loopback: true, OnQuit: func() { quits++ }})
	w.later = func(f func()) { f() }
	origin := "http://127.0.0.1:" + w.port
	for name, header := range map[string][]string{
		"no origin":                {"Origin", "", "Sec-Fetch-Site", ""},
		"another site":             {"Origin", "https://evil.example", "Sec-Fetch-Site", ""},
		"another port":             {"Origin", "http://127.0.0.1:1", "Sec-Fetch-Site", ""},
		"a guest":                  {"Origin", "http://localhost:" + w.port, "Sec-Fetch-Site", ""},
		"guests' site":             {"Origin", "http://localhost:" + w.port, "Sec-Fetch-Site", "", "Host", "localhost:" + w.port},
		"null without the browser": {"Sec-Fetch-Site", ""},
		"sandboxed":                {"Sec-Fetch-Site", "cross-site", "Sec-Fetch-Mode", "navigate"},
		"cross-site":               {"Origin", origin, "Sec-Fetch-Site", "cross-site"},
		"none":                     {"Origin", origin, "Sec-Fetch-Site", "none"},
		"longer origin":            {"Origin", origin + "0", "Sec-Fetch-Site", ""},
		"same-origin, no origin":   {"Origin", ""},
	} {
		if res := w.post("/-/quit", nil, header...); res.StatusCode != 403 {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	for name, token := range map[string]string{"no token": "", "another run's token": both(t, Config{Loopback: true}).token, "half of it": w.token[:13]} {
		if res := w.post("/-/quit", url.Values{tokenField: {token}}); res.StatusCode != 403 {
			t.Errorf("%s: %s", name, res.Status)
		}
	}
	w.want("GET", w.get("/-/quit"), 405, "Allow", "POST")
	w.want("HEAD", w.do("HEAD", "/-/quit"), 405, "Allow", "POST")
	if quits != 0 {
		t.Fatalf("quit %d times without permission", quits)
	}
	for name, header := range map[string][]string{
		"our own form":                  {"Origin", origin},
		"our own form without referrer": {"Sec-Fetch-Mode", "navigate"},
		"old browser":                   {"Origin", origin, "Sec-Fetch-Site", ""},
	} {
		res := w.post("/-/quit", nil, header...)
		if res.StatusCode != 200 {
			t.Errorf("%s: %s", name, res.Status)
		}
		contains(t, name, bodyOf(res), "Closed")
	}
	if quits != 3 {
		t.Errorf("quit %d times, want 3", quits)
	}
	contains(t, "share page", w.get("/content/ours/share.html").body, `<form method="post" action="/-/quit"><input type="hidden" name="token" value="`+w.token+`">`)

	lan := both(t, Config{OnQuit: func() { t.Error("quit from the LAN") }})
	lan.want("LAN", lan.do("POST", "/-/quit", "Origin: http://127.0.0.1:"+lan.port, "Content-Length: 0"), 404)
	if strings.Contains(lan.get("/content/ours/share.html").body, "/-/quit") {
		t.Error("the button is shown on a LAN")
	}
}

// Without a network connection nothing is known about where a request arrived, and nothing is answered.
func TestUnknownPlace(t *testing.T) {
	s, err := New(Config{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	w := httptest.NewRecorder()
	s.Handler().ServeHTTP(w, httptest.NewRequest("GET", "http://127.0.0.1:8470/", nil))
	if w.Code != http.StatusMisdirectedRequest {
		t.Errorf("status %d", w.Code)
	}
	if w := through(s.Handler(), httptest.NewRequest("GET", "http://127.0.0.1:8470/", nil)); w.Code != 200 {
		t.Errorf("on loopback: status %d", w.Code)
	}
}
