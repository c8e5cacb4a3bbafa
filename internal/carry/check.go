package carry

import (
	"archive/tar"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"sync/atomic"

	"samizdat/internal/zim"
)

// Check decodes the whole set, so many streams at once, keeps nothing of it, and compares every sum: whoever hands the set on
// hands on what others need. Runtimes for platforms that this program does not know are looked at like all others. A stream
// takes 40 MB. progress is told how many bytes of runtimes are decoded, and how many there are; it may be called concurrently.
func (s *Runtimes) Check(ctx context.Context, atOnce int, progress func(done, total int64)) error {
	if err := s.checkStream(ctx, s.size, nil, nil); err != nil {
		return fmt.Errorf("read runtimes: %w", err)
	}
	total, done := int64(0), atomic.Int64{}
	for _, e := range s.index.Runtimes {
		total += e.Bytes
	}
	err := atOnceOf(ctx, atOnce, s.streams, func(ctx context.Context, entries []IndexEntry) error {
		return s.checkStream(ctx, entries[0].Stream, entries, func(n int64) { progress(done.Add(n), total) })
	})
	if err != nil && ctx.Err() == nil {
		return fmt.Errorf("read runtimes: %w", err)
	}
	return err
}

// checkStream decodes the stream that begins fromEnd bytes before the end, to its own end, behind which stand its checksums.
// The files that it begins with must be those of entries.
func (s *Runtimes) checkStream(ctx context.Context, fromEnd int64, entries []IndexEntry, progress func(n int64)) error {
	x := zim.DecodeXZ(io.NewSectionReader(s.r, s.size-fromEnd, fromEnd))
	t := tar.NewReader(x)
	for _, e := range entries {
		sum := sha256.New()
		if err := decodeTo(ctx, sum, t, e); err != nil {
			return err
		}
		if hex.EncodeToString(sum.Sum(nil)) != e.SHA256 {
			return fmt.Errorf("%s: %w", e.File, errSum)
		}
		progress(e.Bytes)
	}
	for {
		if err := ctx.Err(); err != nil {
			return err
		}
		_, err := io.CopyN(io.Discard, x, 1<<20)
		if errors.Is(err, io.EOF) {
			return nil
		}
		if err != nil {
			return err
		}
	}
}
