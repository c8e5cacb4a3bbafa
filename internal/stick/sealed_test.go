package stick

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"samizdat/internal/command"
	"samizdat/internal/seal"
)

// sealedDossier is the dossier, sealed by k.
func sealedDossier(t *testing.T, k *seal.PrivateKey) made {
	t.Helper()
	f, err := os.Create(filepath.Join(t.TempDir(), "sealed"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	plain := dossier(t)
	if _, err := f.Write(plain.data); err != nil {
		t.Fatal(err)
	}
	if _, err := seal.Sign(t.Context(), f, plain.opts.Size, k, "edition 1", nil); err != nil {
		t.Fatal(err)
	}
	data, err := os.ReadFile(f.Name())
	if err != nil {
		t.Fatal(err)
	}
	return of(t, data, "dossier")
}

func newKey(t *testing.T) *seal.PrivateKey {
	t.Helper()
	k, err := seal.NewPrivateKey(rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	return k
}

// The stick of a sealed archive has the key, its words and digits, and a list that the key signed; a copy of the stick
// by somebody without the key has the same signature.
func TestSealed(t *testing.T) {
	k := newKey(t)
	m := sealedDossier(t, k)
	m.opts.Sign = func(sums []byte) ([]byte, error) { return k.Minisig(sums, "a comment") }
	dir, second := t.TempDir(), t.TempDir()
	if report := stickIn(t, dir, m); !report.Signed {
		t.Errorf("not signed: %q", report.Notes)
	}
	files := content(t, dir)
	if got, err := seal.ParseKey(files[keyName]); err != nil || got != k.Public() {
		t.Errorf("%s holds %q", keyName, files[keyName])
	}
	for name, lang := range map[string]string{"README.en.txt": "en", "README.ru.txt": "ru"} {
		for _, want := range append(k.Public().Words(lang), k.Public().Digits()) {
			if !strings.Contains(files[name], want) {
				t.Errorf("%s does not hold %q", name, want)
			}
		}
	}
	if err := k.Public().CheckMinisig([]byte(files[sumsName]), []byte(files[sigName])); err != nil {
		t.Error(err)
	}
	m.opts.Sign = SignatureBeside(dir)
	if report := stickIn(t, second, m); !report.Signed {
		t.Errorf("the copy is not signed: %q", report.Notes)
	}
	if got := content(t, second); len(got) != len(files) || got[sigName] != files[sigName] {
		t.Error("the copy is another stick")
	}
	// Another key's signature is not put beside the seal.
	other := newKey(t)
	m.opts.Sign = func(sums []byte) ([]byte, error) { return other.Minisig(sums, "") }
	if report := stickIn(t, t.TempDir(), m); report.Signed || !strings.Contains(strings.Join(report.Notes, " "), "left out") {
		t.Errorf("signed by another key: %+v", report)
	}
	// One that lies there and fits nothing goes.
	m.opts.Sign = nil
	write1(t, second, sigName, "nonsense")
	if report := stickIn(t, second, m); report.Signed || content(t, second)[sigName] != "" {
		t.Error("a signature that does not fit stayed")
	}
}

// A change that its maker hid from the checksum is found by the seal.
func TestChangedSealedArchiveIsNotSpread(t *testing.T) {
	m := sealedDossier(t, newKey(t))
	m.data[1000] ^= 1
	if _, err := readSeal(context.Background(), m.opts); !errors.Is(err, ErrDamaged) {
		t.Errorf("error %v, want ErrDamaged", err)
	}
	var block *seal.BlockError
	if _, err := Write(t.Context(), t.TempDir(), m.opts); !errors.Is(err, ErrDamaged) || !errors.As(err, &block) {
		t.Errorf("error %v, want ErrDamaged with the block", err)
	}
}

// The programs of a stick are carried on, those that do not fit its list are not.
func TestBeside(t *testing.T) {
	dir := t.TempDir()
	stickIn(t, dir, dossier(t))
	runtimes, damaged, err := Beside(t.Context(), dir)
	if err != nil || len(runtimes) != 3 || damaged != nil {
		t.Fatalf("%d programs, damaged %q, %v", len(runtimes), damaged, err)
	}
	m := dossier(t)
	m.opts.Runtimes = runtimes
	second := t.TempDir()
	stickIn(t, second, m)
	if content(t, second)[sumsName] != content(t, dir)[sumsName] {
		t.Error("the second stick is not like the first")
	}
	write1(t, dir, "samizdat-linux-amd64.com", "changed")
	if runtimes, damaged, err = Beside(t.Context(), dir); err != nil || len(runtimes) != 2 || len(damaged) != 1 {
		t.Errorf("%d programs, damaged %q, %v", len(runtimes), damaged, err)
	}
	if runtimes, _, err = Beside(t.Context(), t.TempDir()); err != nil || runtimes != nil {
		t.Errorf("an empty folder: %v, %v", runtimes, err)
	}
}

// The guide never has readers take the key from the stick that they are to check: whoever forged it put his there.
func TestGuidePinsNoKeyOfTheStick(t *testing.T) {
	dir := t.TempDir()
	zim := stickIn(t, dir, sealedDossier(t, newKey(t))).Archive
	for name, text := range content(t, dir) {
		if !strings.HasPrefix(name, "README.") && name != startPage {
			continue
		}
		for _, bad := range []string{"--key " + keyName, "-p " + keyName} {
			if strings.Contains(text, bad) {
				t.Errorf("%s has readers type %q", name, bad)
			}
		}
		for _, want := range []string{"samizdat verify " + zim, "samizdat verify --key KEY " + zim, "minisign -V -P KEY -m SHA256SUMS"} {
			if !strings.Contains(text, want) {
				t.Errorf("%s does not say %q", name, want)
			}
		}
	}
}

// An edition of another signer's, or of nobody's, does not take the place of the one that is there without a word.
func TestOtherSigner(t *testing.T) {
	dir := t.TempDir()
	k := newKey(t)
	stickIn(t, dir, sealedDossier(t, k))
	before := content(t, dir)
	stickIn(t, dir, sealedDossier(t, k)) // the same key
	for name, m := range map[string]made{"another key": sealedDossier(t, newKey(t)), "no key": dossier(t)} {
		_, err := Write(t.Context(), dir, m.opts)
		if !errors.Is(err, ErrSealed) || !strings.Contains(err.Error(), k.Public().String()) {
			t.Errorf("%s: error %v, want ErrSealed with the key on the stick", name, err)
		}
		if !maps.Equal(content(t, dir), before) {
			t.Errorf("%s: the stick was changed", name)
		}
		if got := command.Status(explain(err, dir)); got != command.ExitOtherKey {
			t.Errorf("%s: status %d", name, got)
		}
	}
	m := sealedDossier(t, newKey(t))
	m.opts.Force = true
	if report := stickIn(t, dir, m); !strings.Contains(strings.Join(report.Notes, " "), "an archive sealed by "+k.Public().String()+" was replaced") {
		t.Errorf("forced: notes %q", report.Notes)
	}
}

// Without its file, or with a damaged one, the key on the stick is that of the archive, also if that is cut into parts, and
// damaged in another place than its seal.
func TestOtherSignerWithoutKeyFile(t *testing.T) {
	k := newKey(t)
	for what, change := range map[string]func(dir string){
		"missing":  func(dir string) { remove1(t, dir, keyName) },
		"damaged":  func(dir string) { write1(t, dir, keyName, "nonsense") },
		"of other": func(dir string) { write1(t, dir, keyName, string(newKey(t).Public().File())) },
		"both": func(dir string) {
			remove1(t, dir, keyName)
			for name, data := range content(t, dir) {
				if firstFile.MatchString(name) {
					write1(t, dir, name, "xxxx"+data[4:])
				}
			}
		},
	} {
		for _, part := range []int64{0, 64 << 10} {
			dir := t.TempDir()
			m := sealedDossier(t, k)
			m.opts.PartBytes = part
			stickIn(t, dir, m)
			change(dir)
			before := content(t, dir)
			if _, err := Write(t.Context(), dir, dossier(t).opts); !errors.Is(err, ErrSealed) {
				t.Errorf("%s, parts of %d: error %v, want ErrSealed", what, part, err)
			}
			if !maps.Equal(content(t, dir), before) {
				t.Errorf("%s, parts of %d: the stick was changed", what, part)
			}
			m = dossier(t)
			m.opts.Force = true
			if report := stickIn(t, dir, m); !strings.Contains(strings.Join(report.Notes, " "), "an archive sealed by "+k.Public().String()+" was replaced") {
				t.Errorf("%s, parts of %d, forced: notes %q", what, part, report.Notes)
			}
		}
	}
	// A key's file that was taken away is no reason to refuse what the key has sealed.
	dir := t.TempDir()
	stickIn(t, dir, sealedDossier(t, k))
	remove1(t, dir, keyName)
	stickIn(t, dir, sealedDossier(t, k))
}

func remove1(t *testing.T, dir, name string) {
	t.Helper()
	if err := os.Remove(filepath.Join(dir, name)); err != nil {
		t.Fatal(err)
	}
}

// Of two editions of one day, or without a date, the number tells which is the older.
func TestOlderNumber(t *testing.T) {
	for _, c := range []struct{ date, number, newDate, newNumber, note string }{
		{"2026-11-25", "10", "2026-11-25", "9", "edition 10 was replaced by an older one, edition 9"},
		{"2026-11-25", "9", "2026-11-25", "10", ""},
		{"2026-11-25", "9", "2026-11-25", "9", ""},
		{"2026-11-25", "9", "2026-11-26", "1", ""},
		{"2026-11-25", "1", "2026-11-24", "2", "an edition of 2026-11-25 was replaced by an older one, of 2026-11-24"},
		{"soon", "3", "2026-11-24", "2", "edition 3 was replaced by an older one, edition 2"},
		{"2026-11-25", "ten", "2026-11-25", "9", ""},
		{"2026-11-25", "3", "2026-11-25", "", ""},
	} {
		dir := t.TempDir()
		stickIn(t, dir, buildEdition(t, "book", "first", 1000, c.date, c.number))
		report := stickIn(t, dir, buildEdition(t, "book", "second", 1000, c.newDate, c.newNumber))
		got := ""
		for _, note := range report.Notes {
			if strings.Contains(note, "older one") {
				got += note
			}
		}
		if got != c.note {
			t.Errorf("%+v: note %q", c, got)
		}
	}
}

// An older edition may take a newer one's place, and that is said; also if the one that was there is cut into parts.
func TestOlderEdition(t *testing.T) {
	for _, c := range []struct {
		first, second string
		part          int64
		note          bool
	}{
		{"2026-11-25", "2026-11-24", 0, true},
		{"2026-11-25", "2026-11-24", 64 << 10, true},
		{"2026-11-25", "2026-11-25", 0, false},
		{"2026-11-24", "2026-11-25", 64 << 10, false},
		{"soon", "2026-11-25", 0, false},
	} {
		dir := t.TempDir()
		older := buildDated(t, "book", c.first, 200<<10, c.first)
		older.opts.PartBytes = c.part
		stickIn(t, dir, older)
		report := stickIn(t, dir, buildDated(t, "book", c.second+" again", 200<<10, c.second))
		note := "an edition of " + c.first + " was replaced by an older one, of " + c.second
		if got := slices.Contains(report.Notes, note); got != c.note {
			t.Errorf("%s, then %s, parts of %d: notes %q", c.first, c.second, c.part, report.Notes)
		}
	}
}

// A changed block that is met while the archive is read is damage of the archive, with status and advice.
func TestChangedBlockIsDamage(t *testing.T) {
	err := explain(fmt.Errorf("stick: %w", &seal.BlockError{Block: 1, Offset: seal.BlockSize}), t.TempDir())
	if got := command.Status(err); got != command.ExitDamaged {
		t.Errorf("status %d, want %d", got, command.ExitDamaged)
	}
}
