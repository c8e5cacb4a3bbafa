package compile_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"image/jpeg"
	"io"
	"io/fs"
	"os"
	"slices"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"samizdat/internal/dossier"
	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// everyPage is a dossier in which every type of page occurs.
const everyPage = "../dossier/testdata/every-page"

func TestCapturedPages(t *testing.T) {
	a := compiled(t, os.DirFS(everyPage))
	for path, want := range map[string][]string{
		"article-square.html": {
			`<h1>A bench on the square</h1>`, `<a href="article-square.html" aria-current="page">Text</a>`, `<a href="snapshot-square.html">As it looked</a>`,
			`<p id="p1">`, `<img src="captured/square/files/bench.png" alt="A blue bench between two trees" width="320" height="180">`,
			`href="outside.html#gazette-example-2025-12-square-`, `fetched over HTTP`, `<time datetime="2026-01-02T10:00:00Z">2 January 2026, 10:00 UTC</time>`,
			`Missing pieces`, `the server answered 403`, `href="evidence/square/square.wacz" download="square.wacz"`, `3 scripts, 1 form`,
		},
		"article-square.ru.html": {`href="snapshot-square.ru.html"`, `<div class="text" lang="en">`},
		"snapshot-square.html": {
			`<iframe class="snap" src="captured/square/snapshot.html" sandbox="allow-same-origin" title="As it looked: A bench on the square"></iframe>`,
			`<a href="captured/square/snapshot.html">Open it alone</a>`, `src="captured/square/screenshot.png"`, `rel="next"`, `Where this comes from`,
		},
		"article-ploshchad.html":     {`lang="ru"`, `The editor keeps the file`, `taken from a WACZ archive`},
		"article-only-snapshot.html": {`<iframe class="snap" src="captured/only-snapshot/snapshot.html"`, `added by hand`},
		"media-film.html": {
			`poster="media/poster.png"`, `<track kind="captions" src="media/film.en.vtt" srclang="en" label="English" default>`, `label="Русский"`, `Then the second.`,
		},
	} {
		html := string(content(t, entry(t, a, path)))
		for _, w := range want {
			if !strings.Contains(html, w) {
				t.Errorf("%s: no %q in\n%s", path, w, html)
			}
		}
	}
	for _, e := range a.Entries {
		switch {
		case strings.HasPrefix(e.Path, "snapshot-") && e.Front:
			t.Errorf("%s would be listed by title beside the item's own page", e.Path)
		case strings.HasPrefix(e.Path, "captured/") && e.Front:
			t.Errorf("%s is listed among our pages", e.Path)
		case strings.HasPrefix(e.Path, "evidence/ploshchad"):
			t.Errorf("%s is packed, though only its digest should be", e.Path)
		}
	}
	if snapshot := string(content(t, entry(t, a, "captured/square/snapshot.html"))); !strings.Contains(snapshot, `href="files/style.css"`) {
		t.Errorf("the snapshot is not as it was:\n%s", snapshot)
	}
	var record struct{ Capture map[string]any }
	if err := json.Unmarshal(content(t, entry(t, a, "records/square.json")), &record); err != nil {
		t.Fatal(err)
	}
	if got := record.Capture["snapshot"]; got != "captured/square/snapshot.html" {
		t.Errorf("the record says of the snapshot: %v", got)
	}
}

