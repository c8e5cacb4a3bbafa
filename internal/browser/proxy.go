package browser

import (
	"bufio"
	"context"
	"crypto/rand"
	"crypto/subtle"
	"crypto/tls"
	"encoding/base64"
	"errors"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"net/url"
	"strings"
	"sync"
	"time"

	"samizdat/internal/fetch"
)

// Limits of what the proxy takes and keeps.
const (
	maxSent   = 1 << 20  // bytes of what a page sends
	maxAnswer = 64 << 20 // bytes of one answer; films are fetched when the page is there, not for the browser
	maxThings = 5000     // answers for one page
)

// hello is a page that only the proxy has: with it the browser learns its password.
const (
	helloHost = "hello.invalid"
	hello     = "http://" + helloHost + "/"
)

// proxy answers one browser, and keeps what it answers. Others on this machine who find its port have no password.
type proxy struct {
	ctx      context.Context
	cancel   context.CancelFunc
	web      Sender
	most     int64
	ca       *authority
	password string
	listener net.Listener
	servers  []*http.Server
	tunnels  *tunnels

	mu      sync.Mutex
	page    string // address of the document that is expected; empty when it came
	pageErr error  // why it did not
	hops    []*fetch.Hop
	chain   []*fetch.Hop // of the document
	total   int64
	busy    int
	last    time.Time // when a request began or ended
	closed  bool
	answers sync.WaitGroup
}

// startProxy listens on loopback. The answer to page, and to where it redirects, is fetched as a page is, everything else as what a page needs.
func startProxy(ctx context.Context, web Sender, page string, most int64) (*proxy, error) {
	ca, err := newAuthority()
	if err != nil {
		return nil, err
	}
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	ctx, cancel := context.WithCancel(ctx)
	p := &proxy{ctx: ctx, cancel: cancel, web: web, most: most, ca: ca, password: rand.Text(), listener: l, page: page, last: time.Now()}
	p.tunnels = &tunnels{conns: make(chan net.Conn), done: make(chan struct{}), addr: l.Addr()}
	quiet := log.New(io.Discard, "", 0)
	outer := &http.Server{Handler: http.HandlerFunc(p.outer), ErrorLog: quiet, ReadHeaderTimeout: time.Minute}
	inner := &http.Server{Handler: http.HandlerFunc(p.inner), ErrorLog: quiet, ReadHeaderTimeout: time.Minute}
	p.servers = []*http.Server{outer, inner}
	go outer.Serve(l)
	go inner.Serve(p.tunnels)
	return p, nil
}

func (p *proxy) address() string { return "http://" + p.listener.Addr().String() }

// close ends the proxy, and returns when nobody reads or adds answers any more. They stay.
func (p *proxy) close() {
	p.mu.Lock()
	p.closed = true
	p.mu.Unlock()
	p.cancel()
	close(p.tunnels.done)
	for _, s := range p.servers {
		s.Close()
	}
	p.answers.Wait()
}

// outer answers what comes to the proxy itself: requests with a whole address, and CONNECT.
func (p *proxy) outer(w http.ResponseWriter, r *http.Request) {
	want := "Basic " + base64.StdEncoding.EncodeToString([]byte("browser:"+p.password))
	if subtle.ConstantTimeCompare([]byte(r.Header.Get("Proxy-Authorization")), []byte(want)) != 1 {
		w.Header().Set("Proxy-Authenticate", `Basic realm="samizdat"`)
		w.WriteHeader(http.StatusProxyAuthRequired)
		return
	}
	switch {
	case r.Method == http.MethodConnect:
		p.connect(w, r)
	case r.URL.Scheme != "http":
		http.Error(w, "not a request to a proxy", http.StatusBadRequest)
	case r.URL.String() == hello:
		w.Header().Set("Content-Type", "text/html")
	case r.Host == helloHost:
		http.NotFound(w, r) // its icon
	default:
		p.answer(w, r, r.URL)
	}
}

