package splice

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io"
)

// PageSize is what payloads and their members are aligned to, in bytes: the page of memory on most machines, the block
// of most file systems, and what one hash of a Mac signature covers.
const PageSize = 4096

// The note stands directly before a payload. It tells a reader how long the program is without its payload, and how
// long the payload must be, so that a copy that broke off is known as such. It lies outside of the program's own bytes,
// which are the same for every payload.
const (
	noteMagic  = "\x89samizd\n" // no text begins so, and no text mode of a copying program leaves it as it is
	noteLen    = 24             // bytes: noteMagic, u64 length of the program, u64 length of the payload
	notePlaces = 2              // pages behind a program in which a note is looked for
	machPlaces = 256            // the same behind the start of a Mac program's string table; Go's has some KB
)

// Places in the head of a PE file.
const (
	peHeadMax  = 4096 // bytes in which the headers are looked for; Go's have 1024
	peOptMax   = 112 + (peSecurity+1)*peDirectory
	peChecksum = 64 // u32 in the optional header
)

// MaxSize is the largest PE or Mach-O executable: offsets have 32 bits, and Windows starts nothing larger.
const MaxSize = 1<<32 - 1

// ErrTooLarge is what [Host.Fit] wraps when the format has no room for the payload.
var ErrTooLarge = errors.New("an executable of this kind ends at 4 GiB")

// Host is an executable that a payload can be put into. It does not change and may be used concurrently.
type Host struct {
	Format Format
	kept   int64  // bytes of the executable that stay, from its start: all but an old payload and what follows that
	end    int64  // kept, rounded up as the format wants it
	head   []byte // PE: replaces the first bytes, if not nil
	mach   *mach  // Mach-O: its load commands
}

// Frame says how one payload goes into a Host. In the order of the file: Head, the host's own bytes from len(Head) to
// Kept, Gap, the payload, Pad, and for Mach-O the code signature.
type Frame struct {
	Head  []byte // in place of the host's first bytes
	Kept  int64  // bytes of the host that stay, with those that Head replaces
	Gap   []byte // from Kept to the payload: zero bytes and the note
	Start int64  // of the payload; a multiple of [PageSize]
	Pad   int64  // zero bytes behind the payload

	// Signature is the head of a code signature, which lies at offset Signed; nil for other formats than Mach-O. The
	// SHA-256 of every [PageSize] bytes of the file before Signed follow it, the last page at its true length.
	Signature []byte
	Signed    int64

	Size int64 // bytes of the whole file
}

// NewHost reads the head of the executable of size bytes that r reads. If it carries a payload already, that is
// left out of the host. Without an executable the error wraps [ErrNone]; one whose headers do not lie in what stays of it
// is a [*FormatError].
func NewHost(r io.ReaderAt, size int64) (*Host, error) {
	h := &Host{kept: size}
	payload, err := Find(r, size)
	switch {
	case err == nil && payload.Format == PlainZIP:
		return nil, fmt.Errorf("a ZIP is no program: %w", ErrNone)
	case err == nil:
		if h.kept, err = payload.programLen(); err != nil {
			return nil, err
		}
		h.Format = payload.Format
	case !errors.Is(err, ErrNone):
		return nil, err
	default:
		if h.Format, _, err = ends(r, size); err != nil {
			return nil, err
		}
		if h.Format == PlainZIP {
			return nil, fmt.Errorf("a ZIP is no program: %w", ErrNone)
		}
	}
	if h.kept < elfHeader { // in none of the formats could that be started
		return nil, headless(h.kept, elfHeader)
	}
	h.end = h.kept
	switch h.Format {
	case PE:
		h.head, err = unsigned(r, h.kept)
	case MachO:
		if h.mach, err = parseMach(r, size); err != nil {
			return nil, err
		}
		if payload == nil && h.mach.signed() {
			if h.kept = h.mach.signature; h.kept > size {
				return nil, &FormatError{int64(h.mach.signCmd), "load commands", fmt.Errorf("signature at %#x of %d bytes", h.kept, size)}
			}
		}
		need := int64(h.mach.length)
		if !h.mach.signed() {
			need = int64(len(h.mach.head))
		}
		if h.kept < need {
			return nil, headless(h.kept, need)
		}
		h.end = align(h.kept, signatureAlign)
	}
	if err != nil {
		return nil, err
	}
	return h, nil
}

