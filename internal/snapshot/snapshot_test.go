package snapshot_test

import (
	"fmt"
	"net/url"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/snapshot"
)

func address(t testing.TB, s string) *url.URL {
	t.Helper()
	u, err := url.Parse(s)
	if err != nil {
		t.Fatal(err)
	}
	return u
}

// everything lies in files/ under the last part of its address.
func lies(r snapshot.Reference) string {
	if strings.Contains(r.URL, "gone") {
		return ""
	}
	name := r.URL[strings.LastIndexByte(r.URL, '/')+1:]
	name, _, _ = strings.Cut(name, "?")
	return "files/" + name
}

// body is what stands in the <body> of the snapshot of a fragment.
func body(t *testing.T, fragment string, o snapshot.Options) (string, []snapshot.Reference) {
	t.Helper()
	if o.Base == nil {
		o.Base = address(t, "https://news.example/2022/story.html")
	}
	if o.File == nil {
		o.File = lies
	}
	out, refs, err := snapshot.Page([]byte(fragment), o)
	if err != nil {
		t.Fatal(err)
	}
	_, s, ok := strings.Cut(string(out), "<body")
	if !ok {
		t.Fatalf("no body: %s", out)
	}
	_, s, _ = strings.Cut(s, ">")
	return strings.TrimSuffix(s, "</body></html>"), refs
}

func TestPage(t *testing.T) {
	const page = `<!-- saved --><html lang=ru onload=x()><head><base href="/img/"><meta http-equiv=refresh content="0;url=//x"><meta charset=windows-1251>
<meta name=Description content="d"><meta name=referrer content=unsafe-url><title>Т &lt;b></title>
<link rel=dns-prefetch href=//cdn.example><link rel=stylesheet href=a.css?v=1 media=screen integrity=x><link rel="shortcut icon" href=i.ico>
<link rel=preload as=style href=late.css onload="this.rel='stylesheet'"><link rel=stylesheet href=gone.css><style>p{background:url(x.png)}</style></head>
<body class=c onclick=x()><script>x()</script><p onmouseover=x() style="background:url(../b.png)">Текст <a href="https://other.example/p?q=1" target=_blank>там</a>
<a href=#t>тут</a> <a href="javascript:x()">код</a></p></body></html>`
	out, refs, err := snapshot.Page([]byte(page), snapshot.Options{Base: address(t, "https://news.example/2022/story.html"), File: lies})
	if err != nil {
		t.Fatal(err)
	}
	const want = `<!DOCTYPE html><html lang="ru"><head><meta charset="utf-8"/>
<meta name="description" content="d"/><title>Т &lt;b&gt;</title>
<link rel="stylesheet" href="files/a.css" media="screen"/><link rel="icon" href="files/i.ico"/>
<link rel="stylesheet" href="files/late.css"/><style>p{background:url("files/x.png")}</style></head><body class="c"><p style="background:url(&#34;files/b.png&#34;)">Текст <a title="https://other.example/p?q=1">там</a>
<a href="#t">тут</a> <a>код</a></p></body></html>`
	if string(out) != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
	var list []string
	for _, r := range refs {
		list = append(list, r.Kind.String()+" "+r.URL)
	}
	if want := []string{
		"style https://news.example/img/a.css?v=1", "icon https://news.example/img/i.ico", "style https://news.example/img/late.css",
		"style https://news.example/img/gone.css", "picture https://news.example/img/x.png", "picture https://news.example/b.png",
	}; !slices.Equal(list, want) {
		t.Errorf("references\n%q, want\n%q", list, want)
	}
}

