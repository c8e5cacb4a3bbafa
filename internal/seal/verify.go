package seal

import (
	"context"
	"crypto/sha256"
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

// Verify reads every block of the body from r and returns those that differ, in order. The error is ctx's or what r
// returned. progress, if not nil, is called with the number of body bytes read so far.
func (s *Seal) Verify(ctx context.Context, r io.ReaderAt, progress func(done int64)) ([]*BlockError, error) {
	var bad []*BlockError
	buf := make([]byte, BlockSize)
	for i := range s.Blocks() {
		if err := ctx.Err(); err != nil {
			return bad, err
		}
		at := i * BlockSize
		p := buf[:min(BlockSize, s.Body-at)]
		if _, err := r.ReadAt(p, at); err != nil {
			return bad, fmt.Errorf("read block %d: %w", i, err)
		}
		if sha256.Sum256(p) != [sha256.Size]byte(s.sums[i*sha256.Size:]) {
			bad = append(bad, &BlockError{Block: i, Offset: at})
		}
		if progress != nil {
			progress(at + int64(len(p)))
		}
	}
	return bad, nil
}
