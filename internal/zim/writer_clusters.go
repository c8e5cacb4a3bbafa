package zim

import (
	"bytes"
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

const (
	// windowBytes is zstd's window: as much as a cluster holds, so that a wider one would only take memory, here and
	// in whoever reads a larger blob. Beyond 8 MiB 32-bit readers crashed (openzim/libzim#569).
	windowBytes = defaultClusterBytes

	// maxSpareBytes bounds a buffer that is kept for the next cluster: a whole one with its table, not a huge blob.
	maxSpareBytes = 2 * defaultClusterBytes
)

// openCluster collects blobs until it is full. ZIM, "Clusters".
type openCluster struct {
	number *clusterNumber
	raw    bool
	data   []byte
	ends   []uint32 // of each blob in data
}

// clusterNumber is the place of a cluster in the file. It is set when the cluster is closed, and shared by its blobs.
type clusterNumber uint32

// fits says that n more bytes in a blob of their own leave c within limit, the offset table included.
func (c *openCluster) fits(n, limit int) bool {
	return len(c.data)+n+4*(len(c.ends)+2) <= limit
}

func (c *openCluster) add(blob []byte) {
	c.data = append(c.data, blob...)
	c.ends = append(c.ends, uint32(len(c.data)))
}

// appendTable appends c's offsets, which count from the start of the table itself.
func (c *openCluster) appendTable(b []byte) []byte {
	base := uint32(4 * (len(c.ends) + 1))
	b = binary.LittleEndian.AppendUint32(b, base)
	for _, end := range c.ends {
		b = binary.LittleEndian.AppendUint32(b, base+end)
	}
	return b
}

// clusterWriter compresses clusters in parallel and writes them in the order of put, whatever finishes first.
type clusterWriter struct {
	out         *writerFile
	compressors chan *compressor // one per worker; nil until it is first needed
	queue       []*clusterJob    // put and not yet written
	held        int64            // bytes of content in queue
	maxHeld     int64            // bytes; beyond it put waits
	accepted    uint32           // clusters put or begun
	offsets     []uint64         // of the clusters written
	packedBytes int64
	spare       []byte // for the next open cluster
	bufferBytes int    // of a new buffer
}

// clusterJob is a closed cluster on its way to the file.
type clusterJob struct {
	size int64         // of its content in bytes
	raw  []byte        // content, of raw clusters only; it goes back to the spare buffers
	done chan struct{} // closed when head may be read; nil for raw clusters
	head []byte        // what stands in the file before raw, or a compressed cluster as a whole
}

// compressor is what a worker keeps from one cluster to the next, so that packing leaves little for the garbage
// collector beside 35 MB of tables.
type compressor struct {
	encoder *zstd.Encoder
	plain   []byte // the cluster's table and blobs
	packed  []byte
}

func newClusterWriter(out *writerFile, workers, clusterBytes int) *clusterWriter {
	q := &clusterWriter{
		out:         out,
		compressors: make(chan *compressor, workers),
		maxHeld:     2 * int64(workers) * int64(clusterBytes),
		bufferBytes: min(clusterBytes, defaultClusterBytes),
	}
	for range workers {
		q.compressors <- nil
	}
	return q
}

// newBuffer returns room for the content of an open cluster.
func (q *clusterWriter) newBuffer() []byte {
	b := q.spare
	q.spare = nil
	if b == nil {
		b = make([]byte, 0, q.bufferBytes)
	}
	return b[:0]
}

// keepBuffer takes back what newBuffer gave.
func (q *clusterWriter) keepBuffer(b []byte) {
	if cap(b) > cap(q.spare) && cap(b) <= maxSpareBytes {
		q.spare = b
	}
}

// put takes a closed cluster and returns its number in the file. It blocks while too much is on its way.
func (q *clusterWriter) put(c *openCluster) (uint32, error) {
	size := int64(len(c.data))
	for len(q.queue) > 0 && q.held+size > q.maxHeld {
		if err := q.writeFirst(); err != nil {
			return 0, err
		}
	}
	job := &clusterJob{size: size}
	if c.raw {
		job.head, job.raw = c.appendTable([]byte{clusterNone}), c.data
	} else if err := q.compress(c, job); err != nil {
		return 0, err
	}
	q.queue = append(q.queue, job)
	q.held += size
	for len(q.queue) > 0 && q.queue[0].finished() {
		if err := q.writeFirst(); err != nil {
			return 0, err
		}
	}
	return q.number(), nil
}

// compress waits for a worker and lets it go on in the background, with a copy of the cluster.
func (q *clusterWriter) compress(c *openCluster, job *clusterJob) error {
	k := <-q.compressors
	if k == nil {
		enc, err := newClusterEncoder()
		if err != nil {
			return err
		}
		k = &compressor{encoder: enc}
	}
	// The table is inside the compressed stream. ZIM, "Clusters".
	if need := 4*(len(c.ends)+1) + len(c.data); cap(k.plain) < need {
		k.plain = make([]byte, 0, max(need, q.bufferBytes))
	}
	k.plain = append(c.appendTable(k.plain[:0]), c.data...)
	q.keepBuffer(c.data)
	job.done = make(chan struct{})
	go func() {
		k.packed = k.encoder.EncodeAll(k.plain, append(k.packed[:0], clusterZstd))
		job.head = bytes.Clone(k.packed)
		if cap(k.plain) > maxSpareBytes {
			k.plain, k.packed = nil, nil
		}
		q.compressors <- k
		close(job.done)
	}()
	return nil
}

// begin prepares for a cluster that the caller writes to the file itself, and returns its number.
func (q *clusterWriter) begin() (uint32, error) {
	if err := q.drain(); err != nil {
		return 0, err
	}
	q.offsets = append(q.offsets, uint64(q.out.pos))
	return q.number(), nil
}

// undo takes back the last begin.
func (q *clusterWriter) undo() {
	q.offsets = q.offsets[:len(q.offsets)-1]
	q.accepted--
}

func (q *clusterWriter) number() uint32 {
	q.accepted++
	return q.accepted - 1
}

// drain writes all that was put.
func (q *clusterWriter) drain() error {
	for len(q.queue) > 0 {
		if err := q.writeFirst(); err != nil {
			return err
		}
	}
	return nil
}

func (j *clusterJob) finished() bool {
	if j.done == nil {
		return true
	}
	select {
	case <-j.done:
		return true
	default:
		return false
	}
}

// writeFirst waits for the first cluster of the queue and writes it.
func (q *clusterWriter) writeFirst() error {
	job := q.queue[0]
	q.queue[0] = nil
	q.queue = q.queue[1:]
	q.held -= job.size

	number := len(q.offsets)
	q.offsets = append(q.offsets, uint64(q.out.pos))
	if job.done != nil {
		<-job.done
		q.packedBytes += int64(len(job.head))
	}
	_, err := q.out.Write(job.head)
	if err == nil && len(job.raw) > 0 {
		_, err = q.out.Write(job.raw)
	}
	if err != nil {
		return fmt.Errorf("write cluster %d: %w", number, err)
	}
	q.keepBuffer(job.raw)
	return nil
}

// newClusterEncoder returns an encoder whose EncodeAll gives the same bytes on every machine and after any history
// (klauspost/compress v1.20.3; another version may give others).
func newClusterEncoder() (*zstd.Encoder, error) {
	enc, err := zstd.NewWriter(nil,
		zstd.WithEncoderLevel(zstd.SpeedBestCompression),
		zstd.WithEncoderConcurrency(1),
		zstd.WithEncoderCRC(false), // the archive has its own checksum
		zstd.WithWindowSize(windowBytes),
		zstd.WithLowerEncoderMem(true), // a history of one window, not of two; the output is the same
	)
	if err != nil {
		return nil, fmt.Errorf("start compression: %w", err)
	}
	return enc, nil
}
