package zim

import (
	"fmt"
	"unicode/utf8"
)

// checkEntries: pointers in range, entries whole, strictly ascending, and every number in them in range. It also
// notes the entries that later rules ask for, so that those need no search in a list that may be out of order.
// ZIM, "Path Pointer List", "Directory Entries".
func (c *checker) checkEntries() {
	r := c.r
	if !c.pathsOK {
		c.skip(32, "header", "entries and all that needs them, because the path pointer list is not in the file")
		return
	}
	if c.blobs == nil {
		c.skip(48, "header", "the cluster and blob numbers of entries, because clusters could not be read")
	}
	if !c.mimesOK {
		c.skip(56, "header", "the MIME indexes of entries, because the MIME list could not be read")
	}
	c.targets = make([]uint32, r.hdr.entryCount) // a pointer of 8 bytes in the file stands behind each
	c.known = map[string]uint32{}
	var last *direntRecord
	var total int64
	s := direntScanner{r: r}
	for i := range r.hdr.entryCount {
		if i%1024 == 0 && c.stopped() {
			return
		}
		c.targets[i] = brokenEntry
		d, err := s.at(i)
		if err != nil {
			kind := kindDirent
			if off, err := s.offset(i); err != nil || off < r.mimeEnd {
				kind = kindPathPtr
			}
			c.fail(kind, err)
			total += costOf(err)
		} else {
			c.checkEntry(d)
			if last != nil && d.compare(last.ns, last.path) <= 0 {
				c.add(Error, kindOrder, d.offset, d.part(), "%s is not behind %s of entry %d", name(d), name(last), last.index)
			}
			last = d
			total += int64(d.length)
		}
		if overlap := r.overlap(i, total); overlap != nil {
			c.fail(kindDirent, overlap)
			c.overlap = true
			c.skip(int64(r.hdr.pathPtrPos), "path pointer list", fmt.Sprintf("entries from %d on, because entries overlap", i+1))
			for i++; i < r.hdr.entryCount; i++ {
				c.targets[i] = brokenEntry
			}
			return
		}
	}
}

// name shows an entry's namespace and path, quoted, not endless.
func name(d *direntRecord) string {
	path := d.path
	if len(path) > 80 {
		path = path[:80] + "…"
	}
	return fmt.Sprintf("%q", string([]byte{d.ns, '/'})+path)
}

func (c *checker) checkEntry(d *direntRecord) {
	r := c.r
	c.targets[d.index] = notRedirect
	add := func(severity Severity, kind, format string, args ...any) {
		c.add(severity, kind, d.offset, d.part(), "%s: %s", name(d), fmt.Sprintf(format, args...))
	}
	if d.offset < r.mimeEnd {
		add(Error, kindPathPtr, "lies inside the MIME list, which ends at %#x", r.mimeEnd)
	}
	if !utf8.ValidString(d.path) || !utf8.ValidString(d.title) {
		add(Error, kindDirent, "path or title is not UTF-8")
	}
	if d.length > 5120 {
		add(Warning, kindDirent, "%d bytes, but Kiwix JS reads only 5120", d.length)
	}
	if !r.OldNamespaces() && d.ns != NamespaceContent && d.ns != NamespaceMetadata && d.ns != NamespaceWellKnown && d.ns != NamespaceIndex {
		add(Warning, kindDirent, "namespace is none of C, M, W and X")
	}
	switch {
	case d.mime == mimeRedirect:
		if d.redirect >= r.hdr.entryCount {
			add(Error, kindRedirect, "leads to entry %d of %d", d.redirect, r.hdr.entryCount)
			c.targets[d.index] = brokenEntry
		} else {
			c.targets[d.index] = d.redirect
		}
	case !d.isItem():
		add(Warning, kindDirent, "obsolete entry without data")
	default:
		c.checkItem(d, add)
	}
	c.note(d)
}

func (c *checker) checkItem(d *direntRecord, add func(Severity, string, string, ...any)) {
	if c.mimesOK && int(d.mime) >= len(c.r.mimes) {
		add(Error, kindMIMEIndex, "MIME type %d of %d", d.mime, len(c.r.mimes))
	}
	switch {
	case d.cluster >= c.r.hdr.clusterCount:
		add(Error, kindClusterIndex, "cluster %d of %d", d.cluster, c.r.hdr.clusterCount)
	case c.blobs == nil || c.blobs[d.cluster] == unknownBlobs:
	case d.blob >= c.blobs[d.cluster]:
		add(Error, kindClusterIndex, "blob %d of %d in cluster %d", d.blob, c.blobs[d.cluster], d.cluster)
	case c.contentNamespace(d.ns) && c.empty[blobID{d.cluster, d.blob}]:
		add(Error, kindEmpty, "item without a byte; zimcheck fails on it")
	}
}

func (c *checker) contentNamespace(ns byte) bool {
	if !c.r.OldNamespaces() {
		return ns == NamespaceContent
	}
	return ns == 'A' || ns == 'I' || ns == 'J' || ns == '-'
}

// note keeps the index of an entry that rules ask for by name.
func (c *checker) note(d *direntRecord) {
	switch full := string([]byte{d.ns, '/'}) + d.path; full {
	case "W/" + mainPagePath, "X/" + listingV0Path, "X/" + listingV1Path, "-/favicon", "-/favicon.png", "I/favicon", "I/favicon.png":
		c.known[full] = d.index
	}
	if d.ns == NamespaceMetadata && len(c.meta) < maxMetadataEntries {
		c.meta = append(c.meta, d.index)
	}
}

const maxMetadataEntries = 10_000 // examined; archives have about twenty

// checkRedirects: every redirect leads to an item within 50 hops.
func (c *checker) checkRedirects() {
	for i, target := range c.targets {
		if i%1024 == 0 && c.stopped() {
			return
		}
		hops := 0
		for at := target; at < brokenEntry; at = c.targets[at] {
			if hops++; hops > maxHops {
				c.atEntry(uint32(i), Error, kindLoop, "%v: no item within %d redirects", ErrRedirectLoop, maxHops)
				break
			}
			if c.targets[at] == brokenEntry {
				c.atEntry(uint32(i), Error, kindRedirect, "leads to entry %d, which is broken", at)
			}
		}
	}
}

// atEntry adds a problem of an entry that was read before.
func (c *checker) atEntry(i uint32, severity Severity, kind, format string, args ...any) {
	if c.counts[kind] > maxPerKind { // it will only be counted, and need not be read again for that
		c.counts[kind]++
		return
	}
	d, err := c.r.dirent(i)
	if err != nil {
		return // said before
	}
	c.add(severity, kind, d.offset, d.part(), "%s: %s", name(d), fmt.Sprintf(format, args...))
}

// resolve returns the item that entry i leads to; nil if it is broken, which was said before.
func (c *checker) resolve(i uint32) *direntRecord {
	for range maxHops + 1 {
		if i >= uint32(len(c.targets)) || c.targets[i] == brokenEntry {
			return nil
		}
		if c.targets[i] == notRedirect {
			d, err := c.r.dirent(i)
			if err != nil || !d.isItem() {
				return nil
			}
			return d
		}
		i = c.targets[i]
	}
	return nil
}