// One thing each.
func TestElements(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"picture":                  {`<img src=a.png alt=A width=3>`, `<img alt="A" width="3" src="files/a.png"/>`},
		"picture that is not here": {`<img src=gone.png alt=A>`, `<img alt="A"/>`},
		"picture held":             {`<img src="data:image/png;base64,AA">`, `<img src="data:image/png;base64,AA"/>`},
		"picture, SVG held":        {`<img src="data:image/svg+xml,gone<svg onload=x()>">`, `<img/>`},
		"counter":                  {`<img src=https://count.example/hit width=1 height=1>`, `<img width="1" height="1"/>`},
		"srcset":                   {`<img src=s.jpg srcset="m.jpg 800w, l.jpg 1600w, h.jpg 3200w" sizes=100vw>`, `<img src="files/l.jpg"/>`},
		"srcset by density":        {`<img src=s.jpg srcset="m.jpg 1.5x, l.jpg 3x">`, `<img src="files/m.jpg"/>`},
		"lazy":                     {`<img class=lazy src="data:image/gif;base64,R0" data-src="r.jpg">`, `<img class="lazy" data-src="r.jpg" src="files/r.jpg" style="opacity: 1 !important; visibility: visible !important"/>`},
		"lazy srcset":              {`<img src=blank.gif data-srcset="m.jpg 800w, l.jpg 1200w">`, `<img data-srcset="m.jpg 800w, l.jpg 1200w" src="files/l.jpg" style="opacity: 1 !important; visibility: visible !important"/>`},
		"noscript, repeated":       {`<img data-src="/r.jpg"><noscript><img src="/r.jpg"></noscript>`, `<img data-src="/r.jpg" src="files/r.jpg" style="opacity: 1 !important; visibility: visible !important"/>`},
		"noscript":                 {`<p>a<noscript>Turn it on! <b><img src=/r.jpg></b></noscript>`, `<p>a<img src="files/r.jpg"/></p>`},
		"noscript, counter":        {`a<noscript><img src=/hit width=1 height=1></noscript>`, `a`},
		"picture element":          {`<picture><source srcset="a.webp 1x, b.webp 2x" type=image/webp media="(min-width:1px)"><img src=a.jpg></picture>`, `<picture><source type="image/webp" media="(min-width:1px)" srcset="files/b.webp"/><img src="files/a.jpg"/></picture>`},
		"background":               {`<div data-bg="url('x/y.jpg')"></div>`, `<div data-bg="url(&#39;x/y.jpg&#39;)" style=";background-image:url(&#34;files/y.jpg&#34;)"></div>`},
		"video":                    {`<video autoplay muted loop poster=p.jpg src=v.mp4><track src=c.vtt kind=captions srclang=kk></video>`, `<video controls="" src="files/v.mp4" poster="files/p.jpg"><track kind="captions" srclang="kk" src="files/c.vtt"/></video>`},
		"sound":                    {`<audio><source src=a.ogg type=audio/ogg></audio>`, `<audio controls=""><source type="audio/ogg" src="files/a.ogg"/></audio>`},
		"form":                     {`<form action=/x class=f><label>N <input name=n></label><button formaction=x>go</button></form>`, `<div class="f"><span>N </span><span>go</span></div>`},
		"choice":                   {`<p><select name=l><option value=ru>Русский<option selected>Қазақша</select>`, `<p><span name="l" style="` + "display: inline-block; border: 1px solid; padding: 0.1em 0.3em; max-width: 100%; max-height: 8em; overflow: auto; vertical-align: top" + `"><span value="ru" style="display: block">Русский</span><span style="display: block; font-weight: bold">Қазақша</span></span></p>`},
		"text field":               {`<textarea rows=2>Words&lt;b></textarea>`, `<span style="display: inline-block; border: 1px solid; padding: 0.1em 0.3em; max-width: 100%; white-space: pre-wrap">Words&lt;b&gt;</span>`},
		"button":                   {`<input type=submit value=Send><input type=hidden value=secret><input type=password value=secret>`, `<span type="submit" value="Send" style="display: inline-block; border: 1px solid; padding: 0.1em 0.3em; max-width: 100%">Send</span>`},
		"frame":                    {`<iframe src="//tube.example/embed/1" title="A film" onload=x()></iframe>`, `<span style="display: block; border: 1px solid; padding: 0.5em; overflow-wrap: anywhere; height: auto">A film https://tube.example/embed/1</span>`},
		"frame, written":           {`<iframe srcdoc="<script>x()</script><p>said <img src=a.png>"></iframe>`, `<div><p>said <img src="files/a.png"/></p></div>`},
		"object, a drawing":        {`<object data=x.svg type=image/svg+xml>no drawing</object>`, `<img type="image/svg+xml" src="files/x.svg"/>`},
		"object":                   {`<object data=x.swf><p>no film</p></object>`, `<div><p>no film</p></div>`},
		"drawing":                  {`<p>a<svg viewbox="0 0 1 1" onload=x() class=i><script>x()</script><title>T</title><style>.a{fill:url(gone.png)}</style><text class=a>t</text><path d="M0 0" fill="url(gone.svg#y)"/></svg>b`, `<p>a<style>.a{fill:url("data:,")}</style><svg viewBox="0 0 1 1" class="i" aria-label="T"><text class="a">t</text><path d="M0 0" fill="url(&#34;data:,&#34;)"></path></svg>b</p>`},
		"drawing, parts":           {`<svg style="display:none"><symbol id=i><path d="M1 1"/></symbol></svg><svg><use xlink:href="#i"/><use href="/s.svg#j"/><image href=a.png /><a xlink:href="javascript:x()"><circle r=1 /></a><lineargradient id=g /></svg>`, `<svg style="display:none"><symbol id="i"><path d="M1 1"></path></symbol></svg><svg><use xlink:href="#i"></use><use></use><image href="files/a.png"></image><g><circle r="1"></circle></g><linearGradient id="g"></linearGradient></svg>`},
		"drawing, animated":        {`<svg><set attributename=href to="javascript:x()"/><animate attributeName=r from=1 to=2 /><animate attributeName=onclick values=x() /></svg>`, `<svg><animate attributeName="r" from="1" to="2"></animate></svg>`},
		"drawing, HTML in it":      {`<svg><foreignObject x=10 width=20 y=1 height=4><div onclick=x()>Label <b>one</b></div></foreignObject></svg>`, `<svg><text x="20" y="3" text-anchor="middle" dominant-baseline="central">Label one</text></svg>`},
		"formula":                  {`<p>a<math><mi>x</mi></math>b`, `<p>a x b</p>`},
		"own element":              {`<my-box class=b onclick=x()>t</my-box>`, `<span class="b">t</span>`},
		"template":                 {`a<template><script>x()</script></template>b`, `ab`},
		"dialog":                   {`<dialog>closed</dialog><dialog open>open</dialog>`, `<div open="">open</div>`},
		"link to this page":        {`<a href="story.html#p2">x</a>`, `<a href="#p2">x</a>`},
		"conditional comment":      {`a<!--[if IE]><script>x()</script><![endif]-->b`, `ab`},
		"odd attributes":           {`<p data-a"b=1 data-c=2 data-d="//x" aria-label=l ping=x>`, `<p data-c="2" aria-label="l"></p>`},
		"style in a table":         {`<table><style>a{}</style><tr><td background=x.png bgcolor=red>1</table>`, `<table><style>a{}</style><tbody><tr><td bgcolor="red">1</td></tr></tbody></table>`},
		"raw text":                 {`<xmp><script>x()</script></xmp><noembed><script>x()</script></noembed>z`, `z`},
		"style that ends":          {`<style>a::after{content:"\3c/style><script>x()</script>"}</style>`, `<style>a::after{content:"\3c /style>\3c script>x()\3c /script>"}</style>`},
	} {
		t.Run(name, func(t *testing.T) {
			got, _ := body(t, "<!DOCTYPE html><body>"+c.in, snapshot.Options{})
			if strings.TrimSpace(got) != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
			}
		})
	}
}

