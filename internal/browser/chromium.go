package browser

import (
	"context"
	_ "embed"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"time"

	"github.com/chromedp/cdproto/browser"
	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	devfetch "github.com/chromedp/cdproto/fetch"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/cdproto/page"
	"github.com/chromedp/cdproto/runtime"
	"github.com/chromedp/chromedp"

	"samizdat/internal/fetch"
)

//go:embed page.js
var serialise string

const (
	width, height = 1280, 900
	maxHeight     = 16000   // of the screenshot, in pixels: what Chromium draws in one piece
	maxShot       = 4 << 20 // bytes of it
	maxDOM        = 8 << 20 // characters of the document, as many as a capture takes bytes
)

// features of Chromium that would ask by themselves or ask in another way.
const features = "OptimizationHints,MediaRouter,DialMediaRouteProvider,Translate,HttpsUpgrades,HttpsFirstBalancedModeAutoEnable,ServiceWorker," +
	"CertificateTransparencyComponentUpdater,AutofillServerCommunication,PrefetchPrivacyChanges,Prerender2,SpeculationRulesPrefetch," +
	"CompressionDictionaryTransport,WebRtcHideLocalIpsWithMdns,InterestFeedContentSuggestions,DnsOverHttps,IsolateOrigins,site-per-process"

// flags are those of the browser, beside what its own packages set.
func flags(p *proxy) map[string]any {
	return map[string]any{
		// Everything goes to the proxy, that on loopback too, and no name is looked up.
		"proxy-server": p.address(), "proxy-bypass-list": "<-loopback>", "host-resolver-rules": "MAP * ~NOTFOUND , EXCLUDE 127.0.0.1",
		"ignore-certificate-errors-spki-list": p.ca.pin,
		"disable-quic":                        true, "dns-prefetch-disable": true, "no-pings": true,
		"force-webrtc-ip-handling-policy": "disable_non_proxied_udp", "webrtc-ip-handling-policy": "disable_non_proxied_udp",
		// It asks for nothing of its own.
		"disable-background-networking": true, "disable-component-update": true, "disable-sync": true, "disable-domain-reliability": true,
		"disable-client-side-phishing-detection": true, "safebrowsing-disable-auto-update": true, "metrics-recording-only": true, "disable-breakpad": true,
		"disable-crash-reporter": true, "disable-default-apps": true, "disable-extensions": true, "disable-component-extensions-with-background-pages": true,
		"disable-features": features,
		// All frames are in one process, so that what is set for the page holds for them. There are no secrets of other sites in this browser.
		"disable-site-isolation-trials": true,
		"headless":                      true, "hide-scrollbars": true, "mute-audio": true, "no-first-run": true, "no-default-browser-check": true, "disable-dev-shm-usage": true,
		"disable-hang-monitor": true, "disable-prompt-on-repost": true, "password-store": "basic", "use-mock-keychain": true, "force-color-profile": "srgb",
		"autoplay-policy": "user-gesture-required", "disable-notifications": true, "deny-permission-prompts": true,
		"disable-gpu": true, "lang": "en-US", "window-size": fmt.Sprintf("%d,%d", width, height),
		"disable-background-timer-throttling": true, "disable-renderer-backgrounding": true, "disable-backgrounding-occluded-windows": true,
	}
}

// Render opens the address and returns what it became when its scripts were done: when nothing had been asked for some time,
// after the page was scrolled to its end. A document that cannot be had is the error that the client gave, or a *[fetch.StatusError].
func (b *Browser) Render(ctx context.Context, ref string) (_ *Page, err error) {
	limit := orElse(b.Timeout, 90*time.Second)
	ctx, cancel := context.WithTimeoutCause(ctx, limit, ErrSlow)
	defer cancel()
	p, err := startProxy(ctx, b.Web, ref, orElse(b.MaxBytes, 512<<20))
	if err != nil {
		return nil, err
	}
	var got *Page
	defer func() {
		if got == nil {
			for _, h := range p.hops {
				err = errors.Join(err, h.Close())
			}
		}
	}()
	t := &tab{b: b, p: p, open: map[network.RequestID]bool{}}
	shown, err := t.show(ctx, ref)
	p.close()
	if failed := p.failed(); failed != nil && (err != nil || len(p.chain) == 0) {
		return nil, failed
	}
	if cause := context.Cause(ctx); err != nil && cause != nil {
		return nil, fmt.Errorf("%s: %w", ref, cause)
	}
	if errors.Is(err, fetch.ErrTooLarge) {
		return nil, fmt.Errorf("%s: %w", ref, err)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w: %w", ref, ErrBroken, err)
	}
	x, others := p.sort(ref, shown.url)
	if x == nil {
		return nil, fmt.Errorf("%s: %w: it asked for something else", ref, ErrBroken)
	}
	got = &Page{Exchange: x, Others: others, DOM: shown.dom, Program: t.program, Screenshot: shown.shot, NoScreenshot: shown.noShot}
	if status := x.Final().Status; status < 200 || status > 299 {
		err := errors.Join(fmt.Errorf("%s: %w", ref, &fetch.StatusError{Code: status}), got.Close())
		return nil, err
	}
	return got, nil
}

