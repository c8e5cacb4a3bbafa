package fetch_test

import (
	"bufio"
	"compress/gzip"
	"context"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"net/netip"
	"net/url"
	"os"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"samizdat/internal/fetch"
	"samizdat/internal/fetch/fetchtest"
)

// naps notes how long was slept, and sleeps not.
type naps struct {
	mu  sync.Mutex
	all []time.Duration
}

func (n *naps) sleep(ctx context.Context, d time.Duration) error {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.all = append(n.all, d)
	return ctx.Err()
}

// client returns a client that may talk to this machine, and what it slept.
func client(t testing.TB, o fetch.Options) (*fetch.Client, *naps) {
	t.Helper()
	n := &naps{}
	o.Sleep, o.Dir = n.sleep, t.TempDir()
	c, err := fetch.New(o)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		c.Close()
		if left, err := os.ReadDir(o.Dir); err != nil || len(left) > 0 {
			t.Errorf("files left behind: %v, %v", left, err)
		}
	})
	return c, n
}

func here(o fetch.Options) fetch.Options {
	o.Private = []string{"127.0.0.1"}
	for host := range o.Resolve {
		host, _, _ = strings.Cut(host, ":")
		o.Private = append(o.Private, host)
	}
	return o
}

func serve(t testing.TB, h http.HandlerFunc) *httptest.Server {
	t.Helper()
	s := httptest.NewServer(h)
	t.Cleanup(s.Close)
	return s
}

// raw is a server that answers every connection with what answer says.
func raw(t *testing.T, answer func(n int, request string, w io.Writer)) string {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	var wg sync.WaitGroup
	t.Cleanup(func() { l.Close(); wg.Wait() })
	var n atomic.Int32
	wg.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			wg.Go(func() {
				defer c.Close()
				r := bufio.NewReader(c)
				for {
					var head strings.Builder
					for !strings.HasSuffix(head.String(), "\r\n\r\n") {
						line, err := r.ReadString('\n')
						if err != nil {
							return
						}
						head.WriteString(line)
					}
					if strings.HasPrefix(head.String(), "GET /robots.txt ") {
						io.WriteString(c, "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\n\r\n")
						continue
					}
					answer(int(n.Add(1))-1, head.String(), c)
					return
				}
			})
		}
	})
	return "http://" + l.Addr().String()
}

func TestExchangeIsKeptAsItWasSent(t *testing.T) {
	const head = "HTTP/1.1 200 Fine by me\r\nx-LOWER: 1\r\nServer: t\r\nX-Lower: 2\r\nContent-Length: 5\r\nConnection: close\r\n\r\n"
	at := raw(t, func(_ int, _ string, w io.Writer) {
		io.WriteString(w, "HTTP/1.1 103 Early Hints\r\nLink: </x>\r\n\r\n"+head+"hello")
	})
	c, _ := client(t, here(fetch.Options{UserAgent: "Tester/1"}))
	x, err := c.Get(t.Context(), at+"/a?b=c#d", fetch.Page)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	h := x.Final()
	if string(h.Response) != head {
		t.Errorf("response head %q", h.Response)
	}
	if r := string(h.Request); !strings.HasPrefix(r, "GET /a?b=c HTTP/1.1\r\n") || !strings.Contains(r, "User-Agent: Tester/1\r\n") || !strings.HasSuffix(r, "\r\n\r\n") || strings.Contains(r, "Cookie") {
		t.Errorf("request head %q", r)
	}
	body, err := h.Text(100)
	if err != nil || string(body) != "hello" || h.Size != 5 || h.SHA256 != "2cf24dba5fb0a30e26e83b2ac5b9e29e1b161e5c1fa7425e73043362938b9824" {
		t.Errorf("body %q, %d, %s, %v", body, h.Size, h.SHA256, err)
	}
	if h.IP() != "127.0.0.1" || h.Start.IsZero() || h.Protocol != "http/1.1" || h.URL != at+"/a?b=c" {
		t.Errorf("hop %+v", h)
	}
}

