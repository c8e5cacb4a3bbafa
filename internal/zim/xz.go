package zim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"hash"
	"hash/crc32"
	"hash/crc64"
	"io"

	"github.com/ulikunitz/xz/lzma"
)

// The container of xz is read here and only LZMA2 by the library, because ulikunitz/xz 0.5.17 allocates whatever
// dictionary a block header claims, up to 4 GiB, and a stream may hold a hostile header behind a harmless one.
// "XZ" in comments is The .xz File Format, version 1.0.4.

const (
	firstXZDict = 8 << 20  // bytes; clusters of the field decode to less, so a larger dictionary would stay empty
	maxXZDict   = 64 << 20 // bytes; xz -9. libzim allows its decoder 128 MB in all
)

func (d *decoding) xz() error {
	for dict := int64(firstXZDict); ; dict *= 2 {
		if _, err := d.src.Seek(0, io.SeekStart); err != nil {
			return err
		}
		d.reset()
		x := &xzReader{in: newXZInput(d.src), dictLimit: dict}
		err := d.read(x)
		if err == nil {
			// The digest stands behind the last byte. A table that ends before the stream does is not our concern.
			if _, err := x.Read(make([]byte, 1)); err != nil && !errors.Is(err, io.EOF) {
				return d.h.defect("%w", err)
			}
			return nil
		}
		// A distance beyond the dictionary looks like damage. Only output that filled it justifies a larger one.
		if x.claimed <= dict || x.done < dict || d.err != nil || errors.Is(err, ErrTooLarge) {
			return err
		}
		if err := d.needBig(); err != nil {
			return err
		}
	}
}

// xzReader decodes one xz stream. Its errors begin with "xz: ".
type xzReader struct {
	in        *xzInput
	dictLimit int64 // bytes; largest dictionary to allocate
	claimed   int64 // bytes; largest dictionary that a block asked for
	done      int64 // bytes decoded

	started   bool
	checkSize int
	newCheck  func() hash.Hash
	block     *xzBlock
	empty     int // blocks that gave nothing
	err       error
}

// maxEmptyXZBlocks bounds blocks without output in one stream. Each costs a dictionary and gives nothing; encoders write
// none.
const maxEmptyXZBlocks = 16

// xzBlock is the block that is being decoded.
type xzBlock struct {
	start int64 // where its data begin in the input
	data  *lzma.Reader2
	check hash.Hash // nil without
	got   bool      // it has given a byte
}

// DecodeXZ decodes the first xz stream in r, for files that lie beside archives. A dictionary of more than 64 MiB wraps
// [ErrTooLarge]; otherwise memory does not depend on what the stream claims.
func DecodeXZ(r io.Reader) io.Reader {
	return &xzReader{in: newXZInput(r), dictLimit: maxXZDict}
}

func (x *xzReader) Read(p []byte) (int, error) {
	for x.err == nil {
		if x.block == nil {
			if x.err = x.next(); x.err != nil {
				break
			}
		}
		n, err := x.block.data.Read(p)
		x.done += int64(n)
		x.block.got = x.block.got || n > 0
		if x.block.check != nil {
			x.block.check.Write(p[:n])
		}
		if err != nil {
			if !x.block.got {
				x.empty++
			}
			x.err = x.endBlock(err)
			if x.empty > maxEmptyXZBlocks {
				x.err = fmt.Errorf("more than %d blocks without content", maxEmptyXZBlocks)
			}
		}
		if n > 0 {
			return n, nil
		}
	}
	if x.err == io.EOF { //nolint:errorlint // made here
		return 0, io.EOF
	}
	return 0, fmt.Errorf("xz: %w", x.err)
}

// next starts the next block. The index that follows the last one is io.EOF: nothing in it is needed.
func (x *xzReader) next() error {
	if !x.started {
		if err := x.header(); err != nil {
			return err
		}
		x.started = true
	}
	size, err := x.in.ReadByte()
	if err != nil {
		return unexpectedEOF(err)
	}
	if size == 0 { // XZ, "Index Indicator"
		return io.EOF
	}
	b := make([]byte, (int(size)+1)*4)
	b[0] = size
	if _, err := io.ReadFull(x.in, b[1:]); err != nil {
		return unexpectedEOF(err)
	}
	dict, err := parseXZBlockHeader(b)
	if err != nil {
		return err
	}
	if dict > maxXZDict {
		return fmt.Errorf("dictionary of %d bytes, at most %d are decoded: %w", dict, maxXZDict, ErrTooLarge)
	}
	x.claimed = max(x.claimed, dict)
	block := &xzBlock{start: x.in.passed()}
	if x.newCheck != nil {
		block.check = x.newCheck()
	}
	dictCap := max(min(dict, x.dictLimit), lzma.MinDictCap)
	if block.data, err = (lzma.Reader2Config{DictCap: int(dictCap)}).NewReader2(x.in); err != nil {
		return err
	}
	x.block = block
	return nil
}

