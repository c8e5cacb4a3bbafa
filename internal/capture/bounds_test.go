package capture_test

import (
	"bytes"
	"compress/gzip"
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samizdat/internal/capture"
	"samizdat/internal/fetch"
)

func answering(contentType string, body []byte, coding string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", contentType)
		if coding != "" {
			w.Header().Set("Content-Encoding", coding)
		}
		_, _ = w.Write(body)
	}
}

// bomb is a PNG that is packed well.
func bomb(t *testing.T, size int) []byte {
	t.Helper()
	var b bytes.Buffer
	z := gzip.NewWriter(&b)
	if _, err := z.Write(append(bytes.Clone(png), make([]byte, size)...)); err != nil {
		t.Fatal(err)
	}
	if err := z.Close(); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func reasons(res *capture.Result) (list []string) {
	for _, m := range res.Capture.Missing {
		list = append(list, m.URL[strings.LastIndexByte(m.URL, '/')+1:]+": "+m.Reason)
	}
	return list
}

// The limit is one of what is unpacked too, and what is beyond it is not in the evidence, which would unpack it again.
func TestBombs(t *testing.T) {
	page := `<html><title>B</title><body>` + strings.Repeat(words, 5) + `<img src=a.png><img src=bomb.png><img src=b.png>`
	get := web(t, map[string]http.HandlerFunc{
		"http://news.example/p":        answering("text/html; charset=utf-8", []byte(page), ""),
		"http://news.example/a.png":    answering("image/png", picture(1), ""),
		"http://news.example/b.png":    answering("image/png", picture(2), ""),
		"http://news.example/bomb.png": answering("image/png", bomb(t, 4<<20), "gzip"),
		"http://news.example/film.mp4": answering("video/mp4", bomb(t, 4<<20), "gzip"),
	})
	job := capture.Job{URL: "http://news.example/p", Dir: t.TempDir(), MaxBytes: 1 << 20}
	res, err := capture.Run(t.Context(), get, job)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := reasons(res), []string{"bomb.png: larger than the limit"}; !slices.Equal(got, want) || len(res.Capture.Files) != 2 {
		t.Errorf("missing %q, %d files", got, len(res.Capture.Files))
	}
	if n := strings.Count(evidenceOf(t, job), "bomb.png HTTP/1.1"); n != 0 {
		t.Errorf("the evidence has %d requests of what is too large", n)
	}
	if _, err := capture.Run(t.Context(), get, capture.Job{URL: "http://news.example/film.mp4", Dir: t.TempDir(), MaxBytes: 1 << 20}); err == nil {
		t.Error("a file that is too large when it is unpacked was captured")
	}
	// The same with a limit for all together: what comes first is there.
	res, err = capture.Run(t.Context(), get, capture.Job{URL: "http://news.example/p", Dir: t.TempDir(), MaxBytes: 1 << 20, MaxAll: int64(len(page)) + 50})
	if err != nil {
		t.Fatal(err)
	}
	for _, r := range reasons(res) {
		if !strings.HasSuffix(r, ": "+fetch.ErrTooMuch.Error()) {
			t.Errorf("missing %q", r)
		}
	}
	if len(res.Capture.Missing) == 0 || len(res.Capture.Files) == 3 {
		t.Errorf("missing %q, %d files", res.Capture.Missing, len(res.Capture.Files))
	}
}

func evidenceOf(t *testing.T, job capture.Job) string {
	t.Helper()
	z, err := gzip.NewReader(strings.NewReader(read(t, filepath.Join(job.Dir, capture.EvidenceFile))))
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(z)
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// What never ends does not hold up the page beyond the time it has, and what was there by then is captured.
func TestTimeOfAPage(t *testing.T) {
	pages := map[string]http.HandlerFunc{
		"/p":     answering("text/html; charset=utf-8", []byte(`<html><title>B</title><body>`+strings.Repeat(words, 5)+`<img src=a.png><img src=drip.png>`), ""),
		"/a.png": answering("image/png", picture(1), ""),
		"/drip.png": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(png)
			w.(http.Flusher).Flush()
			<-r.Context().Done()
		},
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := pages[r.URL.Path]; h != nil {
			h(w, r)
			return
		}
		http.NotFound(w, r)
	}))
	defer s.Close()
	get, err := fetch.New(fetch.Options{Private: []string{"127.0.0.1"}, PageEvery: -1, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer get.Close()
	// MaxTime ends a context so; here it is over when the other picture is there.
	ctx, over := context.WithCancelCause(t.Context())
	job := capture.Job{URL: s.URL + "/p", Dir: t.TempDir(), Progress: func(p capture.Progress) {
		if p.Done == 1 {
			over(capture.ErrTime)
		}
	}}
	res, err := capture.Run(ctx, get, job)
	if err != nil {
		t.Fatal(err)
	}
	if got, want := reasons(res), []string{"drip.png: " + capture.ErrTime.Error()}; !slices.Equal(got, want) || len(res.Capture.Files) != 1 {
		t.Errorf("missing %q, %d files", got, len(res.Capture.Files))
	}
	_, err = capture.Run(t.Context(), get, capture.Job{URL: s.URL + "/drip.png", Dir: t.TempDir(), MaxTime: time.Millisecond})
	if got := capture.Reason(err); got != capture.ErrTime.Error() {
		t.Errorf("%v, %q", err, got)
	}
}
