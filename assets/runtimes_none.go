//go:build !full

package assets

import "io"

func runtimes() (io.ReaderAt, int64, bool) { return nil, 0, false }
