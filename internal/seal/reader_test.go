package seal_test

import (
	"bytes"
	"errors"
	"io"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"samizdat/internal/seal"
	"samizdat/internal/seal/sealtest"
)

// sealed is a sealed archive of n bytes before its checksum, and its seal.
func sealed(t testing.TB, n int) ([]byte, *seal.Seal) {
	t.Helper()
	f := sealtest.ZIM(plainZIM(n), worked, "")
	s, err := seal.Load(bytes.NewReader(f), int64(len(f)))
	if err != nil {
		t.Fatal(err)
	}
	return f, s
}

// TestReaderIsTheFile reads every way there is and compares with the file.
func TestReaderIsTheFile(t *testing.T) {
	for _, n := range sizes {
		f, s := sealed(t, n)
		r := seal.NewReader(bytes.NewReader(f), s)
		if err := iotest.TestReader(io.NewSectionReader(r, 0, s.FileSize), f); err != nil {
			t.Errorf("%d bytes: %v", n, err)
		}
		random := rand.New(rand.NewPCG(1, uint64(n)))
		for range 300 {
			off := random.Int64N(int64(len(f)) + 10)
			p := make([]byte, random.IntN(3*seal.BlockSize))
			got, err := r.ReadAt(p, off)
			want, wantErr := bytes.NewReader(f).ReadAt(make([]byte, len(p)), off)
			if got != want || (err == nil) != (wantErr == nil) || !bytes.Equal(p[:got], f[min(off, int64(len(f))):][:got]) {
				t.Fatalf("%d bytes: ReadAt(%d, %d) = %d, %v; want %d, %v", n, len(p), off, got, err, want, wantErr)
			}
		}
		if _, err := r.ReadAt(make([]byte, 1), -1); err == nil {
			t.Error("a negative offset is no error")
		}
	}
}

// TestReaderShowsNoChangedByte changes a byte in each block and reads around it.
func TestReaderShowsNoChangedByte(t *testing.T) {
	f, s := sealed(t, 3*seal.BlockSize+100)
	for block := range s.Blocks() {
		bad := bytes.Clone(f)
		at := block*seal.BlockSize + 50
		bad[at] ^= 1
		r := seal.NewReader(bytes.NewReader(bad), s)
		for _, c := range []struct{ off, n int64 }{{0, int64(len(f))}, {at, 1}, {at - 10, 20}, {block * seal.BlockSize, min(seal.BlockSize, s.Body-block*seal.BlockSize)}, {max(0, at-100), 300}} {
			c.off = max(0, c.off)
			p := bytes.Repeat([]byte{0xEE}, int(min(c.n, int64(len(f))-c.off)))
			n, err := r.ReadAt(p, c.off)
			var damage *seal.BlockError
			if !errors.As(err, &damage) || damage.Block != block || damage.Offset != block*seal.BlockSize {
				t.Fatalf("block %d changed: ReadAt(%d, %d) = %d, %v", block, len(p), c.off, n, err)
			}
			if n > 0 && c.off+int64(n) > block*seal.BlockSize || !bytes.Equal(p[:n], f[c.off:c.off+int64(n)]) {
				t.Fatalf("block %d changed: %d bytes from %d are handed out", block, n, c.off)
			}
			if rest := p[n:]; bytes.Contains(rest, bad[at-5:at+1]) {
				t.Fatalf("block %d changed: its bytes lie in the buffer", block)
			}
		}
	}
}

// liar is a medium that answers truly the first time and differently later.
type liar struct {
	truth []byte
	asked atomic.Int64
}

func (l *liar) ReadAt(p []byte, off int64) (int, error) {
	n, err := bytes.NewReader(l.truth).ReadAt(p, off)
	if l.asked.Add(1) > 1 {
		for i := range p[:n] {
			p[i] ^= 0xFF
		}
	}
	return n, err
}

