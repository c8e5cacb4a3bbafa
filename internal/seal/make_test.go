package seal_test

import (
	"bytes"
	"context"
	"crypto/md5"
	"encoding/binary"
	"errors"
	"io"
	"math/rand/v2"
	"strings"
	"testing"

	"samizdat/internal/seal"
	"samizdat/internal/seal/sealtest"
)

// memory is a file in memory.
type memory struct{ b []byte }

var _ seal.File = (*memory)(nil)

func (m *memory) ReadAt(p []byte, off int64) (int, error) { return bytes.NewReader(m.b).ReadAt(p, off) }

func (m *memory) WriteAt(p []byte, off int64) (int, error) {
	if need := off + int64(len(p)); need > int64(len(m.b)) {
		m.b = append(m.b, make([]byte, need-int64(len(m.b)))...)
	}
	return copy(m.b[off:], p), nil
}

func (m *memory) Truncate(size int64) error {
	m.b = m.b[:size]
	return nil
}

// plainZIM looks enough like a finished archive of n bytes before its checksum to be sealed.
func plainZIM(n int) []byte {
	b := make([]byte, n)
	chacha := rand.NewChaCha8([32]byte{})
	chacha.Read(b)
	copy(b, "ZIM\x04")
	binary.LittleEndian.PutUint64(b[56:], 80)
	binary.LittleEndian.PutUint64(b[72:], uint64(n))
	sum := md5.Sum(b)
	return append(b, sum[:]...)
}

