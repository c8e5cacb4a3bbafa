package zim

import (
	"encoding/binary"
	"runtime"
	"slices"
	"sync"
	"sync/atomic"
)

// checkWorkers is how many clusters are decoded at a time at most, each of up to 256 MiB.
const checkWorkers = 4

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
	batch := make([]checkedCluster, 0, 8*checkWorkers)
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
		if batch = append(batch, checkedCluster{number: uint32(i), start: start, end: end}); len(batch) == cap(batch) {
			c.checkBatch(batch)
			batch = batch[:0]
		}
	}
	c.checkBatch(batch)
	if !c.stopped() {
		c.report(c.total / 2)
	}
}

// checkedCluster is a cluster in [start, end), and what a look at it gave.
type checkedCluster struct {
	number     uint32
	start, end int64
	count      uint32   // blobs
	empty      []uint32 // those of no bytes, up to maxEmpty
	err        error
}

// checkBatch looks at clusters in parallel and takes what it finds in their order.
func (c *checker) checkBatch(batch []checkedCluster) {
	var next atomic.Int64
	var running sync.WaitGroup
	for range min(runtime.GOMAXPROCS(0), checkWorkers, len(batch)) {
		running.Go(func() {
			for i := next.Add(1) - 1; i < int64(len(batch)) && !c.stopped(); i = next.Add(1) - 1 {
				k := &batch[i]
				k.count, k.err = c.checkCluster(k)
			}
		})
	}
	running.Wait()
	if c.stopped() {
		return
	}
	for i := range batch {
		k := &batch[i]
		if k.err != nil {
			c.fail(kindCluster, k.err)
		} else {
			c.blobs[k.number] = k.count
		}
		for _, blob := range k.empty {
			if len(c.empty) < maxEmpty {
				c.empty[blobID{k.number, blob}] = true
			}
		}
		c.report(k.end)
	}
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

// checkCluster returns the number of blobs of k, and notes the empty ones in it. It may be called concurrently.
func (c *checker) checkCluster(k *checkedCluster) (uint32, error) {
	h := &clusterHead{number: k.number, start: k.start}
	if err := c.r.readHead(h); err != nil {
		return 0, err
	}
	if !h.raw() {
		d, err := c.r.decode(c.ctx, h, k.end)
		if err != nil {
			return 0, err
		}
		defer c.r.memory.discard(d)
		if d.count > c.r.hdr.entryCount {
			return 0, h.defect("%d blobs for %d entries", d.count, c.r.hdr.entryCount)
		}
		for b := range d.count {
			if d.offset(b) == d.offset(b+1) {
				k.rememberEmpty(b)
			}
		}
		return d.count, nil
	}
	if tail := k.start + 1 + int64(h.total); tail > k.end {
		return 0, h.defect("its blobs reach %#x, into what begins at %#x", tail, k.end)
	}
	if h.count > c.r.hdr.entryCount {
		return 0, h.defect("%d blobs for %d entries", h.count, c.r.hdr.entryCount)
	}
	return h.count, c.checkRawTable(h, k)
}

// checkRawTable reads the offset table of a raw cluster, piece by piece.
func (c *checker) checkRawTable(h *clusterHead, k *checkedCluster) error {
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
				k.rememberEmpty(number - 1)
			}
			last = offset
			number++
		}
	}
	return nil
}

func (k *checkedCluster) rememberEmpty(blob uint32) {
	if len(k.empty) < maxEmpty {
		k.empty = append(k.empty, blob)
	}
}
