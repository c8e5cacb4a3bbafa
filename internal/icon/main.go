// Command icon draws the icon of the Windows programs: two typed sheets, the lower one the carbon copy of the upper.
//
//	icon DIR
//
// It writes icon16.png, icon32.png, icon48.png and icon256.png into DIR, the same bytes every time; make generate
// hands them to the tool that makes the resources.
package main

import (
	"fmt"
	"image"
	"image/color"
	"image/png"
	"os"
	"path/filepath"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: icon DIR")
		os.Exit(2)
	}
	for _, size := range []int{16, 32, 48, 256} {
		if err := write(filepath.Join(os.Args[1], fmt.Sprintf("icon%d.png", size)), draw(size)); err != nil {
			fmt.Fprintln(os.Stderr, "icon: error:", err)
			os.Exit(1)
		}
	}
}

func write(name string, m image.Image) error {
	f, err := os.Create(name)
	if err != nil {
		return err
	}
	if err := (&png.Encoder{CompressionLevel: png.BestCompression}).Encode(f, m); err != nil {
		f.Close()
		return err
	}
	return f.Close()
}

// rect is a filled shape in units of 1/64 of the icon's side. A corner of cut units is missing at the top right.
type rect struct {
	x0, y0, x1, y1, cut float64
	color               color.NRGBA
}

var (
	carbon = color.NRGBA{0x2b, 0x3a, 0x67, 0xff}
	paper  = color.NRGBA{0xf7, 0xf3, 0xe8, 0xff}
	edge   = color.NRGBA{0x1c, 0x1c, 0x1c, 0xff}
	ink    = color.NRGBA{0x33, 0x33, 0x33, 0xff}
	red    = color.NRGBA{0xb3, 0x1b, 0x1b, 0xff}
)

// sheets lists the shapes from the bottom up. Lines of a small icon are fewer, so that they stay apart.
func sheets(small bool) []rect {
	out := []rect{
		{18, 10, 58, 62, 0, carbon}, // the carbon copy looks out at the right and below
		{6, 2, 50, 56, 13, edge},
		{8, 4, 48, 54, 12, paper},
		{14, 12, 30, 16, 0, red}, // the heading
	}
	step := 6.0
	if small {
		step = 12
	}
	for y := 22.0; y < 48; y += step {
		end := 42.0
		if y+step >= 48 {
			end = 32 // the last line is shorter
		}
		out = append(out, rect{14, y, end, y + 3, 0, ink})
	}
	return out
}

func (r rect) has(x, y float64) bool {
	return x >= r.x0 && x < r.x1 && y >= r.y0 && y < r.y1 && (r.x1-x)+(y-r.y0) >= r.cut
}

// draw takes 8 by 8 samples per pixel.
func draw(size int) image.Image {
	const samples = 8
	shapes := sheets(size < 48)
	m := image.NewNRGBA(image.Rect(0, 0, size, size))
	for py := range size {
		for px := range size {
			var r, g, b, n int
			for s := range samples * samples {
				x := (float64(px) + (float64(s%samples)+0.5)/samples) * 64 / float64(size)
				y := (float64(py) + (float64(s/samples)+0.5)/samples) * 64 / float64(size)
				for i := len(shapes) - 1; i >= 0; i-- {
					if shapes[i].has(x, y) {
						c := shapes[i].color
						r, g, b, n = r+int(c.R), g+int(c.G), b+int(c.B), n+1
						break
					}
				}
			}
			if n > 0 {
				m.SetNRGBA(px, py, color.NRGBA{uint8(r / n), uint8(g / n), uint8(b / n), uint8(n * 255 / (samples * samples))})
			}
		}
	}
	return m
}
