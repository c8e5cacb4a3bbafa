//go:build unix

package serve

import (
	"bufio"
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"os"
	"runtime"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/klauspost/compress/zstd"

	"samizdat/internal/archive"
	"samizdat/internal/zim"
)

// These tests attack a server that listens as the program's does, over loopback, and ask for a page meanwhile.

// patience is within what a good client is answered while others attack: much less than any timeout of the server, and more
// than a busy machine needs.
const patience = 5 * time.Second

// besieged is a server behind its limits.
type besieged struct {
	t    *testing.T
	addr string
}

// besiege serves until the test ends. Name and page are what a good client asks for.
func besiege(t *testing.T, sources ...*archive.Source) *besieged {
	t.Helper()
	s, err := New(Config{Archives: sources, Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, stop := context.WithCancel(context.Background())
	ended := make(chan error, 1)
	go func() { ended <- s.Serve(ctx, l) }()
	t.Cleanup(func() {
		stop()
		if err := <-ended; err != nil {
			t.Error(err)
		}
	})
	return &besieged{t, l.Addr().String()}
}

// dial opens a connection that ends with the test.
func (b *besieged) dial() net.Conn {
	b.t.Helper()
	conn, err := net.Dial("tcp", b.addr)
	if err != nil {
		b.t.Fatal(err)
	}
	b.t.Cleanup(func() { conn.Close() })
	return conn
}

func (b *besieged) request(path string, header ...string) string {
	return "GET " + path + " HTTP/1.1\r\nHost: " + b.addr + "\r\n" + strings.Join(append(header, ""), "\r\n") + "\r\n"
}

// good asks for a page on a new connection and fails unless it comes soon.
func (b *besieged) good(what string) {
	b.t.Helper()
	start := time.Now()
	conn, err := net.DialTimeout("tcp", b.addr, patience)
	if err != nil {
		b.t.Fatalf("%s: a good client: %v", what, err)
	}
	defer conn.Close()
	_ = conn.SetDeadline(start.Add(patience))
	if _, err := io.WriteString(conn, b.request("/content/ours/statement.html")); err != nil {
		b.t.Fatalf("%s: a good client: %v", what, err)
	}
	resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		b.t.Fatalf("%s: a good client got no answer within %v: %v", what, time.Since(start), err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil || resp.StatusCode != http.StatusOK || !strings.HasPrefix(string(body), "statement ") {
		b.t.Errorf("%s: a good client got %d, %d bytes, %v", what, resp.StatusCode, len(body), err)
	}
	b.t.Logf("%s: answered after %v", what, time.Since(start).Round(time.Millisecond))
}

// steady fails if live memory grows by more than limit bytes during f. What others hold is counted too, so the attacks should
// cost next to nothing.
func steady(t *testing.T, limit uint64, f func()) {
	t.Helper()
	live := func() uint64 {
		var m runtime.MemStats
		runtime.GC()
		runtime.ReadMemStats(&m)
		return m.HeapAlloc + m.StackInuse
	}
	before := live()
	f()
	if after := live(); after > before+limit {
		t.Errorf("the attack costs %d bytes of memory, want at most %d", after-before, limit)
	}
}

// files tells how many connections the test may open: each costs two descriptors, as the server is in this process.
func files(t *testing.T, wanted int) int {
	t.Helper()
	var r syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r); err != nil {
		t.Fatal(err)
	}
	if r.Cur < r.Max {
		r.Cur = r.Max
		_ = syscall.Setrlimit(syscall.RLIMIT_NOFILE, &r)
		_ = syscall.Getrlimit(syscall.RLIMIT_NOFILE, &r)
	}
	if most := int(min(r.Cur, 1<<20))/2 - 200; most < wanted {
		t.Logf("this system allows %d open files, so there are %d connections instead of %d", r.Cur, most, wanted)
		return most
	}
	return wanted
}

func oursFor(t *testing.T) *archive.Source { return find(t, 1, build(t, "ours.zim", stock(), nil))[0] }

func TestHalfOpenConnections(t *testing.T) {
	b := besiege(t, oursFor(t))
	n := files(t, 5000)
	steady(t, 64<<20, func() {
		for i := range n {
			b.dial()
			if i == 700 || i == n/2 {
				b.good(fmt.Sprintf("%d connections that send nothing", i))
			}
		}
		b.good(fmt.Sprintf("%d connections that send nothing", n))
	})
}

func TestSlowHeaders(t *testing.T) {
	b := besiege(t, oursFor(t))
	for range 2 * maxConns {
		_, _ = io.WriteString(b.dial(), "GET / HTTP/1.1\r\nHost: "+b.addr+"\r\nX: ") // some are closed already
	}
	b.good("headers that do not end")
}

func TestSlowBodies(t *testing.T) {
	b := besiege(t, oursFor(t))
	for range maxConns {
		_, _ = io.WriteString(b.dial(), b.request("/content/ours/statement.html", "Content-Length: 1000"))
	}
	b.good("bodies that do not come")
}

// Each of these takes an answer of megabytes and reads nothing of it.
func TestSlowReaders(t *testing.T) {
	items := append(stock(), item{path: "large.html", mime: "text/html", body: strings.Repeat("a long page ", 1<<19)})
	b := besiege(t, find(t, 1, build(t, "ours.zim", items, nil))...)
	steady(t, 64<<20, func() {
		for range maxConns {
			conn := b.dial()
			_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
			_, _ = io.WriteString(conn, b.request("/content/ours/large.html"))
		}
		b.good("clients that take nothing")
	})
}

func TestPipelinedGarbage(t *testing.T) {
	b := besiege(t, oursFor(t))
	garbage := []string{
		strings.Repeat(b.request("/content/ours/statement.html"), 2000),
		strings.Repeat("\x16\x03\x01\x02\x00\x01\x00", 30_000), // TLS
		strings.Repeat("\r\n", 50_000),
		"GET / HTTP/1.1\r\nHost: " + b.addr + "\r\nTransfer-Encoding: chunked\r\n\r\nffffffffffffffff\r\n" + strings.Repeat("x", 100_000),
		"GET / HTTP/1.1\r\nHost: " + b.addr + "\r\nContent-Length: 5\r\nContent-Length: 6\r\n\r\nhello",
		"GET / HTTP/1.1\r\nHost: " + b.addr + "\r\nContent-Length: -1\r\n\r\n",
		"GET http://[::1 HTTP/1.1\r\n\r\n", "GET / HTTP/9.9\r\n\r\n", "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n", "\x00\x00\x00",
		"CONNECT evil.example:443 HTTP/1.1\r\nHost: evil.example\r\n\r\n", "OPTIONS * HTTP/1.1\r\nHost: " + b.addr + "\r\n\r\n",
	}
	var wg sync.WaitGroup
	for _, g := range garbage {
		for range 8 {
			conn := b.dial()
			wg.Go(func() { _, _ = io.WriteString(conn, g) })
		}
	}
	b.good("pipelined garbage")
	for _, conn := range []net.Conn{b.dial()} {
		_, _ = io.WriteString(conn, garbage[1])
		_ = conn.SetReadDeadline(time.Now().Add(patience))
		if n, err := io.Copy(io.Discard, conn); errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("TLS to a server without it: %d bytes and no end", n)
		}
	}
	b.good("after pipelined garbage")
	// Nobody reads what the first kind is answered, so their writes end when the test closes the connections.
}

func TestHeaderBombs(t *testing.T) {
	b := besiege(t, oursFor(t))
	bombs := []string{
		"X: " + strings.Repeat("x", 10<<20),
		strings.Repeat("X: y\r\n", 1<<20),
		strings.Repeat("x", 10<<20) + ": y",
		"Cookie: " + strings.Repeat("a=b; ", 1<<20),
	}
	steady(t, 64<<20, func() {
		for _, bomb := range bombs {
			conn := b.dial()
			_ = conn.SetDeadline(time.Now().Add(patience))
			go func() { _, _ = io.WriteString(conn, b.request("/content/ours/statement.html", bomb)) }()
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil && errors.Is(err, os.ErrDeadlineExceeded) {
				t.Errorf("%.10q…: neither refused nor closed", bomb)
			}
			if err == nil && resp.StatusCode != http.StatusRequestHeaderFieldsTooLarge && resp.StatusCode != http.StatusBadRequest {
				t.Errorf("%.10q…: %s", bomb, resp.Status)
			}
		}
		b.good("header bombs")
	})
}

func TestRangesBeyond64Bits(t *testing.T) {
	w := both(t, Config{Loopback: true})
	const target, size = "/content/ours/video.bin", 600_000
	for _, c := range []struct {
		header string
		status int
		length int
	}{
		{"bytes=0-18446744073709551615", 206, size},
		{"bytes=0-99999999999999999999999999", 206, size},
		{"bytes=599999-9223372036854775807", 206, 1},
		{"bytes=9223372036854775807-", 416, -1},
		{"bytes=18446744073709551616-", 416, -1},
		{"bytes=18446744073709551616-18446744073709551617", 416, -1},
		{"bytes=-9223372036854775807", 206, size},
		{"bytes=-18446744073709551616", 206, 600_000}, // RFC 9110 §14.1.2: more than there is, from the end, is all of it
		{"bytes=--1", 416, -1},
		{"bytes=5-4", 416, -1},
		{"bytes=0-0," + strings.Repeat("0-0,", 4000) + "0-0", 200, size},
	} {
		a := w.get(target, "Range: "+c.header)
		if a.StatusCode != c.status || c.length >= 0 && len(a.body) != c.length {
			t.Errorf("%.60s: %d with %d bytes, want %d with %d", c.header, a.StatusCode, len(a.body), c.status, c.length)
		}
	}
}

func TestRebinding(t *testing.T) {
	w := both(t, Config{Loopback: true})
	for _, host := range []string{
		"evil.example", "evil.example:" + w.port, "127.0.0.1.evil.example:" + w.port, "localhost.evil.example:" + w.port, "127.0.0.1:1", "localhost", "127.0.0.1",
		"127.1:" + w.port, "2130706433:" + w.port, "0x7f000001:" + w.port, "0:" + w.port, "0.0.0.0:" + w.port, "[::]:" + w.port, "[::ffff:127.0.0.2]:" + w.port,
		"127.0.0.2:" + w.port, "192.168.0.1:" + w.port, "localhost:" + w.port + "@evil.example", "127.0.0.1:" + w.port + "/", "xn--localhost-:" + w.port,
		"localhost.:" + w.port, "sub.localhost:" + w.port,
	} {
		for _, target := range []string{"/", "/content/ours/statement.html", "/content/guest/statement.html", "/-/quit", "/-/style.css"} {
			a := w.get(target, "Host: "+host)
			if a.StatusCode != http.StatusMisdirectedRequest && a.StatusCode != http.StatusBadRequest {
				t.Errorf("Host %q, %s: %d, want 421", host, target, a.StatusCode)
			}
			if strings.Contains(a.body, "statement ") {
				t.Errorf("Host %q sees what is in the archive", host)
			}
		}
	}
}

// bombs is an archive of a few kilobytes with count clusters that decode to size bytes each.
func bombs(t *testing.T, count, size int) string {
	t.Helper()
	var frame bytes.Buffer
	enc, err := zstd.NewWriter(&frame, zstd.WithEncoderConcurrency(1), zstd.WithWindowSize(1<<20))
	if err != nil {
		t.Fatal(err)
	}
	table := binary.LittleEndian.AppendUint32(binary.LittleEndian.AppendUint32(nil, 8), uint32(size))
	if _, err := enc.Write(table); err != nil {
		t.Fatal(err)
	}
	if _, err := io.Copy(enc, io.LimitReader(zeros{}, int64(size-8))); err != nil {
		t.Fatal(err)
	}
	if err := enc.Close(); err != nil {
		t.Fatal(err)
	}
	cluster := append([]byte{5}, frame.Bytes()...)
	le := binary.LittleEndian
	body := []byte("text/html\x00\x00")
	var entries []uint64
	for i := range count {
		entries = append(entries, uint64(80+len(body)))
		body = append(le.AppendUint16(body, 0), 0, 'C')
		body = le.AppendUint32(body, 0)
		body = le.AppendUint32(body, uint32(i))
		body = le.AppendUint32(body, 0)
		body = append(body, fmt.Sprintf("bomb%03d\x00\x00", i)...)
	}
	pathPos := 80 + len(body)
	for _, p := range entries {
		body = le.AppendUint64(body, p)
	}
	clusterPos := 80 + len(body)
	first := clusterPos + 8*count
	for i := range count {
		body = le.AppendUint64(body, uint64(first+i*len(cluster)))
	}
	body = append(body, bytes.Repeat(cluster, count)...)
	return finish(t, "bombs.zim", 6, 1, []int{count, count, pathPos, noTitles, clusterPos}, body)
}

type zeros struct{}

func (zeros) Read(p []byte) (int, error) { clear(p); return len(p), nil }

// Many slow clients of a small file that decodes to gigabytes: memory stays within its bound, whoever finds no room is told so,
// and readers of another archive notice nothing.
func TestDecodedMemoryIsBounded(t *testing.T) {
	const clients, size = 12, 60 << 20
	sources := find(t, 1, build(t, "ours.zim", stock(), nil), bombs(t, clients, size))
	b := besiege(t, sources...)
	const bound = 450 << 20 // 96 and 256 MiB, and what decoders take
	peak := watchHeap(t)
	var wg sync.WaitGroup
	var mu sync.Mutex
	status := map[int]int{}
	guest := "localhost" + b.addr[strings.LastIndexByte(b.addr, ':'):]
	for i := range clients {
		conn := b.dial()
		_ = conn.(*net.TCPConn).SetReadBuffer(4 << 10)
		wg.Go(func() {
			_ = conn.SetDeadline(time.Now().Add(30 * time.Second))
			_, _ = fmt.Fprintf(conn, "GET /content/bombs/bomb%03d HTTP/1.1\r\nHost: %s\r\n\r\n", i, guest)
			resp, err := http.ReadResponse(bufio.NewReader(conn), nil)
			if err != nil {
				return
			}
			mu.Lock()
			defer mu.Unlock()
			status[resp.StatusCode]++
			if resp.StatusCode == http.StatusServiceUnavailable && resp.Header.Get("Retry-After") == "" {
				t.Error("503 without Retry-After")
			}
		})
	}
	for i := range 3 {
		b.good(fmt.Sprintf("slow readers of bombs, %d", i))
	}
	wg.Wait()
	if status[200] == 0 {
		t.Errorf("nobody got an answer: %v", status)
	}
	for s := range status {
		if s != http.StatusOK && s != http.StatusServiceUnavailable {
			t.Errorf("status %d, want 200 or 503", s)
		}
	}
	if got := peak(); got > bound {
		t.Errorf("%d MB of heap were in use, want at most %d", got>>20, bound>>20)
	} else {
		t.Logf("%d clients of %d MB each: answers %v, peak of the heap %d MB", clients, size>>20, status, got>>20)
	}
}

// watchHeap returns a function that ends the watching and tells the most that was in use.
func watchHeap(t *testing.T) func() uint64 {
	t.Helper()
	stop, most := make(chan struct{}), make(chan uint64, 1)
	go func() {
		tick := time.NewTicker(20 * time.Millisecond)
		defer tick.Stop()
		peak := uint64(0)
		for {
			select {
			case <-tick.C:
				var m runtime.MemStats
				runtime.ReadMemStats(&m)
				peak = max(peak, m.HeapInuse)
			case <-stop:
				most <- peak
				return
			}
		}
	}()
	return func() uint64 { close(stop); return <-most }
}

// A client that goes away ends the decoding for it, and a bomb that is refused is not decoded again.
func TestDecodingIsNotRepeated(t *testing.T) {
	src := find(t, 0, bombs(t, 1, 300<<20))[0] // more than is ever decoded
	e, err := src.Zim.Content("bomb000")
	if err != nil {
		t.Fatal(err)
	}
	var f *zim.FormatError
	for range 1000 { // each would take some 50 ms
		if _, err := e.Blob(); !errors.As(err, &f) || !errors.Is(err, zim.ErrTooLarge) {
			t.Fatalf("got %v, want a *FormatError that wraps ErrTooLarge", err)
		}
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	good := find(t, 0, bombs(t, 1, 200<<20))[0]
	if e, err = good.Zim.Content("bomb000"); err != nil {
		t.Fatal(err)
	}
	if _, err := e.BlobContext(ctx); !errors.Is(err, context.Canceled) {
		t.Errorf("nobody there: %v, want context.Canceled", err)
	}
}
