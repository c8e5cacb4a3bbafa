package stick

import (
	"errors"
	"io"
	"os"
	"unsafe"
)

const (
	chunk     = 1 << 20 // bytes per read and write; a multiple of alignment
	alignment = 4096    // bytes; what unbuffered reads want at most: the sector of the disks in use
)

// uncached reads a file from the medium, past the cache of the system, so that what is compared is what the stick holds
// and not what was meant to be written. Where the system cannot do that it does what it can; see [uncached.direct].
type uncached struct {
	path   string
	f      *os.File
	direct bool // the system promised to leave its cache out
	buf    []byte
	left   []byte // read and not yet given away
	size   int64
	off    int64
}

// openUncached opens the regular file at path.
func openUncached(path string) (*uncached, error) {
	f, direct, err := openDirect(path)
	if err != nil {
		return nil, err
	}
	info, err := f.Stat()
	if err != nil {
		f.Close()
		return nil, err
	}
	if !info.Mode().IsRegular() {
		f.Close()
		return nil, &os.PathError{Op: "read", Path: path, Err: errors.New("not a regular file")}
	}
	return &uncached{path: path, f: f, direct: direct, buf: aligned(chunk), size: info.Size()}, nil
}

// aligned returns n bytes whose address is a multiple of alignment.
func aligned(n int) []byte {
	b := make([]byte, n+alignment)
	skip := 0
	if over := int(uintptr(unsafe.Pointer(unsafe.SliceData(b))) % alignment); over != 0 {
		skip = alignment - over
	}
	return b[skip : skip+n : skip+n]
}

// Read reads whole chunks with one call of the system each, as unbuffered files demand.
func (u *uncached) Read(p []byte) (int, error) {
	if len(u.left) == 0 {
		if u.off >= u.size {
			return 0, io.EOF
		}
		n, err := u.f.Read(u.buf)
		if err != nil && err != io.EOF && u.direct && isAlignment(err) {
			if err := u.fallBack(); err != nil {
				return 0, err
			}
			n, err = u.f.Read(u.buf)
		}
		if n == 0 {
			if err == nil || err == io.EOF {
				err = io.ErrUnexpectedEOF // shorter than its directory entry says
			}
			return 0, err
		}
		u.off += int64(n)
		u.left = u.buf[:n]
	}
	n := copy(p, u.left)
	u.left = u.left[n:]
	return n, nil
}

// fallBack goes on with the cache: some file systems take the flag and refuse the read.
func (u *uncached) fallBack() error {
	f, err := os.Open(u.path)
	if err != nil {
		return err
	}
	if _, err := f.Seek(u.off, io.SeekStart); err != nil {
		f.Close()
		return err
	}
	forget(f)
	u.f.Close()
	u.f, u.direct = f, false
	return nil
}

// Close closes the file.
func (u *uncached) Close() error { return u.f.Close() }
