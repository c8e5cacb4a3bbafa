package zim

import (
	"encoding/binary"
	"fmt"

	"github.com/klauspost/compress/zstd"
)

// windowBytes is zstd's window. Larger ones crashed 32-bit readers (openzim/libzim#569).
const windowBytes = 8 << 20

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
	encoders    chan *zstd.Encoder // one per worker; nil until it is first needed
	queue       []*clusterJob      // put and not yet written
	held        int64              // bytes of content in queue
	maxHeld     int64              // bytes; beyond it put waits
	accepted    uint32             // clusters put or begun
	offsets     []uint64           // of the clusters written
	packedBytes int64
	spare       []byte // for the next open cluster
}

// clusterJob is a closed cluster on its way to the file.
type clusterJob struct {
	cluster *openCluster
	done    chan struct{} // closed when packed may be read; nil for raw clusters
	packed  []byte
}

func newClusterWriter(out *writerFile, workers, clusterBytes int) *clusterWriter {
	q := &clusterWriter{
		out:      out,
		encoders: make(chan *zstd.Encoder, workers),
		maxHeld:  2 * int64(workers) * int64(clusterBytes),
	}
	for range workers {
		q.encoders <- nil
	}
	return q
}

// newBuffer returns room for the content of an open cluster.
func (q *clusterWriter) newBuffer() []byte {
	b := q.spare
	q.spare = nil
	return b[:0]
}

// put takes a closed cluster and returns its number in the file. It blocks while too much is on its way.
func (q *clusterWriter) put(c *openCluster) (uint32, error) {
	for len(q.queue) > 0 && q.held+int64(len(c.data)) > q.maxHeld {
		if err := q.writeFirst(); err != nil {
			return 0, err
		}
	}
	job := &clusterJob{cluster: c}
	if !c.raw {
		enc := <-q.encoders
		if enc == nil {
			var err error
			if enc, err = newClusterEncoder(); err != nil {
				return 0, err
			}
		}
		job.done = make(chan struct{})
		go func() {
			// The table is inside the compressed stream. ZIM, "Clusters".
			plain := append(c.appendTable(make([]byte, 0, 4*(len(c.ends)+1)+len(c.data))), c.data...)
			job.packed = enc.EncodeAll(plain, []byte{clusterZstd})
			q.encoders <- enc
			close(job.done)
		}()
	}
	q.queue = append(q.queue, job)
	q.held += int64(len(c.data))
	for len(q.queue) > 0 && q.queue[0].finished() {
		if err := q.writeFirst(); err != nil {
			return 0, err
		}
	}
	return q.number(), nil
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
	c := job.cluster
	q.held -= int64(len(c.data))

	number := len(q.offsets)
	q.offsets = append(q.offsets, uint64(q.out.pos))
	var parts [][]byte
	if c.raw {
		parts = [][]byte{c.appendTable([]byte{clusterNone}), c.data}
	} else {
		<-job.done
		parts = [][]byte{job.packed}
		q.packedBytes += int64(len(job.packed))
	}
	for _, p := range parts {
		if _, err := q.out.Write(p); err != nil {
			return fmt.Errorf("write cluster %d: %w", number, err)
		}
	}
	if cap(c.data) > cap(q.spare) && cap(c.data) <= maxCompressedBlob {
		q.spare = c.data
	}
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
	)
	if err != nil {
		return nil, fmt.Errorf("start compression: %w", err)
	}
	return enc, nil
}
