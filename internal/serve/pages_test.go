package serve

import (
	"bytes"
	"compress/gzip"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"encoding/xml"
	"fmt"
	"html"
	"io"
	"os"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/seal"
	"samizdat/internal/seal/sealtest"
)

func TestHome(t *testing.T) {
	one := start(t, Config{Loopback: true, Archives: find(t, 1, build(t, "ours.zim", stock(), nil))})
	one.want("one archive", one.get("/"), 302, "Location", "/content/ours/index.html")

	guest := start(t, Config{Loopback: true, Archives: find(t, 0, build(t, "guest.zim", stock(), nil))})
	guest.want("one guest", guest.get("/"), 302, "Location", "/content/guest/index.html")
	guest.want("one guest, then", guest.get("/content/guest/index.html"), 302, "Location", "http://localhost:"+guest.port+"/content/guest/index.html")

	none := start(t, Config{Loopback: true})
	contains(t, "none", none.get("/").body, "There is no archive here.")
}

func TestShelf(t *testing.T) {
	w := both(t, Config{Loopback: true, OnQuit: func() {}})
	a := w.get("/")
	w.want("shelf", a, 200, "Content-Type", "text/html; charset=utf-8", "X-Frame-Options", "DENY")
	contains(t, "shelf", a.body,
		`href="/content/ours/"`, `href="/content/guest/"`, "Test &amp; &lt;archive&gt;", "A &amp; B", "About tests", "English", "6 January 2022",
		"a file of its own, not part of this program", `action="/-/quit"`, `href="/-/style.css"`,
	)
	if n := strings.Count(a.body, "a file of its own, not part of this program"); n != 1 {
		t.Errorf("%d archives are called foreign, want 1", n)
	}
}

// Whether an archive is ours never depends on what it says about itself.
func TestGuestStaysGuest(t *testing.T) {
	path := build(t, "dossier.zim", stock(), map[string]string{"Publisher": "samizdat", "Name": "dossier"})
	sources, err := archive.Find(archive.Options{Paths: []string{path}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { sources[0].Close() })
	w := start(t, Config{Loopback: true, Archives: sources})
	w.want("page", w.get("/content/dossier/index.html"), 302, "Location", "http://localhost:"+w.port+"/content/dossier/index.html")
	if a := w.get("/content/dossier/search.html", w.guest()); a.body != "stored search" {
		t.Errorf("shadowed page of a guest: %q", a.body)
	}
}

func TestSearch(t *testing.T) {
	w := both(t, Config{Loopback: true})
	for query, want := range map[string]string{
		"first":           `<a href="/content/ours/statement.html"><bdi>First Statement</bdi></a>`,
		"STATEMENT+first": `<a href="/content/ours/statement.html">`,
		"nothing+like+it": "Nothing found for “nothing like it”",
		"%3Cb%3E":         "Nothing found for “&lt;b&gt;”",
		"":                `action="/content/ours/search.html"`,
	} {
		a := w.get("/content/ours/search.html?q=" + query)
		w.want(query, a, 200)
		contains(t, "search "+query, a.body, want)
	}
	if a := w.get("/content/ours/search.html?q=" + strings.Repeat("%D1%8F", 2000)); a.StatusCode != 200 || len(a.body) > 8000 {
		t.Errorf("long query: %d, %d bytes", a.StatusCode, len(a.body))
	}
}

func TestCheckPage(t *testing.T) {
	path := build(t, "ours.zim", stock(), nil)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, Config{Loopback: true, Archives: find(t, 1, path)})
	sum := sha256.Sum256(data)
	digits := hex.EncodeToString(sum[:])
	a := w.get("/content/ours/check.html")
	contains(t, "whole", a.body, "The file is whole", w.books[0].uuid, digits[:8], digits[56:], "Not sealed", "A badge in a copy you do not trust proves nothing")

	data[len(data)/2] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	w = start(t, Config{Loopback: true, Archives: find(t, 1, path)})
	a = w.get("/content/ours/check.html")
	contains(t, "changed", a.body, "The file is damaged", "Not sealed")
	if strings.Contains(a.body, "match their checksums") {
		t.Error("the page of a damaged archive says that its checksums match")
	}
	for _, b := range w.books {
		b.stopChecking()
	}
}

