package splice

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// More fields of Mach-O files; loader.h. Offsets count from the start of the structure that the name begins with.
const (
	machExecutable = 2    // MH_EXECUTE, u32 at 12
	machSegment    = 0x19 // LC_SEGMENT_64: name at 8 (16 bytes), u64 vmaddr, vmsize, fileoff, filesize, u32 …, nsects at 64
	machSegmentLen = 72   // bytes; sections follow
	machSectionLen = 80   // bytes; u32 offset in the file at 48
	machSymbols    = 0x2  // LC_SYMTAB: u32 stroff at 16, strsize at 20
	machSymbolsLen = 24   // bytes
	machSigLen     = 16   // bytes of LC_CODE_SIGNATURE
	machLinkedit   = "__LINKEDIT"

	signatureAlign = 16    // bytes: what the last data of a file, its signature, begins at a multiple of
	machPage       = 16384 // bytes of memory; segments have whole ones on arm64, and so on x86-64 under Rosetta
)

// Fields of a code signature, all big-endian; cs_blobs.h.
const (
	superMagic   = 0xfade0cc0 // u32 magic, u32 length, u32 count, then per blob u32 type, u32 offset
	superLen     = 20         // bytes, with the one blob
	codeMagic    = 0xfade0c02 // CodeDirectory
	codeLen      = 88         // bytes of version 0x20400, before the identifier
	codeVersion  = 0x20400    // has the fields of the executable segment
	codeAdhoc    = 0x20002    // CS_ADHOC, CS_LINKER_SIGNED: nobody vouches for it. What Go's own linker writes
	codeMain     = 1          // CS_EXECSEG_MAIN_BINARY
	codeSHA256   = 2          // hash type
	codePageBits = 12         // log2 of PageSize
	hashLen      = 32
	identifier   = "samizdat\x00"
)

// mach is what a thin 64-bit Mach-O executable says about itself.
type mach struct {
	head      []byte // header and load commands, with room for one more
	length    int    // bytes of head in use
	linkedit  int    // offsets in head of load commands
	symbols   int
	signCmd   int   // 0 if there is none
	signature int64 // offset in the file
	text      [2]uint64
}

func (m *mach) signed() bool { return m.signCmd != 0 }

// parseMach reads the load commands of the file and checks what [mach.sign] relies on.
func parseMach(r io.ReaderAt, size int64) (*mach, error) {
	le := binary.LittleEndian
	fail := func(at int, format string, args ...any) (*mach, error) {
		return nil, &FormatError{int64(at), "load commands", fmt.Errorf(format, args...)}
	}
	var head [machHeader]byte
	if err := readFull(r, head[:], 0); err != nil {
		return fail(0, "%w", err)
	}
	if t := le.Uint32(head[12:]); t != machExecutable {
		return fail(12, "file type %d, want an executable", t)
	}
	length := int64(le.Uint32(head[machLength:]))
	if length > machMaxLength || length > size-machHeader {
		return fail(machLength, "%d bytes", length)
	}
	m := &mach{head: make([]byte, machHeader+length+machSigLen), length: int(machHeader + length)}
	if err := readFull(r, m.head[:m.length], 0); err != nil {
		return fail(0, "%w", err)
	}
	first := size               // offset of the first section, before which there is room
	var above, linkMem uint64   // where memory ends that other segments use; where __LINKEDIT begins
	var above2, linkFile uint64 // the same in the file
	at := machHeader
	for range le.Uint32(head[machCount:]) {
		rest := m.head[at:m.length]
		if len(rest) < 8 || le.Uint32(rest[4:]) < 8 || int64(le.Uint32(rest[4:])) > int64(len(rest)) {
			return fail(at, "a command has no room")
		}
		c := rest[:le.Uint32(rest[4:])]
		switch le.Uint32(c) {
		case machSegment:
			if len(c) < machSegmentLen {
				return fail(at, "a segment of %d bytes", len(c))
			}
			vm, vmLen, off, n := le.Uint64(c[24:]), le.Uint64(c[32:]), le.Uint64(c[40:]), le.Uint64(c[48:])
			if vm+vmLen < vm || off+n < off {
				return fail(at, "a segment wraps around")
			}
			switch string(bytes.TrimRight(c[8:24], "\x00")) {
			case machLinkedit:
				if m.linkedit != 0 {
					return fail(at, "a second __LINKEDIT")
				}
				m.linkedit, linkMem, linkFile = at, vm, off
			case "__TEXT":
				m.text = [2]uint64{off, n}
				fallthrough
			default:
				above, above2 = max(above, vm+vmLen), max(above2, off+n)
			}
			sections := c[machSegmentLen:]
			for range le.Uint32(c[64:]) {
				if len(sections) < machSectionLen {
					return fail(at, "a section has no room")
				}
				if off := int64(le.Uint32(sections[48:])); off != 0 {
					first = min(first, off)
				}
				sections = sections[machSectionLen:]
			}
		case machSymbols:
			if len(c) < machSymbolsLen || m.symbols != 0 {
				return fail(at, "a symbol table of %d bytes, or a second one", len(c))
			}
			m.symbols = at
		case machSignature:
			if len(c) < machSigLen || m.signed() {
				return fail(at, "a signature of %d bytes, or a second one", len(c))
			}
			m.signCmd, m.signature = at, int64(le.Uint32(c[8:]))
		}
		at += len(c)
	}
	switch {
	case at != m.length:
		return fail(at, "%d bytes behind the last command", m.length-at)
	case m.linkedit == 0 || m.symbols == 0:
		return fail(machHeader, "no __LINKEDIT or no symbol table")
	case linkFile > MaxSize:
		return fail(m.linkedit, "__LINKEDIT at %#x", linkFile)
	case above > linkMem || above2 > linkFile:
		return fail(m.linkedit, "__LINKEDIT is not the last segment")
	case m.signed() && m.signature < int64(linkFile):
		return fail(m.signCmd, "signature at %#x", m.signature)
	case !m.signed() && first < int64(len(m.head)):
		return fail(m.length, "no room for a code signature command")
	}
	return m, nil
}

