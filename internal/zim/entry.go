package zim

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"strings"
)

const maxHops = 50 // redirects followed; libzim 9.8 stops there too

// Entry is a path of the archive: an item with a blob, or a redirect to another entry. It is a small value, valid
// as long as its [Reader], and may be used concurrently.
type Entry struct {
	r *Reader
	d *direntRecord
}

// Entry returns the entry at path in namespace ns. Path is UTF-8, not percent-encoded, without a leading slash.
// Redirects are returned as they are; see [Entry.Target]. If there is none the error wraps [fs.ErrNotExist]; if the
// file is damaged it is a [*FormatError].
func (r *Reader) Entry(ns byte, path string) (Entry, error) {
	d, err := r.lookup(ns, path)
	if err != nil {
		return Entry{}, err
	}
	if d == nil {
		return Entry{}, &missingError{string([]byte{ns, '/'}) + path}
	}
	return Entry{r, d}, nil
}

// missingError says that there is no such entry. It is a type because servers make many of them.
type missingError struct{ what string }

func (e *missingError) Error() string { return "zim: no entry " + e.what }
func (e *missingError) Unwrap() error { return fs.ErrNotExist }

// Content returns what users know as path: C/path; in the old scheme the path with its namespace spelled out, like
// "A/x", or else without, looked for in A, I, J and - in that order. A path with a namespace before it finds C/path
// too, as libzim allows for old bookmarks. Errors are those of [Reader.Entry].
func (r *Reader) Content(path string) (Entry, error) {
	spelled := len(path) > 2 && path[1] == '/'
	if !r.OldNamespaces() {
		e, err := r.Entry(NamespaceContent, path)
		if spelled && errors.Is(err, fs.ErrNotExist) {
			if e, err := r.Entry(NamespaceContent, path[2:]); !errors.Is(err, fs.ErrNotExist) {
				return e, err
			}
		}
		return e, err
	}
	if spelled && strings.IndexByte(oldContent, path[0]) >= 0 {
		if e, err := r.Entry(path[0], path[2:]); !errors.Is(err, fs.ErrNotExist) {
			return e, err
		}
	}
	for _, ns := range []byte(oldContent) {
		if e, err := r.Entry(ns, path); !errors.Is(err, fs.ErrNotExist) {
			return e, err
		}
	}
	return Entry{}, &missingError{path}
}

const oldContent = "AIJ-" // namespaces of content in the old scheme, in the order in which bare paths are looked for

// EntryAt returns entry i, the position in path order. Out of range wraps [fs.ErrNotExist].
func (r *Reader) EntryAt(i uint32) (Entry, error) {
	if i >= r.hdr.entryCount {
		return Entry{}, &missingError{fmt.Sprintf("%d of %d", i, r.hdr.entryCount)}
	}
	d, err := r.dirent(i)
	if err != nil {
		return Entry{}, err
	}
	return Entry{r, d}, nil
}

// Entries returns all entries in path order. A damaged one yields its error, a [*FormatError], and the rest follows. If
// the entries so far have more bytes than the archive, they overlap; then an error that says so is the last.
func (r *Reader) Entries() iter.Seq2[Entry, error] {
	return func(yield func(Entry, error) bool) {
		s := direntScanner{r: r}
		var total int64
		for i := range r.hdr.entryCount {
			d, err := s.at(i)
			if err != nil {
				total += costOf(err)
				if !yield(Entry{}, err) {
					return
				}
			} else {
				total += int64(d.length)
				if !yield(Entry{r, d}, nil) {
					return
				}
			}
			if overlap := r.overlap(i, total); overlap != nil && i+1 < r.hdr.entryCount {
				yield(Entry{}, overlap)
				return
			}
		}
	}
}

// overlap returns an error if total, the bytes of the entries up to number i, are more than the archive can hold: a
// few bytes may be named by a million pointers, and whoever read them all would do work that nobody stored.
func (r *Reader) overlap(i uint32, total int64) *FormatError {
	if total <= r.size+16*longestDirent {
		return nil
	}
	return formatErrorf(int64(r.hdr.pathPtrPos), "path pointer list", "entries overlap or do not end: reading the first %d took %d bytes, the file has %d", i+1, total, r.size)
}

// costOf returns the bytes that may have been read in vain for an entry that gave err: none if its pointer is wrong.
func costOf(err error) int64 {
	if f := (*FormatError)(nil); errors.As(err, &f) && f.Part == "path pointer list" {
		return 0
	}
	return longestDirent
}

// MainEntry returns the entry that readers show first: W/mainPage or else the one that the header names. Redirects
// are not followed. If there is none the error wraps [fs.ErrNotExist].
func (r *Reader) MainEntry() (Entry, error) {
	if !r.OldNamespaces() {
		if e, err := r.Entry(NamespaceWellKnown, mainPagePath); !errors.Is(err, fs.ErrNotExist) {
			return e, err
		}
	}
	if r.hdr.mainPage == noEntry {
		return Entry{}, &missingError{"for the main page"}
	}
	if r.hdr.mainPage >= r.hdr.entryCount {
		return Entry{}, formatErrorf(64, "header", "main page is entry %d of %d", r.hdr.mainPage, r.hdr.entryCount)
	}
	return r.EntryAt(r.hdr.mainPage)
}

