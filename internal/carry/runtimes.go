package carry

import (
	"archive/tar"
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"slices"
	"sync"

	"samizdat/internal/zim"
)

// IndexName is the first file of a set of runtimes: an [Index] as JSON.
const IndexName = "runtimes.json"

const (
	maxIndex   = 64 << 10 // bytes
	maxRuntime = 32 << 20 // bytes of one runtime; ours have about 9 MB
)

// Index says what a set of runtimes holds.
type Index struct {
	Version  string       `json:"version"`
	Runtimes []IndexEntry `json:"runtimes"` // in the order of the archive
}

// IndexEntry is one runtime of an Index.
type IndexEntry struct {
	Target string `json:"target"` // like "linux/amd64"
	File   string `json:"file"`   // its name in the archive
	Bytes  int64  `json:"bytes"`
	SHA256 string `json:"sha256"`
	// Stream is where the xz stream begins that holds the file: that many bytes before the end of the set.
	Stream int64 `json:"stream"`
}

// Runtimes is a set of runtimes for several platforms: a tar archive, cut between files into several xz streams. Runtimes
// of one processor resemble each other, so together they take much less room than one by one; the price is that those
// before the one that is wanted are decoded too. Each stream is decoded by itself, on a core of its own. It may be used
// concurrently if its reader may.
type Runtimes struct {
	r       io.ReaderAt
	size    int64
	index   Index
	streams [][]IndexEntry // the runtimes of one stream, in its order
}

// OpenRuntimes reads the head of the set of size bytes that r reads.
func OpenRuntimes(r io.ReaderAt, size int64) (*Runtimes, error) {
	s := &Runtimes{r: r, size: size}
	if err := s.readIndex(); err != nil {
		return nil, fmt.Errorf("read runtimes: %w", err)
	}
	return s, nil
}

// readIndex decodes the first stream, which holds the index alone.
func (s *Runtimes) readIndex() error {
	t := s.open(s.size)
	h, err := t.Next()
	if err != nil {
		return unexpected(err)
	}
	if h.Name != IndexName || h.Size > maxIndex {
		return fmt.Errorf("begins with %s of %d bytes, want %s", h.Name, h.Size, IndexName)
	}
	b, err := io.ReadAll(t)
	if err != nil {
		return unexpected(err)
	}
	if err := json.Unmarshal(b, &s.index); err != nil {
		return fmt.Errorf("%s: %w", IndexName, err)
	}
	seen := map[string]bool{}
	last := s.size
	for _, e := range s.index.Runtimes {
		if e.Bytes <= 0 || e.Bytes > maxRuntime || seen[e.Target] {
			return fmt.Errorf("%s: %s: %d bytes, or named twice", IndexName, e.Target, e.Bytes)
		}
		if sum, err := hex.DecodeString(e.SHA256); err != nil || len(sum) != sha256.Size {
			return fmt.Errorf("%s: %s: no SHA-256", IndexName, e.Target)
		}
		seen[e.Target] = true
		if e.Stream <= 0 || e.Stream > last {
			return fmt.Errorf("%s: %s: its stream begins %d bytes before the end, want less than %d", IndexName, e.Target, e.Stream, last)
		}
		if e.Stream < last {
			s.streams, last = append(s.streams, nil), e.Stream
		}
		n := len(s.streams) - 1
		if n < 0 {
			return fmt.Errorf("%s: %s: in the same stream as the index", IndexName, e.Target)
		}
		s.streams[n] = append(s.streams[n], e)
	}
	return nil
}

// open decodes the stream that begins fromEnd bytes before the end.
func (s *Runtimes) open(fromEnd int64) *tar.Reader {
	return tar.NewReader(zim.DecodeXZ(io.NewSectionReader(s.r, s.size-fromEnd, fromEnd)))
}

// Version is the version of samizdat that the runtimes are.
func (s *Runtimes) Version() string { return s.index.Version }

// Targets returns the platforms that the set has runtimes for, in the order of [Targets]. Platforms that this program
// does not know are left out.
func (s *Runtimes) Targets() []Target {
	var out []Target
	for _, t := range targets {
		if s.entry(t) != nil {
			out = append(out, t)
		}
	}
	return out
}

func (s *Runtimes) entry(t Target) *IndexEntry {
	for i, e := range s.index.Runtimes {
		if e.Target == t.String() {
			return &s.index.Runtimes[i]
		}
	}
	return nil
}

// Bytes returns the size of the runtime for t, or 0 if there is none.
func (s *Runtimes) Bytes(t Target) int64 {
	if e := s.entry(t); e != nil {
		return e.Bytes
	}
	return 0
}

// Sum returns the SHA-256 of the runtime for t, which must be one of [Runtimes.Targets].
func (s *Runtimes) Sum(t Target) (sum [sha256.Size]byte) {
	b, _ := hex.DecodeString(s.entry(t).SHA256) // looked at by readIndex
	copy(sum[:], b)
	return sum
}

// unexpected is err, where the end of the archive comes too early.
func unexpected(err error) error {
	if err == io.EOF {
		return io.ErrUnexpectedEOF
	}
	return err
}

// Decoded is a runtime out of a set.
type Decoded struct {
	Target Target
	Bytes  []byte
}

