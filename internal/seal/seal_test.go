package seal_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"samizdat/internal/seal"
	"samizdat/internal/seal/sealtest"
)

var worked = sealtest.NewSigner(1)

// TestWorkedExample pins the format with the example of the specification: 300,000 zero bytes, seed 32 × 01.
func TestWorkedExample(t *testing.T) {
	f := worked.Seal(make([]byte, 300000), "worked example")
	if got := hex.EncodeToString(sha(f)); got != "d474305490d98c9c522531b6b859abdaa0d6089dd22f4ec89b93b3dc5bd5e8a5" {
		t.Fatalf("the test's own signer does not make the worked example: SHA-256 %s", got)
	}
	s, err := seal.Load(bytes.NewReader(f), int64(len(f)))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Key.String(); got != "RWQBAQIDBAUGB4qI4910CfGV/VLbLTy6XXLKZwm/HZQSG/N0iAG0D29c" {
		t.Errorf("key %s", got)
	}
	if got := hex.EncodeToString(s.Edition[:]); got != "248b3b70055273bca571191ec820ac1ce11ca045960ba3ed2d3d777b5e5bbae6" {
		t.Errorf("edition %s", got)
	}
	if s.Comment != "worked example" || s.Body != 300000 || s.Blocks() != 2 {
		t.Errorf("comment %q, body %d, blocks %d", s.Comment, s.Body, s.Blocks())
	}
	report, err := s.Verify(t.Context(), bytes.NewReader(f), nil)
	if err != nil || len(report.Changed) != 0 || !report.Checksum {
		t.Errorf("Verify: %+v, %v", report, err)
	}
}

func sha(b []byte) []byte { s := sha256.Sum256(b); return s[:] }

// TestPlaceIsUnique holds the arithmetic against its definition, for every size up to three blocks.
func TestPlaceIsUnique(t *testing.T) {
	next := int64(1) // the body that the next possible size must have
	for size := int64(0); size < 3*seal.BlockSize; size++ {
		body, blocks, ok := seal.Place(size)
		want := next + 138 + 65*((next+seal.BlockSize-1)/seal.BlockSize) + 512 + 16
		if ok != (size == want) {
			t.Fatalf("Place(%d) = %d, %d, %v; the next size with a place is %d", size, body, blocks, ok, want)
		}
		if ok {
			if body != next {
				t.Fatalf("Place(%d) = %d, want %d", size, body, next)
			}
			next++
		}
	}
}

// TestEveryByte changes each byte of a small sealed file and makes the MD5 right again: no change passes.
func TestEveryByte(t *testing.T) {
	body := []byte(strings.Repeat("samizdat ", 40))
	whole := worked.Seal(body, "edition 1")
	for i := range len(whole) - md5.Size {
		for _, x := range []byte{1, 0x20, 0x80} {
			f := bytes.Clone(whole)
			f[i] ^= x
			sum := md5.Sum(f[:len(f)-md5.Size])
			copy(f[len(f)-md5.Size:], sum[:])
			if accepted(t, f) {
				t.Fatalf("byte %d of %d changed by %#x: accepted", i, len(whole), x)
			}
		}
	}
	if !accepted(t, whole) {
		t.Fatal("the unchanged file is not accepted; the test shows nothing")
	}
}

// accepted says whether f is sealed by the worked example's key and every block is right.
func accepted(t *testing.T, f []byte) bool {
	t.Helper()
	s, err := seal.Load(bytes.NewReader(f), int64(len(f)))
	if err != nil || s.Key.String() != worked.Public() {
		return false
	}
	report, err := s.Verify(t.Context(), bytes.NewReader(f), nil)
	return err == nil && len(report.Changed) == 0 && report.Checksum
}

