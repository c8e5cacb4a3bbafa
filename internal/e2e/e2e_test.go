package e2e

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"image/png"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"syscall"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// reader is a running samizdat.
type reader struct {
	url  string // as its --url-file says
	port string
	cmd  *exec.Cmd
	out  *bytes.Buffer
	done chan error
}

// start runs bin/samizdat serve with args and waits until it has written its address.
func start(t *testing.T, args ...string) *reader {
	t.Helper()
	return startProgram(t, program(t, "samizdat"), args...)
}

// startProgram is [start] for a copy of the reader.
func startProgram(t *testing.T, name string, args ...string) *reader {
	t.Helper()
	urlFile := filepath.Join(t.TempDir(), "url")
	args = append([]string{"serve", "--no-browser", "--url-file", urlFile}, args...)
	r := &reader{cmd: exec.Command(name, args...), out: new(bytes.Buffer), done: make(chan error, 1)}
	r.cmd.Stdout, r.cmd.Stderr = r.out, r.out
	if err := r.cmd.Start(); err != nil {
		t.Fatal(err)
	}
	go func() { r.done <- r.cmd.Wait() }()
	t.Cleanup(func() {
		if r.cmd.ProcessState == nil {
			r.cmd.Process.Kill()
			<-r.done
			return
		}
		select {
		case err := <-r.done: // nobody in the test has waited for the end
			t.Errorf("samizdat ended by itself: %v\n%s", err, r.out)
		default:
		}
	})
	deadline := time.After(20 * time.Second)
	tick := time.NewTicker(20 * time.Millisecond)
	defer tick.Stop()
	for {
		if b, err := os.ReadFile(urlFile); err == nil && bytes.HasSuffix(b, []byte("\n")) {
			r.url = strings.TrimSpace(string(b))
			u, err := url.Parse(r.url)
			if err != nil {
				t.Fatal(err)
			}
			r.port = u.Port()
			return r
		}
		select {
		case err := <-r.done:
			r.done <- err
			t.Fatalf("samizdat ended before it served: %v\n%s", err, r.out)
		case <-deadline:
			t.Fatalf("samizdat wrote no address in 20 s\n%s", r.out)
		case <-tick.C:
		}
	}
}

// program names a built program; make e2e builds them first.
func program(t *testing.T, name string) string {
	t.Helper()
	p, err := filepath.Abs(filepath.Join("..", "..", "bin", name))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := os.Stat(p); err != nil {
		t.Fatalf("%v; run make build first", err)
	}
	return p
}

// browser starts a Chromium with an empty profile. The returned function ends it and gives its net-log.
func browser(t *testing.T) (context.Context, func() []byte) {
	t.Helper()
	return browserFor(t, 90*time.Second)
}

// browserFor is [browser] for a test that may take as long as limit.
func browserFor(t *testing.T, limit time.Duration) (context.Context, func() []byte) {
	t.Helper()
	bin := judge(t, "chromium")
	log := filepath.Join(t.TempDir(), "net-log.json")
	opts := append(slices.Clone(chromedp.DefaultExecAllocatorOptions[:]),
		chromedp.ExecPath(bin), chromedp.NoSandbox,
		chromedp.Flag("disable-background-networking", true), chromedp.Flag("disable-component-update", true),
		chromedp.Flag("disable-sync", true), chromedp.Flag("disable-quic", true), chromedp.Flag("no-first-run", true),
		chromedp.Flag("disable-features", "OptimizationHints,MediaRouter,Translate,DialMediaRouteProvider"),
		chromedp.Flag("log-net-log", log), chromedp.Flag("net-log-capture-mode", "Everything"))
	ctx, cancelAll := chromedp.NewExecAllocator(t.Context(), opts...)
	ctx, cancel := chromedp.NewContext(ctx)
	ctx, cancelTime := context.WithTimeout(ctx, limit)
	ended := false
	end := func() []byte {
		if !ended {
			ended = true
			_ = chromedp.Cancel(ctx) // waits for the browser to end, so that the log is whole
			cancelTime()
			cancel()
			cancelAll()
		}
		b, err := os.ReadFile(log)
		if err != nil {
			t.Fatal(err)
		}
		return b
	}
	t.Cleanup(func() { end() })
	return ctx, end
}

func visit(t *testing.T, ctx context.Context, u string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Navigate(u)); err != nil {
		t.Fatalf("open %s: %v", u, err)
	}
}

func eval[T any](t *testing.T, ctx context.Context, js string) T {
	t.Helper()
	v, err := chromedp.Run(ctx, chromedp.Evaluate[T](js, chromedp.EvalAwaitPromise))
	if err != nil {
		t.Fatalf("%s: %v", js, err)
	}
	return v
}

