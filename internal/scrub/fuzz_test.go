package scrub_test

import (
	"bytes"
	"reflect"
	"testing"
)

// FuzzScrub scrubs anything: what comes out holds nothing more, comes out unchanged the second time, and shows the same
// pixels.
func FuzzScrub(f *testing.F) {
	for _, vectors := range allVectors(f) {
		for _, v := range vectors {
			f.Add(v.file)
		}
	}
	f.Fuzz(func(t *testing.T, b []byte) {
		file, err := read(b)
		if err != nil {
			return
		}
		var out bytes.Buffer
		if n, err := file.WriteTo(&out); err != nil || n != file.Size {
			t.Fatalf("WriteTo = %d, %v; Size %d", n, err, file.Size)
		}
		twice(t, out.Bytes())
		if before := pixels(b); before != nil && !reflect.DeepEqual(before, pixels(out.Bytes())) {
			t.Error("the pixels are others")
		}
	})
}
