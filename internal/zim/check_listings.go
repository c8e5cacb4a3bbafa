package zim

import (
	"encoding/binary"
	"fmt"
	"io"
)

// checkListings: every entry in the lists by title exists, is in order, and the list of front articles is stored raw.
// ZIM, "Title Pointer List".
func (c *checker) checkListings() {
	if c.targets == nil {
		return // said before
	}
	r := c.r
	if c.overlap {
		c.skip(40, "header", "the lists by title, because entries overlap")
		return
	}
	v1, hasV1 := c.known["X/"+listingV1Path]
	v0, hasV0 := c.known["X/"+listingV0Path]
	hasV0 = hasV0 || r.hdr.titlePtrPos != noList
	switch {
	case hasV0 && c.titlesOK:
		pos := int64(r.hdr.titlePtrPos)
		c.checkListing(listingV0, "title pointer list", io.NewSectionReader(r.r, pos, 4*int64(r.hdr.entryCount)), pos, r.hdr.entryCount)
	case hasV0 && r.hdr.titlePtrPos == noList:
		c.checkListingEntry(listingV0, v0)
	case hasV0:
		c.skip(40, "header", "the title pointer list, because it is not in the file")
	}
	switch {
	case hasV1:
		c.checkListingEntry(listingV1, v1)
		if d := c.resolve(v1); d != nil && c.clustOK {
			if h, err := r.head(d.cluster); err == nil && !h.raw() {
				severity := Error
				if hasV0 {
					severity = Warning
				}
				c.add(severity, kindListing, d.offset, d.part(), "%s: its cluster is compressed, libzim reads it only from a raw one", name(d))
			}
		}
	case !hasV0 && r.hdr.entryCount > 0:
		c.add(Error, kindListing, 40, "header", "no list by title, neither v0 nor v1: libzim throws")
	case !r.OldNamespaces():
		c.add(Warning, kindListing, 40, "header", "no list of front articles, X/%s: every entry counts as an article", listingV1Path)
	}
}

// listingKind tells the two lists apart.
type listingKind int

const (
	listingV0 listingKind = iota // all entries, by namespace and title
	listingV1                    // front articles, by title
)

func (c *checker) checkListingEntry(kind listingKind, i uint32) {
	d := c.resolve(i)
	if d == nil {
		c.atEntry(i, Error, kindListing, "leads to no item")
		return
	}
	b, err := (Entry{c.r, d}).Blob()
	if err != nil {
		c.fail(kindListing, err)
		return
	}
	defer b.Close()
	offset := d.offset
	if at, raw := b.Section(); raw {
		offset = at
	}
	if b.Size()%4 != 0 || b.Size()/4 > int64(c.r.hdr.entryCount) {
		c.add(Error, kindListing, offset, name(d), "%d bytes, want a multiple of 4 and at most %d", b.Size(), 4*int64(c.r.hdr.entryCount))
		return
	}
	if kind == listingV1 && b.Size() == 0 {
		c.add(Warning, kindListing, d.offset, d.part(), "%s: empty; libzim then counts no articles and suggests none (libzim#590)", name(d))
	}
	c.checkListing(kind, name(d), b, offset, uint32(b.Size()/4))
}

// checkListing reads the list of n entry indexes that lies at offset.
func (c *checker) checkListing(kind listingKind, part string, list io.ReaderAt, offset int64, n uint32) {
	buf := make([]byte, 4<<10)
	seen := make([]uint64, c.r.hdr.entryCount/64+1)
	var last *direntRecord
	var total int64 // bytes of entries
	for i := range n {
		if i%1024 == 0 {
			if c.stopped() {
				return
			}
			k := min(len(buf), 4*int(min(n-i, 1024)))
			if m, err := list.ReadAt(buf[:k], 4*int64(i)); m < k {
				c.fail(kindListing, formatErrorf(offset+4*int64(i), part, "%w", err))
				return
			}
		}
		at := offset + 4*int64(i)
		index := binary.LittleEndian.Uint32(buf[i%1024*4:])
		if index >= c.r.hdr.entryCount {
			c.add(Error, kindListing, at, part, "position %d is entry %d of %d", i, index, c.r.hdr.entryCount)
			continue
		}
		if bit := uint64(1) << (index % 64); seen[index/64]&bit != 0 {
			c.add(Warning, kindListing, at, part, "position %d is entry %d for the second time", i, index)
		} else {
			seen[index/64] |= bit
		}
		d, err := c.r.dirent(index)
		if err != nil {
			continue // said before
		}
		if total += int64(d.length); c.r.overlap(i, total) != nil {
			c.add(Error, kindListing, at, part, "the first %d entries by title have %d bytes, the file %d: some stand here again and again", i+1, total, c.r.size)
			return
		}
		if kind == listingV1 && !c.contentNamespace(d.ns) {
			c.add(Error, kindListing, at, part, "position %d is %s, which is no content", i, name(d))
		}
		if last != nil && titleBefore(kind, d, last) {
			c.add(Error, kindListing, at, part, "position %d is %s with title %s, which belongs before %s", i, name(d), quoteTitle(d), quoteTitle(last))
		}
		last = d
	}
}

// titleBefore reports whether a must stand before b. ZIM, "Title Pointer List".
func titleBefore(kind listingKind, a, b *direntRecord) bool {
	if kind == listingV0 && a.ns != b.ns {
		return a.ns < b.ns
	}
	return Entry{d: a}.Title() < Entry{d: b}.Title()
}

func quoteTitle(d *direntRecord) string {
	t := Entry{d: d}.Title()
	if len(t) > 80 {
		t = t[:80] + "…"
	}
	return fmt.Sprintf("%q", t)
}

// checkMainPage: W/mainPage and the header lead to the same item. ZIM, "Header", "Well Known Entries".
func (c *checker) checkMainPage() {
	if c.targets == nil {
		return
	}
	r := c.r
	w, hasW := c.known["W/"+mainPagePath]
	h := r.hdr.mainPage
	switch {
	case h == noEntry && !hasW:
		c.add(Error, kindMainPage, 64, "header", "no main page")
	case h == noEntry:
		c.add(Warning, kindMainPage, 64, "header", "no main page here, only W/%s: Kiwix JS looks here", mainPagePath)
	case h >= r.hdr.entryCount:
		c.add(Error, kindMainPage, 64, "header", "the main page is entry %d of %d", h, r.hdr.entryCount)
	case c.resolve(h) == nil:
		c.add(Error, kindMainPage, 64, "header", "the main page, entry %d, leads to no item", h)
	}
	if !hasW {
		if !r.OldNamespaces() && h < r.hdr.entryCount {
			c.add(Warning, kindMainPage, 64, "header", "no entry W/%s", mainPagePath)
		}
		return
	}
	item := c.resolve(w)
	if item == nil {
		c.atEntry(w, Error, kindMainPage, "leads to no item")
	} else if h < r.hdr.entryCount {
		if other := c.resolve(h); other != nil && other.index != item.index {
			c.add(Warning, kindMainPage, 64, "header", "the main page is %s here, but %s by W/%s", name(other), name(item), mainPagePath)
		}
	}
}
