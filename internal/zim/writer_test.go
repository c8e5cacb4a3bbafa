package zim_test

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"math/rand/v2"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"testing/iotest"

	"samizdat/internal/zim"
)

// writeFile writes an archive into a temporary file with fill, which must end with success, and gives its name.
func writeFile(t testing.TB, opts *zim.WriterOptions, fill func(w *zim.Writer)) string {
	t.Helper()
	name := filepath.Join(t.TempDir(), "written.zim")
	f, err := os.Create(name)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := zim.NewWriter(f, opts)
	if err != nil {
		t.Fatal(err)
	}
	fill(w)
	if err := w.Close(); err != nil {
		t.Fatalf("Close: %v", err)
	}
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	if got := w.Stats().FileBytes; got != st.Size() {
		t.Errorf("Stats().FileBytes = %d, want %d", got, st.Size())
	}
	return name
}

// openFile opens an archive until the end of the test.
func openFile(t testing.TB, name string) *zim.Reader {
	t.Helper()
	f, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	st, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := zim.NewReader(f, st.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// add adds an item of content or ends the test.
func add(t testing.TB, w *zim.Writer, h zim.Header, body string) {
	t.Helper()
	if err := w.Add(h, strings.NewReader(body)); err != nil {
		t.Fatal(err)
	}
}

// addPage adds a front article, without which no archive can be closed.
func addPage(t testing.TB, w *zim.Writer, path string) {
	t.Helper()
	add(t, w, zim.Header{Path: path, MIMEType: "text/html", FrontArticle: true}, "<title>"+path+"</title>")
}

func entry(t testing.TB, r *zim.Reader, path string) zim.Entry {
	t.Helper()
	e, err := r.Entry('C', path)
	if err != nil {
		t.Fatal(err)
	}
	return e
}

// wantContent reads a content entry and compares.
func wantContent(t testing.TB, r *zim.Reader, path string, want []byte) {
	t.Helper()
	got, err := entry(t, r, path).ReadAll(1 << 30)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("C/%s: got %d bytes, SHA-256 %x, want %d bytes, %x",
			path, len(got), sha256.Sum256(got), len(want), sha256.Sum256(want))
	}
}

// prose is n bytes that compress like text, other ones for each seed.
func prose(seed uint64, n int) []byte {
	words := strings.Fields("о январь год площадь народ город улица газ цена слово люди the of square people winter price strike")
	rng := rand.New(rand.NewPCG(seed, 1))
	b := make([]byte, 0, n+32)
	for len(b) < n {
		b = append(b, words[rng.IntN(len(words))]...)
		b = fmt.Appendf(b, "%d ", rng.IntN(1000))
	}
	return b[:n]
}

// noise is n bytes that do not compress.
func noise(seed uint64, n int) []byte {
	b := make([]byte, n)
	rand.NewChaCha8([32]byte{byte(seed), byte(seed >> 8)}).Read(b)
	return b
}

// onlyReader hides all methods but Read, and with them the length.
type onlyReader struct{ io.Reader }

func TestWriterReadBack(t *testing.T) {
	name := writeFile(t, nil, func(w *zim.Writer) {
		add(t, w, zim.Header{Path: "photo.jpg", MIMEType: "image/jpeg"}, "a photo")
		add(t, w, zim.Header{Path: "статья.html", Title: "Статья", MIMEType: "text/html", FrontArticle: true}, "<p>текст")
		add(t, w, zim.Header{Path: "b.html", Title: "Б", MIMEType: "text/html", FrontArticle: true}, "<p>b")
		add(t, w, zim.Header{Path: "same.html", Title: "same.html", MIMEType: "text/html"}, "<p>same")
		if err := w.AddRedirect(zim.Header{Path: "old", Title: "А", FrontArticle: true}, "b.html"); err != nil {
			t.Fatal(err)
		}
		if err := w.AddMetadata("Title", []byte("Имя")); err != nil {
			t.Fatal(err)
		}
		w.SetMainPage("статья.html")
	})
	r := openFile(t, name)
	if major, minor := r.Version(); major != 6 || minor != 1 {
		t.Errorf("version %d.%d, want 6.1", major, minor)
	}
	wantContent(t, r, "photo.jpg", []byte("a photo"))
	wantContent(t, r, "статья.html", []byte("<p>текст"))
	wantContent(t, r, "old", []byte("<p>b"))
	if got := entry(t, r, "same.html").Title(); got != "same.html" {
		t.Errorf("title equal to the path reads %q, want the path", got)
	}

	e, err := r.MainEntry()
	if err != nil {
		t.Fatal(err)
	}
	if e, err = e.Resolve(); err != nil || e.Path() != "статья.html" {
		t.Errorf("main page is %q (%v), want статья.html", e.Path(), err)
	}
	for name, want := range map[string]string{"Title": "Имя", "Counter": "image/jpeg=1;text/html=3"} {
		if got, err := r.Metadata(name); err != nil || string(got) != want {
			t.Errorf("M/%s = %q, %v, want %q", name, got, err, want)
		}
	}
	want := []string{
		"application/octet-stream+zimlisting", "image/jpeg", "text/html", "text/plain;charset=utf-8",
	}
	if got := r.MIMETypes(); !slices.Equal(got, want) {
		t.Errorf("MIME list %q, want %q", got, want)
	}
	var titles []string
	for i := range r.ArticleCount() {
		e, err := r.Article(i)
		if err != nil {
			t.Fatal(err)
		}
		titles = append(titles, e.Title())
	}
	if want := []string{"А", "Б", "Статья"}; !slices.Equal(titles, want) {
		t.Errorf("front articles by title %q, want %q", titles, want)
	}
	if err := r.VerifyChecksum(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

// fillMixed adds pages, media, duplicates and redirects, enough for several clusters of either kind.
func fillMixed(t testing.TB, w *zim.Writer) {
	for i := range 12 {
		add(t, w, zim.Header{Path: fmt.Sprintf("i/%02d.png", i), MIMEType: "image/png"}, string(noise(uint64(i), 40<<10)))
	}
	for i := range 60 {
		h := zim.Header{Path: fmt.Sprintf("a/%02d.html", i), MIMEType: "text/html", FrontArticle: true}
		add(t, w, h, string(prose(uint64(i%50), 30<<10)))
		if err := w.AddRedirect(zim.Header{Path: fmt.Sprintf("r/%02d", i)}, h.Path); err != nil {
			t.Fatal(err)
		}
	}
	add(t, w, zim.Header{Path: "late.webm", MIMEType: "video/webm"}, string(noise(99, 300<<10)))
	add(t, w, zim.Header{Path: "last.txt", MIMEType: "text/plain"}, "the end")
	w.SetMainPage("a/00.html")
}

func TestSameBytesForAnyNumberOfWorkers(t *testing.T) {
	var sums [][32]byte
	for _, workers := range []int{1, 8, 3} {
		name := writeFile(t, &zim.WriterOptions{Workers: workers, ClusterBytes: 128 << 10}, func(w *zim.Writer) {
			fillMixed(t, w)
		})
		b, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		sums = append(sums, sha256.Sum256(b))
		if n := openFile(t, name).ClusterCount(); n < 15 {
			t.Errorf("%d clusters, want enough for all workers", n)
		}
	}
	if sums[0] != sums[1] || sums[0] != sums[2] {
		t.Errorf("workers 1, 8, 3 give %x, want one file", sums)
	}
}

func TestSecondCopyIsAnAlias(t *testing.T) {
	big := string(noise(1, 300<<10)) // streamed: more than a cluster
	var stats zim.WriterStats
	name := writeFile(t, &zim.WriterOptions{ClusterBytes: 64 << 10}, func(w *zim.Writer) {
		add(t, w, zim.Header{Path: "big1.bin", MIMEType: "video/mp4"}, big)
		before := w.Stats()
		add(t, w, zim.Header{Path: "big2.bin", MIMEType: "application/pdf"}, big)
		if got := w.Stats(); got.Clusters != before.Clusters || got.RawBytes != before.RawBytes {
			t.Errorf("a copy of a streamed blob left %d clusters, %d raw bytes, want %d, %d",
				got.Clusters, got.RawBytes, before.Clusters, before.RawBytes)
		}
		add(t, w, zim.Header{Path: "next.bin", MIMEType: "video/mp4"}, "follows")
		add(t, w, zim.Header{Path: "a.html", MIMEType: "text/html", FrontArticle: true}, "twice")
		add(t, w, zim.Header{Path: "b.txt", MIMEType: "text/plain"}, "twice")
		if err := w.AddMetadata("Note", []byte("twice")); err != nil {
			t.Fatal(err)
		}
		stats = w.Stats()
	})
	if stats.Aliases != 3 || stats.AliasBytes != int64(len(big))+2*5 {
		t.Errorf("%d aliases of %d bytes, want 3 of %d", stats.Aliases, stats.AliasBytes, len(big)+10)
	}
	r := openFile(t, name)
	for _, pair := range [][2]string{{"big1.bin", "big2.bin"}, {"a.html", "b.txt"}} {
		c1, b1 := entry(t, r, pair[0]).Cluster()
		c2, b2 := entry(t, r, pair[1]).Cluster()
		if c1 != c2 || b1 != b2 {
			t.Errorf("%s is blob %d.%d, %s is %d.%d, want the same", pair[0], c1, b1, pair[1], c2, b2)
		}
	}
	wantContent(t, r, "big2.bin", []byte(big))
	wantContent(t, r, "next.bin", []byte("follows"))
	if m := entry(t, r, "big2.bin").MIMEType(); m != "application/pdf" {
		t.Errorf("an alias has MIME type %q, want its own", m)
	}
}

func TestDuplicateAtTheEndLeavesNoTrail(t *testing.T) {
	big := string(noise(1, 300<<10))
	fill := func(copies int) func(w *zim.Writer) {
		return func(w *zim.Writer) {
			addPage(t, w, "index.html")
			for i := range copies {
				add(t, w, zim.Header{Path: fmt.Sprintf("%d.mp4", i), MIMEType: "video/mp4"}, big)
			}
		}
	}
	opts := &zim.WriterOptions{ClusterBytes: 64 << 10}
	one := openFile(t, writeFile(t, opts, fill(1)))
	two := openFile(t, writeFile(t, opts, fill(2)))
	if d := two.Size() - one.Size(); d > 100 {
		t.Errorf("the second copy costs %d bytes, want a directory entry", d)
	}
	if err := two.VerifyChecksum(t.Context(), nil); err != nil {
		t.Error(err)
	}
}

func TestStoredContentIsNeverAnAliasOfCompressed(t *testing.T) {
	name := writeFile(t, nil, func(w *zim.Writer) {
		addPage(t, w, "index.html")
		add(t, w, zim.Header{Path: "a.json", MIMEType: "application/json"}, "[1,2,3]")
		add(t, w, zim.Header{Path: "b.json", MIMEType: "application/json", Store: true}, "[1,2,3]")
		add(t, w, zim.Header{Path: "c.json", MIMEType: "application/json"}, "[1,2,3]")
		h := zim.Header{Namespace: 'X', Path: "fulltext/xapian", MIMEType: "text/looks-compressible"}
		add(t, w, h, "[1,2,3]")
	})
	r := openFile(t, name)
	index, err := r.Entry('X', "fulltext/xapian")
	if err != nil {
		t.Fatal(err)
	}
	listing, err := r.Entry('X', "listing/titleOrdered/v1")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		e   zim.Entry
		raw bool
	}{
		{entry(t, r, "a.json"), false},
		{entry(t, r, "b.json"), true},
		{entry(t, r, "c.json"), true}, // either would do; the last one is found
		{index, true},
		{listing, true},
	} {
		b, err := c.e.Blob()
		if err != nil {
			t.Fatal(err)
		}
		if _, raw := b.Section(); raw != c.raw {
			t.Errorf("%c/%s: raw %v, want %v", c.e.Namespace(), c.e.Path(), raw, c.raw)
		}
	}
}

func TestMediaComesFirstAndStaysInPlace(t *testing.T) {
	edition := func(text string) string {
		return writeFile(t, &zim.WriterOptions{ClusterBytes: 64 << 10}, func(w *zim.Writer) {
			for i := range 5 {
				add(t, w, zim.Header{Path: fmt.Sprintf("%d.jpg", i), MIMEType: "image/jpeg"}, string(noise(uint64(i), 50<<10)))
			}
			add(t, w, zim.Header{Path: "v.mp4", MIMEType: "video/mp4", Size: 200 << 10}, string(noise(7, 200<<10)))
			add(t, w, zim.Header{Path: "small.jpg", MIMEType: "image/jpeg"}, string(noise(8, 1<<10)))
			add(t, w, zim.Header{Path: "a.html", MIMEType: "text/html", FrontArticle: true}, text)
		})
	}
	first, second := edition(string(prose(1, 200<<10))), edition(string(prose(2, 100<<10)))
	r := openFile(t, first)
	last := int64(0) // end of the media
	for e, err := range r.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if e.IsRedirect() || e.Namespace() != 'C' || e.MIMEType() == "text/html" {
			continue
		}
		b, err := e.Blob()
		if err != nil {
			t.Fatal(err)
		}
		off, raw := b.Section()
		if !raw {
			t.Errorf("%s is compressed, want raw", e.Path())
		}
		last = max(last, off+b.Size())
	}
	if want := int64(2048 + 451<<10); last < want || last > want+200 {
		t.Errorf("media ends at %d, want just after %d: nothing else before it", last, want)
	}
	a, err := os.ReadFile(first)
	if err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(second)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(a[2048:last], b[2048:last]) {
		t.Error("another text moved or changed the bytes of the media")
	}
}

func TestOrderOfRawContent(t *testing.T) {
	var paths []string
	name := writeFile(t, &zim.WriterOptions{ClusterBytes: 16 << 10}, func(w *zim.Writer) {
		for i, n := range []int{1000, 40 << 10, 500, 16 << 10, 1<<14 - 8, 3, 70 << 10, 12000, 12000, 9} {
			p := fmt.Sprintf("%d.bin", i)
			paths = append(paths, p)
			add(t, w, zim.Header{Path: p, MIMEType: "image/png"}, string(noise(uint64(i), n)))
			add(t, w, zim.Header{Path: p + ".txt", MIMEType: "text/plain"}, string(prose(uint64(i), 5000)))
		}
		addPage(t, w, "z.html")
	})
	r := openFile(t, name)
	before := int64(0)
	for i, p := range paths {
		b, err := entry(t, r, p).Blob()
		if err != nil {
			t.Fatal(err)
		}
		off, _ := b.Section()
		if off < before {
			t.Errorf("%s lies at %d, want after %s at %d", p, off, paths[max(i-1, 0)], before)
		}
		before = off
		wantContent(t, r, p+".txt", prose(uint64(i), 5000))
	}
}

func TestFlushClosesTheClusters(t *testing.T) {
	for _, flush := range []bool{false, true} {
		var sums [][32]byte
		for _, workers := range []int{1, 4} {
			name := writeFile(t, &zim.WriterOptions{Workers: workers}, func(w *zim.Writer) {
				for i := range 2 {
					addPage(t, w, fmt.Sprintf("%d.html", i))
					add(t, w, zim.Header{Path: fmt.Sprintf("%d.png", i), MIMEType: "image/png"}, string(noise(uint64(i), 1000)))
					for range 2 { // the second finds nothing open
						if !flush {
							continue
						}
						if err := w.Flush(); err != nil {
							t.Fatal(err)
						}
					}
				}
			})
			r := openFile(t, name)
			want := 3 // text and raw, and the listing that is always alone
			if flush {
				want = 6 // twice both, the counter, the listing
			}
			if n := r.ClusterCount(); int(n) != want {
				t.Errorf("Flush %v: %d clusters, want %d", flush, n, want)
			}
			for i := range 2 {
				wantContent(t, r, fmt.Sprintf("%d.png", i), noise(uint64(i), 1000))
			}
			b, err := os.ReadFile(name)
			if err != nil {
				t.Fatal(err)
			}
			sums = append(sums, sha256.Sum256(b))
		}
		if sums[0] != sums[1] {
			t.Errorf("Flush %v: workers 1 and 4 give %x, want one file", flush, sums)
		}
	}
}

func TestBlobOfUnknownSize(t *testing.T) {
	media, text := noise(5, 200<<10), prose(5, 200<<10)
	name := writeFile(t, &zim.WriterOptions{ClusterBytes: 64 << 10}, func(w *zim.Writer) {
		for _, h := range []zim.Header{
			{Path: "a.mp4", MIMEType: "video/mp4"},
			{Path: "b.mp4", MIMEType: "video/mp4", Size: -1},
			{Path: "c.html", MIMEType: "text/html", FrontArticle: true},
		} {
			body := slices.Clone(media)
			body[0] = h.Path[0] // no aliases
			if h.MIMEType == "text/html" {
				body = text
			}
			if err := w.Add(h, onlyReader{iotest.HalfReader(bytes.NewReader(body))}); err != nil {
				t.Fatal(err)
			}
		}
	})
	r := openFile(t, name)
	for _, p := range []string{"a.mp4", "b.mp4"} {
		media[0] = p[0]
		wantContent(t, r, p, media)
	}
	wantContent(t, r, "c.html", text)
}

func TestBlobsLargerThanAClusterAreAlone(t *testing.T) {
	text, media := prose(3, 5<<20), noise(3, 5<<20)
	name := writeFile(t, nil, func(w *zim.Writer) {
		add(t, w, zim.Header{Path: "small.txt", MIMEType: "text/plain"}, "small")
		if err := w.Add(zim.Header{Path: "big.html", MIMEType: "text/html", FrontArticle: true}, bytes.NewReader(text)); err != nil {
			t.Fatal(err)
		}
		if err := w.Add(zim.Header{Path: "big.mp4", MIMEType: "video/mp4", Size: 5 << 20}, bytes.NewReader(media)); err != nil {
			t.Fatal(err)
		}
		add(t, w, zim.Header{Path: "after.txt", MIMEType: "text/plain"}, "after")
	})
	r := openFile(t, name)
	wantContent(t, r, "big.html", text)
	wantContent(t, r, "big.mp4", media)
	wantContent(t, r, "after.txt", []byte("after"))
	users := map[uint32]int{}
	for e, err := range r.Entries() {
		if err != nil {
			t.Fatal(err)
		}
		if !e.IsRedirect() {
			c, _ := e.Cluster()
			users[c]++
		}
	}
	for _, p := range []string{"big.html", "big.mp4"} {
		if c, blob := entry(t, r, p).Cluster(); users[c] != 1 || blob != 0 {
			t.Errorf("%s is blob %d of cluster %d, which has %d entries, want it alone", p, blob, c, users[c])
		}
	}
	b, err := entry(t, r, "big.html").Blob()
	if err != nil {
		t.Fatal(err)
	}
	if _, raw := b.Section(); raw {
		t.Error("5 MiB of text are raw, want compressed")
	}
}

func TestVeryLargeTextIsRaw(t *testing.T) {
	name := writeFile(t, nil, func(w *zim.Writer) {
		for i, size := range []int64{33 << 20, 0} {
			h := zim.Header{Path: fmt.Sprintf("%d.txt", i), MIMEType: "text/plain", Size: size, FrontArticle: true}
			body := io.MultiReader(strings.NewReader(h.Path), &zeros{33<<20 - int64(len(h.Path))})
			if err := w.Add(h, body); err != nil {
				t.Fatal(err)
			}
		}
	})
	r := openFile(t, name)
	for _, p := range []string{"0.txt", "1.txt"} {
		b, err := entry(t, r, p).Blob()
		if err != nil {
			t.Fatal(err)
		}
		if _, raw := b.Section(); !raw || b.Size() != 33<<20 {
			t.Errorf("%s: raw %v, %d bytes, want raw, %d", p, raw, b.Size(), 33<<20)
		}
	}
}

func TestManyEntries(t *testing.T) {
	const n = 20_000
	name := writeFile(t, nil, func(w *zim.Writer) {
		for i := range n {
			h := zim.Header{
				Path: fmt.Sprintf("%d.html", (i*7919)%n), Title: fmt.Sprintf("Title %d", i%100),
				MIMEType: "text/html", FrontArticle: true,
			}
			add(t, w, h, fmt.Sprintf("<p>%d</p>", i))
		}
		w.SetMainPage("0.html")
	})
	r := openFile(t, name)
	if got := r.ArticleCount(); got != n {
		t.Errorf("%d articles, want %d", got, n)
	}
	for _, i := range []int{0, 1, 9999, n - 1} {
		wantContent(t, r, fmt.Sprintf("%d.html", (i*7919)%n), fmt.Appendf(nil, "<p>%d</p>", i))
	}
	integrity(t, name)
}

func TestEmptyFileIsContentToo(t *testing.T) {
	name := writeFile(t, nil, func(w *zim.Writer) {
		addPage(t, w, "index.html")
		add(t, w, zim.Header{Path: "empty.css", MIMEType: "text/css"}, "")
		add(t, w, zim.Header{Path: "empty.png", MIMEType: "image/png"}, "")
	})
	r := openFile(t, name)
	wantContent(t, r, "empty.css", nil)
	wantContent(t, r, "empty.png", nil)
}

func TestUUIDIsThatOfTheContent(t *testing.T) {
	type change func(w *zim.Writer)
	id := func(clusterBytes int, fill change) [16]byte {
		var w *zim.Writer
		name := writeFile(t, &zim.WriterOptions{ClusterBytes: clusterBytes}, func(x *zim.Writer) { w = x; fill(x) })
		got := openFile(t, name).UUID()
		if w.Stats().UUID != got {
			t.Errorf("Stats().UUID = %x, want %x as in the file", w.Stats().UUID, got)
		}
		return got
	}
	page := zim.Header{Path: "a.html", Title: "A", MIMEType: "text/html", FrontArticle: true}
	base := func(w *zim.Writer) {
		add(t, w, page, "a")
		add(t, w, zim.Header{Path: "b.txt", MIMEType: "text/plain"}, "b")
		w.SetMainPage("a.html")
	}
	want := id(0, base)
	if want[6]>>4 != 8 || want[8]>>6 != 2 {
		t.Errorf("%x is not a UUID of version 8", want)
	}
	if got := id(8, func(w *zim.Writer) { // other order, other clusters
		add(t, w, zim.Header{Path: "b.txt", MIMEType: "text/plain", Store: true}, "b")
		add(t, w, page, "a")
		w.SetMainPage("a.html")
	}); got != want {
		t.Errorf("order and clusters change the UUID: %x, want %x", got, want)
	}
	for what, fill := range map[string]change{
		"content": func(w *zim.Writer) {
			add(t, w, page, "a")
			add(t, w, zim.Header{Path: "b.txt", MIMEType: "text/plain"}, "B")
			w.SetMainPage("a.html")
		},
		"title": func(w *zim.Writer) {
			h := page
			h.Title = "Ä"
			add(t, w, h, "a")
			add(t, w, zim.Header{Path: "b.txt", MIMEType: "text/plain"}, "b")
			w.SetMainPage("a.html")
		},
		"main page": func(w *zim.Writer) { base(w); w.SetMainPage("b.txt") },
		"MIME type": func(w *zim.Writer) {
			add(t, w, page, "a")
			add(t, w, zim.Header{Path: "b.txt", MIMEType: "text/css"}, "b")
			w.SetMainPage("a.html")
		},
		"metadata": func(w *zim.Writer) {
			base(w)
			if err := w.AddMetadata("X-Edition", []byte("2")); err != nil {
				t.Fatal(err)
			}
		},
	} {
		if id(0, fill) == want {
			t.Errorf("another %s gives the same UUID", what)
		}
	}
}

// zeros is a body of n zero bytes.
type zeros struct{ n int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.n == 0 {
		return 0, io.EOF
	}
	k := min(int64(len(p)), z.n)
	clear(p[:k])
	z.n -= k
	return int(k), nil
}

// peakFile is a file that records how much memory is in use while it is written.
type peakFile struct {
	*os.File
	writes int
	peak   uint64
}

func (f *peakFile) Write(p []byte) (int, error) {
	if f.writes++; f.writes%64 == 0 {
		var m runtime.MemStats
		runtime.ReadMemStats(&m)
		f.peak = max(f.peak, m.HeapAlloc)
	}
	return f.File.Write(p)
}

func TestMemoryDoesNotGrowWithBytes(t *testing.T) {
	file, err := os.Create(filepath.Join(t.TempDir(), "zeros.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	f := &peakFile{File: file}
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	addPage(t, w, "index.html")
	runtime.GC()
	var before runtime.MemStats
	runtime.ReadMemStats(&before)
	for i, size := range []int64{100 << 20, 100<<20 + 1} {
		h := zim.Header{Path: fmt.Sprintf("%d.mp4", i), MIMEType: "video/mp4", Size: size * int64(i)} // once unknown
		if err := w.Add(h, &zeros{size}); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	if f.writes < 1000 {
		t.Fatalf("%d writes, want pieces", f.writes)
	}
	if used := int64(f.peak) - int64(before.HeapAlloc); used > 60<<20 { // encoder tables, one cluster, garbage
		t.Errorf("200 MB of media took %d MiB of memory", used>>20)
	}
}

func TestReaderErrorIsReturned(t *testing.T) {
	broken := errors.New("broken off")
	for _, h := range []zim.Header{
		{Path: "a.html", MIMEType: "text/html"},
		{Path: "a.mp4", MIMEType: "video/mp4"},
		{Path: "a.mp4", MIMEType: "video/mp4", Size: 100 << 10},
	} {
		for _, cause := range []error{broken, io.ErrUnexpectedEOF} {
			f, err := os.Create(filepath.Join(t.TempDir(), "x.zim"))
			if err != nil {
				t.Fatal(err)
			}
			defer f.Close()
			w, err := zim.NewWriter(f, &zim.WriterOptions{ClusterBytes: 4 << 10})
			if err != nil {
				t.Fatal(err)
			}
			err = w.Add(h, io.MultiReader(bytes.NewReader(noise(1, 70<<10)), iotest.ErrReader(cause)))
			if !errors.Is(err, cause) {
				t.Errorf("Add(%+v) = %v, want %v", h, err, cause)
			}
			if again := w.Close(); again != err {
				t.Errorf("Close after %v = %v, want the same", err, again)
			}
		}
	}
}

func TestEntryOfAnotherKind(t *testing.T) {
	if _, err := openFile(t, writeFile(t, nil, func(w *zim.Writer) { addPage(t, w, "a") })).MainEntry(); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("MainEntry without SetMainPage = %v, want fs.ErrNotExist", err)
	}
}

func TestCompressible(t *testing.T) {
	for mime, want := range map[string]bool{
		"text/html": true, "text/html; charset=utf-8": true, "Text/CSS": true, "image/svg+xml": true,
		"application/ld+json": true, "application/javascript": true, "application/json;x=y": true, "application/xml": true,
		"image/png": false, "application/pdf": false, "font/woff2": false, "video/mp4": false, "": false,
		"application/octet-stream+xapian": false, "application/octet-stream+zimlisting": false,
	} {
		if got := zim.Compressible(mime); got != want {
			t.Errorf("Compressible(%q) = %v, want %v", mime, got, want)
		}
	}
}
