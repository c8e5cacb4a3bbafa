package pack

import (
	"context"
	"fmt"
	"io"

	"samizdat/internal/compile"
	"samizdat/internal/search"
	"samizdat/internal/xapian"
	"samizdat/internal/zim"
)

// htmlIndex makes the index of a folder of pages, as libzim does. Its methods may be called on nil, which makes none.
type htmlIndex struct{ x *search.Indexer }

func newHTMLIndex(meta HTMLMetadata, opts *Options) *htmlIndex {
	if opts.NoIndex {
		return nil
	}
	return &htmlIndex{search.NewIndexer(&search.IndexOptions{Language: meta.Language, NGrams: true, Spill: opts.Spill})}
}

// prepare makes the terms of a page; nil if it is not indexed, as one that was not read whole. It may be called concurrently.
func (h *htmlIndex) prepare(file *webFile, title string, page []byte) *search.Prepared {
	if h == nil || file.mime != htmlType || file.size > maxScanned {
		return nil
	}
	titled := title != ""
	if !titled {
		title = file.path // as archives have it, and libzim's index of texts; its index of titles has none of these
	}
	text := search.ReadHTML(page)
	return h.x.Prepare(search.Entry{Path: file.path, Title: title, Front: titled, Page: &text})
}

func (h *htmlIndex) add(p *search.Prepared) error {
	if h == nil || p == nil {
		return nil
	}
	return h.x.Add(p)
}

// write adds the databases to the archive.
func (h *htmlIndex) write(ctx context.Context, w *zim.Writer) error {
	if h == nil {
		return nil
	}
	defer h.x.Close()
	return writeIndex(ctx, w, h.x)
}

// close removes what write did not get to.
func (h *htmlIndex) close() {
	if h != nil {
		_ = h.x.Close()
	}
}

// indexDossier adds the index of a dossier's pages: of each that can be found by its title the <main>, in the language of
// the item.
func indexDossier(ctx context.Context, w *zim.Writer, a *compile.Archive, opts *Options) error {
	x := search.NewIndexer(&search.IndexOptions{Mixed: true, NGrams: true, Spill: opts.Spill})
	defer x.Close()
	for i := range a.Entries {
		e := &a.Entries[i]
		if !e.Front {
			continue
		}
		if err := ctx.Err(); err != nil {
			return err
		}
		text := search.ReadMain(e.Data)
		p := x.Prepare(search.Entry{Path: e.Path, Title: e.Title, Front: true, Page: &text, Language: e.Lang, Section: e.Section})
		if err := x.Add(p); err != nil {
			return err
		}
	}
	return writeIndex(ctx, w, x)
}

func writeIndex(ctx context.Context, w *zim.Writer, x *search.Indexer) error {
	fulltext, title, err := x.Databases()
	if err != nil {
		return fmt.Errorf("index: %w", err)
	}
	for _, db := range []struct {
		path   string
		writer *xapian.Writer
	}{{search.FulltextPath, fulltext}, {search.TitlePath, title}} {
		if db.writer == nil {
			continue
		}
		size, err := db.writer.Finish()
		if err != nil {
			return fmt.Errorf("index: %w", err)
		}
		r, out := io.Pipe()
		go func() {
			_, err := db.writer.WriteTo(out)
			out.CloseWithError(err)
		}()
		err = w.Add(zim.Header{Namespace: zim.NamespaceIndex, Path: db.path, MIMEType: search.DatabaseType, Store: true, Size: size}, contextReader{ctx, r})
		r.Close()
		if err != nil {
			return err
		}
	}
	return nil
}
