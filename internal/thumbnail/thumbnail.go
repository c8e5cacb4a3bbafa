// Package thumbnail makes small pictures of large ones, for pages that show many.
//
// A picture is measured before it is decoded, and decoded only if that takes a bounded amount of memory. The same picture gives
// the same bytes on every machine, because nothing is computed in floating point; another release of Go may compress
// them otherwise.
package thumbnail

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"image"
	"image/color"
	_ "image/gif" // decoders
	"image/jpeg"
	_ "image/png"
	"io"

	_ "golang.org/x/image/webp"
)

// Side is the length of the longer side of a thumbnail, in pixels: twice the width of a card, for screens with small pixels.
const Side = 480

// Type is the media type of thumbnails.
const Type = "image/jpeg"

// quality of the JPEG, 1 to 100.
const quality = 78

// maxMemory bounds what decoding a picture takes, in bytes: a photo of 80 megapixels.
const maxMemory = 240 << 20

// The errors of [Measure].
var (
	ErrFormat = errors.New("not a picture that can be made smaller") // of no known format, damaged, or an animation
	ErrLarge  = errors.New("the picture has too many pixels to be decoded here")
)

// Size is what is known of a picture without decoding it, in pixels, turned as it is shown.
type Size struct {
	Width, Height           int // of the picture
	SmallWidth, SmallHeight int // of its thumbnail
}

// Measure reads the beginning of a picture. turned is its orientation as Exif has it: 1 to 8, 0 if it is not said. With [ErrLarge] the size
// is known; other errors wrap [ErrFormat].
func Measure(r io.Reader, turned int) (Size, error) {
	c, memory, err := config(r)
	if err != nil {
		return Size{}, err
	}
	w, h := c.Width, c.Height
	if turned >= 5 {
		w, h = h, w
	}
	s := Size{Width: w, Height: h, SmallWidth: w, SmallHeight: h}
	if long := max(w, h); long > Side {
		s.SmallWidth, s.SmallHeight = max(1, (w*Side+long/2)/long), max(1, (h*Side+long/2)/long)
	}
	if int64(c.Width)*int64(c.Height) > maxMemory/memory {
		return s, ErrLarge
	}
	return s, nil
}

// config reads how large a picture is, and how many bytes a pixel takes while it is decoded.
func config(r io.Reader) (image.Config, int64, error) {
	b := bufio.NewReaderSize(r, 1<<16)
	head, _ := b.Peek(1 << 16) // an error comes again when it is read
	c, format, err := image.DecodeConfig(b)
	if err != nil {
		return c, 0, fmt.Errorf("%w: %w", ErrFormat, err)
	}
	if c.Width <= 0 || c.Height <= 0 || c.Width > 1<<20 || c.Height > 1<<20 || format == "webp" && animated(head) {
		return c, 0, ErrFormat
	}
	memory := int64(4)
	if _, ok := c.ColorModel.(color.Palette); ok {
		memory = 1
	}
	switch c.ColorModel {
	case color.GrayModel:
		memory = 1
	case color.Gray16Model:
		memory = 2
	case color.YCbCrModel:
		memory = 3
	case color.RGBA64Model, color.NRGBA64Model:
		memory = 8
	}
	if format == "jpeg" && !baseline(head) {
		memory += 12 // coefficients, 4 bytes for each sample
	}
	return c, memory, nil
}

// animated tells whether a WebP is an animation, which the decoder does not read.
func animated(head []byte) bool {
	return len(head) > 20 && string(head[12:16]) == "VP8X" && head[20]&2 != 0
}

// baseline tells whether the beginning of a JPEG says that it is decoded from top to bottom in one pass.
func baseline(b []byte) bool {
	for at := 2; at+4 <= len(b) && b[at] == 0xFF; {
		switch m := b[at+1]; {
		case m == 0xC0 || m == 0xC1:
			return true
		case m == 0xC2 || m == 0xDA:
			return false
		}
		at += 2 + int(binary.BigEndian.Uint16(b[at+2:]))
	}
	return false
}

// Make writes the thumbnail of a picture that was measured. If it cannot be decoded, the thumbnail is an even grey and the error wraps
// [ErrFormat]: what was written can be used.
func Make(w io.Writer, r io.Reader, s Size, turned int) error {
	var small *image.RGBA
	img, _, err := image.Decode(bufio.NewReaderSize(r, 1<<16))
	if err == nil {
		b := img.Bounds()
		sw, sh := s.SmallWidth, s.SmallHeight
		if turned >= 5 {
			sw, sh = sh, sw
		}
		if b.Dx() > 0 && b.Dy() > 0 {
			small = turn(shrink(img, min(sw, b.Dx()), min(sh, b.Dy())), turned)
		}
	}
	if small == nil {
		small = image.NewRGBA(image.Rect(0, 0, max(1, s.SmallWidth), max(1, s.SmallHeight)))
		for i := range small.Pix {
			small.Pix[i] = 0x80
		}
		if err == nil {
			err = image.ErrFormat
		}
		err = fmt.Errorf("%w: %w", ErrFormat, err)
	}
	return errors.Join(err, jpeg.Encode(w, small, &jpeg.Options{Quality: quality}))
}

