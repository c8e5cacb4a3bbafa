package pack_test

import (
	"encoding/xml"
	"fmt"
	"io/fs"
	"maps"
	"math"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"samizdat/internal/judge"
	"samizdat/internal/search"
	"samizdat/internal/search/searchtest"
)

const (
	askedQueries = 160 // half of them of two words
	topHits      = 10
)

// TestKiwixFindsTheSame asks the same of four: kiwix-serve on our archive of a tree, kiwix-serve on zimwriterfs's archive of
// the same tree, and our reader on both. What they find first must be the same pages in the same order; pages of
// equal weight may change places. The tree is one of invented words; with PAGES=DIR (make search-judges) it is another one.
func TestKiwixFindsTheSame(t *testing.T) {
	judge.Tool(t, "kiwix-serve", "kiwix-tools")
	judge.Tool(t, "zimwriterfs", "zim-tools")
	dir := judgedTree(t)
	theirs := searchtest.Zimwriterfs(t, dir, "theirs.zim", "eng")
	ours := filepath.Join(filepath.Dir(theirs), "ours.zim")
	meta := exampleMetadata()
	meta.Language = "eng"
	packed, _ := packHTML(t, os.DirFS(dir), meta, nil)
	if err := os.Rename(packed, ours); err != nil {
		t.Fatal(err)
	}
	base := kiwixServe(t, ours, theirs)
	oursRead, theirsRead := openIndex(t, ours), openIndex(t, theirs)

	var texts []string
	for _, html := range pages(t, searchtest.Open(t, theirs)) {
		texts = append(texts, search.ReadHTML([]byte(html)).Text)
	}
	slices.Sort(texts)
	queries := searchtest.Queries(texts, askedQueries)
	if len(queries) < 120 {
		t.Fatalf("only %d queries", len(queries))
	}
	pairs := []*agreement{
		{name: "kiwix-serve on our archive and on zimwriterfs's"},
		{name: "our reader and kiwix-serve on zimwriterfs's archive"},
		{name: "our reader and kiwix-serve on our archive"},
	}
	for _, q := range queries {
		onOurs, onTheirs := kiwixFinds(t, base, "ours", q), kiwixFinds(t, base, "theirs", q)
		readTheirs, weight := weFind(t, theirsRead, q)
		readOurs, _ := weFind(t, oursRead, q)
		pairs[0].add(t, q, onOurs, onTheirs, weight)
		pairs[1].add(t, q, readTheirs, onTheirs, weight)
		pairs[2].add(t, q, readOurs, onOurs, weight)
	}
	for _, p := range pairs {
		overlap := 100 * float64(p.both) / float64(p.all)
		t.Logf("%s: %d queries, %d with results: %.2f %% of the first %d are the same, %d times in another order",
			p.name, len(queries), p.asked, overlap, topHits, p.disordered)
		if overlap < 99 || p.disordered > 0 || p.asked < len(queries)*9/10 {
			t.Errorf("%s: want at least 99 %% and the same order", p.name)
		}
	}
}

// TestKiwixFindsRuns: what kiwix-serve finds of Chinese, Japanese and Korean on zimwriterfs's archive, it finds on ours, and our reader
// finds it on both. Titles of pages that have none are in neither index.
func TestKiwixFindsRuns(t *testing.T) {
	judge.Tool(t, "kiwix-serve", "kiwix-tools")
	judge.Tool(t, "zimwriterfs", "zim-tools")
	tree := map[string]string{
		"index.html":   `<html><head><title>Start 圖書館員</title></head><body><p>한국어 도서관에서 만나요.</p><p>中文字 在图书馆里 图书馆</p><p>日本語テスト 図書館 コーヒー</p></body></html>`,
		"second.html":  `<html><head><title>Second 图书馆</title></head><body><p>人在图书馆里看书</p></body></html>`,
		"without.html": `<html><body><p>untitled words</p></body></html>`,
		"icon.png":     string(searchtest.Icon(t)),
	}
	dir := searchtest.WriteTree(t, tree)
	theirs := searchtest.Zimwriterfs(t, dir, "theirs.zim", "eng")
	ours := filepath.Join(filepath.Dir(theirs), "ours.zim")
	packed, _ := packHTML(t, os.DirFS(dir), exampleMetadata(), nil)
	if err := os.Rename(packed, ours); err != nil {
		t.Fatal(err)
	}
	base := kiwixServe(t, ours, theirs)
	oursRead, theirsRead := openIndex(t, ours), openIndex(t, theirs)
	some := 0
	for _, q := range []string{"한국어", "도서관에서", "도서", "中文字", "图书馆", "图书", "圖書館員", "図書館", "コーヒー", "日本語テスト", "人在图书馆里看书", "untitled"} {
		onTheirs := kiwixFinds(t, base, "theirs", q)
		some += len(onTheirs)
		readOurs, _ := weFind(t, oursRead, q)
		readTheirs, _ := weFind(t, theirsRead, q)
		for name, found := range map[string][]string{"kiwix-serve on ours": kiwixFinds(t, base, "ours", q), "we on ours": readOurs, "we on theirs": readTheirs} {
			for _, path := range onTheirs {
				if !slices.Contains(found, path) {
					t.Errorf("%s: %s find %q, and not %s", q, name, found, path)
				}
			}
		}
	}
	if some < 10 {
		t.Errorf("kiwix-serve finds %d pages on zimwriterfs's archive: it should be more", some)
	}
	for name, x := range map[string]*search.Index{"ours": oursRead, "theirs": theirsRead} {
		for typed, want := range map[string]int{"图书馆": 1, "圖書館": 1, "without": 0, "second": 1} {
			if list, err := search.Suggest(t.Context(), []*search.Index{x}, typed, 10); err != nil || len(list) != want {
				t.Errorf("%s: %q suggests %v, %v; want %d", name, typed, list, err, want)
			}
		}
	}
}

