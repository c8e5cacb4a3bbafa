package zim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"math/rand/v2"
	"runtime"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// text gives n bytes that compress as prose does, always the same.
func text(seed uint64, n int) []byte {
	rnd := rand.New(rand.NewPCG(seed, 1))
	var b bytes.Buffer
	for b.Len() < n {
		fmt.Fprintf(&b, "%s ", []string{"one", "two", "three", "four", "five", "six", "seven"}[rnd.IntN(7)])
	}
	return b.Bytes()[:n]
}

// twoClusters is an archive with two pages in compressed clusters of their own, n bytes each.
func twoClusters(tb testing.TB, info byte, n int) []byte {
	tb.Helper()
	a := &testArchive{hdr: header{major: 6, minor: 1}, clusters: []testCluster{{info: info}, {info: info}}}
	a.item("C/0", "", "text/html", 0, text(0, n))
	a.item("C/1", "", "text/html", 1, text(1, n))
	b, _ := a.build(tb)
	return b
}

func TestOneDecodePerCluster(t *testing.T) {
	const size = 1 << 20
	archive := twoClusters(t, clusterZstd, size)
	f := newCountingFile(archive)
	r, err := NewReader(f, f.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	entries := make([]Entry, 2)
	for i := range entries {
		if entries[i], err = r.Content(fmt.Sprint(i)); err != nil {
			t.Fatal(err)
		}
	}
	f.bytes.Store(0)
	want := [2][32]byte{sha256.Sum256(text(0, size)), sha256.Sum256(text(1, size))}
	start := make(chan struct{})
	var wg sync.WaitGroup
	for i := range 64 {
		wg.Go(func() {
			<-start
			for range 5 {
				data, err := entries[i%2].ReadAll(size)
				if err != nil {
					t.Error(err)
				} else if sha256.Sum256(data) != want[i%2] {
					t.Errorf("page %d is not what was written", i%2)
				}
			}
		})
	}
	close(start)
	wg.Wait()
	// Each decode reads its cluster once, in pieces that may reach over its end; the rest are single numbers.
	if got, most := f.bytes.Load(), int64(len(archive)+2*decodeInput+64<<10); got > most {
		t.Errorf("64 goroutines read %d bytes of an archive of %d, want at most %d: clusters were decoded more than once", got, len(archive), most)
	}
}

func TestConcurrentUse(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	r := openBytes(t, b, &ReaderOptions{Memory: NewMemory(-1)})
	var wg sync.WaitGroup
	for i := range 8 {
		wg.Go(func() {
			for j := range 50 {
				e, err := r.EntryAt(uint32(i+j) % r.EntryCount())
				if err != nil {
					t.Error(err)
					return
				}
				if _, err := e.ReadAll(1 << 20); err != nil {
					t.Error(err)
				}
				if _, err := r.Content("index.html"); err != nil {
					t.Error(err)
				}
				if _, err := r.Article(0); err != nil {
					t.Error(err)
				}
			}
		})
	}
	wg.Wait()
}

// bomb is an archive whose cluster decodes to n zeros.
func bomb(tb testing.TB, info byte, n int) []byte {
	tb.Helper()
	a := &testArchive{hdr: header{major: 6, minor: 1}, clusters: []testCluster{{info: info}}}
	a.item("C/bomb", "", "text/html", 0, make([]byte, n))
	b, _ := a.build(tb)
	return b
}

// allocated returns how many bytes f allocated.
func allocated(f func()) uint64 {
	var before, after runtime.MemStats
	runtime.GC()
	runtime.ReadMemStats(&before)
	f()
	runtime.ReadMemStats(&after)
	return after.TotalAlloc - before.TotalAlloc
}

func TestBombsAreRefused(t *testing.T) {
	const size, limit = 64 << 20, 1 << 20
	for name, info := range map[string]byte{"zstd": clusterZstd, "xz": clusterXZ} {
		t.Run(name, func(t *testing.T) {
			archive := bomb(t, info, size)
			r := openBytes(t, archive, &ReaderOptions{MaxClusterBytes: limit})
			e, err := r.Content("bomb")
			if err != nil {
				t.Fatal(err)
			}
			var f *FormatError
			got := allocated(func() { _, err = e.Blob() })
			if !errors.As(err, &f) || !errors.Is(err, ErrTooLarge) {
				t.Errorf("got error %v, want a *FormatError that wraps ErrTooLarge", err)
			}
			// The decoder itself takes its window (8 MiB) and the encoder's history of xz.
			if got > 32<<20 {
				t.Errorf("an archive of %d bytes made us allocate %d", len(archive), got)
			}
		})
	}
}

func TestClaimsAllocateNothing(t *testing.T) {
	for name, c := range map[string]testCluster{
		"table":    {info: clusterZstd, body: le.AppendUint32(nil, 200<<20)},
		"total":    {info: clusterZstd, body: le.AppendUint32(le.AppendUint32(nil, 8), 250<<20)},
		"window":   {info: clusterZstd, final: []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 17 << 3, 1, 0, 0}}, // 128 MiB
		"content":  {info: clusterZstd, final: []byte{0x28, 0xb5, 0x2f, 0xfd, 0xa0, 0, 0, 0, 8, 1, 0, 0}},
		"xz dict":  {info: clusterXZ, final: xzClaim(t, 28)[:30]}, // 64 MiB
		"xz total": {info: clusterXZ, body: le.AppendUint32(le.AppendUint32(nil, 8), 250<<20)},
	} {
		t.Run(name, func(t *testing.T) {
			a := baseArchive(t)
			withCluster(c)(t, a)
			b, _ := a.build(t)
			r := openBytes(t, b, nil)
			e, err := r.Content("second.html")
			if err != nil {
				t.Fatal(err)
			}
			got := allocated(func() { _, err = e.Blob() })
			var f *FormatError
			if !errors.As(err, &f) {
				t.Errorf("got error %v, want a *FormatError", err)
			}
			if got > 20<<20 {
				t.Errorf("%d bytes in the file made us allocate %d", len(c.final)+len(c.body), got)
			}
		})
	}
}

