package pack_test

import (
	"context"
	"fmt"
	"io"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samizdat/internal/judge"
	"samizdat/internal/search/searchtest"
	"samizdat/internal/zim"
)

func TestZimcheck(t *testing.T) {
	zimcheck := judge.Tool(t, "zimcheck", "zim-tools")
	out := output(t, zimcheck, "-A", packDossier(t, bundleDir, nil))
	if !strings.Contains(out, "Status: Pass") || strings.Contains(out, "[ERROR]") || strings.Contains(out, "[WARNING]") {
		t.Errorf("zimcheck says:\n%s", out)
	}
}

// TestZimdumpList compares what zimdump finds with what our reader does.
func TestZimdumpList(t *testing.T) {
	zimdump := judge.Tool(t, "zimdump", "zim-tools")
	name := packDossier(t, bundleDir, nil)
	theirs := strings.Fields(output(t, zimdump, "list", name)) // no path of the bundle has a space
	var ours []string
	for e, err := range searchtest.Open(t, name).Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Namespace() == zim.NamespaceContent { // zimdump lists no others
			ours = append(ours, e.Path())
		}
	}
	if len(ours) == 0 || !slices.Equal(ours, theirs) {
		t.Errorf("our listing\n%q\nzimdump's\n%q", ours, theirs)
	}
}

// kiwixServe serves archives with kiwix-serve until the test ends. It returns the address of its front page.
func kiwixServe(t *testing.T, archives ...string) string {
	t.Helper()
	kiwix := judge.Tool(t, "kiwix-serve", "kiwix-tools")
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close() // kiwix-serve cannot be given a listener

	ctx, cancel := context.WithCancel(context.WithoutCancel(t.Context()))
	cmd := exec.CommandContext(ctx, kiwix, append([]string{"--address=127.0.0.1", fmt.Sprintf("--port=%d", port)}, archives...)...)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cancel()
		_ = cmd.Wait() // killed: always an error
	})
	base := fmt.Sprintf("http://127.0.0.1:%d/", port)
	waiting, stop := context.WithTimeout(ctx, 60*time.Second)
	defer stop()
	if err := answers(waiting, &http.Client{Timeout: 20 * time.Second}, base); err != nil {
		t.Fatal(err)
	}
	return base
}

// TestKiwixServe lets kiwix-serve show the main page and a statement.
func TestKiwixServe(t *testing.T) {
	name := packDossier(t, bundleDir, nil)
	base := kiwixServe(t, name)
	client := &http.Client{Timeout: 20 * time.Second}
	book := strings.TrimSuffix(filepath.Base(name), ".zim")
	for path, want := range map[string]string{
		"":                 "Kazakhstan 2022", // the main page, by redirects
		"index.html":       "mass protests broke out in Kazakhstan",
		"statement-1.html": "The gas that we produce is no longer available to us!",
	} {
		res, err := client.Get(base + "content/" + book + "/" + path)
		if err == nil && res.StatusCode == http.StatusNotFound { // kiwix-serve before 3.4 has no /content
			res.Body.Close()
			res, err = client.Get(base + book + "/" + path)
		}
		if err != nil {
			t.Fatal(err)
		}
		body, err := io.ReadAll(io.LimitReader(res.Body, 1<<20))
		res.Body.Close()
		if err != nil {
			t.Fatal(err)
		}
		if res.StatusCode != http.StatusOK || !strings.Contains(plainText(string(body)), want) {
			t.Errorf("kiwix-serve answers %q with %s, without %q", path, res.Status, want)
		}
	}
}

// answers waits until a server answers.
func answers(ctx context.Context, client *http.Client, address string) error {
	tick := time.NewTicker(50 * time.Millisecond)
	defer tick.Stop()
	for {
		res, err := client.Get(address)
		if err == nil {
			res.Body.Close()
			return nil
		}
		select {
		case <-ctx.Done():
			return fmt.Errorf("%s does not answer: %w", address, err)
		case <-tick.C:
		}
	}
}
