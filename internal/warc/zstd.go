package warc

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"

	"github.com/klauspost/compress/zstd"
)

// What WARC zstd, "Window and dictionary limits", asks decoders for. Encoders keep to it: zstd's highest ordinary level has
// this window.
const (
	maxWindow     = 8 << 20 // bytes
	maxDictionary = 8 << 20 // bytes, compressed and not
)

const (
	frameMagic      = 0xFD2FB528
	dictionaryMagic = 0x184D2A5D
)

// magic reads the first four bytes of a frame; 0 if there are fewer.
func magic(b []byte) uint32 {
	if len(b) < 4 {
		return 0
	}
	return binary.LittleEndian.Uint32(b)
}

func isSkippable(m uint32) bool { return m&^0xF == 0x184D2A50 } // RFC 8878, 3.1.2

func newZstdDecoder(r io.Reader, dict []byte) (*zstd.Decoder, error) {
	opts := []zstd.DOption{
		zstd.WithDecoderConcurrency(1), // nothing is read ahead of what was asked for
		zstd.WithDecoderMaxWindow(maxWindow),
		zstd.WithDecoderLowmem(true),
	}
	if dict != nil {
		opts = append(opts, zstd.WithDecoderDicts(dict))
	}
	return zstd.NewReader(r, opts...)
}

// readDictionary reads the frame at the start of the file (WARC zstd, Dictionary frame format).
func readDictionary(src io.Reader) ([]byte, error) {
	var head [8]byte
	if _, err := io.ReadFull(src, head[:]); err != nil {
		return nil, fmt.Errorf("dictionary: %w", unexpected(err))
	}
	size := int64(binary.LittleEndian.Uint32(head[4:]))
	if size > maxDictionary {
		return nil, fmt.Errorf("dictionary of %d bytes; at most %d are read", size, maxDictionary)
	}
	data, err := io.ReadAll(io.LimitReader(src, size))
	if err == nil && int64(len(data)) < size {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return nil, fmt.Errorf("dictionary: %w", err)
	}
	if magic(data) != frameMagic {
		return data, nil
	}
	dec, err := newZstdDecoder(bytes.NewReader(data), nil)
	if err != nil {
		return nil, fmt.Errorf("dictionary: %w", err)
	}
	defer dec.Close()
	data, err = io.ReadAll(io.LimitReader(dec, maxDictionary+1))
	if err == nil && len(data) > maxDictionary {
		err = fmt.Errorf("more than %d bytes", maxDictionary)
	}
	if err != nil {
		return nil, fmt.Errorf("dictionary: %w", err)
	}
	return data, nil
}

// skipFrame takes a skippable frame.
func skipFrame(src io.Reader) error {
	var head [8]byte
	if _, err := io.ReadFull(src, head[:]); err != nil {
		return err
	}
	_, err := io.CopyN(io.Discard, src, int64(binary.LittleEndian.Uint32(head[4:])))
	return err
}

// frameReader gives the bytes of one Zstandard frame and then io.EOF, so that the next frame starts where this one ends. It
// reads what RFC 8878, 3.1.1 says about lengths and leaves the rest to the decoder.
type frameReader struct {
	src      *source
	head     []byte // bytes that were read and not yet given out
	left     int64  // of the block
	last     bool   // no block follows
	checksum bool
	done     bool
}

func newFrameReader(src *source) (*frameReader, error) {
	f := &frameReader{src: src}
	if err := f.take(5); err != nil {
		return nil, err
	}
	descriptor := f.head[4]
	f.checksum = descriptor&4 != 0
	size := [...]int{0, 1, 2, 4}[descriptor&3] + [...]int{0, 2, 4, 8}[descriptor>>6] // dictionary ID, content size
	single := descriptor&0x20 != 0
	if !single {
		size++ // window descriptor
	} else if descriptor>>6 == 0 {
		size++ // content size of one byte
	}
	if err := f.take(size); err != nil {
		return nil, err
	}
	return f, f.block()
}

// take reads n bytes to be given out.
func (f *frameReader) take(n int) error {
	var b [16]byte
	if _, err := io.ReadFull(f.src, b[:n]); err != nil {
		return err
	}
	f.head = append(f.head, b[:n]...)
	return nil
}

// block reads the header of the next block, or the checksum.
func (f *frameReader) block() error {
	if f.last {
		f.done = true
		if f.checksum {
			return f.take(4)
		}
		return nil
	}
	if err := f.take(3); err != nil {
		return err
	}
	h := f.head[len(f.head)-3:]
	bits := uint32(h[0]) | uint32(h[1])<<8 | uint32(h[2])<<16
	f.last = bits&1 != 0
	f.left = int64(bits >> 3)
	switch bits >> 1 & 3 {
	case 1: // one byte, repeated
		f.left = 1
	case 3:
		return errors.New("reserved block type in a Zstandard frame")
	}
	return nil
}

func (f *frameReader) Read(p []byte) (int, error) {
	for {
		switch {
		case len(p) == 0:
			return 0, nil
		case len(f.head) > 0:
			n := copy(p, f.head)
			f.head = f.head[n:]
			return n, nil
		case f.left > 0:
			n, err := f.src.Read(p[:min(int64(len(p)), f.left)])
			f.left -= int64(n)
			if n > 0 {
				err = nil
			}
			return n, unexpected(err)
		case f.done:
			return 0, io.EOF
		}
		if err := f.block(); err != nil {
			return 0, unexpected(err)
		}
	}
}
