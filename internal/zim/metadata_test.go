package zim_test

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/zim"
)

// TestMetadataNamesAreBounded: names that only exhaust whoever lists them are a defect of the file.
func TestMetadataNamesAreBounded(t *testing.T) {
	f, err := os.Create(filepath.Join(t.TempDir(), "x.zim"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	w, err := zim.NewWriter(f, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := w.Add(zim.Header{Path: "a", MIMEType: "text/html", FrontArticle: true}, strings.NewReader("x")); err != nil {
		t.Fatal(err)
	}
	for i := range 1200 {
		if err := w.AddMetadata(fmt.Sprintf("X-%d", i), []byte("x")); err != nil {
			t.Fatal(err)
		}
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	info, err := f.Stat()
	if err != nil {
		t.Fatal(err)
	}
	r, err := zim.NewReader(f, info.Size(), nil)
	if err != nil {
		t.Fatal(err)
	}
	var format *zim.FormatError
	if _, err := r.MetadataNames(); !errors.As(err, &format) || !errors.Is(err, zim.ErrTooLarge) {
		t.Errorf("MetadataNames = %v, want a FormatError that wraps ErrTooLarge", err)
	}
}
