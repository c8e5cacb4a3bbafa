package e2e

import (
	"encoding/json"
	"net/url"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"
)

// What a first visit may weigh, in bytes.
const (
	maxStyle = 12_000
	maxFirst = 40_000 // a page and the style sheet
)

// TestPackedPages reads the packed files as they are: small, without script, without a word to the outside.
func TestPackedPages(t *testing.T) { each(t, packedPages) }

func packedPages(t *testing.T, u unpacked) {
	style := u.read(t, "style.css")
	if len(style) > maxStyle {
		t.Errorf("style.css has %d bytes, more than %d", len(style), maxStyle)
	}
	if m := regexp.MustCompile(`(?i)@import|url\(|image-set\(|@font-face|expression\(|behavior:`).FindString(style); m != "" {
		t.Errorf("style.css has %q; it must refer to nothing", m)
	}
	active := regexp.MustCompile(`(?i)<(script|style|object|embed|applet|base)\b|\son\w+\s*=|javascript:|<meta[^>]+http-equiv|<link[^>]+(preconnect|dns-prefetch|preload|prefetch)`)
	refers := regexp.MustCompile(`(?i)\s(href|src|srcset|action|formaction|poster|data|background|ping|cite)\s*=\s*["']?([^"'\s>]*)`)
	heaviest, bytes := "", 0
	for _, name := range u.pages {
		html := u.read(t, name)
		if n := len(html) + len(style); n > bytes {
			heaviest, bytes = name, n
		}
		if m := active.FindString(html); m != "" {
			t.Errorf("%s has %q", name, m)
		}
		for _, m := range refers.FindAllStringSubmatch(html, -1) {
			if to := m[2]; strings.Contains(to, "//") || regexp.MustCompile(`^[a-zA-Z][a-zA-Z0-9+.-]*:`).MatchString(to) && to != "data:," {
				t.Errorf("%s has %s=%q, which leads out of the archive", name, m[1], to)
			}
		}
	}
	if bytes > maxFirst {
		t.Errorf("%s weighs %d bytes with its style, more than %d", heaviest, bytes, maxFirst)
	}
	t.Logf("style.css %d bytes; the heaviest page is %s, %d bytes with it", len(style), heaviest, bytes)
}

// TestValid lets the validator of the W3C read all packed pages and the style sheet, and the pages that the reader makes.
func TestValid(t *testing.T) {
	jar := module(t, "vnu-jar/build/dist/vnu.jar")
	java := judge(t, "java")
	u, every := unpack(t), unpackEvery(t)
	files := []string{u.path("style.css")}
	for _, name := range u.pages {
		files = append(files, u.path(name))
	}
	for _, name := range slices.Concat(every.pages, every.snapshots) {
		files = append(files, every.path(name))
	}
	made := t.TempDir()
	for _, s := range everySheet(t) {
		if _, err := os.Stat(every.path(s.name)); err != nil && !strings.HasPrefix(s.name, "dossier-") || shadowed(s.name) {
			name := filepath.Join(made, s.name)
			if err := os.WriteFile(name, []byte(get(t, s.url, s.accept).body), 0o666); err != nil {
				t.Fatal(err)
			}
			files = append(files, name)
		}
	}
	// A faulty page among them proves that the validator reads what it is given.
	faulty := filepath.Join(made, "faulty.html")
	if err := os.WriteFile(faulty, []byte("<!DOCTYPE html><html lang=en><title>x</title><p><ul></p><img>"), 0o666); err != nil {
		t.Fatal(err)
	}
	var report struct {
		Messages []struct {
			Type, SubType, URL, Message, Extract string
			LastLine                             int
		}
	}
	out := output(t, java, append([]string{
		"-jar", jar, "--exit-zero-always", "--stdout", "--format", "json", "--also-check-css",
	}, append(files, faulty)...)...)
	if err := json.Unmarshal([]byte(out), &report); err != nil {
		t.Fatalf("vnu: %v\n%s", err, out)
	}
	read := false
	for _, m := range report.Messages {
		if strings.HasSuffix(m.URL, "/faulty.html") {
			read = true
			continue
		}
		t.Errorf("%s:%d: %s %s: %s\n%s", filepath.Base(m.URL), m.LastLine, m.Type, m.SubType, m.Message, m.Extract)
	}
	if !read {
		t.Errorf("vnu finds no fault in a faulty page:\n%s", out)
	}
	t.Logf("vnu: %d files", len(files))
}

// TestZimcheck lets openZIM's own checker read the archives.
func TestZimcheck(t *testing.T) {
	each(t, func(t *testing.T, u unpacked) {
		zim := filepath.Join(t.TempDir(), "dossier.zim")
		output(t, u.program, "extract", "--zim", zim)
		said := output(t, judge(t, "zimcheck"), "-A", zim)
		if !strings.Contains(said, "Status: Pass") || strings.Contains(said, "[ERROR]") || strings.Contains(said, "[WARNING]") {
			t.Errorf("zimcheck says:\n%s", said)
		}
	})
}

// TestLinks follows every reference from the cover on, in the reader and in the unpacked folder: all resolve, with
// their anchors, none leads out, and every page can be reached.
func TestLinks(t *testing.T) { each(t, links) }

