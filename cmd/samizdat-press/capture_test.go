package main

import (
	"context"
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"samizdat/internal/atomicfile"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch/fetchtest"
)

// twoPages writes a dossier with two linked pages of news.example into a new folder.
func twoPages(t *testing.T) string {
	t.Helper()
	dir := t.TempDir()
	if err := os.CopyFS(dir, dossier.Template()); err != nil {
		t.Fatal(err)
	}
	if err := os.RemoveAll(filepath.Join(dir, "articles/example")); err != nil {
		t.Fatal(err)
	}
	manifest, err := os.ReadFile(filepath.Join(dir, dossier.ManifestFile))
	if err != nil {
		t.Fatal(err)
	}
	statement := filepath.Join(dir, "statements/statement-1.md")
	words, err := os.ReadFile(statement)
	if err != nil {
		t.Fatal(err)
	}
	files := map[string]string{
		filepath.Join(dir, dossier.ManifestFile): strings.Replace(string(manifest), "articles/example/item.yaml", "articles/one/item.yaml\n      - articles/two/item.yaml", 1),
		statement:                                strings.ReplaceAll(string(words), "item:example", "item:one"),
	}
	for _, id := range []string{"one", "two"} {
		name := filepath.Join(dir, "articles", id, "item.yaml")
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		files[name] = fmt.Sprintf("id: %s\nkind: article\ntitle: Page %s\nurl: http://news.example/%s\nlang: en\nstatus: linked\n", id, id, id)
	}
	for name, text := range files {
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	return dir
}

// An interrupt at whichever request leaves a dossier that is right, and the next run goes on with what is left.
func TestCaptureInterrupted(t *testing.T) {
	words := strings.Repeat("<p>Words of a page that is read to the end, and a few more.</p>", 4)
	var asked, stopAt atomic.Int32
	var stop atomic.Pointer[context.CancelFunc]
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if asked.Add(1) == stopAt.Load() {
			(*stop.Load())()
		}
		switch r.URL.Path {
		case "/one", "/two":
			fmt.Fprintf(w, "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>x</title><link rel=stylesheet href=/s.css><body><article><h1>x</h1>%s<img src=%s.svg></article>", words, r.URL.Path)
		case "/s.css":
			w.Header().Set("Content-Type", "text/css")
			fmt.Fprint(w, "p{color:red}")
		case "/robots.txt":
			http.NotFound(w, r)
		default:
			w.Header().Set("Content-Type", "image/svg+xml")
			fmt.Fprint(w, `<svg xmlns="http://www.w3.org/2000/svg" width="1" height="1"/>`)
		}
	}))
	defer s.Close()
	capture := func(ctx context.Context, dir string) (int, string) {
		out := &lockedBuffer{}
		status := newProgram().run(ctx, []string{"capture", dir, "--allow-private", "--every", "0s", "--resolve", "news.example:" + s.Listener.Addr().String()}, nil, out, out)
		return status, out.String()
	}
	ended := false
	for k := int32(1); !ended; k++ {
		dir := twoPages(t)
		ctx, cancel := context.WithCancel(t.Context())
		stop.Store(&cancel)
		asked.Store(0)
		stopAt.Store(k)
		status, said := capture(ctx, dir)
		ended = asked.Load() < k
		if !ended && (status != command.ExitFailure || !strings.Contains(said, "stopped before the end")) && asked.Load() != k {
			t.Errorf("stopped at request %d: status %d\n%s", k, status, said)
		}
		d, err := dossier.Load(os.DirFS(dir))
		if err != nil {
			t.Fatalf("stopped at request %d: %v", k, err)
		}
		if len(d.Warnings) > 0 {
			t.Errorf("stopped at request %d: %v", k, d.Warnings)
		}
		if left, err := filepath.Glob(filepath.Join(dir, ".*")); err != nil || len(left) > 0 {
			t.Errorf("stopped at request %d: %v is left", k, left)
		}
		one := d.Item("one").Status
		cancel()
		stopAt.Store(0)
		status, said = capture(t.Context(), dir)
		if status != command.ExitOK || one == dossier.StatusCaptured && strings.Contains(said, "one:") {
			t.Errorf("the second time, after request %d: status %d\n%s", k, status, said)
		}
		if d, err = dossier.Load(os.DirFS(dir)); err != nil || d.Item("one").Status != dossier.StatusCaptured || d.Item("two").Status != dossier.StatusCaptured {
			t.Errorf("the second time, after request %d: %v", k, err)
		}
	}
	if n := asked.Load(); n < 7 {
		t.Errorf("only %d requests", n)
	}
}

// Through a proxy, as that of Tor, names are looked up there, and nothing but the proxy is asked.
func TestCaptureThroughProxies(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			http.NotFound(w, r)
			return
		}
		fmt.Fprintf(w, "<!DOCTYPE html><html lang=en><title>%s</title><body><article>%s", r.URL.Path, strings.Repeat("<p>Words of a page that is read to the end, and a few more.</p>", 4))
	}))
	defer s.Close()
	for _, scheme := range []string{"socks5", "http"} {
		p := fetchtest.NewProxy(t, scheme, func(string) string { return s.Listener.Addr().String() })
		dir := twoPages(t)
		out := &lockedBuffer{}
		if status := newProgram().run(t.Context(), []string{"capture", dir, "--every", "0s", "--proxy", p.URL.String()}, nil, out, out); status != command.ExitOK {
			t.Errorf("%s: status %d\n%s", scheme, status, out)
		}
		if asked := p.Asked(); !strings.Contains(asked, "news.example:80") {
			t.Errorf("%s: the proxy was asked for %q", scheme, asked)
		}
		item, err := os.ReadFile(filepath.Join(dir, "articles/one/item.yaml"))
		if err != nil {
			t.Fatal(err)
		}
		if !strings.Contains(string(item), "status: captured") || strings.Contains(string(item), "server_ip") {
			t.Errorf("%s: the item is\n%s", scheme, item)
		}
	}
}

// The folder of a run that was killed goes with the next run, that of one which lives stays.
func TestFoldersOfKilledRunsGo(t *testing.T) {
	dir := t.TempDir()
	before := time.Now().Add(-time.Minute)
	folder := func() (work string, held *os.File) {
		t.Helper()
		work, err := os.MkdirTemp(dir, workPrefix+"*")
		if err != nil {
			t.Fatal(err)
		}
		if held, err = atomicfile.Temporary(work, ".tmp", 0o600); err != nil {
			t.Fatal(err)
		}
		if err := os.Chtimes(held.Name(), before, before); err != nil {
			t.Fatal(err)
		}
		return work, held
	}
	living, held := folder()
	defer held.Close()
	dead, gone := folder()
	gone.Close()                                    // as the system does
	fresh, err := os.MkdirTemp(dir, workPrefix+"*") // of one that begins
	if err != nil {
		t.Fatal(err)
	}
	if told := workLeft(dir); runtime.GOOS != "windows" && (len(told) != 1 || told[0].File != filepath.Base(dead)) { // check names it, and no other
		t.Errorf("check says %v", told)
	}
	work, remove, err := workFolder(dir)
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]bool{living: true, dead: false, fresh: true, work: true} {
		if _, err := os.Stat(name); (err == nil) != want {
			t.Errorf("%s: %v, is to be there: %v", name, err, want)
		}
	}
	if err := remove(); err != nil {
		t.Error(err)
	}
	if _, err := os.Stat(work); !os.IsNotExist(err) {
		t.Errorf("%s is still there: %v", work, err)
	}
}
