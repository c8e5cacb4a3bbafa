package e2e

import (
	"fmt"
	"net"
	"net/http"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestKiwixShowsTheSame compares what kiwix-serve shows of every page with what the reader's archive holds.
func TestKiwixShowsTheSame(t *testing.T) { each(t, kiwixShowsTheSame) }

func kiwixShowsTheSame(t *testing.T, u unpacked) {
	kiwix := judge(t, "kiwix-serve")
	folder := u.serve(t)
	zim := filepath.Join(t.TempDir(), "dossier.zim")
	output(t, u.program, "extract", "--zim", zim)

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
	// Snapshots are shown in their frames, with what they show.
	// kiwix-serve puts a bar of its own above every page, so that is not compared.
	const inFrame = `(() => { const d = document.querySelector("iframe").contentDocument;
		return {Text: d.querySelector("h1").innerText, Colour: [...d.images].filter(i => i.alt).map(i => i.alt + (i.naturalWidth > 0)).join() + getComputedStyle(d.querySelector("h1")).color,
			Rules: [...d.styleSheets].filter(s => s.href && s.href.endsWith("/files/style.css")).map(s => s.cssRules.length)[0] || 0} })()`
	frames := 0
	for _, name := range u.pages {
		if !strings.HasPrefix(name, "snapshot-") {
			continue
		}
		frames++
		visit(t, ctx, folder+name)
		want := eval[shown](t, ctx, inFrame)
		visit(t, ctx, base+name)
		if got := eval[shown](t, ctx, inFrame); got != want || got.Text == "" || strings.Contains(got.Colour, "false") {
			t.Errorf("%s: kiwix-serve shows in the frame\n%+v\nwant\n%+v", name, got, want)
		}
	}
	if frames == 0 && len(u.snapshots) > 0 {
		t.Error("no page with a snapshot was looked at")
	}
}