func links(t *testing.T, u unpacked) {
	cover := get(t, startProgram(t, u.program).url, "").url
	for name, from := range map[string]string{"reader": cover, "folder": u.serve(t) + "index.html"} {
		t.Run(name, func(t *testing.T) {
			base := strings.TrimSuffix(from, "index.html")
			own := origin(t, base)
			ctx, end := browserFor(t, 5*time.Minute)
			type page struct {
				IDs  []string
				Refs []string
			}
			const read = `({IDs: [...document.querySelectorAll("[id]")].map(e => e.id),
	Refs: [...document.querySelectorAll("[href], [src], [action], [poster]")].flatMap(e => ["href", "src", "action", "poster"]
		.filter(n => e.hasAttribute(n)).map(n => new URL(e.getAttribute(n), document.baseURI).href))})`
			guests := strings.Replace(base, "127.0.0.1", "localhost", 1) + "captured/" // where the reader shows what others made
			ids := map[string][]string{}
			anchors := map[string]string{} // an address with a fragment, and a page that refers to it
			other := map[string]bool{}
			queue := []string{from}
			for len(queue) > 0 {
				at := queue[0]
				queue = queue[1:]
				if _, ok := ids[at]; ok || other[at] {
					continue
				}
				a := get(t, at, "")
				if a.status != 200 {
					t.Errorf("%s answers %d", at, a.status)
				}
				if strings.HasPrefix(at, base+"captured/") && a.lang != "" && name == "reader" && !strings.HasPrefix(a.url, guests) {
					t.Errorf("%s is answered at %s, want the guests' site", at, a.url)
				}
				if a.lang == "" { // not HTML
					other[at] = true
					continue
				}
				visit(t, ctx, at)
				p := eval[page](t, ctx, read)
				ids[at] = p.IDs
				if slices.Sort(p.IDs); len(slices.Compact(slices.Clone(p.IDs))) < len(p.IDs) {
					t.Errorf("%s has an id twice: %q", at, p.IDs)
				}
				for _, ref := range p.Refs {
					to, fragment, _ := strings.Cut(ref, "#")
					switch {
					case ref == "data:,":
						continue
					case name == "reader" && (strings.HasPrefix(to, own+"/-/") || to == own+"/get" || to == own+"/search/searchdescription.xml"): // the reader's own, not the archive's
						continue
					case name == "reader" && strings.HasPrefix(at, base+"captured/") && strings.HasPrefix(to, guests):
						to = base + "captured/" + strings.TrimPrefix(to, guests)
					case !strings.HasPrefix(to, base) && !(name == "reader" && (to == own+"/" || to == own+"/-/style.css")):
						t.Errorf("%s refers to %s, out of the archive", at, ref)
						continue
					}
					if fragment != "" {
						anchors[ref] = at
					}
					queue = append(queue, to)
				}
			}
			for ref, at := range anchors {
				to, fragment, _ := strings.Cut(ref, "#")
				if page, ok := ids[to]; !ok || !slices.Contains(page, fragment) {
					t.Errorf("%s refers to %s, where no such anchor is", at, ref)
				}
			}
			for _, p := range slices.Concat(u.pages, u.snapshots) {
				if _, ok := ids[base+p]; !ok {
					t.Errorf("no way leads from the cover to %s", p)
				}
			}
			if len(anchors) < len(u.pages) {
				t.Errorf("only %d anchors are referred to; the skip link of each page is one", len(anchors))
			}
			t.Logf("%d pages, %d other files, %d anchors", len(ids), len(other), len(anchors))
			if out := outside(t, end()); len(out) > 0 {
				t.Errorf("the browser asked beyond this machine: %q", out)
			}
		})
	}
}

// origin is the part of an address before its path.
func origin(t *testing.T, address string) string {
	t.Helper()
	u, err := url.Parse(address)
	if err != nil {
		t.Fatal(err)
	}
	return u.Scheme + "://" + u.Host
}

// prose is what a page says, in order: without its navigation.
const prose = `[...document.querySelectorAll("main :is(h1, h2, h3, p, dt, dd, figcaption, summary)")]
	.filter(e => !e.querySelector("p, dl, ul, ol")).map(e => e.textContent).filter(s => s.trim())`

// TestWithoutStyles reads every page in a text browser: heading, text, where it comes from, in this order.
func TestWithoutStyles(t *testing.T) {
	lynx := judge(t, "lynx")
	u := unpackEvery(t)
	base := u.serve(t)
	ctx, _ := browserFor(t, 5*time.Minute)
	for _, name := range u.pages {
		visit(t, ctx, base+name)
		text := output(t, lynx, "-dump", "-nolist", "-width=200", "-display_charset=utf-8", "-assume_charset=utf-8", u.path(name))
		want := eval[[]string](t, ctx, prose)
		if lost := missingInOrder(text, want); len(lost) > 0 {
			t.Errorf("%s: lynx does not show, or not in order:%s", name, list(lost))
		}
		if !strings.HasPrefix(name, "statement-") && !strings.HasPrefix(name, "article-square") {
			continue
		}
		order := eval[[]string](t, ctx, `["h1", ".by", ".text p", ".stamp h2", ".stamp dt", ".stamp .addr"]
			.map(s => document.querySelector("main " + s)).filter(e => e).map(e => e.textContent)`)
		if lost := missingInOrder(text, order); len(lost) > 0 || len(order) < 5 {
			t.Errorf("%s: heading, author, text, provenance are not all here in this order:%s", name, list(lost))
		}
	}
}
