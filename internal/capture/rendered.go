package capture

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"slices"

	"samizdat/internal/browser"
	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
)

// Renderer shows a page in a browser; *[browser.Browser] is one.
type Renderer interface {
	Render(ctx context.Context, ref string) (*browser.Page, error)
}

// open gets the page, with the browser if there is one.
func (r *run) open(ctx context.Context) (*fetch.Exchange, error) {
	if r.job.Browser == nil {
		x, err := r.get.Get(ctx, r.job.URL, fetch.Page)
		if x != nil {
			r.exchanges = append(r.exchanges, x)
		}
		return x, err
	}
	page, err := r.job.Browser.Render(ctx, r.job.URL)
	if err != nil {
		return nil, err
	}
	r.rendered = page
	r.exchanges = append(append(r.exchanges, page.Exchange), page.Others...)
	r.get = recorded{r.get, answers(r.exchanges)}
	return page.Exchange, nil
}

// recorded gives what the browser was given already, and gets the rest.
type recorded struct {
	get Getter
	had map[string]*fetch.Hop // by address
}

// answers are the answers to simple requests, the last to each.
func answers(list []*fetch.Exchange) map[string]*fetch.Hop {
	had := map[string]*fetch.Hop{}
	for _, x := range list {
		for _, h := range x.Hops {
			if h.Method == http.MethodGet {
				had[h.URL] = h
			}
		}
	}
	return had
}

// Get returns exchanges that share their bodies with those of the browser, which are closed with them.
func (g recorded) Get(ctx context.Context, ref string, purpose fetch.Purpose) (*fetch.Exchange, error) {
	x := &fetch.Exchange{URL: ref}
	for at := ref; ; {
		h := g.had[at]
		if h == nil || slices.Contains(x.Hops, h) {
			return g.get.Get(ctx, ref, purpose)
		}
		x.Hops = append(x.Hops, h)
		if to := h.Leads(); to != "" {
			at = to
			continue
		}
		if h.Status < 200 || h.Status > 299 {
			return x, fmt.Errorf("%s: %w", ref, &fetch.StatusError{Code: h.Status})
		}
		return x, nil
	}
}

// seen records that the page was shown by a browser, and keeps the picture of it.
func (r *run) seen(c *dossier.Capture) error {
	if r.rendered == nil {
		return nil
	}
	c.Method = "chrome"
	if c.Tool != "" && r.rendered.Program != "" {
		c.Tool += ", " + r.rendered.Program
	}
	if r.rendered.Screenshot == nil {
		c.Missing = append(c.Missing, dossier.Missing{URL: r.job.URL, Reason: "no screenshot: " + r.rendered.NoScreenshot.Error()})
		return nil
	}
	c.Screenshot = &dossier.CaptureFile{Name: r.job.name(ScreenshotFile)}
	return os.WriteFile(filepath.Join(r.job.Dir, c.Screenshot.Name), r.rendered.Screenshot, 0o666)
}
