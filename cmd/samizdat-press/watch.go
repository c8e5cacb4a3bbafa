package main

import (
	"context"
	"crypto/sha256"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"strings"
	"sync"

	"samizdat/internal/archive"
	"samizdat/internal/command"
	"samizdat/internal/dossier"
	"samizdat/internal/messages"
	"samizdat/internal/pack"
	"samizdat/internal/serve"
	"samizdat/internal/zim"
)

// hashedBytes is the size up to which a file's content decides whether it has changed; of larger ones, videos mostly,
// size and time do.
const hashedBytes = 1 << 20

// bookName is the name of the dossier in addresses of the preview. It stays when the manifest changes.
const bookName = "preview"

// watched is a dossier that is packed again whenever its folder changes.
type watched struct {
	dir     string
	root    *os.Root
	version string
	out     io.Writer // for problems

	seen [sha256.Size]byte // of the folder when it was last packed; only look uses it

	mu       sync.Mutex
	good     *state // the last one that could be packed; nil until there is one
	problems string // of the folder as it is; "" if it is good
}

// state is one packed dossier, shown until the next is ready.
type state struct {
	handler http.Handler
	reading sync.WaitGroup // requests under way
	remove  func()
}

// look packs the folder if it has changed since the last time.
func (w *watched) look(ctx context.Context) {
	sum, err := fingerprint(w.root.FS())
	if err == nil && sum == w.seen {
		return
	}
	var next *state
	if err == nil {
		next, err = w.pack(ctx)
	}
	if ignoreCancelled(err) == nil && next == nil {
		return
	}
	w.seen = sum
	w.mu.Lock()
	old, before := w.good, w.problems
	if err == nil {
		w.good, w.problems = next, ""
	} else {
		w.problems = w.describe(err)
	}
	problems := w.problems
	w.mu.Unlock()
	switch {
	case err != nil && problems != before:
		_, _ = io.WriteString(w.out, problems)
	case err == nil && before != "":
		_, _ = io.WriteString(w.out, command.Sprintf("%s: nothing wrong any more\n", w.dir))
	}
	if err == nil && old != nil {
		old.retire()
	}
}

// describe says what is wrong in lines for a terminal.
func (w *watched) describe(err error) string {
	var problems dossier.Problems
	if errors.As(err, &problems) {
		var b strings.Builder
		printProblems(&b, w.dir, problems)
		return b.String()
	}
	return command.Printable(fmt.Sprintf("%s: %v", w.dir, err)) + "\n"
}

// pack loads and packs the folder as it is.
func (w *watched) pack(ctx context.Context) (*state, error) {
	d, err := dossier.Load(w.root.FS())
	if err != nil {
		return nil, err
	}
	f, remove, err := temporary()
	if err != nil {
		return nil, err
	}
	s, err := w.serve(ctx, d, f)
	if err != nil {
		remove()
		return nil, err
	}
	s.remove = remove
	return s, nil
}

// serve packs d into f and prepares a server for it.
func (w *watched) serve(ctx context.Context, d *dossier.Dossier, f *os.File) (*state, error) {
	report, err := pack.Dossier(ctx, d, f, nil)
	if err != nil {
		return nil, err
	}
	r, err := zim.NewReader(f, report.Bytes, nil)
	if err != nil {
		return nil, err
	}
	server, err := serve.New(serve.Config{
		Archives: []*archive.Source{{
			// What we have just rendered ourselves is as good as compiled in.
			Name: bookName, Origin: archive.Embedded, R: f, Size: report.Bytes, Zim: r, Ours: true,
		}},
		Version:  w.version,
		UI:       messages.For(d.Lang),
		Loopback: true,
	})
	if err != nil {
		return nil, err
	}
	return &state{handler: server.Handler()}, nil
}

// take returns the state to answer from, whose reading the caller ends by Done, or nil and what is wrong.
func (w *watched) take() (*state, string) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if w.good != nil {
		w.good.reading.Add(1)
	}
	return w.good, w.problems
}

// retire removes a state that no new request will get, once those under way are answered.
func (s *state) retire() {
	go func() {
		s.reading.Wait()
		s.remove()
	}()
}

// close removes the last state. No request may be under way.
func (w *watched) close() {
	if w.good != nil {
		w.good.remove()
	}
}

// fingerprint is a sum over names and contents of all files that are not hidden.
func fingerprint(dir fs.FS) (sum [sha256.Size]byte, err error) {
	h := sha256.New()
	err = fs.WalkDir(dir, ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil {
			if name != "." && errors.Is(err, fs.ErrNotExist) {
				return nil // gone since its folder was listed
			}
			return err
		}
		if name != "." && strings.HasPrefix(d.Name(), ".") {
			if d.IsDir() {
				return fs.SkipDir
			}
			return nil
		}
		info, err := d.Info()
		if err != nil {
			return nil // gone: the next look will tell
		}
		fmt.Fprintf(h, "%q %o %d ", name, info.Mode(), info.Size())
		if !info.Mode().IsRegular() {
			return nil
		}
		if info.Size() > hashedBytes {
			return binary.Write(h, binary.BigEndian, info.ModTime().UnixNano())
		}
		f, err := dir.Open(name)
		if err != nil {
			return nil // the packer will say why it cannot be read
		}
		defer f.Close()
		_, err = io.Copy(h, io.LimitReader(f, hashedBytes))
		return err
	})
	h.Sum(sum[:0])
	return sum, err
}
