package main

import (
	"image"
	"image/color"
	"image/draw"
	"image/png"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/command"
	"samizdat/internal/judge"
)

// terminal is a picture of what a terminal shows of text, with this ink on this paper unless the text says otherwise.
func terminal(t *testing.T, text string, ink, paper color.Color) image.Image {
	t.Helper()
	const unit = 4 // pixels in half a character
	lines := strings.Split(strings.TrimSuffix(text, "\n"), "\n")
	img := image.NewRGBA(image.Rect(0, 0, 100*unit, (2*len(lines)+8)*unit))
	draw.Draw(img, img.Rect, image.NewUniform(paper), image.Point{}, draw.Src)
	fill := func(x, y int, c color.Color) {
		for i := range unit {
			for j := range unit {
				img.Set((x+4)*unit+i, (y+4)*unit+j, c)
			}
		}
	}
	for y, line := range lines {
		fore, back := ink, paper
		x := 0
		for line != "" {
			if seq, ok := strings.CutPrefix(line, "\x1b["); ok {
				code, rest, _ := strings.Cut(seq, "m")
				switch code {
				case "38;5;16;48;5;231":
					fore, back = color.Black, color.White
				case "0":
					fore, back = ink, paper
				default:
					t.Fatalf("escape sequence %q", code)
				}
				line = rest
				continue
			}
			r := []rune(line)[0]
			line = line[len(string(r)):]
			upper, lower := back, back
			if r == '▀' || r == '█' {
				upper = fore
			}
			if r == '▄' || r == '█' {
				lower = fore
			}
			fill(x, 2*y, upper)
			fill(x, 2*y+1, lower)
			x++
		}
	}
	return img
}

// Phones read the code from every kind of terminal: zbarimg is the phone.
func TestQRIsReadFromTerminals(t *testing.T) {
	zbar := judge.Tool(t, "zbarimg", "zbar-tools")
	for _, text := range []string{"http://192.168.1.5:8470/get", "http://[fd12:3456:789a:1:8000:1234:5678:9abc]:8470/get", "http://10.0.0.1:1/get"} {
		for name, c := range map[string]struct {
			colour     command.Palette
			ink, paper color.Color
		}{
			"dark":             {true, color.White, color.Black},
			"light":            {true, color.Black, color.White},
			"dark, no colour":  {false, color.Gray{0xcc}, color.Gray{0x11}},
			"light, no colour": {false, color.Gray{0x11}, color.Gray{0xee}},
		} {
			drawn := drawQR(text, c.colour)
			for line := range strings.SplitSeq(strings.TrimSuffix(drawn, "\n"), "\n") {
				if n := strings.Count(line, " ") + strings.Count(line, "█") + strings.Count(line, "▀") + strings.Count(line, "▄"); n > 79 {
					t.Errorf("%s: a line of %d characters", text, n)
				}
			}
			file := filepath.Join(t.TempDir(), "terminal.png")
			f, err := os.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := png.Encode(f, terminal(t, drawn, c.ink, c.paper)); err != nil {
				t.Fatal(err)
			}
			f.Close()
			out, err := exec.Command(zbar, "--quiet", "--raw", "-Stest-inverted", file).Output()
			if got := strings.TrimSpace(string(out)); err != nil || got != text {
				t.Errorf("%s terminal: zbarimg reads %q, %v; want %s", name, got, err, text)
			}
		}
	}
}

func TestQRNeedsATerminalWithBlocks(t *testing.T) {
	env := func(pairs ...string) func(string) string {
		return func(name string) string {
			for i := 0; i+1 < len(pairs); i += 2 {
				if pairs[i] == name {
					return pairs[i+1]
				}
			}
			return ""
		}
	}
	for _, c := range []struct {
		goos string
		env  func(string) string
		want bool
	}{
		{"linux", env("LANG", "ru_RU.UTF-8"), true},
		{"linux", env("LANG", "ru_RU.UTF-8", "LC_ALL", "C"), false},
		{"linux", env("LC_CTYPE", "C.utf8"), true},
		{"linux", env("LANG", "ru_RU.KOI8-R"), false},
		{"linux", env(), false},
		{"windows", env(), true},
	} {
		if got := showsBlocks(c.goos, c.env); got != c.want {
			t.Errorf("showsBlocks(%s) = %t, want %t", c.goos, got, c.want)
		}
	}
	if drawQR(strings.Repeat("x", 3000), true) != "" {
		t.Error("3000 characters give a code")
	}
}
