package e2e

import (
	"context"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
	"github.com/chromedp/chromedp/kb"
)

// TestSearchByTyping types into the search page: titles are suggested, the arrow keys choose, and Enter leads there. The
// form alone finds words too, by way of the page's own address.
func TestSearchByTyping(t *testing.T) {
	r := start(t)
	ctx, end := browser(t)
	base := r.url + "content/dossier/"
	visit(t, ctx, base+"search.html")
	keys(t, ctx, "upris")
	await(t, func() bool {
		return eval[string](t, ctx, `document.getElementById("q").getAttribute("aria-expanded")`) == "true"
	})
	await(t, func() bool {
		return strings.Contains(eval[string](t, ctx, `document.getElementById("suggestions").textContent`), "Uprising")
	})
	if got := eval[string](t, ctx, `document.querySelector("#suggestions [role=option]").textContent`); !strings.Contains(got, "Uprising") {
		t.Errorf("suggested %q", got)
	}
	keys(t, ctx, kb.ArrowDown)
	if got := eval[string](t, ctx, `document.getElementById("q").getAttribute("aria-activedescendant")`); got != "suggestion-0" {
		t.Errorf("chosen %q", got)
	}
	to := eval[string](t, ctx, `document.getElementById("suggestion-0").dataset.url`)
	keys(t, ctx, kb.Enter)
	await(t, func() bool {
		return eval[string](t, ctx, `location.pathname`) == to
	})

	visit(t, ctx, base+"search.ru.html")
	keys(t, ctx, "liquefied gas"+kb.Enter)
	await(t, func() bool { return strings.Contains(eval[string](t, ctx, `location.search`), "q=liquefied") })
	if got := eval[string](t, ctx, `[...document.querySelectorAll(".hits mark")].map(m => m.textContent).join(" ")`); !strings.Contains(got, "liquefied gas") {
		t.Errorf("marked %q", got)
	}
	if list := outside(t, end()); len(list) > 0 {
		t.Errorf("beyond this machine: %q", list)
	}
}

// keys types into the search field.
func keys(t *testing.T, ctx context.Context, text string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.SendKeys(chromedp.CSS("#q"), text)); err != nil {
		t.Fatalf("type %q: %v", text, err)
	}
}

// await waits until ok says yes, which in these tests is a matter of a moment.
func await(t *testing.T, ok func() bool) {
	t.Helper()
	for range 200 {
		if ok() {
			return
		}
		time.Sleep(25 * time.Millisecond)
	}
	t.Fatal("it does not come about")
}
