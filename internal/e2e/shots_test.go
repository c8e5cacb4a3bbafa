package e2e

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/chromedp/chromedp"
)

// TestShots writes pictures of every page into the folder that SHOTS names, for people to look at: make shots.
func TestShots(t *testing.T) {
	dir := os.Getenv("SHOTS")
	if dir == "" {
		t.Skip("SHOTS names no folder; make shots does")
	}
	sheets := everySheet(t)
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
				shot, err := chromedp.Run(ctx, chromedp.FullScreenshot(100))
				if err != nil {
					t.Fatal(err)
				}
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
