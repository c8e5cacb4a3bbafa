package assets

import "io"

// Runtimes returns the compiled-in set of runtimes and its size in bytes; ok is false in a build without the tag full.
// r may be used concurrently.
func Runtimes() (r io.ReaderAt, size int64, ok bool) { return runtimes() }
