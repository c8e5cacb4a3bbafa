package serve

import (
	"io"
	"net/http"
	"os"
	"sync"
	"time"

	"samizdat/internal/zim"
)

const (
	writeTimeout = 30 * time.Second // per step below; a client that takes less than about 8 KB/s is let go
	writeStep    = 256 << 10        // bytes that are written at once
	copyStep     = 64 << 10         // bytes that are copied at once
	fileStep     = 256 << 10        // bytes that the system sends at once, to begin with
	maxFileStep  = 4 << 20          // and to clients that take them within a second
	sendfileMin  = 256 << 10        // bytes from which opening the file once more is worth it
)

// response is the writer that all handlers get. It moves the connection's deadline as long as the client takes what
// is sent, and has parts of archives that lie in a plain file sent by the system.
type response struct {
	http.ResponseWriter
	control *http.ResponseController
	cache   string // Cache-Control
	begun   bool   // the header was written
	holding bool   // the header waits for the first byte of the body, until release
	held    int    // the status that waits; 0 if none does

	mu      sync.Mutex
	ended   bool // the handler is done: the connection may belong to the next answer
	revoked bool

	// noRange is what to say of a range that the item does not have, instead of what net/http says.
	noRange func(http.ResponseWriter) string
	refused bool // that range, already
}

func newResponse(w http.ResponseWriter, cache string) *response {
	out := &response{ResponseWriter: w, control: http.NewResponseController(w), cache: cache}
	out.progress(0)
	return out
}

// progress gives the client time for the next step, of so many bytes. Writers without deadlines, as in tests, have none.
func (w *response) progress(step int64) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.revoked {
		steps := max(1, (step+writeStep-1)/writeStep)
		_ = w.control.SetWriteDeadline(time.Now().Add(time.Duration(steps) * writeTimeout))
	}
}

// revoke ends the answer, in the middle if need be, because what it holds in memory is needed. It may be called from
// another goroutine.
func (w *response) revoke() {
	w.mu.Lock()
	defer w.mu.Unlock()
	if !w.ended {
		w.revoked = true
		_ = w.control.SetWriteDeadline(time.Unix(1, 0))
	}
}

// end is called when the handler is done.
func (w *response) end() {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.ended = true
}

// Unwrap is for [http.ResponseController].
func (w *response) Unwrap() http.ResponseWriter { return w.ResponseWriter }

// hold has the header wait for the first byte of the body, so that another answer can be given if there is none to be had.
func (w *response) hold() { w.holding = true }

// release ends hold and writes the header that waits, if any.
func (w *response) release() {
	w.holding = false
	if status := w.held; status != 0 {
		w.held = 0
		w.WriteHeader(status)
	}
}

// drop ends hold and reports whether a header was waiting. If so, nothing has been sent, and what it said of a body
// that does not come is forgotten.
func (w *response) drop() bool {
	waited := w.held != 0
	w.holding, w.held = false, 0
	if waited {
		for _, name := range []string{"Accept-Ranges", "Content-Encoding", "Content-Length", "Content-Range", "Etag"} {
			w.Header().Del(name)
		}
	}
	return waited
}

// WriteHeader sets Cache-Control last: net/http takes it away from some errors.
func (w *response) WriteHeader(status int) {
	if w.holding {
		w.held = status
		return
	}
	w.begun = true
	w.Header().Set("Cache-Control", w.cache)
	if status != http.StatusRequestedRangeNotSatisfiable || w.noRange == nil {
		w.ResponseWriter.WriteHeader(status)
		return
	}
	text := w.noRange(w)
	w.refused = true
	w.ResponseWriter.WriteHeader(status)
	_, _ = io.WriteString(w.ResponseWriter, text)
}

func (w *response) Write(p []byte) (int, error) {
	w.release()
	if w.refused {
		return len(p), nil // net/http's words; ours are sent
	}
	if !w.begun {
		w.begun = true
		w.Header().Set("Cache-Control", w.cache) // WriteHeader was not called, and cannot be any more
	}
	written := 0
	for len(p) > writeStep {
		w.progress(writeStep)
		n, err := w.ResponseWriter.Write(p[:writeStep])
		written += n
		if err != nil {
			return written, err
		}
		p = p[writeStep:]
	}
	w.progress(int64(len(p)))
	n, err := w.ResponseWriter.Write(p)
	return written + n, err
}

var buffers = sync.Pool{New: func() any { return new([copyStep]byte) }}

// ReadFrom is what [http.ServeContent] ends in. A long part of a [stored] item goes from file to connection without
// passing through the program; what was decoded is written from where it lies.
func (w *response) ReadFrom(src io.Reader) (int64, error) {
	if l, ok := src.(*io.LimitedReader); ok {
		switch item := l.R.(type) {
		case *stored:
			if n, done, err := w.sendStored(item, l.N); done {
				l.N -= n
				return n, err
			}
		case *assembled:
			if l.N >= sendfileMin {
				return w.sendPieces(l, item)
			}
		}
	}
	return w.copyFrom(src)
}