// connect opens a tunnel, at whose other end we are again. What goes through it is HTTP over TLS, or nothing.
func (p *proxy) connect(w http.ResponseWriter, r *http.Request) {
	host, port, err := net.SplitHostPort(r.Host)
	if err != nil {
		http.Error(w, err.Error(), http.StatusBadRequest)
		return
	}
	conn, rw, err := http.NewResponseController(w).Hijack()
	if err != nil {
		return
	}
	if _, err := io.WriteString(conn, "HTTP/1.1 200 OK\r\n\r\n"); err != nil {
		conn.Close()
		return
	}
	secure := tls.Server(&buffered{conn, rw.Reader}, &tls.Config{
		NextProtos: []string{"http/1.1"},
		GetCertificate: func(*tls.ClientHelloInfo) (*tls.Certificate, error) {
			return p.ca.certificate(host)
		},
	})
	if port == "443" {
		port = ""
	} else {
		port = ":" + port
	}
	if strings.Contains(host, ":") {
		host = "[" + host + "]"
	}
	p.tunnels.hand(&tunnel{secure, host + port})
}

// inner answers what comes through a tunnel.
func (p *proxy) inner(w http.ResponseWriter, r *http.Request) {
	// The host is the one that the tunnel was opened for, whatever the request says.
	u := *r.URL
	u.Scheme, u.Host = "https", r.Context().Value(http.LocalAddrContextKey).(hostAddr).host
	p.answer(w, r, &u)
}

// refused says why a request is not made at all; empty if it is.
func refused(r *http.Request, u *url.URL) string {
	switch {
	case itself(r, u):
		return "not for the page"
	case r.Header.Get("Upgrade") != "":
		return "no WebSocket"
	case r.Header.Get("Service-Worker") != "":
		return "no service worker"
	case r.Header.Get("Range") != "":
		return "films and sound are fetched when the page is there"
	case r.Header.Get("Ping-To") != "", r.Header.Get("Content-Type") == "text/ping":
		return "no pings"
	}
	return ""
}

// itself reports whether the browser asks for its own ends, which it does for accounts and updates in spite of its flags. What a
// page asks says so in its header (Fetch Metadata), but only over TLS; the hosts are those that Chromium's own code names.
func itself(r *http.Request, u *url.URL) bool {
	if u.Scheme == "https" {
		site := r.Header.Get("Sec-Fetch-Site")
		return site == "" || site == "none" && r.Header.Get("Sec-Fetch-Dest") != "document"
	}
	host := u.Hostname()
	for _, own := range []string{"gvt1.com", "google.com", "googleapis.com", "msedge.net", "brave.com"} {
		if r.Header.Get("Referer") == "" && r.Header.Get("Upgrade-Insecure-Requests") == "" && (host == own || strings.HasSuffix(host, "."+own)) {
			return true
		}
	}
	return false
}

// answer asks for u and passes the answer on.
func (p *proxy) answer(w http.ResponseWriter, r *http.Request, u *url.URL) {
	why := refused(r, u)
	if u.Host == p.listener.Addr().String() || u.Hostname() == "localhost" && u.Port() == portOf(p.listener.Addr()) {
		why = "the proxy does not ask itself" // a page on this machine may be allowed to ask it for other things
	}
	if why != "" {
		http.Error(w, why, http.StatusForbidden)
		return
	}
	var body []byte
	if r.ContentLength != 0 {
		var err error
		if body, err = io.ReadAll(http.MaxBytesReader(w, r.Body, maxSent)); err != nil {
			http.Error(w, "too large", http.StatusRequestEntityTooLarge)
			return
		}
	}
	req := fetch.Request{Method: r.Method, URL: u.String(), Header: r.Header, Body: body, Purpose: fetch.Requisite, MaxBytes: maxAnswer}
	expected, ok := p.begin(&req)
	if !ok {
		http.Error(w, "the page has had enough", http.StatusServiceUnavailable)
		return
	}
	defer p.answers.Done()
	ctx, cancel := context.WithCancel(p.ctx)
	defer context.AfterFunc(r.Context(), cancel)()
	defer cancel()
	hop, err := p.web.Send(ctx, req)
	if !p.end(expected, hop, err) || err != nil {
		if hop != nil {
			hop.Close()
		}
		http.Error(w, "there is no answer", http.StatusBadGateway)
		return
	}
	pass(w, hop)
}

