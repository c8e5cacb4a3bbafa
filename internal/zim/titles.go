package zim

import (
	"bytes"
	"context"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"runtime"
	"sync/atomic"
)

// titleLists finds, when first asked, the list of articles by title. One caller looks, and the others wait for it.
type titleLists struct {
	turn  chan struct{} // holds a token while somebody looks
	found atomic.Pointer[foundTitles]
}

// foundTitles is what was found: a list, perhaps an empty one, or what is wrong with the archive, which does not change.
type foundTitles struct {
	list *articleList
	err  error
}

// articleList is a run of u32 entry indexes ordered by title.
type articleList struct {
	part  string
	list  io.ReaderAt
	from  int64 // of the first article, in bytes
	count uint32
	base  int64 // offset of list in the archive; 0 if it is compressed
}

// maxListings bounds the compressed listings that are kept, in bytes, over all Readers that share a [Memory]. Each stays
// once it was asked for. Writers store listings raw, which are read where they are; this is that of 16 million articles.
const maxListings = 64 << 20

// Articles are the articles of an archive by title. They may be used concurrently.
type Articles struct {
	r *Reader
	l *articleList
}

// Articles returns the front articles of list v1 or, where that is missing, empty or damaged, everything in the namespace of
// content (C, or A in the old scheme) of list v0; it has none if both are missing. If neither can be read the error is a
// [*FormatError]; if a compressed list finds no room it wraps [ErrTooLarge] or [ErrBusy]. Only a compressed list has to be
// decoded, once: waiting for that ends with ctx, with its error.
func (r *Reader) Articles(ctx context.Context) (*Articles, error) {
	l, err := r.articles(ctx)
	if err != nil {
		return nil, err
	}
	return &Articles{r, l}, nil
}

// Len returns the number of articles.
func (a *Articles) Len() uint32 { return a.l.count }

// At returns the i-th article by title, which may be a redirect. Out of range wraps [fs.ErrNotExist].
func (a *Articles) At(i uint32) (Entry, error) {
	if i >= a.l.count {
		return Entry{}, &missingError{fmt.Sprintf("for article %d of %d", i, a.l.count)}
	}
	index, err := a.l.at(i)
	if err != nil {
		return Entry{}, err
	}
	if n := a.r.hdr.entryCount; index >= n {
		return Entry{}, formatErrorf(a.l.base+a.l.from+4*int64(i), a.l.part, "article %d is entry %d of %d", i, index, n)
	}
	return a.r.EntryAt(index)
}

// ArticleCount returns the length of [Reader.Articles], 0 if they cannot be read; [Check] tells why.
func (r *Reader) ArticleCount() uint32 {
	l, err := r.articles(context.Background())
	if err != nil {
		return 0
	}
	return l.count
}

// Article returns number i of [Reader.Articles].
func (r *Reader) Article(i uint32) (Entry, error) {
	a, err := r.Articles(context.Background())
	if err != nil {
		return Entry{}, err
	}
	return a.At(i)
}

func (l *articleList) at(i uint32) (uint32, error) {
	b := getScratch()
	defer putScratch(b)
	if n, err := l.list.ReadAt(b[:4], l.from+4*int64(i)); n < 4 {
		return 0, formatErrorf(l.base+l.from+4*int64(i), l.part, "%w", err)
	}
	return binary.LittleEndian.Uint32(b[:4]), nil
}