func TestWideWindowsAreDecoded(t *testing.T) {
	data := bytes.Repeat(text(3, 1<<20), 12) // repeats farther than 8 MiB back count only with a wide window
	for name, frame := range map[string]func([]byte) []byte{
		"content size": func(b []byte) []byte { return zstdBytes(t, b, zstd.WithWindowSize(16<<20)) },
		"no content size": func(b []byte) []byte {
			var out bytes.Buffer
			w, err := zstd.NewWriter(&out, zstd.WithWindowSize(64<<20), zstd.WithEncoderConcurrency(1))
			if err != nil {
				t.Fatal(err)
			}
			if _, err := io.Copy(w, bytes.NewReader(b)); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			return out.Bytes()
		},
	} {
		t.Run(name, func(t *testing.T) {
			a := baseArchive(t)
			withCluster(testCluster{info: clusterZstd, final: frame(testTable([][]byte{data}, false))})(t, a)
			b, _ := a.build(t)
			e, err := openBytes(t, b, nil).Content("second.html")
			if err != nil {
				t.Fatal(err)
			}
			if got, err := e.ReadAll(1 << 30); err != nil || !bytes.Equal(got, data) {
				t.Errorf("got %d bytes, %v, want the %d written", len(got), err, len(data))
			}
		})
	}
}

func TestXZVariants(t *testing.T) {
	noise := make([]byte, 100_000)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(noise)
	short := append(text(1, 300_000), noise...)
	far := slices.Concat(noise, make([]byte, 10<<20), noise) // the end repeats what lies farther back than firstXZDict
	for name, c := range map[string]xz.WriterConfig{
		"no digest":       {NoCheckSum: true},
		"CRC-32":          {CheckSum: xz.CRC32},
		"CRC-64":          {CheckSum: xz.CRC64},
		"SHA-256":         {CheckSum: xz.SHA256},
		"blocks":          {BlockSize: 64 << 10},
		"dictionary 16 M": {DictCap: 16 << 20},
	} {
		t.Run(name, func(t *testing.T) {
			want := short
			if c.DictCap != 0 {
				want = far
			}
			var out bytes.Buffer
			w, err := c.NewWriter(&out)
			if err != nil {
				t.Fatal(err)
			}
			if _, err := w.Write(testTable([][]byte{want[:7], want[7:]}, false)); err != nil {
				t.Fatal(err)
			}
			if err := w.Close(); err != nil {
				t.Fatal(err)
			}
			a := baseArchive(t)
			withCluster(testCluster{info: clusterXZ, final: out.Bytes()})(t, a)
			a.entry("C/second.html").blob = 1
			b, _ := a.build(t)
			e, err := openBytes(t, b, nil).Content("second.html")
			if err != nil {
				t.Fatal(err)
			}
			if got, err := e.ReadAll(1 << 30); err != nil || !bytes.Equal(got, want[7:]) {
				t.Errorf("got %d bytes, %v, want the %d written", len(got), err, len(want)-7)
			}
		})
	}
}

