package serve

import (
	"slices"
	"strings"
	"testing"

	"github.com/gorilla/mux"
)

// TestRoutes pins the table of addresses, in the order in which they are tried. docs/urls.md describes each.
func TestRoutes(t *testing.T) {
	want := []string{
		"home GET,HEAD /",
		"shelf GET,HEAD /-/",
		"style GET,HEAD /-/style.css",
		"quit * /-/quit",
		"sharing * /-/share",
		"stop sharing * /-/share/stop",
		"QR code GET,HEAD /-/share/{what:address|wifi}.png",
		"get GET,HEAD /get",
		"get folder GET,HEAD /get/",
		"copies GET,HEAD /get/{book}/",
		"checksums GET,HEAD /get/{book}/SHA256SUMS",
		"copy GET,HEAD /get/{book}/{file:[^/]+}",
		`shadow GET,HEAD /content/{book}/{page:(?:search|share|check)(?:\.[A-Za-z0-9-]+)?\.html}`,
		"book GET,HEAD /content/{book}",
		"content GET,HEAD /content/{book}/{path:(?s:.*)}",
		"raw content GET,HEAD /raw/{book}/content/{path:(?s:.*)}",
		"raw meta GET,HEAD /raw/{book}/meta/{path:(?s:.*)}",
		"random GET,HEAD /random",
		"search GET,HEAD /search",
		"search description GET,HEAD /search/searchdescription.xml",
		"suggest GET,HEAD /suggest",
		"search script GET,HEAD /-/search.js",
		"catalogue GET,HEAD /catalog/v2/root.xml",
		"catalogue entries GET,HEAD /catalog/v2/entries",
		"catalogue entry GET,HEAD /catalog/v2/entry/{uuid}",
		"catalogue illustration GET,HEAD /catalog/v2/illustration/{uuid:[^/]+/?}",
		"rest GET,HEAD /{path:(?s:.*)}",
	}
	s, err := New(Config{})
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	err = s.router.Walk(func(r *mux.Route, _ *mux.Router, _ []*mux.Route) error {
		methods := "*"
		if m, err := r.GetMethods(); err == nil {
			methods = strings.Join(m, ",")
		}
		path, err := r.GetPathTemplate()
		got = append(got, r.GetName()+" "+methods+" "+path)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if !slices.Equal(got, want) {
		t.Errorf("routes:\n%s\nwant:\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
	// A template that never matches loses its name silently: build an address from each.
	for _, r := range s.routes() {
		if got := s.address(r.name, "book", "b", "path", "a//b?%\n", "page", "search.html", "uuid", "u", "what", "wifi", "file", "f"); !strings.HasPrefix(got, "/") {
			t.Errorf("address of %s: %q", r.name, got)
		}
	}
	if got, want := s.address(routeContent, "book", "b c", "path", "//a?b#c%\n\\"), "/content/b%20c///a%3Fb%23c%25%0A%5C"; got != want {
		t.Errorf("address: %s, want %s", got, want)
	}
}
