package zim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
)

// ReaderOptions tunes a [Reader]. The zero value is good for a desktop.
type ReaderOptions struct {
	Memory          *Memory // for decoded clusters, perhaps shared with other readers; nil means one of its own
	MaxClusterBytes int64   // largest cluster that is decoded, in bytes; 0 means 256 MiB, and more is not possible. Raw clusters have no limit
	ReadAhead       bool    // decode, on an idle processor, the cluster that follows if several were asked for in order; r may then be read at any time
}

const (
	defaultMaxClusterBytes = 256 << 20 // bytes; writers of the field aim at 1 to 4 MiB
	maxMIMEListBytes       = 64 << 10  // bytes; Kiwix JS 4.4 reads 1 KiB of it
)

// Reader finds and reads the entries of one archive. It may be used concurrently. It keeps no more of the archive
// in memory than the MIME list, a bounded number of directory entries, and decoded clusters within
// [ReaderOptions].Memory.
type Reader struct {
	r       io.ReaderAt
	size    int64 // bytes
	hdr     header
	sums    bool  // the header has a checksum field; very old ones have not
	dataEnd int64 // where the checksum starts, or size: everything else lies before
	mimes   []string
	mimeEnd int64 // offset behind the MIME list's final zero

	pivots     slots[direntRecord] // entries that every search visits, by node of the search tree
	dirents    slots[direntRecord] // entries met lately, by index
	paths      slots[direntRecord] // entries found lately, by hash of their path
	seed       maphash.Seed        // of those hashes
	heads      slots[clusterHead]  // clusters met lately, by number
	memory     *Memory
	maxCluster int64 // bytes of a decoded cluster
	titles     titleLists
	ahead      ahead
}

// NewReader opens the archive that is the first size bytes of r, and keeps r. It reads the header and the MIME list
// and checks that all lists lie within size; what an archive holds does not change the cost. Nil opts are the
// zero [ReaderOptions]. What breaks the format is a [*FormatError].
func NewReader(r io.ReaderAt, size int64, opts *ReaderOptions) (*Reader, error) {
	z, problems, err := openHeader(r, size)
	if err != nil {
		return nil, err
	}
	if len(problems) > 0 {
		return nil, problems[0]
	}
	if err := z.readMIMEList(); err != nil {
		return nil, err
	}
	z.setOptions(opts)
	return z, nil
}

func (r *Reader) setOptions(opts *ReaderOptions) {
	var o ReaderOptions
	if opts != nil {
		o = *opts
	}
	if o.Memory == nil {
		o.Memory = NewMemory(0)
	}
	if o.MaxClusterBytes <= 0 || o.MaxClusterBytes > defaultMaxClusterBytes {
		o.MaxClusterBytes = defaultMaxClusterBytes
	}
	r.memory, r.maxCluster, r.ahead.wanted = o.Memory, o.MaxClusterBytes, o.ReadAhead
}

// openHeader reads the header and lists its defects. The error says that there is no header at all; defects of
// single fields come as problems, in the order of the fields.
func openHeader(r io.ReaderAt, size int64) (*Reader, []*FormatError, error) {
	z := &Reader{r: r, size: size, seed: maphash.MakeSeed()}
	z.titles.turn = make(chan struct{}, 1)
	if size < oldHeaderLen {
		return nil, nil, formatErrorf(0, "header", "%d bytes, want at least %d: %w", size, oldHeaderLen, io.ErrUnexpectedEOF)
	}
	b := make([]byte, headerLen) // stays zero behind a file of 72 to 79 bytes
	if err := z.readAt(b[:min(size, headerLen)], 0, "header"); err != nil {
		return nil, nil, err
	}
	if err := z.hdr.parse(b); err != nil {
		return nil, nil, formatErrorf(0, "header", "%w", err)
	}
	if z.hdr.major != 5 && z.hdr.major != 6 {
		return nil, nil, formatErrorf(4, "header", "format version %d.%d, want 5 or 6: %w", z.hdr.major, z.hdr.minor, errors.ErrUnsupported)
	}
	return z, z.checkHeader(), nil
}

// checkHeader lists what is wrong with the header's fields, and sets sums and dataEnd. ZIM, "Header".
func (r *Reader) checkHeader() []*FormatError {
	var found []*FormatError
	defect := func(offset int64, format string, args ...any) {
		found = append(found, formatErrorf(offset, "header", format, args...))
	}
	h := &r.hdr
	r.sums = h.mimeListPos != oldHeaderLen
	r.dataEnd = r.size
	if h.entryCount == 0 != (h.clusterCount == 0) {
		defect(24, "%d entries but %d clusters", h.entryCount, h.clusterCount)
	} else if h.clusterCount > h.entryCount {
		defect(28, "%d clusters are more than %d entries", h.clusterCount, h.entryCount)
	}
	if r.sums && h.mimeListPos != headerLen {
		defect(56, "MIME list at %#x, want %#x", h.mimeListPos, headerLen)
	}
	if r.sums {
		switch want := uint64(r.size - checksumLen); {
		case r.size < headerLen+checksumLen:
			defect(72, "%d bytes are too few for a header and a checksum: %w", r.size, io.ErrUnexpectedEOF)
		case h.checksumPos > want:
			defect(72, "checksum at %#x, but the file ends at %#x: %w", h.checksumPos, r.size, io.ErrUnexpectedEOF)
		case h.checksumPos < want:
			defect(72, "checksum at %#x, want %#x: the file goes on behind it", h.checksumPos, want)
		default:
			r.dataEnd = r.size - checksumLen
		}
	}
	list := func(field int64, name string, pos, count, width uint64) {
		end := uint64(r.dataEnd)
		switch {
		case pos < h.mimeListPos:
			defect(field, "%s at %#x, inside the header", name, pos)
		case pos > end || count*width > end-pos: // count is 32 bits wide: no overflow
			defect(field, "%s of %d at %#x does not fit before %#x: %w", name, count, pos, end, io.ErrUnexpectedEOF)
		}
	}
	list(32, "path pointer list", h.pathPtrPos, uint64(h.entryCount), 8)
	if h.titlePtrPos != noList {
		list(40, "title pointer list", h.titlePtrPos, uint64(h.entryCount), 4)
	}
	list(48, "cluster pointer list", h.clusterPtrPos, uint64(h.clusterCount), 8)
	return found
}

