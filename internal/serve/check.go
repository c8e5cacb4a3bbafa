package serve

import (
	"context"
	"crypto/md5" //nolint:gosec // ZIM, "Checksum"; against damage, not against forgers
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"sync"
	"time"

	"samizdat/internal/markup"
	"samizdat/internal/page"
	"samizdat/internal/seal"
)

// checkWait is how long a request waits for the file to be read; later ones find the result.
const checkWait = 2 * time.Second

// checksumLen is the length in bytes of the MD5 that ends a file. ZIM, "Checksum".
const checksumLen = 16

// verdict is what reading all of an archive found.
type verdict struct {
	sha256 string     // hexadecimal, of the whole file; empty if it could not be read
	whole  bool       // the MD5 at the end is right, and so are the blocks if there are hashes of them
	stored bool       // there is an MD5 at the end to compare with
	seal   *seal.Seal // signed; nil if nobody has
	broken bool       // there is a seal, or there are block hashes, that the file does not fit
}

// checking reads an archive once, when somebody asks, whatever the number of those who ask. The zero value is ready.
type checking struct {
	mu     sync.Mutex
	done   chan struct{} // nil until asked for; closed when result is there
	cancel context.CancelFunc
	result verdict
}

// startChecking begins to read the archive, unless that was done before, and returns what is closed at the end.
func (b *book) startChecking() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	if b.done == nil {
		ctx, cancel := context.WithCancel(context.Background())
		b.done, b.cancel = make(chan struct{}), cancel
		go func() {
			defer close(b.done)
			b.result = b.readAll(ctx)
		}()
	}
	return b.done
}

// checked returns what is closed when the archive has been read, or nil if nobody has asked for that.
func (b *book) checked() <-chan struct{} {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.done
}

// stopChecking ends a reading under way and waits for its end, so that the file can be closed.
func (b *book) stopChecking() {
	b.mu.Lock()
	done, cancel := b.done, b.cancel
	b.mu.Unlock()
	if done != nil {
		cancel()
		<-done
	}
}

// readAll computes both sums in one pass.
func (b *book) readAll(ctx context.Context) verdict {
	sum, err := b.zim.Checksum()
	v := verdict{stored: err == nil}
	whole, body := sha256.New(), md5.New() //nolint:gosec // as above
	end := b.src.Size - checksumLen
	file := &interruptible{ctx, b.src.R}
	if _, err := io.Copy(io.MultiWriter(whole, body), io.NewSectionReader(file, 0, end)); err != nil {
		return v
	}
	if _, err := io.Copy(whole, io.NewSectionReader(file, end, checksumLen)); err != nil {
		return v
	}
	v.sha256 = hex.EncodeToString(whole.Sum(nil))
	v.checkSeal(ctx, file, b.src.Size)
	v.whole = v.stored && !v.broken && [md5.Size]byte(body.Sum(nil)) == sum
	return v
}

// checkSeal reads the seal, and every block again to hold it against its hash.
func (v *verdict) checkSeal(ctx context.Context, r io.ReaderAt, size int64) {
	found, err := seal.Load(r, size)
	if found == nil {
		v.broken = errors.Is(err, seal.ErrBroken)
		return
	}
	if err == nil {
		v.seal = found
	}
	report, err := found.Verify(ctx, r, nil)
	v.broken = err != nil || len(report.Changed) > 0
}

// sealNodes says in words what is known of the seal. What a seal in an untrusted copy is worth stands below it always.
func (s voice) sealNodes(v verdict) []markup.Node {
	state, nodes := "seal.none", []markup.Node(nil)
	switch {
	case v.sha256 == "": // not read to the end yet, or not readable
		return []markup.Node{para(s.ui.Text("seal.warning"))}
	case v.seal != nil && !v.broken:
		state = "seal.whole"
		rows := []page.Row{{Term: s.ui.Text("seal.by"), Value: code(v.seal.Key.String())}}
		if v.seal.Comment != "" {
			rows = append(rows, page.Row{Term: s.ui.Text("seal.comment"), Value: markup.El("bdi", markup.Text(v.seal.Comment))})
		}
		nodes = append(nodes, page.Rows("rows", rows))
	case v.broken:
		state = "seal.changed"
	case v.whole:
		nodes = append(nodes, para(s.ui.Text("seal.none.text"))) // says that the checksums match
	}
	nodes = append([]markup.Node{markup.El("p", markup.El("strong", markup.Text(s.ui.Text(state))))}, nodes...)
	return append(nodes, para(s.ui.Text("seal.warning")))
}

// interruptible is a ReaderAt that fails once its context has ended.
type interruptible struct {
	ctx context.Context
	r   io.ReaderAt
}

func (i *interruptible) ReadAt(p []byte, off int64) (int, error) {
	if err := i.ctx.Err(); err != nil {
		return 0, err
	}
	return i.r.ReadAt(p, off)
}

// check shows what the archive is and what was found in it. It begins to read the file when it is asked for the first
// time.
func (s voice) check(w http.ResponseWriter, r *http.Request, b *book) {
	m, site, title := b.meta(), s.site(b), s.ui.Text("check.title")
	rows := []page.Row{
		{Term: s.ui.Text("check.file"), Value: markup.El("bdi", markup.Text(m.title))},
		{Term: s.ui.Text("check.size"), Value: markup.Text(s.ui.Bytes(b.src.Size) + " (" + s.ui.Text("size.bytes", "n", b.src.Size) + ")")},
		{Term: "UUID", Value: code(b.uuid)},
	}
	found := s.ui.Text("check.running")
	var result verdict
	if r.Method != http.MethodHead {
		patience := time.NewTimer(checkWait)
		defer patience.Stop()
		select {
		case <-b.startChecking():
			result = b.result
			found = s.ui.Text("check.damaged")
			switch {
			case result.sha256 == "":
				found = s.ui.Text("err.500.text")
			case result.whole:
				found = s.ui.Text("check.whole")
			case !result.stored:
				found = ""
			}
			if result.sha256 != "" {
				rows = append(rows, page.Row{Term: s.ui.Text("check.sum"), Value: page.Digest(result.sha256)})
			}
		case <-patience.C:
		case <-r.Context().Done():
			return
		}
	}
	var state markup.Node
	if found != "" {
		state = para(found)
	}
	text := func(key string) markup.Node { return para(s.ui.Text(key)) }
	s.answer(w, r, http.StatusOK, page.Frame(
		site, title,
		page.Column(
			page.Heading(title),
			page.SectionOf("state", s.ui.Text("check.state"), state, page.Rows("rows", rows)),
			page.SectionOf("seal", s.ui.Text("cover.seal"), s.sealNodes(result)...),
			page.SectionOf("other", s.ui.Text("check.other"), text("check.other.text"), page.Command("samizdat verify FILE.zim"), page.Command("sha256sum FILE.zim")),
			page.SectionOf("inside", s.ui.Text("check.inside"), text("check.inside.text")),
		),
	))
}
