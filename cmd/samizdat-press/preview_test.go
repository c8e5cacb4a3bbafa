package main

import (
	"context"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"samizdat/internal/command"
)

// lockedBuffer is output that is read while it is written.
type lockedBuffer struct {
	mu sync.Mutex
	b  strings.Builder
}

func (l *lockedBuffer) Write(p []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.Write(p)
}

func (l *lockedBuffer) String() string {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.b.String()
}

// eventually waits until done, for at most ten seconds.
func eventually(t *testing.T, what string, done func() bool) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 10*time.Second)
	defer cancel()
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for !done() {
		select {
		case <-ctx.Done():
			t.Fatalf("waited in vain for %s", what)
		case <-tick.C:
		}
	}
}

// getPage returns status and body of what a URL leads to.
func getPage(t *testing.T, url string) (int, string) {
	t.Helper()
	res, err := http.Get(url)
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	b, err := io.ReadAll(res.Body)
	if err != nil {
		t.Fatal(err)
	}
	return res.StatusCode, string(b)
}

func rewrite(t *testing.T, name, old, replacement string) {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !strings.Contains(string(b), old) {
		t.Fatalf("%s does not hold %q", name, old)
	}
	if err := os.WriteFile(name, []byte(strings.ReplaceAll(string(b), old, replacement)), 0o644); err != nil {
		t.Fatal(err)
	}
}

// TestPreview writes a dossier while it is looked at: a fault from the start, its correction, a change, another fault,
// the end.
func TestPreview(t *testing.T) {
	temp := t.TempDir()
	t.Setenv("TMPDIR", temp)
	dir := filepath.Join(t.TempDir(), "dossier")
	if status := newProgram().run(t.Context(), []string{"new", dir, "--quiet"}, nil, io.Discard, io.Discard); status != 0 {
		t.Fatalf("new: status %d", status)
	}
	manifest := filepath.Join(dir, "dossier.yaml")
	rewrite(t, manifest, "format: 1", "format: 99")

	ctx, cancel := context.WithCancel(t.Context())
	defer cancel()
	urlFile := filepath.Join(t.TempDir(), "url")
	out := &lockedBuffer{}
	ended := make(chan int, 1)
	go func() {
		ended <- newProgram().run(ctx, []string{"preview", dir, "--url-file", urlFile}, nil, out, out)
	}()
	var url string
	eventually(t, "the URL", func() bool {
		b, err := os.ReadFile(urlFile)
		url = strings.TrimSpace(string(b))
		return err == nil
	})
	if !strings.HasPrefix(url, "http://127.0.0.1:") {
		t.Fatalf("the URL is %q", url)
	}
	if status, body := getPage(t, url); status != http.StatusServiceUnavailable || !strings.Contains(body, "99") {
		t.Errorf("a dossier with a fault is answered with %d and %q", status, body)
	}

	rewrite(t, manifest, "format: 99", "format: 1")
	page := url + "content/" + bookName + "/index.html"
	eventually(t, "the corrected dossier", func() bool { status, _ := getPage(t, page); return status == http.StatusOK })
	if status, body := getPage(t, url); status != http.StatusOK || !strings.Contains(body, "<h1>") {
		t.Errorf("the front door answers with %d", status)
	}

	introduction := filepath.Join(dir, "introduction.md")
	if err := os.WriteFile(introduction, []byte("A sentence that was not there before.\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the changed page", func() bool {
		_, body := getPage(t, page)
		return strings.Contains(body, "A sentence that was not there before.")
	})

	if err := os.WriteFile(introduction, []byte("[to nowhere](item:nowhere)\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	eventually(t, "the problem", func() bool { return strings.Contains(out.String(), "introduction.md:1:") })
	if _, body := getPage(t, page); !strings.Contains(body, "A sentence that was not there before.") {
		t.Error("the last good state is gone")
	}

	cancel()
	if status := <-ended; status != command.ExitOK {
		t.Errorf("status %d, want 0; output:\n%s", status, out)
	}
	if left, err := os.ReadDir(temp); err != nil || len(left) > 0 {
		t.Errorf("left behind: %v, %v", left, err)
	}
}

// TestPreviewOtherNames asks in the name of another site, before and after there is something to show.
func TestPreviewOtherNames(t *testing.T) {
	w := &watched{dir: "x", problems: "secret\n"}
	for host, want := range map[string]int{
		"127.0.0.1:8080": http.StatusServiceUnavailable, "localhost:8080": http.StatusServiceUnavailable,
		"evil.example:8080": http.StatusMisdirectedRequest, "evil.example": http.StatusMisdirectedRequest,
	} {
		rec := httptest.NewRecorder()
		w.ServeHTTP(rec, &http.Request{Method: "GET", Host: host})
		if rec.Code != want || want == http.StatusMisdirectedRequest && strings.Contains(rec.Body.String(), "secret") {
			t.Errorf("host %s: status %d and %q, want %d", host, rec.Code, rec.Body.String(), want)
		}
	}
}
