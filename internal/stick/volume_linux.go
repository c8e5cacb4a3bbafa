package stick

import "golang.org/x/sys/unix"

// volumeOf asks the system about the file system that dir lies on.
func volumeOf(dir string) (volume, error) {
	var s unix.Statfs_t
	if err := unix.Statfs(dir, &s); err != nil {
		return volume{}, err
	}
	return volumeIn(&s), nil
}

// volumeIn reads what the system has told. Bavail counts fragments: fstatvfs(3), f_frsize.
func volumeIn(s *unix.Statfs_t) volume {
	unit := int64(s.Frsize)
	if unit == 0 { // file systems that fill in no more than they must
		unit = int64(s.Bsize)
	}
	v := volume{free: int64(s.Bavail) * unit, cluster: unit, known: s.Blocks > 0}
	if int64(s.Type) == unix.MSDOS_SUPER_MAGIC { // vfat too; linux/magic.h
		v.maxFile = fat32MaxFile
	}
	return v
}
