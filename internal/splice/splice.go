// Package splice puts into a program what is to travel with it, and finds it there: a ZIP archive of stored members, put
// behind an ELF or PE executable or inside the last segment of a Mach-O one. Files that are ZIPs from their first byte,
// such as Android's APKs, are read too.
//
// Executable formats let bytes follow their own; what differs is where they end. An ELF file simply ends. A signed PE
// file ends with its certificates, so the ZIP lies before the table that data directory 4 names. In a Mach-O file
// everything must lie inside __LINKEDIT, and the code signature comes last, so the ZIP ends where LC_CODE_SIGNATURE
// begins. Because the payload is an ordinary ZIP, common tools take the contents out without running the program.
//
// [Find] reads; [Host] and [ZIP] say which bytes stand where when a payload is put into a program, and leave copying to
// their caller (package carry). It is no executable loader and no general ZIP library: it looks at the few fields it
// needs, and believes none of them before comparing it with the size of the file. Rules: System V ABI (ELF header,
// section header table), Microsoft PE Format (Optional Header Data Directories), Apple loader.h and cs_blobs.h, PKWARE
// APPNOTE 6.3.10.
package splice

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
)

// Dossier is the name of the member that holds the archive to read.
const Dossier = "dossier.zim"

// ErrNone is what [Find] returns, wrapped, when a file is neither executable nor ZIP, or carries nothing.
var ErrNone = errors.New("no payload")

// ErrNotStored is the cause of the [FormatError] for a member that cannot be read in its place.
var ErrNotStored = errors.New("compressed or encrypted, want stored")

// FormatError is a place where a payload that is there breaks its format.
type FormatError struct {
	Offset int64  // bytes from the start of the executable
	Part   string // "end record", "directory", "member dossier.zim", …
	Err    error
}

// Error gives the part, its offset in hexadecimal and the cause.
func (e *FormatError) Error() string {
	return fmt.Sprintf("payload: %s at %#x: %v", e.Part, e.Offset, e.Err)
}

func (e *FormatError) Unwrap() error { return e.Err }

// Format is a family of executables, or a ZIP alone.
type Format int

// The families that Find knows.
const (
	ELF      Format = iota + 1 // Linux, the BSDs, Android
	PE                         // Windows
	MachO                      // macOS; thin 64-bit files only
	PlainZIP                   // no program: the ZIP begins with the file
)

// String returns the usual name of f.
func (f Format) String() string {
	switch f {
	case ELF:
		return "ELF"
	case PE:
		return "PE"
	case MachO:
		return "Mach-O"
	case PlainZIP:
		return "ZIP"
	}
	return fmt.Sprintf("format %d", int(f))
}

// Member is one file of the payload.
type Member struct {
	Name   string
	Offset int64  // of its first byte in the executable
	Size   int64  // bytes
	CRC32  uint32 // of the file, IEEE; as the ZIP's directory says
	local  int64  // offset of the local header in the executable
	stored bool   // neither compressed nor encrypted
}

// Payload is the ZIP inside one executable, or a ZIP by itself. It does not change and may be used concurrently.
type Payload struct {
	Format  Format
	Members []Member // in the order of the ZIP's directory
	r       io.ReaderAt
}

// Find looks for a payload in the executable or ZIP of size bytes that r reads. Without one the error wraps [ErrNone]; a
// payload that is there but broken is a [*FormatError], and one that is there in part an [*IncompleteError]. Only the
// headers of the executable and the ZIP's directory are read, whatever the payload's size.
func Find(r io.ReaderAt, size int64) (*Payload, error) {
	format, candidates, err := ends(r, size)
	if err != nil {
		return nil, err
	}
	for _, at := range candidates {
		members, err := directory(r, at.end)
		if errors.Is(err, ErrNone) {
			continue
		}
		if err != nil {
			return nil, err
		}
		for _, m := range members {
			if m.Offset < at.start {
				return nil, &FormatError{Offset: m.Offset, Part: "member " + m.Name, Err: errors.New("inside of the program's signature, which does not cover it")}
			}
		}
		return &Payload{Format: format, Members: members, r: r}, nil
	}
	if err := incomplete(r, size, format); err != nil {
		return nil, err
	}
	return nil, fmt.Errorf("%v file: %w", format, ErrNone)
}

// Open returns the bytes of the member called name, as they lie in the executable. If there is none the error wraps
// [fs.ErrNotExist]; if it is not stored as it is, the error is a [*FormatError].
func (p *Payload) Open(name string) (*io.SectionReader, error) {
	for _, m := range p.Members {
		if m.Name != name {
			continue
		}
		if !m.stored {
			return nil, &FormatError{Offset: m.Offset, Part: "member " + name, Err: ErrNotStored}
		}
		return io.NewSectionReader(p.r, m.Offset, m.Size), nil
	}
	return nil, fmt.Errorf("payload: %s: %w", name, fs.ErrNotExist)
}

// readFull fills b from offset off and turns an early end into io.ErrUnexpectedEOF.
func readFull(r io.ReaderAt, b []byte, off int64) error {
	n, err := r.ReadAt(b, off)
	if n == len(b) {
		return nil
	}
	if err == nil || err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}
