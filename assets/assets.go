// Package assets holds the packed dossier that is compiled into the reader. Only the programs in cmd import it.
//
// With the build tag bare the package is empty: that reader is the runtime that the press puts a dossier behind.
package assets

import "io"

// Name is the file name of the compiled-in dossier, and so the name of its book.
const Name = "dossier.zim"

// Dossier returns the compiled-in archive and its size in bytes. ok is false in a bare build, and when nothing was
// packed before the build. The pages of r are read from the executable when they are asked for; r may be used
// concurrently.
func Dossier() (r io.ReaderAt, size int64, ok bool) { return dossier() }
