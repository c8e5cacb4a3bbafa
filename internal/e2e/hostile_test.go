package e2e

import (
	"context"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/chromedp"
)

// hostile is a page of somebody who wants to run code in the reader's browser, or to learn who reads.
type hostile struct{ name, html string }

// attacks are of our own writing, after what is known of such pages; alert tells that one has run. Those of WARCgames are
// among them in our words: to show other content in an archive, to press its buttons, to look for its neighbours, to set its cookies.
var attacks = []string{
	`<script>alert(1)</script>`,
	`<img src=x onerror=alert(1)>`,
	`<svg onload=alert(1)></svg>`,
	`<svg><script>alert(1)</script></svg>`,
	`<svg><set attributeName=x onbegin=alert(1)></svg>`,
	`<svg><a xlink:href="javascript:alert(1)"><text y=20>link</text></a></svg>`,
	`<svg><foreignObject><body onload=alert(1)><img src=x onerror=alert(1)></foreignObject></svg>`,
	`<a href="javascript:alert(1)">link</a><a href=" jAvA&Tab;script:alert(1)">link</a>`,
	`<a href="data:text/html,<script>alert(1)</script>">link</a>`,
	`<iframe srcdoc="<script>parent.alert(1)</script>"></iframe>`,
	`<iframe src="javascript:parent.alert(1)"></iframe>`,
	`<object data="data:text/html,<script>alert(1)</script>"></object><embed src="javascript:alert(1)">`,
	`<details open ontoggle=alert(1)><summary>x</summary></details>`,
	`<input autofocus onfocus=alert(1)><textarea autofocus onfocus=alert(1)></textarea>`,
	`<video><source onerror=alert(1) src=x></video><audio src=x onerror=alert(1)></audio>`,
	`<style>@keyframes a{from{opacity:0}}.a{animation:a 1s}</style><p class=a onanimationstart=alert(1)>x</p>`,
	`<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=x onerror=alert(1)&gt;">`,
	`<noscript><p title="</noscript><img src=x onerror=alert(1)>"></noscript>`,
	`<template><img src=x onerror=alert(1)></template><div><template shadowrootmode=open><img src=x onerror=alert(1)></template></div>`,
	`<form action="javascript:alert(1)" id=f></form><button form=f autofocus>x</button><script>f.submit()</script>`,
	`<meta http-equiv=refresh content="0;url=http://outside.example/refresh"><base href="http://outside.example/">`,
	`<link rel=stylesheet href=//outside.example/a.css><link rel=dns-prefetch href=//outside.example><link rel=preconnect href=//outside.example><link rel=preload as=image href=//outside.example/p.png><link rel=prefetch href=//outside.example/q>`,
	`<style>@import "//outside.example/b.css"; p { background: u\72l(//outside.example/c.png) } @font-face { font-family: z; src: url(//outside.example/z.woff) } body { font-family: z; --x: url(//outside.example/d.png); border-image: var(--x) } </style>`,
	`<img src=//outside.example/1.png srcset="//outside.example/2.png 2x" style="background:image-set('//outside.example/3.png' 1x)"><picture><source srcset=//outside.example/4.png></picture><input type=image src=//outside.example/5.png>`,
	`<video poster=//outside.example/6.png src=//outside.example/7.mp4 autoplay></video><svg><image href=//outside.example/8.png /><use href="//outside.example/9.svg#a"/></svg><body background=//outside.example/10.png>`,
	`<img src="data:image/svg+xml,%3Csvg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'%3E%3Cscript%3Ealert(1)%3C/script%3E%3Cimage href='http://outside.example/11.png'/%3E%3Ctext y='20'%3Edrawn%3C/text%3E%3C/svg%3E">`,
	`<a ping=//outside.example/ping href=/x>x</a><script type=speculationrules>{"prefetch": [{"urls": ["//outside.example/s"]}]}</script>`,
	`<p id=sum>2 + 2 = 4</p><script>if (location.host != "hostile.example") sum.textContent = "2 + 2 = 5"; alert(1)</script>`,
	`<form id=q method=post action=/-/quit><input name=sure value=yes></form><script>q.action = top.location.href.split("/").slice(0, 4).join("/") + "/-/quit"; q.submit()</script>`,
	`<script>for (let i = 8000; i < 8010; i++) { const f = document.createElement("iframe"); f.src = "http://127.0.0.1:" + i; document.body.append(f) }</script><iframe src=http://127.0.0.1:8011></iframe><img src=http://127.0.0.1:8012/a.png>`,
	`<script>for (let i = 0; i < 100; i++) document.cookie = "c" + i + "=crumbs;path=/"; alert(1)</script>`,
	`<script>try { top.location = "http://outside.example/top" } catch {} try { parent.frames[0].location = "javascript:alert(1)" } catch {} alert(1)</script>`,
	`<script>navigator.serviceWorker?.register("/sw.js"); new WebSocket("ws://outside.example"); fetch("//outside.example/f"); new RTCPeerConnection({iceServers: [{urls: "stun:outside.example"}]}).createDataChannel("x"); alert(1)</script>`,
}

