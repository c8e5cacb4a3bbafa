package zim

import (
	"bytes"
	"crypto/sha256"
	"fmt"
	"io"
	"runtime"
	"strings"
	"unicode/utf8"
)

const (
	defaultClusterBytes = 4 << 20 // before compression; 2 MiB costs 2 % more, 8 MiB saves 2 %; docs/zim.md
	maxClusterBytes     = 1 << 30 // so that a cluster never needs 8-byte offsets

	// maxCompressedBlob bounds, in bytes, what is held in memory to be compressed, here and in every reader that
	// opens it. Longer blobs are stored raw, however well they would compress.
	maxCompressedBlob = 32 << 20

	maxDirentLen   = 5120 // bytes; what Kiwix JS 4.4 reads of one
	maxMIMEListLen = 1024 // bytes with all terminators; what Kiwix JS 4.4 reads of it

	metadataMIMEType     = "text/plain;charset=utf-8"
	illustrationMIMEType = "image/png"
	listingMIMEType      = "application/octet-stream+zimlisting"
)

// File is what a [Writer] writes to; [os.File] is one. It must be empty, or have a method Truncate(int64) error
// as os.File has. ReadAt is used once, to compute the checksum. Without Truncate a large blob that turns out to be
// a duplicate stays in the file twice.
type File interface {
	io.Writer
	io.Seeker
	io.ReaderAt
}

// WriterOptions changes how a [Writer] works, never whether others can read the result.
type WriterOptions struct {
	ClusterBytes int // of content per cluster, before compression; 0 is 4 MiB, at most 1 GiB
	Workers      int // clusters compressed at a time; 0 is GOMAXPROCS. The output does not depend on it
}

// Header describes one entry to add.
type Header struct {
	Namespace    byte   // C, M, W or X; 0 is C
	Path         string // UTF-8, not percent-encoded, no leading slash
	Title        string // empty is the path
	MIMEType     string // not used by redirects
	FrontArticle bool   // listed for titles, suggestions and random pages; only in C
	Store        bool   // put it into a raw cluster even if it could be compressed
	Size         int64  // of the body in bytes, which must then agree; ≤ 0 is unknown
}

// WriterStats says what a [Writer] has written. Sizes are bytes.
type WriterStats struct {
	Entries       int // items and redirects
	Redirects     int
	FrontArticles int
	Aliases       int   // items whose content another entry already had
	AliasBytes    int64 // content that was not stored again
	RawBytes      int64 // content in raw clusters
	TextBytes     int64 // content in compressed clusters, before compression
	PackedBytes   int64 // those clusters after compression, as far as they are written
	Clusters      int
	FileBytes     int64    // the whole file, known after Close
	UUID          [16]byte // known after Close
}

// Writer writes one archive. It streams: bodies go to the file as they come, and memory grows with the number of
// entries, not with their size. The same calls give the same bytes on any machine with any number of workers.
//
// Content lies in the file in the order of Add, apart for raw and for compressed clusters; an open raw cluster is
// written before a compressed one that is full. Add media and everything else that is stored raw first, so that
// an edition with changed text leaves the bytes of the media where they were.
//
// The first error makes the Writer unusable: every later call returns it. A Writer must not be used concurrently.
type Writer struct {
	out          *writerFile
	clusters     *clusterWriter
	clusterBytes int
	maxPlain     int64 // bytes of a cluster's table and blobs that 4-byte offsets reach
	err          error // sticky
	closed       bool

	entries  []writerEntry
	taken    map[writerKey]struct{}
	mimes    []string          // in order of arrival
	mimeIDs  map[string]uint16 // index into mimes
	mimeLen  int               // bytes of the list so far
	mainPage string

	blobs   []writerBlob
	bySum   map[[sha256.Size]byte]uint32 // index into blobs
	raw     *openCluster                 // nil if there is none
	text    *openCluster                 // nil if there is none
	scratch bytes.Buffer                 // one small body at a time
	stream  []byte                       // copies large ones
	stats   WriterStats
}

// writerEntry is what is kept of an entry until Close.
type writerEntry struct {
	path, title string // title is empty if it is the path
	target      string // redirects only, in the same namespace unless it is W/mainPage
	blob        uint32 // items only, index into Writer.blobs
	mime        uint16 // items only, index into Writer.mimes
	ns          byte
	redirect    bool
	front       bool
}

type writerKey struct {
	ns   byte
	path string
}

