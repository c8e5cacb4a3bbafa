package splice

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// Sizes and signatures of ZIP records; APPNOTE 4.3.
const (
	localLen    = 30 // bytes; + name + extra
	centralSig  = "PK\x01\x02"
	centralLen  = 46 // bytes; + name + extra + comment
	endSig      = "PK\x05\x06"
	endLen      = 22 // bytes; + comment
	end64Sig    = "PK\x06\x06"
	end64Len    = 56 // bytes
	locatorSig  = "PK\x06\x07"
	locatorLen  = 20     // bytes, directly before the end record
	zip64Extra  = 0x0001 // id of the extra field with 64-bit sizes
	maxComment  = 1<<16 - 1
	maxPadding  = 15      // zero bytes between the ZIP and a signature: 7 before Authenticode's, 15 in Mach-O
	maxEntries  = 4096    // members; a payload has a handful
	maxCentral  = 1 << 20 // bytes of directory
	noU16       = 0xFFFF
	noU32       = 0xFFFFFFFF // "see the 64-bit field"
	encryptedIn = 1          // flag bit 0
)

// localSig begins the record of a member. It is put together when the program starts: 7-Zip looks for it from the front of
// an executable, and would take the comparison in this program's own code for the first member.
var localSig = magic(^uint32(0x04034b50))

// ones is a variable so that the compiler does not compute it.
var ones uint32 = 0xFFFFFFFF

func magic(inverse uint32) string {
	return string(binary.LittleEndian.AppendUint32(nil, inverse^ones))
}

// endRecord is what the end of a ZIP says about its directory.
type endRecord struct {
	at      int64 // offset in the file where the directory ends: of the (64-bit) end record
	entries int64
	size    int64 // bytes of directory
	offset  int64 // of the directory, counted from the start of the ZIP
}

// directory reads the members of the ZIP that ends at offset end. Without a ZIP there the error wraps ErrNone.
func directory(r io.ReaderAt, end int64) ([]Member, error) {
	rec, err := findEnd(r, end)
	if err != nil {
		return nil, err
	}
	start := rec.at - rec.size // of the directory in the file
	base := start - rec.offset // of the ZIP: offsets count from the executable's start or from the ZIP's
	switch {
	case rec.entries > maxEntries || rec.size > maxCentral:
		return nil, &FormatError{rec.at, "end record", fmt.Errorf("%d members in %d bytes of directory, want at most %d in %d", rec.entries, rec.size, maxEntries, maxCentral)}
	case rec.size < 0 || rec.offset < 0 || start < 0 || base < 0:
		return nil, &FormatError{rec.at, "end record", fmt.Errorf("directory of %d bytes at %d lies outside the file", rec.size, rec.offset)}
	}
	buf := make([]byte, rec.size)
	if err := readFull(r, buf, start); err != nil {
		return nil, &FormatError{start, "directory", err}
	}
	var members []Member
	for len(buf) > 0 {
		at := rec.at - int64(len(buf))
		m, local, n, err := parseCentral(buf)
		if err != nil {
			return nil, &FormatError{at, fmt.Sprintf("directory entry %d", len(members)), err}
		}
		buf = buf[n:]
		if err := locate(r, &m, base, local, start); err != nil {
			return nil, err
		}
		members = append(members, m)
	}
	if int64(len(members)) != rec.entries {
		return nil, &FormatError{start, "directory", fmt.Errorf("%d members, the end record says %d", len(members), rec.entries)}
	}
	return members, nil
}

// findEnd looks for the end record whose comment, and at most some padding, reaches to end.
func findEnd(r io.ReaderAt, end int64) (endRecord, error) {
	tail := make([]byte, min(end, endLen+maxComment+maxPadding))
	if err := readFull(r, tail, end-int64(len(tail))); err != nil {
		return endRecord{}, fmt.Errorf("read the end: %w", err)
	}
	le := binary.LittleEndian
	for i := bytes.LastIndex(tail, []byte(endSig)); i >= 0; i = bytes.LastIndex(tail[:i], []byte(endSig)) {
		rest := tail[i:]
		if len(rest) < endLen {
			continue
		}
		padding := len(rest) - endLen - int(le.Uint16(rest[20:]))
		if padding < 0 || padding > maxPadding || len(bytes.Trim(rest[len(rest)-padding:], "\x00")) > 0 {
			continue
		}
		at := end - int64(len(rest))
		rec := endRecord{at: at, entries: int64(le.Uint16(rest[10:])), size: int64(le.Uint32(rest[12:])), offset: int64(le.Uint32(rest[16:]))}
		if rec.entries == noU16 || rec.size == noU32 || rec.offset == noU32 {
			return findEnd64(r, rec)
		}
		return rec, nil
	}
	return endRecord{}, ErrNone
}

