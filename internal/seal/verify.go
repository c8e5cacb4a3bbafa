package seal

import (
	"context"
	"crypto/md5" //nolint:gosec // ZIM, "Checksum"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
)

// BlockError is a block of the file that is not as it was sealed.
type BlockError struct {
	Block  int64 // counted from 0
	Offset int64 // of its first byte in the file
}

// Error names block and offset.
func (e *BlockError) Error() string {
	return fmt.Sprintf("block %d at %#x is not as it was sealed", e.Block, e.Offset)
}

// VerifyOptions tunes [Seal.Verify]. The zero value works; nil is allowed.
type VerifyOptions struct {
	Progress func(done, total int64) // bytes of the file read so far; nil: none
	// Also is given all bytes of the file but the last 16, in order and in a goroutine of its own, while Verify runs;
	// its errors are not looked at. nil: nobody.
	Also io.Writer
}

// Report is what reading all of a sealed file found.
type Report struct {
	Changed  []*BlockError  // blocks that are not as they were sealed, in order
	MD5      [md5.Size]byte // of everything but the last 16 bytes
	Checksum bool           // those 16 bytes are MD5
}

// Verify reads the whole file from r, once: every block is held against its hash, and the MD5 is computed meanwhile. The
// error is ctx's or what r returned.
func (s *Seal) Verify(ctx context.Context, r io.ReaderAt, opts *VerifyOptions) (*Report, error) {
	if opts == nil {
		opts = &VerifyOptions{}
	}
	report := &Report{}
	md5Sink, sum := checksum(0)
	sinks := []sink{md5Sink, hashBlocks(s.Body, func(i int64, got [sha256.Size]byte) {
		if got != s.sum(i) {
			report.Changed = append(report.Changed, &BlockError{Block: i, Offset: i * BlockSize})
		}
	})}
	if opts.Also != nil {
		sinks = append(sinks, func(p []byte) { _, _ = opts.Also.Write(p) })
	}
	progress := func(done int64) {
		if opts.Progress != nil {
			opts.Progress(done, s.FileSize)
		}
	}
	if err := stream(ctx, r, s.FileSize-tailSize, progress, sinks...); err != nil {
		return nil, err
	}
	var stored [md5.Size]byte
	if err := readFull(r, stored[:], s.FileSize-tailSize); err != nil {
		return nil, fmt.Errorf("read checksum: %w", err)
	}
	report.MD5 = sum()
	report.Checksum = report.MD5 == stored
	return report, nil
}

// Whole reads the whole file from r and returns an error unless all of it is as it was sealed: a [*BlockError],
// [ErrChecksum], or what r or ctx returned. progress may be nil.
func (s *Seal) Whole(ctx context.Context, r io.ReaderAt, progress func(done, total int64)) error {
	report, err := s.Verify(ctx, r, &VerifyOptions{Progress: progress})
	switch {
	case err != nil:
		return err
	case len(report.Changed) > 0:
		return report.Changed[0]
	case !report.Checksum:
		return ErrChecksum
	}
	return nil
}

// ReadBack reads a file that was just sealed, signed or not, and returns an error unless all of it is as it was sealed:
// what was written is not trusted before.
func ReadBack(ctx context.Context, r io.ReaderAt, size int64) error {
	s, err := Load(r, size)
	if err != nil && !errors.Is(err, ErrUnsigned) {
		return err
	}
	return s.Whole(ctx, r, nil)
}

// sum is the hash of block i.
func (s *Seal) sum(i int64) [sha256.Size]byte {
	return [sha256.Size]byte(s.sums[i*sha256.Size:])
}

// readFull fills p from off; an end before that is io.ErrUnexpectedEOF.
func readFull(r io.ReaderAt, p []byte, off int64) error {
	n, err := r.ReadAt(p, off)
	switch {
	case n == len(p):
		return nil
	case err == nil || err == io.EOF: //nolint:errorlint // ReadAt returns it bare
		return io.ErrUnexpectedEOF
	}
	return err
}