// header reads the stream header. XZ, "Stream Header".
func (x *xzReader) header() error {
	var b [12]byte
	if _, err := io.ReadFull(x.in, b[:]); err != nil {
		return unexpectedEOF(err)
	}
	if !bytes.Equal(b[:6], []byte("\xfd7zXZ\x00")) {
		return errors.New("wrong magic number")
	}
	if crc32.ChecksumIEEE(b[6:8]) != binary.LittleEndian.Uint32(b[8:]) {
		return errors.New("stream header: wrong CRC-32")
	}
	if b[6] != 0 || b[7] > 15 {
		return fmt.Errorf("stream flags %x: %w", b[6:8], errors.ErrUnsupported)
	}
	x.checkSize = []int{0, 4, 4, 4, 8, 8, 8, 16, 16, 16, 32, 32, 32, 64, 64, 64}[b[7]]
	switch b[7] {
	case 1:
		x.newCheck = func() hash.Hash { return crc32.NewIEEE() }
	case 4:
		x.newCheck = func() hash.Hash { return crc64.New(crc64Table) }
	case 10:
		x.newCheck = sha256.New
	}
	return nil
}

var crc64Table = crc64.MakeTable(crc64.ECMA)

// endBlock reads what follows a block's data: padding and digest. The error is the one that ended the data.
func (x *xzReader) endBlock(err error) error {
	if err != io.EOF { //nolint:errorlint // Reader2 returns it bare
		return unexpectedEOF(err)
	}
	block := x.block
	x.block = nil
	var b [64]byte
	padding := b[:(block.start-x.in.passed())&3]
	if _, err := io.ReadFull(x.in, padding); err != nil {
		return unexpectedEOF(err)
	}
	digest := b[:x.checkSize]
	if _, err := io.ReadFull(x.in, digest); err != nil {
		return unexpectedEOF(err)
	}
	if block.check == nil {
		return nil
	}
	want := block.check.Sum(nil)
	if x.checkSize < 32 { // the CRCs are little-endian there, big-endian in Sum
		for i, j := 0, len(want)-1; i < j; i, j = i+1, j-1 {
			want[i], want[j] = want[j], want[i]
		}
	}
	if !bytes.Equal(digest, want) {
		return fmt.Errorf("block digest %x, want %x", digest, want)
	}
	return nil
}

// parseXZBlockHeader returns the dictionary size in bytes that the block needs. XZ, "Block Header".
func parseXZBlockHeader(b []byte) (int64, error) {
	body, sum := b[:len(b)-4], b[len(b)-4:]
	if crc32.ChecksumIEEE(body) != binary.LittleEndian.Uint32(sum) {
		return 0, errors.New("block header: wrong CRC-32")
	}
	flags, rest := body[1], body[2:]
	if flags&^0xC0 != 0 { // more filters than one, or reserved bits
		return 0, fmt.Errorf("block flags %#x: %w", flags, errors.ErrUnsupported)
	}
	for _, bit := range []byte{0x40, 0x80} { // compressed size, uncompressed size: claims that we do not need
		if flags&bit == 0 {
			continue
		}
		_, n := binary.Uvarint(rest)
		if n <= 0 {
			return 0, errors.New("block header: bad size")
		}
		rest = rest[n:]
	}
	if len(rest) < 3 {
		return 0, fmt.Errorf("block header: %w", io.ErrUnexpectedEOF)
	}
	if rest[0] != 0x21 || rest[1] != 1 { // XZ, "LZMA2"
		return 0, fmt.Errorf("filter %#x: %w", rest[0], errors.ErrUnsupported)
	}
	bits := rest[2]
	if bits > 40 {
		return 0, fmt.Errorf("dictionary size %#x: %w", bits, errors.ErrUnsupported)
	}
	return int64(2|bits&1) << (bits/2 + 11), nil
}

// xzInput is a buffer that knows how many bytes were taken from it, so that padding can be told. The decoder takes them one by
// one, so a byte costs two calls less than with a counter over a [bufio.Reader].
type xzInput struct {
	r       io.Reader
	buf     []byte
	at, end int   // of what is in buf and was not taken
	read    int64 // bytes read from r
	err     error // of r, to be told when the buffer is empty
}

func newXZInput(r io.Reader) *xzInput { return &xzInput{r: r, buf: make([]byte, decodeInput)} }

// passed returns how many bytes were taken.
func (in *xzInput) passed() int64 { return in.read - int64(in.end-in.at) }

func (in *xzInput) Read(p []byte) (int, error) {
	if in.at == in.end {
		if err := in.fill(); err != nil {
			return 0, err
		}
	}
	if len(p) == 1 {
		p[0] = in.buf[in.at]
		in.at++
		return 1, nil
	}
	n := copy(p, in.buf[in.at:in.end])
	in.at += n
	return n, nil
}

func (in *xzInput) ReadByte() (byte, error) {
	var b [1]byte
	_, err := in.Read(b[:])
	return b[0], err
}

// fill reads more into the empty buffer.
func (in *xzInput) fill() error {
	for range 100 {
		if in.err != nil {
			return in.err
		}
		var n int
		n, in.err = in.r.Read(in.buf)
		in.at, in.end, in.read = 0, n, in.read+int64(n)
		if n > 0 {
			return nil
		}
	}
	return io.ErrNoProgress
}

func unexpectedEOF(err error) error {
	if err == io.EOF { //nolint:errorlint // from readers that return it bare
		return io.ErrUnexpectedEOF
	}
	return err
}
