package zim

import (
	"bytes"
	"crypto/md5"
	"errors"
	"flag"
	"fmt"
	"hash/crc32"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
)

var update = flag.Bool("update", false, "rewrite the files below testdata")

// A vector is an archive with one fault and a right checksum. Its layer is the first that must notice.
type vector struct {
	name    string // part_fault
	layer   string
	kind    string // of the problem that Check must report; empty for sound archives
	comment string
	make    func(tb testing.TB) []byte
}

// Layers, from the outside in. What one notices the ones before it must not.
const (
	layerOpen    = "open"    // NewReader
	layerEntry   = "entry"   // Entries, Resolve
	layerCluster = "cluster" // Blob
	layerListing = "listing" // Article
	layerCheck   = "check"   // only Check
	layerNone    = ""        // success
)

// changed makes a vector by changing the base archive before it is laid out.
func changed(change func(testing.TB, *testArchive)) func(testing.TB) []byte {
	return func(tb testing.TB) []byte {
		a := baseArchive(tb)
		change(tb, a)
		b, _ := a.build(tb)
		return b
	}
}

// patched makes a vector by changing the laid out bytes; the checksum is made right afterwards.
func patched(patch func(*testArchive, []byte, testLayout)) func(testing.TB) []byte {
	return func(tb testing.TB) []byte {
		a := baseArchive(tb)
		b, l := a.build(tb)
		patch(a, b, l)
		rehash(b)
		return b
	}
}

func put64(at int, v uint64) func(testing.TB) []byte {
	return patched(func(_ *testArchive, b []byte, _ testLayout) { le.PutUint64(b[at:], v) })
}

// xzClaim is an xz stream whose block header asks for the dictionary that bits stand for.
func xzClaim(tb testing.TB, bits byte) []byte {
	b := xzBytes(tb, testTable([][]byte{[]byte("x")}, false))
	n := (int(b[12]) + 1) * 4
	block := b[12 : 12+n]
	block[bytes.Index(block, []byte{0x21, 1})+2] = bits
	le.PutUint32(block[n-4:], crc32.ChecksumIEEE(block[:n-4]))
	return b
}

// withCluster gives the archive a third cluster, with one page in it.
func withCluster(c testCluster) func(testing.TB, *testArchive) {
	return func(_ testing.TB, a *testArchive) {
		a.clusters = append(a.clusters, c)
		e := a.entry("C/second.html")
		e.cluster, e.blob = 2, 0
	}
}