// What came, what is missing, that robots.txt was not asked, and that a try failed, stand on the pages and in the records.
func TestHowACaptureWent(t *testing.T) {
	m := dossierOf(t, everyPage)
	const square, linked = "articles/square/item.yaml", "articles/example/item.yaml"
	m[square] = &fstest.MapFile{Data: []byte(strings.Replace(string(m[square].Data), "capture:\n", "capture:\n  fetched: 1234\n  robots: ignored\n  cookies: sent\n", 1))}
	html := string(content(t, entry(t, compiled(t, m), "article-square.html")))
	for _, want := range []string{"<dt>Pieces fetched</dt>", "<dd>1234</dd>", `<dt>Pieces missing</dt>`, `<a href="#missing">2</a>`, "<dt>robots.txt</dt>", "The editor decided not to ask it", "Cookies of the editor were sent"} {
		if !strings.Contains(html, want) {
			t.Errorf("no %q in\n%s", want, html)
		}
	}
	record := string(content(t, entry(t, compiled(t, m), "records/square.json")))
	if !strings.Contains(record, `"fetched": 1234`) || !strings.Contains(record, `"robots": "ignored"`) || !strings.Contains(record, `"cookies": "sent"`) {
		t.Errorf("the record is\n%s", record)
	}

	report := func(result, url string) string {
		return `{"format": 1, "items": [{"id": "example", "url": "` + url + `", "at": "2026-01-02T10:00:00Z", "result": "` + result + `", "reason": "the server answered 404 <Not Found>"}]}`
	}
	const tried = `The last try to capture it failed: <time datetime="2026-01-02T10:00:00Z">2 January 2026, 10:00 UTC</time> <span class="m"`
	for name, c := range map[string]struct {
		report string
		shown  bool
	}{
		"failed":             {report("failed", "https://example.org/article"), true},
		"captured elsewhere": {report("captured", "https://example.org/article"), false},
		"another address":    {report("failed", "https://example.org/other"), false},
	} {
		item := "id: example\nkind: article\ntitle: An example\nurl: https://example.org/article\nlang: en\nstatus: linked\n"
		html := string(content(t, entry(t, compiled(t, altered(t, map[string]string{linked: item, dossier.ReportFile: c.report})), "article-example.html")))
		if strings.Contains(html, tried) != c.shown || strings.Contains(html, "404 &lt;Not Found") != c.shown {
			t.Errorf("%s: the page is\n%s", name, html)
		}
	}
	for _, bad := range []string{"", "{", `{"format": 2}`, `{"format": 1, "items": [{"id": "example", "at": "yesterday"}]}`} {
		d := load(t, altered(t, map[string]string{dossier.ReportFile: bad}))
		if len(d.Warnings) != 1 || !strings.Contains(d.Warnings[0].Message, "no report of captures") {
			t.Errorf("%q: %v", bad, d.Warnings)
		}
	}
}

// What is stored as it is comes before everything that is compressed.
func TestStoredComesFirst(t *testing.T) {
	a := compiled(t, os.DirFS(everyPage))
	var order []bool
	for _, e := range a.Entries {
		order = append(order, e.Store)
	}
	if !slices.Contains(order, true) || slices.Contains(order[slices.Index(order, false):], true) {
		t.Errorf("stored: %v", order)
	}
}

// The evidence that readers get is a WACZ that holds what the page and the record say of it, twice the same.
func TestEvidenceIsOfferedAsWACZ(t *testing.T) {
	a := compiled(t, os.DirFS(everyPage))
	e := entry(t, a, "evidence/square/square.wacz")
	b := content(t, e)
	if e.MIMEType != "application/wacz" || !e.Store || e.Size != int64(len(b)) || !bytes.Equal(b, content(t, e)) {
		t.Errorf("%d bytes of %s, said to be %d; stored: %v", len(b), e.MIMEType, e.Size, e.Store)
	}
	w, err := wacz.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if report, err := w.Verify(t.Context(), nil); err != nil || !report.Intact() {
		t.Errorf("it does not verify: %+v: %v", report, err)
	}
	const page = "https://www.gazette.example/2026/01/bench"
	if p := w.Package; p.Version != "1.1.1" || p.Profile != "data-package" || p.MainPageURL != page || p.Title != "A bench on the square" {
		t.Errorf("package %+v", p)
	}
	var pages []wacz.Page
	if err := w.Pages(func(p wacz.Page) error { pages = append(pages, p); return nil }, nil); err != nil || len(pages) != 1 || pages[0].URL != page {
		t.Errorf("pages %+v: %v", pages, err)
	}
	var index []wacz.Entry
	if err := w.Index(func(e wacz.Entry) error { index = append(index, e); return nil }, nil); err != nil || len(index) != 1 || index[0].URL != page {
		t.Errorf("index %+v: %v", index, err)
	}
	evidence, err := os.ReadFile(everyPage + "/articles/square/page.warc.gz")
	if err != nil {
		t.Fatal(err)
	}
	var record struct{ Capture map[string]any }
	if err := json.Unmarshal(content(t, entry(t, a, "records/square.json")), &record); err != nil {
		t.Fatal(err)
	}
	k := record.Capture
	if digests, ok := k["digests"].(map[string]any); !ok || digests["evidence"] != sum(evidence) || k["evidence_sha256"] != sum(b) || k["evidence_size"] != float64(len(b)) {
		t.Errorf("record %v", k)
	}
	if !bytes.Contains(b, []byte("sha256:"+sum(evidence))) {
		t.Error("the WACZ does not give the digest of the WARC file that the record has")
	}
}

