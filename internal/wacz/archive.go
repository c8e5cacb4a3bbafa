package wacz

import (
	"archive/zip"
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"

	"go.yaml.in/yaml/v4"

	"samizdat/internal/warc"
)

const maxDescription = 16 << 20 // bytes of datapackage.json and its digest; Scoop lists some hundred files

// Archive is a WACZ file that is open for reading. It may be used concurrently.
type Archive struct {
	Package Package

	file  io.ReaderAt
	zip   *zip.Reader
	files map[string]*zip.File // by name, the first of each
	twice []string             // names that occur again
	old   []Page               // of 0.1.0
	text  []byte               // datapackage.json
}

// Open reads the directory and the description of an archive. What is none is an error that wraps [ErrNotWACZ].
func Open(file io.ReaderAt, size int64) (*Archive, error) {
	zr, err := zip.NewReader(file, size)
	if err != nil && !errors.Is(err, zip.ErrInsecurePath) {
		var first [1]byte
		if n, _ := file.ReadAt(first[:], 0); n == 1 && first[0] == '{' {
			return nil, fmt.Errorf("%w: it may be a list of WACZ files; open those", ErrNotWACZ)
		}
		return nil, fmt.Errorf("%w: %w", ErrNotWACZ, err)
	}
	a := &Archive{file: file, zip: zr, files: map[string]*zip.File{}}
	var packed uint64
	for _, f := range zr.File {
		if packed += f.CompressedSize64; f.CompressedSize64 > uint64(size) || packed > uint64(size) {
			return nil, fmt.Errorf("%w: its files lie over each other", ErrNotWACZ) // a ZIP bomb
		}
		if a.files[f.Name] != nil {
			a.twice = append(a.twice, f.Name)
			continue
		}
		a.files[f.Name] = f
	}
	switch {
	case a.files[packageName] != nil:
		err = a.readPackage()
	case a.files[oldName] != nil:
		err = a.readOld()
	default:
		return nil, fmt.Errorf("%w: it has no %s", ErrNotWACZ, packageName)
	}
	if err != nil {
		return nil, err
	}
	if len(a.WARCs()) == 0 {
		return nil, fmt.Errorf("%w: it has no WARC file below archive/", ErrNotWACZ)
	}
	return a, nil
}

// Description returns datapackage.json as it lies in the archive; nil of 0.1.0, which has none.
func (a *Archive) Description() []byte { return bytes.Clone(a.text) }

// read returns a small file whole.
func (a *Archive) read(name string) ([]byte, error) {
	r, err := a.open(name)
	if err != nil {
		return nil, err
	}
	defer r.Close()
	b, err := io.ReadAll(io.LimitReader(r, maxDescription+1))
	if err == nil && len(b) > maxDescription {
		err = fmt.Errorf("more than %d bytes", maxDescription)
	}
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return b, nil
}

func (a *Archive) open(name string) (io.ReadCloser, error) {
	f := a.files[name]
	if f == nil {
		return nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	r, err := f.Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, nil
}

// readPackage reads datapackage.json of every version.
func (a *Archive) readPackage() error {
	var err error
	if a.text, err = a.read(packageName); err != nil {
		return err
	}
	type resource struct {
		Resource
		Hashing string `json:"hashing"` // 1.0.0
		Stats   struct {
			Hash  string `json:"hash"`
			Bytes int64  `json:"bytes"`
		} `json:"stats"`
	}
	var p struct {
		Package
		OldPageURL string     `json:"mainPageURL"` // py-wacz
		Resources  []resource `json:"resources"`
		Metadata   struct {   // 1.0.0
			Title       string `json:"title"`
			Description string `json:"desc"`
		} `json:"metadata"`
	}
	if err := json.Unmarshal(a.text, &p); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotWACZ, packageName, err)
	}
	a.Package = p.Package
	if a.Package.Profile == "multi-wacz-package" {
		return fmt.Errorf("%w: it is a list of WACZ files; open those", ErrNotWACZ)
	}
	if a.Package.MainPageURL == "" {
		a.Package.MainPageURL = p.OldPageURL
	}
	if a.Package.Title == "" {
		a.Package.Title = p.Metadata.Title
	}
	if a.Package.Description == "" {
		a.Package.Description = p.Metadata.Description
	}
	a.Package.Resources = nil
	for _, r := range p.Resources {
		if r.Hash == "" && r.Stats.Hash != "" {
			r.Hash = r.Hashing + ":" + r.Stats.Hash
			r.Bytes = r.Stats.Bytes
		}
		a.Package.Resources = append(a.Package.Resources, r.Resource)
	}
	return nil
}

