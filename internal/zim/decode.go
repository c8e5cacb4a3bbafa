package zim

import (
	"bufio"
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"sync"

	"github.com/klauspost/compress/zstd"
)

const (
	streamWindow = 8 << 20   // bytes; largest zstd window that a stream decoder allocates: level 19, libzim's
	maxWindow    = 128 << 20 // bytes; zstd --ultra -22, which libzim used before 7.1; the same limit as libzim's
	decodeInput  = 64 << 10  // bytes read from the archive at once
	firstBuffer  = 64 << 10  // bytes; output that is allocated before any came
	maxGuess     = 6 << 20   // bytes; output that is allocated on the strength of the input's size: a whole cluster of ours
)

// decoderPool makes decoders for compressed clusters and lets as many work at once as there are processors: that and
// maxBytes bound the memory that decoding takes. What was decoded lives on as long as a Blob of it, outside this bound;
// docs/threat-model.md says what hostile archives can make of that.
type decoderPool struct {
	maxBytes int64 // per cluster, decoded
	slots    chan struct{}
	zstd     sync.Pool // of *zstdDecoder
}

// decodedCluster is a cluster in memory: its offset table and its blobs.
type decodedCluster struct {
	number uint32
	start  int64  // offset of the cluster in the archive
	data   []byte // offset table, then blobs; offsets count from its start
	width  int    // bytes per offset: 4, or 8 if extended
	count  uint32 // blobs
}

// bytes returns the memory that c takes.
func (c *decodedCluster) bytes() int64 { return int64(cap(c.data)) + 128 }

// blob returns blob i without copying it; i is below count.
func (c *decodedCluster) blob(i uint32) []byte {
	return c.data[c.offset(i):c.offset(i+1):c.offset(i+1)]
}

func (c *decodedCluster) offset(i uint32) uint64 {
	return offsetAt(c.data[int(i)*c.width:], c.width)
}

func offsetAt(b []byte, width int) uint64 {
	if width == 8 {
		return binary.LittleEndian.Uint64(b)
	}
	return uint64(binary.LittleEndian.Uint32(b))
}

// decode reads and decodes the whole cluster of h, which ends before offset end. Output grows as it arrives, so what the cluster claims about
// itself allocates nothing.
func (r *Reader) decode(h *clusterHead, end int64) (c *decodedCluster, err error) {
	p := &r.decoders
	p.slots <- struct{}{}
	defer func() { <-p.slots }()
	defer func() {
		// The decoders are other people's and the input is hostile: what they trip over damages one cluster, not us.
		if x := recover(); x != nil {
			c, err = nil, h.defect("decoder panicked: %v", x)
		}
	}()

	src := &sourceReader{SectionReader: io.NewSectionReader(r.r, h.start+1, end-h.start-1)}
	guess := r.guessDecoded(h)
	switch h.compression {
	case clusterZstd:
		c, err = p.decodeZstd(h, src, guess)
	case clusterXZ:
		c, err = p.decodeXZ(h, src, guess)
	default:
		panic(fmt.Sprintf("zim: internal error: decode of compression %d", h.compression))
	}
	if src.err != nil {
		return nil, fmt.Errorf("zim: read %s: %w", h.part(), src.err)
	}
	return c, err
}

// guessDecoded returns how many bytes of output to allocate at first: 16 for each byte that the cluster takes in the
// file, if the next one follows it.
func (r *Reader) guessDecoded(h *clusterHead) int64 {
	if h.number+1 < r.hdr.clusterCount {
		if next, err := r.clusterPointer(h.number + 1); err == nil && next > h.start {
			return max(firstBuffer, min(16*min(next-h.start, maxGuess), maxGuess))
		}
	}
	return firstBuffer
}

// readDecoded reads an offset table and its blobs from the decoder. ZIM, "Clusters".
func (p *decoderPool) readDecoded(h *clusterHead, src io.Reader, guess int64) (*decodedCluster, error) {
	c := &decodedCluster{number: h.number, start: h.start, width: h.width()}
	data, err := growTo(nil, src, int64(c.width), guess)
	if err != nil {
		return nil, h.defect("offset table: %w", err)
	}
	table := offsetAt(data, c.width)
	if err := h.checkTable(table, uint64(p.maxBytes)); err != nil {
		return nil, err
	}
	if data, err = growTo(data, src, int64(table), guess); err != nil {
		return nil, h.defect("offset table: %w", err)
	}
	c.count = uint32(table/uint64(c.width)) - 1
	last := uint64(0)
	for i := 0; i < len(data); i += c.width {
		offset := offsetAt(data[i:], c.width)
		if offset < last {
			return nil, h.defect("offset %d is %#x, before %#x", i/c.width, offset, last)
		}
		last = offset
	}
	if last > uint64(p.maxBytes) {
		return nil, h.defect("%d bytes when decoded, at most %d are: %w", last, p.maxBytes, ErrTooLarge)
	}
	if c.data, err = growTo(data, src, int64(last), guess); err != nil {
		return nil, h.defect("blobs end after %d of %d bytes: %w", len(c.data), last, err)
	}
	return c, nil
}

