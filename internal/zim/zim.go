// Package zim reads, writes and checks openZIM archives: one file that holds pages, media, metadata and
// indexes, compressed in clusters and found by path.
//
// [Reader] opens any archive of format 5 or 6, in the old and the new namespace scheme, from an [io.ReaderAt];
// [Writer] writes the widest-reaching form, 6.1; [Check] lists every violation of the format. Nothing a file
// says about itself is believed before it is checked against the file's size: archives are hostile until proven
// otherwise. Signatures are not part of the format and not of this package.
//
// Rules come from the openZIM format specification (named in comments as ZIM, with the section) and from what
// libzim, zimcheck, kiwix-serve and Kiwix JS each insist on; docs/zim.md tells which.
package zim

import (
	"encoding/binary"
	"fmt"
)

// Namespaces of the new scheme (minor version 1 and later). ZIM, "Namespaces".
const (
	NamespaceContent   = 'C' // what users read
	NamespaceMetadata  = 'M' // texts about the archive
	NamespaceWellKnown = 'W' // W/mainPage, a redirect
	NamespaceIndex     = 'X' // title listings, search databases
)

// Well-known entries. ZIM, "Namespaces", "Title Pointer List".
const (
	mainPagePath  = "mainPage"                // in W
	listingV1Path = "listing/titleOrdered/v1" // in X; front articles by title
	listingV0Path = "listing/titleOrdered/v0" // in X; all entries by title, libzim 7 to 9.2
)

const (
	magic        = 0x044D495A // "ZIM\x04"; ZIM, "Header"
	majorVersion = 6          // what Writer writes; Reader takes 5 and 6
	minorVersion = 1          // new namespaces; aliases are older than the 6.2 that names them
	headerLen    = 80         // bytes; the MIME list follows
	oldHeaderLen = 72         // bytes; files before the checksum field was added
	checksumLen  = 16         // bytes of MD5, the very last of the file
	firstCluster = 2048       // bytes; where libzim starts clusters, behind a zero-padded MIME list

	noEntry = 0xFFFFFFFF         // "no main page" in the header
	noList  = 0xFFFFFFFFFFFFFFFF // "no v0 title list" in the header, format 6.3
)

// MIME indexes that mark entries without a blob. ZIM, "Directory Entries".
const (
	mimeRedirect   = 0xFFFF
	mimeLinkTarget = 0xFFFE // obsolete
	mimeDeleted    = 0xFFFD // obsolete
)

// Cluster compression, the low nibble of a cluster's first byte. ZIM, "Clusters".
const (
	clusterDefault  = 0 // none, old spelling
	clusterNone     = 1
	clusterXZ       = 4
	clusterZstd     = 5
	clusterExtended = 0x10 // 8-byte offsets; flag beside the nibble
)

// Direct entry lengths before the path. ZIM, "Directory Entries".
const (
	itemFixedLen     = 16 // mime u16, extra u8, ns u8, revision u32, cluster u32, blob u32
	redirectFixedLen = 12 // mime u16, extra u8, ns u8, revision u32, target u32
)

// header is the first 80 bytes of a file, little-endian. ZIM, "Header".
type header struct {
	major, minor  uint16
	uuid          [16]byte
	entryCount    uint32
	clusterCount  uint32
	pathPtrPos    uint64 // entryCount × u64, offsets of dirents in path order
	titlePtrPos   uint64 // entryCount × u32, or noList
	clusterPtrPos uint64 // clusterCount × u64
	mimeListPos   uint64 // 80, or 72 in very old files
	mainPage      uint32 // entry index, or noEntry
	layoutPage    uint32 // unused
	checksumPos   uint64 // file size − 16
}

// appendTo appends the 80 bytes of h to b.
func (h *header) appendTo(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint32(b, magic)
	b = le.AppendUint16(b, h.major)
	b = le.AppendUint16(b, h.minor)
	b = append(b, h.uuid[:]...)
	b = le.AppendUint32(b, h.entryCount)
	b = le.AppendUint32(b, h.clusterCount)
	b = le.AppendUint64(b, h.pathPtrPos)
	b = le.AppendUint64(b, h.titlePtrPos)
	b = le.AppendUint64(b, h.clusterPtrPos)
	b = le.AppendUint64(b, h.mimeListPos)
	b = le.AppendUint32(b, h.mainPage)
	b = le.AppendUint32(b, h.layoutPage)
	return le.AppendUint64(b, h.checksumPos)
}

// parse fills h from the first 80 bytes of a file and checks nothing but the magic number.
func (h *header) parse(b []byte) error {
	if len(b) < headerLen {
		return fmt.Errorf("%d bytes, want %d", len(b), headerLen)
	}
	le := binary.LittleEndian
	if m := le.Uint32(b); m != magic {
		return fmt.Errorf("magic number %#08x, want %#08x", m, uint32(magic))
	}
	h.major = le.Uint16(b[4:])
	h.minor = le.Uint16(b[6:])
	copy(h.uuid[:], b[8:24])
	h.entryCount = le.Uint32(b[24:])
	h.clusterCount = le.Uint32(b[28:])
	h.pathPtrPos = le.Uint64(b[32:])
	h.titlePtrPos = le.Uint64(b[40:])
	h.clusterPtrPos = le.Uint64(b[48:])
	h.mimeListPos = le.Uint64(b[56:])
	h.mainPage = le.Uint32(b[64:])
	h.layoutPage = le.Uint32(b[68:])
	h.checksumPos = le.Uint64(b[72:])
	return nil
}

// dirent is one directory entry. ZIM, "Directory Entries".
type dirent struct {
	mime     uint16 // index into the MIME list, or mimeRedirect …
	ns       byte
	path     string
	title    string // empty means the path
	cluster  uint32 // items only
	blob     uint32 // items only
	redirect uint32 // redirects only: entry index
}

// appendTo appends d's bytes to b. An equal title is written empty.
func (d *dirent) appendTo(b []byte) []byte {
	le := binary.LittleEndian
	b = le.AppendUint16(b, d.mime)
	b = append(b, 0, d.ns)    // extra length, namespace
	b = le.AppendUint32(b, 0) // revision
	if d.mime == mimeRedirect {
		b = le.AppendUint32(b, d.redirect)
	} else {
		b = le.AppendUint32(b, d.cluster)
		b = le.AppendUint32(b, d.blob)
	}
	b = append(b, d.path...)
	b = append(b, 0)
	if d.title != d.path {
		b = append(b, d.title...)
	}
	return append(b, 0)
}
