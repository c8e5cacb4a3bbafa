package e2e

import (
	"bytes"
	"strings"
	"testing"
)

// TestSnapshotInItsFrame opens the page that shows a snapshot, in the reader: the frame is filled from the guests' site,
// with the snapshot's style and picture, and nothing was asked of anybody else.
func TestSnapshotInItsFrame(t *testing.T) {
	r := startProgram(t, carrying(t))
	base := strings.TrimSuffix(get(t, r.url, "").url, "index.html")
	ctx, end := browser(t)
	visit(t, ctx, base+"snapshot-square.html")
	if n := eval[int](t, ctx, `document.querySelectorAll("iframe.snap[sandbox='allow-same-origin']").length`); n != 1 {
		t.Fatalf("the page has %d frames for the snapshot", n)
	}
	if closed := eval[bool](t, ctx, `document.querySelector("iframe").contentDocument === null`); !closed {
		t.Error("the page can look into the frame: it is not on another site")
	}
	log := end()
	captured := strings.Replace(base, "127.0.0.1", "localhost", 1) + "captured/square/"
	for _, part := range []string{"snapshot.html", "files/style.css", "files/bench.png", "files/paper.png"} {
		if !bytes.Contains(log, []byte(captured+part)) {
			t.Errorf("the browser did not ask for %s", captured+part)
		}
	}
	if out := outside(t, log); len(out) > 0 {
		t.Errorf("the browser asked beyond this machine: %q", out)
	}
}

// TestCapturedReads opens the two views of a captured page: pictures are there, the snapshot alone has its own colours,
// and the reader's buttons are on the other site.
func TestCapturedReads(t *testing.T) {
	r := startProgram(t, carrying(t))
	base := strings.TrimSuffix(get(t, r.url, "").url, "index.html")
	ctx, _ := browser(t)
	const pictures = `[...document.images].map(i => i.currentSrc.split("/").pop() + " " + (i.naturalWidth > 0)).join()`
	visit(t, ctx, base+"article-square.html")
	if got := eval[string](t, ctx, pictures); got != "bench.png true,paper.png true" {
		t.Errorf("pictures of the readable text: %q", got)
	}
	visit(t, ctx, base+"captured/square/snapshot.html")
	if got := eval[string](t, ctx, `location.host + " " + document.images[0].naturalWidth + " " + getComputedStyle(document.querySelector("header")).backgroundColor`); got != "localhost:"+r.port+" 160 rgb(29, 92, 74)" {
		t.Errorf("the snapshot alone: %q", got)
	}
	visit(t, ctx, base+"media-film.html")
	film := `new Promise(done => { const v = document.querySelector("video"); const ready = () => done(v.videoWidth > 0 && v.textTracks.length == 2 && v.poster != "");
		v.readyState ? ready() : (v.onloadedmetadata = ready, v.onerror = () => done(false)) })`
	if !eval[bool](t, ctx, film) {
		t.Error("the film does not play, or lacks its captions or its still")
	}
}