// copyFrom has all of src pass through the program.
func (w *response) copyFrom(src io.Reader) (int64, error) {
	buf := buffers.Get().(*[copyStep]byte)
	defer buffers.Put(buf)
	return io.CopyBuffer(struct{ io.Writer }{w}, src, buf[:])
}

// sendPieces sends what is left of l, a part of item, what of it lies in files by way of them.
func (w *response) sendPieces(l *io.LimitedReader, item *assembled) (sent int64, err error) {
	for err == nil && l.N > 0 {
		n, file := item.piece()
		if n = min(n, l.N); n <= 0 {
			return sent, io.ErrUnexpectedEOF
		}
		k, done := int64(0), false
		if file != nil {
			if k, done, err = w.sendFile(file, n); done {
				_, _ = item.Seek(k, io.SeekCurrent) // not before the beginning
			}
		}
		if !done {
			k, err = w.copyFrom(io.LimitReader(item.SectionReader, n))
			if err == nil && k < n {
				err = io.ErrUnexpectedEOF
			}
		}
		sent, l.N = sent+k, l.N-k
	}
	return sent, err
}

// sendStored sends the next n bytes of item without copying them. done is false, and nothing has been sent, if there
// is no such way.
func (w *response) sendStored(item *stored, n int64) (sent int64, done bool, err error) {
	if item.blob == nil || item.raw() {
		if n < sendfileMin {
			return 0, false, nil
		}
		return w.sendFile(item, n)
	}
	at, err := item.Seek(0, io.SeekCurrent)
	if err != nil {
		return 0, false, err
	}
	sent, err = item.blob.WriteSection(w, at, n)
	if _, seekErr := item.Seek(at+sent, io.SeekStart); err == nil {
		err = seekErr
	}
	return sent, true, err
}

func (s *stored) raw() bool {
	_, raw := s.blob.Section()
	return raw
}

// sendFile sends the next n bytes of item by way of its file. done is false, and nothing has been sent, if there is no
// such way.
func (w *response) sendFile(item *stored, n int64) (sent int64, done bool, err error) {
	to, ok := w.ResponseWriter.(io.ReaderFrom)
	if !ok {
		return 0, false, nil
	}
	f, err := item.open()
	if f == nil || err != nil {
		return 0, false, nil //nolint:nilerr // the ordinary way reads from the file that is open already
	}
	defer f.Close()
	w.release()
	size := int64(fileStep)
	for sent < n {
		step := min(n-sent, size)
		w.progress(step)
		start := time.Now()
		k, err := to.ReadFrom(&io.LimitedReader{R: f, N: step})
		sent += k
		if time.Since(start) < time.Second { // fast clients cost fewer steps, and lose no time to be noticed as slow
			size = min(2*size, maxFileStep)
		} else {
			size = fileStep
		}
		if err == nil && k < step {
			err = io.ErrUnexpectedEOF
		}
		if err != nil {
			return sent, true, err
		}
	}
	return sent, true, nil
}

// stored is an item's data as a stream, for one request.
type stored struct {
	*io.SectionReader
	blob   *zim.Blob // nil if it is no item of an archive
	file   *os.File  // the open archive, if the data lies in it as it is; nil otherwise
	path   string    // of file
	offset int64     // of the data in file

	err     error       // that reading met, other than the end
	failed  func(error) // is told of err, in the end; nil: nobody
	instead func(error) // answers with err instead, if nothing of a range was sent; nil: nothing does
}

// Read remembers what went wrong: net/http does not tell.
func (s *stored) Read(p []byte) (int, error) {
	n, err := s.SectionReader.Read(p)
	if err != nil && err != io.EOF { //nolint:errorlint // SectionReader returns it bare
		s.err = err
	}
	return n, err
}

// open opens the file once more, at the place where s stands: a file that is sent by the system has a position of its
// own, and the one that is open serves many requests. It returns nil if the file of that name is another one by now.
func (s *stored) open() (*os.File, error) {
	if s.file == nil {
		return nil, nil
	}
	f, err := os.Open(s.path)
	if err != nil {
		return nil, err
	}
	have, err1 := s.file.Stat()
	got, err2 := f.Stat()
	at, err3 := s.Seek(0, io.SeekCurrent)
	if err1 != nil || err2 != nil || err3 != nil || !os.SameFile(have, got) {
		f.Close()
		return nil, nil
	}
	if _, err := f.Seek(s.offset+at, io.SeekStart); err != nil {
		f.Close()
		return nil, err
	}
	return f, nil
}
