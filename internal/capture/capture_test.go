package capture_test

import (
	"bytes"
	"context"
	"encoding/base64"
	"errors"
	"fmt"
	"io"
	"iter"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/text/encoding/charmap"

	"samizdat/internal/capture"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/warc"
)

// png is a picture of one pixel.
var png, _ = base64.StdEncoding.DecodeString("iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==")

func picture(n byte) []byte { return append(bytes.Clone(png), n) } // different, and still a PNG by its first bytes

const words = "<p>Рабочие вышли на площадь, и к вечеру город уже не узнать: перекрёстки заняты, магазины закрыты, связи нет.</p>"

// site is a small newspaper on three hosts.
func site(t *testing.T) map[string]http.HandlerFunc {
	page := `<!DOCTYPE html><html lang=ru><head><meta charset=windows-1251><title>Площадь</title><link rel=stylesheet href="//cdn.example/look.css">
<link rel=icon href=/icon.png><script src=//count.example/x.js></script></head><body><nav><a href=/>Все новости</a></nav>
<article><h1>Площадь</h1>` + strings.Repeat(words, 6) + `<figure><img data-src="/pics/one.png" alt="Один"></figure>
<p><img src="https://example.com/two.png" srcset="https://example.com/two-large.png 1200w, https://example.com/two.png 300w">` + "Подпись и ещё немного слов.</p>" + `
<p><img src=/gone.png alt="Нет"> <a href="/2021/old">Раньше</a></p>` + words + `</article><form action=/search><input name=q></form></body></html>`
	encoded, err := charmap.Windows1251.NewEncoder().String(page)
	if err != nil {
		t.Fatal(err)
	}
	answer := func(contentType string, body []byte) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", contentType)
			http.SetCookie(w, &http.Cookie{Name: "visitor", Value: "77"})
			w.Write(body)
		}
	}
	return map[string]http.HandlerFunc{
		"http://news.example/p": func(w http.ResponseWriter, r *http.Request) {
			http.Redirect(w, r, "http://news.example/2022/p.html", http.StatusMovedPermanently)
		},
		"http://news.example/2022/p.html":   answer("text/html", []byte(encoded)),
		"http://news.example/pics/one.png":  answer("image/png", picture(1)),
		"http://news.example/icon.png":      answer("text/plain", picture(2)),
		"http://cdn.example/look.css":       answer("text/css", []byte(`@import "more.css"; body{background:url(bg.png)} @font-face{font-family:f;src:url(none.woff2)}`)),
		"http://cdn.example/more.css":       answer("text/css", []byte(`i{background:url(../bg2.png)}`)),
		"http://cdn.example/bg.png":         answer("image/png", picture(3)),
		"http://cdn.example/bg2.png":        answer("image/png", picture(4)),
		"http://news.example/list":          answer("text/html", []byte("<html><title>List</title><body><ul><li><a href=/p>p</a></ul></body></html>")),
		"http://news.example/film.mp4":      answer("video/mp4", []byte("\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom")),
		"http://news.example/all.zip":       answer("application/zip", []byte("PK\x03\x04")),
		"https://example.com/two-large.png": answer("text/html", []byte("<p>This picture was moved, and this is a page that says so")),
		"https://example.com/two.png":       answer("image/png", picture(5)),
	}
}

