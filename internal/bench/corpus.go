package main

import (
	"bytes"
	"context"
	"fmt"
	"image"
	"image/png"
	"io/fs"
	"net/url"
	"os"
	"path/filepath"
	"strings"

	"samizdat/internal/zim"
)

// Folders that Debian installs HTML in.
const (
	pythonDoc = "/usr/share/doc/python3.11-doc/html" // 530 pages, 67 MB; package python3.11-doc
	rustDoc   = "/usr/share/doc/rust-doc/html"       // 32,000 pages, 580 MB; package rust-doc
)

// corpus gives a folder of plain files with what is in source: links are followed, since packers differ in what they do with
// them, empty files are left out, and there is an illustration. It is made once.
func (b *bench) corpus(name, source string) (string, error) {
	dir := filepath.Join(b.dir, name)
	if _, err := os.Stat(dir); err == nil {
		return dir, nil
	}
	if _, err := os.Stat(filepath.Join(source, "index.html")); err != nil {
		return "", fmt.Errorf("%w; install the Debian package that has it", err)
	}
	b.progress("copy %s", source)
	part := dir + ".part"
	if err := os.RemoveAll(part); err != nil {
		return "", err
	}
	if err := copyTree(part, source, 0); err != nil {
		return "", err
	}
	icon, err := illustration()
	if err != nil {
		return "", err
	}
	if err := os.WriteFile(filepath.Join(part, "illustration.png"), icon, 0o666); err != nil {
		return "", err
	}
	return dir, os.Rename(part, dir)
}

// illustration is a PNG as archives must have one.
func illustration() ([]byte, error) {
	var icon bytes.Buffer
	err := png.Encode(&icon, image.NewGray(image.Rect(0, 0, 48, 48)))
	return icon.Bytes(), err
}

// copyTree copies what links lead to; eight links to folders, one in the other, are enough.
func copyTree(to, from string, depth int) error {
	if depth > 8 {
		return nil
	}
	return filepath.WalkDir(from, func(path string, d fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		rel, err := filepath.Rel(from, path)
		if err != nil {
			return err
		}
		info, err := os.Stat(path)
		switch {
		case err != nil:
			return nil //nolint:nilerr // a link into a package that is not installed
		case info.IsDir() && d.IsDir():
			return os.MkdirAll(filepath.Join(to, rel), 0o777)
		case info.IsDir():
			target, err := filepath.EvalSymlinks(path)
			if err != nil {
				return err
			}
			return copyTree(filepath.Join(to, rel), target, depth+1)
		case info.Size() == 0 || strings.HasPrefix(filepath.Base(rel), "."):
			return nil
		}
		data, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, rel), data, 0o666)
	})
}

// pressArgs are the arguments that pack dir into out with our press.
func pressArgs(dir, out, title string) []string {
	return []string{
		"pack-html", dir, "-o", out, "--force", "--quiet", "-w", "index.html", "-I", "illustration.png", "-l", "eng", "-t", title,
		"-d", "for measuring", "-c", "Debian", "-p", "bench", "--date", "2022-01-06",
	}
}

// archive packs a corpus with our press, once, and returns the archive's file name.
func (b *bench) archive(ctx context.Context, name, source string) (string, error) {
	out := filepath.Join(b.dir, name+".zim")
	if _, err := os.Stat(out); err == nil {
		return out, nil
	}
	dir, err := b.corpus(name, source)
	if err != nil {
		return "", err
	}
	b.progress("pack %s", dir)
	if _, err := runProgram(ctx, b.press, pressArgs(dir, out, name)...); err != nil {
		return "", err
	}
	return out, nil
}

// pages lists the paths of all HTML items of an archive, escaped, in the archive's order, and their size in bytes.
func pages(name string) (paths []string, total int64, err error) {
	r, closeFile, err := openZIM(name)
	if err != nil {
		return nil, 0, err
	}
	defer closeFile()
	for e, err := range r.Entries() {
		if err != nil {
			return nil, 0, err
		}
		if e.Namespace() != zim.NamespaceContent || e.IsRedirect() || !strings.HasPrefix(e.MIMEType(), "text/html") {
			continue
		}
		blob, err := e.Blob()
		if err != nil {
			return nil, 0, err
		}
		total += blob.Size()
		paths = append(paths, (&url.URL{Path: e.Path()}).EscapedPath())
	}
	if len(paths) == 0 {
		return nil, 0, fmt.Errorf("%s has no pages", name)
	}
	return paths, total, nil
}