// A connection that is used again gives each exchange its own headers.
func TestConnectionIsUsedAgain(t *testing.T) {
	var conns atomic.Int32
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Path", r.URL.Path)
		fmt.Fprint(w, strings.Repeat(r.URL.Path, 1000))
	}))
	s.Config.ConnState = func(_ net.Conn, st http.ConnState) {
		if st == http.StateNew {
			conns.Add(1)
		}
	}
	s.Start()
	defer s.Close()
	c, _ := client(t, here(fetch.Options{}))
	for _, p := range []string{"/one", "/two", "/three"} {
		x, err := c.Get(t.Context(), s.URL+p, fetch.Requisite)
		if err != nil {
			t.Fatal(err)
		}
		if h := x.Final(); !strings.HasPrefix(string(h.Request), "GET "+p+" ") || !strings.Contains(string(h.Response), "X-Path: "+p+"\r\n") || h.Size != int64(1000*len(p)) {
			t.Errorf("%s: %q %q %d", p, h.Request, h.Response, h.Size)
		}
		x.Close()
	}
	if n := conns.Load(); n != 1 {
		t.Errorf("%d connections, want 1", n)
	}
}

// An answer without a body frees its connection early; whoever asks next on it does not disturb the headers of the first.
func TestHeadersAreNotMixedUp(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("X-Path", r.URL.Path)
		w.WriteHeader(http.StatusNotFound)
	})
	c, _ := client(t, here(fetch.Options{}))
	var wg sync.WaitGroup
	for i := range 600 {
		wg.Go(func() {
			p := fmt.Sprint("/", i)
			x, err := c.Get(t.Context(), s.URL+p, fetch.Requisite)
			var status *fetch.StatusError
			if !errors.As(err, &status) {
				t.Errorf("%s: %v", p, err)
				return
			}
			defer x.Close()
			if h := x.Final(); !strings.HasPrefix(string(h.Request), "GET "+p+" HTTP/1.1\r\n") || !strings.Contains(string(h.Response), "X-Path: "+p+"\r\n") {
				t.Errorf("%s: request %q, response %q", p, h.Request, h.Response)
			}
		})
	}
	wg.Wait()
}

func TestRedirects(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/a":
			http.Redirect(w, r, "/b#here", http.StatusFound)
		case "/b":
			http.Redirect(w, r, "c", http.StatusMovedPermanently)
		case "/c":
			fmt.Fprint(w, "end")
		case "/loop":
			http.Redirect(w, r, "/loop", http.StatusFound)
		case "/long":
			http.Redirect(w, r, "/long?"+r.URL.RawQuery+"x", http.StatusFound)
		case "/file":
			http.Redirect(w, r, "file:///etc/passwd", http.StatusFound)
		}
	})
	c, _ := client(t, here(fetch.Options{PageEvery: -1}))
	x, err := c.Get(t.Context(), s.URL+"/a", fetch.Page)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if len(x.Hops) != 3 || x.Hops[1].URL != s.URL+"/b" || x.Final().URL != s.URL+"/c" || x.Hops[0].Status != 302 || x.Final().Status != 200 {
		t.Errorf("%d hops, the last %s", len(x.Hops), x.Final().URL)
	}
	for path, want := range map[string]error{"/loop": fetch.ErrRedirects, "/long?": fetch.ErrRedirects, "/file": fetch.ErrNotWeb} {
		if _, err := c.Get(t.Context(), s.URL+path, fetch.Page); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", path, err, want)
		}
	}
}

func TestPrivateAddressesAreRefused(t *testing.T) {
	var asked atomic.Bool
	s := serve(t, func(http.ResponseWriter, *http.Request) { asked.Store(true) })
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	c, _ := client(t, fetch.Options{Resolve: map[string]string{"news.example": "127.0.0.1:" + port}})
	for _, u := range []string{
		s.URL, "http://localhost:" + port, "http://printer.local/", "http://router/", "http://[::1]:" + port, "http://[::ffff:127.0.0.1]:" + port,
		"http://news.example/", "http://0x7f000001:" + port, "http://169.254.169.254/latest/",
	} {
		if x, err := c.Get(t.Context(), u, fetch.Page); !errors.Is(err, fetch.ErrPrivate) {
			var dns *net.DNSError
			if !errors.As(err, &dns) || !strings.Contains(u, "0x") { // whether that is an address is for the system to say
				t.Errorf("%s: %v, %v, want %v", u, x, err, fetch.ErrPrivate)
			}
		}
	}
	if asked.Load() {
		t.Error("the server was asked")
	}
}

