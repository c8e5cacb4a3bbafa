package pack_test

import (
	"errors"
	"os"
	"path/filepath"
	"syscall"
	"testing"

	"samizdat/internal/dossier"
	"samizdat/internal/pack"
)

// smallDisk is a file on a disk that has room for so many bytes.
type smallDisk struct {
	*os.File
	left int
}

func (d *smallDisk) Write(p []byte) (int, error) {
	if len(p) > d.left {
		return 0, syscall.ENOSPC
	}
	d.left -= len(p)
	return d.File.Write(p)
}

func (d *smallDisk) WriteAt(p []byte, off int64) (int, error) {
	if len(p) > d.left {
		return 0, syscall.ENOSPC
	}
	d.left -= len(p)
	return d.File.WriteAt(p, off)
}

// TestDiskFull lets the disk be full at the header, inside the clusters, at the end of the lists and in the seal.
func TestDiskFull(t *testing.T) {
	d, err := dossier.Load(os.DirFS(bundleDir))
	if err != nil {
		t.Fatal(err)
	}
	whole := len(readFile(t, packDossier(t, bundleDir, nil)))
	for _, room := range []int{0, 3000, whole - 1000, whole - 100} {
		f, err := os.Create(filepath.Join(t.TempDir(), "x.zim"))
		if err != nil {
			t.Fatal(err)
		}
		defer f.Close()
		if _, err := pack.Dossier(t.Context(), d, &smallDisk{f, room}, nil); !errors.Is(err, syscall.ENOSPC) {
			t.Errorf("room for %d bytes: error %v, want ENOSPC", room, err)
		}
	}
}
