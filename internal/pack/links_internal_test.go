package pack

import (
	"slices"
	"testing"
)

func TestResolve(t *testing.T) {
	s := site{
		files: map[string]bool{
			"index.html": true, "a b.html": true, "empty.css": false, "guide/index.html": true, "guide/part/one.html": true,
			"100%.html": true, "bare/x.html": true,
		},
		dirs: map[string]bool{".": true, "guide": true, "guide/part": true, "bare": true},
	}
	const from = "guide/part/one.html"
	for _, c := range []struct {
		target, base string
		loaded       bool
		to, reason   string
	}{
		{target: "../../index.html", to: "index.html"},
		{target: "../../index.html?q=1#top", to: "index.html"},
		{target: " ../../in\ndex.html\t", to: "index.html"},
		{target: "../../a%20b.html", to: "a b.html"},
		{target: "../../a b.html", to: "a b.html"},
		{target: "../../100%25.html", to: "100%.html"},
		{target: "../../100%.html", reason: reasonEncoding},
		{target: "#p1"},
		{target: "?only=query"},
		{target: ""},
		{target: "one.html", to: "guide/part/one.html"},
		{target: "./../index.html", to: "guide/index.html"},
		{target: "..", to: "guide/"},
		{target: "../", to: "guide/"},
		{target: "../../guide", to: "guide"},
		{target: "../../"},
		{target: "../../bare/", reason: reasonFolder},
		{target: "../../../x.html", reason: reasonOutside},
		{target: "/index.html", reason: reasonAbsolute},
		{target: "two.html", reason: reasonMissing},
		{target: "../../empty.css", loaded: true, reason: reasonEmpty},
		{target: "https://example.org/"},
		{target: "mailto:a@example.org", loaded: true},
		{target: "data:image/png;base64,AAAA", loaded: true},
		{target: "HTTPS://example.org/x.png", loaded: true, reason: reasonNet},
		{target: "//example.org/x.png", loaded: true, reason: reasonNet},
		{target: "index.html", base: "../../", to: "index.html"},
		{target: "x.png", base: "https://example.org/", loaded: true, reason: reasonNet},
		{target: "x.html", base: "https://example.org/"},
	} {
		to, reason := s.resolve(from, c.base, reference{1, c.target, c.loaded})
		if to != c.to || reason != c.reason {
			t.Errorf("resolve(%q, base %q) = %q, %q; want %q, %q", c.target, c.base, to, reason, c.to, c.reason)
		}
	}
}

func TestSrcset(t *testing.T) {
	for srcset, want := range map[string][]string{
		"":                              nil,
		"a.png":                         {"a.png"},
		"a.png 1x, b.png 2x":            {"a.png", "b.png"},
		" a,b.png 640w ,\n c.png":       {"a,b.png", "c.png"},
		"a.png, b.png,":                 {"a.png", "b.png"},
		"data:image/png;base64,AA== 1x": {"data:image/png;base64,AA=="},
		"a.png calc(1px, 2px), b.png":   {"a.png", "b.png"},
		",,a.png":                       {"a.png"},
	} {
		if got := srcsetURLs(srcset); !slices.Equal(got, want) {
			t.Errorf("srcsetURLs(%q) = %q, want %q", srcset, got, want)
		}
	}
}
