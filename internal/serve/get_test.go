package serve

import (
	"bytes"
	"context"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"samizdat/internal/archive"
	"samizdat/internal/carry"
	"samizdat/internal/messages"
	"samizdat/internal/seal"
	"samizdat/internal/seal/sealtest"
	"samizdat/internal/splice"
	"samizdat/internal/splice/splicetest"
)

// making is a Config.Programs for targets, with small runtimes of each kind. It counts in open how many programs are.
func making(open *atomic.Int64, targets ...carry.Target) func(context.Context, *archive.Source, func(Program)) error {
	return func(_ context.Context, src *archive.Source, add func(Program)) error {
		dossier := carry.NewMember(splice.Dossier, src.R, src.Size)
		for _, t := range targets {
			runtime := splicetest.ELF(true)
			switch t.OS {
			case "windows":
				runtime = splicetest.PE(true)
			case "darwin":
				runtime = splicetest.MachO(true)
			}
			image, err := carry.New(bytes.NewReader(runtime), int64(len(runtime)), []*carry.Member{carry.Bytes(t.String(), nil), dossier})
			if err != nil {
				return err
			}
			add(Program{Target: t, Size: image.Size(), ID: t.OS + t.Arch, Open: func(context.Context) (*carry.Image, func(), error) {
				open.Add(1)
				return image, func() { open.Add(-1) }, nil
			}})
		}
		return nil
	}
}

// A panic while programs are found out costs the programs, and not the server.
func TestProgramsThatPanic(t *testing.T) {
	lines := make(chan string, 4)
	w := both(t, Config{Log: func(l string) { lines <- l }, Programs: func(_ context.Context, _ *archive.Source, add func(Program)) error {
		add(Program{Target: carry.Target{OS: "linux", Arch: "amd64"}, Size: 1, Open: func(context.Context) (*carry.Image, func(), error) { panic("open") }})
		var runtime []byte
		_ = runtime[len(runtime):][60]
		return nil
	}})
	contains(t, "page", w.get("/get/ours/").body, "test_en.zim")
	for range 2 {
		if l := <-lines; !strings.HasPrefix(l, "internal error") || !strings.Contains(l, "get_test.go") {
			t.Errorf("log: %s", l)
		}
	}
	<-w.byName["ours"].copies.done
	w.want("the archive", w.get("/get/ours/test_en.zim"), 200)
}

func TestVisitors(t *testing.T) {
	for _, c := range []struct {
		agent, first string
		phone        bool
	}{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:149.0) Gecko/20100101 Firefox/149.0", "Windows (x64)", false},
		{"Mozilla/5.0 (Windows NT 10.0; WOW64) AppleWebKit/537.36", "Windows (x64)", false},
		{"Mozilla/5.0 (Windows NT 10.0; rv:149.0) Gecko/20100101 Firefox/149.0", "Windows (x86)", false},
		{"Mozilla/5.0 (Windows NT 10.0; ARM64) AppleWebKit/537.36", "Windows (ARM64)", false},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 (KHTML, like Gecko) Version/26.0 Safari/605.1.15", "macOS (Apple M)", false},
		{"Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Safari/537.36", "Linux (x86-64)", false},
		{"Mozilla/5.0 (X11; Ubuntu; Linux i686; rv:149.0) Gecko/20100101 Firefox/149.0", "Linux (x86)", false},
		{"Mozilla/5.0 (X11; Linux aarch64) AppleWebKit/537.36", "Linux (ARM64)", false},
		{"Mozilla/5.0 (X11; Linux armv7l) AppleWebKit/537.36", "Linux (ARM)", false},
		{"Mozilla/5.0 (X11; Linux riscv64; rv:149.0) Gecko/20100101", "Linux (RISC-V)", false},
		{"Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/156.0.0.0 Mobile Safari/537.36", "", true},
		{"Mozilla/5.0 (Android 14; Mobile; rv:149.0) Gecko/149.0 Firefox/149.0", "", true},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X) AppleWebKit/605.1.15 (KHTML, like Gecko) Mobile/15E148", "", true},
		{"Mozilla/5.0 (iPad; CPU OS 16_0 like Mac OS X) AppleWebKit/605.1.15", "", true},
		{"Mozilla/5.0 (X11; CrOS x86_64 14541.0.0) AppleWebKit/537.36", "", true},
		{"curl/8.14.1", "", false},
		{"", "", false},
	} {
		v := visitorOf(c.agent)
		first := ""
		if len(v.targets) > 0 {
			first = platform(v.targets[0])
		}
		if first != c.first || v.phone != c.phone {
			t.Errorf("%s: %q, phone %t; want %q, %t", c.agent, first, v.phone, c.first, c.phone)
		}
	}
	for _, target := range carry.Targets() {
		if platforms[target] == "" {
			t.Errorf("%v has no name", target)
		}
	}
}

