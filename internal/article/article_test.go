package article_test

import (
	"slices"
	"strings"
	"testing"

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
		"heading in an item": {"<ul><li><h2>a</h2>b</ul>", `<ul id="p1"><li><p><strong>a</strong></p>b</li></ul>`},
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
		html := string(markup.Bytes(doc.Body))
		for _, bad := range []string{"<script", "<iframe", "<svg", "<style", "<form", "<input"} {
			if strings.Contains(html, bad) {
				t.Errorf("%q gives %q", src, html)
			}
		}
		again, err := article.Render([]byte(html), options())
		if err != nil {
			t.Fatalf("what came out cannot be read: %v", err)
		}
		if squeezed(again.Text()) != squeezed(doc.Text()) {
			t.Errorf("%q: text %q, read again %q", src, doc.Text(), again.Text())
		}
	})
}

func squeezed(s string) string { return strings.Join(strings.Fields(s), "") }