// judgedTree returns a folder of pages with an index.html and an icon.png.
func judgedTree(t *testing.T) string {
	t.Helper()
	from := os.Getenv("PAGES")
	if from == "" {
		tree := searchtest.Pages(400)
		tree["icon.png"] = string(searchtest.Icon(t))
		return searchtest.WriteTree(t, tree)
	}
	tree := map[string]string{"icon.png": string(searchtest.Icon(t))}
	root, err := filepath.EvalSymlinks(from)
	if err != nil {
		t.Fatal(err)
	}
	// What packers do with links and empty files differs, and only pages are searched.
	err = filepath.WalkDir(root, func(name string, d fs.DirEntry, err error) error {
		if err != nil || !d.Type().IsRegular() || filepath.Ext(name) != ".html" {
			return err
		}
		rel, err := filepath.Rel(root, name)
		if err != nil {
			return err
		}
		tree[filepath.ToSlash(rel)] = string(readFile(t, name))
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	return searchtest.WriteTree(t, maps.Collect(func(yield func(string, string) bool) {
		for path, text := range tree {
			if text != "" && !yield(path, text) {
				return
			}
		}
	}))
}

// agreement counts what two have found.
type agreement struct {
	name       string
	asked      int // queries that found something
	both, all  int // pages that both found, and that either could have found
	disordered int // queries for which pages of different weight have changed places
}

// add compares two lists of paths; weight is that of pages for this query.
func (a *agreement) add(t *testing.T, query string, one, other []string, weight map[string]float64) {
	t.Helper()
	if len(one) == 0 && len(other) == 0 {
		return
	}
	a.asked++
	a.all += max(len(one), len(other))
	shared := 0
	for _, path := range one {
		if slices.Contains(other, path) {
			shared++
		}
	}
	// The last ones may be others of the same weight, since documents are numbered as each packer adds them.
	tied := func(x, y string) bool { return math.Abs(weight[x]-weight[y]) <= 1e-9 }
	equal := len(one) == len(other)
	for i := range min(len(one), len(other)) {
		equal = equal && (one[i] == other[i] || tied(one[i], other[i]))
		if !slices.Contains(other, one[i]) && tied(one[i], other[len(other)-1]) {
			shared++
		}
	}
	a.both += shared
	if !equal {
		a.disordered++
		t.Logf("%s: %q\n%q\n%q", a.name, query, one, other)
	}
}

func openIndex(t *testing.T, name string) *search.Index {
	t.Helper()
	x, err := search.OpenIndex(searchtest.Open(t, name))
	if err != nil {
		t.Fatal(err)
	}
	return x
}

// weFind returns what our reader finds first, and the weight of all that it finds.
func weFind(t *testing.T, x *search.Index, query string) (first []string, weight map[string]float64) {
	t.Helper()
	found, err := search.Search(t.Context(), []*search.Index{x}, search.ParseQuery(query, false), &search.Options{Count: 10_000, Plain: true})
	if err != nil {
		t.Fatal(err)
	}
	weight = map[string]float64{}
	for i, h := range found.Hits {
		weight[h.Path] = h.Score
		if i < topHits {
			first = append(first, h.Path)
		}
	}
	return first, weight
}

// kiwixFinds returns what kiwix-serve finds first.
func kiwixFinds(t *testing.T, base, book, query string) []string {
	t.Helper()
	client := &http.Client{Timeout: 60 * time.Second}
	res, err := client.Get(base + "search?" + url.Values{"content": {book}, "pattern": {query}, "pageLength": {fmt.Sprint(topHits)}, "format": {"xml"}}.Encode())
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	var feed struct {
		Links []string `xml:"channel>item>link"`
	}
	if err := xml.NewDecoder(res.Body).Decode(&feed); err != nil || res.StatusCode != http.StatusOK {
		t.Fatalf("%s: kiwix-serve answers %s: %v", query, res.Status, err)
	}
	var paths []string
	for _, link := range feed.Links {
		path, err := url.PathUnescape(strings.TrimPrefix(link, "/content"))
		if err != nil {
			t.Fatal(err)
		}
		paths = append(paths, strings.TrimPrefix(path, "/"+book+"/"))
	}
	return paths
}
