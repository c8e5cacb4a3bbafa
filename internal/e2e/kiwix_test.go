package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// TestKiwixShowsTheSame compares what kiwix-serve shows of every page with what the reader's archive holds.
func TestKiwixShowsTheSame(t *testing.T) {
	kiwix := judge(t, "kiwix-serve")
	u := unpack(t)
	folder := u.serve(t)
	zim := filepath.Join(t.TempDir(), "dossier.zim")
	output(t, program(t, "samizdat"), "extract", "--zim", zim)

	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	port := l.Addr().(*net.TCPAddr).Port
	l.Close() // kiwix-serve cannot be given a listener
	cmd := exec.CommandContext(t.Context(), kiwix, "--address=127.0.0.1", fmt.Sprintf("--port=%d", port), zim)
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		cmd.Process.Kill()
		_ = cmd.Wait() // killed: always an error
	})
	server := fmt.Sprintf("http://127.0.0.1:%d/", port)
	base := ""
	deadline := time.Now().Add(20 * time.Second)
	for base == "" {
		// 3.4 and later have the pages below /content, earlier ones at the top.
		for _, b := range []string{server + "content/dossier/", server + "dossier/"} {
			res, err := http.Get(b + "index.html")
			if err != nil {
				continue
			}
			res.Body.Close()
			if res.StatusCode == http.StatusOK {
				base = b
				break
			}
		}
		if time.Now().After(deadline) {
			t.Fatal("kiwix-serve does not show the cover in 20 s")
		}
		time.Sleep(50 * time.Millisecond)
	}

	ctx, _ := browserFor(t, 5*time.Minute)
	type shown struct {
		Text, Colour string
		Rules        int
	}
	const read = `({Text: document.querySelector("main").innerText, Colour: getComputedStyle(document.querySelector("h1")).color,
		Rules: [...document.styleSheets].filter(s => s.href && s.href.endsWith("/style.css")).map(s => s.cssRules.length)[0] || 0})`
	for _, name := range u.pages {
		visit(t, ctx, folder+name)
		want := eval[shown](t, ctx, read)
		visit(t, ctx, base+name)
		got := eval[shown](t, ctx, read)
		if got != want || got.Text == "" || got.Rules == 0 {
			t.Errorf("%s: kiwix-serve shows\n%+v\nwant\n%+v", name, got, want)
		}
	}
}
