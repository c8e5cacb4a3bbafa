package seal_test

import (
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"samizdat/internal/seal"
	"samizdat/internal/seal/sealtest"
)

// Run the pairs side by side: BenchmarkVerify is held against BenchmarkMD5, BenchmarkReader/whole against BenchmarkSHA256.

const benchBytes = 128 << 20

// benchFile is a sealed file on the disk, which the system keeps in memory.
func benchFile(b *testing.B) (*os.File, *seal.Seal) {
	b.Helper()
	path := filepath.Join(b.TempDir(), "x.zim")
	if err := os.WriteFile(path, sealtest.ZIM(plainZIM(benchBytes), worked, ""), 0o600); err != nil {
		b.Fatal(err)
	}
	f, err := os.Open(path)
	if err != nil {
		b.Fatal(err)
	}
	b.Cleanup(func() { f.Close() })
	info, err := f.Stat()
	if err != nil {
		b.Fatal(err)
	}
	s, err := seal.Load(f, info.Size())
	if err != nil {
		b.Fatal(err)
	}
	return f, s
}

func BenchmarkMD5(b *testing.B) {
	p := make([]byte, seal.BlockSize)
	b.SetBytes(seal.BlockSize)
	h := md5.New()
	for b.Loop() {
		h.Write(p)
	}
}

func BenchmarkSHA256(b *testing.B) {
	p := make([]byte, seal.BlockSize)
	b.SetBytes(seal.BlockSize)
	for b.Loop() {
		sha256.Sum256(p)
	}
}

func BenchmarkVerify(b *testing.B) {
	f, s := benchFile(b)
	b.SetBytes(s.FileSize)
	for b.Loop() {
		if report, err := s.Verify(b.Context(), f, nil); err != nil || !report.Checksum {
			b.Fatal(report, err)
		}
	}
}

// BenchmarkLoad is what opening costs beside reading the seal from the medium.
func BenchmarkLoad(b *testing.B) {
	const blocks = 12_000 // 3 GB
	sparse := &sparseFile{blocks: blocks}
	sparse.make(b)
	b.SetBytes(int64(blocks) * 65)
	for b.Loop() {
		if _, err := seal.Load(sparse, sparse.size); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkReader(b *testing.B) {
	f, s := benchFile(b)
	r := seal.NewReader(f, s)
	sequential := func(n int) func(b *testing.B) {
		return func(b *testing.B) {
			p := make([]byte, n)
			b.SetBytes(int64(n))
			for i := int64(0); b.Loop(); i++ {
				if _, err := r.ReadAt(p, i*int64(n)%(s.Body-int64(n))/int64(n)*int64(n)); err != nil {
					b.Fatal(err)
				}
			}
		}
	}
	b.Run("whole", sequential(seal.BlockSize))
	for _, n := range []int{64 << 10, 4 << 10} {
		b.Run(fmt.Sprintf("%dKiB", n>>10), sequential(n))
	}
	b.Run("kept-4KiB", func(b *testing.B) {
		p := make([]byte, 4<<10)
		b.SetBytes(int64(len(p)))
		for i := int64(0); b.Loop(); i++ {
			if _, err := r.ReadAt(p, i*4096%(6<<20)); err != nil {
				b.Fatal(err)
			}
		}
	})
}

// sparseFile is a sealed file of zeros, of which only the seal is in memory.
type sparseFile struct {
	blocks int64
	size   int64
	body   int64
	text   []byte
}

func (s *sparseFile) make(b *testing.B) {
	b.Helper()
	s.body = s.blocks * seal.BlockSize
	s.size = s.body + 138 + 65*s.blocks + 512 + 16
	sum := sha256.Sum256(make([]byte, seal.BlockSize))
	m := fmt.Appendf(nil, "samizdat-seal 1\nhash sha256 262144\nfile %15d\nbody %15d\nkey %s\n", s.size, s.body, worked.Public())
	for range s.blocks {
		m = fmt.Appendf(m, "%x\n", sum)
	}
	s.text = append(m, worked.Slot(m, "ED", "")...)
}

func (s *sparseFile) ReadAt(p []byte, off int64) (int, error) {
	clear(p)
	if off >= s.body {
		copy(p, s.text[min(off-s.body, int64(len(s.text))):])
	}
	return len(p), nil
}
