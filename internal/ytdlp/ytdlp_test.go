package ytdlp_test

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"samizdat/internal/atomicfile"
	"samizdat/internal/fetch"
	"samizdat/internal/ytdlp"
	"samizdat/internal/ytdlp/ytdlptest"
)

const asProgram = "yt-dlp-of-tests"

func TestMain(m *testing.M) {
	if ref := os.Getenv("YTDLP_TEST_GET"); ref != "" { // a press that will be killed
		p := &ytdlp.Program{Path: os.Getenv("YTDLP_TEST_PATH"), Connect: new(net.Dialer).DialContext, MaxBytes: 1 << 20, Timeout: time.Hour}
		_, err := p.Get(context.Background(), ref, os.Getenv("YTDLP_TEST_DIR"), nil)
		fmt.Fprintln(os.Stderr, err)
		return
	}
	if strings.TrimSuffix(filepath.Base(os.Args[0]), ".exe") == asProgram {
		ytdlptest.Main()
		return
	}
	os.Exit(m.Run())
}

// program is the test's own executable under the other's name.
func program(t *testing.T) string {
	t.Helper()
	self, err := os.Executable()
	if err != nil {
		t.Fatal(err)
	}
	name := filepath.Join(t.TempDir(), asProgram)
	if runtime.GOOS == "windows" {
		name += ".exe"
	}
	if os.Link(self, name) != nil {
		b, err := os.ReadFile(self)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(name, b, 0o755); err != nil {
			t.Fatal(err)
		}
	}
	return name
}

// site is a server that has orders for one film, and a film.
func site(t *testing.T, o ytdlptest.Orders, also http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch {
		case r.URL.Path == "/film.orders":
			if err := json.NewEncoder(w).Encode(o); err != nil {
				t.Error(err)
			}
		case r.URL.Path == "/bytes":
			fmt.Fprint(w, "the bytes of a film")
		case also != nil:
			also(w, r)
		default:
			http.NotFound(w, r)
		}
	}))
	t.Cleanup(s.Close)
	return s
}

// client connects film.example to the server; other is a public name that leads to this machine.
func client(t *testing.T, s *httptest.Server) *fetch.Client {
	t.Helper()
	c, err := fetch.New(fetch.Options{Dir: t.TempDir(), Private: []string{"film.example"}, Resolve: map[string]string{"film.example": s.Listener.Addr().String()}})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(c.Close)
	return c
}

func get(t *testing.T, p *ytdlp.Program, ctx context.Context) (*ytdlp.Film, string, error) {
	t.Helper()
	if p.Path == "" {
		p.Path = program(t)
	}
	if p.MaxBytes == 0 {
		p.MaxBytes = 1 << 30
	}
	if p.Timeout == 0 {
		p.Timeout = time.Hour
	}
	dir := t.TempDir()
	f, err := p.Get(ctx, "http://film.example/film", dir, nil)
	return f, dir, err
}

