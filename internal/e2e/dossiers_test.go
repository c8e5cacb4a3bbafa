package e2e

import (
	"archive/zip"
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
)

// The judges look at two dossiers: the one that the reader has compiled in, and one in which every type of page occurs.
// The second is packed by the press and put behind a copy of the reader, so that it came with that program; so is a third,
// with a story in five languages, which is searched.

// Their folders.
const (
	everyPage = "../dossier/testdata/every-page"
	languages = "../dossier/testdata/languages"
)

// scratch is for what several tests use; TestMain removes it.
var scratch string

func TestMain(m *testing.M) {
	dir, err := os.MkdirTemp("", "samizdat-e2e-")
	if err != nil {
		panic(err)
	}
	scratch = dir
	status := m.Run()
	os.RemoveAll(dir)
	os.Exit(status)
}

var everyPageCarried, languagesCarried sync.Once

// carrying returns a reader that carries the dossier with every type of page.
func carrying(t *testing.T) string { return carryingOnce(t, &everyPageCarried, everyPage) }

// carryingLanguages returns one that carries the story in five languages.
func carryingLanguages(t *testing.T) string { return carryingOnce(t, &languagesCarried, languages) }

func carryingOnce(t *testing.T, once *sync.Once, folder string) string {
	t.Helper()
	name := filepath.Join(scratch, "samizdat-"+filepath.Base(folder))
	zim := name + ".zim"
	once.Do(func() {
		output(t, program(t, "samizdat-press"), "pack", folder, "-o", zim)
		carrier(t, zim, name)
	})
	return name
}

// carrier writes a reader that carries the archive zim into the file name, which it returns.
func carrier(t *testing.T, zim, name string) string {
	t.Helper()
	reader, err := os.ReadFile(program(t, "samizdat"))
	if err != nil {
		t.Fatal(err)
	}
	dossier, err := os.ReadFile(zim)
	if err != nil {
		t.Fatal(err)
	}
	// What a program carries is a ZIP behind it; any ZIP writer can make one (internal/splice).
	out := bytes.NewBuffer(reader)
	w := zip.NewWriter(out)
	w.SetOffset(int64(len(reader)))
	member, err := w.CreateHeader(&zip.FileHeader{Name: "dossier.zim", Method: zip.Store})
	if err == nil {
		_, err = member.Write(dossier)
	}
	if err == nil {
		err = w.Close()
	}
	if err == nil {
		err = os.WriteFile(name, out.Bytes(), 0o777)
	}
	if err != nil {
		t.Fatal(err)
	}
	return name
}

// each runs the test for both dossiers.
func each(t *testing.T, test func(t *testing.T, u unpacked)) {
	for name, of := range map[string]func(*testing.T) unpacked{"dossier": unpack, "every page": unpackEvery} {
		t.Run(name, func(t *testing.T) { test(t, of(t)) })
	}
}

// unpackEvery extracts the dossier with every type of page.
func unpackEvery(t *testing.T) unpacked { return unpackFrom(t, carrying(t)) }

// isSnapshot says that a file is somebody else's page, shown as it looked.
func isSnapshot(name string) bool { return strings.HasPrefix(name, "captured/") }
