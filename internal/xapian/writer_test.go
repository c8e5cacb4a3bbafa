package xapian_test

import (
	"bytes"
	"fmt"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/xapian"
)

// corpus returns n documents of words that are as frequent as words are: a few are everywhere, most are rare.
func corpus(n int) []xapian.Document {
	rnd := rand.New(rand.NewPCG(1, 2))
	zipf := rand.NewZipf(rnd, 1.1, 4, 30000)
	docs := make([]xapian.Document, n)
	for i := range docs {
		var l xapian.TermList
		g := xapian.Generator{Stem: xapian.Stemmer("en"), Strategy: xapian.StemSome, Place: true}
		var text strings.Builder
		for range 3 + rnd.IntN(40) {
			fmt.Fprintf(&text, "wörd%d слово%d ", zipf.Uint64(), zipf.Uint64()%50)
		}
		g.Add(&l, "0posanchor "+xapian.Fold(text.String()), 1)
		l.Add(strings.Repeat("long\x00", 40)[:160+i%40], 2)
		docs[i] = xapian.Document{
			Data:   fmt.Sprintf("C/page/%d.html", i),
			Values: []xapian.Value{{Slot: 0, Text: fmt.Sprintf("Title %d", i)}, {Slot: 1, Text: strings.Repeat("x", i%3)}},
			Terms:  l.Terms(),
		}
	}
	return docs
}

func write(t testing.TB, docs []xapian.Document, opts *xapian.WriterOptions) []byte {
	t.Helper()
	w := xapian.NewWriter(opts)
	defer w.Close()
	for _, d := range docs {
		if err := w.Add(d); err != nil {
			t.Fatal(err)
		}
	}
	size, err := w.Finish()
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	if n, err := w.WriteTo(&out); err != nil || n != size || int64(out.Len()) != size {
		t.Fatalf("WriteTo = %d, %v with %d bytes written; Finish said %d", n, err, out.Len(), size)
	}
	return out.Bytes()
}

var metadata = map[string]string{"kind": "title", "language": "eng", "data": "fullPath", "stopwords": ""}

func TestJudgedByXapian(t *testing.T) {
	for _, n := range []int{1, 100, 50_000} {
		t.Run(fmt.Sprint(n), func(t *testing.T) {
			if n > 1000 && testing.Short() {
				t.Skip("short: 50,000 documents")
			}
			docs := corpus(n)
			db := write(t, docs, &xapian.WriterOptions{Metadata: metadata})
			if merged, files := writeSpilled(t, docs, max(n, 1000)*20); !bytes.Equal(merged, db) || n > 1000 && files < 5 {
				t.Errorf("not the same bytes when merged from %d temporary files", files)
			}
			file := filepath.Join(t.TempDir(), "db.glass")
			if err := os.WriteFile(file, db, 0o600); err != nil {
				t.Fatal(err)
			}
			if out := run(t, "xapian-check", file); !strings.HasSuffix(strings.TrimSpace(out), "No errors found") {
				t.Errorf("xapian-check:\n%s", out)
			}
			if out := run(t, "xapian-delve", file); !strings.Contains(out, fmt.Sprintf("number of documents = %d\n", n)) {
				t.Errorf("xapian-delve:\n%s", out)
			}
		})
	}
}

// run runs a program of Xapian and returns what it prints.
func run(t *testing.T, name string, args ...string) string {
	t.Helper()
	out, err := exec.Command(judge.Tool(t, name, "xapian-tools"), args...).CombinedOutput()
	if err != nil {
		t.Fatalf("%s %v: %v\n%s", name, args, err, out)
	}
	return string(out)
}

// writeSpilled writes a database with a bound on memory, in bytes, and tells how many temporary files that took.
func writeSpilled(t *testing.T, docs []xapian.Document, limit int) (db []byte, files int) {
	t.Helper()
	dir := t.TempDir()
	db = write(t, docs, &xapian.WriterOptions{Metadata: metadata, MemoryLimit: limit, Spill: func() (xapian.Spill, error) {
		files++
		return os.Create(filepath.Join(dir, fmt.Sprint(files)))
	}})
	return db, files
}

// TestSpilled holds the external merge against the index that was made in memory.
func TestSpilled(t *testing.T) {
	docs := corpus(3000)
	want := write(t, docs, &xapian.WriterOptions{Metadata: metadata})
	got, files := writeSpilled(t, docs, 100<<10)
	if files < 5 {
		t.Errorf("only %d temporary files", files)
	}
	if !bytes.Equal(got, want) {
		t.Error("the merged database differs from the one made in memory")
	}
}

