package main

import (
	"os"
	"path/filepath"
	"runtime"
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
	return atomicfile.Folder(dir, workPrefix)
}

// sweepWork removes what killed runs have left: their folders, and the copies of the editor's cookies that yt-dlp had.
func sweepWork(dir string) error {
	ytdlp.Sweep()
	dead, err := deadWork(dir, atomicfile.Left)
	for _, name := range dead {
		_ = os.RemoveAll(name) // a nuisance if it stays, and no more
	}
	return err
}

// deadWork are the folders of killed runs. left tells of one whether its run has died.
func deadWork(dir string, left func(string) bool) ([]string, error) {
	return atomicfile.DeadFolders(dir, workPrefix, func(name string) bool {
		if left(name) {
			return true
		}
		info, err := os.Stat(name)
		return err == nil && time.Since(info.ModTime()) > workAge
	})
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
			File: filepath.Base(name), Message: "a run that was killed has left this folder, with what it had of pages that only you may see", Warning: true,
			Hint: "the next capture, add or import takes it away; before that, give nobody a copy of the dossier's folder",
		})
	}
	return all
}