// readOld reads the description of 0.1.0, which lists pages and no files.
func (a *Archive) readOld() error {
	b, err := a.read(oldName)
	if err != nil {
		return err
	}
	var old struct {
		Title string `yaml:"title"`
		Desc  string `yaml:"desc"`
		Pages []struct {
			URL   string `yaml:"url"`
			Title string `yaml:"title"`
			Date  string `yaml:"date"`
		} `yaml:"pages"`
	}
	if err := yaml.Unmarshal(b, &old); err != nil {
		return fmt.Errorf("%w: %s: %w", ErrNotWACZ, oldName, err)
	}
	a.Package = Package{Version: "0.1.0", Title: old.Title, Description: old.Desc}
	for _, p := range old.Pages {
		t, err := warc.ParseDate(p.Date)
		if err != nil {
			return fmt.Errorf("%s: %w", oldName, err)
		}
		a.old = append(a.old, Page{URL: p.URL, Title: p.Title, Time: t})
	}
	return nil
}

// WARCs lists the names of the WARC files, sorted.
func (a *Archive) WARCs() []string {
	var names []string
	for name := range a.files {
		if isWARC(name) {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}

func isWARC(name string) bool {
	return strings.HasPrefix(name, "archive/") &&
		(strings.HasSuffix(name, ".warc") || strings.HasSuffix(name, ".warc.gz") || strings.HasSuffix(name, ".warc.zst"))
}

// OpenWARC opens a WARC file by its name, like "archive/data.warc.gz". The caller closes what is given second.
func (a *Archive) OpenWARC(name string) (*warc.Reader, io.Closer, error) {
	r, c, err := a.OpenFile(name)
	if err != nil {
		return nil, nil, err
	}
	rd, err := warc.NewReader(r)
	if err != nil {
		_ = c.Close()
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return rd, c, nil
}

// OpenFile opens a file of the archive by its name. Those that are stored and not compressed are an [io.ReadSeeker]. The caller closes
// what is given second. If there is none the error wraps [fs.ErrNotExist].
func (a *Archive) OpenFile(name string) (io.Reader, io.Closer, error) {
	f := a.files[name]
	if f == nil {
		return nil, nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	r, c, err := a.stream(f)
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	return r, c, nil
}

// Record opens the one record that an entry of the index points to; the caller closes what is given second after reading it. If another
// record lies there, or none, the error wraps [fs.ErrNotExist].
func (a *Archive) Record(e Entry) (*warc.Record, io.Closer, error) {
	name := "archive/" + strings.TrimPrefix(e.File, "archive/")
	f := a.files[name]
	if f == nil {
		return nil, nil, fmt.Errorf("%s: %w", name, fs.ErrNotExist)
	}
	if e.Offset < 0 || uint64(e.Offset) >= f.UncompressedSize64 {
		return nil, nil, fmt.Errorf("%s has no record at %d: %w", name, e.Offset, fs.ErrNotExist)
	}
	r, c, err := a.stream(f)
	if err == nil {
		if section, ok := r.(io.Seeker); ok {
			_, err = section.Seek(e.Offset, io.SeekStart)
		} else {
			_, err = io.CopyN(io.Discard, r, e.Offset)
		}
		if err != nil {
			_ = c.Close()
		}
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s: %w", name, err)
	}
	rd, err := warc.NewReader(r)
	if err == nil {
		var rec *warc.Record
		if rec, err = rd.Next(); err == nil && (e.URL == "" || rec.TargetURI() == e.URL) {
			return rec, c, nil
		}
	}
	_ = c.Close()
	return nil, nil, fmt.Errorf("%s has no record of %s at %d: %w", name, e.URL, e.Offset, fs.ErrNotExist)
}

// stream opens a file so that it can be read again after damage, if it is not compressed.
func (a *Archive) stream(f *zip.File) (io.Reader, io.Closer, error) {
	if offset, err := f.DataOffset(); err == nil && f.Method == zip.Store && f.CompressedSize64 == f.UncompressedSize64 {
		return io.NewSectionReader(a.file, offset, int64(f.CompressedSize64)), io.NopCloser(nil), nil
	}
	r, err := f.Open()
	return r, r, err
}

// jsonFile makes a file of JSON as this package writes them.
func jsonFile(v any) ([]byte, error) {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	enc.SetIndent("", "  ")
	err := enc.Encode(v)
	return b.Bytes(), err
}