// Of private hosts those are asked that may be, and no others: a page of one of them is nobody to name more. Addresses at which a cloud gives
// keys away, and link-local ones, are asked in no case.
func TestOnlyNamedHostsArePrivate(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if strings.HasPrefix(r.URL.Path, "/to/") {
			http.Redirect(w, r, "http://"+strings.TrimPrefix(r.URL.Path, "/to/"), http.StatusFound)
			return
		}
		asked.Add(1)
	})
	_, port, _ := net.SplitHostPort(s.Listener.Addr().String())
	options := fetch.Options{
		Private: []string{"News.Example.", "127.0.0.1", "169.254.169.254", "meta.example", "[fe80::1]", "fe80::1", "fd00:ec2::254"},
		Resolve: map[string]string{
			"news.example": "127.0.0.1:" + port, "other.example": "127.0.0.1:" + port,
			"meta.example": "169.254.169.254", "news.example:81": "169.254.169.254", "news.example:82": "[::ffff:169.254.169.254]:80", "news.example:83": "[64:ff9b::a9fe:a9fe]:80",
		},
		PageEvery: -1, IgnoreRobots: true, Tries: 1,
	}
	for _, scheme := range []string{"", "socks5", "http"} {
		o := options
		if scheme != "" {
			o.Proxy = fetchtest.NewProxy(t, scheme, func(string) string { return s.Listener.Addr().String() }).URL
		}
		c, _ := client(t, o)
		for _, u := range []string{"http://news.example/", "http://NEWS.example./", s.URL + "/"} {
			asked.Store(0)
			x, err := c.Get(t.Context(), u, fetch.Page)
			if err != nil || asked.Load() != 1 {
				t.Errorf("%s %s: %v", scheme, u, err)
				continue
			}
			x.Close()
		}
		asked.Store(0)
		refused := []string{
			"127.0.0.2:" + port, "localhost:" + port, "[::1]:" + port, "10.0.0.1", "192.168.1.1", "169.254.169.254", "[fe80::1]", "[fd00:ec2::254]", "168.63.129.16",
			"other.example", "meta.example", "news.example:81", "news.example:82", "news.example:83",
		}
		for _, host := range refused {
			for _, u := range []string{"http://" + host + "/", "http://news.example/to/" + host + "/"} {
				if x, err := c.Get(t.Context(), u, fetch.Requisite); !errors.Is(err, fetch.ErrPrivate) {
					t.Errorf("%s %s: %v, %v, want %v", scheme, u, x, err, fetch.ErrPrivate)
				}
			}
		}
		if asked.Load() > 0 {
			t.Errorf("%s: the server was asked", scheme)
		}
	}
}

func TestPublic(t *testing.T) {
	for s, want := range map[string]bool{
		"8.8.8.8": true, "2606:4700::1111": true, "10.1.2.3": false, "100.64.0.1": false, "192.168.1.1": false, "172.31.0.1": false, "172.32.0.1": true,
		"fe80::1": false, "fd00::1": false, "::": false, "::ffff:10.0.0.1": false, "64:ff9b::a00:1": false, "64:ff9b::808:808": true,
		"2002:7f00:1::": false, "::7f00:1": false, "224.0.0.1": false, "255.255.255.255": false, "0.1.2.3": false,
	} {
		if got := fetch.Public(netip.MustParseAddr(s)); got != want {
			t.Errorf("%s: %v, want %v", s, got, want)
		}
	}
}

