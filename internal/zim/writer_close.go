package zim

import (
	"bufio"
	"bytes"
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"fmt"
	"io"
	"slices"
	"strconv"
	"strings"
)

const counterPath = "Counter" // in M

// Close adds what only the whole gives (the count of MIME types, the main page, the title listings), writes the
// directory and the header, reads the file once to compute its checksum, and leaves the file open. Redirects are
// checked here: a bad one gives an [*EntryError] that wraps ErrDanglingRedirect or ErrRedirectLoop. A second Close
// returns ErrWriterClosed.
func (w *Writer) Close() error {
	if err := w.usable(); err != nil {
		return err
	}
	w.closed = true
	if err := w.finish(); err != nil {
		return w.fail(err)
	}
	return nil
}

func (w *Writer) finish() error {
	if err := w.addCounter(); err != nil {
		return err
	}
	if w.mainPage != "" {
		w.entries = append(w.entries, writerEntry{
			ns: NamespaceWellKnown, path: mainPagePath, redirect: true, target: w.mainPage,
		})
	}
	w.entries = append(w.entries, writerEntry{
		ns: NamespaceIndex, path: listingV1Path, mime: w.mimeIDs[listingMIMEType],
	})
	slices.SortFunc(w.entries, func(a, b writerEntry) int { return compareEntry(&a, b.ns, b.path) })
	targets, err := w.resolveRedirects()
	if err != nil {
		return err
	}
	if err := w.writeListingV1(); err != nil {
		return err
	}
	h, err := w.writeDirectory(targets)
	if err != nil {
		return fmt.Errorf("zim: write directory: %w", err)
	}
	if err := w.writeHeader(h); err != nil {
		return fmt.Errorf("zim: write header: %w", err)
	}
	if err := w.writeChecksum(int64(h.checksumPos)); err != nil {
		return fmt.Errorf("zim: write checksum: %w", err)
	}
	return nil
}

// addCounter writes M/Counter: how many content items there are of each MIME type.
func (w *Writer) addCounter() error {
	counts := map[string]int{}
	for i := range w.entries {
		if e := &w.entries[i]; e.ns == NamespaceContent && !e.redirect {
			mime, _, _ := strings.Cut(w.mimes[e.mime], ";")
			counts[strings.TrimSpace(mime)]++
		}
	}
	parts := make([]string, 0, len(counts))
	for mime, n := range counts {
		parts = append(parts, mime+"="+strconv.Itoa(n))
	}
	slices.Sort(parts)
	blob, err := w.storeBytes([]byte(strings.Join(parts, ";")), false)
	if err != nil {
		return &EntryError{Op: "add", Namespace: NamespaceMetadata, Path: counterPath, Err: err}
	}
	w.entries = append(w.entries, writerEntry{
		ns: NamespaceMetadata, path: counterPath, mime: w.mimeIDs[metadataMIMEType], blob: blob,
	})
	return nil
}

// compareEntry orders by namespace, then path, byte by byte. ZIM, "Path Pointer List".
func compareEntry(e *writerEntry, ns byte, path string) int {
	return cmp.Or(cmp.Compare(e.ns, ns), strings.Compare(e.path, path))
}

// find returns the index of an entry, once entries are sorted.
func (w *Writer) find(ns byte, path string) (uint32, bool) {
	i, ok := slices.BinarySearchFunc(w.entries, path, func(e writerEntry, path string) int {
		return compareEntry(&e, ns, path)
	})
	return uint32(i), ok
}

// resolveRedirects returns the target's index for the index of each redirect. Every redirect leads to an item.
func (w *Writer) resolveRedirects() (map[uint32]uint32, error) {
	targets := map[uint32]uint32{}
	for i := range w.entries {
		e := &w.entries[i]
		if !e.redirect {
			continue
		}
		op, ns := "redirect", e.ns
		if e.ns == NamespaceWellKnown && e.path == mainPagePath {
			op, ns = "main page", NamespaceContent
		}
		to, ok := w.find(ns, e.target)
		if !ok {
			err := fmt.Errorf("%w: %q", ErrDanglingRedirect, string(ns)+"/"+e.target)
			return nil, &EntryError{Op: op, Namespace: e.ns, Path: e.path, Err: err}
		}
		targets[uint32(i)] = to
	}
	for i := range w.entries {
		e, at := &w.entries[i], uint32(i)
		for hops := 0; w.entries[at].redirect; hops++ {
			if hops == maxHops {
				err := fmt.Errorf("%w: no item after %d hops, by way of %q", ErrRedirectLoop, maxHops,
					string(w.entries[at].ns)+"/"+w.entries[at].path)
				return nil, &EntryError{Op: "redirect", Namespace: e.ns, Path: e.path, Err: err}
			}
			at = targets[at]
		}
	}
	return targets, nil
}

// displayTitle is the title, or the path if it is empty.
func (e *writerEntry) displayTitle() string {
	if e.title == "" {
		return e.path
	}
	return e.title
}

