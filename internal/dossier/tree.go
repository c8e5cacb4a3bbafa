package dossier

import (
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"io"
	"io/fs"
	"path"
	"slices"
	"strings"
)

const (
	maxManifest = 1 << 20 // bytes of a YAML file, of front matter, of the illustration
	maxBody     = 8 << 20 // bytes of a Markdown file
	maxFiles    = 50_000  // files in the folder
)

// tree is the folder: which files there are, and which of them something refers to.
type tree struct {
	fsys  fs.FS
	names []string // regular files, sorted, without hidden ones
	size  map[string]int64
	odd   map[string]string // what is there and is no regular file, with what it is
	used  map[string]bool
}

// list walks the folder once. Nothing outside this list is ever opened, so neither a symbolic link nor a
// device nor a path that climbs can lead out of the folder.
func list(fsys fs.FS) (*tree, error) {
	t := &tree{fsys: fsys, size: map[string]int64{}, odd: map[string]string{}, used: map[string]bool{}}
	err := fs.WalkDir(fsys, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		if name != "." && strings.HasPrefix(d.Name(), ".") { // .git, .DS_Store, editors' swap files
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		switch {
		case d.IsDir():
			return nil
		case d.Type()&fs.ModeSymlink != 0:
			t.odd[name] = "a symbolic link"
			return nil
		case !d.Type().IsRegular():
			t.odd[name] = "no regular file"
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return err
		}
		if len(t.names) >= maxFiles {
			return fmt.Errorf("more than %d files", maxFiles)
		}
		t.names = append(t.names, name)
		t.size[name] = info.Size()
		return nil
	})
	if err != nil {
		return nil, fmt.Errorf("read the dossier's folder: %w", err)
	}
	slices.Sort(t.names)
	return t, nil
}

// has tells whether there is a regular file of that name.
func (t *tree) has(name string) bool {
	_, ok := t.size[name]
	return ok
}

// read returns a file of at most limit bytes. It holds no more, whatever the folder says about the size.
func (t *tree) read(name string, limit int64) ([]byte, error) {
	f, err := t.fsys.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, limit+1))
	if err == nil && int64(len(b)) > limit {
		err = errTooLarge
	}
	return b, err
}

var errTooLarge = fmt.Errorf("too large")

// sum returns the SHA-256 of a file and its length in bytes.
func (t *tree) sum(name string) (digest string, size int64, err error) {
	f, err := t.fsys.Open(name)
	if err != nil {
		return "", 0, err
	}
	defer f.Close()
	h := sha256.New()
	if size, err = io.Copy(h, f); err != nil {
		return "", 0, err
	}
	return hex.EncodeToString(h.Sum(nil)), size, nil
}

// file resolves the name of a file, which is relative to the folder of the file that names it. It reports a
// name that is no such name and a file that is not there, and marks the file as used.
func (l *loader) file(t text, name string) string {
	if !t.set {
		return ""
	}
	switch {
	case strings.Contains(t.s, `\`):
		l.bad(t.mark, "write "+strings.ReplaceAll(t.s, `\`, "/"), "%s: %s has backslashes", name, clip(t.s))
		return ""
	case strings.HasPrefix(t.s, "/") || len(t.s) > 1 && t.s[1] == ':':
		l.bad(t.mark, "name it from the folder of this file", "%s: %s is an absolute path", name, clip(t.s))
		return ""
	case !fs.ValidPath(t.s) || t.s == ".":
		l.bad(t.mark, "write a path without .., . and double slashes, from the folder of this file", "%s: %s is no path inside the dossier", name, clip(t.s))
		return ""
	}
	full := path.Join(path.Dir(t.mark.file), t.s)
	if what := l.tree.odd[full]; what != "" {
		l.tree.used[full] = true
		l.bad(t.mark, "put the file itself there", "%s: %s is %s", name, full, what)
		return ""
	}
	if !l.tree.has(full) {
		hint := "the names of files are relative to the folder of this file"
		if near := nearest(full, l.tree.names); near != "" {
			if rel, ok := strings.CutPrefix(near, path.Dir(t.mark.file)+"/"); ok {
				near = rel
			}
			hint = "did you mean " + near + "?"
		}
		l.damaged(t.mark, hint, "%s: there is no file %s", name, full)
		return ""
	}
	l.tree.used[full] = true
	return full
}

// content reads a text file that [loader.file] has found and reports what keeps it from being read.
func (l *loader) content(full string, named mark, limit int64) ([]byte, bool) {
	b, err := l.tree.read(full, limit)
	if err == errTooLarge {
		l.bad(named, fmt.Sprintf("keep it below %d bytes", limit), "%s is too large", full)
		return nil, false
	}
	if err != nil {
		l.fail(fmt.Errorf("read %s: %w", full, err))
		return nil, false
	}
	return l.clean(full, b)
}

// unused reports files that nothing refers to, and links that are not followed, as warnings.
func (l *loader) unused() {
	for _, name := range l.tree.names {
		if !l.tree.used[name] {
			l.warn(mark{file: name}, "name it in the manifest or in an item, or take it away", "nothing refers to this file")
		}
	}
	for name, what := range l.tree.odd {
		if !l.tree.used[name] {
			l.warn(mark{file: name}, "take it away", "this is %s; it is not packed", what)
		}
	}
}
