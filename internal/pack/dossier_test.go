package pack_test

import (
	"bytes"
	"context"
	"errors"
	"image"
	"image/png"
	"math/rand/v2"
	"net/url"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"golang.org/x/net/html"

	"samizdat/internal/dossier"
	"samizdat/internal/pack"
	"samizdat/internal/search/searchtest"
	"samizdat/internal/zim"
)

// TestSameBytes packs two copies of the bundle that differ in everything that must not matter.
func TestSameBytes(t *testing.T) {
	one, other := t.TempDir(), filepath.Join(t.TempDir(), "under", "another name")
	copyTree(t, one, bundleDir, false, time.Date(1985, 1, 1, 0, 0, 0, 0, time.UTC))
	copyTree(t, other, bundleDir, true, time.Date(2040, 6, 1, 12, 0, 0, 0, time.UTC))
	a := readFile(t, packDossier(t, one, &pack.Options{Workers: 1}))
	b := readFile(t, packDossier(t, other, &pack.Options{Workers: 4}))
	if !bytes.Equal(a, b) {
		t.Errorf("%d and %d bytes, not the same", len(a), len(b))
	}
}

// TestEverySentenceOfTheSource looks for all that the source document says in the pages of each language, without the
// page that shows the document itself.
func TestEverySentenceOfTheSource(t *testing.T) {
	texts := map[string][]string{} // by language
	for name, page := range pages(t, searchtest.Open(t, packDossier(t, bundleDir, nil))) {
		first, rest, _ := strings.Cut(name, ".")
		if first != "source" {
			texts[rest] = append(texts[rest], plainText(page))
		}
	}
	if len(texts) != 4 {
		t.Errorf("the archive has pages in %d languages, want 4", len(texts))
	}
	address := regexp.MustCompile(`https?://\S+`)
	sentenceEnd := regexp.MustCompile(`([.!?]["”]?)\s+`)
	sentences, addresses := 0, 0
	for i, line := range strings.Split(string(readFile(t, bundleDir+"/source/kazakhstan-2022.txt")), "\n") {
		want := address.FindAllString(line, -1)
		addresses += len(want)
		for _, rest := range address.Split(line, -1) {
			for s := range strings.SplitSeq(sentenceEnd.ReplaceAllString(rest, "$1\n"), "\n") {
				s = strings.Join(strings.Fields(s), " ")
				s = strings.TrimSuffix(s, ":") // before an address, or at the head of a section
				if title, ok := strings.CutPrefix(s, `"`); ok && strings.HasSuffix(title, `"`) {
					s = strings.TrimSuffix(title, `"`) // the title of an article
				}
				if s != "" {
					want = append(want, s)
					sentences++
				}
			}
		}
		for _, w := range want {
			for lang, texts := range texts {
				if !slices.ContainsFunc(texts, func(text string) bool { return strings.Contains(text, w) }) {
					t.Errorf("line %d: no page of *.%s has %q", i+1, lang, w)
				}
			}
		}
	}
	if sentences != 56 || addresses != 9 { // counted by hand: the loop above must not lose any
		t.Errorf("looked for %d sentences and %d addresses, the source has 56 and 9", sentences, addresses)
	}
}

// TestLinksResolve follows every link and anchor of the packed dossier.
func TestLinksResolve(t *testing.T) {
	r := searchtest.Open(t, packDossier(t, bundleDir, nil))
	all := pages(t, r)
	ids := map[string]map[string]bool{} // by page
	type link struct{ from, to string }
	var links []link
	for name, page := range all {
		ids[name] = map[string]bool{}
		z := html.NewTokenizer(strings.NewReader(page))
		for kind := z.Next(); kind != html.ErrorToken; kind = z.Next() {
			if kind != html.StartTagToken && kind != html.SelfClosingTagToken {
				continue
			}
			for _, a := range z.Token().Attr {
				switch a.Key {
				case "id":
					if ids[name][a.Val] {
						t.Errorf("%s: id %q twice", name, a.Val)
					}
					ids[name][a.Val] = true
				case "href", "src", "poster", "action":
					links = append(links, link{name, a.Val})
				}
			}
		}
	}
	for _, l := range links {
		if l.to == "data:," { // an icon that keeps browsers from asking for one
			continue
		}
		u, err := url.Parse(l.to)
		if err != nil || u.IsAbs() || u.Host != "" || strings.HasPrefix(l.to, "/") {
			t.Errorf("%s links to %q", l.from, l.to)
			continue
		}
		target := l.from
		if u.Path != "" {
			target = path.Join(path.Dir(l.from), u.Path)
		}
		if _, err := r.Content(target); err != nil {
			t.Errorf("%s links to %q: %v", l.from, l.to, err)
		} else if u.Fragment != "" && !ids[target][u.Fragment] {
			t.Errorf("%s links to %q, and %s has no such id", l.from, l.to, target)
		}
	}
	if len(links) < 100 {
		t.Errorf("followed %d links; a dossier has more", len(links))
	}
}

