package stick

import (
	"bytes"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"golang.org/x/net/html"

	"samizdat/internal/markup"
)

// elementsOf returns the elements of a page.
func elementsOf(t *testing.T, data []byte) []*html.Node {
	t.Helper()
	root, err := html.Parse(bytes.NewReader(data))
	if err != nil {
		t.Fatal(err)
	}
	var all []*html.Node
	for n := range root.Descendants() {
		if n.Type == html.ElementNode {
			all = append(all, n)
		}
	}
	return all
}

// harmless fails if a page that is opened from the disk could run or fetch anything.
func harmless(t *testing.T, data []byte) {
	t.Helper()
	ids, refs := map[string]bool{}, map[string]bool{}
	level := byte('0') // of the heading before
	for _, n := range elementsOf(t, data) {
		if len(n.Data) == 2 && n.Data[0] == 'h' && '1' <= n.Data[1] && n.Data[1] <= '6' {
			if n.Data[1] > level+1 {
				t.Errorf("<%s> follows a heading of level %c", n.Data, level)
			}
			level = n.Data[1]
		}
		switch n.Data {
		case "script", "iframe", "object", "embed", "base", "img", "link", "form", "video", "audio", "svg", "math":
			t.Errorf("there is a <%s>", n.Data)
		}
		for _, a := range n.Attr {
			switch {
			case strings.HasPrefix(a.Key, "on"), a.Key == "style", a.Key == "src", a.Key == "srcset", a.Key == "ping":
				t.Errorf("<%s %s=%q>", n.Data, a.Key, a.Val)
			case a.Key == "href" && !strings.HasPrefix(a.Val, "#"):
				t.Errorf("a link leads away: %q", a.Val)
			case a.Key == "href":
				refs[a.Val[1:]] = true
			case a.Key == "id" && ids[a.Val]:
				t.Errorf("id %q twice", a.Val)
			case a.Key == "id":
				ids[a.Val] = true
			}
		}
	}
	for ref := range refs {
		if !ids[ref] {
			t.Errorf("a link leads to #%s, which is not there", ref)
		}
	}
	if !bytes.Contains(data, []byte(`<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'sha256-`)) {
		t.Error("no policy")
	}
}

func TestStartPageHoldsTheTexts(t *testing.T) {
	dir := t.TempDir()
	m := dossier(t)
	stickIn(t, dir, m)
	data, err := os.ReadFile(filepath.Join(dir, startPage))
	if err != nil {
		t.Fatal(err)
	}
	harmless(t, data)
	for _, part := range []string{
		"<h1>Kazakhstan 2022</h1>", "On 2nd January 2022, mass protests broke out", // introduction
		"The gas that we produce is no longer available to us!", // first statement
		`<section id="statement-2">`, "Our solidarity goes out", // closing
		`<details lang="fa" dir="rtl">`, "Kiwix", "samizdat-windows-amd64.exe",
	} {
		if !bytes.Contains(data, []byte(part)) {
			t.Errorf("%s does not hold %q", startPage, part)
		}
	}
}

// An archive that is no dossier of ours gives a page without texts.
func TestStartPageOfOthers(t *testing.T) {
	dir := t.TempDir()
	report := stickIn(t, dir, build(t, "one", `<script>alert(1)</script>`, 10))
	data, err := os.ReadFile(filepath.Join(dir, startPage))
	if err != nil {
		t.Fatal(err)
	}
	harmless(t, data)
	if !bytes.Contains(data, []byte("<details open>")) || !bytes.Contains(data, []byte("&lt;script&gt;")) {
		t.Errorf("the page is %s", data)
	}
	if !strings.Contains(strings.Join(report.Notes, "\n"), "holds no texts") {
		t.Errorf("notes %q", report.Notes)
	}
}

