package carry_test

import (
	"bytes"
	"context"
	"errors"
	"io"
	"slices"
	"sync/atomic"
	"testing"
	"time"

	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
)

// all reads a runtime from its first byte to its last.
func all(l *carry.Lent) ([]byte, error) { return io.ReadAll(io.NewSectionReader(l, 0, l.Size())) }

// Few runtimes are in memory, however many are asked for; those in use stay.
func TestRuntimesAreForgotten(t *testing.T) {
	_, cache, runtimes := gated(t)
	held, err := cache.Take(t.Context(), cache.Targets()[0])
	if err != nil {
		t.Fatal(err)
	}
	if _, err := held.ReadAt(make([]byte, 1), 0); err != nil {
		t.Fatal(err)
	}
	backwards := slices.Clone(cache.Targets())
	slices.Reverse(backwards)
	for _, target := range slices.Concat(cache.Targets(), backwards, cache.Targets()[3:5], cache.Targets()[8:]) {
		l, err := cache.Take(t.Context(), target)
		if err != nil {
			t.Errorf("%v: %v", target, err)
			continue
		}
		if b, err := all(l); err != nil || !bytes.Equal(b, runtimes[target]) {
			t.Errorf("%v: %d bytes, %v", target, len(b), err)
		}
		l.Close()
		l.Close() // counts once
		if cache.Kept() > carry.HeldRuntimes {
			t.Errorf("%d runtimes in memory, want %d at most", cache.Kept(), carry.HeldRuntimes)
		}
		if cache.Lent() != 1 {
			t.Errorf("%v: %d runtimes are taken, want the one that is held", target, cache.Lent())
		}
	}
	held.Close()
	if n := cache.Lent(); n != 0 {
		t.Errorf("%d runtimes are taken in the end", n)
	}
	if n := cache.Kept(); n > carry.KeptRuntimes {
		t.Errorf("%d runtimes are kept in the end, want %d", n, carry.KeptRuntimes)
	}
	if _, err := held.ReadAt(make([]byte, 1), 0); err == nil {
		t.Error("read after Close: no error")
	}
	if _, err := cache.Take(t.Context(), carry.Target{OS: "plan9", Arch: "mips"}); err == nil {
		t.Error("a platform that is not there: no error")
	}
}

// gate is a set of runtimes on a medium that waits, once shut, and counts who does.
type gate struct {
	io.ReaderAt
	shut atomic.Pointer[chan struct{}]
	came chan struct{}
}

func (g *gate) ReadAt(p []byte, off int64) (int, error) {
	if shut := g.shut.Load(); shut != nil {
		select {
		case g.came <- struct{}{}:
		default:
		}
		<-*shut
	}
	return g.ReaderAt.ReadAt(p, off)
}

// gated is a cache over a gate.
func gated(t *testing.T) (*gate, *carry.Cache, map[carry.Target][]byte) {
	t.Helper()
	runtimes := carrytest.All()
	set, err := carrytest.Set(runtimes, nil)
	if err != nil {
		t.Fatal(err)
	}
	g := &gate{ReaderAt: bytes.NewReader(set), came: make(chan struct{}, 1)}
	opened, err := carry.OpenRuntimes(g, int64(len(set)))
	if err != nil {
		t.Fatal(err)
	}
	return g, carry.NewCache(opened), runtimes
}

// Who wants what is in memory, or has done with it, does not wait for the decoder.
func TestRuntimeInMemoryWaitsForNobody(t *testing.T) {
	g, cache, runtimes := gated(t)
	targets := cache.Targets()
	first, err := cache.Take(t.Context(), targets[0])
	if err != nil {
		t.Fatal(err)
	}
	shut := make(chan struct{})
	g.shut.Store(&shut)
	last := targets[len(targets)-1] // of another stream
	decoded := make(chan error)
	go func() {
		l, err := cache.Take(t.Context(), last)
		if err == nil {
			var b []byte
			if b, err = all(l); err == nil && !bytes.Equal(b, runtimes[last]) {
				err = errors.New("another runtime")
			}
			l.Close()
		}
		decoded <- err
	}()
	<-g.came
	first.Close()
	again, err := cache.Take(t.Context(), targets[0])
	if err != nil {
		t.Fatal(err)
	}
	if b, err := all(again); err != nil || !bytes.Equal(b, runtimes[targets[0]]) {
		t.Errorf("what is in memory: %d bytes, %v", len(b), err)
	}
	again.Close()
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, err := cache.Take(gone, targets[1]); !errors.Is(err, context.Canceled) {
		t.Errorf("in the queue, and gone: %v", err)
	}
	g.shut.Store(nil)
	close(shut)
	if err := <-decoded; err != nil {
		t.Error(err)
	}
}

// Nothing is decoded to the end for who has left; who comes next gets all of it.
func TestRuntimeForNobody(t *testing.T) {
	g, cache, runtimes := gated(t)
	target := cache.Targets()[0]
	shut := make(chan struct{})
	g.shut.Store(&shut)
	gone, leave := context.WithCancel(t.Context())
	decoded := make(chan error)
	go func() {
		l, err := cache.Take(gone, target)
		if err == nil {
			l.Close()
		}
		decoded <- err
	}()
	<-g.came
	leave()
	<-gone.Done()
	g.shut.Store(nil)
	close(shut)
	<-decoded // with or without it: both are right
	l, err := cache.Take(t.Context(), target)
	if err != nil {
		t.Fatal(err)
	}
	if b, err := all(l); err != nil || !bytes.Equal(b, runtimes[target]) {
		t.Fatalf("the next: %d bytes, %v", len(b), err)
	}
	l.Close()
}