func TestNoScript(t *testing.T) {
	for name, page := range pages(t, searchtest.Open(t, packDossier(t, bundleDir, nil))) {
		if lower := strings.ToLower(page); strings.Contains(lower, "<script") || strings.Contains(lower, "javascript:") {
			t.Errorf("%s has a script", name)
		}
	}
}

// TestMediaLieFirst packs a dossier with a file and looks where it lies.
func TestMediaLieFirst(t *testing.T) {
	dir := t.TempDir()
	writeTemplate(t, dir)
	noise := image.NewGray(image.Rect(0, 0, 500, 400))
	rnd := rand.New(rand.NewPCG(1, 1))
	for i := range noise.Pix {
		noise.Pix[i] = byte(rnd.Uint32())
	}
	var made bytes.Buffer
	if err := png.Encode(&made, noise); err != nil {
		t.Fatal(err)
	}
	picture := made.Bytes()
	if err := os.WriteFile(filepath.Join(dir, "scan.png"), picture, 0o644); err != nil {
		t.Fatal(err)
	}
	addItem(t, dir, "scan.yaml", "id: scan\nkind: image\ntitle: A scan\nlang: en\nstatus: full\nmedia:\n  - file: scan.png\n")
	r := searchtest.Open(t, packDossier(t, dir, nil))
	e, err := r.Content("scan.png")
	if err != nil {
		t.Fatal(err)
	}
	blob, err := e.Blob()
	if err != nil {
		t.Fatal(err)
	}
	offset, raw := blob.Section()
	if !raw || offset > 4096 {
		t.Errorf("the picture lies at %d, raw %v; want raw, at the beginning", offset, raw)
	}
	if tags, err := r.Metadata("Tags"); err != nil || !strings.Contains(string(tags), "_pictures:yes") {
		t.Errorf("tags %q, %v; want pictures", tags, err)
	}
}

// TestCancelled ends packing before it begins and in the middle.
func TestCancelled(t *testing.T) {
	d, err := dossier.Load(os.DirFS(bundleDir))
	if err != nil {
		t.Fatal(err)
	}
	for _, after := range []int{0, 3} {
		ctx, cancel := context.WithCancel(t.Context())
		f, err := os.Create(filepath.Join(t.TempDir(), "x.zim"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		steps := 0
		if after == 0 {
			cancel()
		}
		_, err = pack.Dossier(ctx, d, f, &pack.Options{Progress: func(done, total int64) {
			if steps++; steps == after {
				cancel()
			}
		}})
		cancel()
		if !errors.Is(err, context.Canceled) {
			t.Errorf("after %d entries: error %v, want context.Canceled", after, err)
		}
		if steps > after {
			t.Errorf("%d entries were written after the end", steps-after)
		}
	}
}

func TestProgressReachesTheEnd(t *testing.T) {
	var last, all int64
	packDossier(t, bundleDir, &pack.Options{Progress: func(done, total int64) {
		if done < last {
			t.Errorf("progress falls from %d to %d", last, done)
		}
		last, all = done, total
	}})
	if last != all || all == 0 {
		t.Errorf("progress ends at %d of %d", last, all)
	}
}

func TestEntriesOfTheArchive(t *testing.T) {
	r := searchtest.Open(t, packDossier(t, bundleDir, nil))
	for _, p := range []string{
		"index.html", "contents.html", "timeline.html", "statement-1.html", "statement-2.html", "media.html", "search.html",
		"share.html", "check.html", "outside.html", "about.html", "source.html", "style.css", "source/kazakhstan-2022.txt",
		"records/statement-1.json", "index.ru.html", "statement-2.kk.html", "outside.fa.html",
	} {
		if _, err := r.Content(p); err != nil {
			t.Errorf("%s: %v", p, err)
		}
	}
	e, err := r.MainEntry()
	if err != nil {
		t.Fatal(err)
	}
	if e, err = e.Resolve(); err != nil || e.Path() != "index.html" || e.Namespace() != zim.NamespaceContent {
		t.Errorf("main page %s, %v", e.Path(), err)
	}
	stored, err := r.Content("source/kazakhstan-2022.txt")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := stored.ReadAll(1 << 20); err != nil || !bytes.Equal(b, readFile(t, bundleDir+"/source/kazakhstan-2022.txt")) {
		t.Errorf("the source document is not what it was: %v", err)
	}
}
