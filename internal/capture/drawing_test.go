package capture_test

import (
	"io"
	"net/http"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/capture"
)

// Drawings in the page, in addresses and in files are kept, the files without what acts in them; what cannot be shown here is listed.
func TestDrawingsAreKept(t *testing.T) {
	const active = `<svg xmlns="http://www.w3.org/2000/svg" onload="x()"><path d="M0 0"/></svg>`
	page := `<!DOCTYPE html><html lang=en><title>D</title><body><article>` + strings.Repeat(words, 4) + `</article>
<svg style="display:none"><symbol id=i><path d="M1 1"/></symbol></svg><svg class=icon><use href="#i"/><script>x()</script></svg>
<img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg'%3E%3Ccircle r='1'/%3E%3C/svg%3E"><img src="/active.svg"><img src="/broken.svg">
<p style="background:url(&quot;data:image/svg+xml,broken&quot;)">p</p><canvas></canvas><iframe srcdoc="&lt;p&gt;In a frame&lt;/p&gt;"></iframe></body></html>`
	answer := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, _ *http.Request) {
			w.Header().Set("Content-Type", contentType)
			_, _ = io.WriteString(w, body)
		}
	}
	job := capture.Job{URL: "http://news.example/d", Dir: t.TempDir()}
	res, err := capture.Run(t.Context(), web(t, map[string]http.HandlerFunc{
		"http://news.example/d":          answer("text/html; charset=utf-8", page),
		"http://news.example/active.svg": answer("image/svg+xml", active),
		"http://news.example/broken.svg": answer("image/svg+xml", "<svg xmlns='http://www.w3.org/2000/svg'><g>"),
	}), job)
	if err != nil {
		t.Fatal(err)
	}
	look := read(t, filepath.Join(job.Dir, capture.SnapshotFile))
	for _, want := range []string{`<symbol id="i"><path d="M1 1"></path></symbol>`, `<svg class="icon"><use href="#i"></use></svg>`, "<p>In a frame</p>"} {
		if !strings.Contains(look, want) {
			t.Errorf("no %s in\n%s", want, look)
		}
	}
	var held []string
	for _, f := range res.Capture.Files {
		held = append(held, read(t, filepath.Join(job.Dir, f.Name)))
	}
	slices.Sort(held)
	if want := []string{
		`<svg xmlns="http://www.w3.org/2000/svg"><circle r="1"/></svg>` + "\n", `<svg xmlns="http://www.w3.org/2000/svg"><path d="M0 0"/></svg>` + "\n",
	}; !slices.Equal(held, want) {
		t.Errorf("files %q, want %q", held, want)
	}
	var missing []string
	for _, m := range res.Capture.Missing {
		missing = append(missing, m.URL+" "+m.Reason)
	}
	if want := []string{
		"http://news.example/broken.svg the file is damaged", "http://news.example/d a drawing that the page holds: the file is damaged",
		"http://news.example/d a drawing that a script makes (<canvas>)",
	}; !slices.Equal(missing, want) {
		t.Errorf("missing\n%q, want\n%q", missing, want)
	}
}