// sign completes the frame f of a payload: everything from the string table on to the signature becomes part of
// the string table, and __LINKEDIT reaches to the end of the file. That is what Apple's tools check when they are strict
// (MachO::validateStructure), and what lets codesign sign the file once more.
func (m *mach) sign(f *Frame, payload int64) error {
	le := binary.LittleEndian
	f.Signed = align(f.Start+payload, signatureAlign)
	f.Pad = f.Signed - f.Start - payload
	pages := (f.Signed + PageSize - 1) / PageSize
	sigLen := superLen + codeLen + int64(len(identifier)) + pages*hashLen
	f.Size = f.Signed + sigLen
	if f.Size > MaxSize {
		return fmt.Errorf("Mach-O executable of %d bytes: %w", f.Size, ErrTooLarge)
	}

	head := bytes.Clone(m.head)
	signCmd := m.signCmd
	if !m.signed() {
		signCmd = m.length
		le.PutUint32(head[signCmd:], machSignature)
		le.PutUint32(head[signCmd+4:], machSigLen)
		le.PutUint32(head[machCount:], le.Uint32(head[machCount:])+1)
		le.PutUint32(head[machLength:], le.Uint32(head[machLength:])+machSigLen)
	} else {
		head = head[:m.length]
	}
	le.PutUint32(head[signCmd+8:], uint32(f.Signed))
	le.PutUint32(head[signCmd+12:], uint32(sigLen))
	link := head[m.linkedit:]
	fileLen := f.Size - int64(le.Uint64(link[40:]))
	strings := f.Signed - int64(le.Uint32(head[m.symbols+16:]))
	if fileLen < 0 || strings < 0 {
		return &FormatError{int64(m.symbols), "load commands", errors.New("string table behind the end of the program")}
	}
	if addr := le.Uint64(link[24:]); addr+uint64(fileLen)+machPage < addr {
		return &FormatError{int64(m.linkedit), "load commands", errors.New("no memory left behind __LINKEDIT")}
	}
	le.PutUint64(link[32:], uint64(align(fileLen, machPage)))
	le.PutUint64(link[48:], uint64(fileLen))
	le.PutUint32(head[m.symbols+20:], uint32(strings))
	f.Head = head
	f.Signature = m.signatureHead(f.Signed, pages, sigLen)
	return nil
}

// signatureHead is a code signature up to its hashes.
func (m *mach) signatureHead(limit, pages, sigLen int64) []byte {
	be := binary.BigEndian
	var b []byte
	for _, v := range []uint32{superMagic, uint32(sigLen), 1, 0, superLen} {
		b = be.AppendUint32(b, v)
	}
	for _, v := range []uint32{
		codeMagic, uint32(sigLen - superLen), codeVersion, codeAdhoc, codeLen + uint32(len(identifier)), // offset of the hashes
		codeLen /* of the identifier */, 0 /* special hashes */, uint32(pages), uint32(limit),
	} {
		b = be.AppendUint32(b, v)
	}
	b = append(b, hashLen, codeSHA256, 0 /* platform */, codePageBits)
	for range 4 { // spare, scatter, team, spare
		b = be.AppendUint32(b, 0)
	}
	for _, v := range []uint64{0 /* 64-bit limit */, m.text[0], m.text[1], codeMain} {
		b = be.AppendUint64(b, v)
	}
	return append(b, identifier...)
}
