package main

import (
	"context"
	"errors"
	"fmt"
	"hash/maphash"
	"io"
	"io/fs"
	"os"
	"path"
	"strings"

	"samizdat/internal/zim"
)

const maxListed = 1000 // failures that are named; the rest is counted

const maxSameName = 9 // files of one name, on a disk that ignores case

// extraction writes entries as files below a root that the operating system confines: no name and no symbolic link
// leads out of an [os.Root]. Links inside it are not followed either.
type extraction struct {
	root  *os.Root
	force bool

	files, redirects int
	bytes            int64
	failed           []failure // the first maxListed
	failures         int
	renamed          []renaming // the first maxListed
	renames          int        // files whose name differs from the entry's path
	damaged          bool       // something failed because the archive is damaged

	// the folder of the entry before, as its parts and as it is called on the disk; entries come in path order
	lastParts, lastFolder string

	// with force: hashes of the names written, in lower case, so that on a disk that ignores case one entry does not
	// replace another
	written map[uint64]struct{}
	seed    maphash.Seed
}

// all writes every content entry of z. What cannot be written is noted in x.failed; an error means that going on is
// pointless.
func (x *extraction) all(ctx context.Context, z *zim.Reader, seen func(n uint32)) error {
	var n uint32
	for e, err := range z.Entries() {
		n++
		seen(n)
		if ctx.Err() != nil {
			return ctx.Err()
		}
		if err != nil {
			x.fail(fmt.Sprintf("entry %d", n-1), err)
			continue
		}
		if !isContent(z, e) {
			continue
		}
		if e.IsRedirect() {
			x.redirects++
			continue
		}
		if err := x.write(ctx, e, contentName(z, e)); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			x.fail(contentName(z, e), err)
			if isFull(err) {
				return err
			}
		}
	}
	return nil
}

func (x *extraction) fail(path string, err error) {
	x.failures++
	if len(x.failed) < maxListed {
		x.failed = append(x.failed, failure{path, err.Error()})
	}
	x.damaged = x.damaged || isDamage(err)
}

// write writes one entry. After an error there is no file.
func (x *extraction) write(ctx context.Context, e zim.Entry, entryPath string) (err error) {
	parts, err := fileParts(entryPath)
	if err != nil {
		return err
	}
	r, err := e.Open()
	if err != nil {
		return err
	}
	defer r.Close()
	folder, err := x.folder(parts[:len(parts)-1])
	if err != nil {
		return err
	}
	name := path.Join(folder, parts[len(parts)-1])
	f, err := x.create(name)
	for n := 2; errors.Is(err, fs.ErrExist) && n <= maxSameName; n++ {
		// Another entry has this name: the disk takes a.html for A.html, or the archive has one path twice.
		f, err = x.create(fmt.Sprintf("%s%%%d", name, n))
		if err == nil {
			name = fmt.Sprintf("%s%%%d", name, n)
		}
	}
	if err != nil {
		return err
	}
	defer func() {
		if closeErr := f.Close(); err == nil {
			err = closeErr
		}
		if err != nil {
			_ = x.root.Remove(name) // it has our half bytes
		}
	}()
	n, err := io.Copy(f, &watchedReader{ctx: ctx, r: r, seen: func(int64) {}})
	if err != nil {
		return err
	}
	x.files++
	x.bytes += n
	if name != entryPath {
		x.renames++
		if len(x.renamed) < maxListed {
			x.renamed = append(x.renamed, renaming{entryPath, name})
		}
	}
	return nil
}

// folder makes the folders of parts and returns their name on the disk, slash-separated. A part whose name is taken
// by a file gets a % at its end.
func (x *extraction) folder(parts []string) (string, error) {
	wanted := strings.Join(parts, "/")
	if wanted == x.lastParts {
		return x.lastFolder, nil
	}
	have := ""
	for _, part := range parts {
		next := path.Join(have, part)
		err := x.mkdir(next)
		if errors.Is(err, errIsFile) {
			next += "%"
			err = x.mkdir(next)
		}
		if err != nil {
			return "", err
		}
		have = next
	}
	x.lastParts, x.lastFolder = wanted, have
	return have, nil
}

var errIsFile = errors.New("a file has the name of its folder")

// mkdir makes one folder or finds it there.
func (x *extraction) mkdir(name string) error {
	err := x.root.Mkdir(name, 0o755)
	if !errors.Is(err, fs.ErrExist) {
		return err
	}
	info, err := x.root.Lstat(name)
	switch {
	case err != nil:
		return err
	case info.IsDir():
		return nil
	case info.Mode().IsRegular():
		return errIsFile
	}
	return fmt.Errorf("%s is a link or a device; it is not followed", name)
}

// create makes a new file. With force, what stands there is removed first, if it is a file or a link and was not
// written by us.
func (x *extraction) create(name string) (*os.File, error) {
	if !x.force {
		return x.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	}
	key := maphash.String(x.seed, strings.ToLower(name))
	_, ours := x.written[key]
	if info, err := x.root.Lstat(name); err == nil && !ours && !info.IsDir() {
		if err := x.root.Remove(name); err != nil {
			return nil, err
		}
	}
	f, err := x.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		if x.written == nil {
			x.written = map[uint64]struct{}{}
		}
		x.written[key] = struct{}{}
	}
	return f, err
}