var vectors = []vector{
	{"header_short", layerOpen, kindHeader, "40 bytes", func(tb testing.TB) []byte { b, _ := baseArchive(tb).build(tb); return b[:40] }},
	{"header_magic", layerOpen, kindHeader, "ZIM 5 instead of ZIM 4", patched(func(_ *testArchive, b []byte, _ testLayout) { b[3] = 5 })},
	{"header_version", layerOpen, kindHeader, "format 7", changed(func(_ testing.TB, a *testArchive) { a.hdr.major = 7 })},
	{"header_clusters_without_entries", layerOpen, kindHeader, "0 entries", patched(func(_ *testArchive, b []byte, _ testLayout) { le.PutUint32(b[24:], 0) })},
	{"header_clusters_outnumber_entries", layerOpen, kindHeader, "one cluster more than entries", changed(func(_ testing.TB, a *testArchive) {
		for len(a.clusters) <= len(a.entries) {
			a.clusters = append(a.clusters, testCluster{info: clusterNone, blobs: [][]byte{{'x'}}})
		}
	})},
	{"header_mimelistpos", layerOpen, kindHeader, "MIME list said to begin one byte late", put64(56, headerLen+1)},
	{"header_checksumpos_beyond", layerOpen, kindHeader, "checksum behind the end", put64(72, 1<<40)},
	{"header_trailing_bytes", layerOpen, kindHeader, "the file goes on behind the checksum", func(tb testing.TB) []byte {
		b, _ := baseArchive(tb).build(tb)
		return append(b, "trailer"...)
	}},
	{"pathptr_outofbounds", layerOpen, kindHeader, "path pointer list begins at 1 TiB", put64(32, 1<<40)},
	{"pathptr_overflow", layerOpen, kindHeader, "path pointer list wraps around 2^64", put64(32, 1<<64-8)},
	{"pathptr_inside_header", layerOpen, kindHeader, "path pointer list begins in the header", put64(32, 8)},
	{"pathptr_cut", layerOpen, kindHeader, "path pointer list ends in the checksum", patched(func(a *testArchive, b []byte, l testLayout) {
		le.PutUint64(b[32:], uint64(l.end-8*len(a.entries)+1))
	})},
	{"titleptr_outofbounds", layerOpen, kindHeader, "title pointer list begins at 1 TiB", put64(40, 1<<40)},
	{"clusterptr_outofbounds", layerOpen, kindHeader, "cluster pointer list begins at 1 TiB", put64(48, 1<<40)},
	{"mimelist_unterminated", layerOpen, kindMIMEList, "no empty string before the first pointer list", func(tb testing.TB) []byte {
		a := baseArchive(tb)
		a.mimeTail = "x"
		b, l := a.build(tb)
		// Nothing but the list lies before the lists now; zeros in clusters would end it by chance.
		for i := range b[headerLen:l.pathPtr] {
			if at := headerLen + i; b[at] == 0 && b[at+1] == 0 {
				b[at] = 'x'
			}
		}
		b[l.pathPtr-1] = 'x'
		rehash(b)
		return b
	}},
	{"mimelist_notutf8", layerCheck, kindMIMEList, "a type with a byte FF", changed(func(_ testing.TB, a *testArchive) {
		a.mimes = append(a.mimes, "text/\xff")
	})},

	{"dirent_pointer_outofbounds", layerEntry, kindPathPtr, "first entry at 1 TiB", patched(func(_ *testArchive, b []byte, l testLayout) {
		le.PutUint64(b[l.pathPtr:], 1<<40)
	})},
	{"dirent_last_pointer_outofbounds", layerEntry, kindPathPtr, "last entry in the checksum", patched(func(a *testArchive, b []byte, l testLayout) {
		le.PutUint64(b[l.pathPtr+8*(len(a.entries)-1):], uint64(l.end))
	})},
	{"dirent_pointer_inside_header", layerEntry, kindPathPtr, "third entry in the header", patched(func(_ *testArchive, b []byte, l testLayout) {
		le.PutUint64(b[l.pathPtr+16:], 24)
	})},
	{"dirent_cut", layerEntry, kindDirent, "last entry begins three bytes before the checksum", patched(func(a *testArchive, b []byte, l testLayout) {
		le.PutUint64(b[l.pathPtr+8*(len(a.entries)-1):], uint64(l.end-3))
	})},
	{"dirent_extra_beyond", layerEntry, kindDirent, "extra data of the last entry, laid out last, reaches into the checksum", func(tb testing.TB) []byte {
		a := baseArchive(tb)
		b, l := a.build(tb)
		last := len(a.entries) - 1
		// Moved behind the cluster pointers, so that nothing but the checksum follows.
		b = b[:l.end]
		le.PutUint64(b[l.pathPtr+8*last:], uint64(len(b)))
		e := a.entries[last].appendTo(nil)
		e[2] = 200
		b = append(b, e...)
		le.PutUint64(b[72:], uint64(len(b)))
		sum := md5.Sum(b)
		return append(b, sum[:]...)
	}},
	{"dirent_notutf8", layerCheck, kindDirent, "a path with a byte FF", changed(func(_ testing.TB, a *testArchive) {
		a.entry("C/photo.png").path = "photo\xff.png"
	})},
	{"dirent_order", layerCheck, kindOrder, "two entries changed places", changed(func(_ testing.TB, a *testArchive) {
		a.entries[0], a.entries[1] = a.entries[1], a.entries[0]
	})},
	{"dirent_duplicate", layerCheck, kindOrder, "two entries with one path", changed(func(_ testing.TB, a *testArchive) {
		a.entry("C/photo.png").path = "old.html"
	})},
	{"dirent_mimeindex", layerCheck, kindMIMEIndex, "type 900", changed(func(_ testing.TB, a *testArchive) { a.entry("C/a.css").mime = 900 })},
	{"dirent_namespace", layerCheck, kindDirent, "an entry in namespace Q; a warning", changed(func(_ testing.TB, a *testArchive) {
		a.item("Q/x", "", "text/plain", 0, []byte("x"))
		a.sort()
	})},
	{"redirect_outofrange", layerEntry, kindRedirect, "redirect to entry 4294967294", changed(func(_ testing.TB, a *testArchive) {
		e := a.entry("C/old.html")
		e.target, e.redirect = "", noEntry-1
	})},
	{"redirect_self", layerEntry, kindLoop, "redirect to itself", changed(func(_ testing.TB, a *testArchive) {
		a.entry("C/old.html").target = "C/old.html"
	})},
	{"redirect_loop", layerEntry, kindLoop, "two redirects to each other", changed(func(_ testing.TB, a *testArchive) {
		a.redirect("C/older.html", "", "C/old.html")
		a.entry("C/old.html").target = "C/older.html"
		a.sort()
	})},
	{"redirect_chain", layerEntry, kindLoop, "52 redirects in a row", changed(func(_ testing.TB, a *testArchive) {
		next := "C/index.html"
		for i := range 52 {
			path := fmt.Sprintf("C/r%02d", i)
			a.redirect(path, "", next)
			next = path
		}
		a.sort()
	})},

	{"redirect_maze", layerEntry, kindLoop, "a ring of three, 60 redirects in a row that lead into it, and 20 that lead into each tenth of those", changed(func(_ testing.TB, a *testArchive) {
		for i := range 3 {
			a.redirect(fmt.Sprintf("C/ring%d", i), "", fmt.Sprintf("C/ring%d", (i+1)%3))
		}
		next := "C/ring0"
		for i := range 60 {
			path := fmt.Sprintf("C/way%02d", i)
			a.redirect(path, "", next)
			for j := range 20 {
				if i%10 == 0 {
					a.redirect(fmt.Sprintf("C/in%02d-%02d", i, j), "", path)
				}
			}
			next = path
		}
		a.sort()
	})},

	{"cluster_pointer_outofbounds", layerCluster, kindClusterPtr, "first cluster at 1 TiB", patched(func(_ *testArchive, b []byte, l testLayout) {
		le.PutUint64(b[l.clusterPtr:], 1<<40)
	})},
	{"cluster_pointer_same", layerCluster, kindClusterPtr, "two clusters in one place: some blobs are not there", patched(func(_ *testArchive, b []byte, l testLayout) {
		le.PutUint64(b[l.clusterPtr:], uint64(l.clusters[1]))
	})},
	{"cluster_order", layerCheck, kindClusterOrder, "clusters not in the order of their pointers; a warning", func(tb testing.TB) []byte {
		a := baseArchive(tb)
		for i := range a.entries {
			a.entries[i].cluster ^= 1
		}
		a.clusters[0], a.clusters[1] = a.clusters[1], a.clusters[0]
		a.entry("W/mainPage").cluster, a.entry("C/old.html").cluster = 0, 0
		b, l := a.build(tb)
		le.PutUint64(b[l.clusterPtr:], uint64(l.clusters[1]))
		le.PutUint64(b[l.clusterPtr+8:], uint64(l.clusters[0]))
		for i := range a.entries {
			a.entries[i].cluster ^= 1
		}
		for i, d := range l.dirents {
			copy(b[d:], a.entries[i].appendTo(nil))
		}
		rehash(b)
		return b
	}},
	{"cluster_compression_unknown", layerCluster, kindCluster, "compression 9", patched(func(_ *testArchive, b []byte, l testLayout) { b[l.clusters[0]] = 9 })},
	{"cluster_compression_zlib", layerCluster, kindCluster, "compression 2, given up in 2013", patched(func(_ *testArchive, b []byte, l testLayout) { b[l.clusters[0]] = 2 })},
	{"cluster_number", layerCluster, kindClusterIndex, "an item in cluster 7 of 2", changed(func(_ testing.TB, a *testArchive) { a.entry("C/a.css").cluster = 7 })},
	{"cluster_blob_number", layerCluster, kindClusterIndex, "an item with blob 500", changed(func(_ testing.TB, a *testArchive) { a.entry("C/a.css").blob = 500 })},
	{"cluster_table_unaligned", layerCluster, kindCluster, "raw offset table of 9 bytes", patched(func(_ *testArchive, b []byte, l testLayout) {
		le.PutUint32(b[l.clusters[1]+1:], 9)
	})},
	{"cluster_table_toolong", layerCluster, kindCluster, "raw offset table of 4 GB", patched(func(_ *testArchive, b []byte, l testLayout) {
		le.PutUint32(b[l.clusters[1]+1:], 0xFFFFFFF0)
	})},
	{"cluster_offsets_descending", layerCluster, kindCluster, "second raw offset before the first", patched(func(_ *testArchive, b []byte, l testLayout) {
		le.PutUint32(b[l.clusters[1]+5:], 4)
	})},
	{"cluster_blobs_beyond", layerCluster, kindCluster, "last raw blob ends behind the file", patched(func(a *testArchive, b []byte, l testLayout) {
		le.PutUint32(b[l.clusters[1]+1+4*len(a.clusters[1].blobs):], 1<<30)
	})},
	{"cluster_zstd_garbage", layerCluster, kindCluster, "no zstd frame", patched(func(_ *testArchive, b []byte, l testLayout) { b[l.clusters[0]+1] ^= 0xFF })},
	{"cluster_zstd_short", layerCluster, kindCluster, "frame decodes to less than its table says", changed(withCluster(testCluster{
		info: clusterZstd, body: append(le.AppendUint32(le.AppendUint32(nil, 8), 1<<20), "short"...),
	}))},
	{"cluster_zstd_table_claim", layerCluster, kindCluster, "offset table of 4 GB inside a frame of 30 bytes", changed(withCluster(testCluster{
		info: clusterZstd, body: le.AppendUint32(nil, 0xFFFFFFF0),
	}))},
	{"cluster_zstd_window", layerCluster, kindCluster, "frame that asks for a window of 3.75 TB", changed(withCluster(testCluster{
		info: clusterZstd, final: []byte{0x28, 0xb5, 0x2f, 0xfd, 0, 0xFF, 1, 0, 0, 'x', 0, 0, 0, 0, 0, 0, 0, 0, 0, 0},
	}))},
	{"cluster_xz_dictionary", layerCluster, kindCluster, "block that asks for a dictionary of 4 GB", changed(func(tb testing.TB, a *testArchive) {
		withCluster(testCluster{info: clusterXZ, final: xzClaim(tb, 40)})(tb, a)
	})},
	{"cluster_xz_digest", layerCluster, kindCluster, "block with a wrong digest", changed(func(tb testing.TB, a *testArchive) {
		b := xzBytes(tb, testTable([][]byte{[]byte("hello")}, false))
		index := bytes.LastIndex(b, []byte{0, 1}) // index indicator, one record
		b[index-1] ^= 1
		withCluster(testCluster{info: clusterXZ, final: b})(tb, a)
	})},

	{"cluster_zstd_bomb", layerCluster, kindCluster, "8 KB that decode to 258 MiB of zeros", changed(withCluster(testCluster{
		info: clusterZstd, final: zstdZeros(bombBytes, bombBytes),
	}))},
	{"cluster_xz_bomb", layerCluster, kindCluster, "40 KB that decode to 258 MiB of zeros", changed(func(tb testing.TB, a *testArchive) {
		withCluster(testCluster{info: clusterXZ, final: xzZeros(tb, bombBytes, bombBytes)})(tb, a)
	})},

	{"listing_v1_outofrange", layerListing, kindListing, "front article 77777", changed(func(_ testing.TB, a *testArchive) {
		a.listing = le.AppendUint32(nil, 77777)
	})},
	{"listing_v1_unsorted", layerCheck, kindListing, "front articles in reverse", changed(func(_ testing.TB, a *testArchive) { slices.Reverse(a.front) })},
	{"listing_v1_odd", layerCheck, kindListing, "list of 7 bytes", changed(func(_ testing.TB, a *testArchive) { a.listing = make([]byte, 7) })},
	{"listing_v1_metadata", layerCheck, kindListing, "a front article in M", changed(func(_ testing.TB, a *testArchive) { a.front = []string{"M/Title"} })},
	{"listing_v1_compressed", layerCheck, kindListing, "list in a compressed cluster and no v0", changed(func(_ testing.TB, a *testArchive) {
		a.noV0, a.hdr.minor = true, 3
		a.clusters[1].info = clusterZstd
	})},
	{"listing_v0_outofrange", layerCheck, kindListing, "entry 77777 by title", patched(func(_ *testArchive, b []byte, l testLayout) { le.PutUint32(b[l.titlePtr:], 77777) })},
	{"listing_v0_unsorted", layerCheck, kindListing, "first and last entry by title changed places", patched(func(a *testArchive, b []byte, l testLayout) {
		first, last := b[l.titlePtr:][:4], b[l.titlePtr+4*(len(a.entries)-1):][:4]
		x, y := le.Uint32(first), le.Uint32(last)
		le.PutUint32(first, y)
		le.PutUint32(last, x)
	})},
	{"listing_none", layerCheck, kindListing, "neither v0 nor v1", changed(func(_ testing.TB, a *testArchive) {
		a.noV0, a.hdr.minor = true, 3
		a.entry("X/" + listingV1Path).path = "listing/other"
	})},

	{"checksum_wrong", layerCheck, kindChecksum, "one bit of the MD5", func(tb testing.TB) []byte {
		b, _ := baseArchive(tb).build(tb)
		b[len(b)-1] ^= 1
		return b
	}},
	{"checksum_missing", layerCheck, kindChecksum, "header of 72 bytes, before there were checksums; a warning", changed(func(_ testing.TB, a *testArchive) { a.noSum = true })},
	{"mainpage_none", layerCheck, kindMainPage, "no main page, neither in the header nor in W", changed(func(_ testing.TB, a *testArchive) {
		a.main = ""
		a.entry("W/mainPage").path = "other"
	})},
	{"mainpage_outofrange", layerCheck, kindMainPage, "main page is entry 77777", patched(func(_ *testArchive, b []byte, _ testLayout) { le.PutUint32(b[64:], 77777) })},
	{"item_empty", layerCheck, kindEmpty, "a style of no bytes", changed(func(_ testing.TB, a *testArchive) { a.set("C/a.css", "") })},
	{"metadata_missing", layerCheck, kindMetadata, "no M/Title", changed(func(_ testing.TB, a *testArchive) { a.entry("M/Title").path = "Untitled" })},
	{"metadata_title_long", layerCheck, kindMetadata, "title of 31 characters", changed(func(_ testing.TB, a *testArchive) { a.set("M/Title", strings.Repeat("й", 31)) })},
	{"metadata_language", layerCheck, kindMetadata, "language en, not eng", changed(func(_ testing.TB, a *testArchive) { a.set("M/Language", "en") })},
	{"metadata_date", layerCheck, kindMetadata, "30 February", changed(func(_ testing.TB, a *testArchive) { a.set("M/Date", "2022-02-30") })},
	{"metadata_type", layerCheck, kindMetadata, "creator as text/html", changed(func(_ testing.TB, a *testArchive) {
		a.entry("M/Creator").mime = a.entry("C/index.html").mime
	})},
	{"metadata_longdescription", layerCheck, kindMetadata, "long description shorter than the description", changed(func(_ testing.TB, a *testArchive) {
		a.item("M/LongDescription", "", "text/plain", 0, []byte("short"))
		a.sort()
	})},
	{"metadata_illustration_size", layerCheck, kindMetadata, "icon of 47×47", changed(func(tb testing.TB, a *testArchive) {
		a.set("M/Illustration_48x48@1", string(testPNG(tb, 47)))
	})},
	{"metadata_illustration_nopng", layerCheck, kindMetadata, "icon that is a GIF", changed(func(_ testing.TB, a *testArchive) {
		a.set("M/Illustration_48x48@1", "GIF89a and so on and so on and so on")
	})},

	{"valid_6.1", layerNone, "", "as zimwriterfs wrote from 2021 on", changed(func(testing.TB, *testArchive) {})},
	{"valid_6.3", layerNone, "", "no list v0", changed(func(_ testing.TB, a *testArchive) { a.noV0, a.hdr.minor = true, 3 })},
	{"valid_5.0", layerNone, "", "old namespaces, xz, no list v1", func(tb testing.TB) []byte { b, _ := oldArchive(tb).build(tb); return b }},
	{"valid_extended", layerNone, "", "clusters with offsets of 8 bytes", changed(func(_ testing.TB, a *testArchive) {
		for i := range a.clusters {
			a.clusters[i].info |= clusterExtended
		}
	})},
	{"valid_compression_0", layerNone, "", "raw clusters spelled 0, as the first writers did", changed(func(_ testing.TB, a *testArchive) {
		for i := range a.clusters {
			a.clusters[i].info = clusterDefault
		}
	})},
	{"valid_aliases", layerNone, "", "three entries with one blob", changed(func(_ testing.TB, a *testArchive) {
		for _, path := range []string{"alias.html", "zalias.html"} {
			e := *a.entry("C/index.html")
			e.path = path
			a.entries = append(a.entries, e)
		}
		a.set("M/Counter", "image/png=1;text/css=1;text/html=4")
		a.sort()
	})},
	{"valid_v0_entry", layerNone, "", "header points into X/listing/titleOrdered/v0", changed(func(_ testing.TB, a *testArchive) {
		a.item("X/"+listingV0Path, "", "application/octet-stream+zimlisting", 1, nil)
		a.sort()
		var list []byte
		for _, i := range a.byTitle() {
			list = le.AppendUint32(list, i)
		}
		a.set("X/"+listingV0Path, string(list))
		a.noV0 = true
	})},
	{"valid_redirects_50", layerNone, "", "50 redirects in a row, as many as are followed", changed(func(_ testing.TB, a *testArchive) {
		next := "C/index.html"
		for i := range 50 {
			path := fmt.Sprintf("C/r%02d", i)
			a.redirect(path, "", next)
			next = path
		}
		a.sort()
	})},
}

