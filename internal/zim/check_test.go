package zim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"strings"
	"testing"
)

func checkBytes(t *testing.T, b []byte) []Problem {
	t.Helper()
	return Check(t.Context(), bytes.NewReader(b), int64(len(b)), nil)
}

func TestCheckFindsAllFaultsInOneRun(t *testing.T) {
	a := baseArchive(t)
	a.entry("C/a.css").mime = 900
	a.entry("C/old.html").target = "C/old.html"
	a.set("M/Language", "en")
	a.set("M/Date", "yesterday")
	b, l := a.build(t)
	le.PutUint32(b[l.titlePtr:], 77777)
	b[l.clusters[1]] = 9 // and the checksum is wrong now
	kinds := map[string]int{}
	for _, p := range checkBytes(t, b) {
		kinds[p.Kind]++
	}
	for kind, want := range map[string]int{kindMIMEIndex: 1, kindLoop: 1, kindMetadata: 3, kindListing: 1, kindCluster: 1, kindChecksum: 1} {
		if kinds[kind] < want {
			t.Errorf("%d problems of kind %q, want %d; all: %v", kinds[kind], kind, want, kinds)
		}
	}
}

func TestCheckCountsWhatItDoesNotList(t *testing.T) {
	b := manyEntries(t, 300)
	r := openBytes(t, b, nil)
	for i := range r.EntryCount() {
		off, err := r.pathPointer(i)
		if err != nil {
			t.Fatal(err)
		}
		le.PutUint16(b[off:], 900)
	}
	n, more := 0, ""
	for _, p := range checkBytes(t, b) {
		if p.Kind == kindMIMEIndex {
			n++
			if strings.HasPrefix(p.Message, "and ") {
				more = p.Message
			}
		}
	}
	if n != maxPerKind+1 || !strings.Contains(more, "and 200 more") {
		t.Errorf("%d problems listed, the last %q, want %d and 200 more", n, more, maxPerKind+1)
	}
}

func TestCheckSaysWhatItSkipped(t *testing.T) {
	for field, words := range map[int][]string{32: {"entries"}, 48: {"clusters", "blob numbers"}, 72: {"checksum"}} {
		b, _ := baseArchive(t).build(t)
		le.PutUint64(b[field:], 1<<50)
		var skipped []string
		for _, p := range checkBytes(t, b) {
			if p.Kind == kindSkipped {
				skipped = append(skipped, p.Message)
			}
		}
		for _, w := range words {
			if !strings.Contains(strings.Join(skipped, "\n"), w) {
				t.Errorf("with field %d wrong, skipped is %q, want a line about %s", field, skipped, w)
			}
		}
	}
}

func TestCheckTellsProgress(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	var last, calls int64
	Check(t.Context(), bytes.NewReader(b), int64(len(b)), func(done, total int64) {
		if done < last || total != 2*int64(len(b)) {
			t.Errorf("progress %d of %d after %d", done, total, last)
		}
		last = done
		calls++
	})
	if last != 2*int64(len(b)) || calls < 3 {
		t.Errorf("progress ended at %d of %d, in %d steps", last, 2*len(b), calls)
	}
}

func TestCheckStops(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	b, _ := baseArchive(t).build(t)
	f := newCountingFile(b)
	problems := Check(ctx, f, f.Size(), nil)
	if len(problems) != 1 || problems[0].Kind != kindStopped || problems[0].Severity != Error {
		t.Errorf("got %v, want one problem that says that it stopped", problems)
	}
	if f.bytes.Load() >= f.Size() {
		t.Errorf("read %d bytes after the end of its context", f.bytes.Load())
	}
}

func TestCheckOfNoArchive(t *testing.T) {
	for _, b := range [][]byte{nil, []byte("x"), []byte(strings.Repeat("no archive ", 100))} {
		if got := checkBytes(t, b); len(got) != 1 || got[0].Severity != Error || got[0].Kind != kindHeader {
			t.Errorf("Check of %.20q = %v, want one error in the header", b, got)
		}
	}
	f := &failingFile{Reader: bytes.NewReader(manyEntries(t, 10))}
	if got := Check(t.Context(), f, f.Size(), nil); len(got) != 1 || !strings.Contains(got[0].Message, errDisk.Error()) {
		t.Errorf("Check of a broken disk = %v", got)
	}
}

func TestProblemNamesItsPlace(t *testing.T) {
	p := Problem{Severity: Error, Offset: 0x1f40, Part: "cluster 3", Message: "it is broken"}
	if got, want := p.String(), "error: cluster 3 at 0x1f40: it is broken"; got != want {
		t.Errorf("String() = %q, want %q", got, want)
	}
	err := formatErrorf(0x1f40, "cluster 3", "it is %w", errDisk)
	if got, want := err.Error(), "zim: cluster 3 at 0x1f40: it is the disk is gone"; got != want || !errors.Is(err, errDisk) {
		t.Errorf("Error() = %q, want %q", got, want)
	}
}

func TestOverlappingEntriesEndTheCheck(t *testing.T) {
	// Pointers to every byte of a long path: each is an entry of some 60 kB.
	const n = 2000
	a := baseArchive(t)
	a.item("C/z", strings.Repeat("t", 60_000), "text/html", 0, []byte("x"))
	for i := range n {
		a.redirect(fmt.Sprintf("C/zz%04d", i), "", "C/index.html")
	}
	a.sort()
	b, l := a.build(t)
	long := l.dirents[a.index("C/z")]
	first := int(a.index("C/zz0000"))
	for i := range n {
		le.PutUint64(b[l.pathPtr+8*(first+i):], uint64(long+itemFixedLen+2+i))
	}
	rehash(b)
	f := newCountingFile(b)
	problems := Check(t.Context(), f, f.Size(), nil)
	found := false
	for _, p := range problems {
		found = found || strings.Contains(p.Message, "entries overlap")
	}
	if !found {
		t.Errorf("Check of overlapping entries found %d problems, none of them that", len(problems))
	}
}

func TestGraphemes(t *testing.T) {
	for s, want := range map[string]int{
		"":                     0,
		"abc":                  3,
		"й":                    1,
		"и\u0306":              1, // й in two parts
		"Қазақстан":            9,
		"\U0001F1F0\U0001F1FF": 1, // flag
		"\U0001F1F0\U0001F1FF\U0001F1F0\U0001F1FF":   2,
		"\U0001F468\u200D\U0001F469\u200D\U0001F467": 1, // family
		"\U0001F44D\U0001F3FD!":                      2,
		"\r\n":                                       1,
		"می\u200cخواهم":                              7, // Persian, with a non-joiner
		"한국":                                         2,
		"\u1112\u1161\u11AB":                         1, // 한 in letters
		"\u0915\u093F":                               1, // Devanagari with a vowel sign
	} {
		if got := Graphemes(s); got != want {
			t.Errorf("Graphemes(%q) = %d, want %d", s, got, want)
		}
	}
}

func TestPNGSize(t *testing.T) {
	if w, h, err := pngSize(testPNG(t, 48)); err != nil || w != 48 || h != 48 {
		t.Errorf("48×48 is %d×%d, %v", w, h, err)
	}
	b := testPNG(t, 48)
	b[19] = 64
	if _, _, err := pngSize(b); err == nil {
		t.Error("a changed width was not noticed")
	}
	if _, _, err := pngSize(b[:20]); err == nil {
		t.Error("a cut PNG was not noticed")
	}
}