// What may go better is tried again, after what the server asks for.
func TestTriesAgain(t *testing.T) {
	var n atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/robots.txt":
			http.NotFound(w, r)
		case "/busy":
			if n.Add(1) < 3 {
				w.Header().Set("Retry-After", "7")
				w.WriteHeader(http.StatusTooManyRequests)
				return
			}
			fmt.Fprint(w, "now")
		case "/away":
			w.Header().Set("Retry-After", "86400")
			w.WriteHeader(http.StatusServiceUnavailable)
		case "/gone":
			n.Add(1)
			w.WriteHeader(http.StatusGone)
		}
	})
	c, slept := client(t, here(fetch.Options{PageEvery: -1}))
	x, err := c.Get(t.Context(), s.URL+"/busy", fetch.Page)
	if err != nil {
		t.Fatal(err)
	}
	x.Close()
	if len(slept.all) != 2 || slept.all[0] != 7*time.Second || len(x.Hops) != 1 {
		t.Errorf("slept %v, %d hops", slept.all, len(x.Hops))
	}
	slept.all = nil
	x, err = c.Get(t.Context(), s.URL+"/away", fetch.Page)
	var status *fetch.StatusError
	if !errors.As(err, &status) || status.Code != 503 || len(slept.all) != 0 {
		t.Errorf("%v after %v", err, slept.all)
	}
	x.Close()
	n.Store(0)
	x, err = c.Get(t.Context(), s.URL+"/gone", fetch.Page)
	if !errors.As(err, &status) || status.Code != 410 || n.Load() != 1 || x.Final().Status != 410 {
		t.Errorf("%v after %d requests", err, n.Load())
	}
	x.Close()
}

func TestBrokenAnswers(t *testing.T) {
	for name, c := range map[string]struct {
		answer string
		want   error
		tries  int
	}{
		"cut":          {"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\nhalf", io.ErrUnexpectedEOF, 3},
		"cut in chunk": {"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n10\r\nhalf", io.ErrUnexpectedEOF, 3},
		"endless":      {"HTTP/1.1 200 OK\r\n\r\n" + strings.Repeat("x", 5000), fetch.ErrTooLarge, 1},
		"nothing":      {"", io.EOF, 3},
	} {
		t.Run(name, func(t *testing.T) {
			var n atomic.Int32
			at := raw(t, func(_ int, _ string, w io.Writer) { n.Add(1); io.WriteString(w, c.answer) })
			cl, _ := client(t, here(fetch.Options{MaxBytes: 4096, PageEvery: -1}))
			if x, err := cl.Get(t.Context(), at+"/x", fetch.Requisite); !errors.Is(err, c.want) || x != nil {
				t.Errorf("%v, want %v", err, c.want)
			}
			if int(n.Load()) != c.tries {
				t.Errorf("%d tries, want %d", n.Load(), c.tries)
			}
		})
	}
}

func TestSecondTryMayHelp(t *testing.T) {
	at := raw(t, func(n int, _ string, w io.Writer) {
		if n == 0 {
			io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf")
			return
		}
		io.WriteString(w, "HTTP/1.1 200 OK\r\nContent-Length: 5\r\nConnection: close\r\n\r\nwhole")
	})
	c, slept := client(t, here(fetch.Options{PageEvery: -1}))
	x, err := c.Get(t.Context(), at, fetch.Page)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if b, _ := x.Final().Text(10); string(b) != "whole" || len(slept.all) != 1 {
		t.Errorf("%q after %v", b, slept.all)
	}
}

func TestSilentServer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0") // accepts, says nothing
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	c, _ := client(t, here(fetch.Options{Timeout: 20 * time.Millisecond, Tries: 1}))
	if _, err := c.Get(t.Context(), "http://"+l.Addr().String(), fetch.Requisite); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("%v, want %v", err, os.ErrDeadlineExceeded)
	}
}

// dripping sends a byte, and no more until the client has gone.
func dripping(t *testing.T) *httptest.Server {
	return serve(t, func(w http.ResponseWriter, r *http.Request) {
		io.WriteString(w, "a")
		w.(http.Flusher).Flush()
		<-r.Context().Done()
	})
}

