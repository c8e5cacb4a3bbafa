package article_test

import (
	"slices"
	"strconv"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"samizdat/internal/article"
	"samizdat/internal/markup"
)

func options() article.Options {
	return article.Options{
		Title: "The title",
		Link:  func(url string) string { return "outside.html#x" },
		File: func(name string) string {
			if name == "files/a.png" || name == "files/a.mp4" {
				return "captured/one/" + name
			}
			return ""
		},
	}
}

func render(t *testing.T, src string) (*article.Document, string) {
	t.Helper()
	doc, err := article.Render([]byte(src), options())
	if err != nil {
		t.Fatal(err)
	}
	return doc, strings.ReplaceAll(string(markup.Bytes(doc.Body)), "\n", "")
}

func TestRender(t *testing.T) {
	for name, c := range map[string]struct{ src, want string }{
		"paragraphs":            {"<p>a  b</p>\n<p>c<br>d</p>", `<p id="p1">a b</p><p id="p2">c<br>d</p>`},
		"empty ones go":         {"<p> </p><p>&nbsp;a</p><div></div>", "<p id=\"p1\">\u00a0a</p>"},
		"wrappers":              {"<div><section><p>a</p><div>b <i>c</i></div></section></div>d", `<p id="p1">a</p><p id="p2">b <i>c</i></p><p id="p3">d</p>`},
		"the title again":       {"<h1>The  title</h1><p>a</p>", `<p id="p1">a</p>`},
		"headings":              {"<h2>a</h2><h5>b</h5><h2>c</h2>", `<h2>a</h2><h3>b</h3><h2>c</h2>`},
		"headings from the top": {"<p>x</p><h4>a</h4><h5>b</h5>", `<p id="p1">x</p><h2>a</h2><h3>b</h3>`},
		"lists":                 {"<ol start=3><li>a<li><p>b</p><ul><li>c</ul></ol>", `<ol id="p1" start="3"><li>a</li><li><p>b</p><ul><li>c</li></ul></li></ol>`},
		"what is no item":       {"<ul>a<li>b</ul>", `<ul id="p1"><li>a</li><li>b</li></ul>`},
		"terms":                 {"<dl><div><dt>a<dd>b</div></dl>", `<dl id="p1"><dt>a</dt><dd>b</dd></dl>`},
		"quotation":             {"<blockquote>a<p>b</blockquote>", `<blockquote id="p1"><p>a</p><p>b</p></blockquote>`},
		"code":                  {"<pre>\na\n b</pre>", `<pre id="p1" tabindex="0"><code>a b</code></pre>`},
		"figure": {
			"<figure><a href=https://x.example/><img src=files/a.png alt=A width=10 height=x></a><figcaption>b</figcaption></figure>",
			`<figure id="p1"><img src="captured/one/files/a.png" alt="A" width="10"><figcaption>b</figcaption></figure>`,
		},
		"picture without words": {"<p><img src=files/a.png></p>", `<p id="p1"><img src="captured/one/files/a.png" alt=""></p>`},
		"picture not there":     {"<p>a<img src=files/z.png></p>", `<p id="p1">a</p>`},
		"table": {
			"<table><caption>c</caption><tr><th scope=col colspan=2>a<td rowspan=0>b</table>",
			`<div class="wide" tabindex="0" id="p1"><table><caption>c</caption><tbody><tr><th colspan="2" scope="col">a</th><td>b</td></tr></tbody></table></div>`,
		},
		"film":               {"<video><source src=files/a.mp4></video>", `<figure id="p1"><video controls preload="metadata" playsinline aria-label="The title" src="captured/one/files/a.mp4"></video></figure>`},
		"links":              {"<p><a href=https://x.example/>a</a> <a href=#x>b</a> <a href=javascript:1>c</a></p>", `<p id="p1"><a href="outside.html#x">a</a> b c</p>`},
		"languages":          {"<p lang=fa>a <q lang=ru>b</q> <span lang='x\"y'>c</span></p>", `<p id="p1" lang="fa" dir="rtl">a <q lang="ru" dir="ltr">b</q> c</p>`},
		"what acts":          {"<p onclick=1 style=x class=y>a<script>1</script><iframe>2</iframe><svg><text>3</text></svg></p><style>p{}</style><form><input>b</form>", `<p id="p1">a</p><p id="p2">b</p>`},
		"signs":              {"<p>&lt;script&gt; &amp;amp;</p>", `<p id="p1">&lt;script&gt; &amp;amp;</p>`},
		"heading in an item": {"<ul><li><h2>a</h2>b</ul>", `<ul id="p1"><li><p><strong>a</strong></p><p>b</p></li></ul>`},

		"a run is one paragraph":      {"<blockquote>a <em>b</em>, <a href=https://x.example/>c</a><br><code>d</code></blockquote>", `<blockquote id="p1"><p>a <em>b</em>, <a href="outside.html#x">c</a><br><code>d</code></p></blockquote>`},
		"a run in the body":           {"<h2>x</h2>a <b>b</b> c<p>d</p> <i>e</i>f", `<h2>x</h2><p id="p1">a <b>b</b> c</p><p id="p2">d</p><p id="p3"><i>e</i>f</p>`},
		"a run in a cell":             {"<table><tr><td>a <b>b</b> c<p>d", `<div class="wide" tabindex="0" id="p1"><table><tbody><tr><td><p>a <b>b</b> c</p><p>d</p></td></tr></tbody></table></div>`},
		"one line and a list":         {"<ul><li>a <b>b</b><ul><li>c</ul></ul>", `<ul id="p1"><li>a <b>b</b><ul><li>c</li></ul></li></ul>`},
		"blocks in what is for lines": {"<font color=red><p>a</p><div>b</div></font><b><h2>c</h2>d</b>", `<p id="p1">a</p><p id="p2">b</p><h2><b>c</b></h2><p id="p3"><b>d</b></p>`},
		"a link around blocks":        {"<a href=https://x.example/><h2>a</h2><p>b<i>c</i></p></a>", `<h2><a href="outside.html#x">a</a></h2><p id="p1"><a href="outside.html#x">b<i>c</i></a></p>`},
		"a link in a link":            {"<a href=https://x.example/><table><tr><td><a href=https://x.example/>a</a>", `<div class="wide" tabindex="0" id="p1"><table><tbody><tr><td><a href="outside.html#x">a</a></td></tr></tbody></table></div>`},
		"a run through both":          {"a <b>b<p>c</p>d</b> e", `<p id="p1">a <b>b</b></p><p id="p2"><b>c</b></p><p id="p3"><b>d</b> e</p>`},
		"deep down":                   {"<span><span><i><span><p>a</p><p>b</p></span></i></span></span>", `<p id="p1"><i>a</i></p><p id="p2"><i>b</i></p>`},
		"a paragraph around a table":  {"<p>a<table><tr><td>b</table>c", `<p id="p1">a</p><div class="wide" tabindex="0" id="p2"><table><tbody><tr><td>b</td></tr></tbody></table></div><p id="p3">c</p>`},

		"direction":                 {"<p dir=rtl>a</p><p dir=LTR lang=fa>b</p><p dir=up>c</p><pre dir=rtl>d</pre>", `<p id="p1" dir="rtl">a</p><p id="p2" lang="fa" dir="ltr">b</p><p id="p3">c</p><pre id="p4" dir="rtl" tabindex="0"><code>d</code></pre>`},
		"language of a wrapper":     {"<div lang=fa><p>a</p>b<p lang=ru>c</p><ul><li>d</ul></div>", `<p id="p1" lang="fa" dir="rtl">a</p><p id="p2" lang="fa" dir="rtl">b</p><p id="p3" lang="ru" dir="ltr">c</p><ul id="p4" lang="fa" dir="rtl"><li>d</li></ul>`},
		"language inside a run":     {"a<span lang=fa>b<p>c</p></span>", `<p id="p1">a<span lang="fa" dir="rtl">b</span></p><p id="p2" lang="fa" dir="rtl">c</p>`},
		"language of rows":          {"<table><tbody lang=fa><tr><td>a<td lang=ru>b", `<div class="wide" tabindex="0" id="p1"><table><tbody><tr lang="fa" dir="rtl"><td>a</td><td lang="ru" dir="ltr">b</td></tr></tbody></table></div>`},
		"no language":               {"<p lang=english-of-a-kind>a</p><p lang=en_GB>b</p><p lang=qqx-1>c</p>", `<p id="p1">a</p><p id="p2" lang="en-GB" dir="ltr">b</p><p id="p3">c</p>`},
		"time":                      {"<p><time datetime=2021-02-03>a</time> <time datetime=yesterday>b</time> <time datetime='2021-02-30'>c</time> <time>d</time></p>", `<p id="p1"><time datetime="2021-02-03">a</time> b c d</p>`},
		"sizes":                     {"<p><img src=files/a.png width=010 height=0><img src=files/a.png width=100% height=-1></p>", `<p id="p1"><img src="captured/one/files/a.png" alt="" width="10"><img src="captured/one/files/a.png" alt=""></p>`},
		"what a picture would show": {"<p><img src=files/z.png alt=A></p>", `<p id="p1">A</p>`},

		"said without a term":      {"<dl><dd>a<dd>b<dl><dd>c</dl></dl>", `<p id="p1">a</p><p id="p2">b</p><p id="p3">c</p>`},
		"a term without more":      {"<dl><dt>a</dl>", `<p id="p1">a</p>`},
		"what is no term":          {"<dl>x<dt>a<dd>b</dl>", `<p id="p1">x</p><p id="p2">a</p><p id="p3">b</p>`},
		"two captions":             {"<figure><figcaption>a</figcaption><img src=files/a.png><figcaption>b</figcaption></figure>", `<figure id="p1"><figcaption><p>a</p><p>b</p></figcaption><img src="captured/one/files/a.png" alt=""></figure>`},
		"two captions of a table":  {"<table><caption>a</caption><caption>b</caption><tr><td>c</table>", `<div class="wide" tabindex="0" id="p1"><table><caption><p>a</p><p>b</p></caption><tbody><tr><td>c</td></tr></tbody></table></div>`},
		"a table in a caption":     {"<table><caption>a<table><tr><td>b</table></caption><tr><td>c</table>", `<div class="wide" tabindex="0" id="p1"><div>a<div class="wide" tabindex="0"><table><tbody><tr><td>b</td></tr></tbody></table></div></div><table><tbody><tr><td>c</td></tr></tbody></table></div>`},
		"words in a figure":        {"<figure>a <b>b</b><img src=files/a.png></figure>", `<figure id="p1"><p>a <b>b</b><img src="captured/one/files/a.png" alt=""></p></figure>`},
		"figures in a figure":      {"<figure><figure><img src=files/a.png><figcaption>a</figcaption></figure><figure><video src=files/a.mp4></video></figure><figcaption>b</figcaption></figure>", `<figure id="p1"><figure><img src="captured/one/files/a.png" alt=""><figcaption>a</figcaption></figure><figure><video controls preload="metadata" playsinline aria-label="The title" src="captured/one/files/a.mp4"></video></figure><figcaption>b</figcaption></figure>`},
		"a list in a list":         {"<ul><ul><li>a</ul><b><li>b</li></b></ul>", `<ul id="p1"><li><ul><li>a</li></ul></li><li><b>b</b></li></ul>`},
		"items without a list":     {"<li>a<li>b", `<p id="p1">a</p><p id="p2">b</p>`},
		"how a list counts":        {"<ol type=a start=x><li value=7>b</ol>", `<ol id="p1" type="a"><li value="7">b</li></ol>`},
		"the foot of a table":      {"<table><tfoot><tr><td>b</tfoot><tr><td>a<tr></tr></table>", `<div class="wide" tabindex="0" id="p1"><table><tbody><tr><td>a</td></tr></tbody><tbody><tr><td>b</td></tr></tbody></table></div>`},
		"lines of a heading":       {"<h1><div>a</div>b<p>c</p></h1>", `<h2>a<br>b<br>c</h2>`},
		"a picture as a heading":   {"<h2><img src=files/a.png alt=A></h2>", `<p><img src="captured/one/files/a.png" alt="A"></p>`},
		"lines of code":            {"<pre><code><div>a</div><div> b</div></code>c<br><b>d</b><script>x</script></pre>", `<pre id="p1" tabindex="0"><code>a bc<br><b>d</b></code></pre>`},
		"a film in code":           {"<pre>a\nb<video src=files/a.mp4></video></pre>", `<pre id="p1" tabindex="0"><code>ab</code></pre><figure id="p2"><video controls preload="metadata" playsinline aria-label="The title" src="captured/one/files/a.mp4"></video></figure>`},
		"a film in a figure":       {"<figure><a href=https://x.example/><video src=files/a.mp4 title=T poster=files/a.png></video></a><figcaption>a</figcaption></figure>", `<figure id="p1"><video controls preload="metadata" playsinline aria-label="T" src="captured/one/files/a.mp4" poster="captured/one/files/a.png"></video><figcaption>a</figcaption></figure>`},
		"a film in a quotation":    {"<blockquote><video src=files/a.mp4></video></blockquote>", `<blockquote id="p1"><figure><video controls preload="metadata" playsinline aria-label="The title" src="captured/one/files/a.mp4"></video></figure></blockquote>`},
		"a film among words":       {"<p>a <b><audio src=files/a.mp4></audio></b> c</p>", `<p id="p1">a</p><figure id="p2"><audio controls preload="metadata" aria-label="The title" src="captured/one/files/a.mp4"></audio></figure><p id="p3">c</p>`},
		"a film in an item":        {"<ul><li><video src=files/a.mp4></video></ul>", `<ul id="p1"><li><figure><video controls preload="metadata" playsinline aria-label="The title" src="captured/one/files/a.mp4"></video></figure></li></ul>`},
		"the source that is there": {"<audio><source src=files/z.mp4><source src=files/a.mp4>x</audio>", `<figure id="p1"><audio controls preload="metadata" aria-label="The title" src="captured/one/files/a.mp4"></audio></figure>`},
		"a film that is not there": {"<video src=files/z.mp4><p>a</p>b</video>", `<p id="p1">a</p><p id="p2">b</p>`},
		"captions of a film": {
			"<video src=files/a.mp4><track src=files/a.png srclang=fa label='x  y' default kind=captions><track src=files/a.png srclang=ru default><track src=files/a.png><track src=files/z.vtt></video>",
			`<figure id="p1"><video controls preload="metadata" playsinline aria-label="The title" src="captured/one/files/a.mp4">` +
				`<track kind="captions" src="captured/one/files/a.png" srclang="fa" label="x y" default>` +
				`<track kind="subtitles" src="captured/one/files/a.png" srclang="ru"><track kind="captions" src="captured/one/files/a.png"></video></figure>`,
		},
	} {
		t.Run(name, func(t *testing.T) {
			if _, got := render(t, c.src); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.src, got, c.want)
			}
		})
	}
}

