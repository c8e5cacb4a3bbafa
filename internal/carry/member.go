package carry

import (
	"context"
	"crypto/sha256"
	"fmt"
	"hash/crc32"
	"io"
	"runtime"
	"sync"
	"sync/atomic"

	"samizdat/internal/splice"
)

// chunk is what one worker reads and hashes at once, in bytes; a multiple of a page.
const chunk = 1 << 20

// Member is a file to be carried, with what was computed of it. One Member serves any number of images; its bytes must
// not change. It may be used concurrently.
type Member struct {
	name string
	r    io.ReaderAt
	size int64

	working chan struct{} // holds one token while sums are computed

	mu    sync.Mutex
	known bool
	crc   uint32
	pages []byte // SHA-256 of every whole page from the start on; nil if not known
}

// NewMember returns the file called name (UTF-8, slash-separated) of size bytes that r reads. If several goroutines read
// the images, r must allow that.
func NewMember(name string, r io.ReaderAt, size int64) *Member {
	return &Member{name: name, r: r, size: size, working: make(chan struct{}, 1)}
}

// Bytes returns a small file.
func Bytes(name string, b []byte) *Member { return NewMember(name, fixed(b), int64(len(b))) }

// Carried returns the members of a payload, to be carried on. Their checksums are taken from its directory and not
// computed again: damage is passed on together with the sum that shows it. A member that is not stored as it is is a
// [*splice.FormatError].
func Carried(p *splice.Payload) ([]*Member, error) {
	var members []*Member
	for _, m := range p.Members {
		r, err := p.Open(m.Name)
		if err != nil {
			return nil, err
		}
		member := NewMember(m.Name, r, m.Size)
		member.known, member.crc = true, m.CRC32
		members = append(members, member)
	}
	return members, nil
}

// Name returns the member's name.
func (m *Member) Name() string { return m.name }

// Size returns the member's bytes.
func (m *Member) Size() int64 { return m.size }

// Reader returns what the member was made of.
func (m *Member) Reader() io.ReaderAt { return m.r }

// has reports whether the checksum, and the hashes of pages if they are wanted, are there.
func (m *Member) has(pages bool) bool {
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.known && (!pages || m.pages != nil)
}

// missing returns the bytes that sum has to read.
func (m *Member) missing(pages bool) int64 {
	if m.has(pages) {
		return 0
	}
	return m.size
}

func (m *Member) crc32(ctx context.Context) (uint32, error) {
	if err := m.sum(ctx, false, nil); err != nil {
		return 0, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.crc, nil
}

// hashes returns the SHA-256 of every whole page of the member, from its start on.
func (m *Member) hashes(ctx context.Context) ([]byte, error) {
	if err := m.sum(ctx, true, nil); err != nil {
		return nil, err
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	return m.pages, nil
}

// sum computes what is not known yet. Who comes second waits for the first; after an error everybody may try again.
func (m *Member) sum(ctx context.Context, pages bool, progress func(done int64)) error {
	select {
	case m.working <- struct{}{}:
		defer func() { <-m.working }()
	case <-ctx.Done():
		return ctx.Err()
	}
	if m.has(pages) {
		return nil
	}
	crc, hashes, err := m.read(ctx, pages, progress)
	if err != nil {
		return fmt.Errorf("read %s: %w", m.name, err)
	}
	m.mu.Lock()
	defer m.mu.Unlock()
	if !m.known {
		m.known, m.crc = true, crc
	}
	if pages {
		m.pages = hashes
	}
	return nil
}

// read computes the sums with as many workers as there are cores. progress is called by one of them at a time.
func (m *Member) read(ctx context.Context, pages bool, progress func(done int64)) (uint32, []byte, error) {
	count := (m.size + chunk - 1) / chunk
	crcs := make([]uint32, count)
	var hashes []byte
	if pages {
		hashes = make([]byte, m.size/splice.PageSize*sha256.Size)
	}
	var next atomic.Int64
	var mu sync.Mutex
	var done int64
	told := func(n int64) {
		mu.Lock()
		defer mu.Unlock()
		if done += n; progress != nil {
			progress(done)
		}
	}
	work := func() error {
		buf := make([]byte, min(chunk, m.size))
		for {
			i := next.Add(1) - 1
			if i >= count {
				return nil
			}
			if err := ctx.Err(); err != nil {
				return err
			}
			b := buf[:min(chunk, m.size-i*chunk)]
			if err := readFull(m.r, b, i*chunk); err != nil {
				return err
			}
			crcs[i] = crc32.ChecksumIEEE(b)
			if pages {
				hashPages(hashes[i*(chunk/splice.PageSize)*sha256.Size:], b)
			}
			told(int64(len(b)))
		}
	}
	workers := int(min(int64(runtime.GOMAXPROCS(0)), count))
	errs := make(chan error, workers)
	for range workers {
		go func() {
			err := work()
			if err != nil {
				next.Store(count) // the others need not go on
			}
			errs <- err
		}()
	}
	var failed error
	for range workers {
		if err := <-errs; err != nil && failed == nil {
			failed = err
		}
	}
	if failed != nil {
		return 0, nil, failed
	}
	var crc uint32
	for i, c := range crcs {
		crc = combine(crc, c, min(chunk, m.size-int64(i)*chunk))
	}
	return crc, hashes, nil
}

// hashPages writes the SHA-256 of every whole page of b to sums.
func hashPages(sums, b []byte) {
	for len(b) >= splice.PageSize {
		h := sha256.Sum256(b[:splice.PageSize])
		sums = sums[copy(sums, h[:]):]
		b = b[splice.PageSize:]
	}
}
