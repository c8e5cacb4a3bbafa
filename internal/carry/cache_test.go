package carry_test

import (
	"bytes"
	"slices"
	"testing"

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
	held, release, err := cache.Get(cache.Targets()[0])
	if err != nil {
		t.Fatal(err)
	}
	backwards := slices.Clone(cache.Targets())
	slices.Reverse(backwards)
	for _, target := range slices.Concat(cache.Targets(), backwards, cache.Targets()[3:5], cache.Targets()[8:]) {
		b, done, err := cache.Get(target)
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
	if again, done, err := cache.Get(cache.Targets()[0]); err != nil || &again[0] != &held[0] {
		t.Errorf("the one in use was decoded again: %v", err)
	} else {
		done()
	}
	release()
	if _, _, err := cache.Get(carry.Target{OS: "plan9", Arch: "mips"}); err == nil {
		t.Error("a platform that is not there: no error")
	}
}