// TestRoundTrip reads back everything that was written.
func TestRoundTrip(t *testing.T) {
	docs := corpus(5000)
	b := write(t, docs, &xapian.WriterOptions{Metadata: metadata})
	db, err := xapian.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	if db.Len() != len(docs) {
		t.Errorf("Len = %d, want %d", db.Len(), len(docs))
	}
	for name, want := range metadata {
		if got, err := db.Metadata(name); err != nil || got != want {
			t.Errorf("Metadata(%q) = %q, %v, want %q", name, got, err, want)
		}
	}
	terms := map[string][]xapian.DocID{}
	wdf := map[string][]uint32{}
	var total uint64
	lengths, err := db.Lengths()
	if err != nil {
		t.Fatal(err)
	}
	for i, d := range docs {
		id := xapian.DocID(i + 1)
		var length uint32
		for _, term := range d.Terms {
			terms[term.Text] = append(terms[term.Text], id)
			wdf[term.Text] = append(wdf[term.Text], term.WDF)
			length += term.WDF
			if i%97 == 0 {
				if got, err := db.Positions(term.Text, id); err != nil || !slices.Equal(got, term.Positions) {
					t.Fatalf("Positions(%q, %d) = %v, %v, want %v", term.Text, id, got, err, term.Positions)
				}
			}
		}
		total += uint64(length)
		if ok, err := lengths.Next(); err != nil || !ok || lengths.ID() != id || lengths.WDF() != length {
			t.Fatalf("length %d of document %d (%v, %v), want %d of %d", lengths.WDF(), lengths.ID(), ok, err, length, id)
		}
		if got, err := db.Data(id); err != nil || got != d.Data {
			t.Fatalf("Data(%d) = %q, %v, want %q", id, got, err, d.Data)
		}
		for _, v := range d.Values {
			if got, err := db.Value(v.Slot, id); err != nil || got != v.Text {
				t.Fatalf("Value(%d, %d) = %q, %v, want %q", v.Slot, id, got, err, v.Text)
			}
		}
	}
	if db.TotalLength() != total {
		t.Errorf("TotalLength = %d, want %d", db.TotalLength(), total)
	}
	seen := 0
	last := ""
	for f, err := range db.Terms("") {
		if err != nil {
			t.Fatal(err)
		}
		if f.Term <= last && seen > 0 {
			t.Fatalf("%q after %q", f.Term, last)
		}
		last = f.Term
		seen++
		if int(f.Frequency) != len(terms[f.Term]) {
			t.Fatalf("frequency of %q is %d, want %d", f.Term, f.Frequency, len(terms[f.Term]))
		}
		checkPostings(t, db, f.Term, terms[f.Term], wdf[f.Term])
	}
	if seen != len(terms) {
		t.Errorf("%d terms, want %d", seen, len(terms))
	}
}

// checkPostings walks through the postings of term, one by one and by leaps.
func checkPostings(t *testing.T, db *xapian.Database, term string, ids []xapian.DocID, wdf []uint32) {
	t.Helper()
	for _, leap := range []xapian.DocID{0, 3, 200, 3000} {
		p, err := db.Postings(term)
		if err != nil {
			t.Fatal(err)
		}
		at, target := 0, xapian.DocID(0)
		for {
			var ok bool
			if leap == 0 {
				ok, err = p.Next()
			} else {
				target = max(target, p.ID()) + leap
				ok, err = p.Skip(target)
				for at < len(ids) && ids[at] < target {
					at++
				}
			}
			if err != nil {
				t.Fatalf("postings of %q, leaps of %d: %v", term, leap, err)
			}
			if !ok {
				break
			}
			if at >= len(ids) || p.ID() != ids[at] || p.WDF() != wdf[at] {
				t.Fatalf("postings of %q, leaps of %d: got %d (%d), want number %d of %v", term, leap, p.ID(), p.WDF(), at, ids)
			}
			if leap == 0 {
				at++
			}
		}
		for leap != 0 && at < len(ids) && ids[at] < target {
			at++
		}
		if at != len(ids) {
			t.Fatalf("postings of %q, leaps of %d: ended before %d", term, leap, ids[at])
		}
	}
}

func TestWriterRefuses(t *testing.T) {
	for name, terms := range map[string][]xapian.Term{
		"long":     {{Text: strings.Repeat("x", 250), WDF: 1}},
		"zeros":    {{Text: strings.Repeat("\x00", 130), WDF: 1}},
		"empty":    {{Text: "", WDF: 1}},
		"unsorted": {{Text: "b", WDF: 1}, {Text: "a", WDF: 1}},
		"twice":    {{Text: "a", WDF: 1}, {Text: "a", WDF: 1}},
		"heavy":    {{Text: "a", WDF: 0xffffffff}, {Text: "b", WDF: 1}},
	} {
		w := xapian.NewWriter(nil)
		if err := w.Add(xapian.Document{Terms: terms}); err == nil {
			t.Errorf("%s: no error", name)
		} else if _, err := w.Finish(); err == nil {
			t.Errorf("%s: finished after an error", name)
		}
	}
}
