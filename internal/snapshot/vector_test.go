package snapshot_test

import (
	"encoding/xml"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/scrub"
	"samizdat/internal/snapshot"
)

const begin = `<svg xmlns="http://www.w3.org/2000/svg"`

// What goes out of a drawing, one thing each.
func TestVector(t *testing.T) {
	for name, c := range map[string]struct{ in, want, took string }{
		"plain":              {begin + ` viewBox="0 0 2 2"><path d="M0 0L1 1" fill="url(#g)"/></svg>`, begin + ` viewBox="0 0 2 2"><path d="M0 0L1 1" fill="url(&quot;#g&quot;)"/></svg>`, ""},
		"script":             {begin + `><script>x()</script><script href="//x.example"/><g/></svg>`, begin + `><g/></svg>`, "script script="},
		"handler":            {begin + ` onload="x()"><g onClick="x()"/></svg>`, begin + `><g/></svg>`, "script onload=|script onClick="},
		"other names":        {`<s:svg xmlns:s="http://www.w3.org/2000/svg" xmlns:h="http://www.w3.org/1999/xhtml"><h:script>x()</h:script><s:script/><s:g/></s:svg>`, begin + `><g/></svg>`, "other metadata script=|script script="},
		"HTML":               {begin + `><foreignObject width="4" height="2"><body xmlns="http://www.w3.org/1999/xhtml"><p>Words</p></body></foreignObject></svg>`, begin + `><text x="2" y="1" text-anchor="middle" dominant-baseline="central">Words</text></svg>`, ""},
		"link":               {begin + ` xmlns:xlink="http://www.w3.org/1999/xlink"><a xlink:href="javascript:x()"><g/></a></svg>`, begin + `><g><g/></g></svg>`, "reference href=javascript:x()"},
		"outside":            {begin + `><image href="https://x.example/a.png"/><use href="b.svg#c"/><use href="#d"/></svg>`, begin + `><image/><use/><use href="#d"/></svg>`, "reference href=https://x.example/a.png|reference href=b.svg#c"},
		"outside, in styles": {begin + `><style>@import "//x.example";a{fill:url(//x.example/y)}</style><g style="fill:url('//x.example/z#a')"/><g fill="u\72l(//x.example)"/></svg>`, begin + `><style>a{fill:url("data:,")}</style><g style="fill:url(&quot;data:,&quot;)"/><g fill="url(&quot;data:,&quot;)"/></svg>`, "reference url()=//x.example/y|reference url()=//x.example/z#a"},
		"style sheet":        {`<?xml version="1.0"?><?xml-stylesheet href="//x.example/a.css"?>` + begin + `/>`, begin + `/>`, `reference <?xml-stylesheet?>=href="//x.example/a.css"`},
		"picture":            {begin + `><image href="data:image/png;base64,AA"/><image href="data:image/svg+xml,x"/></svg>`, begin + `><image href="data:image/png;base64,AA"/><image/></svg>`, "reference href=data:image/svg+xml,x"},
		"animation":          {begin + `><set attributeName="href" to="javascript:x()"/><animate attributeName="x" from="1" to="2"/></svg>`, begin + `><animate attributeName="x" from="1" to="2"/></svg>`, "script set href="},
		"drawing program":    {`<!-- Created with Inkscape -->` + begin + ` xmlns:inkscape="http://www.inkscape.org/namespaces/inkscape" inkscape:export-filename="/home/anna/a.png" inkscape:version="1.2"><!-- for M. --><g/></svg>`, begin + `><g/></svg>`, "software comment=Created with Inkscape|history inkscape:export-filename=/home/anna/a.png|software inkscape:version=1.2|comment comment=for M."},
		"metadata":           {begin + `><metadata><r:RDF xmlns:r="http://www.w3.org/1999/02/22-rdf-syntax-ns#" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:creator><r:Agent><dc:title>Anna A.</dc:title></r:Agent></dc:creator><dc:date>2022-01-05</dc:date></r:RDF></metadata></svg>`, begin + `/>`, "author metadata creator=Anna A.|comment metadata title=Anna A.|date metadata date=2022-01-05"},
		"entities":           {`<!DOCTYPE svg PUBLIC "-//W3C//DTD SVG 1.1//EN" "http://www.w3.org/Graphics/SVG/1.1/DTD/svg11.dtd" [ <!ENTITY ns "http://www.w3.org/2000/svg"> ]><svg xmlns="&ns;"><text>a</text></svg>`, begin + `><text>a</text></svg>`, ""},
		"charset":            {"<?xml version=\"1.0\" encoding=\"windows-1251\"?>" + begin + "><text>\xcf\xf0</text></svg>", begin + `><text>Пр</text></svg>`, ""},
		"section":            {begin + `><style><![CDATA[a>b{fill:red}]]></style><text><![CDATA[<script>]]></text></svg>`, begin + `><style>a&gt;b{fill:red}</style><text>&lt;script&gt;</text></svg>`, ""},
	} {
		t.Run(name, func(t *testing.T) {
			out, traces, err := snapshot.Vector([]byte(c.in), nil)
			if err != nil {
				t.Fatal(err)
			}
			var took []string
			for _, tr := range traces {
				took = append(took, fmt.Sprintf("%s %s=%s", tr.Kind, tr.Where, tr.Value))
			}
			if got := strings.Join(took, "|"); string(out) != c.want+"\n" || got != c.took {
				t.Errorf("%s\n got %s\nwant %s\ntook %s\nwant %s", c.in, out, c.want, got, c.took)
			}
			again, more, err := snapshot.Vector(out, nil)
			if err != nil || string(again) != string(out) || len(more) > 0 {
				t.Errorf("again: %s, %v, %v", again, more, err)
			}
		})
	}
}

