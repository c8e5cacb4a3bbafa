package warc

import (
	"bytes"
	"fmt"
	"io"
)

// Copy writes a record of another file: its fields in their order, its block byte for byte, so that its own digests go on holding.
// Only how it is packed, and how the lines of its header end, is ours. The record is read to its end; one that is damaged is
// an error, and spoils the file as any error in the middle of a record.
func (w *Writer) Copy(rec *Record) (Written, error) {
	if w.err != nil {
		return Written{}, w.err
	}
	done := Written{ID: rec.ID(), Offset: w.off}
	done.Block, _, _ = ParseDigest(rec.Header.Get("WARC-Block-Digest"))
	done.Payload, _, _ = ParseDigest(rec.Header.Get("WARC-Payload-Digest"))
	var head bytes.Buffer
	head.WriteString("WARC/" + rec.Version + "\r\n")
	for _, f := range rec.Header {
		if err := writeField(&head, f); err != nil {
			return Written{}, fmt.Errorf("copy the record at %d: %w", rec.Offset, err)
		}
	}
	head.WriteString("\r\n")
	w.zw.Reset(count{w})
	_, err := w.zw.Write(head.Bytes())
	if err == nil {
		_, err = io.Copy(w.zw, rec)
	}
	if err == nil {
		err = rec.Finish()
	}
	if err == nil {
		_, err = w.zw.Write([]byte("\r\n\r\n"))
	}
	if err == nil {
		err = w.zw.Close()
	}
	if err != nil {
		w.err = fmt.Errorf("copy the record at %d: %w", rec.Offset, err)
		return Written{}, w.err
	}
	done.Length = w.off - done.Offset
	return done, nil
}