// What suits the visitor comes first; everything is there for everybody, with its checksum.
func TestGetPage(t *testing.T) {
	var open atomic.Int64
	all := carry.Targets()
	w := both(t, Config{Programs: making(&open, all...)})
	for _, c := range []struct {
		agent, heading, first string
	}{
		{"Mozilla/5.0 (Windows NT 10.0; Win64; x64)", "For this computer", "test_en-windows-amd64.exe"},
		{"Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7)", "For this computer", "test_en-darwin-arm64"},
		{"Mozilla/5.0 (iPhone; CPU iPhone OS 18_6 like Mac OS X)", "For this phone", "test_en.zim"},
		{"curl/8", "Files", "test_en.zim"},
	} {
		a := w.get("/get/ours/", "User-Agent: "+c.agent)
		w.want(c.agent, a, 200)
		contains(t, c.agent, a.body, c.heading, "Take a copy with you", `href="/get/ours/SHA256SUMS"`, "A badge in a copy you do not trust proves nothing", `href="/content/ours/index.html">Read it here now`)
		first := a.body[strings.Index(a.body, `download="`)+len(`download="`):]
		if name, _, _ := strings.Cut(first, `"`); name != c.first {
			t.Errorf("%s: %s comes first, want %s", c.agent, name, c.first)
		}
		if n := strings.Count(a.body, `download="`); n != 1+len(all) {
			t.Errorf("%s: %d files, want %d", c.agent, n, 1+len(all))
		}
		if strings.Contains(a.body, "<script") {
			t.Error("a script")
		}
	}
	if n := open.Load(); n != 0 {
		t.Errorf("%d programs are still open", n)
	}
	sums := w.whenKnown("/get/ours/SHA256SUMS")
	w.want("sums", sums, 200, "Content-Type", "text/plain; charset=utf-8")
	lines := strings.Split(strings.TrimSpace(sums.body), "\n")
	if len(lines) != 1+len(all) {
		t.Errorf("%d sums", len(lines))
	}
	for _, line := range lines {
		sum, name, _ := strings.Cut(line, "  ")
		a := w.get("/get/ours/" + name)
		got := sha256.Sum256([]byte(a.body))
		if hex.EncodeToString(got[:]) != sum || a.ContentLength != int64(len(a.body)) {
			t.Errorf("%s: %d bytes with SHA-256 %x, want %s", name, len(a.body), got, sum)
		}
		if cd := a.Header.Get("Content-Disposition"); cd != `attachment; filename="`+name+`"` {
			t.Errorf("%s: Content-Disposition %s", name, cd)
		}
	}
	w.want("a book that is not there", w.get("/get/none/"), 404)
	w.want("a file that is not there", w.get("/get/ours/none.exe"), 404)
}

// The page is in the language that the address names, or else the browser.
func TestGetLanguages(t *testing.T) {
	w := start(t, Config{Archives: find(t, 1, build(t, "ours.zim", append(stock(), item{path: "index.ru.html", mime: "text/html", body: "обложка"}), map[string]string{"X-UI": "en,ru"}))})
	for _, c := range []struct{ target, accept, want, home string }{
		{"/get", "", `<html lang="en">`, "/content/ours/index.html"},
		{"/get", "kk-KZ, ru;q=0.8", `<html lang="kk">`, "/content/ours/index.html"},
		{"/get", "ru-RU, en;q=0.5", `<html lang="ru">`, "/content/ours/index.ru.html"},
		{"/get/", "fa", `<html lang="fa" dir="rtl">`, "/content/ours/index.html"},
		{"/get?lang=zh", "fa", `<html lang="zh">`, "/content/ours/index.html"},
		{"/get/ours/?lang=%00", "", `<html lang="en">`, "/content/ours/index.html"},
	} {
		a := w.get(c.target, "Accept-Language: "+c.accept)
		contains(t, c.target+" "+c.accept, a.body, c.want, `class="btn" href="`+c.home+`"`, `href="?lang=uk"`)
	}
	two := both(t, Config{})
	contains(t, "two archives", two.get("/get").body, `href="/get/ours/"`, `href="/get/guest/"`)
	contains(t, "a guest", two.get("/get/guest/").body, "guest_en.zim", "This copy carries no programs")
}