// A server that sends a byte now and then is given up, once: it is not the one that a second try helps with.
func TestDrippingServer(t *testing.T) {
	s := dripping(t)
	at := time.Date(2022, 1, 5, 0, 0, 0, 0, time.UTC)
	now := func() time.Time { at = at.Add(time.Minute); return at } // between two bytes
	c, slept := client(t, here(fetch.Options{Now: now}))
	if _, err := c.Get(t.Context(), s.URL, fetch.Requisite); !errors.Is(err, fetch.ErrSlow) || len(slept.all) > 0 {
		t.Errorf("%v after %v, want %v", err, slept.all, fetch.ErrSlow)
	}
}

// What belongs together has one limit, whatever each has.
func TestMeter(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) { io.WriteString(w, strings.Repeat("x", 600)) })
	c, _ := client(t, here(fetch.Options{}))
	var told []int64
	m := &fetch.Meter{Max: 1000, Told: func(n int64) { told = append(told, n) }}
	ctx := fetch.Metered(t.Context(), m)
	x, err := c.Get(ctx, s.URL, fetch.Requisite)
	if err != nil || m.Over() {
		t.Fatal(err, m.Over())
	}
	x.Close()
	if _, err := c.Get(ctx, s.URL, fetch.Requisite); !errors.Is(err, fetch.ErrTooMuch) || !m.Over() || len(told) < 2 || told[len(told)-1] != 1200 {
		t.Errorf("%v, %v, told %v", err, m.Over(), told)
	}
}

func TestCancel(t *testing.T) {
	ctx, cancel := context.WithCancel(t.Context())
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.(http.Flusher).Flush()
		cancel()
		<-r.Context().Done()
	})
	c, _ := client(t, here(fetch.Options{}))
	if _, err := c.Get(ctx, s.URL, fetch.Requisite); !errors.Is(err, context.Canceled) {
		t.Errorf("%v, want %v", err, context.Canceled)
	}
}

func TestRobots(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			fmt.Fprint(w, "User-agent: *\nDisallow: /private\nDisallow: /*?print=\n")
			return
		}
		fmt.Fprint(w, "x")
	})
	get := func(c *fetch.Client, path string, p fetch.Purpose) error {
		x, err := c.Get(t.Context(), s.URL+path, p)
		if err == nil {
			x.Close()
		}
		return err
	}
	c, _ := client(t, here(fetch.Options{PageEvery: -1}))
	if err := get(c, "/open", fetch.Page); err != nil {
		t.Error(err)
	}
	for _, p := range []string{"/private/x", "/open?print=1"} {
		if err := get(c, p, fetch.Page); !errors.Is(err, fetch.ErrRobots) {
			t.Errorf("%s: %v, want %v", p, err, fetch.ErrRobots)
		}
	}
	if err := get(c, "/private/picture.png", fetch.Requisite); err != nil {
		t.Errorf("what a page needs: %v", err)
	}
	c, _ = client(t, here(fetch.Options{PageEvery: -1, IgnoreRobots: true}))
	if err := get(c, "/private/x", fetch.Page); err != nil {
		t.Error(err)
	}
}

func TestPagesKeepTheirDistance(t *testing.T) {
	s := serve(t, func(http.ResponseWriter, *http.Request) {})
	now := time.Unix(1000, 0)
	n := &naps{}
	c, err := fetch.New(fetch.Options{Private: []string{"127.0.0.1"}, IgnoreRobots: true, Dir: t.TempDir(), PageEvery: 3 * time.Second, Sleep: n.sleep, Now: func() time.Time { return now }})
	if err != nil {
		t.Fatal(err)
	}
	defer c.Close()
	for range 3 {
		for _, p := range []fetch.Purpose{fetch.Page, fetch.Requisite} {
			x, err := c.Get(t.Context(), s.URL, p)
			if err != nil {
				t.Fatal(err)
			}
			x.Close()
		}
	}
	if fmt.Sprint(n.all) != "[3s 6s]" {
		t.Errorf("slept %v", n.all)
	}
}

