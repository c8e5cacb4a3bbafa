package zim

import (
	"bytes"
	"errors"
	"io"
	"slices"
	"strings"
	"testing"
)

// cutAt cuts b before each of the offsets.
func cutAt(b []byte, at ...int) []Part {
	var parts []Part
	for last := 0; ; at = at[1:] {
		end := len(b)
		if len(at) > 0 {
			end = at[0]
		}
		parts = append(parts, Part{bytes.NewReader(b[last:end]), int64(end - last)})
		if last = end; len(at) == 0 {
			return parts
		}
	}
}

func TestPartsAreOneArchive(t *testing.T) {
	b, l := baseArchive(t).build(t)
	for _, cuts := range [][]int{{}, {1}, {l.clusters[1]}, {40, 80, l.pathPtr + 3, len(b) - 5}} {
		j, err := JoinParts(cutAt(b, cuts...))
		if err != nil {
			t.Fatal(err)
		}
		r, err := NewReader(j, j.Size(), nil)
		if err != nil {
			t.Fatalf("cut at %v: %v", cuts, err)
		}
		whole := openBytes(t, b, nil)
		compareContent(t, whole, r)
		for _, p := range Check(t.Context(), j, j.Size(), nil) {
			t.Errorf("cut at %v: %v", cuts, p)
		}
	}
}

func TestPartsThatAreNoParts(t *testing.T) {
	if _, err := JoinParts([]Part{{strings.NewReader("a"), 1}, {strings.NewReader(""), 0}}); err == nil || !strings.Contains(err.Error(), "part 2 of 2 is empty") {
		t.Errorf("an empty part: %v", err)
	}
	if _, err := JoinParts([]Part{{strings.NewReader("a"), 1 << 62}, {strings.NewReader("a"), 1 << 62}}); err == nil {
		t.Error("parts of 2^63 bytes are joined")
	}
	j, err := JoinParts([]Part{{strings.NewReader("ab"), 3}, {strings.NewReader("cd"), 2}})
	if err != nil {
		t.Fatal(err)
	}
	if n, err := j.ReadAt(make([]byte, 4), 0); n != 2 || !errors.Is(err, io.ErrUnexpectedEOF) {
		t.Errorf("a part that shrank: %d, %v", n, err)
	}
	if _, err := j.ReadAt(make([]byte, 1), -1); err == nil || err == io.EOF { //nolint:errorlint // as it is
		t.Errorf("negative offset: %v", err)
	}
}

func TestExtentOfAnArchiveInsideAFile(t *testing.T) {
	b, _ := baseArchive(t).build(t)
	file := slices.Concat([]byte("BEFORE"), b, []byte("AFTER"))
	r := io.NewSectionReader(bytes.NewReader(file), 6, int64(len(file)-6))
	if n, err := Extent(r, r.Size()); err != nil || n != int64(len(b)) {
		t.Errorf("it takes %d bytes, %v, want %d", n, err, len(b))
	}
	var format *FormatError
	if _, err := Extent(r, int64(len(b)-1)); !errors.As(err, &format) {
		t.Errorf("one byte is missing: %v", err)
	}
	if _, err := Extent(r, 79); !errors.As(err, &format) {
		t.Errorf("79 bytes: %v", err)
	}
	old := baseArchive(t)
	old.noSum = true
	c, _ := old.build(t)
	if n, err := Extent(bytes.NewReader(c), int64(len(c))); err != nil || n != int64(len(c)) {
		t.Errorf("a header without a checksum field: %d, %v, want %d", n, err, len(c))
	}
}

// FuzzParts cuts any bytes anywhere and reads them as if they had not been cut.
func FuzzParts(f *testing.F) {
	f.Add([]byte("abcdefghij"), []byte{3, 0, 4}, uint8(2), uint8(7))
	f.Add([]byte("abcdefghij"), []byte{}, uint8(9), uint8(1))
	f.Add([]byte("abcdefghij"), []byte{1, 1, 1, 1, 1, 1, 1, 1, 1, 1}, uint8(0), uint8(20))
	f.Fuzz(func(t *testing.T, b, lengths []byte, from, n uint8) {
		var parts []Part
		rest := b
		for _, length := range lengths {
			k := min(int(length), len(rest))
			if k == 0 {
				continue
			}
			parts = append(parts, Part{bytes.NewReader(rest[:k]), int64(k)})
			rest = rest[k:]
		}
		if len(rest) > 0 {
			parts = append(parts, Part{bytes.NewReader(rest), int64(len(rest))})
		}
		j, err := JoinParts(parts)
		if err != nil || j.Size() != int64(len(b)) {
			t.Fatalf("%d bytes, %v, want %d", j.Size(), err, len(b))
		}
		got, want := make([]byte, n), make([]byte, n)
		gotN, gotErr := j.ReadAt(got, int64(from))
		wantN, wantErr := bytes.NewReader(b).ReadAt(want, int64(from))
		if gotN != wantN || !errors.Is(gotErr, wantErr) || !bytes.Equal(got, want) {
			// bytes.Reader and Parts may each say EOF, or not, when nothing is left
			if gotN != wantN || !bytes.Equal(got, want) || gotErr != nil && gotErr != io.EOF { //nolint:errorlint // as it is
				t.Errorf("%d bytes from %d: %d %v %q, want %d %v %q", n, from, gotN, gotErr, got, wantN, wantErr, want)
			}
		}
	})
}
