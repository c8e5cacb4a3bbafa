package dossier_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"

	"go.yaml.in/yaml/v4"

	"samizdat/internal/dossier"
)

// A file is added and nothing else changes.
func TestAddItem(t *testing.T) {
	for name, c := range map[string]struct{ in, want string }{
		"after the last": {
			"title: x # kept\nsections:\n  - id: a\n    items:\n      - one.md # first\n      - two.md\n\n  - id: b\n    items: []\n",
			"title: x # kept\nsections:\n  - id: a\n    items:\n      - one.md # first\n      - two.md\n      - articles/new/item.yaml\n\n  - id: b\n    items: []\n",
		},
		"at the end of the file": {"sections:\n- id: a\n  items:\n  - one.md", "sections:\n- id: a\n  items:\n  - one.md\n  - articles/new/item.yaml\n"},
		"list in brackets":       {"sections:\n  - id: a\n    items: [one.md, \"t]wo.md\"] # c\n", "sections:\n  - id: a\n    items: [one.md, \"t]wo.md\", articles/new/item.yaml] # c\n"},
		"brackets over lines":    {"sections:\n  - {id: a, items: [\n    one.md, # ]\n    ]}\n", "sections:\n  - {id: a, items: [\n    one.md, # ], articles/new/item.yaml\n    ]}\n"},
		"empty brackets":         {"sections:\n  - id: a\n    items: []\n", "sections:\n  - id: a\n    items: [articles/new/item.yaml]\n"},
		"no value":               {"sections:\n  - id: a\n    items:\n  - id: b\n", "sections:\n  - id: a\n    items:\n      - articles/new/item.yaml\n  - id: b\n"},
		"Windows' line ends":     {"sections:\r\n  - id: a\r\n    items:\r\n      - one.md\r\n", "sections:\r\n  - id: a\r\n    items:\r\n      - one.md\r\n      - articles/new/item.yaml\n"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := dossier.AddItem([]byte(c.in), "a", "articles/new/item.yaml")
			if name == "brackets over lines" { // a comment would swallow it, so it is refused
				if !errors.Is(err, dossier.ErrNoPlace) {
					t.Errorf("%v\n%s", err, out)
				}
				return
			}
			if err != nil || string(out) != c.want {
				t.Errorf("%v\n%s\nwant\n%s", err, out, c.want)
			}
		})
	}
	for name, in := range map[string]string{
		"no such section": "sections:\n  - id: b\n    items: []\n", "no sections": "title: x\n", "no items": "sections:\n  - id: a\n",
		"no fields": "- a\n", "a text": "sections:\n  - id: a\n    items: one.md\n",
	} {
		if out, err := dossier.AddItem([]byte(in), "a", "x.yaml"); !errors.Is(err, dossier.ErrNoPlace) {
			t.Errorf("%s: %v\n%s", name, err, out)
		}
	}
}

func TestSetCapture(t *testing.T) {
	c := &dossier.Capture{
		CapturedAt: "2026-01-02T10:00:00Z", Method: "http", By: "yes: me", HTTPStatus: 200, Text: "article.html",
		Snapshot: &dossier.CaptureFile{Name: "snapshot.html"}, Files: []dossier.CaptureFile{{Name: "files/a.png"}},
		Evidence: &dossier.CaptureFile{Name: "page.warc.gz"}, Redirects: []string{"https://x.example/a?b=c"},
		Imported: &dossier.Import{From: "crawl: 1.wacz", At: "2026-01-03T10:00:00Z", With: "samizdat-press 1", Findings: []string{"known bug: x", "damage: \"y\""}},
		Digests:  map[string]string{"text": "00", "original": "0123"}, Missing: []dossier.Missing{{URL: "https://x.example/gone", Reason: "the server answered \"404\""}},
	}
	const captured = `capture:
  redirects:
    - "https://x.example/a?b=c"
  captured_at: 2026-01-02T10:00:00Z
  by: "yes: me"
  method: http
  imported:
    from: "crawl: 1.wacz"
    at: 2026-01-03T10:00:00Z
    with: "samizdat-press 1"
    findings:
      - "known bug: x"
      - "damage: \"y\""
  http_status: 200
  digests:
    original: "0123"
    text: "00"
  text: article.html
  snapshot: snapshot.html
  files: files
  evidence: page.warc.gz
  missing:
    - url: "https://x.example/gone"
      reason: "the server answered \"404\""
`
	for name, f := range map[string]struct{ in, want string }{
		"new":        {"id: a # c\nstatus: linked # still\nlang: en", "id: a # c\nstatus: captured # still\nlang: en\n" + captured},
		"in quotes":  {"status: \"linked\"\n", "status: captured\n" + captured},
		"again":      {"status: captured\ncapture:\n  method: manual\n  missing:\n  - url: x\n# of the note\nnote: n\n", "status: captured\n" + captured + "# of the note\nnote: n\n"},
		"again, end": {"status: captured\ncapture:\n  method: manual\n", "status: captured\n" + captured},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := dossier.SetCapture([]byte(f.in), c)
			if err != nil || string(out) != f.want {
				t.Fatalf("%v\n%s\nwant\n%s", err, out, f.want)
			}
			again, err := dossier.SetCapture(out, c)
			if err != nil || string(again) != string(out) {
				t.Errorf("the second time: %v\n%s", err, again)
			}
			var doc map[string]any
			if err := yaml.Load(out, &doc); err != nil {
				t.Error(err)
			}
		})
	}
	for _, in := range []string{"id: a\n", "{status: linked}\n", "status:\n  linked\n"} {
		if out, err := dossier.SetCapture([]byte(in), c); !errors.Is(err, dossier.ErrNoPlace) {
			t.Errorf("%q: %v\n%s", in, err, out)
		}
	}
}

