package carry_test

import (
	"archive/zip"
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"testing/iotest"

	"samizdat/internal/carry"
	"samizdat/internal/judge"
	"samizdat/internal/splice"
	"samizdat/internal/splice/splicetest"
)

// runtimes are one small executable of each kind.
func runtimes() map[string][]byte {
	return map[string][]byte{
		"ELF":             splicetest.ELF(true),
		"ELF of 32 bits":  splicetest.ELF(false),
		"PE":              splicetest.PE(true),
		"PE of 32 bits":   splicetest.PE(false),
		"Mach-O":          splicetest.MachO(false),
		"Mach-O, signed":  splicetest.MachO(true),
		"PE, signed":      splicetest.SignPE(splicetest.PE(true), 3000),
		"ELF, whole page": append(splicetest.ELF(true), make([]byte, 4096-492-24)...),
	}
}

func random(n int) []byte {
	b := make([]byte, n)
	_, _ = rand.NewChaCha8([32]byte{1}).Read(b) // never fails
	return b
}

// files are the members of most tests, among them empty ones, ones that end on a page and long ones.
func files() map[string][]byte {
	return map[string][]byte{
		carry.ReadmeName:   []byte("read me\n"),
		carry.LicenseName:  random(4096),
		splice.Dossier:     random(1<<20 + 3*4096 + 17),
		"empty":            nil,
		"документ.txt":     random(5000),
		carry.RuntimesName: random(8192),
	}
}

func members(files map[string][]byte) []*carry.Member {
	var out []*carry.Member
	for _, name := range []string{carry.ReadmeName, carry.LicenseName, splice.Dossier, "empty", "документ.txt", carry.RuntimesName} {
		if b, ok := files[name]; ok {
			out = append(out, carry.Bytes(name, b))
		}
	}
	return out
}

func image(t testing.TB, runtime []byte, members []*carry.Member) *carry.Image {
	t.Helper()
	m, err := carry.New(bytes.NewReader(runtime), int64(len(runtime)), members)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

func read(t testing.TB, m *carry.Image) []byte {
	t.Helper()
	b, err := io.ReadAll(io.NewSectionReader(m, 0, m.Size()))
	if err != nil {
		t.Fatal(err)
	}
	if int64(len(b)) != m.Size() {
		t.Fatalf("%d bytes, Size says %d", len(b), m.Size())
	}
	return b
}

// What was put in is found again, by us and, where the ZIP is at the end, by Go's archive/zip.
func TestRoundTrip(t *testing.T) {
	files := files()
	for kind, runtime := range runtimes() {
		t.Run(kind, func(t *testing.T) {
			m := image(t, runtime, members(files))
			b := read(t, m)
			p, err := splice.Find(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			if len(p.Members) != len(files) {
				t.Errorf("%d members, want %d", len(p.Members), len(files))
			}
			for name, want := range files {
				r, err := p.Open(name)
				if err != nil {
					t.Error(err)
					continue
				}
				if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, want) {
					t.Errorf("%s: %d bytes, %v; want %d", name, len(got), err, len(want))
				}
				if _, off, _ := r.Outer(); off%splice.PageSize != 0 {
					t.Errorf("%s begins at %d, not on a page", name, off)
				}
			}
			if m.Format == splice.MachO {
				if err := splicetest.CheckMachO(b); err != nil {
					t.Error(err)
				}
				return
			}
			if !bytes.HasPrefix(b, runtime) && kind != "Mach-O" {
				t.Error("the runtime's bytes are not as they were")
			}
			z, err := zip.NewReader(bytes.NewReader(b), int64(len(b)))
			if err != nil {
				t.Fatal(err)
			}
			for _, f := range z.File {
				r, err := f.Open()
				if err != nil {
					t.Fatal(err)
				}
				if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, files[f.Name]) { // checks the CRC-32
					t.Errorf("archive/zip: %s: %d bytes, %v", f.Name, len(got), err)
				}
			}
		})
	}
}

// A stream may be read in any order and from any place, before everything is summed or after.
func TestAnyRange(t *testing.T) {
	for kind, runtime := range runtimes() {
		t.Run(kind, func(t *testing.T) {
			files := files()
			files[splice.Dossier] = files[splice.Dossier][1<<20:] // the test reads every byte by itself
			want := read(t, image(t, runtime, members(files)))
			m := image(t, runtime, members(files))
			if err := iotest.TestReader(io.NewSectionReader(m, 0, m.Size()), want); err != nil {
				t.Error(err)
			}
			rng := rand.New(rand.NewPCG(1, 2))
			m = image(t, runtime, members(files))
			for range 200 {
				off := rng.IntN(len(want))
				n := min(rng.IntN(20_000), len(want)-off)
				got := make([]byte, n)
				if _, err := m.ReadAt(got, int64(off)); err != nil || !bytes.Equal(got, want[off:off+n]) {
					t.Fatalf("%d bytes at %d: %v, or other bytes", n, off, err)
				}
			}
			var b [10]byte
			if n, err := m.ReadAt(b[:], m.Size()-4); n != 4 || err != io.EOF {
				t.Errorf("at the end: %d, %v; want 4, EOF", n, err)
			}
			if n, err := m.ReadAt(b[:], m.Size()+4); n != 0 || err != io.EOF {
				t.Errorf("behind the end: %d, %v; want 0, EOF", n, err)
			}
		})
	}
}

