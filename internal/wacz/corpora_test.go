//go:build corpora

package wacz_test

import (
	"crypto/x509"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"samizdat/internal/judge"
	"samizdat/internal/wacz"
)

// TestCorpora opens and verifies every WACZ file below $CORPORA, which are of other people's making: "make judges CORPORA=DIR" runs it.
// Those that are called invalid must not be intact, nor open if they lack what an archive must have. The log has what was found.
func TestCorpora(t *testing.T) {
	dir := judge.Corpora(t)
	roots, err := x509.SystemCertPool()
	if err != nil {
		t.Fatal(err)
	}
	var files, intact, caught, signed, records, pages, entries int
	err = filepath.WalkDir(dir, func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(d.Name(), ".wacz") {
			return err
		}
		files++
		invalid := strings.HasPrefix(d.Name(), "invalid")
		f, err := os.Open(path)
		if err != nil {
			return err
		}
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return err
		}
		a, err := wacz.Open(f, info.Size())
		if err != nil {
			t.Logf("%s: %v", path, err)
			if invalid {
				caught++
			} else {
				t.Errorf("%s does not open", path)
			}
			return nil
		}
		r, err := a.Verify(t.Context(), roots)
		if err != nil {
			return err
		}
		for _, finding := range r.Findings {
			t.Logf("%s: %v: %v: %v", path, finding.Kind.Grade(), finding.Kind, finding)
		}
		if s := r.Signature; s != nil {
			t.Logf("%s: signed by %s, domain %q of %s, trusted %v (%v), stamped %v (%v): %v", path, s.Software, s.Domain, s.Issuer, s.Trusted, s.TrustErr, s.Time, s.TimeErr, s.Err)
			if s.Err == nil && s.TimeErr == nil {
				signed++
			}
			if s.Domain != "" && s.Trusted == invalid {
				t.Errorf("%s: the certificate is trusted: %v", path, s.Trusted)
			}
		}
		switch {
		case invalid && (!r.Intact() || r.Signature != nil && r.Signature.TrustErr != nil):
			caught++
		case r.Intact() && !invalid:
			intact++
		default:
			t.Errorf("%s is not intact", path)
		}
		records += r.Records
		if err := a.Pages(func(wacz.Page) error { pages++; return nil }, nil); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		if err := a.Index(func(wacz.Entry) error { entries++; return nil }, nil); err != nil {
			t.Errorf("%s: %v", path, err)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	if files == 0 {
		judge.LacksCorpus(t, "WACZ file")
	}
	t.Logf("%d files: %d intact, %d caught; %d signatures are right; %d records, %d pages, %d entries", files, intact, caught, signed, records, pages, entries)
}
