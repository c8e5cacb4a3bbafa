package stick

import (
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// judge runs other people's programs, or skips where they are not installed; in CI they must be.
func judge(t *testing.T, args ...string) string {
	t.Helper()
	name := args[0]
	if _, err := exec.LookPath(name); err != nil {
		if _, err := os.Stat("/usr/sbin/" + name); err == nil {
			args[0] = "/usr/sbin/" + name
		} else if os.Getenv("CI") != "" {
			t.Fatal(err)
		} else {
			t.Skipf("%s is not installed", name)
		}
	}
	out, err := exec.Command(args[0], args[1:]...).CombinedOutput()
	if err != nil {
		t.Fatalf("%q: %v\n%s", args, err, out)
	}
	return string(out)
}

// Every name and every byte of a stick, also of a cut archive, survives FAT32: an image made by mkfs.vfat, filled by
// mtools, checked by fsck.vfat, and read back.
func TestFAT32Image(t *testing.T) {
	dir := t.TempDir()
	image := filepath.Join(t.TempDir(), "fat.img")
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 64<<20); err != nil {
		t.Fatal(err)
	}
	judge(t, "mkfs.vfat", "-F", "32", image)
	m := dossier(t)
	m.opts.PartBytes = 20_000
	stickIn(t, dir, m)
	files := content(t, dir)
	for name := range files {
		judge(t, "mcopy", "-i", image, filepath.Join(dir, name), "::"+name)
	}
	judge(t, "fsck.vfat", "-n", image)
	back := t.TempDir()
	judge(t, "mcopy", "-n", "-i", image, "::*", back)
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

// TestFAT32Mounted writes to a mounted FAT32 image, where a mount in user space is to be had: fusefat, which Debian has,
// /dev/fuse, and the right to mount. It is skipped elsewhere, also in CI.
func TestFAT32Mounted(t *testing.T) {
	for _, tool := range []string{"fusefat", "fusermount"} {
		if _, err := exec.LookPath(tool); err != nil {
			t.Skipf("%s is not installed", tool)
		}
	}
	if _, err := os.Stat("/dev/fuse"); err != nil {
		t.Skipf("no mounts in user space: %v", err)
	}
	image, mount := filepath.Join(t.TempDir(), "fat.img"), t.TempDir()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 64<<20); err != nil {
		t.Fatal(err)
	}
	judge(t, "mkfs.vfat", "-F", "32", image)
	if out, err := exec.Command("fusefat", "-o", "rw+", image, mount).CombinedOutput(); err != nil {
		t.Skipf("fusefat: %v\n%s", err, out)
	}
	unmount := func() { _ = exec.Command("fusermount", "-u", mount).Run() }
	defer unmount()
	if info, err := os.ReadFile("/proc/self/mounts"); err != nil || !strings.Contains(string(info), mount) {
		t.Skip("the image was not mounted")
	}
	write1(t, mount, "holiday.jpg", "foreign")
	stickIn(t, mount, dossier(t))
	second := build(t, "kazakhstan-2022_en_all", "the next edition", 200_000)
	report := stickIn(t, mount, second)
	files := content(t, mount)
	if err := checkSums(files); err != nil {
		t.Error(err)
	}
	if files["kazakhstan-2022_en_all.zim"] != string(second.data) || files["holiday.jpg"] != "foreign" {
		t.Error("the files are not those of the second edition")
	}
	t.Logf("past the cache: %v", report.PastCache)
	unmount()
	// fusermount does not wait for fusefat, which clears the mark of a mounted volume when it ends; other complaints count.
	fsck := "fsck.vfat"
	if _, err := exec.LookPath(fsck); err != nil {
		fsck = "/usr/sbin/fsck.vfat"
	}
	out, _ := exec.Command(fsck, "-n", image).CombinedOutput()
	for line := range strings.Lines(string(out)) {
		line = strings.TrimSpace(line)
		known := line == "" || strings.HasPrefix(line, "fsck.fat") || strings.HasPrefix(line, image) || line == "Leaving filesystem unchanged." ||
			strings.HasPrefix(line, "Dirty bit is set.") || line == "Automatically removing dirty bit."
		if !known {
			t.Errorf("fsck.vfat: %s", line)
		}
	}
}