// shrink makes a picture of the size by averaging areas, on white where it is transparent. It is not made larger.
func shrink(img image.Image, w, h int) *image.RGBA {
	b := img.Bounds()
	from := int64(b.Dx())
	out := image.NewRGBA(image.Rect(0, 0, w, h))
	line := make([]uint64, 3*b.Dx()) // one line of the source
	sums := make([]uint64, 3*w)      // of lines, by how much of them belongs to the line that is made
	row := make([]uint64, 3*w)       // one line of the source, as wide as the result
	at, rest := 0, int64(b.Dy())     // the line that is made, and how much of it is missing, in parts of h lines of the source
	whole := from * int64(b.Dy())    // parts of a pixel
	finish := func() {
		for x := range w {
			for c := range 3 {
				out.Pix[out.PixOffset(x, at)+c] = uint8((sums[3*x+c] / uint64(whole)) >> 8)
			}
			out.Pix[out.PixOffset(x, at)+3] = 0xFF
		}
		clear(sums)
		at, rest = at+1, int64(b.Dy())
	}
	for y := b.Min.Y; y < b.Max.Y; y++ {
		readLine(line, img, y)
		average(row, line, w)
		for left := int64(h); left > 0; { // a line of the source is h parts
			n := min(left, rest)
			for i, v := range row {
				sums[i] += v * uint64(n)
			}
			if left, rest = left-n, rest-n; rest == 0 {
				finish()
			}
		}
	}
	return out
}

// average makes a line narrower: each pixel is w parts, and each of the result as many as the line has pixels. Sums are not divided.
func average(to, line []uint64, w int) {
	clear(to)
	from := len(line) / 3
	parts, at, rest := uint64(w), 0, uint64(from)
	for x := 0; x < len(line); x += 3 {
		r, g, b := line[x], line[x+1], line[x+2]
		n := min(parts, rest) // the pixel that is made ends here, or goes on
		sum := to[at : at+3 : at+3]
		sum[0] += r * n
		sum[1] += g * n
		sum[2] += b * n
		if rest -= n; rest > 0 {
			continue
		}
		at, rest = at+3, uint64(from)
		if n = parts - n; n > 0 { // no pixel is spread over three: the result is narrower
			sum := to[at : at+3 : at+3]
			sum[0], sum[1], sum[2], rest = r*n, g*n, b*n, rest-n
		}
	}
}

// readLine reads a line as red, green, blue of 16 bits on white.
func readLine(to []uint64, img image.Image, y int) {
	b := img.Bounds()
	if m, ok := img.(*image.YCbCr); ok {
		for x := range b.Dx() {
			i, j := m.YOffset(b.Min.X+x, y), m.COffset(b.Min.X+x, y)
			r, g, bl := color.YCbCrToRGB(m.Y[i], m.Cb[j], m.Cr[j])
			to[3*x], to[3*x+1], to[3*x+2] = uint64(r)*0x101, uint64(g)*0x101, uint64(bl)*0x101
		}
		return
	}
	at, ok := img.(image.RGBA64Image) // which all decoders give, and which makes no garbage
	if !ok {
		at = anyImage{img}
	}
	for x := range b.Dx() {
		c := at.RGBA64At(b.Min.X+x, y)
		white := 0xFFFF - c.A
		to[3*x], to[3*x+1], to[3*x+2] = uint64(c.R+white), uint64(c.G+white), uint64(c.B+white)
	}
}

// anyImage is a picture that only has colours.
type anyImage struct{ image.Image }

func (i anyImage) RGBA64At(x, y int) color.RGBA64 {
	r, g, b, a := i.At(x, y).RGBA()
	return color.RGBA64{uint16(r), uint16(g), uint16(b), uint16(a)}
}

// turn turns a picture as Exif's orientation says (CIPA DC-008, 4.6.4.A).
func turn(p *image.RGBA, turned int) *image.RGBA {
	if turned <= 1 || turned > 8 {
		return p
	}
	w, h := p.Rect.Dx(), p.Rect.Dy()
	size := image.Rect(0, 0, w, h)
	if turned >= 5 {
		size = image.Rect(0, 0, h, w)
	}
	out := image.NewRGBA(size)
	for y := range h {
		for x := range w {
			tx, ty := x, y
			switch turned {
			case 2:
				tx = w - 1 - x
			case 3:
				tx, ty = w-1-x, h-1-y
			case 4:
				ty = h - 1 - y
			case 5:
				tx, ty = y, x
			case 6:
				tx, ty = h-1-y, x
			case 7:
				tx, ty = h-1-y, w-1-x
			case 8:
				tx, ty = y, w-1-x
			}
			copy(out.Pix[out.PixOffset(tx, ty):][:4], p.Pix[p.PixOffset(x, y):])
		}
	}
	return out
}
