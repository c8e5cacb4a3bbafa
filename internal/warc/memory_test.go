package warc_test

import (
	"bytes"
	"errors"
	"io"
	"runtime"
	"strings"
	"testing"

	"samizdat/internal/warc"
)

// zeros is a body of so many zeros.
type zeros struct{ size, at int64 }

func (z *zeros) Read(p []byte) (int, error) {
	if z.at >= z.size {
		return 0, io.EOF
	}
	n := int(min(int64(len(p)), z.size-z.at))
	clear(p[:n])
	z.at += int64(n)
	return n, nil
}

func (z *zeros) Seek(offset int64, whence int) (int64, error) {
	if whence != io.SeekStart {
		return 0, errors.New("only from the start")
	}
	z.at = offset
	return offset, nil
}

// TestMemory writes and reads a record of 64 MiB, and one that claims all there can be: both take a few buffers.
func TestMemory(t *testing.T) {
	size := int64(64 << 20)
	if testing.Short() {
		size = 10 << 20 // still more than what may be taken
	}
	allocated := func(f func()) uint64 {
		var before, after runtime.MemStats
		runtime.ReadMemStats(&before)
		f()
		runtime.ReadMemStats(&after)
		return after.TotalAlloc - before.TotalAlloc
	}
	var file bytes.Buffer
	written := allocated(func() {
		_, err := warc.NewWriter(&file).Write(&warc.Draft{
			Type: warc.Response, TargetURI: "https://example.org/film", Date: captured, Head: []byte("HTTP/1.1 200 OK\r\n\r\n"), Body: &zeros{size: size},
		})
		if err != nil {
			t.Fatal(err)
		}
	})
	read := allocated(func() {
		r, err := warc.NewReader(&file)
		if err != nil {
			t.Fatal(err)
		}
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := rec.Finish(); err != nil || rec.BlockDigest != warc.Matches || rec.PayloadDigest != warc.Matches {
			t.Fatalf("%v, %v, %v", err, rec.BlockDigest, rec.PayloadDigest)
		}
	})
	claimed := allocated(func() {
		r, err := warc.NewReader(strings.NewReader(record(1, answer, "Content-Length: 9223372036854775807")))
		if err != nil {
			t.Fatal(err)
		}
		rec, err := r.Next()
		if err != nil {
			t.Fatal(err)
		}
		if err := rec.Finish(); !errors.Is(err, io.ErrUnexpectedEOF) {
			t.Fatal(err)
		}
	})
	for what, n := range map[string]uint64{"writing": written, "reading": read, "a claim": claimed} {
		if n > 8<<20 {
			t.Errorf("%s took %d bytes of memory", what, n)
		}
	}
}

func BenchmarkRead(b *testing.B) {
	var file bytes.Buffer
	w := warc.NewWriter(&file)
	text := strings.Repeat("Первый абзац, второй абзац. ", 2000)
	var size int64
	for range 200 {
		if _, err := w.Write(&warc.Draft{
			Type: warc.Response, TargetURI: "https://example.org/", Date: captured, Head: []byte("HTTP/1.1 200 OK\r\n\r\n"), Body: strings.NewReader(text),
		}); err != nil {
			b.Fatal(err)
		}
		size += int64(len(text))
	}
	b.SetBytes(size)
	for b.Loop() {
		r, err := warc.NewReader(bytes.NewReader(file.Bytes()))
		for err == nil {
			_, err = r.Next()
		}
		if err != io.EOF {
			b.Fatal(err)
		}
	}
}