// web is a Getter that is led to the site.
func web(t *testing.T, pages map[string]http.HandlerFunc) *fetch.Client {
	t.Helper()
	s := func(scheme string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			h := pages[scheme+"://"+r.Host+r.URL.Path]
			if h == nil {
				http.NotFound(w, r)
				return
			}
			h(w, r)
		}
	}
	plain, secure := httptest.NewServer(s("http")), httptest.NewTLSServer(s("https"))
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	c, err := fetch.New(fetch.Options{
		PageEvery: -1, Dir: t.TempDir(), Proxy: front(t, plain.Listener.Addr().String(), secure.Listener.Addr().String()), Roots: roots(secure),
		Sleep: func(ctx context.Context, _ time.Duration) error { return ctx.Err() },
	})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func TestPageIsCaptured(t *testing.T) {
	dir := bundle(t)
	job := capture.Job{URL: "http://news.example/p", Dir: t.TempDir(), Files: "files", By: "the tests", Tool: "samizdat-press test"}
	var last, of int
	writing := false
	job.Progress = func(p capture.Progress) {
		if last, of, writing = p.Done, p.Total, p.Writing; p.Bytes == 0 {
			t.Error("nothing has come")
		}
	}
	res, err := capture.Run(t.Context(), web(t, site(t)), job)
	if err != nil {
		t.Fatal(err)
	}
	c := res.Capture
	if res.Title != "Площадь" || res.Language != "ru" || res.NoText != nil || c.FinalURL != "http://news.example/2022/p.html" || !slices.Equal(c.Redirects, []string{"http://news.example/p"}) || c.HTTPStatus != 200 {
		t.Errorf("%+v\n%+v", res, c)
	}
	if last == 0 || last != of || !writing {
		t.Errorf("progress ended at %d of %d", last, of)
	}
	var missing []string
	for _, m := range c.Missing {
		missing = append(missing, m.URL+" "+m.Reason)
	}
	if want := []string{"http://news.example/gone.png the server answered 404 Not Found", "http://cdn.example/none.woff2 the server answered 404 Not Found"}; !slices.Equal(missing, want) {
		t.Errorf("missing %q, want %q", missing, want)
	}
	var endings []string
	for _, f := range c.Files {
		endings = append(endings, filepath.Ext(f.Name))
	}
	slices.Sort(endings)
	if fmt.Sprint(endings) != "[.css .png .png .png .png .png]" {
		t.Errorf("files %v", endings)
	}
	look := read(t, filepath.Join(job.Dir, "snapshot.html"))
	for _, want := range []string{"Площадь", `rel="icon"`, `rel="stylesheet"`, `charset="utf-8"`} {
		if !strings.Contains(look, want) {
			t.Errorf("no %s in the snapshot\n%s", want, look)
		}
	}
	for _, never := range []string{"count.example", "<form", "<script"} {
		if strings.Contains(look, never) {
			t.Errorf("%s in the snapshot\n%s", never, look)
		}
	}
	text := read(t, filepath.Join(job.Dir, "article.html"))
	if strings.Count(text, "<img") != 3 || !strings.Contains(text, `href="http://news.example/2021/old"`) || strings.Contains(text, "Все новости") {
		t.Errorf("the text is\n%s", text)
	}

	// It goes into the dossier, and the dossier is right; the second time too.
	item := filepath.Join(dir, "articles/p/item.yaml")
	if err := capture.Commit(job, item, c); err != nil {
		t.Fatal(err)
	}
	for range 2 {
		d, err := dossier.Load(os.DirFS(dir))
		if err != nil {
			t.Fatalf("%v\n%s", err, read(t, item))
		}
		it := d.Items()[len(d.Items())-1]
		if it.Status != dossier.StatusCaptured || len(it.Capture.Files) != 6 || it.Capture.Evidence == nil || len(it.Capture.Missing) != 2 {
			t.Errorf("%+v", it.Capture)
		}
		job.Dir = t.TempDir()
		if res, err = capture.Run(t.Context(), web(t, site(t)), job); err != nil {
			t.Fatal(err)
		}
		if err := capture.Commit(job, item, res.Capture); err != nil {
			t.Fatal(err)
		}
	}
}

// The evidence holds what was said, without what is the editor's own.
// evidence goes through the records of a file. The body of one can be read until the next one comes.
func evidence(t *testing.T, name string) iter.Seq[*warc.Record] {
	return func(yield func(*warc.Record) bool) {
		t.Helper()
		f, err := os.Open(name)
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		r, err := warc.NewReader(f)
		if err != nil {
			t.Fatal(err)
		}
		for {
			rec, err := r.Next()
			if errors.Is(err, io.EOF) {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if !yield(rec) {
				return
			}
		}
	}
}

func TestEvidence(t *testing.T) {
	job := capture.Job{URL: "http://news.example/p", Dir: t.TempDir()}
	res, err := capture.Run(t.Context(), web(t, site(t)), job)
	if err != nil {
		t.Fatal(err)
	}
	count := map[string]int{}
	var page string
	for rec := range evidence(t, filepath.Join(job.Dir, "page.warc.gz")) {
		if len(rec.Quirks) > 0 {
			t.Errorf("quirks %v in the record of %s", rec.Quirks, rec.Header.Get("WARC-Target-URI"))
		}
		count[rec.Header.Get("WARC-Type")]++
		if rec.Header.Get("WARC-Record-ID") == "<"+res.Capture.RecordID+">" {
			page = rec.Header.Get("WARC-Target-URI")
		}
	}
	if count["response"] != count["request"] || count["response"] < 9 || count["conversion"] != 2 || count["warcinfo"] != 1 || count["resource"] != 1 {
		t.Errorf("records %v", count)
	}
	if page != "http://news.example/2022/p.html" {
		t.Errorf("record_id is that of %q", page)
	}
}

func TestWhatIsNoArticle(t *testing.T) {
	get := web(t, site(t))
	res, err := capture.Run(t.Context(), get, capture.Job{URL: "http://news.example/film.mp4", Dir: t.TempDir()})
	if err == nil || capture.Reason(err) != "the file is damaged" || res != nil {
		t.Errorf("%v, want a damaged file", err)
	}
	res, err = capture.Run(t.Context(), get, capture.Job{URL: "http://news.example/all.zip", Dir: t.TempDir()})
	if !errors.Is(err, capture.ErrNotPage) || res != nil {
		t.Errorf("%v, want %v", err, capture.ErrNotPage)
	}
	var status *fetch.StatusError
	if _, err := capture.Run(t.Context(), get, capture.Job{URL: "http://news.example/nowhere", Dir: t.TempDir()}); !errors.As(err, &status) {
		t.Errorf("%v, want a status", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if _, err := capture.Run(ctx, get, capture.Job{URL: "http://news.example/p", Dir: t.TempDir()}); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}