// A capture comes and goes, and with it the files that it brought; those of people stay.
func TestSetMediaAndDropCapture(t *testing.T) {
	const linked = "id: a # c\nstatus: linked\n# of the note\nnote: n"
	captured, err := dossier.SetCapture([]byte(linked), &dossier.Capture{CapturedAt: "2026-01-02T10:00:00Z", Method: "http"})
	if err != nil {
		t.Fatal(err)
	}
	back, err := dossier.DropCapture(captured)
	if err != nil || string(back) != linked+"\n" {
		t.Errorf("%v\n%s", err, back)
	}
	made := func(m dossier.MediaFile) bool { return m.With != "" }
	film := dossier.MediaFile{File: "file.mp4", SHA256: strings.Repeat("a", 64), Size: 5 << 32, From: "https://a.example/f?x=1", At: "2026-01-02T10:00:00Z", With: "yt-dlp 1"}
	const lines = "  - file: file.mp4\n    sha256: " + "%s" + "\n    size: 21474836480\n    from: \"https://a.example/f?x=1\"\n    at: 2026-01-02T10:00:00Z\n    with: \"yt-dlp 1\"\n"
	want := strings.Replace(string(captured), "capture:\n", "media:\n"+fmt.Sprintf(lines, film.SHA256)+"capture:\n", 1)
	for range 2 {
		if captured, err = dossier.SetMedia(captured, made, film); err != nil || string(captured) != want {
			t.Errorf("%v\n%s\nwant\n%s", err, captured, want)
		}
	}
	if back, err = dossier.DropCapture(captured); err != nil || !strings.Contains(string(back), "status: full\n") || strings.Contains(string(back), "capture") {
		t.Errorf("%v\n%s", err, back)
	}
	if back, err = dossier.SetMedia(captured, made); err != nil || strings.Contains(string(back), "media") {
		t.Errorf("%v\n%s", err, back)
	}
	if back, err = dossier.SetStatus([]byte(linked), dossier.StatusFull); err != nil || string(back) != strings.Replace(linked, "linked", "full", 1) {
		t.Errorf("%v\n%s", err, back)
	}
}

func TestSetMedia(t *testing.T) {
	made := func(m dossier.MediaFile) bool { return m.With != "" }
	none := func(dossier.MediaFile) bool { return false }
	for _, c := range []struct {
		name, in string
		drop     func(dossier.MediaFile) bool
		add      []dossier.MediaFile
		want     string // empty: no place
	}{
		{"at the end", "id: a", none, []dossier.MediaFile{{File: "x.pdf"}}, "id: a\nmedia:\n  - file: x.pdf\n"},
		{"nothing to do", "id: a", made, nil, "id: a"},
		{
			"behind others", "media:\n- file: a.mp4 # ours\n  title: \"A: b\"\n\n# of the note\nnote: n\n", made,
			[]dossier.MediaFile{{File: "a.en.vtt", Role: "captions", Lang: "en"}},
			"media:\n- file: a.mp4 # ours\n  title: \"A: b\"\n- file: a.en.vtt\n  role: captions\n  lang: en\n\n# of the note\nnote: n\n",
		},
		{
			"in the place of one", "media:\n    - file: a.mp4\n      with: x\n      title: Named\n    - file: b.jpg", made,
			[]dossier.MediaFile{{File: "a.mp4", With: "y"}},
			"media:\n    - file: b.jpg\n    - file: a.mp4\n      title: Named\n      with: \"y\"\n",
		},
		{"the last one goes", "media:\n  - file: a.mp4\n    with: x\nnote: n\n", made, nil, "note: n\n"},
		{"a line is no field", "media:\n  - file: a\n", none, []dossier.MediaFile{{File: "b\nid: c", With: "d\x1b[2J"}}, "media:\n  - file: a\n  - file: \"b\\nid: c\"\n    with: \"d\\u001b[2J\"\n"},
		{"listed already", "media:\n  - file: a\n", none, []dossier.MediaFile{{File: "a"}}, ""},
		{"in brackets", "media: [{file: a}]\n", none, []dossier.MediaFile{{File: "b"}}, ""},
		{"two in a line", "media:\n  - {file: a, with: x}\n  - {file: b}\n", made, nil, "media:\n  - {file: b}\n"},
		{"no list", "media: x\n", none, []dossier.MediaFile{{File: "b"}}, ""},
	} {
		out, err := dossier.SetMedia([]byte(c.in), c.drop, c.add...)
		if c.want == "" && !errors.Is(err, dossier.ErrNoPlace) || c.want != "" && (err != nil || string(out) != c.want) {
			t.Errorf("%s: %v\n%s\nwant\n%s", c.name, err, out, c.want)
		}
	}
}

// Whatever stands in a field is read as it was.
func FuzzCaptureText(f *testing.F) {
	for _, s := range []string{"x", "yes", "0x1f", "- a", "a: b", "#c", "\u2028", "'", "\\", "\n", "null", "~", "1e3", "2026-01-02", ""} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, s string) {
		if s = strings.ToValidUTF8(s, ""); s == "" || strings.ContainsRune(s, 0) {
			return
		}
		out, err := dossier.SetCapture([]byte("status: linked\n"), &dossier.Capture{CapturedAt: "2026-01-02T10:00:00Z", By: s})
		if err != nil {
			t.Fatal(err)
		}
		var doc struct {
			Capture struct{ By string }
		}
		if err := yaml.Load(out, &doc); err != nil {
			t.Fatalf("%q: %v\n%s", s, err, out)
		}
		if doc.Capture.By != s {
			t.Errorf("%q is read as %q", s, doc.Capture.By)
		}
	})
}