// Every part of every kind of file arrives as it is, whoever sends it.
func TestCopyRanges(t *testing.T) {
	var open atomic.Int64
	w := both(t, Config{Programs: making(&open, carry.Target{OS: "linux", Arch: "amd64"}, carry.Target{OS: "darwin", Arch: "arm64"})})
	for _, name := range []string{"test_en.zim", "test_en-linux-amd64", "test_en-darwin-arm64"} {
		target := "/get/ours/" + name
		whole := w.get(target)
		tag := whole.Header.Get("ETag")
		w.want(name, whole, 200, "Accept-Ranges", "bytes")
		if !strings.HasPrefix(tag, `"`) || tag == w.get("/get/ours/test_en.zim").Header.Get("ETag") && name != "test_en.zim" {
			t.Errorf("%s: ETag %s", name, tag)
		}
		size := len(whole.body)
		random := rand.New(rand.NewPCG(1, 2))
		for range 60 {
			from := random.IntN(size)
			to := from + random.IntN(size-from)
			a := w.get(target, fmt.Sprintf("Range: bytes=%d-%d", from, to))
			if a.StatusCode != 206 || a.body != whole.body[from:to+1] {
				t.Fatalf("%s: bytes %d to %d: status %d, %d bytes, or others", name, from, to, a.StatusCode, len(a.body))
			}
		}
		w.want("resumed", w.get(target, fmt.Sprintf("Range: bytes=%d-", size/2), "If-Range: "+tag), 206, "Content-Length", fmt.Sprint(size-size/2))
		w.want("another edition", w.get(target, "Range: bytes=5-", `If-Range: "other"`), 200)
		w.want("beyond", w.get(target, fmt.Sprintf("Range: bytes=%d-", size)), 416)
		w.want("several ranges", w.get(target, "Range: bytes=0-1,5-6"), 200)
		w.want("known", w.get(target, "If-None-Match: "+tag), 304)
		w.want("HEAD", w.do("HEAD", target), 200, "Content-Length", fmt.Sprint(size))
	}
	if n := open.Load(); n != 0 {
		t.Errorf("%d programs are still open", n)
	}
}

// Answers without bytes need no program, and wait for nobody who takes one.
func TestAnswersWithoutBytes(t *testing.T) {
	var open, opened atomic.Int64
	w := both(t, Config{Programs: func(ctx context.Context, src *archive.Source, add func(Program)) error {
		return making(&open, carry.Target{OS: "linux", Arch: "arm"})(ctx, src, func(p Program) {
			inner := p.Open
			p.Open = func(ctx context.Context) (*carry.Image, func(), error) {
				opened.Add(1)
				return inner(ctx)
			}
			add(p)
		})
	}})
	target := "/get/ours/test_en-linux-arm"
	whole := w.get(target)
	w.want("all", whole, 200)
	<-w.byName["ours"].copies.done
	before := opened.Load()
	for range maxDownloads {
		end, ok := w.downloads.begin("127.0.0.1:1")
		if !ok {
			t.Fatal("no download more")
		}
		defer end()
	}
	size, tag := fmt.Sprint(len(whole.body)), whole.Header.Get("ETag")
	w.want("HEAD", w.do("HEAD", target), 200, "Content-Length", size, "ETag", tag)
	w.want("HEAD of a part", w.do("HEAD", target, "Range: bytes=2-5"), 206, "Content-Length", "4")
	w.want("known", w.get(target, "If-None-Match: "+tag), 304)
	w.want("beyond", w.get(target, "Range: bytes="+size+"-"), 416)
	if n := opened.Load() - before; n != 0 {
		t.Errorf("a program was made %d times", n)
	}
	w.want("a part", w.get(target, "Range: bytes=2-5"), 503, "Retry-After", "60")
}