func TestText(t *testing.T) {
	doc, _ := render(t, "<h1>The title</h1><p>a <b>b</b></p><ul><li>c</ul><table><tr><td>d</table><pre>e</pre>")
	if want := []string{"a b", "c", "d", "e"}; !slices.Equal(doc.Paragraphs, want) {
		t.Errorf("paragraphs %q, want %q", doc.Paragraphs, want)
	}
	if doc.Text() != "a b\n\nc\n\nd\n\ne" {
		t.Errorf("text %q", doc.Text())
	}
}

func TestTooDeep(t *testing.T) {
	if _, err := article.Render([]byte(strings.Repeat("<div>", 100_000)), options()); err == nil {
		t.Error("a page that is nested 100000 times was read")
	}
}

// No word is lost and none comes twice, however elements stand in each other; and nothing takes long.
func TestEveryWord(t *testing.T) {
	opening := []string{
		"<p>", "<div>", "<b>", "<a href=https://x.example/>", "<blockquote>", "<ul>", "<li>", "<dl>", "<dt>", "<dd>", "<figure>", "<figcaption>",
		"<table>", "<caption>", "<tr>", "<td>", "<pre>", "<h2>", "<video src=files/z.mp4>", "<span lang=fa>",
	}
	few := []string{"<p>", "<b>", "<a href=https://x.example/>", "<li>", "<dd>", "<table>", "<h2>"}
	for _, a := range opening {
		for _, b := range opening {
			for _, c := range few {
				src := "1" + a + "2" + b + "3" + c + "4<br>5" + strings.Replace(strings.Fields(c)[0], "<", "</", 1) + ">6<i>7</i>"
				checkWords(t, src)
			}
		}
	}
	for _, a := range opening {
		checkWords(t, strings.Repeat(a+"x", 200))
		checkWords(t, strings.Repeat("<dl><b>"+a, 150)+strings.Repeat("<p>x</p>", 500))
	}
}