// readMIMEList reads the MIME list, which ends with an empty string and lies before every list that the header
// names. ZIM, "MIME Type List".
func (r *Reader) readMIMEList() error {
	start := int64(r.hdr.mimeListPos)
	limit := min(uint64(r.dataEnd), r.hdr.pathPtrPos, r.hdr.titlePtrPos, r.hdr.clusterPtrPos, r.hdr.mimeListPos+maxMIMEListBytes)
	var list []byte
	for chunk := int64(1 << 10); ; chunk *= 2 {
		have := int64(len(list))
		n := min(chunk, int64(limit)-start-have)
		if n <= 0 {
			return formatErrorf(start, "MIME list", "no end before %#x: %w", limit, io.ErrUnexpectedEOF)
		}
		list = append(list, make([]byte, n)...)
		if err := r.readAt(list[have:], start+have, "MIME list"); err != nil {
			return err
		}
		if end := mimeListEnd(list); end >= 0 {
			r.mimeEnd = start + int64(end) + 1
			for s := range bytes.SplitSeq(list[:end], []byte{0}) {
				if len(s) > 0 { // only behind the last one
					r.mimes = append(r.mimes, string(s))
				}
			}
			return nil
		}
	}
}

// mimeListEnd returns the index in b of the zero byte that is the empty last string, or -1.
func mimeListEnd(b []byte) int {
	if len(b) > 0 && b[0] == 0 {
		return 0
	}
	if i := bytes.Index(b, []byte{0, 0}); i >= 0 {
		return i + 1
	}
	return -1
}

// readAt fills p from off. An end of file is a FormatError of part; any other failure is the disk's and is not.
func (r *Reader) readAt(p []byte, off int64, part string) error {
	n, err := r.r.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF):
		return formatErrorf(off, part, "%w", io.ErrUnexpectedEOF)
	default:
		return fmt.Errorf("zim: read %s at %#x: %w", part, off, err)
	}
}

// pathPointer returns the offset of entry i's dirent; i is below entryCount.
func (r *Reader) pathPointer(i uint32) (int64, error) {
	v, err := r.pointer(int64(r.hdr.pathPtrPos)+8*int64(i), "path pointer list")
	if err == nil && !r.holdsDirent(v) {
		return 0, formatErrorf(int64(r.hdr.pathPtrPos)+8*int64(i), "path pointer list", "entry %d lies at %#x, outside [%#x, %#x)", i, v, r.hdr.mimeListPos, r.dataEnd)
	}
	return int64(v), err
}

// holdsDirent reports whether a directory entry can start at offset v.
func (r *Reader) holdsDirent(v uint64) bool {
	return v >= r.hdr.mimeListPos && v < uint64(r.dataEnd)
}

// clusterPointer returns the offset of cluster i's first byte; i is below clusterCount.
func (r *Reader) clusterPointer(i uint32) (int64, error) {
	v, err := r.pointer(int64(r.hdr.clusterPtrPos)+8*int64(i), "cluster pointer list")
	if err == nil && !r.holdsDirent(v) {
		return 0, formatErrorf(int64(r.hdr.clusterPtrPos)+8*int64(i), "cluster pointer list", "cluster %d lies at %#x, outside [%#x, %#x)", i, v, r.hdr.mimeListPos, r.dataEnd)
	}
	return int64(v), err
}

func (r *Reader) pointer(off int64, part string) (uint64, error) {
	b := getScratch()
	defer putScratch(b)
	if err := r.readAt(b[:8], off, part); err != nil {
		return 0, err
	}
	return binary.LittleEndian.Uint64(b[:8]), nil
}

// UUID returns the 16 bytes that name this archive; another content should have another UUID.
func (r *Reader) UUID() [16]byte { return r.hdr.uuid }

// Version returns the format version, like 6, 1.
func (r *Reader) Version() (major, minor uint16) { return r.hdr.major, r.hdr.minor }

// EntryCount returns the number of entries of all namespaces.
func (r *Reader) EntryCount() uint32 { return r.hdr.entryCount }

// ClusterCount returns the number of clusters.
func (r *Reader) ClusterCount() uint32 { return r.hdr.clusterCount }

// Size returns the size of the archive in bytes.
func (r *Reader) Size() int64 { return r.size }

// MIMETypes returns the MIME list. The caller owns it.
func (r *Reader) MIMETypes() []string { return append([]string(nil), r.mimes...) }

// OldNamespaces reports whether content lies in A, I, J and - instead of C: format 5 and 6.0.
func (r *Reader) OldNamespaces() bool { return r.hdr.major < 6 || r.hdr.minor == 0 }