// An executable that carries something is as good a runtime as a bare one, so copies of copies are alike. That holds
// also when somebody has signed it in between.
func TestThirdGeneration(t *testing.T) {
	for kind, runtime := range runtimes() {
		t.Run(kind, func(t *testing.T) {
			first := read(t, image(t, runtime, members(files())))
			second := first
			if strings.HasPrefix(kind, "PE") && kind != "PE, signed" {
				second = splicetest.SignPE(first, 90_000)
			}
			p, err := splice.Find(bytes.NewReader(second), int64(len(second)))
			if err != nil {
				t.Fatal(err)
			}
			carried, err := carry.Carried(p)
			if err != nil {
				t.Fatal(err)
			}
			if third := read(t, image(t, second, carried)); !bytes.Equal(third, first) {
				t.Error("the copy of a copy is another file")
			}
			bare := read(t, image(t, runtime, nil))
			if again := read(t, image(t, second, nil)); !bytes.Equal(again, bare) {
				t.Error("the runtime does not come out as it went in")
			}
			if _, err := splice.Find(bytes.NewReader(bare), int64(len(bare))); !errors.Is(err, splice.ErrNone) {
				t.Errorf("without members: %v; want ErrNone", err)
			}
		})
	}
}

// A copy that broke off anywhere behind the program says so, whether it is short or filled with zero bytes.
func TestIncomplete(t *testing.T) {
	for kind, runtime := range runtimes() {
		t.Run(kind, func(t *testing.T) {
			whole := read(t, image(t, runtime, members(files())))
			start := bytes.Index(whole, []byte("PK\x03\x04"))
			end := bytes.LastIndex(whole, []byte("PK\x05\x06"))
			cuts := []int{start, start + 100, start + 9000, len(whole) / 2, end, end + 21}
			if strings.HasPrefix(kind, "Mach-O") { // the payload is whole, and the signature behind it is not
				cuts = append(cuts, end+22, end+100, len(whole)-1)
			}
			for _, cut := range cuts {
				var incomplete *splice.IncompleteError
				_, err := splice.Find(bytes.NewReader(whole[:cut]), int64(cut))
				if !errors.As(err, &incomplete) || incomplete.Have != int64(cut) || incomplete.Want <= incomplete.Have {
					t.Errorf("cut at %d of %d: %v", cut, len(whole), err)
				}
				if cut > end {
					continue // the last bytes of a ZIP are zero anyway
				}
				zeros := append(bytes.Clone(whole[:cut]), make([]byte, len(whole)-cut)...)
				_, err = splice.Find(bytes.NewReader(zeros), int64(len(zeros)))
				if !errors.As(err, &incomplete) {
					t.Errorf("zero bytes from %d of %d on: %v", cut, len(whole), err)
				}
			}
		})
	}
}

// failing cannot be read.
type failing struct{ err error }

func (f failing) ReadAt([]byte, int64) (int, error) { return 0, f.err }

