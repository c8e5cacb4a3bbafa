package zim

import (
	"bufio"
	"bytes"
	"container/list"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math"
	"math/bits"
	"sort"

	"github.com/klauspost/compress/zstd"
)

const (
	streamWindow = 8 << 20   // bytes; largest zstd window that is allocated because a header claims it: level 19, libzim's
	maxWindow    = 128 << 20 // bytes; zstd --ultra -22, which libzim used before 7.1; the same limit as libzim's
	decodeInput  = 64 << 10  // bytes read from the archive at once
)

// decodedCluster is a cluster in memory: its offset table and its blobs, in chunks, or the first of its blobs. Offsets count
// from the start of the table. All but its claims is never changed once it is decoded.
type decodedCluster struct {
	key    clusterKey
	number uint32
	chunks [][]byte // of chunkBytes each
	size   int64    // bytes of data
	width  int      // bytes per offset: 4, or 8 if extended
	count  uint32   // blobs

	room *room
	refs int           // claims
	elem *list.Element // in Memory.kept, while there are none
}

// bytes returns the memory that c takes.
func (c *decodedCluster) bytes() int64 { return int64(len(c.chunks)) * chunkBytes }

// allBlobs stands for the last blob of a cluster, where its number is not known.
const allBlobs = 1<<32 - 1

// has reports whether c was decoded as far as the end of blob i; and wholly, if it has no such blob.
func (c *decodedCluster) has(i uint32) bool {
	if c.count == 0 {
		return true
	}
	if i < c.count {
		i++
	}
	return int64(c.offset(min(i, c.count))) <= c.size
}

// sound returns how many blobs are there, from the first one.
func (c *decodedCluster) sound() uint32 {
	return uint32(sort.Search(int(min(c.count, math.MaxInt32)), func(i int) bool { return int64(c.offset(uint32(i)+1)) > c.size }))
}

// piece returns what lies at offset at and goes on to the end of its chunk.
func (c *decodedCluster) piece(at int64) []byte { return c.chunks[at/chunkBytes][at%chunkBytes:] }

// offset returns entry i of the offset table. Chunks have a length that is a multiple of every width.
func (c *decodedCluster) offset(i uint32) uint64 {
	return offsetAt(c.piece(int64(i)*int64(c.width)), c.width)
}

func offsetAt(b []byte, width int) uint64 {
	if width == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return uint64(binary.LittleEndian.Uint32(b))
}

// decoding is the work on one cluster.
type decoding struct {
	m        *Memory
	ctx      context.Context //nolint:containedctx // lives as long as one call
	h        *clusterHead
	maxBytes int64
	last     uint32 // blob at whose end the decoding may stop
	src      *sourceReader
	c        *decodedCluster
	slots    chan struct{} // the queue in which it has a place; nil if in none
	err      error         // why it was given up, if that is not the file's fault
}

// decode reads and decodes the whole cluster of h, which ends before offset end. Output grows as it arrives, so what
// the cluster claims about itself allocates nothing. It ends early when ctx does. Nobody has a claim on the result yet.
func (r *Reader) decode(ctx context.Context, h *clusterHead, end int64) (*decodedCluster, error) {
	c, _, err := r.decodeUpTo(ctx, h, end, allBlobs, true)
	return c, err
}

// decodeUpTo is decode as far as the end of blob last: whoever reads one page of a large archive then waits for half a cluster.
// An xz cluster is decoded wholly, because its check comes at the end. With an error comes how many blobs could be decoded before it.
// Unless a big cluster is wanted, it is errBig.
func (r *Reader) decodeUpTo(ctx context.Context, h *clusterHead, end int64, last uint32, big bool) (c *decodedCluster, sound uint32, err error) {
	d := &decoding{m: r.memory, ctx: ctx, h: h, maxBytes: r.maxCluster, last: last}
	if err := d.enter(d.m.slots); err != nil {
		return nil, 0, err
	}
	defer d.leave()
	defer func() {
		// The decoders are other people's and the input is hostile: what they trip over damages one cluster, not us.
		if x := recover(); x != nil {
			err = h.defect("decoder panicked: %v", x)
		}
		if err != nil {
			c, sound = nil, d.c.sound()
			d.reset()
		}
	}()
	d.src = &sourceReader{SectionReader: io.NewSectionReader(r.r, h.start+1, r.inputEnd(h, end)-h.start-1), ctx: ctx}
	if err = d.run(); errors.Is(d.err, errBig) && big {
		// What was decoded is dropped first, so that who waits here keeps nobody else waiting.
		d.reset()
		d.leave()
		if d.err = d.enter(d.m.bigSlot); d.err == nil {
			err = d.run()
		}
	}
	switch {
	case d.err != nil:
		return nil, 0, d.err
	case ctx.Err() != nil && err != nil:
		return nil, 0, ctx.Err()
	case d.src.err != nil:
		return nil, 0, fmt.Errorf("zim: read %s: %w", h.part(), d.src.err)
	}
	return d.c, 0, err
}