// Each decodes the runtimes that want asks for, one after the other in the order of the set, and keeps none. It ends with
// an error if there is one; a runtime that is not what its SHA-256 says is left out after its error, and the others follow.
// The set is not decoded further than is asked for, and streams that hold nothing wanted are not decoded at all.
func (s *Runtimes) Each(ctx context.Context, want func(Target) bool) iter.Seq2[Decoded, error] {
	return func(yield func(Decoded, error) bool) {
		for _, entries := range s.streams {
			if !s.stream(ctx, entries, want, yield) {
				return
			}
		}
	}
}

// stream decodes those runtimes of one stream that are wanted. It reports whether another stream may follow.
func (s *Runtimes) stream(ctx context.Context, entries []IndexEntry, want func(Target) bool, yield func(Decoded, error) bool) bool {
	var t *tar.Reader
	passed := 0 // of entries
	for i, e := range entries {
		target, err := ParseTarget(e.Target)
		if err != nil || !want(target) {
			continue // a platform of a later version, or not now
		}
		if t == nil {
			t = s.open(e.Stream)
		}
		for ; passed < i; passed++ {
			if err := decodeTo(ctx, io.Discard, t, entries[passed]); err != nil {
				yield(Decoded{}, fmt.Errorf("read runtimes: %w", err))
				return false
			}
		}
		b, err := load(ctx, t, e)
		passed++
		switch {
		case errors.Is(err, errSum):
			if !yield(Decoded{Target: target}, fmt.Errorf("read runtimes: %w", err)) {
				return false
			}
		case err != nil:
			yield(Decoded{}, fmt.Errorf("read runtimes: %w", err))
			return false
		case !yield(Decoded{target, b}, nil):
			return false
		}
	}
	return true
}

// Decode decodes the runtimes for wanted, so many streams at once, and gives each to use, which may be called concurrently
// and holds up the stream that the runtime comes from. A stream takes 40 MB. They come in the order that ends soonest. use is
// told what is wrong with a runtime, or with the rest of a stream, which has no Target. The first error that it returns
// ends Decode and is returned; a platform that the set lacks wraps [fs.ErrNotExist].
func (s *Runtimes) Decode(ctx context.Context, atOnce int, use func(Decoded, error) error, wanted ...Target) error {
	for _, t := range wanted {
		if s.entry(t) == nil {
			return fmt.Errorf("runtime for %v: %w", t, fs.ErrNotExist)
		}
	}
	want := func(t Target) bool { return slices.Contains(wanted, t) }
	return atOnceOf(ctx, atOnce, s.inOrder(want, atOnce), func(ctx context.Context, entries []IndexEntry) (err error) {
		s.stream(ctx, entries, want, func(d Decoded, wrong error) bool {
			err = use(d, wrong)
			return err == nil
		})
		return err
	})
}

// atOnceOf calls do for every stream, so many at once. The first error ends the context of the others and is returned.
func atOnceOf(ctx context.Context, atOnce int, streams [][]IndexEntry, do func(context.Context, []IndexEntry) error) error {
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(nil)
	next := make(chan []IndexEntry)
	var workers sync.WaitGroup
	for range min(atOnce, len(streams)) {
		workers.Go(func() {
			for entries := range next {
				if err := do(ctx, entries); err != nil {
					cancel(err)
				}
			}
		})
	}
	for _, entries := range streams {
		select {
		case next <- entries:
		case <-ctx.Done():
		}
	}
	close(next)
	workers.Wait()
	return context.Cause(ctx)
}

var errSum = errors.New("damaged: its SHA-256 is another")

// decodeTo decodes the next file, which must be that of e, to w, in steps, so that a file's claim allocates nothing.
func decodeTo(ctx context.Context, w io.Writer, t *tar.Reader, e IndexEntry) error {
	h, err := t.Next()
	if err != nil {
		return unexpected(err)
	}
	if h.Name != e.File || h.Size != e.Bytes {
		return fmt.Errorf("%s of %d bytes, the index says %s of %d", h.Name, h.Size, e.File, e.Bytes)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := io.CopyN(w, t, 1<<20)
		if err == io.EOF { //nolint:errorlint // CopyN returns it bare
			return nil
		}
		if err != nil {
			return fmt.Errorf("%s: %w", e.File, err)
		}
	}
}

// grownAtOnce bounds, in bytes, what is allocated for a runtime because the index says how long it is. More than that
// comes as it is decoded.
const grownAtOnce = 16 << 20

// load returns the next file, which must be that of e. One that is damaged wraps errSum.
func load(ctx context.Context, t *tar.Reader, e IndexEntry) ([]byte, error) {
	var b bytes.Buffer
	b.Grow(int(min(e.Bytes, grownAtOnce)) + bytes.MinRead) // which it wants to see the end
	if err := decodeTo(ctx, &b, t, e); err != nil {
		return nil, err
	}
	if sum := sha256.Sum256(b.Bytes()); hex.EncodeToString(sum[:]) != e.SHA256 {
		return nil, fmt.Errorf("%s: %w", e.File, errSum)
	}
	if e.Bytes <= grownAtOnce {
		return b.Bytes(), nil
	}
	return bytes.Clone(b.Bytes()), nil // a buffer that grew has half as much again
}
