package e2e

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// Pages in the shape that other people's tools give them, written here: what is tested is which of the browser's
// abilities they lean on.

// foreign packs files with the press and serves them as somebody else's archive.
func foreign(t *testing.T, files map[string]string, args ...string) *reader {
	t.Helper()
	return start(t, foreignArchive(t, "foreign.zim", files, args...))
}

// foreignArchive packs files with the press into an archive of that name, and returns where it is.
func foreignArchive(t *testing.T, name string, files map[string]string, args ...string) string {
	t.Helper()
	dir := t.TempDir()
	icon, err := os.ReadFile("../../bundle/illustration.png")
	if err != nil {
		t.Fatal(err)
	}
	files["icon.png"] = string(icon)
	for name, text := range files {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o777); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o666); err != nil {
			t.Fatal(err)
		}
	}
	out := filepath.Join(t.TempDir(), name)
	args = append([]string{"pack-html", dir, "-o", out, "-w", "index.html", "-I", "icon.png", "-l", "eng", "-n", "foreign", "-t", "Foreign", "-d", "Foreign pages", "-c", "Nobody", "-p", "Nobody"}, args...)
	if msg, err := exec.Command(program(t, "samizdat-press"), args...).CombinedOutput(); err != nil {
		t.Fatalf("%v: %v\n%s", args, err, msg)
	}
	return out
}

// quiet fails the test if the browser asked beyond this machine.
func quiet(t *testing.T, end func() []byte) {
	t.Helper()
	log := end()
	if out := outside(t, log); len(out) > 0 {
		t.Errorf("the browser asked beyond this machine: %q", out)
	}
	if !bytes.Contains(log, []byte("/content/foreign/")) {
		t.Error("the net-log shows no page of the archive; the test looked at something else")
	}
}

// TestMwofflinerPage: scripts in files and inline, event attributes, JSON that a script fetches, collapsible sections, images
// that load late, math in SVG, and modules; and nothing of it reaches the network.
func TestMwofflinerPage(t *testing.T) {
	r := foreign(t, map[string]string{
		"index.html": `<!DOCTYPE html><html class="client-nojs"><head><meta charset="utf-8"><title>Article</title>
<link rel="stylesheet" href="./-/mw/inserted_style.css"><link rel="canonical" href="https://example.invalid/wiki/Article">
<link rel="dns-prefetch" href="//example.invalid"><link rel="preconnect" href="https://example.invalid">
<script>document.documentElement.className = "client-js"; RLSTATE = {"site": "loading"}; RLPAGEMODULES = ["startup"];</script>
<script src="./-/j/js_modules/startup.js" async></script></head>
<body class="mw-body" onload="window.loaded = 'yes'"><h1>Article</h1>
<details data-level="2"><summary class="section-heading"><h2 id="History">History</h2></summary><p id="inside">text of the section</p></details>
<div class="pcs-collapse-table-container"><a href="#" class="toggle" onclick="toggle(event)">Quick facts</a><table id="facts" style="display:none"><tr><td>fact</td></tr></table></div>
<img id="late" data-src="./I/pic.svg" alt="late"><img src="https://example.invalid/pixel.gif" alt="">
<p id="module">no</p><script type="module" src="./-/j/module.js"></script>
<script src="https://example.invalid/analytics.js"></script><a id="out" href="https://example.invalid/wiki/Other">outside</a><a id="in" href="./Other_page">inside</a></body></html>`,
		"Other_page":              `<!DOCTYPE html><html><head><meta charset="utf-8"><title>Other</title></head><body><h1>Other page</h1></body></html>`,
		"-/mw/inserted_style.css": `@import url("https://example.invalid/more.css"); h1 { color: rgb(1, 2, 3); background: url(https://example.invalid/bg.png) }`,
		"-/j/js_modules/startup.js": `window.toggle = e => { e.preventDefault(); const f = document.getElementById("facts"); f.style.display = f.style.display == "none" ? "table" : "none"; };
window.mw = { loader: { implement: (n, f) => f() } };
mw.loader.implement("lazy", () => { const show = () => { const i = document.getElementById("late"); i.onload = () => { window.late = i.naturalWidth }; i.src = i.dataset.src; };
document.readyState == "loading" ? addEventListener("DOMContentLoaded", show) : show(); });
window.data = fetch("./-/j/data.json").then(r => r.json()).then(d => d.answer);
window.evaluated = new Function("return 6 * 7")();
window.leak = Promise.allSettled([fetch("https://example.invalid/api"), new Promise((y, n) => { const w = new WebSocket("wss://example.invalid/"); w.onopen = y; w.onerror = n; })]).then(l => l.map(x => x.status).join());
navigator.sendBeacon && navigator.sendBeacon("https://example.invalid/beacon", "x");`,
		"-/j/module.js": `import { word } from "./part.js"; document.getElementById("module").textContent = word;`,
		"-/j/part.js":   `export const word = "yes";`,
		"-/j/data.json": `{"answer": "fetched"}`,
		"I/pic.svg":     `<svg xmlns="http://www.w3.org/2000/svg" width="7" height="7"><rect width="7" height="7"/></svg>`,
	}, "-s", "mwoffliner 1.14.0")
	ctx, end := browser(t)
	visit(t, ctx, r.url)
	if eval[bool](t, ctx, `document.getElementById("inside").checkVisibility()`) {
		t.Error("the section is open from the start")
	}
	for what, c := range map[string][2]string{
		"inline script":        {`document.documentElement.className`, "client-js"},
		"onload attribute":     {`window.loaded`, "yes"},
		"fetch of the archive": {`window.data`, "fetched"},
		"new Function":         {`String(window.evaluated)`, "42"},
		"module":               {`document.getElementById("module").textContent`, "yes"},
		"style":                {`getComputedStyle(document.querySelector("h1")).color`, "rgb(1, 2, 3)"},
		"late image":           {`new Promise(d => { const t = setInterval(() => { if (window.late) { clearInterval(t); d(String(window.late)) } }, 20) })`, "7"},
		"opened section":       {`(document.querySelector("summary").click(), String(document.getElementById("inside").checkVisibility()))`, "true"},
		"toggled table":        {`(document.querySelector(".toggle").click(), getComputedStyle(document.getElementById("facts")).display)`, "table"},
		"requests to the net":  {`window.leak`, "rejected,rejected"},
	} {
		if got := eval[string](t, ctx, c[0]); got != c[1] {
			t.Errorf("%s: %q, want %q", what, got, c[1])
		}
	}
	visit(t, ctx, eval[string](t, ctx, `document.getElementById("in").href`))
	if got := eval[string](t, ctx, `document.querySelector("h1").textContent + " at " + location.pathname`); got != "Other page at /content/foreign/Other_page" {
		t.Errorf("the link inside leads to %q", got)
	}
	quiet(t, end)
}