// set replaces the data of an item.
func (a *testArchive) set(name, data string) {
	e := a.entry(name)
	a.clusters[e.cluster].blobs[e.blob] = []byte(data)
}

// file gives the vector as it lies in testdata: header lines, an empty line, the archive.
func (v *vector) file(tb testing.TB) []byte {
	expect := "success"
	if v.layer != layerNone {
		expect = v.layer + " failure\nkind: " + v.kind
	}
	return append([]byte(fmt.Sprintf("expect: %s\ncomment: %s\n\n", expect, v.comment)), v.make(tb)...)
}

// readVectors calls see with the archive of each file in testdata/vectors.
func readVectors(tb testing.TB, see func(name string, fields map[string]string, archive []byte)) {
	tb.Helper()
	files, err := filepath.Glob("testdata/vectors/*")
	if err != nil || len(files) == 0 {
		tb.Fatalf("no vectors: %v", err)
	}
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			tb.Fatal(err)
		}
		head, archive, ok := bytes.Cut(data, []byte("\n\n"))
		if !ok {
			tb.Fatalf("%s has no empty line", file)
		}
		fields := map[string]string{}
		for line := range strings.Lines(string(head)) {
			key, value, _ := strings.Cut(strings.TrimSpace(line), ": ")
			fields[key] = value
		}
		see(filepath.Base(file), fields, archive)
	}
}

