package serve

import (
	"context"
	"errors"
	"io"
	"net"
	"net/http"
	"net/netip"
	"net/url"
	"strings"
	"sync"
	"testing"
	"time"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	return l
}

// Serve answers on every listener and returns nil once its context ends; answers under way come whole.
func TestServeStops(t *testing.T) {
	stopped := make(chan error, 1)
	ctx, quit := context.WithCancel(t.Context())
	s, err := New(Config{Loopback: true, Archives: find(t, 1, build(t, "ours.zim", stock(), nil)), OnQuit: quit})
	if err != nil {
		t.Fatal(err)
	}
	a, b := listen(t), listen(t)
	go func() { stopped <- s.Serve(ctx, a, b) }()
	for _, l := range []net.Listener{a, b} {
		resp, err := http.Get("http://" + l.Addr().String() + "/content/ours/index.html")
		if err != nil {
			t.Fatal(err)
		}
		resp.Body.Close()
		if resp.StatusCode != 200 {
			t.Errorf("status %d", resp.StatusCode)
		}
	}
	req, err := http.NewRequest("POST", "http://"+a.Addr().String()+"/-/quit", strings.NewReader(url.Values{tokenField: {s.token}}.Encode()))
	if err != nil {
		t.Fatal(err)
	}
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	req.Header.Set("Origin", "http://"+a.Addr().String())
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	body, err := io.ReadAll(resp.Body)
	resp.Body.Close()
	if err != nil || !strings.Contains(string(body), "Closed") {
		t.Errorf("quit: %v %q", err, body)
	}
	if err := <-stopped; err != nil {
		t.Errorf("Serve: %v", err)
	}
	if _, err := net.Dial("tcp", a.Addr().String()); err == nil {
		t.Error("still listening")
	}
}

func TestServeFails(t *testing.T) {
	s, err := New(Config{Loopback: true})
	if err != nil {
		t.Fatal(err)
	}
	if err := s.Serve(t.Context()); err == nil {
		t.Error("nothing to listen on: no error")
	}
	good, bad := listen(t), listen(t)
	bad.Close()
	if err := s.Serve(t.Context(), good, bad); !errors.Is(err, net.ErrClosed) {
		t.Errorf("a listener that is closed: %v", err)
	}
}

// A client has 5 s for its header, which may have 16 KiB, or on this machine 128 KiB, and a minute between requests.
func TestHeaderBounds(t *testing.T) {
	for own, most := range map[bool]int{false: 16 << 10, true: 128 << 10} {
		w := both(t, Config{Loopback: own})
		srv := w.httpServer()
		if srv.ReadHeaderTimeout != 5*time.Second || srv.IdleTimeout != time.Minute || srv.MaxHeaderBytes != most {
			t.Errorf("this machine %t: header %v, idle %v, %d bytes", own, srv.ReadHeaderTimeout, srv.IdleTimeout, srv.MaxHeaderBytes)
		}
		w.want("large header", w.get("/", "X: "+strings.Repeat("x", 2*most)), http.StatusRequestHeaderFieldsTooLarge)
	}
}

// conns is a listener whose connections come from addresses that a test chooses.
type conns struct{ next chan net.Conn }

func (c *conns) Accept() (net.Conn, error) {
	conn, ok := <-c.next
	if !ok {
		return nil, net.ErrClosed
	}
	return conn, nil
}
func (c *conns) Close() error   { return nil }
func (c *conns) Addr() net.Addr { return &net.TCPAddr{} }

type fakeConn struct {
	net.Conn
	from   net.Addr
	closed chan struct{}
	once   sync.Once
}

func (c *fakeConn) RemoteAddr() net.Addr { return c.from }
func (c *fakeConn) Close() error         { c.once.Do(func() { close(c.closed) }); return nil }

func fake(ip string) *fakeConn {
	return &fakeConn{from: net.TCPAddrFromAddrPort(netip.AddrPortFrom(netip.MustParseAddr(ip), 1)), closed: make(chan struct{})}
}

