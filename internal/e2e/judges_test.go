package e2e

import (
	"fmt"
	"io"
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

// module returns the path of a file of an npm package that package.json pins.
func module(t *testing.T, name string) string {
	t.Helper()
	path := filepath.Join("node_modules", filepath.FromSlash(name))
	if _, err := os.Stat(path); err != nil {
		missing(t, name+" is not installed; run npm ci --ignore-scripts in internal/e2e")
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

// unpacked is the dossier as a folder of files.
type unpacked struct {
	dir   string
	pages []string // names of the HTML files, sorted
}

// unpack extracts the dossier that is compiled into the reader.
func unpack(t *testing.T) unpacked {
	t.Helper()
	u := unpacked{dir: filepath.Join(t.TempDir(), "dossier")}
	output(t, program(t, "samizdat"), "extract", u.dir)
	err := filepath.WalkDir(u.dir, func(path string, d os.DirEntry, err error) error {
		if err == nil && !d.IsDir() && filepath.Ext(path) == ".html" {
			name, _ := filepath.Rel(u.dir, path)
			u.pages = append(u.pages, filepath.ToSlash(name))
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

// everySheet lists the pages of the dossier in all languages of its frame, and the reader's own: those that it shows in
// place of packed ones, and also the packed ones; searches, the shelf, the error.
func everySheet(t *testing.T) []sheet {
	t.Helper()
	u := unpack(t)
	cover := get(t, start(t).url, "")
	base := cover.url[:strings.LastIndexByte(cover.url, '/')+1]
	folder := u.serve(t)

	var all []sheet
	languages := map[string]bool{}
	for _, name := range u.pages {
		lang := langOf(t, name, u.read(t, name))
		languages[lang] = true
		all = append(all, sheet{name: name, url: base + name, lang: lang})
		if shadowed(name) {
			all = append(all, sheet{name: "packed-" + name, url: folder + name, lang: lang})
		}
		if strings.HasPrefix(name, "search.") {
			for q, label := range map[string]string{"Statement": "found", "qwxz": "none"} {
				all = append(all, sheet{name: "search-" + label + name[len("search"):], url: base + name + "?q=" + q, lang: lang})
			}
		}
	}
	zim := filepath.Join(t.TempDir(), "dossier.zim")
	output(t, program(t, "samizdat"), "extract", "--zim", zim)
	shelf := start(t, zim, zim).url
	for name, address := range map[string]string{
		"shelf": shelf, "error": base + "no/such page.html", "error-outside": shelf + "no/such/book",
	} {
		seen := map[string]bool{}
		for lang := range languages {
			if p := get(t, address, lang); !seen[p.lang] {
				seen[p.lang] = true
				all = append(all, sheet{name: name + "." + p.lang + ".html", url: address, lang: p.lang, accept: lang})
			}
		}
	}
	slices.SortFunc(all, func(a, b sheet) int { return strings.Compare(a.lang+" "+a.name, b.lang+" "+b.name) })
	t.Logf("%d pages, in the languages %v", len(all), languages)
	return all
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