// growTo reads from src until data has n bytes. It allocates at most twice what came, or guess.
func growTo(data []byte, src io.Reader, n, guess int64) ([]byte, error) {
	for int64(len(data)) < n {
		if len(data) == cap(data) {
			grown := make([]byte, len(data), min(n, max(2*int64(len(data)), guess)))
			copy(grown, data)
			data = grown
		}
		have := len(data)
		end := min(int64(cap(data)), n)
		m, err := io.ReadFull(src, data[have:end])
		data = data[:have+m]
		if err != nil {
			if err == io.EOF { //nolint:errorlint // ReadFull returns it bare
				err = io.ErrUnexpectedEOF
			}
			return data, err
		}
	}
	return data, nil
}

// sourceReader remembers a failure of the disk, which is not the format's fault.
type sourceReader struct {
	*io.SectionReader
	err error
}

func (s *sourceReader) Read(p []byte) (int, error) {
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

func newZstdDecoder() *zstdDecoder {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecoderLowmem(true),
		zstd.WithDecoderMaxMemory(streamWindow), zstd.WithDecoderMaxWindow(streamWindow))
	if err != nil {
		panic("zim: internal error: zstd options: " + err.Error())
	}
	return &zstdDecoder{bufio.NewReaderSize(nil, decodeInput), dec}
}

func (p *decoderPool) decodeZstd(h *clusterHead, src io.Reader, guess int64) (*decodedCluster, error) {
	d, ok := p.zstd.Get().(*zstdDecoder)
	if !ok {
		d = newZstdDecoder()
	}
	defer func() {
		d.in.Reset(nil)
		if d.dec.Reset(nil) == nil {
			p.zstd.Put(d)
		}
	}()
	d.in.Reset(src)
	window, err := zstdWindow(d.in)
	if err != nil {
		return nil, h.defect("zstd frame: %w", err)
	}
	if window > maxWindow {
		return nil, h.defect("zstd window of %d bytes, at most %d are decoded: %w", window, maxWindow, ErrTooLarge)
	}
	if window > streamWindow {
		out, err := p.decodeWideZstd(d.in)
		if err != nil {
			return nil, h.defect("zstd: %w", err)
		}
		return p.readDecoded(h, bytes.NewReader(out), guess)
	}
	if err := d.dec.Reset(d.in); err != nil {
		return nil, h.defect("zstd: %w", err)
	}
	return p.readDecoded(h, d.dec, guess)
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

// decodeWideZstd decodes a frame whose window is wider than a stream decoder should allocate for nothing but a
// claim. The output itself serves as the window here; it is doubled for as long as it proves too small. The size that
// the frame's header may claim is taken out first: the decoder would not even begin with less room than that.
func (p *decoderPool) decodeWideZstd(in io.Reader) ([]byte, error) {
	dec, err := zstd.NewReader(nil, zstd.WithDecoderConcurrency(1), zstd.WithDecodeAllCapLimit(true),
		zstd.WithDecoderMaxMemory(maxWindow+uint64(p.maxBytes)), zstd.WithDecoderMaxWindow(maxWindow))
	if err != nil {
		return nil, err
	}
	defer dec.Close()
	frame, err := io.ReadAll(io.LimitReader(in, p.maxBytes))
	if err != nil {
		return nil, err
	}
	if frame, err = withoutContentSize(frame); err != nil {
		return nil, err
	}
	for n := min(max(firstBuffer, 8*int64(len(frame))), maxGuess, p.maxBytes); ; n = min(2*n, p.maxBytes) {
		out, err := dec.DecodeAll(frame, make([]byte, 0, n))
		switch {
		case err == nil, errors.Is(err, zstd.ErrMagicMismatch) && len(out) > 0: // the next cluster is no frame
			return out, nil
		case !errors.Is(err, zstd.ErrDecoderSizeExceeded):
			return nil, err
		case n == p.maxBytes:
			return nil, fmt.Errorf("more than %d bytes when decoded: %w", n, ErrTooLarge)
		}
	}
}

// withoutContentSize gives frame a header that says only what is needed to decode it. RFC 8878, 3.1.1.1.
func withoutContentSize(frame []byte) ([]byte, error) {
	var h zstd.Header
	if err := h.Decode(frame); err != nil {
		return nil, err
	}
	if h.Skippable || h.DictionaryID != 0 {
		return nil, fmt.Errorf("a frame that is skippable or needs a dictionary: %w", errors.ErrUnsupported)
	}
	descriptor := byte(0)
	if h.HasCheckSum {
		descriptor = 1 << 2
	}
	const widest = (27 - 10) << 3 // window descriptor of maxWindow
	head := []byte{0x28, 0xb5, 0x2f, 0xfd, descriptor, widest}
	if h.HeaderSize < len(head) { // single segment with a size of one byte; never this wide
		return nil, errors.New("header too short for a wide window")
	}
	frame = frame[h.HeaderSize-len(head):]
	copy(frame, head)
	return frame, nil
}
