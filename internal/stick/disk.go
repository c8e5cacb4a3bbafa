package stick

import (
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"samizdat/internal/atomicfile"
)

// disk is what is done to a stick. All names are of files directly in its folder. The tests put a disk in front of the
// real one that fails, or stops for good, at any step.
type disk interface {
	create(name string, perm fs.FileMode) (writing, error) // a new file; one that is there is an error
	rename(from, to string) error                          // replaces
	remove(name string) error
	flush() error // of the names
	read(name string) (reading, error)
	stat(name string) (fs.FileInfo, error) // of the name itself, not of what a link leads to
	list() ([]string, error)
}

// writing is a file that is being written.
type writing interface {
	io.WriteCloser
	Sync() error
}

// reading is a file that is read from the medium.
type reading interface {
	io.ReadCloser
	pastCache() bool // the system promised to leave its cache out
}

// folder is the disk that is a folder of the system.
type folder string

func (d folder) path(name string) string { return filepath.Join(string(d), name) }

func (d folder) create(name string, perm fs.FileMode) (writing, error) {
	f, err := os.OpenFile(d.path(name), os.O_WRONLY|os.O_CREATE|os.O_EXCL, perm)
	if err != nil {
		return nil, err
	}
	return written{f}, nil
}

func (d folder) rename(from, to string) error { return atomicfile.Rename(d.path(from), d.path(to)) }
func (d folder) remove(name string) error     { return os.Remove(d.path(name)) }
func (d folder) flush() error                 { return atomicfile.SyncDir(string(d)) }

func (d folder) stat(name string) (fs.FileInfo, error) { return os.Lstat(d.path(name)) }

func (d folder) list() ([]string, error) {
	entries, err := os.ReadDir(string(d))
	if err != nil {
		return nil, err
	}
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, nil
}

func (d folder) read(name string) (reading, error) {
	u, err := openUncached(d.path(name))
	if err != nil {
		return nil, err
	}
	return medium{u}, nil
}

// written is a file of a folder; what was flushed is also dropped from the cache.
type written struct{ *os.File }

func (w written) Sync() error {
	if err := w.File.Sync(); err != nil {
		return err
	}
	forget(w.File)
	return nil
}

// medium is a file of a folder, read past the cache.
type medium struct{ *uncached }

func (m medium) pastCache() bool { return m.direct }

// isMissing reports whether err says that there is no such file.
func isMissing(err error) bool { return errors.Is(err, fs.ErrNotExist) }
