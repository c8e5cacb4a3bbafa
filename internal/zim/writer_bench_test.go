package zim_test

import (
	"bytes"
	"fmt"
	"os"
	"path/filepath"
	"testing"

	"samizdat/internal/zim"
)

func BenchmarkWriter(b *testing.B) {
	for _, c := range []struct {
		name, mime string
		body       func(i int) []byte
	}{
		{"text", "text/html", func(i int) []byte { return prose(uint64(i), 100<<10) }},
		{"media", "video/mp4", func(i int) []byte { return noise(uint64(i), 100<<10) }},
	} {
		bodies := make([][]byte, 200)
		total := int64(0)
		for i := range bodies {
			bodies[i] = c.body(i)
			total += int64(len(bodies[i]))
		}
		b.Run(c.name, func(b *testing.B) {
			b.SetBytes(total)
			b.ReportAllocs()
			name := filepath.Join(b.TempDir(), "bench.zim")
			for b.Loop() {
				f, err := os.Create(name)
				if err != nil {
					b.Fatal(err)
				}
				w, err := zim.NewWriter(f, nil)
				if err != nil {
					b.Fatal(err)
				}
				for i, body := range bodies {
					h := zim.Header{Path: fmt.Sprint(i), MIMEType: c.mime, FrontArticle: true, Size: int64(len(body))}
					if err := w.Add(h, bytes.NewReader(body)); err != nil {
						b.Fatal(err)
					}
				}
				if err := w.Close(); err != nil {
					b.Fatal(err)
				}
				if err := f.Close(); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
