//go:build !bare

package assets

import (
	"embed"
	"io"
)

// packed has the dossier and a note for people; "all:" keeps the build working when only the note is there.
//
//go:embed all:packed
var packed embed.FS

func dossier() (io.ReaderAt, int64, bool) {
	f, err := packed.Open("packed/" + Name)
	if err != nil {
		return nil, 0, false
	}
	r, ok := f.(io.ReaderAt) // embed.FS documents that its files are io.ReaderAt
	if !ok {
		return nil, 0, false
	}
	info, err := f.Stat()
	if err != nil {
		return nil, 0, false
	}
	return r, info.Size(), true
}
