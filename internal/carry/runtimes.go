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
	"sync"

	"samizdat/internal/zim"
)

// IndexName is the first file of a set of runtimes: an [Index] as JSON.
const IndexName = "runtimes.json"

const (
	maxIndex   = 64 << 10  // bytes
	maxRuntime = 128 << 20 // bytes of one runtime; ours have about 9 MB
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
}

// Runtimes is a set of runtimes for several platforms: a tar archive in one xz stream. Runtimes resemble each other, so
// together they take much less room than one by one; the price is that one pass decodes everything before the last one
// wanted. What was asked for is kept. It may be used concurrently if its reader may.
type Runtimes struct {
	r     io.ReaderAt
	size  int64
	index Index

	mu   sync.Mutex // held while decoding: who comes second finds what the first has decoded
	kept map[Target][]byte
}

// OpenRuntimes reads the head of the set of size bytes that r reads.
func OpenRuntimes(r io.ReaderAt, size int64) (*Runtimes, error) {
	s := &Runtimes{r: r, size: size, kept: map[Target][]byte{}}
	if _, err := s.start(); err != nil {
		return nil, fmt.Errorf("read runtimes: %w", err)
	}
	return s, nil
}

// start decodes up to the end of the index.
func (s *Runtimes) start() (*tar.Reader, error) {
	t := tar.NewReader(zim.DecodeXZ(io.NewSectionReader(s.r, 0, s.size)))
	h, err := t.Next()
	if err != nil {
		return nil, unexpected(err)
	}
	if h.Name != IndexName || h.Size > maxIndex {
		return nil, fmt.Errorf("begins with %s of %d bytes, want %s", h.Name, h.Size, IndexName)
	}
	b, err := io.ReadAll(t)
	if err != nil {
		return nil, unexpected(err)
	}
	var index Index
	if err := json.Unmarshal(b, &index); err != nil {
		return nil, fmt.Errorf("%s: %w", IndexName, err)
	}
	seen := map[string]bool{}
	for _, e := range index.Runtimes {
		if e.Bytes <= 0 || e.Bytes > maxRuntime || seen[e.Target] {
			return nil, fmt.Errorf("%s: %s: %d bytes, or named twice", IndexName, e.Target, e.Bytes)
		}
		seen[e.Target] = true
	}
	s.index = index
	return t, nil
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

// Load decodes the runtimes for wanted in one pass and returns them, in that order. Those that were loaded before are not
// decoded again. Each is compared with its SHA-256. A platform that the set lacks wraps [fs.ErrNotExist]. progress,
// unless nil, is told how many bytes of how many are decoded.
func (s *Runtimes) Load(ctx context.Context, progress func(done, total int64), wanted ...Target) ([][]byte, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	missing := map[string]Target{} // by file
	for _, t := range wanted {
		e := s.entry(t)
		if e == nil {
			return nil, fmt.Errorf("runtime for %v: %w", t, fs.ErrNotExist)
		}
		if s.kept[t] == nil {
			missing[e.File] = t
		}
	}
	if err := s.decode(ctx, progress, missing); err != nil {
		return nil, fmt.Errorf("read runtimes: %w", err)
	}
	out := make([][]byte, len(wanted))
	for i, t := range wanted {
		out[i] = s.kept[t]
	}
	return out, nil
}

func (s *Runtimes) decode(ctx context.Context, progress func(done, total int64), missing map[string]Target) error {
	if len(missing) == 0 {
		return nil
	}
	var done, total int64
	last := 0
	for i, e := range s.index.Runtimes {
		if _, ok := missing[e.File]; ok {
			last = i
		}
	}
	for _, e := range s.index.Runtimes[:last+1] {
		total += e.Bytes
	}
	t, err := s.start()
	if err != nil {
		return err
	}
	for len(missing) > 0 {
		h, err := t.Next()
		if err != nil {
			return unexpected(err)
		}
		target, ok := missing[h.Name]
		w := io.Writer(io.Discard)
		var b bytes.Buffer
		if ok {
			if e := s.entry(target); h.Size != e.Bytes {
				return fmt.Errorf("%s: %d bytes, the index says %d", h.Name, h.Size, e.Bytes)
			}
			w = &b
		}
		for { // in steps, so that a file's claim allocates nothing
			n, err := io.CopyN(w, t, 1<<20)
			if done += n; progress != nil {
				progress(min(done, total), total)
			}
			if errors.Is(err, io.EOF) {
				break
			}
			if err != nil {
				return fmt.Errorf("%s: %w", h.Name, err)
			}
			if err := ctx.Err(); err != nil {
				return err
			}
		}
		if !ok {
			continue
		}
		if sum := sha256.Sum256(b.Bytes()); hex.EncodeToString(sum[:]) != s.entry(target).SHA256 {
			return fmt.Errorf("%s: damaged: its SHA-256 is another", h.Name)
		}
		s.kept[target] = b.Bytes()
		delete(missing, h.Name)
	}
	return nil
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
// The set is not decoded further than is asked for.
func (s *Runtimes) Each(ctx context.Context, want func(Target) bool) iter.Seq2[Decoded, error] {
	return func(yield func(Decoded, error) bool) {
		t, err := s.start()
		for i := 0; err == nil && i < len(s.index.Runtimes); i++ {
			e := s.index.Runtimes[i]
			var h *tar.Header
			if h, err = t.Next(); err != nil {
				err = unexpected(err)
				break
			}
			if h.Name != e.File || h.Size != e.Bytes {
				err = fmt.Errorf("%s of %d bytes, the index says %s of %d", h.Name, h.Size, e.File, e.Bytes)
				break
			}
			target, errName := ParseTarget(e.Target)
			if errName != nil || !want(target) {
				continue // the next one skips it
			}
			var b bytes.Buffer
			for err == nil { // in steps, so that a file's claim allocates nothing
				if _, err = io.CopyN(&b, t, 1<<20); err == nil {
					err = ctx.Err()
				}
			}
			if err != io.EOF { //nolint:errorlint // CopyN returns it bare
				err = fmt.Errorf("%s: %w", h.Name, err)
				break
			}
			err = nil
			if sum := sha256.Sum256(b.Bytes()); hex.EncodeToString(sum[:]) != e.SHA256 {
				if !yield(Decoded{Target: target}, fmt.Errorf("read runtimes: %s: damaged: its SHA-256 is another", h.Name)) {
					return
				}
				continue
			}
			if !yield(Decoded{target, bytes.Clone(b.Bytes())}, nil) { // a buffer has half as much again
				return
			}
		}
		if err != nil {
			yield(Decoded{}, fmt.Errorf("read runtimes: %w", err))
		}
	}
}