func TestVectorFilesAreCurrent(t *testing.T) {
	const dir = "testdata/vectors"
	want := map[string]bool{}
	for i := range vectors {
		v := &vectors[i]
		want[v.name] = true
		path, data := filepath.Join(dir, v.name), v.file(t)
		if *update {
			if err := os.WriteFile(path, data, 0o666); err != nil {
				t.Fatal(err)
			}
		}
		got, err := os.ReadFile(path)
		if err != nil {
			t.Error(err)
		} else if !bytes.Equal(got, data) {
			t.Errorf("%s is not what its maker gives; go test -update writes it", path)
		}
	}
	readVectors(t, func(name string, _ map[string]string, _ []byte) {
		if !want[name] {
			t.Errorf("%s/%s has no maker", dir, name)
		}
	})
}

// TestVectors holds each vector against every layer: the one that it names must notice, those before it must not, and Check
// must name the rule.
func TestVectors(t *testing.T) {
	readVectors(t, func(name string, fields map[string]string, archive []byte) {
		t.Run(name, func(t *testing.T) {
			layer := strings.TrimSuffix(fields["expect"], " failure")
			if layer == "success" {
				layer = layerNone
			} else if !slices.Contains([]string{layerOpen, layerEntry, layerCluster, layerListing, layerCheck}, layer) {
				t.Fatalf("expect: %q names no layer", fields["expect"])
			}
			got, err := noticedBy(archive)
			wantRead := layer
			if layer == layerCheck {
				wantRead = layerNone
			}
			if got != wantRead {
				t.Errorf("noticed by layer %q (%v), want %q", got, err, wantRead)
			}
			var f *FormatError
			if err != nil && !errors.As(err, &f) {
				t.Errorf("got error %v of type %T, want a *FormatError", err, err)
			}
			checkVector(t, name, fields, archive)
		})
	})
}