func (r *Reader) articles(ctx context.Context) (*articleList, error) {
	if f := r.titles.found.Load(); f != nil {
		return f.list, f.err
	}
	select {
	case r.titles.turn <- struct{}{}:
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	defer func() { <-r.titles.turn }()
	if f := r.titles.found.Load(); f != nil {
		return f.list, f.err
	}
	l, err := r.findArticles(ctx)
	if err == nil || isFormatError(err) || errors.Is(err, ErrTooLarge) {
		r.titles.found.Store(&foundTitles{l, err})
	}
	return l, err
}

func (r *Reader) findArticles(ctx context.Context) (*articleList, error) {
	l, err := r.listingEntry(ctx, listingV1Path)
	known := isFormatError(err) || errors.Is(err, ErrTooLarge) || errors.Is(err, fs.ErrNotExist)
	if err == nil && l.count > 0 || err != nil && !known {
		return l, err
	}
	v1 := err
	v0, err := r.listingV0(ctx)
	if err == nil {
		l, err = r.contentOf(v0)
	}
	switch {
	case err == nil:
		return l, nil
	case !errors.Is(err, fs.ErrNotExist):
		return nil, err
	case v1 != nil && !errors.Is(v1, fs.ErrNotExist):
		return nil, v1
	}
	return &articleList{}, nil
}

// listingV0 returns all entries, from where the header says or else from the entry that libzim 7 to 9.2 made.
func (r *Reader) listingV0(ctx context.Context) (*articleList, error) {
	if r.hdr.titlePtrPos == noList {
		return r.listingEntry(ctx, listingV0Path)
	}
	pos, n := int64(r.hdr.titlePtrPos), r.hdr.entryCount
	return &articleList{part: "title pointer list", list: io.NewSectionReader(r.r, pos, 4*int64(n)), count: n, base: pos}, nil
}

// listingEntry returns the list in an entry. ZIM, "Title Pointer List".
func (r *Reader) listingEntry(ctx context.Context, path string) (*articleList, error) {
	e, err := r.Entry(NamespaceIndex, path)
	if err != nil {
		return nil, err
	}
	b, err := e.BlobContext(ctx)
	if err != nil {
		return nil, err
	}
	if n := b.Size(); n%4 != 0 || n/4 > int64(r.hdr.entryCount) {
		b.Close()
		return nil, e.d.defect("listing of %d bytes, want a multiple of 4 and at most %d", n, 4*int64(r.hdr.entryCount))
	}
	l := &articleList{part: "listing X/" + path, count: uint32(b.Size() / 4)}
	if base, raw := b.Section(); raw {
		l.list, l.base = b, base // holds no memory
		return l, nil
	}
	defer b.Close()
	if !r.memory.keepListing(l, b.Size()) {
		return nil, fmt.Errorf("zim: %s: %d bytes, at most %d are kept decoded: %w", l.part, b.Size(), maxListings, ErrTooLarge)
	}
	list := make([]byte, b.Size())
	if n, err := b.ReadAt(list, 0); n < len(list) {
		return nil, fmt.Errorf("zim: read %s: %w", l.part, err)
	}
	l.list = bytes.NewReader(list)
	return l, nil
}

// keepListing counts the bytes of a decoded listing for as long as l is there, and reports false if they are too many.
func (m *Memory) keepListing(l *articleList, n int64) bool {
	if m.listings.Add(n) > maxListings {
		m.listings.Add(-n)
		return false
	}
	runtime.AddCleanup(l, func(n int64) { m.listings.Add(-n) }, n)
	return true
}

// contentOf narrows list v0, which is sorted by namespace first, to the namespace of articles.
func (r *Reader) contentOf(l *articleList) (*articleList, error) {
	ns := byte(NamespaceContent)
	if r.OldNamespaces() {
		ns = 'A'
	}
	from, err := r.firstOf(l, ns)
	if err != nil {
		return nil, err
	}
	to, err := r.firstOf(l, ns+1)
	if err != nil {
		return nil, err
	}
	l.from, l.count = 4*int64(from), max(to, from)-from
	return l, nil
}

// firstOf returns the position in l of the first entry in namespace ns or a later one.
func (r *Reader) firstOf(l *articleList, ns byte) (uint32, error) {
	lo, hi := uint32(0), l.count
	for lo < hi {
		mid := lo + (hi-lo)/2
		i, err := l.at(mid)
		if err != nil {
			return 0, err
		}
		if i >= r.hdr.entryCount {
			return 0, formatErrorf(l.base+4*int64(mid), l.part, "entry %d of %d", i, r.hdr.entryCount)
		}
		d, err := r.dirent(i)
		if err != nil {
			return 0, err
		}
		if d.ns < ns {
			lo = mid + 1
		} else {
			hi = mid
		}
	}
	return lo, nil
}
