package seal

import (
	"bytes"
	"errors"
	"math/rand/v2"
	"strings"
	"testing"
)

// FuzzSlot: what parseSlot accepts, it builds again byte for byte; so does what parseMinisig accepts, in the one form.
func FuzzSlot(f *testing.F) {
	k, err := NewPrivateKey(rand.NewChaCha8([32]byte{}))
	if err != nil {
		f.Fatal(err)
	}
	for _, comment := range []string{"", "edition 1", "a\tb", strings.Repeat("é", 135)} {
		sig := k.sign([]byte("message"), comment)
		slot, ok := sig.slot()
		if !ok {
			f.Fatalf("no slot for %q", comment)
		}
		f.Add(slot)
		f.Add(bytes.TrimRight(slot, "\n"))
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		if sig, err := parseSlot(data); err == nil {
			if slot, ok := sig.slot(); !ok || !bytes.Equal(slot, data) {
				t.Errorf("accepted %q, which is built again as %q", data, slot)
			}
		} else if !errors.Is(err, ErrSignature) {
			t.Errorf("error %v", err)
		}
		sig, err := parseMinisig(data)
		if err != nil {
			return
		}
		slot, ok := sig.slot()
		if !ok {
			t.Fatalf("%q has no slot", data)
		}
		if again, err := parseSlot(slot); err != nil || again != sig {
			t.Errorf("%q becomes %q, which is read as %+v, %v", data, slot, again, err)
		}
	})
}

// FuzzPrivateKey: what is read without a passphrase is written again as it was, but for the comment.
func FuzzPrivateKey(f *testing.F) {
	k, err := NewPrivateKey(rand.NewChaCha8([32]byte{}))
	if err != nil {
		f.Fatal(err)
	}
	for _, passphrase := range []string{"", "x"} {
		text, err := k.text([]byte(passphrase), rand.NewChaCha8([32]byte{}), testOps, testMem)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(text)
	}
	locked := errors.New("locked")
	f.Fuzz(func(t *testing.T, data []byte) {
		k, err := ParsePrivateKey(data, func() ([]byte, error) { return nil, locked })
		if err != nil {
			return
		}
		text, err := k.Text(nil, nil)
		if err != nil {
			t.Fatal(err)
		}
		again, err := ParsePrivateKey(text, nil)
		if err != nil || again.Public() != k.Public() {
			t.Errorf("%q is written as %q, which is read as %v", data, text, err)
		}
	})
}