func TestUnsupportedCompressionSaysSo(t *testing.T) {
	b, l := baseArchive(t).build(t)
	for info, word := range map[byte]string{2: "zlib", 3: "bzip2", 9: "unknown"} {
		b[l.clusters[0]] = info
		e, err := openBytes(t, b, nil).Content("index.html")
		if err != nil {
			t.Fatal(err)
		}
		if _, err = e.Blob(); !errors.Is(err, errors.ErrUnsupported) || !strings.Contains(err.Error(), word) {
			t.Errorf("compression %d gave %v", info, err)
		}
	}
}

func TestXZBlockHeaders(t *testing.T) {
	header := func(b ...byte) []byte { return le.AppendUint32(b, crc32.ChecksumIEEE(b)) }
	tests := []struct {
		name string
		b    []byte
		dict int64 // 0: refused
	}{
		{"plain", header(2, 0, 0x21, 1, 22, 0, 0, 0), 8 << 20},
		{"odd size", header(2, 0, 0x21, 1, 23, 0, 0, 0), 12 << 20},
		{"with both sizes", header(3, 0xC0, 0x80, 1, 5, 0x21, 1, 22, 0, 0, 0, 0), 8 << 20},
		{"wrong CRC", append(header(2, 0, 0x21, 1, 22, 0, 0, 0)[:8], 0, 0, 0, 0), 0},
		{"two filters", header(2, 1, 0x21, 1, 22, 0, 0, 0), 0},
		{"another filter", header(2, 0, 0x04, 1, 22, 0, 0, 0), 0},
		{"endless size", header(2, 0x40, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF, 0xFF), 0},
		{"size to the end", header(2, 0x40, 0xFF, 0xFF, 0xFF, 0xFF, 0x0F, 0x21), 0},
		{"dictionary bits", header(2, 0, 0x21, 1, 41, 0, 0, 0), 0},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := parseXZBlockHeader(tt.b)
			if got != tt.dict || (err == nil) != (tt.dict != 0) {
				t.Errorf("%x asks for %d bytes, %v, want %d", tt.b, got, err, tt.dict)
			}
		})
	}
}

// TestXZBlocksWithoutContent: a block of sixteen bytes that gives nothing costs a dictionary; a stream of them would
// never end.
func TestXZBlocksWithoutContent(t *testing.T) {
	le := binary.LittleEndian
	stream := []byte("\xfd7zXZ\x00\x00\x00") // no check
	stream = le.AppendUint32(stream, crc32.ChecksumIEEE(stream[6:8]))
	head := []byte{2, 0, 0x21, 1, 22, 0, 0, 0} // one filter, LZMA2 with a dictionary of 8 MiB
	head = le.AppendUint32(head, crc32.ChecksumIEEE(head))
	block := append(head, 0, 0, 0, 0) // the end of LZMA2's chunks, padded
	for blocks, refused := range map[int]bool{maxEmptyXZBlocks: false, 100_000: true} {
		data := append(bytes.Clone(stream), bytes.Repeat(block, blocks)...)
		data = append(data, 0) // the index begins
		in := &countingBytes{r: bytes.NewReader(data)}
		_, err := io.Copy(io.Discard, &xzReader{in: newXZInput(in), dictLimit: firstXZDict})
		if (err != nil) != refused {
			t.Errorf("%d blocks: %v", blocks, err)
		}
		if in.n > 64<<10 {
			t.Errorf("%d blocks: %d bytes were read before the stream was refused", blocks, in.n)
		}
	}
}

type countingBytes struct {
	r io.Reader
	n int
}

func (c *countingBytes) Read(p []byte) (int, error) {
	n, err := c.r.Read(p)
	c.n += n
	return n, err
}
