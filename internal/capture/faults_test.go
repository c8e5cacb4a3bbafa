package capture_test

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"samizdat/internal/capture"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/fetch/fetchtest"
)

// hijacked answers with these bytes and hangs up.
func hijacked(answer string) http.HandlerFunc {
	return func(w http.ResponseWriter, _ *http.Request) {
		c, _, err := w.(http.Hijacker).Hijack()
		if err != nil {
			panic(err)
		}
		defer c.Close()
		_, _ = c.Write([]byte(answer))
	}
}

// A page of which every picture fails in a way of its own is captured, and each way has its reason.
func TestFaultsOfServers(t *testing.T) {
	whole := string(picture(9))
	var busy, later atomic.Int32
	pictures := map[string]http.HandlerFunc{
		"dies":    hijacked("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 5000\r\n\r\n" + whole),
		"chunk":   hijacked("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nTransfer-Encoding: chunked\r\n\r\n1000\r\n" + whole),
		"long":    hijacked("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: " + strconv.Itoa(len(whole)) + "\r\n\r\n" + whole + strings.Repeat("x", 10_000)),
		"short":   hijacked("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 20\r\n\r\n" + whole),
		"twice":   hijacked("HTTP/1.1 200 OK\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello"),
		"nothing": hijacked(""),
		"empty":   hijacked("HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: 0\r\n\r\n"),
		"endless": func(w http.ResponseWriter, r *http.Request) {
			w.Header().Set("Content-Type", "image/png")
			for err := error(nil); err == nil; {
				_, err = w.Write(make([]byte, 64<<10))
			}
		},
		"loop": func(w http.ResponseWriter, r *http.Request) { http.Redirect(w, r, r.URL.Path, http.StatusFound) },
		"busy": func(w http.ResponseWriter, r *http.Request) {
			if busy.Add(1) == 1 {
				w.Header().Set("Retry-After", "30")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			w.Header().Set("Content-Type", "image/png")
			_, _ = w.Write(picture(10))
		},
		"later": func(w http.ResponseWriter, r *http.Request) {
			later.Add(1)
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusTooManyRequests)
		},
		"page": func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "<!DOCTYPE html><p>not here") },
	}
	var body strings.Builder
	for _, name := range slices.Sorted(maps.Keys(pictures)) {
		fmt.Fprintf(&body, "<p>%s <img src=/%s.png></p>", strings.Repeat("Words of a page that is read to the end. ", 3), name)
	}
	body.WriteString("<p>And one more. <img src=https://example.com/x.png></p><p>And the last. <img src=http://10.0.0.1/x.png></p>")
	serve := func(w http.ResponseWriter, r *http.Request) {
		switch h := pictures[strings.TrimSuffix(strings.TrimPrefix(r.URL.Path, "/"), ".png")]; {
		case h != nil:
			h(w, r)
		case r.URL.Path == "/robots.txt":
			http.NotFound(w, r)
		default:
			fmt.Fprintf(w, "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>Faults</title><body><article><h1>Faults</h1>%s</article>", body.String())
		}
	}
	log.SetOutput(io.Discard) // net/http complains there of what servers send unasked
	defer log.SetOutput(os.Stderr)
	plain, secure := httptest.NewServer(http.HandlerFunc(serve)), httptest.NewUnstartedServer(http.HandlerFunc(serve))
	secure.StartTLS()
	defer plain.Close()
	defer secure.Close()
	var waited []time.Duration
	c, err := fetch.New(fetch.Options{
		Dir: t.TempDir(), PageEvery: -1, MaxBytes: 1 << 20, Tries: 2, PerHost: 1,
		Proxy: fetchtest.NewProxy(t, "http", func(target string) string {
			if strings.HasSuffix(target, ":443") {
				return secure.Listener.Addr().String()
			}
			return plain.Listener.Addr().String()
		}).URL,
		Sleep: func(ctx context.Context, d time.Duration) error {
			if d >= 10*time.Second {
				waited = append(waited, d)
			}
			return ctx.Err()
		},
	})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	job := capture.Job{URL: "http://news.example/faults", Dir: t.TempDir()}
	res, err := capture.Run(t.Context(), c, job)
	if err != nil {
		t.Fatal(err)
	}
	got := map[string]string{}
	for _, m := range res.Capture.Missing {
		got[m.URL] = m.Reason
	}
	const lost, kind = "the connection was lost", "it is of another kind than the page says"
	want := map[string]string{
		"dies": lost, "chunk": lost, "nothing": lost, "short": "the file is damaged", "twice": "the server does not speak HTTP as it should",
		"endless": fetch.ErrTooLarge.Error(), "loop": fetch.ErrRedirects.Error(), "later": "the server answered 429 Too Many Requests", "empty": kind, "page": kind,
	}
	for name, reason := range want {
		if r := got["http://news.example/"+name+".png"]; r != reason {
			t.Errorf("%s: reason %q, want %q", name, r, reason)
		}
	}
	if r := got["https://example.com/x.png"]; r != "the server's certificate is not to be trusted: nobody whom this machine trusts has signed it" {
		t.Errorf("untrusted: %q", r)
	}
	if r := got["http://10.0.0.1/x.png"]; r != fetch.ErrPrivate.Error() {
		t.Errorf("private: %q", r)
	}
	if len(got) != len(want)+2 || len(res.Capture.Files) != 2 {
		t.Errorf("%d missing, %d files: %v", len(got), len(res.Capture.Files), got)
	}
	if len(waited) != 1 || waited[0] != 30*time.Second || later.Load() != 1 {
		t.Errorf("waited %v; %d requests of what was to be asked for tomorrow", waited, later.Load())
	}
}

