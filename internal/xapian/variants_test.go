package xapian_test

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/xapian"
)

// long is the text in testdata that Xapian has compressed.
const long = "a stretch of data that is long, and so much like itself that Xapian compresses it; "

func openFile(t *testing.T, name string) *xapian.Database {
	t.Helper()
	b, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	db, err := xapian.Open(bytes.NewReader(b), int64(len(b)))
	if err != nil {
		t.Fatal(err)
	}
	return db
}

// TestVariants reads databases of Xapian that have what ours and libzim's have not (testdata/README.md).
func TestVariants(t *testing.T) {
	for name, check := range map[string]func(*testing.T, *xapian.Database){"everything-2k.glass": isEverything, "chunks-4k.glass": isChunks} {
		t.Run(name, func(t *testing.T) { check(t, openFile(t, filepath.Join("testdata", name))) })
		// The same in other layouts: xapian-compact writes other blocks, and fills them more or less. (Its -F does not end on the second.)
		for _, flags := range []string{"-b 8K", "-b 16K -n", "-b 64K"} {
			t.Run(name+" "+flags, func(t *testing.T) {
				out := filepath.Join(t.TempDir(), "db")
				args := append(strings.Fields(flags), "--single-file", "--no-renumber", filepath.Join("testdata", name), out)
				run(t, "xapian-compact", args...)
				check(t, openFile(t, out))
			})
		}
	}
}

// list is what make.py's rules say about one term.
type list struct {
	ids []xapian.DocID
	wdf []uint32
}

func (l *list) add(id, wdf int) {
	l.ids = append(l.ids, xapian.DocID(id))
	l.wdf = append(l.wdf, uint32(wdf))
}

func isEverything(t *testing.T, db *xapian.Database) {
	terms := map[string]*list{}
	add := func(term string, id, wdf int) {
		if terms[term] == nil {
			terms[term] = &list{}
		}
		terms[term].add(id, wdf)
	}
	docs := 0
	for i := 1; i <= 120; i++ {
		if i%10 == 0 && i != 50 {
			if data, err := db.Data(xapian.DocID(i)); data != "" || err != nil {
				t.Errorf("document %d was taken away and has %q, %v", i, data, err)
			}
			continue
		}
		docs++
		add("every", i, i%5+1)
		add(fmt.Sprintf("some%d", i%7), i, 1)
		add(fmt.Sprintf("zero\x00%d", i%2), i, 2)
		add([]string{"Lkk", "Len"}[i%2], i, 0)
		add("placed", i, i%30+1)
		var places []uint32
		for at := 1; at < i%30+2; at++ {
			places = append(places, uint32(at*(i%4+1)))
		}
		checkPlaces(t, db, "placed", i, places)
		if i == 50 {
			add("many", i, 2999)
			var places []uint32
			for at := 1; at < 3000; at++ {
				places = append(places, uint32(at*at%1000003))
			}
			slices.Sort(places)
			checkPlaces(t, db, "many", i, places)
		}
		data := fmt.Sprintf("C/page/%d", i)
		if i%8 == 0 {
			data += " " + strings.Repeat(long, i%40)
		}
		values := []string{fmt.Sprintf("Title %d", i), ""}
		if i%3 != 0 {
			values[1] = strings.Repeat("x", i%50)
		}
		if got, err := db.Data(xapian.DocID(i)); err != nil || got != data {
			t.Errorf("data of %d: %q, %v, want %q", i, got, err, data)
		}
		for slot, want := range values {
			if got, err := db.Value(uint32(slot), xapian.DocID(i)); err != nil || got != want {
				t.Errorf("value %d of %d: %q, %v, want %q", slot, i, got, err, want)
			}
		}
	}
	for name, want := range map[string]string{"language": "eng", "long": strings.Repeat(long, 300), "none": ""} {
		if got, err := db.Metadata(name); err != nil || got != want {
			t.Errorf("metadata %s: %d bytes, %v, want %d", name, len(got), err, len(want))
		}
	}
	checkTerms(t, db, docs, terms)
}

func isChunks(t *testing.T, db *xapian.Database) {
	terms := map[string]*list{"every": {}, "few": {}}
	number := 0
	for i := 1; i <= 2500; i++ {
		if number++; i%97 == 0 {
			number += 1000
		}
		if i == 2000 {
			number += 100_000
		}
		if i >= 3 && i <= 5 {
			continue
		}
		terms["every"].add(number, i%300+1)
		if i%50 == 0 {
			terms["few"].add(number, 1)
		}
	}
	checkTerms(t, db, 2497, terms)
}