// TestCheckPageReadsTheSeal shows the key of a sealed archive, and says so when a byte was changed and the MD5 made
// right again.
func TestCheckPageReadsTheSeal(t *testing.T) {
	path := build(t, "ours.zim", stock(), nil)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signer := sealtest.NewSigner(1)
	sealed := sealtest.ZIM(data, signer, "edition <1>")
	changed := bytes.Clone(sealed)
	changed[seal.BlockSize+3000] ^= 1 // in the video
	sum := md5.Sum(changed[:len(changed)-md5.Size])
	copy(changed[len(changed)-md5.Size:], sum[:])
	for _, c := range []struct {
		name, want, not string
		data            []byte
	}{
		{"sealed", "Sealed and whole", "Not sealed", sealed},
		{"changed", "Sealed, but changed", "Sealed and whole", changed},
		{"hashes only", "Not sealed", "Sealed and whole", sealtest.ZIM(data, nil, "")},
	} {
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		w := start(t, Config{Loopback: true, Archives: find(t, 1, path)})
		a := w.get("/content/ours/check.html")
		contains(t, c.name, a.body, c.want, "A badge in a copy you do not trust proves nothing")
		if strings.Contains(a.body, c.not) {
			t.Errorf("%s: the page says %q", c.name, c.not)
		}
		if c.name == "sealed" {
			k, err := seal.ParseKey(signer.Public())
			if err != nil {
				t.Fatal(err)
			}
			contains(t, c.name, a.body, html.EscapeString(signer.Public()), "edition &lt;1&gt;", k.Digits(), strings.Join(k.Words("en"), " "),
				"Sealed by a key that this program does not know")
		}
	}
}

// TestShelfIsAlwaysThere: with a single guest, whose pages have no button of ours, the program can be ended at /-/.
func TestShelfIsAlwaysThere(t *testing.T) {
	w := start(t, Config{Loopback: true, Archives: find(t, 1, build(t, "guest.zim", stock(), nil)), OnQuit: func() {}})
	contains(t, "shelf", w.get("/-/").body, `action="/-/quit"`, "Test &amp; &lt;archive&gt;")
}

func TestSharePage(t *testing.T) {
	w := both(t, Config{Loopback: true, Share: true})
	contains(t, "loopback", w.get("/content/ours/share.html").body, "Sharing is off", "Copy the program", `href="/content/ours/contents.html"`)
	lan := both(t, Config{}).get("/content/ours/share.html").body
	contains(t, "LAN", lan, "Who can see what")
	if strings.Contains(lan, "Sharing is off") {
		t.Error("on a LAN the page says that sharing is off")
	}
}

// feed is what the tests read of an OPDS document.
type feed struct {
	Total   int `xml:"totalResults"`
	Entries []struct {
		ID       string `xml:"id"`
		Title    string `xml:"title"`
		Language string `xml:"language"`
		Updated  string `xml:"updated"`
		Author   string `xml:"author>name"`
		Links    []struct {
			Rel  string `xml:"rel,attr"`
			Href string `xml:"href,attr"`
			Type string `xml:"type,attr"`
		} `xml:"link"`
	} `xml:"entry"`
}

func (w *world) feed(target string) feed {
	w.t.Helper()
	a := w.get(target)
	w.want(target, a, 200)
	if !strings.HasPrefix(a.Header.Get("Content-Type"), "application/atom+xml;profile=opds-catalog") {
		w.t.Errorf("%s: Content-Type %q", target, a.Header.Get("Content-Type"))
	}
	var f feed
	if err := xml.Unmarshal([]byte(a.body), &f); err != nil {
		w.t.Errorf("%s: %v\n%s", target, err, a.body)
	}
	return f
}

func TestCatalogue(t *testing.T) {
	png := "\x89PNG\r\n\x1a\nnot looked at"
	w := start(t, Config{Loopback: true, Archives: find(t, 0,
		build(t, "first.zim", stock(), map[string]string{"Illustration_48x48@1": png}),
		build(t, "second.zim", append(stock(), item{path: "more", mime: "text/plain", body: "more"}), map[string]string{"Language": "rus", "Title": "Другой \x01", "Tags": "_category:news;x", "Date": "2023-05-01"}),
	)})
	root := w.feed("/catalog/v2/root.xml")
	if len(root.Entries) != 1 || root.Entries[0].Links[0].Href != "/catalog/v2/entries" {
		t.Errorf("root: %+v", root)
	}
	all := w.feed("/catalog/v2/entries")
	if all.Total != 2 || len(all.Entries) != 2 {
		t.Fatalf("entries: %+v", all)
	}
	e := all.Entries[0]
	if e.Title != "Test & <archive>" || e.Language != "eng" || e.Author != "A & B" || e.Updated != "2022-01-06T00:00:00Z" || e.ID != "urn:uuid:"+w.books[0].uuid {
		t.Errorf("entry: %+v", e)
	}
	for query, want := range map[string]int{
		"lang=rus": 1, "lang=eng,rus": 2, "lang=kaz": 0, "category=news": 1, "tag=x": 1, "notag=x": 1, "q=archive": 1, "q=ABOUT+другой": 1, "name=test_en": 2, "maxsize=1": 0,
	} {
		if f := w.feed("/catalog/v2/entries?" + query); f.Total != want || len(f.Entries) != want {
			t.Errorf("%s: %d of %d, want %d", query, len(f.Entries), f.Total, want)
		}
	}
	for query, want := range map[string]int{"count=1": 1, "count=0": 0, "count=-1": 2, "start=1": 1, "start=9": 0, "start=-1": 2, "count=x": 2} {
		if f := w.feed("/catalog/v2/entries?" + query); f.Total != 2 || len(f.Entries) != want {
			t.Errorf("%s: %d of %d, want %d of 2", query, len(f.Entries), f.Total, want)
		}
	}
	a := w.get("/catalog/v2/entry/" + w.books[1].uuid)
	w.want("entry", a, 200, "Content-Type", "application/atom+xml;type=entry;profile=opds-catalog")
	if err := xml.Unmarshal([]byte(a.body), new(struct {
		XMLName xml.Name `xml:"http://www.w3.org/2005/Atom entry"`
	})); err != nil {
		t.Errorf("entry: %v", err)
	}
	w.want("no such entry", w.get("/catalog/v2/entry/none"), 404)
	for _, target := range []string{e.Links[0].Href, "/catalog/v2/illustration/" + w.books[0].uuid + "/?size=48"} {
		a := w.get(target)
		w.want("illustration", a, 200, "Content-Type", "image/png")
		if a.body != png {
			t.Errorf("illustration: %q", a.body)
		}
	}
	w.want("no such size", w.get("/catalog/v2/illustration/"+w.books[0].uuid+"?size=96"), 404)
	w.want("link to read", w.get(e.Links[1].Href, w.guest()), 302, "Location", "/content/first/index.html")
}

