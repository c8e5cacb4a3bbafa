package carry

import "samizdat/internal/splice"

// Sizes from which an archive does not ride inside a program, in bytes.
const (
	// InsideMax is the largest archive that is put into executables when nobody says otherwise: some systems and file
	// systems have trouble with files of 2 GB and more.
	InsideMax = 1_900_000_000
	// FATMax is the largest file on a FAT32 file system.
	FATMax = 1<<32 - 1
	// partMax is the size of the parts of an archive that is larger: a whole number of pages, and what Kiwix reads.
	partMax = 4_000_000_000 / splice.PageSize * splice.PageSize
)

// Part is one file of an archive: Size bytes from offset Off.
type Part struct {
	Name      string
	Off, Size int64
}

// Split returns the files of an archive called name, which ends in ".zim", of size bytes: itself if no file system objects,
// or the parts name+"aa", name+"ab" and so on. ZIM, "Split ZIM archives in chunks".
func Split(name string, size int64) []Part {
	if size <= FATMax {
		return []Part{{name, 0, size}}
	}
	var parts []Part
	for off := int64(0); off < size; off += partMax {
		i := len(parts)
		parts = append(parts, Part{name + string([]byte{'a' + byte(i/26), 'a' + byte(i%26)}), off, min(partMax, size-off)})
	}
	return parts
}
