package imports

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/pem"
	"fmt"
	"io"
	"net/url"
	"slices"
	"strings"
	"time"

	"samizdat/internal/dossier"
	"samizdat/internal/warc"
)

// Evidence is read again to see whether what the dossier holds is what was made of it.

// Answer is the record of an answer, or of a page that was saved.
type Answer struct {
	URL    string
	At     time.Time // UTC
	Status int       // of HTTP; 200 of what was saved
	e      *entry
}

// Answer returns the record with the ID; ok is false if there is none.
func (a *Archives) Answer(id string) (Answer, bool) {
	e := a.byID[id]
	if e == nil {
		return Answer{}, false
	}
	return Answer{e.url, e.at, e.status, e}, true
}

// Made tells whether the evidence holds a file that was made of it, by its SHA-256 in hexadecimal digits. Any is false if it holds none.
func (a *Archives) Made(sum string) (held, any bool) {
	return a.made["sha256:"+sum], len(a.made) > 0
}

// Rendered returns the page as a browser's scripts left it, which the evidence of such a capture holds beside what was made of that; sums are
// those of text and look.
func (a *Archives) Rendered(sums ...string) ([]byte, error) {
	for _, e := range a.conversions {
		if e.digest != "" && !slices.Contains(sums, strings.TrimPrefix(e.digest, "sha256:")) {
			return e.block()
		}
	}
	return nil, nil
}

// Screenshot tells whether one of the pictures of whole pages in the files has the SHA-256 sum, in hexadecimal, and whether
// there is any.
func (a *Archives) Screenshot(sum string) (held, any bool, err error) {
	for _, e := range a.entries {
		if e.kind != warc.Resource || !strings.HasPrefix(e.url, "urn:fullPage:") {
			continue
		}
		b, err := e.block()
		if err != nil {
			return false, true, err
		}
		any = true
		if got := sha256.Sum256(b); hex.EncodeToString(got[:]) == sum {
			return true, true, nil
		}
	}
	return false, any, nil
}

// Provenance is what the evidence says of the capture whose page has the record r; nil if it says nothing.
func (a *Archives) Provenance(r Answer) (*dossier.Provenance, error) {
	for _, e := range a.metadata {
		if e.url != r.URL {
			continue
		}
		b, err := e.block()
		if err != nil {
			return nil, err
		}
		if p, ok := dossier.ReadProvenance(b); ok && p.RecordID == r.e.id {
			return p, nil
		}
	}
	return nil, nil
}

// Certificate is the SHA-256, hexadecimal, of the certificate of the server that the record r came from, as the evidence keeps it; empty if it keeps none.
func (a *Archives) Certificate(r Answer) (string, error) {
	u, err := url.Parse(r.URL)
	if err != nil {
		return "", nil //nolint:nilerr // of no server
	}
	for _, e := range a.entries {
		if e.kind != warc.Resource || e.url != "urn:tls-cert:"+u.Host {
			continue
		}
		b, err := e.block()
		if err != nil {
			return "", err
		}
		if first, _ := pem.Decode(b); first != nil && first.Type == "CERTIFICATE" {
			sum := sha256.Sum256(first.Bytes)
			return hex.EncodeToString(sum[:]), nil
		}
	}
	return "", nil
}

// GetterOf returns what answers for the page that has the record.
func (a *Archives) GetterOf(r Answer) *Getter {
	g := a.Getter(Page{URL: r.URL})
	g.at = r.At
	return g
}

// Saved returns the saved page that a record of evidence holds; method is that of its capture.
func (a *Archives) Saved(ctx context.Context, r Answer, method string) (*Saved, error) {
	b, err := r.e.block()
	if err != nil {
		return nil, err
	}
	file, size := bytes.NewReader(b), int64(len(b))
	switch method {
	case "import:singlefile":
		return SingleFile(ctx, a.o.Dir, r.e.file.name, file, size, r.At, r.URL)
	case "import:mhtml":
		return MHTML(ctx, a.o.Dir, r.e.file.name, file, size, r.At, r.URL)
	case "import:folder":
	default:
		return nil, fmt.Errorf("%w: %s", ErrNotSaved, method)
	}
	s := newSaved(a.o.Dir, r.e.file.origin, r.URL, r.At)
	if err := s.page(b, "text/html"); err != nil {
		return nil, err
	}
	s.files = []*part{{url: s.Page.URL, contentType: "text/html", data: b}}
	left := int64(maxSaved)
	for _, e := range a.entries {
		if e == r.e || e.kind != warc.Resource || e.reason != "" || !webAddress(e.url) || len(s.files) > maxParts {
			continue
		}
		b, err := e.block()
		if err != nil {
			return nil, err
		}
		if left -= int64(len(b)); left < 0 {
			return nil, fmt.Errorf("the evidence of a folder holds more than %d bytes", maxSaved)
		}
		name := e.url
		if u, err := url.Parse(e.url); err == nil {
			name = u.Path
		}
		s.lies(&part{url: e.url, contentType: fileType(name), data: b})
	}
	return s, nil
}

// block reads the block of a record of a saved page.
func (e *entry) block() ([]byte, error) {
	rec, err := e.open()
	if err != nil {
		return nil, err
	}
	b, err := io.ReadAll(io.LimitReader(rec, maxSaved+1))
	if err == nil && len(b) > maxSaved {
		err = fmt.Errorf("a saved page of more than %d bytes", maxSaved)
	}
	return b, err
}

// Original is the SHA-256 of the page as it was saved, as its capture has it under "original".
func (s *Saved) Original() string {
	sum := sha256.Sum256(s.original)
	return hex.EncodeToString(sum[:])
}

// SameTime tells whether a record's time is the one that a capture has, which is without fractions of seconds.
func (r Answer) SameTime(capturedAt string) bool {
	t, err := time.Parse(time.RFC3339, capturedAt)
	return err == nil && r.At.Truncate(time.Second).Equal(t)
}

// SameAddress tells whether a record is of one of these addresses.
func (r Answer) SameAddress(refs ...string) bool {
	for _, ref := range refs {
		if base, _, _ := strings.Cut(ref, "#"); base != "" && keyOf(base) == keyOf(r.URL) {
			return true
		}
	}
	return false
}