// A visitor who leaves while a program is made for them ends that, and is no download any more.
func TestVisitorLeaves(t *testing.T) {
	began, left := make(chan struct{}), make(chan struct{})
	var first atomic.Bool
	w := both(t, Config{Programs: func(_ context.Context, _ *archive.Source, add func(Program)) error {
		add(Program{Target: carry.Target{OS: "linux", Arch: "arm"}, Size: 10, Open: func(ctx context.Context) (*carry.Image, func(), error) {
			if !first.Swap(true) {
				return nil, nil, errors.New("the checksums ask first")
			}
			close(began)
			<-ctx.Done()
			close(left)
			return nil, nil, ctx.Err()
		}})
		return nil
	}})
	w.whenKnown("/get/ours/SHA256SUMS")
	conn := w.dial()
	w.send(conn, "GET /get/ours/test_en-linux-arm HTTP/1.1\r\nHost: 127.0.0.1:"+w.port+"\r\n\r\n")
	<-began
	conn.Close()
	<-left
	if err := w.http.Shutdown(t.Context()); err != nil {
		t.Fatal(err)
	}
	if n := w.downloads.running(); n != 0 {
		t.Errorf("%d downloads remain", n)
	}
}

// Beyond the limit visitors are told when to come back, and reading goes on.
func TestDownloadLimit(t *testing.T) {
	w := both(t, Config{})
	var ends []func()
	for i := range maxDownloads {
		end, ok := w.downloads.begin(fmt.Sprintf("192.0.2.%d:999", i/maxDownloadsPerIP))
		if !ok {
			t.Fatalf("download %d refused", i)
		}
		ends = append(ends, end)
	}
	a := w.get("/get/ours/test_en.zim")
	w.want("one more", a, 503, "Retry-After", "60", "Content-Disposition", "")
	contains(t, "one more", a.body, "Too many downloads at once")
	w.want("HEAD", w.do("HEAD", "/get/ours/test_en.zim"), 200)
	w.want("reading", w.get("/content/ours/index.html"), 200)
	w.want("the page", w.get("/get/ours/"), 200)
	ends[0]()
	w.want("when one has ended", w.get("/get/ours/test_en.zim"), 200)
	for _, end := range ends[1:] {
		end()
	}
	if err := w.http.Shutdown(t.Context()); err != nil { // a client has everything before the server has done counting
		t.Fatal(err)
	}
	if n := w.downloads.running(); n != 0 || len(w.downloads.client) != 0 {
		t.Errorf("%d downloads and %d clients remain", n, len(w.downloads.client))
	}

	d := newDownloads()
	for range maxDownloadsPerIP {
		d.begin("[2001:db8::1]:5")
	}
	if _, ok := d.begin("[2001:db8::2]:5"); ok {
		t.Error("one machine gets more than its share by having many addresses")
	}
	if _, ok := d.begin("[2001:db8:0:1::1]:5"); !ok {
		t.Error("another machine is refused")
	}
}

// A visitor whose program is still being found out waits for it; others see what there is.
func TestVisitorsWaitForTheirProgram(t *testing.T) {
	var open atomic.Int64
	found, end := make(chan struct{}), make(chan struct{})
	defer close(end)
	w := both(t, Config{Programs: func(ctx context.Context, src *archive.Source, add func(Program)) error {
		linux := making(&open, carry.Target{OS: "linux", Arch: "arm"})
		windows := making(&open, carry.Target{OS: "windows", Arch: "amd64"})
		err := linux(ctx, src, add)
		<-found
		err = errors.Join(err, windows(ctx, src, add))
		<-end
		return err
	}})
	w.want("a file that is known", w.get("/get/ours/test_en-linux-arm"), 200)
	w.want("a name that no file has", w.get("/get/ours/none.exe"), 404)
	page, file := make(chan answer), make(chan answer)
	go func() { file <- w.get("/get/ours/test_en-windows-amd64.exe") }()
	go func() { page <- w.get("/get/ours/", "User-Agent: Mozilla/5.0 (Windows NT 10.0; Win64; x64)") }()
	if other := w.get("/get/ours/", "User-Agent: curl/8"); strings.Contains(other.body, ".exe") || !strings.Contains(other.body, "-linux-arm") {
		t.Errorf("a visitor for whom there is no program sees\n%s", other.body)
	}
	close(found)
	if a := <-page; !strings.Contains(a.body, "For this computer") || !strings.Contains(a.body, "-windows-amd64.exe") {
		t.Errorf("the page does not offer the program\n%s", a.body)
	}
	w.want("a file, before all are known", <-file, 200)
}

