package wacz

import (
	"archive/zip"
	"bytes"
	"crypto/ecdsa"
	"crypto/sha256"
	"encoding/json"
	"errors"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"samizdat/internal/warc"
)

// Options say what the archive says about itself.
type Options struct {
	Created     time.Time // must not be zero: it is the time of every file in the ZIP too
	Software    string    // that made it
	Title       string
	Description string    // Markdown
	MainPage    string    // address of the page to show first, "" for none
	MainDate    time.Time // of that page
	Extra       any       // goes into datapackage.json as "samizdat"; nil for nothing
	// Key signs the archive, anonymously; nil leaves it unsigned. It must be of ECDSA over P-384.
	Key *ecdsa.PrivateKey
}

// Writer writes an archive of version 1.1.1. Files are stored, not compressed, and lie in the order in which they were added; the same
// files make the same bytes. It is for one goroutine. After an error every further call returns it.
type Writer struct {
	zip       *zip.Writer
	opts      Options
	resources []Resource
	names     map[string]bool
	entries   []Entry
	pages     []Page
	warcs     int
	err       error
}

// NewWriter begins an archive.
func NewWriter(w io.Writer, opts Options) (*Writer, error) {
	if opts.Created.IsZero() {
		return nil, errors.New("an archive needs the time when it was created")
	}
	return &Writer{zip: zip.NewWriter(w), opts: opts, names: map[string]bool{}}, nil
}

// AddWARC adds a WARC file under a name like "page.warc.gz", and puts its responses, revisits and resources into the index. It must be
// sound, and have one member for each record: an index points to members. R is read three times from its start.
func (w *Writer) AddWARC(name string, r io.ReadSeeker) error {
	if w.err != nil {
		return w.err
	}
	if path.Base(name) != name || !isWARC("archive/"+name) {
		return fmt.Errorf("%s: a WARC file needs a plain name that ends in .warc, .warc.gz or .warc.zst", name)
	}
	entries, err := index(name, r)
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	if err := w.add("archive/"+name, r); err != nil {
		return err
	}
	w.entries = append(w.entries, entries...)
	w.warcs++
	return nil
}

// index makes the entries of a WARC file.
func index(name string, r io.ReadSeeker) ([]Entry, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	rd, err := warc.NewReader(r)
	if err != nil {
		return nil, err
	}
	var entries []Entry
	for {
		rec, err := rd.Next()
		if err == io.EOF { //nolint:errorlint // Next returns it bare
			return entries, nil
		}
		if err != nil {
			return nil, err
		}
		if !indexed(rec) {
			if err := rec.Finish(); err != nil {
				return nil, err
			}
			continue
		}
		e, err := entryOf(rec, name)
		if err != nil {
			return nil, err
		}
		entries = append(entries, e)
	}
}

// AddPage adds a page to the list. Its record should be in a WARC file.
func (w *Writer) AddPage(p Page) error {
	if p.URL == "" || p.Time.IsZero() { // WACZ, pages.jsonl
		return errors.New("a page needs an address and a time")
	}
	w.pages = append(w.pages, p)
	return nil
}

// AddFile adds another file under a path like "screenshots/one.png". The folders of the format are not for it.
func (w *Writer) AddFile(name string, r io.ReadSeeker) error {
	if w.err != nil {
		return w.err
	}
	folder, _, _ := strings.Cut(name, "/")
	if !fs.ValidPath(name) || name == "." || folder == "archive" || folder == "indexes" || folder == "pages" || strings.HasPrefix(name, "datapackage") {
		return fmt.Errorf("%s: that place is for the files of the format", name)
	}
	return w.add(name, r)
}

