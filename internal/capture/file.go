package capture

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"

	"samizdat/internal/dossier"
	"samizdat/internal/fetch"
	"samizdat/internal/snapshot"
)

// fileName is how a file is called, behind Job.Stem and with the ending of what it is, that is at the address instead of a page.
const fileName = "file"

// file captures what is at an address that is no page: the file itself, with the evidence.
func (r *run) file(x *fetch.Exchange, contentType, ending string) (*Result, error) {
	if ending != ".pdf" && !fits(snapshot.Picture, ending) && !fits(snapshot.Media, ending) {
		if contentType = oneLine(contentType); contentType == "" {
			contentType = "something that the server gives no type"
		}
		return nil, fmt.Errorf("%s: %w, but %s", r.job.URL, ErrNotPage, contentType)
	}
	res := &Result{Fetched: 1, Media: r.job.name(fileName + ending)}
	body, err := x.Final().Open()
	if err != nil {
		return nil, fmt.Errorf("%s: %w", r.job.URL, err)
	}
	defer body.Close()
	f, err := os.OpenFile(filepath.Join(r.job.Dir, res.Media), os.O_RDWR|os.O_CREATE|os.O_EXCL, 0o666)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	sum := sha256.New()
	n, err := io.Copy(io.MultiWriter(f, sum, r.unpacked), io.LimitReader(body, min(r.job.most(), Unbounded-1)+1))
	switch {
	case err != nil:
		return nil, fmt.Errorf("%s: %w", r.job.URL, err)
	case n > r.job.most():
		return nil, fmt.Errorf("%s: %w", r.job.URL, fetch.ErrTooLarge)
	}
	if err := packable(f, n, ending); err != nil {
		return nil, fmt.Errorf("%s: %w", r.job.URL, err)
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return nil, err
	}
	digest := hex.EncodeToString(sum.Sum(nil))
	c := r.record(x, contentType, digest)
	res.Listed = []dossier.MediaFile{{File: res.Media, SHA256: digest, Size: n, From: r.job.URL, At: c.CapturedAt, With: r.job.Tool}}
	if r.rendered != nil { // it came through a browser, which shows no picture of it
		c.Method = "chrome"
	}
	return r.prove(x, nil, nil, c, res)
}
