package warc_test

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"

	"samizdat/internal/warc"
)

// TestRecordAt finds every record again by its offset and place, in every packing, and copies it as it was.
func TestRecordAt(t *testing.T) {
	one, two, three := record(1, answer), record(2, answer+strings.Repeat("long text, ", 3000)), record(3, answer)
	d := dictionary(t)
	with := zstd.WithEncoderDict(d)
	for name, file := range map[string]string{
		"plain":            one + two + three,
		"frames":           frame(t, one) + frame(t, two) + frame(t, three),
		"shared frame":     frame(t, one) + frame(t, two+three),
		"dictionary":       skippable(0x184D2A5D, string(d)) + frame(t, one, with) + frame(t, two, with) + frame(t, three, with),
		"a damaged member": "\x1f\x8b\x08\x00\x00\x00\x00\x00\x00\xffnonsense" + zip(t, one) + zip(t, two) + zip(t, three),
		"members":          zip(t, one) + zip(t, two) + zip(t, three),
		"one member":       zip(t, one+two+three),
	} {
		t.Run(name, func(t *testing.T) {
			o := read(t, strings.NewReader(file))
			if len(o.records) != 3 {
				t.Fatalf("%d records, %q", len(o.records), o.got)
			}
			var copied bytes.Buffer
			w := warc.NewWriter(&copied)
			for _, was := range o.records {
				rec, err := warc.RecordAt(strings.NewReader(file), was.Offset, was.Place)
				if err != nil {
					t.Fatal(err)
				}
				if rec.ID() != was.ID() {
					t.Errorf("at %d, %d is %s, want %s", was.Offset, was.Place, rec.ID(), was.ID())
				}
				if _, err := w.Copy(rec); err != nil {
					t.Fatal(err)
				}
			}
			again := read(t, bytes.NewReader(copied.Bytes()))
			for i, rec := range again.records {
				if rec.ID() != o.records[i].ID() || rec.BlockDigest != warc.Matches || rec.Size != o.records[i].Size {
					t.Errorf("copied %s of %d bytes, block digest %v", rec.ID(), rec.Size, rec.BlockDigest)
				}
			}
		})
	}
	if _, err := warc.RecordAt(strings.NewReader(one+two), int64(len(one)), 1); err == nil {
		t.Error("a place in a plain file")
	}
	if _, err := warc.RecordAt(strings.NewReader(zip(t, one)), 0, 7); !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a place that is not there: %v", err)
	}
}

// TestCopyDamaged copies a record that is cut short: an error, and nothing more is written.
func TestCopyDamaged(t *testing.T) {
	file := record(1, answer)
	rec, err := warc.RecordAt(strings.NewReader(file[:len(file)-20]), 0, 0)
	if err != nil {
		t.Fatal(err)
	}
	w := warc.NewWriter(io.Discard)
	var damage *warc.Damage
	if _, err := w.Copy(rec); !errors.As(err, &damage) {
		t.Errorf("got %v, want a damage", err)
	}
	if rec, err = warc.RecordAt(strings.NewReader(file), 0, 0); err != nil {
		t.Fatal(err)
	}
	if _, err := w.Copy(rec); err == nil {
		t.Error("the file goes on after an error")
	}
}
