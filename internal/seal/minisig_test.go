package seal_test

import (
	"bytes"
	"crypto/rand"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/seal"
)

// A detached signature is one that minisign takes, and ours takes it only for the same bytes and key.
func TestMinisig(t *testing.T) {
	k, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	other, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	message := []byte("0123  a file\n")
	sig, err := k.Minisig(message, "a comment")
	if err != nil {
		t.Fatal(err)
	}
	if err := k.Public().CheckMinisig(message, sig); err != nil {
		t.Error(err)
	}
	if err := k.Public().CheckMinisig([]byte("0124  a file\n"), sig); err == nil {
		t.Error("another message is taken")
	}
	if err := other.Public().CheckMinisig(message, sig); err == nil {
		t.Error("another key is taken")
	}
	if err := k.Public().CheckMinisig(message, bytes.Replace(sig, []byte("a comment"), []byte("b comment"), 1)); err == nil {
		t.Error("another comment is taken")
	}
	if err := k.Public().CheckMinisig(message, []byte("no signature")); !errors.Is(err, seal.ErrSignature) {
		t.Errorf("error %v, want ErrSignature", err)
	}
	if _, err := k.Minisig(message, "two\nlines"); !errors.Is(err, seal.ErrComment) {
		t.Errorf("error %v, want ErrComment", err)
	}
	judge.Tool(t, "minisign", "minisign")
	dir := t.TempDir()
	for name, data := range map[string][]byte{"m": message, "m.minisig": sig, "k.pub": k.Public().File()} {
		if err := os.WriteFile(filepath.Join(dir, name), data, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("minisign", "-V", "-p", "k.pub", "-m", "m")
	cmd.Dir = dir
	if out, err := cmd.CombinedOutput(); err != nil {
		t.Errorf("minisign: %v\n%s", err, out)
	}
}
