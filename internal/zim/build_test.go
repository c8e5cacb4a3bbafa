package zim

import (
	"bytes"
	"cmp"
	"crypto/md5"
	"encoding/binary"
	"image"
	"image/png"
	"slices"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
	"github.com/ulikunitz/xz"
)

// testArchive builds small archives by hand, right or wrong in one place, without Writer.
type testArchive struct {
	hdr      header // counts and positions are filled in by build
	mimes    []string
	entries  []testEntry // as they go into the path list: build does not sort
	clusters []testCluster
	main     string // "ns/path"; empty is none
	noV0     bool
	noSum    bool // header of 72 bytes
	front    []string
	listing  []byte // v1, instead of front
	mimeTail string // instead of the zero byte that ends the list
}

type testEntry struct {
	dirent
	target string // "ns/path" of a redirect
}

type testCluster struct {
	info  byte
	blobs [][]byte
	body  []byte // instead of table and blobs, not yet compressed
	final []byte // instead of all that follows the first byte
}

// testLayout says where build put things.
type testLayout struct {
	dirents, clusters             []int
	pathPtr, titlePtr, clusterPtr int
	end                           int // checksum
}

var le = binary.LittleEndian

func (a *testArchive) index(name string) uint32 {
	for i, e := range a.entries {
		if string(e.ns)+"/"+e.path == name {
			return uint32(i)
		}
	}
	return noEntry
}

func (a *testArchive) entry(name string) *testEntry { return &a.entries[a.index(name)] }

// item adds an entry at the end of cluster c.
func (a *testArchive) item(name, title, mime string, c int, data []byte) {
	m := slices.Index(a.mimes, mime)
	if m < 0 {
		m = len(a.mimes)
		a.mimes = append(a.mimes, mime)
	}
	a.entries = append(a.entries, testEntry{dirent: dirent{
		mime: uint16(m), ns: name[0], path: name[2:], title: title, cluster: uint32(c), blob: uint32(len(a.clusters[c].blobs)),
	}})
	a.clusters[c].blobs = append(a.clusters[c].blobs, data)
}

func (a *testArchive) redirect(name, title, target string) {
	a.entries = append(a.entries, testEntry{dirent: dirent{mime: mimeRedirect, ns: name[0], path: name[2:], title: title}, target: target})
}

func (a *testArchive) sort() {
	slices.SortStableFunc(a.entries, func(x, y testEntry) int {
		return cmp.Or(cmp.Compare(x.ns, y.ns), cmp.Compare(x.path, y.path))
	})
}

// build lays the archive out as libzim does and adds a right checksum.
func (a *testArchive) build(tb testing.TB) ([]byte, testLayout) {
	tb.Helper()
	var l testLayout
	for i := range a.entries {
		if e := &a.entries[i]; e.target != "" {
			e.redirect = a.index(e.target)
		}
	}
	if i := a.index("X/" + listingV1Path); i != noEntry {
		e := a.entries[i]
		list := a.listing
		if list == nil {
			for _, f := range a.front {
				list = le.AppendUint32(list, a.index(f))
			}
		}
		a.clusters[e.cluster].blobs[e.blob] = list
	}
	h := a.hdr
	h.entryCount, h.clusterCount = uint32(len(a.entries)), uint32(len(a.clusters))
	h.mimeListPos, h.layoutPage, h.mainPage = headerLen, noEntry, noEntry
	if a.noSum {
		h.mimeListPos = oldHeaderLen
	}
	if a.main != "" {
		h.mainPage = a.index(a.main)
	}
	b := make([]byte, h.mimeListPos)
	for _, m := range a.mimes {
		b = append(b, m+"\x00"...)
	}
	b = append(b, cmp.Or(a.mimeTail, "\x00")...)
	for _, c := range a.clusters {
		l.clusters = append(l.clusters, len(b))
		b = append(append(b, c.info), c.encode(tb)...)
	}
	for _, e := range a.entries {
		l.dirents = append(l.dirents, len(b))
		b = e.appendTo(b)
	}
	l.pathPtr = len(b)
	for _, d := range l.dirents {
		b = le.AppendUint64(b, uint64(d))
	}
	l.titlePtr = len(b)
	h.titlePtrPos = noList
	if !a.noV0 {
		h.titlePtrPos = uint64(len(b))
		for _, i := range a.byTitle() {
			b = le.AppendUint32(b, i)
		}
	}
	l.clusterPtr = len(b)
	for _, c := range l.clusters {
		b = le.AppendUint64(b, uint64(c))
	}
	l.end = len(b)
	h.pathPtrPos, h.clusterPtrPos, h.checksumPos = uint64(l.pathPtr), uint64(l.clusterPtr), uint64(l.end)
	copy(b[:h.mimeListPos], h.appendTo(nil))
	if a.noSum {
		return b, l
	}
	sum := md5.Sum(b)
	return append(b, sum[:]...), l
}

func (a *testArchive) byTitle() []uint32 {
	order := make([]uint32, len(a.entries))
	for i := range order {
		order[i] = uint32(i)
	}
	slices.SortStableFunc(order, func(i, j uint32) int {
		x, y := a.entries[i], a.entries[j]
		return cmp.Or(cmp.Compare(x.ns, y.ns), cmp.Compare(cmp.Or(x.title, x.path), cmp.Or(y.title, y.path)))
	})
	return order
}