// headless is the error for a program whose payload begins inside of its own headers.
func headless(kept, need int64) error {
	return &FormatError{kept, "program", fmt.Errorf("ends inside of its headers, which take %d bytes", need)}
}

// Start is where a payload in h begins, in bytes from the start of the executable.
func (h *Host) Start() int64 { return align(h.end+noteLen, PageSize) }

// Fit returns how a payload of so many bytes goes into h. Without a payload (0 bytes) the frame is the program alone:
// as it is, or for Mach-O with a signature of ours. A payload that does not fit wraps [ErrTooLarge].
func (h *Host) Fit(payload int64) (*Frame, error) {
	f := &Frame{Head: h.head, Kept: h.kept, Start: h.end}
	if payload > 0 {
		f.Start = h.Start()
		f.Gap = make([]byte, f.Start-h.kept)
		note(f.Gap[len(f.Gap)-noteLen:], h.end, payload)
	} else {
		f.Gap = make([]byte, h.end-h.kept)
	}
	f.Size = f.Start + payload
	if h.Format == MachO {
		if err := h.mach.sign(f, payload); err != nil {
			return nil, err
		}
	}
	if h.Format != ELF && f.Size > MaxSize {
		return nil, fmt.Errorf("%v executable of %d bytes: %w", h.Format, f.Size, ErrTooLarge)
	}
	return f, nil
}

func note(b []byte, program, payload int64) {
	copy(b, noteMagic)
	binary.LittleEndian.PutUint64(b[8:], uint64(program))
	binary.LittleEndian.PutUint64(b[16:], uint64(payload))
}

// unsigned returns what the first bytes of the PE file must be when only kept bytes of it stay and its certificates are
// not among them: the same without a certificate table and checksum, which the signer wrote. It is nil if nothing is to
// change. Microsoft PE Format, "Optional Header".
//
// A table that is in part outside would otherwise come to cover the payload, which nobody believes there.
func unsigned(r io.ReaderAt, kept int64) ([]byte, error) {
	le := binary.LittleEndian
	if kept < dosHeader {
		return nil, headless(kept, dosHeader)
	}
	head := make([]byte, min(kept, peHeadMax))
	if err := readFull(r, head, 0); err != nil {
		return nil, fmt.Errorf("read header: %w", err)
	}
	opt := int64(le.Uint32(head[dosNew:])) + peOptional
	if opt > int64(len(head))-peOptMax {
		return nil, &FormatError{dosNew, "header", fmt.Errorf("PE header at %#x, want it in the first %d bytes", opt-peOptional, len(head))}
	}
	dirs := int64(96)
	if le.Uint16(head[opt:]) == pe32Plus {
		dirs = 112
	}
	dir := head[opt+dirs+peSecurity*peDirectory:]
	if int64(le.Uint16(head[opt-peOptional+peOptSize:])) < dirs+(peSecurity+1)*peDirectory || le.Uint32(head[opt+dirs-4:]) <= peSecurity || int64(le.Uint32(dir))+int64(le.Uint32(dir[4:])) <= kept {
		return nil, nil // none, or that of a program which was signed alone
	}
	clear(dir[:peDirectory])
	clear(head[opt+peChecksum : opt+peChecksum+4])
	return head[:opt+peOptMax], nil
}

// programLen returns the bytes of the program that p rides in, without what was put between the two.
func (p *Payload) programLen() (int64, error) {
	if len(p.Members) == 0 {
		return 0, &FormatError{0, "directory", errors.New("no members")}
	}
	start := p.Members[0].local
	for _, m := range p.Members {
		start = min(start, m.local)
	}
	var b [noteLen]byte
	if start < noteLen {
		return 0, &FormatError{start, "member " + p.Members[0].Name, errors.New("begins inside the program's header")}
	}
	if err := readFull(p.r, b[:], start-noteLen); err != nil {
		return 0, &FormatError{start - noteLen, "note", err}
	}
	if string(b[:8]) != noteMagic {
		return start, nil // put there by other means
	}
	n := binary.LittleEndian.Uint64(b[8:])
	if n > uint64(start-noteLen) || n < elfHeader {
		return 0, &FormatError{start - noteLen, "note", fmt.Errorf("a program of %d bytes before %#x", n, start)}
	}
	return int64(n), nil
}

func align(n, to int64) int64 { return (n + to - 1) / to * to }
