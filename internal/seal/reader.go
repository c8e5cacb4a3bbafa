package seal

import (
	"container/list"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"sync"
)

// keptBlocks are checked blocks in memory: 8 MiB. Articles near each other and the lists that every search goes
// through stay there; media pass by.
const keptBlocks = 32

// Reader reads a sealed file and checks every block each time it comes from the medium: what it hands out is what it
// has hashed, and a stick that answers differently the second time gains nothing. It is an [io.ReaderAt] and may be
// used concurrently; however many goroutines want a block at once, whole or in part, one reads and hashes it.
//
// A block that is not as it was sealed is a [*BlockError], possibly wrapped; no byte of it is handed out. Failures are
// not remembered: a stick may be pushed in again. Behind the body come head and list as they were checked when the seal
// was loaded; only the 16 bytes of the MD5 are what the medium says.
type Reader struct {
	r    io.ReaderAt
	s    *Seal
	text func() []byte // of the seal

	mu    sync.Mutex
	order list.List // of *keptBlock, most recent first
	kept  map[int64]*list.Element
	lent  map[int64]*keptBlock // whole blocks on their way, in the buffers of those who read them
	spare [][]byte             // buffers that nobody uses
}

var _ io.ReaderAt = (*Reader)(nil)

// keptBlock is a block that is in memory, or that somebody is reading. Its bytes may be read when done is closed.
type keptBlock struct {
	number int64
	done   chan struct{}
	buf    []byte
	err    error
	users  int           // goroutines that copy out of buf; guarded by Reader.mu
	gone   bool          // no longer kept: the last user gives buf back
	lent   bool          // buf is that of the goroutine that fills it, which waits in settle for the other users
	left   chan struct{} // closed when they are done; nil if nobody waits. Guarded by Reader.mu
}

// NewReader returns a Reader of the file that s is the seal of, and keeps r. Unsigned seals will do: their hashes find
// damage, though they vouch for nothing.
func NewReader(r io.ReaderAt, s *Seal) *Reader {
	return &Reader{r: r, s: s, kept: map[int64]*list.Element{}, lent: map[int64]*keptBlock{}, text: sync.OnceValue(func() []byte {
		return append(s.Message(), s.slot...)
	})}
}

// Seal returns the seal that is checked against.
func (c *Reader) Seal() *Seal { return c.s }

// ReadAt reads from offset off of the file. See [io.ReaderAt].
func (c *Reader) ReadAt(p []byte, off int64) (n int, err error) {
	if off < 0 {
		return 0, errors.New("seal: read at a negative offset")
	}
	for n < len(p) {
		at := off + int64(n)
		if at >= c.s.Body {
			m, err := c.readSeal(p[n:], at)
			return n + m, err
		}
		i := at / BlockSize
		start := i * BlockSize
		size := min(BlockSize, c.s.Body-start)
		whole := at == start && int64(len(p)-n) >= size
		m, err := c.partOf(p[n:], i, at-start, whole)
		n += m
		if err != nil {
			return n, err
		}
	}
	return n, nil
}

// fetch reads block i into p and checks it.
func (c *Reader) fetch(p []byte, i int64) error {
	if err := readFull(c.r, p, i*BlockSize); err != nil {
		return fmt.Errorf("read block %d: %w", i, err)
	}
	if sha256.Sum256(p) != c.s.sum(i) {
		return &BlockError{Block: i, Offset: i * BlockSize}
	}
	return nil
}

// partOf copies block i, from the offset on, into p. A whole block is hashed where it lies, in p; those who want it at the
// same time copy it from there, and it is not kept.
func (c *Reader) partOf(p []byte, i, from int64, whole bool) (int, error) {
	k, mine := c.claim(i, p, whole)
	if mine && k.lent {
		func() {
			defer c.settle(k) // also when the medium's reader panics
			c.fill(k)
		}()
		if k.err != nil {
			return 0, k.err
		}
		return len(k.buf), nil
	}
	if mine {
		c.fill(k)
	} else {
		<-k.done
	}
	n := 0
	if k.err == nil {
		n = copy(p, k.buf[from:])
	}
	c.release(k)
	return n, k.err
}

// settle ends the loan of k's buffer: nobody else reads it after that.
func (c *Reader) settle(k *keptBlock) {
	c.mu.Lock()
	delete(c.lent, k.number)
	k.gone = true
	if k.users--; k.users == 0 {
		c.mu.Unlock()
		return
	}
	left := make(chan struct{})
	k.left = left
	c.mu.Unlock()
	<-left
}

// claim returns block i, kept from now on, or if it is wanted whole lent by p; mine tells the caller to fill it. The caller
// releases it, or settles a loan of its own.
func (c *Reader) claim(i int64, p []byte, whole bool) (k *keptBlock, mine bool) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if e, ok := c.kept[i]; ok {
		c.order.MoveToFront(e)
		k = e.Value.(*keptBlock)
		k.users++
		return k, false
	}
	if k = c.lent[i]; k != nil {
		k.users++
		return k, false
	}
	size := min(BlockSize, c.s.Body-i*BlockSize)
	k = &keptBlock{number: i, done: make(chan struct{}), users: 1, err: errors.New("seal: internal error: reading was cut short")}
	if whole {
		k.buf, k.lent, c.lent[i] = p[:size], true, k
		return k, true
	}
	for c.order.Len() >= keptBlocks {
		c.drop(c.order.Back().Value.(*keptBlock))
	}
	if last := len(c.spare) - 1; last >= 0 {
		k.buf, c.spare = c.spare[last][:size], c.spare[:last]
	} else {
		k.buf = make([]byte, size, min(BlockSize, c.s.Body))
	}
	c.kept[i] = c.order.PushFront(k)
	return k, true
}

// fill reads and checks a block that was claimed. A failure is told to those who wait, and forgotten.
func (c *Reader) fill(k *keptBlock) {
	defer close(k.done) // also when the medium's reader panics
	if k.err = c.fetch(k.buf, k.number); k.err != nil {
		clear(k.buf)
		c.mu.Lock()
		c.drop(k)
		c.mu.Unlock()
	}
}

// drop keeps k no longer. c.mu is held.
func (c *Reader) drop(k *keptBlock) {
	if e, ok := c.kept[k.number]; ok && e.Value.(*keptBlock) == k {
		c.order.Remove(e)
		delete(c.kept, k.number)
	}
	k.gone = true
	if k.users == 0 {
		c.giveBack(k)
	}
}

// release ends one use of k.
func (c *Reader) release(k *keptBlock) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if k.users--; k.users == 0 && k.gone {
		c.giveBack(k)
	}
}

// giveBack takes the buffer of a block that nobody uses, or tells its owner. c.mu is held.
func (c *Reader) giveBack(k *keptBlock) {
	if k.lent {
		if k.left != nil {
			close(k.left)
		}
		return
	}
	if len(c.spare) < 4 {
		c.spare = append(c.spare, k.buf[:cap(k.buf)])
	}
	k.buf = nil
}

// readSeal reads behind the body.
func (c *Reader) readSeal(p []byte, at int64) (int, error) {
	n := 0
	if text := c.text(); at-c.s.Body < int64(len(text)) {
		n = copy(p, text[at-c.s.Body:])
	}
	if n == len(p) {
		return n, nil
	}
	left := c.s.FileSize - at - int64(n)
	if left <= 0 {
		return n, io.EOF
	}
	m, err := c.r.ReadAt(p[n:n+int(min(left, int64(len(p)-n)))], at+int64(n))
	n += m
	if err == nil && n < len(p) {
		err = io.EOF
	}
	return n, err
}