// TestStates gives each answer of Load its file.
func TestStates(t *testing.T) {
	body := bytes.Repeat([]byte("x"), 1000)
	other := sealtest.NewSigner(2)
	named := sealtest.Message(body, worked.Public())
	unnamed := sealtest.Message(body, sealtest.Unsigned)
	blank := sealtest.Blank()
	newer := bytes.Replace(named, []byte("samizdat-seal 1"), []byte("samizdat-seal 2"), 1)
	upper := bytes.Clone(named)
	copy(upper[138:], bytes.ToUpper(upper[138:]))
	for _, c := range []struct {
		name string
		file []byte
		want error
	}{
		{"no seal", append(bytes.Repeat([]byte("y"), 3000), make([]byte, 16)...), seal.ErrNone},
		{"too short", []byte("short"), seal.ErrNone},
		{"unsigned", sealtest.File(body, unnamed, blank), seal.ErrUnsigned},
		{"key named, unsigned", sealtest.File(body, named, blank), seal.ErrUnsigned},
		{"newer", sealtest.File(body, newer, worked.Slot(newer, "ED", "")), seal.ErrVersion},
		{"foreign signature", sealtest.File(body, named, other.Slot(named, "ED", "")), seal.ErrBroken},
		{"old kind of signature", sealtest.File(body, named, worked.Slot(named, "Ed", "")), seal.ErrBroken},
		{"signature without key", sealtest.File(body, unnamed, worked.Slot(unnamed, "ED", "")), seal.ErrBroken},
		{"upper-case digits", sealtest.File(body, upper, worked.Slot(upper, "ED", "")), seal.ErrBroken},
		{"control character in comment", sealtest.File(body, named, worked.Slot(named, "ED", "a\x01")), seal.ErrBroken},
	} {
		t.Run(c.name, func(t *testing.T) {
			s, err := seal.Load(bytes.NewReader(c.file), int64(len(c.file)))
			if !errors.Is(err, c.want) {
				t.Fatalf("Load = %v, want %v", err, c.want)
			}
			if (s != nil) != (c.want == seal.ErrUnsigned) {
				t.Errorf("Seal = %v with %v", s, err)
			}
			if s != nil && s.Key != (seal.Key{}) {
				t.Errorf("an unsigned seal names the key %v", s.Key)
			}
		})
	}
}

// TestVerifyNamesTheBlock changes one byte in the second of three blocks.
func TestVerifyNamesTheBlock(t *testing.T) {
	f := worked.Seal(bytes.Repeat([]byte("z"), 2*seal.BlockSize+10), "")
	f[seal.BlockSize+5] ^= 1
	s, err := seal.Load(bytes.NewReader(f), int64(len(f)))
	if err != nil {
		t.Fatal(err)
	}
	report, err := s.Verify(t.Context(), bytes.NewReader(f), nil)
	if err != nil || len(report.Changed) != 1 || report.Changed[0].Block != 1 || report.Changed[0].Offset != seal.BlockSize || report.Checksum {
		t.Errorf("Verify = %+v, %v; want block 1 at %#x, and the MD5 wrong", report, err, seal.BlockSize)
	}
}

func TestParseKey(t *testing.T) {
	k, err := seal.ParseKey("untrusted comment: minisign public key 706050403020101\n" + worked.Public() + "\n")
	if err != nil || k.String() != worked.Public() {
		t.Errorf("ParseKey of a .pub file = %v, %v", k, err)
	}
	for _, text := range []string{"", "RWQ", strings.Repeat("A", 56), worked.Public()[:55], worked.Public() + "A"} {
		if _, err := seal.ParseKey(text); !errors.Is(err, seal.ErrKey) {
			t.Errorf("ParseKey(%q) = %v, want ErrKey", text, err)
		}
	}
}

// FuzzLoad: a file that is taken for sealed, or for one with block hashes, gives the same seal when it is written again
// from what was read; and no byte is handed out that its hashes do not cover.
func FuzzLoad(f *testing.F) {
	whole := worked.Seal([]byte("hello"), "c")
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Add(sealtest.File([]byte("body"), sealtest.Message([]byte("body"), sealtest.Unsigned), sealtest.Blank()))
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := seal.Load(bytes.NewReader(data), int64(len(data)))
		if s == nil {
			if err == nil {
				t.Fatal("neither a seal nor an error")
			}
			return
		}
		if end := int64(len(data)) - 512 - 16; !bytes.Equal(s.Message(), data[s.Body:end]) {
			t.Error("head and list are not what the file has")
		}
		r := seal.NewReader(bytes.NewReader(data), s)
		p := make([]byte, len(data))
		n, err := r.ReadAt(p, 0)
		report, verifyErr := s.Verify(t.Context(), bytes.NewReader(data), nil)
		if verifyErr != nil {
			t.Fatal(verifyErr)
		}
		if whole := len(report.Changed) == 0; whole != (err == nil) || !bytes.Equal(p[:n], data[:n]) {
			t.Errorf("whole: %v, but reading gave %d of %d bytes, %v", whole, n, len(data), err)
		}
	})
}