func TestConnectionsPerClient(t *testing.T) {
	inner := &conns{next: make(chan net.Conn, 10)}
	limit := newLimit(10, 2)
	l := limit.listener(inner)
	defer l.Close()
	many := []*fakeConn{fake("192.0.2.1"), fake("::ffff:192.0.2.1"), fake("192.0.2.1"), fake("192.0.2.2"), fake("2001:db8::1"), fake("2001:db8::2"), fake("2001:db8::3"), fake("2001:db8:0:1::1"), fake("127.0.0.1"), fake("127.0.0.1"), fake("127.0.0.1")}
	go func() {
		for _, c := range many {
			inner.next <- c
		}
	}()
	refused := map[int]bool{2: true, 6: true} // the third of one address, the third of one network
	var open []net.Conn
	for i := range many {
		if refused[i] {
			continue
		}
		c, err := l.Accept()
		if err != nil {
			t.Fatal(err)
		}
		if c.(*otherConn).Conn != many[i] {
			t.Fatalf("accepted %v, want connection %d from %v", c.RemoteAddr(), i, many[i].from)
		}
		open = append(open, c)
	}
	for i := range refused {
		<-many[i].closed
	}
	for _, c := range open {
		c.Close()
		c.Close() // gives back its slot once
	}
	if len(limit.open) != 0 || limit.waiting.Len() != 0 || len(limit.client) != 0 {
		t.Errorf("after all: %d open, %d waiting, clients %v", len(limit.open), limit.waiting.Len(), limit.client)
	}
}

// accepts begins to accept one connection.
func accepts(l net.Listener) chan net.Conn {
	got := make(chan net.Conn, 1)
	go func() {
		c, err := l.Accept()
		if err != nil {
			c = nil
		}
		got <- c
	}()
	return got
}

func TestConnectionsInAll(t *testing.T) {
	inner := &conns{next: make(chan net.Conn, 1)}
	limit := newLimit(2, 5)
	l := limit.listener(inner)
	next := func(c *fakeConn) net.Conn { inner.next <- c; return <-accepts(l) }
	first, second, third, fourth := fake("192.0.2.1"), fake("192.0.2.2"), fake("192.0.2.3"), fake("192.0.2.4")
	one, two := next(first), next(second)
	limit.watch(one, http.StateActive)
	limit.watch(one, http.StateIdle) // the second has waited longer now

	three := next(third)
	<-second.closed
	limit.watch(one, http.StateActive)
	limit.watch(three, http.StateActive)
	inner.next <- fourth
	four := accepts(l)
	select {
	case <-four:
		t.Fatal("a connection was accepted beside two that are being answered")
	case <-first.closed:
		t.Fatal("a connection was closed in the middle of an answer")
	case <-time.After(10 * time.Millisecond):
	}
	one.Close()
	last := <-four
	if last == nil {
		t.Fatal("no connection after one has ended")
	}
	limit.watch(last, http.StateActive)
	three.(*otherConn).writing.Store(time.Now().Add(-2 * stalled).UnixNano())
	if five := next(fake("192.0.2.5")); five == nil {
		t.Error("no connection beside one whose client takes nothing")
	} else {
		limit.watch(five, http.StateActive)
	}
	<-third.closed
	two.Close() // closed long ago, counts for nothing
	if len(limit.open) != 2 {
		t.Errorf("%d connections are counted, want 2", len(limit.open))
	}
	inner.next <- fake("192.0.2.6")
	waits := accepts(l)
	l.Close()
	if c := <-waits; c != nil {
		t.Error("Accept after Close: no error")
	}
}

// Many readers of all kinds of addresses at once: run with -race.
func TestManyReaders(t *testing.T) {
	w := both(t, Config{})
	targets := []string{
		"/", "/content/ours/statement.html", "/content/ours/video.bin", "/content/guest/statement.html", "/content/ours/check.html", "/content/ours/none",
		"/catalog/v2/entries", "/random?content=ours", "/content/ours/search.html?q=first",
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() {
			for j := range targets {
				target := targets[(i+j)%len(targets)]
				if a := w.get(target, "Accept-Encoding: gzip"); a.StatusCode >= 500 {
					t.Errorf("%s: %d", target, a.StatusCode)
				}
			}
		})
	}
	all.Wait()
	for _, b := range w.books {
		b.stopChecking()
	}
}
