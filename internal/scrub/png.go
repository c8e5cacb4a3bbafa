package scrub

import (
	"bytes"
	"compress/zlib"
	"encoding/binary"
	"hash/crc32"
	"io"
)

// A PNG is a row of chunks: length, type, data, checksum. Those that make the picture are kept, among them the frames of
// an animation. (PNG, third edition, sections 5 and 11.)

const pngSignature = "\x89PNG\r\n\x1a\n"

// maxChunks bounds the chunks of a PNG and a WebP, and the blocks of a GIF.
const maxChunks = 1 << 20

// pngKept are the chunks that a picture is made of.
var pngKept = map[string]bool{
	"IHDR": true, "PLTE": true, "IDAT": true, "IEND": true, "tRNS": true, "acTL": true, "fcTL": true, "fdAT": true,
	"gAMA": true, "cHRM": true, "sRGB": true, "iCCP": true, "sBIT": true, "cICP": true, "mDCV": true, "cLLI": true,
	"bKGD": true, "hIST": true, "sPLT": true, "pHYs": true,
}

func scrubPNG(s *source, f *File, p *plan) error {
	p.copy(0, int64(len(pngSignature)))
	at := int64(len(pngSignature))
	turned := false
	for range maxChunks {
		head, err := s.read(at, 8)
		if err != nil {
			return err
		}
		kind, n := string(head[4:]), int64(binary.BigEndian.Uint32(head))
		if n > s.size-at-12 {
			return s.damaged(at, "chunk %q claims %d bytes", Printable(kind), n)
		}
		switch {
		case p.size == int64(len(pngSignature)) && kind != "IHDR":
			return s.damaged(at, "the first chunk is not IHDR")
		case pngKept[kind]:
			p.copy(at, n+12)
		case kind[0] >= 'A' && kind[0] <= 'Z':
			return s.refused("its chunk %q is needed to show it, and not known", Printable(kind))
		default:
			data, err := s.read(at+8, int(min(n, maxText)))
			if err != nil {
				return err
			}
			if kind == "eXIf" {
				o := isOrientation(data)
				if o == 0 || turned {
					o = f.exif("eXIf", data)
				}
				if o > 1 && !turned {
					f.Turned, turned = o, true
					p.write(pngChunk(kind, orientation(o))...)
				}
				break
			}
			f.pngText(kind, data)
		}
		at += n + 12
		if kind == "IEND" {
			return f.pngTrailer(s, at)
		}
	}
	return s.damaged(at, "more than %d chunks", maxChunks)
}

// pngChunk makes a chunk.
func pngChunk(kind string, data []byte) []byte {
	b := binary.BigEndian.AppendUint32(nil, uint32(len(data)))
	b = append(append(b, kind...), data...)
	return binary.BigEndian.AppendUint32(b, crc32.ChecksumIEEE(b[4:]))
}

// pngKeywords are keywords of text chunks and what they tell. (PNG, 11.3.3.1.)
var pngKeywords = map[string]Kind{
	"Author": Author, "Copyright": Author, "Creation Time": Date, "Software": Software, "Source": Camera,
	"date:create": Date, "date:modify": Date, "date:timestamp": Date, "Thumb::URI": History, "Thumb::MTime": Date,
}

// pngText reports what a chunk that is not kept tells; data is its beginning.
func (f *File) pngText(kind string, data []byte) {
	switch kind {
	case "tIME":
		f.found(Date, kind, "")
		return
	case "tEXt", "zTXt", "iTXt":
	default:
		f.found(Other, "chunk "+kind, "")
		return
	}
	key, text, _ := bytes.Cut(data, []byte{0})
	switch kind {
	case "zTXt": // a byte for the method, then the text
		text = inflated(text[min(1, len(text)):])
	case "iTXt": // compressed or not, method, language, keyword in it
		if len(text) < 2 {
			break
		}
		packed := text[0] == 1
		_, text, _ = bytes.Cut(text[2:], []byte{0})
		if _, text, _ = bytes.Cut(text, []byte{0}); packed {
			text = inflated(text)
		}
	}
	where := kind + " " + string(key)
	switch word := string(key); {
	case word == "XML:com.adobe.xmp":
		f.xmp(where, text)
	case bytes.HasPrefix(key, []byte("Raw profile type ")): // ImageMagick's: the block in hexadecimal
		f.found(Other, where, "")
	case pngKeywords[word] != "":
		f.found(pngKeywords[word], where, string(text[:min(len(text), 4*maxValue)]))
	default:
		f.found(Comment, where, string(text[:min(len(text), 4*maxValue)]))
	}
}

// inflated unpacks the beginning of a zlib stream for the report.
func inflated(b []byte) []byte {
	r, err := zlib.NewReader(bytes.NewReader(b))
	if err != nil {
		return nil
	}
	text, _ := io.ReadAll(io.LimitReader(r, 64<<10)) // what there is will do
	return text
}

func (f *File) pngTrailer(s *source, at int64) error {
	if empty, err := s.only(at, s.size, 0); err != nil || empty {
		return err
	}
	b, err := s.upTo(at, 64<<10)
	if err != nil {
		return err
	}
	if bytes.Contains(b, []byte("IDAT")) || bytes.Contains(b, []byte("IEND")) {
		f.found(Picture, "behind the picture", "") // a screenshot cut by a program that left the end of the old file
	} else {
		f.found(Other, "behind the picture", "")
	}
	return nil
}
