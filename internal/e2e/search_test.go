package e2e

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/cdproto/emulation"
	"github.com/chromedp/cdproto/input"
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

// TestSearchAsReadersDo types what people type, with the script and without one: a form of a word that is not in the text, a
// typo, a phrase, a word that is everywhere, and what is no word at all.
func TestSearchAsReadersDo(t *testing.T) {
	r := startProgram(t, carryingLanguages(t))
	for _, script := range []bool{true, false} {
		t.Run(fmt.Sprintf("script %t", script), func(t *testing.T) {
			ctx, end := browser(t)
			if _, err := chromedp.Call(ctx, emulation.SetScriptExecutionDisabled, emulation.SetScriptExecutionDisabledParams{Value: !script}); err != nil {
				t.Fatal(err)
			}
			for _, c := range []struct{ typed, first, says string }{
				{"библиотекою соседей", "statement-story-ru.html", "библиотеки"}, // two inflected forms
				{"кітапханаларда", "statement-story-kk.html", "кітапханадан"},
				{"neihgbours", "", "neighbours"}, // offered
				{`"the flooded library"`, "statement-story-en.html", "the flooded library"},
				{`"library flooded"`, "", "Nothing found"},
				{"the", "", "the"},
				{"😀", "", "in letters or digits"},
				{`"`, "", "in letters or digits"},
				{strings.Repeat("x", 10_000), "", "The question is too long"},
			} {
				visit(t, ctx, r.url+"content/dossier/search.html")
				if len(c.typed) > 1000 { // pasted
					paste(t, ctx, c.typed)
					keys(t, ctx, kb.Enter)
				} else {
					keys(t, ctx, c.typed+kb.Enter)
				}
				await(t, func() bool {
					return eval[bool](t, ctx, `document.readyState == "complete" && location.search.startsWith("?q=") && document.querySelector("main") != null`)
				})
				main := eval[string](t, ctx, `document.querySelector("main").innerText`)
				first := eval[string](t, ctx, `(document.querySelector(".hits a") || {pathname: ""}).pathname`)
				if !strings.Contains(main, c.says) || c.first != "" && first != "/content/dossier/"+c.first {
					t.Errorf("%.40s: the first is %q, want %q; the page lacks %q:\n%.300s", c.typed, first, c.first, c.says, main)
				}
			}
			// The field takes less; an address takes what is put into it.
			visit(t, ctx, r.url+"content/dossier/search.html?q="+url.QueryEscape(strings.Repeat("я", 10_000)))
			if main := eval[string](t, ctx, `document.querySelector("main").innerText`); !strings.Contains(main, "The question is too long") {
				t.Errorf("10,000 letters in an address: %.300s", main)
			}
			if list := outside(t, end()); len(list) > 0 {
				t.Errorf("beyond this machine: %q", list)
			}
		})
	}
}

// TestSearchShelf looks for a Chinese title on a shelf of two archives, from the shelf's own form and while typing: the suggestions
// and the results say which archive they are from, and that it is not part of the program.
func TestSearchShelf(t *testing.T) {
	const head = `<!DOCTYPE html><html><head><meta charset="utf-8"><title>`
	one := foreignArchive(t, "one.zim", map[string]string{
		"index.html": head + `Cover</title></head><body>cover</body></html>`, "news.html": head + `北京大学新闻</title></head><body>昨天晚上北京大学的网络被切断。</body></html>`,
	})
	two := foreignArchive(t, "two.zim", map[string]string{"index.html": head + `Other</title></head><body>网络</body></html>`}, "--no-index")
	r := start(t, one, two)
	ctx, end := browser(t)
	visit(t, ctx, r.url)
	keys(t, ctx, "大学 网络"+kb.Enter)
	await(t, func() bool { return eval[bool](t, ctx, `document.querySelector(".hits mark") != null`) })
	main := eval[string](t, ctx, `document.querySelector("main").innerText`)
	for _, want := range []string{"Only titles, and no texts, are searched in: Foreign", "北京大学新闻", "a file of its own", "one"} {
		if !strings.Contains(main, want) {
			t.Errorf("the page of results lacks %q:\n%s", want, main)
		}
	}
	if got := eval[string](t, ctx, `[...document.querySelectorAll(".hits mark")].map(m => m.textContent).join(" ")`); got != "大学 网络" {
		t.Errorf("marked %q", got)
	}
	visit(t, ctx, r.url+"search")
	paste(t, ctx, "北京大")
	await(t, func() bool {
		return strings.Contains(eval[string](t, ctx, `document.getElementById("suggestions").innerText`), "北京大学新闻\nForeign · one · a file of its own")
	})
	keys(t, ctx, kb.ArrowDown+kb.Enter)
	await(t, func() bool {
		return strings.HasSuffix(eval[string](t, ctx, `location.pathname`), "/content/one/news.html")
	})
	// A form for one archive suggests from that one.
	visit(t, ctx, r.url+"search?content=two")
	asked := `performance.getEntriesByType("resource").map(e => e.name).filter(n => n.includes("/suggest?")).join(" ")`
	paste(t, ctx, "Cover")
	await(t, func() bool { return eval[string](t, ctx, asked) != "" })
	if got := eval[string](t, ctx, asked); !strings.Contains(got, "&content=two&term=Cover") {
		t.Errorf("asked for %s", got)
	}
	if list := outside(t, end()); len(list) > 0 {
		t.Errorf("beyond this machine: %q", list)
	}
}

// paste puts text into the search field at once.
func paste(t *testing.T, ctx context.Context, text string) {
	t.Helper()
	if err := chromedp.Do(ctx, chromedp.Focus(chromedp.CSS("#q"))); err != nil {
		t.Fatalf("focus: %v", err)
	}
	if _, err := chromedp.Call(ctx, input.InsertText, input.InsertTextParams{Text: text}); err != nil {
		t.Fatalf("paste: %v", err)
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