func TestGet(t *testing.T) {
	const info = `{"id":"x","location":"seen by mine-alone","title":"A \u001b[2Jfilm","formats":[{"url":"https://cdn.example/v?ip=203.0.113.9&sig=abc"}],"webpage_url":"http://film.example/film?si=me"}`
	var cookie atomic.Pointer[string]
	private := t.TempDir()
	for _, name := range []string{"TMPDIR", "TMP", "TEMP"} {
		t.Setenv(name, private)
	}
	lent := func() []string {
		list, _ := filepath.Glob(filepath.Join(private, "samizdat-cookies-*", "cookies.txt"))
		return list
	}
	dead, err := os.MkdirTemp("", "samizdat-cookies-*") // of a run that was killed
	if err != nil {
		t.Fatal(err)
	}
	held, err := atomicfile.Temporary(dead, ".tmp", 0o600)
	if err != nil {
		t.Fatal(err)
	}
	held.Close()
	if before := time.Now().Add(-time.Hour); os.Chtimes(held.Name(), before, before) != nil || os.WriteFile(filepath.Join(dead, "cookies.txt"), nil, 0o600) != nil {
		t.Fatal("no folder of a killed run")
	}
	s := site(t, ytdlptest.Orders{
		Copy: map[string]string{"film.mp4": "bytes"},
		Write: map[string]string{
			"film.info.json": info, "film.en.vtt": "WEBVTT\n", "film.kk-Cyrl.vtt": "WEBVTT\n", "film.jpg": "x", "film.f137.mp4": "half", "film.mp4.part": "half", "other.mp4": "x",
		},
		Fetch: []string{"http://film.example/cookie"}, Exit: 1, Say: "ERROR: captions in tlh did not come\n", Torture: true,
	}, func(w http.ResponseWriter, r *http.Request) {
		said := r.Header.Get("Cookie") + " " + r.Header.Get("Proxy-Authorization") + r.Header.Get("X-Forwarded-For")
		cookie.Store(&said)
		if list := lent(); len(list) != 1 || filepath.Dir(list[0]) == dead {
			t.Errorf("the cookies lie in %v", list)
		} else if file, err := os.Stat(list[0]); err != nil || runtime.GOOS != "windows" && file.Mode().Perm() != 0o600 {
			t.Errorf("%v, %v", file, err)
		} else if dir, err := os.Stat(filepath.Dir(list[0])); err != nil || runtime.GOOS != "windows" && dir.Mode().Perm() != 0o700 {
			t.Errorf("%v, %v", dir, err)
		}
	})
	mine := []byte("film.example\tFALSE\t/\tFALSE\t0\tsession\tmine-alone\n")
	p := &ytdlp.Program{Connect: client(t, s).Connect, Cookies: mine}
	f, dir, err := get(t, p, t.Context())
	if err != nil {
		t.Fatal(err)
	}
	var names []string
	for _, file := range f.Files {
		names = append(names, filepath.Base(file))
	}
	slices.Sort(names)
	if got, want := fmt.Sprint(names), "[film.en.vtt film.jpg film.kk-Cyrl.vtt film.mp4]"; got != want {
		t.Errorf("files %s, want %s", got, want)
	}
	if b, err := os.ReadFile(filepath.Join(dir, "out", "film.mp4")); err != nil || string(b) != "the bytes of a film" {
		t.Errorf("film %q, %v", b, err)
	}
	if f.Version != ytdlptest.Version {
		t.Errorf("version %q", f.Version)
	}
	if c := cookie.Load(); c == nil || *c != "session=mine-alone " {
		t.Errorf("the server was sent %v", c)
	}
	for _, bad := range []string{"203.0.113.9", "sig=", "si=me", "mine-alone", "\x1b", dir} {
		if bytes.Contains(f.Info, []byte(bad)) {
			t.Errorf("the JSON holds %q:\n%s", bad, f.Info)
		}
	}
	if !bytes.Contains(f.Info, []byte(`"title": "A  [2Jfilm"`)) {
		t.Errorf("JSON\n%s", f.Info)
	}
	if string(mine) != "film.example\tFALSE\t/\tFALSE\t0\tsession\tmine-alone\n" {
		t.Errorf("the cookies became %q", mine)
	}
	if list := lent(); len(list) > 0 {
		t.Errorf("%v is left", list)
	}
	if left, err := filepath.Glob(filepath.Join(dir, "temp", "*")); err != nil || len(left) > 0 {
		t.Errorf("%v is left", left)
	}
	if got := ytdlp.CaptionsLanguage(filepath.Join(dir, "film.kk-Cyrl.vtt")); got != "kk-Cyrl" {
		t.Errorf("language %q", got)
	}
}

// What yt-dlp says is told in words of ours; its own are for the editor.
func TestFailures(t *testing.T) {
	for _, c := range []struct {
		name string
		o    ytdlptest.Orders
		want error
		text string
	}{
		{"no such site", ytdlptest.Orders{Exit: 1, Say: "WARNING: x\nERROR: Unsupported URL: http://film.example/film\n"}, ytdlp.ErrUnknown, ""},
		{"login", ytdlptest.Orders{Exit: 1, Say: "ERROR: [x] 1: Private video. Sign in if you've been granted access\n"}, ytdlp.ErrLogin, ""},
		{"status", ytdlptest.Orders{Exit: 1, Say: "ERROR: unable to download video data: HTTP Error 403: Forbidden\n"}, nil, "the server answered 403 Forbidden"},
		{"certificate", ytdlptest.Orders{Exit: 1, Say: "ERROR: [x] 1: Unable to download webpage: [SSL: CERTIFICATE_VERIFY_FAILED] certificate verify failed\n"}, nil, "the server's certificate is not to be trusted"},
		{"live", ytdlptest.Orders{Say: "[download] film does not pass filter (!is_live), skipping ..\n"}, ytdlp.ErrLive, ""},
		{"flag of the size", ytdlptest.Orders{Say: "[download] File is larger than max-filesize (5 bytes > 1 bytes). Aborting.\n"}, ytdlp.ErrTooLarge, ""},
		{"anything", ytdlptest.Orders{Exit: 1, Say: "ERROR: \x1b[31mbroken\x1b[0m\r\a\n"}, ytdlp.ErrFailed, ""},
		{"nothing at all", ytdlptest.Orders{}, ytdlp.ErrFailed, ""},
		{"a picture is no film", ytdlptest.Orders{Write: map[string]string{"film.jpg": "x", "film.en.vtt": "x"}}, ytdlp.ErrFailed, ""},
		{"it grows", ytdlptest.Orders{Grow: true}, ytdlp.ErrTooLarge, ""},
		{"too much comes", ytdlptest.Orders{Fetch: slices.Repeat([]string{"http://film.example/large"}, 50)}, ytdlp.ErrTooLarge, ""},
	} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			s := site(t, c.o, func(w http.ResponseWriter, r *http.Request) { _, _ = w.Write(make([]byte, 1<<20)) })
			_, _, err := get(t, &ytdlp.Program{Connect: client(t, s).Connect, MaxBytes: 4 << 20}, t.Context())
			var failed *ytdlp.FailedError
			if !errors.As(err, &failed) || c.want != nil && !errors.Is(err, c.want) || c.text != "" && err.Error() != c.text {
				t.Fatalf("%v, want %v%s", err, c.want, c.text)
			}
			if strings.ContainsFunc(failed.Said, func(r rune) bool { return r < ' ' || r == 0x7f }) {
				t.Errorf("said %q", failed.Said)
			}
		})
	}
}

