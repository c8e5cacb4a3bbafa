package serve

import (
	"io"
	"net/http"
	"strconv"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/klauspost/compress/gzip"

	"samizdat/internal/zim"
)

// compressMin is the size in bytes below which a smaller answer does not save a packet.
const compressMin = 1024

// compressible reports whether items of this type get smaller when they are compressed.
func compressible(kind string) bool {
	kind, _, _ = strings.Cut(kind, ";")
	return strings.HasPrefix(kind, "text/") || zim.Compressible(kind)
}

// acceptsGzip reports whether an Accept-Encoding header takes gzip. RFC 9110 §12.5.3.
func acceptsGzip(header string) bool {
	any := false
	for part := range strings.SplitSeq(header, ",") {
		coding, params, _ := strings.Cut(strings.TrimSpace(part), ";")
		name, value, _ := strings.Cut(strings.TrimSpace(params), "=")
		wanted := true
		if strings.EqualFold(strings.TrimSpace(name), "q") {
			q, err := strconv.ParseFloat(strings.TrimSpace(value), 64)
			wanted = err == nil && q > 0
		}
		switch strings.TrimSpace(coding) {
		case "*":
			any = wanted
		default:
			if strings.EqualFold(strings.TrimSpace(coding), "gzip") {
				return wanted
			}
		}
	}
	return any
}

// gzips reports whether the answer with data of this type goes out compressed: on a LAN only, text, to who asks for it,
// whole. If so, a [gzipWriter] must be closed.
func (s *Server) gzips(w http.ResponseWriter, r *http.Request, mime string, data io.Seeker) bool {
	if s.cfg.Loopback || !compressible(mime) {
		return false
	}
	w.Header().Add("Vary", "Accept-Encoding")
	if r.Header.Get("Range") != "" || !acceptsGzip(strings.Join(r.Header.Values("Accept-Encoding"), ",")) {
		return false
	}
	size, err := data.Seek(0, io.SeekEnd)
	if err == nil {
		_, err = data.Seek(0, io.SeekStart)
	}
	if err != nil || size < compressMin {
		return false
	}
	if gzips.Add(1) > maxGzips {
		gzips.Add(-1)
		return false
	}
	return true
}

var gzipWriters = sync.Pool{New: func() any {
	w, _ := gzip.NewWriterLevel(nil, gzip.BestSpeed) // a level that there is
	return w
}}

// maxGzips bounds the answers that are compressed at once, since each takes most of a megabyte as long as its client
// takes to read it. More go out as they are.
const maxGzips = 48

var gzips atomic.Int64

// gzipWriter compresses a body. Only the first byte of one begins it, so that answers without a body have none.
type gzipWriter struct {
	http.ResponseWriter
	gz *gzip.Writer
}

func (w *gzipWriter) Write(p []byte) (int, error) {
	if w.gz == nil {
		w.gz = gzipWriters.Get().(*gzip.Writer)
		w.gz.Reset(w.ResponseWriter)
	}
	return w.gz.Write(p)
}

func (w *gzipWriter) Unwrap() http.ResponseWriter { return w.ResponseWriter }

func (w *gzipWriter) close() {
	gzips.Add(-1)
	if w.gz != nil {
		_ = w.gz.Close() // the client is told by the missing end of the last chunk
		w.gz.Reset(nil)
		gzipWriters.Put(w.gz)
	}
}