// Namespace returns the namespace's letter.
func (e Entry) Namespace() byte { return e.d.ns }

// Path returns the path in the namespace, as it is in the archive: hostile, and perhaps not even UTF-8.
func (e Entry) Path() string { return e.d.path }

// Title returns the title, or the path if there is none.
func (e Entry) Title() string {
	if e.d.title == "" {
		return e.d.path
	}
	return e.d.title
}

// MIMEType returns an item's type; it is empty for redirects, and for a number that is not in the MIME list.
func (e Entry) MIMEType() string {
	if !e.d.isItem() || int(e.d.mime) >= len(e.r.mimes) {
		return ""
	}
	return e.r.mimes[e.d.mime]
}

// Index returns the position in path order, the argument of [Reader.EntryAt].
func (e Entry) Index() uint32 { return e.d.index }

// IsRedirect reports whether e only names another entry.
func (e Entry) IsRedirect() bool { return e.d.mime == mimeRedirect }

// Cluster returns where an item's blob is; entries with equal numbers are aliases. It is meaningless for redirects.
func (e Entry) Cluster() (cluster, blob uint32) { return e.d.cluster, e.d.blob }

// Target returns the entry that a redirect names, which may be a redirect again, and e itself if it is none.
func (e Entry) Target() (Entry, error) {
	if !e.IsRedirect() {
		return e, nil
	}
	if e.d.redirect >= e.r.hdr.entryCount {
		return Entry{}, e.d.defect("redirect to entry %d of %d", e.d.redirect, e.r.hdr.entryCount)
	}
	return e.r.EntryAt(e.d.redirect)
}

// Resolve follows redirects to the item. More than 50, or a circle, is a [*FormatError] wrapping [ErrRedirectLoop].
func (e Entry) Resolve() (Entry, error) {
	at := e
	for range maxHops {
		if !at.IsRedirect() {
			return at, nil
		}
		var err error
		if at, err = at.Target(); err != nil {
			return Entry{}, err
		}
	}
	if !at.IsRedirect() {
		return at, nil
	}
	return Entry{}, e.d.defect("%w: no item within %d redirects", ErrRedirectLoop, maxHops)
}

// Blob returns the data of the item, following redirects. An obsolete entry without data wraps [fs.ErrNotExist]. The
// caller closes it: until then it may hold a decoded cluster in memory.
func (e Entry) Blob() (*Blob, error) { return e.BlobContext(context.Background()) }

// BlobContext is Blob for callers who may lose interest: waiting and decoding end with ctx, and the error is ctx's. If
// there is no room to decode, the error wraps [ErrBusy].
func (e Entry) BlobContext(ctx context.Context) (*Blob, error) {
	at, err := e.Resolve()
	if err != nil {
		return nil, err
	}
	if !at.d.isItem() {
		return nil, &missingError{fmt.Sprintf("data: %c/%s is marked deleted", at.d.ns, at.d.path)}
	}
	if at.d.cluster >= e.r.hdr.clusterCount {
		return nil, at.d.defect("cluster %d of %d", at.d.cluster, e.r.hdr.clusterCount)
	}
	return e.r.blob(ctx, at.d.cluster, at.d.blob)
}

// Open returns the item's data as a stream, following redirects. The caller closes it, as a [Blob].
func (e Entry) Open() (io.ReadSeekCloser, error) {
	b, err := e.Blob()
	if err != nil {
		return nil, err
	}
	return blobFile{io.NewSectionReader(b, 0, b.Size()), b}, nil
}

type blobFile struct {
	*io.SectionReader
	io.Closer
}

// ErrTooLarge is wrapped by the error of [Entry.ReadAll] when the item is larger than the caller allows.
var ErrTooLarge = errors.New("item is too large")

// ReadAll returns the item's data, following redirects, if it has at most maxBytes. The caller owns it.
func (e Entry) ReadAll(maxBytes int64) ([]byte, error) {
	b, err := e.Blob()
	if err != nil {
		return nil, err
	}
	defer b.Close()
	if b.Size() > maxBytes {
		return nil, fmt.Errorf("zim: %c/%s: %d bytes, at most %d are read: %w", e.d.ns, e.d.path, b.Size(), maxBytes, ErrTooLarge)
	}
	data := make([]byte, b.Size()) // lies in the file, or in a decoded cluster: no mere claim
	if n, err := b.ReadAt(data, 0); n < len(data) {
		return nil, fmt.Errorf("zim: read %c/%s: %w", e.d.ns, e.d.path, err)
	}
	return data, nil
}