// findEnd64 replaces rec by the 64-bit record that the locator before it names. Our writers put it directly before its
// locator, so the offset in the locator, which may count from anywhere, is not needed.
func findEnd64(r io.ReaderAt, rec endRecord) (endRecord, error) {
	le := binary.LittleEndian
	at := rec.at - locatorLen - end64Len
	var b [end64Len + locatorLen]byte
	if at < 0 {
		return rec, &FormatError{rec.at, "end record", errors.New("64-bit sizes without a 64-bit end record")}
	}
	if err := readFull(r, b[:], at); err != nil {
		return rec, &FormatError{at, "64-bit end record", err}
	}
	if string(b[:4]) != end64Sig || string(b[end64Len:end64Len+4]) != locatorSig {
		return rec, &FormatError{at, "64-bit end record", errors.New("wrong signature")}
	}
	entries, size, offset := le.Uint64(b[32:]), le.Uint64(b[40:]), le.Uint64(b[48:])
	if most := uint64(at); entries > most || size > most || offset > most {
		return rec, &FormatError{at, "64-bit end record", fmt.Errorf("directory of %d bytes at %d lies outside the file", size, offset)}
	}
	return endRecord{at: at, entries: int64(entries), size: int64(size), offset: int64(offset)}, nil
}

// parseCentral reads one directory entry at the start of b: the member without its place, the offset of its local
// header, and the bytes used.
func parseCentral(b []byte) (m Member, local int64, n int, err error) {
	le := binary.LittleEndian
	if len(b) < centralLen || string(b[:4]) != centralSig {
		return m, 0, 0, errors.New("wrong signature")
	}
	nameLen, extraLen, commentLen := int(le.Uint16(b[28:])), int(le.Uint16(b[30:])), int(le.Uint16(b[32:]))
	n = centralLen + nameLen + extraLen + commentLen
	if n > len(b) {
		return m, 0, 0, io.ErrUnexpectedEOF
	}
	sizes := [3]uint64{uint64(le.Uint32(b[24:])), uint64(le.Uint32(b[20:])), uint64(le.Uint32(b[42:]))} // plain, packed, local offset
	extra := b[centralLen+nameLen : centralLen+nameLen+extraLen]
	for len(extra) >= 4 { // APPNOTE 4.5.3: only fields that are noU32 above are present, in this order
		field := extra[4:]
		fieldLen := int(le.Uint16(extra[2:]))
		if fieldLen > len(field) {
			break
		}
		if le.Uint16(extra) == zip64Extra {
			long := field[:fieldLen]
			for i := range sizes {
				if sizes[i] == noU32 && len(long) >= 8 {
					sizes[i], long = le.Uint64(long), long[8:]
				}
			}
		}
		extra = field[fieldLen:]
	}
	for _, s := range sizes {
		if s > 1<<62 {
			return m, 0, 0, fmt.Errorf("size or offset %d", s)
		}
	}
	m.Name = string(b[centralLen : centralLen+nameLen])
	m.Size = int64(sizes[0])
	m.CRC32 = le.Uint32(b[16:])
	m.stored = le.Uint16(b[10:]) == 0 && le.Uint16(b[8:])&encryptedIn == 0 && sizes[0] == sizes[1]
	if !m.stored {
		m.Size = int64(sizes[1])
	}
	return m, int64(sizes[2]), n, nil
}

// locate fills in m.Offset from the local header, which lies local bytes after base. Everything must lie before limit,
// where the directory starts.
func locate(r io.ReaderAt, m *Member, base, local, limit int64) error {
	part := "member " + m.Name
	if local > limit-base-localLen {
		return &FormatError{base, part, fmt.Errorf("local header at %d lies outside the file", local)}
	}
	at := base + local
	var b [localLen]byte
	if err := readFull(r, b[:], at); err != nil {
		return &FormatError{at, part, err}
	}
	if string(b[:4]) != localSig {
		return &FormatError{at, part, errors.New("no local header")}
	}
	le := binary.LittleEndian
	m.local = at
	m.Offset = at + localLen + int64(le.Uint16(b[26:])) + int64(le.Uint16(b[28:]))
	if m.Size > limit-m.Offset {
		return &FormatError{at, part, fmt.Errorf("%d bytes do not fit before the directory", m.Size)}
	}
	return nil
}
