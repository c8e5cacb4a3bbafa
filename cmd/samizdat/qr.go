package main

import (
	"os"
	"runtime"
	"strings"

	"rsc.io/qr"

	"samizdat/internal/command"
)

// quiet is the width in modules of the light margin that scanners need. ISO/IEC 18004 §6.3.8 asks for four.
const quiet = 4

// drawQR returns text as a QR code of half blocks, two modules in a character. With colour it is black on white
// whatever the terminal is; without, the light modules are drawn, since most terminals are dark. On a light one that
// code is inverted, which phones read too (zbar 0.23 does). It is empty if text is too long for a terminal.
func drawQR(text string, colour command.Palette) string {
	code, err := qr.Encode(text, qr.M)
	if err != nil {
		return ""
	}
	ink := [4]string{" ", "▀", "▄", "█"} // by the upper module, 1, and the lower, 2
	begin, end := "\x1b[38;5;16;48;5;231m", "\x1b[0m"
	if !colour {
		ink, begin, end = [4]string{"█", "▄", "▀", " "}, "", ""
	}
	var b strings.Builder
	for y := -quiet; y < code.Size+quiet; y += 2 {
		b.WriteString("  " + begin)
		for x := -quiet; x < code.Size+quiet; x++ {
			i := 0
			if code.Black(x, y) {
				i |= 1
			}
			if code.Black(x, y+1) {
				i |= 2
			}
			b.WriteString(ink[i])
		}
		b.WriteString(end + "\n")
	}
	return b.String()
}

// showsBlocks reports whether the terminal can be expected to show the characters of [drawQR].
func showsBlocks(goos string, getenv func(string) string) bool {
	if goos == "windows" || goos == "darwin" || goos == "android" {
		return true
	}
	for _, name := range []string{"LC_ALL", "LC_CTYPE", "LANG"} { // the first that is set decides (POSIX, 8.2)
		if v := strings.ToLower(getenv(name)); v != "" {
			return strings.Contains(v, "utf-8") || strings.Contains(v, "utf8")
		}
	}
	return false
}

// mayDrawQR reports whether a code makes sense on standard output.
func mayDrawQR(colour command.Palette, terminal bool) bool {
	return (bool(colour) || terminal) && showsBlocks(runtime.GOOS, os.Getenv)
}
