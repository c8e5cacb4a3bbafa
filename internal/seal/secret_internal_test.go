package seal

import (
	"bytes"
	"crypto/md5"
	"crypto/rand"
	"encoding/base64"
	"encoding/binary"
	"errors"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/judge"
)

// A cost at which tests do not wait; the file says which it is, to minisign too.
const (
	testOps = 1 << 15
	testMem = 1 << 24
)

func passphrase(p string) func() ([]byte, error) {
	return func() ([]byte, error) { return []byte(p), nil }
}

// TestPrivateKeyFile writes a key in both ways and reads it back.
func TestPrivateKeyFile(t *testing.T) {
	k, err := NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	for _, p := range []string{"", "correct horse"} {
		text, err := k.text([]byte(p), rand.Reader, testOps, testMem)
		if err != nil {
			t.Fatal(err)
		}
		back, err := ParsePrivateKey(text, passphrase(p))
		if err != nil || back.Public() != k.Public() {
			t.Errorf("passphrase %q: read back %v", p, err)
		}
		if p == "" {
			continue
		}
		if _, err := ParsePrivateKey(text, passphrase("wrong")); !errors.Is(err, ErrPassphrase) {
			t.Errorf("wrong passphrase: %v, want ErrPassphrase", err)
		}
		stop := errors.New("nobody typed")
		if _, err := ParsePrivateKey(text, func() ([]byte, error) { return nil, stop }); !errors.Is(err, stop) {
			t.Errorf("no passphrase: %v", err)
		}
	}
}

