package main

import (
	"errors"
	"hash/maphash"
	"io/fs"
	"os"
	"path"
	"strings"
)

// writtenNames remembers which files an extraction has written, so that with --force one entry replaces what stood there
// before and never another entry. Where the disk takes a.html for A.html the names are the same file, elsewhere not. It keeps
// hashes, two for each file.
type writtenNames struct {
	hashes map[uint64]struct{}
	seed   maphash.Seed
	folds  map[string]bool // whether a folder ignores case, for those where it mattered; at most maxFolders
}

func (w *writtenNames) add(name string) {
	if w.hashes == nil {
		w.hashes, w.seed = map[uint64]struct{}{}, maphash.MakeSeed()
	}
	w.hashes[w.exact(name)] = struct{}{}
	w.hashes[w.folded(name)] = struct{}{}
}

func (w *writtenNames) exact(name string) uint64 { return maphash.String(w.seed, "="+name) }

func (w *writtenNames) folded(name string) uint64 {
	return maphash.String(w.seed, strings.ToLower(name))
}

// have reports whether the file that stands at name in root was written by us.
func (w *writtenNames) have(root *os.Root, name string) (bool, error) {
	if w.hashes == nil {
		return false, nil
	}
	if _, ok := w.hashes[w.exact(name)]; ok {
		return true, nil
	}
	if _, ok := w.hashes[w.folded(name)]; !ok {
		return false, nil
	}
	folder := path.Dir(name)
	folds, ok := w.folds[folder]
	if !ok {
		var err error
		if folds, err = ignoresCase(root, folder); err != nil {
			return false, err
		}
		if w.folds == nil || len(w.folds) >= maxFolders {
			w.folds = map[string]bool{}
		}
		w.folds[folder] = folds
	}
	return folds, nil
}

// ignoresCase tries whether two spellings are one file in a folder.
func ignoresCase(root *os.Root, folder string) (bool, error) {
	const lower, upper = ".samizdat-case%", ".SAMIZDAT-CASE%" // no entry's file ends like that
	name := path.Join(folder, lower)
	f, err := root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil && !errors.Is(err, fs.ErrExist) {
		return false, err
	}
	if err == nil {
		f.Close()
		defer func() { _ = root.Remove(name) }()
	}
	one, err := root.Lstat(name)
	if err != nil {
		return false, err
	}
	other, err := root.Lstat(path.Join(folder, upper))
	if errors.Is(err, fs.ErrNotExist) {
		return false, nil
	}
	return err == nil && os.SameFile(one, other), err
}