// outside reads a net-log and returns what was requested or looked up beyond this machine.
func outside(t *testing.T, log []byte) []string {
	t.Helper()
	var doc struct {
		Events []struct {
			Params struct {
				URL  string          `json:"url"`
				Host json.RawMessage `json:"host"`
			} `json:"params"`
		} `json:"events"`
	}
	// A browser that was ended leaves the list open; close it.
	if err := json.Unmarshal(log, &doc); err != nil {
		fixed := append(bytes.TrimRight(log, ", \r\n"), "]}"...)
		if err := json.Unmarshal(fixed, &doc); err != nil {
			t.Fatalf("net-log: %v", err)
		}
	}
	if len(doc.Events) < 10 {
		t.Fatalf("the net-log has only %d events; it was not written", len(doc.Events))
	}
	var found []string
	seenOwn := false
	for _, e := range doc.Events {
		names := []string{}
		if u, err := url.Parse(e.Params.URL); err == nil && strings.HasPrefix(u.Scheme, "http") {
			names = append(names, u.Hostname())
		}
		var host string
		if json.Unmarshal(e.Params.Host, &host) == nil && host != "" {
			host = strings.TrimPrefix(strings.TrimPrefix(host, "http://"), "https://")
			if h, _, err := net.SplitHostPort(host); err == nil {
				host = h
			}
			names = append(names, host)
		}
		for _, n := range names {
			switch {
			case n == "localhost" || n == "127.0.0.1" || n == "::1" || n == "[::1]":
				seenOwn = true
			case chromiumOwn(n) || slices.Contains(found, n):
			default:
				found = append(found, n)
			}
		}
	}
	if !seenOwn {
		t.Fatal("the net-log shows no request to the reader; it is not read right")
	}
	return found
}

// chromiumOwn says that a host is one that Chromium asks by itself, for updates and accounts, whatever page is open and
// in spite of the flags above. No page of the tests names such a host.
func chromiumOwn(host string) bool {
	for _, domain := range []string{"google.com", "googleapis.com", "gvt1.com"} {
		if host == domain || strings.HasSuffix(host, "."+domain) {
			return true
		}
	}
	return false
}

// TestDossierOpens follows every link of the dossier in the browser, from the cover on.
func TestDossierOpens(t *testing.T) {
	r := start(t)
	ctx, end := browser(t)
	visit(t, ctx, r.url)
	here := eval[string](t, ctx, `location.href`)
	if !strings.HasPrefix(here, "http://127.0.0.1:"+r.port+"/") {
		t.Fatalf("the dossier opened at %s; it came with the program and belongs to the reader's own site", here)
	}
	if h := eval[string](t, ctx, `document.querySelector("h1").innerText`); !strings.Contains(h, "Kazakhstan") {
		t.Errorf("h1 = %q, want the dossier's title", h)
	}
	seen := map[string]bool{}
	queue := []string{here}
	for len(queue) > 0 {
		u := queue[0]
		queue = queue[1:]
		if seen[u] {
			continue
		}
		seen[u] = true
		visit(t, ctx, u)
		if n := eval[int](t, ctx, `document.querySelectorAll("main").length`); n != 1 {
			if ct := eval[string](t, ctx, `document.contentType`); ct == "text/html" {
				t.Errorf("%s has %d main elements", u, n)
			}
			continue
		}
		if n := eval[int](t, ctx, `document.scripts.length`); n != 0 && !strings.Contains(u, "/search.") {
			t.Errorf("%s has %d scripts", u, n)
		}
		if ok := eval[bool](t, ctx, `[...document.styleSheets].length == 1 && document.styleSheets[0].cssRules.length > 20`); !ok {
			t.Errorf("%s: its stylesheet did not load", u)
		}
		for _, l := range eval[[]string](t, ctx, `[...document.links].map(a => a.href.split("#")[0])`) {
			if !strings.HasPrefix(l, "http://127.0.0.1:"+r.port+"/") {
				t.Errorf("%s links to %s, out of the archive", u, l)
				continue
			}
			if !strings.Contains(l, "?") && !strings.Contains(l, "/get/") { // downloads are no pages
				queue = append(queue, l)
			}
		}
	}
	if len(seen) < 15 {
		t.Errorf("only %d pages are linked together, want the cover, two statements, nine linked items and the rest", len(seen))
	}
	if out := outside(t, end()); len(out) > 0 {
		t.Errorf("the browser asked beyond this machine: %q", out)
	}
}

