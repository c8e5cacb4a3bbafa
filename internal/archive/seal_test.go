package archive_test

import (
	"errors"
	"path/filepath"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/seal"
	"samizdat/internal/seal/sealtest"
)

func parseKey(t *testing.T, signer *sealtest.Signer) seal.Key {
	t.Helper()
	k, err := seal.ParseKey(signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// TestOursByKey: an archive outside the program is ours when a key has sealed it that the user gave, or that rides in
// the program; not when it only says so, when another key has, or when nothing is checked.
func TestOursByKey(t *testing.T) {
	mine, other := sealtest.NewSigner(1), sealtest.NewSigner(2)
	pin := parseKey(t, mine)
	keyFile := []byte("untrusted comment: key\n" + mine.Public() + "\n")
	dir := folder(t, map[string][]byte{
		"bare":    append([]byte("\x7fELF"), make([]byte, 200)...),
		"carrier": carrier(t, "publisher.pub", keyFile),
		"odd":     carrier(t, "publisher.pub", []byte("no key")),
		"d.zim":   sealtest.ZIM(build(t, "d"), mine, ""),
		"e.zim":   sealtest.ZIM(build(t, "e"), other, ""),
		"f.zim":   sealtest.ZIM(build(t, "f"), nil, ""),
	})
	for _, c := range []struct {
		name string
		opts archive.Options
		ours map[string]bool
	}{
		{"nobody's key", archive.Options{Executable: "bare"}, map[string]bool{}},
		{"a key of the user's", archive.Options{Executable: "bare", Keys: []seal.Key{pin}}, map[string]bool{"d": true}},
		{"a key in the program", archive.Options{Executable: "carrier"}, map[string]bool{"d": true}},
		{"no key in the program", archive.Options{Executable: "odd"}, map[string]bool{}},
		{"unchecked", archive.Options{Executable: "carrier", Seal: seal.Policy{Damaged: true}}, map[string]bool{}},
	} {
		c.opts.Executable = filepath.Join(dir, c.opts.Executable)
		found, err := archive.Find(c.opts)
		if err != nil || len(found) != 3 {
			t.Fatalf("%s: %d found, %v", c.name, len(found), err)
		}
		for _, s := range found {
			if s.Ours != c.ours[s.Name] {
				t.Errorf("%s: %s is ours: %v", c.name, s.Name, s.Ours)
			}
			if checked := c.opts.Seal == (seal.Policy{}); s.Checked != checked {
				t.Errorf("%s: %s is checked: %v", c.name, s.Name, s.Checked)
			}
			s.Close()
		}
	}
}

// TestRefusedBeside: what lies beside the program and is refused by the policy is left out; if that is all, the error
// says why, so that the exit status can.
func TestRefusedBeside(t *testing.T) {
	mine, other := sealtest.NewSigner(1), sealtest.NewSigner(2)
	pin := parseKey(t, mine)
	bare := append([]byte("\x7fELF"), make([]byte, 200)...)
	dir := folder(t, map[string][]byte{"bare": bare, "d.zim": sealtest.ZIM(build(t, "d"), mine, ""), "e.zim": sealtest.ZIM(build(t, "e"), other, "")})
	found, err := archive.Find(archive.Options{Executable: filepath.Join(dir, "bare"), Seal: seal.Policy{Pin: &pin}})
	if err != nil || len(found) != 1 || found[0].Name != "d" {
		t.Errorf("one of two is sealed by the pin: %d found, %v", len(found), err)
	}
	for _, s := range found {
		s.Close()
	}
	dir = folder(t, map[string][]byte{"bare": bare, "e.zim": sealtest.ZIM(build(t, "e"), other, "")})
	_, err = archive.Find(archive.Options{Executable: filepath.Join(dir, "bare"), Seal: seal.Policy{Pin: &pin}})
	if !errors.Is(err, archive.ErrNone) || !errors.Is(err, seal.ErrOtherKey) {
		t.Errorf("none is sealed by the pin: %v", err)
	}
	// The tail is held to the policy like all others.
	dir = folder(t, map[string][]byte{"carrier": carrier(t, "dossier.zim", build(t, "d"))})
	if _, err := archive.Find(archive.Options{Executable: filepath.Join(dir, "carrier"), Seal: seal.Policy{Pin: &pin}}); !errors.Is(err, seal.ErrUnsealed) {
		t.Errorf("an unsealed tail: %v", err)
	}
}
