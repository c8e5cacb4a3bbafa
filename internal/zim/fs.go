package zim

import (
	"errors"
	"io"
	"io/fs"
	"sort"
	"strings"
	"time"
)

// FS returns the content as a file system: the paths of namespace C or, in the old scheme, directories A, I, J
// and -. A redirect is a file with what it leads to. It holds no tree: directories are found in the sorted path
// list when asked for.
//
// What file systems cannot express is hidden: paths that are not [fs.ValidPath], like "a//b" or "/a", and a path
// that has others below it, which is a directory. All of it remains in [Reader.Entries].
//
// Files are [io.ReaderAt] and [io.Seeker] and have no modification time. It may be used concurrently.
func (r *Reader) FS() fs.FS { return contentFS{r} }

type contentFS struct{ r *Reader }

var (
	_ fs.ReadDirFS  = contentFS{}
	_ fs.StatFS     = contentFS{}
	_ fs.ReadFileFS = contentFS{}
)

// find says what name is: a directory, or the file e.
func (f contentFS) find(op, name string) (e Entry, dir bool, err error) {
	fail := func(err error) (Entry, bool, error) {
		return Entry{}, false, &fs.PathError{Op: op, Path: name, Err: err}
	}
	if !fs.ValidPath(name) {
		return fail(fs.ErrInvalid)
	}
	if name == "." {
		return Entry{}, true, nil
	}
	ns, path, ok := f.split(name)
	if !ok {
		return fail(fs.ErrNotExist)
	}
	if dir, err = f.isDir(ns, path); err != nil {
		return fail(err)
	} else if dir {
		return Entry{}, true, nil
	}
	if path == "" {
		return fail(fs.ErrNotExist)
	}
	e, err = f.r.Entry(ns, path)
	if errors.Is(err, fs.ErrNotExist) {
		return fail(fs.ErrNotExist)
	} else if err != nil {
		return fail(err)
	}
	return e, false, nil
}

// split returns the namespace and the path in it; an empty path is the namespace's root.
func (f contentFS) split(name string) (ns byte, path string, ok bool) {
	if !f.r.OldNamespaces() {
		return NamespaceContent, name, true
	}
	if strings.IndexByte(oldContent, name[0]) < 0 || len(name) > 1 && name[1] != '/' {
		return 0, "", false
	}
	return name[0], strings.TrimPrefix(name[1:], "/"), true
}

// isDir reports whether a visible path lies below path. It reads on over hidden ones until it finds one.
func (f contentFS) isDir(ns byte, path string) (bool, error) {
	prefix := below(path)
	i, _, err := f.r.search(ns, prefix)
	if err != nil {
		return false, err
	}
	var total int64
	for s := (direntScanner{r: f.r}); i < f.r.hdr.entryCount; i++ {
		d, err := s.at(i)
		if err != nil {
			return false, err
		}
		total += int64(d.length)
		if overlap := f.r.overlap(i, total); overlap != nil {
			return false, overlap
		}
		if d.ns != ns || !strings.HasPrefix(d.path, prefix) {
			return false, nil
		}
		if visible(d.path) {
			return true, nil
		}
	}
	return false, nil
}

// below returns what paths in the directory path begin with.
func below(path string) string {
	if path == "" {
		return ""
	}
	return path + "/"
}

func visible(path string) bool { return path != "." && fs.ValidPath(path) }

func (f contentFS) Open(name string) (fs.File, error) {
	e, dir, err := f.find("open", name)
	if err != nil {
		return nil, err
	}
	if dir {
		return &contentDir{fs: f, name: name}, nil
	}
	b, err := e.Blob()
	if err != nil {
		return nil, &fs.PathError{Op: "open", Path: name, Err: err}
	}
	return &contentFile{io.NewSectionReader(b, 0, b.Size()), b, fileInfo{name: base(name), size: b.Size()}}, nil
}

func (f contentFS) Stat(name string) (fs.FileInfo, error) {
	e, dir, err := f.find("stat", name)
	if err != nil {
		return nil, err
	}
	if dir {
		return fileInfo{name: base(name), dir: true}, nil
	}
	return dirEntry{name: base(name), e: e}.Info()
}

func (f contentFS) ReadFile(name string) ([]byte, error) {
	e, dir, err := f.find("read", name)
	if err != nil {
		return nil, err
	}
	if dir {
		return nil, &fs.PathError{Op: "read", Path: name, Err: errIsDir}
	}
	data, err := e.ReadAll(1<<31 - 1) // more than that is for streams
	if err != nil {
		return nil, &fs.PathError{Op: "read", Path: name, Err: err}
	}
	return data, nil
}

var errIsDir = errors.New("is a directory")

