package search_test

import (
	"bytes"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/search"
	"samizdat/internal/search/searchtest"
	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// pages are of our own writing; each has something that indexers cut differently.
var pages = map[string]map[string]string{
	"eng": {
		"index.html": "<!DOCTYPE html><html><head><meta charset=utf-8><title>The main page of AT&amp;T, C++ and P.T.O. résumés</title>" +
			"<meta name=keywords content='archives, Freedom &amp; networks'></head><body><h1>Running <i>fox</i>es</h1>" +
			"<p>The quick brown foxes weren&rsquo;t jumping over 3.14 or 10,000 lazy dogs; fish+chips, C#, F++++ and x86_64." +
			"<script>var hidden = '<p>not seen</p>';</script><style>p { color: red }</style><br>soft&shy;hyphen zero\u200bwidth na\u00efve &copy;2022 &unknown; &#8470;5 &#x41f;" +
			"<!-- a comment > with --> <table><tr><td>cell<td>next</table><img alt='alternative'>un<b>bro</b>ken",
		"sub/other.html":   "<html><head><title>Networks go dark</title></head><body>Shutdowns: the networks were shut down, nationally. don't 'quote' rock'n'roll O'Neill's",
		"sub/noindex.html": "<html><head><title>Hidden</title><meta name=robots content=noindex></head><body>secret words here</body></html>",
		"sub/marked.html":  "<html><head><title>Marked</title></head><body>this says NOINDEX in the text</body></html>",
		"sub/empty.html":   "<html><head><title>Empty body</title></head><body></body></html>",
		"sub/broken.html":  "<title>Broken</title><p class=\"unclosed>text after <b never closed",
	},
	"rus": {
		"index.html": "<html><head><title>Протесты в Казахстане</title></head><body><p>Протестующие вышли на улицы; ёлка, йод, ещё не всё. Интернета не было, интернет отключён." +
			"<p>Заявление №&nbsp;1: «Солидарность» — слово-за-слово, 5 января 2022 г.</body></html>",
		"b.html": "<html><head><title>Второе заявление</title></head><body>Полицейские стреляли. Полицейских обвинили. Полицейским ответили.</body></html>",
	},
	"deu": {
		"index.html": "<html><head><title>Über die Straße</title></head><body>Die Straßen waren gesperrt, größere Häuser brannten; Ärzte halfen den Verletzten.</body></html>",
	},
	"ara": {
		"index.html": "<html><head><title>الاحتجاجات في كازاخستان</title></head><body dir=rtl>خَرَجَ المتظاهرون إلى الشوارع، وانقطع الإنترنت في ٥ يناير ٢٠٢٢؛ كتابٌ وكتابه والكتب.</body></html>",
	},
	"zho": {
		"index.html": "<html><head><title>哈萨克斯坦抗议</title></head><body>2022年1月，网络被切断。人们上街抗议。Kazakhstan的抗议 ﾊﾝｶｸ 전국</body></html>",
	},
}

// byZimwriterfs packs a tree with Debian's libzim 8.1.1 and opens the archive.
func byZimwriterfs(t *testing.T, language string, tree map[string]string) *zim.Reader {
	t.Helper()
	tree = maps.Clone(tree)
	tree["icon.png"] = string(searchtest.Icon(t))
	return searchtest.Open(t, searchtest.Zimwriterfs(t, searchtest.WriteTree(t, tree), "out.zim", language))
}

// database opens a database of an archive.
func database(t *testing.T, z *zim.Reader, path string) *xapian.Database {
	t.Helper()
	e, err := z.Entry('X', path)
	if err != nil {
		t.Fatal(err)
	}
	r, err := e.Open()
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	b, err := io.ReadAll(r)
	if err != nil {
		t.Fatal(err)
	}
	return reopen(t, b)
}

func reopen(t *testing.T, b []byte) *xapian.Database {
	t.Helper()
	db, err := xapian.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// dump writes out a database, a line for each document and each of its terms, in the order of paths and not of numbers.
func dump(t *testing.T, db *xapian.Database) []string {
	t.Helper()
	var lines []string
	for id := xapian.DocID(1); int(id) <= db.Len(); id++ {
		path, err := db.Data(id)
		if err != nil {
			t.Fatal(err)
		}
		for slot := range uint32(3) {
			v, err := db.Value(slot, id)
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprintf("%s value %d %q", path, slot, v))
		}
	}
	for f, err := range db.Terms("") {
		if err != nil {
			t.Fatal(err)
		}
		p, err := db.Postings(f.Term)
		if err != nil {
			t.Fatal(err)
		}
		for {
			ok, err := p.Next()
			if err != nil {
				t.Fatal(err)
			}
			if !ok {
				break
			}
			path, err := db.Data(p.ID())
			if err != nil {
				t.Fatal(err)
			}
			positions, err := db.Positions(f.Term, p.ID())
			if err != nil {
				t.Fatal(err)
			}
			lines = append(lines, fmt.Sprintf("%s term %q %d %v", path, f.Term, p.WDF(), positions))
		}
	}
	for _, name := range []string{"language", "kind", "data", "valuesmap", "stopwords"} {
		v, err := db.Metadata(name)
		if err != nil {
			t.Fatal(err)
		}
		lines = append(lines, fmt.Sprintf("metadata %s %q", name, v))
	}
	lines = append(lines, fmt.Sprintf("documents %d length %d", db.Len(), db.TotalLength()))
	slices.Sort(lines)
	return lines
}

// indexOf makes our index of the entries of an archive.
func indexOf(t *testing.T, z *zim.Reader, opts *search.IndexOptions) (fulltext, title *xapian.Database) {
	t.Helper()
	x := search.NewIndexer(opts)
	for e, err := range z.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if e.Namespace() != 'C' || e.IsRedirect() || !strings.HasPrefix(e.MIMEType(), "text/html") {
			continue
		}
		r, err := e.Open()
		if err != nil {
			t.Fatal(err)
		}
		html, err := io.ReadAll(r)
		r.Close()
		if err != nil {
			t.Fatal(err)
		}
		page := search.ReadHTML(html)
		if err := x.Add(x.Prepare(search.Entry{Path: e.Path(), Title: e.Title(), Front: true, Page: &page})); err != nil {
			t.Fatal(err)
		}
	}
	f, ti, err := x.Databases()
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	open := func(w *xapian.Writer) *xapian.Database {
		if s, _ := w.Finish(); s > 0 {
			t.Log("size", s)
		}
		var b bytes.Buffer
		if _, err := w.WriteTo(&b); err != nil {
			t.Fatal(err)
		}
		return reopen(t, b.Bytes())
	}
	return open(f), open(ti)
}

// TestSameAsLibzim holds our index of a page against that of libzim 8.1.1: same documents, values, terms, frequencies and
// positions.
func TestSameAsLibzim(t *testing.T) {
	for language, tree := range pages {
		t.Run(language, func(t *testing.T) {
			z := byZimwriterfs(t, language, tree)
			fulltext, title := indexOf(t, z, &search.IndexOptions{Language: language})
			compare(t, "full text", dump(t, fulltext), dump(t, database(t, z, search.FulltextPath)))
			compare(t, "title", dump(t, title), dump(t, database(t, z, search.TitlePath)))
		})
	}
}

func compare(t *testing.T, what string, got, want []string) {
	t.Helper()
	for _, line := range want {
		if _, ok := slices.BinarySearch(got, line); !ok {
			t.Errorf("%s: libzim has %s", what, line)
		}
	}
	for _, line := range got {
		if _, ok := slices.BinarySearch(want, line); !ok {
			t.Errorf("%s: we have %s", what, line)
		}
	}
}
