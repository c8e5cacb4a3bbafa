package capture_test

import (
	"bytes"
	"fmt"
	"image"
	imagepng "image/png"
	"math/rand/v2"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"samizdat/internal/capture"
	"samizdat/internal/fetch"
)

// BenchmarkCapture captures a page of 200 pictures of 40 kB from a server that takes 50 ms for every answer. No client with six
// connections, as browsers have for one host, can take less than the answers after one another: robots.txt, the page, and
// 200/6 rounds of pictures. "of-possible" is that time by ours.
func BenchmarkCapture(b *testing.B) {
	const pictures, latency, connections = 200, 50 * time.Millisecond, 6
	page := "<!DOCTYPE html><html lang=ru><title>Площадь</title><article><h1>Площадь</h1>" + strings.Repeat(words, 6)
	for i := range pictures {
		page += fmt.Sprintf(`<p>Подпись<img src="/pics/%d.png" alt="%d"></p>`, i, i)
	}
	var files [pictures][]byte
	for i := range files {
		m, r := image.NewNRGBA(image.Rect(0, 0, 100, 100)), rand.New(rand.NewPCG(1, uint64(i)))
		for j := range m.Pix {
			m.Pix[j] = byte(r.Uint32())
		}
		var out bytes.Buffer
		if err := imagepng.Encode(&out, m); err != nil {
			b.Fatal(err)
		}
		files[i] = out.Bytes()
	}
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(latency)
		var n int
		switch _, err := fmt.Sscanf(r.URL.Path, "/pics/%d.png", &n); {
		case err == nil:
			w.Header().Set("Content-Type", "image/png")
			w.Write(files[n])
		case r.URL.Path == "/p":
			w.Header().Set("Content-Type", "text/html; charset=utf-8")
			w.Write([]byte(page + words + "</article></html>"))
		default:
			http.NotFound(w, r)
		}
	}))
	defer server.Close()
	possible := latency * (2 + (pictures+connections-1)/connections)
	b.ReportAllocs()
	for b.Loop() {
		get, err := fetch.New(fetch.Options{Private: []string{"127.0.0.1"}, PageEvery: -1, Dir: b.TempDir(), PerHost: connections})
		if err != nil {
			b.Fatal(err)
		}
		res, err := capture.Run(b.Context(), get, capture.Job{URL: server.URL + "/p", Dir: b.TempDir()})
		if err != nil {
			b.Fatal(err)
		}
		if res.Fetched != pictures+1 {
			b.Fatalf("%d things fetched, %d missing: %v", res.Fetched, len(res.Capture.Missing), res.Capture.Missing[:1])
		}
		get.Close()
	}
	b.ReportMetric(possible.Seconds()/(b.Elapsed().Seconds()/float64(b.N)), "of-possible")
}
