package pack

import (
	"bytes"
	"context"
	"errors"
	"slices"
	"strings"
	"testing"
	"testing/fstest"

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
		{"<title>x" + strings.Repeat("я", 64*maxTitleBytes), "x" + long[:maxTitleBytes-2] + "…"},
		{"<title>" + strings.Repeat(" ", 64*maxTitleBytes) + "late", ""},
	} {
		if got := scan([]byte(c.html)).title; got != c.want {
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
	s := scan([]byte(page))
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

// What a page says may be as long as the page; what is kept of it is not.
func TestLongTarget(t *testing.T) {
	dir := fstest.MapFS{"a.html": {Data: []byte("<a href='" + strings.Repeat("я", 64*maxTitleBytes) + "'>x</a>")}}
	tree, err := walk(dir, &Report{})
	if err != nil {
		t.Fatal(err)
	}
	l := tree.load(t.Context(), &tree.files[0], nil)
	if l.err != nil || len(l.dead) != 1 || len(l.dead[0].Target) > maxTitleBytes+len("…") {
		t.Errorf("%v, dead links %.2000v", l.err, l.dead)
	}
}

func TestCutAt(t *testing.T) {
	for _, c := range []struct {
		text       string
		most, want int
	}{
		{"abc", 3, 3}, {"abc", 2, 2}, {"aя", 2, 1}, {"aя", 3, 3}, {"a\U0001F525", 4, 1}, {strings.Repeat("\x80", 9), 8, 8}, {"\x80\x80\x80", 1, 1}, {"", 0, 0}, {"я", 0, 0},
	} {
		if got := cutAt(c.text, c.most); got != c.want {
			t.Errorf("%q at %d: %d, want %d", c.text, c.most, got, c.want)
		}
		if got := cutAt([]byte(c.text), c.most); got != c.want {
			t.Errorf("bytes %q at %d: %d, want %d", c.text, c.most, got, c.want)
		}
	}
}

func TestLoadEnds(t *testing.T) {
	dir := fstest.MapFS{"a.html": {Data: []byte("<p>x")}}
	tree, err := walk(dir, &Report{})
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if l := tree.load(ctx, &tree.files[0], nil); !errors.Is(l.err, context.Canceled) {
		t.Errorf("error %v, want %v", l.err, context.Canceled)
	}
}

// A page that was longer when the folder was looked through is read as it is.
func TestReadShortened(t *testing.T) {
	dir := fstest.MapFS{"a.html": {Data: []byte("<p>x")}, "b.html": {}}
	tree := webTree{dir: dir}
	for name, file := range dir {
		if b, err := tree.read(&webFile{path: name, size: maxScanned + 1}); err != nil || !bytes.Equal(b, file.Data) {
			t.Errorf("%s: %q, %v", name, b, err)
		}
	}
}

func TestScripts(t *testing.T) {
	const link = "<a href=x>"
	for _, c := range []struct {
		page string
		want int // links
	}{
		{"<script>" + link + "</script>" + link, 1},
		{"<script>" + link + "</scripts>" + link, 0},
		{"<SCRIPT>" + link + "</Script\n>" + link, 1},
		{"<script><!--<script></script>" + link + "--></script>" + link, 1},
		{"<script><!--<script></script></script>" + link + "-->", 1},
		{"<script><!-- < <script></script>" + link + "</script>" + link, 1},
		{"<script><!-- --><script></script>" + link, 1},
		{"<script><!--></script>" + link, 1},
		{"<script><!--<scripts></script>" + link, 1},
		{"<script><script></script>" + link, 1},
		{"<plaintext>" + link + "</plaintext>" + link, 0},
		{"<textarea>" + link + "</textarea>" + link, 1},
		{"<!--" + link + "-->" + link, 1},
		{"<!-->" + link, 1},
		{"<!--->" + link, 1},
		{"<!--" + link + "--!>" + link, 1},
		{"<!--" + link, 0},
		{"<!" + link + link, 1},
		{"</ " + link + link, 1},
		{"<a href='x" + link, 0},
	} {
		if s := scan([]byte(c.page)); len(s.references) != c.want {
			t.Errorf("%s: %d links, want %d", c.page, len(s.references), c.want)
		}
	}
}

// FuzzTags: the tags and their addresses are those of a tokenizer that takes everything apart.
func FuzzTags(f *testing.F) {
	for _, page := range []string{
		"<a href=x>", "<A HREF\n=\t'x'>", "<img\fsrcset = \"a 1x\"/>", "<video poster=p>", "<object data=d>", "<use xlink:href=u>", "<a/href=x>",
		"<a class=c href=x>", "<a title=\"a=b\" src=x>", "<a ==href=x>", "<a href>", "<span class=c>", "<Title>a</b>&amp;</TITLE >", "<svg/><svg />", "</svg/>", "<t><s>",
		"<a href=1 HREF=2>", "<a href=?a=1&copy=2&amp;b&lt>", "<a href='\r\n&quot;\x00'>", "<!--><a href=x>--!><!doctype a><?b><!c></ d></>", "<style><a></style/x>",
		"<textarea></textarea><xmp><a src=></xmp>", "<a href=x/><a href=x / ><a href = / b>", "<plaintext><a>", "<a href=x href=/>",
		"<a href='&amp;&quot;&lt;&gt;&#39;&#38;&#34;&'><a href=&><a href=&amp><a href=&=&amp;lt;>", "<a href=&copyx;><a href=&AMP;&#x26;&#0;>",
	} {
		f.Add([]byte(page))
	}
	f.Fuzz(func(t *testing.T, page []byte) {
		if lower := bytes.ToLower(page); bytes.Contains(lower, []byte("<script")) && bytes.Contains(lower, []byte("<!--")) {
			return // a comment in a script, which the tokenizer leaves too early
		}
		r := tagReader{page: page}
		z := html.NewTokenizer(bytes.NewReader(page))
		at := 0
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			start := at
			at += len(z.Raw())
			if kind != html.StartTagToken && kind != html.SelfClosingTagToken && kind != html.EndTagToken {
				continue
			}
			if !r.next() {
				t.Fatalf("no tag at %d, want %q", start, z.Raw())
			}
			ends := kind == html.SelfClosingTagToken
			if ends && !r.selfEnd && bytes.IndexByte(z.Raw(), '=') >= 0 {
				ends = false // the tokenizer forgets a second attribute of a name, and takes the slash that is its value for the tag's
			}
			if r.start != start || r.closing != (kind == html.EndTagToken) || r.selfEnd != ends && !r.closing {
				t.Fatalf("tag at %d (closing %v, self-closing %v), want at %d a %v", r.start, r.closing, r.selfEnd, start, kind)
			}
			name, more := z.TagName()
			known := slices.Contains(names, string(name)) || slices.Contains(rawNames, string(name))
			if (r.tag == string(name)) != known {
				t.Fatalf("tag %q, want %q", r.tag, name)
			}
			var got, want []string
			for _, a := range r.found {
				got = append(got, a.key+"="+r.decoded(a))
			}
			for more {
				var key, value []byte
				key, value, more = z.TagAttr()
				if slices.Contains(addressKeys, string(key)) {
					want = append(want, string(key)+"="+string(value))
				}
			}
			if !slices.Equal(got, want) {
				t.Fatalf("addresses %q, want %q", got, want)
			}
		}
		if r.next() {
			t.Fatalf("one tag more at %d", r.start)
		}
		scan(page)
	})
}
