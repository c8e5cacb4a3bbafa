package dossier

import (
	"fmt"
	"slices"
	"strings"
)

// A Problem is something wrong at one place of a dossier.
type Problem struct {
	File         string // in the folder, slash-separated
	Line, Column int    // 1-based, column in characters; 0 when the problem is the file as a whole
	Message      string // what is wrong; lower case, no period
	Hint         string // what to write instead; may be empty
	Warning      bool   // it does not stop packing
	Damaged      bool   // a file is missing, or is not the one whose SHA-256 was written down
}

// String gives "file:line:col: message; hint", with "warning: " before the message of a warning.
func (p Problem) String() string {
	var b strings.Builder
	b.WriteString(p.File)
	if p.Line > 0 {
		fmt.Fprintf(&b, ":%d:%d", p.Line, p.Column)
	}
	b.WriteString(": ")
	if p.Warning {
		b.WriteString("warning: ")
	}
	b.WriteString(p.Message)
	if p.Hint != "" {
		b.WriteString("; ")
		b.WriteString(p.Hint)
	}
	return b.String()
}

// Problems is all that is wrong with a dossier, ordered by file, line and column. As an error it prints one
// problem per line.
type Problems []Problem

// Error gives one line per problem.
func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.String()
	}
	return strings.Join(lines, "\n")
}

// Errors returns the number of problems that stop packing.
func (ps Problems) Errors() int {
	n := 0
	for _, p := range ps {
		if !p.Warning {
			n++
		}
	}
	return n
}

// sorted orders by place, drops repetitions and returns the result. The manifest comes first, then the
// files by name.
func (ps Problems) sorted() Problems {
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			if a.File == ManifestFile {
				return -1
			}
			if b.File == ManifestFile {
				return 1
			}
			return c
		}
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		if a.Column != b.Column {
			return a.Column - b.Column
		}
		return strings.Compare(a.Message, b.Message)
	})
	return slices.Compact(ps)
}
