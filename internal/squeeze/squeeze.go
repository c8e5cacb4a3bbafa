// Package squeeze reads texts that are compiled in compressed: catalogues, licences, lists of words. A copy of the reader
// is passed on by Bluetooth, and they would be a twentieth of it. The sources are the plain files beside the .gz ones, which
// make generate writes (program internal/squeezer) and make drift compares.
package squeeze

import (
	"bytes"
	"compress/gzip"
	"io"
)

// Read returns what was compressed into data, a gzip stream. Data is compiled in, so one that does not decompress is a bug,
// and panics. name is for that.
func Read(name string, data []byte) []byte {
	r, err := gzip.NewReader(bytes.NewReader(data))
	if err != nil {
		panic("squeeze: internal error: " + name + ": " + err.Error())
	}
	text, err := io.ReadAll(r)
	if err != nil {
		panic("squeeze: internal error: " + name + ": " + err.Error())
	}
	return text
}
