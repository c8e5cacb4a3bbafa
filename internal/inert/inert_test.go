package inert_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/inert"
)

// rules allow two files beside the page.
func rules() inert.Rules {
	return inert.Rules{Dir: "articles/one", Has: func(name string) bool {
		return name == "articles/one/files/a.png" || name == "articles/one/files/b c.css"
	}}
}

func said(faults []inert.Fault) []string {
	var list []string
	for _, f := range faults {
		list = append(list, fmt.Sprintf("%d:%d %s", f.Line, f.Column, f.What))
	}
	return list
}

func TestHarmless(t *testing.T) {
	const page = `<!DOCTYPE html>
<html lang="ru"><head><meta charset="UTF-8"><title>Заголовок &lt;script></title>
<meta name="viewport" content="width=device-width">
<link rel="icon" href="data:,"><link rel="stylesheet" href="files/b%20c.css" media="screen">
<style>@media print { p { color: red } } q::before { content: "\201C" } .x { background: url( "files/a.png" ) } .y { background: url(data:image/png;base64,AAAA) }</style>
</head><body style="margin:0; background: url('files/a.png')" class="a b" data-x="1" aria-hidden="true">
<!-- a remark --><a name="top"></a><a href="#top">up</a>
<picture><source srcset="files/a.png 1x, files/a.png 2x"><img src="files/a.png" srcset="files/a.png 640w" alt="x" sizes="(min-width: 1px) 2px, 3px"></picture>
<table border=1 cellpadding=0><tr><td bgcolor=red>1</table>
<video controls poster="files/a.png"><track src="files/a.png"></video>
<p onclick-free>text < text & text</p>
</body></html>
`
	r := rules()
	r.Whole = true
	files, faults := inert.Page([]byte(strings.Replace(page, " onclick-free", "", 1)), r)
	if len(faults) > 0 {
		t.Errorf("faults: %q", said(faults))
	}
	if want := []string{"articles/one/files/b c.css", "articles/one/files/a.png"}; !slices.Equal(files, want) {
		t.Errorf("files %q, want %q", files, want)
	}
}

