package command

import (
	"io"
	"os"

	"golang.org/x/term"
)

// Palette writes with colour, or plainly when it is false.
type Palette bool

// Color says whether what goes to w may be coloured: NO_COLOR (no-color.org) and CLICOLOR_FORCE (bixense.com/clicolors)
// decide if they are set, then w must be a terminal that is not TERM=dumb.
func Color(w io.Writer) Palette {
	if os.Getenv("NO_COLOR") != "" {
		return false
	}
	if v := os.Getenv("CLICOLOR_FORCE"); v != "" && v != "0" {
		return true
	}
	return Palette(erasable(w))
}

// IsTerminal reports whether w is a file that is a terminal.
func IsTerminal(w io.Writer) bool {
	f, ok := w.(*os.File)
	return ok && f != nil && term.IsTerminal(int(f.Fd()))
}

// Red is for errors.
func (p Palette) Red(s string) string { return p.sgr("31;1", s) }

// Bold is for headings.
func (p Palette) Bold(s string) string { return p.sgr("1", s) }

// sgr wraps s in a "select graphic rendition" and its end. ECMA-48, 8.3.117.
func (p Palette) sgr(code, s string) string {
	if !p {
		return s
	}
	return "\x1b[" + code + "m" + s + "\x1b[0m"
}

// erasable reports whether a line written to w can be taken back.
func erasable(w io.Writer) bool {
	return os.Getenv("TERM") != "dumb" && IsTerminal(w) && enableEscapes(w.(*os.File))
}
