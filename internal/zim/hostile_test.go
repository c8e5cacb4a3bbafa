package zim

import (
	"bytes"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"slices"
	"testing"

	"github.com/ulikunitz/xz/lzma"
)

// Archives that cost whoever believes them. What is asserted is what was allocated in all, which the peak cannot exceed,
// and what was read; never the time.

const bombBytes = 258 << 20 // decoded; more than the 256 MiB that a reader decodes

// zstdZeros is a frame of one blob: a table that claims total bytes, and zeros up to n. RFC 8878, "RLE_Block".
func zstdZeros(total, n int) []byte {
	frame := []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 8 << 3} // no content size, a window of 256 KiB
	block := func(kind, size int) []byte {
		v := size<<3 | kind<<1
		return []byte{byte(v), byte(v >> 8), byte(v >> 16)}
	}
	frame = append(frame, block(0, 8)...)
	frame = le.AppendUint32(le.AppendUint32(frame, 8), uint32(total))
	for at := 8; at < n; at += 128 << 10 {
		frame = append(append(frame, block(1, min(128<<10, n-at))...), 0)
	}
	return append(frame, 1, 0, 0) // a last block, empty
}

// xzZeros is the same as an xz stream. XZ, "LZMA2": chunks of 2 MiB, each with a dictionary of its own.
func xzZeros(tb testing.TB, total, n int) []byte {
	tb.Helper()
	var chunk bytes.Buffer
	w, err := lzma.Writer2Config{DictCap: 1 << 20}.NewWriter2(&chunk)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(make([]byte, 2<<20)); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	zeros := chunk.Bytes()[:chunk.Len()-1] // without the end
	stream := []byte("\xfd7zXZ\x00\x00\x00")
	stream = le.AppendUint32(stream, crc32.ChecksumIEEE(stream[6:8]))
	head := []byte{2, 0, 0x21, 1, 18, 0, 0, 0} // a dictionary of 2 MiB
	stream = append(stream, le.AppendUint32(head, crc32.ChecksumIEEE(head))...)
	stream = append(stream, 1, 0, 7) // 8 bytes as they are
	stream = le.AppendUint32(le.AppendUint32(stream, 8), uint32(total))
	for at := 8; at < n; at += 2 << 20 {
		stream = append(stream, zeros...)
	}
	stream = append(stream, 0)
	for len(stream)%4 != 0 {
		stream = append(stream, 0)
	}
	return append(stream, 0) // the index begins
}

// TestBombsCostLittle: what a bomb claims is refused at once, and what it hides behind a modest claim is not decoded.
func TestBombsCostLittle(t *testing.T) {
	for name, c := range map[string]struct {
		info  byte
		final []byte
		whole bool // the modest blob is there
	}{
		"zstd, honest": {clusterZstd, zstdZeros(bombBytes, bombBytes), false},
		"zstd, modest": {clusterZstd, zstdZeros(1<<20, bombBytes), true},
		"xz, honest":   {clusterXZ, xzZeros(t, bombBytes, bombBytes), false},
		"xz, modest":   {clusterXZ, xzZeros(t, 1<<20, bombBytes), true},
	} {
		t.Run(name, func(t *testing.T) {
			a := baseArchive(t)
			withCluster(testCluster{info: c.info, final: c.final})(t, a)
			b, _ := a.build(t)
			if len(b) > 64<<10 {
				t.Fatalf("the archive has %d bytes, want a small one", len(b))
			}
			e, err := openBytes(t, b, nil).Content("second.html")
			if err != nil {
				t.Fatal(err)
			}
			var blob *Blob
			got := allocated(func() { blob, err = e.Blob() })
			if c.whole && (err != nil || blob.Size() != 1<<20-8) {
				t.Errorf("%v, want a blob of 1 MiB", err)
			}
			if !c.whole && !errors.Is(err, ErrTooLarge) {
				t.Errorf("%v, want ErrTooLarge", err)
			}
			const bound = 24 << 20 // a window of 8 MiB, twice, and the decoders themselves
			if got > bound {
				t.Errorf("%d bytes in the file made us allocate %d, at most %d are right", len(c.final), got, bound)
			}
			if got := allocated(func() { _ = Check(t.Context(), bytes.NewReader(b), int64(len(b)), nil) }); got > bound+16<<20 {
				t.Errorf("Check allocated %d bytes", got)
			}
		})
	}
}

