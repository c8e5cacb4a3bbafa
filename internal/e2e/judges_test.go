package e2e

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
	"unicode"
)

// judge returns the path of somebody else's program. Without it the test is skipped, or fails with CI=true.
func judge(t *testing.T, name string) string {
	t.Helper()
	path, err := exec.LookPath(name)
	if err != nil {
		missing(t, name+" is not installed")
	}
	return path
}

// module returns the path of a file of an npm package that package.json or the Makefile pins.
func module(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("node_modules", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		missing(t, name+" is not installed; run make judges")
	}
	return path
}

func missing(t *testing.T, what string) {
	t.Helper()
	if os.Getenv("CI") == "true" {
		t.Fatal(what)
	}
	t.Skip(what)
}

// output runs a judge and returns what it says.
func output(t *testing.T, name string, args ...string) string {
	t.Helper()
	cmd := exec.CommandContext(t.Context(), name, args...)
	var errors strings.Builder
	cmd.Stderr = &errors
	out, err := cmd.Output()
	if err != nil {
		t.Fatalf("%s: %v\n%s%s", filepath.Base(name), err, out, errors.String())
	}
	return string(out)
}

// unpacked is a dossier as a folder of files.
type unpacked struct {
	program   string // the reader that carries it
	dir       string
	pages     []string // names of our HTML files, sorted
	snapshots []string // names of those that others made
}

// unpack extracts the dossier that is compiled into the reader.
func unpack(t *testing.T) unpacked { return unpackFrom(t, program(t, "samizdat")) }

