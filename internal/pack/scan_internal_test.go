package pack

import (
	"bytes"
	"slices"
	"strings"
	"testing"

	"golang.org/x/net/html"
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

// FuzzMayHaveAddresses: no tag that has addresses, and none that matters for the title, is passed over unread.
func FuzzMayHaveAddresses(f *testing.F) {
	for _, tag := range []string{
		"<a href=x>", "<A HREF\n=\t'x'>", "<img\fsrcset = \"a 1x\"/>", "<video poster=p>", "<object data=d>", "<use xlink:href=u>", "<a/href=x>",
		"<a class=c href=x>", "<a title=\"a=b\" src=x>", "<a ==href=x>", "<a href>", "<span class=c>", "<Title>", "</TITLE >", "<svg>", "</svg/>", "<t><s>",
	} {
		f.Add([]byte(tag))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		z := html.NewTokenizer(bytes.NewReader(page))
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
				continue
			}
			raw := bytes.Clone(z.Raw())
			name := raw[1:]
			if kind == html.EndTagToken {
				name = raw[2:]
			}
			may := mayBeTitleOrSVG(name)
			tag, _ := z.TagName()
			if is := string(tag) == "title" || string(tag) == "svg"; is && !may {
				t.Errorf("%q is passed over", raw)
			}
			if kind == html.EndTagToken {
				continue
			}
			var s scanned
			s.attributes(z, string(tag), 1)
			if found := s.base != "" || slices.ContainsFunc(s.references, hasTarget); found && !mayHaveAddresses(raw) {
				t.Errorf("%q has the addresses %v", raw, s.references)
			}
		}
	})
}

// hasTarget tells an address from an attribute without a value.
func hasTarget(r reference) bool { return r.target != "" }