func checkVector(t *testing.T, name string, fields map[string]string, archive []byte) {
	t.Helper()
	problems := Check(t.Context(), bytes.NewReader(archive), int64(len(archive)), nil)
	found := false
	for i, p := range problems {
		if p.Kind == fields["kind"] && (p.Severity == Error) != strings.HasSuffix(fields["comment"], "a warning") {
			found = true
		}
		if p.Kind == kindChecksum && fields["kind"] != kindChecksum {
			t.Errorf("the checksum of the vector is wrong: %v", p)
		}
		if i > 0 && p.Offset < problems[i-1].Offset {
			t.Errorf("problem %v comes after %v", p, problems[i-1])
		}
		if fields["expect"] == "success" && (p.Severity == Error || name == "valid_6.1") {
			t.Errorf("Check found %v in a sound archive", p)
		}
	}
	if !found && fields["expect"] != "success" {
		t.Errorf("Check found %v, want a problem of kind %q", problems, fields["kind"])
	}
}

// noticedBy reads all that an archive holds and returns the first layer that fails, with its error.
func noticedBy(archive []byte) (layer string, err error) {
	r, err := NewReader(bytes.NewReader(archive), int64(len(archive)), &ReaderOptions{MaxClusterBytes: 16 << 20})
	if err != nil {
		return layerOpen, err
	}
	var items []Entry
	for e, err := range r.Entries() {
		if err != nil {
			return layerEntry, err
		}
		item, err := e.Resolve()
		if err != nil {
			return layerEntry, err
		}
		items = append(items, item)
	}
	for _, e := range items {
		b, err := e.Blob()
		if errors.Is(err, fs.ErrNotExist) {
			continue // obsolete
		} else if err != nil {
			return layerCluster, err
		}
		if _, err := io.Copy(io.Discard, io.NewSectionReader(b, 0, min(b.Size(), 1<<20))); err != nil {
			return layerCluster, err
		}
	}
	for i := range r.ArticleCount() {
		if _, err := r.Article(i); err != nil {
			return layerListing, err
		}
	}
	return layerNone, nil
}
