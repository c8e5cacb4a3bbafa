package carry_test

import (
	"bytes"
	"errors"
	"io/fs"
	"os"
	"regexp"
	"strings"
	"testing"

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
	for range 2 {
		got, err := s.Load(t.Context(), nil, linux, windows)
		if err != nil {
			t.Fatal(err)
		}
		if !bytes.Equal(got[0], files[linux]) || !bytes.Equal(got[1], files[windows]) {
			t.Error("other bytes than were packed")
		}
	}
	if _, err := s.Load(t.Context(), nil, carry.Target{OS: "linux", Arch: "arm"}); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a platform that is not there: %v", err)
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
		"twice":      set(t, files, func(i *carry.Index) { i.Runtimes[1].Target = i.Runtimes[0].Target }),
	} {
		s, err := open(b)
		if err != nil {
			continue
		}
		if _, err := s.Load(t.Context(), nil, s.Targets()...); err == nil {
			t.Errorf("%s: no error", name)
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