func orElse[T int64 | time.Duration](v, other T) T {
	if v == 0 {
		return other
	}
	return v
}

// sort tells the document, whose address is the browser's, from everything else.
func (p *proxy) sort(ref, shown string) (*fetch.Exchange, []*fetch.Exchange) {
	chain := p.chain
	if len(chain) == 0 {
		return nil, nil
	}
	if last := chain[len(chain)-1]; withoutScheme(last.URL) != withoutScheme(shown) {
		for _, h := range slices.Backward(p.hops) { // where a script led
			if h.Method == "GET" && withoutScheme(h.URL) == withoutScheme(shown) {
				chain = append(slices.Clone(chain), h)
				break
			}
		}
	}
	var others []*fetch.Exchange
	for _, h := range p.hops {
		if !slices.Contains(chain, h) {
			others = append(others, &fetch.Exchange{URL: h.URL, Hops: []*fetch.Hop{h}})
		}
	}
	return &fetch.Exchange{URL: ref, Hops: chain}, others
}

// shown is what the browser shows in the end.
type shown struct {
	url    string // of the document
	dom    []byte
	shot   []byte
	noShot error
}

// tab drives one browser.
type tab struct {
	b *Browser
	p *proxy

	mu    sync.Mutex
	frame cdp.FrameID // the page's own
	url   string
	open  map[network.RequestID]bool // what the page waits for
	last  time.Time                  // when that changed

	program string // its name and version
}

func (t *tab) show(ctx context.Context, ref string) (*shown, error) {
	home, err := os.MkdirTemp("", "samizdat-browser-*")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(home)
	options := []chromedp.ExecAllocatorOption{
		chromedp.ExecPath(t.b.Program),
		chromedp.Env("HOME="+home, "XDG_CONFIG_HOME="+filepath.Join(home, "config"), "XDG_CACHE_HOME="+filepath.Join(home, "cache"), "TZ=UTC", "CHROMIUM_FLAGS="),
	}
	all := flags(t.p)
	for name, value := range t.b.Flags {
		all[name] = value
	}
	for _, name := range slices.Sorted(maps.Keys(all)) {
		options = append(options, chromedp.Flag(name, all[name]))
	}
	ctx, end := chromedp.NewExecAllocator(ctx, options...)
	defer end() // waits until the browser has gone and its profile is removed
	ctx, cancel := chromedp.NewContext(ctx)
	defer cancel()
	if err := t.prepare(ctx); err != nil {
		return nil, fmt.Errorf("start the browser: %w", err)
	}
	s, err := t.load(ctx, ref)
	if len(t.b.Flags) > 0 {
		err = errors.Join(err, chromedp.Cancel(ctx)) // it ends by itself and writes what it was told to
	}
	return s, err
}