// NewWriter starts an archive at the beginning of f and empties f if it is not empty. Nil opts are the defaults. The
// caller closes f after [Writer.Close]; after an error what f holds is not an archive.
func NewWriter(f File, opts *WriterOptions) (*Writer, error) {
	if opts == nil {
		opts = &WriterOptions{}
	}
	clusterBytes, workers := opts.ClusterBytes, opts.Workers
	if clusterBytes == 0 {
		clusterBytes = defaultClusterBytes
	}
	if workers == 0 {
		workers = runtime.GOMAXPROCS(0)
	}
	if clusterBytes < 0 || clusterBytes > maxClusterBytes {
		return nil, fmt.Errorf("zim: cluster size %d is not between 1 and %d", clusterBytes, maxClusterBytes)
	}
	if workers < 0 {
		return nil, fmt.Errorf("zim: number of workers %d is negative", workers)
	}
	out, err := newWriterFile(f)
	if err != nil {
		return nil, err
	}
	// Header and MIME list come last; this is their room. ZIM, "Header"; 2048 as libzim does.
	if _, err := out.Write(make([]byte, firstCluster)); err != nil {
		return nil, fmt.Errorf("zim: write header: %w", err)
	}
	w := &Writer{
		out:          out,
		clusters:     newClusterWriter(out, workers, clusterBytes),
		clusterBytes: clusterBytes,
		maxPlain:     1<<32 - 1,
		taken:        map[writerKey]struct{}{},
		mimeIDs:      map[string]uint16{},
		mimeLen:      1, // the empty string that ends the list
		bySum:        map[[sha256.Size]byte]uint32{},
	}
	for _, mime := range []string{metadataMIMEType, listingMIMEType} { // Close needs them
		if _, err := w.mimeID(mime); err != nil {
			return nil, err
		}
	}
	return w, nil
}

// Add writes an item. Body is read to its end. Content that the archive already has is not stored again. The error is
// an [*EntryError]; it wraps what body returned, what the file returned, or one of the errors of this package.
func (w *Writer) Add(h Header, body io.Reader) error {
	if err := w.usable(); err != nil {
		return err
	}
	if h.Namespace == 0 {
		h.Namespace = NamespaceContent
	}
	if err := w.add(h, body); err != nil {
		return w.fail(&EntryError{Op: "add", Namespace: h.Namespace, Path: h.Path, Err: err})
	}
	return nil
}

func (w *Writer) add(h Header, body io.Reader) error {
	if reservedEntry(h.Namespace, h.Path) {
		return ErrReserved
	}
	e, err := w.newEntry(h)
	if err != nil {
		return err
	}
	if e.mime, err = w.mimeID(h.MIMEType); err != nil {
		return err
	}
	raw := h.Store || h.Namespace == NamespaceIndex || !Compressible(h.MIMEType)
	if e.blob, err = w.store(body, h.Size, raw); err != nil {
		return err
	}
	w.entries = append(w.entries, e)
	return nil
}

// AddRedirect writes a redirect to targetPath in the same namespace, which may be added later. That the target exists
// and that redirects do not run in a circle is checked by Close. MIMEType, Store and Size of h are not used.
func (w *Writer) AddRedirect(h Header, targetPath string) error {
	if err := w.usable(); err != nil {
		return err
	}
	if h.Namespace == 0 {
		h.Namespace = NamespaceContent
	}
	e, err := w.newEntry(h)
	if err == nil && reservedEntry(h.Namespace, h.Path) {
		err = ErrReserved
	}
	if err != nil {
		return w.fail(&EntryError{Op: "redirect", Namespace: h.Namespace, Path: h.Path, Err: err})
	}
	e.redirect, e.target = true, strings.Clone(targetPath)
	w.entries = append(w.entries, e)
	return nil
}

// AddMetadata writes M/name: the texts about the archive, and its illustrations, which are PNG and named like
// Illustration_48x48@1. Counter is written by Close. Whether all mandatory metadata is there is for [Check] to say.
func (w *Writer) AddMetadata(name string, value []byte) error {
	mime := metadataMIMEType
	if strings.HasPrefix(name, "Illustration_") {
		mime = illustrationMIMEType
	}
	return w.Add(Header{Namespace: NamespaceMetadata, Path: name, MIMEType: mime}, bytes.NewReader(value))
}

// Flush closes the clusters that are open, so that the last ones are compressed while the caller prepares what comes next.
// Each call costs the content behind it what it could have had in common with the content before.
func (w *Writer) Flush() error {
	if err := w.usable(); err != nil {
		return err
	}
	for _, open := range []**openCluster{&w.raw, &w.text} {
		if err := w.closeCluster(open); err != nil {
			return w.fail(err)
		}
	}
	return nil
}

// SetMainPage says which content entry opens first; a redirect will do. An archive without one is valid, but
// zimcheck and Kiwix complain. That the entry exists is checked by Close.
func (w *Writer) SetMainPage(path string) { w.mainPage = path }