// Attributes of <html> and <head> are held against the same lists: pages name vocabularies there.
func TestHeadIsHeldAgainstTheLists(t *testing.T) {
	out, _, err := snapshot.Page([]byte(`<html prefix="og: http://ogp.me/ns#" lang=en><head prefix="og: http://ogp.me/ns#" onload=x() profile=//x.example id=h><title>T</title></head><body>b`), snapshot.Options{})
	if want := `<!DOCTYPE html><html lang="en"><head id="h"><meta charset="utf-8"/><title>T</title></head><body>b</body></html>`; err != nil || string(out) != want {
		t.Errorf("got  %s, %v\nwant %s", out, err, want)
	}
}

func TestFramesetBecomesAddresses(t *testing.T) {
	got, refs := body(t, `<html><head><title>x</title></head><frameset cols="1,2"><frame src=menu.html><frame src=text.html></frameset></html>`, snapshot.Options{})
	if !strings.Contains(got, "https://news.example/2022/menu.html") || !strings.Contains(got, "https://news.example/2022/text.html") || len(refs) != 2 {
		t.Errorf("got %s, %v", got, refs)
	}
}

func TestLinks(t *testing.T) {
	got, _ := body(t, `<a href="/a b?c=&d#e">1</a><a href="javascript:x()">2</a><a href="//u:p@x.example">3</a><a href="#f">4</a><a href="mailto:x@y">5</a>`, snapshot.Options{Links: true})
	if want := `<a href="https://news.example/a%20b?c=&amp;d">1</a><a>2</a><a>3</a><a href="#f">4</a><a>5</a>`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestFrameIsShownInPlace(t *testing.T) {
	o := snapshot.Options{Frame: func(r snapshot.Reference) ([]byte, *url.URL, bool) {
		return []byte(`<base href=/pics/><style>*{display:none}</style><p>said <img src=a.png><iframe src=deeper.html></iframe><script>x()</script><b><style>body{display:none}</style><link rel=stylesheet href=all.css></b>`), address(t, r.URL), true
	}}
	got, refs := body(t, `<iframe class=k src="https://post.example/1"></iframe>`, o)
	if want := `<div class="k"><p>said <img src="files/a.png"/><span style="display: block; border: 1px solid; padding: 0.5em; overflow-wrap: anywhere; height: auto">https://post.example/pics/deeper.html</span><b></b></p></div>`; got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
	if len(refs) != 2 || refs[1].URL != "https://post.example/pics/a.png" {
		t.Errorf("references %v", refs)
	}
}

func TestChoices(t *testing.T) {
	_, refs := body(t, `<img data-src=lazy.jpg src=s.jpg srcset="m.jpg 800w, l.jpg 3000w">`, snapshot.Options{})
	if got := fmt.Sprint(refs); len(refs) != 1 || got != "[{https://news.example/2022/lazy.jpg picture [https://news.example/2022/m.jpg https://news.example/2022/l.jpg https://news.example/2022/s.jpg]}]" {
		t.Errorf("references %s", got)
	}
}

func TestDeepPages(t *testing.T) {
	for name, page := range map[string]string{
		"div":    strings.Repeat("<div>", 3000) + "word<img src=a.png>" + strings.Repeat("</div>", 3000) + "<p>after",
		"b":      strings.Repeat("<b>", 100000) + "word<img src=a.png>" + "<p>after",
		"tables": strings.Repeat("<table><tr><td>", 2000) + "word<img src=a.png>" + strings.Repeat("</table>", 2000) + "<p>after",
	} {
		t.Run(name, func(t *testing.T) {
			got, refs := body(t, page, snapshot.Options{})
			if !strings.Contains(got, "word") || !strings.Contains(got, "after") || len(refs) != 1 {
				t.Errorf("%d bytes, references %v", len(got), refs)
			}
		})
	}
}

func FuzzPage(f *testing.F) {
	for _, s := range []string{
		`<p style="background:url(x)">`, `<svg><style><img src=x onerror=1></style></svg>`, `<noscript><p title="</noscript><img src=x onerror=1>">`,
		`<style>@import "x"; a{b:image-set("c" 2x)}</style>`, `<math><mtext><table><mglyph><style><!--</style><img title="--&gt;&lt;img src=1 onerror=1&gt;">`,
		`<form><math><mtext></form><form><mglyph><style></math><img src onerror=1>`, `<a href=" java	script:1">`, `<frameset><frame src=x>`, "<title><!--</title><b>",
		`<img srcset="a (x, b) 1x, c">`, `<iframe src=x></iframe><select><template><p>`, `<textarea><p></textarea><plaintext>x`, `<body background=x><table background=y>`,
	} {
		f.Add(s)
	}
	base := address(f, "https://x.example/y/")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1<<16 {
			return
		}
		o := snapshot.Options{Base: base, File: func(r snapshot.Reference) string {
			if r.Kind == snapshot.Style {
				return "files/s.css"
			}
			return "files/x"
		}}
		o.Import = func(r snapshot.Reference) ([]byte, *url.URL, bool) { return []byte(s), base, true }
		o.Frame = func(r snapshot.Reference) ([]byte, *url.URL, bool) { return []byte(s), base, true }
		out, _, err := snapshot.Page([]byte(s), o)
		if err != nil {
			t.Fatal(err)
		}
		o.Links = true
		if _, _, err := snapshot.Page([]byte(s), o); err != nil {
			t.Fatal(err)
		}
		o.Base = nil
		if again, _, err := snapshot.Page(out, o); err != nil {
			t.Fatalf("the snapshot of a snapshot: %v\n%s\n%s", err, out, again)
		}
	})
}
