// Package carry makes one executable out of a runtime, which is the reader without an archive, and what it is to carry.
//
// The result is an [Image]: a stream of known length with random access, put together while it is read. print writes it
// to a file, a server sends any part of it, a stick gets a copy; all of them see the same bytes, and none needs a
// temporary file. Equal runtimes and members give equal images, whoever makes them and wherever the members lie.
//
// What a member's bytes decide elsewhere in the file, its CRC-32 in the ZIP and the hashes of its pages in a Mac
// signature, is computed when it is first asked for, and kept in the [Member]. That costs one pass over the member;
// [Image.Prepare] does it ahead, with progress. The formats themselves are in package splice.
package carry

import (
	"context"
	"fmt"
	"io"
	"slices"
	"sort"

	"samizdat/internal/splice"
)

// Names of members; [splice.Dossier] is the archive's.
const (
	ReadmeName   = "README.txt"
	LicenseName  = "LICENSE.txt"
	RuntimesName = "runtimes.tar.xz" // read by [OpenRuntimes]
)

// ErrTooLarge is what [New] wraps when PE or Mach-O executables cannot be as large as the image would be: 4 GiB.
var ErrTooLarge = splice.ErrTooLarge

// Segment is a part of an image: Size bytes from offset Off of R. Where R is a member's, a server can look behind it for
// a file, and have the system send from that.
type Segment struct {
	R    io.ReaderAt
	Off  int64
	Size int64
}

// Image is an executable with its payload. It is read with ReadAt, needs no Close, and may be used concurrently as long
// as the runtime's and the members' readers may.
type Image struct {
	Format   splice.Format
	size     int64
	members  []*Member
	segments []Segment
	starts   []int64 // of the segments, in the image
	runtime  int     // of segments: the one that is the runtime's
}

// New lays out the executable of the runtime, size bytes that r reads, and members, in this order. If the runtime is a
// program that carries something already, that is left out. Without members the image is the runtime alone.
//
// Only the runtime's head is read. A runtime that is no executable wraps [splice.ErrNone], a broken one is a
// [*splice.FormatError]; a result that its format cannot hold wraps [ErrTooLarge].
func New(r io.ReaderAt, size int64, members []*Member) (*Image, error) {
	host, err := splice.NewHost(r, size)
	if err != nil {
		return nil, fmt.Errorf("read runtime: %w", err)
	}
	m := &Image{Format: host.Format, members: members}
	var zip *splice.ZIP
	var payload int64
	if len(members) > 0 {
		entries := make([]splice.Entry, len(members))
		for i, member := range members {
			entries[i] = splice.Entry{Name: member.name, Size: member.size}
		}
		if zip, err = splice.NewZIP(host.Start(), entries); err != nil {
			return nil, fmt.Errorf("lay out payload: %w", err)
		}
		payload = zip.Size()
	}
	frame, err := host.Fit(payload)
	if err != nil {
		return nil, fmt.Errorf("lay out executable: %w", err)
	}

	m.bytes(frame.Head)
	m.runtime = len(m.segments)
	m.add(Segment{r, int64(len(frame.Head)), frame.Kept - int64(len(frame.Head))})
	m.bytes(frame.Gap)
	for i, member := range members {
		at := m.size
		m.add(Segment{&lazy{make: func() ([]byte, error) {
			crc, err := member.crc32(context.Background())
			return zip.Header(i, crc), err
		}}, 0, zip.Data(i) - at})
		m.add(Segment{member.r, 0, member.size})
	}
	if zip != nil {
		at := m.size
		m.add(Segment{&lazy{make: m.tail(zip)}, 0, frame.Start + payload - at})
	}
	m.bytes(make([]byte, frame.Pad))
	if frame.Signature != nil {
		m.sign(frame, zip)
	}
	if m.size != frame.Size {
		panic(fmt.Sprintf("carry: internal error: %d bytes laid out, want %d", m.size, frame.Size))
	}
	return m, nil
}

func (m *Image) tail(zip *splice.ZIP) func() ([]byte, error) {
	return func() ([]byte, error) {
		crc := make([]uint32, len(m.members))
		for i, member := range m.members {
			var err error
			if crc[i], err = member.crc32(context.Background()); err != nil {
				return nil, err
			}
		}
		return zip.Tail(crc), nil
	}
}

func (m *Image) bytes(b []byte) { m.add(Segment{fixed(b), 0, int64(len(b))}) }

func (m *Image) add(s Segment) {
	if s.Size == 0 {
		return
	}
	m.segments = append(m.segments, s)
	m.starts = append(m.starts, m.size)
	m.size += s.Size
}

// On returns the image with its runtime read from r, which must give the same bytes. What was computed of the runtime is
// shared, and computed from where it was read before.
func (m *Image) On(r io.ReaderAt) *Image {
	on := *m
	on.segments = slices.Clone(m.segments)
	on.segments[m.runtime].R = r
	return &on
}

// Kept returns the end of what the image has of its runtime, in bytes: less than all if the runtime was signed.
func (m *Image) Kept() int64 { return m.segments[m.runtime].Off + m.segments[m.runtime].Size }

// Size returns the bytes of the executable.
func (m *Image) Size() int64 { return m.size }

// Segments returns the parts of the image, in order. The caller does not change them.
func (m *Image) Segments() []Segment { return m.segments }

// ReadAt implements [io.ReaderAt]. The first call that reaches a checksum or a signature reads the members it covers,
// unless [Image.Prepare] has done so. A member that is shorter than it was said to be is [io.ErrUnexpectedEOF].
func (m *Image) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, fmt.Errorf("read executable: offset %d", off)
	}
	i := sort.Search(len(m.starts), func(i int) bool { return m.starts[i] > off }) - 1
	for ; n < len(p) && i < len(m.segments) && off < m.size; i++ {
		s := m.segments[i]
		skip := off - m.starts[i]
		k := int(min(s.Size-skip, int64(len(p)-n)))
		if err := readFull(s.R, p[n:n+k], s.Off+skip); err != nil {
			return n, fmt.Errorf("read executable at %d: %w", off, err)
		}
		n += k
		off += int64(k)
	}
	if n < len(p) {
		return n, io.EOF
	}
	return n, nil
}

// Prepare reads the members, as far as that was not done before, so that every later ReadAt is quick. progress, unless
// nil, is told how many bytes of how many are done; it is called by one goroutine at a time, which need not be the caller's.
func (m *Image) Prepare(ctx context.Context, progress func(done, total int64)) error {
	return Prepare(ctx, m.members, m.Format == splice.MachO, progress)
}

// Prepare does what [Image.Prepare] does, before there is an image: for Mac programs too if mac says so.
func Prepare(ctx context.Context, members []*Member, mac bool, progress func(done, total int64)) error {
	var total, done int64
	for _, member := range members {
		total += member.missing(mac)
	}
	for _, member := range members {
		missing := member.missing(mac)
		err := member.sum(ctx, mac, func(n int64) {
			if progress != nil {
				progress(done+n, total)
			}
		})
		if err != nil {
			return err
		}
		done += missing
	}
	return nil
}

// Fits reports, by an error that wraps [ErrTooLarge], that no program for t with members can be made of a runtime of size
// bytes. [New] says it to the byte, but needs the runtime.
func Fits(t Target, size int64, members []*Member) error {
	for _, m := range members {
		size += m.size
	}
	if (t.OS == "windows" || t.OS == "darwin") && size > splice.MaxSize {
		return fmt.Errorf("%d bytes: %w", size, ErrTooLarge)
	}
	return nil
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
