package e2e

import (
	"bytes"
	"context"
	"slices"
	"strings"
	"testing"

	"github.com/chromedp/cdproto/target"
	"github.com/chromedp/chromedp"
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
	drawn(t, ctx, "snapshot.html", "paper.png")
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

// drawn waits until the frame that shows the page has its file. A picture of a style is asked for when the frame is drawn,
// which is after the page around it has loaded.
func drawn(t *testing.T, ctx context.Context, page, file string) {
	t.Helper()
	targets, err := chromedp.Targets(ctx)
	if err != nil {
		t.Fatal(err)
	}
	i := slices.IndexFunc(targets, func(i *target.Info) bool { return i.Type == "iframe" && strings.HasSuffix(i.URL, "/"+page) })
	if i < 0 {
		t.Fatalf("no frame shows %s", page)
	}
	frame, leave := chromedp.NewContext(ctx, chromedp.WithTargetID(targets[i].TargetID))
	defer leave()
	await(t, func() bool {
		return eval[bool](t, frame, `performance.getEntriesByType("resource").some(e => e.name.endsWith("/`+file+`"))`)
	})
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
}

// TestMediaPlays looks at the page of all media, whose small pictures are there and turned, and seeks in a film and in a sound, which come
// from the archive in parts; the film has its captions in both languages.
func TestMediaPlays(t *testing.T) {
	r := startProgram(t, carrying(t))
	base := strings.TrimSuffix(get(t, r.url, "").url, "index.html")
	ctx, end := browser(t)
	visit(t, ctx, base+"media.html")
	const small = `Promise.all([...document.images].map(i => { i.loading = "eager"; return i.decode() })).then(() =>
		[...document.images].map(i => i.currentSrc.split("/").pop() + " " + i.naturalWidth + "x" + i.naturalHeight).join())`
	if got, want := eval[string](t, ctx, small), "bench.png 320x180,evening.jpg.jpg 320x480,poster.png.jpg 480x270"; got != want {
		t.Errorf("small pictures: %q, want %q", got, want)
	}
	// Seek, then say where it stands; captions are loaded when they are shown.
	const seek = `(at => new Promise(done => {
		const m = document.querySelector("video, audio")
		m.onerror = () => done("it does not play")
		const go = () => { m.onseeked = () => done("at " + m.currentTime + " of " + Math.round(10 * m.duration) / 10); m.currentTime = at }
		m.readyState ? go() : m.onloadedmetadata = go
	}))`
	visit(t, ctx, base+"media-film.html")
	if got := eval[string](t, ctx, seek+"(3)"); got != "at 3 of 4" {
		t.Errorf("film: %s", got)
	}
	const captions = `Promise.all([...document.querySelectorAll("track")].map(t => new Promise(done => {
		const say = () => done(t.srclang + ": " + t.track.cues[0].text)
		t.onload = say; t.onerror = () => done(t.srclang + " does not load")
		t.track.mode = "hidden"
		if (t.readyState == 2) say()
	}))).then(all => all.join())`
	if got, want := eval[string](t, ctx, captions), "en: The first stroke.,ru: Первый мазок."; got != want {
		t.Errorf("captions %q, want %q", got, want)
	}
	if got := eval[string](t, ctx, `document.querySelector("video").poster.split("/").pop()`); got != "poster.png" {
		t.Errorf("poster %q", got)
	}
	visit(t, ctx, base+"media-sound.html")
	if got := eval[string](t, ctx, seek+"(0.05)"); !strings.HasPrefix(got, "at 0.05 of ") {
		t.Errorf("sound: %s", got)
	}
	if got := eval[string](t, ctx, captions); got != "en: A bell." {
		t.Errorf("captions of the sound %q", got)
	}
	if out := outside(t, end()); len(out) > 0 {
		t.Errorf("the browser asked beyond this machine: %q", out)
	}
}
