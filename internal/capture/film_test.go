package capture_test

import (
	"encoding/binary"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"runtime"
	"strings"
	"testing"

	"samizdat/internal/capture"
	"samizdat/internal/fetch"
	"samizdat/internal/judge"
)

// filmSite has a page that shows a film of about size bytes, most of them a box that means nothing. The film is made while it is sent.
func filmSite(t testing.TB, size int64) *httptest.Server {
	t.Helper()
	film, err := os.ReadFile("../scrub/testdata/film.mov")
	if err != nil {
		t.Fatal(err)
	}
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path != "/film.mov" {
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			io.WriteString(w, "<!DOCTYPE html><title>Площадь</title><article>"+strings.Repeat(words, 6)+"<video src=/film.mov></video></article>")
			return
		}
		w.Header().Set("Content-Type", "video/quicktime")
		w.Write(film)
		box := make([]byte, 1<<20)
		binary.BigEndian.PutUint32(box, uint32(size))
		copy(box[4:], "free")
		for left := size; left > 0; {
			n, err := w.Write(box[:min(left, int64(len(box)))])
			if err != nil {
				return
			}
			left -= int64(n)
			clear(box[:8])
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// captureFilm captures it and returns how many bytes were allocated in all.
func captureFilm(t testing.TB, size int64) uint64 {
	t.Helper()
	s := filmSite(t, size)
	get, err := fetch.New(fetch.Options{Private: []string{"127.0.0.1"}, PageEvery: -1, IgnoreRobots: true, Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer get.Close()
	var before, after runtime.MemStats
	runtime.ReadMemStats(&before)
	res, err := capture.Run(t.Context(), get, capture.Job{URL: s.URL + "/p", Dir: t.TempDir()})
	runtime.ReadMemStats(&after)
	if err != nil {
		t.Fatal(err)
	}
	if res.Fetched != 2 || len(res.Capture.Missing) > 0 {
		t.Fatalf("fetched %d, missing %v", res.Fetched, res.Capture.Missing)
	}
	return after.TotalAlloc - before.TotalAlloc
}

// A film takes room on the disk and none in memory.
func TestMemoryOfFilms(t *testing.T) {
	small, large := captureFilm(t, 1<<20), captureFilm(t, 48<<20)
	if large > small+16<<20 {
		t.Errorf("a film of 48 MiB took %d bytes of memory, one of 1 MiB %d", large, small)
	}
}

// BenchmarkFilm captures a page with a film of 2 GB, and reports the most memory that the process had.
func BenchmarkFilm(b *testing.B) {
	for b.Loop() {
		captureFilm(b, 2<<30)
	}
	status, err := os.ReadFile("/proc/self/status")
	judge.Need(b, err)
	for line := range strings.Lines(string(status)) {
		var kB float64
		if _, err := fmt.Sscanf(line, "VmHWM: %f kB", &kB); err == nil {
			b.ReportMetric(kB/1024, "peak-MiB")
		}
	}
}
