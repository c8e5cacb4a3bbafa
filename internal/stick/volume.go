package stick

// volume is what the file system of the stick says of itself. What it does not say is zero.
type volume struct {
	free    int64 // bytes that may be written
	cluster int64 // bytes in which files are allotted
	maxFile int64 // largest file, in bytes
	known   bool  // free is known; some file systems in user space say nothing
}

// fat32MaxFile is the largest file of FAT32, in bytes. Microsoft FAT specification, "FAT Directory Structure",
// DIR_FileSize.
const fat32MaxFile = 1<<32 - 1

// allotted returns the room that a file of size bytes takes.
func (v volume) allotted(size int64) int64 {
	if v.cluster <= 0 {
		return size
	}
	return (size + v.cluster - 1) / v.cluster * v.cluster
}
