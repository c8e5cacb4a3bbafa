package zim

import (
	"fmt"
	"io"
)

// FormatError is a place where a file breaks the format. It wraps its cause; data that ends too soon wraps
// [io.ErrUnexpectedEOF].
type FormatError struct {
	Offset int64  // bytes from the start of the archive
	Part   string // "header", "MIME list", "directory entry 12", "cluster 3", …
	Err    error
}

// Error gives the part, its offset in hexadecimal and the cause, like "zim: directory entry 12 at 0x1f40: …".
func (e *FormatError) Error() string {
	return fmt.Sprintf("zim: %s at %#x: %v", e.Part, e.Offset, e.Err)
}

func (e *FormatError) Unwrap() error { return e.Err }

// formatErrorf makes a FormatError; an io.EOF among args becomes io.ErrUnexpectedEOF, because inside a part of a
// file the end is never expected.
func formatErrorf(offset int64, part, format string, args ...any) *FormatError {
	for i, a := range args {
		if a == io.EOF { //nolint:errorlint // ReadAt returns it bare
			args[i] = io.ErrUnexpectedEOF
		}
	}
	return &FormatError{Offset: offset, Part: part, Err: fmt.Errorf(format, args...)}
}
