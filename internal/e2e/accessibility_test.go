package e2e

import (
	"os"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestAxe lets axe-core look at every page, in light and dark, on a wide and on a narrow screen. axe comes in through the
// debugging protocol: the pages' own policy forbids scripts.
func TestAxe(t *testing.T) {
	axe, err := os.ReadFile(module(t, "axe-core/axe.min.js"))
	if err != nil {
		t.Fatal(err)
	}
	type result struct {
		Version    string
		Found      []string // violations, with their places
		Unsure     []string // what axe leaves to people
		Passed     []string // rules
		Violations int
	}
	const run = `axe.run(document, {
	runOnly: {type: "tag", values: ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"]},
	rules: {"target-size": {enabled: true}, "frame-tested": {enabled: false}}, iframes: false, // what is in a frame is somebody else's page, as it was
}).then(r => ({
	Version: axe.version, Violations: r.violations.length, Passed: r.passes.map(p => p.id),
	Found: r.violations.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" ") + ": " + n.failureSummary + " " + n.html)),
	Unsure: r.incomplete.flatMap(v => v.nodes.map(n => v.id + ": " + n.target.join(" "))),
}))`
	inject := string(axe) + ";0"

	sheets := everySheet(t)
	ctx, end := browserFor(t, 30*time.Minute)
	passed, unsure, runs := map[string]int{}, map[string]int{}, 0
	for _, dark := range []bool{false, true} {
		for _, width := range []int64{1280, 390} {
			as(t, ctx, look{width: width, dark: dark})
			for _, s := range sheets {
				open(t, ctx, s)
				eval[int](t, ctx, inject)
				r := eval[result](t, ctx, run)
				if !strings.HasPrefix(r.Version, "4.14.") {
					t.Fatalf("axe-core is %s, want 4.14", r.Version)
				}
				if r.Violations > 0 {
					t.Errorf("%s, %d wide, dark %v: %d violations%s", s.name, width, dark, r.Violations, list(r.Found))
				}
				for _, id := range r.Passed {
					passed[id]++
				}
				for _, id := range r.Unsure {
					unsure[id]++
				}
				runs++
			}
		}
	}
	// That nothing was found must not mean that nothing was looked at.
	for _, id := range []string{"color-contrast", "target-size", "region", "heading-order", "html-has-lang", "landmark-one-main"} {
		if passed[id] < runs*9/10 {
			t.Errorf("axe passed %s on %d of %d pages only", id, passed[id], runs)
		}
	}
	if len(unsure) > 0 {
		t.Errorf("axe could not decide: %v", unsure)
	}
	t.Logf("axe: %d runs, %d rules", runs, len(passed))
	// And it must find what is wrong.
	eval[int](t, ctx, `const faint = document.createElement("p"); faint.textContent = "faint"; faint.style.cssText = "color: #777; background: #888";
	document.querySelector("main").prepend(document.createElement("img"), faint); scrollTo(0, 0); 0`)
	faults := eval[result](t, ctx, run).Found
	for _, id := range []string{"image-alt", "color-contrast"} {
		if !slices.ContainsFunc(faults, func(f string) bool { return strings.HasPrefix(f, id+":") }) {
			t.Errorf("axe does not find a fault of %s that was made on purpose", id)
		}
	}
	if out := outside(t, end()); len(out) > 0 {
		t.Errorf("the browser asked beyond this machine: %q", out)
	}
}

// wide are the elements that reach out of the page sideways; what can be scrolled by itself may.
const wide = `(() => {
	const root = document.documentElement, over = root.scrollWidth - root.clientWidth;
	if (over <= 0) return [];
	const scrolls = e => { for (; e && e != document.body; e = e.parentElement) if (/auto|scroll/.test(getComputedStyle(e).overflowX)) return true; return false };
	const out = [...document.body.querySelectorAll("*")].filter(e => {
		const r = e.getBoundingClientRect();
		return r.width && (r.right > root.clientWidth + 1 || r.left < -1) && !e.matches(".skip") && !scrolls(e.parentElement);
	}).map(e => e.tagName.toLowerCase() + "." + e.className + ": " + e.textContent.trim().slice(0, 60));
	return ["the page is " + over + " px too wide", ...out.slice(0, 5)];
})()`

// TestReflow looks for pages that must be scrolled sideways at 320 px, and with text of twice the size, and for text that
// does not grow.
func TestReflow(t *testing.T) {
	sheets := everySheet(t)
	ctx, _ := browserFor(t, 15*time.Minute)
	const sizes = `[...document.querySelectorAll("body *")].filter(e => [...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()))
		.map(e => parseFloat(getComputedStyle(e).fontSize))`
	for _, width := range []int64{320, 640, 1280} {
		as(t, ctx, look{width: width})
		for _, s := range sheets {
			open(t, ctx, s)
			if over := eval[[]string](t, ctx, wide); len(over) > 0 {
				t.Errorf("%s, %d px wide: %s", s.name, width, list(over))
			}
			before := eval[[]float64](t, ctx, sizes)
			eval[int](t, ctx, `document.documentElement.style.fontSize = "200%"; 0`)
			if over := eval[[]string](t, ctx, wide); len(over) > 0 {
				t.Errorf("%s, %d px wide, text of 200 %%: %s", s.name, width, list(over))
			}
			after := eval[[]float64](t, ctx, sizes)
			for i := range before {
				// The cover's heading is 64 px at most, and large enough before.
				if after[i] < 2*before[i]-0.1 && after[i] < 60 {
					t.Errorf("%s, %d px wide: text %d grows from %g px to %g px only", s.name, width, i, before[i], after[i])
				}
			}
		}
	}
}

// TestFocus goes through every page with the Tab key: everything that can be used has its turn, in the order of the
// text, and is seen with an outline.
func TestFocus(t *testing.T) {
	sheets := everySheet(t)
	ctx, _ := browserFor(t, 10*time.Minute)
	const usable = `(() => {
	window.usable = [...document.querySelectorAll("a[href], button, input, select, textarea, summary, [tabindex='0']")]
		.filter(e => e.checkVisibility({visibilityProperty: true}) && !e.disabled && e.type != "hidden");
	return usable.length })()`
	type seen struct {
		At    int // in usable; -1 is none of them
		Name  string
		Fault string
	}
	const focused = `(() => {
	const e = document.activeElement, s = getComputedStyle(e), r = e.getBoundingClientRect(), root = document.documentElement;
	const at = usable.indexOf(e), name = e.tagName.toLowerCase() + " " + (e.textContent.trim() || e.name || "").slice(0, 40);
	let fault = "";
	if (s.outlineStyle == "none" || parseFloat(s.outlineWidth) < 2) fault = "has no outline";
	else if (s.outlineColor == getComputedStyle(document.body).backgroundColor) fault = "has an outline in the colour of the page";
	else if (r.width < 1 || r.height < 1) fault = "has no size";
	else if (r.bottom < 0 || r.top > innerHeight || r.right < 0 || r.left > root.clientWidth) fault = "is not on the screen";
	else {
		const b = e.getClientRects()[0], top = document.elementFromPoint(b.x + b.width / 2, b.y + b.height / 2);
		if (top && b.y + b.height / 2 < innerHeight && !e.contains(top) && !top.contains(e)) fault = "is covered by " + top.tagName;
	}
	return {At: at, Name: name, Fault: fault} })()`
	const elsewhere = `new Promise(done => { let looked = 0; const look = () => {
		const e = document.activeElement;
		if (e.matches("video, audio")) done(true);
		else if (!e.matches("iframe, body:has(iframe)")) done(false);
		else if (++looked == 30) done(true);
		else setTimeout(look, 10) }; look() })`
	for _, l := range []look{{width: 1280}, {width: 320, dark: true}} {
		as(t, ctx, l)
		for _, s := range sheets {
			open(t, ctx, s)
			n := eval[int](t, ctx, usable)
			if n < 3 && !strings.HasPrefix(s.name, "missing") {
				t.Errorf("%s has only %d elements that can be used", s.name, n)
			}
			for i := range n {
				// Players have several stops of the browser's own, and frames those of their pages. A frame of another site is
				// another process, which hands the focus on when it comes to it.
				for tabs := 0; ; tabs++ {
					if err := chromedp.Do(ctx, chromedp.KeyEvent("\t")); err != nil {
						t.Fatal(err)
					}
					if tabs == 20 || !eval[bool](t, ctx, elsewhere) {
						break
					}
				}
				f := eval[seen](t, ctx, focused)
				if f.Fault != "" {
					t.Errorf("%s, %d px wide: after %d Tabs %q %s", s.name, l.width, i+1, f.Name, f.Fault)
				}
				if f.At != i {
					t.Errorf("%s, %d px wide: Tab %d reaches %q, number %d in the page", s.name, l.width, i+1, f.Name, f.At+1)
					break
				}
			}
		}
	}
}

// unseen are texts in the colour of what is behind them, or nearly.
const unseen = `(() => {
	const rgba = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length == 3 ? [...m, 1] : m };
	const light = c => c.slice(0, 3).map(v => v / 255).map(v => v <= .04045 ? v / 12.92 : ((v + .055) / 1.055) ** 2.4)
		.reduce((sum, v, i) => sum + v * [.2126, .7152, .0722][i], 0);
	const canvas = document.body.appendChild(document.createElement("i"));
	canvas.style.color = "Canvas";
	const sheet = rgba(getComputedStyle(canvas).color);
	canvas.remove();
	const behind = e => { for (; e; e = e.parentElement) { const c = rgba(getComputedStyle(e).backgroundColor); if (c[3] > .5) return c } return sheet };
	const found = [];
	for (const e of document.body.querySelectorAll("*")) {
		if (![...e.childNodes].some(n => n.nodeType == 3 && n.data.trim()) && !e.matches("input")) continue;
		if (!e.checkVisibility()) continue;
		const s = getComputedStyle(e), a = light(rgba(s.color)), b = light(behind(e));
		const ratio = (Math.max(a, b) + .05) / (Math.min(a, b) + .05);
		if (ratio < 4.5 || s.opacity < .5) found.push(e.tagName.toLowerCase() + "." + e.className + " " + ratio.toFixed(1) + ": " + e.textContent.trim().slice(0, 40));
	}
	return found })()`

// TestForcedColours looks for text that cannot be seen when the system dictates the colours, and for buttons, fields and
// panels that lose their edges.
func TestForcedColours(t *testing.T) {
	sheets := everySheet(t)
	ctx, _ := browserFor(t, 5*time.Minute)
	const bare = `[...document.querySelectorAll("button, .btn, input:not([type=checkbox], [type=radio]), select, .stamp")].filter(e => e.checkVisibility()).filter(e => {
		const s = getComputedStyle(e);
		return s.borderTopStyle == "none" || parseFloat(s.borderTopWidth) < 1 || s.borderTopColor == getComputedStyle(document.body).backgroundColor;
	}).map(e => e.tagName + "." + e.className)`
	for _, dark := range []bool{false, true} {
		as(t, ctx, look{width: 1280, dark: dark, forced: true})
		for _, s := range sheets {
			open(t, ctx, s)
			if !eval[bool](t, ctx, `matchMedia("(forced-colors: active)").matches`) {
				t.Fatal("the browser does not force colours")
			}
			if found := eval[[]string](t, ctx, unseen); len(found) > 0 {
				t.Errorf("%s, dark %v: text that cannot be seen: %s", s.name, dark, list(found))
			}
			if found := eval[[]string](t, ctx, bare); len(found) > 0 {
				t.Errorf("%s, dark %v: without an edge: %s", s.name, dark, list(found))
			}
			if !eval[bool](t, ctx, `[...document.querySelectorAll("[aria-current]")].every(e => getComputedStyle(e).fontWeight >= 600)`) {
				t.Errorf("%s, dark %v: the current page is marked by a colour only", s.name, dark)
			}
		}
	}
	eval[int](t, ctx, `const e = document.querySelector("h1"); e.style.forcedColorAdjust = "none"; e.style.color = e.style.backgroundColor = "#123456"; 0`)
	if found := eval[[]string](t, ctx, unseen); len(found) == 0 {
		t.Error("text made invisible on purpose is not found")
	}
}

// TestReducedMotion looks for anything that moves although the reader asked for rest.
func TestReducedMotion(t *testing.T) {
	sheets := everySheet(t)
	ctx, _ := browserFor(t, 5*time.Minute)
	as(t, ctx, look{width: 1280, reduced: true})
	for _, s := range sheets {
		open(t, ctx, s)
		moving := eval[[]string](t, ctx, `[...document.querySelectorAll("*")].filter(e => {
			const s = getComputedStyle(e);
			return s.transitionDuration.split(", ").some(d => parseFloat(d) > 0) || (s.animationName || "none") != "none" || s.scrollBehavior == "smooth";
		}).map(e => e.tagName + "." + e.className).concat(document.getAnimations().map(a => "animation " + a.id),
			[...document.querySelectorAll("video[autoplay], audio[autoplay], marquee")].map(e => e.tagName))`)
		if len(moving) > 0 {
			t.Errorf("%s moves: %s", s.name, list(moving))
		}
		if found := eval[[]string](t, ctx, unseen); len(found) > 0 {
			t.Errorf("%s: text that cannot be seen: %s", s.name, list(found))
		}
	}
}

// TestLanguageSwitch checks that the pages that lead to other languages agree about them.
func TestLanguageSwitch(t *testing.T) {
	u := unpackEvery(t)
	ctx, _ := browserFor(t, 5*time.Minute)
	base := u.serve(t)
	type language struct{ Lang, Href, Name, Current string }
	const read = `[...document.querySelectorAll(".langs a[hreflang]")].map(a => ({Lang: a.hreflang, Href: a.href,
		Name: a.textContent.trim(), Current: a.getAttribute("aria-current") || ""}))`
	var first []string
	switches := 0
	for _, name := range u.pages {
		visit(t, ctx, base+name)
		here := eval[string](t, ctx, `document.documentElement.lang`)
		langs := eval[[]language](t, ctx, read)
		if len(langs) == 0 {
			continue
		}
		switches++
		var names []string
		for _, l := range langs {
			names = append(names, l.Lang)
			if (l.Current == "page") != (l.Lang == here) {
				t.Errorf("%s is in %s; its switch marks %s with aria-current=%q", name, here, l.Lang, l.Current)
			}
			if a := get(t, l.Href, ""); a.status != 200 || a.lang != l.Lang {
				t.Errorf("%s: %s leads to %s, which answers %d in %q", name, l.Name, l.Href, a.status, a.lang)
			}
		}
		if first == nil {
			first = names
		}
		if !slices.Equal(names, first) {
			t.Errorf("%s offers the languages %q, other pages %q", name, names, first)
		}
	}
	if first == nil {
		// A dossier with one language has no switch; then all pages are in it.
		langs := map[string]bool{}
		for _, name := range u.pages {
			langs[langOf(t, name, u.read(t, name))] = true
		}
		if len(langs) != 1 {
			t.Errorf("no page has a switch between the languages %v", langs)
		}
		return
	}
	count := map[string]int{}
	for _, name := range u.pages {
		count[langOf(t, name, u.read(t, name))]++
	}
	for _, l := range first {
		if count[l] != count[first[0]] {
			t.Errorf("there are %d pages in %s and %d in %s", count[l], l, count[first[0]], first[0])
		}
	}
	t.Logf("%d pages with a switch: %v", switches, count)
}
