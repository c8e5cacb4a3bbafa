package carry

import (
	"archive/zip"
	"bytes"
	"io"
	"testing"

	"samizdat/internal/splice"
	"samizdat/internal/splice/splicetest"
)

// zeros reads as zero bytes.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }

// A member and an offset above 4 GiB come back through 64-bit records, for us and for archive/zip. The large member's
// sum is not computed.
func TestZip64(t *testing.T) {
	const size = 1<<32 + 12345
	dossier := NewMember(splice.Dossier, zeros{}, size)
	dossier.known = true
	program := splicetest.ELF(true)
	m, err := New(bytes.NewReader(program), int64(len(program)), []*Member{dossier, Bytes("behind", []byte("here"))})
	if err != nil {
		t.Fatal(err)
	}
	p, err := splice.Find(m, m.Size())
	if err != nil {
		t.Fatal(err)
	}
	if large, err := p.Open(splice.Dossier); err != nil || large.Size() != size {
		t.Errorf("large member: %v, %v", large, err)
	}
	behind, err := p.Open("behind")
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(behind); err != nil || string(b) != "here" {
		t.Errorf("behind: %q, %v", b, err)
	}
	z, err := zip.NewReader(m, m.Size())
	if err != nil {
		t.Fatal(err)
	}
	if z.File[0].UncompressedSize64 != size {
		t.Errorf("archive/zip: %d bytes, want %d", z.File[0].UncompressedSize64, int64(size))
	}
	f, err := z.File[1].Open()
	if err != nil {
		t.Fatal(err)
	}
	if b, err := io.ReadAll(f); err != nil || string(b) != "here" {
		t.Errorf("archive/zip: behind: %q, %v", b, err)
	}
}
