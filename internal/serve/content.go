package serve

import (
	"context"
	"errors"
	"io"
	"io/fs"
	"math"
	"mime"
	"net/http"
	"net/url"
	"strconv"
	"strings"

	"github.com/gorilla/mux"

	"samizdat/internal/seal"
	"samizdat/internal/zim"
)

// bookRoot answers the address of a book, with or without its slash: a redirect to the main page, whose relative
// links would not work here.
func (s *Server) bookRoot(w http.ResponseWriter, r *http.Request) {
	b := s.byName[mux.Vars(r)["book"]]
	if b == nil {
		s.notFound(w, r)
		return
	}
	e, err := b.main(r.Context())
	if err != nil {
		s.fail(w, r, b, "", err)
		return
	}
	if path, ok := b.path(e); ok && path != "" && !climbs(path) {
		redirect(w, s.address(routeContent, "book", b.name, "path", path))
		return
	}
	s.item(w, r, b, e) // cannot be addressed; better shown here than not at all
}

// main returns the item to begin with: what the archive names, or else its first article.
func (b *book) main(ctx context.Context) (zim.Entry, error) {
	e, err := b.zim.MainEntry()
	if errors.Is(err, fs.ErrNotExist) {
		var articles *zim.Articles
		if articles, err = b.zim.Articles(ctx); err == nil {
			e, err = articles.At(0)
		}
	}
	if err != nil {
		return zim.Entry{}, err
	}
	return e.Resolve()
}

// content answers with a stored item. Redirects of the archive, and other spellings of a path, are answered by 302 to
// the item's own address, so that relative links in it work.
func (s *Server) content(w http.ResponseWriter, r *http.Request) {
	b, path := s.byName[mux.Vars(r)["book"]], mux.Vars(r)["path"]
	if b == nil {
		s.notFound(w, r)
		return
	}
	if path == "" {
		s.bookRoot(w, r)
		return
	}
	asked, e, err := b.lookup(path, r.URL)
	if err == nil {
		e, err = e.Resolve()
	}
	if err != nil {
		s.fail(w, r, b, asked, err)
		return
	}
	if own, ok := b.path(e); ok && own != asked && own != "" && !climbs(own) {
		redirect(w, s.address(routeContent, "book", b.name, "path", own))
		return
	}
	if b.startsWorker(r, e) {
		s.worker(w, r, b, asked)
		return
	}
	s.item(w, r, b, e)
}

// lookup finds the entry for a path of an address. Archived pages have paths with a query in them: links in pages
// write its "?" as %3F, but addresses made by scripts do not, and so the path with the query is looked for first. asked
// is the path found, or the plain one.
func (b *book) lookup(path string, u *url.URL) (asked string, e zim.Entry, err error) {
	if u.RawQuery != "" || u.ForceQuery {
		query, err := url.QueryUnescape(u.RawQuery)
		if err != nil {
			query = u.RawQuery
		}
		long := path + "?" + query
		if e, err := b.zim.Content(long); !errors.Is(err, fs.ErrNotExist) {
			return long, e, err
		}
	}
	e, err = b.zim.Content(path)
	return path, e, err
}

// climbs reports whether a browser would change path before asking for it, because it has a segment "." or "..". A
// redirect there could lead out of the archive.
func climbs(path string) bool {
	for seg := range strings.SplitSeq(path, "/") {
		if seg == "." || seg == ".." {
			return true
		}
	}
	return false
}

// item answers with the data of e, which is no redirect.
func (s *Server) item(w http.ResponseWriter, r *http.Request, b *book, e zim.Entry) {
	path, _ := b.path(e)
	data, err := b.open(r.Context(), e)
	if err != nil {
		s.fail(w, r, b, path, err)
		return
	}
	defer data.blob.Close()
	data.failed = func(err error) { s.logDamage(b, path, err) }
	data.instead = func(err error) {
		s.setPolicy(w.Header(), shown{of: ownPage})
		s.fail(w, r, b, path, err)
	}
	if out, ok := w.(*response); ok {
		data.blob.Revocable(out.revoke)
	}
	mime := contentType(e.MIMEType())
	of := guestContent
	switch {
	case b.src.Ours && isCaptured(path):
		of = captured
	case b.src.Ours:
		of = ourContent
	}
	s.setPolicy(w.Header(), shown{of: of, book: b.name, mime: mime, at: placeOf(r)})
	b.unkept(w)
	s.send(w, r, mime, b.etag(e), data)
}

// unkept has browsers keep nothing of an archive that no seal is checked of while it is read.
func (b *book) unkept(w http.ResponseWriter) {
	if out, ok := w.(*response); ok && !b.src.Checked {
		out.cache = "no-store"
	}
}