// inputEnd returns the offset behind which no byte of the cluster of h can lie: not behind the next cluster, if that
// stands later in the file, and not farther than the output may be long.
func (r *Reader) inputEnd(h *clusterHead, end int64) int64 {
	if h.number+1 < r.hdr.clusterCount {
		if next, err := r.clusterPointer(h.number + 1); err == nil && next > h.start {
			end = min(end, next)
		}
	}
	return min(end, h.start+1+r.maxCluster)
}

// reset begins anew, with nothing decoded.
func (d *decoding) reset() {
	if d.c != nil {
		d.m.discard(d.c)
	}
	d.c = &decodedCluster{number: d.h.number, width: d.h.width(), room: &d.m.small}
	if d.slots == d.m.bigSlot {
		d.c.room = &d.m.big
	}
}

func (d *decoding) enter(slots chan struct{}) error {
	if err := d.m.enter(d.ctx, slots); err != nil {
		return err
	}
	d.slots = slots
	return nil
}

func (d *decoding) leave() {
	if d.slots != nil {
		<-d.slots
		d.slots = nil
	}
}

// errBig ends a decoding that needs the queue and the room of big clusters, where it begins anew.
var errBig = errors.New("zim: internal error: a big cluster")

// run decodes from the beginning.
func (d *decoding) run() error {
	if _, err := d.src.Seek(0, io.SeekStart); err != nil {
		return err
	}
	d.reset()
	switch d.h.compression {
	case clusterZstd:
		return d.zstd()
	case clusterXZ:
		return d.xz()
	}
	panic(fmt.Sprintf("zim: internal error: decode of compression %d", d.h.compression))
}

// needBig fails unless the work has the queue and the room of big clusters.
func (d *decoding) needBig() error {
	if d.slots != d.m.bigSlot {
		d.err = errBig
	}
	return d.err
}

// fill reads from src until n bytes of the cluster are there.
func (d *decoding) fill(src io.Reader, n int64) error {
	c := d.c
	for c.size < n {
		have := c.size % chunkBytes
		if c.size == c.bytes() {
			if err := d.grow(); err != nil {
				return err
			}
		}
		chunk := c.chunks[len(c.chunks)-1]
		m, err := io.ReadFull(src, chunk[have:min(chunkBytes, have+n-c.size)])
		c.size += int64(m)
		if err != nil {
			return unexpectedEOF(err)
		}
	}
	return nil
}

// grow adds one chunk.
func (d *decoding) grow() error {
	if d.err = d.ctx.Err(); d.err != nil {
		return d.err
	}
	if d.c.bytes() >= bigBytes {
		if err := d.needBig(); err != nil {
			return err
		}
	}
	chunk, err := d.m.chunk(d.ctx, d.c.room)
	if err != nil {
		d.err = err
		return err
	}
	d.c.chunks = append(d.c.chunks, chunk)
	return nil
}

// read reads an offset table and its blobs from the decoder src. ZIM, "Clusters".
func (d *decoding) read(src io.Reader) error {
	c, h := d.c, d.h
	if err := d.fill(src, int64(c.width)); err != nil {
		return h.defect("offset table: %w", err)
	}
	table := c.offset(0)
	if err := h.checkTable(table, uint64(d.maxBytes)); err != nil {
		return err
	}
	if err := d.fill(src, int64(table)); err != nil {
		return h.defect("offset table: %w", err)
	}
	c.count = uint32(table/uint64(c.width)) - 1
	last := uint64(0)
	for i := range c.count + 1 {
		offset := c.offset(i)
		if offset < last {
			return h.defect("offset %d is %#x, before %#x", i, offset, last)
		}
		last = offset
	}
	if last > uint64(d.maxBytes) {
		return h.defect("%d bytes when decoded, at most %d are: %w", last, d.maxBytes, ErrTooLarge)
	}
	wanted := last
	if d.last < c.count && h.compression == clusterZstd {
		wanted = c.offset(d.last + 1)
	}
	if err := d.fill(src, int64(wanted)); err != nil {
		return h.defect("blobs end after %d of %d bytes: %w", c.size, last, err)
	}
	return nil
}