// guest packs a folder of hostile pages with the press and serves it as an argument.
func guest(t *testing.T) *reader {
	t.Helper()
	return start(t, packHTML(t, map[string]string{
		"index.html": `<!DOCTYPE html><html lang=en><meta charset=utf-8><title>guest</title><h1>guest</h1>
<p id=ran>no</p><script src="run.js"></script>`,
		"run.js": `document.getElementById("ran").textContent = "yes"
if (parent !== window) parent.postMessage("framed", "*")`,
		"a.pdf": pdf,
	}))
}

// packHTML packs files into an archive and returns its name.
func packHTML(t *testing.T, pages map[string]string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range pages {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	icon, err := os.ReadFile("../../bundle/illustration.png")
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dir, "icon.png"), icon, 0o666); err != nil {
		t.Fatal(err)
	}
	out := filepath.Join(t.TempDir(), "guest.zim")
	cmd := exec.Command(program(t, "samizdat-press"), "pack-html", dir, "-o", out, "-w", "index.html", "-I", "icon.png",
		"-l", "eng", "-n", "guest", "-t", "Guest", "-d", "A guest", "-c", "Nobody", "-p", "Nobody")
	if msg, err := cmd.CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", cmd, err, msg)
	}
	return out
}

// TestArchiveCannotPressOurButtons opens an archive of ours, sealed by the key that is insisted on, one page of which has forms
// that would share and quit.
func TestArchiveCannotPressOurButtons(t *testing.T) {
	const form = `<form id=%s method=post action="%s" target=_self><input type=hidden name=agreed value=yes><input type=hidden name=minutes value=720>
<input type=hidden name=network value=127.0.0.1><button>Next page</button></form>`
	zim := packHTML(t, map[string]string{"index.html": "<!DOCTYPE html><html lang=en><meta charset=utf-8><title>ours</title><h1>ours</h1>" +
		fmt.Sprintf(form, "share", "/-/share") + fmt.Sprintf(form, "quit", "/-/quit") + `<form id=find action="/search"><input name=pattern value=x><button>Find</button></form>`})
	key := filepath.Join(t.TempDir(), "key")
	for _, args := range [][]string{{"key", "new", "--no-passphrase", "--out", key}, {"sign", zim, "--key", key}} {
		if out, err := exec.Command(program(t, "samizdat-press"), args...).CombinedOutput(); err != nil {
			t.Fatalf("%v: %v\n%s", args, err, out)
		}
	}
	r := start(t, "--key", key+".pub", zim)
	ctx, _ := browser(t)
	for _, id := range []string{"share", "quit", "find"} {
		visit(t, ctx, r.url)
		before := eval[string](t, ctx, `location.href`)
		if !strings.HasPrefix(before, "http://127.0.0.1:") {
			t.Fatalf("the archive opened at %s, and is no archive of ours", before)
		}
		if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("#"+id+" button"))); err != nil {
			t.Fatal(err)
		}
		if id == "find" { // which is allowed, and shows that a click is one
			if err := chromedp.Do(ctx, chromedp.WaitVisible(chromedp.CSS("#q"))); err != nil {
				t.Errorf("the search did not open: %v", err)
			}
			continue
		}
		// A form that is let go would have led somewhere by then.
		if after := eval[string](t, ctx, `new Promise(d => setTimeout(() => d(location.href), 1000))`); after != before {
			t.Errorf("the form %s led to %s", id, after)
		}
	}
	select {
	case err := <-r.done:
		t.Fatalf("a page of the archive stopped the reader: %v", err)
	default:
	}
}

// TestGuestHasItsOwnSite checks what a page of a foreign archive can do: run its script, on localhost, and reach
// nothing but itself.
func TestGuestHasItsOwnSite(t *testing.T) {
	r := guest(t)
	ctx, end := browser(t)
	visit(t, ctx, r.url)
	if h := eval[string](t, ctx, `location.host`); h != "localhost:"+r.port {
		t.Fatalf("the guest opened at %s, want localhost:%s", h, r.port)
	}
	if s := eval[string](t, ctx, `document.getElementById("ran").textContent`); s != "yes" {
		t.Errorf("the guest's own script did not run")
	}
	for name, js := range map[string]string{
		"fetch of the reader's own site": `fetch("http://127.0.0.1:` + r.port + `/").then(r => r.text())`,
		"no-cors fetch of it":            `fetch("http://127.0.0.1:` + r.port + `/-/style.css", {mode: "no-cors"})`,
		"quit":                           `fetch("http://127.0.0.1:` + r.port + `/-/quit", {method: "POST", mode: "no-cors"})`,
		"quit on its own site":           `fetch("/-/quit", {method: "POST"}).then(r => { if (r.status >= 400) throw r.status })`,
		"fetch of the net":               `fetch("http://example.invalid/")`,
	} {
		got := eval[string](t, ctx, `(`+js+`).then(() => "reached", e => "refused")`)
		if got != "refused" {
			t.Errorf("%s: %s", name, got)
		}
	}
	framed := eval[string](t, ctx, `new Promise(done => { const f = document.createElement("iframe");
f.src = "http://127.0.0.1:`+r.port+`/"; f.onload = () => { try { done(f.contentDocument ? "readable" : "not readable") } catch { done("not readable") } };
f.onerror = () => done("not readable"); document.body.append(f); setTimeout(() => done("not readable"), 3000) })`)
	if framed != "not readable" {
		t.Errorf("the reader's own page in the guest's frame is %s", framed)
	}
	select {
	case err := <-r.done:
		t.Fatalf("the guest stopped the reader: %v", err)
	default:
	}
	if out := outside(t, end()); len(out) > 0 {
		t.Errorf("the browser asked beyond this machine: %q", out)
	}
}