// A site may ask for more distance, within reason.
func TestCrawlDelay(t *testing.T) {
	delay := "5"
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		if r.URL.Path == "/robots.txt" {
			fmt.Fprint(w, "User-agent: *\nCrawl-delay: "+delay+"\nDisallow: /private\n")
		}
	})
	for d, want := range map[string]string{"5": "[5s]", "0.5": "[3s]", "86400": "[2m0s]", "-7": "[3s]", "soon": "[3s]"} {
		delay = d
		n := &naps{}
		now := time.Unix(1000, 0)
		c, err := fetch.New(fetch.Options{Private: []string{"127.0.0.1"}, Dir: t.TempDir(), PageEvery: 3 * time.Second, Sleep: n.sleep, Now: func() time.Time { return now }})
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		for range 2 {
			x, err := c.Get(t.Context(), s.URL+"/x", fetch.Page)
			if err != nil {
				t.Fatal(err)
			}
			x.Close()
		}
		if fmt.Sprint(n.all) != want {
			t.Errorf("Crawl-delay: %s: slept %v, want %s", d, n.all, want)
		}
	}
}

func TestEncodedBodyIsKept(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Encoding", "gzip")
		if r.URL.Path == "/lie" {
			fmt.Fprint(w, "plain")
			return
		}
		z := gzip.NewWriter(w)
		fmt.Fprint(z, strings.Repeat("a", 10000))
		z.Close()
	})
	c, _ := client(t, here(fetch.Options{}))
	x, err := c.Get(t.Context(), s.URL, fetch.Requisite)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	if h := x.Final(); h.Size > 1000 || !strings.Contains(string(h.Response), "Content-Encoding: gzip\r\n") {
		t.Errorf("%d bytes, %q", h.Size, h.Response)
	}
	if b, err := x.Final().Text(10000); err != nil || len(b) != 10000 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	if b, err := x.Final().Text(9999); !errors.Is(err, fetch.ErrTooLarge) || len(b) != 9999 {
		t.Errorf("%d bytes, %v", len(b), err)
	}
	y, err := c.Get(t.Context(), s.URL+"/lie", fetch.Requisite)
	if err != nil {
		t.Fatal(err)
	}
	defer y.Close()
	if b, err := y.Final().Text(10); err != nil || string(b) != "plain" {
		t.Errorf("%q, %v", b, err)
	}
}

func TestTLS(t *testing.T) {
	s := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, r.TLS.ServerName) }))
	s.Config.ErrorLog = nil
	defer s.Close()
	to := map[string]string{"example.com": s.Listener.Addr().String()}
	c, _ := client(t, here(fetch.Options{Resolve: to, Tries: 1}))
	var unknown x509.UnknownAuthorityError
	if _, err := c.Get(t.Context(), "https://example.com/", fetch.Requisite); !errors.As(err, &unknown) {
		t.Errorf("%v, want an unknown authority", err)
	}
	roots := x509.NewCertPool()
	roots.AddCert(s.Certificate())
	c, _ = client(t, here(fetch.Options{Resolve: to, Roots: roots}))
	x, err := c.Get(t.Context(), "https://example.com/", fetch.Requisite)
	if err != nil {
		t.Fatal(err)
	}
	defer x.Close()
	h := x.Final()
	if b, _ := h.Text(100); string(b) != "example.com" || len(h.Certificates) == 0 || h.Protocol != "tls/1.3 http/1.1" || !strings.HasPrefix(string(h.Response), "HTTP/1.1 200 OK\r\n") {
		t.Errorf("%q, %d certificates, %q", b, len(h.Certificates), h.Protocol)
	}
}

func TestCookies(t *testing.T) {
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		http.SetCookie(w, &http.Cookie{Name: "track", Value: "1"})
		fmt.Fprint(w, r.Header.Get("Cookie"))
	})
	to := map[string]string{"news.example": s.Listener.Addr().String(), "www.news.example": s.Listener.Addr().String(), "other.example": s.Listener.Addr().String()}
	jar, err := fetch.Cookies(strings.NewReader("# Netscape\n#HttpOnly_.news.example\tTRUE\t/\tFALSE\t0\tsid\tabc\n\nnews.example\tFALSE\t/\tTRUE\t0\tsafe\tx\n"), time.Now())
	if err != nil {
		t.Fatal(err)
	}
	c, _ := client(t, here(fetch.Options{Resolve: to, Jar: jar}))
	for range 2 {
		for u, want := range map[string]string{"http://news.example/": "sid=abc", "http://www.news.example/": "sid=abc", "http://other.example/": ""} {
			x, err := c.Get(t.Context(), u, fetch.Requisite)
			if err != nil {
				t.Fatal(err)
			}
			if b, _ := x.Final().Text(100); string(b) != want {
				t.Errorf("%s: cookies %q, want %q", u, b, want)
			}
			x.Close()
		}
	}
	if _, err := fetch.Cookies(strings.NewReader("\nnews.example TRUE /\n"), time.Now()); err == nil || !strings.Contains(err.Error(), "line 2") {
		t.Errorf("%v", err)
	}
}