func portOf(a net.Addr) string {
	_, port, _ := net.SplitHostPort(a.String())
	return port
}

// begin counts a request, and reports whether it is for the document.
func (p *proxy) begin(r *fetch.Request) (expected, ok bool) {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.closed || len(p.hops) >= maxThings || p.total >= p.most {
		return false, false
	}
	p.answers.Add(1)
	p.busy++
	p.last = time.Now()
	// Chromium asks with https at once if it has the name in its list for that (HSTS).
	if expected = r.Method == http.MethodGet && p.page != "" && withoutScheme(r.URL) == withoutScheme(p.page); expected {
		r.Purpose, r.MaxBytes = fetch.Page, 0
		p.page = ""
	}
	return expected, true
}

func withoutScheme(ref string) string {
	_, rest, _ := strings.Cut(ref, ":")
	rest, _, _ = strings.Cut(rest, "#")
	return rest
}

// end keeps an answer, and reports whether it did. Only what was kept is shown to the browser.
func (p *proxy) end(expected bool, hop *fetch.Hop, err error) bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.busy--
	p.last = time.Now()
	if p.closed || err != nil {
		if expected && p.pageErr == nil {
			p.pageErr = err
		}
		return false
	}
	p.hops = append(p.hops, hop)
	p.total += hop.Size
	if expected {
		p.chain = append(p.chain, hop)
		if to := hop.Leads(); to != "" && len(p.chain) <= 20 {
			p.page = to
		}
	}
	return true
}

// idle reports since when nothing has been asked or answered; zero while something is.
func (p *proxy) idle() time.Duration {
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy > 0 {
		return 0
	}
	return time.Since(p.last)
}

// failed is why the document did not come.
func (p *proxy) failed() error {
	p.mu.Lock()
	defer p.mu.Unlock()
	return p.pageErr
}

// noPage reports whether the document has come and is none: a film, a paper.
func (p *proxy) noPage() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	if len(p.chain) == 0 || p.page != "" {
		return false
	}
	kind, _, err := mime.ParseMediaType(p.chain[len(p.chain)-1].Header().Get("Content-Type"))
	return err == nil && kind != "text/html" && kind != "application/xhtml+xml"
}

// unpassed are fields that are about the way to us.
var unpassed = []string{"Connection", "Keep-Alive", "Proxy-Authenticate", "Proxy-Connection", "Trailer", "Transfer-Encoding", "Upgrade", "Content-Length", "Alt-Svc", "Strict-Transport-Security"}

// pass shows an answer to the browser.
func pass(w http.ResponseWriter, hop *fetch.Hop) {
	for name, values := range hop.Header() {
		w.Header()[name] = values
	}
	if hop.Header().Get("Content-Type") == "" {
		w.Header()["Content-Type"] = nil // as the server left it
	}
	for _, name := range unpassed {
		w.Header().Del(name)
	}
	w.WriteHeader(hop.Status)
	if hop.Method != http.MethodHead {
		io.Copy(w, hop.Body())
	}
}

// buffered is a connection of which something was read already.
type buffered struct {
	net.Conn
	r *bufio.Reader
}

func (b *buffered) Read(p []byte) (int, error) { return b.r.Read(p) }

// tunnel is a connection through the proxy to a host.
type tunnel struct {
	*tls.Conn
	host string
}

// LocalAddr is the host, as the handler sees it.
func (t *tunnel) LocalAddr() net.Addr { return hostAddr{t.host} }

type hostAddr struct{ host string }

func (hostAddr) Network() string  { return "tunnel" }
func (a hostAddr) String() string { return a.host }

// tunnels is a listener that accepts what it is handed.
type tunnels struct {
	conns chan net.Conn
	done  chan struct{}
	addr  net.Addr
}

func (t *tunnels) hand(c net.Conn) {
	select {
	case t.conns <- c:
	case <-t.done:
		c.Close()
	}
}

func (t *tunnels) Accept() (net.Conn, error) {
	select {
	case c := <-t.conns:
		return c, nil
	case <-t.done:
		return nil, errors.New("closed")
	}
}

func (t *tunnels) Close() error   { return nil }
func (t *tunnels) Addr() net.Addr { return t.addr }