// One that never ends, with all that it has started, is ended: by its time, by what it says, or by the editor.
func TestEnded(t *testing.T) {
	for _, c := range []struct {
		name string
		o    ytdlptest.Orders
	}{{"hangs", ytdlptest.Orders{Hang: true}}, {"talks", ytdlptest.Orders{Babble: true}}, {"starts another", ytdlptest.Orders{Child: true, Hang: true}}, {"leaves another", ytdlptest.Orders{Child: true}}} {
		t.Run(c.name, func(t *testing.T) {
			t.Parallel()
			ctx, cancel := context.WithCancel(t.Context())
			defer cancel()
			child := make(chan int, 1)
			asked := make(chan struct{}, 1)
			s := site(t, c.o, func(w http.ResponseWriter, r *http.Request) {
				if pid, ok := strings.CutPrefix(r.URL.Path, "/film.child-"); ok {
					n, _ := strconv.Atoi(pid)
					child <- n
				}
				asked <- struct{}{}
			})
			p := &ytdlp.Program{Connect: client(t, s).Connect}
			want := context.Canceled
			if c.o.Child && c.o.Hang {
				go func() { <-asked; cancel() }()
			} else if c.o.Hang {
				p.Timeout, want = 300*time.Millisecond, ytdlp.ErrSlow
			} else {
				want = ytdlp.ErrFailed
			}
			if _, _, err := get(t, p, ctx); !errors.Is(err, want) {
				t.Fatalf("%v, want %v", err, want)
			}
			if c.o.Child && runtime.GOOS != "windows" {
				pid := <-child
				if !gone(pid) {
					t.Errorf("process %d is left", pid)
				}
			}
		})
	}
}

// gone waits until a process that was killed is none any more; whoever has inherited it has to take note first.
func gone(pid int) bool {
	for range 100000 {
		p, err := os.FindProcess(pid)
		if err != nil || p.Signal(syscall.Signal(0)) != nil || zombie(pid) {
			return true
		}
		runtime.Gosched()
	}
	return false
}

func zombie(pid int) bool {
	b, err := os.ReadFile(fmt.Sprintf("/proc/%d/stat", pid))
	return err == nil && strings.Contains(string(b), ") Z ")
}

// It goes nowhere but where captures go, and nobody else may use its way.
func TestTunnel(t *testing.T) {
	var hit atomic.Int32
	private := httptest.NewServer(http.HandlerFunc(func(http.ResponseWriter, *http.Request) { hit.Add(1) }))
	defer private.Close()
	c, err := fetch.New(fetch.Options{Dir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	_, _, err = get(t, &ytdlp.Program{Connect: func(ctx context.Context, network, address string) (net.Conn, error) {
		return c.Connect(ctx, network, private.Listener.Addr().String())
	}}, t.Context())
	if !errors.Is(err, fetch.ErrPrivate) || hit.Load() > 0 {
		t.Errorf("%v; the private server was asked %d times", err, hit.Load())
	}
}

func TestFind(t *testing.T) {
	if _, err := ytdlp.Find("no-such-yt-dlp"); !errors.Is(err, ytdlp.ErrNone) {
		t.Errorf("%v", err)
	}
	name := program(t)
	if got, err := ytdlp.Find(name); err != nil || got != name {
		t.Errorf("%q, %v", got, err)
	}
	t.Setenv("PATH", filepath.Dir(name))
	if got, err := ytdlp.Find(asProgram); err != nil || got != name {
		t.Errorf("%q, %v", got, err)
	}
	if _, err := ytdlp.Find(""); !errors.Is(err, ytdlp.ErrNone) {
		t.Errorf("%v", err)
	}
	other := filepath.Join(t.TempDir(), "no-program")
	if err := os.WriteFile(other, []byte("no program"), 0o755); err != nil {
		t.Fatal(err)
	}
	s := site(t, ytdlptest.Orders{}, nil)
	var failed *ytdlp.FailedError
	if _, _, err := get(t, &ytdlp.Program{Path: other, Connect: client(t, s).Connect}, t.Context()); !errors.As(err, &failed) {
		t.Errorf("%v", err)
	}
}
