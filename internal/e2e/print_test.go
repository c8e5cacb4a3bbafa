package e2e

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestPrint prints every page of the dossier and reads the paper: the text is on it, every address in full, what was
// folded is unfolded, and nothing that can only be pressed.
func TestPrint(t *testing.T) {
	pdftotext := judge(t, "pdftotext")
	u := unpackEvery(t)
	base := u.serve(t)
	ctx, _ := browserFor(t, 5*time.Minute)
	as(t, ctx, look{width: 1280, dark: true}) // paper is white whatever the screen is
	for _, name := range u.pages {
		visit(t, ctx, base+name)
		// Not unfolded by hand: the style sheet must do it.
		pdf, err := chromedp.Run(ctx, chromedp.PrintToPDF(chromedp.PDFPaper(chromedp.PaperA4), chromedp.PDFPreferCSSPageSize()))
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		file := filepath.Join(t.TempDir(), "page.pdf")
		if err := os.WriteFile(file, pdf, 0o666); err != nil {
			t.Fatal(err)
		}
		paper := squeezed(output(t, pdftotext, "-enc", "UTF-8", "-raw", file, "-"))
		want := eval[[]string](t, ctx, `[...document.querySelectorAll("main .addr, main dd code")].map(e => e.textContent)`)
		if strings.HasPrefix(name, "statement-") && len(want) < 2 {
			t.Errorf("%s has no address or no digest: %q", name, want)
		}
		if dir := eval[string](t, ctx, `getComputedStyle(document.documentElement).direction`); dir == "ltr" {
			// Text from right to left comes out of a PDF in the order of its shapes.
			want = append(want, eval[[]string](t, ctx, `[...document.querySelectorAll("h1, .text p")]
				.filter(e => ![e, ...e.querySelectorAll("bdi")].some(n => getComputedStyle(n).direction == "rtl")).map(e => e.textContent)`)...)
		}
		for _, w := range want {
			if !strings.Contains(paper, squeezed(w)) {
				t.Errorf("%s on paper lacks %q", name, w)
			}
		}
		for _, w := range eval[[]string](t, ctx, `[...document.querySelectorAll(".skip, button, .btn, .bar nav a")].map(e => e.className == "skip" ? e.textContent : "")`) {
			if w != "" && strings.Contains(paper, squeezed(w)) {
				t.Errorf("%s on paper has %q, which is no use there", name, w)
			}
		}
	}
}
