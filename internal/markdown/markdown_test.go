package markdown_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/markdown"
	"samizdat/internal/markup"
)

func render(t *testing.T, source string, opts *markdown.Options) *markdown.Document {
	t.Helper()
	doc, err := markdown.Render([]byte(source), opts)
	if err != nil {
		t.Fatalf("Render(%q): %v", source, err)
	}
	return doc
}

func TestRender(t *testing.T) {
	outside := func(d string) (string, error) { return "outside.html#" + d[len(d)-1:], nil }
	for _, c := range []struct {
		name, source string
		opts         markdown.Options
		want         string
	}{
		{"paragraph", "a\nb\n\nc", markdown.Options{}, "<p>a b</p>\n<p>c</p>\n"},
		{
			"numbers", "a\n\n# H\n\n- b\n- c\n\n> d\n\n---\n\nMe",
			markdown.Options{Numbers: true, Signature: "Me"},
			"<p id=\"p1\">a</p>\n<h2 id=\"h\">H</h2>\n<ul id=\"p2\">\n<li>b\n</li>\n<li>c\n</li>\n</ul>\n" +
				"<blockquote id=\"p3\">\n<p>d</p>\n</blockquote>\n<hr>\n<p class=\"sign\">Me</p>\n",
		},
		{"a lone name is no signature", "Me", markdown.Options{Signature: "Me"}, "<p>Me</p>\n"},
		{
			"prefix", "# H\n\na",
			markdown.Options{Numbers: true, Prefix: "intro-"},
			"<h2 id=\"intro-h\">H</h2>\n<p id=\"intro-p1\">a</p>\n",
		},
		{
			"headings without gaps", "## A\n\n##### B\n\n## C",
			markdown.Options{},
			"<h2 id=\"a\">A</h2>\n<h3 id=\"b\">B</h3>\n<h2 id=\"c\">C</h2>\n",
		},
		{
			"ids of any script", "# Заявление № 1: «А»\n\n# Заявление № 1: «А»",
			markdown.Options{},
			"<h2 id=\"заявление-1-а\">Заявление № 1: «А»</h2>\n<h2 id=\"заявление-1-а-1\">Заявление № 1: «А»</h2>\n",
		},
		{
			"ids that are taken", "# P1\n\n# Main\n\n# !",
			markdown.Options{},
			"<h2 id=\"p1-1\">P1</h2>\n<h2 id=\"main-1\">Main</h2>\n<h2 id=\"part\">!</h2>\n",
		},
		{
			"HTML is left out", "a <b>c</b>\n\n<script>alert(1)</script>\n\nd",
			markdown.Options{},
			"<p>a c</p>\n<p>d</p>\n",
		},
		{
			"link", "[a *b*](https://e.org/x)",
			markdown.Options{Link: outside},
			"<p><a href=\"outside.html#x\">a <em>b</em></a></p>\n",
		},
		{
			"link that leads out without a hook", "[a](https://e.org/x) [b](javascript:alert(1)) [c](c.html)",
			markdown.Options{},
			"<p>a b <a href=\"c.html\">c</a></p>\n",
		},
		{
			"bare address", "see https://e.org/x.",
			markdown.Options{Link: outside},
			"<p>see <a href=\"outside.html#x\"><code dir=\"ltr\" translate=\"no\">https://<wbr>e.org/<wbr>x</code></a>.</p>\n",
		},
		{
			"neither www nor mail are links", "www.e.org a@e.org",
			markdown.Options{Link: outside},
			"<p>www.e.org a@e.org</p>\n",
		},
		{
			"picture without a hook", "![alt](https://e.org/x)",
			markdown.Options{Link: outside},
			"<p><a href=\"outside.html#x\">alt</a></p>\n",
		},
		{
			"picture", "![alt](x)",
			markdown.Options{Image: func(d string) (string, error) { return "media/" + d, nil }},
			"<p><img src=\"media/x\" alt=\"alt\"></p>\n",
		},
		{
			"escapes", `\*a\* \&amp; &amp; &#39; &#x41; &#010; &nosuch; AT&T; C:\dir`,
			markdown.Options{},
			"<p>*a* &amp;amp; &amp; ' A \n &amp;nosuch; AT&amp;T; C:\\dir</p>\n",
		},
		{
			"code", "`a <b>`\n\n    c\n    d\n",
			markdown.Options{},
			"<p><code>a &lt;b&gt;</code></p>\n<pre tabindex=\"0\"><code>c\nd</code></pre>\n",
		},
		{
			"ordered list", "3. a\n4. b",
			markdown.Options{},
			"<ol start=\"3\">\n<li>a\n</li>\n<li>b\n</li>\n</ol>\n",
		},
		{"hard break", "a  \nb", markdown.Options{}, "<p>a<br>b</p>\n"},
	} {
		t.Run(c.name, func(t *testing.T) {
			got := string(markup.Bytes(render(t, c.source, &c.opts).Body))
			if got != c.want {
				t.Errorf("Render(%q)\n got %q\nwant %q", c.source, got, c.want)
			}
		})
	}
}

// What typographers, emoji and strikethrough extensions would change, and what editors paste, stays as it is.
func TestQuotedTextIsVerbatim(t *testing.T) {
	for _, s := range []string{
		`He said "no" -- and 'never'... (c) (r) 1/2 1 000 :) ~5~ ~~no~~ www.e.org`,
		`Putin's "Russia is a prison of peoples" & neighboring country... No war! ■`,
		`«Ёлки» – „нет“ — 'да' № 5 ә ғ қ ң ө ұ ү һ`,
		"سلام، دنیا؟ \u200cنیم\u200cفاصله",
		`5 < 6 > 4 | a_b_c`,
	} {
		doc := render(t, s, nil)
		if got := doc.Text(); got != s {
			t.Errorf("Text of %q = %q", s, got)
		}
	}
}

