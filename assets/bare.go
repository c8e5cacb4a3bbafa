//go:build bare

package assets

import "io"

func dossier() (io.ReaderAt, int64, bool) { return nil, 0, false }
