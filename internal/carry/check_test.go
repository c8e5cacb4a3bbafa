package carry_test

import (
	"bytes"
	"context"
	"errors"
	"strings"
	"sync"
	"testing"

	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
)

func check(t *testing.T, set []byte) error {
	t.Helper()
	s, err := open(set)
	if err != nil {
		return err
	}
	return s.Check(t.Context(), 2, func(int64, int64) {})
}

// A set is whole or not, whatever part of it is damaged.
func TestCheck(t *testing.T) {
	files := carrytest.All()
	whole := set(t, files, nil)
	s, err := open(whole)
	if err != nil {
		t.Fatal(err)
	}
	var mu sync.Mutex
	most, total, want := int64(0), int64(0), int64(0)
	for _, b := range files {
		want += int64(len(b))
	}
	err = s.Check(t.Context(), 2, func(done, of int64) {
		mu.Lock()
		defer mu.Unlock()
		most, total = max(most, done), of
	})
	if err != nil || most != want || total != want {
		t.Errorf("whole: %v, told of %d bytes of %d, want %d", err, most, total, want)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Check(ctx, 2, func(int64, int64) {}); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}

	later := func(i *carry.Index) { i.Runtimes[1].Target = "plan9/amd64" }
	if err := check(t, set(t, files, later)); err != nil {
		t.Errorf("a platform of a later version: %v", err)
	}
	if err := check(t, set(t, files, func(i *carry.Index) { later(i); i.Runtimes[1].SHA256 = strings.Repeat("0", 64) })); err == nil {
		t.Error("a platform of a later version with another sum: no error")
	}
	if err := check(t, whole[:len(whole)-300]); err == nil {
		t.Error("cut: no error")
	}
}

// After a changed byte that Check does not mind, all runtimes come out of the set as they were.
func TestCheckOfEveryPart(t *testing.T) {
	files := carrytest.All()
	whole := set(t, files, nil)
	minded := 0
	for at := 0; at < len(whole); at += 83 {
		b := bytes.Clone(whole)
		b[at] ^= 1
		if check(t, b) != nil {
			minded++
			continue
		}
		s, err := open(b)
		if err != nil {
			t.Fatal(err)
		}
		got, err := decode(t, s, s.Targets()...)
		if err != nil || len(got) != len(files) {
			t.Errorf("byte %d: %d runtimes, %v", at, len(got), err)
		}
		for target, b := range got {
			if !bytes.Equal(b, files[target]) {
				t.Errorf("byte %d: another %v", at, target)
			}
		}
	}
	if all := (len(whole) + 82) / 83; minded < all*8/10 {
		t.Errorf("of %d changed bytes %d were minded", all, minded)
	}
}
