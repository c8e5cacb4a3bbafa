package capture

import (
	"encoding/json"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"samizdat/internal/dossier"
)

// A TakenError means that a capture would replace a file that no capture of the item has made. Nothing was changed.
type TakenError struct {
	Name string // in the folder of the item's file
}

// Error names the file and says what to do. Readers may see it.
func (e *TakenError) Error() string {
	return fmt.Sprintf("%s lies in the item's folder, and no capture has put it there: give it another name, list it under media if the item is to have it, and capture again", e.Name)
}

// Taken are the names of what lies in the folder of the item's file and was not brought by a capture of the item: what an editor put there, listed or not.
func Taken(job Job, item string) ([]string, error) {
	src, err := os.ReadFile(item)
	if err != nil {
		return nil, err
	}
	entries, err := os.ReadDir(filepath.Dir(item))
	if err != nil {
		return nil, err
	}
	own := ownedBy(job, item, src)
	var names []string
	for _, e := range entries {
		if e.Name() != filepath.Base(item) && !own.has(filepath.Dir(item), e.Name()) {
			names = append(names, e.Name())
		}
	}
	return names, nil
}

// checkTaken returns a [*TakenError] if one of names is there and was not brought by a capture of the item. Files in the folder of what the page
// shows have names that are made of their content, and are not looked at.
func checkTaken(job Job, item string, src []byte, names []string) error {
	to, own := filepath.Dir(item), ownedBy(job, item, src)
	for _, name := range names {
		if strings.HasPrefix(name, job.folder()+"/") && made.MatchString(strings.TrimPrefix(name, job.folder()+"/")) {
			continue
		}
		if _, err := os.Lstat(filepath.Join(to, filepath.FromSlash(name))); err == nil && !own.has(to, name) {
			return &TakenError{name}
		}
	}
	return nil
}

// owned is what captures of an item have put into its folder.
type owned struct {
	names  []string          // that the item's file lists
	moving map[string][]file // that a Commit was about to replace or had put there when it was stopped
}

// file is by what one is known again.
type file struct {
	Size int64     `json:"size"`
	Time time.Time `json:"time"` // of its last change
}

func (o owned) has(dir, name string) bool {
	if slices.Contains(o.names, name) {
		return true
	}
	is, ok := fileAt(dir, name)
	return ok && slices.ContainsFunc(o.moving[name], func(was file) bool { return is.Size == was.Size && is.Time.Equal(was.Time) })
}

func fileAt(dir, name string) (file, bool) {
	info, err := os.Lstat(filepath.Join(dir, filepath.FromSlash(name)))
	if err != nil || !info.Mode().IsRegular() {
		return file{}, false
	}
	return file{info.Size(), info.ModTime().UTC()}, true
}

// ownedBy reads what is known of them. A list that cannot be read names nothing: then more is taken, and nothing is replaced.
func ownedBy(job Job, item string, src []byte) owned {
	o := owned{names: append(dossier.CaptureNames(src), brought(job, src)...)}
	f, err := os.Open(movingName(item))
	if err != nil {
		return o
	}
	defer f.Close()
	if info, err := f.Stat(); err == nil && info.Size() <= maxText {
		_ = json.NewDecoder(f).Decode(&o.moving)
	}
	return o
}

// movingName is the file that is there while a capture is put into the place of an item's. It is hidden, so that it is no part of the dossier.
func movingName(item string) string {
	return filepath.Join(filepath.Dir(item), ".samizdat-moving-"+filepath.Base(item)+".json")
}

// movingList is what stands in it: the files of earlier captures that are there, and those in job.Dir that come.
func movingList(job Job, item string, src []byte, names []string) ([]byte, error) {
	all, to, own := map[string][]file{}, filepath.Dir(item), ownedBy(job, item, src)
	for _, name := range slices.Concat(own.names, slices.Collect(maps.Keys(own.moving))) { // moving: of one that was stopped before this one
		if f, ok := fileAt(to, name); ok && own.has(to, name) && filepath.IsLocal(filepath.FromSlash(name)) && !slices.Contains(all[name], f) {
			all[name] = append(all[name], f)
		}
	}
	for _, name := range names {
		if f, ok := fileAt(job.Dir, name); ok {
			all[name] = append(all[name], f)
		}
	}
	return json.Marshal(all)
}
