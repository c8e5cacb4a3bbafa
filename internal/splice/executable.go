package splice

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
)

// Fields of the executables, in bytes from the start of the structure that the name begins with.
const (
	elfMagic  = "\x7fELF"
	elfHeader = 52 // bytes of the shorter, 32-bit header

	dosHeader   = 64   // bytes; "MZ" in front
	dosNew      = 0x3c // u32: offset of the PE header
	peMagic     = "PE\x00\x00"
	peOptional  = 24    // offset of the optional header behind peMagic and the COFF header
	peOptSize   = 20    // u16: size of the optional header
	pe32        = 0x10b // optional header magic
	pe32Plus    = 0x20b // the same of 64-bit files
	peSecurity  = 4     // index of the certificate table among the data directories
	peDirectory = 8     // bytes per data directory: u32 offset in the file (for this one), u32 size
	peAlign     = 8     // certificates start at a multiple; up to 7 zero bytes lie before them

	machMagic     = 0xfeedfacf // 64-bit, little-endian
	machHeader    = 32         // bytes; load commands follow
	machCount     = 16         // u32: number of load commands
	machLength    = 20         // u32: their bytes
	machMaxLength = 1 << 20    // bytes; Go's programs have about 2 KB
	machSignature = 0x1d       // LC_CODE_SIGNATURE: u32 cmd, u32 cmdsize, u32 dataoff, u32 datasize
)

// ends returns the places where a payload may end, the likeliest first. A file that is no executable gives ErrNone, and
// so does one whose header makes no sense: it could not have been started.
func ends(r io.ReaderAt, size int64) (Format, []place, error) {
	var head [dosHeader]byte
	if size < elfHeader {
		return 0, nil, fmt.Errorf("%d bytes: %w", size, ErrNone)
	}
	if err := readFull(r, head[:min(size, dosHeader)], 0); err != nil {
		return 0, nil, fmt.Errorf("read header: %w", err)
	}
	switch {
	case string(head[:4]) == elfMagic:
		return ELF, []place{{0, size}}, nil
	case string(head[:2]) == "MZ":
		sig, err := certificates(r, size, int64(binary.LittleEndian.Uint32(head[dosNew:])))
		return PE, around(sig, size), err
	case string(head[:4]) == localSig:
		return PlainZIP, []place{{0, size}}, nil
	case binary.LittleEndian.Uint32(head[:]) == machMagic:
		sig, err := signature(r, size, head[:machHeader])
		return MachO, around(sig, size), err
	}
	return 0, nil, fmt.Errorf("not an executable: %w", ErrNone)
}

// place is where a payload may end, and where it must not begin before.
type place struct{ start, end int64 }

// span is a signature in a file; zero if there is none.
type span struct{ start, end int64 }

// around lists the places for a file with the signature sig. A payload that somebody signed lies before it; one that was
// put behind a signed file lies behind it. Nothing inside of a signature is believed: Authenticode does not cover its
// own table, so a payload there would ride in a program that still counts as signed.
func around(sig span, size int64) []place {
	if sig == (span{}) {
		return []place{{0, size}}
	}
	return []place{{0, sig.start}, {sig.end, size}}
}

// certificates returns the certificate table of a PE file whose new header is at off, or nothing when the file is not
// signed. Microsoft PE Format, "Optional Header Data Directories".
func certificates(r io.ReaderAt, size, off int64) (span, error) {
	le := binary.LittleEndian
	var head [peOptional]byte
	if off > size-peOptional || readFull(r, head[:], off) != nil || string(head[:4]) != peMagic {
		return span{}, fmt.Errorf("MZ file without PE header: %w", ErrNone)
	}
	var opt [112 + (peSecurity+1)*peDirectory]byte // up to and with the directory we look for, in the longer form
	length := min(int(le.Uint16(head[peOptSize:])), len(opt), int(min(size-off-peOptional, int64(len(opt)))))
	if length < 2 || readFull(r, opt[:length], off+peOptional) != nil {
		return span{}, fmt.Errorf("PE file without optional header: %w", ErrNone)
	}
	dirs := 0 // offset of the data directories; their number is the u32 before them
	switch le.Uint16(opt[:]) {
	case pe32:
		dirs = 96
	case pe32Plus:
		dirs = 112
	default:
		return span{}, fmt.Errorf("PE optional header %#x: %w", le.Uint16(opt[:]), ErrNone)
	}
	dir := dirs + peSecurity*peDirectory
	if length < dir+peDirectory || le.Uint32(opt[dirs-4:]) <= peSecurity {
		return span{}, nil // no such directory: not signed
	}
	table := int64(le.Uint32(opt[dir:]))
	length64 := int64(le.Uint32(opt[dir+4:]))
	if table <= off || table >= size || length64 == 0 {
		return span{}, nil
	}
	return span{table, min(table+length64, size)}, nil
}

// signature returns the code signature of a Mach-O file with this header, or nothing when it is not signed. A file that ends
// before its signature or its __LINKEDIT does is an [*IncompleteError]: the signature comes last, so a copy that broke off
// can hold a whole payload.
func signature(r io.ReaderAt, size int64, head []byte) (span, error) {
	le := binary.LittleEndian
	length := int64(le.Uint32(head[machLength:]))
	if length > machMaxLength || length > size-machHeader {
		return span{}, fmt.Errorf("%d bytes of Mach-O load commands: %w", length, ErrNone)
	}
	commands := make([]byte, length)
	if err := readFull(r, commands, machHeader); err != nil {
		return span{}, fmt.Errorf("read load commands: %w", err)
	}
	var sig span
	want := int64(0)
	for range le.Uint32(head[machCount:]) {
		if len(commands) < 8 {
			break
		}
		n := int64(le.Uint32(commands[4:]))
		if n < 8 || n > int64(len(commands)) {
			break
		}
		switch kind := le.Uint32(commands); {
		case kind == machSignature && n >= machSigLen && sig == span{}:
			if off := int64(le.Uint32(commands[8:])); off > machHeader+length {
				sig = span{off, off + int64(le.Uint32(commands[12:]))}
				want = max(want, sig.end)
			}
		case kind == machSegment && n >= machSegmentLen && string(bytes.TrimRight(commands[8:24], "\x00")) == machLinkedit:
			want = max(want, int64(min(le.Uint64(commands[40:]), 1<<61)+min(le.Uint64(commands[48:]), 1<<61)))
		}
		commands = commands[n:]
	}
	if want > size {
		return span{}, &IncompleteError{Have: size, Want: want}
	}
	return sig, nil
}
