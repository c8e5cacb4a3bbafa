package zim

import (
	"bytes"
	"crypto/sha256"
	"encoding/binary"
	"fmt"
	"io"
)

// streamBytes is the size of the pieces in which large bodies are copied.
const streamBytes = 64 << 10

// writerBlob is content that was stored once; entries refer to it by its index in Writer.blobs.
type writerBlob struct {
	sum     [sha256.Size]byte
	cluster *clusterNumber
	blob    uint32 // place in the cluster
	raw     bool
}

// store puts the whole of body into a cluster and returns its index in w.blobs. Size is as in Header.
func (w *Writer) store(body io.Reader, size int64, raw bool) (uint32, error) {
	bound := int64(w.clusterBytes)
	if !raw {
		bound = max(bound, maxCompressedBlob)
	}
	if size > bound {
		return w.streamBlob(nil, body, size)
	}
	w.scratch.Reset()
	if _, err := w.scratch.ReadFrom(io.LimitReader(body, bound+1)); err != nil {
		return 0, fmt.Errorf("read body: %w", err)
	}
	data := w.scratch.Bytes()
	if int64(len(data)) > bound && size <= 0 {
		return w.streamBlob(data, body, size)
	}
	if size > 0 && int64(len(data)) != size {
		return 0, sizeMismatch(int64(len(data)), size)
	}
	return w.storeBytes(data, raw)
}

// storeBytes stores a blob that is in memory. It keeps no reference to data.
func (w *Writer) storeBytes(data []byte, raw bool) (uint32, error) {
	sum := sha256.Sum256(data)
	if id, ok := w.stored(sum, raw); ok {
		w.stats.Aliases++
		w.stats.AliasBytes += int64(len(data))
		return id, nil
	}
	open := &w.text
	if raw {
		open = &w.raw
	}
	if *open != nil && !(*open).fits(len(data), w.clusterBytes) {
		if err := w.closeCluster(open); err != nil {
			return 0, err
		}
	}
	if *open == nil {
		*open = &openCluster{number: new(clusterNumber), raw: raw, data: w.clusters.newBuffer()}
	}
	c := *open
	c.add(data)
	if raw {
		w.stats.RawBytes += int64(len(data))
	} else {
		w.stats.TextBytes += int64(len(data))
	}
	id := w.newBlob(writerBlob{sum: sum, cluster: c.number, blob: uint32(len(c.ends) - 1), raw: raw})
	if len(c.data) > w.clusterBytes { // alone in its cluster; nothing more will fit
		return id, w.closeCluster(open)
	}
	return id, nil
}

// stored finds content that is already in the archive. What must be raw cannot share a compressed blob.
func (w *Writer) stored(sum [sha256.Size]byte, raw bool) (uint32, bool) {
	id, ok := w.bySum[sum]
	return id, ok && (w.blobs[id].raw || !raw)
}

func (w *Writer) newBlob(b writerBlob) uint32 {
	id := uint32(len(w.blobs))
	w.blobs = append(w.blobs, b)
	w.bySum[b.sum] = id // a raw one takes the place of a compressed one
	return id
}

// closeCluster sends an open cluster to the file and sets *open to nil. Raw content that was added before compressed
// content of the same age goes first.
func (w *Writer) closeCluster(open **openCluster) error {
	c := *open
	if c == nil {
		return nil
	}
	if !c.raw {
		if err := w.closeCluster(&w.raw); err != nil {
			return err
		}
	}
	*open = nil
	n, err := w.clusters.put(c)
	*c.number = clusterNumber(n)
	return err
}

// streamBlob copies a large body to the file, as the only blob of a raw cluster. Prefix was read from it before.
func (w *Writer) streamBlob(prefix []byte, body io.Reader, size int64) (uint32, error) {
	if err := w.closeCluster(&w.raw); err != nil {
		return 0, err
	}
	n, err := w.clusters.begin()
	if err != nil {
		return 0, err
	}
	start := w.out.pos
	table := singleBlobTable(size, size > 0 && size > w.maxPlain-8)
	if _, err := w.out.Write(table); err != nil {
		return 0, fmt.Errorf("write cluster %d: %w", n, err)
	}
	sum, got, err := w.copyBlob(io.MultiReader(bytes.NewReader(prefix), body), size)
	if err != nil {
		return 0, err
	}
	if size > 0 && got != size {
		return 0, sizeMismatch(got, size)
	}
	if id, ok := w.stored(sum, true); ok && w.out.truncate != nil {
		w.clusters.undo()
		w.stats.Aliases++
		w.stats.AliasBytes += got
		return id, w.out.cut(start)
	}
	if size <= 0 {
		extended := got > w.maxPlain-8
		if extended {
			if err := w.out.insert(start+int64(len(table)), 8, w.stream); err != nil {
				return 0, fmt.Errorf("move cluster %d: %w", n, err)
			}
		}
		if err := w.out.writeAt(singleBlobTable(got, extended), start); err != nil {
			return 0, fmt.Errorf("write cluster %d: %w", n, err)
		}
	}
	w.stats.RawBytes += got
	number := clusterNumber(n)
	return w.newBlob(writerBlob{sum: sum, cluster: &number, raw: true}), nil
}

// copyBlob copies body to the file and returns what it was: its SHA-256 and its length. It stops when the body is
// longer than size, if that is known.
func (w *Writer) copyBlob(body io.Reader, size int64) (sum [sha256.Size]byte, n int64, err error) {
	if w.stream == nil {
		w.stream = make([]byte, streamBytes)
	}
	h := sha256.New()
	for {
		k, readErr := fillFrom(body, w.stream)
		if readErr != nil && readErr != io.EOF { //nolint:errorlint // an end is bare
			return sum, n, fmt.Errorf("read body: %w", readErr)
		}
		n += int64(k)
		if size > 0 && n > size {
			return sum, n, nil
		}
		h.Write(w.stream[:k])
		if _, err := w.out.Write(w.stream[:k]); err != nil {
			return sum, n, fmt.Errorf("write: %w", err)
		}
		if readErr != nil {
			h.Sum(sum[:0])
			return sum, n, nil
		}
	}
}

// fillFrom reads until p is full or body ends. Unlike [io.ReadFull] it tells the end of a body, io.EOF, from a body that
// breaks off with io.ErrUnexpectedEOF.
func fillFrom(body io.Reader, p []byte) (n int, err error) {
	for n < len(p) && err == nil {
		var k int
		k, err = body.Read(p[n:])
		n += k
	}
	return n, err
}

// singleBlobTable is the start of a raw cluster with one blob of size bytes: info byte and two offsets, of 8 bytes
// each if extended. Kiwix JS 4.4 reads no extended clusters, so only blobs of 4 GiB get one. ZIM, "Clusters".
func singleBlobTable(size int64, extended bool) []byte {
	size = max(size, 0)
	if extended {
		b := []byte{clusterNone | clusterExtended}
		b = binary.LittleEndian.AppendUint64(b, 16)
		return binary.LittleEndian.AppendUint64(b, 16+uint64(size))
	}
	b := []byte{clusterNone}
	b = binary.LittleEndian.AppendUint32(b, 8)
	return binary.LittleEndian.AppendUint32(b, 8+uint32(size))
}

func sizeMismatch(got, want int64) error {
	if got > want {
		return fmt.Errorf("%w: more than %d bytes", ErrSizeMismatch, want)
	}
	return fmt.Errorf("%w: %d bytes, not %d", ErrSizeMismatch, got, want)
}