func unpackFrom(t *testing.T, reader string) unpacked {
	t.Helper()
	u := unpacked{program: reader, dir: filepath.Join(t.TempDir(), "dossier")}
	output(t, reader, "extract", u.dir)
	err := filepath.WalkDir(u.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".html" {
			name, _ := filepath.Rel(u.dir, path)
			if name = filepath.ToSlash(name); isSnapshot(name) {
				u.snapshots = append(u.snapshots, name)
			} else {
				u.pages = append(u.pages, name)
			}
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(u.pages) < 15 || !slices.Contains(u.pages, "index.html") {
		t.Fatalf("the dossier has only the pages %q", u.pages)
	}
	return u
}

func (u unpacked) path(name string) string { return filepath.Join(u.dir, filepath.FromSlash(name)) }

func (u unpacked) read(t *testing.T, name string) string {
	t.Helper()
	b, err := os.ReadFile(u.path(name))
	if err != nil {
		t.Fatal(err)
	}
	return string(b)
}

// serve shows the folder as any web server would; the packed pages that the reader shadows are seen this way only.
func (u unpacked) serve(t *testing.T) string {
	t.Helper()
	s := httptest.NewServer(http.FileServer(http.Dir(u.dir)))
	t.Cleanup(s.Close)
	return s.URL + "/"
}

// shadowed says that the reader answers this path itself, in whichever language.
func shadowed(name string) bool {
	first, _, _ := strings.Cut(name, ".")
	return first == "search" || first == "share" || first == "check"
}

var htmlLang = regexp.MustCompile(`(?i)<html[^>]*\slang="?([\w-]+)`)

// langOf reads the language that a page says it is in.
func langOf(t *testing.T, name, html string) string {
	t.Helper()
	m := htmlLang.FindStringSubmatch(html)
	if m == nil {
		t.Fatalf("%s names no language", name)
	}
	return m[1]
}

// sheet is one page as somebody sees it.
type sheet struct {
	name   string // for people, and for names of files
	url    string
	lang   string // of the frame
	accept string // the language that the browser asks for; empty for packed pages, which do not depend on it
}

// everySheet lists the pages that judges look at: those of the dossier with every type of page in all languages of its
// frame, those of the compiled-in dossier in its main language, and the reader's own: what it shows in place of packed
// pages, and also the packed ones; searches, the shelf, what is missing and what is damaged.
func everySheet(t *testing.T) []sheet {
	t.Helper()
	all := sheetsOf(t, unpackEvery(t), true)
	for _, s := range sheetsOf(t, unpack(t), false) {
		s.name = "dossier-" + s.name
		all = append(all, s)
	}
	slices.SortFunc(all, func(a, b sheet) int { return strings.Compare(a.lang+" "+a.name, b.lang+" "+b.name) })
	languages := map[string]int{}
	for _, s := range all {
		languages[s.lang]++
	}
	t.Logf("%d pages, in the languages %v", len(all), languages)
	return all
}

// sheetsOf lists the pages of one dossier, in every language or the main one.
func sheetsOf(t *testing.T, u unpacked, everyLanguage bool) []sheet {
	t.Helper()
	cover := get(t, startProgram(t, u.program).url, "")
	base := cover.url[:strings.LastIndexByte(cover.url, '/')+1]
	folder := u.serve(t)

	var all []sheet
	languages := map[string]bool{}
	for _, name := range u.pages {
		lang := langOf(t, name, u.read(t, name))
		if !everyLanguage && lang != cover.lang {
			continue
		}
		languages[lang] = true
		all = append(all, sheet{name: name, url: base + name, lang: lang})
		if !everyLanguage {
			continue
		}
		if shadowed(name) {
			all = append(all, sheet{name: "packed-" + name, url: folder + name, lang: lang})
		}
		if strings.HasPrefix(name, "search.") {
			for q, label := range map[string]string{"Statement": "found", "qwxz": "none"} {
				all = append(all, sheet{name: "search-" + label + name[len("search"):], url: base + name + "?q=" + q, lang: lang})
			}
		}
	}
	if !everyLanguage {
		return all
	}
	sharing := shared(t, u)
	for _, name := range u.pages {
		if sharing != "" && strings.HasPrefix(name, "share.") {
			all = append(all, sheet{name: "share-on" + name[len("share"):], url: sharing + name, lang: langOf(t, name, u.read(t, name))})
		}
	}
	zim := filepath.Join(t.TempDir(), "dossier.zim")
	output(t, u.program, "extract", "--zim", zim)
	shelf := startProgram(t, u.program, "--damaged", zim, damaged(t, zim)).url
	root := base[:strings.Index(base, "/content/")+1]
	for name, address := range map[string]string{
		"damaged-block": damagedBlock(t), "get": root + "get", "get-several": shelf + "get", "share-shelf": shelf + "-/share", "shelf": shelf, "missing": base + "no/such page.html", "missing-outside": shelf + "no/such/book", "damaged": shelf + "content/damaged/about.html",
	} {
		for lang := range languages {
			if p := get(t, address, lang); p.lang != lang {
				t.Errorf("%s asked for in %s comes in %s", address, lang, p.lang)
			}
			all = append(all, sheet{name: name + "." + lang + ".html", url: address, lang: lang, accept: lang})
		}
	}
	return all
}

// damaged writes a copy of an archive, damaged.zim, whose compressed cluster cannot be read: it has lost its magic number.
func damaged(t *testing.T, zim string) string {
	t.Helper()
	data, err := os.ReadFile(zim)
	if err != nil {
		t.Fatal(err)
	}
	magic := []byte{0x28, 0xb5, 0x2f, 0xfd} // of a zstd frame, RFC 8878 §3.1.1
	if !bytes.Contains(data, magic) {
		t.Fatal("the archive has no compressed cluster")
	}
	copyOf := filepath.Join(t.TempDir(), "damaged.zim")
	if err := os.WriteFile(copyOf, bytes.ReplaceAll(data, magic, make([]byte, len(magic))), 0o666); err != nil {
		t.Fatal(err)
	}
	return copyOf
}

// shared opens a dossier to the first network that its page offers and returns where its pages are; empty without one.
func shared(t *testing.T, u unpacked) string {
	t.Helper()
	r := startProgram(t, u.program)
	cover := get(t, r.url, "")
	base := cover.url[:strings.LastIndexByte(cover.url, '/')+1]
	page := get(t, base+"share.html", "").body
	offered := regexp.MustCompile(`<option[^>]* value="([^"]+)"`).FindStringSubmatch(page)
	if offered == nil {
		if os.Getenv("CI") == "true" {
			t.Fatal("this machine is in no network; the page that says that sharing is on cannot be judged")
		}
		t.Log("NOT JUDGED: the page that says that sharing is on; this machine is in no network")
		return ""
	}
	token := regexp.MustCompile(`name="token" value="([^"]+)"`).FindStringSubmatch(page)
	if token == nil {
		t.Fatal("the form has no token")
	}
	form := url.Values{"token": token[1:], "agreed": {"yes"}, "network": {offered[1]}, "minutes": {"60"}, "ssid": {"Library"}, "password": {"not a secret"}}
	req, err := http.NewRequestWithContext(t.Context(), http.MethodPost, r.url+"-/share", strings.NewReader(form.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", strings.TrimSuffix(r.url, "/"))
	req.Header.Set("Sec-Fetch-Site", "same-origin")
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(req)
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	on := get(t, base+"share.html", "")
	if res.StatusCode != http.StatusOK || !strings.Contains(on.body, offered[1]) || !strings.Contains(on.body, `class="qr"`) {
		t.Fatalf("sharing did not begin: %s\n%s", res.Status, on.body)
	}
	return base
}

// damagedBlock returns an address in a sealed archive, of which a block is not as it was sealed. Its files are made so
// large that one of them lies in that block alone.
func damagedBlock(t *testing.T) string {
	t.Helper()
	const block = 256 << 10 // docs/seal.md
	dir := t.TempDir()
	at := func(name string) string { return filepath.Join(dir, name) }
	if err := os.CopyFS(at("bundle"), os.DirFS(everyPage)); err != nil {
		t.Fatal(err)
	}
	random := rand.NewChaCha8([32]byte{})
	noise := map[string][]byte{}
	for name, size := range map[string]int{"media/film.mp4": 300_000, "media/noon.wav": 150_000} {
		more := make([]byte, size)
		_, _ = random.Read(more)      // never fails
		if name == "media/film.mp4" { // a box of data that no track uses keeps its length
			binary.BigEndian.PutUint32(more, uint32(size))
			copy(more[4:], "mdat")
		}
		noise[name] = more
		f, err := os.OpenFile(at("bundle/"+name), os.O_APPEND|os.O_WRONLY, 0)
		if err != nil {
			t.Fatal(err)
		}
		if _, err = f.Write(more); err == nil {
			err = f.Close()
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	press := program(t, "samizdat-press")
	output(t, press, "key", "new", "--no-passphrase", "--out", at("key"))
	output(t, press, "pack", at("bundle"), "-o", at("sealed.zim"), "--key", at("key"))
	data, err := os.ReadFile(at("sealed.zim"))
	if err != nil {
		t.Fatal(err)
	}
	i := bytes.Index(data, noise["media/noon.wav"][100_000:100_016])
	if i/block != 1 || len(data) < 2*block {
		t.Fatalf("the file to be damaged is at %d of %d", i, len(data))
	}
	data[i] ^= 1
	if err := os.WriteFile(at("sealed.zim"), data, 0o666); err != nil {
		t.Fatal(err)
	}
	address := start(t, "--key", at("key.pub"), at("sealed.zim")).url + "content/sealed/media/noon.wav"
	if a := get(t, address, "en"); a.status != http.StatusInternalServerError || !strings.Contains(a.body, "1, 0x40000") {
		t.Fatalf("%s answers %d\n%s", address, a.status, a.body)
	}
	return address
}

// answer is what a server says.
type answer struct {
	url    string // after redirects
	status int
	body   string
	lang   string
}

func get(t *testing.T, address, lang string) answer {
	t.Helper()
	address, _, _ = strings.Cut(address, "#")
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	req := &http.Request{Method: http.MethodGet, URL: u, Header: http.Header{}}
	if lang != "" {
		req.Header.Set("Accept-Language", lang)
	}
	res, err := (&http.Client{Timeout: 10 * time.Second}).Do(req.WithContext(t.Context()))
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	body, err := io.ReadAll(io.LimitReader(res.Body, 64<<20))
	if err != nil {
		t.Fatal(err)
	}
	a := answer{url: res.Request.URL.String(), status: res.StatusCode, body: string(body)}
	if strings.HasPrefix(res.Header.Get("Content-Type"), "text/html") {
		a.lang = langOf(t, address, a.body)
	}
	return a
}

// squeezed is s without white space and without characters that only shape text, to compare what different programs
// break into lines in different ways.
func squeezed(s string) string {
	return strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) || unicode.Is(unicode.Cf, r) {
			return -1
		}
		return r
	}, s)
}

// missingInOrder returns those of want that do not stand in text one after the other.
func missingInOrder(text string, want []string) []string {
	text = squeezed(text)
	var lost []string
	for _, w := range want {
		w = squeezed(w)
		i := strings.Index(text, w)
		if i < 0 {
			lost = append(lost, w)
			continue
		}
		text = text[i+len(w):]
	}
	return lost
}

// list writes one line for each of lines, for a message.
func list[T any](lines []T) string {
	var b strings.Builder
	for _, l := range lines {
		fmt.Fprintf(&b, "\n  %v", l)
	}
	return b.String()
}
