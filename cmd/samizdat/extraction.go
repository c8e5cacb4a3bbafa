package main

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path"
	"slices"
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
	failed           []*failure // maxListed of them, in path order at the end
	failures         int
	renamed          []*renaming // maxListed of them, in path order at the end
	renames          int         // files whose name differs from the entry's path
	damaged          bool        // something failed because the archive is damaged

	main     uint32 // the entry that readers show first
	mainFile string // as it was written

	folders map[string]string // those made: the wanted name, and that on the disk; at most maxFolders
	names   writtenNames      // with force
}

// maxBatch is how many entries are put in the order of their clusters at once: 32 MiB.
const maxBatch = 4 << 20

// place is where an entry's bytes are: its cluster's number, and below it its own.
// It is signed, and what is told later are pointers, because the reader sorts such already: package slices is compiled anew
// for every other type.
type place = int64

// all writes every content entry of z, cluster by cluster: in path order, neighbours lie in clusters far apart, and most would
// be decoded for each file anew. What cannot be written is noted in x.failed; an error means that going on is pointless.
func (x *extraction) all(ctx context.Context, z *zim.Reader, seen func(n uint32)) error {
	defer x.sort()
	var batch []place
	var n, done uint32 // entries met; settled
	for e, err := range z.Entries() {
		n++
		if ctx.Err() != nil {
			return ctx.Err()
		}
		switch {
		case err != nil:
			x.fail(n-1, fmt.Sprintf("entry %d", n-1), err)
		case !isContent(z, e):
		case e.IsRedirect():
			x.redirects++
		default:
			cluster, _ := e.Cluster()
			batch = append(batch, place(cluster)<<32|place(e.Index()))
			if len(batch) < maxBatch {
				continue
			}
			if err := x.batch(ctx, z, batch, done, seen); err != nil {
				return err
			}
			done += uint32(len(batch))
			batch = batch[:0]
			continue
		}
		done++
		seen(done)
	}
	return x.batch(ctx, z, batch, done, seen)
}

// batch writes entries; done are settled before.
func (x *extraction) batch(ctx context.Context, z *zim.Reader, batch []place, done uint32, seen func(n uint32)) error {
	slices.Sort(batch)
	for _, at := range batch {
		index := uint32(at)
		e, err := z.EntryAt(index)
		if err != nil {
			return err // it was read a moment ago
		}
		if err := x.write(ctx, z, e, contentName(z, e)); err != nil {
			if ctx.Err() != nil {
				return ctx.Err()
			}
			x.fail(index, contentName(z, e), err)
			if isFull(err) {
				return err
			}
		}
		done++
		seen(done)
	}
	return nil
}

func (x *extraction) fail(index uint32, path string, err error) {
	x.failures++
	if len(x.failed) < maxListed {
		x.failed = append(x.failed, &failure{path, err.Error(), index})
	}
	x.damaged = x.damaged || isDamage(err)
}

// sort puts what is told in the order of the paths.
func (x *extraction) sort() {
	slices.SortFunc(x.failed, func(a, b *failure) int { return cmp.Compare(a.index, b.index) })
	slices.SortFunc(x.renamed, func(a, b *renaming) int { return cmp.Compare(a.index, b.index) })
}

// write writes one entry. After an error there is no file.
func (x *extraction) write(ctx context.Context, z *zim.Reader, e zim.Entry, entryPath string) (err error) {
	parts, err := fileParts(entryPath)
	if err != nil {
		return err
	}
	b, err := e.BlobContext(ctx)
	if err != nil {
		return err
	}
	defer b.Close()
	folder, err := x.folder(z, e.Namespace(), entryPath, parts[:len(parts)-1])
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
	n, err := io.Copy(f, &watchedReader{ctx: ctx, r: io.NewSectionReader(b, 0, b.Size()), seen: func(int64) {}})
	if err != nil {
		return err
	}
	x.files++
	x.bytes += n
	if e.Index() == x.main {
		x.mainFile = name
	}
	if name != entryPath {
		x.renames++
		if len(x.renamed) < maxListed {
			x.renamed = append(x.renamed, &renaming{entryPath, name, e.Index()})
		}
	}
	return nil
}

const maxFolders = 10_000 // whose names are remembered

// folder makes the folders of parts, in which the entry at entryPath lies, and returns their name on the disk,
// slash-separated. A part whose name is a file's, too, gets a % at its end, whichever of the two is written first.
func (x *extraction) folder(z *zim.Reader, ns byte, entryPath string, parts []string) (string, error) {
	wanted := strings.Join(parts, "/")
	if name, ok := x.folders[wanted]; ok {
		return name, nil
	}
	have, to := "", 0 // to: where the part ends in entryPath
	for _, part := range parts {
		to += strings.IndexByte(entryPath[to:], '/')
		next := path.Join(have, part)
		err := errIsFile
		if !isFileAt(z, ns, entryPath[:to]) {
			err = x.mkdir(next)
		}
		if errors.Is(err, errIsFile) {
			next += "%"
			err = x.mkdir(next)
		}
		if err != nil {
			return "", err
		}
		have = next
		to++
	}
	if x.folders == nil || len(x.folders) >= maxFolders {
		x.folders = map[string]string{}
	}
	x.folders[wanted] = have
	return have, nil
}

// isFileAt reports whether an entry that is written as a file has the name of a folder; in the old scheme it begins with the
// namespace.
func isFileAt(z *zim.Reader, ns byte, name string) bool {
	if z.OldNamespaces() {
		if len(name) < 3 {
			return false
		}
		name = name[2:]
	}
	e, err := z.Entry(ns, name)
	return err == nil && !e.IsRedirect()
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
	if info, err := x.root.Lstat(name); err == nil && !info.IsDir() {
		ours, err := x.names.have(x.root, name)
		if err != nil {
			return nil, err
		}
		if !ours {
			if err := x.root.Remove(name); err != nil {
				return nil, err
			}
		}
	}
	f, err := x.root.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err == nil {
		x.names.add(name)
	}
	return f, err
}