// On a LAN text is compressed for those who ask; on this machine nothing is.
func TestCompression(t *testing.T) {
	lan, here := both(t, Config{}), both(t, Config{Loopback: true})
	const text, media = "/content/ours/statement.html", "/content/ours/video.bin"
	plain := lan.get(text)
	lan.want("not asked for", plain, 200, "Content-Encoding", "", "Vary", "Accept-Encoding")
	for _, coding := range []string{"gzip", "deflate, GZIP ; q=0.5, br", "*"} {
		a := lan.get(text, "Accept-Encoding: "+coding)
		lan.want(coding, a, 200, "Content-Encoding", "gzip", "ETag", "W/"+plain.Header.Get("ETag"), "Vary", "Accept-Encoding")
		if len(a.body) >= len(plain.body) {
			t.Errorf("%s: %d bytes instead of %d", coding, len(a.body), len(plain.body))
		}
		in, err := gzip.NewReader(strings.NewReader(a.body))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(in); err != nil || string(got) != plain.body {
			t.Errorf("%s: %d bytes unpacked, %v, want %d", coding, len(got), err, len(plain.body))
		}
		head := lan.do("HEAD", text, "Accept-Encoding: "+coding)
		lan.want(coding+", HEAD", head, 200, "Content-Encoding", "gzip", "Content-Length", "")
		lan.want(coding+" again", lan.get(text, "Accept-Encoding: "+coding, "If-None-Match: "+a.Header.Get("ETag")), 304)
		lan.want("range", lan.get(text, "Accept-Encoding: "+coding, "Range: bytes=0-3"), 206, "Content-Encoding", "", "ETag", plain.Header.Get("ETag"))
		lan.want("media", lan.get(media, "Accept-Encoding: "+coding), 200, "Content-Encoding", "")
		here.want("loopback", here.get(text, "Accept-Encoding: "+coding), 200, "Content-Encoding", "", "Vary", "")
	}
	for _, coding := range []string{"zstd", "gzip;q=0", "*;q=0", "gzip;q=0, *", "gzip;q=x"} {
		lan.want(coding, lan.get(text, "Accept-Encoding: "+coding), 200, "Content-Encoding", "", "Content-Length", fmt.Sprint(len(plain.body)))
	}
}

// A name given twice, or none, would hide an archive.
func TestNames(t *testing.T) {
	src := find(t, 0, build(t, "a.zim", stock(), nil))[0]
	if _, err := New(Config{Archives: []*archive.Source{src, src}}); err == nil {
		t.Error("two archives of one name: no error")
	}
}

// stored opens the file again only if it is still the same.
func TestSendfileNeedsTheSameFile(t *testing.T) {
	path := build(t, "ours.zim", stock(), nil)
	src := find(t, 1, path)[0]
	b := newBook(src, "")
	e, err := b.zim.Content("video.bin")
	if err != nil {
		t.Fatal(err)
	}
	item, err := b.open(t.Context(), e)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := item.Seek(100_003, io.SeekStart); err != nil {
		t.Fatal(err)
	}
	f, err := item.open()
	if err != nil || f == nil {
		t.Fatalf("open: %v, %v", f, err)
	}
	got := make([]byte, 10)
	if _, err := io.ReadFull(f, got); err != nil || !bytes.Equal(got, []byte("3456789012")) {
		t.Errorf("at %d: %q, %v", 100_003, got, err)
	}
	f.Close()
	if err := os.Rename(path, path+".old"); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("another file"), 0o600); err != nil {
		t.Fatal(err)
	}
	if f, err := item.open(); f != nil || err != nil {
		t.Errorf("another file of the name was opened: %v, %v", f, err)
	}
	w := start(t, Config{Loopback: true, Archives: []*archive.Source{src}})
	if a := w.get("/content/ours/video.bin"); len(a.body) != 600_000 {
		t.Errorf("got %d bytes from the file that is open", len(a.body))
	}
	w.want("range", w.get("/content/ours/video.bin", "Range: bytes=300000-"), 206, "Content-Length", fmt.Sprint(300_000))
}