// sourceReader remembers a failure of the disk, which is not the format's fault, and fails when its context has ended.
type sourceReader struct {
	*io.SectionReader
	ctx context.Context //nolint:containedctx // lives as long as one call
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
	if err := s.ctx.Err(); err != nil {
		return 0, err
	}
	n, err := s.SectionReader.Read(p)
	if err != nil && !errors.Is(err, io.EOF) && !errors.Is(err, io.ErrUnexpectedEOF) {
		s.err = err
	}
	return n, err
}

// zstdDecoder is a decoder with its input buffer, for use again.
type zstdDecoder struct {
	in  *bufio.Reader
	dec *zstd.Decoder
}

func newZstdDecoder(window uint64) *zstdDecoder {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(window), zstd.WithDecoderMaxWindow(window))
	if err != nil {
		panic("zim: internal error: zstd options: " + err.Error())
	}
	return &zstdDecoder{bufio.NewReaderSize(nil, decodeInput), dec}
}

func (d *decoding) zstd() error {
	z, ok := d.m.zstd.Get().(*zstdDecoder)
	if !ok {
		z = newZstdDecoder(streamWindow)
	}
	defer func() {
		z.in.Reset(nil)
		if z.dec.Reset(nil) == nil {
			d.m.zstd.Put(z)
		}
	}()
	z.in.Reset(d.src)
	window, err := zstdWindow(z.in)
	switch {
	case err != nil:
		return d.h.defect("zstd frame: %w", err)
	case window > maxWindow:
		return d.h.defect("zstd window of %d bytes, at most %d are decoded: %w", window, maxWindow, ErrTooLarge)
	case window > streamWindow:
		return d.wideZstd(window)
	}
	if err := z.dec.Reset(z.in); err != nil {
		return d.h.defect("zstd: %w", err)
	}
	return d.read(z.dec)
}

// zstdWindow returns the window size in bytes that the frame at the start of in asks for.
func zstdWindow(in *bufio.Reader) (uint64, error) {
	b, err := in.Peek(zstd.HeaderMaxSize)
	if len(b) == 0 {
		return 0, err
	}
	var h zstd.Header
	if err := h.Decode(b); err != nil {
		return 0, err
	}
	if h.SingleSegment {
		return h.FrameContentSize, nil
	}
	return h.WindowSize, nil
}

// wideZstd decodes a frame that asks for a window wider than is allocated for nothing but a claim. It is given a
// smaller one, and a wider one for as long as the output was longer than the window when a distance proved too far.
func (d *decoding) wideZstd(claimed uint64) error {
	if err := d.needBig(); err != nil {
		return err
	}
	const block = 128 << 10 // bytes; the output of a block is lost when something is wrong in it. RFC 8878, 3.1.1.2.4
	for window := uint64(streamWindow); ; window *= 2 {
		if _, err := d.src.Seek(0, io.SeekStart); err != nil {
			return err
		}
		d.reset()
		in, err := withWindow(bufio.NewReaderSize(d.src, decodeInput), window)
		if err != nil {
			return d.h.defect("zstd frame: %w", err)
		}
		z := newZstdDecoder(window)
		if err = z.dec.Reset(in); err != nil {
			err = d.h.defect("zstd: %w", err)
		} else {
			err = d.read(z.dec)
		}
		z.dec.Close()
		if err == nil || window >= claimed || uint64(d.c.size)+block < window || d.err != nil || errors.Is(err, ErrTooLarge) {
			return err
		}
	}
}

// withWindow gives the frame in in a header that says only what is needed to decode it, with this window, a power of
// two. RFC 8878, 3.1.1.1.
func withWindow(in *bufio.Reader, window uint64) (io.Reader, error) {
	b, err := in.Peek(zstd.HeaderMaxSize)
	if len(b) == 0 {
		return nil, unexpectedEOF(err)
	}
	var h zstd.Header
	if err := h.Decode(b); err != nil {
		return nil, err
	}
	if h.Skippable || h.DictionaryID != 0 {
		return nil, fmt.Errorf("a frame that is skippable or needs a dictionary: %w", errors.ErrUnsupported)
	}
	if _, err := in.Discard(h.HeaderSize); err != nil {
		return nil, unexpectedEOF(err)
	}
	descriptor := byte(0)
	if h.HasCheckSum {
		descriptor = 1 << 2
	}
	exponent := byte(bits.Len64(window) - 1 - 10)
	return io.MultiReader(bytes.NewReader([]byte{0x28, 0xb5, 0x2f, 0xfd, descriptor, exponent << 3}), in), nil
}