// TestZimit2Page: warc2zim 2 writes pages with their addresses rewritten to relative ones, and a script that does the same to
// what scripts of the page ask for. Paths have a host in front, and queries in their names.
func TestZimit2Page(t *testing.T) {
	r := foreign(t, map[string]string{
		"index.html": `<!DOCTYPE html><meta charset="utf-8"><title>Start</title><meta http-equiv="refresh" content="0;url=example.com/index_">`,
		"example.com/index_": `<!DOCTYPE html><html><head><meta charset="utf-8"><title>Page</title>
<script src="../_zim_static/wombat.js"></script><script>window.wombat = rewriter("https://example.com/", "example.com")</script>
<link rel="stylesheet" href="style%3Fv%3D2.css"></head><body><h1>Page</h1><p id="ran">no</p><img id="pic" src="../cdn.example.com/pic.svg" alt="">
<script>fetch("https://example.com/api?page=1").then(r => r.json()).then(d => { document.getElementById("ran").textContent = d.name });
const x = new XMLHttpRequest(); x.open("GET", "/api?page=1"); x.onload = () => { window.xhr = JSON.parse(x.responseText).name }; x.send();
const s = document.createElement("script"); s.src = "https://cdn.example.com/late.js"; document.head.append(s);
window.outer = fetch("https://example.invalid/x").then(() => "reached", () => "refused");
try { localStorage.setItem("k", "v"); window.stored = localStorage.getItem("k") } catch (e) { window.stored = String(e) }</script></body></html>`,
		"_zim_static/wombat.js": `function rewriter(base, host) {
  const depth = () => new URL("../", location.href).href;
  const own = u => { const a = new URL(u, base); return a.hostname.endsWith("example.com") ? depth() + a.hostname + a.pathname + (a.search ? encodeURIComponent(a.search) : "") : a.href; };
  const f = window.fetch; window.fetch = (u, o) => f(own(u), o);
  const open = XMLHttpRequest.prototype.open; XMLHttpRequest.prototype.open = function (m, u, ...r) { return open.call(this, m, own(u), ...r) };
  const d = Object.getOwnPropertyDescriptor(HTMLScriptElement.prototype, "src");
  Object.defineProperty(HTMLScriptElement.prototype, "src", { get: d.get, set(v) { d.set.call(this, own(v)) } });
  return { own };
}`,
		"example.com/style?v=2.css": `h1 { color: rgb(4, 5, 6) }`,
		"example.com/api?page=1":    `{"name": "yes"}`,
		"cdn.example.com/pic.svg":   `<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"><rect width="9" height="9"/></svg>`,
		"cdn.example.com/late.js":   `window.late = "yes"`,
	}, "-s", "warc2zim 2.2.0", "-a", "_sw:no")
	ctx, end := browser(t)
	visit(t, ctx, strings.TrimSuffix(strings.Replace(r.url, "127.0.0.1", "localhost", 1), "/")+"/content/foreign/example.com/index_")
	wait := func(js string) string {
		return `new Promise(d => { let n = 0; const t = setInterval(() => { const v = ` + js + `; if (v || n++ > 200) { clearInterval(t); d(String(v)) } }, 20) })`
	}
	for what, c := range map[string][2]string{
		"fetch rewritten":          {wait(`document.getElementById("ran").textContent == "yes"`), "true"},
		"XMLHttpRequest rewritten": {wait(`window.xhr`), "yes"},
		"script added by a script": {wait(`window.late`), "yes"},
		"style with a query":       {`getComputedStyle(document.querySelector("h1")).color`, "rgb(4, 5, 6)"},
		"image of another host":    {wait(`document.getElementById("pic").naturalWidth`), "9"},
		"storage":                  {`window.stored`, "v"},
		"request to the net":       {`window.outer`, "refused"},
	} {
		if got := eval[string](t, ctx, c[0]); got != c[1] {
			t.Errorf("%s: %q, want %q", what, got, c[1])
		}
	}
	quiet(t, end)
}