func checkWords(t *testing.T, src string) {
	t.Helper()
	opts := options()
	opts.Title = ""
	doc, err := article.Render([]byte(src), opts)
	if err != nil {
		return // too deep
	}
	root, err := html.ParseWithOptions(strings.NewReader(src), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Fatal(err)
	}
	var in strings.Builder
	shown(&in, root)
	out := string(markup.Bytes(doc.Body))
	again, err := html.ParseWithOptions(strings.NewReader(out), html.ParseOptionEnableScripting(false))
	if err != nil {
		t.Errorf("%.300q: what came out cannot be read: %v", src, err)
		return
	}
	var got strings.Builder
	shown(&got, again)
	// Captions and feet of tables change their places, so letters are compared, not their order.
	want := letters(in.String())
	if letters(got.String()) != want || letters(doc.Text()) != want {
		t.Errorf("%.300q\n gives %.600q\n  text %.300q", src, out, doc.Text())
	}
}

// shown writes the text in n that a browser shows.
func shown(b *strings.Builder, n *html.Node) {
	for c := range n.ChildNodes() {
		switch {
		case c.Type == html.TextNode:
			b.WriteString(c.Data)
		case c.Type == html.ElementNode && c.Namespace == "" &&
			!slices.Contains([]string{"script", "style", "template", "noscript", "iframe", "object", "title", "textarea", "select", "noembed", "noframes", "head"}, c.Data):
			shown(b, c)
		}
	}
}

