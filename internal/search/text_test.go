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

// TestReadMain: of a page of ours only what it says itself is read, and furniture without an end takes no more than the rest.
func TestReadMain(t *testing.T) {
	for page, want := range map[string]string{
		`<body><header>frame</header><main id="main"><p class="folio"><span>Statement</span> 6 of 7</p><h1>Title</h1><p>Own <b>words</b></p>` +
			`<aside class="stamp" aria-labelledby="prov"><h2 id="prov">Where this comes from</h2><dl><dt>Language</dt></dl></aside>` +
			`<section class="box" aria-labelledby="cap"><h2>Not here</h2></section><aside class="side" aria-labelledby="note">A note</aside>` +
			`<nav class="order"><a>Next</a></nav><p>last</p></main><footer>frame</footer>`: "Title Own words A note last",
		`<main>one<p class="folio">two</main>three`:      "one",
		`<main>a NOINDEX b<p class="help">c</p>d</main>`: "a NOINDEX b d",
		`<main>1 < 2<p class="folios">two</p></main>`:    "1 < 2 two",
		`<p>no main</p><p class="folio">all</p>`:         "no main all",
	} {
		if got := ReadMain([]byte(page)); got.Text != want || got.NoIndex {
			t.Errorf("ReadMain(%s) = %q, want %q; not to be indexed: %t", page, got.Text, want, got.NoIndex)
		}
	}
}