// dossierOf is the folder in memory, so that tests can change it.
func dossierOf(t *testing.T, dir string) fstest.MapFS {
	t.Helper()
	m := fstest.MapFS{}
	root := os.DirFS(dir)
	if err := fs.WalkDir(root, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		b, err := fs.ReadFile(root, name)
		m[name] = &fstest.MapFile{Data: b, Mode: 0o644}
		return err
	}); err != nil {
		t.Fatal(err)
	}
	return m
}

// A WARC file that no WACZ can be made of is offered as it is, and that is said.
func TestEvidenceThatIsNoWARC(t *testing.T) {
	const name = "articles/square/page.warc.gz"
	for what, damage := range map[string]func([]byte) []byte{
		"cut short": func(b []byte) []byte { return b[:len(b)-9] },
		"something": func([]byte) []byte { return []byte("something else") },
		"without page": func([]byte) []byte {
			return []byte("WARC/1.1\r\nWARC-Type: warcinfo\r\nWARC-Record-ID: <urn:uuid:00000000-0000-4000-8000-000000000001>\r\nWARC-Date: 2026-01-02T10:00:00Z\r\nContent-Length: 0\r\n\r\n\r\n\r\n")
		},
	} {
		m := dossierOf(t, everyPage)
		m[name].Data = damage(m[name].Data)
		a := compiled(t, m)
		if e := entry(t, a, "evidence/square/page.warc.gz"); !bytes.Equal(content(t, e), m[name].Data) {
			t.Errorf("%s: it is not packed as it is", what)
		}
		if !slices.ContainsFunc(a.Warnings, func(p dossier.Problem) bool { return p.File == name && strings.Contains(p.Message, "not as WACZ") }) {
			t.Errorf("%s: warnings %v", what, a.Warnings)
		}
	}
}

// Evidence that changes after its sum was taken is not packed under that sum.
func TestChangedEvidence(t *testing.T) {
	m := dossierOf(t, everyPage)
	a := compiled(t, m)
	e := entry(t, a, "evidence/square/square.wacz")
	var b bytes.Buffer
	w := warc.NewWriter(&b)
	if _, err := w.Write(&warc.Draft{
		Type: warc.Resource, TargetURI: "https://www.gazette.example/2026/01/bench", Date: time.Date(2026, 1, 2, 10, 0, 0, 0, time.UTC), ContentType: "text/plain",
		Body: strings.NewReader("another"),
	}); err != nil {
		t.Fatal(err)
	}
	m["articles/square/page.warc.gz"].Data = b.Bytes()
	r, err := e.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	if _, err := io.ReadAll(r); !errors.Is(err, fs.ErrInvalid) {
		t.Errorf("it is packed: %v", err)
	}
}