// full is a Getter on whose disk there is room for some things only.
type full struct {
	capture.Getter
	left atomic.Int32
}

func (f *full) Get(ctx context.Context, ref string, p fetch.Purpose) (*fetch.Exchange, error) {
	if f.left.Add(-1) < 0 {
		return nil, fmt.Errorf("%s: %w", ref, &fs.PathError{Op: "write", Path: ".fetched-1", Err: syscall.ENOSPC})
	}
	return f.Getter.Get(ctx, ref, p)
}

// A full disk ends a capture; nothing is called missing because of it.
func TestFullDisk(t *testing.T) {
	get := web(t, site(t))
	for room := range int32(9) {
		f := &full{Getter: get}
		f.left.Store(room)
		res, err := capture.Run(t.Context(), f, capture.Job{URL: "http://news.example/p", Dir: t.TempDir()})
		if !errors.Is(err, syscall.ENOSPC) || res != nil {
			t.Errorf("room for %d: %v, %v", room, res, err)
		}
	}
}

// Wherever a commit stops, the dossier is right, and the next capture repairs what was moved.
func TestCommitThatStops(t *testing.T) {
	dir := bundle(t)
	item := filepath.Join(dir, "articles/p/item.yaml")
	get := web(t, site(t))
	run := func() (capture.Job, *capture.Result) {
		t.Helper()
		job := capture.Job{URL: "http://news.example/p", Dir: t.TempDir(), Files: "files"}
		res, err := capture.Run(t.Context(), get, job)
		if err != nil {
			t.Fatal(err)
		}
		return job, res
	}
	status := func() dossier.Status {
		t.Helper()
		d, err := dossier.Load(os.DirFS(dir))
		if err != nil {
			t.Fatalf("%v\n%s", err, read(t, item))
		}
		return d.Item("p").Status
	}
	for _, captured := range []bool{false, true} {
		for _, name := range []string{"snapshot.html", "page.warc.gz", "article.html"} {
			at := filepath.Join(dir, "articles/p", name)
			kept, err := os.ReadFile(at)
			if (err == nil) != captured {
				t.Fatalf("%s: %v", name, err)
			}
			os.Remove(at)
			if captured { // the file of the item must not know
				if err := os.WriteFile(at, kept, 0o666); err != nil {
					t.Fatal(err)
				}
			}
			job, res := run()
			os.Remove(at)
			if err := os.Mkdir(at, 0o777); err != nil { // nothing can be moved here
				t.Fatal(err)
			}
			if err := capture.Commit(job, item, res.Capture); err == nil {
				t.Fatal("a folder was replaced")
			}
			if err := os.Remove(at); err != nil {
				t.Fatal(err)
			}
			if s := status(); s != dossier.StatusLinked {
				t.Errorf("stopped at %s, status %s", name, s)
			}
			if !captured {
				for _, left := range []string{"snapshot.html", "page.warc.gz", "article.html", "files"} {
					os.RemoveAll(filepath.Join(dir, "articles/p", left))
				}
				continue
			}
			job, res = run()
			if err := capture.Commit(job, item, res.Capture); err != nil {
				t.Fatal(err)
			}
			if s := status(); s != dossier.StatusCaptured {
				t.Errorf("after %s, status %s", name, s)
			}
		}
		job, res := run()
		if err := capture.Commit(job, item, res.Capture); err != nil {
			t.Fatal(err)
		}
		if s := status(); s != dossier.StatusCaptured {
			t.Errorf("status %s", s)
		}
	}
	if src := read(t, item); !bytes.HasPrefix([]byte(src), []byte("id: p # short\nkind: article\n")) {
		t.Errorf("the item's file is\n%s", src)
	}
}

// A page with 200 pictures from a server that takes its time: what limits is the server, with as many connections as a browser
// opens, and not we.
func BenchmarkPictures(b *testing.B) {
	const pictures, delay = 200, 50 * time.Millisecond
	var page strings.Builder
	page.WriteString("<!DOCTYPE html><html lang=en><title>x</title><body><article><h1>x</h1><p>Words of a page that is read to the end.</p>")
	for i := range pictures {
		fmt.Fprintf(&page, "<p>Words of a page that is read to the end. <img src=/%d.png></p>", i)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(delay)
		if !strings.HasSuffix(r.URL.Path, ".png") {
			_, _ = w.Write([]byte(page.String()))
			return
		}
		_, _ = w.Write(append(bytes.Clone(png), make([]byte, 20_000)...))
	}))
	defer s.Close()
	c, err := fetch.New(fetch.Options{Private: []string{"127.0.0.1"}, PageEvery: -1, IgnoreRobots: true, Dir: b.TempDir()})
	if err != nil {
		b.Fatal(err)
	}
	defer c.Close()
	for b.Loop() {
		res, err := capture.Run(b.Context(), c, capture.Job{URL: s.URL + "/p", Dir: b.TempDir()})
		if err != nil || res.Fetched != pictures+1 {
			b.Fatalf("%v, %+v", err, res)
		}
	}
	possible := delay.Seconds() * (1 + float64(pictures)/6)
	b.ReportMetric(possible/(b.Elapsed().Seconds()/float64(b.N)), "of_the_possible")
}
