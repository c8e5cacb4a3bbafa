package stick

import (
	"testing"

	"golang.org/x/sys/unix"
)

// Free blocks are counted in fragments, whatever the block is that the file system likes to transfer.
func TestVolumeCountsFragments(t *testing.T) {
	for _, c := range []struct {
		name string
		s    unix.Statfs_t
		want volume
	}{
		{"other blocks", unix.Statfs_t{Bsize: 1 << 20, Frsize: 4096, Blocks: 100, Bavail: 10}, volume{free: 40960, cluster: 4096, known: true}},
		{"no fragments", unix.Statfs_t{Bsize: 4096, Blocks: 100, Bavail: 10}, volume{free: 40960, cluster: 4096, known: true}},
		{"FAT", unix.Statfs_t{Type: unix.MSDOS_SUPER_MAGIC, Bsize: 4096, Frsize: 4096, Blocks: 1}, volume{cluster: 4096, known: true, maxFile: fat32MaxFile}},
		{"nothing known", unix.Statfs_t{Bsize: 4096}, volume{cluster: 4096}},
	} {
		if got := volumeIn(&c.s); got != c.want {
			t.Errorf("%s: %+v, want %+v", c.name, got, c.want)
		}
	}
}