// around puts an attack into an article that is worth reading.
func around(attack string) string {
	const words = "<p>Workers came to the square, and in the evening the city was another one: crossings taken, shops closed, no telephone, no news.</p>"
	return "<!DOCTYPE html><html><head><meta charset=utf-8><title>The square</title></head><body><article><h1>The square</h1>" +
		strings.Repeat(words, 4) + attack + strings.Repeat(words, 4) + "</article></body></html>"
}

// TestHostilePages captures pages that attack, and reads them: nothing runs, and the browser asks nobody but the reader.
func TestHostilePages(t *testing.T) {
	var pages []hostile
	for i, attack := range attacks {
		pages = append(pages, hostile{fmt.Sprintf("attack %d", i), around(attack)})
	}
	if raw := harmless(t, pages); raw < 15 {
		t.Errorf("of %d attacks only %d ran in the page itself: the test does not see them", len(pages), raw)
	}
}

// harmless captures the pages, opens text and snapshot of each in the reader, and touches everything in them. It returns how many ran when they
// were opened as they are.
func harmless(t *testing.T, pages []hostile) (raw int) {
	t.Helper()
	site := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		var n int
		if _, err := fmt.Sscanf(r.URL.Path, "/p/%d", &n); err != nil || n >= len(pages) {
			http.NotFound(w, r)
			return
		}
		w.Header().Set("Content-Type", "text/html; charset=utf-8")
		io.WriteString(w, pages[n].html)
	}))
	defer site.Close()

	control, ended := browserFor(t, 20*time.Minute)
	begin(t, control)
	for i := range pages {
		if touch(t, control, fmt.Sprintf("%s/p/%d", site.URL, i), nil) > 0 {
			raw++
		}
	}
	ended() // tabs that hang go on working until their browser ends, and what is opened beside them waits

	r := startProgram(t, carryingHostile(t, site.Listener.Addr().String(), pages))
	base := strings.TrimSuffix(get(t, r.url, "").url, "index.html")
	ctx, end := browserFor(t, 20*time.Minute)
	begin(t, ctx)
	const left = `(() => {
		const bad = []
		for (const e of document.querySelectorAll("*")) {
			if (["script", "object", "embed", "applet", "base", "frame", "portal"].includes(e.localName)) bad.push(e.localName)
			for (const a of e.attributes) if (/^on|^(srcdoc|ping|formaction|http-equiv)$/i.test(a.name) || /^(href|src|xlink:href|action|data|poster|background)$/i.test(a.name) && /^\s*(javascript|vbscript|data:text)/i.test(a.value)) bad.push(a.name + "=" + a.value)
		}
		if (typeof document.cookie === "string" && document.cookie) bad.push(document.cookie)
		return bad.join(" ")
	})()`
	drawings := 0
	for i, p := range pages {
		var alone []string // drawings that the snapshot shows, which a reader may open as pages
		snapshot := fmt.Sprintf("%scaptured/p%d/snapshot.html", base, i)
		for _, u := range []string{fmt.Sprintf("%sarticle-p%d.html", base, i), snapshot} {
			look := func(ctx context.Context) {
				if u != snapshot {
					return
				}
				if at := eval[string](t, ctx, `location.href`); !strings.Contains(at, "/captured/") {
					t.Errorf("%s: the snapshot led to %s", p.name, at)
				}
				alone = append(alone, strings.Fields(eval[string](t, ctx, `[...document.images].map(i => i.src).filter(s => s.endsWith(".svg")).join(" ")`))...)
				if bad := eval[string](t, ctx, left); bad != "" {
					t.Errorf("%s: in the snapshot: %s", p.name, bad)
				}
				if sum := "2 + 2 = 4"; strings.Contains(p.html, sum) && !eval[bool](t, ctx, `document.body.innerText.includes("`+sum+`")`) {
					t.Errorf("%s: the page says another thing here", p.name)
				}
			}
			if touch(t, ctx, u, look) > 0 {
				t.Errorf("%s: it ran in %s", p.name, u)
			}
		}
		for _, u := range alone {
			drawings++
			look := func(ctx context.Context) {
				if name := eval[string](t, ctx, `document.documentElement.localName`); name != "svg" {
					t.Errorf("%s: %s is shown as <%s>", p.name, u, name)
				}
			}
			if touch(t, ctx, u, look) > 0 {
				t.Errorf("%s: it ran in %s", p.name, u)
			}
		}
	}
	if slices.ContainsFunc(pages, func(p hostile) bool { return strings.Contains(p.html, "data:image/svg+xml,%3Csvg") }) && drawings == 0 {
		t.Error("no drawing was opened alone")
	}
	log := end()
	if out := outside(t, log); len(out) > 0 {
		t.Errorf("the browser asked beyond this machine: %q", out)
	}
	for n := 8000; n < 8013; n++ {
		if strings.Contains(string(log), fmt.Sprintf("127.0.0.1:%d", n)) && fmt.Sprint(n) != r.port {
			t.Errorf("the browser asked this machine at port %d", n)
		}
	}
	return raw
}

