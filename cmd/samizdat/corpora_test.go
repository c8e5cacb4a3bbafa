//go:build corpora

package main

import (
	"bytes"
	"crypto/md5"
	"crypto/sha256"
	"fmt"
	"io"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/judge"
	"samizdat/internal/zim"
)

// The judges of reading: archives of other people's making below $CORPORA, which is a checkout of
// openzim/zim-testing-suite or has files named like its own. "make judges CORPORA=DIR" runs it.

// corpus is what lies below $CORPORA, by what must become of it.
type corpus struct {
	damaged, sound, split, embedded, scattered []string
}

func readCorpus(t *testing.T) corpus {
	t.Helper()
	dir := judge.Corpora(t)
	var c corpus
	err := filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		switch name := d.Name(); {
		case strings.HasPrefix(name, "invalid.") && strings.HasSuffix(name, ".zim"):
			c.damaged = append(c.damaged, path)
		case strings.HasSuffix(name, ".zim"):
			c.sound = append(c.sound, path)
		case strings.HasSuffix(name, ".zimaa"):
			c.split = append(c.split, path)
		case strings.HasSuffix(name, ".zim.embedded"):
			c.embedded = append(c.embedded, path)
		case strings.HasSuffix(name, ".zim.embedded.multi"):
			c.scattered = append(c.scattered, path)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if len(c.damaged)+len(c.sound)+len(c.split)+len(c.embedded)+len(c.scattered) == 0 {
		judge.LacksCorpus(t, "ZIM archive")
	}
	if len(c.damaged) == 0 || len(c.sound) == 0 {
		t.Fatalf("%s holds %d damaged and %d sound archives, want some of each", dir, len(c.damaged), len(c.sound))
	}
	return c
}

// verified runs samizdat verify and returns its exit status and what it said.
func verified(t *testing.T, args ...string) (int, string) {
	t.Helper()
	var out bytes.Buffer
	p := &program{}
	status := p.run(t.Context(), append([]string{"verify", "--quiet"}, args...), strings.NewReader(""), &out, &out)
	return status, out.String()
}

// Every damaged archive is refused, and refused again when its MD5 has been made right.
func TestCorporaDamaged(t *testing.T) {
	c := readCorpus(t)
	refused := 0
	for _, path := range c.damaged {
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		again := filepath.Join(t.TempDir(), "again.zim")
		if n := len(data) - md5.Size; n > 0 {
			sum := md5.Sum(data[:n])
			copy(data[n:], sum[:])
		}
		if err := os.WriteFile(again, data, 0o600); err != nil {
			t.Fatal(err)
		}
		whole := 0
		for _, name := range []string{path, again} {
			status, said := verified(t, name)
			if status != command.ExitDamaged || !strings.Contains(said, "error: ") {
				t.Errorf("verify %s (%s): status %d, want %d\n%s", path, filepath.Base(name), status, command.ExitDamaged, said)
				continue
			}
			if name == again && strings.Contains(said, "MD5") && !strings.Contains(path, "checksumpos") {
				t.Errorf("%s: the checksum was not made right\n%s", path, said)
			}
			whole++
		}
		if whole == 2 {
			refused++
		}
	}
	t.Logf("%d of %d damaged archives are refused, with their own MD5 and with a right one", refused, len(c.damaged))
}

// Every sound archive is whole, and lists and reads as zimdump does.
func TestCorporaSound(t *testing.T) {
	c := readCorpus(t)
	if _, err := exec.LookPath("zimdump"); err != nil {
		t.Fatalf("zimdump is not installed (Debian: zim-tools)")
	}
	equal, entries := 0, 0
	compare := func(path string, z *zim.Reader, judged string) {
		t.Helper()
		if count, ok := sameAsZimdump(t, z, judged); ok {
			equal++
			entries += count
		} else {
			t.Errorf("%s is not read as zimdump reads %s", path, judged)
		}
	}
	open := func(path string, offset int64, judged string) {
		t.Helper()
		args := []string{path}
		if offset > 0 {
			args = append(args, "--offset", fmt.Sprint(offset))
		}
		if status, said := verified(t, args...); status != command.ExitOK {
			t.Errorf("verify %s: status %d\n%s", strings.Join(args, " "), status, said)
		}
		found, err := archive.Find(archive.Options{Paths: []string{path}, Offset: offset})
		if err != nil {
			t.Error(err)
			return
		}
		defer closeAll(found)
		compare(path, found[0].Zim, judged)
	}
	for _, path := range c.sound {
		open(path, 0, path)
	}
	for _, path := range c.split {
		open(path, 0, strings.TrimSuffix(path, "aa"))
	}
	for _, path := range c.embedded {
		judged := strings.TrimSuffix(path, ".embedded")
		if status, said := verified(t, path); status != command.ExitDamaged || !strings.Contains(said, "--offset 8 ") {
			t.Errorf("verify %s: status %d, want the advice --offset 8\n%s", path, status, said)
		}
		open(path, int64(len("BEGINZIM")), judged)
	}
	for _, path := range c.scattered {
		judged := strings.TrimSuffix(path, ".embedded.multi")
		data, err := os.ReadFile(path)
		if err != nil {
			t.Fatal(err)
		}
		joined, err := zim.JoinParts(scatteredParts(data))
		if err != nil {
			t.Fatal(err)
		}
		for _, p := range zim.Check(t.Context(), joined, joined.Size(), nil) {
			if p.Severity == zim.Error && !p.Rule() {
				t.Errorf("%s: %v", path, p)
			}
		}
		z, err := zim.NewReader(joined, joined.Size(), nil)
		if err != nil {
			t.Error(err)
			continue
		}
		compare(path, z, judged)
	}
	t.Logf("%d of %d sound archives (%d split, %d embedded, %d scattered) are whole and equal zimdump's reading in %d entries",
		equal, len(c.sound)+len(c.split)+len(c.embedded)+len(c.scattered), len(c.split), len(c.embedded), len(c.scattered), entries)
}

// scatteredParts finds the pieces of an archive that create_test_zimfiles of the testing suite puts into one file: 2048
// bytes each, with words before, between and behind them.
func scatteredParts(data []byte) []zim.Part {
	const begin, between, end, piece = "BEGINZIMMULTIPART", "NEWSECTIONZIMMULTI", "ENDZIMMULTIPART", 2048
	at, last := len(begin), len(data)-len(end)
	var parts []zim.Part
	for at < last {
		n := min(piece, last-at)
		parts = append(parts, zim.Part{R: io.NewSectionReader(bytes.NewReader(data), int64(at), int64(n)), Size: int64(n)})
		at += n + len(between)
	}
	return parts
}

// sameAsZimdump compares every entry that zimdump shows with ours: path, title, type, redirect target, size and content.
// Ok is false if any differs, or if there is another number of them.
func sameAsZimdump(t *testing.T, z *zim.Reader, name string) (count int, ok bool) {
	t.Helper()
	list, err := exec.CommandContext(t.Context(), "zimdump", "list", "--details", name).Output()
	if err != nil {
		t.Errorf("zimdump list %s: %v", name, err)
		return 0, false
	}
	ok = true
	seen := map[uint32]bool{}
	for block := range strings.SplitSeq("\n"+string(list), "\npath: ") {
		if block == "" {
			continue
		}
		path, rest, _ := strings.Cut(block, "\n")
		field := map[string]string{}
		for line := range strings.Lines(rest) {
			key, value, _ := strings.Cut(strings.TrimSuffix(strings.TrimPrefix(line, "* "), "\n"), ":")
			field[key] = strings.TrimLeft(value, " ")
		}
		var index uint32
		if _, err := fmt.Sscan(field["idx"], &index); err != nil {
			t.Fatalf("zimdump list %s: %q has no idx", name, block)
		}
		seen[index] = true
		e, err := z.EntryAt(index)
		if err != nil {
			t.Errorf("%s: entry %d: %v", name, index, err)
			return len(seen), false
		}
		got := e.Path()
		if z.OldNamespaces() {
			got = string(e.Namespace()) + "/" + got
		}
		if got != path || e.Title() != field["title"] && field["title"] != "" || e.IsRedirect() != (field["type"] == "redirect") {
			t.Errorf("%s: entry %d is %q with title %q, zimdump says %q", name, index, got, e.Title(), block)
			ok = false
			continue
		}
		if e.IsRedirect() {
			if target, err := e.Target(); err != nil || fmt.Sprint(target.Index()) != field["redirect index"] {
				t.Errorf("%s: %s redirects to %v, %v, zimdump says %s", name, path, target.Index(), err, field["redirect index"])
				ok = false
			}
			continue
		}
		data, err := e.ReadAll(1 << 30)
		if err != nil || e.MIMEType() != field["mime-type"] || fmt.Sprint(len(data)) != field["item size"] {
			t.Errorf("%s: %s has %d bytes of %s, %v, zimdump says %q", name, path, len(data), e.MIMEType(), err, block)
			ok = false
			continue
		}
		want, err := exec.CommandContext(t.Context(), "zimdump", "show", "--idx="+field["idx"], name).Output()
		if err != nil || sha256.Sum256(want) != sha256.Sum256(data) {
			t.Errorf("%s: %s: other bytes than zimdump's %d, %v", name, path, len(want), err)
			ok = false
		}
	}
	ours := 0
	for e, err := range z.Entries() {
		if err != nil {
			t.Errorf("%s: %v", name, err)
			return len(seen), false
		}
		if z.OldNamespaces() || e.Namespace() == zim.NamespaceContent {
			ours++
		}
	}
	if ours != len(seen) {
		t.Errorf("%s: %d entries, zimdump shows %d", name, ours, len(seen))
		ok = false
	}
	return len(seen), ok
}
