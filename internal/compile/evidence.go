package compile

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path"
	"strings"
	"time"

	"samizdat/internal/dossier"
	"samizdat/internal/page"
	"samizdat/internal/wacz"
	"samizdat/internal/warc"
)

// offered is the evidence of an item as readers get it: a WARC file in a WACZ, because the programs that show web archives
// open that, and everything else as it is.
type offered struct {
	path   string // in the archive
	typ    string
	size   int64  // bytes
	sha256 string // hexadecimal
	open   func() (io.ReadCloser, error)
}

// evidence makes what is offered of the items whose evidence is included.
func (c *compiler) evidence() error {
	for _, it := range c.d.Items() {
		k := it.Capture
		if k == nil || k.Evidence == nil || !k.Packed {
			continue
		}
		o := &offered{
			path: "evidence/" + it.ID + "/" + path.Base(k.Evidence.File), typ: k.Evidence.Type, size: k.Evidence.Size, sha256: k.Digests["evidence"],
			open: func() (io.ReadCloser, error) { return c.d.FS.Open(k.Evidence.File) },
		}
		if isWARC(k.Evidence.File) {
			sum, n, err := c.waczSum(it)
			var unfit *unfitError
			switch {
			case errors.As(err, &unfit):
				c.warn(k.Evidence.File, "readers get it as it is and not as WACZ, because "+unfit.Error(), "capture the page again, or import it again")
			case err != nil:
				return fmt.Errorf("read %s: %w", k.Evidence.File, err)
			default:
				o.path, o.typ, o.size, o.sha256 = "evidence/"+it.ID+"/"+it.ID+".wacz", waczType, n, sum
				o.open = func() (io.ReadCloser, error) { return c.openWACZ(it, sum), nil }
			}
		}
		c.offered[it] = o
	}
	return nil
}

const waczType = "application/wacz"

// isWARC tells by its name whether a file of evidence is a WARC file.
func isWARC(name string) bool {
	return strings.HasSuffix(name, ".warc") || strings.HasSuffix(name, ".warc.gz")
}

// unfitError is a WARC file that no WACZ can be made of.
type unfitError struct{ err error }

func (e *unfitError) Error() string { return e.err.Error() }
func (e *unfitError) Unwrap() error { return e.err }

// waczSum makes the WACZ of an item for its sum and its length in bytes only.
func (c *compiler) waczSum(it *dossier.Item) (string, int64, error) {
	h := sha256.New()
	n := &counter{w: h}
	err := c.writeWACZ(n, it)
	return hex.EncodeToString(h.Sum(nil)), n.n, err
}

// openWACZ makes the WACZ of an item while it is read. If its sum is not the one that the item's page has, because the evidence
// changed since, the last read is an error. Closing it early ends the making.
func (c *compiler) openWACZ(it *dossier.Item, sum string) io.ReadCloser {
	r, w := io.Pipe()
	go func() {
		h := sha256.New()
		err := c.writeWACZ(io.MultiWriter(w, h), it)
		if err == nil && hex.EncodeToString(h.Sum(nil)) != sum {
			err = fmt.Errorf("read %s: %w", it.Capture.Evidence.File, fs.ErrInvalid)
		}
		_ = w.CloseWithError(err) // it never fails
	}()
	return r
}

// writeWACZ writes the WACZ of an item. That its WARC file is not fit for one is an [*unfitError].
func (c *compiler) writeWACZ(out io.Writer, it *dossier.Item) error {
	k := it.Capture
	src, size, err := c.readerAt(k.Evidence.File)
	if err != nil {
		return err
	}
	defer src.Close()
	file := io.NewSectionReader(src, 0, size)
	shown, err := pageOf(file, it)
	if err != nil {
		return &unfitError{err}
	}
	created, err := time.Parse(time.RFC3339, k.CapturedAt)
	if err != nil {
		return err
	}
	w, err := wacz.NewWriter(out, wacz.Options{
		Created: created, Software: scraper, Title: it.Title, MainPage: shown.URL, MainDate: shown.Time,
		Extra: struct {
			Dossier string `json:"dossier"`
			Item    string `json:"item"`
		}{c.d.Name, it.ID},
	})
	if err != nil {
		return err
	}
	if err := w.AddWARC(path.Base(k.Evidence.File), file); err != nil {
		return &unfitError{err}
	}
	if err := w.AddPage(shown); err != nil {
		return err
	}
	return w.Close()
}

// pageOf finds the record that the item was taken from: by its ID, else by its address, else the first page that a server
// answered with.
func pageOf(file io.ReadSeeker, it *dossier.Item) (wacz.Page, error) {
	k := it.Capture
	rd, err := warc.NewReader(file)
	if err != nil {
		return wacz.Page{}, err
	}
	var found wacz.Page
	best := 0
	for {
		rec, err := rd.Next()
		if err == io.EOF { //nolint:errorlint // Next returns it bare
			break
		}
		if err != nil {
			return wacz.Page{}, err
		}
		rank := 0
		switch uri := rec.TargetURI(); {
		case rec.Type() != warc.Response && rec.Type() != warc.Resource:
		case k.RecordID != "" && rec.ID() == k.RecordID:
			rank = 4
		case k.FinalURL != "" && uri == k.FinalURL:
			rank = 3
		case uri == it.URL:
			rank = 2
		case rec.IsHTTP():
			rank = 1
		}
		if rank <= best {
			continue
		}
		at, err := rec.Date()
		if err != nil {
			return wacz.Page{}, err
		}
		if best, found = rank, (wacz.Page{ID: it.ID, URL: rec.TargetURI(), Time: at, Title: it.Title}); best == 4 {
			break
		}
	}
	if best == 0 {
		return wacz.Page{}, errors.New("it holds no answer of a server")
	}
	return found, nil
}

// evidenceView is what the pages of an item say of its evidence; nil if there is none.
func (c *compiler) evidenceView(it *dossier.Item) *page.File {
	f := it.Capture.Evidence
	if f == nil {
		return nil
	}
	if o := c.offered[it]; o != nil {
		return &page.File{Name: path.Base(o.path), Path: reference(o.path), MIME: o.typ, Size: o.size, SHA256: o.sha256}
	}
	return &page.File{Name: path.Base(f.File), MIME: f.Type, Size: f.Size, SHA256: it.Capture.Digests["evidence"]}
}

// counter counts what is written.
type counter struct {
	w io.Writer
	n int64 // bytes
}

func (c *counter) Write(p []byte) (int, error) {
	n, err := c.w.Write(p)
	c.n += int64(n)
	return n, err
}
