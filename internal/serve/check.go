package serve

import (
	"context"
	"crypto/md5" //nolint:gosec // ZIM, "Checksum"; against damage, not against forgers
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
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

// verdict is what reading all of an archive found. What its seal says was known before: see [archive.Source].
type verdict struct {
	sha256  string // hexadecimal, of the whole file; empty if it could not be read
	stored  bool   // there is an MD5 at the end to compare with
	sum     bool   // and it is right
	changed bool   // a block is not as it was sealed, or the seal is broken
}

// whole says that nothing is wrong.
func (v verdict) whole() bool { return v.stored && v.sum && !v.changed }

// damaged reports whether b is known not to be what it was: its seal is broken, or all of it has been read and something
// was wrong. Nothing is read for it.
func (b *book) damaged() bool {
	if errors.Is(b.src.SealErr, seal.ErrBroken) {
		return true
	}
	if !isClosed(b.checked()) {
		return false
	}
	v := b.result
	return v.sha256 == "" || v.changed || v.stored && !v.sum
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
			b.result = b.readAll(ctx)
			close(b.done)
			if b.tellChange != nil && ctx.Err() == nil && b.damaged() {
				b.tellChange()
			}
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

// readAll reads the file once for all sums.
func (b *book) readAll(ctx context.Context) verdict {
	sum, err := b.zim.Checksum()
	v := verdict{stored: err == nil, changed: errors.Is(b.src.SealErr, seal.ErrBroken)}
	whole, end := sha256.New(), b.src.Size-checksumLen
	file := &interruptible{ctx, b.src.Raw}
	if b.src.Seal != nil {
		report, err := b.src.Seal.Verify(ctx, file, &seal.VerifyOptions{Also: whole})
		if err != nil {
			return v
		}
		v.sum, v.changed = report.Checksum, len(report.Changed) > 0
	} else {
		body := md5.New() //nolint:gosec // as above
		if _, err := io.Copy(io.MultiWriter(whole, body), io.NewSectionReader(file, 0, end)); err != nil {
			return v
		}
		v.sum = [md5.Size]byte(body.Sum(nil)) == sum
	}
	if _, err := io.Copy(whole, io.NewSectionReader(file, end, checksumLen)); err != nil {
		return v
	}
	v.sha256 = hex.EncodeToString(whole.Sum(nil))
	return v
}

// badge says in a line what is known of the seal of b without reading all of it, and returns the key that has sealed it.
func (s voice) badge(b *book) (text string, k seal.Key, sealed bool) {
	k, sealed = b.src.SealedBy()
	switch {
	case sealed && b.src.Named:
		return s.ui.Text("seal.named"), k, true
	case sealed && b.src.Known:
		return s.ui.Text("seal.carried"), k, true
	case sealed:
		return s.ui.Text("seal.unknown"), k, true
	case b.src.Seal != nil && !b.src.Checked, errors.Is(b.src.SealErr, seal.ErrBroken):
		return s.ui.Text("seal.rescue"), k, false
	}
	return s.ui.Text("seal.none"), k, false
}

// keyWords are the words of a key in the language of the page, or in English if there are none in it.
func (s voice) keyWords(k seal.Key) markup.Node {
	lang := s.ui.Lang()
	if !slices.Contains(seal.WordLanguages(), lang) {
		lang = "en"
	}
	return markup.El("span", markup.A("lang", lang), markup.A("dir", "ltr"), markup.A("translate", "no"), markup.Text(strings.Join(k.Words(lang), " ")))
}

// sealNodes says in words what is known of the seal. What a seal in an untrusted copy is worth stands below it always.
func (s voice) sealNodes(b *book, v verdict) []markup.Node {
	state, k, sealed := s.badge(b)
	var nodes []markup.Node
	if sealed {
		rows := []page.Row{
			{Term: s.ui.Text("seal.words"), Value: s.keyWords(k)},
			{Term: s.ui.Text("seal.digits"), Value: code(k.Digits())},
			{Term: s.ui.Text("seal.by"), Value: code(k.String())},
		}
		if b.src.Seal.Comment != "" {
			rows = append(rows, page.Row{Term: s.ui.Text("seal.comment"), Value: markup.El("bdi", markup.Text(b.src.Seal.Comment))})
		}
		if b.meta().edition != "" {
			rows = append(rows, page.Row{Term: s.ui.Text("cover.edition"), Value: markup.El("bdi", markup.Text(b.meta().edition))})
		}
		if date := s.ui.Date(b.meta().date); date != "" {
			rows = append(rows, page.Row{Term: s.ui.Text("shelf.date"), Value: markup.Text(date)})
		}
		rows = append(rows, page.Row{Term: s.ui.Text("seal.edition"), Value: page.Digest(hex.EncodeToString(b.src.Seal.Edition[:]))})
		nodes = append(nodes, page.Rows("rows", rows))
	}
	switch {
	case v.sha256 == "": // not read to the end yet, or not readable
	case v.changed:
		if !b.src.Checked {
			nodes = append(nodes, para(state)) // opened for rescue
		}
		state = s.ui.Text("seal.changed")
	case sealed && !v.sum:
		nodes = append(nodes, para(s.ui.Text("check.sum.wrong")))
	case sealed:
		nodes = append(nodes, para(s.ui.Text("seal.whole")))
	case v.whole() && b.src.Seal == nil || v.whole() && b.src.Checked:
		nodes = append(nodes, para(s.ui.Text("seal.none.text"))) // says that the checksums match
	}
	nodes = append([]markup.Node{markup.El("p", markup.El("strong", markup.Text(state)))}, nodes...)
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
			case result.whole():
				found = s.ui.Text("check.whole")
			case !result.stored, !result.changed && b.src.Checked: // the seal's part says it
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
			page.SectionOf("seal", s.ui.Text("cover.seal"), s.sealNodes(b, result)...),
			page.SectionOf("other", s.ui.Text("check.other"), text("check.other.text"), page.Command("samizdat verify FILE.zim"), page.Command("sha256sum FILE.zim")),
			page.SectionOf("inside", s.ui.Text("check.inside"), text("check.inside.text")),
		),
	))
}
