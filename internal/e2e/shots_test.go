//go:build shots

package e2e

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestShots writes pictures of every page into the folder that SHOTS names, for people to look at: make shots. With
// SHOTS_ONLY, a regular expression, only of those whose language and name it finds ("fa/damaged").
func TestShots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		t.Fatal("SHOTS names no folder: make shots does")
	}
	only, err := regexp.Compile(os.Getenv("SHOTS_ONLY"))
	if err != nil {
		t.Fatal(err)
	}
	sheets := slices.DeleteFunc(everySheet(t), func(s sheet) bool { return !only.MatchString(s.lang + "/" + s.name) })
	ctx, _ := browserFor(t, 20*time.Minute)
	n := 0
	for _, dark := range []bool{false, true} {
		theme := "light"
		if dark {
			theme = "dark"
		}
		for _, width := range []int64{390, 1280} {
			as(t, ctx, look{width: width, dark: dark})
			for _, s := range sheets {
				open(t, ctx, s)
				shot := picture(t, ctx)
				name := fmt.Sprintf("%s-%d-%s.png", strings.TrimSuffix(s.name, ".html"), width, theme)
				if err := os.MkdirAll(filepath.Join(dir, s.lang), 0o777); err != nil {
					t.Fatal(err)
				}
				if err := os.WriteFile(filepath.Join(dir, s.lang, name), shot, 0o666); err != nil {
					t.Fatal(err)
				}
				n++
			}
		}
	}
	t.Logf("%d pictures in %s", n, dir)
}

// picture takes the whole page. One that fits the screen is taken as it is shown: Chromium 156 takes what goes beyond by
// the width of its window, of 500 pixels at least, and a short page from right to left then slides out of the picture.
func picture(t *testing.T, ctx context.Context) []byte {
	t.Helper()
	take := chromedp.FullScreenshot(100)
	if eval[bool](t, ctx, `document.documentElement.scrollHeight <= innerHeight`) {
		take = chromedp.CaptureScreenshot()
	}
	shot, err := chromedp.Run(ctx, take)
	if err != nil {
		t.Fatal(err)
	}
	return shot
}
