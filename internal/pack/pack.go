// Package pack writes archives: [Dossier] turns a loaded bundle into one ZIM file, [HTML] does the same with any folder
// of web pages.
//
// The same input gives the same bytes on any machine with any number of cores: files are sorted by name, times come
// from the manifest or the caller, and types from a table of our own. Media are written before everything that is
// compressed, so that an edition that changes one article shares almost all blocks of its file with the last.
//
// Every archive ends with a seal: block hashes, which find damage, signed if there is a key to sign with. Before either
// function returns, the finished file is read back and checked ([zim.Check]); one with errors is reported as [*FaultyError]. Giving the file its name, or deleting it, is the caller's part.
package pack

import (
	"bytes"
	"context"
	"fmt"
	"io"

	"samizdat/internal/compile"
	"samizdat/internal/dossier"
	"samizdat/internal/seal"
	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// Options are shared by [Dossier] and [HTML]. The zero value works; nil is allowed.
type Options struct {
	Workers  int                     // goroutines that read and compress; 0 means GOMAXPROCS. Never changes the output
	Progress func(done, total int64) // bytes of input written so far; called from one goroutine at a time. nil: none
	Key      *seal.PrivateKey        // signs the seal; nil: nobody does
	Comment  string                  // the signer's note, signed with it; see [seal.Sign]
	NoIndex  bool                    // without the databases to search in
	Keep     []string                // ids of items whose media keep what they tell of their makers; see package scrub
	// Spill makes temporary files for the index of a very large archive; nil: it is made in memory.
	Spill func() (xapian.Spill, error)
}

// File is what archives are written into, like an *os.File.
type File interface {
	zim.File
	seal.File
}

// Report tells what became of the input.
type Report struct {
	Entries  int           // content entries, redirects included
	Bytes    int64         // size of the archive
	Problems []zim.Problem // warnings of the final check; errors make a [*FaultyError] instead
	Dead     []DeadLink    // HTML only: links that lead nowhere, in the order of file and line
	Notes    []string      // HTML only: files that were left out, and why

	Media    []compile.Medium // of a dossier: files that tell of their makers
	Warnings dossier.Problems // of a dossier: what is odd about its files
}

// FaultyError says that the finished archive does not pass its own check.
type FaultyError struct {
	Problems []zim.Problem // the errors, without warnings
}

// Error gives the first problem and the number of the others.
func (e *FaultyError) Error() string {
	first := fmt.Sprint(e.Problems[0])
	if n := len(e.Problems) - 1; n > 0 {
		return fmt.Sprintf("read back: %s (and %d more)", first, n)
	}
	return "read back: " + first
}

// Dossier writes d as an archive to f, which should be empty. A cancelled ctx ends it early with the context's error;
// what f then holds is of no use.
func Dossier(ctx context.Context, d *dossier.Dossier, f File, opts *Options) (*Report, error) {
	if opts == nil {
		opts = &Options{}
	}
	a, err := compile.Dossier(d, &compile.Options{Indexed: !opts.NoIndex, Keep: opts.Keep})
	if err != nil {
		return nil, err
	}
	w, err := zim.NewWriter(f, &zim.WriterOptions{Workers: opts.Workers})
	if err != nil {
		return nil, err
	}
	var total, done int64
	for i := range a.Entries {
		total += a.Entries[i].Size
	}
	for i := range a.Entries {
		e := &a.Entries[i]
		if err := addEntry(ctx, w, e); err != nil {
			return nil, err
		}
		done += e.Size
		if opts.Progress != nil {
			opts.Progress(done, total)
		}
	}
	for _, m := range a.Metadata {
		if err := w.AddMetadata(m.Name, m.Value); err != nil {
			return nil, err
		}
	}
	if !opts.NoIndex {
		if err := indexDossier(ctx, w, a, opts); err != nil {
			return nil, err
		}
	}
	w.SetMainPage(a.MainPage)
	if err := ctx.Err(); err != nil {
		return nil, err
	}
	if err := w.Close(); err != nil {
		return nil, err
	}
	report := &Report{Entries: len(a.Entries), Media: a.Media, Warnings: a.Warnings}
	return report, report.finish(ctx, f, opts)
}

func addEntry(ctx context.Context, w *zim.Writer, e *compile.Entry) error {
	if err := ctx.Err(); err != nil {
		return err
	}
	h := zim.Header{Path: e.Path, Title: e.Title, MIMEType: e.MIMEType, FrontArticle: e.Front, Store: e.Store, Size: e.Size}
	if e.Data != nil {
		return w.Add(h, bytes.NewReader(e.Data))
	}
	body, err := e.Open()
	if err != nil {
		return err
	}
	defer body.Close()
	return w.Add(h, contextReader{ctx, body})
}

// finish puts the seal on, reads the file back and fills in what that tells.
func (r *Report) finish(ctx context.Context, f File, opts *Options) error {
	size, err := f.Seek(0, io.SeekEnd)
	if err != nil {
		return err
	}
	if opts.Key != nil {
		size, err = seal.Sign(ctx, f, size, opts.Key, opts.Comment, nil)
	} else {
		size, err = seal.Append(ctx, f, size, nil)
	}
	if err != nil {
		return fmt.Errorf("seal: %w", err)
	}
	r.Bytes = size
	if err := seal.ReadBack(ctx, f, size); err != nil {
		return fmt.Errorf("read back: %w", err)
	}
	var faults []zim.Problem
	for _, p := range zim.Check(ctx, f, size, nil) {
		if p.Severity == zim.Error {
			faults = append(faults, p)
		} else {
			r.Problems = append(r.Problems, p)
		}
	}
	if err := ctx.Err(); err != nil {
		return err
	}
	if len(faults) > 0 {
		return &FaultyError{faults}
	}
	return nil
}

// contextReader ends with the context's error, so that one huge file cannot outlive an interrupt.
type contextReader struct {
	ctx context.Context
	r   io.Reader
}

func (c contextReader) Read(p []byte) (int, error) {
	if err := c.ctx.Err(); err != nil {
		return 0, err
	}
	return c.r.Read(p)
}
