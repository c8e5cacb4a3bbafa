package imports

import (
	"bytes"
	"context"
	"errors"
	"io"
	"io/fs"
	"net/url"
	"path"
	"strconv"
	"strings"
	"time"
)

// Folder reads a page that a browser saved as "page.html" with the folder "page_files" beside it. Files has both; the folder may be missing, and
// nothing outside of it is read. At is when the file was written; address is where the page came from if it does not say so.
func Folder(ctx context.Context, dir string, files fs.FS, name string, at time.Time, address string) (*Saved, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(f, maxSaved+1))
	if err != nil {
		return nil, err
	}
	b, o, err := readSaved(ctx, name, bytes.NewReader(b), int64(len(b)))
	if err != nil {
		return nil, err
	}
	o.Method = "import:folder"
	if info.ModTime().IsZero() {
		o.found(Note, "the time of the file is not known")
	}
	if m := savedURL.FindSubmatch(b[:min(len(b), 64<<10)]); m != nil {
		if n, err := strconv.Atoi(string(m[1])); err == nil && n <= len(m[2]) {
			address = string(m[2][:n])
		}
		o.Tool = "a browser (page and folder)"
	}
	s := newSaved(dir, o, address, at)
	if err := s.page(b, "text/html"); err != nil {
		return nil, err
	}
	page := &part{url: s.Page.URL, contentType: "text/html", data: b}
	s.files = []*part{page}
	folder := folderOf(files, name)
	if folder == "" {
		o.found(Note, "there is no folder with the files that the page shows")
		return s, nil
	}
	left := int64(maxSaved)
	err = fs.WalkDir(files, folder, func(p string, d fs.DirEntry, err error) error {
		switch {
		case ctx.Err() != nil:
			return ctx.Err()
		case err != nil:
			return err
		case !d.Type().IsRegular(): // links may lead anywhere
			return nil
		case len(s.files) > maxParts:
			return errors.New("the folder holds too many files")
		}
		b, err := readUpTo(files, p, left)
		if err != nil {
			return err
		}
		left -= int64(len(b))
		s.beside(p, b)
		return nil
	})
	return s, err
}

// folderOf finds the folder of a page: browsers name it in the language of the system.
func folderOf(files fs.FS, name string) string {
	stem := strings.TrimSuffix(name, path.Ext(name))
	for _, ending := range []string{"_files", "-files", "_Files", ".files", "_fichiers", "_archivos", "_Dateien", "_файлы", "-файлы"} {
		if info, err := fs.Stat(files, stem+ending); err == nil && info.IsDir() {
			return stem + ending
		}
	}
	return ""
}

func readUpTo(files fs.FS, name string, most int64) ([]byte, error) {
	f, err := files.Open(name)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	b, err := io.ReadAll(io.LimitReader(f, most+1))
	if err == nil && int64(len(b)) > most {
		err = errors.New("the folder holds more than " + strconv.Itoa(maxSaved) + " bytes")
	}
	return b, err
}

// beside adds a file that lies beside the page, under the address that the page calls it by.
func (s *Saved) beside(name string, b []byte) {
	base, err := url.Parse(s.Page.URL)
	if err != nil {
		return
	}
	address := base.ResolveReference(&url.URL{Path: name})
	address.RawQuery = ""
	s.lies(&part{url: address.String(), contentType: fileType(name), data: b})
}

// lies adds a file that has an address.
func (s *Saved) lies(p *part) {
	s.files = append(s.files, p)
	shown := *p
	switch mediaType(p.contentType) {
	case "text/css":
		shown.data = s.sheet(p.data, 1)
	case "text/html":
		shown.data = s.rewritten(p.data, 1)
	}
	s.parts[p.url] = &shown
	if u, err := url.Parse(p.url); err == nil && s.byTail[tailOf(u)] == nil {
		s.byTail[tailOf(u)] = &shown
	}
	if s.other == nil {
		s.other = s.byPath
	}
}

// byPath finds a file by its path however the address is escaped, and under a <base> of the page too.
func (s *Saved) byPath(ref string) *part {
	u, err := url.Parse(ref)
	if err != nil {
		return nil
	}
	return s.byTail[tailOf(u)]
}

// tailOf is the last folder and the name in an address.
func tailOf(u *url.URL) string { return path.Base(path.Dir(u.Path)) + "/" + path.Base(u.Path) }
