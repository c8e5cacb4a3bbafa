package zim

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// TestExtendedClusters writes blobs that 4-byte offsets do not reach, in a writer where they reach 100 kB.
func TestExtendedClusters(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "extended.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := NewWriter(f, &WriterOptions{ClusterBytes: 4 << 10})
	if err != nil {
		t.Fatal(err)
	}
	w.maxPlain = 100_000
	body := func(n int) []byte {
		b := make([]byte, n)
		for i := range b {
			b[i] = byte(i * n >> 3)
		}
		return b
	}
	sizes := []int{99_991, 99_992, 99_993, 65536 * 2, 65536*3 + 5}
	for _, n := range sizes {
		for _, known := range []bool{true, false} {
			b := body(n)
			b[0] = byte(n)
			h := Header{Path: fmt.Sprint(n, known), MIMEType: "video/mp4", FrontArticle: true}
			if known {
				h.Size = int64(n)
				b[1]++ // no alias
			}
			if err := w.Add(h, bytes.NewReader(b)); err != nil {
				t.Fatal(err)
			}
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	r, err := NewReader(f, w.Stats().FileBytes, nil)
	if err != nil {
		t.Fatal(err)
	}
	for _, n := range sizes {
		for _, known := range []bool{true, false} {
			e, err := r.Entry('C', fmt.Sprint(n, known))
			if err != nil {
				t.Fatal(err)
			}
			got, err := e.ReadAll(1 << 20)
			if err != nil {
				t.Fatal(err)
			}
			want := body(n)
			want[0] = byte(n)
			if known {
				want[1]++
			}
			if !bytes.Equal(got, want) {
				t.Errorf("%d bytes, size known %v: content differs", n, known)
			}
			b, err := e.Blob()
			if err != nil {
				t.Fatal(err)
			}
			table := int64(9)
			if n+8 > 100_000 {
				table = 17
			}
			off, _ := b.Section()
			var info [1]byte
			if _, err := f.ReadAt(info[:], off-table); err != nil {
				t.Fatal(err)
			}
			if extended := info[0]&clusterExtended != 0; extended != (table == 17) || info[0]&0x0F != clusterNone {
				t.Errorf("%d bytes, size known %v: info byte %#x, extended should be %v", n, known, info[0], table == 17)
			}
		}
	}
}

// TestEncoderForgets checks what parallel compression rests on: what an encoder gives does not depend on what it did
// before, not even when its 31-bit position wraps, every 250 clusters or so.
func TestEncoderForgets(t *testing.T) {
	rng := rand.New(rand.NewPCG(1, 2))
	var text []byte
	for len(text) < 300<<10 {
		text = fmt.Appendf(text, "%d %s ", rng.IntN(500), strings.Repeat("б", rng.IntN(9)))
	}
	fresh := func(b []byte) []byte {
		enc, err := newClusterEncoder()
		if err != nil {
			t.Fatal(err)
		}
		return enc.EncodeAll(b, nil)
	}
	large, small := fresh(text), fresh(text[:50<<10])
	enc, err := newClusterEncoder()
	if err != nil {
		t.Fatal(err)
	}
	for i := range 600 { // each moves the position by more than the window, 8 MiB
		b, want := text[:50<<10], small
		if i%20 == 0 || i > 225 && i < 265 {
			b, want = text, large
		}
		if got := enc.EncodeAll(b, nil); !bytes.Equal(got, want) {
			t.Fatalf("cluster %d compresses to other bytes than the first", i)
		}
	}
}

// TestDirectoryLayout checks the order of the parts, which libzim writes and Kiwix JS relies on.
func TestDirectoryLayout(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "layout.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	for i := range 3 {
		h := Header{Path: fmt.Sprint("p", i), Title: fmt.Sprint(9 - i), MIMEType: "text/html", FrontArticle: true}
		if err := w.Add(h, strings.NewReader(h.Path)); err != nil {
			t.Fatal(err)
		}
	}
	w.SetMainPage("p0")
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	var h header
	if err := h.parse(b); err != nil {
		t.Fatal(err)
	}
	le := binary.LittleEndian
	entries, clusters := uint64(h.entryCount), uint64(h.clusterCount)
	if entries != 6 || clusters != 2 {
		t.Errorf("%d entries in %d clusters, want 6 (3 pages, Counter, mainPage, listing) in 2", entries, clusters)
	}
	for what, pair := range map[string][2]uint64{
		"MIME list":            {h.mimeListPos, 80},
		"first cluster":        {le.Uint64(b[h.clusterPtrPos:]), 2048},
		"title list":           {h.titlePtrPos, h.pathPtrPos + 8*entries},
		"cluster list":         {h.clusterPtrPos, h.titlePtrPos + 4*entries},
		"checksum":             {h.checksumPos, h.clusterPtrPos + 8*clusters},
		"size":                 {uint64(len(b)), h.checksumPos + 16},
		"main page":            {uint64(h.mainPage), 4}, // C C C M W X
		"layout page":          {uint64(h.layoutPage), noEntry},
		"length of page title": {uint64(bytes.IndexByte(b[le.Uint64(b[h.pathPtrPos:])+itemFixedLen+3:], 0)), 1},
	} {
		if pair[0] != pair[1] {
			t.Errorf("%s: %d, want %d", what, pair[0], pair[1])
		}
	}
	var order []uint32
	for i := range entries {
		order = append(order, le.Uint32(b[h.titlePtrPos+4*i:]))
	}
	if got, want := fmt.Sprint(order), "[2 1 0 3 4 5]"; got != want {
		t.Errorf("title order %s, want %s", got, want)
	}
	for i, c := range b[80+bytes.Index(b[80:], []byte{0, 0})+2 : 2048] {
		if c != 0 {
			t.Fatalf("byte %d behind the MIME list is %#x, want 0", i, c)
		}
	}
}
