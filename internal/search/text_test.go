package search

import (
	"strings"
	"testing"
)

// TestEndlessTags: a page of beginnings without ends is read once, not as often as it has beginnings; the first of these
// would take hours. Those are taken as libzim takes them.
func TestEndlessTags(t *testing.T) {
	const n = 1 << 19
	for begin, want := range map[string]string{
		"<!--x>":                           "",
		"<!x>":                             "",
		"<a b='>":                          "",
		`<a b="c'>`:                        "",
		"<b>&x":                            strings.Repeat("&x", n),
		"<meta name=keywords content='k'>": "",
		"</a ":                             "",
		"<script><!--x>":                   "",
	} {
		page := ReadHTML([]byte("<p>begin" + strings.Repeat(begin, n)))
		if page.Text != "begin"+want {
			t.Errorf("%q: %d bytes, %.40q, want %d", begin, len(page.Text), page.Text, len("begin"+want))
		}
	}
}

// TestFallbackEnds: a comment without an end of its own ends at the first bracket, and tags between that and the last
// bracket are seen.
func TestFallbackEnds(t *testing.T) {
	for html, want := range map[string]string{
		"a<!--x>b<i>c</i>d<!--y>e":                 "abcde",
		"a<!--x-->b<!--y>c<p>d":                    "abc d",
		"a<!--x>b<!-- whole -->c":                  "ac",
		"a<!--x>b<i title='q>c":                    "abc",
		"a<!--x>b<script>x</script>c<!-->d<!--->e": "ade",
	} {
		if got := ReadHTML([]byte(html)).Text; got != want {
			t.Errorf("%q: %q, want %q", html, got, want)
		}
	}
}
