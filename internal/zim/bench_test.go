package zim

import (
	"fmt"
	"os"
	"path/filepath"
	"testing"
)

// onDisk opens an archive as the program does: from a file.
func onDisk(b *testing.B, archive []byte) *Reader {
	b.Helper()
	name := filepath.Join(b.TempDir(), "bench.zim")
	if err := os.WriteFile(name, archive, 0o666); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(name)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	r, err := NewReader(f, int64(len(archive)), nil)
	if err != nil {
		b.Fatal(err)
	}
	return r
}

func BenchmarkEntry(b *testing.B) {
	const n = 100_000
	r := onDisk(b, manyEntries(b, n))
	for name, count := range map[string]int{"hot": 1000, "cold": n} {
		paths := make([]string, count)
		for i := range paths {
			paths[i] = fmt.Sprintf("page-%06d.html", i*7919%n)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			for i := 0; b.Loop(); i++ {
				if _, err := r.Entry('C', paths[i%len(paths)]); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}

func BenchmarkBlob(b *testing.B) {
	p := make([]byte, 4<<10)
	for name, info := range map[string]byte{"raw": clusterNone, "zstd": clusterZstd} {
		r := onDisk(b, twoClusters(b, info, 1<<20))
		e, err := r.Content("1")
		if err != nil {
			b.Fatal(err)
		}
		b.Run(name, func(b *testing.B) {
			b.ReportAllocs()
			b.SetBytes(int64(len(p)))
			for b.Loop() {
				blob, err := e.Blob()
				if err != nil {
					b.Fatal(err)
				}
				if _, err := blob.ReadAt(p, 1<<19); err != nil {
					b.Fatal(err)
				}
				blob.Close()
			}
		})
	}
}

// BenchmarkDecode decodes a cluster of the size that Writer makes.
func BenchmarkDecode(b *testing.B) {
	r := onDisk(b, twoClusters(b, clusterZstd, 4<<20))
	h, err := r.head(0)
	if err != nil {
		b.Fatal(err)
	}
	b.ReportAllocs()
	b.SetBytes(4 << 20)
	for b.Loop() {
		c, err := r.decode(b.Context(), h, r.dataEnd)
		if err != nil {
			b.Fatal(err)
		}
		r.memory.discard(c)
	}
}
