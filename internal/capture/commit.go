package capture

import (
	"bytes"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"slices"

	"samizdat/internal/atomicfile"
	"samizdat/internal/dossier"
)

// Commit moves what was made in job.Dir into the folder of the item's file, which then describes the capture, and lists media
// if there are any. Both must be on one file system.
//
// All that needs room is written before anything is moved, so that a full disk changes nothing. Then an item that was captured before
// is made one that is only linked; what was made is moved; and last the item's file is put in place. So the dossier is valid
// whenever the machine stops, and capturing the item again repairs what was moved.
func Commit(job Job, item string, c *dossier.Capture, media ...string) error {
	src, err := os.ReadFile(item)
	if err != nil {
		return err
	}
	out, err := dossier.SetCapture(src, c)
	for _, name := range media {
		if err == nil {
			out, err = dossier.AddMedia(out, name)
		}
	}
	if err != nil {
		return fmt.Errorf("the item's file: %w", err) // not its name: the reason is told to readers
	}
	linked, err := dossier.DropCapture(src)
	if err != nil {
		return fmt.Errorf("the item's file: %w", err)
	}
	ready := filepath.Join(job.Dir, "item.yaml")
	if err := atomicfile.WriteFile(ready, out, 0o666); err != nil {
		return err
	}
	to, files := filepath.Dir(item), job.folder()
	for _, name := range []string{".", files} {
		if info, err := os.Lstat(filepath.Join(to, name)); err == nil && !info.IsDir() {
			return &fs.PathError{Op: "write into", Path: filepath.Join(to, name), Err: errors.New("is a link or no folder; what is captured stays in the dossier")}
		}
	}
	names := []string{}
	for _, f := range c.Files {
		names = append(names, f.Name)
	}
	if len(c.Files) > 0 {
		if err := os.Mkdir(filepath.Join(to, files), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
	for _, f := range []*dossier.CaptureFile{c.Snapshot, c.Screenshot, c.Evidence} {
		if f != nil {
			names = append(names, f.Name)
		}
	}
	if c.Text != "" {
		names = append(names, c.Text)
	}
	names = append(names, media...)
	if !bytes.Equal(linked, src) {
		if err := atomicfile.WriteFile(item, linked, 0o666); err != nil {
			return err
		}
	}
	for _, name := range names {
		if err := atomicfile.Rename(filepath.Join(job.Dir, filepath.FromSlash(name)), filepath.Join(to, filepath.FromSlash(name))); err != nil {
			return err
		}
	}
	if err := atomicfile.Rename(ready, item); err != nil {
		return err
	}
	if err := atomicfile.SyncDir(to); err != nil {
		return err
	}
	for _, name := range dossier.CaptureNames(src) { // a page that had a text and has none any more
		if filepath.IsLocal(name) && !slices.Contains(names, name) {
			if err := os.Remove(filepath.Join(to, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return sweep(to, files, names)
}

// made are the names that a capture gives.
var made = regexp.MustCompile(`^[0-9a-f]{16}\.[a-z0-9]+$`)

// sweep removes what an older capture of the item showed. What an editor put there by hand has other names.
func sweep(dir, files string, names []string) error {
	entries, err := os.ReadDir(filepath.Join(dir, files))
	if errors.Is(err, fs.ErrNotExist) {
		return nil
	}
	for _, e := range entries {
		if made.MatchString(e.Name()) && !slices.Contains(names, files+"/"+e.Name()) {
			err = errors.Join(err, os.Remove(filepath.Join(dir, files, e.Name())))
		}
	}
	if err != nil {
		return err
	}
	if left, err := os.ReadDir(filepath.Join(dir, files)); err == nil && len(left) == 0 {
		return os.Remove(filepath.Join(dir, files))
	}
	return nil
}
