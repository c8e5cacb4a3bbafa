//go:build mounts

package stick

import (
	"bytes"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFAT32Mounted writes to a mounted FAT32 image. It needs what not every machine gives: fusefat, which Debian has,
// /dev/fuse, and the right to mount. So it is none of "go test ./...": make mounts runs it.
func TestFAT32Mounted(t *testing.T) {
	image, mount := filepath.Join(t.TempDir(), "fat.img"), t.TempDir()
	if err := os.WriteFile(image, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := os.Truncate(image, 64<<20); err != nil {
		t.Fatal(err)
	}
	tool(t, "mkfs.vfat", "-F", "32", image)
	fs := exec.Command("fusefat", "-f", "-o", "rw+", image, mount) // in the foreground: it can be waited for
	var said bytes.Buffer
	fs.Stdout, fs.Stderr = &said, &said
	if err := fs.Start(); err != nil {
		t.Fatal(err)
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
			t.Fatalf("fusefat: %s", said.String())
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