// open reads e as far as it takes to know that it can be decoded, so that damage is known before the answer begins. It gives
// up when ctx ends. The caller closes the blob.
func (b *book) open(ctx context.Context, e zim.Entry) (*stored, error) {
	blob, err := e.BlobContext(ctx)
	if err != nil {
		return nil, err
	}
	data := &stored{SectionReader: io.NewSectionReader(blob, 0, blob.Size()), blob: blob}
	if off, raw := blob.Section(); raw {
		if err := b.tryOut(blob); err != nil {
			return nil, err
		}
		if !b.src.Checked { // what the system sends, nobody checks
			data.file, data.path, data.offset = b.src.File, b.src.Path, b.src.Offset+off
		}
	}
	return data, nil
}

// tryOut reads a byte of a raw blob, to notice a medium that is gone, and under a seal its first block; if it is no
// longer than a block, all of it, so that damage has a page of its own. Longer ones can only be cut off when damage is
// met, unless it is met before the first byte of a range is sent.
func (b *book) tryOut(blob *zim.Blob) error {
	for _, at := range []int64{0, blob.Size() - 1} {
		if at < 0 || at > 0 && (!b.src.Checked || at >= seal.BlockSize) {
			continue
		}
		var one [1]byte
		if _, err := blob.ReadAt(one[:], at); err != nil && err != io.EOF {
			return err
		}
	}
	return nil
}

// send answers with data: all of it, one range of it, or the news that the browser has it already. Several ranges at
// once are not served, since they let a small request cause a large answer; such a request gets the whole.
func (s *Server) send(w http.ResponseWriter, r *http.Request, mime, etag string, data io.ReadSeeker) {
	h := w.Header()
	h.Set("Content-Type", mime)
	if etag != "" {
		h.Set("ETag", etag)
	}
	if asked := r.Header.Get("Range"); asked != "" {
		r = r.Clone(r.Context())
		if single, ok := oneRange(asked); ok {
			r.Header.Set("Range", single)
		} else {
			r.Header.Del("Range")
		}
	}
	if s.gzips(w, r, mime, data) {
		h.Set("Content-Encoding", "gzip")
		if etag != "" { // another representation, so its validator is weak (RFC 9110 §8.8.1): it still gives 304
			h.Set("ETag", "W/"+etag)
		}
		gz := &gzipWriter{ResponseWriter: w}
		defer gz.close()
		w = gz
	}
	item, ok := data.(*stored)
	out, held := w.(*response)
	if held = held && ok && item.instead != nil && r.Header.Get("Range") != ""; held {
		out.hold() // whether its first byte can be had is not known yet
	}
	// Name and time are unknown, so nothing is guessed and validators are ETags only.
	http.ServeContent(w, r, "", noTime, data)
	if ok && item.err != nil {
		if held && r.Context().Err() == nil && out.drop() {
			item.instead(item.err)
			return
		}
		if item.failed != nil {
			item.failed(item.err)
		}
		panic(http.ErrAbortHandler) // so that half an answer is not taken for a whole one
	}
	if held {
		out.release()
	}
}

// oneRange returns the Range header to obey: none for units other than bytes, which are to be ignored (RFC 9110
// §14.2), and for several ranges; an end beyond 64 bits is the end of the item.
func oneRange(header string) (string, bool) {
	spec, ok := strings.CutPrefix(header, "bytes=")
	if !ok || strings.Contains(spec, ",") {
		return "", false
	}
	first, last, ok := strings.Cut(spec, "-")
	if strings.TrimSpace(first) == "" && strings.Trim(strings.TrimSpace(last), "0") == "" {
		return "bytes=" + strconv.FormatInt(math.MaxInt64, 10) + "-", true // the last 0 bytes: 416
	}
	digits := strings.TrimLeft(strings.TrimSpace(last), "0")
	if ok && len(digits) > 18 && strings.Trim(digits, "0123456789") == "" {
		if strings.TrimSpace(first) == "" {
			return "bytes=0-", true // more than there is, from the end: all of it
		}
		return "bytes=" + first + "-", true
	}
	return header, true
}

// contentType returns what an archive says about an item's type as a header: with the charset that all text in
// archives has (openZIM), and nothing a browser would have to guess. What is not exactly a type with well-formed
// parameters becomes application/octet-stream: browsers read a Content-Type with a comma as a list and take its last
// type (Fetch, "extract a MIME type"), so such a value would be one type to the policy and another to them.
func contentType(stored string) string {
	const unknown = "application/octet-stream"
	if strings.ContainsFunc(stored, func(r rune) bool { return r == ',' || r < ' ' || r > '~' }) {
		return unknown
	}
	kind, params, err := mime.ParseMediaType(stored)
	if err != nil || !strings.Contains(kind, "/") {
		return unknown
	}
	if kind == pdfType {
		return pdfType // its policy is its own, so nothing may ride along
	}
	if strings.HasPrefix(kind, "text/") {
		charset := params["charset"]
		if charset == "" {
			charset = "utf-8"
		}
		params = map[string]string{"charset": charset} // others are notes of writers, like raw=true
	}
	if header := mime.FormatMediaType(kind, params); header != "" {
		return header
	}
	return unknown
}

// pdfType is the type that the browser's own viewer shows.
const pdfType = "application/pdf"