// Stats says what was written so far.
func (w *Writer) Stats() WriterStats {
	s := w.stats
	s.Entries = len(w.entries)
	for i := range w.entries {
		if w.entries[i].redirect {
			s.Redirects++
		}
		if w.entries[i].front {
			s.FrontArticles++
		}
	}
	s.Clusters = int(w.clusters.accepted)
	s.PackedBytes = w.clusters.packedBytes
	return s
}

// usable returns the sticky error, or ErrWriterClosed.
func (w *Writer) usable() error {
	if w.err == nil && w.closed {
		return ErrWriterClosed
	}
	return w.err
}

// fail makes err sticky.
func (w *Writer) fail(err error) error {
	w.err = err
	return err
}

// newEntry checks what items and redirects have in common and takes the path.
func (w *Writer) newEntry(h Header) (writerEntry, error) {
	switch h.Namespace {
	case NamespaceContent, NamespaceMetadata, NamespaceWellKnown, NamespaceIndex:
	default:
		return writerEntry{}, ErrInvalidNamespace
	}
	switch {
	case h.FrontArticle && h.Namespace != NamespaceContent:
		return writerEntry{}, fmt.Errorf("front article outside C: %w", ErrInvalidNamespace)
	case h.Path == "":
		return writerEntry{}, fmt.Errorf("%w: empty", ErrInvalidPath)
	case h.Path[0] == '/':
		return writerEntry{}, fmt.Errorf("%w: leading slash", ErrInvalidPath)
	case !utf8.ValidString(h.Path):
		return writerEntry{}, fmt.Errorf("%w: not UTF-8", ErrInvalidPath)
	case strings.IndexByte(h.Path, 0) >= 0:
		return writerEntry{}, fmt.Errorf("%w: NUL", ErrInvalidPath)
	case !utf8.ValidString(h.Title):
		return writerEntry{}, fmt.Errorf("%w: not UTF-8", ErrInvalidTitle)
	case strings.IndexByte(h.Title, 0) >= 0:
		return writerEntry{}, fmt.Errorf("%w: NUL", ErrInvalidTitle)
	}
	title := h.Title
	if title == h.Path {
		title = ""
	}
	if n := itemFixedLen + len(h.Path) + len(title) + 2; n > maxDirentLen {
		return writerEntry{}, fmt.Errorf("%w: %d bytes, at most %d", ErrTooLong, n, maxDirentLen)
	}
	key := writerKey{h.Namespace, strings.Clone(h.Path)}
	if _, ok := w.taken[key]; ok {
		return writerEntry{}, ErrDuplicatePath
	}
	w.taken[key] = struct{}{}
	return writerEntry{ns: h.Namespace, path: key.path, title: strings.Clone(title), front: h.FrontArticle}, nil
}

// mimeID returns the index of mime in w.mimes, where it puts it if it is new.
func (w *Writer) mimeID(mime string) (uint16, error) {
	if id, ok := w.mimeIDs[mime]; ok {
		return id, nil
	}
	if mime == "" || !utf8.ValidString(mime) || strings.IndexByte(mime, 0) >= 0 {
		return 0, fmt.Errorf("%w: %q", ErrInvalidMIMEType, mime)
	}
	if n := w.mimeLen + len(mime) + 1; n > maxMIMEListLen {
		return 0, fmt.Errorf("%w: the list has %d bytes with %q, at most %d", ErrMIMEListFull, n, mime, maxMIMEListLen)
	}
	w.mimeLen += len(mime) + 1
	id := uint16(len(w.mimes)) // below 512: each takes two bytes of the list at least
	w.mimes = append(w.mimes, strings.Clone(mime))
	w.mimeIDs[w.mimes[id]] = id
	return id, nil
}

// reservedEntry says that Close writes the entry, or that it would contradict what Close writes.
func reservedEntry(ns byte, path string) bool {
	switch ns {
	case NamespaceMetadata:
		return path == counterPath
	case NamespaceWellKnown:
		return path == mainPagePath
	case NamespaceIndex:
		return path == listingV0Path || path == listingV1Path
	}
	return false
}

// Compressible says that content of this MIME type is put into compressed clusters: text, and XML, JSON and
// JavaScript by any name. It is libzim's rule (src/tools.cpp) plus application/xml; parameters and case do not count.
func Compressible(mime string) bool {
	mime, _, _ = strings.Cut(strings.ToLower(mime), ";")
	mime = strings.TrimSpace(mime)
	switch mime {
	case "application/javascript", "application/json", "application/xml":
		return true
	}
	return strings.HasPrefix(mime, "text") || strings.Contains(mime, "+xml") || strings.Contains(mime, "+json")
}