// Whatever a page of an archive holds, what is made of it is harmless.
func TestTextIsMadeAgain(t *testing.T) {
	for in, want := range map[string]string{
		`<p onclick="x()" style="color:red" class="by evil">a<script>b()</script>c</p>`:   `<p class="by">ac</p>`,
		`<a href="javascript:x()">a</a><a href="//evil">b</a><a href="http://e/">c</a>`:   `abc`,
		`<a href="#p2">a</a> <a href="other.html#p3">b</a> <a href="other.html">c</a>`:    `<a href="#here-p2">a</a> <a href="#other-p3">b</a> <a href="#other">c</a>`,
		`<img src="x" onerror="y()" alt="a &lt;picture&gt;"><iframe srcdoc="x"></iframe>`: `[a &lt;picture&gt;]`,
		`<svg><script>x</script><p>y</p></svg><math><mtext></mtext></math>`:               ``,
		`<svg><path d="x"/><g></svg>a<p/>b</p>c</q>d`:                                     `a<p>b</p>cd`,
		`<p id="a">1</p><p id="a">2</p><p id="b c">3</p>`:                                 `<p id="here-a">1</p><p>2</p><p>3</p>`,
		`<form action="x"><input name="y"><button>z</button></form><blink>t</blink>`:      `t`,
		`<h1>One</h1><h6>Six</h6><p lang="ru" dir="rtl">x</p><p dir="evil">y</p>`:         `<h2>One</h2><h6>Six</h6><p lang="ru" dir="rtl">x</p><p>y</p>`,
		`<noscript><p>n</p></noscript><template><p>t</p></template><style>s</style>`:      ``,
		`<ol start="3"><li>x</ol><time datetime="2022">y</time><!-- <script> -->`:         `<ol start="3"><li>x</li></ol><time datetime="2022">y</time>`,

		"<pre>\n\nx</pre><textarea>\n<p></textarea><xmp><p></xmp>&eacute;&lt;": "<pre>\n\nx</pre>&lt;p&gt;é&lt;",

		`<b><i>x</b>y</i>z<br></br>`: `<b><i>x</i></b>yz<br>`,
	} {
		root, err := parse([]byte("<!DOCTYPE html><body>" + in))
		if err != nil {
			t.Fatal(err)
		}
		text := &text{pages: map[string]string{"here.html": "here-", "other.html": "other-"}, ids: map[string]bool{}}
		got := string(markup.Bytes(text.nodes(root.find(element("body")), "here.html", 1)))
		if got != want {
			t.Errorf("%s\ngives %s\nwant  %s", in, got, want)
		}
	}
}

func TestTooDeep(t *testing.T) {
	if _, err := parse([]byte(strings.Repeat("<b>", maxDepth+1))); !errors.Is(err, errDepth) {
		t.Errorf("got %v, want %v", err, errDepth)
	}
	if _, err := parse([]byte(strings.Repeat("<b><br>", maxDepth) + strings.Repeat("</b>", maxDepth) + "</b><b>")); err != nil {
		t.Error(err)
	}
}

// FuzzText feeds any page to what makes texts again; what comes out holds nothing that could act, and comes out the same
// when it goes in once more.
func FuzzText(f *testing.F) {
	f.Add(`<p onclick="x()">a<script>b()</script><a href="javascript:x">c</a></p>`)
	f.Add(`<svg><style><img src=x onerror=alert(1)></style></svg><math><mi><table><p></math>`)
	f.Add(`<table><tr><td><a id=x href=#x>y</table><pre>` + "\n\n" + `z</pre><select><option>q`)
	f.Fuzz(func(t *testing.T, page string) {
		again := func(page string) (made string, ok bool) {
			root, err := parse([]byte(page))
			if err != nil {
				return "", false // too deep
			}
			text := &text{pages: map[string]string{"here.html": ""}, ids: map[string]bool{}}
			return string(markup.Bytes(text.nodes(root, "here.html", 0))), true
		}
		once, ok := again(page)
		if !ok {
			return
		}
		if twice, ok := again(once); ok && twice != once {
			t.Errorf("%q gives %q, and that %q", page, once, twice)
		}
		for _, n := range elementsOf(t, []byte(once)) {
			if n.Data != "html" && n.Data != "head" && n.Data != "body" && !keptElements[n.Data] && n.Data != "colgroup" {
				t.Errorf("%q gives <%s>", page, n.Data)
			}
			for _, a := range n.Attr {
				if strings.HasPrefix(a.Key, "on") || a.Key == "style" || a.Key == "src" || a.Key == "href" && !strings.HasPrefix(a.Val, "#") {
					t.Errorf("%q gives <%s %s=%q>", page, n.Data, a.Key, a.Val)
				}
			}
		}
	})
}