func TestFailures(t *testing.T) {
	runtime := splicetest.ELF(true)
	r, n := bytes.NewReader(runtime), int64(len(runtime))
	if _, err := carry.New(strings.NewReader("#!/bin/sh\n"), 10, nil); !errors.Is(err, splice.ErrNone) {
		t.Errorf("a script: %v; want ErrNone", err)
	}
	a := carry.Bytes("a", []byte("x"))
	if _, err := carry.New(r, n, []*carry.Member{a, a}); err == nil {
		t.Error("two members of one name")
	}
	if _, err := carry.New(r, n, []*carry.Member{carry.Bytes("", nil)}); err == nil {
		t.Error("a member without name")
	}
	broken := errors.New("broken disk")
	m, err := carry.New(r, n, []*carry.Member{carry.NewMember("a", failing{broken}, 1<<30)})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Prepare(t.Context(), nil); !errors.Is(err, broken) {
		t.Errorf("Prepare: %v; want the cause", err)
	}
	if _, err := io.Copy(io.Discard, io.NewSectionReader(m, 0, m.Size())); !errors.Is(err, broken) {
		t.Errorf("read: %v; want the cause", err)
	}
	m, err = carry.New(r, n, []*carry.Member{carry.NewMember("a", bytes.NewReader(make([]byte, 10)), 11)})
	if err != nil {
		t.Fatal(err)
	}
	if err := m.Prepare(t.Context(), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a member that is too short: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := m.Prepare(ctx, nil); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// 32-bit formats end at 4 GiB; ELF goes on with ZIP64. Nothing of such a size is read here.
func TestLarge(t *testing.T) {
	huge := []*carry.Member{carry.NewMember(splice.Dossier, failing{errors.New("not to be read")}, 5<<30), carry.Bytes("behind", []byte("x"))}
	for kind, runtime := range runtimes() {
		m, err := carry.New(bytes.NewReader(runtime), int64(len(runtime)), huge)
		if strings.HasPrefix(kind, "ELF") {
			if err != nil || m.Size() < 5<<30 {
				t.Errorf("%s: %v", kind, err)
			}
			continue
		}
		if !errors.Is(err, carry.ErrTooLarge) {
			t.Errorf("%s: %v; want ErrTooLarge", kind, err)
		}
	}
}

// The sum of one pass serves every image, and progress ends where it should.
func TestMembersAreReadOnce(t *testing.T) {
	reads := &counter{b: random(2<<20 + 5)}
	member := carry.NewMember(splice.Dossier, reads, int64(len(reads.b)))
	for _, runtime := range [][]byte{splicetest.MachO(true), splicetest.MachO(false), splicetest.ELF(true), splicetest.PE(true)} {
		var done, total int64
		m := image(t, runtime, []*carry.Member{member})
		if err := m.Prepare(t.Context(), func(d, n int64) { done, total = max(done, d), n }); err != nil {
			t.Fatal(err)
		}
		if done != total {
			t.Errorf("progress ended at %d of %d", done, total)
		}
	}
	if n := reads.bytes.Load(); n != int64(len(reads.b)) {
		t.Errorf("%d bytes read to sum a member of %d", n, len(reads.b))
	}
}

type counter struct {
	b     []byte
	bytes atomic.Int64
}

func (c *counter) ReadAt(p []byte, off int64) (int, error) {
	n := copy(p, c.b[off:])
	c.bytes.Add(int64(n))
	return n, nil
}

// A real program carries a payload and still runs.
func TestRealProgram(t *testing.T) {
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	f, err := os.Open(self)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	m, err := carry.New(f, info.Size(), members(files()))
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), "carrier.exe")
	if err := os.WriteFile(name, read(t, m), 0o700); err != nil {
		t.Fatal(err)
	}
	if out, err := exec.Command(name, "-test.run=^TestAnyRange$").CombinedOutput(); err != nil {
		judge.Missing(t, fmt.Sprintf("programs cannot be run from the temporary folder: %v\n%s", err, out))
	}
	packed, err := os.Open(name)
	if err != nil {
		t.Fatal(err)
	}
	defer packed.Close()
	if again := read(t, mustNew(t, packed, m.Size(), nil)); int64(len(again)) != info.Size() {
		t.Errorf("the program comes out with %d bytes, went in with %d", len(again), info.Size())
	}
}

func mustNew(t *testing.T, r io.ReaderAt, size int64, members []*carry.Member) *carry.Image {
	t.Helper()
	m, err := carry.New(r, size, members)
	if err != nil {
		t.Fatal(err)
	}
	return m
}

// Whatever the runtime, what is put in is found again, and nothing panics.
func FuzzNew(f *testing.F) {
	for _, runtime := range runtimes() {
		f.Add(runtime, []byte("dossier"))
		f.Add(read(f, image(f, runtime, []*carry.Member{carry.Bytes(splice.Dossier, []byte("another")), carry.Bytes("a", nil)})), []byte("dossier"))
	}
	f.Fuzz(func(t *testing.T, runtime, dossier []byte) {
		m, err := carry.New(bytes.NewReader(runtime), int64(len(runtime)), []*carry.Member{carry.Bytes(splice.Dossier, dossier)})
		if err != nil {
			if m != nil {
				t.Error("an image and an error")
			}
			return
		}
		b := read(t, m)
		p, err := splice.Find(bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatalf("what was put in is not found: %v", err)
		}
		r, err := p.Open(splice.Dossier)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := io.ReadAll(r); err != nil || !bytes.Equal(got, dossier) {
			t.Errorf("got %q, %v; want %q", got, err, dossier)
		}
		again, err := carry.New(bytes.NewReader(b), int64(len(b)), []*carry.Member{carry.Bytes(splice.Dossier, dossier)})
		if err != nil {
			t.Fatalf("packed once more: %v", err)
		}
		if !bytes.Equal(read(t, again), b) {
			t.Error("packed once more it is another file")
		}
	})
}