// begin starts the browser, so that what follows are tabs of it.
func begin(t *testing.T, ctx context.Context) {
	t.Helper()
	if err := chromedp.Do(ctx); err != nil {
		t.Fatal(err)
	}
}

// touch opens a page in a tab of its own and does to everything in it what a mouse and a keyboard would do, but for following
// links; then it lets look look. It returns how many alerts there were. A page that hangs the tab is left after some seconds.
func touch(t *testing.T, browser context.Context, u string, look func(context.Context)) int {
	t.Helper()
	ctx, cancel := chromedp.NewContext(browser)
	defer cancel()
	var n atomic.Int32
	opened := make(chan struct{}, 100)
	err := chromedp.Listen(ctx, func(ev any) {
		if _, ok := ev.(*page.EventJavascriptDialogOpening); ok {
			n.Add(1)
			select {
			case opened <- struct{}{}:
			default:
			}
		}
	})
	if err != nil {
		t.Fatal(err)
	}
	go func() {
		for {
			select {
			case <-ctx.Done():
				return
			case <-opened:
				_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{})
			}
		}
	}()
	// Nothing here may wait: in a page that may run nothing, timers and promises do not come either.
	const everything = `for (const e of document.querySelectorAll("*")) {
		for (const name of ["mouseover", "mouseenter", "mousedown", "focus", "keydown", "toggle", "scroll", "paste", "animationstart"]) e.dispatchEvent(new Event(name))
		if (!/^http/.test(e.closest("a")?.href ?? "") && !e.closest("form, label, summary, button")) e.dispatchEvent(new MouseEvent("click", {cancelable: true}))
	}
	true`
	limit := 3 * time.Second // for a page that hangs its tab, and may
	if look != nil {         // nothing hangs a tab there: this is for a machine that has much else to do
		limit = 2 * time.Minute
	}
	start := time.Now()
	defer func() {
		if took := time.Since(start); look != nil && took > 5*time.Second {
			t.Logf("%s took %v", u, took.Round(time.Millisecond))
		}
	}()
	limited, stop := context.WithTimeout(ctx, limit)
	defer stop()
	err = chromedp.Do(limited, chromedp.Navigate(u))
	if err == nil {
		_, err = chromedp.Run(limited, chromedp.Evaluate[bool](everything))
	}
	if err != nil && look != nil {
		t.Errorf("%s: %v", u, err)
	}
	if look != nil {
		look(ctx)
	}
	return int(n.Load())
}

// carryingHostile makes a dossier of the pages, captures them from the site, and returns a reader that carries it.
func carryingHostile(t *testing.T, site string, pages []hostile) string {
	t.Helper()
	dir := filepath.Join(t.TempDir(), "dossier")
	write := func(name, text string) {
		name = filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(name), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	picture, err := os.ReadFile("../../bundle/illustration.png")
	if err != nil {
		t.Fatal(err)
	}
	write("illustration.png", string(picture))
	items := ""
	for i := range pages {
		items += fmt.Sprintf("      - articles/p%d/item.yaml\n", i)
		write(fmt.Sprintf("articles/p%d/item.yaml", i), fmt.Sprintf("id: p%d\nkind: article\ntitle: Page %d\nurl: http://hostile.example/p/%d\nlang: en\nstatus: linked\n", i, i, i))
	}
	write("dossier.yaml", "format: 1\nname: hostile_en_all\ntitle: Hostile\ndescription: Pages that attack\nlang: en\ncreator: a\npublisher: b\nillustration: illustration.png\nedition: 1\n"+
		"editions:\n  - number: 1\n    date: 2026-01-01\n    note: first\nsections:\n  - id: articles\n    title: Articles\n    items:\n"+items)
	press := program(t, "samizdat-press")
	output(t, press, "capture", dir, "--resolve", "hostile.example:"+site, "--allow-private", "--ignore-robots", "--every", "0s", "--tries", "1", "--timeout", "2s", "--quiet")
	output(t, press, "check", dir)
	zim := filepath.Join(t.TempDir(), "hostile.zim")
	output(t, press, "pack", dir, "-o", zim)
	return carrier(t, zim, filepath.Join(t.TempDir(), "samizdat-hostile"))
}