// TestZimit1Archive: warc2zim 1 leaves making pages to a service worker, which is refused; the reader says so on a page of its
// own, and shows what is stored. Nothing stays registered in the browser.
func TestZimit1Archive(t *testing.T) {
	r := foreign(t, map[string]string{
		"index.html": `<!DOCTYPE html><meta charset="utf-8"><title>Replay</title><p id="state">loading</p>
<script>navigator.serviceWorker.register("./sw.js?replayPrefix=").then(() => { document.getElementById("state").textContent = "registered" }, e => { document.getElementById("state").textContent = "refused" })</script>`,
		"sw.js":              `self.addEventListener("fetch", e => e.respondWith(new Response("made by the worker: <img src=https://example.invalid/x>", { headers: { "Content-Type": "text/html" } })))`,
		"A/example.com/page": `<!DOCTYPE html><html><head><meta charset="utf-8"><title>Recorded page</title></head><body><h1>Recorded</h1><img src="https://example.invalid/pixel.gif"></body></html>`,
		"H/example.com/page": "HTTP/1.1 200 OK\r\nContent-Type: text/html\r\n\r\n",
	}, "-s", "warc2zim 1.5.4", "-a", "_sw:yes;_category:other")
	ctx, end := browser(t)
	visit(t, ctx, r.url)
	if h := eval[string](t, ctx, `document.querySelector("h1").textContent + " " + document.scripts.length`); !strings.Contains(h, "held back 0") {
		t.Fatalf("the start page is headed %q, want one of the reader's own", h)
	}
	visit(t, ctx, eval[string](t, ctx, `[...document.links].find(a => a.textContent == "Recorded page").href`))
	if got := eval[string](t, ctx, `document.querySelector("h1").textContent + " at " + location.pathname`); got != "Recorded at /content/foreign/A/example.com/page" {
		t.Errorf("the stored page is %q", got)
	}
	visit(t, ctx, strings.Replace(r.url, "127.0.0.1", "localhost", 1)+"content/foreign/index.html?stored")
	if got := eval[string](t, ctx, `new Promise(d => { const t = setInterval(() => { const s = document.getElementById("state").textContent; if (s != "loading") { clearInterval(t); d(s) } }, 20) })`); got != "refused" {
		t.Errorf("the service worker is %s", got)
	}
	if n := eval[int](t, ctx, `navigator.serviceWorker.getRegistrations().then(l => l.length)`); n != 0 {
		t.Errorf("%d service workers are registered", n)
	}
	quiet(t, end)
}
