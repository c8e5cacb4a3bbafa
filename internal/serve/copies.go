package serve

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"io"
	"os"
	"slices"
	"strings"
	"sync"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
)

// Program is an executable that can be made to carry an archive. It is made while it is read, and stored nowhere.
type Program struct {
	Target carry.Target
	Size   int64  // bytes
	ID     string // differs whenever the bytes do, for the same archive
	// Open returns the bytes, and what to call once when nobody reads them any more. It may take a while, and gives up when
	// ctx ends. It may be called concurrently.
	Open func(ctx context.Context) (image *carry.Image, release func(), err error)
}

// offer is a file that visitors may take away.
type offer struct {
	program *Program // nil: the archive alone
	name    string
	size    int64
	etag    string
	sum     string // SHA-256, hexadecimal; empty as long as it is not known. Guarded by copies.mu
}

// copies is what visitors may take away of one book. It is found out once, when somebody asks. It may be used
// concurrently.
type copies struct {
	book     *book
	programs func(context.Context, *archive.Source, func(Program)) error
	logf     func(format string, args ...any)

	mu     sync.Mutex
	cancel context.CancelFunc // nil until it has begun
	listed chan struct{}      // closed when offers is complete
	done   chan struct{}      // closed when the checksums are
	base   string             // of the files' names
	offers []*offer           // the archive alone first; only added to
	added  chan struct{}      // closed when one is added, and made anew
}

func newCopies(b *book, s *Server) *copies {
	return &copies{book: b, programs: s.cfg.Programs, logf: s.logf, listed: make(chan struct{}), done: make(chan struct{}), added: make(chan struct{})}
}

// start begins to find out, unless that has happened.
func (c *copies) start() {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.cancel != nil {
		return
	}
	ctx, cancel := context.WithCancel(context.Background())
	c.cancel = cancel
	b := c.book
	c.base = fileBase(b.meta().name, b.name)
	c.offers = []*offer{{name: c.base + ".zim", size: b.src.Size, etag: `"` + b.tag + `-zim"`}}
	go func() {
		defer close(c.done)
		aside(c.logf, func() { c.list(ctx) })
		aside(c.logf, func() { c.sums(ctx) })
	}()
}

// stop ends finding out and waits for the end, so that the archive can be closed.
func (c *copies) stop() {
	c.mu.Lock()
	cancel := c.cancel
	if cancel == nil {
		c.cancel = func() {}
	}
	c.mu.Unlock()
	if cancel != nil {
		cancel()
		<-c.done
	}
}

func (c *copies) list(ctx context.Context) {
	defer close(c.listed)
	if c.programs == nil {
		return
	}
	err := c.programs(ctx, c.book.src, func(p Program) {
		c.mu.Lock()
		defer c.mu.Unlock()
		close(c.added)
		c.added = make(chan struct{})
		c.offers = append(c.offers, &offer{program: &p, name: p.Target.FileName(c.base), size: p.Size, etag: `"` + c.book.tag + "-" + p.ID + `"`})
	})
	if err != nil && ctx.Err() == nil {
		c.logf("not every program can be offered to visitors: %v", err)
	}
}

// changed is closed when another file than those known now is offered.
func (c *copies) changed() <-chan struct{} {
	c.mu.Lock()
	defer c.mu.Unlock()
	return c.added
}

// known returns what is offered as far as that is known: everything if complete.
func (c *copies) known() (offers []*offer, complete bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	return slices.Clip(c.offers), isClosed(c.listed)
}

// await returns the file called name as soon as it is known; nil if there is none, or ctx ends. A name that none of this
// book's files can have is not waited for.
func (c *copies) await(ctx context.Context, name string) *offer {
	c.start()
	possible := slices.ContainsFunc(append(carry.Targets(), carry.Here()), func(t carry.Target) bool { return t.FileName(c.base) == name })
	for {
		more := c.changed()
		offers, complete := c.known()
		if i := slices.IndexFunc(offers, func(o *offer) bool { return o.name == name }); i >= 0 {
			return offers[i]
		}
		if complete || !possible {
			return nil
		}
		select {
		case <-more:
		case <-c.listed:
		case <-ctx.Done():
			return nil
		}
	}
}

// sums reads every file once. The archive's own checksum comes with checking it.
func (c *copies) sums(ctx context.Context) {
	offers, _ := c.known()
	for _, o := range offers {
		sum := ""
		if o.program == nil {
			select {
			case <-c.book.startChecking():
				sum = c.book.result.sha256
			case <-ctx.Done():
				return
			}
		} else if image, release, err := o.program.Open(ctx); err == nil {
			h := sha256.New()
			_, err = io.Copy(h, io.NewSectionReader(&interruptible{ctx, image}, 0, o.size))
			release()
			if err == nil {
				sum = hex.EncodeToString(h.Sum(nil))
			}
		}
		c.mu.Lock()
		o.sum = sum
		c.mu.Unlock()
	}
}

// sumOf returns the checksum of o, empty if it is not known.
func (c *copies) sumOf(o *offer) string {
	c.mu.Lock()
	defer c.mu.Unlock()
	return o.sum
}

// fileBase returns the first of names that can begin a file name on every system, with what cannot replaced.
func fileBase(names ...string) string {
	const long = 60 // bytes; FAT has 255 for all of it
	for _, name := range names {
		name = strings.Map(func(r rune) rune {
			switch {
			case 'a' <= r && r <= 'z', 'A' <= r && r <= 'Z', '0' <= r && r <= '9', r == '-', r == '_', r == '.':
				return r
			}
			return '-'
		}, name)
		name = strings.Trim(name[:min(len(name), long)], "-.")
		if carry.IsDevice(name) {
			name = "archive-" + name
		}
		if name != "" {
			return name
		}
	}
	return "archive"
}

// assembled is an image as a stream, for one request. Parts of it that lie in a file as they are can be sent by the
// system.
type assembled struct {
	*io.SectionReader
	parts []part
}

// part is a piece of an image.
type part struct {
	end  int64   // where the next one begins
	file *stored // nil if it lies in no file
}

func assemble(image *carry.Image) *assembled {
	a := &assembled{SectionReader: io.NewSectionReader(image, 0, image.Size())}
	end := int64(0)
	for _, s := range image.Segments() {
		end += s.Size
		p := part{end: end}
		if file, offset := fileBehind(s.R, s.Off, s.Size); file != nil {
			p.file = &stored{SectionReader: io.NewSectionReader(file, offset, s.Size), file: file, path: file.Name(), offset: offset}
		}
		a.parts = append(a.parts, p)
	}
	return a
}

// fileBehind returns the file in which size bytes of r from off on lie, and where; nil if they lie in none.
func fileBehind(r io.ReaderAt, off, size int64) (*os.File, int64) {
	for {
		switch of := r.(type) {
		case *os.File:
			return of, off
		case *io.SectionReader:
			inner, at, n := of.Outer()
			if off < 0 || off > n || size > n-off {
				return nil, 0
			}
			r, off = inner, at+off
		default:
			return nil, 0
		}
	}
}

// piece returns how many bytes from the position on lie in one piece, and that piece if it is one of a file.
func (a *assembled) piece() (n int64, file *stored) {
	pos, _ := a.Seek(0, io.SeekCurrent) // no error: the position does not change
	start := int64(0)
	for _, p := range a.parts {
		if pos < p.end {
			if p.file != nil {
				_, _ = p.file.Seek(pos-start, io.SeekStart) // not before the beginning
			}
			return p.end - pos, p.file
		}
		start = p.end
	}
	return 0, nil
}