// checkTerms holds the terms, their postings and the lengths of documents against what they should be.
func checkTerms(t *testing.T, db *xapian.Database, docs int, terms map[string]*list) {
	t.Helper()
	if db.Len() != docs {
		t.Errorf("%d documents, want %d", db.Len(), docs)
	}
	lengths, total := map[xapian.DocID]uint32{}, uint64(0)
	for _, l := range terms {
		for i, id := range l.ids {
			lengths[id] += l.wdf[i]
			total += uint64(l.wdf[i])
		}
	}
	if db.TotalLength() != total {
		t.Errorf("all lengths are %d, want %d", db.TotalLength(), total)
	}
	all, err := db.Lengths()
	if err != nil {
		t.Fatal(err)
	}
	for range docs {
		if ok, err := all.Next(); err != nil || !ok || all.WDF() != lengths[all.ID()] {
			t.Fatalf("length of %d: %d, %t, %v, want %d", all.ID(), all.WDF(), ok, err, lengths[all.ID()])
		}
	}
	if ok, err := all.Next(); ok || err != nil {
		t.Errorf("lengths of more documents, %v", err)
	}
	seen := 0
	for f, err := range db.Terms("") {
		if err != nil {
			t.Fatal(err)
		}
		l := terms[f.Term]
		if l == nil || int(f.Frequency) != len(l.ids) {
			t.Errorf("term %q with frequency %d, want %+v", f.Term, f.Frequency, l)
			continue
		}
		checkPostings(t, db, f.Term, l.ids, l.wdf)
		seen++
	}
	if seen != len(terms) {
		t.Errorf("%d terms, want %d", seen, len(terms))
	}
}

func checkPlaces(t *testing.T, db *xapian.Database, term string, id int, want []uint32) {
	t.Helper()
	if got, err := db.Positions(term, xapian.DocID(id)); err != nil || !slices.Equal(got, want) {
		t.Errorf("positions of %q in %d: %v, %v, want %v", term, id, got, err, want)
	}
}

// TestOursCompacted: Xapian reads what we wrote, and we read what it then writes.
func TestOursCompacted(t *testing.T) {
	docs := corpus(700)
	name, out := filepath.Join(t.TempDir(), "ours"), filepath.Join(t.TempDir(), "theirs")
	if err := os.WriteFile(name, write(t, docs, &xapian.WriterOptions{Metadata: metadata}), 0o600); err != nil {
		t.Fatal(err)
	}
	run(t, "xapian-compact", "--single-file", "-b", "4K", name, out)
	ours, theirs := openFile(t, name), openFile(t, out)
	if ours.Len() != theirs.Len() || ours.TotalLength() != theirs.TotalLength() {
		t.Errorf("%d documents, %d long; compacted %d, %d", ours.Len(), ours.TotalLength(), theirs.Len(), theirs.TotalLength())
	}
	for i, d := range docs {
		id := xapian.DocID(i + 1)
		if data, err := theirs.Data(id); err != nil || data != d.Data {
			t.Fatalf("document %d: %q, %v, want %q", id, data, err, d.Data)
		}
		for _, term := range d.Terms {
			checkPlaces(t, theirs, term.Text, int(id), term.Positions)
		}
	}
	n := 0
	for f, err := range theirs.Terms("") {
		if err != nil {
			t.Fatal(err)
		}
		if freq, err := ours.Frequency(f.Term); err != nil || freq != f.Frequency {
			t.Fatalf("%q: %d, %v, want %d", f.Term, freq, err, f.Frequency)
		}
		n++
	}
	if n < 1000 {
		t.Errorf("only %d terms", n)
	}
}

// TestOtherBackends: databases of other kinds are named in the error.
func TestOtherBackends(t *testing.T) {
	for head, want := range map[string]string{
		"\x0f\x0dXapian Honey\x04\xd2": "Honey",
		"IAmChert":                     "Chert",
		"IAmFlint":                     "Flint",
		"\x0f\x0dXapian Glass\x05\x00": "another version",
		"\x0f\x0dXapian ":              "",
		"\x00\x00\x00\x00":             "",
		"":                             "",
	} {
		b := append([]byte(head), make([]byte, 3*8192)...)
		_, err := xapian.Open(bytes.NewReader(b), int64(len(b)))
		if !errors.Is(err, xapian.ErrNotXapian) || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: %v, want one about %q", head, err, want)
		}
		if format := (*xapian.FormatError)(nil); errors.As(err, &format) != (want == "") {
			t.Errorf("%q: %v: damage or not?", head, err)
		}
	}
}
