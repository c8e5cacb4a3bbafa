package main

import (
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"strings"
	"time"

	"samizdat/internal/atomicfile"
	"samizdat/internal/dossier"
	"samizdat/internal/ytdlp"
)

const (
	workPrefix = ".capture-"
	workAge    = 24 * time.Hour // after which a folder of this kind is one that a killed run has left, where that cannot be seen
)

// workFolder makes a folder in the dossier's own, on the same file system, for what is under way; hidden ones are not part of it. Those of
// runs that were killed go.
func workFolder(dir string) (work string, remove func() error, err error) {
	if err := sweepWork(dir); err != nil {
		return "", nil, err
	}
	if work, err = os.MkdirTemp(dir, workPrefix+"*"); err != nil {
		return "", nil, err
	}
	held, err := atomicfile.Temporary(work, ".tmp", 0o600) // as long as it is open, this run lives
	if err != nil {
		return "", nil, errors.Join(err, os.RemoveAll(work))
	}
	return work, func() error { return errors.Join(held.Close(), os.RemoveAll(work)) }, nil
}

// sweepWork removes what killed runs have left: their folders, and the copies of the editor's cookies that yt-dlp had.
func sweepWork(dir string) error {
	ytdlp.Sweep()
	dead, err := deadWork(dir, atomicfile.Left)
	for _, name := range dead {
		_ = os.RemoveAll(filepath.Join(dir, name)) // a nuisance if it stays, and no more
	}
	return err
}

// deadWork are the names of the folders of killed runs. left tells of one whether its run has died.
func deadWork(dir string, left func(string) bool) (names []string, err error) {
	entries, err := os.ReadDir(dir)
	if err != nil {
		return nil, err
	}
	for _, e := range entries {
		if !e.IsDir() || !strings.HasPrefix(e.Name(), workPrefix) {
			continue
		}
		if info, err := e.Info(); left(filepath.Join(dir, e.Name())) || err == nil && time.Since(info.ModTime()) > workAge {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// workLeft warns of the folders of killed runs, and leaves them there.
func workLeft(dir string) dossier.Problems {
	left := atomicfile.Left
	if runtime.GOOS == "windows" { // it would take away what tells the next run
		left = func(string) bool { return false }
	}
	var all dossier.Problems
	names, _ := deadWork(dir, left) // the folder has been read before
	for _, name := range names {
		all = append(all, dossier.Problem{
			File: name, Message: "a run that was killed has left this folder, with what it had of pages that only you may see", Warning: true,
			Hint: "the next capture, add or import takes it away; before that, give nobody a copy of the dossier's folder",
		})
	}
	return all
}
