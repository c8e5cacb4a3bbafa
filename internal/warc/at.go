package warc

import (
	"fmt"
	"io"
)

// RecordAt returns the one record that begins at an offset of a file, or that has place others before it in the member that begins
// there; a [Record] that was read before tells both. The file's dictionary, if it has one, is read first. The record is read from
// file until another is asked for.
func RecordAt(file io.ReadSeeker, offset int64, place int) (*Record, error) {
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	r, err := NewReader(file)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(offset, io.SeekStart); err != nil {
		return nil, err
	}
	r.src.buf.Reset(file)
	r.src.off, r.open, r.pending = offset, false, nil
	if r.members == nil {
		r.body.Reset(r.src)
	}
	for {
		rec, err := r.Next()
		if err == io.EOF { //nolint:errorlint // Next returns it bare
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return nil, err
		}
		if rec.Offset != offset {
			return nil, fmt.Errorf("there is no record at %d: %w", offset, io.ErrUnexpectedEOF)
		}
		if rec.Place == place {
			return rec, nil
		}
	}
}
