package capture

import (
	"errors"
	"fmt"
	"io"
	"mime"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"github.com/gabriel-vasile/mimetype"

	"samizdat/internal/dossier"
	"samizdat/internal/inert"
	"samizdat/internal/scrub"
	"samizdat/internal/snapshot"
)

// endings are those of files that a page may show, by what they are.
var endings = map[string]string{
	"text/html": ".html", "application/xhtml+xml": ".html", "text/css": ".css", "text/vtt": ".vtt",
	"image/png": ".png", "image/vnd.mozilla.apng": ".png", "image/jpeg": ".jpg", "image/gif": ".gif", "image/webp": ".webp", "image/avif": ".avif", "image/svg+xml": ".svg",
	"image/x-icon": ".ico", "image/vnd.microsoft.icon": ".ico",
	"font/woff2": ".woff2", "font/woff": ".woff", "font/ttf": ".ttf", "font/otf": ".otf",
	"video/mp4": ".mp4", "video/webm": ".webm", "video/ogg": ".ogv", "video/quicktime": ".mov", "video/x-m4v": ".m4v",
	"audio/mpeg": ".mp3", "audio/mp4": ".m4a", "audio/x-m4a": ".m4a", "audio/ogg": ".ogg", "audio/wav": ".wav", "audio/x-wav": ".wav", "audio/aac": ".aac", "audio/flac": ".flac",
	"application/ogg": ".ogg", "application/pdf": ".pdf",
}

// kindOf tells what a file is, by its first bytes and, where these do not tell, by what the server says; as the ending of
// its name, empty if it is nothing that a page shows.
func kindOf(head []byte, contentType string) string {
	said, _, _ := mime.ParseMediaType(contentType)
	for m := mimetype.Detect(head); m != nil; m = m.Parent() {
		found, _, _ := strings.Cut(m.String(), ";")
		if found == "text/xml" && (said == "image/svg+xml" || said == "application/xhtml+xml") {
			break
		}
		if ending := endings[found]; ending != "" {
			return ending
		}
	}
	switch ending := endings[said]; ending {
	case ".html", ".css", ".vtt", ".svg": // texts have no marks
		return ending
	}
	return ""
}

// fits reports whether a file of that ending is what the page wants it for.
func fits(kind snapshot.Kind, ending string) bool {
	pictures := []string{".png", ".jpg", ".gif", ".webp", ".avif", ".svg", ".ico"}
	switch kind {
	case snapshot.Picture, snapshot.Icon:
		return slices.Contains(pictures, ending)
	case snapshot.Font:
		return slices.Contains([]string{".woff2", ".woff", ".ttf", ".otf"}, ending)
	case snapshot.Media:
		return slices.Contains([]string{".mp4", ".webm", ".ogv", ".mov", ".m4v", ".mp3", ".m4a", ".ogg", ".wav", ".aac", ".flac"}, ending)
	case snapshot.Captions:
		return ending == ".vtt"
	}
	return false
}

// errDamaged is said of pictures and films that no archive takes: what they tell of their makers cannot be taken out.
var errDamaged = errors.New("the file is damaged")

// packable reports whether what a file tells of its makers can be taken out when it is packed, or that it is of a kind that tells nothing.
func packable(f io.ReaderAt, size int64, ending string) error {
	var err error
	if ending == ".svg" {
		err = Drawable(f, size)
	} else {
		_, err = scrub.Read(f, size)
	}
	var damage *scrub.DamageError
	var refused *scrub.RefusedError
	switch {
	case errors.As(err, &damage), errors.As(err, &refused):
		return fmt.Errorf("%w: %w", errDamaged, err)
	case errors.Is(err, scrub.ErrFormat):
		return nil
	}
	return err
}

// Drawable reports whether what acts in a drawing can be taken out. What is no drawing, or a broken one, is a [*scrub.DamageError].
func Drawable(f io.ReaderAt, size int64) error {
	_, err := inertDrawing(f, size)
	return err
}

// inertDrawing returns a drawing without what acts in it. Pictures that it holds stay as they are.
func inertDrawing(f io.ReaderAt, size int64) ([]byte, error) {
	src := make([]byte, min(size, snapshot.MaxVector+1))
	if _, err := f.ReadAt(src, 0); err != nil && err != io.EOF {
		return nil, err
	}
	out, _, err := snapshot.Vector(src, nil)
	return out, err
}

// harmless makes an error of what a dossier would not take. It is ours to mend then, and the dossier stays as it is.
func (r *run) harmless(name string, faults []inert.Fault) error {
	if len(faults) == 0 {
		return nil
	}
	return fmt.Errorf("%s: %w: %s, line %d: %s", r.job.URL, errActs, name, faults[0].Line, faults[0].What)
}

var errActs = errors.New("what was made of the page is not harmless")

// shown lists the files that the snapshot and the text, which may be nil, show, by name, and removes the others.
func (r *run) shown(look, text []byte) ([]dossier.CaptureFile, error) {
	folder := filepath.Join(r.job.Dir, r.job.Files)
	entries, err := os.ReadDir(folder)
	if err != nil {
		return nil, err
	}
	there := map[string]bool{}
	for _, e := range entries {
		there[r.job.Files+"/"+e.Name()] = true
	}
	used := map[string]bool{}
	var follow func(names []string) error
	follow = func(names []string) error {
		for _, name := range names {
			if used[name] {
				continue
			}
			used[name] = true
			if strings.HasSuffix(name, ".css") {
				src, err := os.ReadFile(filepath.Join(r.job.Dir, filepath.FromSlash(name)))
				if err != nil {
					return err
				}
				names, faults := inert.Style(src, inert.Rules{Dir: r.job.Files, Has: func(name string) bool { return there[name] }})
				if err := r.harmless(name, faults); err != nil {
					return err
				}
				if err := follow(names); err != nil {
					return err
				}
			}
		}
		return nil
	}
	for i, p := range [][]byte{look, text} {
		if p == nil {
			continue
		}
		whole := i == 0 // the snapshot
		names, faults := inert.Page(p, inert.Rules{Has: func(name string) bool { return there[name] }, Links: !whole, Whole: whole})
		if err := r.harmless([]string{SnapshotFile, TextFile}[i], faults); err != nil {
			return nil, err
		}
		if err := follow(names); err != nil {
			return nil, err
		}
	}
	var list []dossier.CaptureFile
	for _, e := range entries {
		name := r.job.Files + "/" + e.Name()
		if !used[name] {
			if err := os.Remove(filepath.Join(folder, e.Name())); err != nil {
				return nil, err
			}
			continue
		}
		list = append(list, dossier.CaptureFile{Name: name})
	}
	if len(list) == 0 {
		return nil, os.Remove(folder)
	}
	return list, nil
}
