//go:build full

package assets

import (
	_ "embed"
	"io"
	"strings"
)

// packedRuntimes is what make runtimes made. A string stays in the file until it is read.
//
//go:embed runtimes/runtimes.tar.xz
var packedRuntimes string

func runtimes() (io.ReaderAt, int64, bool) {
	return strings.NewReader(packedRuntimes), int64(len(packedRuntimes)), true
}
