package seal

import (
	"context"
	"crypto/md5" //nolint:gosec // ZIM, "Checksum"; against damage, not against forgers
	"crypto/sha256"
	"fmt"
	"io"
	"sync"
)

const (
	chunkBlocks = 4 // read at once, so that reading costs little beside hashing
	chunkBytes  = chunkBlocks * BlockSize
	chunks      = 6 // on their way at once; 6 MiB
)

// sink is given the bytes of a file in order, at most chunkBytes at a time, each piece but the last of chunkBytes.
// It runs in a goroutine of its own and must not keep p.
type sink func(p []byte)

// chunk is a piece of the file while the sinks work on it.
type chunk struct {
	buf  []byte
	left sync.WaitGroup // sinks that have not finished with buf
}

// stream reads the first size bytes of r once and gives them to all sinks, which work at the same time: MD5 and SHA-256
// then take as long as the slower of the two. The error is ctx's or what r returned; progress, if not nil, is called
// with the number of bytes read so far. All sinks have finished when stream returns.
func stream(ctx context.Context, r io.ReaderAt, size int64, progress func(done int64), sinks ...sink) error {
	var working sync.WaitGroup
	queues := make([]chan *chunk, len(sinks))
	for i, s := range sinks {
		queue := make(chan *chunk, chunks)
		queues[i] = queue
		working.Go(func() {
			for c := range queue {
				s(c.buf)
				c.left.Done()
			}
		})
	}
	defer working.Wait()
	defer func() {
		for _, queue := range queues {
			close(queue)
		}
	}()

	var ring [chunks]chunk
	for i, at := 0, int64(0); at < size; i++ {
		if err := ctx.Err(); err != nil {
			return err
		}
		c := &ring[i%chunks]
		c.left.Wait() // the oldest chunk
		if c.buf == nil {
			c.buf = make([]byte, chunkBytes)
		}
		c.buf = c.buf[:min(chunkBytes, size-at)]
		if n, err := r.ReadAt(c.buf, at); n < len(c.buf) {
			if err == nil || err == io.EOF { //nolint:errorlint // ReadAt returns it bare
				err = io.ErrUnexpectedEOF
			}
			return fmt.Errorf("read at %#x: %w", at+int64(n), err)
		}
		c.left.Add(len(sinks))
		for _, queue := range queues {
			queue <- c
		}
		if at += int64(len(c.buf)); progress != nil {
			progress(at)
		}
	}
	return nil
}

// hashBlocks returns a sink that calls each with the SHA-256 of every block of the first body bytes, in order.
func hashBlocks(body int64, each func(block int64, sum [sha256.Size]byte)) sink {
	var at int64
	return func(p []byte) {
		for len(p) > 0 && at < body {
			n := min(BlockSize, int64(len(p)), body-at)
			each(at/BlockSize, sha256.Sum256(p[:n]))
			p, at = p[n:], at+n
		}
	}
}

// checksum returns a sink that feeds an MD5 with all bytes from the offset on.
func checksum(from int64) (s sink, sum func() [md5.Size]byte) {
	h := md5.New() //nolint:gosec // see above
	return func(p []byte) {
		skip := min(from, int64(len(p)))
		from -= skip
		h.Write(p[skip:])
	}, func() [md5.Size]byte { return [md5.Size]byte(h.Sum(nil)) }
}