// TestPrivateKeyHostile: what a key file claims costs nothing before it is checked.
func TestPrivateKeyHostile(t *testing.T) {
	k, err := NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	text, err := k.Text(nil, rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	lines := strings.Split(string(text), "\n")
	raw, err := base64.StdEncoding.DecodeString(lines[1])
	if err != nil {
		t.Fatal(err)
	}
	change := func(f func(b []byte)) string {
		b := bytes.Clone(raw)
		f(b)
		return lines[0] + "\n" + base64.StdEncoding.EncodeToString(b) + "\n"
	}
	limits := func(ops, mem uint64) func([]byte) {
		return func(b []byte) {
			copy(b[2:], "Sc")
			binary.LittleEndian.PutUint64(b[38:], ops)
			binary.LittleEndian.PutUint64(b[46:], mem)
		}
	}
	for name, text := range map[string]string{
		"empty":              "",
		"a public key":       string(k.Public().File()),
		"cut":                string(text[:len(text)-5]),
		"kind":               change(func(b []byte) { b[0] = 'X' }),
		"unknown encryption": change(func(b []byte) { b[2] = 'Z' }),
		"checksum kind":      change(func(b []byte) { b[4] = 'X' }),
		"other public half":  change(func(b []byte) { b[54+8+40] ^= 1 }),
		"1 TiB of memory":    change(limits(1<<40, 1<<40)),
		"endless":            change(limits(1<<60, 1<<20)),
		"all ones":           change(limits(1<<64-1, 1<<64-1)),
	} {
		if _, err := ParsePrivateKey([]byte(text), passphrase("x")); !errors.Is(err, ErrPrivateKey) {
			t.Errorf("%s: %v, want ErrPrivateKey", name, err)
		}
	}
}

// run runs minisign in dir, with stdin as what is typed, and returns what it printed.
func run(t *testing.T, dir, stdin string, args ...string) (string, error) {
	t.Helper()
	cmd := exec.Command(judge.Tool(t, "minisign", "minisign"), args...)
	cmd.Dir, cmd.Stdin = dir, strings.NewReader(stdin)
	out, err := cmd.CombinedOutput()
	return string(out), err
}

func write(t *testing.T, dir, name string, data []byte) string {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// archive is a file that can be sealed.
func archive(t *testing.T) (f *os.File, size int64) {
	t.Helper()
	b := make([]byte, 300000)
	copy(b, zimMagic)
	binary.LittleEndian.PutUint64(b[mimeListField:], zimHeader)
	binary.LittleEndian.PutUint64(b[checksumField:], uint64(len(b)))
	sum := md5.Sum(b)
	f, err := os.Create(write(t, t.TempDir(), "x.zim", nil))
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { f.Close() })
	if _, err := f.Write(append(b, sum[:]...)); err != nil {
		t.Fatal(err)
	}
	return f, int64(len(b) + len(sum))
}

// TestMinisignUsesOurKeys lets minisign sign a seal with keys that we wrote, encrypted and not, and attaches it.
func TestMinisignUsesOurKeys(t *testing.T) {
	judge.Tool(t, "minisign", "minisign")
	for _, p := range []string{"", "correct horse"} {
		dir := t.TempDir()
		k, err := NewPrivateKey(rand.Reader)
		if err != nil {
			t.Fatal(err)
		}
		text, err := k.text([]byte(p), rand.Reader, testOps, testMem)
		if err != nil {
			t.Fatal(err)
		}
		f, size := archive(t)
		message, err := Export(t.Context(), f, size, k.Public(), nil)
		if err != nil {
			t.Fatal(err)
		}
		write(t, dir, "k", text)
		write(t, dir, "k.pub", k.Public().File())
		write(t, dir, "d.seal", message)
		if out, err := run(t, dir, p+"\n", "-S", "-s", "k", "-m", "d.seal"); err != nil {
			t.Fatalf("minisign -S with our key (passphrase %q): %v\n%s", p, err, out)
		}
		if out, err := run(t, dir, "", "-V", "-p", "k.pub", "-m", "d.seal"); err != nil {
			t.Fatalf("minisign -V with our .pub: %v\n%s", err, out)
		}
		minisig, err := os.ReadFile(filepath.Join(dir, "d.seal.minisig"))
		if err != nil {
			t.Fatal(err)
		}
		size, err = Attach(t.Context(), f, size, minisig, k.Public(), nil)
		if err != nil {
			t.Fatalf("Attach what minisign signed: %v\n%s", err, minisig)
		}
		if s, err := Load(f, size); err != nil || s.Key != k.Public() || !strings.Contains(s.Comment, "file:d.seal") {
			t.Errorf("Load after Attach: %v, %+v", err, s)
		}
	}
}

// TestMinisignKeysWork reads keys that minisign 0.11 made, encrypted at its own cost and not.
func TestMinisignKeysWork(t *testing.T) {
	for name, p := range map[string]string{"plain": "", "encrypted": "correct horse"} {
		text, err := os.ReadFile("testdata/minisign-0.11-" + name + ".key")
		if err != nil {
			t.Fatal(err)
		}
		pub, err := os.ReadFile("testdata/minisign-0.11-" + name + ".pub")
		if err != nil {
			t.Fatal(err)
		}
		k, err := ParsePrivateKey(text, passphrase(p))
		if err != nil {
			t.Fatalf("minisign's key (%s): %v", name, err)
		}
		if got := k.Public().File(); !bytes.Equal(got, pub) {
			t.Errorf(".pub is\n%s\nminisign wrote\n%s", got, pub)
		}
	}
}

// TestCost holds the cost of both kinds of key file against what libsodium makes of the numbers in them.
func TestCost(t *testing.T) {
	for _, c := range []struct {
		ops, mem uint64
		logN, p  int
		ok       bool
	}{
		{33554432, 1073741824, 20, 1, true}, // minisign
		{opsLimit, memLimit, 18, 4, true},   // ours
		{testOps, testMem, 10, 1, true},
		{524288, 16777216, 14, 1, true}, // libsodium's "interactive"
		{0, 1 << 24, 10, 1, true},       // never below 32768
		{1 << 40, 1 << 40, 0, 0, false},
	} {
		if logN, p, ok := cost(c.ops, c.mem); ok != c.ok || ok && (logN != c.logN || p != c.p) {
			t.Errorf("cost(%d, %d) = %d, %d, %v; want %d, %d, %v", c.ops, c.mem, logN, p, ok, c.logN, c.p, c.ok)
		}
	}
}