// TestPDFOpens checks that the policy lets Chromium's own viewer show a PDF.
func TestPDFOpens(t *testing.T) {
	r := guest(t)
	ctx, _ := browser(t)
	visit(t, ctx, r.url)
	base := eval[string](t, ctx, `new URL("a.pdf", location.href).href`)
	visit(t, ctx, base)
	if ct := eval[string](t, ctx, `document.contentType`); ct != "application/pdf" {
		t.Fatalf("content type %q, want application/pdf", ct)
	}
	// The viewer draws some time after the load event, where scripts of a test cannot look: look at the picture.
	deadline := time.After(15 * time.Second)
	for {
		shot, err := chromedp.Run(ctx, chromedp.CaptureScreenshot())
		if err != nil {
			t.Fatal(err)
		}
		if white := paper(t, shot); white > 0.02 {
			return
		}
		select {
		case <-deadline:
			t.Fatal("the viewer has drawn no page in 15 s")
		case <-ctx.Done():
			t.Fatal(ctx.Err())
		case <-time.After(100 * time.Millisecond):
		}
	}
}

// paper returns the part of a screenshot that is white, as pages are and the viewer's own surface is not.
func paper(t *testing.T, shot []byte) float64 {
	t.Helper()
	img, err := png.Decode(bytes.NewReader(shot))
	if err != nil {
		t.Fatal(err)
	}
	white, size := 0, img.Bounds()
	for y := size.Min.Y; y < size.Max.Y; y++ {
		for x := size.Min.X; x < size.Max.X; x++ {
			if r, g, b, _ := img.At(x, y).RGBA(); r == 0xffff && g == 0xffff && b == 0xffff {
				white++
			}
		}
	}
	return float64(white) / float64(size.Dx()*size.Dy())
}

