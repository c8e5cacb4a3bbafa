package markup_test

import (
	"bytes"
	"strings"
	"testing"
	"unicode/utf8"

	"golang.org/x/net/html"

	"samizdat/internal/markup"
)

func TestBytes(t *testing.T) {
	for _, c := range []struct {
		name string
		node markup.Node
		want string
	}{
		{"text", markup.Text(`<b> & "q" 'a'`), `&lt;b&gt; &amp; "q" 'a'`},
		{"element", markup.El("p", markup.A("class", `a"b<`), markup.Text("x")), `<p class="a&quot;b&lt;">x</p>`},
		{"void", markup.El("img", markup.A("src", "a.png"), markup.A("alt", "")), `<img src="a.png" alt="">`},
		{"flag", markup.El("details", markup.Flag("open")), `<details open></details>`},
		{"nothing", markup.Frag(nil, markup.El("p", nil, markup.If(false, markup.A("id", "x")))), `<p></p>`},
		{"group", markup.El("p", markup.Group(markup.A("id", "x"), nil, markup.Text("y"))), `<p id="x">y</p>`},
		{"lines", markup.Lines(markup.Text("a"), nil, markup.Text("b")), "a\nb\n"},
		{"a reference that leads out", markup.El("a", markup.A("href", "https://e.org"), markup.Text("x")), `<a>x</a>`},
		{"code as a reference", markup.El("a", markup.A("href", "javascript:alert(1)")), `<a></a>`},
		{"breaks", markup.Breaks("https://a/b-c/"), `https://<wbr>a/<wbr>b-<wbr>c/`},
		{"NUL and bad UTF-8", markup.Text("a\x00b\xffc"), "a\uFFFDb\uFFFDc"},
		{"carriage return", markup.Text("a\r\nb"), "a&#13;\nb"},
		{"first line feed", markup.El("pre", markup.Text("\na")), "<pre>\n\na</pre>"},
		{"icon", markup.Icon(), `<link rel="icon" href="data:,">`},
	} {
		if got := string(markup.Bytes(c.node)); got != c.want {
			t.Errorf("%s: got %q, want %q", c.name, got, c.want)
		}
	}
}

func TestDocument(t *testing.T) {
	got := string(markup.Document(
		"fa", "rtl", []markup.Node{markup.El("title", markup.Text("<t>"))}, []markup.Node{markup.El("p", markup.Text("x"))},
	))
	want := "<!DOCTYPE html>\n<html lang=\"fa\" dir=\"rtl\">\n<head>\n<title>&lt;t&gt;</title>\n</head>\n" +
		"<body>\n<p>x</p>\n</body>\n</html>\n"
	if got != want {
		t.Errorf("Document:\n got %q\nwant %q", got, want)
	}
}

func TestIsLocal(t *testing.T) {
	for ref, want := range map[string]bool{
		"a.html": true, "a/b.html#p3": true, "#p3": true, "../x": true, "/-/style.css": true, "?q=a:b": true,
		"a?u=http://e.org//x": true, "a%20b": true, "./a:b": true, "статья.html": true, "a/b:c": true, "a//b": true,
		"": false, "http://e.org": false, "//e.org": false, "///e.org": false, "/\\e.org": false, "\\\\e.org": false,
		"javascript:x": false, "JaVaScRiPt:x": false, "data:,": false, "mailto:a@b": false, "a:b": false,
		" a.html": false, "java\nscript:x": false, "\tjavascript:x": false, "a b": false, "\x01javascript:x": false,
		"/\t/e.org": false, "a\\b": false,
	} {
		if got := markup.IsLocal(ref); got != want {
			t.Errorf("IsLocal(%q) = %t, want %t", ref, got, want)
		}
	}
}

// Mistakes of the program, not of its input, are found at once.
func TestUnknownNamesPanic(t *testing.T) {
	for name, f := range map[string]func(){
		"script":           func() { markup.El("script") },
		"iframe":           func() { markup.El("iframe") },
		"onclick":          func() { markup.A("onclick", "x") },
		"style":            func() { markup.A("style", "x") },
		"srcdoc":           func() { markup.A("srcdoc", "x") },
		"aria- with marks": func() { markup.A(`aria-a"`, "x") },
		"attribute twice":  func() { markup.El("p", markup.A("id", "a"), markup.A("id", "b")) },
		"content in void":  func() { markup.El("br", markup.Text("x")) },
		"flag href":        func() { markup.Flag("href") },
	} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("%s: no panic", name)
				}
			}()
			f()
		}()
	}
}

func TestPlainText(t *testing.T) {
	n := markup.Frag(markup.El("p", markup.A("id", "x"), markup.Text("a<"), markup.El("br"), markup.Breaks("b/c")))
	if got, want := markup.PlainText(n), "a<\nb/c"; got != want {
		t.Errorf("PlainText = %q, want %q", got, want)
	}
}

// Whatever the strings are, a parser finds the same text and values in the same places, and nothing else.
func FuzzRoundTrip(f *testing.F) {
	for _, s := range []string{
		"", "a", `"><script>alert(1)</script>`, "</title>", "</textarea>", "</pre>", "&amp;", "&", "&#0;", "\n", "\r\n", "\x00",
		"\xff", "javascript:alert(1)", "//e.org", "-->", "]]>", "\u2028", "\uFEFF", "a'b`c",
	} {
		f.Add(s, s)
	}
	f.Fuzz(func(t *testing.T, s, value string) {
		page := markup.Document("en", "", []markup.Node{markup.El("title", markup.Text(s))}, []markup.Node{
			markup.El("p", markup.A("title", value), markup.Text(s)),
			markup.El("pre", markup.Text(s)),
			markup.El("textarea", markup.Text(s)),
			markup.El("a", markup.A("href", value), markup.Breaks(s)),
		})
		doc, err := html.Parse(bytes.NewReader(page))
		if err != nil {
			t.Fatalf("parse: %v", err)
		}
		want := clean(s)
		names := ""
		for n := range doc.Descendants() {
			if n.Type != html.ElementNode || n.Data == "wbr" {
				continue
			}
			names += n.Data + " "
			switch n.Data {
			case "title", "p", "pre", "textarea", "a":
				if got := content(n); got != want {
					t.Errorf("text %q in <%s> reads %q", s, n.Data, got)
				}
			}
			for _, a := range n.Attr {
				switch {
				case a.Key == "title" && a.Val != clean(value):
					t.Errorf("value %q reads %q", value, a.Val)
				case a.Key == "href" && !markup.IsLocal(a.Val):
					t.Errorf("reference %q came through", a.Val)
				}
			}
		}
		if want := "html head title body p pre textarea a "; names != want {
			t.Errorf("elements %q, want %q", names, want)
		}
	})
}

func content(n *html.Node) string {
	var b strings.Builder
	for d := range n.Descendants() {
		if d.Type == html.TextNode {
			b.WriteString(d.Data)
		}
	}
	return b.String()
}

// clean is what HTML can hold of s.
func clean(s string) string {
	var b strings.Builder
	for i := 0; i < len(s); {
		r, width := utf8.DecodeRuneInString(s[i:])
		if r == 0 {
			r = utf8.RuneError
		}
		b.WriteRune(r)
		i += width
	}
	return b.String()
}
