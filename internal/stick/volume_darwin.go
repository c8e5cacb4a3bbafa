package stick

import "golang.org/x/sys/unix"

// volumeOf asks the system about the file system that dir lies on.
func volumeOf(dir string) (volume, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return volume{}, err
	}
	v := volume{cluster: int64(s.Bsize), known: s.Blocks > 0}
	v.free = int64(s.Bavail) * int64(s.Bsize)
	if unix.ByteSliceToString(s.Fstypename[:]) == "msdos" {
		v.maxFile = fat32MaxFile
	}
	return v, nil
}