func TestVectorDamaged(t *testing.T) {
	for name, in := range map[string]string{
		"empty": "", "text": "words", "HTML": "<html><svg/></html>", "open": begin + "><g></svg>", "cut": begin, "two": begin + "/>" + begin + "/>",
		"deep":     begin + ">" + strings.Repeat("<g>", 1000) + strings.Repeat("</g>", 1000) + "</svg>",
		"entities": `<!DOCTYPE svg [<!ENTITY a "` + strings.Repeat("x", 1000) + `">]>` + begin + ">" + strings.Repeat("&a;", 20000) + "</svg>",
		"entity":   `<!DOCTYPE svg [<!ENTITY a SYSTEM "file:///etc/passwd">]>` + begin + ">&a;</svg>",
		"large":    begin + ">" + strings.Repeat(" ", snapshot.MaxVector) + "</svg>",
	} {
		t.Run(name, func(t *testing.T) {
			var damage *scrub.DamageError
			if out, _, err := snapshot.Vector([]byte(in), nil); !errors.As(err, &damage) || damage.Format != scrub.SVG {
				t.Errorf("%.200s, %v", out, err)
			}
		})
	}
}

// Parts that show each other make more of a small file than a browser can draw.
func TestVectorThatGrows(t *testing.T) {
	var b strings.Builder
	b.WriteString(begin + `><g id="a0"><path/></g>`)
	for i := range 10 {
		fmt.Fprintf(&b, `<g id="a%d">%s</g>`, i+1, strings.Repeat(fmt.Sprintf(`<use href="#a%d"/>`, i), 10))
	}
	b.WriteString("</svg>")
	out, traces, err := snapshot.Vector([]byte(b.String()), nil)
	if err != nil || strings.Contains(string(out), "<use") || len(traces) != 1 {
		t.Errorf("%s, %v, %v", out, traces, err)
	}
	out, _, err = snapshot.Vector([]byte(begin+`><g id="a"><use href="#a"/></g>`+strings.Repeat(`<use href="#a"/>`, 500)+"</svg>"), nil)
	if err != nil || strings.Count(string(out), "<use") != 501 {
		t.Errorf("%s, %v", out, err)
	}
}

