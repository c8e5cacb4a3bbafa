package zim

import (
	"context"
	"errors"
	"fmt"
	"io"
)

// clusterHead is what a cluster says before its blobs. It is never changed.
type clusterHead struct {
	number      uint32
	start       int64 // offset of the first byte, the one that names the compression
	compression byte
	extended    bool // offsets of 8 bytes, not 4

	// Raw clusters only; the others say it inside.
	count uint32 // blobs
	total uint64 // bytes from start+1 to the end of the last blob
}

func (h *clusterHead) raw() bool { return h.compression <= clusterNone }

// width returns the size of one offset in bytes.
func (h *clusterHead) width() int {
	if h.extended {
		return 8
	}
	return 4
}

func (h *clusterHead) part() string { return fmt.Sprintf("cluster %d", h.number) }

// defect is a FormatError at h.
func (h *clusterHead) defect(format string, args ...any) *FormatError {
	return formatErrorf(h.start, h.part(), format, args...)
}

// checkTable checks the first offset, which is the length in bytes of the offset table, against the bytes at hand.
func (h *clusterHead) checkTable(table, limit uint64) error {
	width := uint64(h.width())
	switch {
	case table < width || table%width != 0:
		return h.defect("offset table of %d bytes, want a multiple of %d", table, width)
	case table > limit:
		return h.defect("offset table of %d bytes, where %d are left: %w", table, limit, io.ErrUnexpectedEOF)
	case table/width > 1<<32-1:
		return h.defect("%d blobs, more than entries can name", table/width-1)
	}
	return nil
}

// head returns the head of cluster i, below clusterCount.
func (r *Reader) head(i uint32) (*clusterHead, error) {
	slot := r.heads.at(i)
	if h := slot.Load(); h != nil && h.number == i {
		return h, nil
	}
	start, err := r.clusterPointer(i)
	if err != nil {
		return nil, err
	}
	h := &clusterHead{number: i, start: start}
	if err := r.readHead(h); err != nil {
		return nil, err
	}
	slot.Store(h)
	return h, nil
}

// readHead reads the first byte of a cluster, and the bounds of its offset table if it is raw. ZIM, "Clusters".
func (r *Reader) readHead(h *clusterHead) error {
	b := getScratch()
	defer putScratch(b)
	if err := r.readCluster(h, b[:1], h.start); err != nil {
		return err
	}
	h.compression, h.extended = b[0]&0x0F, b[0]&clusterExtended != 0
	switch h.compression {
	case clusterXZ, clusterZstd:
		return nil
	case clusterDefault, clusterNone:
	case 2, 3:
		return h.defect("compression %d (%s): %w", h.compression, [...]string{2: "zlib", 3: "bzip2"}[h.compression], errors.ErrUnsupported)
	default:
		return h.defect("compression %d is unknown: %w", h.compression, errors.ErrUnsupported)
	}

	width, left := h.width(), uint64(r.dataEnd-h.start-1)
	if left < uint64(width) {
		return h.defect("offset table: %w", io.ErrUnexpectedEOF)
	}
	if err := r.readCluster(h, b[:width], h.start+1); err != nil {
		return err
	}
	table := offsetAt(b[:], width)
	if err := h.checkTable(table, left); err != nil {
		return err
	}
	h.count = uint32(table/uint64(width)) - 1
	if err := r.readCluster(h, b[:width], h.start+1+int64(table)-int64(width)); err != nil {
		return err
	}
	if h.total = offsetAt(b[:], width); h.total < table || h.total > left {
		return h.defect("blobs end at %#x from its table, want between %#x and %#x: %w", h.total, table, left, io.ErrUnexpectedEOF)
	}
	return nil
}

// readCluster is readAt that names the cluster only when something is wrong.
func (r *Reader) readCluster(h *clusterHead, p []byte, off int64) error {
	err := r.readAt(p, off, "cluster")
	if f, ok := err.(*FormatError); ok { //nolint:errorlint // as readAt made it
		f.Part = h.part()
	}
	return err
}

// blob returns blob i of a cluster below clusterCount. Ctx ends the waiting and the decoding.
func (r *Reader) blob(ctx context.Context, cluster, i uint32) (*Blob, error) {
	h, err := r.head(cluster)
	if err != nil {
		return nil, err
	}
	if h.raw() {
		return r.rawBlob(h, i)
	}
	claim, err := r.memory.get(ctx, clusterKey{r, cluster}, i, func(ctx context.Context, last uint32) (*decodedCluster, uint32, error) {
		return r.decodeUpTo(ctx, h, r.dataEnd, last, true)
	})
	if err != nil {
		return nil, err
	}
	c := claim.c
	if i >= c.count {
		claim.release()
		return nil, h.defect("blob %d of %d", i, c.count)
	}
	if r.ahead.saw(cluster) {
		go r.readAhead(cluster + 1)
	}
	from, to := int64(c.offset(i)), int64(c.offset(i+1))
	return decodedBlob(claim, from, to-from), nil
}

// rawBlob finds blob i of a raw cluster by one read of its two offsets.
func (r *Reader) rawBlob(h *clusterHead, i uint32) (*Blob, error) {
	if i >= h.count {
		return nil, h.defect("blob %d of %d", i, h.count)
	}
	b := getScratch()
	defer putScratch(b)
	width := h.width()
	if err := r.readCluster(h, b[:2*width], h.start+1+int64(i)*int64(width)); err != nil {
		return nil, err
	}
	from, to := offsetAt(b[:], width), offsetAt(b[width:], width)
	if table := (uint64(h.count) + 1) * uint64(width); from < table || from > to || to > h.total {
		return nil, h.defect("blob %d lies at [%#x, %#x), want within [%#x, %#x)", i, from, to, table, h.total)
	}
	return &Blob{r: r.r, off: h.start + 1 + int64(from), size: int64(to - from)}, nil
}
