package thumbnail_test

import (
	"bytes"
	"io"
	"testing"

	"samizdat/internal/thumbnail"
)

// BenchmarkMake makes a thumbnail of a photo of 12 megapixels.
func BenchmarkMake(b *testing.B) {
	for _, format := range []string{"jpeg", "png"} {
		b.Run(format, func(b *testing.B) {
			photo := encoded(b, corners(4000, 3000), format)
			size, err := thumbnail.Measure(bytes.NewReader(photo), 6)
			if err != nil {
				b.Fatal(err)
			}
			b.ReportAllocs()
			for b.Loop() {
				if err := thumbnail.Make(io.Discard, bytes.NewReader(photo), size, 6); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
