//go:build !linux && !darwin && !windows

package stick

import "os"

// openDirect opens path as any other file: what is read may come from the cache.
func openDirect(path string) (f *os.File, direct bool, err error) {
	f, err = os.Open(path)
	return f, false, err
}

func forget(*os.File) {}

func isAlignment(error) bool { return false }
