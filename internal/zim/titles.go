package zim

import (
	"bytes"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"sync"
)

// titleLists finds, when first asked, the list of articles by title.
type titleLists struct {
	mu    sync.Mutex
	found *articleList
}

// articleList is a run of u32 entry indexes ordered by title.
type articleList struct {
	part  string
	list  io.ReaderAt
	from  int64 // of the first article, in bytes
	count uint32
	base  int64 // offset of list in the archive; 0 if it is compressed
}

// maxListing is the size in bytes up to which a compressed listing is kept in memory once it was asked for. Writers
// store listings raw; this is that of 256,000 articles.
const maxListing = 1 << 20

// compressedList reads a longer one out of its cluster each time.
type compressedList struct{ e Entry }

func (c compressedList) ReadAt(p []byte, off int64) (int, error) {
	b, err := c.e.Blob()
	if err != nil {
		return 0, err
	}
	defer b.Close()
	return b.ReadAt(p, off)
}

// ArticleCount returns the number of articles that [Reader.Article] knows: the front articles of list v1 or, where it is
// missing or empty, everything in the namespace of content (C, or A in the old scheme) of list v0. It is 0 if both lists
// are missing or damaged; [Check] tells which.
func (r *Reader) ArticleCount() uint32 {
	l, err := r.articles()
	if err != nil {
		return 0
	}
	return l.count
}

// Article returns the i-th article by title, which may be a redirect. Out of range wraps [fs.ErrNotExist].
func (r *Reader) Article(i uint32) (Entry, error) {
	l, err := r.articles()
	if err != nil {
		return Entry{}, err
	}
	if i >= l.count {
		return Entry{}, &missingError{fmt.Sprintf("for article %d of %d", i, l.count)}
	}
	index, err := l.at(i)
	if err != nil {
		return Entry{}, err
	}
	if index >= r.hdr.entryCount {
		return Entry{}, formatErrorf(l.base+l.from+4*int64(i), l.part, "article %d is entry %d of %d", i, index, r.hdr.entryCount)
	}
	return r.EntryAt(index)
}

func (l *articleList) at(i uint32) (uint32, error) {
	b := getScratch()
	defer putScratch(b)
	if n, err := l.list.ReadAt(b[:4], l.from+4*int64(i)); n < 4 {
		return 0, formatErrorf(l.base+l.from+4*int64(i), l.part, "%w", err)
	}
	return binary.LittleEndian.Uint32(b[:4]), nil
}

// articles finds the list. A failure is not remembered.
func (r *Reader) articles() (*articleList, error) {
	r.titles.mu.Lock()
	defer r.titles.mu.Unlock()
	if r.titles.found != nil {
		return r.titles.found, nil
	}
	l, err := r.listingV1()
	if err != nil || l.count == 0 {
		var v0 *articleList
		if v0, err = r.listingV0(); err == nil {
			l, err = r.contentOf(v0)
		}
	}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		l = &articleList{}
	case err != nil:
		return nil, err
	}
	r.titles.found = l
	return l, nil
}

// listingV1 returns the front articles. ZIM, "Title Pointer List".
func (r *Reader) listingV1() (*articleList, error) { return r.listingEntry(listingV1Path) }

// listingV0 returns all entries, from where the header says or else from the entry that libzim 7 to 9.2 made.
func (r *Reader) listingV0() (*articleList, error) {
	if r.hdr.titlePtrPos == noList {
		return r.listingEntry(listingV0Path)
	}
	pos, n := int64(r.hdr.titlePtrPos), r.hdr.entryCount
	return &articleList{part: "title pointer list", list: io.NewSectionReader(r.r, pos, 4*int64(n)), count: n, base: pos}, nil
}

func (r *Reader) listingEntry(path string) (*articleList, error) {
	e, err := r.Entry(NamespaceIndex, path)
	if err != nil {
		return nil, err
	}
	b, err := e.Blob()
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
	if b.Size() > maxListing {
		l.list = compressedList{e}
		return l, nil
	}
	list := make([]byte, b.Size())
	if n, err := b.ReadAt(list, 0); n < len(list) {
		return nil, fmt.Errorf("zim: read %s: %w", l.part, err)
	}
	l.list = bytes.NewReader(list)
	return l, nil
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
	narrow := *l
	narrow.from, narrow.count = 4*int64(from), max(to, from)-from
	return &narrow, nil
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
