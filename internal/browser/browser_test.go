package browser_test

import (
	"bytes"
	"context"
	"crypto/x509"
	"encoding/json"
	"errors"
	"fmt"
	"image/jpeg"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samizdat/internal/browser"
	"samizdat/internal/fetch"
	"samizdat/internal/judge"
)

// chromium is the installed one.
func chromium(t *testing.T) string {
	t.Helper()
	program, err := browser.Find(os.Getenv)
	judge.Need(t, err)
	return program
}

// site serves two names, one with TLS, and notes what was asked.
type site struct {
	client *fetch.Client
	mu     sync.Mutex
	asked  []string
	heads  map[string]http.Header
	bodies map[string]string
}

func serve(t *testing.T, o fetch.Options, pages map[string]string) *site {
	t.Helper()
	s := &site{heads: map[string]http.Header{}, bodies: map[string]string{}}
	h := func(scheme string) http.HandlerFunc {
		return func(w http.ResponseWriter, r *http.Request) {
			ref := scheme + "://" + r.Host + r.URL.RequestURI()
			body, err := io.ReadAll(r.Body)
			if err != nil {
				return
			}
			s.mu.Lock()
			s.asked = append(s.asked, r.Method+" "+ref)
			s.heads[ref], s.bodies[ref] = r.Header, string(body)
			s.mu.Unlock()
			page, ok := pages[r.Method+" "+ref]
			if !ok {
				http.NotFound(w, r)
				return
			}
			w.Header().Set("Access-Control-Allow-Origin", "*")
			if to, ok := strings.CutPrefix(page, "->"); ok {
				http.Redirect(w, r, to, http.StatusFound)
				return
			}
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			if strings.HasPrefix(page, "\x89PNG") {
				w.Header().Set("Content-Type", "image/png")
			}
			io.WriteString(w, page)
		}
	}
	plain, secure := httptest.NewServer(h("http")), httptest.NewTLSServer(h("https"))
	t.Cleanup(plain.Close)
	t.Cleanup(secure.Close)
	o.Dir, o.PageEvery, o.Roots = t.TempDir(), -1, x509.NewCertPool()
	o.Roots.AddCert(secure.Certificate())
	o.Resolve = map[string]string{"paper.example": plain.Listener.Addr().String(), "example.com": secure.Listener.Addr().String()}
	o.Sleep = func(ctx context.Context, _ time.Duration) error { return ctx.Err() }
	var err error
	if s.client, err = fetch.New(o); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(s.client.Close)
	return s
}

// hosts are those that the tests have, on this machine; to all else here the client does not go.
var hosts = []string{"paper.example", "example.com"}

// picky counts what the client refuses to ask.
type picky struct {
	*fetch.Client
	refused atomic.Int32
}

func (p *picky) Send(ctx context.Context, r fetch.Request) (*fetch.Hop, error) {
	h, err := p.Client.Send(ctx, r)
	if errors.Is(err, fetch.ErrPrivate) {
		p.refused.Add(1)
	}
	return h, err
}

const png = "\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x01\x00\x00\x00\x01\x08\x06\x00\x00\x00\x1f\x15\xc4\x89\x00\x00\x00\rIDATx\xdacd\xf8\xcfP\x0f\x00\x03\x86\x01\x80Z4}k\x00\x00\x00\x00IEND\xaeB`\x82"

// scripted is a page that is empty without scripts, and tries to get past the proxy.
const scripted = `<!DOCTYPE html><html lang=ru><head><meta charset=utf-8><title>…</title><style id=empty></style>
<link rel=dns-prefetch href=//dns.example><link rel=preconnect href=https://preconnect.example>
</head><body><main id=app></main><my-card></my-card><div style="height:3000px"></div><img id=late loading=lazy src="/late.png">
<script>
document.title = "Площадь"
document.getElementById("empty").sheet.insertRule("main { color: rgb(1, 2, 3) }")
class Card extends HTMLElement { connectedCallback() { this.attachShadow({mode: "open"}).innerHTML = "<p>В тени</p>" } }
customElements.define("my-card", Card)
const app = document.getElementById("app")
fetch("https://example.com/api", {method: "POST", headers: {"Content-Type": "text/plain"}, body: "query"}).then(r => r.text()).then(text => {
	app.innerHTML = "<h1>Площадь</h1><p>" + text + "</p><img src='https://example.com/pic.png'>"
})
const c = document.createElement("canvas"); c.width = c.height = 40; c.getContext("2d").fillRect(0, 0, 20, 20); document.body.append(c)
const tell = text => { const p = document.createElement("p"); p.textContent = text; document.body.append(p) }
tell("rtc " + typeof RTCPeerConnection)
try { const w = new WebSocket("ws://paper.example/socket"); w.onerror = () => tell("socket refused"); w.onopen = () => tell("socket open") } catch { tell("socket refused") }
fetch("http://127.0.0.1:PORT/secret", {mode: "no-cors"})
new Image().src = "http://localhost:PORT/secret.png"
new Worker(URL.createObjectURL(new Blob(["fetch('http://127.0.0.1:PORT/worker', {mode: 'no-cors'})"])))
alert("stop")
open("http://127.0.0.1:PORT/popup")
navigator.sendBeacon("/beacon", "x")
</script></body></html>`

