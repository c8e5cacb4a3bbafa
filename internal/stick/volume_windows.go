package stick

import (
	"path/filepath"
	"strings"

	"golang.org/x/sys/windows"
)

// volumeOf asks the system about the file system that dir lies on.
func volumeOf(dir string) (volume, error) {
	abs, err := filepath.Abs(dir)
	if err != nil {
		return volume{}, err
	}
	name, err := windows.UTF16PtrFromString(abs)
	if err != nil {
		return volume{}, err
	}
	var free uint64
	if err := windows.GetDiskFreeSpaceEx(name, &free, nil, nil); err != nil {
		return volume{}, err
	}
	v := volume{free: int64(min(free, 1<<62)), cluster: 32 << 10, known: true} // the largest cluster that Windows formats with
	root := make([]uint16, windows.MAX_PATH+1)
	if err := windows.GetVolumePathName(name, &root[0], uint32(len(root))); err != nil {
		return v, nil //nolint:nilerr // the free space is known, and that is what matters most
	}
	kind := make([]uint16, windows.MAX_PATH+1)
	if err := windows.GetVolumeInformation(&root[0], nil, 0, nil, nil, nil, &kind[0], uint32(len(kind))); err != nil {
		return v, nil //nolint:nilerr // as above
	}
	if strings.HasPrefix(windows.UTF16ToString(kind), "FAT") { // FAT, FAT32; exFAT has no such limit
		v.maxFile = fat32MaxFile
	}
	return v, nil
}
