package seal_test

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"encoding/base64"
	"encoding/binary"
	"encoding/hex"
	"errors"
	"testing"

	"samizdat/internal/seal"
	"samizdat/internal/seal/sealtest"
)

// TestAttacks makes files that a forger could make of two editions that the victim has sealed, with the MD5 right. Each
// names what must notice it: Load, a policy with the victim's key pinned, or the first read of a block. No attack may have
// a byte handed out that is not the edition's.
func TestAttacks(t *testing.T) {
	const (
		headLen, lineLen, slotLen = 138, 65, 512
		firstLine                 = "untrusted comment: samizdat seal\n"
	)
	mallory := sealtest.NewSigner(2)
	plain := plainZIM(5*seal.BlockSize + 1234)
	older := bytes.Clone(plain)
	for i := 200; i < len(older); i += 1000 {
		older[i] ^= 0x55
	}
	f, old := sealtest.ZIM(plain, worked, "edition 2"), sealtest.ZIM(older, worked, "edition 1")
	body := len(plain) - md5.Size
	list := body + headLen
	slot := list + 6*lineLen
	pin, err := seal.ParseKey(worked.Public())
	if err != nil {
		t.Fatal(err)
	}
	changed := errors.New("a changed block")
	swap := func(g []byte, a, b, n int) {
		for i := range n {
			g[a+i], g[b+i] = g[b+i], g[a+i]
		}
	}
	signature := func(g []byte, change func(b []byte)) []byte { // of the message, decoded and encoded again
		at := slot + len(firstLine)
		b, err := base64.StdEncoding.DecodeString(string(g[at : at+100]))
		if err != nil {
			t.Fatal(err)
		}
		change(b)
		base64.StdEncoding.Encode(g[at:], b)
		return g
	}
	room := make([]byte, md5.Size)
	for _, c := range []struct {
		name   string
		want   error
		attack func(g []byte) []byte
	}{
		{"two blocks swapped", changed, func(g []byte) []byte { swap(g, seal.BlockSize, 2*seal.BlockSize, seal.BlockSize); return g }},
		{"two blocks and their lines swapped", seal.ErrBroken, func(g []byte) []byte {
			swap(g, seal.BlockSize, 2*seal.BlockSize, seal.BlockSize)
			swap(g, list+lineLen, list+2*lineLen, lineLen)
			return g
		}},
		{"a block of the older edition", changed, func(g []byte) []byte { copy(g[seal.BlockSize:2*seal.BlockSize], old[seal.BlockSize:]); return g }},
		{"block and line of the older edition", seal.ErrBroken, func(g []byte) []byte {
			copy(g[seal.BlockSize:2*seal.BlockSize], old[seal.BlockSize:])
			copy(g[list+lineLen:list+2*lineLen], old[list+lineLen:])
			return g
		}},
		{"the signature of the older edition", seal.ErrBroken, func(g []byte) []byte { copy(g[slot:slot+slotLen], old[slot:]); return g }},
		{"the seal of the older edition", changed, func(g []byte) []byte { copy(g[body:], old[body:]); return g }},
		{"cut by one byte", seal.ErrUnsealed, func(g []byte) []byte { return g[:len(g)-1] }},
		{"cut by a block and a line", seal.ErrUnsealed, func(g []byte) []byte { return g[:len(g)-seal.BlockSize-lineLen] }},
		{"the last block taken out", seal.ErrUnsealed, func(g []byte) []byte { return append(g[:body-1234:body-1234], g[body:]...) }},
		{"one byte appended", seal.ErrUnsealed, func(g []byte) []byte { return append(g, 0) }},
		{"a block's worth appended", seal.ErrUnsealed, func(g []byte) []byte { return append(g, make([]byte, seal.BlockSize+lineLen)...) }},
		{"block and line put in", seal.ErrBroken, func(g []byte) []byte {
			h := append(append(bytes.Clone(g[:seal.BlockSize]), make([]byte, seal.BlockSize)...), g[seal.BlockSize:]...)
			sum := sha256.Sum256(make([]byte, seal.BlockSize))
			at := list + seal.BlockSize + lineLen
			return append(append(append(bytes.Clone(h[:at]), hex.EncodeToString(sum[:])...), '\n'), h[at:]...)
		}},
		{"two bytes put in front", seal.ErrBroken, func(g []byte) []byte { return append([]byte("MZ"), g...) }},
		{"the seal taken away", seal.ErrUnsealed, func(g []byte) []byte {
			g = append(g[:body:body], room...)
			binary.LittleEndian.PutUint64(g[72:], uint64(body))
			return g
		}},
		{"the seal made zero", seal.ErrUnsealed, func(g []byte) []byte { clear(g[body:]); return g }},
		{"the signature blanked", seal.ErrUnsealed, func(g []byte) []byte { copy(g[slot:], sealtest.Blank()); return g }},
		{"a second seal behind the first", seal.ErrOtherKey, func(g []byte) []byte { return mallory.Seal(g, "mine") }},
		{"sealed anew by another key", seal.ErrOtherKey, func(g []byte) []byte { g[seal.BlockSize] ^= 1; return mallory.Seal(g[:body], "edition 2") }},
		{"signed by another, the victim's key in the head", seal.ErrBroken, func(g []byte) []byte {
			g[seal.BlockSize] ^= 1
			m := sealtest.Message(g[:body], worked.Public())
			return sealtest.File(g[:body:body], m, mallory.Slot(m, "ED", "edition 2"))
		}},
		{"a hole behind the seal", seal.ErrUnsealed, func(g []byte) []byte {
			return append(append(g[:len(g)-md5.Size:len(g)-md5.Size], bytes.Repeat([]byte("evil"), 1000)...), room...)
		}},
		{"the comment changed", seal.ErrBroken, func(g []byte) []byte { return bytes.Replace(g, []byte("edition 2"), []byte("edition 9"), 1) }},
		{"the untrusted comment changed", seal.ErrBroken, func(g []byte) []byte {
			return bytes.Replace(g, []byte("comment: samizdat"), []byte("comment: Samizdat"), 1)
		}},
		{"text in the fill", seal.ErrBroken, func(g []byte) []byte { copy(g[slot+400:], "evil"); return g }},
		{"a space in the fill", seal.ErrBroken, func(g []byte) []byte { g[slot+400] = ' '; return g }},
		{"a list in capitals", seal.ErrBroken, func(g []byte) []byte { copy(g[list:], bytes.ToUpper(g[list:list+64])); return g }},
		{"version 2", seal.ErrUnsealed, func(g []byte) []byte { g[body+14] = '2'; return g }},
		{"another file size in the head", seal.ErrBroken, func(g []byte) []byte { copy(g[body+35:], "file               1"); return g }},
		{"another body size in the head", seal.ErrBroken, func(g []byte) []byte { copy(g[body+56:], "body               1"); return g }},
		{"zeros for spaces in a number", seal.ErrBroken, func(g []byte) []byte { g[body+40] = '0'; return g }},
		{"Ed for ED", seal.ErrBroken, func(g []byte) []byte { return signature(g, func(b []byte) { b[1] = 'd' }) }},
		{"another key ID", seal.ErrBroken, func(g []byte) []byte { return signature(g, func(b []byte) { b[5] ^= 1 }) }},
		{"loose bits in base64", seal.ErrBroken, func(g []byte) []byte { g[slot+len(firstLine)+98]++; return g }},
		{"S + L", seal.ErrBroken, func(g []byte) []byte {
			return signature(g, func(b []byte) { // RFC 8032, 5.1.7: S must be below L
				order, _ := hex.DecodeString("edd3f55c1a631258d69cf7a2def9de1400000000000000000000000000000010")
				carry := 0
				for i, l := range order {
					carry += int(b[42+i]) + int(l)
					b[42+i] = byte(carry)
					carry >>= 8
				}
			})
		}},
		{"main page", changed, func(g []byte) []byte { g[64] ^= 1; return g }},
		{"the checksum's place", changed, func(g []byte) []byte { binary.LittleEndian.PutUint64(g[72:], 5); return g }},
	} {
		g := c.attack(bytes.Clone(f))
		sum := md5.Sum(g[:len(g)-md5.Size])
		copy(g[len(g)-md5.Size:], sum[:])
		if bytes.Equal(g, f) {
			t.Errorf("%s: nothing was changed", c.name)
			continue
		}
		s, err := seal.Load(bytes.NewReader(g), int64(len(g)))
		if err := (seal.Policy{Pin: &pin}).Judge(s, err); err != nil {
			if !errors.Is(err, c.want) {
				t.Errorf("%s: %v, want %v", c.name, err, c.want)
			}
			continue
		}
		report, err := s.Verify(t.Context(), bytes.NewReader(g), nil)
		if err != nil || len(report.Changed) == 0 || c.want != changed { //nolint:errorlint // the test's own
			t.Errorf("%s: accepted (%v)", c.name, err)
		}
		genuine := f
		if s.Comment == "edition 1" {
			genuine = old
		}
		r := seal.NewReader(bytes.NewReader(g), s)
		for _, step := range []int64{seal.BlockSize, 10_000} {
			p := make([]byte, step)
			for at := int64(0); at < s.Body; at += step {
				if n, _ := r.ReadAt(p[:min(step, s.Body-at)], at); !bytes.Equal(p[:n], genuine[at:at+int64(n)]) {
					t.Fatalf("%s: bytes at %#x are handed out and are not the edition's", c.name, at)
				}
			}
		}
	}
	// Replay of a whole older edition is genuine; that it is old, its date says.
	if s, err := seal.Load(bytes.NewReader(old), int64(len(old))); err != nil || s.Key != pin {
		t.Errorf("the older edition: %v", err)
	}
}