// TestBombsAsMadeAreZeros: the two makers make what they say, or the tests above would show nothing.
func TestBombsAsMadeAreZeros(t *testing.T) {
	const n = 5 << 20
	for info, final := range map[byte][]byte{clusterZstd: zstdZeros(n, n), clusterXZ: xzZeros(t, n, n)} {
		a := baseArchive(t)
		withCluster(testCluster{info: info, final: final})(t, a)
		b, _ := a.build(t)
		e, err := openBytes(t, b, nil).Content("second.html")
		if err != nil {
			t.Fatal(err)
		}
		if got, err := e.ReadAll(n); err != nil || !bytes.Equal(got, make([]byte, n-8)) {
			t.Errorf("compression %d: %d bytes, %v, want %d zeros", info, len(got), err, n-8)
		}
	}
}

// manyPointers is an archive whose header claims n entries, with a pointer for each of them to the same one. All three
// lists lie on top of each other, so that it is no larger than it must be.
func manyPointers(n int, e dirent) []byte {
	const mimes = "text/html\x00\x00"
	region := e.appendTo(nil)
	at := headerLen + len(mimes)
	b := bareArchive(mimes, region, bytes.Repeat(le.AppendUint64(nil, uint64(at)), n), nil)
	le.PutUint32(b[28:], 1)                 // one cluster
	le.PutUint64(b[48:], le.Uint64(b[32:])) // its list
	le.PutUint64(b[40:], le.Uint64(b[32:])) // by title: the low halves of pointers, and zeros
	le.PutUint32(b[64:], 0)                 // main page
	rehash(b)
	return b
}

// TestMillionEntriesOfOne: 8 MB that claim a million entries are opened, listed, searched and checked without more than
// a small multiple of their size in memory or in reading. The same claim in 2 MB is refused by the header.
func TestMillionEntriesOfOne(t *testing.T) {
	const n = 1_000_000
	long := string(bytes.Repeat([]byte("long"), 15_000))
	for name, e := range map[string]dirent{
		"page":                {ns: 'C', path: "x", title: "a page"},
		"page of a long name": {ns: 'C', path: long, title: long[:5000]},
		"redirect to itself":  {ns: 'C', path: "x", mime: mimeRedirect},
		"title listing":       {ns: 'X', path: listingV1Path},
		"metadata":            {ns: 'M', path: "Title"},
	} {
		t.Run(name, func(t *testing.T) {
			b := manyPointers(n, e)
			f := newCountingFile(b)
			got := allocated(func() {
				r, err := NewReader(f, f.Size(), nil)
				if err != nil {
					t.Fatal(err)
				}
				listed := int64(0)
				var last error
				for e, err := range r.Entries() {
					if last = err; err == nil {
						listed += int64(len(e.Path()) + len(e.Title()))
					}
				}
				if last == nil || listed > 2*f.Size()+32*longestDirent {
					t.Errorf("%d bytes of names are listed from %d, the last error is %v", listed, f.Size(), last)
				}
				for _, path := range []string{"x", "a", "z", long} {
					_, _ = r.Content(path)
				}
				for i := range min(r.ArticleCount(), 1000) {
					if e, err := r.Article(i); err == nil {
						_, _ = e.Blob()
					}
				}
				_, _ = r.MainEntry()
				_, _ = r.MetadataNames()
				_, _ = r.Metadata("Title")
				_ = r.FS()
			})
			if bound := uint64(40 * f.Size()); got > bound {
				t.Errorf("an archive of %d bytes made us allocate %d, want at most %d", f.Size(), got, bound)
			}
			f.bytes.Store(0)
			var problems []Problem
			got = allocated(func() { problems = Check(t.Context(), f, f.Size(), nil) })
			if !slices.ContainsFunc(problems, func(p Problem) bool { return p.Severity == Error }) {
				t.Error("Check finds no error")
			}
			if len(problems) > 1000 {
				t.Errorf("Check lists %d problems", len(problems))
			}
			if read := f.bytes.Load(); read > 40*f.Size() {
				t.Errorf("Check read %d bytes of %d", read, f.Size())
			}
			if bound := uint64(120 * f.Size()); got > bound { // in all; most of it goes at once
				t.Errorf("Check allocated %d bytes for %d, want at most %d", got, f.Size(), bound)
			}
		})
	}
	// The same by a list by title: 2,000 times the one entry with a long name.
	a := baseArchive(t)
	a.item("C/"+long, "", "text/html", 0, []byte("x"))
	a.sort()
	for len(a.entries) < 2000 {
		a.redirect(fmt.Sprintf("X/r%04d", len(a.entries)), "", "C/index.html")
	}
	a.sort()
	b, l := a.build(t)
	for i := range a.entries {
		le.PutUint32(b[l.titlePtr+4*i:], a.index("C/"+long))
	}
	rehash(b)
	f := newCountingFile(b)
	if _ = Check(t.Context(), f, f.Size(), nil); f.bytes.Load() > 100*f.Size() {
		t.Errorf("Check of a list by title read %d bytes of %d", f.bytes.Load(), f.Size())
	}
	small := manyPointers(250_000, dirent{ns: 'C', path: "x"})
	le.PutUint32(small[24:], n)
	rehash(small)
	var format *FormatError
	got := allocated(func() {
		if _, err := NewReader(bytes.NewReader(small), int64(len(small)), nil); !errors.As(err, &format) || format.Part != "header" {
			t.Errorf("a million entries in %d bytes: %v", len(small), err)
		}
	})
	if got > 1<<20 {
		t.Errorf("refusing it allocated %d bytes", got)
	}
}

