package capture_test

import (
	"fmt"
	"image/jpeg"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"samizdat/internal/browser"
	"samizdat/internal/capture"
	"samizdat/internal/dossier"
	"samizdat/internal/judge"
)

// chromium is the installed one.
func chromium(t *testing.T) string {
	t.Helper()
	program, err := browser.Find(os.Getenv)
	judge.Need(t, err)
	return program
}

// A page that is empty without scripts is captured as a reader sees it, by way of the editor's proxy; everything is asked for once.
func TestScriptPage(t *testing.T) {
	program := chromium(t)
	var mu sync.Mutex
	asked := map[string]int{}
	answer := func(contentType, body string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			mu.Lock()
			asked[r.Method+" "+r.Host+r.URL.Path]++
			mu.Unlock()
			w.Header().Set("Content-Type", contentType)
			w.Header().Set("Access-Control-Allow-Origin", "*")
			io.WriteString(w, body)
		}
	}
	text, err := os.ReadFile("testdata/script-page.html")
	if err != nil {
		t.Fatal(err)
	}
	get := web(t, map[string]http.HandlerFunc{
		"http://news.example/p":          answer("text/html", string(text)),
		"http://news.example/look.css":   answer("text/css", "article { color: #123456 }"),
		"https://example.com/api":        answer("application/json", `{"title": "Площадь", "text": "`+strings.Repeat(words, 6)+`", "picture": "http://cdn.example/one.png"}`),
		"http://cdn.example/one.png":     answer("image/png", string(picture(1))),
		"http://cdn.example/lazy.png":    answer("image/png", string(picture(2))),
		"http://news.example/clip.mp4":   answer("video/mp4", "\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom"),
		"http://news.example/report.pdf": answer("application/pdf", "%PDF-1.4\n1 0 obj\n<< /Type /Catalog /Pages 2 0 R >>\nendobj\n2 0 obj\n<< /Type /Pages /Kids [] /Count 0 >>\nendobj\ntrailer\n<< /Root 1 0 R >>\nstartxref\n0\n%%EOF\n"),
	})
	b := &browser.Browser{Program: program, Web: get, Settle: 300 * time.Millisecond}
	job := capture.Job{URL: "http://news.example/p", Dir: t.TempDir(), Files: "files", Tool: "samizdat-press test", Browser: b}
	res, err := capture.Run(t.Context(), get, job)
	if err != nil {
		t.Fatal(err)
	}
	c := res.Capture
	if c.Method != "chrome" || !strings.HasPrefix(c.Tool, "samizdat-press test, Chrome/") || res.Title != "Площадь" || res.NoText != nil || c.Screenshot == nil {
		t.Errorf("%+v\n%+v", res, c)
	}
	if want := []dossier.Missing{{URL: "http://news.example/clip.mp4", Reason: "the file is damaged"}}; !slices.Equal(c.Missing, want) { // nothing of it was asked for the browser
		t.Errorf("missing %v", c.Missing)
	}
	look, article := read(t, filepath.Join(job.Dir, "snapshot.html")), read(t, filepath.Join(job.Dir, "article.html"))
	for name, page := range map[string]string{"snapshot": look, "article": article} {
		if !strings.Contains(page, "Рабочие вышли на площадь") || !strings.Contains(page, `src="files/`) || strings.Contains(page, "Загрузка") {
			t.Errorf("the %s is\n%s", name, page)
		}
	}
	f, err := os.Open(filepath.Join(job.Dir, "screenshot.jpg"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	if config, err := jpeg.DecodeConfig(f); err != nil || config.Width != 1280 {
		t.Errorf("the screenshot is %+v, %v", config, err)
	}
	mu.Lock()
	for what, n := range asked {
		if n != 1 {
			t.Errorf("%s was asked for %d times", what, n)
		}
	}
	if len(asked) != 6 {
		t.Errorf("asked for %v", asked)
	}
	mu.Unlock()
	records := list(t, filepath.Join(job.Dir, "page.warc.gz"))
	for _, want := range []string{"resource urn:fullPage:http://news.example/p", "response https://example.com/api", "response http://news.example/p", `request https://example.com/api {"id":7}`} {
		if !slices.Contains(records, want) {
			t.Errorf("no %q in the evidence: %q", want, records)
		}
	}
	if n := strings.Count(strings.Join(records, "\n"), "conversion http://news.example/p"); n != 3 {
		t.Errorf("%d conversions: %q", n, records)
	}

	// It goes into a dossier, which is right.
	dir := bundle(t)
	item := filepath.Join(dir, "articles/p/item.yaml")
	if err := capture.Commit(job, item, c); err != nil {
		t.Fatal(err)
	}
	d, err := dossier.Load(os.DirFS(dir))
	if err != nil {
		t.Fatal(err)
	}
	if it := d.Items()[len(d.Items())-1]; it.Capture.Screenshot == nil || it.Capture.Method != "chrome" {
		t.Errorf("%+v", it.Capture)
	}

	job = capture.Job{URL: "http://news.example/report.pdf", Dir: t.TempDir(), Browser: b}
	res, err = capture.Run(t.Context(), get, job)
	if err != nil {
		t.Fatal(err)
	}
	if res.Media != "file.pdf" || res.Capture.Method != "chrome" || res.Capture.Snapshot != nil {
		t.Errorf("a paper: %q, %+v", res.Media, res.Capture)
	}
}

// list gives the type, the address and, of requests, the body of every record.
func list(t *testing.T, name string) (records []string) {
	t.Helper()
	for rec := range evidence(t, name) {
		line := fmt.Sprint(rec.Header.Get("WARC-Type"), " ", rec.Header.Get("WARC-Target-URI"))
		if rec.Header.Get("WARC-Type") == "request" {
			block, err := io.ReadAll(rec)
			if err != nil {
				t.Fatal(err)
			}
			if _, body, _ := strings.Cut(string(block), "\r\n\r\n"); body != "" {
				line += " " + body
			}
		}
		records = append(records, line)
	}
	return records
}