// prepare gives the browser its password for the proxy, and takes from it what it shall not have.
func (t *tab) prepare(ctx context.Context) error {
	type question struct {
		id   devfetch.RequestID
		auth bool
	}
	questions := make(chan question, 16)
	dialogs := make(chan struct{}, 16)
	err := chromedp.Listen(ctx, func(ev any) {
		switch ev := ev.(type) {
		case *devfetch.EventRequestPaused:
			questions <- question{ev.RequestID, false}
		case *devfetch.EventAuthRequired:
			questions <- question{ev.RequestID, true}
		case *page.EventJavascriptDialogOpening:
			select {
			case dialogs <- struct{}{}:
			default:
			}
		case *network.EventRequestWillBeSent:
			t.moved(ev.RequestID, true)
		case *network.EventLoadingFinished:
			t.moved(ev.RequestID, false)
		case *network.EventLoadingFailed:
			t.moved(ev.RequestID, false)
		case *page.EventFrameNavigated:
			if ev.Frame.ParentID == "" {
				t.mu.Lock()
				t.frame, t.url, t.last = ev.Frame.ID, ev.Frame.URL, time.Now()
				clear(t.open) // what the page before it waited for
				t.mu.Unlock()
			}
		}
	})
	if err != nil {
		return err
	}
	go func() { // pages that ask and tell wait for an answer
		for {
			select {
			case <-ctx.Done():
				return
			case <-dialogs:
				_, _ = chromedp.Call(ctx, page.HandleJavaScriptDialog, page.HandleJavaScriptDialogParams{Accept: true})
			}
		}
	}()
	yes := true
	if _, err := chromedp.Call(ctx, devfetch.Enable, devfetch.EnableParams{HandleAuthRequests: &yes}); err != nil {
		return err
	}
	done := make(chan error, 1)
	go func() { done <- chromedp.Do(ctx, chromedp.Navigate(hello)) }()
	for asked := true; asked; {
		select {
		case q := <-questions:
			if q.auth {
				_, err = chromedp.Call(ctx, devfetch.ContinueWithAuth, devfetch.ContinueWithAuthParams{
					RequestID: q.id, AuthChallengeResponse: &devfetch.AuthChallengeResponse{Response: "ProvideCredentials", Username: "browser", Password: t.p.password},
				})
			} else {
				_, err = chromedp.Call(ctx, devfetch.ContinueRequest, devfetch.ContinueRequestParams{RequestID: q.id})
			}
		case err = <-done:
			asked = false
		}
		if err != nil {
			return err
		}
	}
	if _, err := chromedp.Call(ctx, devfetch.Disable, cdp.Empty{}); err != nil {
		return err
	}
	version, err := chromedp.CallBrowser(ctx, browser.GetVersion, cdp.Empty{})
	if err != nil {
		return err
	}
	t.program = strings.ReplaceAll(version.Product, "Headless", "")
	if _, err := chromedp.Call(ctx, emulation.SetUserAgentOverride, emulation.SetUserAgentOverrideParams{UserAgent: strings.ReplaceAll(version.UserAgent, "Headless", "")}); err != nil {
		return err
	}
	if _, err := chromedp.CallBrowser(ctx, browser.SetDownloadBehavior, browser.SetDownloadBehaviorParams{Behavior: "deny"}); err != nil {
		return err
	}
	if _, err := chromedp.Call(ctx, network.Enable, network.EnableParams{}); err != nil {
		return err
	}
	_, err = chromedp.Call(ctx, page.AddScriptToEvaluateOnNewDocument, page.AddScriptToEvaluateOnNewDocumentParams{Source: without})
	return err
}

// without takes from pages what does not go over HTTP.
const without = `for (const name of ["RTCPeerConnection", "webkitRTCPeerConnection", "WebTransport", "RTCDataChannel"]) delete globalThis[name]`

// load opens the page and waits for it.
func (t *tab) load(ctx context.Context, ref string) (*shown, error) {
	if _, err := chromedp.Call(ctx, page.Navigate, page.NavigateParams{URL: ref}); err != nil {
		return nil, err
	}
	if err := t.settle(ctx); err != nil {
		return nil, err
	}
	t.mu.Lock()
	at := t.url
	t.mu.Unlock()
	if at == hello || !strings.HasPrefix(at, "http") || t.p.noPage() { // a film, a paper, an error of its own
		return &shown{url: ref, noShot: errors.New("the browser showed no page")}, nil
	}
	const step = `window.scrollBy(0, innerHeight * 0.8), scrollY + innerHeight < Math.min(document.documentElement.scrollHeight, 40000) - 2`
	for range 60 { // pictures come when they are scrolled to
		more, err := evaluate[bool](ctx, t, step)
		if err != nil {
			return nil, err
		}
		if err := t.pause(ctx, 60*time.Millisecond); err != nil {
			return nil, err
		}
		if !more {
			break
		}
	}
	if _, err := evaluate[bool](ctx, t, `window.scrollTo(0, 0), true`); err != nil {
		return nil, err
	}
	if err := t.settle(ctx); err != nil {
		return nil, err
	}
	dom, err := evaluate[string](ctx, t, fmt.Sprintf("(%s)(%d)", serialise, maxDOM))
	if err != nil {
		return nil, err
	}
	if dom == "" {
		return nil, fmt.Errorf("the page that the scripts made: %w of %d bytes", fetch.ErrTooLarge, maxDOM)
	}
	s := &shown{dom: []byte(dom)}
	t.mu.Lock()
	s.url = t.url
	t.mu.Unlock()
	s.shot, s.noShot = screenshot(ctx)
	return s, nil
}