func (c *testCluster) encode(tb testing.TB) []byte {
	tb.Helper()
	if c.final != nil {
		return c.final
	}
	body := c.body
	if body == nil {
		body = testTable(c.blobs, c.info&clusterExtended != 0)
	}
	switch c.info & 15 {
	case clusterZstd:
		return zstdBytes(tb, body)
	case clusterXZ:
		return xzBytes(tb, body)
	}
	return body
}

func testTable(blobs [][]byte, extended bool) []byte {
	width := 4
	if extended {
		width = 8
	}
	at := (len(blobs) + 1) * width
	var b []byte
	for i := range len(blobs) + 1 {
		if extended {
			b = le.AppendUint64(b, uint64(at))
		} else {
			b = le.AppendUint32(b, uint32(at))
		}
		if i < len(blobs) {
			at += len(blobs[i])
		}
	}
	return append(b, bytes.Join(blobs, nil)...)
}

func zstdBytes(tb testing.TB, data []byte, opts ...zstd.EOption) []byte {
	tb.Helper()
	enc, err := zstd.NewWriter(nil, append([]zstd.EOption{zstd.WithEncoderConcurrency(1)}, opts...)...)
	if err != nil {
		tb.Fatal(err)
	}
	defer enc.Close()
	return enc.EncodeAll(data, nil)
}

func xzBytes(tb testing.TB, data []byte) []byte {
	tb.Helper()
	var b bytes.Buffer
	w, err := xz.NewWriter(&b)
	if err != nil {
		tb.Fatal(err)
	}
	if _, err := w.Write(data); err != nil {
		tb.Fatal(err)
	}
	if err := w.Close(); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// rehash makes the checksum right again.
func rehash(b []byte) {
	sum := md5.Sum(b[:len(b)-checksumLen])
	copy(b[len(b)-checksumLen:], sum[:])
}

func testPNG(tb testing.TB, side int) []byte {
	tb.Helper()
	var b bytes.Buffer
	if err := png.Encode(&b, image.NewGray(image.Rect(0, 0, side, side))); err != nil {
		tb.Fatal(err)
	}
	return b.Bytes()
}

// baseArchive is an archive on which Check finds nothing: two pages, a style, a picture, a redirect.
func baseArchive(tb testing.TB) *testArchive {
	tb.Helper()
	a := &testArchive{
		hdr:      header{major: 6, minor: 1, uuid: [16]byte{1, 2, 3}},
		clusters: []testCluster{{info: clusterZstd}, {info: clusterNone}},
		main:     "W/mainPage",
		front:    []string{"C/second.html", "C/index.html"},
	}
	a.item("C/index.html", "Home", "text/html", 0, []byte("<!DOCTYPE html><title>Home</title><p>home "+strings.Repeat("sweet ", 40)))
	a.item("C/second.html", "A second page", "text/html", 0, []byte("<!DOCTYPE html><title>A second page</title><p>two"))
	a.item("C/a.css", "", "text/css", 0, []byte("p{margin:0}"))
	a.item("C/photo.png", "", "image/png", 1, testPNG(tb, 2))
	a.redirect("C/old.html", "Old home", "C/index.html")
	for _, m := range [][2]string{
		{"Counter", "image/png=1;text/css=1;text/html=2"},
		{"Creator", "nobody"},
		{"Date", "2022-01-31"},
		{"Description", "An archive for tests"},
		{"Language", "eng"},
		{"Name", "test_en"},
		{"Publisher", "samizdat"},
		{"Title", "Test"},
	} {
		a.item("M/"+m[0], "", "text/plain", 0, []byte(m[1]))
	}
	a.item("M/Illustration_48x48@1", "", "image/png", 1, testPNG(tb, 48))
	a.redirect("W/mainPage", "", "C/index.html")
	a.item("X/"+listingV1Path, "", "application/octet-stream+zimlisting", 1, nil)
	a.sort()
	return a
}

// oldArchive is the same content as format 5.0 had it: namespaces A, I and -, xz, no list of front articles.
func oldArchive(tb testing.TB) *testArchive {
	tb.Helper()
	a := baseArchive(tb)
	a.hdr.major, a.hdr.minor, a.main = 5, 0, "A/index.html"
	a.clusters[0].info = clusterXZ
	a.entries = slices.DeleteFunc(a.entries, func(e testEntry) bool { return e.ns == 'W' || e.ns == 'X' })
	for i := range a.entries {
		e := &a.entries[i]
		switch {
		case e.ns != 'C':
		case e.path == "photo.png":
			e.ns = 'I'
		case e.path == "a.css":
			e.ns = '-'
		default:
			e.ns = 'A'
			e.target = strings.Replace(e.target, "C/", "A/", 1)
		}
	}
	a.sort()
	return a
}

func openBytes(tb testing.TB, b []byte, opts *ReaderOptions) *Reader {
	tb.Helper()
	r, err := NewReader(bytes.NewReader(b), int64(len(b)), opts)
	if err != nil {
		tb.Fatal(err)
	}
	return r
}