// Only so many runtimes are in use; one more waits until somebody is done, or itself gives up.
func TestRuntimesInUseAreBounded(t *testing.T) {
	_, cache, runtimes := gated(t)
	cache.Tenure = time.Hour
	var taken []*carry.Lent
	for _, target := range cache.Targets()[:carry.HeldRuntimes] {
		l, err := cache.Take(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		taken = append(taken, l)
	}
	target := cache.Targets()[carry.HeldRuntimes]
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, err := cache.Take(short, target); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one too many: %v", err)
	}
	got := make(chan []byte)
	go func() {
		var b []byte
		if l, err := cache.Take(t.Context(), target); err == nil {
			b, _ = all(l)
			l.Close()
		}
		got <- b
	}()
	if _, err := all(taken[1]); err != nil { // who has read all of it is done
		t.Error(err)
	}
	if b := <-got; !bytes.Equal(b, runtimes[target]) {
		t.Errorf("when one was done with: %d bytes", len(b))
	}
	if cache.Kept() > carry.HeldRuntimes {
		t.Errorf("%d runtimes in memory", cache.Kept())
	}
}

// Clients that take a byte now and then, one for every platform, get all of it, keep nobody out, and take no more memory
// than others.
func TestSlowClientsHoldNothing(t *testing.T) {
	_, cache, runtimes := gated(t)
	cache.Tenure = 0
	type client struct {
		*carry.Lent
		want, got []byte
	}
	var clients []*client
	for _, target := range cache.Targets() { // more than there is room for
		l, err := cache.Take(t.Context(), target)
		if err != nil {
			t.Fatalf("%v: %v", target, err)
		}
		defer l.Close()
		clients = append(clients, &client{Lent: l, want: runtimes[target]})
	}
	for part := range 4 { // in turn, so that what each wants was given up for others
		for _, c := range clients {
			from := len(c.got)
			to := len(c.want) * (part + 1) / 4
			c.got = append(c.got, make([]byte, to-from)...)
			if n, err := c.ReadAt(c.got[from:], int64(from)); err != nil || n != to-from {
				t.Fatalf("%d bytes at %d: %d, %v", to-from, from, n, err)
			}
			if cache.Kept() > carry.HeldRuntimes {
				t.Fatalf("%d runtimes in memory, want %d at most", cache.Kept(), carry.HeldRuntimes)
			}
		}
		fast := cache.Targets()[part*3%len(clients)]
		l, err := cache.Take(t.Context(), fast)
		if err != nil {
			t.Fatal(err)
		}
		if b, err := all(l); err != nil || !bytes.Equal(b, runtimes[fast]) {
			t.Errorf("another client, %v: %d bytes, %v", fast, len(b), err)
		}
		l.Close()
	}
	for i, c := range clients {
		if !bytes.Equal(c.got, c.want) {
			t.Errorf("%v: other bytes", cache.Targets()[i])
		}
	}
	if n := cache.Lent(); n != 0 {
		t.Errorf("%d runtimes are still taken, though all were read to the end", n)
	}
}

// A read that waits for room ends when its runtime is closed.
func TestClosedWhileItWaits(t *testing.T) {
	_, cache, _ := gated(t)
	cache.Tenure = 0
	slow, err := cache.Take(t.Context(), cache.Targets()[0])
	if err != nil {
		t.Fatal(err)
	}
	for _, target := range cache.Targets()[1 : carry.HeldRuntimes+1] { // slow's is given up
		l, err := cache.Take(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		defer l.Close()
	}
	cache.Tenure = time.Hour // nobody is waiting now
	failed := make(chan error)
	go func() {
		_, err := slow.ReadAt(make([]byte, 1), 0)
		failed <- err
	}()
	slow.Close()
	if err := <-failed; !errors.Is(err, context.Canceled) {
		t.Errorf("error %v", err)
	}
}

// An image whose runtime is read in another way has the same bytes, and shares what was computed.
func TestImageOnAnotherReader(t *testing.T) {
	_, cache, runtimes := gated(t)
	members := []*carry.Member{carry.Bytes("a", bytes.Repeat([]byte("a"), 10_000))}
	for target, b := range runtimes {
		image, err := carry.New(cache.Reader(target), int64(len(b)), members)
		if err != nil {
			t.Fatal(err)
		}
		want, err := io.ReadAll(io.NewSectionReader(image, 0, image.Size()))
		if err != nil {
			t.Fatal(err)
		}
		l, err := cache.Take(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		l.Until(image.Kept())
		got, err := io.ReadAll(io.NewSectionReader(image.On(l), 0, image.Size()))
		if err != nil || !bytes.Equal(got, want) {
			t.Errorf("%v: %d bytes, %v; want %d", target, len(got), err, len(want))
		}
		if cache.Lent() != 0 {
			t.Errorf("%v: %d runtimes are taken", target, cache.Lent())
		}
		l.Close()
		if _, err := io.ReadAll(io.NewSectionReader(image.On(l), 0, image.Size())); err == nil {
			t.Errorf("%v: read after Close", target)
		}
	}
}
