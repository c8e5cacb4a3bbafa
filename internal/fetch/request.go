package fetch

import (
	"context"
	"fmt"
	"net/http"
	"net/url"
	"slices"
	"strings"
)

// Request is what a browser wants to have.
type Request struct {
	Method   string // GET, HEAD, POST and the like
	URL      string
	Header   http.Header // what it sends besides Host; not changed
	Body     []byte
	Purpose  Purpose
	MaxBytes int64 // of the answer's body, if less than the client's

	wanted func(http.Header) int64 // of [Client.Peek]; nil is the whole body
}

func (r Request) most(limit int64) int64 {
	if r.MaxBytes > 0 {
		return min(limit, r.MaxBytes)
	}
	return limit
}

// repeatable reports whether asking twice does no more than asking once.
func (r Request) repeatable() bool { return r.Method == http.MethodGet || r.Method == http.MethodHead }

// header is what [Client.Get] sends.
func (c *Client) header() http.Header {
	return http.Header{
		"User-Agent":      {c.o.UserAgent},
		"Accept":          {"text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8"},
		"Accept-Encoding": {"gzip, br"},
	}
}

// personal are fields that a browser sends about the way to us, or that would make of an answer a part of one.
var personal = []string{
	"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Authorization", "Proxy-Connection", "Te", "Trailer", "Transfer-Encoding", "Upgrade",
	"Accept-Language", "Range", "If-Range", "If-None-Match", "If-Modified-Since", "If-Match", "If-Unmodified-Since", "Available-Dictionary", "Dictionary-Id",
}

// Send asks once for what a browser wants to have, and returns the answer whatever its status: to follow redirects is the
// browser's business. It obeys the rules that [Client.Get] has. The body of the Hop is removed by [Hop.Close].
func (c *Client) Send(ctx context.Context, r Request) (*Hop, error) {
	u, err := parse(r.URL)
	if err == nil && r.Purpose == Page && !c.o.IgnoreRobots {
		err = c.allowed(ctx, u)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.URL, err)
	}
	h := http.Header{}
	for name, values := range r.Header {
		if !slices.Contains(personal, http.CanonicalHeaderKey(name)) {
			h[name] = values
		}
	}
	h.Set("Accept-Encoding", decodable(r.Header.Values("Accept-Encoding")))
	if h.Get("User-Agent") == "" {
		h.Set("User-Agent", c.o.UserAgent)
	}
	r.Header = h
	hop, err := c.persist(ctx, u, r)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.URL, err)
	}
	return hop, nil
}

// Leads is the address that a redirect leads to; empty if the answer is none.
func (h *Hop) Leads() string {
	to := h.header.Get("Location")
	if h.Status < 300 || h.Status > 399 || h.Status == http.StatusNotModified || to == "" {
		return ""
	}
	base, err := url.Parse(h.URL)
	if err != nil {
		return ""
	}
	u, err := base.Parse(to)
	if err != nil {
		return ""
	}
	u.Fragment, u.RawFragment = "", ""
	return u.String()
}

// Close removes the body.
func (h *Hop) Close() error { return (&Exchange{Hops: []*Hop{h}}).Close() }

// decodable are the encodings that both the browser and [Hop.Open] know.
func decodable(fields []string) string {
	var both []string
	for _, f := range fields {
		for name := range strings.SplitSeq(f, ",") {
			name, _, _ = strings.Cut(strings.TrimSpace(name), ";")
			if slices.Contains([]string{"gzip", "deflate", "br", "zstd"}, name) {
				both = append(both, name)
			}
		}
	}
	if len(both) == 0 {
		return "identity"
	}
	return strings.Join(both, ", ")
}

// addCookies sends the editor's cookies; of two with one name, the editor's.
func addCookies(req *http.Request, own []*http.Cookie) {
	if len(own) == 0 {
		return
	}
	theirs := req.Cookies()
	req.Header.Del("Cookie")
	for _, k := range theirs {
		if !slices.ContainsFunc(own, func(o *http.Cookie) bool { return o.Name == k.Name }) {
			req.AddCookie(k)
		}
	}
	for _, k := range own {
		req.AddCookie(k)
	}
}