// ReadDir returns the entries of a directory by name. Of a subdirectory it reads one entry, not all.
func (f contentFS) ReadDir(name string) ([]fs.DirEntry, error) {
	_, dir, err := f.find("readdir", name)
	if err == nil && !dir {
		err = &fs.PathError{Op: "readdir", Path: name, Err: errors.New("not a directory")}
	}
	if err != nil {
		return nil, err
	}
	var list []dirEntry
	if f.r.OldNamespaces() && name == "." {
		for _, ns := range []byte(oldContent) {
			if dir, err := f.isDir(ns, ""); err != nil {
				return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
			} else if dir {
				list = append(list, dirEntry{name: string(rune(ns)), dir: true})
			}
		}
	} else if list, err = f.children(name); err != nil {
		return nil, &fs.PathError{Op: "readdir", Path: name, Err: err}
	}
	// The path order puts "a.txt" between "a" and "a/b", and "a" may be there as both.
	sort.SliceStable(list, func(i, j int) bool { return list[i].name < list[j].name })
	out := make([]fs.DirEntry, 0, len(list))
	for i, e := range list {
		if i+1 < len(list) && list[i+1].name == e.name { // the directory came later and hides the file
			continue
		}
		out = append(out, e)
	}
	return out, nil
}

// children lists what lies directly in a directory, in path order.
func (f contentFS) children(name string) ([]dirEntry, error) {
	ns, path := byte(NamespaceContent), ""
	if name != "." {
		ns, path, _ = f.split(name)
	}
	prefix := below(path)
	i, _, err := f.r.search(ns, prefix)
	if err != nil {
		return nil, err
	}
	var list []dirEntry
	var total int64
	for s := (direntScanner{r: f.r}); i < f.r.hdr.entryCount; {
		d, err := s.at(i)
		if err != nil {
			return nil, err
		}
		total += int64(d.length)
		if overlap := f.r.overlap(i, total); overlap != nil {
			return nil, overlap
		}
		if d.ns != ns || !strings.HasPrefix(d.path, prefix) {
			break
		}
		child, _, deeper := strings.Cut(d.path[len(prefix):], "/")
		if !visible(d.path) {
			i++
			continue
		}
		if !deeper {
			list = append(list, dirEntry{name: child, e: Entry{f.r, d}})
			i++
			continue
		}
		list = append(list, dirEntry{name: child, dir: true})
		next, _, err := f.r.search(ns, prefix+child+"0") // '0' follows '/'
		if err != nil {
			return nil, err
		}
		i = max(next, i+1) // an unsorted list must not hold us up
	}
	return list, nil
}

func base(name string) string { return name[strings.LastIndexByte(name, '/')+1:] }

// dirEntry is a file or a directory in a listing. A file's size is looked up only by Info.
type dirEntry struct {
	name string
	dir  bool
	e    Entry
}

func (d dirEntry) Name() string      { return d.name }
func (d dirEntry) IsDir() bool       { return d.dir }
func (d dirEntry) Type() fs.FileMode { return fileInfo{dir: d.dir}.Mode().Type() }
func (d dirEntry) String() string    { return fs.FormatDirEntry(d) }

func (d dirEntry) Info() (fs.FileInfo, error) {
	if d.dir {
		return fileInfo{name: d.name, dir: true}, nil
	}
	b, err := d.e.Blob()
	if err != nil {
		return nil, &fs.PathError{Op: "stat", Path: d.name, Err: err}
	}
	defer b.Close()
	return fileInfo{name: d.name, size: b.Size()}, nil
}

type fileInfo struct {
	name string
	size int64 // bytes
	dir  bool
}

func (i fileInfo) Name() string       { return i.name }
func (i fileInfo) Size() int64        { return i.size }
func (i fileInfo) ModTime() time.Time { return time.Time{} }
func (i fileInfo) IsDir() bool        { return i.dir }
func (i fileInfo) Sys() any           { return nil }
func (i fileInfo) String() string     { return fs.FormatFileInfo(i) }

func (i fileInfo) Mode() fs.FileMode {
	if i.dir {
		return fs.ModeDir | 0o555
	}
	return 0o444
}

// contentFile is an open file: a section of its blob.
type contentFile struct {
	*io.SectionReader
	blob *Blob
	info fileInfo
}

func (f *contentFile) Stat() (fs.FileInfo, error) { return f.info, nil }
func (f *contentFile) Close() error               { return f.blob.Close() }

// contentDir is an open directory. Its listing is made at the first ReadDir.
type contentDir struct {
	fs     contentFS
	name   string
	listed bool
	list   []fs.DirEntry // what is left to return
}

func (d *contentDir) Stat() (fs.FileInfo, error) {
	return fileInfo{name: base(d.name), dir: true}, nil
}

func (d *contentDir) Close() error { return nil }

func (d *contentDir) Read([]byte) (int, error) {
	return 0, &fs.PathError{Op: "read", Path: d.name, Err: errIsDir}
}

func (d *contentDir) ReadDir(n int) ([]fs.DirEntry, error) {
	if !d.listed {
		list, err := d.fs.ReadDir(d.name)
		if err != nil {
			return nil, err
		}
		d.list, d.listed = list, true
	}
	if n <= 0 {
		out := d.list
		d.list = nil
		return out, nil
	}
	if len(d.list) == 0 {
		return nil, io.EOF
	}
	n = min(n, len(d.list))
	out := d.list[:n:n]
	d.list = d.list[n:]
	return out, nil
}