// whenKnown gets target, which waits some time for checksums and then says 503, until they are known.
func (w *world) whenKnown(target string) answer {
	w.t.Helper()
	for {
		if a := w.get(target); a.StatusCode != http.StatusServiceUnavailable {
			return a
		}
	}
}

// A program that cannot be made is said to be damaged, and costs nothing else.
func TestProgramThatFails(t *testing.T) {
	failing := func(_ context.Context, _ *archive.Source, add func(Program)) error {
		broken := func(context.Context) (*carry.Image, func(), error) {
			return nil, nil, errors.New("the runtimes are damaged")
		}
		add(Program{Target: carry.Target{OS: "linux", Arch: "arm"}, Size: 10, Open: broken})
		return errors.New("the rest is damaged")
	}
	logged := make(chan string, 10)
	w := both(t, Config{Programs: failing, Log: func(line string) { logged <- line }})
	w.want("page", w.get("/get/ours/"), 200)
	w.want("program", w.get("/get/ours/test_en-linux-arm"), 500, "Content-Disposition", "")
	w.want("archive", w.get("/get/ours/test_en.zim"), 200)
	sums := w.whenKnown("/get/ours/SHA256SUMS")
	w.want("sums", sums, 200)
	if line := <-logged; line != "not every program can be offered to visitors: the rest is damaged" {
		t.Errorf("the sharer was told: %s", line)
	}
	if !strings.HasSuffix(sums.body, "  test_en.zim\n") || strings.Count(sums.body, "\n") != 1 {
		t.Errorf("sums: %q", sums.body)
	}
}

func TestFileBase(t *testing.T) {
	for name, want := range map[string]string{
		"kazakhstan-2022": "kazakhstan-2022", "a b/c": "a-b-c", "../x": "x", "con": "archive-con", "Nul.zim": "archive-Nul.zim", "console": "console", `"; rm -rf`: "rm--rf", "Қазақстан": "book", "...": "book", strings.Repeat("x", 100): strings.Repeat("x", 60),
	} {
		if got := fileBase(name, "book"); got != want {
			t.Errorf("fileBase(%q) = %q, want %q", name, got, want)
		}
	}
	if got := fileBase("", "Ж"); got != "archive" {
		t.Errorf("nothing to name it by: %q", got)
	}
}

// The file on the disk and the copy that goes out are the same, whether the system sends it or the program does.
func TestCopyIsTheArchive(t *testing.T) {
	path := build(t, "ours.zim", stock(), nil)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	w := start(t, Config{Archives: find(t, 1, path)})
	res, err := http.Get(w.url + "/get/ours/test_en.zim")
	if err != nil {
		t.Fatal(err)
	}
	defer res.Body.Close()
	got, err := io.ReadAll(res.Body)
	if err != nil || !bytes.Equal(got, data) {
		t.Errorf("%d bytes of %d, %v", len(got), len(data), err)
	}
	if kind := res.Header.Get("Content-Type"); kind != "application/x-zim" {
		t.Errorf("Content-Type %s", kind)
	}
}

// Readers beyond what may be compressed at once get the page as it is.
func TestCompressionIsBounded(t *testing.T) {
	w := both(t, Config{})
	ask := func() string {
		return w.get("/content/ours/statement.html", "Accept-Encoding: gzip").Header.Get("Content-Encoding")
	}
	if got := ask(); got != "gzip" {
		t.Fatalf("Content-Encoding %q, want gzip", got)
	}
	before := gzips.Swap(maxGzips)
	got := ask()
	gzips.Add(before - maxGzips)
	if got != "" {
		t.Errorf("one too many: Content-Encoding %q", got)
	}
	if got := ask(); got != "gzip" {
		t.Errorf("afterwards: Content-Encoding %q, want gzip", got)
	}
}

