package stick

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"testing"

	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
	"samizdat/internal/judge"
)

// tool runs a program of other people, of those that Debian has in dosfstools and mtools.
func tool(t *testing.T, args ...string) string {
	t.Helper()
	program := "/usr/sbin/" + args[0] // not in everybody's PATH
	if _, err := os.Stat(program); err != nil {
		program = judge.Tool(t, args[0], "dosfstools mtools")
	}
	out, err := exec.Command(program, args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// Every name and every byte of a stick, also of a cut archive and of the programs for every platform, survives FAT32: an
// image made by mkfs.vfat, filled by mtools, checked by fsck.vfat, and read back.
func TestFAT32Image(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(t.TempDir(), "fat.img")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 64<<20); err != nil {
		t.Fatal(err)
	}
	tool(t, "mkfs.vfat", "-F", "32", image)
	m := dossier(t)
	m.opts.PartBytes = 20_000
	packed, err := carrytest.Set(carrytest.All(), nil)
	if err != nil {
		t.Fatal(err)
	}
	set, err := carry.OpenRuntimes(bytes.NewReader(packed), int64(len(packed)))
	if err != nil {
		t.Fatal(err)
	}
	m.opts.Runtimes = FromSet(set)
	stickIn(t, dir, m)
	files := content(t, dir)
	programs := 0
	for name := range files {
		if _, _, ok := platformOf(name); ok {
			programs++
		}
	}
	if programs != len(carry.Targets()) {
		t.Errorf("%d programs, want one for each of %d platforms", programs, len(carry.Targets()))
	}
	for name := range files {
		tool(t, "mcopy", "-i", image, filepath.Join(dir, name), "::"+name)
	}
	tool(t, "fsck.vfat", "-n", image)
	back := t.TempDir()
	tool(t, "mcopy", "-n", "-i", image, "::*", back)
	for name, data := range files {
		got, err := os.ReadFile(filepath.Join(back, name))
		if err != nil || string(got) != data {
			t.Errorf("%s came back as %d bytes, %v", name, len(got), err)
		}
	}
	if err := checkSums(content(t, back)); err != nil {
		t.Error(err)
	}
}
