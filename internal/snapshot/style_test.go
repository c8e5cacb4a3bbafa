package snapshot_test

import (
	"net/url"
	"strings"
	"testing"

	"samizdat/internal/snapshot"
)

func TestSheet(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"addresses":        {`a{background:url(x.png) no-repeat, URL( 'y z.png' )}`, `a{background:url("files/x.png") no-repeat, url("files/y%2520z.png")}`},
		"escaped name":     {`a{background:\75rl(esc.png)} b{background:ur\6c("e2.png")}`, `a{background:url("data:,")} b{background:url("files/e2.png")}`},
		"font":             {`@font-face{src:url("f.woff2?#iefix") format("woff2"),local("A")}`, `@font-face{src:url("files/f.woff2") format("woff2"),local("A")}`},
		"choice":           {`a{b:image-set("s.png" 1x, url(l.png) 2x, "h.png" 4x type("image/png"))}`, `a{b:url("files/l.png")}`},
		"choice, prefixed": {`a{b:-webkit-image-set(url(w.png) 192dpi)}`, `a{b:url("files/w.png")}`},
		"words":            {`a::after{content:"url(no.png)"}`, `a::after{content:"url(no.png)"}`},
		"comment":          {`/* url(c.png) */a/**/b{}`, ` a b{}`},
		"property":         {`a{--v:url(v.png)}`, `a{--v:url("files/v.png")}`},
		"held":             {`b{background:url(data:image/png;base64,AA==)}`, `b{background:url("data:image/png;base64,AA==")}`},
		"held, a page":     {`b{background:url(data:text/html,x)}`, `b{background:url("data:,")}`},
		"not here":         {`b{background:url(gone.png)}`, `b{background:url("data:,")}`},
		"not closed":       {`a{background:url(un closed.png}`, `a{background:url("data:,")`},
		"code":             {`a{b:url(javascript:x());width:expression(x(1),(2));c:d}`, `a{b:url("data:,")`},
		"fragment":         {`a{mask:url(#m)}`, `a{mask:url("#m")}`},
		"charset":          {`@charset "koi8-r";a{}`, `a{}`},
		"namespace":        {`@namespace svg url(http://www.w3.org/2000/svg);a{}`, `a{}`},
		"import too late":  {`a{}@import "b.css";c{}`, `a{}c{}`},
		"media":            {`@media (width<600px) and (width >= 1px){a{}}`, `@media (width<600px) and (width >= 1px){a{}}`},
		"element ends":     {`a{}</style><!--`, `a{}\3c /style>`},
		"string ends":      {"a{b:\"x</style>\n}", "a{b:}"},
	} {
		t.Run(name, func(t *testing.T) {
			out, _, err := snapshot.Sheet([]byte(c.in), snapshot.Options{Base: address(t, "https://x.example/css/a.css"), File: lies})
			if err != nil {
				t.Fatal(err)
			}
			if got := string(out); got != c.want && !(name == "code" && strings.HasPrefix(got, c.want) && !strings.Contains(got, "x(")) {
				t.Errorf("%s\n got %s\nwant %s", c.in, got, c.want)
			}
		})
	}
}

// Imported rules stand where the import stood, with its conditions round them.
func TestImports(t *testing.T) {
	sheets := map[string]string{
		"https://x.example/css/b.css":    `@import url(../deep/c.css) screen and (min-width: 1px);p{background:url(i.png)`,
		"https://x.example/deep/c.css":   `}i{background:url(i.png)}}`,
		"https://x.example/css/loop.css": `@import "loop.css";l{}`,
	}
	o := snapshot.Options{Base: address(t, "https://x.example/css/a.css"), File: func(r snapshot.Reference) string { return strings.TrimPrefix(r.URL, "https://x.example/") }}
	o.Import = func(r snapshot.Reference) ([]byte, *url.URL, bool) {
		s, ok := sheets[r.URL]
		return []byte(s), address(t, r.URL), ok
	}
	out, refs, err := snapshot.Sheet([]byte(`@charset "utf-8"; @layer x; @import "b.css" layer(base) supports(display: grid); @import "gone.css"; q{}`), o)
	if err != nil {
		t.Fatal(err)
	}
	const want = "@layer x; @layer base{\n@supports (display: grid){\n@media screen and (min-width: 1px){\ni{background:url(\"deep/i.png\")}\n}\np{background:url(\"css/i.png\")}\n}\n}\n  q{}"
	if strings.TrimSpace(string(out)) != want {
		t.Errorf("got\n%q\nwant\n%q", out, want)
	}
	if len(refs) != 5 {
		t.Errorf("references %v", refs)
	}
	out, _, err = snapshot.Sheet([]byte(`@import "loop.css";`), o)
	if n := strings.Count(string(out), "l{}"); err != nil || n == 0 || n > 10 {
		t.Errorf("a sheet that imports itself: %d times, %v", n, err)
	}
}

func FuzzSheet(f *testing.F) {
	for _, s := range []string{
		`@import "a" layer(x) supports(a:b) screen;`, `a{b:url("c")}`, `\75rl("x")`, `image-set("a" 1x,url(b) 2x)`, `<!-- --> </style>`, `@\69mport "x";`, "a{b:'\\\n'}", "@\\\"\n", "\\7\x185rl(", "\\7\f5rl(//x)", `url(`, `"\`,
	} {
		f.Add(s)
	}
	base := address(f, "https://x.example/")
	f.Fuzz(func(t *testing.T, s string) {
		if len(s) > 1<<16 {
			return
		}
		o := snapshot.Options{
			Base: base, File: func(snapshot.Reference) string { return "files/x" },
			Import: func(snapshot.Reference) ([]byte, *url.URL, bool) { return []byte(s), base, true },
		}
		out, _, err := snapshot.Sheet([]byte(s), o)
		if err != nil {
			t.Fatalf("%v\n%q", err, out)
		}
		if strings.Contains(string(out), "</") {
			t.Errorf("an end tag in %q", out)
		}
	})
}