// One fault each.
func TestFaults(t *testing.T) {
	for name, c := range map[string]struct{ page, want string }{
		"script":             {"<p>\n<script>alert(1)</script>", "2:1 <script> is not allowed"},
		"script in capitals": {"<SCRIPT>1</SCRIPT>", "1:1 <script> is not allowed"},
		"handler":            {"<p>x\n  <b class=x onclick=alert(1)>", "2:14 <b onclick> is an event handler"},
		"handler, slashes":   {"<img/src=files/a.png/onerror=1>", `1:6 <img src> refers to "files/a.png/onerror=1", and the capture has no such file`},
		"form":               {"<form action=x>", "1:1 <form> is not allowed"},
		"field":              {"<input>", "1:1 <input> is not allowed"},
		"frame":              {"<iframe srcdoc='<script>'></iframe>", "1:1 <iframe> is not allowed"},
		"foreign content":    {"<svg><style><img src=x onerror=1></style></svg>", "1:1 <svg> is not allowed"},
		"formulas":           {"<math>", "1:1 <math> is not allowed"},
		"raw text":           {"<noscript><p></noscript>", "1:1 <noscript> is not allowed"},
		"template":           {"<template>", "1:1 <template> is not allowed"},
		"base":               {"<base href=//x>", "1:1 <base> is not allowed"},
		"unknown element":    {"<x-y>", "1:1 <x-y> is not allowed"},
		"refresh":            {"<meta http-equiv=refresh content=0>", "1:1 <meta> is allowed with a charset, or with a name of those that only describe the page|1:7 <meta http-equiv> is not allowed"},
		"policy for the referrer": {
			"<meta name=referrer content=unsafe-url>",
			"1:1 <meta> is allowed with a charset, or with a name of those that only describe the page",
		},
		"another charset":       {`<meta charset="koi8-r">`, `1:1 the page says that its charset is "koi8-r"`},
		"preconnect":            {"<link rel=preconnect href=files/a.png>", `1:1 <link rel="preconnect"> is not allowed`},
		"parentheses in srcset": {"<img alt='' src=a.png srcset='a.png ((x), http://x.example/b.png 1x'>", `1:13 <img src> refers to "a.png", and the capture has no such file|1:23 <img srcset> refers to "a.png", and the capture has no such file|1:23 <img srcset> refers to "http://x.example/b.png", which is not in the dossier`},
		"charset and more":      {"<meta charset=utf-8 name=referrer content=unsafe-url>", "1:1 <meta> with a charset has nothing else"},
		"picture as style":      {"<link rel=stylesheet href=files/x.png>", `1:1 <link rel=stylesheet> is for files whose names end in .css|1:22 <link href> refers to "files/x.png", and the capture has no such file`},
		"style sheet elsewhere": {"<link rel=stylesheet href=https://x.example/a.css>", `1:22 <link href> refers to "https://x.example/a.css", which is not in the dossier`},
		"picture elsewhere":     {"<img src='//x.example/a.png'>", `1:6 <img src> refers to "//x.example/a.png", which is not in the dossier`},
		"picture, tab in it":    {"<img src='ht\ttps://x.example/a.png'>", `1:6 <img src> refers to "ht tps://x.example/a.png", which is not in the dossier`},
		"picture, backslash":    {`<img src='\\x.example\a.png'>`, `1:6 <img src> refers to "\\x.example\a.png", which is not in the dossier`},
		"picture that climbs":   {"<img src=../two/files/a.png>", `1:6 <img src> refers to "../two/files/a.png", which is not in the dossier`},
		"picture that climbs, escaped": {
			"<img src=files/%2e%2e/a.png>", `1:6 <img src> refers to "files/%2e%2e/a.png", which is not in the dossier`,
		},
		"picture with a query":  {"<img src=files/a.png?x>", `1:6 <img src> refers to "files/a.png?x", which is not in the dossier`},
		"picture not there":     {"<img src=files/z.png>", `1:6 <img src> refers to "files/z.png", and the capture has no such file`},
		"one of a srcset":       {"<img srcset='files/a.png 1x, https://x.example/b.png 2x'>", `1:6 <img srcset> refers to "https://x.example/b.png", which is not in the dossier`},
		"srcset, close":         {"<img srcset='files/a.png,//x.example/b.png'>", `1:6 <img srcset> refers to "files/a.png,//x.example/b.png", which is not in the dossier`},
		"poster":                {"<video poster=http://x.example/>", `1:8 <video poster> refers to "http://x.example/", which is not in the dossier`},
		"data: of a page":       {"<img src='data:text/html,<script>'>", `1:6 <img src> refers to "data:text/html,<script>", which is not in the dossier`},
		"data: of SVG":          {"<img src=data:image/svg+xml,x>", `1:6 <img src> refers to "data:image/svg+xml,x", which is not in the dossier`},
		"link":                  {"<a href=https://x.example/>", `1:4 <a href> leads out of the page, to "https://x.example/"`},
		"link to a script":      {"<a href=' java\nscript:1'>", `1:4 <a href> leads out of the page, to "java script:1"`},
		"ping":                  {"<a href=#x ping=https://x.example/>", "1:12 <a ping> is not allowed"},
		"target":                {"<a href=#x target=_top>", "1:12 <a target> is not allowed"},
		"old background":        {"<table background=http://x.example/>", "1:8 <table background> is not allowed"},
		"style: address":        {"<p style='background:url(//x.example)'>", `1:4 url() refers to "//x.example", which is not in the dossier`},
		"style: entity":         {"<p style='background:u&#114;l(//x.example)'>", `1:4 url() refers to "//x.example", which is not in the dossier`},
		"style: escape":         {`<p style='background:u\72l(//x.example)'>`, "1:4 an address in CSS that is hidden by escapes"},
		"style: image-set":      {`<p style='background:image-set("//x.example" 1x)'>`, "1:4 image-set() in CSS is not allowed"},
		"style: import":         {"<style>\n@import '//x.example';</style>", "2:1 @import is not allowed"},
		"style: import, escape": {"<style>@\\69mport '//x.example';</style>", "1:8 @import is not allowed"},
		"style: open address":   {"<style>p{background:url(//x.example</style>", `1:21 url() refers to "//x.example", which is not in the dossier`},
		"conditional comment":   {"<!--[if IE]><script>1</script><![endif]-->", "1:1 a comment that browsers may read in different ways"},
		"comment, closed soon":  {"<!--><img src=x onerror=1>-->", "1:1 a comment that browsers may read in different ways|1:11 <img src> refers to \"x\", and the capture has no such file|1:17 <img onerror> is an event handler"},
		"comment, other end":    {"<!-- --!><b>-->", "1:1 a comment that browsers may read in different ways"},
		"section of XML":        {"<![CDATA[<b>]]>", "1:1 a comment that browsers may read in different ways"},
		"instruction of XML":    {"<?xml-stylesheet href='x'?>", "1:1 a comment that browsers may read in different ways"},
		"tag without end":       {"<p>x<b class='", "1:5 the file ends inside of a tag"},
	} {
		t.Run(name, func(t *testing.T) {
			_, faults := inert.Page([]byte(c.page), rules())
			if got := strings.Join(said(faults), "|"); got != c.want {
				t.Errorf("%s\n got %s\nwant %s", c.page, got, c.want)
			}
			for _, f := range faults {
				if f.Hint == "" {
					t.Errorf("no hint: %v", f)
				}
			}
		})
	}
}

