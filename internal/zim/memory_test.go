package zim

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime"
	"sync"
	"testing"
	"time"
)

// shelf is a Memory with room for chunks chunks, of which it keeps some, and a reader that its keys name.
func shelf(t testing.TB, keep, chunks int64) (*Memory, *Reader) {
	t.Helper()
	m := NewMemory(keep * chunkBytes)
	m.small.max = chunks * chunkBytes
	return m, &Reader{memory: m}
}

// take gets cluster n of that many chunks, whose bytes are all n.
func take(ctx context.Context, m *Memory, r *Reader, n uint32, chunks int, decodes *int) (*hold, error) {
	return m.get(ctx, clusterKey{r, n}, 0, func(ctx context.Context, _ uint32) (*decodedCluster, uint32, error) {
		if decodes != nil {
			*decodes++
		}
		c := &decodedCluster{number: n, room: &m.small}
		for range chunks {
			chunk, err := m.chunk(ctx, c.room)
			if err != nil {
				m.discard(c)
				return nil, 0, err
			}
			for i := range chunk {
				chunk[i] = byte(n)
			}
			c.chunks = append(c.chunks, chunk)
		}
		return c, 0, nil
	})
}

// audit compares what m counts with what is there.
func audit(t *testing.T, m *Memory) {
	t.Helper()
	m.mu.Lock()
	defer m.mu.Unlock()
	small, big := int64(0), int64(0)
	for key, c := range m.clusters {
		if c.key != key || (c.refs == 0) != (c.elem != nil) {
			t.Errorf("cluster %d: %d claims, in the list %t", c.number, c.refs, c.elem != nil)
		}
		if c.room == &m.big {
			big += c.bytes()
		} else {
			small += c.bytes()
		}
	}
	if small != m.small.used || big != m.big.used {
		t.Errorf("%d and %d bytes are counted, %d and %d are there", m.small.used, m.big.used, small, big)
	}
	if m.small.peak > m.small.max || m.big.peak > m.big.max {
		t.Errorf("peaks %d of %d, %d of %d", m.small.peak, m.small.max, m.big.peak, m.big.max)
	}
	if idle := m.small.used + int64(len(m.free))*chunkBytes; len(m.free) > 0 && idle > m.cacheBytes {
		t.Errorf("%d bytes with free chunks, the cache has %d", idle, m.cacheBytes)
	}
}

func TestCacheIsBounded(t *testing.T) {
	m, r := shelf(t, 3, 10)
	get := func(n uint32, chunks, want int) {
		t.Helper()
		decodes := 0
		h, err := take(t.Context(), m, r, n, chunks, &decodes)
		if err != nil {
			t.Fatalf("cluster %d: %v", n, err)
		}
		for _, chunk := range h.c.chunks {
			if chunk[0] != byte(n) || chunk[len(chunk)-1] != byte(n) {
				t.Errorf("cluster %d holds bytes of another", n)
			}
		}
		h.release()
		h.release() // counts once
		if decodes != want {
			t.Errorf("cluster %d was decoded %d times, want %d", n, decodes, want)
		}
		if m.small.used > m.cacheBytes {
			t.Errorf("%d bytes are kept, want at most %d", m.small.used, m.cacheBytes)
		}
		audit(t, m)
	}
	for n := range uint32(3) {
		get(n, 1, 1)
	}
	get(0, 1, 0) // most recent now
	get(3, 1, 1) // drives out 1
	get(0, 1, 0)
	get(1, 1, 1) // drives out 2
	get(2, 1, 1) // drives out 3
	get(0, 1, 0)
	get(9, 4, 1) // larger than all: not kept
	get(9, 4, 1)
}

func TestRoomRunsOut(t *testing.T) {
	m, r := shelf(t, 2, 4)
	m.timeout, m.patient = 20*time.Millisecond, 5*time.Millisecond
	var held []*hold
	for n := range uint32(4) {
		h, err := take(t.Context(), m, r, n, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		held = append(held, h)
	}
	if _, err := take(t.Context(), m, r, 9, 1, nil); !errors.Is(err, ErrBusy) {
		t.Errorf("without room: %v, want ErrBusy", err)
	}
	if h, err := take(t.Context(), m, r, 0, 1, nil); err != nil {
		t.Errorf("what is there already needs no room, got %v", err)
	} else {
		h.release()
	}
	ctx, cancel := context.WithCancel(t.Context())
	m.timeout = time.Hour
	m.patient = time.Hour
	failed := make(chan error, 1)
	go func() { _, err := take(ctx, m, r, 9, 1, nil); failed <- err }()
	cancel()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("gone while waiting: %v, want context.Canceled", err)
	}
	got := make(chan error, 1)
	go func() {
		h, err := take(t.Context(), m, r, 9, 1, nil)
		if err == nil {
			h.release()
		}
		got <- err
	}()
	held[0].release()
	if err := <-got; err != nil {
		t.Errorf("after a release: %v", err)
	}
	for _, h := range held {
		h.release()
	}
	audit(t, m)
}