// TestReaderDistrustsTheMedium: a block that comes again is checked again.
func TestReaderDistrustsTheMedium(t *testing.T) {
	f, s := sealed(t, 40*seal.BlockSize)
	l := &liar{truth: f}
	r := seal.NewReader(l, s)
	whole := make([]byte, seal.BlockSize)
	if _, err := r.ReadAt(whole, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAt(whole, 0); err == nil {
		t.Error("a whole block that has changed since is handed out")
	}
	l.asked.Store(0)
	small := make([]byte, 10)
	if _, err := r.ReadAt(small, 5); err != nil {
		t.Fatal(err)
	}
	if _, err := r.ReadAt(small, 5); err != nil || !bytes.Equal(small, f[5:15]) {
		t.Errorf("a kept block: %v", err)
	}
	for i := range int64(33) { // push it out
		l.asked.Store(0)
		if _, err := r.ReadAt(small, (i+1)*seal.BlockSize+5); err != nil {
			t.Fatal(err)
		}
	}
	if _, err := r.ReadAt(small, 5); err == nil {
		t.Error("a block that was pushed out and has changed is handed out")
	}
}

// TestReaderForgetsFailures: a stick that was taken out and pushed in again is read again.
func TestReaderForgetsFailures(t *testing.T) {
	f, s := sealed(t, 3*seal.BlockSize)
	medium := &gone{ReaderAt: bytes.NewReader(f)}
	r := seal.NewReader(medium, s)
	p := make([]byte, 10)
	medium.out = true
	if _, err := r.ReadAt(p, 5); !errors.Is(err, errMedium) {
		t.Errorf("without a stick: %v", err)
	}
	medium.out = false
	if _, err := r.ReadAt(p, 5); err != nil || !bytes.Equal(p, f[5:15]) {
		t.Errorf("with the stick again: %v", err)
	}
}

type gone struct {
	io.ReaderAt
	out bool
}

func (g *gone) ReadAt(p []byte, off int64) (int, error) {
	if g.out {
		return 0, errMedium
	}
	return g.ReaderAt.ReadAt(p, off)
}

// counting counts reads, and lets the first wait until all are there.
type counting struct {
	io.ReaderAt
	reads atomic.Int64
	start chan struct{}
}

func (c *counting) ReadAt(p []byte, off int64) (int, error) {
	c.reads.Add(1)
	<-c.start
	return c.ReaderAt.ReadAt(p, off)
}

// TestReaderHashesOnce: however many want a block at once, it is read and hashed once.
func TestReaderHashesOnce(t *testing.T) {
	f, s := sealed(t, 3*seal.BlockSize)
	medium := &counting{ReaderAt: bytes.NewReader(f), start: make(chan struct{})}
	r := seal.NewReader(medium, s)
	var all sync.WaitGroup
	for i := range 100 {
		all.Go(func() {
			p := make([]byte, 100)
			off := int64(i * 100)
			if _, err := r.ReadAt(p, off); err != nil || !bytes.Equal(p, f[off:off+100]) {
				t.Errorf("reader %d: %v", i, err)
			}
		})
	}
	close(medium.start)
	all.Wait()
	if n := medium.reads.Load(); n != 1 {
		t.Errorf("%d reads for one block", n)
	}
}

// TestReaderHashesWholeBlocksOnce: the same for whole blocks, and for both at once. None of them is kept.
func TestReaderHashesWholeBlocksOnce(t *testing.T) {
	const readers = 16
	for name, change := range map[string]byte{"whole": 0, "damaged": 1} {
		f, s := sealed(t, 3*seal.BlockSize)
		bad := bytes.Clone(f)
		bad[seal.BlockSize+9] ^= change
		medium := &counting{ReaderAt: bytes.NewReader(bad), start: make(chan struct{})}
		r := seal.NewReader(medium, s)
		var all sync.WaitGroup
		for i := range readers {
			all.Go(func() {
				size := seal.BlockSize
				if i%4 == 3 {
					size = 100 // a part of it
				}
				p := make([]byte, size)
				n, err := r.ReadAt(p, seal.BlockSize)
				var damage *seal.BlockError
				switch {
				case change != 0 && (n != 0 || !errors.As(err, &damage) || bytes.Contains(p, bad[seal.BlockSize+4:seal.BlockSize+10])):
					t.Errorf("%s, reader %d: %d bytes, %v", name, i, n, err)
				case change == 0 && (err != nil || !bytes.Equal(p, f[seal.BlockSize:][:size])):
					t.Errorf("%s, reader %d: %d bytes, %v", name, i, n, err)
				}
			})
		}
		r.WaitForUsers(1, readers)
		close(medium.start)
		all.Wait()
		if n := medium.reads.Load(); n != 1 {
			t.Errorf("%s: %d reads for one block", name, n)
		}
	}
	_, s := sealed(t, seal.BlockSize)
	r := seal.NewReader(panics{}, s)
	func() {
		defer func() {
			if recover() == nil {
				t.Error("the panic of the medium is lost")
			}
		}()
		_, _ = r.ReadAt(make([]byte, seal.BlockSize), 0)
	}()
	if n := r.Lent(); n != 0 {
		t.Errorf("%d blocks are still on their way", n)
	}
}

// panics is a medium that does.
type panics struct{}

func (panics) ReadAt([]byte, int64) (int, error) { panic("medium") }

// TestReaderConcurrently lets many goroutines push each other's blocks out; the race detector looks on.
func TestReaderConcurrently(t *testing.T) {
	f, s := sealed(t, 50*seal.BlockSize)
	bad := bytes.Clone(f)
	bad[7*seal.BlockSize] ^= 1
	r := seal.NewReader(bytes.NewReader(bad), s)
	var all sync.WaitGroup
	for g := range 8 {
		all.Go(func() {
			random := rand.New(rand.NewPCG(uint64(g), 2))
			p := make([]byte, 1000)
			for range 200 {
				off := random.Int64N(s.Body - 1000)
				n, err := r.ReadAt(p, off)
				if !bytes.Equal(p[:n], f[off:off+int64(n)]) {
					t.Errorf("at %d: wrong bytes", off)
				}
				if first, last := off/seal.BlockSize, (off+999)/seal.BlockSize; (err != nil) != (first == 7 || last == 7) {
					t.Errorf("at %d: %v", off, err)
				}
			}
		})
	}
	all.Wait()
}

// TestPolicy is the table of docs/seal.md.
func TestPolicy(t *testing.T) {
	mine, other := &seal.Seal{Key: seal.Key{Public: [32]byte{1}}}, &seal.Seal{Key: seal.Key{Public: [32]byte{2}}}
	pin := &mine.Key
	broken := errors.New("medium")
	for _, c := range []struct {
		name   string
		s      *seal.Seal
		err    error
		policy seal.Policy
		want   error
	}{
		{"signed, no pin", other, nil, seal.Policy{}, nil},
		{"signed by the pin", mine, nil, seal.Policy{Pin: pin}, nil},
		{"signed by another", other, nil, seal.Policy{Pin: pin}, seal.ErrOtherKey},
		{"signed by another, insisted", other, nil, seal.Policy{Pin: pin, AnyKey: true}, nil},
		{"signed by another, damaged", other, nil, seal.Policy{Pin: pin, Damaged: true}, seal.ErrOtherKey},
		{"none, no pin", nil, seal.ErrNone, seal.Policy{}, nil},
		{"unsigned, no pin", mine, seal.ErrUnsigned, seal.Policy{}, nil},
		{"newer, no pin", nil, seal.ErrVersion, seal.Policy{}, nil},
		{"none", nil, seal.ErrNone, seal.Policy{Pin: pin}, seal.ErrUnsealed},
		{"none, insisted", nil, seal.ErrNone, seal.Policy{Pin: pin, AnyKey: true}, seal.ErrUnsealed},
		{"unsigned", mine, seal.ErrUnsigned, seal.Policy{Pin: pin, AnyKey: true}, seal.ErrUnsealed},
		{"newer", nil, seal.ErrVersion, seal.Policy{Pin: pin, Damaged: true}, seal.ErrUnsealed},
		{"broken, no pin", nil, seal.ErrBroken, seal.Policy{}, seal.ErrBroken},
		{"broken, rescue", nil, seal.ErrBroken, seal.Policy{Damaged: true}, nil},
		{"broken", nil, seal.ErrBroken, seal.Policy{Pin: pin, AnyKey: true, Damaged: true}, seal.ErrBroken},
		{"not readable", nil, broken, seal.Policy{Damaged: true}, broken},
	} {
		if err := c.policy.Judge(c.s, c.err); !errors.Is(err, c.want) || (err == nil) != (c.want == nil) {
			t.Errorf("%s: %v, want %v", c.name, err, c.want)
		}
	}
}