// The archive in a program leaves by way of its file, from wherever it lies in another.
func TestArchiveLeavesItsFile(t *testing.T) {
	path := build(t, "ours.zim", stock(), nil)
	src := find(t, 1, path)[0]
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	runtime := splicetest.ELF(true)
	for name, r := range map[string]io.ReaderAt{
		"a file": src.File, "a part of a part of it": io.NewSectionReader(io.NewSectionReader(src.File, 0, src.Size), 0, src.Size), "memory": bytes.NewReader(data),
	} {
		image, err := carry.New(bytes.NewReader(runtime), int64(len(runtime)), []*carry.Member{carry.NewMember(splice.Dossier, r, src.Size)})
		if err != nil {
			t.Fatal(err)
		}
		found := 0
		for _, p := range assemble(image).parts {
			if p.file != nil && p.file.Size() == src.Size && p.file.path == path && p.file.offset == 0 {
				found++
			}
		}
		if want := map[bool]int{true: 0, false: 1}[name == "memory"]; found != want {
			t.Errorf("%s: %d parts lie in the file, want %d", name, found, want)
		}
	}
	if f, _ := fileBehind(io.NewSectionReader(src.File, 10, 20), 15, 10); f != nil {
		t.Error("a part that reaches out of its section is said to lie in the file")
	}
}

// Beside the copies of a sealed archive stand the words of the key that has sealed it, and above them what is known. What
// is known to be damaged is not handed on.
func TestGetSealed(t *testing.T) {
	path := build(t, "ours.zim", stock(), nil)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	signer := sealtest.NewSigner(1)
	key, err := seal.ParseKey(signer.Public())
	if err != nil {
		t.Fatal(err)
	}
	sealed := sealtest.ZIM(data, signer, "edition 1")
	damaged := bytes.Clone(sealed)
	damaged[bytes.Index(damaged, []byte("0123456789"))+500_000] ^= 1 // not in the block with the header
	for name, c := range map[string]struct {
		data []byte
		want string
	}{"whole": {sealed, "Sealed and whole"}, "damaged": {damaged, "Sealed, but changed"}} {
		path := filepath.Join(t.TempDir(), "ours.zim")
		if err := os.WriteFile(path, c.data, 0o600); err != nil {
			t.Fatal(err)
		}
		var open atomic.Int64
		said := make(chan string, 10)
		w := start(t, Config{Archives: find(t, 1, path), Programs: making(&open, carry.Target{OS: "linux", Arch: "amd64"}), Log: func(line string) { said <- line }})
		w.get("/get/ours/")
		<-w.byName["ours"].copies.done
		if name == "damaged" {
			if line := <-said; !strings.Contains(line, "changed since it was sealed") {
				t.Errorf("the log says %q", line)
			}
		}
		page := w.get("/get/ours/").body
		contains(t, name, page, c.want, strings.Join(key.Words("en"), " "), key.Digits())
		top, _, _ := strings.Cut(page, `class="btn"`)
		files := []string{"/get/ours/test_en.zim", "/get/ours/test_en-linux-amd64", "/get/ours/SHA256SUMS"}
		if name == "damaged" {
			contains(t, "top", top, "Sealed, but changed", "its files are not given out")
			for _, target := range files {
				a := w.get(target)
				w.want(target, a, 500, "Content-Disposition", "")
				contains(t, target, a.body, "its files are not given out")
				if strings.Contains(page, target) {
					t.Errorf("the page leads to %s", target)
				}
			}
			continue
		}
		contains(t, "top", top, "Sealed by a key that")
		if a := w.get(files[0]); a.body != string(c.data) {
			t.Errorf("%s: the copy has %d bytes, want %d, or others", name, len(a.body), len(c.data))
		}
		for _, target := range files {
			w.want(target, w.get(target), 200)
			contains(t, "page", page, target)
		}
	}
}

// TestDamageWithoutSealIsNotHandedOn: the checksum of an archive that nobody sealed is enough to know.
func TestDamageWithoutSealIsNotHandedOn(t *testing.T) {
	path := build(t, "ours.zim", stock(), nil)
	data, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	data[len(data)-1] ^= 1
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	w := start(t, Config{Archives: find(t, 1, path)})
	w.get("/get/ours/")
	<-w.byName["ours"].copies.done
	contains(t, "page", w.get("/get/ours/").body, "its files are not given out")
	w.want("file", w.get("/get/ours/test_en.zim"), 500)
	contains(t, "in Persian", w.get("/get/ours/?lang=fa").body, messages.For("fa").Text("get.damaged"))
}
