package zim

import (
	"encoding/binary"
	"slices"
)

// checkClusters: pointers in range and ascending, every offset table sound, every cluster whole. It decodes them all,
// each within the bytes up to the next one, so that overlapping clusters cost no more than the file is long.
// ZIM, "Cluster Pointer List", "Clusters".
func (c *checker) checkClusters() {
	if !c.clustOK {
		c.skip(48, "header", "clusters, because their pointer list is not in the file")
		return
	}
	starts, ok := c.clusterStarts()
	if !ok {
		return
	}
	sorted := slices.Clone(starts)
	slices.Sort(sorted)
	c.blobs = make([]uint32, len(starts)) // a pointer of 8 bytes in the file stands behind each
	c.empty = map[blobID]bool{}
	var last int64
	for i, start := range starts {
		if c.stopped() {
			return
		}
		c.blobs[i] = unknownBlobs
		if start < 0 {
			continue
		}
		if start <= last {
			c.add(Warning, kindClusterOrder, int64(c.r.hdr.clusterPtrPos)+8*int64(i), "cluster pointer list",
				"cluster %d at %#x does not follow the one before, at %#x: Kiwix JS takes the next pointer for a cluster's end", i, start, last)
		}
		last = max(last, start)
		at, _ := slices.BinarySearch(sorted, start)
		end := c.r.dataEnd
		if at+1 < len(sorted) {
			end = sorted[at+1]
		}
		if start == end {
			c.add(Error, kindClusterPtr, int64(c.r.hdr.clusterPtrPos)+8*int64(i), "cluster pointer list", "cluster %d lies at %#x like another one", i, start)
			continue
		}
		if n, err := c.checkCluster(uint32(i), start, end); c.stopped() {
			return
		} else if err != nil {
			c.fail(kindCluster, err)
		} else {
			c.blobs[i] = n
		}
		c.report(end)
	}
	c.report(c.total / 2)
}

// clusterStarts reads the cluster pointer list; what is out of range is -1.
func (c *checker) clusterStarts() ([]int64, bool) {
	r := c.r
	buf := make([]byte, 8*int64(r.hdr.clusterCount)) // checked against the file's size
	if err := r.readAt(buf, int64(r.hdr.clusterPtrPos), "cluster pointer list"); err != nil {
		c.fail(kindClusterPtr, err)
		return nil, false
	}
	low := max(uint64(r.mimeEnd), r.hdr.mimeListPos)
	starts := make([]int64, r.hdr.clusterCount)
	for i := range starts {
		v := binary.LittleEndian.Uint64(buf[8*i:])
		if starts[i] = int64(v); v < low || v >= uint64(r.dataEnd) {
			starts[i] = -1
			c.add(Error, kindClusterPtr, int64(r.hdr.clusterPtrPos)+8*int64(i), "cluster pointer list",
				"cluster %d lies at %#x, outside [%#x, %#x)", i, v, low, r.dataEnd)
		}
	}
	return starts, true
}

// checkCluster returns the number of blobs of the cluster in [start, end).
func (c *checker) checkCluster(i uint32, start, end int64) (uint32, error) {
	h := &clusterHead{number: i, start: start}
	if err := c.r.readHead(h); err != nil {
		return 0, err
	}
	if !h.raw() {
		d, err := c.r.decode(c.ctx, h, end)
		if err != nil {
			return 0, err
		}
		defer c.r.memory.discard(d)
		if d.count > c.r.hdr.entryCount {
			return 0, h.defect("%d blobs for %d entries", d.count, c.r.hdr.entryCount)
		}
		for b := range d.count {
			if d.offset(b) == d.offset(b+1) {
				c.rememberEmpty(blobID{i, b})
			}
		}
		return d.count, nil
	}
	if tail := start + 1 + int64(h.total); tail > end {
		return 0, h.defect("its blobs reach %#x, into what begins at %#x", tail, end)
	}
	if h.count > c.r.hdr.entryCount {
		return 0, h.defect("%d blobs for %d entries", h.count, c.r.hdr.entryCount)
	}
	return h.count, c.checkRawTable(h)
}

// checkRawTable reads the offset table of a raw cluster, piece by piece.
func (c *checker) checkRawTable(h *clusterHead) error {
	width := h.width()
	table := (int64(h.count) + 1) * int64(width)
	buf := make([]byte, min(table, 64<<10))
	last, number := uint64(table), uint32(0)
	for at := int64(0); at < table; at += int64(len(buf)) {
		buf = buf[:min(int64(len(buf)), table-at)]
		if err := c.r.readCluster(h, buf, h.start+1+at); err != nil {
			return err
		}
		for j := 0; j < len(buf); j += width {
			offset := offsetAt(buf[j:], width)
			if offset < last || offset > h.total {
				return h.defect("offset %d is %#x, want within [%#x, %#x]", number, offset, last, h.total)
			}
			if number > 0 && offset == last {
				c.rememberEmpty(blobID{h.number, number - 1})
			}
			last = offset
			number++
		}
	}
	return nil
}

func (c *checker) rememberEmpty(id blobID) {
	if len(c.empty) < maxEmpty {
		c.empty[id] = true
	}
}
