package seal_test

import (
	"bytes"
	"crypto/ed25519"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/hex"
	"errors"
	"fmt"
	"strings"
	"testing"

	"golang.org/x/crypto/blake2b"
	"samizdat/internal/seal"
)

// signer makes seals for the tests, from the format's description and not from the package.
type signer struct {
	private ed25519.PrivateKey
	id      [8]byte
}

func newSigner(seed byte, id [8]byte) *signer {
	return &signer{ed25519.NewKeyFromSeed(bytes.Repeat([]byte{seed}, 32)), id}
}

var worked = newSigner(1, [8]byte{1, 1, 2, 3, 4, 5, 6, 7})

func (k *signer) public() string {
	b := append([]byte("Ed"), k.id[:]...)
	return base64.StdEncoding.EncodeToString(append(b, k.private.Public().(ed25519.PublicKey)...))
}

// message returns head and list for body under the key text.
func message(body []byte, key string) []byte {
	n := (len(body) + seal.BlockSize - 1) / seal.BlockSize
	size := len(body) + 138 + 65*n + 512 + 16
	m := fmt.Appendf(nil, "samizdat-seal 1\nhash sha256 262144\nfile %15d\nbody %15d\nkey %s\n", size, len(body), key)
	for i := range n {
		sum := sha256.Sum256(body[i*seal.BlockSize : min(len(body), (i+1)*seal.BlockSize)])
		m = fmt.Appendf(m, "%x\n", sum)
	}
	return m
}

// slot signs m; kind is ED as it must be, or another for the attacks.
func (k *signer) slot(m []byte, kind, comment string) []byte {
	digest := blake2b.Sum512(m)
	sig := ed25519.Sign(k.private, digest[:])
	global := ed25519.Sign(k.private, append(bytes.Clone(sig), comment...))
	first := append(append([]byte(kind), k.id[:]...), sig...)
	s := fmt.Appendf(nil, "untrusted comment: samizdat seal\n%s\ntrusted comment: %s\n%s\n",
		base64.StdEncoding.EncodeToString(first), comment, base64.StdEncoding.EncodeToString(global))
	return append(s, bytes.Repeat([]byte{'\n'}, 512-len(s))...)
}

// file joins the parts and makes the MD5 right.
func file(body, message, slot []byte) []byte {
	f := bytes.Join([][]byte{body, message, slot}, nil)
	sum := md5.Sum(f)
	return append(f, sum[:]...)
}

func (k *signer) seal(body []byte, comment string) []byte {
	m := message(body, k.public())
	return file(body, m, k.slot(m, "ED", comment))
}

// TestWorkedExample pins the format with the example of the specification: 300,000 zero bytes, seed 32 × 01.
func TestWorkedExample(t *testing.T) {
	f := worked.seal(make([]byte, 300000), "worked example")
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
	bad, err := s.Verify(t.Context(), bytes.NewReader(f), nil)
	if err != nil || len(bad) != 0 {
		t.Errorf("Verify: %v, %v", bad, err)
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
	whole := worked.seal(body, "edition 1")
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
	if err != nil || s.Key.String() != worked.public() {
		return false
	}
	bad, err := s.Verify(t.Context(), bytes.NewReader(f), nil)
	return err == nil && len(bad) == 0
}

// TestStates gives each answer of Load its file.
func TestStates(t *testing.T) {
	body := bytes.Repeat([]byte("x"), 1000)
	other := newSigner(2, [8]byte{9})
	named := message(body, worked.public())
	unnamed := message(body, strings.Repeat("-", 56))
	blank := bytes.Repeat([]byte{'\n'}, 512)
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
		{"unsigned", file(body, unnamed, blank), seal.ErrUnsigned},
		{"key named, unsigned", file(body, named, blank), seal.ErrUnsigned},
		{"newer", file(body, newer, worked.slot(newer, "ED", "")), seal.ErrVersion},
		{"foreign signature", file(body, named, other.slot(named, "ED", "")), seal.ErrBroken},
		{"old kind of signature", file(body, named, worked.slot(named, "Ed", "")), seal.ErrBroken},
		{"signature without key", file(body, unnamed, worked.slot(unnamed, "ED", "")), seal.ErrBroken},
		{"upper-case digits", file(body, upper, worked.slot(upper, "ED", "")), seal.ErrBroken},
		{"control character in comment", file(body, named, worked.slot(named, "ED", "a\x01")), seal.ErrBroken},
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
	f := worked.seal(bytes.Repeat([]byte("z"), 2*seal.BlockSize+10), "")
	f[seal.BlockSize+5] ^= 1
	s, err := seal.Load(bytes.NewReader(f), int64(len(f)))
	if err != nil {
		t.Fatal(err)
	}
	bad, err := s.Verify(t.Context(), bytes.NewReader(f), nil)
	if err != nil || len(bad) != 1 || bad[0].Block != 1 || bad[0].Offset != seal.BlockSize {
		t.Errorf("Verify = %v, %v; want block 1 at %#x", bad, err, seal.BlockSize)
	}
}

func TestParseKey(t *testing.T) {
	k, err := seal.ParseKey("untrusted comment: minisign public key 706050403020101\n" + worked.public() + "\n")
	if err != nil || k.String() != worked.public() {
		t.Errorf("ParseKey of a .pub file = %v, %v", k, err)
	}
	for _, text := range []string{"", "RWQ", strings.Repeat("A", 56), worked.public()[:55], worked.public() + "A"} {
		if _, err := seal.ParseKey(text); !errors.Is(err, seal.ErrKey) {
			t.Errorf("ParseKey(%q) = %v, want ErrKey", text, err)
		}
	}
}

// FuzzLoad looks for panics, and for files that are taken for sealed though their bytes do not say so.
func FuzzLoad(f *testing.F) {
	whole := worked.seal([]byte("hello"), "c")
	f.Add(whole)
	f.Add(whole[:len(whole)-1])
	f.Fuzz(func(t *testing.T, data []byte) {
		s, err := seal.Load(bytes.NewReader(data), int64(len(data)))
		if err != nil {
			return
		}
		body := data[:s.Body]
		m := data[s.Body : len(data)-512-16]
		if !bytes.Equal(m[:138], message(body, s.Key.String())[:138]) {
			t.Error("accepted a head that is not the one the format gives")
		}
	})
}
