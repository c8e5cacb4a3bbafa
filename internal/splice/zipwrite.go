package splice

import (
	"encoding/binary"
	"errors"
	"fmt"
)

// Values that our ZIP files have everywhere. Times would make two copies differ.
const (
	needsStored = 10     // version needed to extract: 1.0
	needs64     = 45     // 4.5, ZIP64
	madeBy      = 3 << 8 // Unix: the upper half of the external attributes is a mode
	fileMode    = 0o100644 << 16
	firstDay    = 1<<5 | 1 // 1 January 1980 in MS-DOS format; ZIP knows no earlier
	utf8Name    = 1 << 11  // flag bit 11
	alignExtra  = 0xD935   // id of the extra field that pads a local header; u16 alignment, zero bytes. From zipalign
	alignLen    = 6        // bytes of the shortest such field
	maxName     = 255      // bytes
)

// Entry is one file of a ZIP to be made.
type Entry struct {
	Name string // slash-separated path, UTF-8
	Size int64  // bytes
}

// ZIP is the layout of a ZIP of stored files inside an executable: all of it but the files and their checksums. Every
// file begins at a multiple of [PageSize] from the start of the executable, and offsets count from there, so that common
// tools find nothing amiss. It does not change and may be used concurrently.
type ZIP struct {
	start   int64
	entries []Entry
	local   []int64 // offsets of the local headers, from the start of the executable
	data    []int64 // offsets of the files' first bytes
	central int64   // offset of the directory
	size    int64
}

// NewZIP lays out a ZIP that begins at offset start of an executable.
func NewZIP(start int64, entries []Entry) (*ZIP, error) {
	z := &ZIP{start: start, entries: entries}
	seen := map[string]bool{}
	at := start
	for _, e := range entries {
		switch {
		case e.Name == "" || len(e.Name) > maxName:
			return nil, fmt.Errorf("member %q: a name has 1 to %d bytes", e.Name, maxName)
		case seen[e.Name]:
			return nil, fmt.Errorf("member %s: twice", e.Name)
		case e.Size < 0 || e.Size > 1<<62:
			return nil, fmt.Errorf("member %s: %d bytes", e.Name, e.Size)
		}
		seen[e.Name] = true
		z.local = append(z.local, at)
		at = align(at+localLen+int64(len(e.Name))+int64(len(localSizes(e.Size, 0)))+alignLen, PageSize)
		z.data = append(z.data, at)
		at += e.Size
	}
	if len(entries) == 0 || len(entries) > maxEntries {
		return nil, errors.New("no members, or too many")
	}
	z.central = at
	z.size = at + int64(len(z.Tail(make([]uint32, len(entries))))) - start
	return z, nil
}

// Size returns the bytes of the ZIP.
func (z *ZIP) Size() int64 { return z.size }

// Data returns where file i begins, in bytes from the start of the executable.
func (z *ZIP) Data(i int) int64 { return z.data[i] }

// Header returns what stands directly before file i: its local header, for which the CRC-32 of the file is needed.
func (z *ZIP) Header(i int, crc uint32) []byte {
	e := z.entries[i]
	sizes := localSizes(e.Size, e.Size)
	b := make([]byte, z.data[i]-z.local[i])
	le := binary.LittleEndian
	copy(b, localSig)
	le.PutUint16(b[4:], needed(len(sizes) > 0))
	le.PutUint16(b[6:], nameFlag(e.Name))
	le.PutUint16(b[12:], firstDay)
	le.PutUint32(b[14:], crc)
	le.PutUint32(b[18:], short(e.Size))
	le.PutUint32(b[22:], short(e.Size))
	le.PutUint16(b[26:], uint16(len(e.Name)))
	le.PutUint16(b[28:], uint16(len(b)-localLen-len(e.Name)))
	n := localLen + copy(b[localLen:], e.Name)
	n += copy(b[n:], sizes)
	le.PutUint16(b[n:], alignExtra)
	le.PutUint16(b[n+2:], uint16(len(b)-n-4))
	le.PutUint16(b[n+4:], PageSize)
	return b
}

// Tail returns what stands behind the last file: the directory, for which the CRC-32 of every file is needed, and the
// end record, with their 64-bit forms where the sizes ask for them.
func (z *ZIP) Tail(crc []uint32) []byte {
	le := binary.LittleEndian
	var b []byte
	for i, e := range z.entries {
		sizes := centralSizes(e.Size, z.local[i])
		h := make([]byte, centralLen)
		copy(h, centralSig)
		le.PutUint16(h[4:], madeBy|needs64)
		le.PutUint16(h[6:], needed(len(sizes) > 0))
		le.PutUint16(h[8:], nameFlag(e.Name))
		le.PutUint16(h[14:], firstDay)
		le.PutUint32(h[16:], crc[i])
		le.PutUint32(h[20:], short(e.Size))
		le.PutUint32(h[24:], short(e.Size))
		le.PutUint16(h[28:], uint16(len(e.Name)))
		le.PutUint16(h[30:], uint16(len(sizes)))
		le.PutUint32(h[38:], fileMode)
		le.PutUint32(h[42:], short(z.local[i]))
		b = append(append(append(b, h...), e.Name...), sizes...)
	}
	size, count := int64(len(b)), len(z.entries)
	if z.central >= noU32 { // the others are far below their limits
		h := make([]byte, end64Len+locatorLen)
		copy(h, end64Sig)
		le.PutUint64(h[4:], end64Len-12)
		le.PutUint16(h[12:], madeBy|needs64)
		le.PutUint16(h[14:], needs64)
		le.PutUint64(h[24:], uint64(count))
		le.PutUint64(h[32:], uint64(count))
		le.PutUint64(h[40:], uint64(size))
		le.PutUint64(h[48:], uint64(z.central))
		l := h[end64Len:]
		copy(l, locatorSig)
		le.PutUint64(l[8:], uint64(z.central+size))
		le.PutUint32(l[16:], 1)
		b = append(b, h...)
	}
	h := make([]byte, endLen)
	copy(h, endSig)
	le.PutUint16(h[8:], uint16(count))
	le.PutUint16(h[10:], uint16(count))
	le.PutUint32(h[12:], uint32(size))
	le.PutUint32(h[16:], short(z.central))
	return append(b, h...)
}

// localSizes is the 64-bit field of a local header, which has both sizes; APPNOTE 4.5.3. It is empty if size is short.
func localSizes(size, value int64) []byte {
	if size < noU32 {
		return nil
	}
	return sizes64(value, value)
}

// centralSizes is the 64-bit field of a directory entry, which has only what does not fit elsewhere.
func centralSizes(size, local int64) []byte {
	var values []int64
	if size >= noU32 {
		values = append(values, size, size)
	}
	if local >= noU32 {
		values = append(values, local)
	}
	if values == nil {
		return nil
	}
	return sizes64(values...)
}

func sizes64(values ...int64) []byte {
	le := binary.LittleEndian
	b := le.AppendUint16(le.AppendUint16(nil, zip64Extra), uint16(8*len(values)))
	for _, v := range values {
		b = le.AppendUint64(b, uint64(v))
	}
	return b
}

func needed(long bool) uint16 {
	if long {
		return needs64
	}
	return needsStored
}

func nameFlag(name string) uint16 {
	for _, c := range []byte(name) {
		if c >= 0x80 {
			return utf8Name
		}
	}
	return 0
}

// short is n, or the mark that sends to the 64-bit field.
func short(n int64) uint32 { return uint32(min(n, noU32)) }
