package xapian_test

import (
	"bytes"
	"math"
	"os"
	"slices"
	"testing"

	"samizdat/internal/xapian"
)

// FuzzDatabase reads everything of a database that may be anything: it gives errors, and ends.
func FuzzDatabase(f *testing.F) {
	small := write(f, corpus(3), &xapian.WriterOptions{Metadata: metadata})
	f.Add(small, "wörd1", uint32(2))
	// Larger ones take too long for a fuzzer; what they have besides is in Xapian's, in blocks of 2 KiB.
	if theirs, err := os.ReadFile("testdata/everything-2k.glass"); err == nil {
		f.Add(theirs, "every", uint32(50))
	}
	f.Add(small[:8192+100], "", uint32(0))
	for _, woven := range xapian.Woven() {
		f.Add(woven, "zz", uint32(1))
	}
	f.Fuzz(func(t *testing.T, b []byte, term string, id uint32) {
		db, err := xapian.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			return
		}
		_, _ = db.Metadata("language")
		_, _ = db.Data(xapian.DocID(id))
		_, _ = db.Value(0, xapian.DocID(id))
		_, _ = db.Positions(term, xapian.DocID(id))
		_, _ = db.Frequency(term)
		var last string
		n := 0
		for f, err := range db.Terms("") {
			if err != nil {
				break
			}
			if n > 0 && f.Term <= last {
				t.Fatalf("term %q after %q", f.Term, last)
			}
			last = f.Term
			if n++; n < 8 {
				walk(t, db, f.Term, xapian.DocID(id))
			}
		}
		walk(t, db, term, xapian.DocID(id))
		if lengths, err := db.Lengths(); err == nil {
			walkAll(t, lengths, 1)
		}
	})
}

func walk(t *testing.T, db *xapian.Database, term string, leap xapian.DocID) {
	for _, by := range []xapian.DocID{1, leap | 1} {
		p, err := db.Postings(term)
		if err != nil {
			return
		}
		walkAll(t, p, by)
	}
}

func walkAll(t *testing.T, p *xapian.Postings, by xapian.DocID) {
	last := xapian.DocID(0)
	for {
		if uint64(last)+uint64(by) > math.MaxUint32 {
			return
		}
		ok, err := p.Skip(last + by)
		if err != nil || !ok {
			return
		}
		if p.ID() < last+by {
			t.Fatalf("document %d after %d, leaping by %d", p.ID(), last, by)
		}
		last = p.ID()
	}
}

// FuzzPositions: what is written is read back.
func FuzzPositions(f *testing.F) {
	f.Add([]byte{1, 0, 0, 5, 200, 255, 1})
	f.Fuzz(func(t *testing.T, gaps []byte) {
		var want []uint32
		at := uint32(0)
		for _, g := range gaps {
			at += uint32(g)*uint32(g) + 1
			want = append(want, at)
		}
		if len(want) == 0 {
			return
		}
		b := write(t, []xapian.Document{{Terms: []xapian.Term{{Text: "t", WDF: 1, Positions: want}}}}, nil)
		db, err := xapian.Open(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		if got, err := db.Positions("t", 1); err != nil || !slices.Equal(got, want) {
			t.Fatalf("positions %v, %v, want %v", got, err, want)
		}
	})
}

// FuzzWords: words lie in the text one behind the other, in lower case.
func FuzzWords(f *testing.F) {
	for _, text := range []string{"AT&T's C++ fish+chips P.T.O. 3.14", "北京大学 ﾊﾝｶｸ", "don’t a·b 1,000.5 x\u200by", "\xff\xfeabc\x80"} {
		f.Add(text, true)
	}
	f.Fuzz(func(t *testing.T, text string, ngrams bool) {
		last := 0
		xapian.Words(text, ngrams, func(word string, start, end int) bool {
			if word == "" || start >= end || end > len(text) || start < last {
				t.Fatalf("word %q at %d to %d of %q, after %d", word, start, end, text, last)
			}
			last = start
			return true
		})
		folded := xapian.Fold(text)
		if again := xapian.Fold(folded); again != folded {
			t.Fatalf("Fold(%q) = %q, and folded again %q", text, folded, again)
		}
	})
}