// writeListingV1 writes the front articles, ordered by title, as an entry of its own. It stands in a raw cluster,
// because libzim passes over a compressed one, and in the last one, because it changes with every edition. ZIM,
// "Title Pointer List".
func (w *Writer) writeListingV1() error {
	var front []uint32
	for i := range w.entries {
		if w.entries[i].front {
			front = append(front, uint32(i))
		}
	}
	if len(front) == 0 {
		return fmt.Errorf("zim: %w", ErrNoFrontArticle)
	}
	slices.SortStableFunc(front, func(a, b uint32) int {
		return strings.Compare(w.entries[a].displayTitle(), w.entries[b].displayTitle())
	})
	list := make([]byte, 0, 4*len(front))
	for _, i := range front {
		list = binary.LittleEndian.AppendUint32(list, i)
	}
	for _, open := range []**openCluster{&w.raw, &w.text} {
		if err := w.closeCluster(open); err != nil {
			return fmt.Errorf("zim: %w", err)
		}
	}
	blob, err := w.streamBlob(nil, bytes.NewReader(list), int64(len(list)))
	if err != nil {
		return fmt.Errorf("zim: write title listing: %w", err)
	}
	i, _ := w.find(NamespaceIndex, listingV1Path)
	w.entries[i].blob = blob
	return nil
}

// writeDirectory writes the directory entries and the three pointer lists in the order of libzim, and returns a
// header that says where they are.
func (w *Writer) writeDirectory(targets map[uint32]uint32) (*header, error) {
	h := &header{
		major:        majorVersion,
		minor:        minorVersion,
		uuid:         w.uuid(),
		entryCount:   uint32(len(w.entries)),
		clusterCount: uint32(len(w.clusters.offsets)),
		mimeListPos:  headerLen,
		mainPage:     noEntry,
		layoutPage:   noEntry,
	}
	if w.mainPage != "" {
		h.mainPage, _ = w.find(NamespaceWellKnown, mainPagePath) // the redirect: Kiwix JS reads only this field
	}
	mimeIndex := w.sortedMIMEIndex()
	le := binary.LittleEndian
	bw := bufio.NewWriterSize(w.out, streamBytes)
	pos := uint64(w.out.pos) // where bw's next byte goes
	var buf []byte
	put := func() {
		bw.Write(buf) // its error stays until Flush
		pos += uint64(len(buf))
		buf = buf[:0]
	}

	offsets := make([]uint64, len(w.entries))
	for i := range w.entries {
		e := &w.entries[i]
		d := dirent{ns: e.ns, path: e.path, title: e.displayTitle()}
		if e.redirect {
			d.mime, d.redirect = mimeRedirect, targets[uint32(i)]
		} else {
			b := &w.blobs[e.blob]
			d.mime, d.cluster, d.blob = mimeIndex[e.mime], uint32(*b.cluster), b.blob
		}
		offsets[i] = pos
		buf = d.appendTo(buf)
		put()
	}
	h.pathPtrPos = pos
	for _, o := range offsets {
		buf = le.AppendUint64(buf, o)
		put()
	}
	h.titlePtrPos = pos // version 0, which older tools insist on (openzim/zim-tools#484)
	for _, i := range w.titleOrder() {
		buf = le.AppendUint32(buf, i)
		put()
	}
	h.clusterPtrPos = pos
	for _, o := range w.clusters.offsets {
		buf = le.AppendUint64(buf, o)
		put()
	}
	h.checksumPos = pos
	return h, bw.Flush()
}

// sortedMIMEIndex returns the place in the sorted list for each of w.mimes.
func (w *Writer) sortedMIMEIndex() []uint16 {
	index := make([]uint16, len(w.mimes))
	for i, mime := range w.sortedMIMEs() {
		index[w.mimeIDs[mime]] = uint16(i)
	}
	return index
}

func (w *Writer) sortedMIMEs() []string { return slices.Sorted(slices.Values(w.mimes)) }

// titleOrder returns all entries by namespace and title. ZIM, "Title Pointer List", version 0.
func (w *Writer) titleOrder() []uint32 {
	order := make([]uint32, len(w.entries))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(a, b uint32) int {
		x, y := &w.entries[a], &w.entries[b]
		return cmp.Or(cmp.Compare(x.ns, y.ns), strings.Compare(x.displayTitle(), y.displayTitle()))
	})
	return order
}

// writeHeader writes header and MIME list into the room kept for them. The rest of the room stays zero.
func (w *Writer) writeHeader(h *header) error {
	b := h.appendTo(nil)
	for _, mime := range w.sortedMIMEs() {
		b = append(append(b, mime...), 0)
	}
	return w.out.writeAt(append(b, 0), 0)
}

// writeChecksum writes the MD5 of the first n bytes, which are the whole file so far. ZIM, "Checksum".
func (w *Writer) writeChecksum(n int64) error {
	sum := md5.New()
	got, err := io.CopyBuffer(sum, io.NewSectionReader(w.out.f, 0, n), make([]byte, streamBytes))
	if err == nil && got != n {
		err = io.ErrUnexpectedEOF
	}
	if err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	if _, err := w.out.Write(sum.Sum(nil)); err != nil {
		return err
	}
	w.stats.FileBytes = w.out.pos
	return nil
}