func TestTextDigest(t *testing.T) {
	doc := render(t, "# T\n\na\nb\n\n- c\n- d\n\nMe\n", &markdown.Options{Signature: "Me", Numbers: true})
	want := "T\n\na b\n\nc\n\nd"
	if got := doc.Text(); got != want {
		t.Errorf("Text() = %q, want %q", got, want)
	}
	ids := ""
	for _, p := range doc.Paragraphs {
		ids += p.ID + " "
	}
	if want := "t p1 p2 p2 "; ids != want {
		t.Errorf("ids = %q, want %q", ids, want)
	}
	if doc.Signature != "Me" {
		t.Errorf("Signature = %q, want Me", doc.Signature)
	}
}

// The first statement of the first dossier, whose digest was published beside it, pins what the digest is of.
func TestPublishedDigest(t *testing.T) {
	const first = "The protests in Kazakhstan, which escalated into street clashes with the police, began due to a sharp jump in prices for liquefied gas, which is not only a means of heating, but also fuel for cars (from 70 to 120 tenge per liter), which would lead to an increase in prices for all products. The residents of Zhanaozen were the first to take to the streets, their protest began on January 2, but quickly spread to other large cities.\n" +
		"\nThe protesters are outraged by the fact that in the country, which is one of the largest suppliers of gas for export, it has become a deficit: \"The gas that we produce is no longer available to us!\" Economic demands quickly turned into political ones.\n" +
		"\nClashes began with the police. The police shot at people with stun grenades, in response they attacked police cars and destroyed them with the help of improvised means. The authorities clearly underestimated the strength of the street fury and the ability to self-organize. Eyewitnesses note the absence of clear leaders and the collective demonstration of the protesters. Russian pro-government resources, as usual, blame the machinations of the State Department and provocateurs. It is too early to say how this night will end now, but it is clear that people are driven to despair.\n" +
		"\nNow in some cities of Kazakhstan mobile Internet is disabled, in others the main instant messengers are blocked. A state of emergency has been declared in Alma-Ata and Mangistau Oblast.\n"
	sum := sha256.Sum256([]byte(render(t, first, nil).Text()))
	const want = "7e16c77ba4b2384b4cb44f6341d36a789fa285e2e24c1f87a17b24a590218bdf"
	if got := hex.EncodeToString(sum[:]); got != want {
		t.Errorf("digest of the first statement = %s, want %s", got, want)
	}
}

func TestLinksAndLines(t *testing.T) {
	source := "a\n[b](one) text\nand [c][ref]\n\nhttps://e.org/three\n\n> - <https://e.org/four>\n\n<div>\nx\n</div>\n\n" +
		"y <i>z</i>\n\n![p](five)\n\n[ref]: two\n"
	doc := render(t, source, &markdown.Options{Line: 11})
	want := []markdown.Link{
		{Destination: "one", Line: 12},
		{Destination: "two", Line: 13},
		{Destination: "https://e.org/three", Line: 15},
		{Destination: "https://e.org/four", Line: 17},
		{Destination: "five", Line: 25},
	}
	if !slices.Equal(doc.Links, want) {
		t.Errorf("links\n got %v\nwant %v", doc.Links, want)
	}
	if want := []int{19, 23}; !slices.Equal(doc.Dropped, want) {
		t.Errorf("dropped lines = %v, want %v", doc.Dropped, want)
	}
}

func TestRefusedLinks(t *testing.T) {
	refused := errors.New("no such item")
	_, err := markdown.Render([]byte("[a](x)\n\n[b](y)"), &markdown.Options{
		Link: func(string) (string, error) { return "", refused },
	})
	if !errors.Is(err, refused) {
		t.Fatalf("Render with refused links: %v, want %v", err, refused)
	}
	if got, want := err.Error(), "line 1: link x: no such item\nline 3: link y: no such item"; got != want {
		t.Errorf("error %q, want %q", got, want)
	}
	var link *markdown.LinkError
	if !errors.As(err, &link) || link.Line != 1 || link.Destination != "x" {
		t.Errorf("first error = %+v, want line 1, link x", link)
	}
}

// Whatever the source, the words of the plain text are the words of the page.
func FuzzRender(f *testing.F) {
	for _, s := range []string{
		"a", "# a\n\nb *c* `d`", "> 1. a\n\n\n> b", "[a](b \"c\") <https://e.org> &amp; \\&", "\xff\x00\r\n\t- a",
		"```\nx\n```", "![a](b)", "<b>a", "[x]: y\n\n[x]",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, source string) {
		doc, err := markdown.Render([]byte(source), &markdown.Options{Numbers: true, Signature: "Me"})
		if err != nil {
			t.Fatalf("Render(%q): %v", source, err)
		}
		page := strings.Fields(markup.PlainText(doc.Body))
		text := strings.Fields(doc.Text() + " " + doc.Signature)
		if strings.Join(page, "") != strings.Join(text, "") {
			t.Errorf("Render(%q)\npage %q\ntext %q", source, page, text)
		}
		again := render(t, source, &markdown.Options{Numbers: true, Signature: "Me"})
		if !bytes.Equal(markup.Bytes(again.Body), markup.Bytes(doc.Body)) {
			t.Errorf("Render(%q) differs from call to call", source)
		}
	})
}