// What curl takes: lines without a value, or without a path; what has expired is left out, and said if it is all.
func TestCookieFiles(t *testing.T) {
	now := time.Unix(1_640_995_200, 0)
	u, err := url.Parse("http://news.example/a/b")
	if err != nil {
		t.Fatal(err)
	}
	const later, earlier = "1700000000", "1600000000"
	for name, c := range map[string]struct{ line, want string }{
		"whole": {"news.example\tTRUE\t/\tFALSE\t" + later + "\tk\tv", "k=v"}, "session": {"news.example\tTRUE\t/\tFALSE\t0\tk\tv", "k=v"},
		"session, -1": {"news.example\tTRUE\t/\tFALSE\t-1\tk\tv", "k=v"}, "parts of seconds": {"news.example\tTRUE\t/\tFALSE\t" + later + ".25\tk\tv", "k=v"},
		"no value": {"news.example\tTRUE\t/\tFALSE\t" + later + "\tk", "k="}, "no value, tab": {"news.example\tTRUE\t/\tFALSE\t" + later + "\tk\t", "k="},
		"no path": {"news.example\tTRUE\tFALSE\t" + later + "\tk\tv", "k=v"}, "another path": {"news.example\tTRUE\t/c\tFALSE\t0\tk\tv", ""},
		"expired": {"news.example\tTRUE\t/\tFALSE\t" + earlier + "\tk\tv\nnews.example\tTRUE\t/\tFALSE\t0\tl\tw", "l=w"},
	} {
		jar, err := fetch.Cookies(strings.NewReader("# Netscape HTTP Cookie File\r\n"+c.line+"\r\n"), now)
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var got []string
		for _, k := range jar.Cookies(u) {
			got = append(got, k.Name+"="+k.Value)
		}
		if s := strings.Join(got, ";"); s != c.want {
			t.Errorf("%s: %q, want %q", name, s, c.want)
		}
	}
	if _, err := fetch.Cookies(strings.NewReader("news.example\tTRUE\t/\tFALSE\t"+earlier+"\tk\tv"), now); !errors.Is(err, fetch.ErrExpired) {
		t.Errorf("%v, want %v", err, fetch.ErrExpired)
	}
	if _, err := fetch.Cookies(strings.NewReader("news.example\tTRUE\t/\tFALSE\tsoon\tk\tv"), now); err == nil || !strings.Contains(err.Error(), "line 1") {
		t.Errorf("%v, want one of line 1", err)
	}
}

// A robots.txt that the server does not give forbids everything, and that is not what the site's owner has said.
func TestRobotsUnreachable(t *testing.T) {
	var asked atomic.Int32
	s := serve(t, func(w http.ResponseWriter, r *http.Request) {
		asked.Add(1)
		w.WriteHeader(http.StatusServiceUnavailable)
	})
	c, _ := client(t, here(fetch.Options{PageEvery: -1, Tries: 1}))
	for range 2 {
		_, err := c.Get(t.Context(), s.URL+"/p", fetch.Page)
		var status *fetch.StatusError
		if !errors.Is(err, fetch.ErrNoRobots) || errors.Is(err, fetch.ErrRobots) || !errors.As(err, &status) || status.Code != 503 {
			t.Errorf("%v, want %v and 503", err, fetch.ErrNoRobots)
		}
	}
	if n := asked.Load(); n != 1 {
		t.Errorf("%d requests, want one, of robots.txt", n)
	}
}

