package pack

import (
	"slices"
	"strings"
	"testing"
)

func TestTitle(t *testing.T) {
	long := strings.Repeat("я", maxTitleBytes)
	for _, c := range []struct{ html, want string }{
		{"<title>One</title>", "One"},
		{"<TITLE>\n  Two &amp; a\n half </TITLE><title>other</title>", "Two & a half"},
		{"<svg><title>picture</title></svg><title>page</title>", "page"},
		{"<p>none", ""},
		{"<title>never closed", "never closed"},
		{`<meta charset="windows-1251"><title>` + "\xc4\xee\xf1\xfc\xe5 &laquo;" + `</title>`, "Досье «"},
		{`<meta charset="utf-8"><title>Қазақстан</title>`, "Қазақстан"},
		{"<title>caf\xe9</title>", "café"}, // says nothing: browsers take windows-1252
		{"<title>" + long + "</title>", long[:maxTitleBytes] + "…"},
	} {
		if got := scan(strings.NewReader(c.html)).title; got != c.want {
			t.Errorf("title of %.60q = %q, want %q", c.html, got, c.want)
		}
	}
}

func TestReferences(t *testing.T) {
	page := `<!DOCTYPE html>
<base href="sub/"><link rel=stylesheet href=a.css>
<!-- <a href="comment.html"> -->
<a
 href="b.html">b</a><img src=c.png srcset="d.png 1x, e.png 2x">
<video poster='f.jpg' src=g.mp4></video><script>var s = "<a href='no.html'>"</script>
<svg><use xlink:href="h.svg#x"/><image href="i.png"/></svg><object data=j.pdf></object>`
	s := scan(strings.NewReader(page))
	if s.base != "sub/" {
		t.Errorf("base %q, want %q", s.base, "sub/")
	}
	want := []reference{
		{2, "a.css", false},
		{4, "b.html", false},
		{5, "c.png", true},
		{5, "d.png", true},
		{5, "e.png", true},
		{6, "f.jpg", true},
		{6, "g.mp4", true},
		{7, "h.svg#x", true},
		{7, "i.png", true},
		{7, "j.pdf", true},
	}
	if !slices.Equal(s.references, want) {
		t.Errorf("references\n got %v\nwant %v", s.references, want)
	}
}