func TestRender(t *testing.T) {
	program := chromium(t)
	var reached atomic.Int32
	secret, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer secret.Close()
	go func() {
		for {
			c, err := secret.Accept()
			if err != nil {
				return
			}
			reached.Add(1)
			c.Close()
		}
	}()
	_, port, _ := net.SplitHostPort(secret.Addr().String())
	jar, err := fetch.Cookies(strings.NewReader("paper.example\tTRUE\t/\tFALSE\t0\tsession\topen\n"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	s := serve(t, fetch.Options{Private: hosts, Jar: jar}, map[string]string{
		"GET http://paper.example/start":    "->/p",
		"GET http://paper.example/p":        strings.ReplaceAll(scripted, "PORT", port),
		"GET http://paper.example/late.png": png,
		"POST https://example.com/api":      "Рабочие вышли на площадь.",
		"GET https://example.com/pic.png":   png,
	})
	web := &picky{Client: s.client}
	log := filepath.Join(t.TempDir(), "net.json")
	b := &browser.Browser{Program: program, Web: web, Settle: 300 * time.Millisecond, Flags: map[string]string{"log-net-log": log, "net-log-capture-mode": "Everything"}}
	p, err := b.Render(t.Context(), "http://paper.example/start")
	if err != nil {
		t.Fatal(err)
	}
	defer p.Close()
	var chain []string
	for _, h := range p.Exchange.Hops {
		chain = append(chain, fmt.Sprint(h.Status, " ", h.URL))
	}
	if want := []string{"302 http://paper.example/start", "200 http://paper.example/p"}; !slices.Equal(chain, want) {
		t.Errorf("the document came by %q, want %q", chain, want)
	}
	dom := string(p.DOM)
	for _, want := range []string{
		`<html lang="ru">`, "<title>Площадь</title>", "<p>Рабочие вышли на площадь.</p>", "<p>В тени</p>", "rgb(1, 2, 3)", `src="data:image/png;base64,`,
		"rtc undefined", "socket refused",
	} {
		if !strings.Contains(dom, want) {
			t.Errorf("the document has no %s\n%s", want, dom)
		}
	}
	if strings.Contains(dom, "<script") {
		t.Error("scripts stand in the document")
	}
	picture, err := jpeg.DecodeConfig(bytes.NewReader(p.Screenshot))
	if err != nil || picture.Width != 1280 || picture.Height < 3000 {
		t.Errorf("screenshot %+v, %v, %v", picture, err, p.NoScreenshot)
	}
	var others []string
	for _, x := range p.Others {
		h := x.Final()
		others = append(others, fmt.Sprint(h.Method, " ", h.URL, " ", h.Status, " ", string(h.Sent)))
	}
	for _, want := range []string{"POST https://example.com/api 200 query", "GET https://example.com/pic.png 200 ", "GET http://paper.example/late.png 200 "} {
		if !slices.Contains(others, want) {
			t.Errorf("%q was not kept: %q", want, others)
		}
	}
	s.mu.Lock()
	defer s.mu.Unlock()
	head := s.heads["http://paper.example/p"]
	if agent := head.Get("User-Agent"); strings.Contains(agent, "Headless") || !strings.Contains(agent, "Chrome/") {
		t.Errorf("the browser calls itself %q", agent)
	}
	for _, never := range []string{"Accept-Language", "Proxy-Authorization", "Proxy-Connection"} {
		if head.Get(never) != "" {
			t.Errorf("it sent %s: %s", never, head.Get(never))
		}
	}
	if head.Get("Cookie") != "session=open" || s.heads["https://example.com/pic.png"].Get("Cookie") != "" {
		t.Errorf("cookies %q and %q", head.Get("Cookie"), s.heads["https://example.com/pic.png"].Get("Cookie"))
	}
	if i := slices.IndexFunc(s.asked, func(r string) bool { return strings.Contains(r, "robots.txt") }); i != 0 {
		t.Errorf("robots.txt was not asked for first: %q", s.asked)
	}
	if n := web.refused.Load(); n < 3 || reached.Load() != 0 {
		t.Errorf("%d requests to this machine refused, %d connections got through", n, reached.Load())
	}
	onlyToUs(t, log)
}

// onlyToUs reads what the browser did on the net: it connected to one address, and looked up no name.
func onlyToUs(t *testing.T, log string) {
	t.Helper()
	data, err := os.ReadFile(log)
	if err != nil {
		t.Fatal(err)
	}
	type event struct {
		Type   int             `json:"type"`
		Params json.RawMessage `json:"params"`
	}
	var doc struct {
		Constants struct {
			Types map[string]int `json:"logEventTypes"`
		} `json:"constants"`
		Events []event `json:"events"`
	}
	if err := json.Unmarshal(data, &doc); err != nil {
		if err := json.Unmarshal(append(bytes.TrimRight(data, ", \r\n"), "]}"...), &doc); err != nil {
			t.Fatal(err)
		}
	}
	name := map[int]string{}
	for n, i := range doc.Constants.Types {
		name[i] = n
	}
	to := map[string]int{}
	for _, e := range doc.Events {
		switch n := name[e.Type]; {
		case strings.Contains(n, "DNS_TRANSACTION") || n == "HOST_RESOLVER_SYSTEM_TASK" || n == "UDP_BYTES_SENT": // it asks the system for a way to IPv6, without sending
			t.Errorf("%s %s", n, e.Params)
		case n == "TCP_CONNECT_ATTEMPT":
			var p struct{ Address string }
			if json.Unmarshal(e.Params, &p) == nil && p.Address != "" {
				to[p.Address]++
			}
		}
	}
	if len(to) != 1 || len(doc.Events) < 100 {
		t.Errorf("the browser connected to %v (%d events)", to, len(doc.Events))
	}
}

func TestRefusals(t *testing.T) {
	program := chromium(t)
	s := serve(t, fetch.Options{}, nil)
	b := &browser.Browser{Program: program, Web: s.client, Settle: 300 * time.Millisecond}
	if _, err := b.Render(t.Context(), "http://paper.example/p"); !errors.Is(err, fetch.ErrPrivate) {
		t.Errorf("a private address: %v", err)
	}
	s = serve(t, fetch.Options{Private: hosts}, map[string]string{"GET http://paper.example/robots.txt": "User-agent: *\nDisallow: /no"})
	b.Web = s.client
	if _, err := b.Render(t.Context(), "http://paper.example/no/p"); !errors.Is(err, fetch.ErrRobots) {
		t.Errorf("robots.txt: %v", err)
	}
	var status *fetch.StatusError
	if _, err := b.Render(t.Context(), "http://paper.example/lost"); !errors.As(err, &status) || status.Code != 404 {
		t.Errorf("no page: %v", err)
	}
}

// A capture that is broken off leaves no browser and no folder behind.
func TestInterrupted(t *testing.T) {
	program := chromium(t)
	dir := t.TempDir()
	t.Setenv("TMPDIR", dir)
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, fetch.Options{Private: hosts}, map[string]string{
		"GET http://paper.example/p": "<script>fetch('/begun').then(() => { for (;;); })</script>", "GET http://paper.example/begun": "x",
	})
	b := &browser.Browser{Program: program, Web: stopper{s.client, cancel}}
	if _, err := b.Render(ctx, "http://paper.example/p"); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
	left, err := os.ReadDir(dir)
	for _, e := range left {
		if strings.Contains(e.Name(), "chromedp") || strings.Contains(e.Name(), "samizdat") {
			t.Errorf("%s is left", e.Name())
		}
	}
	if err != nil {
		t.Fatal(err)
	}
	if running := processes(t, dir); len(running) > 0 {
		t.Errorf("still running: %q", running)
	}
}

// stopper breaks off when the page has begun to run.
type stopper struct {
	*fetch.Client
	cancel context.CancelFunc
}

func (s stopper) Send(ctx context.Context, r fetch.Request) (*fetch.Hop, error) {
	if strings.HasSuffix(r.URL, "/begun") {
		s.cancel()
	}
	return s.Client.Send(ctx, r)
}

// processes lists those whose command line names the folder; none where there is no /proc.
func processes(t *testing.T, dir string) (list []string) {
	t.Helper()
	all, err := filepath.Glob("/proc/[0-9]*/cmdline")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range all {
		if line, err := os.ReadFile(name); err == nil && bytes.Contains(line, []byte(dir)) {
			list = append(list, strings.ReplaceAll(string(line), "\x00", " "))
		}
	}
	return list
}

func TestFind(t *testing.T) {
	program := filepath.Join(t.TempDir(), "my-chromium")
	if err := os.WriteFile(program, []byte("#!/bin/sh\n"), 0o777); err != nil {
		t.Fatal(err)
	}
	if got, err := browser.Find(func(string) string { return program }); err != nil || got != program {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := browser.Find(func(string) string { return program + "-gone" }); !errors.Is(err, browser.ErrNone) || !strings.Contains(err.Error(), browser.Variable) {
		t.Errorf("%v, want %v with the name of the variable", err, browser.ErrNone)
	}
	t.Setenv("PATH", "")
	if _, err := browser.Find(func(string) string { return "" }); err != nil && !errors.Is(err, browser.ErrNone) {
		t.Errorf("%v, want %v", err, browser.ErrNone)
	}
}
