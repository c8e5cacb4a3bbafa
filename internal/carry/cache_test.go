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

// Few runtimes are in memory, however many are asked for; those in use stay.
func TestRuntimesAreForgotten(t *testing.T) {
	runtimes := carrytest.All()
	set, err := carrytest.Set(runtimes, nil)
	if err != nil {
		t.Fatal(err)
	}
	opened, err := carry.OpenRuntimes(bytes.NewReader(set), int64(len(set)))
	if err != nil {
		t.Fatal(err)
	}
	cache := carry.NewCache(opened)
	held, release, err := cache.Get(t.Context(), cache.Targets()[0])
	if err != nil {
		t.Fatal(err)
	}
	backwards := slices.Clone(cache.Targets())
	slices.Reverse(backwards)
	for _, target := range slices.Concat(cache.Targets(), backwards, cache.Targets()[3:5], cache.Targets()[8:]) {
		b, done, err := cache.Get(t.Context(), target)
		if err != nil || !bytes.Equal(b, runtimes[target]) {
			t.Errorf("%v: %d bytes, %v", target, len(b), err)
			continue
		}
		done()
		done() // counts once
		if cache.Kept() > carry.KeptRuntimes+1 {
			t.Errorf("%d runtimes in memory, want %d at most", cache.Kept(), carry.KeptRuntimes+1)
		}
	}
	if again, done, err := cache.Get(t.Context(), cache.Targets()[0]); err != nil || &again[0] != &held[0] {
		t.Errorf("the one in use was decoded again: %v", err)
	} else {
		done()
	}
	release()
	if _, _, err := cache.Get(t.Context(), carry.Target{OS: "plan9", Arch: "mips"}); err == nil {
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
	_, release, err := cache.Get(t.Context(), targets[0])
	if err != nil {
		t.Fatal(err)
	}
	shut := make(chan struct{})
	g.shut.Store(&shut)
	last := targets[len(targets)-1] // of another stream
	decoded := make(chan error)
	go func() {
		b, done, err := cache.Get(t.Context(), last)
		if err == nil && !bytes.Equal(b, runtimes[last]) {
			err = errors.New("another runtime")
		}
		if err == nil {
			done()
		}
		decoded <- err
	}()
	<-g.came
	release()
	b, release, err := cache.Get(t.Context(), targets[0])
	if err != nil || !bytes.Equal(b, runtimes[targets[0]]) {
		t.Errorf("what is in memory: %d bytes, %v", len(b), err)
	}
	release()
	gone, leave := context.WithCancel(t.Context())
	leave()
	if _, _, err := cache.Get(gone, targets[1]); !errors.Is(err, context.Canceled) {
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
		_, _, err := cache.Get(gone, target)
		decoded <- err
	}()
	<-g.came
	leave()
	<-gone.Done()
	g.shut.Store(nil)
	close(shut)
	<-decoded // with or without it: both are right
	b, release, err := cache.Get(t.Context(), target)
	if err != nil || !bytes.Equal(b, runtimes[target]) {
		t.Fatalf("the next: %d bytes, %v", len(b), err)
	}
	release()
}

// Only so many runtimes are in use; one more waits until somebody is done, or itself gives up.
func TestRuntimesInUseAreBounded(t *testing.T) {
	_, cache, runtimes := gated(t)
	var releases []func()
	for _, target := range cache.Targets()[:carry.HeldRuntimes] {
		_, release, err := cache.Get(t.Context(), target)
		if err != nil {
			t.Fatal(err)
		}
		releases = append(releases, release)
	}
	target := cache.Targets()[carry.HeldRuntimes]
	short, cancel := context.WithTimeout(t.Context(), time.Millisecond)
	defer cancel()
	if _, _, err := cache.Get(short, target); !errors.Is(err, context.DeadlineExceeded) {
		t.Errorf("one too many: %v", err)
	}
	got := make(chan []byte)
	go func() {
		b, release, err := cache.Get(t.Context(), target)
		if err == nil {
			release()
		}
		got <- b
	}()
	releases[1]()
	if b := <-got; !bytes.Equal(b, runtimes[target]) {
		t.Errorf("when one was done with: %d bytes", len(b))
	}
	if cache.Kept() > carry.HeldRuntimes {
		t.Errorf("%d runtimes in memory", cache.Kept())
	}
}