func TestLongestHolderGivesWay(t *testing.T) {
	m, r := shelf(t, 1, 3)
	m.timeout, m.patient = time.Minute, time.Millisecond
	var order []uint32
	for n := range uint32(3) {
		h, err := take(t.Context(), m, r, n, 1, nil)
		if err != nil {
			t.Fatal(err)
		}
		if n != 0 { // the first cannot be told
			h.onRevoke(func() { order = append(order, n); h.release() })
		}
	}
	h, err := take(t.Context(), m, r, 7, 2, nil)
	if err != nil {
		t.Fatal(err)
	}
	h.release()
	if fmt.Sprint(order) != "[1 2]" {
		t.Errorf("told to let go: %v, want 1 and then 2", order)
	}
}

func TestDecodingEndsWithInterest(t *testing.T) {
	m, r := shelf(t, 1, 4)
	key := clusterKey{r, 1}
	first, leave1 := context.WithCancel(t.Context())
	second, leave2 := context.WithCancel(t.Context())
	defer leave2()
	begun, results := make(chan context.Context, 1), make(chan error, 2)
	decode := func(ctx context.Context, _ uint32) (*decodedCluster, uint32, error) {
		begun <- ctx
		<-ctx.Done()
		return nil, 0, ctx.Err()
	}
	go func() { _, err := m.get(first, key, 0, decode); results <- err }()
	work := <-begun
	go func() { _, err := m.get(second, key, 0, decode); results <- err }()
	for waiting := 0; waiting == 0; runtime.Gosched() {
		m.mu.Lock()
		waiting = m.pending[key].waiting
		m.mu.Unlock()
	}
	leave1()
	select {
	case <-work.Done():
		t.Fatal("the decoding ended though one still wants it")
	case <-time.After(10 * time.Millisecond):
	}
	leave2()
	for range 2 {
		if err := <-results; !errors.Is(err, context.Canceled) {
			t.Errorf("got %v, want context.Canceled", err)
		}
	}
	if len(m.pending) != 0 || len(m.failed) != 0 {
		t.Errorf("%d pending, %d remembered as damaged", len(m.pending), len(m.failed))
	}
}

func TestFailuresAreRememberedForAWhile(t *testing.T) {
	m, r := shelf(t, 1, 4)
	now := time.Unix(0, 0)
	m.now = func() time.Time { return now }
	decodes := 0
	try := func(n uint32, err error) error {
		_, got := m.get(t.Context(), clusterKey{r, n}, 0, func(context.Context, uint32) (*decodedCluster, uint32, error) { decodes++; return nil, 0, err })
		return got
	}
	broken := &FormatError{Part: "cluster 1", Err: errors.New("broken")}
	for range 3 {
		if err := try(1, broken); !errors.Is(err, error(broken)) {
			t.Errorf("got %v", err)
		}
	}
	if decodes != 1 {
		t.Errorf("decoded %d times, want once", decodes)
	}
	now = now.Add(failureTime)
	_ = try(1, broken)
	if decodes != 2 {
		t.Errorf("after a while decoded %d times in all, want twice", decodes)
	}
	decodes = 0
	for range 3 {
		_ = try(2, io.ErrClosedPipe) // the disk's fault
	}
	if decodes != 3 {
		t.Errorf("a failure of the disk was tried %d times, want 3", decodes)
	}
	for n := range uint32(2 * maxFailures) {
		_ = try(n, broken)
	}
	if len(m.failed) > maxFailures {
		t.Errorf("%d failures are remembered, want at most %d", len(m.failed), maxFailures)
	}
}

func TestNobodyWaitsForAPanic(t *testing.T) {
	m, r := shelf(t, 1, 4)
	func() {
		defer func() { recover() }()
		_, _ = m.get(t.Context(), clusterKey{r, 1}, 0, func(context.Context, uint32) (*decodedCluster, uint32, error) { panic("bug") })
	}()
	if len(m.pending) != 0 {
		t.Error("a decode that panicked is still pending")
	}
}

// Claims come and go from many goroutines, with too little room for all. Run with -race.
func TestManyClaims(t *testing.T) {
	m, r := shelf(t, 2, 5)
	m.timeout = time.Minute
	var wg sync.WaitGroup
	for i := range 16 {
		wg.Go(func() {
			for j := range 100 {
				ctx, cancel := context.WithCancel(t.Context())
				n := uint32(i*j) % 7
				if j%5 == 0 {
					cancel()
				}
				h, err := take(ctx, m, r, n, 1+int(n)%2, nil)
				if err == nil {
					if h.c.chunks[0][j] != byte(n) {
						t.Errorf("cluster %d holds bytes of another", n)
					}
					h.release()
				} else if !errors.Is(err, context.Canceled) || j%5 != 0 {
					t.Error(err)
				}
				cancel()
			}
		})
	}
	wg.Wait()
	audit(t, m)
}