// moved notes that a request began or ended. Its end is here when the page has got the answer, which is later than the proxy gave it.
func (t *tab) moved(id network.RequestID, open bool) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.last = time.Now(); open {
		t.open[id] = true
	} else {
		delete(t.open, id)
	}
}

// idle reports for how long neither page nor workers have waited for anything.
func (t *tab) idle() time.Duration {
	t.mu.Lock()
	defer t.mu.Unlock()
	if len(t.open) > 0 {
		return 0
	}
	return min(t.p.idle(), time.Since(t.last))
}

// settle waits until nothing was asked for some time and nothing is left to do, or for so long that the page will not come to rest.
func (t *tab) settle(ctx context.Context) error {
	const rested = `new Promise(done => requestIdleCallback(() => done(document.readyState), {timeout: 2000}))`
	quiet := orElse(t.b.Settle, 700*time.Millisecond)
	end := time.Now().Add(20 * quiet)
	for t.p.failed() == nil && !t.p.noPage() && time.Now().Before(end) {
		if t.idle() >= quiet {
			state, err := evaluate[string](ctx, t, rested)
			if err != nil || state == "complete" && t.idle() >= quiet {
				return err
			}
		}
		if err := t.pause(ctx, quiet/10); err != nil {
			return err
		}
	}
	return t.p.failed()
}

func (t *tab) pause(ctx context.Context, d time.Duration) error {
	timer := time.NewTimer(d)
	defer timer.Stop()
	select {
	case <-timer.C:
		return nil
	case <-ctx.Done():
		return context.Cause(ctx)
	}
}

// evaluate runs an expression beside the page, in a world where the page's scripts have changed nothing.
func evaluate[T any](ctx context.Context, t *tab, expression string) (v T, err error) {
	for range 5 { // pages go elsewhere meanwhile
		t.mu.Lock()
		frame := t.frame
		t.mu.Unlock()
		world, e := chromedp.Call(ctx, page.CreateIsolatedWorld, page.CreateIsolatedWorldParams{FrameID: frame, WorldName: "samizdat"})
		if err = e; err != nil {
			continue
		}
		yes := true
		res, e := chromedp.Call(ctx, runtime.Evaluate, runtime.EvaluateParams{Expression: expression, ContextID: world.ExecutionContextID, ReturnByValue: &yes, AwaitPromise: &yes})
		if err = e; err != nil {
			continue
		}
		if res.ExceptionDetails != nil {
			return v, fmt.Errorf("the page cannot be read: %s", res.ExceptionDetails.Text)
		}
		return v, json.Unmarshal(res.Result.Value, &v)
	}
	return v, err
}

// screenshot draws the whole page, or the beginning of one that has no end, smaller if need be.
func screenshot(ctx context.Context) ([]byte, error) {
	m, err := chromedp.Call(ctx, page.GetLayoutMetrics, cdp.Empty{})
	if err != nil {
		return nil, err
	}
	clip := &page.Viewport{Width: width, Height: min(max(m.CSSContentSize.Height, height), maxHeight)}
	yes := true
	for _, try := range []struct {
		quality int64
		scale   float64
	}{{80, 1}, {60, 0.7}, {40, 0.5}} {
		clip.Scale = try.scale
		r, err := chromedp.Call(ctx, page.CaptureScreenshot, page.CaptureScreenshotParams{
			Format: page.CaptureScreenshotFormatJpeg, Quality: &try.quality, Clip: clip, CaptureBeyondViewport: &yes,
		})
		if err != nil {
			return nil, err
		}
		if len(r.Data) <= maxShot {
			return r.Data, nil
		}
	}
	return nil, fmt.Errorf("the screenshot: %w of %d bytes", fetch.ErrTooLarge, maxShot)
}