// TestOtherSitesCannotLookIn serves a hostile page from another port, as any web site in the same browser could.
func TestOtherSitesCannotLookIn(t *testing.T) {
	r := start(t)
	hostile := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!DOCTYPE html><title>hostile</title><p>hostile`)
	}))
	defer hostile.Close()
	ctx, _ := browser(t)
	for _, site := range []string{hostile.URL, strings.Replace(hostile.URL, "127.0.0.1", "localhost", 1)} {
		visit(t, ctx, site)
		for _, target := range []string{"127.0.0.1", "localhost"} {
			base := "http://" + target + ":" + r.port
			for name, js := range map[string]string{
				"image":  `new Promise(d => { const i = new Image(); i.onload = () => d("loaded"); i.onerror = () => d("refused"); i.src = "` + base + `/-/icon.png" })`,
				"style":  `new Promise(d => { const l = document.createElement("link"); l.rel = "stylesheet"; l.onload = () => d("loaded"); l.onerror = () => d("refused"); l.href = "` + base + `/-/style.css"; document.head.append(l) })`,
				"fetch":  `fetch("` + base + `/").then(() => "loaded", () => "refused")`,
				"script": `new Promise(d => { const l = document.createElement("script"); l.onload = () => d("loaded"); l.onerror = () => d("refused"); l.src = "` + base + `/-/style.css"; document.head.append(l) })`,
			} {
				if got := eval[string](t, ctx, js); got != "refused" {
					t.Errorf("%s of %s from %s: %s", name, base, site, got)
				}
			}
			eval[string](t, ctx, `fetch("`+base+`/-/quit", {method: "POST", mode: "no-cors"}).then(() => "", () => "")`)
			eval[string](t, ctx, `new Promise(d => { const i = document.createElement("iframe"), f = document.createElement("form"); i.name = "into"; i.onload = () => d("");
				f.method = "POST"; f.action = "`+base+`/-/quit"; f.target = "into"; document.body.append(i, f); f.submit() })`)
		}
	}
	select {
	case err := <-r.done:
		t.Fatalf("another site stopped the reader: %v", err)
	default:
	}
}

// TestOtherSitesCannotFrame puts a page of the reader, whose script would tell, into frames of a page on another port, as if to
// lay something over it. On its own site it can be framed, which shows that the script does tell.
func TestOtherSitesCannotFrame(t *testing.T) {
	r := guest(t)
	hostile := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, `<!DOCTYPE html><title>hostile</title><p>hostile`)
	}))
	defer hostile.Close()
	ctx, _ := browser(t)
	// What loads in the frame posts its message before the load event, and messages keep their order.
	frame := func(element, attribute, url string) string {
		return eval[string](t, ctx, `new Promise(done => { let got = "refused";
			onmessage = e => { if (e.data === "framed") got = "framed"; if (e.data === "over") done(got) };
			const f = document.createElement("`+element+`"); f.onload = f.onerror = () => postMessage("over");
			f.`+attribute+` = "`+url+`"; document.body.append(f) })`)
	}
	visit(t, ctx, r.url)
	page := eval[string](t, ctx, `new URL("index.html", location.href).href`)
	if got := frame("iframe", "src", page); got != "framed" {
		t.Fatalf("the guest's page in a frame of its own site: %s", got)
	}
	for _, site := range []string{hostile.URL, strings.Replace(hostile.URL, "127.0.0.1", "localhost", 1)} {
		visit(t, ctx, site)
		for _, target := range []string{page, strings.Replace(page, "localhost", "127.0.0.1", 1)} {
			for element, attribute := range map[string]string{"iframe": "src", "object": "data", "embed": "src"} {
				if got := frame(element, attribute, target); got != "refused" {
					t.Errorf("%s of %s from %s: %s", element, target, site, got)
				}
			}
		}
	}
}

// TestQuitButton presses Quit on the page and waits for the program to end well.
func TestQuitButton(t *testing.T) {
	r := start(t)
	ctx, _ := browser(t)
	visit(t, ctx, r.url)
	visit(t, ctx, eval[string](t, ctx, `new URL("share.html", location.href).href`))
	if n := eval[int](t, ctx, `document.querySelectorAll("form[action='/-/quit'] button").length`); n != 1 {
		t.Fatalf("share.html has %d quit buttons, want 1", n)
	}
	if err := chromedp.Do(ctx, chromedp.Click(chromedp.CSS("form[action='/-/quit'] button"))); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.done:
		var exit *exec.ExitError
		if errors.As(err, &exit) {
			t.Errorf("samizdat ended with %v\n%s", err, r.out)
		}
	case <-time.After(10 * time.Second):
		t.Error("samizdat still runs 10 s after Quit was pressed")
	}
}

// TestInterrupt stops the program as Ctrl-C does, while a browser holds connections open.
func TestInterrupt(t *testing.T) {
	r := start(t)
	ctx, _ := browser(t)
	visit(t, ctx, r.url)
	if err := r.cmd.Process.Signal(syscall.SIGINT); err != nil {
		t.Fatal(err)
	}
	select {
	case err := <-r.done:
		if err != nil {
			t.Errorf("samizdat ended with %v\n%s", err, r.out)
		}
	case <-time.After(10 * time.Second):
		t.Error("samizdat still runs 10 s after an interrupt")
	}
}

// pdf is one page that says "hello", made by hand; viewers mend the missing table.
var pdf = func() string {
	var b strings.Builder
	var at []int
	obj := func(s string) {
		at = append(at, b.Len())
		fmt.Fprintf(&b, "%d 0 obj\n%s\nendobj\n", len(at), s)
	}
	b.WriteString("%PDF-1.4\n")
	obj("<</Type/Catalog/Pages 2 0 R>>")
	obj("<</Type/Pages/Kids[3 0 R]/Count 1>>")
	obj("<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 100]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>")
	text := "BT /F 24 Tf 20 40 Td (hello) Tj ET"
	obj(fmt.Sprintf("<</Length %d>>\nstream\n%s\nendstream", len(text), text))
	obj("<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>")
	xref := b.Len()
	fmt.Fprintf(&b, "xref\n0 %d\n0000000000 65535 f \n", len(at)+1)
	for _, o := range at {
		fmt.Fprintf(&b, "%010d 00000 n \n", o)
	}
	fmt.Fprintf(&b, "trailer\n<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF\n", len(at)+1, xref)
	return b.String()
}()