// clusters is an archive with that many zstd clusters of n zeros each, which take next to nothing in the file.
func clusters(t testing.TB, count, n int) []byte {
	t.Helper()
	a := &testArchive{hdr: header{major: 6, minor: 1}}
	for i := range count {
		a.clusters = append(a.clusters, testCluster{info: clusterZstd})
		a.item(fmt.Sprintf("C/%d", i), "", "text/html", i, make([]byte, n))
	}
	b, _ := a.build(t)
	return b
}

// Ten slow clients of a file of a few kilobytes once took 3 GB.
func TestBigClustersShareOneRoom(t *testing.T) {
	b := clusters(t, 3, 40<<20)
	m := NewMemory(0)
	m.timeout, m.patient = 10*time.Millisecond, 5*time.Millisecond
	m.big.max = 60 << 20
	r := openBytes(t, b, &ReaderOptions{Memory: m})
	e, err := r.Content("0")
	if err != nil {
		t.Fatal(err)
	}
	held, err := e.Blob()
	if err != nil {
		t.Fatal(err)
	}
	if m.small.used != 0 || m.big.used < 40<<20 {
		t.Errorf("%d bytes of the small room and %d of the big one are used by a big cluster", m.small.used, m.big.used)
	}
	other, err := r.Content("1")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := other.Blob(); !errors.Is(err, ErrBusy) {
		t.Errorf("a second one: %v, want ErrBusy", err)
	}
	held.Close()
	again, err := other.Blob()
	if err != nil {
		t.Fatalf("after Close: %v", err)
	}
	var out bytes.Buffer
	if n, err := again.WriteSection(&out, 39<<20, 1<<20); n != 1<<20 || err != nil || out.Len() != 1<<20 {
		t.Errorf("WriteSection = %d, %v", n, err)
	}
	if n, err := again.WriteSection(io.Discard, 40<<20-1, 2); n != 1 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("WriteSection over the end = %d, %v", n, err)
	}
	again.Close()
	if m.big.used != 0 || len(m.clusters) != 0 {
		t.Errorf("%d bytes and %d clusters are kept of what is larger than the cache", m.big.used, len(m.clusters))
	}
	audit(t, m)
}

func TestForgottenBlobsComeBack(t *testing.T) {
	m := NewMemory(-1)
	r := openBytes(t, clusters(t, 1, 1000), &ReaderOptions{Memory: m})
	e, err := r.Content("0")
	if err != nil {
		t.Fatal(err)
	}
	if _, err := e.Blob(); err != nil { // dropped
		t.Fatal(err)
	}
	deadline := time.Now().Add(10 * time.Second)
	for used := int64(1); used > 0; {
		runtime.GC()
		m.mu.Lock()
		used = m.small.used
		m.mu.Unlock()
		if time.Now().After(deadline) {
			t.Fatalf("%d bytes are still counted", used)
		}
	}
}

// However many wait for room, garbage is collected once in a while.
func TestWaitingCollectsSeldom(t *testing.T) {
	m := NewMemory(-1)
	now := time.Unix(1000, 0)
	collected := make(chan struct{}, 100)
	m.now, m.gc = func() time.Time { return now }, func() { collected <- struct{}{} }
	m.timeout, m.patient = time.Nanosecond, time.Nanosecond
	m.small.used = m.small.max
	idle := func() { // until the collection is over
		for {
			m.mu.Lock()
			busy := m.collecting
			m.mu.Unlock()
			if !busy {
				return
			}
			runtime.Gosched()
		}
	}
	for range 50 {
		if err := m.reserve(t.Context(), &m.small, 1); !errors.Is(err, ErrBusy) {
			t.Fatalf("got %v, want ErrBusy", err)
		}
	}
	<-collected
	idle()
	now = now.Add(collectEvery)
	if err := m.reserve(t.Context(), &m.small, 1); !errors.Is(err, ErrBusy) {
		t.Fatalf("got %v, want ErrBusy", err)
	}
	<-collected
	idle()
	// So is what was decoded and could not be kept.
	for range 3 * maxDropped / chunkBytes {
		m.small.used += chunkBytes
		m.discard(&decodedCluster{room: &m.small, chunks: [][]byte{nil}})
		idle()
	}
	for range 3 {
		<-collected
	}
	if n := len(collected); n != 0 {
		t.Errorf("%d collections too many", n)
	}
}