// TestRedirectMaze: chains of any length, with branches and rings, cost at most 50 steps for each entry.
func TestRedirectMaze(t *testing.T) {
	const n = 20_000
	a := baseArchive(t)
	for i := range n {
		target := fmt.Sprintf("C/m%05d", i/2) // a tree: 0 is a ring of its own, half lead to where another leads
		a.redirect(fmt.Sprintf("C/m%05d", i), "", target)
		a.entries[len(a.entries)-1].target = target
	}
	a.sort()
	number := map[string]uint32{}
	for i, e := range a.entries {
		number[string(e.ns)+"/"+e.path] = uint32(i)
	}
	for i := range a.entries { // build would look for each among all
		if e := &a.entries[i]; e.target != "" {
			e.redirect, e.target = number[e.target], ""
		}
	}
	b, _ := a.build(t)
	f := newCountingFile(b)
	r, err := NewReader(f, f.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, i := range []int{0, 1, n / 2, n - 1} {
		e, err := r.Content(fmt.Sprintf("m%05d", i))
		if err != nil {
			t.Fatal(err)
		}
		reads := f.reads.Load()
		if _, err := e.Resolve(); !errors.Is(err, ErrRedirectLoop) {
			t.Errorf("m%05d: %v, want ErrRedirectLoop", i, err)
		}
		if got := f.reads.Load() - reads; got > 2*maxHops {
			t.Errorf("m%05d: %d reads, want at most two for each of %d steps", i, got, maxHops)
		}
	}
	f.bytes.Store(0)
	problems := Check(t.Context(), f, f.Size(), nil)
	loops := 0
	for _, p := range problems {
		if p.Kind == kindLoop {
			loops++
		}
	}
	if loops != maxPerKind+1 || f.bytes.Load() > 40*f.Size() {
		t.Errorf("%d loops are listed and %d bytes of %d read, want %d and the rest counted", loops, f.bytes.Load(), f.Size(), maxPerKind+1)
	}
	if _, err := io.Copy(io.Discard, f); err != nil {
		t.Fatal(err)
	}
}

// TestManyWrongPointersHideNothing: entries whose pointers are wrong cost nothing, so those behind them are still listed.
func TestManyWrongPointersHideNothing(t *testing.T) {
	a := baseArchive(t)
	for i := range 100 {
		a.redirect(fmt.Sprintf("C/r%02d", i), "", "C/index.html")
	}
	a.sort()
	b, l := a.build(t)
	first := int(a.index("C/r00"))
	for i := range 100 {
		le.PutUint64(b[l.pathPtr+8*(first+i):], 1<<40)
	}
	rehash(b)
	good, bad := 0, 0
	for _, err := range openBytes(t, b, nil).Entries() {
		if err != nil {
			bad++
		} else {
			good++
		}
	}
	if bad != 100 || good != len(a.entries)-100 {
		t.Errorf("%d entries and %d errors, want %d and 100", good, bad, len(a.entries)-100)
	}
}
