package webpage

import (
	"strings"

	"golang.org/x/net/html"
)

// Many pages keep the address of a picture in an attribute of their own until a script sees that it is scrolled to.
var (
	lazySources = []string{
		"data-src", "data-lazy-src", "data-original", "data-lazy", "data-original-src", "data-orig-file", "data-img-src", "data-image",
		"data-full-src", "data-hi-res-src", "data-large-file", "data-srcs", "data-echo", "data-url", "data-zoom-image", "data-actualsrc",
	}
	lazySets        = []string{"data-srcset", "data-lazy-srcset", "data-original-set", "data-original-srcset"}
	lazyBackgrounds = []string{"data-bg", "data-background", "data-background-image", "data-bg-src", "data-lazy-background", "data-bgset"}
)

// Lazy returns the addresses that an <img> or a <source> keeps for a script: single ones, and values of srcset.
func Lazy(n *html.Node) (sources, sets []string) {
	for _, name := range lazySets {
		if v := attr(n, name); v != "" {
			sets = append(sets, v)
		}
	}
	if n.Data == "img" {
		for _, name := range lazySources {
			if v := attr(n, name); strings.ContainsAny(v, "/.") && !strings.ContainsAny(v, " {}") {
				sources = append(sources, v)
			}
		}
	}
	return sources, sets
}

// LazyBackground returns the background that a script would set; empty if there is none.
func LazyBackground(n *html.Node) string {
	for _, name := range lazyBackgrounds {
		v := attr(n, name)
		if inner, ok := strings.CutPrefix(v, "url("); ok {
			v = strings.Trim(strings.TrimSuffix(inner, ")"), `"' `)
		}
		if strings.ContainsAny(v, "/.") && !strings.ContainsAny(v, " \"'\n") {
			return v
		}
	}
	return ""
}