func letters(s string) string {
	all := []rune(squeezed(s))
	slices.Sort(all)
	return string(all)
}

// A page is read once, not once for every element around it.
func BenchmarkDeep(b *testing.B) {
	for _, depth := range []int{1, 100, 400} {
		src := []byte(strings.Repeat("<div><b>", depth/2) + strings.Repeat("<p>a <i>b</i></p>", 20_000))
		b.Run(strconv.Itoa(depth), func(b *testing.B) {
			for b.Loop() {
				if _, err := article.Render(src, options()); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

// What comes out, read again, comes out the same: nothing in it is read as something else.
func FuzzRender(f *testing.F) {
	f.Add("<p>a<b>c</p><table><tr><td><ul><li>x</table><h3>y")
	f.Add("<pre>\n\nx</pre><blockquote><dl><dt>a<p>b")
	f.Fuzz(func(t *testing.T, src string) {
		src = strings.ReplaceAll(strings.ToValidUTF8(src, ""), "\x00", "") // Load lets no other text through
		doc, err := article.Render([]byte(src), options())
		if err != nil {
			return
		}
		out := string(markup.Bytes(doc.Body))
		for _, bad := range []string{"<script", "<iframe", "<svg", "<style", "<form", "<input"} {
			if strings.Contains(out, bad) {
				t.Errorf("%q gives %q", src, out)
			}
		}
		again, err := article.Render([]byte(out), options())
		if err != nil {
			t.Fatalf("what came out cannot be read: %v", err)
		}
		if low := strings.ToLower(src); !strings.Contains(low, "alt") && !strings.Contains(low, "files/a.") {
			checkWords(t, src) // of a picture or a film either the words are shown or the thing
		}
		if squeezed(again.Text()) != squeezed(doc.Text()) {
			t.Errorf("%q: text %q, read again %q", src, doc.Text(), again.Text())
		}
	})
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }
