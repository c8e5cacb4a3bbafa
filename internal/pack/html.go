package pack

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"runtime"
	"slices"
	"strings"
	"sync"

	"samizdat/internal/search"
	"samizdat/internal/zim"
)

// HTMLMetadata says about a folder of pages what its files do not. Empty optional fields are left out of the archive.
type HTMLMetadata struct {
	Welcome         string // path of the main page in the folder
	Illustration    string // path of a PNG of 48 by 48 pixels in the folder
	Language        string // ISO 639-3, several with commas
	Name            string // stable over editions, like "example_en_all"
	Title           string
	Description     string
	LongDescription string // optional
	Creator         string
	Publisher       string
	Date            string // YYYY-MM-DD
	Tags            string // optional, with semicolons between
	Source          string // optional
	Scraper         string // optional
	Flavour         string // optional
}

const (
	// heldBytes is the size up to which a file is read whole by the goroutine that looks through it; larger ones are
	// read a second time when they are written, so that memory does not grow with them.
	heldBytes = 2 << 20
	// maxScanned is what of a page is looked through for its title and its links, in bytes. What comes behind is packed.
	maxScanned = 64 << 20
	// aheadPerWorker is how many files each reading goroutine may be ahead of the writer.
	aheadPerWorker = 4
)

// HTML writes every file below dir as an archive to f, which should be empty. Page titles come from <title>, types from
// the extension. Links of the pages are followed and the dead ones listed; pages are packed byte for byte as they are.
//
// Left out, with a note: empty files (zimcheck refuses them), symbolic links to folders or to anything that dir will not
// open, and what is neither a file nor a folder. To keep symbolic links from leading out of the folder, let dir be of
// the kind of [os.Root.FS].
func HTML(ctx context.Context, dir fs.FS, meta HTMLMetadata, f File, opts *Options) (*Report, error) {
	if opts == nil {
		opts = &Options{}
	}
	report := &Report{}
	meta.Welcome, meta.Illustration = cleanPath(meta.Welcome), cleanPath(meta.Illustration)
	tree, err := walk(dir, report)
	if err != nil {
		return nil, err
	}
	metadata, err := meta.entries(dir, tree)
	if err != nil {
		return nil, err
	}
	w, err := zim.NewWriter(f, &zim.WriterOptions{Workers: opts.Workers})
	if err != nil {
		return nil, err
	}
	index := newHTMLIndex(meta, opts)
	defer index.close()
	folders, err := tree.write(ctx, w, index, report, opts)
	if err != nil {
		return nil, err
	}
	if err := w.Flush(); err != nil { // the last pages are compressed while the index is finished
		return nil, err
	}
	for _, folder := range folders { // "guide/" in a link means "guide/index.html"
		if err := w.AddRedirect(zim.Header{Path: folder}, folder+"index.html"); err != nil {
			return nil, err
		}
	}
	for _, m := range metadata {
		if err := w.AddMetadata(m.name, m.value); err != nil {
			return nil, err
		}
	}
	if err := index.write(ctx, w); err != nil {
		return nil, err
	}
	w.SetMainPage(meta.Welcome)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	report.Entries = len(tree.files) + len(folders)
	return report, report.finish(ctx, f, opts)
}

// webFile is one file to pack.
type webFile struct {
	path  string
	size  int64
	mime  string
	store bool

	group, beside string // what orders it among those that are not stored raw; see sort
}

func (f *webFile) isPage() bool { return f.mime == htmlType || f.mime == "application/xhtml+xml" }

// webTree is the folder as it will be packed.
type webTree struct {
	dir   fs.FS
	files []webFile // in the order of the archive: raw ones first, then by type, then by path
	site  site
	total int64      // bytes
	large sync.Mutex // held while a page of more than heldBytes is looked through
}

// walk finds the files of dir.
func walk(dir fs.FS, report *Report) (*webTree, error) {
	t := &webTree{dir: dir, site: site{files: map[string]bool{}, dirs: map[string]bool{}}}
	leave := func(name, why string) { report.Notes = append(report.Notes, name+": "+why+"; left out") }
	err := fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case name != "." && strings.HasPrefix(path.Base(name), "."):
			leave(name, "hidden: its name begins with a dot")
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		case d.IsDir():
			t.site.dirs[name] = true
			return nil
		case !fs.ValidPath(name) || strings.ContainsAny(name, "\x00"):
			leave(fmt.Sprintf("%q", name), "the name is not UTF-8")
			return nil
		}
		info, err := d.Info()
		if err == nil && info.Mode().Type() == fs.ModeSymlink {
			if info, err = fs.Stat(dir, name); err != nil {
				leave(name, "a link that leads nowhere or out of the folder")
				return nil
			}
			if info.IsDir() {
				leave(name, "a link to a folder")
				return nil
			}
		}
		switch {
		case err != nil:
			return err
		case !info.Mode().IsRegular():
			leave(name, "not a file")
			return nil
		case info.Size() == 0:
			leave(name, "empty")
			t.site.files[name] = false
			return nil
		}
		file := webFile{path: name, size: info.Size(), mime: typeByName(name)}
		if file.mime == "" {
			if file.mime, err = sniff(dir, name); err != nil {
				return err
			}
		}
		file.store = !zim.Compressible(file.mime)
		if file.isPage() && file.size > maxScanned {
			report.Notes = append(report.Notes, name+": larger than 64 MiB; links behind that are not followed, and it is not indexed")
		}
		t.files = append(t.files, file)
		t.site.files[name] = true
		t.total += file.size
		return nil
	})
	if err != nil {
		return nil, err
	}
	t.sort()
	slices.Sort(report.Notes)
	return t, nil
}

func sniff(dir fs.FS, name string) (string, error) {
	f, err := dir.Open(name)
	if err != nil {
		return "", err
	}
	defer f.Close()
	head := make([]byte, sniffBytes)
	n, err := io.ReadFull(f, head)
	if err != nil && !errors.Is(err, io.ErrUnexpectedEOF) {
		return "", fmt.Errorf("read %s: %w", name, err)
	}
	return typeByContent(head[:n]), nil
}

// loaded is a file that a reading goroutine has looked through.
type loaded struct {
	data  []byte // nil: too large to hold, or raw; the writer opens it
	page  *scanned
	dead  []DeadLink
	terms *search.Prepared // nil: none
	dirs  []string         // folders that the page links to, with a slash at the end
	err   error
}

// write adds all files to w, in order, and returns the folders that pages link to, sorted. Goroutines read and look
// through files ahead of the writer; what they find is used in the order of the files.
func (t *webTree) write(ctx context.Context, w *zim.Writer, index *htmlIndex, report *Report, opts *Options) ([]string, error) {
	workers := opts.Workers
	if workers <= 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	ctx, cancel := context.WithCancel(ctx)
	var running sync.WaitGroup
	defer running.Wait()
	defer cancel()

	type job struct {
		file   *webFile
		result chan loaded // room for one, so that no goroutine waits for the writer
	}
	jobs := make(chan job)
	ordered := make(chan job, workers*aheadPerWorker)
	running.Go(func() {
		defer close(jobs)
		defer close(ordered)
		for i := range t.files {
			j := job{&t.files[i], make(chan loaded, 1)}
			select {
			case ordered <- j:
			case <-ctx.Done():
				return
			}
			select {
			case jobs <- j:
			case <-ctx.Done():
				return
			}
		}
	})
	for range workers {
		running.Go(func() {
			for j := range jobs {
				j.result <- t.load(ctx, j.file, index)
			}
		})
	}

	folders := map[string]bool{}
	var done int64
	for j := range ordered {
		var l loaded
		select {
		case l = <-j.result:
		case <-ctx.Done():
			return nil, ctx.Err()
		}
		if l.err != nil {
			return nil, l.err
		}
		if err := t.add(ctx, w, j.file, l); err != nil {
			return nil, err
		}
		if err := index.add(l.terms); err != nil {
			return nil, err
		}
		report.Dead = append(report.Dead, l.dead...)
		for _, d := range l.dirs {
			folders[d] = true
		}
		done += j.file.size
		if opts.Progress != nil {
			opts.Progress(done, t.total)
		}
	}
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	var sorted []string
	for d := range folders {
		sorted = append(sorted, d)
	}
	slices.Sort(sorted)
	slices.SortStableFunc(report.Dead, func(a, b DeadLink) int {
		if c := strings.Compare(a.File, b.File); c != 0 {
			return c
		}
		return a.Line - b.Line
	})
	return sorted, nil
}

// add writes one file.
func (t *webTree) add(ctx context.Context, w *zim.Writer, file *webFile, l loaded) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h := zim.Header{Path: file.path, MIMEType: file.mime, Store: file.store, Size: file.size}
	if l.page != nil {
		h.Title = l.page.title
		h.FrontArticle = file.mime == htmlType
	}
	if l.data != nil {
		h.MIMEType = withCharset(file.mime, l.data)
		return w.Add(h, bytes.NewReader(l.data))
	}
	body, err := t.dir.Open(file.path)
	if err != nil {
		return err
	}
	defer body.Close()
	return w.Add(h, contextReader{ctx, body})
}

// load reads a file that will be compressed, and looks through it if it is a page. It may be called concurrently.
func (t *webTree) load(ctx context.Context, file *webFile, index *htmlIndex) (l loaded) {
	if file.store {
		return loaded{}
	}
	if !file.isPage() && file.size > heldBytes {
		return l
	}
	if file.size > heldBytes { // one at a time
		t.large.Lock()
		defer t.large.Unlock()
	}
	if err := ctx.Err(); err != nil {
		return loaded{err: err}
	}
	data, err := t.read(file)
	if err != nil {
		return loaded{err: err}
	}
	if file.size <= heldBytes {
		l.data = data
	}
	if !file.isPage() {
		return l
	}
	page := scan(data)
	l.page = &page
	for _, ref := range page.references {
		to, reason := t.site.resolve(file.path, page.base, ref)
		if reason != "" {
			l.dead = append(l.dead, DeadLink{file.path, ref.line, shorten(ref.target), reason})
		}
		if strings.HasSuffix(to, "/") {
			l.dirs = append(l.dirs, to)
		}
	}
	page.references = nil // a large site has millions
	if l.err = ctx.Err(); l.err == nil {
		l.terms = index.prepare(file, page.title, data)
	}
	return l
}

// read returns a file, as far as pages are looked through.
func (t *webTree) read(file *webFile) ([]byte, error) {
	if file.size <= maxScanned {
		return fs.ReadFile(t.dir, file.path)
	}
	f, err := t.dir.Open(file.path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b := make([]byte, maxScanned)
	n, err := io.ReadFull(f, b)
	if errors.Is(err, io.EOF) || errors.Is(err, io.ErrUnexpectedEOF) { // it has become shorter, which shows when it is packed
		err = nil
	}
	return b[:n], err
}

// isHTML reports whether the file at name will be packed as a page.
func (t *webTree) isHTML(name string) bool {
	for i := range t.files {
		if t.files[i].path == name {
			return t.files[i].mime == htmlType
		}
	}
	return false
}

// cleanPath gives a path as people write it as it is in the archive: "./a//b.html" is "a/b.html", "" stays "".
func cleanPath(name string) string {
	return strings.TrimPrefix(path.Clean("/"+name), "/")
}