// A proxy is told names, not addresses, and what goes through it is recorded all the same.
func TestProxies(t *testing.T) {
	plain := serve(t, func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "plain "+r.Host) })
	secure := httptest.NewTLSServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { fmt.Fprint(w, "secure "+r.Host) }))
	defer secure.Close()
	roots := x509.NewCertPool()
	roots.AddCert(secure.Certificate())
	for _, scheme := range []string{"socks5", "http"} {
		for target, s := range map[string]*httptest.Server{"http://example.com/x": plain, "https://example.com/x": secure} {
			t.Run(scheme+" "+target, func(t *testing.T) {
				p := fetchtest.NewProxy(t, scheme, func(string) string { return s.Listener.Addr().String() })
				c, _ := client(t, fetch.Options{Proxy: p.URL, Roots: roots})
				x, err := c.Get(t.Context(), target, fetch.Requisite)
				if err != nil {
					t.Fatal(err)
				}
				defer x.Close()
				if b, _ := x.Final().Text(100); !strings.HasSuffix(string(b), " example.com") || !strings.HasPrefix(string(x.Final().Request), "GET /x HTTP/1.1\r\n") || x.Final().IP() != "" {
					t.Errorf("%q, %q, %q", b, x.Final().Request, x.Final().IP())
				}
				if a := p.Asked(); !strings.Contains(a, "example.com:") || strings.Contains(a, "Go-http") {
					t.Errorf("the proxy was asked for %q", a)
				}
				if _, err := c.Get(t.Context(), "http://192.168.1.1/", fetch.Requisite); !errors.Is(err, fetch.ErrPrivate) {
					t.Errorf("%v, want %v", err, fetch.ErrPrivate)
				}
			})
		}
	}
	// An address that the editor gave is what the proxy is asked for; the server is asked by its name.
	for target, scheme := range map[string]string{"http://example.com/x": "http", "https://example.com/x": "socks5"} {
		s := map[string]*httptest.Server{"http": plain, "socks5": secure}[scheme]
		t.Run("resolved "+target, func(t *testing.T) {
			p := fetchtest.NewProxy(t, scheme, func(string) string { return s.Listener.Addr().String() })
			c, _ := client(t, fetch.Options{Proxy: p.URL, Roots: roots, Resolve: map[string]string{"example.com": "93.184.215.14"}})
			x, err := c.Get(t.Context(), target, fetch.Requisite)
			if err != nil {
				t.Fatal(err)
			}
			defer x.Close()
			if b, _ := x.Final().Text(100); !strings.HasSuffix(string(b), " example.com") || !strings.Contains(p.Asked(), " 93.184.215.14:") {
				t.Errorf("%q, the proxy was asked for %q", b, p.Asked())
			}
			c, _ = client(t, fetch.Options{Proxy: p.URL, Resolve: map[string]string{"example.com": "10.0.0.1"}})
			if _, err := c.Get(t.Context(), target, fetch.Requisite); !errors.Is(err, fetch.ErrPrivate) {
				t.Errorf("%v, want %v", err, fetch.ErrPrivate)
			}
		})
	}
	if _, err := fetch.New(fetch.Options{Proxy: &url.URL{Scheme: "gopher", Host: "x"}}); err == nil {
		t.Error("a proxy of an unknown kind is taken")
	}
}

// 200 pictures from a server that takes its time: what limits is the server, not we.
func BenchmarkRequisites(b *testing.B) {
	s := serve(b, func(w http.ResponseWriter, r *http.Request) {
		time.Sleep(50 * time.Millisecond)
		w.Write(make([]byte, 20_000))
	})
	c, _ := client(b, here(fetch.Options{}))
	for b.Loop() {
		var wg sync.WaitGroup
		for i := range 200 {
			wg.Go(func() {
				x, err := c.Get(b.Context(), fmt.Sprint(s.URL, "/", i), fetch.Requisite)
				if err != nil {
					b.Error(err)
					return
				}
				x.Close()
			})
		}
		wg.Wait()
	}
	b.ReportMetric(200*0.05/6/(b.Elapsed().Seconds()/float64(b.N)), "of_the_possible")
}
