package thumbnail_test

import (
	"bytes"
	"encoding/binary"
	"errors"
	"image"
	"image/color"
	"image/gif"
	"image/jpeg"
	"image/png"
	"os"
	"strings"
	"testing"

	"samizdat/internal/thumbnail"
)

// corners is a picture with a colour in each quarter: red, green below... as they stand: red green / blue white.
func corners(w, h int) *image.RGBA {
	p := image.NewRGBA(image.Rect(0, 0, w, h))
	for y := range h {
		for x := range w {
			c := color.RGBA{255, 0, 0, 255}
			switch {
			case x >= w/2 && y < h/2:
				c = color.RGBA{0, 255, 0, 255}
			case x < w/2 && y >= h/2:
				c = color.RGBA{0, 0, 255, 255}
			case x >= w/2:
				c = color.RGBA{255, 255, 255, 255}
			}
			p.SetRGBA(x, y, c)
		}
	}
	return p
}

func encoded(t testing.TB, img image.Image, format string) []byte {
	t.Helper()
	var b bytes.Buffer
	var err error
	switch format {
	case "jpeg":
		err = jpeg.Encode(&b, img, nil)
	case "gif":
		err = gif.Encode(&b, img, nil)
	default:
		err = png.Encode(&b, img)
	}
	if err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

func made(t *testing.T, b []byte, turned int) (thumbnail.Size, image.Image) {
	t.Helper()
	size, err := thumbnail.Measure(bytes.NewReader(b), turned)
	if err != nil {
		t.Fatal(err)
	}
	var out, again bytes.Buffer
	if err := errors.Join(thumbnail.Make(&out, bytes.NewReader(b), size, turned), thumbnail.Make(&again, bytes.NewReader(b), size, turned)); err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(out.Bytes(), again.Bytes()) {
		t.Error("other bytes the second time")
	}
	img, err := jpeg.Decode(&out)
	if err != nil {
		t.Fatal(err)
	}
	return size, img
}

// name of the colour at a place given in parts of the picture.
func at(img image.Image, x, y float64) string {
	b := img.Bounds()
	r, g, bl, _ := img.At(b.Min.X+int(x*float64(b.Dx())), b.Min.Y+int(y*float64(b.Dy()))).RGBA()
	bit := func(v uint32) byte {
		if v > 0x8000 {
			return '1'
		}
		return '0'
	}
	return map[string]string{"100": "R", "010": "G", "001": "B", "111": "W", "000": "K"}[string([]byte{bit(r), bit(g), bit(bl)})]
}

func TestSizeAndTurn(t *testing.T) {
	for _, format := range []string{"jpeg", "png", "gif"} {
		b := encoded(t, corners(500, 300), format)
		// What stands at upper left, upper right, lower left, lower right for each orientation (CIPA DC-008, table 6).
		for turned, want := range []string{"RGBW", "RGBW", "GRWB", "WBGR", "BWRG", "RBGW", "BRWG", "WGBR", "GWRB"} {
			if format != "jpeg" && turned%5 != 1 { // turning knows nothing of formats
				continue
			}
			size, img := made(t, b, turned)
			wantSize := thumbnail.Size{Width: 500, Height: 300, SmallWidth: 480, SmallHeight: 288}
			if turned >= 5 {
				wantSize = thumbnail.Size{Width: 300, Height: 500, SmallWidth: 288, SmallHeight: 480}
			}
			if size != wantSize || img.Bounds().Dx() != size.SmallWidth || img.Bounds().Dy() != size.SmallHeight {
				t.Errorf("%s turned %d: %+v, made %v", format, turned, size, img.Bounds())
			}
			if got := at(img, .25, .25) + at(img, .75, .25) + at(img, .25, .75) + at(img, .75, .75); got != want {
				t.Errorf("%s turned %d: %s, want %s", format, turned, got, want)
			}
		}
	}
}

// A grid of black and white lines is grey when it is made small, whatever the ratio; nothing is left out or counted twice.
func TestAverages(t *testing.T) {
	for _, w := range []int{961, 1440, 4800, 1001} {
		p := image.NewGray(image.Rect(0, 0, w, 3))
		for x := range w {
			for y := range 3 {
				p.SetGray(x, y, color.Gray{uint8(255 * (x % 2))})
			}
		}
		_, img := made(t, encoded(t, p, "png"), 0)
		var sum, n float64
		b := img.Bounds()
		for x := range b.Dx() {
			r, _, _, _ := img.At(x, 0).RGBA()
			sum, n = sum+float64(r)/0xFFFF, n+1
		}
		if mean := sum / n; mean < .47 || mean > .53 {
			t.Errorf("%d pixels wide: mean %.3f", w, mean)
		}
	}
}

func TestTransparentIsWhite(t *testing.T) {
	_, img := made(t, encoded(t, image.NewNRGBA(image.Rect(0, 0, 900, 900)), "png"), 0)
	if got := at(img, .5, .5); got != "W" {
		t.Errorf("%s", got)
	}
}

func TestSmallStays(t *testing.T) {
	size, _ := made(t, encoded(t, corners(40, 30), "png"), 0)
	if size != (thumbnail.Size{Width: 40, Height: 30, SmallWidth: 40, SmallHeight: 30}) {
		t.Errorf("%+v", size)
	}
}

// The size is a claim: nothing is decoded to see that it is too large.
func TestTooLarge(t *testing.T) {
	b := encoded(t, image.NewGray(image.Rect(0, 0, 8, 8)), "png")
	binary.BigEndian.PutUint32(b[16:], 60000)
	binary.BigEndian.PutUint32(b[20:], 60000)
	b = b[:29] // the checksum of IHDR is wrong now, so the header alone says this
	j := encoded(t, image.NewGray(image.Rect(0, 0, 8, 8)), "jpeg")
	i := bytes.Index(j, []byte{0xFF, 0xC0})
	binary.BigEndian.PutUint16(j[i+5:], 60000)
	binary.BigEndian.PutUint16(j[i+7:], 60000)
	if size, err := thumbnail.Measure(bytes.NewReader(j), 0); !errors.Is(err, thumbnail.ErrLarge) || size.Width != 60000 {
		t.Errorf("%+v: %v", size, err)
	}
	if _, err := thumbnail.Measure(bytes.NewReader(b), 0); !errors.Is(err, thumbnail.ErrFormat) {
		t.Errorf("a header with a wrong checksum: %v", err)
	}
	// A progressive picture takes more.
	binary.BigEndian.PutUint16(j[i+5:], 8000)
	binary.BigEndian.PutUint16(j[i+7:], 8000)
	if _, err := thumbnail.Measure(bytes.NewReader(j), 0); err != nil {
		t.Errorf("64 megapixels: %v", err)
	}
	j[i+1] = 0xC2
	if _, err := thumbnail.Measure(bytes.NewReader(j), 0); !errors.Is(err, thumbnail.ErrLarge) {
		t.Errorf("64 megapixels, progressive: %v", err)
	}
}

func TestNoPicture(t *testing.T) {
	animation, err := os.ReadFile("../scrub/testdata/animated.webp")
	if err != nil {
		t.Fatal(err)
	}
	for name, b := range map[string][]byte{"nothing": nil, "text": []byte("text"), "an animation": animation, "svg": []byte("<svg/>")} {
		if _, err := thumbnail.Measure(bytes.NewReader(b), 0); !errors.Is(err, thumbnail.ErrFormat) {
			t.Errorf("%s: %v", name, err)
		}
	}
}

// A picture that breaks off is an even grey of the right size.
func TestDamaged(t *testing.T) {
	for _, format := range []string{"png", "jpeg"} {
		b := encoded(t, corners(1000, 500), format)
		b = b[:len(b)/2]
		size, err := thumbnail.Measure(bytes.NewReader(b), 6)
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		if err := thumbnail.Make(&out, bytes.NewReader(b), size, 6); !errors.Is(err, thumbnail.ErrFormat) {
			t.Errorf("%s: %v", format, err)
		}
		if c, err := jpeg.DecodeConfig(&out); err != nil || c.Width != 240 || c.Height != 480 {
			t.Errorf("%s: %+v: %v", format, c, err)
		}
	}
}

func TestWebP(t *testing.T) {
	b, err := os.ReadFile("../scrub/testdata/picture.webp")
	if err != nil {
		t.Fatal(err)
	}
	if size, img := made(t, b, 0); size.Width <= 0 || img.Bounds().Dx() != size.SmallWidth {
		t.Errorf("%+v", size)
	}
}

func FuzzMake(f *testing.F) {
	for _, format := range []string{"\x89PNG\r\n\x1a\n", "GIF89a", "\xff\xd8\xff", "RIFF\x00\x00\x00\x00WEBPVP8X"} {
		f.Add([]byte(format+strings.Repeat("\x00", 40)), 1)
	}
	f.Fuzz(func(t *testing.T, b []byte, turned int) {
		size, err := thumbnail.Measure(bytes.NewReader(b), turned)
		if err != nil || size.Width*size.Height > 1<<20 {
			return
		}
		var out bytes.Buffer
		if err := thumbnail.Make(&out, bytes.NewReader(b), size, turned); err != nil && !errors.Is(err, thumbnail.ErrFormat) {
			t.Fatal(err)
		}
		if _, err := jpeg.DecodeConfig(&out); err != nil {
			t.Errorf("what was made is no JPEG: %v", err)
		}
	})
}
