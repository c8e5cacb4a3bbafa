package warc

import (
	"bytes"
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"strconv"

	"github.com/klauspost/compress/gzip"
)

// Writer writes the records of a file, each as one gzip member (WARC Annex D). The same drafts make the same bytes: nothing comes from
// the clock or from chance. It is for one goroutine. After an error in the middle of a record the file is spoilt and every further
// call returns that error.
type Writer struct {
	w    io.Writer
	zw   *gzip.Writer // for texts
	fast *gzip.Writer // for what is compressed already
	off  int64
	info string           // ID of the warcinfo
	ids  map[[16]byte]int // how often each was made
	err  error
}

// Written is a record that was written.
type Written struct {
	ID      string // "urn:uuid:…"
	Offset  int64  // of its member in what was written, bytes
	Length  int64  // of its member, bytes
	Block   Digest
	Payload Digest // of an HTTP message's body; of a revisit the one given; "" of others, where it is the block's
}

// NewWriter begins a file. The first record should be a warcinfo: the others then refer to it.
func NewWriter(w io.Writer) *Writer {
	// Compression is from a library that go.mod pins: the one of Go may make other bytes with its next release.
	level := func(n int) *gzip.Writer {
		zw, err := gzip.NewWriterLevel(nil, n)
		if err != nil {
			panic("warc: internal error: " + err.Error())
		}
		return zw
	}
	return &Writer{w: w, zw: level(gzip.BestCompression), fast: level(gzip.BestSpeed), ids: map[[16]byte]int{}}
}

// Write writes one record. A draft that breaks the rules is an error and writes nothing.
func (w *Writer) Write(d *Draft) (Written, error) {
	if w.err != nil {
		return Written{}, w.err
	}
	if err := d.check(); err != nil {
		return Written{}, fmt.Errorf("%s record: %w", d.Type, err)
	}
	block, payload := sha256.New(), sha256.New()
	block.Write(d.Head)
	size, err := readBody(d, io.MultiWriter(block, payload))
	if err != nil {
		return Written{}, fmt.Errorf("%s record: %w", d.Type, err)
	}
	rec := Written{Offset: w.off, Block: sha256Digest(block)}
	switch {
	case d.Type == Revisit:
		rec.Payload = d.Payload
	case d.Head != nil:
		rec.Payload = sha256Digest(payload)
	}
	head, err := w.header(d, &rec, int64(len(d.Head))+size)
	if err != nil {
		return Written{}, fmt.Errorf("%s record: %w", d.Type, err)
	}
	again := sha256.New()
	again.Write(d.Head)
	zw := w.zw
	if d.dense() {
		zw = w.fast
	}
	zw.Reset(count{w})
	_, err = zw.Write(head)
	if err == nil {
		_, err = zw.Write(d.Head)
	}
	if err == nil {
		_, err = readBody(d, io.MultiWriter(zw, again))
	}
	if err == nil && sha256Digest(again) != rec.Block {
		err = errors.New("its body changed while it was written")
	}
	if err == nil {
		_, err = zw.Write([]byte("\r\n\r\n"))
	}
	if err == nil {
		err = zw.Close()
	}
	if err != nil {
		w.err = fmt.Errorf("%s record: %w", d.Type, err)
		return Written{}, w.err
	}
	rec.Length = w.off - rec.Offset
	return rec, nil
}

// readBody copies the body from its start.
func readBody(d *Draft, to io.Writer) (int64, error) {
	if d.Body == nil {
		return 0, nil
	}
	if _, err := d.Body.Seek(0, io.SeekStart); err != nil {
		return 0, err
	}
	return io.Copy(to, d.Body)
}

// header makes the record's header and gives the record its ID.
func (w *Writer) header(d *Draft, rec *Written, size int64) ([]byte, error) {
	var rest Header
	add := func(name, value string) {
		if value != "" {
			rest = append(rest, Field{name, value})
		}
	}
	add("WARC-Date", FormatDate(d.Date))
	add("WARC-Target-URI", d.TargetURI)
	rest = append(rest, d.Fields...)
	if d.Type != Warcinfo && w.info != "" {
		add("WARC-Warcinfo-ID", "<"+w.info+">")
	}
	add("WARC-Payload-Digest", string(rec.Payload))
	add("WARC-Block-Digest", string(rec.Block))
	add("Content-Type", d.contentType())
	add("Content-Length", strconv.FormatInt(size, 10))
	var fields bytes.Buffer
	for _, f := range rest {
		if err := writeField(&fields, f); err != nil {
			return nil, err
		}
	}
	rec.ID = w.id(d.Type, fields.Bytes())
	if d.Type == Warcinfo {
		w.info = rec.ID
	}
	var b bytes.Buffer
	b.WriteString("WARC/1.1\r\nWARC-Type: " + string(d.Type) + "\r\nWARC-Record-ID: <" + rec.ID + ">\r\n")
	b.Write(fields.Bytes())
	b.WriteString("\r\n")
	return b.Bytes(), nil
}

// id makes a record's ID from all that the record says, its block by digest: a UUID of version 8 (RFC 9562, 5.8) with bits of a
// SHA-256. Two equal records in one file are told apart by counting them.
func (w *Writer) id(kind Type, fields []byte) string {
	h := sha256.New()
	fmt.Fprintf(h, "samizdat record\n%s\n", kind)
	h.Write(fields)
	var key [16]byte
	copy(key[:], h.Sum(nil))
	if n := w.ids[key]; n > 0 {
		w.ids[key]++
		fmt.Fprintf(h, "\nagain %d\n", n)
		copy(key[:], h.Sum(nil))
	} else {
		w.ids[key] = 1
	}
	key[6] = key[6]&0x0f | 0x80
	key[8] = key[8]&0x3f | 0x80
	return fmt.Sprintf("urn:uuid:%x-%x-%x-%x-%x", key[:4], key[4:6], key[6:8], key[8:10], key[10:])
}

// count counts what a writer has written.
type count struct{ w *Writer }

func (c count) Write(p []byte) (int, error) {
	n, err := c.w.w.Write(p)
	c.w.off += int64(n)
	return n, err
}