func TestCharset(t *testing.T) {
	r := rules()
	r.Whole = true
	if _, faults := inert.Page([]byte("<p>x"), r); len(faults) != 1 || faults[0].What != "the page does not say its charset" {
		t.Errorf("faults %q", said(faults))
	}
}

func TestLinks(t *testing.T) {
	r := rules()
	r.Links = true
	for page, want := range map[string]int{
		"<a href=https://x.example/a>": 0, "<a href=HTTP://x.example>": 0, "<a href=#p>": 0, "<a href=javascript:1>": 1, "<a href=/a>": 1, "<a href=mailto:x>": 1,
		"<img src=https://x.example/a.png>": 1,
	} {
		if _, faults := inert.Page([]byte(page), r); len(faults) != want {
			t.Errorf("%s: %q, want %d", page, said(faults), want)
		}
	}
}

func TestStyle(t *testing.T) {
	files, faults := inert.Style([]byte("@charset 'utf-8';\n/* url(//x.example) */ p::before { content: 'url(//y.example)' }\nb { background: url(a.png) }\ni { src: url(//z.example) }\n"),
		inert.Rules{Dir: "articles/one/files", Has: rules().Has})
	if !slices.Equal(files, []string{"articles/one/files/a.png"}) {
		t.Errorf("files %q", files)
	}
	if got := said(faults); !slices.Equal(got, []string{`4:10 url() refers to "//z.example", which is not in the dossier`}) {
		t.Errorf("faults %q", got)
	}
}

func TestText(t *testing.T) {
	for src, want := range map[string]string{
		"<style>p{}</style><p>a <b>b</b> &amp; c<script>1</script>": "a b & c",
		"<head><title>2 January</title></head><p>a<br/>b<br>c":      "a\nb\nc",
	} {
		if got := inert.Text([]byte(src)); got != want {
			t.Errorf("Text(%q) = %q, want %q", src, got, want)
		}
	}
}

// Whatever a page holds, its faults have places inside of it and the files are those that the rules know.
func FuzzPage(f *testing.F) {
	f.Add([]byte("<p style='a:url(x)'><img srcset='a 1x,b'><!--x--><style>@import url(x)</style>"))
	f.Add([]byte("<a href=x\n<b c=\"\xff\x00"))
	f.Fuzz(func(t *testing.T, src []byte) {
		r := rules()
		r.Whole = true
		files, faults := inert.Page(src, r)
		for _, name := range files {
			if !r.Has(name) {
				t.Errorf("file %q", name)
			}
		}
		lines := strings.Split(string(src), "\n")
		for _, fault := range faults {
			if fault.Line < 1 || fault.Line > len(lines) || fault.Column < 1 || fault.Column > len(lines[fault.Line-1])+1 {
				t.Errorf("%+v is outside of %d lines", fault, len(lines))
			}
		}
		if len(faults) == 0 && strings.Contains(strings.ToLower(string(src)), "<script") && !strings.Contains(string(src), "<!--") &&
			!strings.Contains(strings.ToLower(string(src)), "<style") && !strings.Contains(strings.ToLower(string(src)), "<title") && !strings.ContainsAny(string(src), `"'=`) {
			t.Errorf("no fault in %q", src)
		}
	})
}