// The media page has small pictures, turned, of what is packed; small files stand for themselves, films have their poster.
func TestThumbnails(t *testing.T) {
	a := compiled(t, os.DirFS(everyPage))
	small := content(t, entry(t, a, "thumbnails/media/evening.jpg.jpg"))
	if c, err := jpeg.DecodeConfig(bytes.NewReader(small)); err != nil || c.Width != 320 || c.Height != 480 {
		t.Errorf("%+v: %v", c, err)
	}
	if !bytes.Equal(small, content(t, entry(t, compiled(t, os.DirFS(everyPage)), "thumbnails/media/evening.jpg.jpg"))) {
		t.Error("other bytes the second time")
	}
	html := string(content(t, entry(t, a, "media.html")))
	for _, want := range []string{
		`<h2 id="image">Pictures</h2>`, `<h2 id="video">Videos</h2>`, `<h2 id="audio">Sound</h2>`, `<h2 id="other">Other</h2>`,
		`<img src="media/bench.png" alt="" width="320" height="180" loading="lazy">`, `<img src="thumbnails/media/evening.jpg.jpg" alt="" width="320" height="480" loading="lazy">`,
		`<img src="thumbnails/media/poster.png.jpg" alt="" width="480" height="270" loading="lazy">`, `<a href="media-photo.html#m2">The same bench, the sun low behind it</a>`,
	} {
		if !strings.Contains(html, want) {
			t.Errorf("media.html: no %q in\n%s", want, html)
		}
	}
	photos := string(content(t, entry(t, a, "media-photo.html")))
	if want := `<figure id="m2"><img src="media/evening.jpg" alt="The same bench, the sun low behind it" width="600" height="900" loading="lazy"><figcaption>The same bench, the sun low behind it</figcaption></figure>`; !strings.Contains(photos, want) {
		t.Errorf("media-photo.html: no %q in\n%s", want, photos)
	}
}

// Captions and posters go with the film whose name theirs begin like, if there are several.
func TestSeveralFilms(t *testing.T) {
	m := dossierOf(t, everyPage)
	m["media/other.mp4"] = m["media/film.mp4"]
	m["media/other.en.vtt"] = m["media/film.en.vtt"]
	m["media/film.yaml"].Data = append(m["media/film.yaml"].Data, "  - file: other.mp4\n  - file: other.en.vtt\n    role: captions\n    lang: en\n"...)
	html := string(content(t, entry(t, compiled(t, m), "media-film.html")))
	first, second, ok := strings.Cut(html, `<figure id="m2">`)
	if !ok || strings.Count(first, "<track") != 2 || strings.Count(second, "<track") != 1 || !strings.Contains(second, `src="media/other.en.vtt"`) {
		t.Errorf("%s", html)
	}
	if strings.Contains(second, "poster=") {
		t.Error("the poster of one film is shown for the other")
	}
	loose := func() (names []string) {
		for _, w := range compiled(t, m).Warnings {
			if strings.Contains(w.Hint, "rename it as the film") {
				names = append(names, w.File)
			}
		}
		return names
	}
	before := loose()
	m["media/lost.en.vtt"] = m["media/film.en.vtt"]
	m["media/film.yaml"].Data = append(m["media/film.yaml"].Data, "  - file: lost.en.vtt\n    role: captions\n    lang: en\n"...)
	if got := loose(); !slices.Contains(got, "media/lost.en.vtt") || slices.Contains(before, "media/film.en.vtt") || slices.Contains(before, "media/other.en.vtt") {
		t.Errorf("shown with no film: %v, before %v", got, before)
	}
}

// A sound with captions is played by what shows captions.
func TestSoundWithCaptions(t *testing.T) {
	html := string(content(t, entry(t, compiled(t, os.DirFS(everyPage)), "media-sound.html")))
	if !strings.Contains(html, `src="media/noon.wav"><track kind="captions" src="media/noon.en.vtt" srclang="en" label="English" default>`) || strings.Contains(html, "<audio") {
		t.Errorf("%s", html)
	}
}
