package stick

import (
	"errors"
	"os"

	"golang.org/x/sys/windows"
)

// openDirect opens path with FILE_FLAG_NO_BUFFERING; os.OpenFile takes such flags since Go 1.26.
func openDirect(path string) (f *os.File, direct bool, err error) {
	f, err = os.OpenFile(path, os.O_RDONLY|windows.FILE_FLAG_NO_BUFFERING|windows.FILE_FLAG_OPEN_REPARSE_POINT, 0)
	if err == nil {
		return f, true, nil
	}
	if !isAlignment(err) {
		return nil, false, err
	}
	f, err = os.Open(path)
	return f, false, err
}

// forget does nothing: Windows has no such advice.
func forget(*os.File) {}

// isAlignment reports whether err is how the system refuses an unbuffered file.
func isAlignment(err error) bool { return errors.Is(err, windows.ERROR_INVALID_PARAMETER) }
