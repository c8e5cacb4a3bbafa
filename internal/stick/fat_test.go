package stick

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
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
	judge(t, "mkfs.vfat", "-F", "32", image)
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
	fs := exec.Command("fusefat", "-f", "-o", "rw+", image, mount) // in the foreground: it can be waited for
	var said bytes.Buffer
	fs.Stdout, fs.Stderr = &said, &said
	if err := fs.Start(); err != nil {
		t.Skip(err)
	}
	ended := make(chan struct{})
	go func() { _ = fs.Wait(); close(ended) }()
	unmount := func() {
		_ = exec.Command("fusermount", "-u", mount).Run()
		<-ended
	}
	tick := time.NewTicker(5 * time.Millisecond) // the kernel tells nobody of a mount
	defer tick.Stop()
	for mounted := false; !mounted; {
		select {
		case <-ended:
			t.Skipf("fusefat: %s", said.String())
		case <-tick.C:
			mounts, err := os.ReadFile("/proc/self/mounts")
			mounted = err == nil && strings.Contains(string(mounts), mount)
		}
	}
	defer unmount()
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
	// fusefat leaves the mark of a mounted volume; other complaints count.
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
