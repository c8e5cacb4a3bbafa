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
	"strings"

	"samizdat/internal/atomicfile"
	"samizdat/internal/dossier"
)

// Commit moves what was made in job.Dir into the folder of the item's file, which then describes the capture, and lists the media that it brought
// in the place of those of an earlier one. Both must be on one file system.
//
// A film that an earlier capture has got with yt-dlp stays if this one has got none: it may be the last there is. c then says so.
//
// All that needs room is written before anything is moved, so that a full disk changes nothing. Then an item that was captured before
// is made one that is only linked; what was made is moved; and last the item's file is put in place. So the dossier is valid
// whenever the machine stops, and capturing the item again repairs what was moved: a hidden file beside the item's says until the end which files are
// those of captures.
//
// What else lies in the folder is a person's: the error is a *[TakenError] if the capture would replace it, and nothing was changed.
func Commit(job Job, item string, c *dossier.Capture, media ...dossier.MediaFile) error {
	src, err := os.ReadFile(item)
	if err != nil {
		return err
	}
	old := brought(job, src)
	if c.Video == nil && len(media) == 0 {
		old = stays(job, src, old, c)
	}
	earlier := func(m dossier.MediaFile) bool { return slices.Contains(old, m.File) }
	out, err := dossier.SetCapture(src, c)
	if err == nil {
		out, err = dossier.SetMedia(out, earlier, media...)
	}
	if err != nil {
		return fmt.Errorf("the item's file: %w", err) // not its name: the reason is told to readers
	}
	linked, err := dossier.SetMedia(src, earlier)
	if err == nil {
		linked, err = dossier.DropCapture(linked)
	}
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
	for _, f := range []*dossier.CaptureFile{c.Snapshot, c.Screenshot, c.Evidence} {
		if f != nil {
			names = append(names, f.Name)
		}
	}
	if c.Text != "" {
		names = append(names, c.Text)
	}
	for _, m := range media {
		names = append(names, m.File)
	}
	kept := names
	if c.Video != nil {
		if kept = append(slices.Clone(names), c.Video.Name); len(media) > 0 {
			names = kept
		}
	}
	if err := checkTaken(job, item, src, names); err != nil {
		return err
	}
	moving, err := movingList(job, item, src, names)
	if err != nil {
		return err
	}
	if err := atomicfile.WriteFile(movingName(item), moving, 0o666); err != nil {
		return err
	}
	if len(c.Files) > 0 {
		if err := os.Mkdir(filepath.Join(to, files), 0o777); err != nil && !errors.Is(err, fs.ErrExist) {
			return err
		}
	}
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
	for _, name := range append(dossier.CaptureNames(src), old...) { // a page that had a text and has none any more, a film that is in another form now
		if filepath.IsLocal(name) && !slices.Contains(kept, name) {
			if err := os.Remove(filepath.Join(to, filepath.FromSlash(name))); err != nil && !errors.Is(err, fs.ErrNotExist) {
				return err
			}
		}
	}
	return errors.Join(sweep(to, files, names), os.Remove(movingName(item)))
}

// brought are the names of the media that earlier captures of an item have brought: those that a program got. Captures of edition 1 did not
// write that down of the file that was there in place of a page.
func brought(job Job, item []byte) (names []string) {
	captured := dossier.CaptureNames(item)
	page := slices.ContainsFunc(captured, func(name string) bool { return strings.HasSuffix(name, SnapshotFile) })
	for _, m := range dossier.ListedMedia(item) {
		file := m.At == "" && strings.HasPrefix(m.File, job.name(fileName)+".") && len(captured) > 0 && !page
		if m.With != "" || file {
			names = append(names, m.File)
		}
	}
	return names
}

// stays takes from old what an earlier capture has got with yt-dlp, and notes it in c.
func stays(job Job, item []byte, old []string, c *dossier.Capture) []string {
	rest := slices.DeleteFunc(slices.Clone(old), func(name string) bool { return strings.HasPrefix(name, job.name(filmName)) })
	if len(rest) == len(old) {
		return old
	}
	if name, sum := dossier.CapturedVideo(item); name != "" && filepath.IsLocal(name) {
		c.Video = &dossier.CaptureFile{Name: name}
		if sum != "" {
			c.Digests["video"] = sum
		}
	}
	for i, m := range c.Missing {
		if why, ok := strings.CutPrefix(m.Reason, dossier.NoFilm); ok && m.URL == job.URL {
			c.Missing[i].Reason = dossier.NoFilmNow + why
		}
	}
	return rest
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
