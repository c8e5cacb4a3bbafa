package serve

import (
	"bufio"
	"io"
	"net/http"
	"strings"
	"sync"
	"testing"
)

// A panic costs one request. The log says where it happened and nothing of what was read.
func TestPanicsAreLogged(t *testing.T) {
	var mu sync.Mutex
	var lines []string
	w := both(t, Config{Log: func(line string) { mu.Lock(); defer mu.Unlock(); lines = append(lines, line) }})
	for name, h := range map[string]http.HandlerFunc{
		"words":   func(http.ResponseWriter, *http.Request) { panic("secret of the archive") },
		"runtime": func(_ http.ResponseWriter, r *http.Request) { _ = r.URL.Path[1000] },
	} {
		lines = nil
		w.swap(w.guard(h))
		a := w.get("/secret/path")
		w.want(name, a, http.StatusInternalServerError, "Cache-Control", w.cacheControl())
		if !a.Close {
			t.Errorf("%s: the connection stays open", name)
		}
		mu.Lock()
		if len(lines) != 1 || !strings.Contains(lines[0], "serve.TestPanicsAreLogged") || !strings.Contains(lines[0], "panic_test.go:") || strings.Contains(lines[0], "secret") {
			t.Errorf("%s: the log is %q", name, lines)
		}
		if name == "runtime" && (len(lines) != 1 || !strings.Contains(lines[0], "index out of range")) {
			t.Errorf("the log is %q", lines)
		}
		mu.Unlock()
	}
	w.swap(w.guard(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Length", "100000")
		_, _ = w.Write(make([]byte, 50_000))
		panic("in the middle")
	})))
	conn := w.dial()
	w.send(conn, "GET /half HTTP/1.1\r\nHost: 127.0.0.1:"+w.port+"\r\n\r\n")
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	if n, err := io.Copy(io.Discard, resp.Body); err == nil {
		t.Errorf("half an answer of %d bytes ends like a whole one", n)
	}
}
