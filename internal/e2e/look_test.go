package e2e

import (
	"context"
	"testing"

	"github.com/chromedp/cdproto/cdp"
	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/network"
	"github.com/chromedp/chromedp"
)

// look is how somebody's machine shows pages.
type look struct {
	width   int64
	dark    bool
	forced  bool // colours of the system only
	reduced bool // no motion
}

// as makes the browser show pages like that.
func as(t *testing.T, ctx context.Context, l look) {
	t.Helper()
	feature := func(name string, on bool, yes, no string) *emulation.MediaFeature {
		if on {
			no = yes
		}
		return &emulation.MediaFeature{Name: name, Value: no}
	}
	media := emulation.SetEmulatedMediaParams{Features: []*emulation.MediaFeature{
		feature("prefers-color-scheme", l.dark, "dark", "light"),
		feature("forced-colors", l.forced, "active", "none"),
		feature("prefers-reduced-motion", l.reduced, "reduce", "no-preference"),
	}}
	err := chromedp.Do(ctx, chromedp.EmulateViewport(l.width, 800), chromedp.Func(
		func(ctx context.Context, target *chromedp.Target) error {
			_, err := cdp.Call(ctx, target, emulation.SetEmulatedMedia, media)
			return err
		},
	))
	if err != nil {
		t.Fatal(err)
	}
}

// open shows a sheet with all its details unfolded.
func open(t *testing.T, ctx context.Context, s sheet) {
	t.Helper()
	headers := network.Headers{}
	if s.accept != "" {
		headers["Accept-Language"] = s.accept
	}
	err := chromedp.Do(ctx, chromedp.Func(func(ctx context.Context, target *chromedp.Target) error {
		_, err := cdp.Call(ctx, target, network.SetExtraHTTPHeaders, network.SetExtraHTTPHeadersParams{Headers: headers})
		return err
	}))
	if err != nil {
		t.Fatal(err)
	}
	visit(t, ctx, s.url)
	got := eval[string](t, ctx, `for (const d of document.querySelectorAll("details")) d.open = true; document.documentElement.lang`)
	if got != s.lang {
		t.Fatalf("%s is in %q, want %q", s.url, got, s.lang)
	}
}
