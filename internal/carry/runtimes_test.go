package carry_test

import (
	"archive/tar"
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"sync"
	"testing"

	"github.com/ulikunitz/xz"

	"samizdat/internal/carry"
	"samizdat/internal/carry/carrytest"
)

func set(t testing.TB, files map[carry.Target][]byte, change func(*carry.Index)) []byte {
	t.Helper()
	b, err := carrytest.Set(files, change)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var (
	linux   = carry.Target{OS: "linux", Arch: "amd64"}
	windows = carry.Target{OS: "windows", Arch: "amd64"}
	mac     = carry.Target{OS: "darwin", Arch: "arm64"}
)

func some() map[carry.Target][]byte {
	return map[carry.Target][]byte{linux: random(3000), windows: random(5000), mac: random(100)}
}

func open(b []byte) (*carry.Runtimes, error) {
	return carry.OpenRuntimes(bytes.NewReader(b), int64(len(b)))
}

func TestRuntimes(t *testing.T) {
	files := some()
	s, err := open(set(t, files, nil))
	if err != nil {
		t.Fatal(err)
	}
	if got := s.Targets(); len(got) != 3 || got[0] != windows || s.Version() != "1.2.3" || s.Bytes(linux) != 3000 {
		t.Errorf("targets %v, version %s, %d bytes", got, s.Version(), s.Bytes(linux))
	}
	got, err := decode(t, s, linux, mac)
	if err != nil {
		t.Fatal(err)
	}
	if len(got) != 2 || !bytes.Equal(got[linux], files[linux]) || !bytes.Equal(got[mac], files[mac]) {
		t.Error("other bytes than were packed, or others too")
	}
	if _, err := decode(t, s, linux, carry.Target{OS: "linux", Arch: "arm"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a platform that is not there: %v", err)
	}
	full := errors.New("the disk is full")
	if err := s.Decode(t.Context(), 2, func(carry.Decoded, error) error { return full }, s.Targets()...); !errors.Is(err, full) {
		t.Errorf("what use says: %v", err)
	}
	ctx, cancel := context.WithCancel(t.Context())
	cancel()
	if err := s.Decode(ctx, 2, func(_ carry.Decoded, err error) error { return err }, s.Targets()...); !errors.Is(err, context.Canceled) {
		t.Errorf("cancelled: %v", err)
	}
}

// decode returns the runtimes for wanted.
func decode(t *testing.T, s *carry.Runtimes, wanted ...carry.Target) (map[carry.Target][]byte, error) {
	t.Helper()
	var mu sync.Mutex
	got := map[carry.Target][]byte{}
	err := s.Decode(t.Context(), 2, func(d carry.Decoded, err error) error {
		mu.Lock()
		defer mu.Unlock()
		if err == nil {
			got[d.Target] = d.Bytes
		}
		return err
	}, wanted...)
	return got, err
}

// The set is one tar archive for whoever has tar and xz, and the same bytes give the same set.
func TestSetIsATar(t *testing.T) {
	set, files := set(t, carrytest.All(), nil), carrytest.All()
	if again, err := carrytest.Set(files, nil); err != nil || !bytes.Equal(again, set) {
		t.Errorf("the same runtimes give another set: %v", err)
	}
	x, err := xz.NewReader(bytes.NewReader(set)) // reads the streams one after the other, as xz does
	if err != nil {
		t.Fatal(err)
	}
	r := tar.NewReader(x)
	for n := 0; ; n++ {
		h, err := r.Next()
		if err == io.EOF {
			if n != 1+len(files) {
				t.Errorf("%d files", n)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		for target, want := range files {
			if target.FileName("samizdat") == h.Name && !bytes.Equal(b, want) {
				t.Errorf("%s: other bytes", h.Name)
			}
		}
	}
}

// A stream that holds nothing wanted is not read.
func TestOtherStreamsAreNotRead(t *testing.T) {
	files := carrytest.All()
	whole := set(t, files, nil)
	s, err := open(whole)
	if err != nil {
		t.Fatal(err)
	}
	first := carry.NewCache(s).Targets()[0]
	var index carry.Index
	set(t, files, func(i *carry.Index) { index = *i })
	behind := len(whole)
	for _, e := range index.Runtimes {
		if !strings.HasSuffix(e.Target, "/"+first.Arch) {
			behind -= int(e.Stream)
			break
		}
	}
	clear(whole[behind:])
	if got, err := decode(t, s, first); err != nil || !bytes.Equal(got[first], files[first]) {
		t.Errorf("%v: %d bytes, %v", first, len(got[first]), err)
	}
	if _, err := decode(t, s, s.Targets()...); err == nil {
		t.Error("the others are zero bytes, and no error")
	}
}

func TestBrokenRuntimes(t *testing.T) {
	files := some()
	whole := set(t, files, nil)
	for name, b := range map[string][]byte{
		"empty":      nil,
		"no xz":      []byte("runtimes"),
		"no index":   whole[:40],
		"wrong size": set(t, files, func(i *carry.Index) { i.Runtimes[1].Bytes++ }),
		"huge":       set(t, files, func(i *carry.Index) { i.Runtimes[1].Bytes = 1 << 50 }),
		"other sum":  set(t, files, func(i *carry.Index) { i.Runtimes[1].SHA256 = strings.Repeat("0", 64) }),
		"cut":        whole[:len(whole)-400],
		"no sum":     set(t, files, func(i *carry.Index) { i.Runtimes[1].SHA256 = "none" }),
		"no stream":  set(t, files, func(i *carry.Index) { i.Runtimes[0].Stream = 0 }),
		"behind":     set(t, files, func(i *carry.Index) { i.Runtimes[2].Stream = i.Runtimes[0].Stream + 1 }),
		"outside":    set(t, files, func(i *carry.Index) { i.Runtimes[0].Stream = 1 << 50 }),
		"elsewhere":  set(t, files, func(i *carry.Index) { i.Runtimes[0].Stream-- }),
		"twice":      set(t, files, func(i *carry.Index) { i.Runtimes[1].Target = i.Runtimes[0].Target }),
	} {
		s, err := open(b)
		if err != nil {
			continue
		}
		if _, err := decode(t, s, s.Targets()...); err == nil {
			t.Errorf("%s: no error", name)
		}
	}
}

// TestLongRuntimes: what is longer than any program of ours is refused before anything is decoded.
func TestLongRuntimes(t *testing.T) {
	for long, ok := range map[int64]bool{32 << 20: true, 32<<20 + 1: false, 1 << 50: false} {
		if _, err := open(set(t, some(), func(i *carry.Index) { i.Runtimes[1].Bytes = long })); (err == nil) != ok {
			t.Errorf("%d bytes: %v", long, err)
		}
	}
}

// TestTargetsOfTheMakefile: the list stands twice, because make cannot read ours.
func TestTargetsOfTheMakefile(t *testing.T) {
	b, err := os.ReadFile("../../Makefile")
	if err != nil {
		t.Fatal(err)
	}
	m := regexp.MustCompile(`(?s)\nTARGETS := (.*?[^\\])\n`).FindSubmatch(b)
	if m == nil {
		t.Fatal("no TARGETS in the Makefile")
	}
	var names []string
	for _, target := range carry.Targets() {
		names = append(names, target.String())
	}
	if got, want := strings.Fields(strings.ReplaceAll(string(m[1]), "\\", "")), names; strings.Join(got, " ") != strings.Join(want, " ") {
		t.Errorf("TARGETS: got %v, want %v", got, want)
	}
}
