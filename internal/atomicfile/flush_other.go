//go:build !linux

package atomicfile

import "os"

// BeginFlush does something on Linux alone; see there.
func BeginFlush(*os.File, int64, int64) {}