func TestVectorPictures(t *testing.T) {
	in := begin + `><image href="data:image/png;base64,b2xk"/><style>a{fill:url(data:image/png,gone)}</style></svg>`
	out, traces, err := snapshot.Vector([]byte(in), func(b []byte) []byte {
		if string(b) == "old" {
			return []byte("new")
		}
		return nil
	})
	want := begin + `><image href="data:image/png;base64,bmV3"/><style>a{fill:url("data:,")}</style></svg>` + "\n"
	if err != nil || string(out) != want || len(traces) != 2 {
		t.Errorf("got %s, %v, %v", out, traces, err)
	}
}

// What a page loses is told.
func TestLost(t *testing.T) {
	var lost []string
	_, refs := body(t, `<meta http-equiv=refresh content="3; url='/next'"><canvas></canvas><embed src=a.swf><svg onload=x()><use href="s.svg#a"/></svg><p style='background:url("data:image/svg+xml,%3Csvg/%3E#x")'>`, snapshot.Options{Lost: func(address, what string) {
		lost = append(lost, address+" "+what)
	}})
	want := []string{
		"https://news.example/next the page sends its readers on to this address after a while", " a drawing that a script makes (<canvas>)",
		"https://news.example/2022/a.swf what another program shows in the page (<embed>)",
		"https://news.example/2022/s.svg a part of a drawing (SVG) that lies in another file",
	}
	if !slices.Equal(lost, want) {
		t.Errorf("got\n%q, want\n%q", lost, want)
	}
	if len(refs) != 1 || refs[0].URL != "data:image/svg+xml,%3Csvg/%3E#x" {
		t.Errorf("references %v", refs)
	}
}

// Whatever a drawing holds, what is made of it is read again as it was written, holds nothing that acts, and refers to nothing.
func FuzzVector(f *testing.F) {
	for _, s := range []string{
		begin + ` onload="x()"><script>x()</script><a href="javascript:x()"><text>t</text></a></svg>`, begin + `><style>a{fill:url(//x)}@import "y";</style><g style="fill:url(z)" fill="url(u)"/></svg>`,
		`<!DOCTYPE svg [<!ENTITY a "b">]>` + begin + `>&a;<![CDATA[<]]><?x y?><!-- z --></svg>`, `<x:svg xmlns:x="http://www.w3.org/2000/svg"><x:set attributeName="href" to="y"/></x:svg>`,
		begin + `><foreignObject x="1"><p xmlns="http://www.w3.org/1999/xhtml">w</p></foreignObject><use href="#a"/><image href="data:image/png;base64,AA"/></svg>`,
		begin + `><title>t<b/></title><desc>d</desc><metadata><creator>n</creator></metadata></svg>`, "<svg><![CDATA[]]></svg>",
	} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		out, _, err := snapshot.Vector([]byte(s), nil)
		if err != nil {
			return
		}
		again, traces, err := snapshot.Vector(out, nil)
		if err != nil || string(again) != string(out) || len(traces) > 0 {
			t.Fatalf("%q\nonce  %q\nagain %q, %v, %v", s, out, again, traces, err)
		}
		d := xml.NewDecoder(strings.NewReader(string(out)))
		for {
			token, err := d.Token()
			if err == io.EOF {
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			e, ok := token.(xml.StartElement)
			if !ok {
				continue
			}
			if e.Name.Space != "http://www.w3.org/2000/svg" || slices.Contains([]string{"script", "foreignObject", "a", "feImage", "iframe"}, e.Name.Local) {
				t.Fatalf("%q holds %v", out, e.Name)
			}
			for _, a := range e.Attr {
				if strings.HasPrefix(strings.ToLower(a.Name.Local), "on") || a.Name.Local == "href" && !strings.HasPrefix(a.Value, "#") && !strings.HasPrefix(strings.ToLower(a.Value), "data:") {
					t.Fatalf("%q holds %v", out, a)
				}
			}
		}
	})
}
