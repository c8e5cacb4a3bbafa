package splice

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// IncompleteError is an executable whose payload has begun but not ended: a copy that broke off, or one with bytes too many.
type IncompleteError struct {
	Have int64 // bytes of the file
	Want int64 // bytes that it should have, at least; 0 if that is not known. If it is less than Have, the payload's end is not there
}

// Error gives both sizes.
func (e *IncompleteError) Error() string {
	switch {
	case e.Want != 0 && e.Want < e.Have:
		return fmt.Sprintf("damaged copy: the payload should end after %d of the %d bytes, and does not", e.Want, e.Have)
	case e.Want <= e.Have: // the size is right, but some of the bytes were never written
		return fmt.Sprintf("incomplete copy: the end of the %d bytes is missing", e.Have)
	}
	return fmt.Sprintf("incomplete copy: %d of %d bytes", e.Have, e.Want)
}

// Parts of ELF and PE headers that say where the program ends.
const (
	elf64        = 2 // class, at 4
	sectionMax   = 4096
	elfNoBits    = 8  // SHT_NOBITS: a section without bytes in the file
	peSections   = 6  // u16 behind peMagic: their number
	peSectionLen = 40 // bytes; u32 size at 16, u32 offset in the file at 20
	zeroRun      = 2 * PageSize
)

// incomplete returns an [*IncompleteError] if the file of this format, in which no payload was found, looks like the
// beginning of one that has a payload; nil if it does not. Such a file is shorter than the program in it, or carries our
// note behind the program, or consists of zero bytes from the program's end on: some systems give a file its full
// length first.
func incomplete(r io.ReaderAt, size int64, format Format) error {
	end, places := int64(0), int64(notePlaces)
	switch format {
	case ELF:
		end = elfEnd(r, size)
	case PE:
		end = peEnd(r, size)
	case MachO:
		m, err := parseMach(r, size)
		if err != nil {
			return nil //nolint:nilerr // then it is no program that could have been started
		}
		// In a packed program the string table goes on over the payload, so where it was to end is not known.
		end, places = int64(binary.LittleEndian.Uint32(m.head[m.symbols+16:])), machPlaces
	}
	if end <= 0 {
		return nil
	}
	if end > size {
		return &IncompleteError{Have: size, Want: end} // at least: the payload would follow
	}
	for at := align(end+noteLen, PageSize) - noteLen; at <= size-noteLen && at < end+places*PageSize; at += PageSize {
		var b [noteLen]byte
		if readFull(r, b[:], at) != nil {
			return nil
		}
		if string(b[:8]) == noteMagic {
			want := at + noteLen + int64(min(binary.LittleEndian.Uint64(b[16:]), 1<<62))
			return &IncompleteError{Have: size, Want: want}
		}
	}
	var rest [zeroRun]byte
	if format != MachO && size-end >= zeroRun && readFull(r, rest[:], end) == nil && len(bytes.Trim(rest[:], "\x00")) == 0 {
		return &IncompleteError{Have: size}
	}
	return nil
}

// elfEnd returns where the ELF program in the file ends: behind its last section, segment or table. It is 0 if the
// headers make no sense. System V ABI, "ELF Header", "Sections", "Program Header".
func elfEnd(r io.ReaderAt, size int64) int64 {
	le := binary.LittleEndian
	var head [64]byte
	if size < int64(len(head)) || readFull(r, head[:], 0) != nil || head[5] != 1 { // little-endian, as all our targets are
		return 0
	}
	wide := head[4] == elf64
	var sections int64
	var entry, count uint16
	if wide {
		sections, entry, count = int64(le.Uint64(head[40:])), le.Uint16(head[58:]), le.Uint16(head[60:])
	} else {
		sections, entry, count = int64(le.Uint32(head[32:])), le.Uint16(head[46:]), le.Uint16(head[48:])
	}
	length := int64(entry) * int64(count)
	least := uint16(40)
	if wide {
		least = 64
	}
	if entry < least || count == 0 || count > sectionMax || sections < 0 || sections > size-length {
		return 0
	}
	table := make([]byte, length)
	if readFull(r, table, sections) != nil {
		return 0
	}
	end := sections + length
	for ; len(table) > 0; table = table[entry:] {
		if le.Uint32(table[4:]) == elfNoBits {
			continue
		}
		if wide {
			end = max(end, int64(min(le.Uint64(table[24:]), 1<<61)+min(le.Uint64(table[32:]), 1<<61)))
		} else {
			end = max(end, int64(le.Uint32(table[16:]))+int64(le.Uint32(table[20:])))
		}
	}
	return end
}

// peEnd returns where the last section of the PE program in the file ends, or 0 if the headers make no sense.
// Microsoft PE Format, "Section Table".
func peEnd(r io.ReaderAt, size int64) int64 {
	le := binary.LittleEndian
	var dos [dosHeader]byte
	var head [peOptional]byte
	if size < dosHeader || readFull(r, dos[:], 0) != nil {
		return 0
	}
	at := int64(le.Uint32(dos[dosNew:]))
	if readFull(r, head[:], at) != nil {
		return 0
	}
	table := make([]byte, peSectionLen*int(min(le.Uint16(head[peSections:]), sectionMax)))
	if readFull(r, table, at+peOptional+int64(le.Uint16(head[peOptSize:]))) != nil {
		return 0
	}
	var end int64
	for ; len(table) > 0; table = table[peSectionLen:] {
		end = max(end, int64(le.Uint32(table[16:]))+int64(le.Uint32(table[20:])))
	}
	return end
}