// key1 is sealtest's first key as package seal has it.
func key1(t testing.TB) *seal.PrivateKey {
	t.Helper()
	k, err := seal.ParsePrivateKey([]byte(worked.Secret()), nil)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// sizes are archives of less than a block, of whole blocks, and just more.
var sizes = []int{200, seal.BlockSize - 1, seal.BlockSize, seal.BlockSize + 1, 5*seal.BlockSize + 17}

// TestMakeAgreesWithTheDescription holds Append and Sign against sealtest, which was written from the description of
// the format, and Strip against the archive at the beginning.
func TestMakeAgreesWithTheDescription(t *testing.T) {
	for _, n := range sizes {
		plain := plainZIM(n)
		f := &memory{bytes.Clone(plain)}
		step := func(what string, want []byte, size int64, err error) {
			t.Helper()
			if err != nil || size != int64(len(want)) || !bytes.Equal(f.b, want) {
				t.Fatalf("%s of %d bytes: %d bytes, %v; want the %d of the description", what, n, size, err, len(want))
			}
		}
		size, err := seal.Append(t.Context(), f, int64(len(f.b)), nil)
		step("Append", sealtest.ZIM(plain, nil, ""), size, err)
		if _, err := seal.Append(t.Context(), f, size, nil); !errors.Is(err, seal.ErrSealed) {
			t.Errorf("Append again: %v, want ErrSealed", err)
		}
		size, err = seal.Sign(t.Context(), f, size, key1(t), "edition\t1", nil)
		step("Sign", sealtest.ZIM(plain, worked, "edition\t1"), size, err)
		size, err = seal.Sign(t.Context(), f, size, key1(t), "edition 2", nil)
		step("Sign again", sealtest.ZIM(plain, worked, "edition 2"), size, err)
		size, err = seal.Strip(t.Context(), f, size, nil)
		step("Strip", plain, size, err)
		if _, err := seal.Strip(t.Context(), f, size, nil); !errors.Is(err, seal.ErrNone) {
			t.Errorf("Strip again: %v, want ErrNone", err)
		}
		size, err = seal.Sign(t.Context(), f, size, key1(t), "", nil)
		step("Sign what has no seal", sealtest.ZIM(plain, worked, ""), size, err)
	}
}

// TestAirGap seals with a signature that was made elsewhere over what Export gave.
func TestAirGap(t *testing.T) {
	plain := plainZIM(300000)
	k, err := seal.ParseKey(worked.Public())
	if err != nil {
		t.Fatal(err)
	}
	for _, start := range [][]byte{plain, sealtest.ZIM(plain, nil, ""), sealtest.ZIM(plain, sealtest.NewSigner(2), "by another")} {
		f := &memory{bytes.Clone(start)}
		message, err := seal.Export(t.Context(), f, int64(len(f.b)), k, nil)
		if err != nil || !bytes.Equal(f.b, start) {
			t.Fatalf("Export: %v; the file changed: %v", err, !bytes.Equal(f.b, start))
		}
		slot := string(worked.Slot(message, "ED", "from the other machine"))
		minisig := strings.Replace(strings.TrimRight(slot, "\n"), "samizdat seal", "signature from minisign secret key", 1) + "\n"
		for _, text := range []string{minisig, strings.ReplaceAll(minisig, "\n", "\r\n")} {
			size, err := seal.Attach(t.Context(), f, int64(len(f.b)), []byte(text), k, nil)
			if want := sealtest.ZIM(plain, worked, "from the other machine"); err != nil || size != int64(len(want)) || !bytes.Equal(f.b, want) {
				t.Fatalf("Attach: %v; not the file that the description gives", err)
			}
		}
	}
}

// TestAttachRefuses gives Attach what is no signature over this archive with this key.
func TestAttachRefuses(t *testing.T) {
	f := &memory{sealtest.ZIM(plainZIM(1000), nil, "")}
	whole := bytes.Clone(f.b)
	k, _ := seal.ParseKey(worked.Public())
	message, err := seal.Export(t.Context(), f, int64(len(f.b)), k, nil)
	if err != nil {
		t.Fatal(err)
	}
	good := string(worked.Slot(message, "ED", "c"))
	for name, text := range map[string]string{
		"over something else":       string(worked.Slot([]byte("a letter"), "ED", "c")),
		"of another key":            string(sealtest.NewSigner(2).Slot(message, "ED", "c")),
		"of the old kind":           string(worked.Slot(message, "Ed", "c")),
		"its comment changed":       strings.Replace(good, "comment: c\n", "comment: d\n", 1),
		"nothing":                   "",
		"a comment that is no text": string(worked.Slot(message, "ED", "\x01")),
		"a comment that is long":    strings.Replace(good, "comment: c\n", "comment: "+strings.Repeat("c", 300)+"\n", 1),
	} {
		if _, err := seal.Attach(t.Context(), f, int64(len(f.b)), []byte(text), k, nil); err == nil {
			t.Errorf("%s: attached", name)
		}
		if !bytes.Equal(f.b, whole) {
			t.Fatalf("%s: the file was changed", name)
		}
	}
}

// TestMakeRefusesDamage: a seal must not vouch for what is damaged, and nothing is changed then.
func TestMakeRefusesDamage(t *testing.T) {
	plain := plainZIM(2*seal.BlockSize + 5)
	sealed := sealtest.ZIM(plain, worked, "")
	newer := bytes.Replace(sealed, []byte("samizdat-seal 1"), []byte("samizdat-seal 2"), 1)
	flip := func(b []byte, at int) []byte {
		b = bytes.Clone(b)
		if at < 0 {
			at += len(b)
		}
		b[at] ^= 1
		return b
	}
	repaired := flip(sealed, seal.BlockSize+1)
	sum := md5.Sum(repaired[:len(repaired)-16])
	copy(repaired[len(repaired)-16:], sum[:])
	for _, c := range []struct {
		name string
		file []byte
		want error // nil: any
	}{
		{"a changed byte, no seal", flip(plain, 1000), seal.ErrChecksum},
		{"a changed checksum, no seal", flip(plain, -1), seal.ErrChecksum},
		{"cut short", plain[:len(plain)-1], seal.ErrNotFinished},
		{"something behind it", append(bytes.Clone(plain), 0), seal.ErrNotFinished},
		{"no archive", bytes.Repeat([]byte("x"), 1000), seal.ErrNotFinished},
		{"nothing", nil, seal.ErrNotFinished},
		{"a changed block under a seal, the MD5 made right", repaired, nil},
		{"a broken seal", flip(sealed, -530), seal.ErrBroken},
		{"a newer seal", newer, seal.ErrVersion},
	} {
		f := &memory{bytes.Clone(c.file)}
		_, err := seal.Sign(t.Context(), f, int64(len(f.b)), key1(t), "", nil)
		if err == nil || c.want != nil && !errors.Is(err, c.want) {
			t.Errorf("%s: Sign = %v, want %v", c.name, err, c.want)
		}
		if _, err := seal.Strip(t.Context(), f, int64(len(f.b)), nil); err == nil {
			t.Errorf("%s: Strip took the seal away", c.name)
		}
		if !bytes.Equal(f.b, c.file) {
			t.Errorf("%s: the file was changed", c.name)
		}
	}
	// A wrong MD5 under a seal that fits is repaired: every byte it was computed over is vouched for.
	f := &memory{flip(sealed, -1)}
	if _, err := seal.Sign(t.Context(), f, int64(len(f.b)), key1(t), "", nil); err != nil || !bytes.Equal(f.b, sealed) {
		t.Errorf("a wrong MD5 under a seal: %v", err)
	}
}

// TestSignComment: what a seal has no room for is refused before anything is read.
func TestSignComment(t *testing.T) {
	for _, comment := range []string{"a\nb", "\x00", "\xff", strings.Repeat("x", 272)} {
		f := &memory{plainZIM(100)}
		if _, err := seal.Sign(t.Context(), f, int64(len(f.b)), key1(t), comment, nil); !errors.Is(err, seal.ErrComment) {
			t.Errorf("comment %q: %v, want ErrComment", comment, err)
		}
	}
	f := &memory{plainZIM(100)}
	size, err := seal.Sign(t.Context(), f, int64(len(f.b)), key1(t), strings.Repeat("x", 271), nil)
	if err != nil {
		t.Fatal(err)
	}
	if s, err := seal.Load(f, size); err != nil || len(s.Comment) != 271 {
		t.Errorf("the longest comment: %v", err)
	}
}

// TestMakeStops: a context that ends, ends the work; progress comes to the whole.
func TestMakeStops(t *testing.T) {
	plain := plainZIM(20 * seal.BlockSize)
	ctx, cancel := context.WithCancel(t.Context())
	f := &memory{bytes.Clone(plain)}
	_, err := seal.Sign(ctx, f, int64(len(f.b)), key1(t), "", func(int64, int64) { cancel() })
	if !errors.Is(err, context.Canceled) || !bytes.Equal(f.b, plain) {
		t.Errorf("after the end: %v; the file changed: %v", err, !bytes.Equal(f.b, plain))
	}
	var last, total int64
	if _, err := seal.Append(t.Context(), f, int64(len(f.b)), func(done, all int64) { last, total = done, all }); err != nil || last != total || total != int64(len(plain)-16) {
		t.Errorf("progress ended at %d of %d, %v", last, total, err)
	}
}

// failing is a medium that fails at an offset.
type failing struct {
	io.ReaderAt
	at int64
}

var errMedium = errors.New("the stick was taken out")

func (f failing) ReadAt(p []byte, off int64) (int, error) {
	if off+int64(len(p)) > f.at {
		return 0, errMedium
	}
	return f.ReaderAt.ReadAt(p, off)
}

func TestVerifyFailingMedium(t *testing.T) {
	sealed := sealtest.ZIM(plainZIM(9*seal.BlockSize), worked, "")
	s, err := seal.Load(bytes.NewReader(sealed), int64(len(sealed)))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := s.Verify(t.Context(), failing{bytes.NewReader(sealed), 5 * seal.BlockSize}, nil); !errors.Is(err, errMedium) {
		t.Errorf("Verify = %v, want the medium's error", err)
	}
	if _, err := s.Verify(t.Context(), bytes.NewReader(sealed[:6*seal.BlockSize]), nil); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("Verify of a file that has become shorter = %v, want io.ErrUnexpectedEOF", err)
	}
}

// TestVerifyAlso: all bytes but the checksum pass by, in order.
func TestVerifyAlso(t *testing.T) {
	sealed := sealtest.ZIM(plainZIM(9*seal.BlockSize+1), worked, "")
	s, err := seal.Load(bytes.NewReader(sealed), int64(len(sealed)))
	if err != nil {
		t.Fatal(err)
	}
	var seen bytes.Buffer
	if _, err := s.Verify(t.Context(), bytes.NewReader(sealed), &seal.VerifyOptions{Also: &seen}); err != nil || !bytes.Equal(seen.Bytes(), sealed[:len(sealed)-16]) {
		t.Errorf("%d bytes passed by, %v; want %d", seen.Len(), err, len(sealed)-16)
	}
}