// add stores a file.
func (w *Writer) add(name string, r io.ReadSeeker) error {
	if w.names[name] {
		return fmt.Errorf("%s is in the archive already", name)
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	sum, crc := sha256.New(), crc32.NewIEEE()
	size, err := io.Copy(io.MultiWriter(sum, crc), r)
	if err == nil {
		_, err = r.Seek(0, io.SeekStart)
	}
	if err != nil {
		return fmt.Errorf("%s: %w", name, err)
	}
	// The lengths stand before the file, so that programs that read it over the network need not look at its end.
	head := &zip.FileHeader{
		Name: name, Method: zip.Store, CRC32: crc.Sum32(), CompressedSize64: uint64(size), UncompressedSize64: uint64(size),
	}
	head.Modified = w.opts.Created.UTC()
	head.SetMode(0o644)
	f, err := w.zip.CreateRaw(head)
	if err == nil {
		again := sha256.New()
		var n int64
		n, err = io.Copy(io.MultiWriter(f, again), r)
		if err == nil && (n != size || !bytes.Equal(again.Sum(nil), sum.Sum(nil))) {
			err = errors.New("it changed while it was written")
		}
	}
	if err != nil {
		w.err = fmt.Errorf("%s: %w", name, err)
		return w.err
	}
	w.names[name] = true
	if name != packageName && name != digestName {
		w.resources = append(w.resources, Resource{resourceName(name), name, hexDigest(sum), size})
	}
	return nil
}

// resourceName makes a name of the letters that a data package allows.
func resourceName(name string) string {
	return strings.Map(func(r rune) rune {
		if r >= 'a' && r <= 'z' || r >= '0' && r <= '9' || strings.ContainsRune("-._", r) {
			return r
		}
		return '-'
	}, strings.ToLower(path.Base(name)))
}

// Close writes index, pages and description. An archive without a WARC file or a page is an error.
func (w *Writer) Close() error {
	if w.err != nil {
		return w.err
	}
	if w.warcs == 0 || len(w.pages) == 0 {
		return errors.New("an archive needs a WARC file and a page")
	}
	list, err := w.pageList()
	if err != nil {
		return err
	}
	entries, err := writeIndex(w.entries)
	if err != nil {
		return err
	}
	if err := w.add(indexName, bytes.NewReader(entries)); err != nil {
		return err
	}
	if err := w.add(pagesName, bytes.NewReader(list)); err != nil {
		return err
	}
	pkg, err := w.description()
	if err != nil {
		return err
	}
	if err := w.add(packageName, bytes.NewReader(pkg)); err != nil {
		return err
	}
	digest := digestOf(pkg)
	if w.opts.Key != nil {
		digest.SignedData, err = sign(digest.Hash, w.opts.Created.UTC().Format(time.RFC3339), w.opts.Software, w.opts.Key)
		if err != nil {
			return err
		}
	}
	text, err := jsonFile(digest)
	if err != nil {
		return err
	}
	if err := w.add(digestName, bytes.NewReader(text)); err != nil {
		return err
	}
	w.err = w.zip.Close()
	if w.err == nil {
		w.err = errors.New("the archive is closed")
		return nil
	}
	return w.err
}

// pageList makes pages.jsonl.
func (w *Writer) pageList() ([]byte, error) {
	type heading struct {
		Format  string `json:"format"`
		ID      string `json:"id"`
		Title   string `json:"title"`
		HasText bool   `json:"hasText,omitempty"`
	}
	h := heading{Format: "json-pages-1.0", ID: "pages", Title: "All Pages"}
	for _, p := range w.pages {
		h.HasText = h.HasText || p.Text != ""
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(h); err != nil {
		return nil, err
	}
	for _, p := range w.pages {
		p.Time = p.Time.UTC()
		if err := enc.Encode(p); err != nil {
			return nil, err
		}
	}
	return b.Bytes(), nil
}

// description makes datapackage.json.
func (w *Writer) description() ([]byte, error) {
	p := Package{
		Profile: "data-package", Version: Version, Title: w.opts.Title, Description: w.opts.Description,
		Created: w.opts.Created.UTC().Format(time.RFC3339), Software: w.opts.Software,
		MainPageURL: w.opts.MainPage, Resources: w.resources,
	}
	if !w.opts.MainDate.IsZero() {
		p.MainPageDate = w.opts.MainDate.UTC().Format(time.RFC3339)
	}
	if w.opts.Extra != nil {
		extra, err := json.Marshal(w.opts.Extra)
		if err != nil {
			return nil, err
		}
		p.Extra = extra
	}
	return jsonFile(p)
}
